"""Vectors from an OpenAI-compatible server: asked for as the settings say, checked, and failing in plain words."""

import asyncio
import gzip
import traceback
from collections.abc import Iterator

import numpy as np
import pytest
from embedding_server import FakeEmbeddingServer, embedding_server, honest, reply, vector
from pydantic import SecretStr
from raw_upstream import FakeRawUpstream, Step, head, whole

from knowledge.embedding.embeddings import open_embedder
from knowledge.embedding.remote_embeddings import BATCH, MAX_TOKENS, OpenAIEmbedder, Patience
from knowledge.errors import ConfigError, EmbeddingUnavailable
from knowledge.settings import KnowledgeSettings

ONCE = Patience(seconds=5, retries=0)
KEY = "sk-secret-of-the-house"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEmbeddingServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MADOGUCHI_EMBEDDING_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with embedding_server() as running:
        yield running


def asking_once(server: FakeEmbeddingServer) -> OpenAIEmbedder:
    return OpenAIEmbedder("small", server.url, SecretStr(KEY), asking=ONCE, storing=ONCE)


def asked(embedder: OpenAIEmbedder, texts: list[str]) -> np.ndarray | None:
    async def once() -> np.ndarray | None:
        try:
            return await embedder.ask_queries(texts)
        finally:
            await embedder.close()

    return asyncio.run(once())


def unit(text: str) -> np.ndarray:
    return np.array(vector(text)) / np.linalg.norm(vector(text))


def test_the_settings_say_whom_to_ask_for_which_model_with_which_key(server: FakeEmbeddingServer):
    settings = KnowledgeSettings(embedding="openai:small", embedding_base_url=server.url, openai_api_key=KEY)
    embedder = open_embedder(settings)
    np.testing.assert_allclose(embedder.embed_query("送料は？"), unit("送料は？"), atol=1e-6)
    request = server.requests[0]
    assert (request["path"], request["model"], request["input"]) == ("/v1/embeddings", "small", ["送料は？"])
    assert server.keys == [f"Bearer {KEY}"]


def test_embeddings_are_asked_for_at_the_models_server_when_they_have_none_of_their_own(server: FakeEmbeddingServer):
    embedder = open_embedder(KnowledgeSettings(embedding="openai:small", openai_base_url=server.url))
    assert embedder.embed_query("a").shape == (3,)
    assert len(server.requests) == 1


def test_openai_itself_is_not_asked_without_a_key(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        open_embedder(KnowledgeSettings(embedding="openai:text-embedding-3-small"))


def test_many_texts_go_in_batches_and_come_back_in_their_order(server: FakeEmbeddingServer):
    texts = ["x" * (1 + n % 50) for n in range(2 * BATCH + 5)]
    done: list[int] = []
    vectors = asking_once(server).embed_passages(texts, done.append)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [unit(text) for text in texts], atol=1e-6)
    assert done == [len(request["input"]) for request in server.requests] == [BATCH, BATCH, 5]


def test_the_fingerprint_names_the_model_and_its_dimensions_but_not_the_address(server: FakeEmbeddingServer):
    assert asking_once(server).fingerprint == "openai:small:3"
    with embedding_server() as other:
        assert asking_once(other).fingerprint == "openai:small:3"


def test_the_dimensions_are_asked_for_once(server: FakeEmbeddingServer):
    embedder = asking_once(server)
    assert (embedder.dimensions, embedder.dimensions, embedder.fingerprint) == (3, 3, "openai:small:3")
    assert len(server.requests) == 1


def test_no_texts_give_no_vectors(server: FakeEmbeddingServer):
    assert asking_once(server).embed_passages([]).shape == (0, 3)


def test_an_empty_text_has_a_vector_too(server: FakeEmbeddingServer):
    assert asking_once(server).embed_passages(["", "  \n"]).shape == (2, 3)
    assert server.requests[0]["input"] == [" ", " "]


def test_a_text_is_cut_where_the_count_of_its_tokens_reaches_the_limit(server: FakeEmbeddingServer):
    embedder = asking_once(server)
    japanese, english = "返品" * MAX_TOKENS, "word " * MAX_TOKENS
    embedder.embed_passages([japanese, english, "短い"])
    sent = server.requests[0]["input"]
    assert embedder.count_tokens([japanese, *sent]) == [2 * MAX_TOKENS, MAX_TOKENS, MAX_TOKENS, 2]
    assert (japanese.startswith(sent[0]), english.startswith(sent[1]), sent[2]) == (True, True, "短い")


def test_a_failure_that_passes_is_not_noticed(server: FakeEmbeddingServer):
    server.fails(times=1, status=503)
    embedder = OpenAIEmbedder("small", server.url, storing=Patience(seconds=5, retries=1))
    assert embedder.embed_passages(["a"]).shape == (1, 3)
    assert len(server.requests) == 2


def test_a_failure_that_stays_is_told_with_what_was_asked_where_and_what_the_server_says(server: FakeEmbeddingServer):
    server.fails(times=9, status=500)
    with pytest.raises(EmbeddingUnavailable) as failure:
        asking_once(server).embed_query("a")
    assert str(failure.value) == (
        f"The server 127.0.0.1:{server.port}, asked for vectors of small, "
        "answered with error 500 and says: the model is being loaded."
    )


def test_a_server_that_sleeps_is_not_waited_for(server: FakeEmbeddingServer):
    server.sleeps(0.6)
    with pytest.raises(EmbeddingUnavailable, match=r"did not answer within 0\.3 s"):
        OpenAIEmbedder("small", server.url, asking=Patience(seconds=0.3, retries=0)).embed_query("a")


def test_a_server_that_is_not_there_is_told():
    with embedding_server() as gone:
        pass
    with pytest.raises(EmbeddingUnavailable, match="cannot be reached"):
        asking_once(gone).embed_query("a")


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_no_message_shows_the_key(server: FakeEmbeddingServer, status: int):
    server.behaviour = lambda request: reply({"error": {"message": f"Bad key: {KEY}"}}, status)
    with pytest.raises(EmbeddingUnavailable, match=str(status)) as failure:
        asking_once(server).embed_query("a")
    assert KEY not in str(failure.value)
    assert KEY not in "".join(traceback.format_exception(failure.value))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ([], "gave 0 vectors for 2 texts"),
        ([[1.0, 2.0]], "gave 1 vectors for 2 texts"),
        ([[1.0, 2.0], [1.0]], r"gave vectors of \[1, 2\] dimensions"),
        ([[1.0, 2.0], [0.0, 0.0]], "all its numbers are zero"),
        ([[1.0, 2.0], [1.0, float("nan")]], "no list of vectors"),
    ],
)
def test_an_answer_that_does_not_fit_the_question_is_refused(
    server: FakeEmbeddingServer, data: list[list[float]], complaint: str
):
    server.behaviour = lambda request: reply({"data": [{"embedding": given, "index": 0} for given in data]})
    with pytest.raises(EmbeddingUnavailable, match=complaint):
        asking_once(server).embed_passages(["a", "b"])


@pytest.mark.parametrize("body", ["<html>Welcome</html>", "[]", "{}", '{"data": null}', '{"error": "no such model"}'])
@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_an_answer_of_another_kind_is_refused(server: FakeEmbeddingServer, kind: str, body: str):
    server.behaviour = lambda request: (200, kind, body)
    with pytest.raises(EmbeddingUnavailable, match="no list of vectors"):
        asking_once(server).embed_query("a")


def test_a_model_that_changes_its_dimensions_is_noticed(server: FakeEmbeddingServer):
    embedder = asking_once(server)
    embedder.embed_query("a")
    server.behaviour = lambda request: reply({"data": [{"embedding": [1.0, 2.0], "index": 0}]})
    with pytest.raises(EmbeddingUnavailable, match="where 3 were expected"):
        embedder.embed_query("a")
    server.behaviour = honest
    assert embedder.embed_query("a").shape == (3,)


def test_vectors_are_told_apart_by_their_index_and_not_by_their_place(server: FakeEmbeddingServer):
    given = ["a", "bb", "ccc"]
    shuffled = [{"embedding": vector(given[n]), "index": n} for n in (2, 0, 1)]
    server.behaviour = lambda request: reply({"data": shuffled})
    embedder = asking_once(server)
    for found in (embedder.embed_passages(given), asked(embedder, given)):
        np.testing.assert_allclose(found, [unit(text) for text in given], rtol=1e-6)


@pytest.mark.parametrize("size", [1.7e308, 1e-200, 1e-320])
def test_vectors_of_any_length_have_a_direction(server: FakeEmbeddingServer, size: float):
    server.behaviour = lambda request: reply({"data": [{"embedding": [size, -size], "index": 0}]})
    np.testing.assert_allclose(asking_once(server).embed_query("a"), [0.5**0.5, -(0.5**0.5)], rtol=1e-6)


ONE = b'{"data": [{"embedding": [1.0, 2.0], "index": 0}]}'


@pytest.mark.parametrize(
    "script",
    [
        [whole("200 OK", ONE + b" " * 40_000_000)],
        [whole("200 OK", gzip.compress(ONE), "Content-Encoding: gzip")],
        [whole("200 OK", b"[" * 500_000)],
    ],
    ids=["large", "packed", "deep"],
)
def test_an_answer_that_is_none_is_not_read_to_its_end(script: list[Step]):
    patience = Patience(seconds=60, retries=0)
    with FakeRawUpstream(script) as upstream:
        embedder = OpenAIEmbedder("small", upstream.url, asking=patience, storing=patience)
        with pytest.raises(EmbeddingUnavailable, match="no list of vectors"):
            embedder.embed_passages(["a"])
        assert asked(embedder, ["a"]) is None, "the slower client says why"


def test_an_answer_that_comes_drop_by_drop_is_not_waited_for():
    patience = Patience(seconds=1, retries=0)
    with FakeRawUpstream([head(kind="application/json", length=300), *[b" ", 0.1] * 100]) as upstream:
        embedder = OpenAIEmbedder("small", upstream.url, asking=patience, storing=patience)
        with pytest.raises(EmbeddingUnavailable, match="did not answer within 1 s"):
            embedder.embed_passages(["a"])
        with pytest.raises(EmbeddingUnavailable, match="did not answer within 1 s"):
            asked(embedder, ["a"])
