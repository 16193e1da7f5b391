"""How often somebody may ask, and what a day may cost: never one too many, also without Redis."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes import FakeFinder, FakeModel
from pydantic import SecretStr
from waiting import soon

from knowledge.errors import ConfigError, NoKnowledge
from knowledge.settings import load
from service.access.budgets import Budgets
from service.access.callers import Caller, address_of, networks
from service.access.keys import KeyFile
from service.access.limits import Limits
from service.answers import Usage
from service.memory.storage import Storage
from service.models.registry import Served
from service.models.specs import Spec
from service.settings import ServiceSettings

QUESTION = {"message": "返品の期限は?"}
SHOP = "https://shop.example"


def caller(key_file: KeyFile) -> Caller:
    return Caller("key", "x", "192.0.2.1", key_file.create_key("x", ("chat",))[0])


@pytest.fixture
async def storages(redis_server):
    """Two processes, as far as Redis can tell."""
    both = [Storage.connect(redis_server.url, wait_s=60) for _ in range(2)]
    yield both
    for each in both:
        await each.close()


async def test_never_one_too_many_of_any_number_at_once(storages, settings):
    limits = [Limits(each, settings.model_copy(update={"rate_key": "50/day"})) for each in storages]
    asks = caller(KeyFile(settings.data))
    counts = await asyncio.gather(*(limits[number % 2].take(asks) for number in range(200)))
    assert sum(count.allowed for (count,) in counts) == 50
    assert sorted(count.left for (count,) in counts if count.allowed) == list(range(50))
    assert all(1 <= count.wait_s <= 86_400 // 50 + 1 for (count,) in counts if not count.allowed)


async def test_who_comes_again_when_told_is_let_in(storages, settings):
    limits = Limits(storages[0], settings.model_copy(update={"rate_key": "2/second"}))
    asks = caller(KeyFile(settings.data))
    for _ in range(3):
        while (await limits.take(asks))[0].allowed:
            pass
        await asyncio.sleep((await limits.take(asks))[0].wait_s)
        assert (await limits.take(asks))[0].allowed


async def test_without_redis_each_process_counts_its_share(settings, tmp_path):
    storage = Storage.connect(f"unix://{tmp_path}/nobody.sock")
    limits = Limits(storage, settings.model_copy(update={"rate_key": "50/day", "workers": 5}))
    asks = caller(KeyFile(settings.data))
    counts = [(await limits.take(asks))[0] for _ in range(100)]
    assert sum(count.allowed for count in counts) == 10
    await storage.close()


def test_a_widget_is_told_what_is_left_and_when_to_come_again(counter, settings):
    site = KeyFile(settings.data).create_site("Shop", (SHOP,))
    client = counter(rate_session="3/hour", rate_address="5/hour", admin_key=SecretStr("correct-horse-battery"))
    origin = {"Origin": SHOP}

    def opened():
        return client.post("/api/widget/session", json={"site_key": site.id}, headers=origin)

    def ask(session):
        bearer = {"Authorization": f"Bearer {session['session_token']}"}
        return client.post("/api/chat", json=QUESTION, headers=origin | bearer)

    first = opened()
    assert first.headers["ratelimit-policy"] == '"address";q=5;w=3600'
    answers = [ask(first.json()) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"session";q=3;w=3600, "address";q=5;w=3600'
    assert answers[0].headers["ratelimit"].startswith('"session";r=2;t=')
    refused = answers[-1]
    assert refused.json()["type"] == "urn:madoguchi:problem:rate-limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 3600
    assert refused.headers["access-control-allow-origin"] == SHOP
    assert "Retry-After" in refused.headers["access-control-expose-headers"]
    assert opened().status_code == 429  # the address has asked five times by now
    admin = {"Authorization": "Bearer correct-horse-battery"}
    assert all(client.post("/api/chat", json=QUESTION, headers=admin).status_code == 200 for _ in range(8))


def test_a_key_is_held_up_by_its_own_limit_alone(counter, settings):
    file = KeyFile(settings.data)
    one, other = ({"Authorization": f"Bearer {file.create_key('x', ('search',))[1]}"} for _ in range(2))
    client = counter(rate_key="2/hour")
    query = {"query": "返品"}
    assert [client.post("/api/search", json=query, headers=one).status_code for _ in range(3)] == [200, 200, 429]
    assert client.post("/api/search", json=query, headers=other).status_code == 200


@pytest.mark.parametrize("rate", ["20", "0/minute", "20/week", "-1/day", "20 / minute", "on"])
def test_a_rate_that_means_nothing_is_refused_at_start(rate, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="MADOGUCHI_RATE_KEY is wrong"):
        load(ServiceSettings, rate_key=rate)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # not our proxy: its word counts nothing
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # the first is anybody's invention
        ("10.0.0.1", "198.51.100.1, 10.0.0.9", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "unknown"),
        ("2001:db8::5:1", "", "2001:db8::/64"),
        ("::ffff:198.51.100.1", "", "198.51.100.1"),
    ],
)
def test_an_address_is_believed_as_far_as_our_own_proxies_go(peer, forwarded, address):
    scope = {"client": (peer, 1), "headers": [(b"x-forwarded-for", forwarded.encode())] if forwarded else []}
    assert address_of(scope, networks("10.0.0.0/8")) == address


CHAIN = (Served("default", FakeModel(), Spec(name="scripted")),)
MOST = 1000 + len("question") + 5 * 600 + 6 * 400 + 800


async def test_at_the_edge_of_a_budget_no_two_take_the_last_of_it(storages, settings):
    limited = settings.model_copy(update={"budget_tokens_per_day": 10 * MOST + 5})
    for storage in storages:
        await storage.asked(lambda client: client.flushdb())
    budgets = [Budgets(each, limited) for each in storages]
    got = await asyncio.gather(*(budgets[number % 2].reserve("question", None, CHAIN) for number in range(100)))
    taken = [one for one in got if one is not None]
    assert len(taken) == 10
    await budgets[0].settle(taken[0], Usage(100, 10, 0.0))
    await budgets[0].settle(taken[0], Usage(100, 10, 0.0))  # once is enough
    assert await budgets[1].reserve("question", None, CHAIN) is None
    await budgets[0].settle(taken[1], Usage(100, 10, 0.0))
    assert await budgets[1].reserve("question", None, CHAIN) is not None


async def test_without_redis_a_process_keeps_its_share_of_the_budget(settings, tmp_path):
    storage = Storage.connect(f"unix://{tmp_path}/nobody.sock")
    budgets = Budgets(storage, settings.model_copy(update={"budget_tokens_per_day": 10 * MOST, "workers": 2}))
    got = [await budgets.reserve("question", None, CHAIN) for _ in range(20)]
    assert sum(one is not None for one in got) == 5
    await storage.close()


def test_over_the_budget_passages_are_quoted_and_nobody_is_asked(counter, settings):
    model = FakeModel("30日です[1]。")
    model.usage = Usage(7000, 900)  # more than what was reserved
    words = KeyFile(settings.data).create_key("x", ("chat",), None, 15_000)[1]
    client, bearer = counter(model=model), {"Authorization": f"Bearer {words}"}
    answers = [client.post("/api/chat", json=QUESTION, headers=bearer).json() for _ in range(3)]
    assert [answer["model"] for answer in answers] == ["default", "extractive", "extractive"]
    assert [answer["degraded"] for answer in answers] == [[], ["budget"], ["budget"]]
    assert len(model.asked) == 1
    other = {"Authorization": f"Bearer {KeyFile(settings.data).create_key('y', ('chat',))[1]}"}
    assert soon(lambda: client.post("/api/chat", json=QUESTION, headers=other).status_code == 200)
    assert len(model.asked) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"model": "default", "messages": [{"role": "user", "content": "返品の期限は?"}]}),
        ("/api/suggest", {"messages": [{"role": "customer", "text": "返品の期限は?"}]}),
    ],
)
def test_a_budget_holds_for_every_route_that_asks_a_model(counter, settings, path, body):
    model = FakeModel("30日です[1]。")
    words = KeyFile(settings.data).create_key("x", ("chat",), None, MOST + 100)[1]
    client, bearer = counter(model=model), {"Authorization": f"Bearer {words}"}
    answers = [client.post(path, json=body, headers=bearer).json() for _ in range(2)]
    whole = [answer["choices"][0]["message"] if "choices" in answer else answer for answer in answers]
    assert [answer["degraded"] for answer in whole] == [[], ["budget"]]
    assert [answer["model"] for answer in answers] == ["default", "extractive"]
    assert len(model.asked) == 1


def test_what_costs_nothing_leaves_the_budget_whole(counter, settings):
    finder, model = FakeFinder(), FakeModel("30日です[1]。")
    words = KeyFile(settings.data).create_key("x", ("chat",), None, MOST + 100)[1]
    client, bearer = counter(finder, model), {"Authorization": f"Bearer {words}"}
    finder.trouble = NoKnowledge("nothing yet")
    assert client.post("/api/chat", json=QUESTION, headers=bearer).status_code == 503
    finder.trouble = None
    assert client.post("/api/chat", json=QUESTION | {"model": "extractive"}, headers=bearer).json()["degraded"] == []
    assert client.post("/api/chat", json=QUESTION, headers=bearer).json()["model"] == "default"


async def test_the_dearest_of_those_who_may_step_in_is_reserved_for(settings):
    dear = Spec(name="dear", price_per_million_prompt_tokens=10, max_answer_tokens=400)
    chain = (*CHAIN, Served("dear", FakeModel(), dear))
    storage = Storage.connect(settings.redis_url.get_secret_value(), wait_s=60)
    budgets = Budgets(storage, settings.model_copy(update={"budget_cost_per_day": 0.05}))
    await storage.asked(lambda client: client.flushdb())
    assert await budgets.reserve("question", None, CHAIN)  # costs nothing
    assert await budgets.reserve("question", None, chain) is None  # some 6,400 tokens at 10 a million
    await storage.close()


def test_many_at_once_over_http_stay_within(counter, settings):
    words = KeyFile(settings.data).create_key("x", ("chat",))[1]
    client, bearer = counter(rate_key="10/hour"), {"Authorization": f"Bearer {words}"}
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(client.post, "/api/chat", json=QUESTION, headers=bearer) for _ in range(24)]
    assert sorted(one.result().status_code for one in asked) == [200] * 10 + [429] * 14
