"""Asks an OpenAI-compatible server for vectors."""

from __future__ import annotations

import asyncio
import bisect
import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from pydantic import FiniteFloat, SecretStr, TypeAdapter

from knowledge.embedder import Progress, Vectors
from knowledge.embedding.remote_queries import LARGEST, RemoteQueries
from knowledge.errors import ConfigError, EmbeddingUnavailable
from knowledge.settings import OPENAI, KnowledgeSettings
from knowledge.whole_answers import PLAIN, bounded

if TYPE_CHECKING:
    from openai import OpenAI

NO_KEY = SecretStr("no-key")  # servers of one's own seldom want a key, but the client insists on sending one
BATCH = 128  # texts in one request
MAX_TOKENS = 512  # what the usual models read at least; some servers refuse a longer text instead of cutting it
ASCII_PER_TOKEN = 4  # letters of English; a Japanese character is about one token
VECTORS = TypeAdapter(list[list[FiniteFloat]])


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for one reply, and how often to ask again after a failure that may pass."""

    seconds: float
    retries: int


ASKING = Patience(seconds=10, retries=1)  # a customer is waiting
STORING = Patience(seconds=60, retries=5)  # an ingest rather waits than fails


class OpenAIEmbedder:
    """An Embedder whose model runs on a server that offers `/embeddings` as OpenAI does.

    OpenAI's client is loaded when it is first needed: it takes a second, and a service seldom needs it.
    """

    def __init__(
        self,
        model: str,
        base_url: str = OPENAI,
        key: SecretStr = NO_KEY,
        asking: Patience = ASKING,
        storing: Patience = STORING,
    ) -> None:
        self._model = model
        address = urlsplit(base_url)
        self._server = f"{address.hostname}:{address.port}" if address.port else f"{address.hostname}"
        self._key = key
        self._base_url, self._for_asking, self._for_storing = base_url, asking, storing
        self._quick = RemoteQueries(model, base_url, key, asking.seconds)
        self._dimensions: int | None = None

    @classmethod
    def from_settings(cls, model: str, settings: KnowledgeSettings) -> OpenAIEmbedder:
        """The embedder for `openai:MODEL`; raises ConfigError when OpenAI itself is asked without a key."""
        base_url = settings.embedding_base_url or settings.openai_base_url
        if settings.openai_api_key is None and base_url is None:
            raise ConfigError(
                f"MADOGUCHI_EMBEDDING=openai:{model} needs OPENAI_API_KEY, "
                "or the address of a server of your own: MADOGUCHI_EMBEDDING_BASE_URL=http://127.0.0.1:8080/v1"
            )
        return cls(model, base_url or OPENAI, settings.openai_api_key or NO_KEY)

    @property
    def fingerprint(self) -> str:
        """The model's name and dimensions. Not the address: the same model may be asked for at another one."""
        return f"openai:{self._model}:{self.dimensions}"

    @property
    def dimensions(self) -> int:
        """The length of a vector, learned from the first one; asks for one when there was none yet."""
        if self._dimensions is None:
            self._learn()
        if self._dimensions is None:
            self.embed_query("dimensions")
        assert self._dimensions is not None
        return self._dimensions

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """An estimate from the number of characters: the model's tokenizer is not here."""
        return [max(1, round(sum(_costs(text)))) for text in texts]

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question; gives up within seconds."""
        vector: NDArray[np.float32] = self._embed(self._asking, [text])[0]
        return vector

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of questions, in one request; gives up within seconds."""
        return self._embed(self._asking, texts)

    async def ask_queries(self, texts: Sequence[str]) -> Vectors | None:
        """The same without blocking; None where the server does not answer as it should, and then the others say why.

        Raises EmbeddingUnavailable when it does not answer in time.
        """
        try:
            answer = await self._quick.ask([_readable(text) for text in texts])
            vectors = None if answer is None else VECTORS.validate_python(answer)
        except TimeoutError:
            raise self._unavailable(f"did not answer within {self._for_asking.seconds:g} s") from None
        except ValueError:
            return None
        return None if vectors is None else self._units(vectors, len(texts))

    async def close(self) -> None:
        """Give back the connections of `ask_queries`."""
        await self._quick.close()

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """The vectors of texts to be found; patient with a server that is busy."""
        parts = []
        for start in range(0, len(texts), BATCH):
            parts.append(self._embed(self._storing, texts[start : start + BATCH]))
            if progress:
                progress(len(parts[-1]))
        return np.concatenate(parts) if parts else np.empty((0, self.dimensions), np.float32)

    @cached_property
    def _asking(self) -> OpenAI:
        return self._client(self._for_asking)

    @cached_property
    def _storing(self) -> OpenAI:
        return self._client(self._for_storing)

    def _learn(self) -> None:
        """Learn the dimensions without OpenAI's client, where all goes well."""

        async def ask() -> list[list[float]] | None:
            quick = RemoteQueries(self._model, self._base_url, self._key, self._for_asking.seconds)
            try:
                return await quick.ask(["dimensions"])
            finally:
                await quick.close()

        # In a thread of its own, as this one may run an event loop.
        with suppress(TimeoutError, ValueError), ThreadPoolExecutor(1) as one:
            if (answer := one.submit(asyncio.run, ask()).result()) is not None:
                self._checked(VECTORS.validate_python(answer), 1)

    def _embed(self, client: OpenAI, texts: Sequence[str]) -> Vectors:
        return self._units(self._ask(client, [_readable(text) for text in texts]), len(texts))

    def _units(self, answer: list[list[float]], asked: int) -> Vectors:
        vectors = self._checked(answer, asked)
        vectors /= np.abs(vectors).max(axis=1, keepdims=True)  # else the length of very large or small ones is none
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def _ask(self, client: OpenAI, texts: list[str]) -> list[list[float]]:
        import openai
        from httpx2 import DecodingError

        nonsense = self._unavailable("answered with something that is no list of vectors")
        try:
            # float, as not every server knows base64, the client's own choice
            given = client.embeddings.create(model=self._model, input=texts, encoding_format="float").data
            placed = sorted(given, key=lambda one: one.index or 0)  # some servers give none
            return VECTORS.validate_python([one.embedding for one in placed])
        except openai.APITimeoutError:
            raise self._unavailable(f"did not answer within {client.timeout:g} s") from None
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, DecodingError):
                raise nonsense from None
            raise self._unavailable("cannot be reached; check its address and that it runs") from None
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise self._unavailable(f"refused the key ({error.status_code}); check OPENAI_API_KEY") from None
        except openai.APIStatusError as error:
            told = error.body.get("message") if isinstance(error.body, dict) else None
            why = f" and says: {str(told).replace(self._key.get_secret_value(), '[key]')[:300]}" if told else ""
            raise self._unavailable(f"answered with error {error.status_code}{why}") from None
        except (openai.OpenAIError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise nonsense from None

    def _checked(self, answer: list[list[float]], asked: int) -> NDArray[np.float64]:
        if len(answer) != asked:
            raise self._unavailable(f"gave {len(answer)} vectors for {asked} texts")
        lengths = {len(vector) for vector in answer}
        expected = self._dimensions or min(lengths)
        if lengths != {expected}:
            raise self._unavailable(f"gave vectors of {sorted(lengths)} dimensions where {expected} were expected")
        vectors = np.array(answer, np.float64)
        if not vectors.any(axis=1).all():
            raise self._unavailable("gave a vector without a direction: all its numbers are zero")
        self._dimensions = expected
        return vectors

    def _unavailable(self, what: str) -> EmbeddingUnavailable:
        return EmbeddingUnavailable(f"The server {self._server}, asked for vectors of {self._model}, {what}.")

    def _client(self, patience: Patience) -> OpenAI:
        from httpx2 import Client
        from openai import OpenAI

        whole = bounded(patience.seconds, LARGEST)
        return OpenAI(
            base_url=self._base_url,
            api_key=self._key.get_secret_value(),
            timeout=patience.seconds,
            max_retries=patience.retries,
            default_headers=PLAIN,
            http_client=Client(event_hooks={"response": [whole]}, follow_redirects=True),
        )


def _readable(text: str) -> str:
    return _cut(text.strip()) or " "  # OpenAI refuses an empty text


def _costs(text: str) -> list[float]:
    return [1 / ASCII_PER_TOKEN if letter.isascii() else 1 for letter in text]


def _cut(text: str) -> str:
    if len(text) <= MAX_TOKENS:
        return text
    return text[: bisect.bisect_right(list(itertools.accumulate(_costs(text))), MAX_TOKENS)]
