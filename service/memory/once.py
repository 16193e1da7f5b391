"""An Idempotency-Key: the same request sent twice is answered once (after the IETF draft of that header, version 07).

What is kept is the hash of the body and the id of the message that answers it; the answer itself is the stored turn, so
that erasing a conversation leaves none of its words here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.memory.sessions import DAY_S, key
from service.memory.storage import Storage, hashed

KEY = re.compile(r"[\x21-\x7e]{1,255}")
_CLAIM = """
local now = redis.call('GET', KEYS[1])
if not now or now == ARGV[3] then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
  redis.call('RPUSH', KEYS[2], '')
  redis.call('EXPIRE', KEYS[2], 10)
  return ''
end
return now
"""


@dataclass(frozen=True, slots=True)
class Once:
    """One request that may come again."""

    session_id: str
    name: str  # of the caller's key, hashed
    fingerprint: str  # of the body


@dataclass(frozen=True, slots=True)
class Taken:
    """Who has answered such a request before, or is about to."""

    fingerprint: str
    message_id: str


def fingerprint(body: Mapping[str, Any]) -> str:
    """A hash of what was asked; whether it was asked for as a stream makes no other question of it."""
    asked = {name: value for name, value in body.items() if name != "stream"}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]


def session_of(caller: str, idempotency_key: str, secret: str) -> str:
    """The conversation that a first message opens: the same one when it is sent again, and nobody else's to guess."""
    digest = hmac.digest(secret.encode(), f"{caller}\0{idempotency_key}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:24]).decode()


def once(session_id: str, caller: str, idempotency_key: str, body: Mapping[str, Any]) -> Once:
    """The noun for a request."""
    return Once(session_id, hashed(caller, idempotency_key), fingerprint(body))


async def claim(storage: Storage, asked: Once, message_id: str, instead: Taken | None = None) -> Taken | None:
    """None when the request is ours to answer; else who has taken it. `instead` takes over from one that failed.
    Its frames are begun with a mark, so that from then on others see that it is being written.

    Raises RedisUnavailable.
    """
    value = f"{asked.fingerprint}:{message_id}"
    old = f"{instead.fingerprint}:{instead.message_id}" if instead else "-"
    found = await storage.run(_CLAIM, [_key(asked), key(asked.session_id, f"run:{message_id}")], value, DAY_S, old)
    return Taken(*found.split(":", 1)) if found else None


async def free(storage: Storage, asked: Once, message_id: str) -> None:
    """Let the request be answered anew: this answer broke off. Raises RedisUnavailable."""
    await storage.free(_key(asked), f"{asked.fingerprint}:{message_id}")


def _key(asked: Once) -> str:
    return key(asked.session_id, f"once:{asked.name}")
