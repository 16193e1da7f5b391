"""Takes documents out of a knowledge base."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from knowledge.embedder import Embedder
from knowledge.index.committing import Changes, commit
from knowledge.index.generations import writing
from knowledge.index.settling import settle
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.passages import Document


def remove(
    data: Path, document_ids: Iterable[str], embedder: Embedder, analyzer: Analyzer, wait_s: float
) -> list[Document]:
    """Commit a generation without these documents; returns those that were there.

    Raises Busy, CannotWrite and what opening the present generation raises.
    """
    with writing(data, wait_s):
        base = Generation.open(data, analyzer, embedder.fingerprint)
        gone = [base.documents[name] for name in document_ids if name in base.documents]
        if gone:
            changes = Changes(removed={document.id for document in gone})
            settle(changes, base)
            commit(data, changes, embedder, analyzer, base)
        return gone
