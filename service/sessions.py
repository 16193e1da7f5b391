"""
Remembers conversations between requests, in Redis 6.2 or newer, without modules.

    key                              type   holds
    madoguchi:1:{SESSION}:turns      list   one JSON object for each turn, oldest first: question and whole answer

Why so: the 1 is the version of this schema; the braces keep all keys of a session on one node of a cluster. A turn is
one element, pushed in one transaction with its expiry: it is there whole or not at all, and no key is without an end.
Each turn names its session and is compared with it on reading, so that no mix-up can show one customer another's words.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Self, TypeVar, cast

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from knowledge.errors import RedisUnavailable
from service.answers import Answer, Citation, Turn, Usage

T = TypeVar("T")
SESSION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
KEEP = 500  # turns of one session: more than any customer asks, less than a runaway script stores
WAIT_S = 0.25  # a customer would rather have an answer without history than wait longer than this
PATIENCE = 3  # failures in a row before Redis is left alone: one late reply under load is no outage
REST_S = 1.0  # for so long: a frozen server then costs a few waits a second, not two a chat
CONNECTIONS = 64  # for each process; a command holds one for a fraction of a millisecond


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """A question and its answer, as they were."""

    session_id: str
    message_id: str
    at: str  # ISO 8601, UTC: when the answer was complete
    question: str
    answer: Answer
    user: str | None = None  # whom the client says it asks for


def new_session_id() -> str:
    """An id that nobody guesses: 192 random bits."""
    return secrets.token_urlsafe(24)


def new_message_id() -> str:
    """An id for one answer."""
    return secrets.token_urlsafe(12)


def now() -> str:
    """The time as it is stored."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Sessions:
    """All conversations. Every method raises RedisUnavailable at once when Redis does not answer within WAIT_S."""

    def __init__(self, client: redis.Redis, ttl_hours: int) -> None:
        self._redis, self._ttl_s = client, ttl_hours * 3600
        self._failures, self._rests_until = 0, 0.0

    @classmethod
    def connect(cls, url: str, ttl_hours: int) -> Self:
        """Sessions in the Redis server at `url`; connects when first used."""
        pool: redis.BlockingConnectionPool = redis.BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=WAIT_S,
            socket_timeout=WAIT_S,
            socket_connect_timeout=WAIT_S,
            retry=Retry(NoBackoff(), 0),  # no turn is sent twice; the pool replaces stale connections by itself
            decode_responses=True,
        )
        return cls(redis.Redis(connection_pool=pool), ttl_hours)

    async def append(self, turn: StoredTurn) -> None:
        """Store a turn whole and let the session live on."""
        key = _key(turn.session_id)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.rpush(key, json.dumps(asdict(turn), ensure_ascii=False, separators=(",", ":")))
            pipe.ltrim(key, -KEEP, -1)
            pipe.expire(key, self._ttl_s)
            await self._asked(pipe.execute)

    async def get(self, session_id: str) -> list[StoredTurn]:
        """All turns, oldest first; none for an unknown session. Looking does not prolong a session's life."""
        return await self._read(session_id, 0)

    async def history(self, session_id: str, turns: int) -> list[Turn]:
        """The last `turns` questions and answers, as messages, oldest first."""
        if not turns:
            return []
        stored = await self._read(session_id, -turns)
        return [
            said
            for turn in stored
            for said in (
                Turn("user", turn.question),
                Turn("assistant", turn.answer.text, turn.answer.outcome, turn.answer.level),
            )
        ]

    async def delete(self, session_id: str) -> bool:
        """Erase a session; False when there was none."""
        return bool(await self._asked(lambda: self._redis.delete(_key(session_id))))

    async def export(self, session_id: str) -> dict[str, Any] | None:
        """Everything stored about a session, as one JSON object; None when there is none."""
        turns = await self.get(session_id)
        return {"session_id": session_id, "turns": [asdict(turn) for turn in turns]} if turns else None

    async def ready(self) -> str | None:
        """Why nothing can be remembered now; None when all is well."""
        try:
            await self._asked(self._redis.ping)
        except RedisUnavailable as error:
            return str(error)
        return None

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()

    async def _read(self, session_id: str, start: int) -> list[StoredTurn]:
        lines = await self._asked(lambda: cast("Awaitable[list[str]]", self._redis.lrange(_key(session_id), start, -1)))
        turns = [_parsed(line) for line in lines]
        if any(turn.session_id != session_id for turn in turns):
            await self._redis.connection_pool.disconnect()  # replies out of step: trust none of these connections
            raise RedisUnavailable("Redis answered with another session's turns; they were thrown away.")
        return turns

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The one place where Redis is waited for and its errors become ours."""
        if time.monotonic() < self._rests_until:
            raise RedisUnavailable("Redis did not answer a moment ago; conversations are not remembered meanwhile.")
        try:
            async with asyncio.timeout(WAIT_S):
                reply = await ask()
        except (RedisError, OSError) as error:  # asyncio's TimeoutError is an OSError
            self._failures += 1
            if self._failures >= PATIENCE:
                self._rests_until = time.monotonic() + REST_S
            raise RedisUnavailable(
                f"Redis does not answer ({type(error).__name__}); conversations are not remembered meanwhile."
            ) from error
        self._failures = 0
        return reply


def _key(session_id: str) -> str:
    if not SESSION_ID.fullmatch(session_id):
        raise ValueError(f"not a session id: {session_id!r}")
    return f"madoguchi:1:{{{session_id}}}:turns"


def _parsed(line: str) -> StoredTurn:
    fields = json.loads(line)
    answer = fields.pop("answer")
    citations = tuple(Citation(**citation) for citation in answer.pop("citations"))
    return StoredTurn(**fields, answer=Answer(**answer | {"usage": Usage(**answer["usage"]), "citations": citations}))
