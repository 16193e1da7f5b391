"""
Lets each caller ask only so often: a widget's session, the address that it comes from, a program's key.

The generic cell rate algorithm (as in ATM's traffic management), one number for each caller: a burst of `limit` at
once, then one request each `window / limit`. One Lua script with the clock of Redis decides, so that any number of
processes never let one too many through. Without Redis each process counts for itself, at its share of the limit.
What is left is told as the IETF's draft on RateLimit header fields says.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from knowledge.errors import RedisUnavailable
from service.access.callers import Caller
from service.http import problems
from service.memory.storage import PREFIX, Storage, hashed
from service.settings import RATE, ServiceSettings
from service.watching import metrics

WINDOWS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
REMEMBERED = 10_000  # callers that one process counts by itself
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local interval, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + interval
local wait = due - now - window
if wait > 0.5 then return {0, 0, math.ceil(wait)} end
redis.call('SET', KEYS[1], string.format('%.3f', due), 'PX', math.ceil(due - now) + 1)
return {1, math.floor((window - (due - now)) / interval + 0.001), math.ceil(due - now)}
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """How often one kind of caller may ask."""

    name: str
    limit: int
    window_s: int


@dataclass(frozen=True, slots=True)
class Count:
    """What one policy says of one request."""

    policy: Policy
    allowed: bool
    left: int
    wait_s: int  # until the next may come, when this one may not; else until all of the limit is there again


class Limits:
    """All policies that are on."""

    def __init__(self, storage: Storage, settings: ServiceSettings) -> None:
        self._storage, self._workers = storage, settings.workers
        self._session = _policy("session", settings.rate_session)
        self._address = _policy("address", settings.rate_address)
        self._key = _policy("key", settings.rate_key)
        self._due: dict[str, float] = {}

    async def take(self, caller: Caller) -> list[Count]:
        """Count one request, by each policy that is meant for its caller."""
        wanted = [(policy, who) for policy, who in self._meant(caller) if policy is not None]
        if len(wanted) == 1:  # as for every key: spares a task
            return [await self._take(*wanted[0])]
        return list(await asyncio.gather(*(self._take(policy, who) for policy, who in wanted)))

    def _meant(self, caller: Caller) -> list[tuple[Policy | None, str]]:
        if caller.session is not None:
            return [(self._session, caller.session.session_id), (self._address, caller.address)]
        if caller.key is not None:
            return [(self._key, caller.key.id)]
        # Programs with the operator's own key are not held up; a widget that opens is known by its address alone.
        return [(self._address, caller.address)] if caller.id == "anybody" else []

    async def _take(self, policy: Policy, who: str) -> Count:
        place = f"{PREFIX}:{{{hashed(policy.name, who)}}}:rate:{policy.name}"
        interval = policy.window_s * 1000 / policy.limit
        try:
            allowed, left, wait_ms = await self._storage.run(
                _TAKE, [place], f"{interval:.6f}", policy.window_s * 1000
            )  # fmt: skip
        except RedisUnavailable:
            return self._take_here(policy, place)
        return Count(policy, bool(allowed), int(left), math.ceil(wait_ms / 1000))

    def _take_here(self, policy: Policy, place: str) -> Count:
        now, interval = time.monotonic(), policy.window_s / policy.limit * self._workers
        if len(self._due) >= REMEMBERED:
            self._due = {name: due for name, due in self._due.items() if due > now}
            while len(self._due) >= REMEMBERED:
                self._due.pop(next(iter(self._due)))
        due = max(self._due.get(place, now), now) + interval
        if due - now > max(policy.window_s, interval):
            return Count(policy, False, 0, math.ceil(due - now - policy.window_s))
        self._due[place] = due
        return Count(policy, True, int((policy.window_s - (due - now)) / interval), math.ceil(due - now))


class Limiter:
    """Counts what asks for work, and turns away who asks too often; within the gate, which says who calls."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or answer when to come again."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        counts = await scope["app"].state.parts.limits.take(scope["state"]["caller"])
        if not counts:
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["RateLimit-Policy"] = ", ".join(
                    f'"{count.policy.name}";q={count.policy.limit};w={count.policy.window_s}' for count in counts
                )
                answer["RateLimit"] = ", ".join(
                    f'"{count.policy.name}";r={count.left};t={count.wait_s}' for count in counts
                )
            await send(message)

        refused = [count for count in counts if not count.allowed]
        if not refused:
            await self._app(scope, receive, sending)
            return
        metrics.LIMITED.labels(refused[0].policy.name).inc()
        wait = max(1, *(count.wait_s for count in refused))
        detail = (
            f"Come again in {wait} s: {refused[0].policy.limit} requests each {_named(refused[0].policy)} are taken."
        )
        document = problems.TOO_OFTEN.document(detail, scope["state"]["request_id"])
        await problems.response(document, scope["path"], {"Retry-After": str(wait)})(scope, receive, sending)


def _policy(name: str, rate: str) -> Policy | None:
    if (parts := RATE.fullmatch(rate)) is None:
        return None
    return Policy(name, int(parts[1]), WINDOWS[parts[2]])


def _named(policy: Policy) -> str:
    return next(name for name, seconds in WINDOWS.items() if seconds == policy.window_s)
