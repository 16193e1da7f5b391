"""The counter's pieces in LangChain's own terms: take one and leave the rest.

KnowledgeRetriever(finder=LiveKnowledge.open(settings))   a BaseRetriever: questions to Documents
LeanChat(spec=Spec(name=…, base_url=…))                   a BaseChatModel on the lean client
runnable(answerer)                                        the whole counter: a question to its answer
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import Any, cast

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForLLMRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.utils import convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import ConfigDict, SecretStr

from knowledge.filters import Filters
from knowledge.finder import Finder
from knowledge.passages import Found
from service.answering.answerer import Answerer
from service.answers import Answer, Delta, Done, Turn, Usage
from service.models.heard import Chunk
from service.models.lean import Connections, LeanModel
from service.models.specs import Spec


class KnowledgeRetriever(BaseRetriever):
    """Finds passages as Documents; the metadata say where each stands and how well it fits.

    What is meant for the company's own people alone is found only where `for_staff` says so.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    finder: Any  # a Finder; pydantic cannot check a protocol
    k: int = 5
    collection: str | None = None
    for_staff: bool = False

    @property
    def _within(self) -> Filters:
        return replace(Filters.of({}, self.collection), for_customers=not self.for_staff)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        finder = cast("Finder", self.finder)
        return _documents(finder.search(query, self.k if k is None else k, self._within))

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        finder = cast("Finder", self.finder)
        return _documents(await asyncio.to_thread(finder.search, query, self.k if k is None else k, self._within))


def _documents(found: Found) -> list[Document]:
    return [
        Document(
            id=hit.passage.id,
            page_content=hit.passage.text,
            metadata={
                name: getattr(hit.passage, name) for name in ("title", "question", "source", "page", "url", "lang")
            }
            | {"score": hit.score, "confidence": found.confidence},
        )
        for hit in found.hits
    ]


class LeanChat(BaseChatModel):
    """A chat model behind a plain OpenAI-compatible endpoint. For tools and structured output use ChatOpenAI."""

    spec: Spec
    api_key: SecretStr | None = None

    @property
    def _llm_type(self) -> str:
        return "madoguchi-lean"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"model": self.spec.name, "base_url": self.spec.base_url}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_model_name"] = kwargs.get("model", self.spec.name)
        params["ls_max_tokens"] = self.spec.max_answer_tokens
        params["ls_temperature"] = self.spec.temperature
        return params

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return asyncio.run(self._agenerate(messages, stop, None, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = [chunk async for chunk in self._chunks(messages, stop, kwargs)]
        message = AIMessage(
            content="".join(chunk.text for chunk in chunks),
            response_metadata={
                "model_name": self.spec.name,
                "finish_reason": next((chunk.finish for chunk in chunks if chunk.finish), None),
            },
            usage_metadata=next((_metadata(chunk.usage) for chunk in chunks if chunk.usage), None),
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with asyncio.Runner() as runner:
            chunks = self._chunks(messages, stop, kwargs)
            try:
                while (chunk := runner.run(_next(chunks))) is not None:
                    yield self._generated(chunk)
            finally:
                runner.run(chunks.aclose())  # type: ignore[attr-defined]

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async for chunk in self._chunks(messages, stop, kwargs):
            generated = self._generated(chunk)
            if run_manager and chunk.text:
                await run_manager.on_llm_new_token(chunk.text, chunk=generated)
            yield generated

    async def _chunks(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, more: Mapping[str, Any]
    ) -> AsyncIterator[Chunk]:
        connections = Connections()  # of this call: LangChain runs its callers in event loops of their own
        try:
            plain = convert_to_openai_messages(list(messages))
            assert isinstance(plain, list)
            options = {key: more[key] for key in ("model", "temperature", "max_tokens", "top_p", "seed") if key in more}
            model = LeanModel(self.spec, self.api_key or self.spec.key(), connections)
            async with aclosing(model.chunks(plain, options | {"stop": stop})) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            await connections.close()

    def _generated(self, chunk: Chunk) -> ChatGenerationChunk:
        metadata = {"finish_reason": chunk.finish, "model_name": self.spec.name} if chunk.finish else {}
        message = AIMessageChunk(
            content=chunk.text,
            response_metadata=metadata,
            usage_metadata=_metadata(chunk.usage) if chunk.usage else None,
            chunk_position="last" if chunk.usage else None,
        )
        return ChatGenerationChunk(message=message)


def runnable(answerer: Answerer) -> Runnable[Any, Any]:
    """The whole counter: takes a question, or messages of which the last is the question, and gives an AIMessage.

    Its `response_metadata` hold the outcome, the reason, the confidence and the citations. It streams.
    """

    async def answered(given: Any) -> AsyncIterator[AIMessageChunk]:
        question, history = _conversation(given)
        async with aclosing(answerer.stream(question, history)) as events:
            async for event in events:
                if isinstance(event, Delta):
                    yield AIMessageChunk(content=event.text)
                elif isinstance(event, Done):
                    yield AIMessageChunk(
                        content="",
                        response_metadata=_told(event.answer),
                        usage_metadata=_metadata(event.answer.usage),
                        chunk_position="last",
                    )

    def answered_at_once(given: Any) -> AIMessage:
        return cast("AIMessage", asyncio.run(_gathered(answered, given)))

    return RunnableLambda(answered_at_once, afunc=answered, name="madoguchi")


async def _gathered(stream: Any, given: Any) -> AIMessageChunk:
    whole: AIMessageChunk | None = None
    async for chunk in stream(given):
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    return whole


async def _next(chunks: AsyncIterator[Chunk]) -> Chunk | None:
    return await anext(chunks, None)


def _conversation(given: Any) -> tuple[str, list[Turn]]:
    if isinstance(given, Mapping):
        given = given.get("messages") or given.get("input") or given.get("question")
    if isinstance(given, str):
        return given, []
    plain = convert_to_openai_messages(given)
    turns = [
        Turn(message["role"], str(message["content"]))
        for message in (plain if isinstance(plain, list) else [plain])
        if message["role"] in ("user", "assistant")
    ]
    if not turns or turns[-1].role != "user":
        raise ValueError("The last message must be the customer's.")
    return turns[-1].text, turns[:-1]


def _told(answer: Answer) -> dict[str, Any]:
    return {
        "outcome": answer.outcome,
        "reason": answer.reason,
        "confidence": answer.confidence,
        "model_name": answer.model,
        "citations": [asdict(citation) for citation in answer.citations],
    }


def _metadata(usage: Usage) -> UsageMetadata:
    total = usage.prompt_tokens + usage.completion_tokens
    return UsageMetadata(input_tokens=usage.prompt_tokens, output_tokens=usage.completion_tokens, total_tokens=total)
