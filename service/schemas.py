"""What goes over the wire: requests, answers, errors. These words are the OpenAPI description."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from knowledge.filters import Filters
from knowledge.passages import Found
from service.answers import Answer, Citation, Outcome, Reason
from service.memory.handoffs import Handoff
from service.memory.sessions import SESSION_ID, StoredTurn

_UNSEEN = re.compile(r"[\s\u200b-\u200f\u2060-\u2064\ufeff\u3164]+")


def _whole(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a character (a lone surrogate)") from None
    return text


def _said(text: str) -> str:
    if not _UNSEEN.sub("", text):
        raise ValueError("must not be empty")
    return text


def _understood(filters: dict[str, JsonValue]) -> dict[str, JsonValue]:
    Filters.of(filters)
    return filters


Whole = Annotated[str, AfterValidator(_whole)]
Text = Annotated[Whole, AfterValidator(_said)]
SessionId = Annotated[str, Field(pattern=f"^{SESSION_ID.pattern}$", examples=["k3J-9vZ0c1"])]
Language = Annotated[  # a browser's own "ja-JP" will do
    str,
    Field(pattern="^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*$", max_length=35, examples=["ja"]),
    AfterValidator(lambda tag: re.split("[-_]", tag)[0].lower()),
]


FiltersIn = Annotated[
    dict[str, JsonValue],
    AfterValidator(_understood),
    Field(
        description="Only passages that have one of the values of each field: `collection`, `lang`, `kind`, `source`, "
        "`audience`, `product` or `tags`; a value, a list of them, or null for passages that name none. `on` is the "
        "day on which they must be valid, today when it is absent.",
        examples=[{"product": "kettle", "audience": ["business", None]}],
    ),
]


class Wire(BaseModel):
    """Unknown fields are ignored: clients of tomorrow may send more."""

    model_config = ConfigDict(extra="ignore")


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
    page: int | None = Field(None, description="Of a PDF, counted from 1.")
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


MessageId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["Zr1pQ8sXb0aYc2Qd"])]


class FeedbackRequest(Wire):
    """What an answer was worth."""

    session_id: SessionId
    message_id: MessageId
    rating: Literal["up", "down"]
    comment: Whole | None = Field(None, max_length=4000)
    corrected_answer: Whole | None = Field(
        None, max_length=20_000, description="What should have been answered, where somebody knows."
    )


class ContactIn(Wire):
    """How the customer can be reached."""

    name: Whole | None = Field(None, max_length=200)
    email: Whole | None = Field(None, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")
    phone: Whole | None = Field(None, max_length=50, pattern=r"^[-+() 0-9０-９－ー]+$")


class HandoffRequest(Wire):
    """A conversation that a person is to go on with."""

    session_id: SessionId
    contact: ContactIn | None = None
    message: Whole | None = Field(None, max_length=4000, description="What the customer would like to add.")
    reason: Reason = "customer_request"


class HandoffAnswer(Wire):
    """It is kept for a person."""

    handoff_id: str
    at: str


class SpokenOut(Wire):
    """One message of a transcript."""

    role: Literal["customer", "bot"]
    text: str
    at: str


class HandoffOut(Wire):
    """A conversation that waits for a person."""

    handoff_id: str
    at: str
    session_id: str
    reason: str
    contact: dict[str, str | None] | None
    message: str | None
    user: str | None
    site: str | None
    transcript: list[SpokenOut]

    @classmethod
    def of(cls, handoff: Handoff) -> HandoffOut:
        """A handoff for the wire."""
        fields = asdict(handoff)
        return cls(handoff_id=fields.pop("id"), **fields)


class HandoffList(Wire):
    """A page of the list, newest first."""

    handoffs: list[HandoffOut]
    next: int | None = Field(None, description="The `offset` of the next page; null on the last.")


class SaidIn(Wire):
    """One message of a ticket."""

    role: Literal["customer", "agent", "user", "assistant"]
    text: Text = Field(max_length=20_000)


class SuggestRequest(Wire):
    """A ticket that an agent is about to answer."""

    messages: list[SaidIn] = Field(min_length=1, max_length=200, description="Oldest first.")
    lang: Language | None = None


class SuggestAnswer(Wire):
    """A draft for the agent."""

    draft: str
    citations: list[CitationOut]
    outcome: Outcome
    reason: Reason | None
    confidence: float = Field(ge=0, le=1)
    model: str
    lang: str
    degraded: list[Literal["budget"]] = Field(
        default=[], description="`budget` when the day's budget of the model is used up, and passages are quoted."
    )


class PageIn(Wire):
    """The page that shows the widget."""

    lang: Whole | None = Field(None, max_length=35, description="As its `html` element says.", examples=["ja"])
    url: Whole | None = Field(None, max_length=2000)


class WidgetRequest(Wire):
    """A widget opens its session, or renews it."""

    site_key: Whole = Field(max_length=100, description="The public key of the site.", examples=["pk_demo"])
    identity: Whole | None = Field(
        None,
        max_length=4096,
        description="Who the customer is, as the site's server vouches for it: a JSON Web Token of HS256 with the "
        "site's secret, claims `sub`, `iat`, `exp` (15 minutes at most), and `name` and `email` if wanted.",
    )
    session_id: SessionId | None = Field(
        None, description="The conversation to go on with; the old token comes along as Authorization: Bearer."
    )
    page: PageIn | None = None


class ByLanguage(Wire):
    """A text for each language of the counter."""

    ja: str
    en: str


class Suggestions(Wire):
    """Questions to begin with, for each language of the counter."""

    ja: list[str]
    en: list[str]


class SiteOut(Wire):
    """What the widget shows before anybody has asked."""

    name: str
    greeting: ByLanguage
    suggestions: Suggestions = Field(description="Out of the FAQs of the knowledge base.")
    contact: dict[str, str] | None = Field(description="Other ways to reach a person: email, phone, url, hours.")


class WidgetSession(Wire):
    """An open session of a widget."""

    session_token: str = Field(description="Bring it as Authorization: Bearer; it opens this conversation alone.")
    expires_in: int = Field(description="Seconds. Renew it before: send the same with the old token.")
    session_id: str
    site: SiteOut


class Part(Wire):
    """One part of the service."""

    ready: bool
    reason: str | None = Field(None, description="Why it is not.")


class Readiness(Wire):
    """Whether the service can do its work."""

    ready: bool
    parts: dict[str, Part]


class Problem(Wire):
    """An error after RFC 9457."""

    type: str = Field(
        description="A stable name of the kind of error.", examples=["urn:madoguchi:problem:unknown-session"]
    )
    title: str
    status: int
    detail: str | None = Field(None, description="What is wrong with this request, and what to do.")
    instance: str | None = Field(None, description="The request's id, as in `X-Request-Id`.")
    errors: list[dict[str, JsonValue]] | None = Field(None, description="Each wrong field of the request.")


class OpenAIErrorBody(Wire):
    """What was wrong."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class OpenAIError(Wire):
    """An error as OpenAI's clients read it."""

    error: OpenAIErrorBody


class OpenAIMessage(Wire):
    """A message as OpenAI's clients send it."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None

    def text(self) -> str:
        """Its words. Raises ValueError for parts that are not text."""
        if not isinstance(self.content, list):
            return _whole(self.content or "")
        words: list[str] = []
        for part in self.content:
            if part.get("type") not in ("text", "input_text") or not isinstance(part.get("text"), str):
                raise ValueError(f"content parts of type {part.get('type')!r} are not understood: send text")
            words.append(part["text"])
        return _whole("\n".join(words))


class StreamOptions(Wire):
    """OpenAI's options of a stream."""

    include_usage: bool = False


class CompletionRequest(Wire):
    """OpenAI's chat completion: the last user message is the question, those before it are the conversation.

    System messages are accepted and not followed: the rules of the counter are its operator's.
    """

    model: str = Field(
        "default", max_length=200, description="An alias of `GET /v1/models`; unknown names mean the default."
    )
    messages: list[OpenAIMessage] = Field(
        min_length=1, max_length=1000, examples=[[{"role": "user", "content": "返品はいつまでできますか?"}]]
    )
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = Field(1, ge=1, le=1, description="One answer only.")
    user: str | None = None
