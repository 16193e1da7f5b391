"""Receivers of handoffs that behave badly: they hold up nobody, and customers' words go nowhere else."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from certificates import self_signed
from pydantic import SecretStr
from raw_upstream import whole_request
from structlog.testing import capture_logs
from waiting import soon

from service.memory.sessions import new_session_id

SECRET = "a-secret-of-sixteen"
WORDS = "パスワードは himitsu-1234 です"
Behaviour = Callable[[socket.socket], None]


class Receiver:
    """Takes connections and does with each what it was told to; remembers what was sent."""

    def __init__(self, behave: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self._behave, self._tls = behave, tls
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http{'s' if tls else ''}://localhost:{self._listener.getsockname()[1]}/hook"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._take, args=(line,), daemon=True).start()

    def _take(self, plain: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            plain,
            self._tls.wrap_socket(plain, server_side=True) if self._tls else plain as line,
        ):
            line.settimeout(60)
            self.requests.append(whole_request(line))
            self._behave(line)

    def close(self) -> None:
        self._listener.close()


def says(*parts: bytes, pause_s: float = 0.0) -> Behaviour:
    def behave(line: socket.socket) -> None:
        for part in parts:
            line.sendall(part)
            time.sleep(pause_s)

    return behave


def drops(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        line.sendall(b"a")
        time.sleep(0.05)


def hangs(line: socket.socket) -> None:
    with contextlib.suppress(TimeoutError):
        while line.recv(65536):
            pass


@pytest.fixture
def receiver() -> Iterator[Callable[..., Receiver]]:
    with contextlib.ExitStack() as stack:

        def begin(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Receiver:
            made = Receiver(behave, tls)
            stack.callback(made.close)
            return made

        yield begin


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, nobody_waits: None) -> None:
    monkeypatch.setattr("service.memory.webhook.POLL_S", 0.05)
    monkeypatch.setattr("service.memory.webhook.SOONEST_S", 0.1)
    monkeypatch.setattr("service.memory.webhook.TIMEOUT_S", 1.0)


def handed_over(client, session: str) -> None:
    client.post("/api/chat", json={"message": WORDS, "session_id": session})
    contact = {"name": "花子", "email": "hanako@example.jp"}
    made = client.post("/api/handoff", json={"session_id": session, "contact": contact, "message": WORDS})
    assert made.status_code == 201


def tries(logged: list[dict], number: int, within_s: float = 20.0) -> list[str]:
    def told() -> list[str]:
        return [str(each["error"]) for each in logged if each["event"] == "handoff webhook"]

    soon(lambda: len(told()) >= number, within_s)
    return told()


@pytest.mark.parametrize(
    ("behave", "told"),
    [
        (says(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"), "status 500"),
        (says(b"HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), "status 301"),
        (says(b"no HTTP at all\r\n\r\n"), "ClientResponseError"),
        (says(b""), "ServerDisconnectedError"),
        (drops, "TimeoutError"),
        (hangs, "TimeoutError"),
        (says(b"HTTP/1.1 503 x\r\nContent-Length: 10000000\r\n\r\n", *[b"x" * 100_000] * 100), "status 503"),
        (says(b"HTTP/1.1 503 x\r\n", *[b"X-A: " + b"x" * 60_000 + b"\r\n"] * 100), "ClientResponseError"),
    ],
    ids=["500", "moved", "no HTTP", "hangs up", "drops", "hangs", "ten megabytes", "endless head"],
)
def test_it_is_tried_again_and_again_kept_and_told_without_a_word_of_the_customers(
    counter, receiver, behave: Behaviour, told: str
) -> None:
    bad, session = receiver(behave), new_session_id()
    client = counter(handoff_webhook=bad.url, handoff_secret=SecretStr(SECRET))
    with capture_logs() as logged:
        handed_over(client, session)
        errors = tries(logged, 3)
    assert len(errors) >= 3
    assert all(told in error or error == "LineTooLong" for error in errors), errors
    assert "himitsu" not in json.dumps(logged, default=str)
    assert "hanako" not in json.dumps(logged, default=str)
    listed = client.get("/api/handoffs").json()["handoffs"]
    assert any(one["session_id"] == session for one in listed), "what was not told can be fetched"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_nowhere(counter, receiver, status: int) -> None:
    inside = receiver(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    head = b"HTTP/1.1 %d x\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, inside.url.encode())
    bad = receiver(says(head))
    client = counter(handoff_webhook=bad.url, handoff_secret=SecretStr(SECRET))
    with capture_logs() as logged:
        handed_over(client, new_session_id())
        assert set(tries(logged, 3)) == {f"status {status}"}
    assert inside.requests == [], "neither the words nor the signature"


def test_a_receiver_that_hangs_holds_up_no_answer(counter, receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.memory.webhook.TIMEOUT_S", 60.0)
    client = counter(handoff_webhook=receiver(hangs).url)
    for _ in range(40):  # more than a pool of threads has
        handed_over(client, new_session_id())
    began = time.monotonic()
    assert client.post("/api/chat", json={"message": "返品の期限は?"}).json()["outcome"] == "answered"
    assert time.monotonic() - began < 30


def test_a_certificate_that_nobody_vouches_for_gets_no_word(counter, receiver, tmp_path) -> None:
    bad = receiver(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), self_signed(tmp_path))
    client = counter(handoff_webhook=bad.url, handoff_secret=SecretStr(SECRET))
    with capture_logs() as logged:
        handed_over(client, new_session_id())
        errors = tries(logged, 3)
    assert set(errors) == {"ClientConnectorCertificateError"}, "in a word that says what to look at"
    assert bad.requests == []


def test_each_try_has_the_same_id_and_its_own_time(counter, receiver) -> None:
    bad = receiver(says(b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"))
    client = counter(handoff_webhook=bad.url, handoff_secret=SecretStr(SECRET))
    with capture_logs() as logged:
        handed_over(client, new_session_id())
        tries(logged, 3)
    ids = {head for sent in bad.requests for head in sent.lower().split(b"\r\n") if head.startswith(b"webhook-id:")}
    assert len(bad.requests) >= 3
    assert len(ids) == 1
