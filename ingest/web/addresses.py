"""Web addresses that may be asked: spelt in the one way that cannot be misread, and never of a private network."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from knowledge.errors import UnreadableFile

PORTS = {"http": 80, "https": 443}
LONGEST = 2_000  # characters of an address

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\]")  # read differently by different programs, or dropped in silence
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:@]+)(?::([0-9]{1,5}))?")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a last label like this makes programs take the name for a number
_AMBIGUOUS = frozenset("ßς\u200c\u200d")  # the two IDNA standards make different names of these

_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")  # all that has been given out; mapped, NAT64 and local ones are outside
_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",  # behind a provider's NAT, and some clouds' metadata
            "168.63.129.16/32",  # Azure's host, on a public number
            "192.0.0.0/24",  # protocol assignments, and Oracle's metadata
            "192.88.99.0/24",  # 6to4 relays
            "240.0.0.0/4",
            "2001::/23",  # Teredo, ORCHID and other protocols: may hold private IPv4
            "2001:db8::/32",
            "2002::/16",  # 6to4: holds IPv4
            "3fff::/20",  # documentation
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Address:
    """An http(s) address that was checked as far as its spelling goes."""

    scheme: str
    host: str  # lower-case ASCII, an IPv6 number without brackets
    port: int
    target: str  # path and query, in ASCII

    @property
    def place(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def site(self) -> str:
        """What all pages of the site begin with."""
        return f"{self.scheme}://{self.place}"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def __str__(self) -> str:
        return f"{self.site}{self.target}"


def parse(text: str, ports: Collection[int] = ()) -> Address:
    """Read an address; what follows # is dropped. Raises UnreadableFile("refused-address").

    `ports` are allowed besides 80 and 443.
    """
    if len(text) > LONGEST or _UNSAFE.search(text):
        raise refused(
            "It is too long, or holds spaces, control characters or backslashes. Write them as %20 and so on."
        )
    try:
        parts = urlsplit(text)
    except ValueError:
        raise refused("It is not a web address. Write it as https://www.example.com/page.") from None
    if parts.scheme not in PORTS:
        raise refused("Only http:// and https:// addresses are read.")
    if "@" in parts.netloc:
        raise refused("It carries a user name or an @ before the host. Pages behind a login: save them as files.")
    place = _PLACE.fullmatch(parts.netloc)
    if place is None:
        raise refused("It names no host that could be asked. Write it as https://www.example.com/page.")
    port = int(place.group(2)) if place.group(2) else PORTS[parts.scheme]
    if port not in PORTS.values() and port not in ports:
        raise refused(f"It names port {port}; only 80 and 443 are asked.")
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    if parts.query:
        target += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?")
    return Address(parts.scheme, _host(place.group(1)), port, target)


def number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP number that a checked host is, or None when it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: str) -> bool:
    """Whether an IP number belongs to the public internet beyond doubt."""
    ip = number(address)
    if ip is None or "%" in address:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _GLOBAL_V6:
        return False
    special = ip.is_private or ip.is_multicast or ip.is_reserved or ip.is_loopback or ip.is_link_local
    return ip.is_global and not special and not any(ip in network for network in _NOT_PUBLIC)


def refused(message: str) -> UnreadableFile:
    """The error for an address that is never asked."""
    return UnreadableFile("refused-address", message)


def _host(written: str) -> str:
    if written.startswith("["):
        try:
            return ipaddress.IPv6Address(written[1:-1]).compressed
        except ValueError:
            raise refused("It holds no valid IPv6 number between the brackets.") from None
    if "%" in written or len(written) > 253 or not _AMBIGUOUS.isdisjoint(written):
        raise refused("Its host is not plainly written. Write names in other scripts as xn--….")
    try:
        host = written.lower().encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise refused("Its host is not a valid name.") from None
    if _NAME.fullmatch(host) is None:
        raise refused("Its host is not a valid name.")
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and number(host) is None:
        raise refused("Its host is a number in a form that programs read differently. Write it as 203.0.113.7.")
    return host
