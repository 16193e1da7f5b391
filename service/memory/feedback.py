"""What customers and agents think of answers: kept with the session, one opinion for each message, for tuning."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from knowledge.errors import DamagedSession
from service.memory.sessions import NOT_OURS, Sessions, key
from service.wire import made

Rating = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody thinks of one answer; a later one of the same message replaces it."""

    session_id: str
    message_id: str
    at: str  # ISO 8601, UTC
    rating: Rating
    comment: str | None = None
    corrected_answer: str | None = None


async def remember(sessions: Sessions, opinion: Opinion) -> bool:
    """Keep it; False when there is no such message. Raises RedisUnavailable."""
    if await sessions.find(opinion.session_id, opinion.message_id) is None:
        return False
    place, text = key(opinion.session_id, "feedback"), json.dumps(asdict(opinion), ensure_ascii=False)
    await sessions.storage.add("HSET", place, sessions.ttl_s, opinion.message_id, text)
    return True


async def of(sessions: Sessions, session_id: str) -> list[Opinion]:
    """All opinions of a session. Raises RedisUnavailable."""
    place = key(session_id, "feedback")
    texts = await sessions.storage.asked(lambda client: client.hvals(place))
    try:
        return [made(Opinion, json.loads(text)) for text in texts]
    except NOT_OURS as error:
        raise DamagedSession("What is stored of opinions on the conversation cannot be read.") from error


async def records(sessions: Sessions, session_ids: list[str]) -> AsyncIterator[dict[str, Any]]:
    """Every opinion with what it is about, for tuning: question, answer, sources, rating. Raises RedisUnavailable."""
    for session_id in session_ids:
        opinions = await of(sessions, session_id)
        turns = {turn.message_id: turn for turn in await sessions.get(session_id)} if opinions else {}
        for opinion in opinions:
            if (turn := turns.get(opinion.message_id)) is not None:
                yield asdict(opinion) | {
                    "question": turn.question,
                    "answer": turn.answer.text,
                    "outcome": turn.answer.outcome,
                    "model": turn.answer.model,
                    "lang": turn.answer.lang,
                    "passages": [citation.passage_id for citation in turn.answer.citations],
                }
