"""FAQs of a few pairs, through the real pipeline and the embedder that is given."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.embedder import Embedder
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.settings import load


def knowledge_of(folder: Path, pairs: Iterable[tuple[str, str]], embedder: Embedder, analyzer: Analyzer) -> Generation:
    """The knowledge base of these questions and answers, kept in a folder."""
    lines = [json.dumps({"question": question, "answer": answer}) for question, answer in pairs]
    (folder / "faq.jsonl").write_text("\n".join(lines), "utf-8")
    settings = load(IngestSettings, data=folder / "data")
    Pipeline(settings, embedder, analyzer).run(Order([folder / "faq.jsonl"]))
    return Generation.open(settings.data, analyzer, embedder.fingerprint)
