"""Values and answers that cannot both be true, and those that can."""

import json
from pathlib import Path

import pytest

from knowledge.index.contradictions import Value, contradicts, values

WRITTEN = [
    json.loads(line) for line in (Path(__file__).parent / "contradictions.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("到着から１４日以内です。", [("day", 0, 14)]),
        ("送料は1,200円です。", [("yen", 1200, 1200)]),
        ("It costs $12.50.", [("dollar", 12.5, 12.5)]),
        ("5〜10営業日で届きます。", [("working day", 5, 10)]),
        ("It takes 2 to 3 weeks.", [("day", 14, 21)]),
        ("9時30分から18:00まで", [("clock", 570, 570), ("clock", 1080, 1080)]),
        ("We close at 6 pm.", [("clock", 1080, 1080)]),
        ("型番はYK-08です。", []),
        ("保証は1年間です。", [("month", 12, 12)]),
    ],
)
def test_quantities_are_understood_with_their_units(sentence, expected):
    assert sorted((each.measure, each.low, each.high) for each in values(sentence)) == sorted(expected)


def test_a_limit_agrees_with_what_is_within_it_and_with_no_other_limit():
    assert Value("day", 0, 14).agrees(Value("day", 10, 10))
    assert not Value("day", 0, 14).agrees(Value("day", 0, 30))
    assert not Value("day", 0, 14).agrees(Value("yen", 10, 10))


@pytest.mark.parametrize(
    "pair", [each for each in WRITTEN if each["contradicts"]], ids=lambda each: each["log"]["text"]
)
def test_most_contradictions_are_told_in_words(pair):
    missed = ("You have 14 days from delivery to return items.", "A refund reaches your card within 30 business days.")
    why = contradicts(pair["faq"]["question"], pair["faq"]["text"], pair["log"]["text"])
    assert (why is None) == (pair["log"]["text"] in missed)


def test_a_log_that_says_more_than_the_faq_does_not_contradict_it():
    assert contradicts("送料はいくらですか", "全国一律550円です。", "550円です。今回のご注文は4,200円です。") is None
    assert contradicts("Can I change the address?", "Yes, until it has left.", "No, it has left already.") is None
