"""Another model may put what was found in order; whatever it does, the search answers, and in time."""

import gzip
import json
import threading

import httpx2
import pytest
from bases import ANALYZER, EMBEDDER, HOURS, RETURNS, commit, faq
from embedding_server import FakeEmbeddingServer, embedding_server, reply
from raw_upstream import FakeRawUpstream, Step, head, whole

from knowledge.errors import ConfigError
from knowledge.passages import Found, Hit, Passage
from knowledge.searching.live import LiveKnowledge
from knowledge.searching.remote_reranker import RemoteReranker
from knowledge.searching.reranking import CANDIDATES, open_reranker, rerank
from knowledge.settings import KnowledgeSettings, load


@pytest.fixture
def server():
    with embedding_server() as running:
        yield running


def found(*texts: str) -> Found:
    hits = (
        Hit(Passage(text, "d", "faq", "default", "en", "faq.csv", "title", text, "question"), 9.0 - n, 0.9, 0.5)
        for n, text in enumerate(texts)
    )
    return Found(tuple(hits), 0.8, "en", "generation")


def judge(server: FakeEmbeddingServer, budget_s: float = 5.0, key: str | None = None) -> RemoteReranker:
    return RemoteReranker(f"{server.url}/rerank", "judge-1", key, budget_s)


def texts(order: Found) -> list[str]:
    return [hit.passage.text for hit in order.hits]


def longest_first(request: dict) -> tuple[int, str, str]:
    results = [{"index": n, "relevance_score": len(text) / 100} for n, text in enumerate(request["documents"])]
    return reply({"results": sorted(results, key=lambda one: -one["relevance_score"])})


def test_the_order_is_the_rerankers_and_its_scores_stand_in_the_hits(server: FakeEmbeddingServer):
    server.behaviour = longest_first
    order = rerank(found("a", "aaa", "aa"), judge(server, key="secret"), "how?", 2)
    assert texts(order) == ["aaa", "aa"]
    assert order.hits[0].score > order.hits[1].score
    assert order.confidence == 0.8
    (request,) = server.requests
    assert (request["query"], request["model"], request["path"]) == ("how?", "judge-1", "/v1/rerank")
    assert request["documents"][0] == "question\na"
    assert server.keys == ["Bearer secret"]


def test_the_list_that_text_embeddings_inference_gives_is_understood(server: FakeEmbeddingServer):
    server.behaviour = lambda request: (200, "application/json", json.dumps([{"index": 1, "score": 0.9}]))
    assert texts(rerank(found("a", "b", "c"), judge(server), "how?", 3)) == ["b", "a", "c"]


def test_only_the_first_passages_are_judged_and_the_rest_follow(server: FakeEmbeddingServer):
    server.behaviour = longest_first
    many = [f"{n:02}" for n in range(CANDIDATES + 5)]
    order = rerank(found(*many[:-1], "long one"), judge(server), "how?", len(many))
    assert len(server.requests[0]["documents"]) == CANDIDATES
    assert texts(order)[-1] == "long one"


@pytest.mark.parametrize(
    "answer",
    [
        (500, "text/plain", "out of memory"),
        (200, "application/json", "{}"),
        (200, "text/html", "<html>"),
        (200, "application/json", '{"results": [{"index": 99, "relevance_score": 1.0}]}'),
        (200, "application/json", '{"results": [{"index": 0, "relevance_score": "high"}]}'),
        (200, "application/json", '{"results": [{"index": 1, "relevance_score": NaN}]}'),
        (200, "application/json", '{"results": [{"index": 1, "relevance_score": 1e999}]}'),
        (200, "application/json", "[" * 500_000),
        (200, "application/json", '{"results": []}'),
    ],
)
def test_nonsense_and_errors_leave_the_order_as_it_was(server: FakeEmbeddingServer, answer: tuple[int, str, str]):
    server.behaviour = lambda request: answer
    reranker = judge(server)
    assert texts(rerank(found("a", "b"), reranker, "how?", 2)) == ["a", "b"]
    assert reranker.trouble


JUDGED = b'{"results": [{"index": 1, "relevance_score": 1.0}]}'


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ([whole("200 OK", JUDGED + b" " * 2_000_000)], "more than 1,000,000 bytes"),
        ([whole("200 OK", gzip.compress(JUDGED), "Content-Encoding: gzip")], "packed"),
        ([head(kind="application/json", length=300), *[b" ", 0.05] * 200], "did not end in time"),
    ],
    ids=["large", "packed", "dripping"],
)
def test_an_answer_without_end_is_not_read_to_its_end(script: list[Step], trouble: str):
    with FakeRawUpstream(script) as upstream:
        reranker = RemoteReranker(f"{upstream.url}/rerank", None, None, 1.0)
        with pytest.raises(httpx2.HTTPError, match=trouble):
            reranker._ask("how?", ["a", "b"])
        assert texts(rerank(found("a", "b"), reranker, "how?", 2)) == ["a", "b"]
        assert reranker.trouble


def test_a_reranker_that_does_not_help_is_told_once_a_minute(tmp_path, caplog: pytest.LogCaptureFixture):
    commit(tmp_path, faq("a.csv", RETURNS), faq("b.csv", HOURS))
    knowledge = LiveKnowledge(tmp_path, EMBEDDER, ANALYZER, RemoteReranker("http://127.0.0.1:9/rerank", None, None, 2))
    for _ in range(3):
        assert len(knowledge.search("When are you open?").hits) > 1
    (told,) = caplog.messages
    assert "the reranker does not help: ConnectError" in told


def test_a_slow_reranker_costs_its_budget_and_no_more(server: FakeEmbeddingServer):
    answered, ended = [], threading.Event()
    server.behaviour = lambda request: (ended.wait(60) and answered.append(request)) or longest_first(request)
    reranker = judge(server, budget_s=0.1)
    assert texts(rerank(found("a", "aa"), reranker, "how?", 2)) == ["a", "aa"]
    assert not answered
    assert reranker.trouble
    ended.set()


def test_nobody_listening_is_told_and_changes_nothing():
    reranker = RemoteReranker("http://127.0.0.1:9/rerank", None, None, 2.0)
    assert texts(rerank(found("a", "b"), reranker, "how?", 2)) == ["a", "b"]
    assert reranker.trouble


def test_a_single_passage_needs_no_judge(server: FakeEmbeddingServer):
    assert texts(rerank(found("a"), judge(server), "how?", 5)) == ["a"]
    assert not server.requests


def test_the_settings_name_it():
    assert open_reranker(KnowledgeSettings()) is None
    settings = load(KnowledgeSettings, reranker="http://127.0.0.1:9/rerank")
    assert isinstance(open_reranker(settings), RemoteReranker)
    with pytest.raises(ConfigError, match="MADOGUCHI_RERANKER is wrong: must begin with http"):
        load(KnowledgeSettings, reranker="localhost/rerank")
