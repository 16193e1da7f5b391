"""A knowledge base and the folder of files that it is made of, as most tests of ingesting need them."""

from __future__ import annotations

from pathlib import Path

from embedders import FakeEmbedder

from ingest.pipeline import Order, Pipeline
from ingest.runs.report import Report
from ingest.settings import IngestSettings
from knowledge.embedder import Embedder
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer

ANALYZER = Analyzer()


class Desk:
    """A knowledge base in a folder, and a folder of files to ingest into it."""

    def __init__(self, folder: Path, embedder: Embedder | None = None) -> None:
        self.files = folder / "files"
        self.files.mkdir()
        self.embedder = embedder or FakeEmbedder()
        self.settings = IngestSettings(data=folder / "data", readers=1, lock_wait_s=0)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def ingest(self, *paths: Path, **order: object) -> Report:
        return self.pipeline.run(Order(paths or [self.files], **order))

    @property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.settings, self.embedder, ANALYZER)

    @property
    def generation(self) -> Generation:
        return Generation.open(self.settings.data, ANALYZER)
