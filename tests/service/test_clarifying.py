"""Questions back: when they are asked, how they end, and follow-ups that are understood by what was said before."""

from __future__ import annotations

import pytest
from fakes import FakeFinder, FakeLevelFinder, FakeModel, passage

from service.answering.answerer import Answerer
from service.answering.messages.followups import leans
from service.answers import Answer, Done, Turn, Usage
from service.settings import ServiceSettings

SAPPORO = passage("札幌店は10時から20時までです。", "札幌店の営業時間を教えてください", row=2)
NAHA = passage("那覇店は9時から18時までです。", "那覇店の営業時間を教えてください", row=3)


async def answer(finder: FakeFinder, question: str, *history: Turn, model: FakeModel | None = None) -> Answer:
    answerer = Answerer(finder, model, ServiceSettings(_env_file=None))
    *_, last = [event async for event in answerer.stream(question, history)]
    assert isinstance(last, Done)
    return last.answer


def told(question: str, said: Answer) -> tuple[Turn, Turn]:
    return Turn("user", question), Turn("assistant", said.text, said.outcome)


async def test_two_places_that_fit_equally_well_are_asked_about():
    finder = FakeLevelFinder(SAPPORO, NAHA)
    said = await answer(finder, "営業時間を教えてください")
    assert (said.outcome, said.reason, said.citations) == ("clarify", None, ())
    assert "1. 札幌店の営業時間を教えてください\n2. 那覇店の営業時間を教えてください" in said.text
    chosen = await answer(finder, "2", *told("営業時間を教えてください", said))
    assert any("那覇店" in question for question in finder.questions)
    assert chosen.outcome == "answered"


async def test_a_question_that_names_the_place_is_answered():
    assert (await answer(FakeLevelFinder(SAPPORO, NAHA), "札幌店の営業時間は何時までですか")).outcome == "answered"


@pytest.mark.parametrize("word", ["料金", "キャンセル", "チェックイン", "price", "E3"])
async def test_one_word_that_finds_nothing_sure_is_asked_about_rather_than_refused(word):
    said = await answer(FakeFinder(confidence=0.2), word)
    assert (said.outcome, said.reason) == ("clarify", None)


@pytest.mark.parametrize("words", ["メールアドレス", "交換品発送手順書", "warranty-extension"])
async def test_a_long_word_that_finds_nothing_sure_is_refused(words):
    assert (await answer(FakeFinder(confidence=0.2), words)).outcome != "clarify"


@pytest.mark.parametrize(
    "message", ["使えない", "動かないんですけど", "困っています。", "help me please", "It doesn't work!"]
)
async def test_trouble_without_a_word_of_what_it_is_about_is_asked_about(message):
    finder = FakeFinder()
    assert (await answer(finder, message)).outcome == "clarify"
    assert not finder.questions
    history = (Turn("user", "まめはなの電源を入れました"), Turn("assistant", "はい。"))
    assert (await answer(finder, message, *history)).outcome == "answered"


@pytest.mark.parametrize(
    "message", ["ログインできない", "ケトルが壊れた", "How do I get help?", "does it work abroad?"]
)
async def test_trouble_with_something_is_searched_for(message):
    assert (await answer(FakeFinder(), message)).outcome == "answered"


async def test_a_question_that_says_what_it_is_about_is_not_asked_back_for_a_word_that_two_passages_share():
    hours = "先週札幌店で買ったケトルの底から水が漏れてきます。営業時間中に交換してもらえますか"
    assert (await answer(FakeLevelFinder(SAPPORO, NAHA), hours)).outcome == "answered"


@pytest.mark.parametrize("stored", [True, False])
async def test_when_asking_back_leads_nowhere_a_person_takes_over(stored):
    finder = FakeFinder(confidence=0.2)
    first = await answer(finder, "料金")
    outcome = first.outcome if stored else None  # a client that brings its conversation along knows no outcomes
    history = (Turn("user", "料金"), Turn("assistant", first.text, outcome))
    said = await answer(finder, "火星の料金です", *history)
    assert (said.outcome, said.reason) == ("handoff", "clarification_failed")


@pytest.mark.parametrize(
    "message",
    ["それはいくら?", "沖縄は?", "いつまで?", "その場合の送料は?", "他には?", "英語でもいい?", "なぜ?",
     "使ってしまったんだけど", "もう発送されてるかも", "電源は入ってます", "色も変えられる?",
     "How much is it?", "And to Okinawa?", "What about refunds?", "why", "Can I do that online?", "how long?"],
)  # fmt: skip
def test_what_leans_on_the_conversation(message):
    assert leans(message)


@pytest.mark.parametrize(
    "message",
    ["返品の送料はいくらですか", "購入した商品の送料が二重に請求されています",
     "保証期間を過ぎた製品の修理はできますか", "カードの分割払いの手数料を教えてください",
     "何度もログインに失敗します",
     "How much is express shipping to Okinawa?", "Can I return an opened coffee maker after two weeks?",
     "Where do I enter the coupon code at checkout?"],
)  # fmt: skip
def test_what_stands_alone(message):
    assert not leans(message)


async def test_a_model_puts_an_unclear_follow_up_anew_when_nothing_else_helps():
    finder = FakeFinder(unsure_without="返品の送料")
    model = FakeModel("返品の送料はいくらですか")
    history = (Turn("user", "返品できますか"), Turn("assistant", "はい。"))
    said = await answer(finder, "それは?", *history, model=model)
    assert finder.questions[-1] == "返品の送料はいくらですか"
    assert (len(model.asked), said.usage) == (2, Usage(2000, 20))
    assert "material" in model.asked[0][0].text


async def test_a_slow_model_is_not_waited_for():
    finder = FakeFinder(unsure_without="返品の送料")
    answerer = Answerer(finder, FakeModel("返品", pause_s=5), ServiceSettings(_env_file=None, rewrite_timeout_s=0.05))
    history = (Turn("user", "返品できますか"), Turn("assistant", "はい。"))
    *_, last = [event async for event in answerer.stream("それは?", history)]
    assert last.answer.outcome == "refused"


async def test_a_quotation_in_the_other_language_is_announced():
    finder = FakeFinder(passage("Orders are shipped within two working days.", source="shipping.pdf"))
    said = await answer(finder, "注文した商品はいつ発送されますか")
    assert said.text.startswith("お答えは英語の資料にありましたので")
    assert (said.outcome, said.lang) == ("answered", "ja")


async def test_a_quotation_in_the_customers_language_is_not_announced_whatever_most_of_its_passage_is_in():
    finder = FakeFinder(passage("注文した商品は二日以内に発送されます。", source="shipping.pdf", lang="en"))
    said = await answer(finder, "注文した商品はいつ発送されますか")
    assert "注文した商品は二日以内に発送されます" in said.text
    assert "英語の資料" not in said.text


async def test_the_same_question_of_two_pages_is_asked_about_with_their_subjects():
    blue, green = (
        passage(text, "What does a paper statement cost?", source=f"{name}.md", headings=(f"FAQ: {name} Account",))
        for name, text in (("Blue", "It costs 2 dollars."), ("Green", "It is free of charge."))
    )
    said = await answer(FakeLevelFinder(blue, green), "what does a paper statement cost")
    assert said.outcome == "clarify"
    assert "1. Blue Account: What does a paper statement cost?\n2. Green Account: What" in said.text
    assert (await answer(FakeLevelFinder(blue, green), "paper statement cost blue account")).outcome == "answered"
