"""Server-sent events, and work that ends when the client leaves: in every phase, also before the first byte."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine, Mapping
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.wire import encoded

T = TypeVar("T")
HEARTBEAT_S = 15.0  # proxies close a connection on which nothing was heard for 30 to 60 s
HEARTBEAT = b": still here\n\n"


class ClientGone(Exception):
    """The client has left: nobody reads what we would answer."""


def frame(data: Mapping[str, Any] | str, event: str | None = None, id: str | None = None) -> bytes:
    """One event."""
    head = f"id: {id}\n" if id else ""
    head += f"event: {event}\n" if event else ""
    told = data.encode() if isinstance(data, str) else encoded(data)
    return b"%sdata: %s\n\n" % (head.encode(), told)


class EventStream(Response):
    """Sends frames as they come, a heartbeat when none comes, and stops the work when the client leaves."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncGenerator[bytes, None], wait: bool = False) -> None:
        """With `wait` nothing is sent before the first frame: what fails until then is raised, for the status."""
        self._frames, self._wait, self._begun = frames, wait, False
        self.status_code = 200
        self.background = None
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the stream."""
        try:
            await until_gone(receive, self._write(send))
        except (ClientGone, OSError):  # OSError: it left while we were sending
            if not self._begun:
                raise

    async def _write(self, send: Send) -> None:
        async with contextlib.aclosing(self._frames) as frames:
            first = await anext(frames) if self._wait else None
            self._begun = True
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            beat = _Heartbeat(send)
            try:
                if first is not None:
                    await send({"type": "http.response.body", "body": first, "more_body": True})
                async for sent in frames:
                    beat.sent()
                    await send({"type": "http.response.body", "body": sent, "more_body": True})
            finally:
                beat.stop()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def until_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The result of the work; when the client leaves first, the work is cancelled and ClientGone raised.

    The request's body must have been read: what comes next is the news that the client has left.
    """
    # The work goes on in this task, which is cancelled as asyncio.timeout would: a task of its own costs more.
    task, leaving = asyncio.current_task(), asyncio.create_task(_left(receive))
    assert task is not None
    before, over, gone = task.cancelling(), False, False

    def left(leaving: asyncio.Task[None]) -> None:
        nonlocal gone
        if not over and not leaving.cancelled() and task.cancelling() <= before:  # else it ends already
            leaving.exception()  # whatever it was, nobody is there any more
            gone = task.cancel()

    leaving.add_done_callback(left)
    try:
        return await work
    except asyncio.CancelledError:
        if gone and task.uncancel() <= before:
            raise ClientGone from None
        raise
    finally:
        over = True
        leaving.cancel()


async def answered(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """`until_gone` for a route."""
    return await until_gone(request.receive, work)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Heartbeat:
    """Sends a comment whenever nothing else was sent for a while."""

    def __init__(self, send: Send) -> None:
        self._send, self._loop = send, asyncio.get_running_loop()
        self._quiet_since = self._loop.time()
        self._beating: asyncio.Task[None] | None = None
        self._timer = self._loop.call_later(HEARTBEAT_S, self._look)

    def sent(self) -> None:
        """Something else was."""
        self._quiet_since = self._loop.time()

    def stop(self) -> None:
        """Send no more."""
        self._timer.cancel()
        if self._beating is not None:
            self._beating.cancel()

    def _look(self) -> None:
        left = self._quiet_since + HEARTBEAT_S - self._loop.time()
        if left <= 0:
            if self._beating is None or self._beating.done():  # else a client that reads nothing would gather them
                self._beating = asyncio.create_task(self._beat())
            left = HEARTBEAT_S
        self._timer = self._loop.call_later(left, self._look)

    async def _beat(self) -> None:
        with contextlib.suppress(OSError):  # it has left: whoever sends next is told
            await self._send({"type": "http.response.body", "body": HEARTBEAT, "more_body": True})
