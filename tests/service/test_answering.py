"""Answering, free of HTTP and Redis: what is said, what is cited, and what is honestly not known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import RETURNS, FakeFinder, FakeLevelFinder, FakeModel, broken, passage

from knowledge.errors import ModelUnavailable, NoKnowledge
from knowledge.passages import Attributes
from service.answering.answerer import Answerer, UnknownModel
from service.answers import Answer, Delta, Done, Event, Sources, Turn
from service.settings import ServiceSettings

SETTINGS = ServiceSettings(
    _env_file=None, price_per_million_prompt_tokens=2, price_per_million_completion_tokens=100, refuse_below=0.5
)


async def events(answerer: Answerer, question: str, *history: Turn, **options: str) -> list[Event]:
    return [event async for event in answerer.stream(question, history, **options)]


async def answer(answerer: Answerer, question: str, *history: Turn, **options: str) -> Answer:
    first, *deltas, last = await events(answerer, question, *history, **options)
    assert isinstance(first, Sources)
    assert isinstance(last, Done)
    assert all(isinstance(delta, Delta) and delta.text for delta in deltas)
    assert "".join(delta.text for delta in deltas) == last.answer.text
    return last.answer


async def test_without_a_model_the_faqs_own_answer_is_quoted_with_its_source():
    said = await answer(Answerer(FakeFinder(), None, SETTINGS), "返品の期限は?")
    assert said.text == "返品は商品の到着から30日以内にお申し込みください。送料は当店が負担します[1]。"
    assert (said.outcome, said.model, said.lang) == ("answered", "extractive", "ja")
    assert [(c.n, c.source, c.quote) for c in said.citations] == [(1, "faq.csv", RETURNS)]


@pytest.mark.parametrize(
    ("confidence", "refuse_below", "doubted"), [(0.7, 0.5, True), (0.8, 0.5, False), (0.8, 0.7, True)]
)
async def test_a_quotation_that_may_be_beside_the_point_says_so(confidence: float, refuse_below: float, doubted: bool):
    settings = SETTINGS.model_copy(update={"refuse_below": refuse_below})
    said = await answer(Answerer(FakeFinder(confidence=confidence), None, settings), "返品の期限は?")
    assert said.text.startswith("お尋ねの件そのものではないかもしれませんが") is doubted
    assert said.text.endswith("送料は当店が負担します[1]。")
    assert (said.outcome, [citation.n for citation in said.citations]) == ("answered", [1])


async def test_a_long_section_is_quoted_in_the_part_that_the_question_is_about():
    filler = "This paragraph speaks about the history of our company and its many friends. " * 12
    finder = FakeFinder(passage(filler + "The password is reset on the sign-in page. " + filler, source="manual.pdf"))
    said = await answer(Answerer(finder, None, SETTINGS), "How is the password reset on the sign-in page?")
    assert said.text.startswith("The password is reset on the sign-in page.")
    assert len(said.text) < 450


async def test_of_a_question_in_kana_the_row_is_quoted_that_its_words_are_spelled_in():
    table = "曜日: 平日; 時間: 9時から18時まで\n曜日: 土曜; 時間: 10時から13時まで\n曜日: 祝日; 時間: 休みです"
    finder = FakeFinder(passage(table, title="営業時間", headings=("営業時間",), source="hours.md"))
    finder.spelled = {"どようはなんじまで？": "土曜は何時まで？"}
    said = await answer(Answerer(finder, None, SETTINGS), "どようはなんじまで？")
    assert "10時から13時まで" in said.text
    assert "18時" not in said.text
    assert finder.questions == ["どようはなんじまで？"]


async def test_a_second_quotation_is_in_the_language_of_the_first():
    english = passage("A refund takes ten days.", "When do I get my money back?", source="faq_en.csv")
    japanese = passage("返金は振込で行います。", "返金の方法は?", source="more.csv")
    finder = FakeLevelFinder(passage(RETURNS, "返品の期限は?"), english, japanese)
    said = await answer(Answerer(finder, None, SETTINGS), "返品の期限は?")
    assert [citation.source for citation in said.citations] == ["faq.csv", "more.csv"]


async def test_numbers_in_brackets_inside_a_quote_are_not_taken_for_citations():
    said = await answer(Answerer(FakeFinder(passage("See footnote [7].", "Where?")), None, SETTINGS), "Where?")
    assert said.text == "See footnote (7) [1]."


async def test_an_unsure_search_is_refused_in_the_customers_language_without_citations():
    answerer = Answerer(FakeFinder(confidence=0.2), FakeModel("never said"), SETTINGS)
    japanese, english = await answer(answerer, "火星の天気は?"), await answer(answerer, "Weather on Mars?")
    for said in (japanese, english):
        assert (said.outcome, said.reason, said.citations) == ("refused", "missing_knowledge", ())
        assert said.confidence == 0.2
    assert japanese.text.startswith("申し訳ありません")
    assert english.text.startswith("I am sorry")


async def test_a_follow_up_leans_on_the_question_before_only_when_it_says_too_little_alone():
    finder = FakeFinder(unsure_without="返品")
    answerer = Answerer(finder, None, SETTINGS)
    before = (Turn("user", "返品はできますか"), Turn("assistant", "はい。"))
    assert (await answer(answerer, "それはいくら?", *before)).outcome == "answered"
    assert finder.questions == ["それはいくら?", "返品はできますか\nそれはいくら?"]
    finder.questions.clear()
    await answer(answerer, "返品の送料は?", *before)
    assert finder.questions == ["返品の送料は?"]


@pytest.mark.parametrize(
    "wish",
    ["オペレーターにつないでください", "担当者と話したいです", "人間と話せますか?", "有人対応をお願いします",
     "人と話したい", "人に相談したいです。",
     "I want to talk to a human", "Can I speak with a real person?", "Connect me to an agent please", "human please",
     "もういいです、人に代わって", "苦情を言いたい", "I want to complain", "I would like to file a formal complaint.",
     "店長を出せ", "責任者と話したい", "Let me talk to your manager",
     "看護師さんと話したいです", "薬剤師に相談したい", "講師の先生に相談したいのですが",
     "塾長に代わってください", "医師と直接話せますか",
     "I'd like to speak with a nurse", "can I talk to a pharmacist?", "let me talk to my teacher"],
)  # fmt: skip
async def test_asking_for_a_person_hands_over_without_searching(wish):
    finder = FakeFinder()
    said = await answer(Answerer(finder, None, SETTINGS), wish)
    assert (said.outcome, said.reason, finder.questions) == ("handoff", "customer_request", [])


@pytest.mark.parametrize(
    "question",
    ["担当者の変更届はどこで出せますか", "スタッフの募集はありますか", "人間ドックの費用は?",
     "苦情はどこに言えばいいですか", "本人に代わって家族が申請できますか", "How do I make a complaint?",
     "転出届を担当の窓口に出しました", "家族の人と話したいと言われたら?", "人に贈りたいのですが包装できますか",
     "医師に相談したいのですが予約は必要ですか", "薬剤師に相談できる時間は何時ですか", "先生に質問できますか",
     "can my son talk to a teacher after class?", "How do I speak with a doctor at night?",
     "Should I speak to my doctor",
     "How do I add a person to my plan?", "What does an agent cost?", "I spoke to someone yesterday about my refund"],
)  # fmt: skip
async def test_a_question_about_people_is_a_question(question):
    assert (await answer(Answerer(FakeFinder(), None, SETTINGS), question)).outcome == "answered"


async def test_the_models_words_stream_with_true_citations_and_their_cost():
    model = FakeModel("返品は30日以内", "です【1", "】。送料は無料", "です［9］。")
    said = await answer(Answerer(FakeFinder(), model, SETTINGS), "返品の期限は?")
    assert said.text == "返品は30日以内です[1]。送料は無料です[1]。"
    assert [citation.n for citation in said.citations] == [1]
    assert (said.model, said.usage.prompt_tokens, said.usage.cost) == ("default", 1000, 0.003)


async def test_an_answer_without_citations_is_attributed_to_the_passage_that_says_it():
    model = FakeModel("返品は商品の到着から30日以内にお申し込みください。")
    said = await answer(Answerer(FakeFinder(), model, SETTINGS), "返品の期限は?")
    assert said.text.endswith("[1]。")
    assert [citation.n for citation in said.citations] == [1]


async def test_words_that_no_passage_holds_are_not_said():
    said = await answer(Answerer(FakeFinder(), FakeModel("全く別の話を致します。"), SETTINGS), "返品の期限は?")
    assert (said.outcome, said.reason, said.citations) == ("refused", "missing_knowledge", ())
    assert "別の話" not in said.text


@pytest.mark.parametrize(
    "pieces", [["NO_ANSWER_IN_PASSAGES"], ["NO_ANS", "WER_IN", "_PASSAGES"], [" NO_ANSWER_IN_PASSAGES."]]
)
async def test_the_sentinel_means_refused_and_is_never_heard(pieces):
    said = await answer(Answerer(FakeFinder(), FakeModel(*pieces), SETTINGS), "返品の期限は?")
    assert (said.outcome, said.reason, said.citations) == ("refused", "missing_knowledge", ())
    assert "NO_" not in said.text
    assert "PASSAGES" not in said.text


async def test_what_merely_begins_like_the_sentinel_is_said():
    finder = FakeFinder(passage("The code NO_ANSWER means that nobody was in.", "What does NO_ANSWER mean?"))
    said = await answer(Answerer(finder, FakeModel("NO", "_ANSWER means no [1]"), SETTINGS), "What is NO_ANSWER?")
    assert said.text == "NO_ANSWER means no [1]"


@pytest.mark.parametrize("pieces", [[broken()], ["", "  ", broken()], []])
async def test_a_model_that_fails_before_its_first_word_is_replaced_by_a_quote(pieces):
    said = await answer(Answerer(FakeFinder(), FakeModel(*pieces), SETTINGS), "返品の期限は?")
    assert (said.model, said.outcome, said.reason) == ("extractive", "answered", None)
    assert "[1]" in said.text


async def test_a_model_that_breaks_off_in_the_middle_is_an_error():
    stream = Answerer(FakeFinder(), FakeModel("返品は30日", broken()), SETTINGS).stream("返品の期限は?")
    assert isinstance(await anext(stream), Sources)
    assert await anext(stream) == Delta("返品は")
    with pytest.raises(ModelUnavailable):
        await anext(stream)


async def test_a_stream_that_is_closed_closes_the_models():
    model = FakeModel("返品は30日", "以内です")
    stream = Answerer(FakeFinder(), model, SETTINGS).stream("返品の期限は?")
    await anext(stream)
    await anext(stream)
    await stream.aclose()
    assert model.closed == 1


async def test_a_model_is_chosen_by_alias_or_name_and_an_unknown_one_refused():
    answerer = Answerer(FakeFinder(), FakeModel("30日です[1]"), SETTINGS)
    assert (await answer(answerer, "返品の期限は?", model="scripted")).model == "default"
    assert (await answer(answerer, "返品の期限は?", model="extractive")).model == "extractive"
    with pytest.raises(UnknownModel, match="gpt-9"):
        await answer(answerer, "返品の期限は?", model="gpt-9")


async def test_a_question_without_knowledge_raises_before_anything_is_said():
    finder = FakeFinder()
    finder.trouble = NoKnowledge("Nothing has been ingested yet.")
    with pytest.raises(NoKnowledge):
        await anext(Answerer(finder, None, SETTINGS).stream("返品の期限は?"))


async def test_only_an_answer_for_staff_searches_what_is_for_staff():
    finder = FakeFinder()
    await answer(Answerer(finder, None, SETTINGS), "返品の期限は?")
    [told] = [event async for event in Answerer(finder, None, SETTINGS).stream("返品の期限は?", for_staff=True)][-1:]
    assert isinstance(told, Done)
    assert [filters.for_customers for filters in finder.filters if filters] == [True, False]


async def test_a_quotation_that_instructs_staff_says_so():
    steps = passage("Ask the customer to restart the router, and test the line.", source="line.md", title="The line")
    said = await answer(Answerer(FakeFinder(steps), None, SETTINGS), "How do I restart the router?")
    assert said.text.startswith("This is from the instructions for our staff.\n")
    named = replace(steps, attributes=Attributes(audience=("customers",)))
    said = await answer(Answerer(FakeFinder(named), None, SETTINGS), "How do I test the line?")
    assert said.text.startswith("Ask the customer")
