"""Messages about the last answer: whether it is so, where it stands, and that it was not what was asked for."""

import pytest
from fakes import FakeFinder, FakeModel, passage
from test_answering import SETTINGS, answer

from service.answering.answerer import Answerer
from service.answering.messages.asking_again import asks_again, replayed
from service.answers import Turn

POSTAGE = passage("全国一律600円です。", "送料はいくらですか")
TOLD = (Turn("user", "送料は"), Turn("assistant", "全国一律600円です[1]。", outcome="answered"))


@pytest.mark.parametrize(
    "message",
    [
        "本当ですか？",
        "えっ、それ本当？",
        "間違いないですか",
        "出典は？",
        "それはどこに書いてありますか",
        "Are you sure?",
        "really??",
        "What's your source for that?",
        "Where did you get that from?",
    ],
)
def test_the_last_answer_is_doubted_or_its_source_asked_for(message):
    assert asks_again(message) == "doubted"


@pytest.mark.parametrize("message", ["違います", "そうじゃなくて", "That's not what I asked!", "no, not that"])
def test_the_last_answer_was_not_what_was_asked_for(message):
    assert asks_again(message) == "missed"


@pytest.mark.parametrize(
    "message",
    [
        "本当に無料ですか",
        "ソースは付いていますか",
        "資料はどこですか",
        "サイズが違います",
        "Are you sure that you ship to Canada?",
        "Where is my parcel?",
        "I got the wrong size",
    ],
)
def test_others_are_questions(message):
    assert asks_again(message) is None


def test_the_question_that_was_answered_last_stands_before_thanks_and_doubts():
    history = [*TOLD, Turn("user", "ありがとう"), Turn("assistant", "どうも。"), Turn("user", "本当？")]
    assert replayed(history) == ("送料は", [])
    assert replayed([]) is None


async def test_what_was_quoted_is_quoted_once_more_and_said_to_be_of_the_documents():
    finder = FakeFinder(POSTAGE)
    said = await answer(Answerer(finder, None, SETTINGS), "それ本当ですか？", *TOLD)
    assert said.text == "先ほどのご案内は、次の資料に書かれている内容です。\n全国一律600円です[1]。"
    assert finder.questions == ["送料は"]


async def test_what_was_quoted_with_doubt_is_so_again():
    finder = FakeFinder(POSTAGE, confidence=0.6)
    said = await answer(Answerer(finder, None, SETTINGS), "それ本当ですか？", *TOLD)
    assert said.text.startswith("お尋ねの件そのものではないかもしれませんが")


async def test_a_model_answers_the_question_once_more():
    model = FakeModel("全国一律600円です [1]。")
    said = await answer(Answerer(FakeFinder(POSTAGE), model, SETTINGS), "出典は？", *TOLD)
    assert (said.text, [citation.n for citation in said.citations]) == ("全国一律600円です [1]。", [1])
    assert "送料は" in model.asked[0][-1].text


async def test_who_was_misunderstood_is_asked_back():
    said = await answer(Answerer(FakeFinder(POSTAGE), None, SETTINGS), "そうじゃなくて", *TOLD)
    assert (said.outcome, said.citations) == ("clarify", ())
