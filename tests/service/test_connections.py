"""Strangers who take a connection and give nothing back: they are shown out, and customers are served meanwhile."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from test_serving import Served

from service.http import connections

PATIENCE_S = 5.0
POST = b"POST /api/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
ASK = {"message": "返品の期限は?"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HEAD_S": 0.4, "GRACE_S": 0.4, "DEAF_S": 0.4, "LOOK_S": 0.1}.items():
        monkeypatch.setattr(connections, name, value)


@contextlib.contextmanager
def line(client: httpx.Client) -> Iterator[socket.socket]:
    address = urlsplit(str(client.base_url))
    with socket.create_connection((address.hostname, address.port), timeout=0.05) as opened:
        yield opened


def trickled(opened: socket.socket, drop: bytes, wait_s: float = PATIENCE_S) -> bytes:
    """What comes back while drops are sent, until the server hangs up."""
    got, until = b"", time.monotonic() + wait_s
    while time.monotonic() < until:
        try:
            opened.sendall(drop)
            more = opened.recv(4096)
        except TimeoutError:
            continue
        except OSError:
            return got
        if not more:
            return got
        got += more
    return got + b"(still open)"


@pytest.mark.parametrize(
    ("first", "drop", "told"),
    [
        (b"", b"", b""),
        (b"", b"\r\n", b""),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ", b"a", b" 408 "),
        (POST + b"Content-Length: 100000\r\n\r\n{", b"a", b" 408 "),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", b" 408 "),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1;x=", b"a", b" 408 "),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"\r\n", b" 200 "),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /healthz HTTP/1.1\r\nX: ", b"a", b" 200 "),
    ],
    ids=["silence", "line ends", "a head", "a body", "chunks", "a chunk's head", "line ends after", "a second head"],
)
def test_what_comes_in_drops_is_not_waited_for(counter, first: bytes, drop: bytes, told: bytes) -> None:
    client = counter()
    with line(client) as opened:
        opened.sendall(first)
        got = trickled(opened, drop)
    assert b"(still open)" not in got
    assert told in got
    assert client.post("/api/chat", json=ASK).json()["outcome"] == "answered"


def test_a_body_that_comes_in_good_time_is_taken(counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SLOWEST", 10)
    body = b'{"message": "' + b"a" * 40 + b'"}'
    with line(counter()) as opened:
        opened.settimeout(PATIENCE_S)
        opened.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body))
        for byte in body:
            opened.sendall(bytes([byte]))
            time.sleep(0.02)  # more than GRACE_S together
        assert b" 200 OK" in opened.recv(4096)


def test_header_fields_without_an_end_are_not_kept(counter) -> None:
    with line(counter()) as opened:
        opened.settimeout(PATIENCE_S)
        opened.sendall(b"GET /healthz HTTP/1.1\r\n")
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 50_000_000:
                opened.sendall(b"X-%d: %s\r\n" % (sent, b"a" * 10_000))
                sent += 10_000
    assert sent < 10_000_000, "what the system's own buffers take, and no more"


def test_who_reads_nothing_of_what_is_sent_is_let_go(counter) -> None:
    client = counter()
    size = len(client.get("/openapi.json").content)
    with line(client) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        many = b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * (20_000_000 // size)
        opened.settimeout(PATIENCE_S)
        with contextlib.suppress(OSError):
            opened.sendall(many)
        time.sleep(2)
        try:
            while opened.recv(1_000_000):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            pytest.fail("it was kept")
    assert client.get("/healthz").status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files in /proc")
def test_more_connections_than_files_are_usually_allowed_leave_room_for_customers(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4_000:
        pytest.skip("this system allows too few")
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        served = Served(tmp_path / "data")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_000), hard))
    try:
        with served, contextlib.ExitStack() as idle:
            for _ in range(600):
                idle.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=5))
            assert served.client.get("/healthz").status_code == 200
            limits = Path(f"/proc/{served.process.pid}/limits").read_text()
            assert next(text for text in limits.splitlines() if "open files" in text).split()[3] != "256"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
