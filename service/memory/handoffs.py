"""Conversations that a person is to go on with: kept with their transcript, and told to the helpdesk's own system."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from pydantic import TypeAdapter

from knowledge.errors import DamagedSession
from service.memory.sessions import NOT_OURS, Sessions, key, now
from service.memory.webhook import LEASE_S, RECORDS, TIMES, UNTOLD, Webhook
from service.settings import ServiceSettings

LISTED = 200
_ADD = """
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[4])) do
  redis.call('ZREM', KEYS[2], old)
  redis.call('ZREM', KEYS[3], old)
  redis.call('HDEL', KEYS[1], old)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
if ARGV[6] ~= '' then redis.call('ZADD', KEYS[3], ARGV[6], ARGV[1]) end
for number = 1, #KEYS do redis.call('EXPIRE', KEYS[number], ARGV[5]) end
return 1
"""
_REMOVE = """
for number = 1, #ARGV do
  redis.call('HDEL', KEYS[1], ARGV[number])
  redis.call('ZREM', KEYS[2], ARGV[number])
  redis.call('ZREM', KEYS[3], ARGV[number])
end
return #ARGV
"""


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the customer."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Handoff:
    """A conversation handed over, as it was then."""

    id: str
    at: str  # ISO 8601, UTC
    session_id: str
    reason: str
    contact: Contact | None
    message: str | None
    user: str | None
    site: str | None
    transcript: tuple[dict[str, Any], ...]  # role and text, oldest first


_HANDOFF = TypeAdapter(Handoff)  # what a later version has added is passed over


class Handoffs:
    """All of them. Methods raise RedisUnavailable."""

    def __init__(self, sessions: Sessions, settings: ServiceSettings) -> None:
        self._sessions, self._storage = sessions, sessions.storage
        secret = settings.handoff_secret.get_secret_value() if settings.handoff_secret else ""
        url = settings.handoff_webhook
        self._webhook = Webhook(sessions.storage, url, secret) if url is not None else None

    def start(self) -> None:
        """Go on with what the helpdesk's system was not told yet, from now on."""
        if self._webhook is not None:
            self._webhook.start()

    async def close(self) -> None:
        """Stop that."""
        if self._webhook is not None:
            await self._webhook.close()

    async def untold(self) -> int:
        """How many the helpdesk's system has not heard of yet."""
        return int(await self._storage.asked(lambda client: client.zcard(UNTOLD)))

    async def add(
        self,
        session_id: str,
        reason: str,
        contact: Contact | None = None,
        message: str | None = None,
        user: str | None = None,
        site: str | None = None,
    ) -> Handoff:
        """Keep a handoff with what was said until now, and tell the helpdesk's system."""
        turns = await self._sessions.get(session_id)
        said = tuple(
            part
            for turn in turns
            for part in (
                {"role": "customer", "text": turn.question, "at": turn.at},
                {"role": "bot", "text": turn.answer.text, "at": turn.at, "outcome": turn.answer.outcome},
            )
        )
        handoff = Handoff(secrets.token_urlsafe(12), now(), session_id, reason, contact, message, user, site, said)
        ttl, place, at = self._sessions.ttl_s, key(session_id, "handoffs"), time.time()
        text = json.dumps(asdict(handoff), ensure_ascii=False)
        lease = str(at + LEASE_S) if self._webhook is not None else ""  # the first try is ours
        await self._storage.run(_ADD, [RECORDS, TIMES, UNTOLD], handoff.id, text, str(at), str(at - ttl), ttl, lease)
        await self._storage.add("SADD", place, ttl, handoff.id)
        if self._webhook is not None:
            self._sessions.errand(self._webhook.tell(handoff.id, text))
        return handoff

    async def newest(self, limit: int = LISTED, offset: int = 0) -> tuple[list[Handoff], bool]:
        """The last ones but so many, newest first, and whether there are more. What cannot be read is left out."""
        ids = await self._storage.asked(lambda client: client.zrange(TIMES, offset, offset + limit, desc=True))
        texts = await self._storage.asked(lambda client: client.hmget(RECORDS, ids[:limit])) if ids else []
        found: list[Handoff] = []
        for id, text in zip(ids, texts, strict=False):
            try:
                found += [_parsed(text)] if text else []
            except NOT_OURS as error:
                structlog.get_logger().error("handoff left out", handoff=id, error=type(error).__name__)
        return found, len(ids) > limit

    async def of(self, session_id: str) -> list[Handoff]:
        """Those of one session."""
        place = key(session_id, "handoffs")
        ids = list(await self._storage.asked(lambda client: client.smembers(place)))
        texts = await self._storage.asked(lambda client: client.hmget(RECORDS, ids)) if ids else []
        try:
            return [_parsed(text) for text in texts if text]
        except NOT_OURS as error:
            raise DamagedSession("What is stored of the conversation's handoffs cannot be read.") from error

    async def forget(self, session_id: str) -> bool:
        """Erase those of a session; False when there were none."""
        place = key(session_id, "handoffs")
        if not (ids := await self._storage.asked(lambda client: client.smembers(place))):
            return False
        await self._storage.run(_REMOVE, [RECORDS, TIMES, UNTOLD], *ids)
        await self._storage.asked(lambda client: client.delete(place))
        return True


def _parsed(text: str) -> Handoff:
    handoff = _HANDOFF.validate_json(text)
    for said in handoff.transcript:
        if said["role"] not in ("customer", "bot") or not all(isinstance(said[name], str) for name in ("text", "at")):
            raise ValueError("the transcript is none")
    return handoff
