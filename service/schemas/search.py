"""A search without an answer, as it goes over the wire."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from knowledge.filters import Filters
from knowledge.passages import Found
from service.answers import Citation
from service.schemas.chat import CitationOut
from service.schemas.fields import FiltersIn, Text, Whole, Wire


class SearchRequest(Wire):
    """Look for passages, without an answer."""

    query: Text = Field(examples=["refund time limit"])
    limit: int = Field(10, ge=1, le=50, description="At most so many passages.")
    collection: Whole | None = Field(None, max_length=200)
    filters: FiltersIn | None = None

    @property
    def restrictions(self) -> Filters:
        """What the passages must pass."""
        return Filters.of(self.filters, self.collection)


class HitOut(CitationOut):
    """A passage that was found."""

    text: str
    question: str | None = Field(None, description="The FAQ's question.")
    headings: list[str]
    kind: Literal["faq", "log", "document"]
    collection: str
    lang: str
    conversations: int | None = Field(
        None, description="Of a support log: how many conversations that say the same it stands for, itself included."
    )
    alike: list[str] = Field(default_factory=list, description="Some of the others, as source#conversation.")


class SearchAnswer(Wire):
    """The passages found, best first."""

    hits: list[HitOut]
    confidence: float = Field(ge=0, le=1)
    lang: str
    generation: str

    @classmethod
    def of(cls, found: Found, citations: Sequence[Citation]) -> SearchAnswer:
        """A search's result for the wire."""
        hits = [
            HitOut.model_construct(
                **dict(CitationOut.of(citation)),
                text=hit.passage.text,
                question=hit.passage.question,
                headings=list(hit.passage.headings),
                kind=hit.passage.kind,
                collection=hit.passage.collection,
                lang=hit.passage.lang,
                conversations=hit.passage.conversations,
                alike=list(hit.passage.alike),
            )
            for citation, hit in zip(citations, found.hits, strict=True)
        ]
        return cls.model_construct(hits=hits, confidence=found.confidence, lang=found.lang, generation=found.generation)
