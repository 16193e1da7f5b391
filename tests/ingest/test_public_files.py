"""Real files that nobody made for us, where they lie beside the repository."""

import csv
import json
from pathlib import Path

import pytest

from ingest.texts.extracts import Extract
from ingest.workers.isolation import ReadingPool

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
PDFS = DATA / "pdf"
FAQ = DATA / "localgovfaq" / "raw"
MANIFEST = (
    [json.loads(line) for line in (PDFS / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    if (PDFS / "manifest.jsonl").exists()
    else []
)
REASONS = {
    "password": {"encrypted"},
    "no-text": {"scanned", "no-text"},
    "damaged": {"damaged", "empty", "not-this-format"},
}
needs_faq = pytest.mark.skipif(not FAQ.exists(), reason="the public FAQ does not lie beside the repository")


@pytest.fixture(scope="module")
def read_pdfs():
    with ReadingPool() as pool:
        return dict(pool.read_all((entry["file"], PDFS / entry["file"], "auto") for entry in MANIFEST))


@pytest.mark.skipif(not MANIFEST, reason="the public PDFs do not lie beside the repository")
@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_a_public_pdf_gives_its_text_or_its_reason(entry, read_pdfs):
    result = read_pdfs[entry["file"]]
    if entry["kind"] in REASONS:
        assert not isinstance(result, Extract)
        assert result.reason in REASONS[entry["kind"]]
        return
    assert isinstance(result, Extract), str(result)
    assert all(section.page for section in result.sections)
    text = bare("".join("".join(section.headings) + section.text for section in result.sections))
    for wanted in entry.get("must_contain_ignoring_whitespace", [entry["sample"].split("\r\n")[0]]):
        assert bare(wanted) in text


@pytest.mark.skipif(not MANIFEST, reason="the public PDFs do not lie beside the repository")
def test_vertical_japanese_reads_in_its_order(read_pdfs):
    text = bare(read_pdfs["jo.pdf"].sections[0].text)
    wanted = [
        "わたくしといふ現象は假定された有機交流電燈の",
        "（すべてわたくしと明滅しみんなが同時に感ずるもの）",
        "大正十三年一月廿日",
    ]
    assert [text.find(bare(words)) >= 0 for words in wanted] == [True] * 3
    assert text.find(bare(wanted[0])) < text.find(bare(wanted[1])) < text.find(bare(wanted[2]))


@pytest.fixture(scope="module")
def known_pairs():
    with (FAQ / "faq.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["id"]: (bare(row["question"]), bare(row["answer"])) for row in csv.DictReader(file)}


@needs_faq
@pytest.mark.parametrize(
    ("form", "count"), [("faq.csv", 1786), ("faq_first300_cp932.csv", 300), ("html", 1786), ("md", 1786)]
)
def test_every_form_of_the_public_faq_gives_the_same_pairs(form, count, known_pairs):
    path = FAQ / form
    with ReadingPool() as pool:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        results = [result for _, result in pool.read_all((file.name, file, "auto") for file in files)]
    assert {result.kind for result in results} == {"faq"}
    sections = [section for result in results for section in result.sections]
    pairs = {
        str(section.anchor).removeprefix("faq-"): (bare(section.question or ""), bare(section.text))
        for section in sections
    }
    assert len(sections) == len(pairs) == count
    assert {key: pair for key, pair in known_pairs.items() if key in pairs} == pairs


def bare(text):
    return "".join(text.split())
