"""Small, honest stand-ins for what the service needs from elsewhere; they remember what they were asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from types import SimpleNamespace

from knowledge.errors import ModelUnavailable
from knowledge.filters import Filters
from knowledge.language.languages import language
from knowledge.passages import Found, Hit, Passage, document_id, passage_id
from service.answers import Usage
from service.models.base import Message

RETURNS = "返品は商品の到着から30日以内にお申し込みください。送料は当店が負担します。"
SHIPPING = "Orders are shipped within two working days. Express delivery costs 12 euros."


def passage(text: str, question: str | None = None, source: str = "faq.csv", **fields: object) -> Passage:
    """A passage with the ids that ingesting would give it."""
    document = document_id(source)
    given = {
        "id": passage_id(document, text),
        "document_id": document,
        "kind": "faq" if question else "document",
        "collection": "default",
        "lang": language(text),
        "source": source,
        "title": question or source,
        "text": text,
        "question": question,
    }
    return Passage(**given | fields)  # type: ignore[arg-type]


def hit(passage: Passage, score: float = 5.0) -> Hit:
    return Hit(passage, score=score, dense=0.9, lexical=0.5)


class FakeFinder:
    """Finds the same passages whatever is asked; how sure it is can depend on a word in the question."""

    def __init__(self, *passages: Passage, confidence: float = 0.9, unsure_without: str = "") -> None:
        self.passages = passages or (
            passage(RETURNS, "返品はいつまでできますか?", row=2, url="https://shop.example/returns"),
            passage(SHIPPING, source="shipping.pdf", page=3),
        )
        self.confidence, self.unsure_without = confidence, unsure_without
        self.questions: list[str] = []
        self.filters: list[Filters | None] = []
        self.trouble: Exception | None = None
        self.spelled: dict[str, str] = {}  # questions as they are searched for

    def search(self, question: str, limit: int = 5, filters: Filters | None = None) -> Found:
        self.questions.append(question)
        self.filters.append(filters)
        if self.trouble:
            raise self.trouble
        hits = tuple(hit(found, 5.0 - number) for number, found in enumerate(self.passages))[:limit]
        sure = self.unsure_without in question
        asked_for = self.spelled.get(question, question)
        return Found(hits, self.confidence if sure else 0.1, language(question), "generation-1", question=asked_for)

    def faq_questions(self, each: int) -> dict[str, list[str]]:
        return {"ja": ["返品はいつまでできますか?"][:each]}

    def ready(self) -> str | None:
        return str(self.trouble) if self.trouble else None

    @property
    def generation(self) -> SimpleNamespace:
        if self.trouble:
            raise self.trouble
        manifest = SimpleNamespace(name="generation-1", created_at="2026-05-01T00:00:00+00:00")
        return SimpleNamespace(name=manifest.name, manifest=manifest)


class FakeLevelFinder(FakeFinder):
    """Finds all its passages equally well."""

    def search(self, question: str, limit: int = 5, filters: Filters | None = None) -> Found:
        found = super().search(question, limit, filters)
        level = tuple(type(hit)(hit.passage, 5.0, hit.dense, hit.lexical) for hit in found.hits)
        return Found(level, found.confidence, found.lang, found.generation)


class FakeModel:
    """Says the given pieces, then reports usage; an exception among the pieces is raised in its turn."""

    name = "scripted"

    def __init__(self, *pieces: str | Exception, pause_s: float = 0.0) -> None:
        self.pieces, self.pause_s = pieces, pause_s
        self.asked: list[Sequence[Message]] = []
        self.usage = Usage(prompt_tokens=1000, completion_tokens=10)
        self.closed, self.given_back = 0, False

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        self.asked.append(messages)
        try:
            for piece in self.pieces:
                await asyncio.sleep(self.pause_s)
                if isinstance(piece, Exception):
                    raise piece
                yield piece
            yield self.usage
        finally:
            self.closed += 1

    async def close(self) -> None:
        self.given_back = True

    async def ready(self) -> str | None:
        return None


def broken() -> ModelUnavailable:
    return ModelUnavailable("The model gave no answer (on purpose).")
