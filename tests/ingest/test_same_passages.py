"""The samples' passages, with their ids, are what they were: a quicker reader or cutter moves none of them.

Who moves some on purpose raises `READING` in ingest.passages.drafting, and writes the new digests here:

    python tests/ingest/test_same_passages.py
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ingest.files.sources import SourceFile
from ingest.passages.drafting import Draft, Drafter, Task
from ingest.readers.reading import read
from knowledge.embedding.embeddings import open_embedder
from knowledge.passages import document_id
from knowledge.settings import KnowledgeSettings

SAMPLES = Path(__file__).parents[2] / "samples/knowledge"
FILES = sorted(file.relative_to(SAMPLES).as_posix() for file in SAMPLES.rglob("*") if file.is_file())
DIGESTS = {
    "faq/faq_en.csv": "65 9d9c7dd7f75b",
    "faq/faq_ja.csv": "69 8c56e18f7cdc",
    "faq/points_en.md": "10 e9a4773a227b",
    "faq/points_ja.md": "10 77fecaed751a",
    "faq/returns_en.html": "11 62caed1c481c",
    "faq/returns_ja.html": "11 61e0e56ff2fd",
    "logs/support_logs.jsonl": "41 ade0dd55e47f",
    "manuals/mamehana_en.pdf": "33 2dd935b52887",
    "manuals/mamehana_ja.pdf": "35 7fb79ce869e5",
    "policies/terms_en.md": "12 f923ff8ee5ee",
    "policies/terms_ja.md": "12 8625e9a733f0",
    "policies/warranty_en.md": "10 90003b252dcc",
    "policies/warranty_ja.md": "10 7b9c39175e7a",
}


@pytest.fixture(scope="module")
def drafter() -> Drafter:
    return _drafter()


def _drafter() -> Drafter:
    return Drafter("default", 256, open_embedder(KnowledgeSettings()).count_tokens)


def digest(drafter: Drafter, name: str) -> str:
    path = SAMPLES / name
    task = Task(SourceFile(name, path), document_id(name), "", path.stat().st_size)
    draft = drafter.outcome(task, read(path.read_bytes(), path.name))
    assert isinstance(draft, Draft)
    told = "\n".join(f"{passage.id} {passage.text}" for passage in draft.passages)
    return f"{len(draft.passages)} {hashlib.sha256(told.encode()).hexdigest()[:12]}"


@pytest.mark.parametrize("name", FILES)
def test_a_sample_has_the_passages_that_it_had(drafter, name):
    assert digest(drafter, name) == DIGESTS[name]


if __name__ == "__main__":
    made = _drafter()
    for each in FILES:
        print(f'    "{each}": "{digest(made, each)}",')
