"""Who names an article or a section by its number is told of it."""

from __future__ import annotations

import pytest
from fakes import FakeFinder, hit, passage
from test_answering import SETTINGS, answer

from service.answering.answerer import Answerer
from service.answering.passages.numbered import asked_for, holding, is_all_that_is_asked

RULES = {"source": "rules.docx", "title": "Rules"}
CLAIMS = [
    passage("On form K-3.", headings=("Part 4: Claims", "Section 4.1 Form"), **RULES),
    passage("Within two years. See section 4.1.", headings=("Part 4: Claims", "Section 4.2 Time limit"), **RULES),
    passage("On the 25th.", headings=("Part 4: Claims", "4.3. Payment"), **RULES),
]
ARTICLES = [
    passage("第12条　給与は、翌月15日に支払う。", headings=("第5章　給与", "（給与の支払日）"), source="規則.docx"),
    passage(
        "第13条　通勤手当を支給する。第12条は適用しない。", headings=("第5章　給与", "（通勤手当）"), source="規則.docx"
    ),
    passage("休会は前日までです。", headings=("第14条の2（休会）",), source="規則.docx"),
]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("What does section 4.2 say?", [CLAIMS[1]]),
        ("and article 4.3", [CLAIMS[2]]),
        ("第１３条には何が書いてありますか", [ARTICLES[1]]),
        ("第十二条の内容を教えて", [ARTICLES[0]]),
        ("第14条の2は？", [ARTICLES[2]]),
        ("第14条は？", []),
        ("What does section 4 say?", [*CLAIMS]),
        ("section 9.9?", []),
        ("part 4-1 of the list", []),
        ("I read it 4.2 times", []),
    ],
)
def test_what_bears_the_number_is_found(message, told):
    hits = [hit(each) for each in (*CLAIMS, *ARTICLES)]
    assert [found.passage for found in holding(asked_for(message), hits)] == told


@pytest.mark.parametrize(
    ("message", "alone"),
    [
        ("What does section 4.2 say?", True),
        ("第13条には何が書いてありますか", True),
        ("第13条の内容を教えてください", True),
        ("第13条の通勤手当はいくらですか", False),
        ("Is a wedding in section 4.2?", False),
    ],
)
def test_whether_anything_besides_is_asked(message, alone):
    assert is_all_that_is_asked(message) is alone


async def test_the_article_is_quoted_however_unsure_the_search_is():
    finder = FakeFinder(*ARTICLES, confidence=0.05)
    said = await answer(Answerer(finder, None, SETTINGS), "第13条には何が書いてありますか")
    assert said.text == "【第5章 給与 > （通勤手当）】\n第13条　通勤手当を支給する。第12条は適用しない[1]。"
    said = await answer(Answerer(finder, None, SETTINGS), "第99条には何が書いてありますか")
    assert said.outcome == "refused"
