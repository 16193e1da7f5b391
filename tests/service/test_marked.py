"""Which things of a table are marked in a column, and which are not."""

from dataclasses import replace

import pytest
from fakes import FakeFinder, hit, passage
from test_answering import SETTINGS, answer

from service.answering.answerer import Answerer
from service.answering.passages.marked import MOST, asks
from service.answering.quotations.lists import marked_rows
from service.answers import Turn

SOUPS = {"かぼちゃ": "－●－", "えび天": "●●△", "豆乳": "－－●", "野菜": "－－－", "かに玉": "△●－"}
SOUP_ROWS = [f"メニュー: {name}; えび: {a}; 卵: {b}; 大豆: {c}; 値段: 500円" for name, (a, b, c) in SOUPS.items()]
PLANS = [
    "Plan: Solo; Export: ●; Single sign-on: –; Seats: 1",
    "Plan: Team; Export: ●; Single sign-on: –; Seats: 10",
    "Plan: Company; Export: –; Single sign-on: ○; Seats: 100",
]
MENU = ("スープ", "●：使用 －：不使用 △：同じ釜")


def rows_of(rows, headings, source="list.xlsx"):
    return [passage(row, source=source, headings=headings) for row in rows]


def place_of(found):
    """Where the index would have it: as in the list, whichever was found first."""
    return SOUP_LIST.index(found.passage) if found.passage in SOUP_LIST else 0


class TableFinder(FakeFinder):
    """Finds the table's first passage as the last of few, and all of a document that is asked for."""

    def search(self, question, limit=5, filters=None):
        if filters is not None and filters.source:
            mine = [found for found in self.passages if found.source in filters.source]
            found = FakeFinder(*mine).search(question, limit)
            return replace(found, hits=tuple(replace(each, place=place_of(each)) for each in found.hits))
        return super().search(question, limit, filters)


SOUP_LIST = rows_of(SOUP_ROWS, MENU)
ABOUT = passage("アレルゲンの一覧をご確認ください。", "アレルギーに対応していますか？")


async def said(*messages, passages=(ABOUT, *SOUP_LIST), confidence=0.2):
    counter, history = Answerer(TableFinder(*passages, confidence=confidence), None, SETTINGS), []
    for message in messages:
        found = await answer(counter, message, *history)
        history += [Turn("user", message), Turn("assistant", found.text, outcome=found.outcome)]
    return found


async def test_all_that_is_without_something_is_told_and_nothing_that_may_have_a_trace():
    told = await said("えび入ってないスープどれ？")
    assert told.text.splitlines() == [
        "【スープ > ●：使用 －：不使用 △：同じ釜】",
        "えび: －",
        "・かぼちゃ [1]",
        "・豆乳 [2]",
        "・野菜 [3]",
        "",
        "こちらについてのお尋ねでしたか。",
        "・アレルギーに対応していますか？[4]",
    ]
    assert [citation.quote.split(";")[0] for citation in told.citations][:3] == [
        "メニュー: かぼちゃ",
        "メニュー: 豆乳",
        "メニュー: 野菜",
    ]
    assert told.outcome == "answered"


async def test_who_asks_on_is_told_what_fits_both():
    assert "・かぼちゃ" not in (told := await said("エビ入ってないやつどれ", "じゃあ卵も入ってないのは")).text
    assert "えび: －; 卵: －\n・豆乳 [1]\n・野菜 [2]" in told.text


async def test_two_things_that_are_asked_for_at_once_must_both_fit():
    assert "えび: －; 卵: －\n・豆乳 [1]\n・野菜 [2]" in (await said("卵とえびが入ってないのはどれ？")).text


async def test_what_was_asked_of_one_thing_before_restricts_no_list():
    told = await said("豆乳に大豆は入ってる？", "じゃあ卵が入ってないのは")
    assert "卵: －\n・豆乳 [1]\n・野菜 [2]\n\n" in told.text


async def test_what_is_marked_is_told_with_its_mark():
    told = await said("which plan has single sign-on?", passages=rows_of(PLANS, ("Plans",)), confidence=0.9)
    assert "- Company (Single sign-on: ○) [1]" in told.text.splitlines()
    assert "Team" not in told.text


async def test_a_table_is_looked_for_further_down_where_contents_are_asked_for():
    others = [passage(f"お知らせ{number}", source=f"{number}.html") for number in range(6)]
    assert "・えび天 (えび: ●) [1]" in (await said("えび入ってるのはどれ", passages=(*others, *SOUP_LIST))).text


async def test_a_column_is_named_in_the_other_language_too():
    told = await said("which soups have no shrimp or egg?")
    assert "えび: －; 卵: －\n- 豆乳 [1]\n- 野菜 [2]" in told.text
    plans = rows_of([row.replace("Export", "Shrimp") for row in PLANS], ("Plans",))
    assert "・Company [1]" in (await said("海老が入ってないのはどれ", passages=(ABOUT, *plans))).text


async def test_rows_of_one_passage_are_told_too():
    table = passage("\n".join(SOUP_ROWS), source="menu.html", headings=MENU)
    assert "・豆乳 [1]\n・野菜 [1]" in (await said("卵が入ってないのはどれですか", passages=(ABOUT, table))).text


@pytest.mark.parametrize(
    "message",
    [
        "そばが入ってないのはどれ？",
        "えび天に卵は入っていますか？",
        "予約なしで行けるのはどれ？",
        "えびとごまが入ってないのはどれ？",  # nothing is known of sesame
        "which soups have no shrimp or sesame?",
    ],
)
async def test_other_questions_get_no_list(message):
    assert "・野菜" not in (await said(message, confidence=0.9)).text


async def test_a_list_that_would_be_too_long_is_not_told():
    many = [f"メニュー: 品{number}; えび: －; 卵: ●" for number in range(MOST + 1)]
    assert (await said("えび入ってないやつどれ", passages=(ABOUT, *rows_of(many, MENU)))).outcome == "refused"


def test_nothing_is_listed_where_the_first_hit_is_no_row_that_fits():
    assert marked_rows("えび入ってないやつどれ", [hit(ABOUT), *map(hit, SOUP_LIST)], "ja") == ("", [])


@pytest.mark.parametrize("message", ["えび入ってないやつどれ", "which meals are without egg", "卵不使用のメニュー"])
def test_a_question_may_ask_for_what_has_something_or_not(message):
    assert asks(message)


@pytest.mark.parametrize("message", ["えびは入ってますか", "when do you open", "どれがおすすめ？"])
def test_others_do_not(message):
    assert not asks(message)


async def test_rows_are_told_in_the_order_of_their_table():
    told = await said("えび入ってないやつどれ", passages=(ABOUT, *reversed(SOUP_LIST)))
    assert [line.split()[0] for line in told.text.splitlines()[2:5]] == ["・かぼちゃ", "・豆乳", "・野菜"]
