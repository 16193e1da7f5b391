"""The report as a page: everything in it is told, nothing in it is run or fetched, whatever the files are called."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from html.parser import HTMLParser

import pytest
from playwright.sync_api import sync_playwright

from ingest.runs.report import Quarantined, Report
from ingest.runs.report_page import render
from knowledge.index.settled import Conflict, Outdated
from knowledge.report_page import MOST_LISTED

CHROMIUM = shutil.which("chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


class Tags(HTMLParser):
    """Collects the names of attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes |= {name for name, _ in attrs}


def full() -> Report:
    return Report(
        added=["faq.csv", HOSTILE],
        changed=["料金表.pdf"],
        unchanged=5,
        removed=["old.md"],
        quarantined=[Quarantined("写真.png", "unsupported", "Files ending in .png are not read.")],
        warnings=[("scan.pdf", "2 pages were read by OCR.")],
        passages=12,
        embedded=4,
        languages=Counter(ja=9, en=3),
        redacted=Counter(PHONE=7, ORDER=2),
        folded=3,
        conflicts=[Conflict("送料はいくらですか", "logs.jsonl#c1", "faq.csv#2", "550 yen against 880 yen")],
        outdated=[
            Outdated("返品できますか", "faq_2022.csv#2", "2022-04-01", "faq_2024.csv#2", "2024-04-01", "14 against 30")
        ],
        copies=[("b.csv", "a.csv")],
        seconds={"reading": 1.5, "embedding": 240.0},
        generation="20260101T000000000000-00000000",
        total_documents=8,
        total_passages=40,
    )


def test_the_page_tells_all_of_the_report():
    page = render(full(), "docs")
    for words in (
        "faq.csv", "料金表.pdf", "old.md", "写真.png", "Files ending in .png", "2 pages were read by OCR.", "Japanese",
        "Telephone numbers", "ORDER", "送料はいくらですか", "logs.jsonl#c1", "550 yen against 880 yen",
        "Out of date", "faq_2022.csv#2", "2022-04-01", "faq_2024.csv#2", "2024-04-01", "14 against 30",
        "b.csv", "4.0 min", "1 file could not be read; the rest was.", "8 documents and 40 passages",
    ):  # fmt: skip
        assert words in page, words


def test_half_a_surrogate_pair_can_be_written():
    assert "docs?" in render(full(), "docs\ud800").encode().decode()


def test_nothing_of_a_file_name_is_markup_and_nothing_is_fetched_or_run():
    page = render(full(), HOSTILE)
    assert "<script" not in page
    assert "<img" not in page
    tags = Tags()
    tags.feed(page)
    assert not tags.attributes & {"src", "href", "style", "onerror", "onclick", "onload", "action"}
    assert "default-src 'none'" in page


@pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true", reason="chromium is not installed (apt-get install chromium)"
)
def test_a_browser_shows_it_with_its_own_looks_asks_for_nothing_and_fits_a_telephone(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(render(full(), HOSTILE), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark").new_page()
        told: list[str] = []
        page.on("console", lambda line: told.append(line.text))
        page.on("dialog", lambda dialog: told.append(dialog.message))
        page.on("request", lambda request: told.append(request.url))
        page.goto(path.as_uri())
        assert told == [path.as_uri()]
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"
        assert page.locator(".list").count()
        for table in page.locator(".scroll").all():  # a row is read from above to below, with the names of its columns
            assert table.evaluate("box => box.scrollWidth <= box.clientWidth")
        [cell] = page.locator("td[data-name]", has_text="550 yen against 880 yen").all()
        assert (
            cell.evaluate("cell => getComputedStyle(cell, '::before').content")
            == f'"{cell.get_attribute("data-name")}"'
        )
        assert page.get_by_role("table").first.get_by_role("row").count() > 1
        browser.close()


def test_an_empty_report_and_a_long_one_are_pages_too():
    assert "The knowledge base is still empty." in render(Report(), "docs")
    page = render(Report(added=[f"{number}.md" for number in range(MOST_LISTED + 7)]), "docs")
    assert "and 7 more" in page
    assert f"{MOST_LISTED}.md" not in page


def test_many_files_of_a_folder_that_are_left_out_for_one_reason_are_one_line():
    days = [Quarantined(f"slack/{day}.json", "not-this-format", "Take it out.") for day in range(9)]
    report = Report(quarantined=[Quarantined("a.md", "empty", "It is empty."), *days, Quarantined("b.md", "x", "y")])
    assert report.left_out() == [
        ("a.md", "empty", "It is empty."),
        ("slack/0.json and 8 more beside it", "not-this-format", "Take it out."),
        ("b.md", "x", "y"),
    ]
    assert len(report.as_dict()["quarantined"]) == 11
