"""Knowledge bases made through the real ingest, thrown away at the end of a block."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ingest.pipeline import Order, Pipeline
from ingest.runs.report import Report
from ingest.settings import IngestSettings
from knowledge.embedder import ManyEmbedder
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.searching.live import LiveKnowledge
from knowledge.settings import load
from service.answering.answerer import Answerer
from service.settings import ServiceSettings


def ingest(paths: Sequence[Path], data: Path, embedder: ManyEmbedder, analyzer: Analyzer) -> Report:
    """Read files into a folder."""
    return Pipeline(load(IngestSettings, data=data), embedder, analyzer).run(Order(paths))


@contextmanager
def generation(paths: Sequence[Path], embedder: ManyEmbedder, analyzer: Analyzer) -> Iterator[Generation]:
    """To be searched alone."""
    with tempfile.TemporaryDirectory() as scratch:
        ingest(paths, Path(scratch), embedder, analyzer)
        yield Generation.open(Path(scratch), analyzer, embedder.fingerprint)


@contextmanager
def answering(
    paths: Sequence[Path], embedder: ManyEmbedder, analyzer: Analyzer
) -> Iterator[tuple[LiveKnowledge, Answerer]]:
    """To be asked, without a model."""
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch)
        ingest(paths, data, embedder, analyzer)
        knowledge = LiveKnowledge(data, embedder, analyzer)
        yield knowledge, Answerer(knowledge, None, load(ServiceSettings, data=data, model=None))
