"""Codes in questions: known however they are written, and a passage about another of the kind gives way."""

import pytest

from knowledge.identifiers import agreement, identifiers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("コーヒーメーカーにE5って出て止まった", {("e", "5")}),
        ("ｅ－５のエラー", {("e", "5")}),
        ("does YF-10 fit the YC‐40?", {("yf", "10"), ("yc", "40")}),
        ("error h2o and E-203b", {("h", "2o"), ("e", "203b")}),
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
