"""Who asks about an order or account of their own, or has lost patience: told so, helped with words, or passed on."""

from __future__ import annotations

import pytest
from fakes import FakeFinder, FakeLevelFinder, FakeModel, passage
from test_answering import SETTINGS, answer

from service.answering.answerer import Answerer, done
from service.answering.messages.handover import is_stuck, is_upset
from service.answering.messages.own_affairs import asks_about_own
from service.answers import Turn

OWN = [
    "where is my order?",
    "where's my order 12345? it should have arrived yesterday",
    "Has my refund been sent?",
    "what's my points balance",
    "can you cancel order 8812 for me",
    "change my address to 3-4-5 Shibuya please",
    "I still haven't received my parcel",
    "What is the status of my claim?",
    "注文した商品がまだ届きません",
    "注文番号 AB-12345 の状況を教えてください",
    "ポイントの残高を教えて",
    "私のアカウント削除しといて",
    "修理に出した炊飯器はいつ戻ってくる？",
    "キャンセルお願いします",
    "荷物はどこですか",
]
GENERAL = [
    "How do I track my order?",
    "Can I cancel my order?",
    "When will my order be shipped if I order before noon?",
    "What happens to my points if I return something?",
    "Where can I find my order number?",
    "error code 4021 on my kettle",
    "注文をキャンセルしたい",
    "キャンセルの方法を教えて",
    "返金はいつ振り込まれますか",
    "配送状況の確認方法を教えてください",
    "説明書の内容を教えて",
    "2025年の契約について",
]


@pytest.mark.parametrize("message", OWN)
def test_what_only_the_companys_systems_know_is_told_from_what_documents_say(message: str):
    assert asks_about_own(message)


@pytest.mark.parametrize("message", GENERAL)
def test_who_asks_how_it_is_done_asks_the_documents(message: str):
    assert not asks_about_own(message)


@pytest.mark.parametrize(
    ("question", "words"),
    [("Has my refund been sent?", "I cannot look into your own"), ("返金はまだ振り込まれませんか", "確認や変更は")],
)
async def test_a_quotation_for_who_asks_about_their_own_says_what_cannot_be_done(question: str, words: str):
    said = await answer(Answerer(FakeFinder(confidence=0.9), None, SETTINGS), question)
    assert said.outcome == "answered"
    assert words in said.text.split("\n")[0]
    assert said.citations


async def test_without_anything_to_quote_it_is_a_persons_work():
    said = await answer(Answerer(FakeFinder(confidence=0.2), None, SETTINGS), "Has my refund been sent?")
    assert (said.outcome, said.reason) == ("handoff", "unsupported_request")
    assert said.text.endswith("I am passing you on to a person who can.")


async def test_a_draft_for_agents_neither_says_what_cannot_be_done_nor_asks_what_was_meant():
    passages = (
        passage("Refunds take ten days.", "When is my refund sent?"),
        passage("Yes.", "Are refunds sent by mail?"),
    )
    answerer = Answerer(FakeLevelFinder(*passages), None, SETTINGS)
    said = (await done(answerer.stream("Has my refund been sent?"))).answer
    assert said.text.startswith("I cannot look into")
    assert said.text.endswith("- Are refunds sent by mail? [2]")
    said = (await done(answerer.stream("Has my refund been sent?", for_staff=True))).answer
    assert said.text == "Refunds take ten days [1]."


async def test_a_model_is_told_that_it_can_change_nothing():
    model = FakeModel("Refunds take ten days [1].")
    await answer(Answerer(FakeFinder(confidence=0.9), model, SETTINGS), "Has my refund been sent?")
    assert "never that it is done" in model.asked[0][0].text


@pytest.mark.parametrize(
    "message",
    [
        "ふざけるな、もう三回目だぞ",
        "最悪の対応ですね。返金してください",
        "最悪ですね、プレゼントだったのに",
        "you people are useless",
        "I'm so frustrated with this!",
    ],
)
def test_lost_patience_is_heard(message: str):
    assert is_upset(message)


@pytest.mark.parametrize(
    "message",
    ["最低注文金額は？", "最悪の場合どうなりますか", "詐欺メールが届いた", "胃がむかつく", "Is this kettle useful?"],
)
def test_words_of_anger_in_a_plain_question_are_no_anger(message: str):
    assert not is_upset(message)


async def test_who_has_lost_patience_gets_a_person_where_there_is_no_answer_and_is_offered_one_where_there_is():
    said = await answer(Answerer(FakeFinder(confidence=0.2), None, SETTINGS), "You people are useless")
    assert (said.outcome, said.reason) == ("handoff", "policy")
    said = await answer(Answerer(FakeFinder(confidence=0.9), None, SETTINGS), "最悪の対応ですね。返品の期限は？")
    assert said.outcome == "answered"
    assert said.text.startswith("ご不便をおかけして申し訳ありません。")


@pytest.mark.parametrize(
    "message",
    [
        "やってみたけどだめでした",
        "30分待ったけどまだだめです",
        "それでも直りません",
        "I tried that",
        "checked it all, still doesn't work",
        "That did not help",
    ],
)
def test_who_was_not_helped_is_heard(message: str):
    assert is_stuck(message)


@pytest.mark.parametrize(
    "message",
    ["試してみたい", "まだ使えますか", "やってみます", "Is it still not too late?", "Does it still work abroad?"],
)
def test_words_of_trying_in_a_plain_question_are_no_complaint(message: str):
    assert not is_stuck(message)


async def test_who_was_not_helped_is_offered_a_person_and_gets_one():
    asked = Answerer(FakeFinder(), None, SETTINGS)
    before = [Turn("user", "I cannot return it"), Turn("assistant", "Within 30 days [1].", "answered")]
    said = await answer(asked, "I tried that, still doesn't work", *before)
    assert said.text.startswith("I am sorry for the trouble.")
    alone = await answer(asked, "I tried that, still doesn't work")
    assert not alone.text.startswith("I am sorry for the trouble.")
    then = [*before, Turn("user", "I tried that"), Turn("assistant", said.text, "answered")]
    assert (await answer(asked, "yes please", *then)).outcome == "handoff"
