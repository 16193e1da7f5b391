"""Codes in questions: known however they are written, and a passage about another of the kind gives way."""

import pytest
from small_faqs import knowledge_of

from knowledge.language.identifiers import agreement, identifiers
from knowledge.searching import retrieval

TROUBLES = [
    ("コーヒーメーカーにE2と出て動きません", "水タンクを奥まで差し込んでください。"),
    ("コーヒーメーカーにE2と出て止まりました", "タンクの背面を拭いてください。"),
    ("エラー表示", "E4: 異物が詰まっています。E5: 熱くなりすぎています。30分待ってください。"),
    ("コーヒーが薄い", "豆の量を増やしてください。"),
    ("送料はいくらですか", "全国一律550円です。"),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("コーヒーメーカーにE5って出て止まった", {("e", "5")}),
        ("ｅ－５のエラー", {("e", "5")}),
        ("does YF-10 fit the YC‐40?", {("yf", "10"), ("yc", "40")}),
        ("error h2o and E-203b", {("h", "2o"), ("e", "203b")}),
        ("PLY-5M-18の後継、WH-1000XM5", {("ply", "5m-18"), ("wh", "1000xm5")}),
        (
            "BRG-6204-2RS and BRG-6204-ZZ, a 24-7 desk, an A4-based form",
            {("brg", "6204-2rs"), ("brg", "6204-zz"), ("a", "4")},
        ),
        ("YC-40-related, on 2025-04-01, E5-1234567", {("yc", "40"), ("e", "5")}),
        ("In 30 days, on page 5, order YK-123456, iPhone15, 5G, 100W", set()),
        ("エラーが出ます", set()),
    ],
)
def test_codes_are_letters_and_digits_and_nothing_else(text, found):
    assert identifiers(text) == found


def test_another_code_of_the_kind_speaks_against_a_passage_and_none_does_not():
    asked = identifiers("What is E5?")
    assert agreement(asked, identifiers("E1: no water; E5: too hot")) == 1
    assert agreement(asked, identifiers("E2 will not go away")) == -1
    assert agreement(asked, identifiers("Fit the filter YF-10.")) == 0
    assert agreement(asked, identifiers("The lid is open.")) == 0


def test_a_code_stands_for_its_variants_and_a_variant_for_itself_alone():
    held = identifiers("BRG-6204-2RS: 550 yen; BRG-6205: 600 yen")
    assert agreement(identifiers("brg-6204 price"), held) == 1
    assert agreement(identifiers("BRG-6204-2RS"), held) == 1
    assert agreement(identifiers("BRG-6204-ZZ"), held) == -1
    assert agreement(identifiers("BRG-6205-ZZ"), held) == 0  # the passage may be about all of them
    assert agreement(identifiers("BRG-620"), held) == -1


@pytest.fixture(scope="module")
def search(tmp_path_factory, embedder, analyzer):
    generation = knowledge_of(tmp_path_factory.mktemp("codes"), TROUBLES, embedder, analyzer)
    return lambda question: retrieval.search(generation, embedder, question)


def test_the_passage_with_the_code_comes_first_and_those_with_another_fall_far_behind(search):
    first, *others = search("コーヒーメーカーにE5と出て止まりました").hits
    assert "E5" in first.passage.text
    assert all(hit.score < 0.8 * first.score for hit in others if "E2" in hit.passage.question)


def test_a_code_that_nothing_tells_of_is_not_answered_with_another(search):
    known = search("コーヒーメーカーにE2と出て止まりました")
    unknown = search("コーヒーメーカーにE9と出て止まりました")
    assert known.confidence > retrieval.SURE > unknown.confidence


def test_without_a_code_nothing_changes(search):
    assert search("コーヒーメーカーが止まりました").hits[0].passage.question.startswith("コーヒーメーカーにE2")
