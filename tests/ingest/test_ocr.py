"""Scans and pictures: read by tesseract where it is installed, within the limits, and told as what they are."""

from __future__ import annotations

import random

import pytest
from paper import pdf
from scans import MANUALS, page, png, scanned

from ingest.printed import ocr
from ingest.readers.reading import read
from ingest.workers.isolation import ReadingPool
from knowledge.errors import UnreadableFile

needs_tesseract = pytest.mark.skipif(
    not ocr.available() or "jpn" not in ocr._languages(),
    reason="tesseract with Japanese is not installed (apt-get install tesseract-ocr tesseract-ocr-jpn)",
)


def noise(width: int = 600, height: int = 400) -> tuple[int, int, bytes]:
    return width, height, random.Random(7).randbytes(width * height)


def without_spaces(text: str) -> str:
    return "".join(text.split())


@needs_tesseract
def test_a_scanned_page_in_japanese_is_read_and_said_to_be(tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(scanned([page("mamehana_ja.pdf", 2)]))
    with ReadingPool(workers=1) as pool:  # with the limits on time and memory that every file has
        ((_, result),) = pool.read_all([("scan", path, "auto")])
    assert not isinstance(result, UnreadableFile), result
    printed = read((MANUALS / "mamehana_ja.pdf").read_bytes(), "mamehana_ja.pdf")
    sentences = [
        sentence
        for section in printed.sections
        if section.page == 2
        for sentence in without_spaces(section.text).replace("•", "").split("。")
        if len(sentence) > 12
    ]
    recognised = without_spaces("".join(section.text for section in result.sections))
    assert sum(sentence in recognised for sentence in sentences) >= 0.5 * len(sentences)
    assert {section.page for section in result.sections} == {1}
    assert result.warnings == ["1 pages were read by text recognition (OCR): pages 1."]


@needs_tesseract
@pytest.mark.slow
def test_a_picture_of_a_page_is_read_in_english():
    result = read(png(page("mamehana_en.pdf", 1)), "photo.png")
    assert "Mamehana" in "".join(section.text for section in result.sections)
    assert "OCR" in result.warnings[0]


@needs_tesseract
@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("noise.png", png(noise()), {"garbled", "no-text"}),
        ("cut.png", png(noise())[:900], {"damaged"}),
        ("none.jpg", b"\xff\xd8\xff\xe0 nothing", {"damaged"}),
        ("grey.pdf", scanned([(1, 1, b"\x80")]), {"scanned"}),
    ],
)
def test_what_is_no_text_is_refused(name, content, reason):
    with pytest.raises(UnreadableFile) as refused:
        read(content, name)
    assert refused.value.reason in reason


@needs_tesseract
def test_a_page_whose_font_hides_its_letters_is_read_as_it_looks():
    table = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
1 begincodespacerange <00> <ff> endcodespacerange
1 beginbfrange <20> <7e> <e020> endbfrange
endcmap end end"""
    result = read(pdf([["Returns are free of charge."]], to_unicode=table), "manual.pdf")
    assert [section.text for section in result.sections] == ["Returns are free of charge."]
    assert "OCR" in result.warnings[0]


@needs_tesseract
@pytest.mark.slow
def test_a_long_scan_gives_the_pages_that_there_was_time_for():
    data = scanned([page("mamehana_en.pdf", 1)] * 40)
    with ocr.within(4):
        result = read(data, "long.pdf")
    read_of_it = {section.page for section in result.sections}
    assert 1 in read_of_it
    assert len(read_of_it) < 40
    assert "MADOGUCHI_FILE_SECONDS" in result.warnings[1]


def test_without_tesseract_the_report_says_that_it_could_have_been_read(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, content, reason in (
        ("photo.png", png(noise()), "unsupported"),
        ("scan.pdf", scanned([noise()]), "scanned"),
    ):
        with pytest.raises(UnreadableFile, match="apt-get install tesseract-ocr") as refused:
            read(content, name)
        assert refused.value.reason == reason


@needs_tesseract
def test_it_can_be_turned_off(tmp_path):
    path = tmp_path / "scan.pdf"
    path.write_bytes(scanned([noise()]))
    with ReadingPool(workers=1, ocr=False) as pool:
        ((_, result),) = pool.read_all([("scan", path, "auto")])
    assert isinstance(result, UnreadableFile)
    assert result.reason == "scanned"
    assert "MADOGUCHI_OCR=true" in str(result)
