"""Real Sentinels: when the master is gone, conversations go on with the one that takes its place."""

from __future__ import annotations

import contextlib
import json

import pytest
import redis
from programs import free_port, knows_all, redis_process, sentinel_process
from pydantic import SecretStr
from test_storage import asked
from waiting import soon

from service.memory.sessions import new_session_id
from service.memory.storage import PREFIX


@pytest.fixture
def guarded(tmp_path):
    """A master, its replica, and three Sentinels: ports and processes, master's and Sentinels' first."""
    master, replica, *sentinels = (free_port() for _ in range(5))
    with (
        contextlib.ExitStack() as stack,
        redis_process(tmp_path, master) as first,
        redis_process(tmp_path, replica, "--replicaof", f"127.0.0.1 {master}"),
    ):
        watch = (
            f"sentinel monitor mymaster 127.0.0.1 {master} 1",
            "sentinel down-after-milliseconds mymaster 1000",
            "sentinel failover-timeout mymaster 5000",
        )
        processes = [stack.enter_context(sentinel_process(tmp_path, port, *watch)) for port in sentinels]
        assert soon(lambda: knows_all(sentinels[-1], "mymaster"), 60)
        yield first, replica, sentinels, processes


def stored(port, session):
    with redis.Redis(port=port, decode_responses=True) as server:
        return [json.loads(line)["message_id"] for line in server.lrange(f"{PREFIX}:{{{session}}}:turns", 0, -1)]


def remembered(client, session):
    """Ask until an answer has its history and is stored."""
    assert soon(lambda: not asked(client, session)[0], 60)


def test_when_the_master_and_the_first_sentinel_die_the_new_master_takes_over(guarded, counter, prompt):
    master, replica, sentinels, processes = guarded
    address = "redis+sentinel://" + ",".join(f"127.0.0.1:{port}" for port in sentinels) + "/mymaster/0"
    client = counter(redis_url=SecretStr(address))
    session = new_session_id()
    remembered(client, session)
    assert soon(lambda: stored(replica, session), 60)
    processes[0].kill()  # both were on one machine, and it is the first Sentinel that is asked
    master.kill()
    remembered(client, session)
    said = stored(replica, session)
    assert len(said) >= 2
    assert [turn["message_id"] for turn in client.get(f"/api/sessions/{session}").json()["turns"]] == said
