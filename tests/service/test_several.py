"""Several questions in one message: each gets its passage, and a single one no more than it asks."""

from __future__ import annotations

import pytest
from fakes import FakeFinder, FakeModel, hit, passage
from test_answering import SETTINGS, answer

from knowledge.filters import Filters
from knowledge.language.languages import language
from knowledge.passages import Found, Passage
from service.answering.answerer import Answerer, done
from service.answering.messages.questions import asked_apart
from service.answers import Turn
from service.profile import load_profile

WRAPPING = passage("1点330円で承ります。", "ラッピングはできますか")
ABROAD = passage("海外への発送は行っておりません。", "海外に送れますか", source="b.csv")
WARRANTY = passage("三年です。", "保証は何年ですか", source="c.csv")


class SortedFinder(FakeFinder):
    """Finds the passage whose word a question holds first, surely; the others after it, and unsure without a word."""

    def __init__(self, by_word: dict[str, Passage]) -> None:
        super().__init__(*by_word.values())
        self.by_word = by_word

    def search(self, question: str, limit: int = 5, filters: Filters | None = None) -> Found:
        super().search(question, limit, filters)
        named = sorted((at, each) for each in self.by_word if (at := question.find(each)) >= 0)
        first = [self.by_word[each] for _, each in named]
        others = [each for each in self.passages if each not in first]
        hits = tuple(hit(each, 5.0 / 2**number) for number, each in enumerate([*first, *others]))
        return Found(hits[:limit], 0.9 if first else 0.1, language(question), "generation-1", question=question)


def shop() -> Answerer:
    return Answerer(SortedFinder({"ラッピング": WRAPPING, "海外": ABROAD, "保証": WARRANTY}), None, SETTINGS)


@pytest.mark.parametrize(
    "message",
    ["ラッピングは有料？あと海外発送できる？", "ラッピングはできますか、それと海外に送れますか",
     "ラッピングについて教えてください。海外発送も知りたいです。", "ラッピングと海外発送について教えて"],
)  # fmt: skip
async def test_each_question_of_a_message_is_answered(message: str):
    said = await answer(shop(), message)
    assert said.text == "1点330円で承ります[1]。\n\n【海外に送れますか】\n海外への発送は行っておりません[2]。"
    assert [citation.source for citation in said.citations] == ["faq.csv", "b.csv"]


async def test_of_what_nothing_is_found_is_named():
    said = await answer(shop(), "ラッピングは有料？駐車場の料金はいくらですか？")
    told, left = said.text.split("\n\n")
    assert told == "1点330円で承ります[1]。"
    assert left.startswith("「駐車場の料金はいくらですか？」については、手元の資料に見つかりませんでした。")
    assert (said.outcome, said.confidence) == ("answered", 0.9)
    assert (await answer(shop(), "駐車場はありますか？喫煙所はありますか？")).outcome == "refused"


async def test_what_is_named_harms_no_client_and_cites_nothing():
    said = await answer(shop(), "ラッピングは有料？駐車場の料金[1]は<script>alert(1)</script>いくらですか？")
    assert "<script" not in said.text
    assert said.text.count("[1]") == 1


async def test_the_heading_of_a_second_answer_harms_no_client_and_cites_nothing():
    evil = passage("海外への発送は行っておりません。", "海外に<script>alert(1)</script>送れますか[1]", source="b.csv")
    answerer = Answerer(SortedFinder({"ラッピング": WRAPPING, "海外": evil}), None, SETTINGS)
    said = await answer(answerer, "ラッピングは有料？海外発送できる？")
    assert "行っておりません" in said.text
    assert "<script" not in said.text
    assert said.text.count("[1]") == 1


async def test_what_one_passage_answers_is_told_once():
    said = await answer(shop(), "海外に送れますか？海外への送料は？")
    assert said.text.count("行っておりません") == 1
    assert [citation.source for citation in said.citations] == ["b.csv"]


async def test_who_asks_once_is_told_once():
    assert [citation.source for citation in (await answer(shop(), "海外発送の荷物は？")).citations] == ["b.csv"]


async def test_a_question_that_leans_is_about_what_the_one_before_it_asks():
    finder = SortedFinder({"ラッピング": WRAPPING, "海外": ABROAD})
    await answer(Answerer(finder, None, SETTINGS), "ラッピングはできますか？それは有料？")
    assert "ラッピングはできますか？\nそれは有料？" in finder.questions


async def test_what_was_asked_before_is_not_answered_again():
    before = Turn("user", "海外発送できる？"), Turn("assistant", "海外への発送は行っておりません[1]。", "answered")
    said = await answer(shop(), "ラッピングは有料？保証は何年？", *before)
    assert "海外" not in said.text
    assert "三年です" in said.text


async def test_a_model_is_given_the_passages_of_all_questions():
    model = FakeModel("1点330円です[1]。海外への発送は行っておりません[2]。")
    answerer = Answerer(SortedFinder({"ラッピング": WRAPPING, "海外": ABROAD}), model, SETTINGS)
    said = await answer(answerer, "ラッピングは有料？海外発送できる？")
    assert [citation.source for citation in said.citations] == ["faq.csv", "b.csv"]
    assert "ラッピングは有料？海外発送できる？" in model.asked[0][-1].text


async def test_an_agents_draft_answers_each_too():
    draft = (await done(shop().stream("ラッピングは有料？海外発送できる？", for_staff=True))).answer
    assert [citation.source for citation in draft.citations] == ["faq.csv", "b.csv"]


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("Where is it? I ordered on Monday. Can you help?", ["Where is it?", "I ordered on Monday. Can you help?"]),
        ("How do I pay and how can I track it?", ["How do I pay", "how can I track it?"]),
        ("how do i pay? what about returns?", ["how do i pay?", "what about returns?"]),
        ("How is it sent? And how much is that?", ["How is it sent?", "how much is that?"]),
        ("Tell me about shipping costs and returns.", ["Tell me about shipping costs.", "Tell me about returns."]),
        ("ミルクに使えますか、あと硬度は？", ["ミルクに使えますか", "硬度は？"]),
        ("支払い方法と送料を教えてください", ["支払い方法を教えてください", "送料を教えてください"]),
        ("営業時間と定休日", ["営業時間", "定休日"]),
        ("送料は？", []),
        ("How much are bread and butter?", []),
        ("いつか、また買えますか", []),
        ("ケトルとポットの違いは？", []),
        ("こんにちは。送料はいくらですか。よろしくお願いします。", []),
        ("a? b? c? d? e?", []),
        ("When I opened the box, it was broken. Can I return it?", []),
        ("How much is it. Can I return it", ["How much is it.", "Can I return it"]),
    ],
)
def test_the_questions_of_a_message(message: str, questions: list[str]):
    assert asked_apart(message) == questions


async def test_a_part_about_the_customers_own_order_is_told_that_it_cannot_be_looked_up():
    own = load_profile(SETTINGS.profile).says("ja").own_affairs
    said = await answer(shop(), "注文番号A12345の荷物は今どこですか？あと、ラッピングは有料？")
    assert said.text == f"{own}\n1点330円で承ります[1]。"
    assert (await answer(shop(), "ラッピングは有料？注文番号A12345はいつ届きますか？")).text == said.text
    draft = (await done(shop().stream("ラッピングは有料？注文番号A12345はいつ届きますか？", for_staff=True))).answer
    assert own not in draft.text
