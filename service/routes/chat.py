"""POST /api/chat: a question in; an answer, or a stream of events, out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from knowledge.errors import MadoguchiError
from service import problems
from service.answers import Delta, Sources
from service.callers import Caller, CallerDep
from service.conversation import Ask, Told, converse
from service.parts import PartsDep
from service.schemas import ChatAnswer, ChatRequest, CitationOut
from service.sessions import new_session_id
from service.streaming import EventStream, answered, frame

router = APIRouter(tags=["chat"])
STREAM_EXAMPLE = (
    'id: m1:0\nevent: sources\ndata: {"session_id": "…", "message_id": "m1", "citations": [{"n": 1, "title": "…"}]}\n\n'
    'id: m1:1\nevent: delta\ndata: {"delta": "返品は30日以内に"}\n\n'
    'id: m1:2\nevent: done\ndata: {"session_id": "…", "message_id": "m1", "answer": "…", "…": "…"}\n\n'
)


@router.post(
    "/api/chat",
    response_model=ChatAnswer,
    summary="Ask a question",
    responses={
        200: {
            "description": "The answer. With `stream`: `sources` once, then `delta`s, then `done` with the whole "
            "answer or `error` with a problem; comments in between keep the line open.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": STREAM_EXAMPLE}},
        },
        **problems.documented(problems.UNKNOWN_MODEL, problems.INVALID, problems.NO_KNOWLEDGE),
    },
)
async def chat(body: ChatRequest, request: Request, parts: PartsDep, caller: CallerDep) -> Response | ChatAnswer:
    """Answer from the company's documents, in the language of the message and with sources; or refuse honestly."""
    if len(body.message) > parts.settings.max_message_chars:
        limit = parts.settings.max_message_chars
        raise problems.Refused(problems.TOO_LONG, f"It has {len(body.message)} characters; {limit} are taken.")
    ask = Ask(
        body.message.strip(),
        caller.session_id(body.session_id) or new_session_id(),
        lang=body.lang,
        model=body.model,
        collection=body.collection,
        user=_user(body, caller),
    )
    events = converse(parts.answerer, parts.sessions, ask, parts.settings.history_turns)
    if body.stream:
        # The first event is waited for, so that what fails at once is told by the status.
        first = await answered(request, anext(events))
        return EventStream(_frames(ask, first, events, request.state.request_id))
    told = await answered(request, _last(events))
    return ChatAnswer.of(told.turn, told.degraded)


def _user(body: ChatRequest, caller: Caller) -> str | None:
    """Whom the question is from. A page may choose neither that nor what answers: its site's server or we do."""
    if caller.session is None:
        return body.user
    if chosen := [name for name in ("model", "collection", "user") if getattr(body, name) is not None]:
        raise problems.Refused(problems.NOT_FOR_SESSIONS, f"{chosen[0]} is not a widget's to choose.")
    return caller.session.identity.sub if caller.session.identity else None


async def _last(events: AsyncGenerator[Sources | Delta | Told, None]) -> Told:
    async for event in events:
        if isinstance(event, Told):
            return event
    raise AssertionError("a stream ends with the whole turn")


async def _frames(
    ask: Ask, first: Sources | Delta | Told, rest: AsyncGenerator[Sources | Delta | Told, None], request_id: str
) -> AsyncGenerator[bytes, None]:
    number = 0

    def framed(event: str, data: dict[str, Any]) -> bytes:
        nonlocal number
        number += 1
        return frame(data, event, f"{ask.message_id}:{number - 1}")

    try:
        yield framed(*_said(ask, first))
        async for event in rest:
            yield framed(*_said(ask, event))
    except MadoguchiError as error:
        yield framed("error", problems.document_of(error, request_id))
    finally:
        await rest.aclose()


def _said(ask: Ask, event: Sources | Delta | Told) -> tuple[str, dict[str, Any]]:
    match event:
        case Sources(citations):
            shown = [CitationOut.of(citation).model_dump() for citation in citations]
            return "sources", {"session_id": ask.session_id, "message_id": ask.message_id, "citations": shown}
        case Delta(text):
            return "delta", {"delta": text}
        case Told(turn, degraded):
            return "done", ChatAnswer.of(turn, degraded).model_dump()
