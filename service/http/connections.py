"""What one connection may take of the server: time to ask, room for its header fields, and patience with what we send.

uvicorn waits for ever for a request that was begun, keeps whatever header fields come, and holds what a client does not
read. A few thousand connections that do so, which cost their sender nothing, would leave no room for customers.
"""

from __future__ import annotations

import asyncio

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_S = 20.0  # from the first byte, or the opening, to the end of the header fields
HEAD_BYTES = 131_072  # of the header fields: browsers and proxies stop at 8 to 64 kB
GRACE_S = 20.0  # in which a body may come as slowly as it likes
SLOWEST = 500  # bytes a second of a longer one, on average: a tenth of what the worst mobile lines bring
DEAF_S = 60.0  # in which a client must read something of what is sent
LOOK_S = 5.0  # between two looks at a connection
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
TOO_MUCH = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Connection(HttpToolsProtocol):
    """uvicorn's, with an end to its patience."""

    _head_since: float | None  # while header fields are waited for
    _body_since: float | None  # while a body is
    _deaf_since: float | None  # while nothing is read of what we send

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look after it."""
        super().connection_made(transport)
        self._head_since, self._body_since, self._deaf_since = self.loop.time(), None, None
        self._head_bytes = self._body_bytes = self._unsent = 0
        self._answering: RequestResponseCycle | None = None
        self._timer = self.loop.call_later(LOOK_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever still answers; what was asked behind that is asked by nobody any more."""
        self._timer.cancel()
        self.pipeline.clear()
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        super().data_received(data)
        if self._head_since is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._end(TOO_MUCH)
        elif self._body_since is None and (self.cycle is None or self.cycle.response_complete):
            self._head_since = self.loop.time()  # a stray line end: it stopped the clock of idle connections

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._head_bytes = 0
        if self._head_since is None:
            self._head_since = self.loop.time()

    def on_headers_complete(self) -> None:
        """Its header fields are there."""
        self._head_since, self._body_since, self._body_bytes = None, self.loop.time(), 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of its body is."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is."""
        self._body_since = None
        super().on_message_complete()

    def resume_writing(self) -> None:
        """The client reads."""
        self._deaf_since = None
        super().resume_writing()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _look(self) -> None:
        now = self.loop.time()
        self._timer = self.loop.call_later(LOOK_S, self._look)
        unsent, before = self.transport.get_write_buffer_size(), self._unsent
        self._unsent = unsent
        if not unsent or unsent < before or self._deaf_since is None:
            self._deaf_since = now if unsent else None
        elif now - self._deaf_since > DEAF_S:
            self.transport.abort()
        if self._head_since is not None and now - self._head_since > HEAD_S:
            self._end(TOO_SLOW if self._head_bytes else b"")
        elif self._body_since is not None:
            since = now - self._body_since
            if self.flow.read_paused:  # it is we who do not read: its time begins anew
                self._body_since, self._body_bytes = now, 0
            elif since > GRACE_S and self._body_bytes < since * SLOWEST:
                self._end(TOO_SLOW)

    def _end(self, answer: bytes) -> None:
        if self.transport.is_closing():
            return
        if answer and (self.cycle is None or self.cycle.response_complete or not self.cycle.response_started):
            self.transport.write(answer)
        self.transport.close()
