"""
Remembers conversations between requests: whole turns in their order, or nothing.

A turn is one element of a list, pushed by one script together with its expiry: it is there whole or not at all, and no
key is without an end. Each turn names its session and is compared with it on reading, so that no mix-up can show one
customer another's words.

Who answers in a session holds its lease: a number that grows by one with each. A process that was frozen so long that
another took over carries a smaller number than the last that was given, and the script that stores turns refuses it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
import secrets
import time
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from weakref import WeakValueDictionary

from knowledge.errors import DamagedSession, MadoguchiError, RedisUnavailable
from service.answers import Answer, Citation, Turn, Usage
from service.memory.storage import PREFIX, Storage
from service.wire import decoded, encoded, made

SESSION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
KEEP = 500  # turns of one session: more than any customer asks, less than a runaway script stores
LEASE_MS = 10_000  # a dead process blocks its sessions no longer than this
RENEW_S = 3.0
QUEUE_S = 20.0  # how long a message waits for the one before it; less than proxies wait for the first byte
POLL_S = 0.1
UNDO_S, UNDONE_S = 0.5, 120.0
DAY_S = 86_400
NOT_OURS = (ValueError, LookupError, TypeError, AttributeError)  # what reading raises that we did not write
KINDS = ("summary", "lease", "feedback", "handoffs")  # what belongs to a session beside its turns

_BEGIN = """
local held = redis.call('GET', KEYS[2])
if held and string.match(held, '^%x+') ~= string.match(ARGV[4], '^%x+') then return {0} end
local number = redis.call('INCR', KEYS[3])
redis.call('EXPIRE', KEYS[3], ARGV[3])
redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[2])
local turns = {}
if ARGV[1] ~= '0' then turns = redis.call('LRANGE', KEYS[1], -ARGV[1], -1) end
return {number, redis.call('GET', KEYS[4]) or '', turns}
"""
_STORE = """
local last = redis.call('GET', KEYS[3])
if ARGV[1] ~= '' and last and tonumber(last) > tonumber(ARGV[1]) then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
redis.call('LTRIM', KEYS[1], -ARGV[3], -1)
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[4], ARGV[4])
if redis.call('GET', KEYS[2]) == ARGV[5] then redis.call('DEL', KEYS[2]) end
return 1
"""
_RENEW = """
local last = redis.call('GET', KEYS[2])
if last and tonumber(last) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[2])
return 1
"""
_ERASE = """
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('INCR', KEYS[2]) end
local found = redis.call('DEL', KEYS[1])
for number = 3, #KEYS do redis.call('DEL', KEYS[number]) end
return found
"""


class SessionBusy(MadoguchiError):
    """Another message of the same conversation is being answered, and takes long."""


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A question and its answer, as they were."""

    session_id: str
    message_id: str
    at: str  # ISO 8601, UTC: when the answer was complete
    question: str
    answer: Answer
    user: str | None = None  # whom the client says it asks for


@dataclass(frozen=True, slots=True)
class Summary:
    """What the turns said that are too old to be shown to a model."""

    text: str
    upto: str  # the message id of the last turn in it


@dataclass(slots=True)
class Place:
    """A session while one message of it is answered; nobody else answers there meanwhile."""

    sessions: Sessions
    session_id: str
    holder: str = ""  # a name for who holds the lease
    number: str | None = None  # of the lease; None when Redis could not be reached
    summary: Summary | None = None
    recent: list[StoredTurn] = field(default_factory=list)  # without citations: a model is not shown them
    done: bool = False  # a turn was stored, and the lease given back with it

    async def store(self, turn: StoredTurn) -> bool:
        """Store a turn and let go; False when it was not, because Redis is away or somebody else took over."""
        if self.number is None:
            return False
        try:
            self.done = await self.sessions.append(turn, self.number, self.holder)
            return self.done
        except RedisUnavailable:
            return False


class Line:
    """A place among the messages of a session that is taken before there is anything to wait for."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self.reached = asyncio.create_task(lock.acquire())  # waited for by who takes the turn

    def leave(self) -> None:
        """Let the next one pass: this message is not answered here."""
        if not self.reached.done():
            self.reached.cancel()
        elif not self.reached.cancelled():
            self._lock.release()


def new_session_id() -> str:
    """An id that nobody guesses: 190 random bits or more, and no hyphen first, as options of commands have."""
    while (made := secrets.token_urlsafe(24)).startswith("-"):
        pass
    return made


def new_message_id() -> str:
    """An id for one answer."""
    return secrets.token_urlsafe(12)


def now() -> str:
    """The time as it is stored."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Sessions:
    """All conversations. Methods raise RedisUnavailable as the storage does, unless they say otherwise."""

    def __init__(self, storage: Storage, ttl_hours: int) -> None:
        self.storage, self.ttl_s = storage, ttl_hours * 3600
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._errands: set[asyncio.Task[Any]] = set()
        self._name = secrets.token_hex(8)  # of this process: a lease of ours whose turn is over holds up nobody here
        self._holders = itertools.count()

    @classmethod
    def connect(cls, url: str, ttl_hours: int, wait_s: float | None = None) -> Self:
        """Sessions in the Redis server at `url`; connects when first used. Commands take `wait_s`, as of `Storage`."""
        return cls(Storage.connect(url, wait_s), ttl_hours)

    def line(self, session_id: str) -> Line:
        """A place for a message that comes to its turn a moment later. It must be given to `turn`, or left."""
        return Line(self._locks.setdefault(session_id, asyncio.Lock()))

    @asynccontextmanager
    async def turn(
        self, session_id: str, turns: int, wait_s: float = QUEUE_S, line: Line | None = None
    ) -> AsyncGenerator[Place, None]:
        """The session for one message, with its last `turns`; messages wait for each other in the order they came.

        Without Redis there is no lease and no history, and the place says so. Raises SessionBusy after `wait_s`.
        """
        key(session_id, "turns")  # refuses what is no id
        lock = self._locks.setdefault(session_id, asyncio.Lock())
        deadline = time.monotonic() + wait_s
        try:
            async with asyncio.timeout(wait_s):
                await (lock.acquire() if line is None else line.reached)
        except BaseException as error:
            if line is not None:
                line.leave()
            if isinstance(error, TimeoutError):
                raise SessionBusy(session_id) from None
            raise
        renewing: asyncio.TimerHandle | None = None
        place: Place | None = None

        def renew(place: Place) -> None:
            nonlocal renewing
            self.errand(self._renewed(place))
            renewing = asyncio.get_running_loop().call_later(RENEW_S, renew, place)

        try:
            place = await self._placed(session_id, turns, deadline)
            if place.number is not None:
                renewing = asyncio.get_running_loop().call_later(RENEW_S, renew, place)
            yield place
        finally:
            if renewing is not None:
                renewing.cancel()
            if place is not None and place.number is not None and not place.done:
                # An errand of its own: we may be here because the client has left, and must not wait.
                self.errand(self._released(session_id, place.holder))
            lock.release()

    async def append(self, turn: StoredTurn, number: str = "", holder: str = "") -> bool:
        """Store a turn whole and let the session live on. With the number of a lease: False when a later one exists."""
        keys = [key(turn.session_id, kind) for kind in ("turns", "lease", "fence", "summary")]
        return bool(await self.storage.run(_STORE, keys, number, encoded(turn), KEEP, self.ttl_s, holder))

    async def get(self, session_id: str) -> list[StoredTurn]:
        """All turns, oldest first; none for an unknown session. Looking does not prolong a session's life."""
        place = key(session_id, "turns")
        lines = await self.storage.asked(lambda client: client.lrange(place, 0, -1))
        return await self._checked(session_id, lines)

    async def find(self, session_id: str, message_id: str) -> StoredTurn | None:
        """One turn, if it was stored."""
        return next((turn for turn in reversed(await self.get(session_id)) if turn.message_id == message_id), None)

    async def delete(self, session_id: str) -> bool:
        """Erase a session; False when there was none. An answer that is being written there is not stored any more.

        What a stream said is kept for being resumed, for a minute at most, and goes by itself.
        """
        return bool(await self.storage.run(_ERASE, [key(session_id, kind) for kind in ("turns", "fence", *KINDS)]))

    async def ids(self) -> list[str]:
        """Every session of which words are stored; for exports, as it looks at every key."""
        start, ends = f"{PREFIX}:{{", ("}:turns", "}:handoffs")  # who asks for a person may have said nothing before
        names = [(name, end) for end in ends async for name in self.storage.scan(f"{start}*{end}")]
        return sorted({name.removeprefix(start).removesuffix(end) for name, end in names})

    async def export(self, session_id: str) -> dict[str, Any] | None:
        """Everything stored about a session, as one JSON object; None when there is none."""
        turns = await self.get(session_id)
        return {"session_id": session_id, "turns": [asdict(turn) for turn in turns]} if turns else None

    async def summarise(self, session_id: str, summary: Summary) -> None:
        """Remember what older turns said, for as long as the turns."""
        place, text = key(session_id, "summary"), json.dumps(asdict(summary), ensure_ascii=False)
        await self.storage.asked(lambda client: client.set(place, text, ex=self.ttl_s))

    async def ready(self) -> str | None:
        """Why nothing can be remembered now; None when all is well."""
        return await self.storage.ready()

    def errand(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something that nobody waits for; Redis may fail it."""

        async def done() -> None:
            with contextlib.suppress(RedisUnavailable):
                await work

        task = asyncio.create_task(done())
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def close(self) -> None:
        """Give the connections back."""
        if self._errands:
            _, late = await asyncio.wait(self._errands, timeout=1)
            for errand in late:
                errand.cancel()
        await self.storage.close()

    async def _placed(self, session_id: str, turns: int, deadline: float) -> Place:
        keys = [key(session_id, kind) for kind in ("turns", "lease", "fence", "summary")]
        holder = f"{self._name}.{next(self._holders):x}"
        while True:
            sent = not self.storage.resting
            try:
                number, *found = await self.storage.run(_BEGIN, keys, turns, LEASE_MS, DAY_S, holder)
                if number:
                    summary, lines = found
                    recent = await self._checked(session_id, lines, cited=False)
                    return Place(self, session_id, holder, str(number), _summary(summary), recent)
            except RedisUnavailable:
                if sent:
                    # We may hold it without having been told: a server that was frozen does what it was asked as soon
                    # as it wakes, maybe after it has answered us again.
                    self.errand(self._released(session_id, holder, answers=2))
                return Place(self, session_id)
            if time.monotonic() > deadline:
                raise SessionBusy(session_id)
            await asyncio.sleep(POLL_S)

    async def _renewed(self, place: Place) -> None:
        keys = [key(place.session_id, "lease"), key(place.session_id, "fence")]
        await self.storage.run(_RENEW, keys, place.number or "", LEASE_MS, place.holder)

    async def _released(self, session_id: str, holder: str, answers: int = 1) -> None:
        """Let go of a lease, again until Redis has answered so often: others wait for it."""
        until = time.monotonic() + UNDONE_S
        while time.monotonic() < until:
            with contextlib.suppress(RedisUnavailable):
                await self.storage.free(key(session_id, "lease"), holder)
                answers -= 1
            if answers <= 0:
                break
            await asyncio.sleep(UNDO_S)

    async def _checked(self, session_id: str, lines: list[str], cited: bool = True) -> list[StoredTurn]:
        try:
            turns = [_parsed(line, cited) for line in lines]
        except NOT_OURS as error:
            raise DamagedSession("What is stored of the conversation cannot be read.") from error
        if any(turn.session_id != session_id for turn in turns):
            await self.storage.distrust()
            raise DamagedSession("Redis answered with another session's turns; they were thrown away.")
        return turns


def key(session_id: str, kind: str) -> str:
    """The key of one kind of thing that belongs to a session. Raises ValueError for what is no session's id."""
    if not SESSION_ID.fullmatch(session_id):
        raise ValueError(f"not a session id: {session_id!r}")
    return f"{PREFIX}:{{{session_id}}}:{kind}"


def as_messages(turns: list[StoredTurn]) -> list[Turn]:
    """Turns as a model reads them."""
    return [
        said
        for turn in turns
        for said in (
            Turn("user", turn.question),
            Turn("assistant", turn.answer.text, turn.answer.outcome, turn.answer.level),
        )
    ]


def _summary(text: str) -> Summary | None:
    with contextlib.suppress(*NOT_OURS):  # it is made anew then
        return made(Summary, json.loads(text)) if text else None
    return None


def _parsed(line: str, cited: bool) -> StoredTurn:
    fields = decoded(line)
    answer = fields.pop("answer")
    citations = tuple(made(Citation, citation) for citation in answer.pop("citations") if cited)
    answer |= {"usage": made(Usage, answer["usage"]), "citations": citations}
    return made(StoredTurn, fields | {"answer": made(Answer, answer)})
