"""The official OpenAI client, pointed at the counter, chats as it would with OpenAI."""

from __future__ import annotations

import openai
import pytest
from fakes import FakeFinder, FakeModel, broken
from pydantic import SecretStr


@pytest.fixture
def model():
    return FakeModel("返品は30日", "以内です[1]。")


@pytest.fixture
def client(counter, model):
    served = counter(model=model, admin_key=SecretStr("correct-horse-battery"))
    with openai.OpenAI(base_url=f"{served.base_url}/v1", api_key="correct-horse-battery", max_retries=0) as client:
        yield client


QUESTION = [{"role": "user", "content": "返品の期限は?"}]


def test_streaming_and_not_give_the_same_answer_with_citations(client):
    whole = client.chat.completions.create(model="default", messages=QUESTION)
    *chunks, last = client.chat.completions.create(model="default", messages=QUESTION, stream=True)
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert said == whole.choices[0].message.content == "返品は30日以内です[1]。"
    assert whole.choices[0].finish_reason == last.choices[0].finish_reason == "stop"
    assert whole.choices[0].message.citations == last.choices[0].delta.citations == whole.citations == last.citations
    assert whole.citations[0]["source"] == "faq.csv"
    assert whole.model == last.model == "default"
    assert whole.usage.total_tokens == 1010


def test_usage_comes_with_a_stream_when_it_is_asked_for(client):
    stream = client.chat.completions.create(
        model="default", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    *_, last = stream
    assert last.choices == []
    assert last.usage.total_tokens == 1010


def test_earlier_messages_are_history_and_system_messages_no_orders(client, model):
    client.chat.completions.create(
        model="default",
        messages=[
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": "返品できますか"},
            {"role": "assistant", "content": "はい。"},
            {"role": "user", "content": [{"type": "text", "text": "返品の期限は?"}]},
        ],
        user="u1",
        metadata={"ticket": "7"},
        temperature=0.3,
    )
    asked = model.asked[-1]
    assert [message.role for message in asked] == ["system", "user", "assistant", "user"]
    assert "返品できますか" in asked[1].text
    assert asked[-1].text.endswith("返品の期限は?")
    assert not any("pirate" in message.text for message in asked)


def test_the_models_are_listed_and_an_unknown_name_means_the_default(client):
    assert [model.id for model in client.models.list()] == ["default", "extractive"]
    assert client.chat.completions.create(model="gpt-4o", messages=QUESTION).model == "default"
    assert client.chat.completions.create(model="extractive", messages=QUESTION).model == "extractive"


def test_one_of_the_models_can_be_asked_for(client):
    assert client.models.retrieve("extractive").id == "extractive"
    with pytest.raises(openai.NotFoundError, match="extractive"):
        client.models.retrieve("gpt-4o")


def test_errors_are_those_that_the_client_knows(client):
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").chat.completions.create(model="default", messages=QUESTION)
    with pytest.raises(openai.UnprocessableEntityError, match="role user"):
        client.chat.completions.create(model="default", messages=[{"role": "system", "content": "x"}])
    picture = {"type": "image_url", "image_url": {"url": "http://127.0.0.1/x.png"}}
    with pytest.raises(openai.UnprocessableEntityError, match="image_url"):
        client.chat.completions.create(model="default", messages=[{"role": "user", "content": [picture]}])


def test_a_stream_that_breaks_off_raises_in_the_client(counter):
    served = counter(model=FakeModel("返品は30日以内です[1]。", "送料は", broken()))
    with openai.OpenAI(base_url=f"{served.base_url}/v1", api_key="any", max_retries=0) as client:
        stream = client.chat.completions.create(model="default", messages=QUESTION, stream=True)
        with pytest.raises(openai.APIError, match="broke off"):
            list(stream)


def test_nothing_is_remembered_between_calls(counter):
    finder = FakeFinder(unsure_without="返品")
    served = counter(finder)
    for text in ("返品の期限は?", "それはいくら?"):
        served.post("/v1/chat/completions", json={"model": "m", "messages": [{"role": "user", "content": text}]})
    assert finder.questions == ["返品の期限は?", "それはいくら?"]


async def test_langchains_client_talks_to_the_counter(counter):
    from langchain_openai import ChatOpenAI

    served = counter(model=FakeModel("返品は30日", "以内です[1]。"))
    chat = ChatOpenAI(
        model="default", base_url=f"{served.base_url}/v1", api_key="any", stream_usage=True, max_retries=0
    )
    whole = await chat.ainvoke([("system", "You are a pirate."), ("user", "返品の期限は?")])
    chunks = [chunk async for chunk in chat.astream("返品の期限は?")]
    said = chunks[0]
    for chunk in chunks[1:]:
        said += chunk
    assert said.text == whole.text == "返品は30日以内です[1]。"
    assert said.usage_metadata["total_tokens"] == whole.usage_metadata["total_tokens"] == 1010
    assert said.response_metadata["finish_reason"] == whole.response_metadata["finish_reason"] == "stop"
    await chat.root_async_client.close()
    chat.root_client.close()


def test_an_alias_is_chosen_by_its_name_and_unknown_fields_are_nobodys_business(counter):
    served = counter(model=FakeModel("返品は30日以内です[1]。"))
    body = {"messages": QUESTION, "tools": [], "seed": 1, "response_format": {"type": "text"}, "x": {"y": [1]}}
    for asked, wrote in (("scripted", "default"), ("extractive", "extractive"), ("gpt-4o", "default")):
        assert served.post("/v1/chat/completions", json=body | {"model": asked}).json()["model"] == wrote
