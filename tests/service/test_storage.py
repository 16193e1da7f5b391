"""Redis as it fails: frozen, slow, killed, full; alone, behind Sentinel, as a Cluster; and one writer at a time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from dataclasses import replace

import pytest
import redis
from fakes import FakeModel, broken
from programs import free_port, redis_process, sentinel_process
from proxy import Proxy
from pydantic import SecretStr
from test_sessions import turn
from typer.testing import CliRunner

from knowledge.errors import RedisUnavailable
from madoguchi.cli import app
from service.answers import Turn
from service.conversation import Ask, converse
from service.memory import feedback, storage
from service.memory import sessions as module
from service.memory.sessions import SessionBusy, Sessions, new_session_id
from service.memory.storage import Storage

QUESTION = {"message": "返品の期限は?"}


@pytest.fixture
def server(tmp_path):
    port = free_port()
    with redis_process(tmp_path, port) as process:
        yield port, process


def asked(client, session="s1"):
    """One question: what was degraded, and how long it took."""
    start = time.monotonic()
    answer = client.post("/api/chat", json=QUESTION | {"session_id": session})
    assert answer.status_code == 200, answer.text
    assert answer.json()["outcome"] == "answered"
    return answer.json()["degraded"], time.monotonic() - start


def recovers(client, within_s=30.0):
    """Whether two chats in a row soon have their history, neither after a long wait."""
    deadline = time.monotonic() + within_s
    in_a_row = 0
    while in_a_row < 2 and time.monotonic() < deadline:
        degraded, took = asked(client)
        assert took < 10.0
        in_a_row = 0 if degraded else in_a_row + 1
        time.sleep(0.05 if degraded else 0)
    return in_a_row == 2


@pytest.fixture
def slow_line(server, counter, prompt):
    with Proxy(server[0]) as proxy:
        client = counter(redis_url=SecretStr(f"redis://127.0.0.1:{proxy.port}/0"))
        assert recovers(client)
        yield proxy, client


def test_a_frozen_redis_adds_little_to_any_chat(server, counter, prompt):
    port, process = server
    client = counter(redis_url=SecretStr(f"redis://127.0.0.1:{port}/0"))
    assert recovers(client)
    usual = min(asked(client)[1] for _ in range(5))
    process.send_signal(signal.SIGSTOP)
    took = []
    for _ in range(12):
        degraded, seconds = asked(client)
        assert degraded == ["history"]
        took.append(seconds)
        time.sleep(0.1)
    # The first waits, the next do not, as Redis is left alone; the quickest tell, on a machine that may be busy.
    assert sorted(took)[len(took) // 4] - usual < storage.WAIT_S / 2
    process.send_signal(signal.SIGCONT)
    assert recovers(client)


def test_an_operator_waits_for_a_slow_redis_longer_than_a_customer(slow_line, monkeypatch, tmp_path):
    proxy, client = slow_line
    asked(client, "slow-export")
    proxy.delay_s = 0.4
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{proxy.port}/0")
    shown = CliRunner().invoke(app, ["sessions", "export", "slow-export"])
    assert shown.exit_code == 0, shown.output
    assert QUESTION["message"] in shown.stdout


def test_a_redis_that_is_always_slow_is_done_without_and_comes_back(slow_line):
    proxy, client = slow_line
    proxy.delay_s = 1.0
    assert [asked(client)[0] for _ in range(3)] == [["history"]] * 3
    proxy.delay_s = 0.0
    assert recovers(client)


def test_lines_that_break_off_are_replaced(slow_line):
    proxy, client = slow_line
    for _ in range(3):
        proxy.cut()
        assert recovers(client)


def test_a_killed_redis_is_done_without_and_the_new_one_is_used(tmp_path, counter):
    port = free_port()
    with redis_process(tmp_path, port) as process:
        client = counter(redis_url=SecretStr(f"redis://127.0.0.1:{port}/0"))
        assert recovers(client)
        process.kill()
        process.wait()
        assert asked(client)[0] == ["history"]
    with redis_process(tmp_path, port):
        assert recovers(client)
        assert client.get("/readyz").json()["parts"]["redis"]["ready"]


def test_a_full_redis_is_done_without_and_what_is_in_it_can_still_be_read(server, counter):
    client = counter(redis_url=SecretStr(f"redis://127.0.0.1:{server[0]}/0"))
    assert asked(client)[0] == []
    with redis.Redis(port=server[0]) as plain:
        plain.config_set("maxmemory", "1")
        assert asked(client)[0] == ["history"]
        assert len(client.get("/api/sessions/s1").json()["turns"]) == 1
        plain.config_set("maxmemory", "0")
    assert asked(client)[0] == []


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("CONFIG SET maxmemory 1", "maxmemory"),
        ("REPLICAOF 127.0.0.1 1", "read only replica"),
        ("ACL SETUSER default -@scripting", "no permissions to run"),
    ],
)
def test_a_redis_that_answers_but_stores_nothing_is_not_ready_and_a_degraded_answer_is_logged(
    server, counter, command, reason, capsys
):
    client = counter(redis_url=SecretStr(f"redis://127.0.0.1:{server[0]}/0"))
    assert client.get("/readyz").status_code == 200
    with redis.Redis(port=server[0]) as plain:
        plain.execute_command(*command.split())
    told = client.get("/readyz").json()["parts"]["redis"]
    assert not told["ready"]
    assert reason in told["reason"]
    assert asked(client, "lost")[0] == ["history"]
    line = next(line for line in capsys.readouterr().out.splitlines() if "degraded" in line)
    assert "lost" in line
    assert reason in line
    assert 'madoguchi_degraded_total{what="history"} ' in client.get("/metrics").text


@pytest.mark.parametrize(
    "lost",
    [
        ("REPLICAOF", "127.0.0.1", 1),  # it is a replica, and leaves its connections open
        ("CONFIG", "SET", "min-replicas-to-write", 1),  # its replicas have left it, and so nothing is taken down
    ],
)
def test_who_is_master_no_more_is_left_for_the_one_that_its_name_leads_to_now(lost, server, tmp_path, counter, prompt):
    folder = tmp_path / "other"
    folder.mkdir()
    with Proxy(server[0]) as name, redis_process(folder, other := free_port()):
        client = counter(redis_url=SecretStr(f"redis://127.0.0.1:{name.port}/0"))
        assert recovers(client)
        with redis.Redis(port=server[0]) as plain:
            plain.execute_command(*lost)
        name.target = other
        assert recovers(client)


async def test_a_password_that_redis_refuses_is_told_also_while_it_is_left_alone(server):
    with redis.Redis(port=server[0]) as plain:
        plain.config_set("requirepass", "another")
    door = Storage.connect(f"redis://:wrong@127.0.0.1:{server[0]}/0")
    for _ in range(2):
        assert "refuses the login" in (await door.ready() or "")
    assert door.resting
    await door.close()


@pytest.fixture
async def two(redis_server):
    """Two processes, as far as Redis can tell."""
    both = [Sessions.connect(redis_server.url, ttl_hours=1) for _ in range(2)]
    yield both
    for each in both:
        await each.close()


async def test_a_second_message_waits_for_the_first_also_in_another_process(two):
    session, order = new_session_id(), []

    async def answer(sessions, number):
        async with sessions.turn(session, 6) as place:
            order.append(f"{number} in, {len(place.recent)} before")
            await asyncio.sleep(0.05)
            order.append(f"{number} out")
            assert await place.store(turn(session, number))

    await asyncio.gather(*(answer(two[number % 2], number) for number in range(6)))
    for number, (entry, leave) in enumerate(zip(order[::2], order[1::2], strict=True)):
        assert entry.split()[0] == leave.split()[0]
        assert entry.endswith(f"{number} before")
    assert len(await two[0].get(session)) == 6


async def test_a_message_that_would_wait_too_long_is_told(two):
    session = new_session_id()
    async with two[0].turn(session, 6):
        for sessions in two:
            with pytest.raises(SessionBusy):
                async with sessions.turn(session, 6, wait_s=0.2):
                    pass


async def test_a_writer_that_was_frozen_too_long_cannot_store(two, monkeypatch):
    monkeypatch.setattr(module, "LEASE_MS", 100)
    monkeypatch.setattr(module, "RENEW_S", 60)  # as if frozen
    session = new_session_id()
    async with two[0].turn(session, 6) as frozen:
        await asyncio.sleep(0.2)
        async with two[1].turn(session, 6) as next_one:
            assert await next_one.store(turn(session, 2))
        assert not await frozen.store(turn(session, 1))
    assert [stored.message_id for stored in await two[0].get(session)] == ["m2"]


async def test_a_writer_that_was_late_but_alone_stores_all_the_same(two, monkeypatch):
    monkeypatch.setattr(module, "LEASE_MS", 50)
    monkeypatch.setattr(module, "RENEW_S", 60)
    session = new_session_id()
    async with two[0].turn(session, 6) as place:
        await asyncio.sleep(0.2)
        assert await place.store(turn(session, 1))


async def test_a_lease_is_kept_up_and_let_go(two, redis_server, monkeypatch):
    monkeypatch.setattr(module, "LEASE_MS", 400)
    monkeypatch.setattr(module, "RENEW_S", 0.1)
    session = new_session_id()
    async with two[0].turn(session, 6):
        await asyncio.sleep(0.8)
        with pytest.raises(SessionBusy):
            async with two[1].turn(session, 6, wait_s=0.1):
                pass
    await asyncio.sleep(0.1)
    with redis.Redis.from_url(redis_server.url, decode_responses=True) as plain:
        left = plain.keys(f"*{session}*")
        assert [name.rpartition(":")[2] for name in left] == ["fence"]
        assert all(plain.ttl(name) > 0 for name in left)


async def test_a_lease_whose_release_got_lost_holds_up_others_but_not_its_own_process(two, monkeypatch):
    session = new_session_id()
    with monkeypatch.context() as lost:
        lost.setattr(storage, "_FREE", "return 0")
        async with two[0].turn(session, 6):
            pass
        await asyncio.sleep(0.05)
    with pytest.raises(SessionBusy):
        async with two[1].turn(session, 6, wait_s=0.1):
            pass
    async with two[0].turn(session, 6, wait_s=0.1) as place:
        assert await place.store(turn(session, 1))
    async with two[1].turn(session, 6, wait_s=0.1) as place:
        assert len(place.recent) == 1


async def test_an_opinion_does_not_stay_for_ever_where_redis_takes_no_further_command(two, redis_server, monkeypatch):
    session, taken = new_session_id(), 0
    await two[0].append(turn(session, 1))
    door = two[0].storage
    really = door.asked

    async def only_two(ask):
        nonlocal taken
        taken += 1
        if taken > 2:
            raise RedisUnavailable
        return await really(ask)

    monkeypatch.setattr(door, "asked", only_two)
    with contextlib.suppress(RedisUnavailable):
        await feedback.remember(two[0], feedback.Opinion(session, "m1", "2026-05-01", "up"))
    with redis.Redis.from_url(redis_server.url, decode_responses=True) as plain:
        (kept,) = plain.keys(f"*{session}*:feedback")
        assert plain.ttl(kept) > 0


async def test_what_a_later_version_has_stored_can_be_read_when_one_goes_back(two, redis_server):
    session = new_session_id()
    await two[0].append(turn(session, 1))
    with redis.Redis.from_url(redis_server.url, decode_responses=True) as plain:
        place = module.key(session, "turns")
        stored = json.loads(plain.lindex(place, 0))
        for part in (stored, stored["answer"], stored["answer"]["usage"], *stored["answer"]["citations"]):
            part["of_a_later_version"] = True
        plain.lset(place, 0, json.dumps(stored))
    (read,) = await two[0].get(session)
    assert replace(read, at="") == replace(turn(session, 1), at="")


async def test_an_answer_to_an_erased_conversation_is_not_stored(two):
    session = new_session_id()
    await two[0].append(turn(session, 1))
    async with two[0].turn(session, 6) as place:
        assert await two[1].delete(session)
        assert not await place.store(turn(session, 2))
    assert await two[0].get(session) == []


@pytest.mark.parametrize(
    ("shown", "put_in_short"),
    [
        (2, [["返品0"], ["返品1"], ["返品2"], ["返品3"], ["返品4"]]),
        (4, [["返品0", "返品1"], ["返品2", "返品3"]]),  # two at once, so that not every turn asks a model
    ],
)
async def test_older_turns_reach_the_model_in_short(counter, redis_server, shown, put_in_short):
    from fakes import FakeFinder

    from service.access.budgets import Budgets
    from service.answering.answerer import Answerer
    from service.settings import ServiceSettings

    heard = []

    async def summarizer(summary: str, turns: list[Turn]) -> str:
        heard.append((summary, [said.text for said in turns if said.role == "user"]))
        return f"{summary}{''.join(heard[-1][1])};"

    model, session = FakeModel("30日です[1]。"), new_session_id()
    settings = ServiceSettings(_env_file=None)
    answerer, sessions = Answerer(FakeFinder(), model, settings), Sessions.connect(redis_server.url, ttl_hours=1)
    budgets = Budgets(sessions.storage, settings)
    for number in range(8 if shown == 4 else 7):
        ask = Ask(f"返品{number}", session_id=session)
        _ = [event async for event in converse(answerer, sessions, budgets, ask, shown, summarizer)]
        await asyncio.sleep(0.05)
        told = [message.text for message in model.asked[-1]]
        in_short = next((text for text in told if "in short)" in text), "")
        assert all(any(f"返品{before}" in text for text in [*told[1:-1], in_short]) for before in range(number))
        assert f"返品{number - shown - 1}" not in told
    assert [turns for _, turns in heard] == put_in_short
    assert heard[1][0] == f"{''.join(put_in_short[0])};"
    await sessions.close()


async def test_the_default_model_puts_a_conversation_in_short_within_the_budget(redis_server):
    from service.access.budgets import Budgets
    from service.models.registry import Models
    from service.settings import ServiceSettings
    from service.summarizing import ModelSummarizer

    settings, model = ServiceSettings(_env_file=None), FakeModel(" 返品したい。", "注文12345。 ")
    storage = Storage.connect(redis_server.url)
    turns = [Turn("user", "注文12345を返品したい<|im_end|>"), Turn("assistant", "30日以内です。")]
    short = ModelSummarizer(Models.single(model, settings), Budgets(storage, settings))
    assert await short("困っている。", turns) == "返品したい。注文12345。"
    asked = model.asked[0][-1].text
    assert "困っている。" in asked
    assert "注文12345を返品したい" in asked
    assert "<|im_end|>" not in asked
    poor = settings.model_copy(update={"budget_tokens_per_day": 1})
    assert await ModelSummarizer(Models.single(model, settings), Budgets(storage, poor))("", turns) is None
    assert len(model.asked) == 1
    failing = FakeModel("返品", broken())
    assert await ModelSummarizer(Models.single(failing, settings), Budgets(storage, settings))("", turns) is None
    assert await ModelSummarizer(Models.single(None, settings), Budgets(storage, settings))("", turns) is None
    await storage.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Cluster of one node that has all slots."""
    port = free_port()
    while port > 55_000:  # its bus listens 10,000 above
        port = free_port()
    with redis_process(tmp_path_factory.mktemp("cluster"), port, "--cluster-enabled", "yes"):
        with redis.Redis(port=port) as plain:
            plain.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while b"cluster_state:ok" not in plain.execute_command("CLUSTER", "INFO"):
                time.sleep(0.05)
        yield f"redis+cluster://127.0.0.1:{free_port()},127.0.0.1:{port}"  # the first is gone


@pytest.fixture(scope="module")
def sentinel(tmp_path_factory):
    """A Sentinel that knows one master."""
    folder, port, watcher = tmp_path_factory.mktemp("sentinel"), free_port(), free_port()
    watch = ("requirepass watch", f"sentinel monitor mymaster 127.0.0.1 {port} 1")
    with redis_process(folder, port), sentinel_process(folder, watcher, *watch):
        yield f"redis+sentinel://127.0.0.1:{watcher}/mymaster/0?sentinel_password=watch"


@pytest.mark.parametrize("kind", ["cluster", "sentinel"])
def test_all_of_it_works_on_a_cluster_and_behind_sentinel(kind, counter, request):
    client = counter(redis_url=SecretStr(request.getfixturevalue(kind)))
    session = new_session_id()
    key = {"Idempotency-Key": "k"}
    answers = [client.post("/api/chat", json=QUESTION | {"session_id": session}, headers=key).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["degraded"] == []
    assert asked(client, session)[0] == []
    assert len(client.get(f"/api/sessions/{session}").json()["turns"]) == 2
    assert client.get("/readyz").json()["parts"]["redis"]["ready"]
    assert client.delete(f"/api/sessions/{session}").status_code == 204
    assert client.get(f"/api/sessions/{session}").status_code == 404


@pytest.mark.parametrize("scheme", ["redis+cluster", "redis+sentinel"])
def test_users_and_passwords_with_signs_in_them_are_understood(scheme, monkeypatch):
    told = {}
    monkeypatch.setattr(storage, "RedisCluster", lambda **options: told.update(options))
    monkeypatch.setattr(storage.Sentinel, "master_for", lambda _, master, **options: told.update(options))
    Storage.connect(f"{scheme}://desk:p%23%2Fw@127.0.0.1:1/mymaster/0")
    assert (told["username"], told["password"], told.get("ssl")) == ("desk", "p#/w", None)
    Storage.connect(f"{scheme.replace('redis', 'rediss')}://127.0.0.1:1/mymaster/0?ssl_ca_certs=ca.pem")
    assert (told["ssl"], told["ssl_ca_certs"]) == (True, "ca.pem")


async def test_commands_that_were_cut_off_leave_no_reply_to_the_next(server):
    port, _ = server
    with Proxy(port) as proxy:
        sessions = Sessions.connect(f"redis://127.0.0.1:{proxy.port}/0", ttl_hours=1)
        names = [new_session_id() for _ in range(8)]
        for name in names:
            await sessions.append(turn(name))
        proxy.delay_s = 0.002
        seen = 0
        for number in range(200):
            name = names[number % 8]
            reading = asyncio.create_task(sessions.get(name))
            await asyncio.sleep(0.0005 * (number % 9))
            if number % 3 == 0:
                reading.cancel()
            with contextlib.suppress(asyncio.CancelledError, RedisUnavailable):
                assert [stored.session_id for stored in await reading] == [name]
                seen += 1
        assert seen > 100
        await sessions.close()
