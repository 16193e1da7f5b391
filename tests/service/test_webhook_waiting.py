"""Handoffs that the helpdesk could not take at once: not forgotten by a restart, never told by two at the same time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from service.memory import webhook
from service.memory.handoffs import Handoffs
from service.memory.sessions import Sessions, new_session_id
from service.settings import ServiceSettings


class FakeHelpdesk:
    """Is away as long as it is told to be; remembers whom it heard of, and how many calls came at the same time."""

    def __init__(self) -> None:
        self.away, self.slow_s = False, 0.0
        self.heard: list[str] = []
        self.calls = self.now = self.most = 0

    async def take(self, request: web.Request) -> web.Response:
        self.calls += 1
        self.now += 1
        self.most = max(self.most, self.now)
        told = json.loads(await request.read())["data"]
        await asyncio.sleep(self.slow_s)
        self.now -= 1
        if self.away:
            return web.Response(status=503)
        self.heard.append(told["session_id"])
        return web.Response(status=204)


@pytest.fixture
async def helpdesk():
    fake = FakeHelpdesk()
    app = web.Application()
    app.router.add_post("/hook", fake.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)  # a call that was cut off may still be answered
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield fake
    await runner.cleanup()


@pytest.fixture
async def process(settings: ServiceSettings, helpdesk):
    """Call it for another process of the service: its sessions and its handoffs."""
    made: list[tuple[Sessions, Handoffs]] = []
    told = settings.model_copy(update={"handoff_webhook": helpdesk.url, "handoff_secret": SecretStr("x" * 16)})

    def begin() -> tuple[Sessions, Handoffs]:
        sessions = Sessions.connect(told.redis_url.get_secret_value(), 1)
        made.append((sessions, Handoffs(sessions, told)))
        made[-1][1].start()
        return made[-1]

    yield begin
    for sessions, handoffs in made:
        await handoffs.close()
        await sessions.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, nobody_waits: None) -> None:
    monkeypatch.setattr(webhook, "POLL_S", 0.02)
    monkeypatch.setattr(webhook, "SOONEST_S", 0.05)
    monkeypatch.setattr(webhook, "LATEST_S", 0.2)


async def until(seen: Callable[[], Any], within_s: float = 60.0) -> None:
    for _ in range(round(within_s / 0.02)):
        if seen():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to that")


async def test_what_was_not_told_is_told_by_the_process_that_comes_after(helpdesk, process):
    sessions, handoffs = process()
    helpdesk.away = True
    await handoffs.add(mine := new_session_id(), "customer_request")
    await until(lambda: helpdesk.calls > 2)
    assert await handoffs.untold() == 1
    await handoffs.close()
    await sessions.close()

    helpdesk.away = False
    _, next_one = process()
    await until(lambda: helpdesk.heard)
    await asyncio.sleep(0.3)
    assert helpdesk.heard == [mine], "and once"
    assert await next_one.untold() == 0


async def test_a_try_that_was_cut_off_is_made_again_when_its_lease_has_ended(helpdesk, process, monkeypatch):
    monkeypatch.setattr("service.memory.handoffs.LEASE_S", 0.5)
    sessions, handoffs = process()
    helpdesk.slow_s = 60.0
    await handoffs.add(mine := new_session_id(), "customer_request")
    await until(lambda: helpdesk.calls == 1)
    await handoffs.close()
    await sessions.close()  # cuts the call off
    helpdesk.slow_s = 0.0
    process()
    await until(lambda: helpdesk.heard == [mine])


async def test_many_processes_never_tell_of_one_at_the_same_time(helpdesk, process):
    _, handoffs = process()
    for _ in range(3):
        process()
    helpdesk.away, helpdesk.slow_s = True, 0.1
    await handoffs.add(new_session_id(), "customer_request")
    await until(lambda: helpdesk.calls > 5)
    assert helpdesk.most == 1
    helpdesk.away = False
    await until(lambda: helpdesk.heard)
    await asyncio.sleep(0.5)
    assert len(helpdesk.heard) == 1


async def test_the_pauses_grow_and_there_is_an_end(helpdesk, process, monkeypatch):
    monkeypatch.setattr(webhook, "LATEST_S", 60.0)
    monkeypatch.setattr(webhook, "GIVE_UP_S", 2.0)
    _, handoffs = process()
    helpdesk.away = True
    await handoffs.add(session := new_session_id(), "customer_request")
    for _ in range(600):
        if await handoffs.untold() == 0:
            break
        await asyncio.sleep(0.1)
    assert 2 <= helpdesk.calls <= 8, "each pause is as long as it waits already"
    assert [one.session_id for one in await handoffs.of(session)] == [session], "it is still in the list"


async def test_what_was_erased_is_told_to_nobody(helpdesk, process):
    _, handoffs = process()
    helpdesk.away = True
    await handoffs.add(session := new_session_id(), "customer_request")
    await until(lambda: helpdesk.calls)
    await handoffs.forget(session)
    helpdesk.away = False
    await asyncio.sleep(0.5)
    assert helpdesk.heard == []
    assert await handoffs.untold() == 0


async def test_without_a_webhook_nothing_waits_to_be_told(settings):
    sessions = Sessions.connect(settings.redis_url.get_secret_value(), 1)
    handoffs = Handoffs(sessions, settings)
    before = await handoffs.untold()
    await handoffs.add(new_session_id(), "customer_request")
    assert await handoffs.untold() == before
    await sessions.close()


def test_how_many_wait_is_told_to_prometheus(counter):
    client = counter(handoff_webhook="http://127.0.0.1:9/hook")
    session = new_session_id()
    before = untold(client)
    client.post("/api/handoff", json={"session_id": session})
    assert untold(client) == before + 1
    client.delete(f"/api/sessions/{session}")
    assert untold(client) == before


def untold(client) -> float:
    rows = client.get("/metrics").text.splitlines()
    return next(float(row.rpartition(" ")[2]) for row in rows if row.startswith("madoguchi_handoffs_untold "))
