"""Opens the embedder that the settings name."""

from __future__ import annotations

from pathlib import Path

from knowledge.embedder import ManyEmbedder
from knowledge.settings import KnowledgeSettings


def open_embedder(settings: KnowledgeSettings) -> ManyEmbedder:
    """The embedder that the settings name; libraries are imported when theirs is the one.

    The built-in model is made at its first use, which takes some seconds; loading it takes less than one.
    Raises SetupError when the operator must do something first.
    """
    scheme, _, name = settings.embedding.partition(":")
    if scheme == "openai":
        from knowledge.embedding.remote_embeddings import OpenAIEmbedder

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
