"""Tells the helpdesk's own system of each conversation handed over, and does not let go until it has heard.

A call is signed as Standard Webhooks says: HMAC-SHA256 over `id.timestamp.body`, in base64, with the headers
webhook-id, webhook-timestamp and webhook-signature. What is still to be told stands in Redis with the time of its next
try, so that a restart forgets none: whichever process is awake takes what is due, and nobody else may for LEASE_S. The
pause grows with the age of the handoff, and after GIVE_UP_S it is only in the list of handoffs.

A receiver that redirects is not followed: customers' words go to the address that the operator named, and no other.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import time

import aiohttp
import structlog

from knowledge.errors import RedisUnavailable
from knowledge.proxies import proxy_for
from service.memory.storage import PREFIX, Storage
from service.watching import metrics

RECORDS, TIMES, UNTOLD = (f"{PREFIX}:{{handoffs}}:{name}" for name in ("records", "times", "untold"))
TIMEOUT_S = 10.0  # for one try, all of it
LEASE_S = 30.0  # whoever takes a try has it to himself: longer than a try lasts
POLL_S = 5.0  # between looks for what is due
SOONEST_S, LATEST_S = 2.0, 3600.0  # until the next try: as long as it waits already, within these
GIVE_UP_S = 24 * 3600.0  # longer than a helpdesk is down
_DUE = """
local id = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, 1)[1]
if not id then return {} end
local record = redis.call('HGET', KEYS[1], id)
if record then redis.call('ZADD', KEYS[2], ARGV[2], id) else redis.call('ZREM', KEYS[2], id) end
return {id, record or ''}
"""
_AGAIN = """
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
local age = at and tonumber(ARGV[2]) - tonumber(at)
if not age or age > tonumber(ARGV[5]) then
  return -redis.call('ZREM', KEYS[2], ARGV[1])
end
local pause = math.max(tonumber(ARGV[3]), math.min(tonumber(ARGV[4]), age))
redis.call('ZADD', KEYS[2], 'XX', tonumber(ARGV[2]) + pause, ARGV[1])
return math.floor(pause)
"""


class Webhook:
    """The helpdesk's address. A process that has started it also goes on with what others left."""

    def __init__(self, storage: Storage, url: str, secret: str) -> None:
        self._storage, self._url, self._secret = storage, url, secret
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look for what is due, again and again."""
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop looking. A try that is cut off is made again when its lease has ended."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})

    async def tell(self, id: str, record: str) -> None:
        """One try, by whoever has its lease. Raises RedisUnavailable, and then it is made again after the lease."""
        body = f'{{"type": "handoff", "data": {record}}}'.encode()
        headers = {"Content-Type": "application/json"} | signature(self._secret, id, int(time.time()), body)
        trouble = await _post(self._url, body, headers)
        if trouble is None:
            metrics.WEBHOOK.labels("told").inc()
            await self._storage.asked(lambda client: client.zrem(UNTOLD, id))
            return
        metrics.WEBHOOK.labels("failed").inc()
        limits = (str(SOONEST_S), str(LATEST_S), str(GIVE_UP_S))
        pause = await self._storage.run(_AGAIN, [TIMES, UNTOLD], id, str(time.time()), *limits)
        if pause < 0:
            metrics.WEBHOOK.labels("given_up").inc()
            structlog.get_logger().error("handoff webhook given up", handoff=id, error=trouble)
        else:
            structlog.get_logger().warning("handoff webhook", handoff=id, error=trouble, again_in_s=pause)

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(RedisUnavailable):
                while await self._next():
                    pass
            await asyncio.sleep(POLL_S)

    async def _next(self) -> bool:
        """Try the next one that is due; False when there is none."""
        now = time.time()
        found = await self._storage.run(_DUE, [RECORDS, UNTOLD], str(now), str(now + LEASE_S))
        if found and found[1]:
            await self.tell(*found)
        return bool(found)


def signature(secret: str, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks; without a secret none is signed, and the id alone tells repeats."""
    if not secret:
        return {"webhook-id": id, "webhook-timestamp": str(timestamp)}
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
