"""What happens around every request: its id, the headers of every answer, the access log; and what its body may be.

Pure ASGI, because anything that wraps the body hides from the route that the client has left.
"""

from __future__ import annotations

import re
import secrets
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http import problems
from service.watching import metrics

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
QUIET = ("/healthz", "/readyz", "/metrics", "/static/")  # asked every few seconds, or with every page: not worth a line
COMPRESSED = "Send the body as it is, without Content-Encoding: packed bodies are not taken."
UPLOADS = "/api/documents"  # takes files, and larger bodies than all others


class BodyLimit:
    """Counts bodies while they are read, and breaks off those that grow too long."""

    def __init__(self, app: ASGIApp, max_body_bytes: int, max_upload_bytes: int) -> None:
        self._usual = RequestBodyLimitMiddleware(app, max_body_size=max_body_bytes)
        self._uploads = RequestBodyLimitMiddleware(app, max_body_size=max_upload_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await (self._uploads if scope.get("path") == UPLOADS else self._usual)(scope, receive, send)


class Around:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)  # for whatever is logged on its behalf
        start, status = time.monotonic(), 0
        upgrading = "upgrade" in headers  # the server leaves the body of such a request unread: nothing may follow it
        method, head_only = scope["method"], scope["method"] == "HEAD"
        if head_only:  # balancers and monitors ask so: every page that can be got has a head
            scope = {**scope, "method": "GET"}

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answer = MutableHeaders(scope=message)
                answer["X-Request-Id"] = request_id
                for name, value in SAFE_HEADERS.items():
                    answer.setdefault(name, value)
                answer.setdefault("Cache-Control", "no-store")
                if upgrading:
                    answer["Connection"] = "close"
            elif head_only:
                message = {**message, "body": b""}
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            pattern = getattr(scope.get("route"), "path", None)  # not the path: that may hold anything
            metrics.REQUESTS.labels(pattern or "", method if pattern else "", status).inc()
            metrics.REQUEST_SECONDS.labels(pattern or "").observe(time.monotonic() - start)
            if not scope["path"].startswith(QUIET):
                self._log.info(
                    "request",
                    method=method,
                    route=pattern,
                    status=status or "no answer",
                    ms=round((time.monotonic() - start) * 1000, 1),
                )


class Body:
    """Turns away bodies that are too large or of a kind that is not taken, before they are read."""

    def __init__(self, app: ASGIApp, max_body_bytes: int, max_upload_bytes: int) -> None:
        self._app, self._max_body_bytes, self._max_upload_bytes = app, max_body_bytes, max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or answer why not."""
        if scope["type"] == "http" and (objection := self._objection(dict(scope["headers"]), scope["path"] == UPLOADS)):
            kind, detail = objection
            document = kind.document(detail, scope["state"]["request_id"])
            await problems.response(document, scope["path"])(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _objection(self, headers: dict[bytes, bytes], upload: bool) -> tuple[problems.Kind, str | None] | None:
        length = headers.get(b"content-length", b"0")
        if length == b"0" and b"transfer-encoding" not in headers:
            return None
        most = self._max_upload_bytes if upload else self._max_body_bytes
        if int(length) > most:  # one that does not say its length is counted while it is read
            return problems.TOO_LARGE, None
        if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"", b"identity"):
            return problems.WRONG_TYPE, COMPRESSED
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if upload and kind == b"multipart/form-data":  # the gate lets no form of another site's page through
            return None
        return None if _is_json(kind) else (problems.WRONG_TYPE, None)


def _is_json(kind: bytes) -> bool:
    """Insisting on it also keeps out forms of other sites, which browsers send here without asking."""
    return kind == b"application/json" or (kind.startswith(b"application/") and kind.endswith(b"+json"))
