"""Feedback, handoffs and drafts for agents, as they go over the wire."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from pydantic import Field

from service.answers import Outcome, Reason
from service.memory.handoffs import Handoff
from service.schemas.chat import CitationOut
from service.schemas.fields import Language, MessageId, SessionId, Text, Whole, Wire


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
    outcome: Outcome | None = Field(None, description="Of an answer: `answered`, `refused`, `clarify` or `handoff`.")


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
