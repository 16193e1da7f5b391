"""Scripts that travel together: each has its own reply, and its own failure."""

from __future__ import annotations

import asyncio

import pytest

from knowledge.errors import RedisUnavailable
from service.memory.storage import BREATH_S, Storage

SAID = "redis.call('SET', KEYS[1], ARGV[1], 'EX', 60) return redis.call('GET', KEYS[1])"
WRONG = "return redis.call('INCR', KEYS[1], 'too', 'many')"


@pytest.fixture
async def storage(redis_server):
    storage = Storage.connect(redis_server.url)
    yield storage
    await storage.close()


async def commands(storage: Storage, name: str) -> int:
    told = await storage.asked(lambda client: client.info("commandstats"))
    return int(told.get(f"cmdstat_{name}", {}).get("calls", 0))


async def reads(storage: Storage) -> int:
    told = await storage.asked(lambda client: client.info("stats"))
    return int(told["total_reads_processed"])


async def test_each_script_brings_its_own_reply(storage):
    asked = [storage.run(SAID, [f"together:{number}"], number) for number in range(200)]
    assert await asyncio.gather(*asked) == [str(number) for number in range(200)]


async def test_what_is_asked_at_once_is_sent_at_once(storage):
    await storage.run(SAID, ["together"], "known by now")
    before, calls = await reads(storage), await commands(storage, "evalsha")
    await asyncio.gather(*(storage.run(SAID, [f"together:{number}"], number) for number in range(50)))
    assert await commands(storage, "evalsha") - calls == 50
    assert await reads(storage) - before < 10


async def test_a_script_that_fails_spoils_no_other(storage):
    asked = (storage.run(SAID, ["together:a"], "a"), storage.run(WRONG, ["together:b"]), storage.run(SAID, ["c"], "c"))
    first, wrong, last = await asyncio.gather(*asked, return_exceptions=True)
    assert (first, last) == ("a", "c")
    assert isinstance(wrong, RedisUnavailable)
    assert await storage.run(SAID, ["together:a"], "again") == "again"


async def test_scripts_that_redis_has_forgotten_are_told_again(storage):
    await storage.run(SAID, ["together"], "known by now")
    await storage.asked(lambda client: client.script_flush())
    asked = [storage.run(SAID, [f"together:{number}"], number) for number in range(20)]
    assert await asyncio.gather(*asked) == [str(number) for number in range(20)]


async def test_who_leaves_takes_no_reply_along(storage):
    leaving = asyncio.create_task(storage.run(SAID, ["together:gone"], "gone"))
    staying = asyncio.create_task(storage.run(SAID, ["together:here"], "here"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == "here"
    assert await storage.asked(lambda client: client.get("together:gone")) == "gone"  # it was on its way


async def test_scripts_that_fail_together_are_one_failure(storage):
    await storage.run(SAID, ["together"], "known by now")

    async def cut() -> None:
        await asyncio.sleep(0.05)
        await storage.distrust()  # all lines are closed, with what is on them

    await storage.asked(lambda client: client.client_pause(60_000, all=False))  # scripts, which may write
    asked = [storage.run(SAID, ["together"], number) for number in range(5)]
    *told, _ = await asyncio.gather(*asked, cut(), return_exceptions=True)
    assert all(isinstance(error, RedisUnavailable) for error in told)
    await asyncio.sleep(BREATH_S + 0.05)
    await storage.asked(lambda client: client.client_unpause())
    assert await storage.run(SAID, ["together"], "again") == "again"
