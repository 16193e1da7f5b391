"""A stand-in for an embedding model: like words get like vectors, at once and without a model."""

from __future__ import annotations

import hashlib
import itertools
import unicodedata
from collections.abc import Sequence

import numpy as np

from knowledge.embedder import Progress, Vectors


class FakeEmbedder:
    """Sums a random vector for each pair of neighbouring characters; remembers what it was asked."""

    def __init__(self, name: str = "fake-bigrams", dimensions: int = 64) -> None:
        self.fingerprint, self.dimensions = name, dimensions
        self.embedded: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 2 + 2 for text in texts]

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.embedded += texts
        if progress:
            progress(len(texts))
        return np.stack([self._vector(text) for text in texts])

    def embed_query(self, text: str) -> Vectors:
        return self._vector(text)

    def _vector(self, text: str) -> Vectors:
        text = unicodedata.normalize("NFKC", text).lower()
        total = np.full(self.dimensions, 0.01, np.float32)
        for pair in itertools.pairwise(text):
            seed = int.from_bytes(hashlib.sha256("".join(pair).encode()).digest()[:4], "big")
            total += np.random.default_rng(seed).standard_normal(self.dimensions).astype(np.float32)
        unit: Vectors = total / np.linalg.norm(total)
        return unit
