"""Addresses of several Redis servers that are one together: behind Sentinels, or a Cluster.

    redis+sentinel://[USER:PASSWORD@]HOST:PORT,HOST:PORT/MASTER/DB[?sentinel_username=…&sentinel_password=…]
    redis+cluster://[USER:PASSWORD@]HOST:PORT,HOST:PORT

The user and the password are the master's, or the Cluster's. Both speak TLS as rediss+…, with the options of rediss://.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from redis.connection import parse_url

SENTINEL, CLUSTER = "redis+sentinel", "redis+cluster"


@dataclass(frozen=True, slots=True)
class Several:
    """An address taken apart."""

    is_cluster: bool
    servers: tuple[tuple[str, int], ...]  # the Sentinels, or nodes of the Cluster
    user: str | None
    password: str | None
    master: str
    db: int
    guards: dict[str, str | None]  # user and password of the Sentinels
    tls: dict[str, Any]  # as redis-py takes it, but for `ssl` itself; of all servers
    secure: bool


def several(url: str) -> Several | None:
    """What an address of several servers says; None where it is one of a single server."""
    parts = urlsplit(url)
    kind = parts.scheme.replace("rediss+", "redis+")
    if kind not in (SENTINEL, CLUSTER):
        return None
    login, _, where = parts.netloc.rpartition("@")
    user, password = (unquote(word) or None for word in login.partition(":")[::2])
    options = dict(parse_qsl(parts.query))
    guards = {name: options.pop(f"sentinel_{name}", None) for name in ("username", "password")}
    master, _, db = parts.path.strip("/").partition("/")
    each = (urlsplit(f"//{one}") for one in where.split(","))
    return Several(
        is_cluster=kind == CLUSTER,
        servers=tuple((one.hostname or "localhost", one.port or (6379 if kind == CLUSTER else 26379)) for one in each),
        user=user,
        password=password,
        master=master or "mymaster",
        db=int(db or 0),
        guards=guards,
        tls=_of_tls(options),
        secure=parts.scheme.startswith("rediss+"),
    )


def _of_tls(options: dict[str, str]) -> dict[str, Any]:
    """What stands behind the `?` of an address, as redis-py reads it from one of a single server."""
    found = parse_url(f"rediss://?{urlencode(options)}")  # type: ignore[no-untyped-call]
    return {name: value for name, value in found.items() if name != "connection_class"}
