"""What a client is told when something fails: a status, a stable type and a sentence, and nothing from inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from knowledge.errors import (
    BadFilter,
    Busy,
    CannotWrite,
    EmbeddingUnavailable,
    MadoguchiError,
    ModelUnavailable,
    NoKnowledge,
    RedisUnavailable,
    SetupError,
    UnknownDocument,
    UnknownJob,
    UnknownSession,
)
from service.answering.answerer import UnknownModel
from service.memory.sessions import SessionBusy
from service.schemas.problem import Problem

PREFIX = "urn:madoguchi:problem:"
GUARDED = ("/api/", "/v1/", "/metrics")  # the page, its files and the health checks say nothing of anybody


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem; its name is part of the API and stays."""

    name: str
    status: int
    title: str
    detail: str | None = None  # told instead of the error's own words, where those are the operator's business

    def document(self, detail: str | None = None, request_id: str | None = None, **more: Any) -> dict[str, Any]:
        """The problem document."""
        fields = {
            "type": PREFIX + self.name,
            "title": self.title,
            "status": self.status,
            "detail": detail or self.detail,
            "instance": request_id and f"urn:madoguchi:request:{request_id}",
            **more,
        }
        return {name: value for name, value in fields.items() if value is not None}


BAD_REQUEST = Kind("bad-request", 400, "The request cannot be read.", "The body must be JSON in UTF-8.")
KEY_NEEDED = Kind("key-needed", 401, "A key is needed.", "Send the header Authorization: Bearer YOUR_KEY.")
KEY_WRONG = Kind("key-wrong", 401, "This key is not accepted.", "It was never given out, has ended or was revoked.")
SITE_KEY_IS_PUBLIC = Kind(
    "site-key-is-public", 401, "A site's key opens a widget's session only.", "Send it to POST /api/widget/session."
)
SESSION_ENDED = Kind(
    "session-ended", 401, "The session's token is not good any more.", "Get a new one: POST /api/widget/session."
)
IDENTITY_WRONG = Kind("identity-wrong", 401, "The customer's identity is not vouched for as it should be.")
SCOPE_MISSING = Kind(
    "scope-missing", 403, "This key may not do that.", "The operator can create one with another scope."
)
NOT_FOR_SESSIONS = Kind("not-for-sessions", 403, "A widget's session may not do that.")
WRONG_ORIGIN = Kind(
    "origin-not-allowed",
    403,
    "Pages of this origin are not served.",
    "The operator names it exactly: madoguchi keys create --site NAME --origin https://shop.example",
)
UNKNOWN_SITE = Kind(
    "unknown-site", 403, "There is no such site.", "Its key is mistyped or was revoked; madoguchi keys list names all."
)
NOT_FOUND = Kind("not-found", 404, "There is nothing at this address.", "GET /docs lists what there is.")
UNKNOWN_SESSION = Kind(
    "unknown-session", 404, "There is no such conversation.", "It never was, has expired or was erased."
)
UNKNOWN_DOCUMENT = Kind("unknown-document", 404, "There is no such document.", "GET /api/documents lists them.")
UNKNOWN_JOB = Kind("unknown-job", 404, "There is no such job.", "It never was, or was done more than a day ago.")
UNKNOWN_MESSAGE = Kind(
    "unknown-message", 404, "There is no such stream to take up.", "It ended too long ago, or was given up: ask again."
)
UNKNOWN_MODEL = Kind("unknown-model", 404, "There is no such model.")
WRONG_METHOD = Kind("method-not-allowed", 405, "This address does not take that method.")
TOO_LARGE = Kind(
    "body-too-large",
    413,
    "The request is too large.",
    "The operator sets how much is taken: MADOGUCHI_MAX_BODY_BYTES, for documents MADOGUCHI_MAX_UPLOAD_BYTES.",
)
SESSION_BUSY = Kind(
    "session-busy",
    409,
    "Another message of this conversation is being answered.",
    "Wait for its answer, then ask again.",
)
WRONG_TYPE = Kind(
    "unsupported-media-type", 415, "The body must be JSON.", "Send the header Content-Type: application/json."
)
WRONG_HOST = Kind(
    "wrong-host",
    421,
    "This service answers its own machine only.",
    "Until there is a key (madoguchi keys create) it must be called as 127.0.0.1 or localhost.",
)
INVALID = Kind("invalid-request", 422, "A field of the request is wrong.")
KEY_REUSED = Kind(
    "idempotency-key-reused",
    422,
    "This Idempotency-Key came with another body before.",
    "Use a new key for each new request.",
)
TOO_LONG = Kind("message-too-long", 422, "The message is too long.")
TOO_OFTEN = Kind("rate-limited", 429, "You ask too often.")
INTERNAL = Kind("internal", 500, "Something went wrong on our side.", "The log tells more, under the request's id.")
NO_KNOWLEDGE = Kind(
    "no-knowledge", 503, "There is nothing to answer from yet.", "The operator must run madoguchi ingest."
)
NOT_SET_UP = Kind("not-set-up", 503, "The service cannot work as it is set up.", "GET /readyz says why.")
NO_HISTORY = Kind("history-unavailable", 503, "Conversations cannot be reached now.", "Please try again in a moment.")
NO_QUEUE = Kind("queue-unavailable", 503, "Jobs cannot be reached now.", "Please try again in a moment.")
BUSY = Kind("busy", 503, "The index is being written by another.", "Please try again in a moment.")
CANNOT_STORE = Kind("cannot-store", 503, "It cannot be stored.", "The service's disk is full, fails or is read-only.")
NO_MODEL = Kind("model-unavailable", 503, "The language model broke off.", "Please ask again.")
NO_SEARCH = Kind("search-unavailable", 503, "Documents cannot be searched now.", "Please try again in a moment.")

KINDS = tuple(value for value in tuple(vars().values()) if isinstance(value, Kind))
OF_STATUS = {kind.status: kind for kind in (BAD_REQUEST, NOT_FOUND, WRONG_METHOD, TOO_LARGE, WRONG_TYPE, INVALID)}
OF_PATH = {  # what an id of another form than ours is: not there
    "session_id": UNKNOWN_SESSION,
    "document": UNKNOWN_DOCUMENT,
    "job_id": UNKNOWN_JOB,
    "message_id": UNKNOWN_MESSAGE,
}
OF_ERROR: dict[type[MadoguchiError], Kind] = {  # the first that fits
    BadFilter: INVALID,
    UnknownSession: UNKNOWN_SESSION,
    SessionBusy: SESSION_BUSY,
    UnknownModel: UNKNOWN_MODEL,
    UnknownDocument: UNKNOWN_DOCUMENT,
    UnknownJob: UNKNOWN_JOB,
    Busy: BUSY,
    CannotWrite: CANNOT_STORE,
    NoKnowledge: NO_KNOWLEDGE,
    RedisUnavailable: NO_HISTORY,
    ModelUnavailable: NO_MODEL,
    EmbeddingUnavailable: NO_SEARCH,
    SetupError: NOT_SET_UP,
    MadoguchiError: INTERNAL,
}
_OWN_WORDS = (UNKNOWN_MODEL, INVALID)  # kinds whose error says something that the client may read


class Refused(Exception):
    """A request that a route turns down."""

    def __init__(self, kind: Kind, detail: str | None = None) -> None:
        super().__init__(detail or kind.title)
        self.kind, self.detail = kind, detail


def kind_of(error: MadoguchiError) -> Kind:
    """What kind of problem an error of ours is."""
    return next(kind for of, kind in OF_ERROR.items() if isinstance(error, of))


def document_of(error: MadoguchiError, request_id: str | None = None) -> dict[str, Any]:
    """An error of ours as a problem document; what only the operator may know goes to the log."""
    kind = kind_of(error)
    if kind.status >= 500:
        structlog.get_logger().warning("problem", kind=kind.name, error=str(error), request_id=request_id)
    return kind.document(str(error) if kind in _OWN_WORDS else None, request_id)


def response(document: Mapping[str, Any], path: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A problem as an answer; under /v1 in the shape that OpenAI's clients read."""
    status = int(document["status"])
    if path.startswith("/v1/"):
        return JSONResponse(openai_error(document), status, headers)
    return JSONResponse(document, status, headers, media_type="application/problem+json")


def openai_error(document: Mapping[str, Any]) -> dict[str, Any]:
    """A problem in the shape of OpenAI's errors."""
    status = int(document["status"])
    kind = {401: "authentication_error", 404: "not_found_error"}.get(status)
    name = str(document["type"]).removeprefix(PREFIX)
    errors = document.get("errors") or [{}]
    return {
        "error": {
            "message": " ".join(filter(None, (document["title"], document.get("detail")))),
            "type": kind or ("invalid_request_error" if status < 500 else "server_error"),
            "param": errors[0].get("field"),
            "code": "model_not_found" if name == UNKNOWN_MODEL.name else name.replace("-", "_"),
        }
    }


def install(app: FastAPI) -> None:
    """Let every error of the application become a problem document."""

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> JSONResponse:
        return _reply(request, error.kind.document(error.detail, _id(request)))

    @app.exception_handler(MadoguchiError)
    async def ours(request: Request, error: MadoguchiError) -> JSONResponse:
        return _reply(request, document_of(error, _id(request)))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = [_wrong_field(item) for item in error.errors()]
        kinds = (OF_PATH.get(str(item["loc"][1])) for item in error.errors() if item["loc"][:1] == ("path",))
        if unknown := next(filter(None, kinds), None):
            return _reply(request, unknown.document(request_id=_id(request)))
        if any(item["type"] == "json_invalid" for item in error.errors()):
            return _reply(request, BAD_REQUEST.document("The body is not JSON.", _id(request)))
        detail = "; ".join(f"{item['field']}: {item['problem']}" for item in wrong)
        return _reply(request, INVALID.document(detail, _id(request), errors=wrong))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        known = OF_STATUS.get(error.status_code)
        kind = known or Kind(f"http-{error.status_code}", error.status_code, HTTPStatus(error.status_code).phrase)
        return _reply(request, kind.document(request_id=_id(request)), error.headers)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        # Its traceback comes from the server, which does not know the id; its words may be a customer's.
        structlog.get_logger().error("fault", error=type(error).__name__, request_id=_id(request))
        # Answered outside of our middleware, which adds the id everywhere else.
        return _reply(request, INTERNAL.document(request_id=_id(request)), {"X-Request-Id": _id(request) or ""})


def documented(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """What a route may answer besides, for the OpenAPI description."""
    told: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        entry = told.setdefault(kind.status, {"model": Problem, "description": ""})
        entry["description"] = "; ".join(filter(None, (entry["description"], f"`{PREFIX}{kind.name}`: {kind.title}")))
    return told


def described(openapi: dict[str, Any]) -> dict[str, Any]:
    """A description with what any route may answer: what is turned away before it, and errors' own media type."""
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            kinds = [
                INTERNAL,
                WRONG_HOST,
                *((KEY_NEEDED, KEY_WRONG, SCOPE_MISSING) if path.startswith(GUARDED) else ()),
            ]
            if "requestBody" in operation:
                kinds += [BAD_REQUEST, TOO_LARGE, WRONG_TYPE]
            elif all(given["in"] == "path" for given in operation.get("parameters", ())):
                operation["responses"].pop(str(INVALID.status), None)  # an id that cannot be is one that is not there
            if method == "post":
                kinds.append(TOO_OFTEN)
            shape = "OpenAIError" if path.startswith("/v1/") else "Problem"
            content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape}"}}}
            for status, told in documented(*kinds).items():
                answer = {"description": told["description"], "content": content}
                operation["responses"].setdefault(str(status), answer)
            for status, answer in operation["responses"].items():  # FastAPI has no word for a media type of errors
                schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
                if status >= "400" and schema.get("$ref", "").endswith("/Problem"):
                    answer["content"] = {"application/problem+json": {"schema": schema}}
    return openapi


def _reply(request: Request, document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return response(document, request.url.path, headers)


def _id(request: Request) -> str | None:
    return getattr(request.state, "request_id", None)


def _wrong_field(item: Mapping[str, Any]) -> dict[str, str]:
    """One complaint without the value that was sent: it may be a customer's words."""
    place = [str(step) for step in item["loc"] if step != "body"]
    return {"field": ".".join(place) or "body", "problem": str(item["msg"]).removeprefix("Value error, ")}
