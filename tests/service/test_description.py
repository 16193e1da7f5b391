"""Requests made up from our own OpenAPI description: no fault of ours, and no answer that it does not tell of."""

from __future__ import annotations

import logging

import httpx
import pytest
import schemathesis
from embedders import FakeEmbedder
from fakes import FakeModel
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.language.analysis import Analyzer
from knowledge.searching.live import LiveKnowledge

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
)


def fuzz(client: httpx.Client, examples: int) -> int:
    """Send so many made-up requests to each operation; how many were sent."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    schema = schemathesis.openapi.from_url(str(client.base_url.join("/openapi.json")))
    sent = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        right = operation.as_strategy()
        wrong = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
        cases = right | wrong if operation.body or operation.path_parameters or operation.query else right

        @given(case=cases)
        @hypothesis_settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def send(case: schemathesis.Case) -> None:
            nonlocal sent
            sent += 1
            case.call_and_validate(checks=CHECKS)

        send()
    return sent


@pytest.fixture
def client(counter, settings):
    page = settings.data / "returns.md"
    page.write_text("# 返品\n\n返品は到着から30日以内です。\n", encoding="utf-8")
    embedder, analyzer = FakeEmbedder(), Analyzer()
    Pipeline(IngestSettings(data=settings.data, readers=1, _env_file=None), embedder, analyzer).run(Order([page]))
    return counter(LiveKnowledge(settings.data, embedder, analyzer), FakeModel("30日です[1]。"))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/chat", {"message": "返品は?"}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "返品は?"}]}),
    ],
)
def test_streams_are_told_of_beside_whole_answers(client, path, body):
    told = client.get("/openapi.json").json()["paths"][path]["post"]["responses"]["200"]["content"]
    for stream in (False, True):
        answer = client.post(path, json=body | {"stream": stream})
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] in told


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/chat", {"message": "返品は?"}),
        ("post", "/api/search", {"query": "返品"}),
        ("post", "/api/suggest", {"messages": [{"role": "customer", "text": "返品は?"}]}),
        ("post", "/v1/chat/completions", {"messages": [{"role": "user", "content": "返品は?"}]}),
        ("get", "/api/documents", None),
    ],
)
def test_that_the_index_is_damaged_is_told_of(counter, settings, method, path, body):
    knowledge = LiveKnowledge(settings.data, FakeEmbedder(), Analyzer())
    (settings.data / "CURRENT").write_text("20260401T000000000000-00000000\n", "utf-8")
    client = counter(knowledge)
    answer = client.request(method, path, json=body)
    told = client.get("/openapi.json").json()["paths"][path][method]["responses"]
    assert (answer.status_code, "503" in told) == (503, True), answer.text
    assert answer.headers["content-type"] in told["503"]["content"]
    assert path.startswith("/v1") or answer.json()["type"].rpartition(":")[2] in told["503"]["description"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_that_another_host_is_not_answered_is_told_of(counter, path):
    client = counter()
    assert client.get(path, headers={"host": "elsewhere.example"}).status_code == 421
    assert "421" in client.get("/openapi.json").json()["paths"][path]["get"]["responses"]


def test_some_hundred_requests_find_no_fault_and_no_drift(client):
    assert fuzz(client, 20) > 200


@pytest.mark.slow
def test_five_thousand_requests_find_no_fault_and_no_drift(client):
    assert fuzz(client, 400) > 5000
