"""What turns text into vectors, as the rest sees it: one small interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Progress = Callable[[int], None]  # called with how many more texts are done


class Embedder(Protocol):
    """Unit vectors for stored texts and for questions; both live in the same space."""

    @property
    def fingerprint(self) -> str:
        """Names the model and its exact weights: an index remembers it and refuses another."""

    @property
    def dimensions(self) -> int:
        """The length of a vector."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text costs (prefix and markers included); an estimate where the model is remote."""

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of texts to be found: float32, len(texts) x dimensions, each of length 1."""

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question: float32, dimensions, of length 1."""


class ManyEmbedder(Embedder, Protocol):
    """One that takes several questions together."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The vectors of questions, as `embed_query` makes them: float32, len(texts) x dimensions."""
