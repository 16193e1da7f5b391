"""Vectors of questions for a service that is asked many at once: kept for a while, and made several at a time.

`prepare` is awaited before a search, which then finds the vector here. Questions that come while others are being
embedded are embedded together: that costs the built-in encoder a third less for each, and a server one request. A lone
question waits for no company.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import Embedder, Progress, Vectors
from knowledge.embedding.embeddings import open_embedder
from knowledge.embedding.remote_embeddings import OpenAIEmbedder
from knowledge.errors import EmbeddingUnavailable
from knowledge.settings import KnowledgeSettings

KEPT = 2_000  # questions: some 6 MB
LOCAL_TOGETHER, LOCAL_AT_ONCE = 8, 1  # more together would keep the first of them waiting
REMOTE_TOGETHER, REMOTE_AT_ONCE = 64, 8

Many = Callable[[Sequence[str]], Awaitable[Vectors | None]]  # None: it did not work out, and one by one may


class QueryVectors:
    """An Embedder over another, for one event loop and any number of threads."""

    def __init__(self, embedder: Embedder, many: Many, together: int, at_once: int) -> None:
        self._embedder, self._many, self._together, self._at_once = embedder, many, together, at_once
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()
        self._coming: dict[str, asyncio.Future[None]] = {}
        self._waiting: list[str] = []
        self._working: set[asyncio.Task[None]] = set()

    @classmethod
    def open(cls, settings: KnowledgeSettings) -> QueryVectors:
        """The embedder that the settings name. Raises SetupError as `open_embedder` does."""
        embedder = open_embedder(settings)
        if isinstance(embedder, OpenAIEmbedder):
            return cls(embedder, embedder.ask_queries, REMOTE_TOGETHER, REMOTE_AT_ONCE)

        async def computed(texts: Sequence[str]) -> Vectors:
            return await asyncio.to_thread(embedder.embed_queries, texts)

        return cls(embedder, computed, LOCAL_TOGETHER, LOCAL_AT_ONCE)

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """What the embedder says."""
        return self._embedder.count_tokens(texts)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """What the embedder makes of them; nothing is kept."""
        return self._embedder.embed_passages(texts, progress)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question: the one that is kept, or a new one."""
        vector = self._found(text)
        if vector is None:
            vector = self._embedder.embed_query(text)
            self._keep(text, vector)
        return vector

    async def prepare(self, texts: Sequence[str]) -> None:
        """Have the vectors of questions made, so that `embed_query` takes no time. Raises EmbeddingUnavailable."""
        for coming in [self.begin(text) for text in texts]:
            if coming is not None:
                await asyncio.shield(coming)  # others may wait for it too

    def begin(self, text: str) -> asyncio.Future[None] | None:
        """What `prepare` waits for; None when the vector is here."""
        if self._found(text) is not None:
            return None
        coming = self._coming.get(text)
        if coming is None:
            coming = self._coming[text] = asyncio.get_running_loop().create_future()
            self._waiting.append(text)
            if len(self._working) < self._at_once:
                self._working.add(asyncio.create_task(self._work()))
        return coming

    async def close(self) -> None:
        """Give the connections back."""
        if isinstance(self._embedder, OpenAIEmbedder):
            await self._embedder.close()

    async def _work(self) -> None:
        try:
            await self._make()
        finally:  # at once: a question that comes before another look at the event loop needs a task of its own
            if (task := asyncio.current_task()) is not None:
                self._working.discard(task)

    async def _make(self) -> None:
        await asyncio.sleep(0)  # what comes in the same pass of the event loop goes along, and in the next
        while self._waiting:
            texts, self._waiting = self._waiting[: self._together], self._waiting[self._together :]
            failure: EmbeddingUnavailable | None = None
            try:
                vectors = await self._many(texts)
                for text, vector in zip(texts, () if vectors is None else vectors, strict=False):
                    self._keep(text, vector)
            except EmbeddingUnavailable as error:
                failure = error
            finally:
                for text in texts:
                    coming = self._coming.pop(text)
                    if failure is None:
                        coming.set_result(None)
                    else:
                        coming.set_exception(failure)
                        coming.exception()  # whoever waited may have left

    def _found(self, text: str) -> NDArray[np.float32] | None:
        with self._lock:
            if (vector := self._kept.get(text)) is not None:
                self._kept.move_to_end(text)
            return vector

    def _keep(self, text: str, vector: NDArray[np.float32]) -> None:
        with self._lock:
            self._kept[text] = vector
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
