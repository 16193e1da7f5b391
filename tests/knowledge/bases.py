"""Small knowledge bases for tests: FAQs as the pipeline hands them over, and a commit of them."""

from __future__ import annotations

from pathlib import Path

from embedders import FakeEmbedder

from knowledge.index import committing, generations
from knowledge.index.committing import Changes, Entry
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.passages import Document, Passage, document_id, passage_id

ANALYZER = Analyzer()
EMBEDDER = FakeEmbedder()

RETURNS = {"返品できますか": "はい、30日以内なら返品できます。", "送料はいくらですか": "全国一律550円です。"}
HOURS = {"When are you open?": "We are open from 9 to 18 on weekdays.", "Do you ship abroad?": "No, only within Japan."}


def faq(source: str, pairs: dict[str, str], collection: str = "default") -> Entry:
    """A FAQ as the pipeline would hand it over."""
    name = document_id(source, collection)
    passages = [
        Passage(
            id=passage_id(name, question, answer),
            document_id=name,
            kind="faq",
            collection=collection,
            lang="ja" if source.endswith("ja.csv") else "en",
            source=source,
            title=question,
            text=answer,
            question=question,
        )
        for question, answer in pairs.items()
    ]
    document = Document(
        name, source, f"/{source}", "faq", collection, source, "ja", "hash", len(passages), "2026-01-01"
    )
    return Entry(document, passages, EMBEDDER.embed_passages([passage.views()[-1] for passage in passages]))


def commit(data: Path, *entries: Entry, removed: set[str] | None = None) -> Generation:
    base = open_generation(data) if generations.current(data) else None
    with generations.writing(data):
        committing.commit(data, Changes(list(entries), removed or set()), EMBEDDER, ANALYZER, base)
    return open_generation(data)


def open_generation(data: Path) -> Generation:
    return Generation.open(data, ANALYZER, EMBEDDER.fingerprint)
