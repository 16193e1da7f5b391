"""
Answers that outlive the line to their client: kept frame by frame, so that a stream that was cut is taken up again.

Whom this serves. A customer on a train loses the line for seconds and wants the answer that was being written; whoever
pays for the model does not want answers written for nobody. So: an answer can be resumed when its client can come back
for it (it sent an Idempotency-Key, or it is a widget). When such a client is cut off, its answer goes on for GRACE_S,
at most, and what was said is kept for KEEP_S after the end. All other answers stop as soon as their client has left.

The frames are kept in the process that writes them, and in Redis in batches, so that another process can go on with
the stream. That one leaves word that somebody reads, and the writer goes on while there is such word.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable

from knowledge.errors import RedisUnavailable
from service.memory.once import Once, free
from service.memory.sessions import key
from service.memory.storage import Storage

GRACE_S = 15.0  # an answer goes on for so long while nobody listens
KEEP_S = 60  # how long after its end a stream can be resumed
ALIVE_S = 10  # how long the frames of an answer stay in Redis when its process has died
FLUSH_S = 0.2  # between writes to Redis: a few for a whole answer
READER_S = 3
POLL_S = 0.2
ENDS = (b"\nevent: done\n", b"\nevent: error\n")
_PUSH = """
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('RPUSH', KEYS[1], '') end
for number = 2, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[number]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return redis.call('EXISTS', KEYS[2])
"""


class Run:
    """One answer while it is written, and for a while after."""

    def __init__(self, session_id: str, message_id: str, storage: Storage) -> None:
        self.session_id, self.message_id = session_id, message_id
        self.frames: list[bytes] = []
        self.ended = False
        self.failure: BaseException | None = None  # before the first frame of the stream, or by a fault of ours
        self._storage = storage
        self._keys = [key(session_id, f"run:{message_id}"), key(session_id, f"read:{message_id}")]
        self._changed = asyncio.Condition()
        self._readers = 0
        self._left_at = time.monotonic()
        self._writing: asyncio.Task[None] | None = None

    def start(self, frames: AsyncGenerator[bytes, None], after: Callable[[Run], Awaitable[None]]) -> None:
        """Begin to write; `after` is awaited at the end."""
        self._writing = asyncio.create_task(self._write(frames, after))

    async def begun(self) -> None:
        """Wait for the first frame. Raises what went wrong before it."""
        async with self._reading(), self._changed:
            await self._changed.wait_for(lambda: self.frames or self.ended)
        if self.failure is not None:
            raise self.failure

    async def follow(self, start: int = 0) -> AsyncGenerator[bytes, None]:
        """The frames from `start` on, as they come."""
        async with self._reading():
            while True:
                for frame in self.frames[start:]:
                    start += 1
                    yield frame
                if self.ended and start >= len(self.frames):
                    if self.failure is not None:
                        raise self.failure
                    return
                await self._news(start)

    async def _news(self, seen: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.frames) > seen or self.ended)

    async def stop(self) -> None:
        """End the work now."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait({self._writing})

    @contextlib.asynccontextmanager
    async def _reading(self) -> AsyncGenerator[None, None]:
        self._readers += 1
        try:
            yield
        finally:
            self._readers -= 1
            self._left_at = time.monotonic()

    async def _write(self, frames: AsyncGenerator[bytes, None], after: Callable[[Run], Awaitable[None]]) -> None:
        producing = asyncio.create_task(self._produce(frames))
        sent, read_elsewhere, told = 0, False, 0.0
        try:
            while not producing.done():
                await asyncio.wait({producing}, timeout=FLUSH_S)
                if len(self.frames) > sent or time.monotonic() - told > READER_S:
                    sent, read_elsewhere = await self._share(sent, read_elsewhere)
                    told = time.monotonic()
                if not self._readers and not read_elsewhere and time.monotonic() - self._left_at > GRACE_S:
                    producing.cancel()
                    await asyncio.wait({producing})
        finally:
            producing.cancel()
            await asyncio.wait({producing})
            if not producing.cancelled():
                self.failure = producing.exception()
            async with self._changed:
                self.ended = True
                self._changed.notify_all()
            await self._share(sent, read_elsewhere)
            await after(self)

    async def _produce(self, frames: AsyncGenerator[bytes, None]) -> None:
        async with contextlib.aclosing(frames):
            async for frame in frames:
                async with self._changed:
                    self.frames.append(frame)
                    self._changed.notify_all()

    async def _share(self, sent: int, read_elsewhere: bool) -> tuple[int, bool]:
        """Give Redis the frames that it does not have yet; how many it has then, and whether somebody reads there.

        Where it ended without an end nothing is left there: whoever follows it must not wait for more.
        """
        pending = [frame.decode() for frame in self.frames[sent:]]
        try:
            if self.given_up:
                return sent, bool(await self._storage.asked(lambda client: client.delete(self._keys[0])))
            found = await self._storage.run(_PUSH, self._keys, KEEP_S if self.ended else ALIVE_S, *pending)
        except RedisUnavailable:
            return sent, read_elsewhere
        return sent + len(pending), bool(found)

    @property
    def whole(self) -> bool:
        """Whether it ended well."""
        return bool(self.frames) and ENDS[0] in self.frames[-1]

    @property
    def given_up(self) -> bool:
        """Whether it ended without an end: nobody listened, or the program stops."""
        return self.ended and not (self.frames and any(end in self.frames[-1] for end in ENDS))


class Runs:
    """The answers that this process writes, or wrote a moment ago."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._runs: dict[tuple[str, str], Run] = {}
        self._asked: dict[str, tuple[Once, Run]] = {}  # by name of the Once: for when Redis cannot tell

    def get(self, session_id: str, message_id: str) -> Run | None:
        """An answer of this process."""
        return self._runs.get((session_id, message_id))

    def asked(self, asked: Once) -> tuple[Once, Run] | None:
        """The answer to the same request, if this process writes it or wrote it a moment ago."""
        found = self._asked.get(asked.name)
        return None if found is None or found[1].given_up else found

    def start(
        self, session_id: str, message_id: str, frames: AsyncGenerator[bytes, None], asked: Once | None = None
    ) -> Run:
        """Begin an answer that can be resumed."""
        run = self._runs[session_id, message_id] = Run(session_id, message_id, self._storage)
        if asked is not None:
            self._asked[asked.name] = asked, run

        async def ended(run: Run) -> None:
            later = asyncio.get_running_loop().call_later
            later(KEEP_S, self._runs.pop, (session_id, message_id), None)
            if asked is None:
                return
            later(KEEP_S, self._asked.pop, asked.name, None)
            if not run.whole:
                self._asked.pop(asked.name, None)
                with contextlib.suppress(RedisUnavailable):
                    await free(self._storage, asked, message_id)

        run.start(frames, ended)
        return run

    async def follow(self, session_id: str, message_id: str, start: int = 0) -> AsyncGenerator[bytes, None] | None:
        """The frames of an answer from `start` on, wherever it is written; None when there is no such answer.

        Raises RedisUnavailable when it is not ours and Redis cannot be asked.
        """
        if (run := self.get(session_id, message_id)) is not None:
            return None if run.given_up else run.follow(start)
        place = key(session_id, f"run:{message_id}")
        if not await self._storage.asked(lambda client: client.exists(place)):
            return None
        return self._follow_elsewhere(session_id, message_id, start)

    async def close(self) -> None:
        """End what nobody listens to, at the end of the program."""
        await asyncio.gather(*(run.stop() for run in self._runs.values() if not run.ended))

    async def _follow_elsewhere(self, session_id: str, message_id: str, start: int) -> AsyncGenerator[bytes, None]:
        frames, reader = key(session_id, f"run:{message_id}"), key(session_id, f"read:{message_id}")
        left_word = 0.0
        while True:
            try:
                if time.monotonic() - left_word > READER_S / 2:
                    await self._storage.asked(lambda client: client.set(reader, 1, ex=READER_S))
                    left_word = time.monotonic()
                found = await self._from(frames, start)
            except RedisUnavailable:
                return
            for frame in found:
                start += 1
                yield frame.encode()
                if any(end in frame.encode() for end in ENDS):
                    return
            if not found and not await self._alive(frames):
                return
            await asyncio.sleep(POLL_S)

    async def _from(self, frames: str, start: int) -> list[str]:
        return await self._storage.asked(lambda client: client.lrange(frames, start + 1, -1))  # after the mark

    async def _alive(self, frames: str) -> bool:
        try:
            return bool(await self._storage.asked(lambda client: client.exists(frames)))
        except RedisUnavailable:
            return False
