"""Bad input gets a clear problem document: a stable type, plain words, nothing from inside, no customer's words."""

from __future__ import annotations

import gzip

import pytest
from fakes import FakeFinder
from structlog.testing import capture_logs

from knowledge.errors import EmbeddingUnavailable
from service.http import problems

JSON = {"Content-Type": "application/json"}
URN = "urn:madoguchi:problem:"


def chunks():
    for _ in range(3):
        yield b'{"message": "' + b"a" * 600_000


BAD = {
    "no body": ({"content": b"", "headers": JSON}, 422, "invalid-request"),
    "not JSON": ({"content": b"{message: hello}", "headers": JSON}, 400, "bad-request"),
    "broken UTF-8": ({"content": b'{"message": "\xff\xfe"}', "headers": JSON}, 400, "bad-request"),
    "half a character": ({"content": b'{"message": "\\ud83d"}', "headers": JSON}, 422, "invalid-request"),
    "brackets without end": ({"content": b"[" * 200_000, "headers": JSON}, 400, "bad-request"),
    "a list": ({"json": ["hello"]}, 422, "invalid-request"),
    "no message": ({"json": {}}, 422, "invalid-request"),
    "empty message": ({"json": {"message": ""}}, 422, "invalid-request"),
    "blank message": ({"json": {"message": " \u3000\n\u200b"}}, 422, "invalid-request"),
    "a number for a message": ({"json": {"message": 5}}, 422, "invalid-request"),
    "long message": ({"json": {"message": "a" * 4001}}, 422, "message-too-long"),
    "1 MB": ({"json": {"message": "a" * 1_000_001}}, 413, "body-too-large"),
    "1 MB in chunks": ({"content": chunks(), "headers": JSON}, 413, "body-too-large"),
    "session id with a colon": ({"json": {"message": "hi", "session_id": "a:b"}}, 422, "invalid-request"),
    "session id with a line break": ({"json": {"message": "hi", "session_id": "a\n"}}, 422, "invalid-request"),
    "long session id": ({"json": {"message": "hi", "session_id": "a" * 65}}, 422, "invalid-request"),
    "unknown model": ({"json": {"message": "hi", "model": "gpt-9"}}, 404, "unknown-model"),
    "a filter": ({"json": {"message": "hi", "filters": {"price": 5}}}, 422, "invalid-request"),
    "a form": ({"data": {"message": "hi"}}, 415, "unsupported-media-type"),
    "plain text": ({"content": b'{"message": "hi"}', "headers": {"Content-Type": "text/plain"}}, 415, None),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_questions_are_told_what_is_wrong(counter, name):
    request, status, kind = BAD[name]
    response = counter().post("/api/chat", **request)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["title"]
    if kind:
        assert problem["type"] == URN + kind
    assert problem["instance"].endswith(response.headers["x-request-id"])
    assert "aaaa" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/api/chat", 405, "method-not-allowed"),
        ("GET", "/api/sessions/unknown", 404, "unknown-session"),
        ("DELETE", "/api/sessions/unknown", 404, "unknown-session"),
        ("GET", "/api/sessions/unknown/export", 404, "unknown-session"),
        ("GET", "/api/sessions/a%3Ab", 404, "unknown-session"),
        ("DELETE", "/api/sessions/%E3%81%82", 404, "unknown-session"),
        ("GET", "/api/documents/faq.csv", 404, "unknown-document"),
        ("DELETE", "/api/documents/faq.csv", 404, "unknown-document"),
        ("GET", "/api/jobs/a%20b", 404, "unknown-job"),
        ("GET", "/api/chat/a%3Ab/events", 404, "unknown-message"),
        ("GET", "/static/../app.py", 404, "not-found"),
    ],
)
def test_wrong_addresses_are_problems_too(counter, method, path, status, kind):
    response = counter().request(method, path)
    assert (response.status_code, response.json()["type"]) == (status, URN + kind)


def test_a_packed_body_is_told_that_it_is_not_taken(counter):
    packed = {"content": gzip.compress(b'{"message": "hi"}'), "headers": {**JSON, "Content-Encoding": "gzip"}}
    response = counter().post("/api/chat", **packed)
    assert (response.status_code, response.json()["type"]) == (415, URN + "unsupported-media-type")
    assert "Content-Encoding" in response.json()["detail"]


def test_a_fault_of_ours_tells_nothing_from_inside(counter):
    finder = FakeFinder()
    finder.trouble = ZeroDivisionError("secret detail")
    with capture_logs() as logged:
        response = counter(finder).post("/api/chat", json={"message": "What does it cost?"})
    assert (response.status_code, response.json()["type"]) == (500, URN + "internal")
    assert "secret" not in response.text
    assert response.headers["x-request-id"] in response.json()["instance"]
    (fault,) = (each for each in logged if each["event"] == "fault")
    assert (fault["error"], fault["request_id"]) == ("ZeroDivisionError", response.headers["x-request-id"])


def test_under_v1_errors_have_the_shape_that_openais_clients_read(counter):
    error = counter().post("/v1/chat/completions", json={"model": "default", "messages": []}).json()["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", "messages")
    assert counter().get("/v1/nowhere").json()["error"]["type"] == "not_found_error"


def test_a_request_id_is_taken_over_when_it_is_harmless(counter):
    client = counter()
    assert client.get("/healthz", headers={"X-Request-Id": "ticket-7"}).headers["x-request-id"] == "ticket-7"
    assert client.get("/healthz", headers={"X-Request-Id": "<b>" * 99}).headers["x-request-id"] != "<b>" * 99


def test_no_two_kinds_share_a_name():
    names = [kind.name for kind in problems.KINDS]
    assert len(names) == len(set(names)) > 15


def test_customers_words_are_not_logged(counter, capsys):
    client = counter()
    client.post("/api/chat", json={"message": "私の電話番号は090-1234-5678です"})
    client.post("/api/chat", json={"message": "私の電話番号は090-1234-5678です", "session_id": "a:090-1234-5678"})
    client.get("/api/sessions/customer-090-1234-5678")
    logged = "".join(capsys.readouterr())
    assert "/api/chat" in logged
    assert "1234" not in logged
    assert "電話" not in logged


@pytest.mark.parametrize("body", [{"message": "返品は?"}, {"message": "返品は?", "stream": True}, {"query": "返品"}])
def test_a_server_of_vectors_that_is_away_is_no_language_model_that_broke_off(counter, body):
    finder = FakeFinder()
    finder.trouble = EmbeddingUnavailable("the server of vectors is away")
    answer = counter(finder).post("/api/search" if "query" in body else "/api/chat", json=body)
    assert (answer.status_code, answer.json()["type"]) == (503, f"{URN}search-unavailable")
    assert "vectors" not in answer.text
