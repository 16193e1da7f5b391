"""Ingests a folder with an embedder that writes down what it was asked; run as a program, to be killed.

    python tests/ingest/ingesting.py DATA FILES NOTES

NOTES gets a line for each text that was embedded (E) or whose tokens were counted while it was cut (C).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from embedders import MEASURED_BY, FakeEmbedder

from ingest import preparing
from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.embedder import Progress, Vectors
from knowledge.language.analysis import Analyzer

TOGETHER = 8  # passages of a part


class NotingEmbedder(FakeEmbedder):
    """Takes a little time, and notes each text as soon as it is done."""

    def __init__(self, notes: Path, pause_s: float = 0.02) -> None:
        super().__init__()
        self._notes, self._pause_s = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND), pause_s

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        self._note("C", texts)
        return super().count_tokens(texts)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        time.sleep(self._pause_s)
        vectors = super().embed_passages(texts, progress)
        self._note("E", [text for text in texts if text not in MEASURED_BY])  # which is once for a knowledge base
        return vectors

    def _note(self, what: str, texts: Sequence[str]) -> None:
        os.write(self._notes, "".join(f"{what} {json.dumps(text)}\n" for text in texts).encode())


def main(data: str, files: str, notes: str) -> int:
    preparing.EMBED_TOGETHER = TOGETHER
    settings = IngestSettings(data=Path(data), readers=2, _env_file=None)
    return Pipeline(settings, NotingEmbedder(Path(notes)), Analyzer()).run(Order([Path(files)])).exit_code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
