"""Fetches one web page without being led astray: to public addresses only, within limits of size and time.

A name is resolved once, every answer is checked, and the connection is made to the very address that was checked, so
that a second answer of the name server changes nothing. Proxies of the environment are not used: they would resolve
names for themselves.
"""

from __future__ import annotations

import http.client
import io
import queue
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import urljoin

from ingest.web.addresses import Address, is_public, number, parse, refused
from knowledge.errors import UnreadableFile

AGENT = "madoguchi"
LARGEST = 10_000_000  # bytes, packed and unpacked
PAUSE = 0.5  # seconds between two pages of a site
SECONDS = 15.0  # in all, for the name, the connection, redirects and the body
CONNECTING = 5.0  # seconds for one of several numbers of a host
MOST_REDIRECTS = 3
PIECE = 65_536  # bytes

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)

Resolve = Callable[[str, int], list[str]]  # a name and a port to IP numbers
Dial = Callable[[str, int, float], socket.socket]  # an IP number, a port and seconds to a connection
Check = Callable[[Address], None]  # raises UnreadableFile for an address that must not be asked


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent."""

    status: int  # any but a redirect
    headers: Mapping[str, str]  # names in lower case
    body: bytes  # unpacked
    address: Address  # the one that redirects led to

    @property
    def media_type(self) -> str:
        """Such as text/html; empty when the server does not say."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """Such as utf-8."""
        found = _CHARSET.search(self.headers.get("content-type", ""))
        return found.group(1).lower() if found else None


def system_resolve(host: str, port: int) -> list[str]:
    """The operating system's answers."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def system_dial(address: str, port: int, seconds: float) -> socket.socket:
    """A TCP connection to a number; names are not resolved here."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect((address, port))
    except OSError:
        connection.close()
        raise
    return connection


class Fetcher:
    """Fetches pages, one at a time. The arguments are for tests; there is no setting that widens what may be asked."""

    def __init__(
        self,
        *,
        allowed: Collection[tuple[str, int]] = (),  # IP numbers and ports besides the public ones
        resolve: Resolve = system_resolve,
        dial: Dial = system_dial,
        tls: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
        pause: float = PAUSE,
    ) -> None:
        self._allowed, self._resolve, self._dial = frozenset(allowed), resolve, dial
        self._tls, self._seconds = tls or ssl.create_default_context(), seconds
        self.pause = pause
        self._agent = f"{AGENT}/{version('madoguchi')}"

    def parse(self, text: str) -> Address:
        """Read an address. Raises UnreadableFile("refused-address")."""
        return parse(text, [port for _, port in self._allowed])

    def get(self, address: Address, headers: Mapping[str, str] | None = None, check: Check | None = None) -> Answer:
        """Ask for a page, following redirects; `check` is asked about every address before it is.

        Raises UnreadableFile: refused-address, unreachable, tls, redirects, too-large, too-slow, damaged, unsupported,
        or what `check` raises.
        """
        left = self._seconds
        for _ in range(MOST_REDIRECTS + 1):
            if check is not None:
                check(address)
            started = time.monotonic()
            answer = self._ask(address, headers or {}, started + left)
            left -= time.monotonic() - started
            if answer.status not in _REDIRECTS:
                return answer
            address = self._redirected(address, answer.headers.get("location", ""))
        raise UnreadableFile(
            "redirects", f"It redirects more than {MOST_REDIRECTS} times. Give the address that it leads to."
        )

    def _redirected(self, address: Address, location: str) -> Address:
        if not location:
            raise UnreadableFile("redirects", "It redirects without saying where to. Try again later.")
        try:
            following = self.parse(urljoin(str(address), location))
        except (UnreadableFile, ValueError) as error:
            raise refused(f"It redirects to an address that is not asked. {error}") from None
        if (address.scheme, following.scheme) == ("https", "http"):
            raise refused("It redirects from https to http, where anybody on the way could change it.")
        return following

    def _ask(self, address: Address, headers: Mapping[str, str], deadline: float) -> Answer:
        connection = _Connection(address, lambda: self._connected(address, deadline), deadline)
        try:
            connection.putrequest("GET", address.target, skip_host=True, skip_accept_encoding=True)
            every = {
                "Host": address.place,
                "User-Agent": self._agent,
                "Accept": "text/html, application/xhtml+xml, application/pdf;q=0.9, */*;q=0.5",
                "Accept-Encoding": "gzip, deflate",
                "Connection": "close",
            }
            for name, value in (every | dict(headers)).items():
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            body = _body(response, told) if response.status == 200 else b""
            return Answer(response.status, told, body, address)
        except TimeoutError:
            raise self._too_slow() from None
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or error.reason or "no agreement"
            raise UnreadableFile("tls", f"Its certificate or encryption is not to be trusted: {reason}.") from None
        except http.client.HTTPException:
            raise UnreadableFile("damaged", "Its server's answer is cut off or not HTTP. Try again later.") from None
        except OSError as error:
            raise _unreachable(address, error.strerror or str(error)) from None
        finally:
            connection.end()

    def _connected(self, address: Address, deadline: float) -> socket.socket:
        """A connection to one of the host's numbers, all of which were checked."""
        numbers = [address.host] if number(address.host) else self._numbers(address, deadline)
        for each in numbers:
            if not is_public(each) and (each, address.port) not in self._allowed:
                raise refused(
                    f"{address.host} is not on the public internet ({each}). Save pages of your own network as files."
                )
        failed: OSError | None = None
        for each in numbers:
            try:
                connection = self._dial(each, address.port, min(CONNECTING, _left(deadline)))
                break
            except OSError as error:
                failed = error
        else:
            _left(deadline)  # where the time is up, that is the reason
            raise _unreachable(address, (failed and failed.strerror) or "no connection")
        if address.scheme == "http":
            return connection
        try:
            connection.settimeout(_left(deadline))
            return self._tls.wrap_socket(connection, server_hostname=address.host)
        except OSError:
            connection.close()
            raise

    def _numbers(self, address: Address, deadline: float) -> list[str]:
        """Resolve, in a thread, since the system's resolver knows no time limit."""
        answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolve(address.host, address.port))
            except (OSError, UnicodeError) as error:
                answers.put(error if isinstance(error, OSError) else OSError(str(error)))

        threading.Thread(target=ask, daemon=True).start()
        try:
            found = answers.get(timeout=_left(deadline))
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(found, OSError) or not found:
            raise UnreadableFile(
                "unreachable", f"There is no host called {address.host}, or its name cannot be looked up just now."
            )
        return found

    def _too_slow(self) -> UnreadableFile:
        return UnreadableFile("too-slow", f"It took more than {self._seconds:g} s. Try again later, or save it.")


class _Connection(http.client.HTTPConnection):
    """An HTTP connection over a socket that we opened."""

    def __init__(self, address: Address, connected: Callable[[], socket.socket], deadline: float) -> None:
        super().__init__(address.host, address.port)
        self._connected, self._deadline = connected, deadline
        self._opened: socket.socket | None = None

    def connect(self) -> None:
        self._opened = self._connected()
        self.sock = _TimedSocket(self._opened, self._deadline)

    def end(self) -> None:
        """Close the socket; `close`, which http.client calls before the body is read, only lets go of it."""
        self.close()
        if self._opened is not None:
            self._opened.close()


class _TimedSocket:
    """What http.client needs of a socket, with one time limit for everything: servers may send a byte at a time."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection, self._deadline = connection, deadline

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(_left(self._deadline))
        self._connection.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._connection, self._deadline))

    def close(self) -> None:
        """Nothing: the body is still to be read."""


class _TimedReader(io.RawIOBase):
    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection, self._deadline = connection, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # narrower than any buffer
        self._connection.settimeout(_left(self._deadline))
        return self._connection.recv_into(buffer)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _body(response: http.client.HTTPResponse, headers: Mapping[str, str]) -> bytes:
    if response.length is not None and response.length > LARGEST:
        raise _too_large()
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "", "gzip", "x-gzip", "deflate"):
        raise UnreadableFile("unsupported", f"It comes packed as {coding[:40]}, which was not asked for.")
    packed = b"".join(_pieces(response))
    if coding in ("identity", ""):
        return packed
    return unpacked(packed, gzipped=coding != "deflate")


def _pieces(response: http.client.HTTPResponse) -> list[bytes]:
    pieces, total = [], 0
    while piece := response.read(PIECE):
        pieces.append(piece)
        total += len(piece)
        if total > LARGEST:
            raise _too_large()
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return pieces


def unpacked(data: bytes, *, gzipped: bool) -> bytes:
    """Unpack, stopping at the limit. Raises UnreadableFile."""
    wrapped = gzipped or (len(data) > 1 and data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0)
    bits = 16 + zlib.MAX_WBITS if gzipped else zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS
    unpacker = zlib.decompressobj(bits)  # "deflate" is meant to be wrapped; some servers send it bare
    try:
        text = unpacker.decompress(data, LARGEST + 1)
    except zlib.error:
        raise UnreadableFile("damaged", "It cannot be unpacked. Try again later.") from None
    if len(text) > LARGEST:
        raise _too_large()
    if not unpacker.eof or unpacker.unused_data:
        raise UnreadableFile("damaged", "It is cut off, or something follows it. Try again later.")
    return text


def _too_large() -> UnreadableFile:
    return UnreadableFile("too-large", f"It has more than {LARGEST // 10**6} MB. Save it as a file, or split it.")


def _unreachable(address: Address, reason: str) -> UnreadableFile:
    return UnreadableFile("unreachable", f"{address.place} does not answer: {reason}. Try again later.")
