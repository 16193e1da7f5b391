"""One turn of a conversation: what was said before goes in, the answer comes out, and the turn is remembered."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

from knowledge.errors import RedisUnavailable
from service.answering import Answerer
from service.answers import Delta, Done, Sources
from service.sessions import Sessions, StoredTurn, new_message_id, new_session_id, now


@dataclass(frozen=True, slots=True)
class Ask:
    """A customer's question, and where it belongs."""

    question: str
    session_id: str = field(default_factory=new_session_id)
    message_id: str = field(default_factory=new_message_id)
    lang: str | None = None
    model: str | None = None
    collection: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Once, last: the whole turn, and what did not work on the way."""

    turn: StoredTurn
    degraded: list[Literal["history"]]


async def converse(
    answerer: Answerer, sessions: Sessions, ask: Ask, history_turns: int
) -> AsyncGenerator[Sources | Delta | Told, None]:
    """Yield Sources once, then Deltas, then Told when the turn is stored; a turn that broke off is not.

    Redis may be down: the customer is answered all the same, and told that nothing was remembered.
    """
    degraded: list[Literal["history"]] = []
    try:
        history = await sessions.history(ask.session_id, history_turns)
    except RedisUnavailable:
        history, degraded = [], ["history"]
    stream = answerer.stream(
        ask.question, history, lang=ask.lang, model=ask.model, collection=ask.collection, session=ask.session_id
    )
    async with aclosing(stream) as events:
        async for event in events:
            if not isinstance(event, Done):
                yield event
                continue
            turn = StoredTurn(ask.session_id, ask.message_id, now(), ask.question, event.answer, ask.user)
            try:
                await sessions.append(turn)
            except RedisUnavailable:
                degraded = ["history"]
            yield Told(turn, degraded)
