"""Health checks and the description of the API."""

from __future__ import annotations

import re

import pytest
from fakes import FakeFinder

from knowledge.errors import NoKnowledge


def test_a_sound_counter_is_alive_and_ready(counter):
    client = counter()
    assert client.get("/healthz").json() == {"status": "alive"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["parts"] == {name: {"ready": True, "reason": None} for name in ("knowledge", "redis", "model")}


def test_a_counter_without_knowledge_is_alive_but_not_ready_and_says_why(counter):
    finder = FakeFinder()
    finder.trouble = NoKnowledge("Nothing has been ingested yet.")
    client = counter(finder)
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["parts"]["knowledge"] == {"ready": False, "reason": "Nothing has been ingested yet."}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/demo", "/widget.js", "/v1/models", "/nowhere"])
def test_whatever_can_be_got_has_a_head(counter, path):
    client = counter()
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.headers["x-request-id"]


def test_there_is_no_head_of_what_cannot_be_got(counter):
    assert counter().head("/api/chat").status_code == 405


def test_counts_tell_how_old_the_index_is_and_what_waits(counter):
    page = counter().get("/metrics").text
    assert "\nmadoguchi_generation_committed_timestamp_seconds 1.7775936e+09\n" in page
    for name in ("jobs_waiting", "jobs_oldest_seconds", "workers"):  # other tests leave some on the same server
        assert re.search(rf"^madoguchi_{name} [0-9.]+$", page, re.MULTILINE)


def test_the_description_names_the_routes_their_errors_and_examples(counter):
    described = counter().get("/openapi.json").json()
    chat = described["paths"]["/api/chat"]["post"]
    assert "text/event-stream" in chat["responses"]["200"]["content"]
    assert list(chat["responses"]["422"]["content"]) == ["application/problem+json"]
    assert chat["security"]
    assert set(described["paths"]) == {
        "/api/chat", "/api/sessions/{session_id}", "/api/sessions/{session_id}/export", "/api/search",
        "/v1/chat/completions", "/v1/models", "/v1/models/{model}", "/healthz", "/readyz", "/metrics",
        "/api/chat/{message_id}/events",
        "/api/widget/session", "/api/feedback", "/api/handoff", "/api/handoffs", "/api/suggest",
        "/api/documents", "/api/documents/{document}", "/api/jobs/{job_id}",
    }  # fmt: skip
    for path, operations in described["paths"].items():
        for answer in (each["responses"]["200"] for each in operations.values() if "200" in each["responses"]):
            assert all(one.get("schema") or one.get("itemSchema") for one in answer["content"].values()), path
            assert answer["content"], path
    assert "422" not in described["paths"]["/api/jobs/{job_id}"]["get"]["responses"]
    assert "HTTPValidationError" not in described["components"]["schemas"]


def test_searching_brings_passages_with_their_place(counter):
    found = counter().post("/api/search", json={"query": "shipping", "limit": 2}).json()
    assert [hit["source"] for hit in found["hits"]] == ["faq.csv", "shipping.pdf"]
    assert found["hits"][1]["page"] == 3
    assert found["hits"][1]["text"].startswith("Orders are shipped")
    assert found["confidence"] == 0.9
