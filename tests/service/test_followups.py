"""A question with the one before it: a code that is named anew takes the other's place."""

import pytest
from fakes import FixedFinder, passage
from test_answering import SETTINGS, answer

from service.answering import Answerer
from service.answers import Turn
from service.followups import joined, leans, put_anew

EARLIER = "How much rice does the KX-100 cook?"


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("And the KX-200?", "How much rice does the KX-200 cook?"),
        ("and kx200", "How much rice does the kx200 cook?"),
        ("And in E5?", EARLIER),  # of another kind
        ("How does it differ from the KX-200?", EARLIER),
        ("Is that more than the KX-200 and the KX-300?", EARLIER),
        ("And how long does it take?", EARLIER),
    ],
)
def test_a_code_that_is_named_anew_takes_the_place_of_the_other(message, asked):
    assert joined(EARLIER, message) == f"{asked}\n{message}"


def test_so_in_japanese():
    assert joined("KX-100で玄米は何合炊ける？", "じゃあKX-200は？") == "KX-200で玄米は何合炊ける？\nじゃあKX-200は？"
    assert joined("KX-100の重さは？", "KX-200とどう違う？") == "KX-100の重さは？\nKX-200とどう違う？"


@pytest.mark.parametrize(
    ("message", "told"),
    [("色も変えられますか", True), ("1時間だけ休むのもできる？", True), ("見積もりだけでもお金かかる？", False)],
)
def test_the_end_of_a_word_is_no_word_for_also(message, told):
    assert leans(message) is told


@pytest.mark.parametrize(
    ("earlier", "message", "anew"),
    [
        ("課長の手当いくら", "部長は？", ["部長の手当いくら", "課長の部長いくら"]),
        ("how much is a bed for adults", "and for children?", ["how much is a bed for children"]),
        ("課長の手当いくら", "部長とどう違う？", []),
        ("課長の手当いくら", "ありがとうございます。あと、申請の期限も知りたいです。", []),
    ],
)
def test_what_a_message_names_takes_the_place_of_what_was_named(earlier, message, anew):
    found = put_anew(earlier, message)
    assert set(anew) <= set(found)
    assert bool(anew) == bool(found)


ALLOWANCES = """等級: 課長; 手当: 2,500円
等級: 部長; 手当: 3,000円
等級: 主任; 手当: 2,000円"""


async def test_a_question_that_is_put_anew_may_be_sure_where_both_as_one_are_not():
    finder = FixedFinder(passage(ALLOWANCES), unsure_without="部長の手当")
    history = [Turn("user", "課長の手当いくら"), Turn("assistant", "2,500円です。")]
    said = await answer(Answerer(finder, None, SETTINGS), "部長は？", *history)
    assert "3,000円" in said.text
    assert "2,500円" not in said.text
