# ruff: noqa: E501 a row of odd bytes is read best in one line
"""Clients as strangers bring them: a problem in words or a sensible answer, never a fault of ours, never a hang."""

from __future__ import annotations

import gzip
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest
from fakes import FakeFinder, FakeModel

ASK = {"message": "返品の期限は?"}
BODY = json.dumps(ASK, ensure_ascii=False).encode()
SAY = {"model": "default", "messages": [{"role": "user", "content": "返品の期限は?"}]}
JSON = {"Content-Type": "application/json"}
BOUNDARY = b"--x\r\nContent-Disposition: form-data; name=message\r\n\r\nhello\r\n--x--\r\n"
PATIENCE_S = 20


@pytest.fixture
def client(counter):
    return counter(FakeFinder(), FakeModel("返品は商品の到着から30日以内です[1]。"), max_body_bytes=200_000)


BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "no content type": (BODY, {}),
    "text/plain": (BODY, {"Content-Type": "text/plain"}),
    "an odd content type": (BODY, {"Content-Type": "application/;;;=\"x"}),
    "json with a charset that is none": (BODY, {"Content-Type": "application/json; charset=klingon"}),
    "vendor json": (BODY, {"Content-Type": "application/vnd.api+json"}),
    "a form": (b"message=hello", {"Content-Type": "application/x-www-form-urlencoded"}),
    "parts": (BOUNDARY, {"Content-Type": "multipart/form-data; boundary=x"}),
    "parts without a boundary": (BOUNDARY, {"Content-Type": "multipart/form-data"}),
    "gzip": (gzip.compress(BODY), JSON | {"Content-Encoding": "gzip"}),
    "gzip that is none": (BODY, JSON | {"Content-Encoding": "gzip"}),
    "a packed bomb": (gzip.compress(b" " * 50_000_000), JSON | {"Content-Encoding": "gzip"}),
    "too long": (json.dumps({"message": "x" * 1_000_000}).encode(), JSON),
    "long words": (json.dumps({"message": "x" * 100_000}).encode(), JSON),
    "a long unknown field": (json.dumps(ASK | {"x": "y" * 100_000}).encode(), JSON),
    "deep": (b'{"message": ' + b"[" * 90_000, JSON),
    "deep and closed": (b'{"message": "a", "x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", JSON),
    "deep filters": (b'{"message": "a", "filters": {"product": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}", JSON),
    "duplicate keys": (b'{"message": "a", "message": "b"}', JSON),
    "NaN": (b'{"message": "a", "x": NaN, "y": -Infinity}', JSON),
    "NaN as the message": (b'{"message": NaN}', JSON),
    "a huge number": (b'{"message": "a", "x": ' + b"9" * 10_000 + b"}", JSON),
    "a huge exponent": (b'{"message": "a", "stream": 1e999999}', JSON),
    "UTF-16": (json.dumps(ASK).encode("utf-16"), JSON),
    "UTF-32": (json.dumps(ASK).encode("utf-32"), JSON),
    "Shift_JIS": (json.dumps(ASK, ensure_ascii=False).encode("shift_jis"), JSON | {"Content-Type": "application/json; charset=shift_jis"}),
    "a byte order mark": (b"\xef\xbb\xbf" + BODY, JSON),
    "bytes that are no text": (b'{"message": "\xff\xfe"}', JSON),
    "half a character": (b'{"message": "\\ud83d"}', JSON),
    "half a character elsewhere": (b'{"message": "a", "user": "\\ud83d", "session_id": "\\udc00"}', JSON),
    "half a character as a name": (b'{"message": "a", "\\ud83d": 1}', JSON),
    "half a character in filters": (b'{"message": "a", "filters": {"product": "\\ud83d"}}', JSON),
    "NUL": (b'{"message": "a\\u0000b", "user": "\\u0000"}', JSON),
    "controls": (json.dumps({"message": "\x1b[31m\x07\x08 a"}).encode(), JSON),
    "unseen": (json.dumps({"message": "\u200b\u2060\ufeff"}).encode(), JSON),
    "empty words": (b'{"message": ""}', JSON),
    "nothing": (b"", JSON),
    "null": (b"null", JSON),
    "a list": (b'["message"]', JSON),
    "a word": (b'"message"', JSON),
    "cut": (BODY[:-3], JSON),
    "two": (BODY + BODY, JSON),
    "single quotes": (b"{'message': 'a'}", JSON),
    "a comment": (b'{"message": "a" /* hm */}', JSON),
    "a list of messages": (b'{"message": ["a"]}', JSON),
    "a number": (b'{"message": 5}', JSON),
    "odd fields": (json.dumps(ASK | {"lang": 5, "model": [], "filters": "x", "stream": "perhaps"}).encode(), JSON),
    "odd languages": (json.dumps(ASK | {"lang": "ja-JP"}).encode(), JSON),
    "a session that climbs": (json.dumps(ASK | {"session_id": "../../etc/passwd"}).encode(), JSON),
    "a session of a thousand": (json.dumps(ASK | {"session_id": "a" * 1000}).encode(), JSON),
    "a session with a star": (json.dumps(ASK | {"session_id": "*"}).encode(), JSON),
    "a session of Redis": (json.dumps(ASK | {"session_id": "a\r\nFLUSHALL\r\n"}).encode(), JSON),
    "a session that is a number": (json.dumps(ASK | {"session_id": 7}).encode(), JSON),
    "a session in Japanese": (json.dumps(ASK | {"session_id": "会話１"}).encode(), JSON),
    "a session of nothing": (json.dumps(ASK | {"session_id": ""}).encode(), JSON),
    "odd filters": (json.dumps(ASK | {"filters": {"on": "yesterday", "evil": {"$gt": ""}}}).encode(), JSON),
    "any accept": (BODY, JSON | {"Accept": "image/avif;q=0.1, */*;q=0"}),
    "accept a stream": (BODY, JSON | {"Accept": "text/event-stream"}),
    "accept rubbish": (BODY, JSON | {"Accept": ";;;,,,///"}),
    "a long key": (BODY, JSON | {"Idempotency-Key": "k" * 10_000}),
    "an odd key": (BODY, JSON | {"Idempotency-Key": "a b\tc"}),
    "an empty key": (BODY, JSON | {"Idempotency-Key": ""}),
    "an odd bearer": (BODY, JSON | {"Authorization": "Bearer"}),
    "a basic bearer": (BODY, JSON | {"Authorization": "Basic dXNlcjpwYXNz"}),
    "an odd origin": (BODY, JSON | {"Origin": "null"}),
    "an odd address": (BODY, JSON | {"X-Forwarded-For": "unknown, ::ffff:1.2.3.4%eth0, '; DROP"}),
    "an odd request id": (BODY, JSON | {"X-Request-Id": "a" * 5000}),
}  # fmt: skip


def fine(answer: httpx.Response, shape: str = "problem") -> None:
    """An answer, or a clear problem."""
    assert answer.status_code < 500, answer.text
    assert answer.headers["x-request-id"]
    assert len(answer.headers["x-request-id"]) < 300
    assert "Traceback" not in answer.text
    if answer.status_code < 400:
        return
    if shape == "openai":
        assert answer.json()["error"]["message"]
        return
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert {"type", "title", "status"} <= answer.json().keys()
    assert answer.json()["status"] == answer.status_code


def test_an_odd_question_is_answered_or_told(client):
    for name in BODIES:
        print(name)  # which one it was, where one fails
        body, headers = BODIES[name]
        for path, shape in (("/api/chat", "problem"), ("/v1/chat/completions", "openai"), ("/api/suggest", "problem"),
                            ("/api/search", "problem"), ("/api/feedback", "problem"), ("/api/handoff", "problem")):  # fmt: skip
            began = time.monotonic()
            fine(client.post(path, content=body, headers=headers), shape)
            assert time.monotonic() - began < PATIENCE_S
        assert client.post("/api/chat", json=ASK).json()["outcome"] == "answered"


OPTIONS = {
    "tools": {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}], "tool_choice": "required"},
    "functions": {"functions": [{"name": "f"}], "function_call": "auto"},
    "three": {"n": 3},
    "none": {"n": 0},
    "logprobs": {"logprobs": True, "top_logprobs": 5},
    "stop": {"stop": ["。"], "seed": 1, "temperature": 5, "top_p": -1, "max_tokens": 0},
    "a schema": {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}},
    "audio": {"modalities": ["audio"], "audio": {"voice": "alloy", "format": "wav"}},
    "bias": {"logit_bias": {"50256": -100}},
    "stream options alone": {"stream_options": {"include_usage": True}},
    "odd stream options": {"stream": True, "stream_options": None},
    "odd stream": {"stream": None},
    "store": {"store": True, "metadata": {"a": "b"}, "service_tier": "flex", "reasoning_effort": "high"},
    "no messages": {"messages": []},
    "null messages": {"messages": None},
    "a picture": {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x"}}]}]},
    "a picture and words": {"messages": [{"role": "user", "content": [
        {"type": "text", "text": "返品の期限は?"}, {"type": "image_url", "image_url": {"url": "https://a.example"}}]}]},
    "a file": {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "x"}}]}]},
    "tool messages": {"messages": [
        {"role": "user", "content": "返品の期限は?"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function", "function": {}}]},
        {"role": "tool", "tool_call_id": "c", "content": "30"}]},
    "developer": {"messages": [{"role": "developer", "content": "x"}, {"role": "user", "content": "返品の期限は?"}]},
    "an unknown role": {"messages": [{"role": "wizard", "content": "x"}, {"role": "user", "content": "返品は?"}]},
    "assistant last": {"messages": [{"role": "user", "content": "返品は?"}, {"role": "assistant", "content": "返品は"}]},
    "null content": {"messages": [{"role": "user", "content": None}]},
    "names": {"messages": [{"role": "user", "name": "<b>", "content": "返品の期限は?"}]},
    "ten thousand": {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}] * 1500
                     + [{"role": "user", "content": "返品の期限は?"}]},
    "no model": {"model": None},
    "an odd model": {"model": "../../x\u0000"},
    "a model that is a number": {"model": 4},
}  # fmt: skip


def test_options_that_nobody_knows_do_no_harm(client):
    for name in OPTIONS:
        print(name)  # which one it was, where one fails
        for stream in (False, True):
            answer = client.post("/v1/chat/completions", json=SAY | {"stream": stream} | OPTIONS[name])
            fine(answer, "openai")
            if answer.status_code == 200 and answer.headers["content-type"].startswith("application/json"):
                assert answer.json()["choices"][0]["message"]["content"]
            elif answer.status_code == 200:
                assert answer.text.rstrip().endswith("data: [DONE]")


PATHS = ["/api/chat/", "/api/chat/x/stream", "/api/sessions/%00", "/api/sessions/..%2f..%2fetc", "/api/sessions/*/export",
         "/api/sessions/" + "a" * 5000, "/api/jobs/%F0%9F", "/widget.js%00", "/static/../../etc/passwd", "/%2e%2e/%2e%2e/x",
         "/api/documents/%0d%0aSet-Cookie:%20a=b", "//api//chat", "/api/chat?stream=%FF", "/v1/models/gpt-4o",
         "/v1/embeddings", "/v1/responses", "/v1/completions", "/.env", "/.git/config", "/demo?x=<script>"]  # fmt: skip


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "POST", "TRACE", "PROPFIND", "BREW"]
)
def test_odd_methods_and_paths_are_told(client, method):
    for path in ["/api/chat", "/v1/chat/completions", "/healthz", "/widget.js", *PATHS]:
        answer = client.request(method, path)
        assert answer.status_code < 500, (path, answer.text)
        assert "Traceback" not in answer.text
        assert "a=b" not in answer.headers.get("set-cookie", "")
        assert "root:x:" not in answer.text


def test_a_preflight_of_a_stranger_opens_nothing(client):
    for origin in (
        "https://evil.example",
        "null",
        "http://127.0.0.1.evil.example",
        "file://",
        "https://a\u00e9.example",
    ):
        headers = {
            "Origin": origin.encode(),
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x",
        }
        for path in ("/api/chat", "/v1/chat/completions", "/api/widget/session", "/api/sessions/s1"):
            answer = client.request("OPTIONS", path, headers=headers)
            assert answer.status_code < 500
            told = "*" if path == "/api/widget/session" else None  # any page may read that it is refused there
            assert answer.headers.get("access-control-allow-origin") == told
            assert "access-control-allow-credentials" not in answer.headers


def test_a_key_that_is_used_again_with_other_words_is_told(client):
    headers = {"Idempotency-Key": "k1"}
    body = ASK | {"session_id": "s-key"}
    first = client.post("/api/chat", json=body, headers=headers)
    again = client.post("/api/chat", json=body, headers=headers)
    assert again.json()["message_id"] == first.json()["message_id"]
    for other in (body | {"message": "別の質問です"}, body | {"stream": True}, body | {"lang": "en"}, ASK):
        fine(client.post("/api/chat", json=other, headers=headers))
    assert len(client.get("/api/sessions/s-key").json()["turns"]) <= 3


def test_a_stream_is_gone_on_with_from_odd_places(client):
    message = client.post("/api/chat", json=ASK | {"session_id": "s-on"}).json()["message_id"]
    for last in (
        "",
        "x",
        f"{message}:-5",
        f"{message}:99999999999999999999",
        f"{message}:1e3",
        "other:1",
        "\x01",
        "9" * 9000,
    ):
        for path in (f"/api/chat/{message}/events", f"/api/chat/{message}/stream", f"/api/chat/{message}"):
            answer = client.get(path, headers={"Last-Event-ID": last.encode()}, params={"session_id": "s-on"})
            assert answer.status_code < 500, (path, last, answer.text)


def raw(client: httpx.Client, *parts: bytes | float, close_write: bool = False, wait_s: float = PATIENCE_S) -> bytes:
    """What comes back for these bytes, until the server hangs up or the time is over."""
    address = urlsplit(str(client.base_url))
    with socket.create_connection((address.hostname, address.port), timeout=wait_s) as line:
        for part in parts:
            if isinstance(part, float):
                time.sleep(part)
            else:
                line.sendall(part)
        if close_write:
            line.shutdown(socket.SHUT_WR)
        got = b""
        try:
            while more := line.recv(65536):
                got += more
        except TimeoutError:
            got += b"(hangs)"
        except ConnectionResetError:
            got += b"(reset)"
        return got


HEAD = b"POST /api/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
RAW = {
    "HTTP/1.0": ([HEAD.replace(b"1.1", b"1.0") + LENGTH + b"\r\n" + BODY], b"answered"),
    "HTTP/1.0 as a stream": ([HEAD.replace(b"1.1", b"1.0") + b"Content-Length: 29\r\n\r\n" + b'{"message":"a","stream":true}'], b"event: done"),
    "no host": ([HEAD.replace(b"Host: 127.0.0.1\r\n", b"") + LENGTH + b"\r\n" + BODY], b"HTTP/1.1 "),
    "two hosts": ([HEAD + b"Host: y\r\n" + LENGTH + b"\r\n" + BODY], b"HTTP/1.1 "),
    "chunked": ([HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"], b"answered"),
    "chunked, a byte each": (
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"], b"answered"
    ),
    "chunked and endless": ([HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"ffff\r\n" + b"x" * 65535 + b"\r\n", *[b"ffff\r\n" + b"x" * 65535 + b"\r\n"] * 4], b" 413 "),
    "a chunk too much, and no more": ([HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % 200_001 + b"x" * 200_001], b" 413 "),
    "a chunk size that is none": ([HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"], b" 400 "),
    "a length and chunks": ([HEAD + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + BODY], b" 4"),
    "a negative length": ([HEAD + b"Content-Length: -5\r\n\r\n" + BODY], b" 400 "),
    "a length that is none": ([HEAD + b"Content-Length: many\r\n\r\n" + BODY], b" 400 "),
    "a length too great": ([HEAD + b"Content-Length: 99999999999\r\n\r\n" + BODY], b" 413 "),
    "expects a word first": ([HEAD + LENGTH + b"Expect: 100-continue\r\n\r\n", 0.2, BODY], b"answered"),
    "a body in drops": ([HEAD + LENGTH + b"\r\n", *[part for byte in BODY for part in (bytes([byte]), 0.005)]], b"answered"),
    "no HTTP": ([b"SSH-2.0-OpenSSH\r\n\r\n"], b" 400 "),
    "TLS at a plain door": ([b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 60 + b"\r\n\r\n"], b" 400 "),
    "a long line": ([b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"], b"HTTP/1.1 4"),
    "a long header": ([HEAD + b"X: " + b"a" * 300_000 + b"\r\n\r\n"], b"HTTP/1.1 4"),
}  # fmt: skip


def test_bytes_of_an_odd_client_are_answered(client):
    for name in RAW:
        print(name)  # which one it was, where one fails
        parts, told = RAW[name]
        try:
            got = raw(client, *parts)
        except (BrokenPipeError, ConnectionResetError):
            got = b"(reset)"
        assert b" 500 " not in got
        assert told in got or got == b"(reset)", got[:300]


def test_who_hangs_up_half_way_is_answered_or_let_go(client):
    assert b"(hangs)" not in raw(client, HEAD + LENGTH + b"\r\n" + BODY, close_write=True)
    assert b"(hangs)" not in raw(client, HEAD + LENGTH + b"\r\n" + BODY[:5], close_write=True)
    assert client.post("/api/chat", json=ASK).status_code == 200


AGAIN: dict[str, tuple[str, bytes | dict[str, object], dict[str, str]]] = {
    "brotli": ("/api/chat", BODY, JSON | {"Content-Encoding": "br"}),
    "a chain of encodings": ("/api/chat", BODY, JSON | {"Content-Encoding": "gzip, identity, x"}),
    "a trailing comma": ("/api/chat", b'{"message": "a",}', JSON),
    "UTF-7": ("/api/chat", b"+AHsAIg-message", JSON | {"Content-Type": "application/json; charset=utf-7"}),
    "a range": ("/api/chat", BODY, JSON | {"Range": "bytes=0-1", "If-None-Match": "*", "If-Modified-Since": "x"}),
    "no encoding at all": ("/api/chat", BODY, JSON | {"Accept-Encoding": "*;q=0", "Accept-Language": "\\x"}),
    "a hundred headers": ("/api/chat", BODY, JSON | {f"X-{n}": "y" for n in range(90)}),
    "a big cookie": ("/api/chat", BODY, JSON | {"Cookie": "a=" + "b" * 30_000}),
    "a websocket": ("/api/chat", BODY, JSON | {"Connection": "Upgrade", "Upgrade": "websocket"}),
    "a clear-text HTTP/2": ("/api/chat", BODY, JSON | {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"}),
    "ten thousand products": ("/api/chat", ASK | {"filters": {"product": [str(n) for n in range(10_000)]}}, {}),
    "nested filters": ("/api/chat", ASK | {"filters": {"product": {"a": [[]]}, "on": 5, "lang": [None, True]}}, {}),
    "a huge limit": ("/api/search", {"query": "a", "limit": 10**18}, {}),
    "a negative limit": ("/api/search", {"query": "a", "limit": -1}, {}),
    "half a limit": ("/api/search", {"query": "a", "limit": 1.5}, {}),
    "a long opinion": ("/api/feedback", {"session_id": "s", "message_id": "m", "rating": "up", "comment": "x" * 150_000}, {}),
    "an opinion with markup": ("/api/feedback", {"session_id": "s", "message_id": "<b>", "rating": "down"}, {}),
    "an address with a line": ("/api/handoff", {"session_id": "s1", "contact": {"email": "a@b.example\r\nBcc: c@d.example"}}, {}),
    "a telephone with words": ("/api/handoff", {"session_id": "s1", "contact": {"phone": "javascript:alert(1)"}}, {}),
    "many messages": ("/api/suggest", {"messages": [{"role": "customer", "text": "a"}] * 500}, {}),
    "no customer": ("/api/suggest", {"messages": [{"role": "agent", "text": "a"}]}, {}),
    "ten thousand parts": ("/v1/chat/completions", SAY | {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}] * 2_000}]}, {}),
    "options as words": ("/v1/chat/completions", SAY | {"stream_options": "x"}, {}),
    "no as a word": ("/v1/chat/completions", SAY | {"stream": "false"}, {}),
    "content as an object": ("/v1/chat/completions", SAY | {"messages": [{"role": "user", "content": {"text": "a"}}]}, {}),
    "half a character in a part": ("/v1/chat/completions", b'{"model":"x","messages":[{"role":"user","content":[{"type":"text","text":"\\ud83d"}]}]}', JSON),
    "a key as a session": ("/api/widget/session", {"site_key": "pk_\u0000", "session_id": "../x"}, {}),
    "a site without an origin": ("/api/widget/session", {"site_key": "pk_x"}, {"Origin": "https://evil.example"}),
}  # fmt: skip


def test_a_second_set_of_odd_questions(client):
    for name in AGAIN:
        print(name)  # which one it was, where one fails
        path, body, headers = AGAIN[name]
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        began = time.monotonic()
        fine(
            client.post(path, content=content, headers=JSON | headers),
            "openai" if path.startswith("/v1") else "problem",
        )
        assert time.monotonic() - began < PATIENCE_S
        assert client.post("/api/chat", json=ASK).json()["outcome"] == "answered"


RAW_AGAIN = {
    "two at once": [(HEAD.replace(b"Connection: close\r\n", b"") + LENGTH + b"\r\n" + BODY) + HEAD + LENGTH + b"\r\n" + BODY],
    "a small method": [HEAD.replace(b"POST", b"post") + LENGTH + b"\r\n" + BODY],
    "a whole address": [HEAD.replace(b"/api/chat", b"http://127.0.0.1/api/chat") + LENGTH + b"\r\n" + BODY],
    "an address without a slash": [HEAD.replace(b"/api/chat", b"api/chat") + LENGTH + b"\r\n" + BODY],
    "a star": [HEAD.replace(b"POST /api/chat", b"OPTIONS *") + b"\r\n"],
    "a tunnel": [HEAD.replace(b"POST /api/chat", b"CONNECT evil.example:443") + b"\r\n"],
    "folded headers": [HEAD + b"X-A: b\r\n c\r\n" + LENGTH + b"\r\n" + BODY],
    "a space before the colon": [HEAD + b"Content-Length : 3\r\n\r\n{}\r\n"],
    "two lengths": [HEAD + LENGTH + b"Content-Length: 3\r\n\r\n" + BODY],
    "a plus": [HEAD + b"Content-Length: +34\r\n\r\n" + BODY],
    "chunked twice": [HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"],
    "gzip and chunked": [HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"],
    "lines of LF": [(HEAD + LENGTH + b"\r\n").replace(b"\r\n", b"\n") + BODY],
    "NUL in a header": [HEAD + b"X-A: a\0b\r\n" + LENGTH + b"\r\n" + BODY],
    "bytes in a header": [HEAD + b"X-Request-Id: \xff\xfe\r\nIdempotency-Key: \xe8\xbf\x94\r\n" + LENGTH + b"\r\n" + BODY],
    "bytes in the path": [HEAD.replace(b"/api/chat", b"/api/\xff\xfe") + LENGTH + b"\r\n" + BODY],
}  # fmt: skip


def test_a_second_set_of_odd_bytes(client):
    for name in RAW_AGAIN:
        print(name)  # which one it was, where one fails
        got = raw(client, *RAW_AGAIN[name])
        assert b"(hangs)" not in got
        assert b"HTTP/1.1 5" not in got, got[:300]
        assert client.post("/api/chat", json=ASK).status_code == 200


def test_the_same_key_many_times_at_once_is_one_question(client):
    headers, body = {"Idempotency-Key": "k-many"}, ASK | {"session_id": "s-many"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post("/api/chat", json=body, headers=headers), range(8)))
    for answer in answers:
        fine(answer)
    assert len({answer.json()["message_id"] for answer in answers if answer.status_code == 200}) == 1
    assert len(client.get("/api/sessions/s-many").json()["turns"]) == 1
