"""The nouns of answering: a citation, an answer, and the events of a stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["answered", "refused", "clarify", "handoff"]
Reason = Literal[
    "missing_knowledge",
    "customer_request",
    "unsupported_request",
    "policy",
    "clarification_failed",
    "model_failure",
    "usage_limit",
]


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage that an answer rests on."""

    n: int  # the number in the answer's text: [1]
    passage_id: str
    document_id: str
    title: str
    source: str
    page: int | None
    anchor: str | None
    url: str | None
    quote: str  # from the passage, shortened for reading
    score: float
    updated: str | None = None  # the day of the passage's last update, where it is known: ISO 8601


@dataclass(frozen=True, slots=True)
class Usage:
    """What the model says it has read and written, and what that cost in the operator's currency."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            round(self.cost + other.cost, 9),
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: Literal["user", "assistant"]
    text: str
    outcome: Outcome | None = None  # of an answer, where it is known
    level: str | None = None  # of a learner, at that answer


@dataclass(frozen=True, slots=True)
class Answer:
    """One question answered, or honestly not."""

    text: str
    outcome: Outcome
    citations: tuple[Citation, ...]
    confidence: float
    model: str  # the alias that wrote it; "extractive" when passages are quoted
    lang: str
    generation: str
    reason: Reason | None = None
    usage: Usage = field(default_factory=Usage)
    timings_ms: dict[str, int] = field(default_factory=dict)  # retrieval, first_token, total
    level: str | None = None  # of the learner that it was written for


@dataclass(frozen=True, slots=True)
class Sources:
    """Once, first: the passages that the answer may cite."""

    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """Some more of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """Once, last: the whole answer."""

    answer: Answer
    over_budget: bool = False  # passages were quoted because no budget was left for the model


Event = Sources | Delta | Done
