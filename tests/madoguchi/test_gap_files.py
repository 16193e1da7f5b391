"""The page and the draft of gaps: whatever customers write is shown as it is, and runs nowhere."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ingest.readers import table
from knowledge.passages import Passage
from madoguchi.gaps import draft, page
from madoguchi.gaps.gap import Gap, Listing, Said, Wording
from service.answers import Answer
from service.memory.misses import Kind, Miss

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
NEAREST = Passage("d-1", "d", "faq", "default", "ja", "faq.csv", "包装はできますか", "できます。", row=2)


def gap(*asked: tuple[str, str], kind: Kind = "refused", correction: str = "", session: str = "") -> Gap:
    """A gap of wordings with their languages, each asked once, on one day after the other."""
    wordings = []
    for day, (text, lang) in enumerate(asked, 1):
        answer = Answer("", "refused", (), 0.1, "extractive", lang, "g", "missing_knowledge")
        at = f"2026-11-{day:02}T12:00:00.000+00:00"
        miss = Miss(session or f"s{day}", f"m{day}", at, kind, text, None, (), answer, None)
        wordings.append(Wording(text, lang, [Said(miss, text, correction, "")]))
    return Gap(wordings, confidence=0.25, nearest=NEAREST)


def listing(*gaps: Gap) -> Listing:
    said = [each for one in gaps for each in one.said]
    return Listing(None, 10, 30, said, gaps=len(gaps), asked_again=len(gaps), shown=list(gaps))


def test_the_page_tells_all_of_it_and_runs_nothing() -> None:
    told = page.render(listing(gap((HOSTILE, "en"), ("包装は？", "ja"), correction=HOSTILE), gap(("駐車場は？", "ja"))))
    assert "<script" not in told
    assert "<img" not in told
    for words in ("&lt;script&gt;", "包装は？", "駐車場は？", "2 gaps to fill", "confidence 0.25", "2026-11-01"):
        assert words in told, words


def test_the_page_says_when_there_is_nothing_to_fill() -> None:
    assert "Nothing went badly." in page.render(Listing(None, 1, 1))
    done = gap(("駐車場は？", "ja"))
    done.answered = True
    told = listing(done)
    told.answered = 1
    assert "All that went badly is answered by now." in page.render(told)
    told = Listing(None, 1, 1, done.said, gaps=1, trouble="There is no index.", shown=[done])
    assert "There is no index." in page.render(told)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_no_cell_of_the_draft_is_computed_by_a_spreadsheet(tmp_path: Path, sign: str) -> None:
    path = tmp_path / "draft.csv"
    draft.write(path, [gap((f"{sign}HYPERLINK(1) とは", "ja"), correction=f"{sign}1 です")])
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert [cell for cell in rows[1] if cell.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))] == []
    if sign not in ("-", "－"):  # which are other dashes then
        (pair,) = table.read(path.read_bytes(), "draft.csv").sections
        assert (pair.question, pair.text) == (f"{sign}HYPERLINK(1) とは", f"{sign}1 です"), "read as it was"


def test_ingest_reads_the_draft_as_questions_and_answers_in_their_languages(tmp_path: Path) -> None:
    path = tmp_path / "draft.csv"
    both = gap(("包装はできますか", "ja"), ("包装できる？", "ja"), ("Wrap gifts?", "en"), correction="できます。")
    draft.write(path, [both, gap(("駐車場は？", "ja"))])
    read = table.read(path.read_bytes(), "draft.csv")
    assert read.kind == "faq"
    assert [(each.question, each.text, each.lang) for each in read.sections] == [
        ("包装はできますか", "できます。", "ja")
    ]
    assert read.warnings == ["2 rows without a question or an answer were left out: rows 3, 4."]


def test_gaps_of_more_customers_come_first_and_doubts_count_half() -> None:
    asked_once = gap(("a", "en"))
    doubted = gap(("b", "en"), ("c", "en"), ("d", "en"), kind="doubted")
    same_customer = gap(("e", "en"), ("f", "en"), ("g", "en"), session="s")
    two = gap(("h", "en"), ("i", "en"))
    ranked = sorted([asked_once, doubted, same_customer, two], key=lambda one: one.rank)
    assert ranked == [two, doubted, same_customer, asked_once]


def test_of_each_language_one_wording_is_shown() -> None:
    shown = gap(("一", "ja"), ("二", "ja"), ("三", "ja"), ("one", "en")).examples
    assert [one.text for one in shown] == ["一", "one", "二"]
