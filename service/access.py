"""Who may call: with an admin key, whoever brings it; without one, only programs and browsers on this machine."""

from __future__ import annotations

import hmac

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from knowledge.errors import ConfigError
from service import problems
from service.settings import ServiceSettings, is_loopback

GUARDED = ("/api/", "/v1/")  # the page, its files and the health checks say nothing of customers or documents


class Gate:
    """Turns away, before anything is read, what must not come in."""

    def __init__(self, app: ASGIApp, admin_key: SecretStr | None) -> None:
        self._app = app
        self._key = admin_key.get_secret_value().encode() if admin_key else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or answer why not."""
        kind = self._objection(scope) if scope["type"] == "http" else None
        if kind is None:
            await self._app(scope, receive, send)
            return
        document = kind.document(request_id=scope["state"]["request_id"])
        headers = {"WWW-Authenticate": 'Bearer realm="madoguchi"'} if kind.status == 401 else None
        await problems.response(document, scope["path"], headers)(scope, receive, send)

    def _objection(self, scope: Scope) -> problems.Kind | None:
        headers = Headers(scope=scope)
        if self._key is None:
            # A page of another site can let its own name point here; its requests then carry that name.
            return None if is_loopback(_host(headers.get("host", ""))) else problems.WRONG_HOST
        if not scope["path"].startswith(GUARDED):
            return None
        scheme, _, brought = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not brought:
            return problems.KEY_NEEDED
        return None if hmac.compare_digest(brought.strip().encode(), self._key) else problems.KEY_WRONG


def check_exposure(settings: ServiceSettings) -> None:
    """Refuse to be reached from other machines without a key. Raises ConfigError."""
    if settings.admin_key is None and not is_loopback(settings.host):
        raise ConfigError(
            f"MADOGUCHI_HOST is {settings.host}, which other machines can reach, and there is no key. "
            "Set one that nobody guesses. Example: MADOGUCHI_ADMIN_KEY=$(openssl rand -hex 24)"
        )


def _host(header: str) -> str:
    """The name in a Host header, without its port."""
    if header.startswith("["):
        return header.partition("]")[0] + "]"
    return header.rpartition(":")[0] if ":" in header else header
