"""POST /v1/chat/completions and GET /v1/models: the counter for every client that speaks OpenAI's language."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from knowledge.errors import MadoguchiError
from service.access.callers import CallerDep
from service.answering.answerer import UnknownModel, done
from service.answers import Answer, Delta, Done, Event, Outcome, Reason, Sources, Turn
from service.http import problems
from service.http.streaming import EventStream, answered, frame
from service.memory.sessions import new_message_id
from service.parts import Parts, PartsDep
from service.schemas.chat import CitationOut
from service.schemas.openai import CompletionRequest, OpenAIError

router = APIRouter(
    prefix="/v1",
    tags=["OpenAI-compatible"],
    responses={422: {"model": OpenAIError, "description": "A field of the request is wrong."}},
)


@router.get("/models", summary="The models to choose from")
async def models(parts: PartsDep) -> dict[str, Any]:
    """The aliases; `extractive` quotes passages without a model."""
    return {"object": "list", "data": [_entry(alias) for alias in parts.answerer.aliases]}


@router.get(
    "/models/{model}",
    summary="One of the models",
    responses={404: {"model": OpenAIError, "description": "There is no such model."}},
)
async def one_model(model: str, parts: PartsDep) -> dict[str, Any]:
    """An alias, or a model by its provider's name."""
    parts.answerer.choose(model)
    return _entry(model)


def _entry(alias: str) -> dict[str, Any]:
    return {"id": alias, "object": "model", "created": 0, "owned_by": "madoguchi"}


_TEXT, _COUNT = {"type": "string"}, {"type": "integer"}
_MESSAGE = {
    "role": {"const": "assistant"},
    "content": _TEXT,
    "refusal": {"type": "null"},
    "citations": {"type": "array", "items": {"$ref": "#/components/schemas/CitationOut"}},
    "outcome": {"enum": list(get_args(Outcome))},
    "reason": {"anyOf": [{"enum": list(get_args(Reason))}, {"type": "null"}]},
    "confidence": {"type": "number"},
    "degraded": {"type": "array", "items": {"const": "budget"}},
}
_COMPLETION = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "created": _COUNT,
        "object": {"const": "chat.completion"},
        "model": {"type": "string", "description": "The alias that wrote it."},
        "choices": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "index": _COUNT,
                    "message": {"type": "object", "properties": _MESSAGE, "required": list(_MESSAGE)},
                    "finish_reason": {"const": "stop"},
                    "logprobs": {"type": "null"},
                },
                "required": ["index", "message", "finish_reason"],
            },
        },
        "usage": {
            "type": "object",
            "properties": {"prompt_tokens": _COUNT, "completion_tokens": _COUNT, "total_tokens": _COUNT},
            "required": ["prompt_tokens", "completion_tokens", "total_tokens"],
        },
        "citations": _MESSAGE["citations"],
    },
    "required": ["id", "created", "object", "model", "choices", "usage", "citations"],
}
_CHUNKS = {"type": "object", "properties": {"data": {"type": "string"}}, "required": ["data"]}  # as OpenAPI 3.2 says


@router.post(
    "/chat/completions",
    summary="Ask, as OpenAI's clients do",
    response_class=JSONResponse,
    responses={
        200: {
            "description": "The completion. With `stream`: its chunks as JSON, the last with the citations, then "
            "`[DONE]`.",
            "content": {
                "application/json": {"schema": _COMPLETION},
                "text/event-stream": {"itemSchema": _CHUNKS},
            },
        },
        503: {"model": OpenAIError, "description": "There is nothing to answer from, or the model broke off."},
    },
)
async def complete(body: CompletionRequest, request: Request, parts: PartsDep, caller: CallerDep) -> Response:
    """Answer the last user message. `citations` come as an extra field of the message, or of the stream's last chunk.

    Nothing is remembered between calls: the client sends the conversation along.
    """
    question, history = _conversation(body, parts)
    events = parts.budgets.stream(parts.answerer, question, history, caller.key, model=_known(body.model, parts))
    head = {"id": f"chatcmpl-{new_message_id()}", "created": int(time.time())}
    if not body.stream:
        return JSONResponse(_completion(head, await answered(request, done(events))))
    first = await answered(request, anext(events))
    usage = body.stream_options is not None and body.stream_options.include_usage
    return EventStream(_chunks(head, body.model, first, events, usage, request.state.request_id))


def _conversation(body: CompletionRequest, parts: Parts) -> tuple[str, list[Turn]]:
    try:
        spoken = [
            Turn(message.role, message.text()) for message in body.messages if message.role in ("user", "assistant")
        ]
    except ValueError as error:
        raise problems.Refused(problems.INVALID, f"messages: {error}") from None
    while spoken and spoken[-1].role != "user":
        spoken.pop()
    question = spoken.pop().text.strip() if spoken else ""
    if not question:
        raise problems.Refused(problems.INVALID, "messages: there must be one of the role user that is not empty")
    if len(question) > parts.settings.max_message_chars:
        raise problems.Refused(problems.TOO_LONG, f"{parts.settings.max_message_chars} characters are taken.")
    return question, spoken[-2 * parts.settings.history_turns :] if parts.settings.history_turns else []


def _known(model: str, parts: Parts) -> str | None:
    """Many clients come with a fixed name such as gpt-4o; they get the default, and the answer says which that was."""
    try:
        parts.answerer.choose(model)
    except UnknownModel:
        return None
    return model


def _extra(whole: Done) -> dict[str, Any]:
    """What OpenAI has no word for; clients keep unknown fields."""
    answer = whole.answer
    return {
        "citations": [CitationOut.of(citation).model_dump() for citation in answer.citations],
        "outcome": answer.outcome,
        "reason": answer.reason,
        "confidence": answer.confidence,
        "degraded": ["budget"] if whole.over_budget else [],
    }


def _usage(answer: Answer) -> dict[str, int]:
    prompt, completion = answer.usage.prompt_tokens, answer.usage.completion_tokens
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _completion(head: dict[str, Any], whole: Done) -> dict[str, Any]:
    answer = whole.answer
    message = {"role": "assistant", "content": answer.text, "refusal": None, **_extra(whole)}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {
        **head,
        "object": "chat.completion",
        "model": answer.model,
        "choices": [choice],
        "usage": _usage(answer),
        "citations": message["citations"],  # where clients of answering engines look for them
    }


async def _chunks(
    head: dict[str, Any],
    model: str,
    first: Event,
    rest: AsyncGenerator[Event, None],
    with_usage: bool,
    request_id: str,
) -> AsyncGenerator[bytes, None]:
    def chunk(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> bytes:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]
        return frame({**head, "object": "chat.completion.chunk", "model": model, "choices": choices, **more})

    try:
        assert isinstance(first, Sources)
        yield chunk({"role": "assistant", "content": ""})
        async for event in rest:
            if isinstance(event, Delta):
                yield chunk({"content": event.text})
            elif isinstance(event, Done):
                model, extra = event.answer.model, _extra(event)
                yield chunk(extra, "stop", citations=extra["citations"])
                if with_usage:
                    yield chunk(None, usage=_usage(event.answer))
        yield frame("[DONE]")
    except MadoguchiError as error:
        yield frame(problems.openai_error(problems.document_of(error, request_id)))
    finally:
        await rest.aclose()
