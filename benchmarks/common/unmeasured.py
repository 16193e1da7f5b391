"""Encoders as if nobody had measured what their cosines mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from knowledge.embedder import ManyEmbedder, Progress, Vectors
from knowledge.index.gauge import questions


class Unmeasured:
    """An encoder under a name that nobody knows; centred, less the mean of the vectors of some texts."""

    def __init__(self, name: str, encoder: ManyEmbedder, centred: bool = False) -> None:
        self.name, self._encoder = name, encoder
        self.fingerprint, self.dimensions = f"unmeasured-{name}", encoder.dimensions
        self.count_tokens = encoder.count_tokens
        texts = [each.answer for asked in questions().values() for each in asked]
        self._mean = encoder.embed_passages(texts).mean(axis=0) if centred else np.zeros(self.dimensions, np.float32)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._apart(self._encoder.embed_passages(texts, progress))

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._apart(self._encoder.embed_queries(texts))

    def embed_query(self, text: str) -> Vectors:
        return self.embed_queries([text])[0]

    def _apart(self, vectors: Vectors) -> Vectors:
        less: Vectors = vectors - self._mean
        return less / np.linalg.norm(less, axis=1, keepdims=True)
