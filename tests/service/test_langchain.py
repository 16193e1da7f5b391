"""LangChain's own standard suites, over our retriever and our lean model; and the counter as a Runnable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fakes import RETURNS, FakeFinder, FakeModel
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable
from langchain_tests.integration_tests import ChatModelIntegrationTests, RetrieversIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests
from upstream import FakeUpstream

from knowledge.filters import Filters
from knowledge.passages import Found
from service.answering.answerer import Answerer
from service.langchain import KnowledgeRetriever, LeanChat, runnable
from service.models.specs import Spec
from service.settings import ServiceSettings


class ManyFinder(FakeFinder):
    """Finds as many as are asked for."""

    def search(self, question: str, limit: int = 5, filters: Filters | None = None) -> Found:
        found = super().search(question, limit, filters)
        return Found((found.hits * limit)[:limit], found.confidence, found.lang, found.generation)


class TestOurRetriever(RetrieversIntegrationTests):
    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return KnowledgeRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"finder": ManyFinder()}

    @property
    def retriever_query_example(self) -> str:
        return "返品はいつまでできますか?"


class _Lean:
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return LeanChat

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False

    @property
    def supports_json_mode(self) -> bool:
        return False


class TestOurModel(_Lean, ChatModelUnitTests):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"spec": Spec(name="up", base_url="http://127.0.0.1:9/v1")}


class TestOurModelOverHTTP(_Lean, ChatModelIntegrationTests):
    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def server(cls) -> Iterator[None]:
        with FakeUpstream(["Hello", " there"]) as upstream:
            cls.url = upstream.url
            yield

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"spec": Spec(name="up", base_url=self.url)}


@pytest.fixture
def counter_runnable() -> Runnable[Any, Any]:
    model = FakeModel("返品は30日", "以内です[1]。")
    return runnable(Answerer(FakeFinder(), model, ServiceSettings(_env_file=None)))


def test_the_whole_counter_is_a_runnable(counter_runnable):
    said = counter_runnable.invoke("返品の期限は?")
    assert said.content == "返品は30日以内です[1]。"
    assert said.response_metadata["outcome"] == "answered"
    assert said.response_metadata["citations"][0]["quote"] == RETURNS
    assert said.usage_metadata["total_tokens"] == 1010


async def test_the_counter_streams_and_takes_messages(counter_runnable):
    talk = [HumanMessage("返品できますか"), AIMessage("はい。"), HumanMessage("返品の期限は?")]
    chunks = [chunk async for chunk in counter_runnable.astream({"messages": talk})]
    assert len(chunks) > 2
    assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
    assert "".join(chunk.content for chunk in chunks) == "返品は30日以内です[1]。"
    with pytest.raises(ValueError, match="last message"):
        await counter_runnable.ainvoke([AIMessage("はい。")])


async def test_a_chain_is_built_as_with_any_other_part():
    with FakeUpstream(["Hello"]) as upstream:
        chain = LeanChat(spec=Spec(name="up", base_url=upstream.url)) | (lambda message: message.content.upper())
        assert await chain.ainvoke("hi") == "HELLO"
    documents = await KnowledgeRetriever(finder=FakeFinder()).ainvoke("返品")
    assert documents[0].page_content == RETURNS
    assert documents[0].metadata["source"] == "faq.csv"


async def test_what_is_for_staff_alone_is_found_only_by_who_asks_for_it():
    finder = FakeFinder()
    await KnowledgeRetriever(finder=finder).ainvoke("返品")
    await KnowledgeRetriever(finder=finder, collection="shop").ainvoke("返品")
    await KnowledgeRetriever(finder=finder, for_staff=True).ainvoke("返品")
    customers = Filters(for_customers=True)
    assert finder.filters == [customers, Filters(collection=("shop",), for_customers=True), Filters()]
