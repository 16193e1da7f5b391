"""Questions that went badly: refused, handed over for want of an answer, thumbed down, or answered in doubt.

No miss are greetings, requests for a person, and what the profile itself answers: nothing was searched for there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from service.answering.messages import followups
from service.answering.messages.asking_again import asks_again
from service.answering.messages.courtesies import without_courtesies
from service.answering.messages.vague import is_vague, says_nothing
from service.answering.quotations.quoting import is_doubtful
from service.answers import Answer, Turn
from service.memory.feedback import Opinion
from service.memory.sessions import StoredTurn, as_messages
from service.models.specs import EXTRACTIVE

Kind = Literal["refused", "handoff", "down", "doubted"]
KINDS: tuple[Kind, ...] = ("refused", "handoff", "down", "doubted")  # the last one is the weakest
_LACKING = ("missing_knowledge", "clarification_failed", "unsupported_request")


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that went badly, in the customer's own words."""

    session_id: str
    message_id: str
    at: str  # ISO 8601, UTC
    kind: Kind
    question: str  # without greetings
    before: str | None  # what was asked before, where the question leans on it
    history: tuple[Turn, ...]  # as the counter knew it then
    answer: Answer
    opinion: Opinion | None

    @property
    def asked(self) -> str:
        """What an answer must know: the question, with what it leans on."""
        return followups.joined(self.before, self.question) if self.before else self.question


def misses(
    turns: Sequence[StoredTurn], opinions: Sequence[Opinion], refuse_below: float, history_turns: int
) -> Iterator[Miss]:
    """Those of a conversation, whose turns are all there, oldest first."""
    told = {opinion.message_id: opinion for opinion in opinions}
    for number, turn in enumerate(turns):
        opinion = told.get(turn.message_id)
        kind = _kind(turn.answer, opinion, refuse_below)
        if kind is None:
            continue
        history = as_messages(list(turns[max(0, number - history_turns) : number]))
        question, before = without_courtesies(turn.question), followups.before(history)
        if asks_again(question) or says_nothing(question, history) or is_vague(question):
            question, before = before or "", None  # it says nothing itself: what was asked before it went badly
        elif not followups.leans(question):
            before = None
        if question:
            yield Miss(
                turn.session_id, turn.message_id, turn.at, kind, question, before, tuple(history), turn.answer, opinion
            )


def _kind(answer: Answer, opinion: Opinion | None, refuse_below: float) -> Kind | None:
    searched = bool(answer.generation)
    if answer.outcome == "handoff" and answer.reason in _LACKING:
        return "handoff" if searched or answer.reason == "clarification_failed" else None
    if not searched:
        return None
    if answer.outcome == "refused" and answer.reason == "missing_knowledge":
        return "refused"
    if answer.outcome != "answered":
        return None
    if opinion is not None and opinion.rating == "down":
        return "down"
    return "doubted" if answer.model == EXTRACTIVE and is_doubtful(answer.confidence, refuse_below) else None
