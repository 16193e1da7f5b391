"""The model that the environment names, against a scripted server: words, usage, every kind of failure."""

from __future__ import annotations

import asyncio
import time

import pytest
from events import ask
from pydantic import SecretStr
from upstream import FakeUpstream

from knowledge.errors import ConfigError, ModelUnavailable
from service.answers import Usage
from service.models.base import Message, Model
from service.models.registry import Models
from service.models.specs import of_environment
from service.settings import ServiceSettings

MESSAGES = [Message("system", "Rules."), Message("user", "Question?")]


def settings(upstream: FakeUpstream, **changes: object) -> ServiceSettings:
    return ServiceSettings(_env_file=None, model="up", openai_base_url=upstream.url, **changes)


@pytest.fixture
async def opened():
    """Opens the model behind a server, and closes it after the test."""
    models = []

    def opened(upstream: FakeUpstream, **changes: object) -> Model:
        models.append(Models.open(settings(upstream, **changes)))
        return models[-1].chain(None)[0].model

    yield opened
    for model in models:
        await model.close()


@pytest.fixture
def said(opened):
    """All that a model says."""

    async def said(upstream: FakeUpstream, **changes: object) -> list[str | Usage]:
        return [piece async for piece in opened(upstream, **changes).stream(MESSAGES)]

    return said


async def test_words_come_in_pieces_and_usage_last(said):
    with FakeUpstream(["返品は", "30日", "です[1]。"]) as upstream:
        *words, used = await said(upstream)
    assert ("".join(words), used) == ("返品は30日です[1]。", Usage(120, 3))
    request = upstream.requests[0]
    assert [message["content"] for message in request["messages"]] == ["Rules.", "Question?"]
    assert (request["model"], request["stream"], request["max_tokens"]) == ("up", True, 800)


@pytest.mark.parametrize("fault", ["500", "429", "drop", "garbage", "html"])
async def test_a_failing_server_is_told_in_one_way(fault, said):
    with FakeUpstream(fault=fault) as upstream:
        try:
            pieces = await said(upstream)
        except ModelUnavailable:
            pieces = []
    assert [piece for piece in pieces if isinstance(piece, str)] == []
    assert len(upstream.requests) == (2 if fault in ("500", "429", "drop") else 1)


@pytest.mark.parametrize("fault", ["drop", "garbage"])
async def test_a_server_that_fails_half_way_raises_after_its_words(fault, opened):
    with FakeUpstream(["one ", "two"], fault=fault, fault_after=1) as upstream:
        pieces = opened(upstream).stream(MESSAGES)
        assert await anext(pieces) == "one "
        with pytest.raises(ModelUnavailable):
            await anext(pieces)


async def test_a_server_that_hangs_is_given_up_after_the_time_limit(said):
    with FakeUpstream(fault="hang") as upstream:
        start = time.monotonic()
        with pytest.raises(ModelUnavailable, match=r"0\.3 s"):
            await said(upstream, model_timeout_s=0.3)
        assert time.monotonic() - start < 20
        assert await asyncio.to_thread(upstream.left.wait, 20)


async def test_a_server_that_is_not_there_is_not_ready_and_cannot_answer(opened, said):
    with FakeUpstream() as upstream:
        assert await opened(upstream).ready() is None
    assert "does not answer" in await opened(upstream).ready()
    with pytest.raises(ModelUnavailable):
        await said(upstream)


def test_a_key_in_the_shell_alone_switches_no_model_on(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-lying-around")
    assert of_environment(ServiceSettings(_env_file=None)) is None


def test_a_model_without_key_or_server_is_refused_at_start(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL="):
        of_environment(ServiceSettings(_env_file=None, model="up"))


async def test_the_key_goes_to_the_server_and_into_no_error(opened):
    with FakeUpstream(fault="500") as upstream:
        model = opened(upstream, openai_api_key=SecretStr("sk-very-secret"))
        with pytest.raises(ModelUnavailable) as failure:
            [piece async for piece in model.stream(MESSAGES)]
    assert "secret" not in str(failure.value)
    assert "secret" not in repr(model)


@pytest.mark.parametrize("fault", ["500", "drop", "garbage", "html"])
def test_a_customer_of_a_broken_model_gets_the_passage_itself(counter, fault):
    with FakeUpstream(fault=fault) as upstream:
        client = counter(model="up", openai_base_url=upstream.url)
        done = ask(client, "返品の期限は?")[-1].data
    assert (done["model"], done["outcome"], done["reason"]) == ("extractive", "answered", None)


def test_a_customer_who_leaves_ends_the_call_to_the_model(counter):
    with FakeUpstream(["返品は30日以内です[1]。", "送料は"], fault="hang", fault_after=2) as upstream:
        client = counter(model="up", openai_base_url=upstream.url)
        with client.stream("POST", "/api/chat", json={"message": "返品の期限は?", "stream": True}) as response:
            for text in response.iter_text():
                if "delta" in text:
                    break
        assert upstream.left.wait(1)
