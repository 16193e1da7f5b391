"""
Who may call, kept in one file of the data folder: MADOGUCHI_DATA/keys.json, readable by its owner alone.

    tokens   the secret that signs the session tokens of widgets
    keys     id, name, scopes, SHA-256 of the secret, created, expires, revoked, and a day's budget
    sites    id (the public site key), name, origins, the secret that signs identities, created, revoked, greeting

Of a key only a hash is kept: its secret holds 256 random bits, so that a plain SHA-256 cannot be turned round. The
secret of a site must be kept as it is, since HS256 checks a signature by making it again. A change is written beside
the file and renamed over it; a running service looks once a second, so what is revoked stops working within two.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import structlog
from filelock import FileLock, Timeout

from knowledge.errors import Busy, CannotWrite, ConfigError, MadoguchiError
from knowledge.files import replacing, stamp

ChosenScope = Literal["chat", "search", "ingest", "admin"]
SCOPES: tuple[ChosenScope, ...] = get_args(ChosenScope)
FILE = "keys.json"
VERSION = 1  # of what stands in it
KEY = re.compile(r"mk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
SITE_KEY = re.compile(r"pk_[A-Za-z0-9]{1,32}")
LOOK_EVERY_S = 1.0
LOCK_WAIT_S = 10.0
LANGUAGES = ("ja", "en")


class UnknownKey(MadoguchiError):
    """There is no key or site of that id."""


@dataclass(frozen=True, slots=True)
class Key:
    """A secret key of a program; what it is checked with, never the secret itself."""

    id: str
    name: str
    scopes: tuple[ChosenScope, ...]
    sha256: str
    created: str  # ISO 8601, UTC, as all times here
    expires: str | None = None
    revoked: str | None = None
    tokens_per_day: int | None = None  # of the language model; None: only the overall budget counts
    cost_per_day: float | None = None

    def valid(self, at: datetime) -> bool:
        """Whether it opens anything at that time."""
        return _in_force(self.revoked, self.expires, at)


@dataclass(frozen=True, slots=True)
class Site:
    """A website that shows the widget."""

    id: str  # its public key, pk_…
    name: str
    origins: tuple[str, ...]
    secret: str = field(repr=False)  # signs customers' identities
    created: str = ""
    revoked: str | None = None
    greeting: Mapping[str, str] = field(default_factory=dict)  # by language
    contact: Mapping[str, str] | None = None  # what a customer may use instead: email, phone, url, hours

    def valid(self, at: datetime) -> bool:
        """Whether its widget may open conversations at that time."""
        return _in_force(self.revoked, None, at)


@dataclass(frozen=True, slots=True)
class Ring:
    """Everything in the file."""

    tokens: str = field(default="", repr=False)
    keys: tuple[Key, ...] = ()
    sites: tuple[Site, ...] = ()

    @property
    def guarded(self) -> bool:
        """Whether there was ever a key: revoking the last one must not open the counter to everybody."""
        return bool(self.keys)

    def key_of(self, brought: str) -> Key | None:
        """The valid key that was brought, compared in constant time."""
        parts = KEY.fullmatch(brought)
        if parts is None:
            return None
        found = next((key for key in self.keys if key.id == parts[1]), None)
        same = hmac.compare_digest(_sha256(parts[2]), found.sha256 if found else _sha256(""))
        return found if found is not None and same and found.valid(datetime.now(UTC)) else None

    def site_of(self, site_key: str) -> Site | None:
        """The valid site of a public key."""
        at = datetime.now(UTC)
        return next((site for site in self.sites if site.id == site_key and site.valid(at)), None)

    def allows(self, origin: str) -> bool:
        """Whether any valid site names this origin."""
        at = datetime.now(UTC)
        return any(origin in site.origins and site.valid(at) for site in self.sites)


class KeyFile:
    """The file, for those who change it."""

    def __init__(self, data: Path) -> None:
        self.path = data / FILE

    def read(self) -> Ring:
        """What it holds; nothing when there is none. Raises ConfigError when it cannot be read as what it should be."""
        try:
            return _parsed(self.path.read_bytes())
        except FileNotFoundError:
            return Ring()
        except OSError as error:
            raise ConfigError(
                f"{self.path} cannot be read: {error.strerror}. The service's user must own it."
            ) from None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ConfigError(
                f"{self.path} is damaged ({type(error).__name__}). Restore it from a backup, or remove it and create "
                "the keys anew."
            ) from None

    def ensure(self) -> Ring:
        """The ring with a secret for tokens, which is made when there is none. Raises CannotWrite, Busy."""
        ring = self.read()
        if ring.tokens:
            return ring
        with self._changing() as ring:
            return ring

    def create_key(
        self,
        name: str,
        scopes: tuple[ChosenScope, ...],
        expires: datetime | None = None,
        tokens_per_day: int | None = None,
        cost_per_day: float | None = None,
    ) -> tuple[Key, str]:
        """A new key and the words that it is brought with, which are not kept. Raises CannotWrite, Busy."""
        id, secret = secrets.token_hex(6), _secret()
        key = Key(
            id, name, scopes, _sha256(secret), _now(), _iso(expires), None, tokens_per_day, cost_per_day
        )  # fmt: skip
        with self._changing() as ring:
            self._write(replace(ring, keys=(*ring.keys, key)))
        return key, f"mk_{id}_{secret}"

    def create_site(
        self,
        name: str,
        origins: tuple[str, ...],
        greeting: Mapping[str, str] | None = None,
        contact: Mapping[str, str] | None = None,
    ) -> Site:
        """A new site with its public key and its secret. Raises CannotWrite, Busy."""
        site = Site(
            f"pk_{secrets.token_hex(12)}", name, origins, f"ms_{_secret()}", _now(), None, greeting or {}, contact
        )
        with self._changing() as ring:
            self._write(replace(ring, sites=(*ring.sites, site)))
        return site

    def revoke(self, id: str) -> Key | Site:
        """End a key or a site; it stays in the list. Raises UnknownKey, CannotWrite, Busy."""
        with self._changing() as ring:
            entry = _entry(ring, id)
            ended = replace(entry, revoked=entry.revoked or _now())
            self._write(_with(ring, ended))
        return ended

    def rotate(self, id: str, keep: datetime | None = None) -> tuple[Key | Site, str]:
        """A new secret for a key or site, and that secret. An old key goes on until `keep` or ends at once.

        A rotated key is a new one with the old one's name, scopes and budget; a site keeps its public key.
        Raises UnknownKey, CannotWrite, Busy.
        """
        with self._changing() as ring:
            entry = _entry(ring, id)
            if entry.revoked:
                raise UnknownKey(f"{id} was revoked; create a new one.")
            if isinstance(entry, Site):
                renewed = replace(entry, secret=f"ms_{_secret()}")
                self._write(_with(ring, renewed))
                return renewed, renewed.secret
            fresh, secret = secrets.token_hex(6), _secret()
            key = replace(entry, id=fresh, sha256=_sha256(secret), created=_now())
            if keep is not None and entry.expires:
                keep = min(keep, datetime.fromisoformat(entry.expires))
            old = replace(entry, expires=_iso(keep)) if keep else replace(entry, revoked=_now())
            ring = _with(ring, old)
            self._write(replace(ring, keys=(*ring.keys, key)))
        return key, f"mk_{fresh}_{secret}"

    @contextlib.contextmanager
    def _changing(self) -> Iterator[Ring]:
        """The ring, while nobody else changes it."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path.with_suffix(".lock"), timeout=LOCK_WAIT_S, mode=0o600)
            with lock:
                ring = self.read()
                if not ring.tokens:
                    ring = replace(ring, tokens=_secret())
                    self._write(ring)
                yield ring
        except Timeout:
            raise Busy(f"Another program is changing {self.path}; try again in a moment.") from None
        except OSError as error:
            raise CannotWrite(f"{self.path} cannot be written: {error.strerror}. Nothing has changed.") from None

    def _write(self, ring: Ring) -> None:
        text = json.dumps({"version": VERSION, **asdict(ring)}, ensure_ascii=False, indent=2)
        with replacing(self.path, mode=0o600) as file:
            file.write(text.encode())


class Keys:
    """The file as a running service sees it: it follows changes by itself. Safe to use from several threads."""

    def __init__(self, data: Path, token_secret: str | None = None) -> None:
        self._file = KeyFile(data)
        self._token_secret = token_secret
        self._ring = self._file.read()
        self._own_secret = _secret()
        self._seen = stamp(data / FILE)
        self._guarded = self._ring.guarded
        self._looked_at = time.monotonic()
        self._looking = threading.Lock()

    @property
    def ring(self) -> Ring:
        """The newest state that could be read."""
        if time.monotonic() - self._looked_at >= LOOK_EVERY_S and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        return self._ring

    @property
    def guarded(self) -> bool:
        """Whether callers need a key. Once they did they do until the program ends, also when the file is gone."""
        self._guarded = self._guarded or self.ring.guarded
        return self._guarded

    @property
    def token_secret(self) -> str:
        """What signs session tokens: as configured, or out of the file, or (read-only folder) until the restart."""
        return self._token_secret or self.ring.tokens or self._own_secret

    def _look(self) -> None:
        if (now := stamp(self._file.path)) != self._seen:
            try:
                self._ring, self._seen = self._file.read(), now
            except ConfigError as error:
                # Nobody may come in by a key that could have been revoked: better no key than a wrong one.
                self._ring, self._seen, self._guarded = replace(self._ring, keys=(), sites=()), now, True
                structlog.get_logger().error("keys", error=str(error))
        self._looked_at = time.monotonic()


def checked_origin(text: str) -> str:
    """An origin as browsers write it: scheme and host, and the port when it is not the usual one.

    Raises ConfigError for what is no origin, for wildcards, and for plain http outside of this machine.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
        host = host.encode("idna").decode() if not host.isascii() else host
    except (ValueError, UnicodeError):
        parts, host, port = urlsplit(""), "", None
    local = host in ("localhost", "127.0.0.1", "::1")
    plain = re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", host) is not None
    if not plain or parts.username or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ConfigError(f"{text!r} is not the origin of a website. Example: --origin https://shop.example")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise ConfigError(f"{text!r} must begin with https:// (http:// only for localhost), as browsers send it.")
    shown = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, usual) else "")


def _entry(ring: Ring, id: str) -> Key | Site:
    wanted = parts[1] if (parts := KEY.fullmatch(id)) else id.removeprefix("mk_")
    entries: tuple[Key | Site, ...] = (*ring.keys, *ring.sites)
    for entry in entries:
        if entry.id in (id, wanted):
            return entry
    raise UnknownKey(f"There is no key or site {id!r}. `madoguchi keys list` names them.")


def _with(ring: Ring, changed: Key | Site) -> Ring:
    if isinstance(changed, Key):
        return replace(ring, keys=tuple(changed if key.id == changed.id else key for key in ring.keys))
    return replace(ring, sites=tuple(changed if site.id == changed.id else site for site in ring.sites))


def _parsed(text: bytes) -> Ring:
    fields: dict[str, Any] = json.loads(text)
    if (version := fields.pop("version")) != VERSION:
        if isinstance(version, int) and version > VERSION:
            raise ConfigError(f"{FILE} was written by a newer version of this program. Use that, and keep the file.")
        raise ValueError("of no version")
    keys = tuple(Key(**key | {"scopes": tuple(key["scopes"])}) for key in fields["keys"])
    sites = tuple(Site(**site | {"origins": tuple(site["origins"])}) for site in fields["sites"])
    if not all(isinstance(key.sha256, str) and set(key.scopes) <= set(SCOPES) for key in keys):
        raise ValueError("a key that means nothing")
    return Ring(str(fields["tokens"]), keys, sites)


def _in_force(revoked: str | None, expires: str | None, at: datetime) -> bool:
    return revoked is None and (expires is None or at < datetime.fromisoformat(expires))


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None
