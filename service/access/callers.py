"""Who calls: a noun that the gate makes of a request, and where the request really comes from."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import Scope

from knowledge.errors import UnknownSession
from service.access.keys import ChosenScope, Key
from service.access.tokens import SessionClaims

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request, after it was checked."""

    kind: Literal["machine", "admin", "key", "session"]  # machine: a program here, where no key was ever set
    id: str  # tells callers apart in counts; no secret
    address: str  # of the client; the network of 64 bits for IPv6
    key: Key | None = None
    session: SessionClaims | None = None

    def may(self, scope: ChosenScope) -> bool:
        """Whether the caller may do what the scope stands for; a session may not do anything by scope."""
        if self.kind in ("machine", "admin"):
            return True
        return self.key is not None and (scope in self.key.scopes or "admin" in self.key.scopes)

    def session_id(self, asked: str | None) -> str | None:
        """The conversation that is meant. Raises UnknownSession when a widget asks for another than its own."""
        if self.session is None:
            return asked
        if asked not in (None, self.session.session_id):
            raise UnknownSession(asked or "")
        return self.session.session_id


async def caller_of(request: Request) -> Caller:
    """The caller that the gate has let in."""
    caller: Caller = request.scope["state"]["caller"]
    return caller


CallerDep = Annotated[Caller, Depends(caller_of)]


def address_of(scope: Scope, proxies: tuple[Network, ...]) -> str:
    """Where a request comes from: the nearest address that is none of our own proxies'.

    X-Forwarded-For is read from its end, as each proxy adds who spoke to it; what stands before the first stranger
    may be anybody's invention.
    """
    peer = (scope.get("client") or ("", 0))[0]
    if not _within(peer, proxies):
        return _network(peer)
    named = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
    for name in reversed([name.strip() for name in named if name.strip()]):
        if not _within(name, proxies):
            return _network(name)
        peer = name
    return _network(peer)


@lru_cache
def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks out of a comma-separated list. Raises ValueError."""
    return tuple(ipaddress.ip_network(item.strip(), strict=False) for item in text.split(",") if item.strip())


@lru_cache
def _within(address: str, proxies: tuple[Network, ...]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in proxies)


@lru_cache
def _network(address: str) -> str:
    """One home has one IPv4 address but 2^64 of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
