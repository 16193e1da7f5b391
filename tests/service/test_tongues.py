"""Customers who ask to be answered in the other language."""

from __future__ import annotations

import pytest
from fakes import FakeFinder, FakeModel, passage

from knowledge.filters import Filters
from service.answering.answerer import Answerer, done
from service.answering.messages.tongues import switches, wished_language
from service.answers import Turn
from service.settings import ServiceSettings

SETTINGS = ServiceSettings(_env_file=None)
ANSWERED = (Turn("user", "返品の期限は?"), Turn("assistant", "30日です[1]。", outcome="answered"))


@pytest.mark.parametrize(
    ("message", "wish"),
    [
        ("英語で教えて", ("en", "")),
        ("英語でお願いします。", ("en", "")),
        ("English please", ("en", "")),
        ("Ｅｎｇｌｉｓｈ，　ｐｌｅａｓｅ！", ("en", "")),
        ("can you answer in English?", ("en", "")),
        ("日本語で", ("ja", "")),
        ("返品の方法を英語で説明してください", ("en", "返品の方法")),
        ("How do I return it? Please answer in Japanese.", ("ja", "How do I return it")),
    ],
)
def test_a_wish_for_a_language_is_told_from_what_else_is_said(message, wish):
    assert wished_language(message) == wish


@pytest.mark.parametrize(
    "message",
    [
        "Do you have the manual in English?",
        "英語の説明書はありますか",
        "英語で問い合わせできますか",
        "領収書を英語でお願いします",
        "receipt in English please",
        "英語でもいい?",
        "取扱説明書は英語で書いてありますか",
        "",
        "english " * 100,
    ],
)
def test_a_question_that_names_a_language_is_a_question(message):
    assert wished_language(message) is None


async def test_the_question_before_is_answered_once_more_in_the_language_wished_for():
    finder = FakeFinder(
        passage("Return it within 30 days.", "When can I return it?", source="faq_en.csv"),
        passage("返品は30日以内です。", "返品の期限は?"),
    )
    said = (await done(Answerer(finder, None, SETTINGS).stream("英語で教えて", ANSWERED))).answer
    assert (said.text, said.lang) == ("Return it within 30 days [1].", "en")
    assert set(finder.questions) == {"返品の期限は?"}
    assert finder.filters == [Filters(for_customers=True), Filters(lang=("en",), for_customers=True)]


async def test_what_only_the_other_language_answers_is_quoted_from_there():
    finder = FakeFinder(passage("返品は30日以内です。", "返品の期限は?"))
    said = (await done(Answerer(finder, None, SETTINGS).stream("In English, please", ANSWERED))).answer
    assert said.text.startswith("The answer is in a document in Japanese")
    assert "30日" in said.text


async def test_a_model_is_asked_the_question_before_and_told_the_language():
    model = FakeModel("Within 30 days [1].")
    said = (await done(Answerer(FakeFinder(), model, SETTINGS).stream("英語で教えて", ANSWERED))).answer
    assert (said.text, said.lang) == ("Within 30 days [1].", "en")
    assert "返品の期限は?" in model.asked[0][-1].text


async def test_a_wish_with_nothing_before_it_is_greeted_in_that_language():
    said = (await done(Answerer(FakeFinder(), None, SETTINGS).stream("英語でお願いします"))).answer
    assert (said.text[:6], said.outcome, said.lang) == ("Hello!", "answered", "en")


async def test_who_asks_in_another_language_whether_it_will_do_is_welcomed():
    asked = Answerer(FakeFinder(), None, SETTINGS)
    english = (Turn("user", "When can I return it?"), Turn("assistant", "Within 30 days [1].", outcome="answered"))
    said = (await done(asked.stream("日本語で話せますか", english))).answer
    assert (said.text.startswith("お問い合わせありがとうございます"), said.citations) == (True, ())
    assert switches("Can I write to you in English?", "返品の期限は?")
    assert not switches("日本語で話せますか", "返品の期限は?")  # of whoever serves in the shop
    assert not switches("英語でもいい?", "返品の期限は?")
