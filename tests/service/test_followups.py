"""A question with the one before it: a code that is named anew takes the other's place."""

import pytest
from fakes import FakeFinder, passage
from test_answering import SETTINGS, answer

from service.answering.answerer import Answerer
from service.answering.messages.followups import before, corrected, is_whole, joined, leans, put_anew
from service.answers import Turn

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
    ("message", "told"),
    [
        ("is there anything faster?", True),
        ("Can we stay a bit longer?", True),
        ("Do you have a faster charger for the battery?", False),
        ("Is there a bit of parking for the van of a visitor?", False),
    ],
)
def test_what_is_compared_with_nothing_that_is_named_leans(message, told):
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
    finder = FakeFinder(passage(ALLOWANCES), unsure_without="部長の手当")
    history = [Turn("user", "課長の手当いくら"), Turn("assistant", "2,500円です。")]
    said = await answer(Answerer(finder, None, SETTINGS), "部長は？", *history)
    assert "3,000円" in said.text
    assert "2,500円" not in said.text


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("止めるのにお金かかりますか", True),
        ("見つからなかったら新しいのもらえます？", True),
        ("今から入れますか", True),
        ("大学生だといくらですか", True),
        ("カードのほうは何日かかる？", True),
        ("eSIMの場合は？", True),
        ("何分待てばいいですか", True),
        ("何名まで入れますか", True),
        ("冷凍でも大丈夫ですか？", True),
        ("分割でも平気？", True),
        ("子供用のものはありますか", True),
        ("色を選んでもOKですか", False),
        ("何名から宴会を予約できますか", False),
        ("傘は貸してもらえますか", False),
        ("じゃあ新しい本体はそちらで買えますか", False),
        ("Is there parking near the main building of Eastgate?", False),
        ("Is the parking there free?", True),
    ],
)
def test_what_names_no_thing_or_another_case_leans_on_what_was_said(message, told):
    assert leans(message) is told


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Can I bring my dog?", True),
        ("How much is a room?", True),
        ("授乳室ありますか", True),
        ("電話番号教えて", True),
        ("how long for", False),
        ("How much is the deposit?", False),
        ("Can I return it?", False),
        ("それはありますか", False),
        ("何時まで？", False),
    ],
)
def test_a_question_of_its_own_points_to_nothing(message, told):
    assert is_whole(message) is told


@pytest.mark.parametrize(
    ("message", "rest"),
    [
        ("sorry, meant the flat on my own bike", "the flat on my own bike"),
        ("ちがった、車のほうの靴です", "車のほうの靴です"),
        ("じゃなくて、いつ分かるかです", "いつ分かるかです"),
        ("No, I meant the application fee", "the application fee"),
        ("sorry i mean next week", "next week"),
        ("いえ、口座のほうです", "口座のほうです"),
        ("リボじゃなくて分割です", "分割です"),
        ("今日じゃなくてもいいですか", None),
        ("I have no meaning of life", None),
    ],
)
def test_a_correction_is_told_from_what_it_corrects(message, rest):
    assert corrected(message) == rest


def said(*questions):
    return [Turn("user", question) for question in questions]


def test_what_it_was_all_about_is_kept_in_japanese_and_what_came_last_in_english():
    first = ["特別展のチケットを前売りで買いたい場合", "いくら？", "それはいつまで？", "払い戻しは？"]
    assert before(said(*first)) == "\n".join((first[0], *first[2:]))
    english = ["Do you ship overseas by plane or boat?", "how much", "how long does it take", "and to Canada?"]
    assert before(said(*english)) == "\n".join(english[1:])


def test_a_question_of_its_own_ends_what_went_before():
    assert before(said("Is accommodation guaranteed?", "How much is a room?", "and weekly?")) == (
        "How much is a room?\nand weekly?"
    )


def test_doubts_thanks_and_what_was_taken_back_are_not_what_was_asked():
    assert before(said("送料は？", "本当ですか")) == "送料は？"
    assert before(said("Thanks! Where is the nearest station?")) == "Where is the nearest station?"
    assert before(said("No, I meant the deadline for sending a transcript")) == "the deadline for sending a transcript"
