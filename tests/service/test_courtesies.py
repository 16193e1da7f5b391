"""Messages that ask nothing of the documents: greetings, thanks, who is there, signs alone."""

from __future__ import annotations

import pytest
from fakes import FakeFinder, FakeModel

from service.answering.answerer import Answerer, done
from service.answering.messages.courtesies import courtesy, takes_up_offer, without_courtesies
from service.answering.messages.vague import says_nothing
from service.answers import Turn
from service.settings import ServiceSettings

ANSWERED = [Turn("user", "送料は?"), Turn("assistant", "600円です[1]。", outcome="answered")]
ASKED_BACK = [Turn("user", "返品"), Turn("assistant", "どちらですか。\n1. A\n2. B", outcome="clarify")]
REFUSED = [Turn("user", "天気は?"), Turn("assistant", "見つかりませんでした。", outcome="refused")]


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("こんにちは", "greeting"),
        ("お世話になっております。よろしくお願いいたします。", "greeting"),
        ("Hi there!", "greeting"),
        ("good morning", "greeting"),
        ("ありがとうございました🙇", "thanks"),
        ("わかりました。助かりました!", "thanks"),
        ("ｔｈａｎｋｓ，　ｔｈａｔ’ｓ ａｌｌ", "thanks"),
        ("No, that's all. Bye", "thanks"),
        ("Brilliant, thanks", "thanks"),
        ("あなたは誰ですか?", "introduction"),
        ("Hello, are you a bot or a human?", "introduction"),
        ("What can you do?", "introduction"),
    ],
)
def test_a_message_that_is_nothing_but_a_courtesy_is_known(message, kind):
    assert courtesy(message) == courtesy(message, ANSWERED) == kind


@pytest.mark.parametrize(
    "message",
    [
        "こんにちは、返品したいです",
        "Hi, where is my parcel?",
        "thanks for the return label, where do I put it",
        "hello kitty",
        "大丈夫ですか",
        "電源が入りません",
        "help",
        "返品",
        "",
        "あ" * 5000,
        "thanks " * 800,
    ],
)
def test_a_message_that_says_more_is_a_question(message):
    assert courtesy(message) is None
    assert courtesy(message, ANSWERED) is None


@pytest.mark.parametrize(
    "message",
    [
        "Many thanks for clearing that up",
        "thanks, I'll ring them tomorrow",
        "ok thank you, I'll order one then",
        "right, that answers it. thank you x",
        "that did it, thank you",
        "Oh nice, thanks!",
        "ご丁寧な回答ありがとうございます",
        "よかった、ありがとうございます",
        "では予約します、ありがとうございます",
        "なるほどです！行ってみますね",
        "いいですね〜ありがとうございまーす",
    ],
)
def test_thanks_may_say_what_for_and_what_the_customer_will_do(message):
    assert courtesy(message, ANSWERED) == courtesy(without_courtesies(message), ANSWERED) == "thanks"


@pytest.mark.parametrize(
    "message",
    [
        "Thanks. My order hasn't arrived",
        "thanks for the kettle, it leaks",
        "thanks for nothing, I want a human",
        "Thanks for the reply. I will need a receipt",
        "I'll cancel",
        "ok thanks I'll pay by card, is that ok",
        "that was not helpful",
        "ありがとうございます。アプリが落ちます",
        "ありがとうございます、領収書をお願いします",
        "わかりました、解約したいです",
        "予約します",
    ],
)
def test_thanks_with_a_problem_or_a_wish_are_more_than_thanks(message):
    assert courtesy(message, ANSWERED) is None


def test_what_was_thanked_for_is_kept_where_a_question_follows():
    asked = "thanks for the return label, where do I put it"
    assert without_courtesies(asked) == asked


def test_yes_answers_what_was_asked_and_else_is_a_courtesy():
    for message in ("はい", "OK", "yes", "👍"):
        assert courtesy(message) is None
        assert courtesy(message, ANSWERED) == "thanks"
    assert courtesy("はい", ASKED_BACK) is None
    assert courtesy("yes", [Turn("user", "fee?"), Turn("assistant", "Do you mean for delivery?")]) is None
    assert takes_up_offer("はい、お願いします", REFUSED)
    assert takes_up_offer("Yes please.", REFUSED)
    assert not takes_up_offer("お願いします", ANSWERED)
    assert not takes_up_offer("はい", REFUSED)


def test_signs_and_numbers_alone_say_nothing_unless_they_choose():
    for message in ("???", "…", "😀", "2+2は?"):
        assert says_nothing(message, [])
    assert says_nothing("12345", [])
    assert not says_nothing("2", ASKED_BACK)
    for message in ("なぜ", "いくら", "返品", "fee?", "3月は?"):
        assert not says_nothing(message, [])


@pytest.mark.parametrize(
    ("message", "history", "outcome", "words"),
    [
        ("こんにちは", (), "answered", "ご質問をどうぞ"),
        ("Hello!", (), "answered", "What can I help you with?"),
        ("thanks", (), "answered", "just ask"),
        ("Are you a human?", (), "answered", "automated assistant, not a person"),
        ("???", (), "clarify", "more about what you need"),
        ("はい、お願いします", REFUSED, "handoff", "担当者"),
    ],
)
async def test_courtesies_are_answered_without_a_search_or_a_model(message, history, outcome, words):
    model = FakeModel("must not be asked")
    answerer = Answerer(FakeFinder(), model, ServiceSettings(_env_file=None))
    answer = (await done(answerer.stream(message, history))).answer
    assert (answer.outcome, answer.citations) == (outcome, ())
    assert words in answer.text
    assert not model.asked


async def test_what_follows_on_thanks_leans_on_the_question_before_them():
    from service.answering.messages import followups

    history = [*ANSWERED, Turn("user", "ありがとう"), Turn("assistant", "ご利用ありがとうございます。")]
    assert followups.before(history) == "送料は?"


@pytest.mark.parametrize(
    ("message", "question"),
    [
        ("ありがとうございます！あと支払いはどうなりますか", "支払いはどうなりますか"),
        ("わかりました。授乳室ありますか", "授乳室ありますか"),
        ("Thank you. One more thing: do I have an interview?", "do I have an interview?"),
        ("ok thanks, and the fee?", "and the fee?"),
        ("By the way, can I bring my dog?", "can I bring my dog?"),
        ("もう一つ、送料は？", "送料は？"),
        ("あとで払えますか", "あとで払えますか"),
        ("ありがとう", "ありがとう"),
        ("Are you a bot? How do I return it?", "Are you a bot? How do I return it?"),
    ],
)
def test_a_question_is_told_from_the_thanks_before_it(message, question):
    assert without_courtesies(message) == question


@pytest.mark.parametrize(
    "message",
    ["今のプランのままでいいです。ありがとう", "I'll leave it then, thank you!", "やってみます", "ok I'll try that"],
)
def test_who_says_what_they_will_do_and_thanks_asks_nothing(message):
    assert courtesy(message, ANSWERED) == "thanks"


@pytest.mark.parametrize("message", ["解約します。手続きは？", "今のプランにします。あと送料は？", "返品にします"])
def test_who_wants_something_besides_is_asking(message):
    assert courtesy(message, ANSWERED) is None


def test_the_person_whom_an_answer_offers_is_taken_up():
    offered = [*ANSWERED[:1], Turn("assistant", "Just say so.\n600 yen [1].", outcome="answered")]
    assert takes_up_offer("yes please", offered, ["Just say so."])
    assert not takes_up_offer("yes please", ANSWERED, ["Just say so."])
    assert not takes_up_offer("yes", offered, ["Just say so."])
