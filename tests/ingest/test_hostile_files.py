"""Hostile and broken files cost an ingest nothing but themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from archives_to_read import old_office, zipped
from bombs import BOMBS
from embedders import FakeEmbedder
from paper import locked, pdf

from ingest.passages.cutting import cut
from ingest.pipeline import Order, Pipeline
from ingest.readers.reading import read
from ingest.settings import IngestSettings
from ingest.texts.extracts import Section
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer

ROOT = Path(__file__).parents[2]
SECONDS, MEMORY_MB = 30, 512  # what a file may cost
STARTING = 10  # seconds that a busy machine may take to start a child and to notice its end
QUICK = ("endless-stream.pdf", "zip-in-zip.zip", "entities.docx", "deep.html", "deep.json", "zeros.jsonl.gz")
READ = {  # hostile to some readers, but texts all the same
    *("less-than.html", "brackets.md", "stars.md", "one-word.txt", "full-stops.txt", "open-quotes.txt", "spaces.txt"),
    *("hyphens.txt", "digits.jsonl", "addresses.jsonl", "names.jsonl", "wide.csv", "one-field.csv", "crowded.pptx"),
}
QUICKLY_READ = {  # no more work than they have letters
    *("boxes.docx", "formats.xlsx", "columns.xlsx", "rows.xlsx", "names.md", "comments.md", "torn.csv", "subject.eml"),
}
REFUSALS = {"too-much-memory", "too-slow", "too-large", "damaged", "no-text"}


@pytest.mark.parametrize(
    "names", [(*QUICK, *QUICKLY_READ), pytest.param(tuple(BOMBS), marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_bombs_are_contained_and_told(names):
    command = [sys.executable, str(ROOT / "tests/ingest/bombs.py"), *names]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    told = {line["name"]: line for line in map(json.loads, ran.stdout.splitlines())}
    assert set(told) == set(names)
    for name, line in told.items():
        if name in QUICKLY_READ:
            assert line["outcome"] == "read", line
        allowed = REFUSALS | (
            {"read"} if name in READ | QUICKLY_READ else {"unsupported"} if name.endswith(".zip") else set()
        )
        assert line["outcome"] in allowed, line
        assert line["seconds"] < SECONDS + STARTING, line
        assert line["peak_mb"] < MEMORY_MB, line


@pytest.mark.parametrize(
    "text",
    ["a" * 500_000, "。" * 250_000, "「あ。" * 30_000, "a\n\n" * 60_000],
    ids=["word", "stops", "quotes", "lines"],
)
def test_text_that_nobody_wrote_is_cut_without_losing_any_or_counting_much_at_once(text):
    most = 0

    def count(texts):
        nonlocal most
        most = max(most, sum(map(len, texts)))
        return [len(text) // 4 + 3 for text in texts]

    (pieces,) = cut([(Section(text), 256)], count)
    assert "".join("".join(pieces).split()).startswith("".join(text.split())[:1000])
    assert sum(len(piece.replace("\n", "")) for piece in pieces) >= len(text.replace("\n", ""))
    assert max(count(pieces)) <= 256
    assert most < 2 * len(text)


GARBLING = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
1 begincodespacerange <00> <ff> endcodespacerange
1 beginbfrange <20> <7e> <e020> endbfrange
endcmap end end"""
BAD = {  # one of each kind, and why it is left out
    "locked.pdf": (locked(pdf([["secret"]]), "open sesame"), "encrypted"),
    "cut-off.pdf": (pdf([["text"]])[:60], "damaged"),
    "scanned.pdf": (pdf([[]], picture=True), "scanned"),
    "garbled.pdf": (pdf([["Returns are free of charge."]], to_unicode=GARBLING), "garbled"),
    "empty.md": (b"", "empty"),
    "picture.md": (b"\x89PNG\r\n\x1a\n" + bytes(100), "not-this-format"),
    "program.exe": (b"MZ" + bytes(100), "unsupported"),
    "cut-off.zip": (zipped({"a.txt": "text" * 100})[:-30], "damaged"),
    "locked.docx": (old_office(with_password=True), "encrypted"),
    "entities.xlsx": (BOMBS["entities.xlsx"](), "damaged"),
    "deep.html": (BOMBS["deep.html"](), "too-large"),
    "deep.json": (BOMBS["deep.json"](), "damaged"),
}
GOOD = 188


def test_one_bad_file_of_each_of_12_kinds_among_200_is_left_out_with_its_reason_and_the_rest_is_read(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("PATH", "")  # without tesseract, which reads the garbled one as it looks
    files, data, embedder = tmp_path / "files", tmp_path / "data", FakeEmbedder()
    files.mkdir()
    for number in range(GOOD):
        (files / f"{number}.md").write_text(f"# Topic {number}\n\nAll about number {number}.\n", "utf-8")
    for name, (content, _) in BAD.items():
        (files / name).write_bytes(content)
    pipeline = Pipeline(IngestSettings(data=data, readers=2), embedder, Analyzer())
    report = pipeline.run(Order([files]))
    reasons = {name: reason for name, (_, reason) in BAD.items()}
    assert len(reasons) == 12
    assert {each.source: each.reason for each in report.quarantined} == reasons
    assert all(each.message.endswith(".") for each in report.quarantined)
    assert len(report.added) == GOOD
    assert report.exit_code == 2
    documents = Generation.open(data, Analyzer()).documents.values()
    assert {document.source for document in documents} == {f"{number}.md" for number in range(GOOD)}

    embedder.embedded.clear()
    (files / "empty.md").write_text("No longer empty.", "utf-8")
    again = pipeline.run(Order([files]))
    assert (again.unchanged, again.added, again.embedded) == (GOOD, ["empty.md"], 1)
    assert {each.source for each in again.quarantined} == set(reasons) - {"empty.md"}


HALF = {
    "id": "\ud800a",
    "title": "\udfffTitle",
    "text": "All of it.\ud800",
    "url": "https://a.example/\ud800",
    "lang": "en",
}


@pytest.mark.parametrize(
    "data",
    [
        HALF | {"tags": ["\ud800b"], "product": "\ud800c"},
        {"question": "Why\ud800?", "answer": "So\udfff.", "id": "\ud800"},
    ],
    ids=["passage", "pair"],
)
def test_halves_of_surrogate_pairs_stop_nothing_wherever_they_stand(tmp_path, data):
    files, knowledge = tmp_path / "files", tmp_path / "data"
    files.mkdir()
    (files / "good.md").write_text("# Topic\n\nAll about it.\n", "utf-8")
    (files / "half.jsonl").write_text(json.dumps(data) + "\n", "utf-8")
    report = Pipeline(IngestSettings(data=knowledge, readers=1), FakeEmbedder(), Analyzer()).run(Order([files]))
    assert (set(report.added), report.quarantined) == ({"good.md", "half.jsonl"}, [])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("page.html", b'<meta charset="undefined"><h1>Returns</h1><p>Within 30 days.'),
        ("page.html", b'<meta charset="punycode"><h1>Returns</h1><p>Within 30 days.</p>-9ab'),
        ("page.html", b'<ol start="%s"><li>Within 30 days.</ol>' % (b"9" * 5_000)),
        ("page.md", b"9" * 5_000 + b". Within 30 days."),
    ],
)
def test_what_no_writer_means_is_passed_over(name, data):
    assert "Within 30 days." in read(data, name).sections[0].text
