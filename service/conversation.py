"""One turn of a conversation: what was said before goes in, the answer comes out, and the turn is remembered."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

import structlog

from knowledge.filters import Filters
from service.access.budgets import Budgets
from service.access.keys import Key
from service.answering.answerer import Answerer
from service.answers import Delta, Done, Sources, Turn
from service.memory.sessions import (
    Line,
    Place,
    Sessions,
    StoredTurn,
    Summary,
    as_messages,
    new_message_id,
    new_session_id,
    now,
)
from service.watching import metrics

EARLIER = "(Earlier in this conversation, in short) "


# The summary until now with further turns in it; None when no model can, and then nothing is lost but the summary. The
# words are a model's, about a customer's: data, never instructions.
Summarizer = Callable[[str, Sequence[Turn]], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Ask:
    """A customer's question, and where it belongs."""

    question: str
    session_id: str = field(default_factory=new_session_id)
    message_id: str = field(default_factory=new_message_id)
    lang: str | None = None
    model: str | None = None
    filters: Filters | None = None
    user: str | None = None
    key: Key | None = None  # that asks, for its budget


@dataclass(frozen=True, slots=True)
class Told:
    """Once, last: the whole turn, and what did not work on the way."""

    turn: StoredTurn
    degraded: list[Literal["history", "budget"]]


async def converse(
    answerer: Answerer,
    sessions: Sessions,
    budgets: Budgets,
    ask: Ask,
    history_turns: int,
    summarizer: Summarizer | None = None,
    line: Line | None = None,
) -> AsyncGenerator[Sources | Delta | Told, None]:
    """Yield Sources once, then Deltas, then Told when the turn is stored; a turn that broke off is not.

    Redis may be down: the customer is answered all the same, and told that nothing was remembered. Raises SessionBusy
    when another message of the conversation is being answered and takes too long.
    """
    answerer.expect(ask.question)
    async with sessions.turn(ask.session_id, history_turns, line=line) as place:
        stream = budgets.stream(
            answerer,
            ask.question,
            _told_before(place),
            ask.key,
            lang=ask.lang,
            model=ask.model,
            filters=ask.filters,
            session=ask.session_id,
        )
        async with aclosing(stream) as events:
            async for event in events:
                if not isinstance(event, Done):
                    yield event
                    continue
                turn = StoredTurn(ask.session_id, ask.message_id, now(), ask.question, event.answer, ask.user)
                stored = await place.store(turn)
                degraded: list[Literal["history", "budget"]] = [] if stored else ["history"]
                degraded += ["budget"] if event.over_budget else []
                if stored and summarizer is not None and len(place.recent) == history_turns > 0:
                    sessions.errand(_summarised(summarizer, sessions, place))
                if degraded:
                    _note(turn, degraded, sessions)
                yield Told(turn, degraded)


def _note(turn: StoredTurn, degraded: Sequence[str], sessions: Sessions) -> None:
    for what in degraded:
        metrics.DEGRADED.labels(what).inc()
    why = sessions.storage.trouble if "history" in degraded else None
    structlog.get_logger().warning(
        "degraded", what=degraded, why=why, session_id=turn.session_id, message_id=turn.message_id
    )


def _told_before(place: Place) -> list[Turn]:
    """What the model hears of the conversation: the last turns as they were, and what came before them in short."""
    before = [Turn("assistant", f"{EARLIER}{place.summary.text}")] if place.summary else []
    return before + as_messages(place.recent)


async def _summarised(summarizer: Summarizer, sessions: Sessions, place: Place) -> None:
    """Add to the summary what the model will not be shown any more the next time, and what soon follows it.

    The older half of the turns in sight is put in short at once: a model is asked once in so many turns, not in each.
    """
    if place.summary is not None and any(turn.message_id == place.summary.upto for turn in place.recent):
        return
    leaving = place.recent[: (len(place.recent) + 1) // 2]
    text = await summarizer(place.summary.text if place.summary else "", as_messages(leaving))
    if text:
        await sessions.summarise(place.session_id, Summary(text, leaving[-1].message_id))
