"""
Everything that the service keeps in Redis, and for how long. Redis 6.2 or newer without modules: one server, one
behind Sentinel, or a Cluster.

    key                                 type    holds                                           is forgotten
    madoguchi:1:{SESSION}:turns         list    each turn as JSON, oldest first                 TTL after the last turn
    madoguchi:1:{SESSION}:summary       string  what older turns said, and up to which          TTL after the last turn
    madoguchi:1:{SESSION}:lease         string  number of the lease in force                    LEASE_MS, renewed
    madoguchi:1:{SESSION}:fence         string  number of the last lease that was given         a day after it
    madoguchi:1:{SESSION}:once:HASH     string  of an Idempotency-Key: body's hash, message     a day after it was used
    madoguchi:1:{SESSION}:run:MESSAGE   list    the frames of a stream that can be resumed      10 s; 60 s once it ended
    madoguchi:1:{SESSION}:read:MESSAGE  string  that somebody follows it from another process   3 s
    madoguchi:1:{SESSION}:feedback      hash    what was thought of each message, as JSON       TTL after the last of it
    madoguchi:1:{SESSION}:handoffs      set     ids of its handoffs                             TTL after the last one
    madoguchi:1:{handoffs}:records      hash    each handoff as JSON, by its id                 TTL after the last one
    madoguchi:1:{handoffs}:times        zset    their ids by time; older than TTL are removed   TTL after the last one
    madoguchi:1:{handoffs}:untold       zset    those the webhook has not taken, by next try    TTL after the last one
    madoguchi:1:{used}:keys             hash    when each key was last used                     a year after it
    madoguchi:1:{WHO}:rate:POLICY       string  GCRA's theoretical arrival time in ms           a policy's window
    madoguchi:1:{ready}                 string  that /readyz could store something              a second
    madoguchi:1:{budget:WHO}:DAY:WHAT   string  tokens, or millionths of cost, of a day         two days

TTL is MADOGUCHI_SESSION_TTL_HOURS. The 1 is the version of this schema. The braces keep what one script touches on
one node of a cluster. SESSION is an id that holds no character with a meaning in a key; WHO is a hash.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Self, TypeVar, cast

import redis.asyncio as redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError, ResponseError

from knowledge.errors import DamagedSession, RedisUnavailable
from knowledge.jobs import why
from knowledge.redis_address import several
from service.memory.scripts import Scripts, is_read_only
from service.watching import metrics

T = TypeVar("T")
PREFIX = "madoguchi:1"
WAIT_S = 0.12  # a customer would rather have an answer without history than wait longer than this
HANGING = 4  # times that: ends commands that nobody waits for any more
OPERATORS_WAIT_S = 15.0  # commands have the time that a large answer from far away needs
PATIENCE = 3  # failures in a row before Redis is left alone for longer
BREATH_S, REST_S = 0.2, 1.0  # how long it is left alone after one failure, and after several
LATE_S = 0.03  # we wait once more when we were woken so much too late: then the machine is busy, not Redis away
PASSES = 4  # of the event loop, in which a reply that has come but was not looked at yet is still taken
CONNECTIONS = 64  # for each process; a command holds one for a fraction of a millisecond
_STORE_ANYTHING = "redis.call('SET', KEYS[1], '', 'PX', 1000)"
_FREE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
_ADD = "redis.call(ARGV[1], KEYS[1], unpack(ARGV, 3)) redis.call('EXPIRE', KEYS[1], ARGV[2])"


class Storage:
    """The one door to Redis. Every method raises RedisUnavailable when Redis does not answer in time."""

    def __init__(
        self, client: redis.Redis | RedisCluster, sentinels: Sequence[redis.Redis] = (), wait_s: float | None = None
    ) -> None:
        """Each command may take `wait_s`, else as long as customers wait."""
        self._redis, self._sentinels, self._wait_s = client, sentinels, WAIT_S if wait_s is None else wait_s
        self._scripts = Scripts(client, HANGING * self._wait_s)
        self._failures, self._rests_until, self._answered_at = 0, 0.0, 0.0
        self._failed: BaseException | None = None  # the last failure, until there is an answer again
        self.trouble = ""  # why the last command that failed did
        self._under_way: set[asyncio.Future[Any]] = set()

    @classmethod
    def connect(cls, url: str, wait_s: float | None = None) -> Self:
        """Redis at `url`; connects when first used.

        Besides redis://, rediss:// and unix:// those of several servers: see knowledge/redis_address.py.
        """
        wait_s = WAIT_S if wait_s is None else wait_s
        waits: dict[str, Any] = {
            "socket_timeout": HANGING * wait_s,
            "socket_connect_timeout": HANGING * wait_s,
            "retry": Retry(NoBackoff(), 0),  # nothing is sent twice; the pool replaces stale connections by itself
            "decode_responses": True,
            "encoding_errors": "replace",  # what is no text is told by whoever reads it, and breaks no connection
        }
        if (place := several(url)) is not None:
            login: dict[str, Any] = {"username": place.user, "password": place.password}
            waits |= {"ssl": True} | place.tls if place.secure else {}
            if place.is_cluster:
                nodes = [ClusterNode(*address) for address in place.servers]
                return cls(RedisCluster(startup_nodes=nodes, max_connections=CONNECTIONS, **login, **waits), (), wait_s)
            # One that is gone must leave time to ask the next: its machine may be the master's, too.
            asked = waits | place.guards | {"socket_timeout": wait_s, "socket_connect_timeout": wait_s}
            watch: Any = Sentinel(list(place.servers), sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
            return cls(watch.master_for(place.master, db=place.db, **login, **waits), watch.sentinels, wait_s)
        pool: redis.BlockingConnectionPool = redis.BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS, timeout=wait_s, **waits
        )
        return cls(redis.Redis(connection_pool=pool), wait_s=wait_s)

    async def asked(self, ask: Callable[[Any], Awaitable[T]]) -> T:
        """What a command brings. The one place where Redis is waited for and its errors become ours."""
        if time.monotonic() < self._rests_until:
            raise RedisUnavailable(self.trouble)
        began = time.monotonic()
        asking = asyncio.ensure_future(ask(self._redis))
        # Never cancelled: its connection must not go back to the others while a reply is still to come.
        self._under_way.add(asking)
        asking.add_done_callback(self._settled)
        try:
            for _ in range(2):
                since = time.monotonic()
                await asyncio.wait({asking}, timeout=self._wait_s)
                if asking.done() or time.monotonic() - since < self._wait_s + LATE_S:
                    break
            for _ in range(PASSES):  # we may be late ourselves, not Redis
                if asking.done():
                    break
                await asyncio.sleep(0)
            if not asking.done():
                raise TimeoutError
            reply = asking.result()
        except ResponseError as error:
            metrics.REDIS_FAILURES.inc()
            if is_read_only(error):  # not the master any more: the name in the address may be another's by now
                await self._close_idle()
            if "WRONGTYPE" in str(error):
                raise DamagedSession(f"Redis holds something else there ({error}).") from error
            self.trouble = f"Redis refuses ({error}); nothing is remembered meanwhile."
            raise RedisUnavailable(self.trouble) from error
        except (RedisError, RedisClusterException, OSError) as error:  # asyncio's TimeoutError is an OSError
            metrics.REDIS_FAILURES.inc()
            if self._answered_at < began:  # else others were answered meanwhile: one line broke, Redis is not away
                self._failures += error is not self._failed  # what was sent together fails together: once
                self._failed = error
                self._rests_until = time.monotonic() + (REST_S if self._failures >= PATIENCE else BREATH_S)
            self.trouble = f"{why(error)} Nothing is remembered meanwhile."
            raise RedisUnavailable(self.trouble) from error
        self._failures, self._failed, self._answered_at = 0, None, time.monotonic()
        return reply

    async def run(self, script: str, keys: list[str], *arguments: str | int | bytes) -> Any:
        """What a Lua script returns; all its keys are on one node."""
        return await self.asked(lambda _: self._scripts.run(script, keys, arguments))

    async def add(self, command: str, place: str, ttl_s: int, *words: str) -> None:
        """Add to a key and let it live on, in one step: a key whose expiry got lost would stay for ever."""
        await self.run(_ADD, [place], command, ttl_s, *words)

    async def free(self, place: str, value: str) -> None:
        """Remove a key if it holds this value; what another process has put there since stays."""
        await self.run(_FREE, [place], value)

    async def scan(self, pattern: str) -> AsyncIterator[str]:
        """Every key of a pattern, in no order; for exports, never while a customer waits."""
        try:
            async for key in self._redis.scan_iter(match=pattern, count=500):
                yield cast("str", key)
        except (RedisError, RedisClusterException, OSError) as error:
            raise RedisUnavailable(why(error)) from error

    async def distrust(self) -> None:
        """Throw all connections away: replies have come out of step."""
        await self._disconnect()

    async def ready(self) -> str | None:
        """Why nothing can be remembered now; None when all is well.

        A server that is full, a replica or forbids scripts answers a PING like any other: so something is stored.
        """
        try:
            await self.run(_STORE_ANYTHING, [f"{PREFIX}:{{ready}}"])
        except RedisUnavailable as error:
            return str(error)
        return None

    @property
    def resting(self) -> bool:
        """Whether Redis did not answer just now."""
        return time.monotonic() < self._rests_until

    async def close(self) -> None:
        """Give the connections back."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=1)
        await self._redis.aclose()
        await self._disconnect()
        for sentinel in self._sentinels:
            await sentinel.aclose()
            await sentinel.connection_pool.disconnect()

    def _settled(self, asking: asyncio.Future[Any]) -> None:
        self._under_way.discard(asking)
        if not asking.cancelled():
            asking.exception()  # told already, or nobody waits for it any more

    async def _close_idle(self) -> None:
        if not isinstance(self._redis, RedisCluster):  # that one looks for its masters by itself
            await self._redis.connection_pool.disconnect(inuse_connections=False)

    async def _disconnect(self) -> None:
        if isinstance(self._redis, RedisCluster):
            await self._redis.aclose()  # opens anew by itself
        else:
            await self._redis.connection_pool.disconnect()


def hashed(*words: str) -> str:
    """A name for words that must not stand in a key."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]
