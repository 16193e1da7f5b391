"""Builds the web application: parts in, FastAPI out."""

from __future__ import annotations

import ctypes
import gc
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Security
from fastapi.responses import Response
from fastapi.security import HTTPBearer
from starlette.requests import Request
from starlette.staticfiles import StaticFiles

from knowledge.settings import load
from service.access.gate import Cors, Gate
from service.access.limits import Limiter
from service.http import problems
from service.http.middleware import Around, Body, BodyLimit
from service.http.streaming import ClientGone
from service.parts import Parts, open_parts
from service.routes import chat, documents, health, helpdesk, jobs, openai, pages, search, sessions, widget
from service.settings import ServiceSettings
from service.watching import logs, tracing

DESCRIPTION = (
    "Answers customers from the company's own documents, with sources, in their own language, and says when it "
    "does not know. Errors are problem documents (RFC 9457) with a stable `type`."
)
GARBAGE = 10_000  # new objects between looks for those that only refer to each other; Python's own 700 are a chat's
PR_SET_PDEATHSIG = 1  # of Linux
CLIENT_GONE = 499  # never reaches anyone; for the log


def create_app(settings: ServiceSettings, parts: Parts | None = None) -> FastAPI:
    """The application. Parts that are not given are opened when it starts, and closed when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            app.state.parts = parts or stack.enter_context(open_parts(settings))
            app.state.parts.handoffs.start()
            try:
                yield
            finally:
                await app.state.parts.close()

    app = FastAPI(
        title="Madoguchi",
        description=DESCRIPTION,
        version=version("madoguchi"),
        lifespan=lifespan,
        docs_url=None,  # the usual page loads its script from afar; ours is /docs
        redoc_url=None,
    )
    problems.install(app)
    key = [
        Security(
            HTTPBearer(
                auto_error=False, description="Needed where the operator has made a key, or set MADOGUCHI_ADMIN_KEY."
            )
        )
    ]
    chat.add_asking(app.router, key)
    for router in (
        chat.router, sessions.router, search.router, helpdesk.router, documents.router, jobs.router, openai.router,
    ):  # fmt: skip
        app.include_router(router, dependencies=key)
    app.include_router(widget.router)
    app.include_router(health.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=pages.STATIC))
    # FastAPI's own argument would put this outside of ours, where it answers in plain text.
    limits = {"max_body_bytes": settings.max_body_bytes, "max_upload_bytes": settings.max_upload_bytes}
    app.add_middleware(BodyLimit, **limits)
    app.add_middleware(Limiter)
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(Body, **limits)
    app.add_middleware(Cors)  # outside of all that may turn a request away: a widget must be able to read why
    app.add_middleware(Around)  # added last: the outermost

    @app.exception_handler(ClientGone)
    async def gone(request: Request, error: ClientGone) -> Response:
        return Response(status_code=CLIENT_GONE)

    describe = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = problems.described(describe())
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
    return app


def ready_to_serve(app: FastAPI) -> FastAPI:
    """The application, in a process that does nothing else: what was loaded stays, and is not looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)
    return app


def from_environment() -> FastAPI:
    """The application for one of several worker processes.

    It ends when the process that looks after it is killed: left alone it would keep the port, and answer with what it
    knows, for ever.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    settings = load(ServiceSettings)
    logs.configure(settings.log_level)
    tracing.configure()
    return ready_to_serve(create_app(settings))
