"""Who may call, and what: whoever brings a key with the right scope, or a widget's session token for its own session.

Without any key only programs and browsers on this machine are served, and of pages only our own.
"""

from __future__ import annotations

import hmac
import re

from pydantic import SecretStr
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from knowledge.errors import ConfigError
from service.access.callers import Caller, address_of, networks
from service.access.keys import KEY, SITE_KEY, ChosenScope, KeyFile, Keys, Site
from service.access.tokens import BadToken, SessionClaims, read_session
from service.http import problems
from service.settings import ServiceSettings, is_loopback

WIDGET = "/api/widget/session"
NEEDED: tuple[tuple[str, ChosenScope], ...] = (  # the beginning of a path, and the scope that it asks for
    ("/api/chat", "chat"),
    ("/api/sessions/", "chat"),
    ("/api/feedback", "chat"),
    ("/api/handoffs", "admin"),  # all customers' addresses; the first line that fits counts
    ("/api/handoff", "chat"),
    ("/api/suggest", "chat"),
    ("/v1/", "chat"),
    ("/api/search", "search"),
    ("/api/documents", "ingest"),
    ("/api/jobs", "ingest"),
)  # all else asks for admin
OF_SESSIONS = re.compile(
    r"POST /api/(?:chat|feedback|handoff)|GET /api/(?:chat/[A-Za-z0-9_-]+/events|sessions/([A-Za-z0-9_-]+))"
)
DEMO = Site("pk_demo", "Madoguchi", (), "")  # the counter's own pages, where no key was ever set
CORS_PATHS = re.compile(r"/api/(?:widget/session|chat(?:/[^/]+/events)?|sessions/[^/]+|feedback|handoff)")
CORS_METHODS = "GET, POST"
CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id"
CORS_SEEN = "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy"
PREFLIGHT_S = 600


class Gate:
    """Turns away, before anything is read, what must not come in."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._admin_key = _bytes(settings.admin_key)
        self._proxies = networks(settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through with its caller in `state`, or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parts = scope["app"].state.parts
        let_in = self._let_in(scope, parts.keys)
        if isinstance(let_in, Caller):
            if let_in.key is not None and parts.uses.due(let_in.key.id):
                parts.sessions.errand(parts.uses.note(let_in.key.id))
            scope["state"]["caller"] = let_in
            await self._app(scope, receive, send)
            return
        document = let_in.document(request_id=scope["state"]["request_id"])
        headers = {"WWW-Authenticate": 'Bearer realm="madoguchi"'} if let_in.status == 401 else None
        await problems.response(document, scope["path"], headers)(scope, receive, send)

    def _let_in(self, scope: Scope, keys: Keys) -> Caller | problems.Kind:
        headers, path = Headers(scope=scope), scope["path"]
        address = address_of(scope, self._proxies)
        guarded = self._admin_key is not None or keys.guarded
        if not guarded and not is_loopback(_host(headers.get("host", ""))):
            # A page of another site can let its own name point here; its requests then carry that name.
            return problems.WRONG_HOST
        if not path.startswith(problems.GUARDED) or path == WIDGET:
            return Caller("machine", "anybody", address)
        scheme, _, brought = headers.get("authorization", "").partition(" ")
        brought = brought.strip() if scheme.lower() == "bearer" else ""
        if brought.count(".") == 2:
            return self._session(scope, headers, brought, keys, address, guarded)
        if not guarded:
            own = headers.get("origin") in (None, own_origin(scope))
            return Caller("machine", "machine", address) if own else problems.WRONG_ORIGIN
        if not brought:
            return problems.KEY_NEEDED
        if self._admin_key is not None and hmac.compare_digest(brought.encode(), self._admin_key):
            return Caller("admin", "admin", address)
        key = keys.ring.key_of(brought) if KEY.fullmatch(brought) else None
        if key is None:
            return problems.SITE_KEY_IS_PUBLIC if SITE_KEY.fullmatch(brought) else problems.KEY_WRONG
        caller = Caller("key", key.id, address, key)
        if caller.may(_needed(path)):
            return caller
        return problems.SCOPE_MISSING if _is_there(scope) else problems.NOT_FOUND

    def _session(
        self, scope: Scope, headers: Headers, token: str, keys: Keys, address: str, guarded: bool
    ) -> Caller | problems.Kind:
        try:
            claims = read_session(token, keys.token_secret)
        except BadToken:
            return problems.SESSION_ENDED
        if site_of(keys, claims.site, guarded) is None:
            return problems.SESSION_ENDED
        if not _from_there(scope, headers, claims):
            return problems.WRONG_ORIGIN
        wanted = OF_SESSIONS.fullmatch(f"{scope['method']} {scope['path']}")
        if wanted is None:
            return problems.NOT_FOR_SESSIONS
        if wanted[1] not in (None, claims.session_id):
            return problems.UNKNOWN_SESSION  # as if it did not exist: its id may have been guessed
        return Caller("session", f"site:{claims.site}", address, session=claims)


class Cors:
    """Lets the pages of sites read our answers: exact origins, without cookies, on what widgets call and nothing else.

    A browser keeps what is not allowed here from the page that asked; who may call is the gate's business. Any page may
    read that no session was opened for it: else its engineer would look for a fault of the network.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or answer a preflight."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        allowed = bool(origin) and CORS_PATHS.fullmatch(scope["path"]) is not None and self._allows(scope, origin)

        preflight = scope["method"] == "OPTIONS" and bool(origin) and "access-control-request-method" in headers
        tried = scope["path"] == WIDGET and bool(origin)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.add_vary_header("Origin")
                if allowed:
                    answer["Access-Control-Allow-Origin"] = origin
                    answer["Access-Control-Expose-Headers"] = CORS_SEEN
                elif tried and (preflight or message["status"] == problems.WRONG_ORIGIN.status):
                    answer["Access-Control-Allow-Origin"] = "*"
            await send(message)

        if preflight:
            await self._preflight(scope, allowed or tried)(scope, receive, sending)
            return
        await self._app(scope, receive, sending)

    def _allows(self, scope: Scope, origin: str) -> bool:
        keys: Keys = scope["app"].state.parts.keys
        return keys.ring.allows(origin)

    def _preflight(self, scope: Scope, allowed: bool) -> Response:
        if not allowed:
            document = problems.WRONG_ORIGIN.document(request_id=scope["state"]["request_id"])
            return problems.response(document, scope["path"])
        return Response(
            status_code=204,
            headers={
                "Access-Control-Allow-Methods": CORS_METHODS,
                "Access-Control-Allow-Headers": CORS_HEADERS,
                "Access-Control-Max-Age": str(PREFLIGHT_S),
            },
        )


def _is_there(scope: Scope) -> bool:
    """Whether anything has this address: one that is mistyped wants no other key."""
    return any(route.matches(scope)[0] is not Match.NONE for route in scope["app"].routes)


def _needed(path: str) -> ChosenScope:
    return next((scope for start, scope in NEEDED if path.startswith(start)), "admin")


def site_of(keys: Keys, site_key: str, guarded: bool) -> Site | None:
    """The valid site of a public key; the demo's only where no key was ever set."""
    if site_key == DEMO.id:
        return None if guarded else DEMO
    return keys.ring.site_of(site_key)


def may_show(site: Site, scope: Scope, origin: str) -> bool:
    """Whether a page of this origin may show the site's widget: as written, nothing like it."""
    return origin == own_origin(scope) if site is DEMO else origin in site.origins


def own_origin(scope: Scope) -> str:
    """The origin of our own pages, as this request's browser sees it."""
    return f"{scope['scheme']}://{Headers(scope=scope).get('host', '')}"


def check_exposure(settings: ServiceSettings) -> None:
    """Refuse to be reached from other machines without a key. Raises ConfigError."""
    if settings.admin_key is None and not is_loopback(settings.host) and not KeyFile(settings.data).read().guarded:
        raise ConfigError(
            f"MADOGUCHI_HOST is {settings.host}, which other machines can reach, and there is no key. Make one "
            "(madoguchi keys create --scope admin --name me), or set one that nobody guesses. "
            "Example: MADOGUCHI_ADMIN_KEY=$(openssl rand -hex 24)"
        )


def _from_there(scope: Scope, headers: Headers, claims: SessionClaims) -> bool:
    """Whether a request comes from the pages that the session was opened on.

    Browsers name the origin with every request but a GET to the page's own server.
    """
    origin = headers.get("origin")
    if origin is None:
        return scope["method"] == "GET" and claims.origin == own_origin(scope)
    return origin == claims.origin


def _bytes(key: SecretStr | None) -> bytes | None:
    return key.get_secret_value().encode() if key else None


def _host(header: str) -> str:
    """The name in a Host header, without its port."""
    if header.startswith("["):
        return header.partition("]")[0] + "]"
    return header.rpartition(":")[0] if ":" in header else header
