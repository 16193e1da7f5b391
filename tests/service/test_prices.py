"""Who asks for a price is told one, or that it is not known."""

import pytest
from fakes import FakeFinder, passage
from test_answering import SETTINGS, answer

from knowledge.language.answer_types import asks_price, tells_price
from service.answering.answerer import Answerer

ROW = "Part: KB-20; Bore (mm): 20; Speed (rpm): 9 000"
ADDRESS = passage("東京都杉並区3-2\n徒歩4分", source="sky.html", title="スカイ荻窪", headings=("スカイ荻窪",))
PARKING = passage("月27,500円", source="sky.html", title="スカイ荻窪", headings=("スカイ荻窪", "駐車場"))


@pytest.mark.parametrize(
    "question",
    [
        "家賃いくら？",
        "送料はいくらですか",
        "料金を教えて",
        "ヨガの料金",
        "how much is it",
        "price of KB-20?",
        "お金かかりますか",
        "does it cost extra",
    ],
)
def test_a_question_may_ask_for_a_price(question):
    assert asks_price(question)


@pytest.mark.parametrize(
    "question",
    ["いくらでも食べられますか", "料金を変更したい", "how much luggage can I bring", "how much does it weigh"],
)
def test_others_do_not(question):
    assert not asks_price(question)


@pytest.mark.parametrize(
    "text", ["月27,500円", "無料です。", "Free of charge.", "EUR 25 per batch", "別途見積もりです", "200米ドル"]
)
def test_a_text_may_tell_of_a_price(text):
    assert tells_price(text)
    assert not tells_price("東京都杉並区3-2 徒歩4分")


async def asked(question, *passages):
    return await answer(Answerer(FakeFinder(*passages), None, SETTINGS), question)


async def test_what_tells_no_price_is_no_answer_to_who_asks_for_one():
    assert (await asked("スカイ荻窪の家賃いくら？", ADDRESS, PARKING)).outcome == "refused"
    assert (await asked("price of KB-20?", passage(ROW, source="parts.pdf"))).outcome == "refused"
    assert (await asked("how much is the KB-20", passage(ROW, source="parts.pdf"))).outcome == "refused"


async def test_another_section_that_tells_the_price_of_what_is_asked_about_is_quoted():
    free = passage("空き状況は日々変わります。", "駐車場は空いていますか？")
    assert "27,500円" in (await asked("スカイ荻窪の駐車場いくら？", ADDRESS, PARKING)).text
    assert "27,500円" in (await asked("スカイ荻窪の駐車場いくら？", free, PARKING)).text


@pytest.mark.parametrize("question", ["how much is the bore of KB-20", "スカイ荻窪の住所"])
async def test_other_questions_are_answered(question):
    assert (await asked(question, passage(ROW, source="parts.pdf"))).outcome == "answered"
