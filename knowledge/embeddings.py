"""Turns text into vectors, through one small interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.settings import KnowledgeSettings

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

    @property
    def max_tokens(self) -> int:
        """How much of a text the model reads; the rest would be ignored."""

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


def open_embedder(settings: KnowledgeSettings) -> ManyEmbedder:
    """The embedder that the settings name; libraries are imported when theirs is the one.

    The built-in model is made at its first use, which takes some seconds; loading it takes less than one.
    Raises SetupError when the operator must do something first.
    """
    scheme, _, name = settings.embedding.partition(":")
    if scheme == "openai":
        from knowledge.remote_embeddings import OpenAIEmbedder

        return OpenAIEmbedder.from_settings(name, settings)
    from knowledge.encoder.onnx_encoder import OnnxEncoder

    if scheme == "onnx":
        return OnnxEncoder.load(Path(name))
    if scheme == "hub":
        from knowledge.encoder.hub import fetched

        return OnnxEncoder.load(fetched(name, settings.models))
    from knowledge.encoder.bilingual import BilingualEncoder
    from knowledge.encoder.build import ENGLISH, ensure_model

    multilingual = OnnxEncoder.load(ensure_model(settings.models))
    if settings.embedding == "builtin:multilingual":
        return multilingual
    return BilingualEncoder(multilingual, OnnxEncoder.load(ensure_model(settings.models, ENGLISH)))


def verify(settings: KnowledgeSettings) -> None:
    """Read the built-in models whole and raise SetupError when a byte has changed; others carry no checksums."""
    if settings.embedding.startswith("builtin"):
        from knowledge.encoder.build import ENGLISH, MULTILINGUAL, ensure_model, verify_model

        for recipe in (MULTILINGUAL, ENGLISH) if settings.embedding == "builtin" else (MULTILINGUAL,):
            verify_model(ensure_model(settings.models, recipe))
