"""The real encoder and the real analyser, opened once: that takes longer than what most tests do with them."""

from __future__ import annotations

import pytest

from ingest.settings import IngestSettings
from knowledge.embedder import Embedder
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.settings import load


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return open_embedder(load(IngestSettings))


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return Analyzer()
