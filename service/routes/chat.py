"""POST /api/chat: a question in; an answer, or a stream of events, out."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, params
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from service.access.callers import Caller, CallerDep
from service.conversation import Ask, converse
from service.http import problems
from service.http.streaming import EventStream, answered
from service.memory.once import once, session_of
from service.memory.sessions import SESSION_ID, Line, new_session_id
from service.parts import PartsDep
from service.routes.events import Events, framed, last, resumable, resumed, whole
from service.schemas.chat import ChatAnswer, ChatRequest
from service.schemas.fields import SessionId

router = APIRouter(tags=["chat"])
LastEventId = Annotated[
    str | None,
    Header(
        pattern=r"^[A-Za-z0-9_-]{1,64}:[0-9]{1,9}$",
        description="The id of the last event that came before a stream was cut: what follows it is sent.",
    ),
]
STREAM_EXAMPLE = (
    'id: m1:0\nevent: sources\ndata: {"session_id": "…", "message_id": "m1", "citations": [{"n": 1, "title": "…"}]}\n\n'
    'id: m1:1\nevent: delta\ndata: {"delta": "返品は30日以内に"}\n\n'
    'id: m1:2\nevent: done\ndata: {"session_id": "…", "message_id": "m1", "answer": "…", "…": "…"}\n\n'
)

_FIELDS = {name: {"type": "string"} for name in ("id", "event", "data")}
_EVENT = {"type": "object", "properties": _FIELDS, "required": ["data"]}
STREAM: dict[str, Any] = {"text/event-stream": {"itemSchema": _EVENT, "example": STREAM_EXAMPLE}}  # as OpenAPI 3.2 says


class QuickRoute(APIRoute):
    """A route that takes the usual question, a stream without further headers, on a way of its own.

    FastAPI's general way costs a share of each chat that can be told. It is still taken by all other questions and by
    those with a mistake in them, which it puts in words.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Of a request."""
        general = super().get_route_handler()

        async def handler(request: Request) -> Response:
            if "idempotency-key" in request.headers or "last-event-id" in request.headers:
                return await general(request)
            try:
                body = ChatRequest.model_validate_json(await request.body())
            except (ValidationError, ClientDisconnect):
                return await general(request)
            if not body.stream:
                return await general(request)
            answer = await chat(body, request, request.app.state.parts, request.scope["state"]["caller"])
            assert isinstance(answer, Response)
            return answer

        return handler


async def chat(
    body: ChatRequest,
    request: Request,
    parts: PartsDep,
    caller: CallerDep,
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=255,
            pattern=r"^[\x21-\x7e]+$",
            description="Your own id of this request: sent again with the same body it brings the same answer, for a "
            "day, and a stream that was cut can be taken up again.",
        ),
    ] = None,
    last_event_id: LastEventId = None,
) -> Response | ChatAnswer:
    """Answer from the company's documents, in the language of the message and with sources; or refuse honestly."""
    if len(body.message) > parts.settings.max_message_chars:
        limit = parts.settings.max_message_chars
        raise problems.Refused(problems.TOO_LONG, f"It has {len(body.message)} characters; {limit} are taken.")
    session_id = caller.session_id(body.session_id)
    if session_id is None and idempotency_key is not None:
        session_id = session_of(caller.id, idempotency_key, parts.keys.token_secret)
    if last_event_id is not None:
        return EventStream(await resumed(parts, session_id, *_place(last_event_id)))
    ask = Ask(
        body.message.strip(),
        session_id or new_session_id(),
        lang=body.lang,
        model=body.model,
        filters=body.restrictions,
        user=_user(body, caller),
        key=caller.key,
    )

    def events(line: Line | None = None) -> Events:
        turns = parts.settings.history_turns
        return converse(parts.answerer, parts.sessions, parts.budgets, ask, turns, parts.summarizer, line)

    if idempotency_key is None and not (body.stream and caller.session):
        if not body.stream:
            told = await answered(request, last(events()))
            return ChatAnswer.of(told.turn, told.degraded)
        return EventStream(framed(ask, events(), request.state.request_id), wait=True)
    asked = once(ask.session_id, caller.id, idempotency_key, body.model_dump()) if idempotency_key else None
    frames = await answered(request, resumable(parts, ask, events, asked, request.state.request_id))
    if body.stream:
        return EventStream(frames)
    return Response(await answered(request, whole(frames)), media_type="application/json")


def add_asking(router: APIRouter, dependencies: Sequence[params.Depends]) -> None:
    """Let a router take questions: the application's own, as one that is included takes a share of each chat too."""
    router.add_api_route(
        "/api/chat",
        chat,
        methods=["POST"],
        route_class_override=QuickRoute,
        tags=["chat"],
        dependencies=dependencies,
        response_model=ChatAnswer,
        summary="Ask a question",
        responses={
            200: {
                "description": "The answer. With `stream`: `sources` once, then `delta`s, then `done` with the whole "
                "answer or `error` with a problem; comments in between keep the line open.",
                "content": STREAM,
            },
            **problems.documented(
                problems.UNKNOWN_MODEL,
                problems.UNKNOWN_SESSION,
                problems.SESSION_BUSY,
                problems.KEY_REUSED,
                problems.INVALID,
                problems.NO_KNOWLEDGE,
                problems.NOT_SET_UP,
                problems.NO_MODEL,
                problems.NO_SEARCH,
            ),
        },
    )


@router.get(
    "/api/chat/{message_id}/events",
    summary="Take up a stream that was cut",
    response_class=Response,
    responses={
        200: {
            "description": "The events after `Last-Event-ID`, as of `POST /api/chat`.",
            "content": STREAM,
        },
        **problems.documented(problems.UNKNOWN_MESSAGE, problems.INVALID, problems.NO_HISTORY),
    },
)
async def events(
    message_id: Annotated[str, Path(pattern=f"^{SESSION_ID.pattern}$")],
    parts: PartsDep,
    caller: CallerDep,
    session_id: Annotated[SessionId | None, Query(description="The conversation; a widget's is known.")] = None,
    last_event_id: LastEventId = None,
) -> Response:
    """For a minute after its end, and only of streams that were asked for with an `Idempotency-Key` or by a widget.

    Later, or when the program was started anew, there is only the last event: the whole answer, if it was stored.
    """
    named, number = _place(last_event_id) if last_event_id else (message_id, 0)
    if named != message_id:
        raise problems.Refused(problems.INVALID, "Last-Event-ID names another message.")
    return EventStream(await resumed(parts, caller.session_id(session_id), message_id, number))


def _place(last_event_id: str) -> tuple[str, int]:
    """The message, and the number of the event that comes next."""
    message_id, _, number = last_event_id.rpartition(":")
    return message_id, int(number) + 1


def _user(body: ChatRequest, caller: Caller) -> str | None:
    """Whom the question is from. A page may choose neither that nor what answers: its site's server or we do."""
    if caller.session is None:
        return body.user
    if chosen := [name for name in ("model", "collection", "filters", "user") if getattr(body, name) is not None]:
        raise problems.Refused(problems.NOT_FOR_SESSIONS, f"{chosen[0]} is not a widget's to choose.")
    return caller.session.identity.sub if caller.session.identity else None
