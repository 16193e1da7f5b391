"""Days that a question and a table name: the row of that day is told, and no other."""

import pytest
from fakes import FakeLevelFinder, hit, passage
from test_answering import SETTINGS, answer

from service.answering.answerer import Answerer
from service.answering.passages.choosing import best_hit
from service.answering.passages.rows import rows_asked_for
from service.answering.texts.days import days, spelled

CLOSED = """日付: 12月30日（水）; 北店: 9:00〜15:00; 南店: 休館
日付: 12月31日（木）〜1月2日（土）; 北店: 休館; 南店: 休館
日付: 1月3日（日）; 北店: 10:00〜15:00; 南店: 休館
日付: 1月4日（月）; 北店: 通常営業; 南店: 通常営業"""
FERRY = """Day: Dec 24; Leaves: 9:00
Day: Dec 25 to 26; Leaves: does not run
Day: 27 December; Leaves: 11:00"""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("12月31日（木）〜1月2日（土）は休み", {(12, 31), (1, 1), (1, 2)}),
        ("8月13日から16日まで", {(8, 13), (8, 14), (8, 15), (8, 16)}),
        ("Dec 31 - Jan 2", {(12, 31), (1, 1), (1, 2)}),
        ("from December 24–26, and on the 3rd of May", {(12, 24), (12, 25), (12, 26), (5, 3)}),
        ("10日までに届け出る。5日以内に送る。", set()),
        ("4月1日から3月31日", {(4, 1), (3, 31)}),  # a year
        ("version 1/3, 24/7", set()),
    ],
)
def test_days_are_told(text, named):
    assert days(text) == named


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("1/3やってる？", "1月3日やってる？"),
        ("12/31(木)は", "12月31日(木)は"),
        ("24/7ですか", "24/7ですか"),
        ("2026/1/3", "2026/1/3"),
        ("1/2サイズ", "1/2サイズ"),
        ("1/2の量", "1/2の量"),
    ],
)
def test_days_are_spelled_as_documents_write_them(asked, meant):
    assert spelled(asked, "ja") == meant
    assert spelled(asked, "en") == asked


@pytest.mark.parametrize(
    ("question", "text", "row"),
    [
        ("北店は1月3日やってますか", CLOSED, "日付: 1月3日"),
        ("1月1日は？", CLOSED, "日付: 12月31日"),
        ("does it run on December 26?", FERRY, "Day: Dec 25"),
        ("27 Dec?", FERRY, "Day: 27"),
    ],
)
def test_the_row_of_a_day_is_told(question, text, row):
    (found,) = rows_asked_for(question, text)
    assert found.startswith(row)


HOURS = passage("平日: 9:00〜21:00\n日: 10:00〜18:00", title="北店", headings=("北店", "営業時間"), source="a.html")
NOTICE = passage(CLOSED, title="年末年始の北店と南店", source="b.md")


def test_what_tells_of_the_day_goes_before_what_names_none():
    hits = [hit(HOURS, 5.0), hit(NOTICE, 4.0)]
    assert best_hit("北店は1月3日やってる？", hits) == 1
    assert best_hit("北店は何時まで？", hits) == 0
    assert best_hit("北店の営業時間は1月3日に変わりますか", hits) == 0  # the notice does not speak of all that is asked
    assert best_hit("北店は3月3日やってる？", hits) == 0
    assert best_hit("北店は1月3日やってる？", [hits[0], hit(NOTICE, 2.0)]) == 0


async def test_what_tells_of_the_day_is_looked_for_beyond_the_passages_of_an_answer():
    news = [
        passage(f"北店の{floor}階を塗り替えました。", title="北店", headings=("北店", f"{floor}階"))
        for floor in range(5)
    ]
    finder = FakeLevelFinder(HOURS, *news, NOTICE)
    said = await answer(Answerer(finder, None, SETTINGS), "北店は1月3日やってる？")
    assert "北店: 10:00〜15:00" in said.text
    assert len(said.citations) <= SETTINGS.passages_per_answer
    finder.questions.clear()
    await answer(Answerer(finder, None, SETTINGS), "北店は何時まで？")
    assert len(finder.questions) == 1  # nobody else pays for it


async def test_a_day_in_numbers_is_understood_and_other_days_are_not_told_beside_it():
    finder = FakeLevelFinder(NOTICE, HOURS)
    said = await answer(Answerer(finder, None, SETTINGS), "北店は1/3やってる？")
    assert finder.questions[0] == "北店は1月3日やってる？"
    assert "北店: 10:00〜15:00" in said.text
    assert "18:00" not in said.text
