"""Vectors of questions, kept and made together: the same vectors, fewer requests, nothing lost when a server fails."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from embedding_server import embedding_server, reply, vector
from pydantic import SecretStr

from knowledge.embedding.embeddings import open_embedder
from knowledge.embedding.remote_embeddings import OpenAIEmbedder, Patience
from knowledge.errors import EmbeddingUnavailable
from knowledge.proxies import proxy_for
from knowledge.searching.query_vectors import KEPT, REMOTE_AT_ONCE, REMOTE_TOGETHER, QueryVectors
from knowledge.settings import KnowledgeSettings

ONCE = Patience(seconds=1, retries=0)


def over(server_url: str) -> QueryVectors:
    embedder = OpenAIEmbedder("small", server_url, SecretStr("key"), asking=ONCE, storing=ONCE)
    return QueryVectors(embedder, embedder.ask_queries, REMOTE_TOGETHER, REMOTE_AT_ONCE)


def unit(text: str) -> np.ndarray:
    return np.array(vector(text)) / np.linalg.norm(vector(text))


async def test_questions_that_come_together_are_one_request_and_come_out_of_the_cache_afterwards():
    with embedding_server() as server:
        vectors = over(server.url)
        texts = [f"question {'x' * n}" for n in range(1, 21)]
        await asyncio.gather(*(vectors.prepare([text]) for text in texts * 2))
        asked = [text for request in server.requests for text in request["input"]]
        assert sorted(asked) == sorted(texts)
        assert len(server.requests) < 5
        for text in texts:
            np.testing.assert_allclose(vectors.embed_query(text), unit(text), atol=1e-6)
        assert len(asked) == sum(len(request["input"]) for request in server.requests)
        await vectors.close()


async def test_a_server_that_fails_once_is_asked_again_by_the_search_itself():
    with embedding_server() as server:
        vectors = over(server.url)
        server.fails(1, 500)
        await vectors.prepare(["x"])
        np.testing.assert_allclose(vectors.embed_query("x"), unit("x"), atol=1e-6)
        assert len(server.requests) == 2
        await vectors.close()


async def test_a_question_that_comes_as_the_one_before_ends_is_not_forgotten():
    with embedding_server() as server:
        embedder = OpenAIEmbedder("small", server.url, SecretStr("key"), asking=ONCE, storing=ONCE)
        vectors = QueryVectors(embedder, embedder.ask_queries, REMOTE_TOGETHER, at_once=1)
        first, second = vectors.begin("x"), asyncio.get_running_loop().create_future()
        assert first is not None
        first.add_done_callback(lambda _: second.set_result(vectors.begin("xx")))
        coming = await second
        await asyncio.wait_for(coming, 30)
        np.testing.assert_allclose(vectors.embed_query("xx"), unit("xx"), atol=1e-6)
        await vectors.close()


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # the usual client's, on its way
@pytest.mark.parametrize(
    "body",
    [
        {"data": "none"},
        {},
        [],
        {"data": [{"index": 0, "embedding": ["a"]}]},
        {"data": [{"index": "0", "embedding": None}]},
    ],
)
async def test_what_is_no_list_of_vectors_is_left_to_the_usual_client_and_its_words(body: object):
    with embedding_server() as server:
        server.behaviour = lambda request: reply(body)  # type: ignore[arg-type]
        vectors = over(server.url)
        await vectors.prepare(["x"])
        with pytest.raises(EmbeddingUnavailable):
            vectors.embed_query("x")
        await vectors.close()


async def test_a_server_that_is_too_slow_fails_everybody_who_waits_and_nobody_afterwards():
    with embedding_server() as server:
        vectors = over(server.url)
        server.sleeps(1.5)
        results = await asyncio.gather(*(vectors.prepare(["x"]) for _ in range(3)), return_exceptions=True)
        assert all(isinstance(result, EmbeddingUnavailable) for result in results)
        server.sleeps(0)
        await vectors.prepare(["x"])
        assert len(vectors.embed_query("x")) == 3
        await vectors.close()


async def test_who_leaves_takes_no_vector_away_from_others():
    with embedding_server() as server:
        server.sleeps(0.2)
        vectors = over(server.url)
        first, second = (asyncio.create_task(vectors.prepare(["x"])) for _ in range(2))
        await asyncio.sleep(0.05)
        first.cancel()
        await second
        assert len(server.requests) == 1
        assert len(vectors.embed_query("x")) == 3
        await vectors.close()


async def test_no_more_vectors_are_kept_than_said():
    with embedding_server() as server:
        vectors = over(server.url)
        for start in range(0, KEPT + 100, 100):
            await asyncio.gather(*(vectors.prepare([f"{n}"]) for n in range(start, start + 100)))
        assert len(vectors._kept) == KEPT
        await vectors.close()


async def test_the_built_in_encoder_makes_the_same_vectors_together_as_one_by_one():
    settings = KnowledgeSettings(_env_file=None)
    vectors, alone = QueryVectors.open(settings), open_embedder(settings)
    texts = ["送料はいくらですか", "Where is my order?", "", "a" * 3000, "返品"]
    await asyncio.gather(*(vectors.prepare([text]) for text in texts))
    for text in texts:
        np.testing.assert_allclose(vectors.embed_query(text), alone.embed_query(text), atol=1e-6)


def test_the_proxy_is_the_environments_except_for_hosts_that_it_excepts(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert proxy_for("https://api.openai.com/v1") is None
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1,.local")
    assert proxy_for("https://api.openai.com/v1") == "http://proxy.example:3128"
    assert proxy_for("http://models.example/v1") is None
    assert proxy_for("https://127.0.0.1:8080/v1") is None
