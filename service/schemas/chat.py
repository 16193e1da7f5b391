"""A question to the counter and its answer, as they go over the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from knowledge.filters import Filters
from service.answers import Answer, Citation, Outcome, Reason
from service.memory.sessions import StoredTurn
from service.schemas.fields import FiltersIn, Language, SessionId, Text, Whole, Wire


class ChatRequest(Wire):
    """A customer's question."""

    message: Text = Field(description="What the customer says.", examples=["返品はいつまでできますか?"])
    session_id: SessionId | None = Field(
        None,
        description="The conversation that it belongs to: as answered before, or an id of your own such as a ticket's. "
        "Without it a new conversation begins.",
    )
    stream: bool = Field(False, description="Answer as server-sent events.")
    lang: Language | None = Field(None, description="The language to answer in; without it, that of the message.")
    model: Whole | None = Field(None, max_length=200, description="An alias of a model; see `GET /v1/models`.")
    collection: Whole | None = Field(None, max_length=200, description="Answer from this collection of documents only.")
    user: Whole | None = Field(
        None, max_length=256, description="Your own id of the customer; it is stored with the turn."
    )
    filters: FiltersIn | None = None

    @property
    def restrictions(self) -> Filters:
        """What the passages must pass."""
        return Filters.of(self.filters, self.collection)


class CitationOut(Wire):
    """A passage that the answer rests on."""

    n: int = Field(description="Its number in the answer's text: [1].")
    passage_id: str
    document_id: str
    title: str
    source: str = Field(description="The file or address that was ingested.", examples=["faq.csv"])
    page: int | None = Field(None, description="Of a PDF, or the slide of a presentation, counted from 1.")
    anchor: str | None = Field(None, description="The id within a page, or of the table's row.")
    url: str | None = None
    quote: str = Field(description="What it says.")
    score: float = Field(description="For ordering within one search; it means nothing across searches.")
    updated: str | None = Field(
        None, description="The day of its last update, where its document says one.", examples=["2026-05-01"]
    )

    @classmethod
    def of(cls, citation: Citation) -> CitationOut:
        """A citation for the wire."""
        return cls.model_construct(**{name: getattr(citation, name) for name in cls.model_fields})


class UsageOut(Wire):
    """What the model read and wrote, and what that cost by the operator's prices."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0


class TimingsOut(Wire):
    """Milliseconds since the question came in."""

    retrieval: int = 0
    first_token: int = 0
    total: int = 0


class ChatAnswer(Wire):
    """The whole answer; also the data of the stream's `done` event."""

    session_id: str
    message_id: str
    answer: str = Field(examples=["返品は30日以内にお申し込みください[1]。"])
    citations: list[CitationOut]
    outcome: Outcome
    reason: Reason | None = Field(description="Why it was refused or handed over.")
    confidence: float = Field(
        ge=0, le=1, description="The estimated probability that the passages answer the question."
    )
    model: str = Field(description="The alias that wrote it; `extractive` quotes passages.")
    lang: str
    usage: UsageOut
    timings_ms: TimingsOut
    generation: str = Field(description="Which state of the knowledge base answered.")
    degraded: list[Literal["history", "budget"]] = Field(
        default=[],
        description="What did not work: `history` when the conversation could not be read or stored; `budget` when the "
        "day's budget of the model is used up, and passages are quoted instead.",
    )

    @classmethod
    def of(cls, turn: StoredTurn, degraded: list[Literal["history", "budget"]] | None = None) -> ChatAnswer:
        """An answer for the wire."""
        answer: Answer = turn.answer
        return cls.model_construct(
            session_id=turn.session_id,
            message_id=turn.message_id,
            answer=answer.text,
            citations=[CitationOut.of(citation) for citation in answer.citations],
            outcome=answer.outcome,
            reason=answer.reason,
            confidence=answer.confidence,
            model=answer.model,
            lang=answer.lang,
            usage=UsageOut.model_construct(
                prompt_tokens=answer.usage.prompt_tokens,
                completion_tokens=answer.usage.completion_tokens,
                cost=answer.usage.cost,
            ),
            timings_ms=TimingsOut.model_construct(None, **answer.timings_ms),
            generation=answer.generation,
            degraded=degraded or [],
        )


class TurnOut(ChatAnswer):
    """A question and its answer."""

    at: str = Field(description="When the answer was complete: ISO 8601, UTC.")
    message: str = Field(description="What the customer said.")
    user: str | None = None

    @classmethod
    def of_stored(cls, turn: StoredTurn) -> TurnOut:
        """A stored turn for the wire."""
        answer = dict(ChatAnswer.of(turn))
        return cls.model_construct(**answer, at=turn.at, message=turn.question, user=turn.user)


class SessionOut(Wire):
    """A conversation, oldest turn first."""

    session_id: str
    turns: list[TurnOut]
