"""Conversations that a person is to go on with: kept with their transcript, and told to the helpdesk's own system.

The webhook is signed as Standard Webhooks says: HMAC-SHA256 over `id.timestamp.body`, in base64, with the headers
webhook-id, webhook-timestamp and webhook-signature. It is tried three times; the record stays whatever comes of it.
A receiver that redirects is not followed: customers' words go to the address that the operator named, and no other.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp
import structlog

from knowledge.proxies import proxy_for
from service.memory.sessions import Sessions, key, now
from service.memory.storage import PREFIX
from service.settings import ServiceSettings

RECORDS, TIMES = f"{PREFIX}:{{handoffs}}:records", f"{PREFIX}:{{handoffs}}:times"
PAUSES_S = (0.0, 2.0, 10.0)  # before each try
TIMEOUT_S = 10.0  # for one try, all of it
LISTED = 200
_ADD = """
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[4])) do
  redis.call('ZREM', KEYS[2], old)
  redis.call('HDEL', KEYS[1], old)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return 1
"""
_REMOVE = """
for number = 1, #ARGV do
  redis.call('HDEL', KEYS[1], ARGV[number])
  redis.call('ZREM', KEYS[2], ARGV[number])
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


class Handoffs:
    """All of them. Methods raise RedisUnavailable."""

    def __init__(self, sessions: Sessions, settings: ServiceSettings) -> None:
        self._sessions, self._storage = sessions, sessions.storage
        self._webhook = settings.handoff_webhook
        self._secret = settings.handoff_secret.get_secret_value() if settings.handoff_secret else ""

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
        handoff = Handoff(
            secrets.token_urlsafe(12), now(), session_id, reason, contact, message, user, site, said
        )  # fmt: skip
        ttl, place, at = self._sessions.ttl_s, key(session_id, "handoffs"), int(time.time())
        text = json.dumps(asdict(handoff), ensure_ascii=False)
        await self._storage.run(_ADD, [RECORDS, TIMES], handoff.id, text, at, at - ttl, ttl)
        await self._storage.asked(lambda client: client.sadd(place, handoff.id))
        await self._storage.asked(lambda client: client.expire(place, ttl))
        if self._webhook is not None:
            self._sessions.errand(self._told(handoff))
        return handoff

    async def newest(self, limit: int = LISTED) -> list[Handoff]:
        """The last ones, newest first."""
        ids = await self._storage.asked(lambda client: client.zrange(TIMES, 0, limit - 1, desc=True))
        texts = await self._storage.asked(lambda client: client.hmget(RECORDS, ids)) if ids else []
        return [_parsed(text) for text in texts if text]

    async def of(self, session_id: str) -> list[Handoff]:
        """Those of one session."""
        place = key(session_id, "handoffs")
        ids = list(await self._storage.asked(lambda client: client.smembers(place)))
        texts = await self._storage.asked(lambda client: client.hmget(RECORDS, ids)) if ids else []
        return [_parsed(text) for text in texts if text]

    async def forget(self, session_id: str) -> None:
        """Erase those of a session."""
        place = key(session_id, "handoffs")
        if ids := await self._storage.asked(lambda client: client.smembers(place)):
            await self._storage.run(_REMOVE, [RECORDS, TIMES], *ids)

    async def _told(self, handoff: Handoff) -> None:
        assert self._webhook is not None
        body = json.dumps({"type": "handoff", "data": asdict(handoff)}, ensure_ascii=False).encode()
        for number, pause in enumerate(PAUSES_S, 1):
            await asyncio.sleep(pause)
            trouble = await _post(self._webhook, body, self._signed(handoff.id, body))
            if trouble is None:
                return
            structlog.get_logger().warning(
                "handoff webhook", handoff=handoff.id, attempt=number, of=len(PAUSES_S), error=trouble
            )

    def _signed(self, id: str, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json"} | signature(self._secret, id, int(time.time()), body)


def signature(secret: str, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks; none without a secret."""
    if not secret:
        return {}
    words = f"{id}.{timestamp}.".encode() + body
    digest = base64.b64encode(hmac.digest(_bytes(secret), words, hashlib.sha256)).decode()
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{digest}"}


def _bytes(secret: str) -> bytes:
    """A secret as the standard writes it, whsec_ and base64, or any other words as they are."""
    return base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()


async def _post(url: str, body: bytes, headers: dict[str, str]) -> str | None:
    """Send; what went wrong, if anything. Nothing is read of what the receiver says but its status."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False, proxy=proxy_for(url)) as answer,
        ):
            return None if answer.status < 300 else f"status {answer.status}"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return type(error).__name__


def _parsed(text: str) -> Handoff:
    fields = json.loads(text)
    contact = Contact(**fields.pop("contact")) if fields.get("contact") else fields.pop("contact", None)
    return Handoff(**fields | {"transcript": tuple(fields["transcript"]), "contact": contact})
