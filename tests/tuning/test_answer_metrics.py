"""Answers are measured as the published definitions say, and as a person would judge them."""

from __future__ import annotations

import numpy as np
import pytest
from fakes import hit, passage

from tuning.comparison import answer_metrics
from tuning.comparison.answer_metrics import Cited, Given
from tuning.comparison.cases import Case

SHIPPING = Case(
    id="s", question="送料はいくらですか", lang="ja", reference="送料は全国一律550円です。", passage_ids=("p",)
)
ENGLISH = Case(id="e", question="How long is the warranty?", lang="en", reference="The warranty lasts two years.")


def test_chrf_agrees_with_a_count_by_hand():
    # "abc" and "abd": of 3, 2 and 1 n-grams 2, 1 and 0 are shared
    assert answer_metrics.chrf("abc", "abd") == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert answer_metrics.chrf("送料は550円", "送料は５５０円") == 1  # width does not count
    assert answer_metrics.chrf("", "送料") == 0


def test_rouge_l_agrees_with_its_papers_example():
    reference = "police killed the gunman"
    assert answer_metrics.rouge_l("police kill the gunman", reference) == pytest.approx(3 / 4)
    assert answer_metrics.rouge_l("the gunman kill police", reference) == pytest.approx(2 / 4)


def test_facts_count_however_they_are_written():
    assert answer_metrics.key_facts("全国どこでも５５０円です[1]", SHIPPING) == 1
    assert answer_metrics.key_facts("600円です", SHIPPING) == 0
    assert answer_metrics.key_facts("It lasts 2 years.", ENGLISH) == 1
    assert answer_metrics.key_facts("何でも", Case(id="x", question="何", reference="お電話ください。")) is None
    wanted = Case(id="m", question="?", must_say=["2時間以内", ["メール", "お電話"]])
    assert answer_metrics.key_facts("「2 時間」以内にお電話で。", wanted) == 1


def test_likeness_is_measured_from_what_answers_to_other_questions_have():
    vectors = np.array([[1, 0, 0], [0.8, 0.6, 0], [0.8, 0, 0.6]], np.float32)
    base = answer_metrics.baseline(vectors)
    assert base == pytest.approx((0.8 + 0.8 + 0.64) / 3)
    assert answer_metrics.similarity(vectors[0], vectors[0], base) == pytest.approx(1)
    assert answer_metrics.similarity(vectors[1], vectors[2], base) == 0


def test_citations_are_judged_against_the_passage_that_is_known():
    right, wrong = Cited("p", "a/faq.csv"), Cited("q", "other.md")
    assert answer_metrics.citations([right, wrong], SHIPPING) == (0.5, 1.0)
    assert answer_metrics.citations([], SHIPPING) == (None, 0.0)
    assert answer_metrics.citations([right], ENGLISH) == (None, None)
    by_source = Case(id="c", question="?", must_cite=["faq.csv"])
    assert answer_metrics.citations([right, wrong], by_source) == (0.5, 1.0)


def test_sentences_that_no_passage_carries_are_counted():
    held = [hit(passage("送料は全国一律550円です。返品は30日以内です。"))]
    assert answer_metrics.supported("送料は全国一律550円です。", "送料は?", held, "ja") == 1
    assert answer_metrics.supported("送料は全国一律550円です。保証は9年です。", "送料は?", held, "ja") == 0.5


@pytest.mark.parametrize(
    "text", ["申し訳ありませんが、わかりません。", "I'm sorry, I don't know.", "NO_ANSWER_IN_PASSAGES"]
)
def test_a_model_without_passages_may_say_that_it_does_not_know(text):
    assert answer_metrics.is_refusal(text)


def test_an_answer_is_no_refusal_for_naming_one_thing_it_does_not_know():
    assert not answer_metrics.is_refusal("送料は全国一律550円です。")
    assert not answer_metrics.is_refusal("It costs 12 euros. " * 12 + "I do not know about gifts.")


def test_refusing_is_right_or_wrong_by_whether_there_is_an_answer():
    foreign = Case(id="f", question="明日の天気は?", must_refuse=True)
    refused, answered = Given("わかりません。", "refused"), Given("晴れです。", "answered")
    assert answer_metrics.score(foreign, refused, (), None, 0)["quality"] == 1
    assert answer_metrics.score(foreign, answered, (), None, 0)["right_refusal"] == 0
    wrongly = answer_metrics.score(SHIPPING, refused, (), None, 0)
    assert (wrongly["quality"], wrongly["wrong_refusal"], wrongly["overlap"]) == (0, 1, None)


def test_a_right_answer_scores_more_than_a_wrong_one_and_forbidden_words_cost_all():
    def quality(text: str, case: Case = SHIPPING) -> float | None:
        return answer_metrics.score(case, Given(text, "answered"), (), None, 0)["quality"]

    assert quality("送料は全国一律550円です。[1]") == 1
    assert quality("送料は無料です。") < 0.5 < quality("全国一律で550円です。")
    careful = SHIPPING.model_copy(update={"must_not_say": ("全国一律",)})
    assert quality("送料は全国一律550円です。", careful) == 0


def test_an_answer_in_another_language_is_noticed():
    assert answer_metrics.score(SHIPPING, Given("It is 550 yen.", "answered"), (), None, 0)["language_match"] == 0
    assert answer_metrics.score(SHIPPING, Given("550円です。", "answered"), (), None, 0)["language_match"] == 1
