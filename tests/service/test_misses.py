"""Which turns of a conversation went badly, and what of them is a question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.answers import Answer, Citation
from service.memory.feedback import Opinion
from service.memory.misses import misses
from service.memory.sessions import StoredTurn

CITED = (Citation(1, "p", "d", "t", "s", None, None, None, "q", 1.0),)
SURE = Answer("答え[1]", "answered", CITED, 0.95, "extractive", "ja", "g1")
REFUSED = Answer("見つかりません", "refused", (), 0.1, "extractive", "ja", "g1", "missing_knowledge")
HANDED = replace(REFUSED, outcome="handoff")
OWN_WORDS = replace(SURE, citations=(), confidence=1.0, generation="")  # nothing was searched for


def conversation(*said: tuple[str, Answer]) -> list[StoredTurn]:
    return [
        StoredTurn("s", f"m{number}", "2026-11-01T00:00:00.000+00:00", question, answer)
        for number, (question, answer) in enumerate(said)
    ]


def told(*said: tuple[str, Answer], down: tuple[int, ...] = ()) -> list[tuple[str, str]]:
    opinions = [Opinion("s", f"m{number}", "2026-11-01T00:00:00.000+00:00", "down") for number in down]
    return [(miss.kind, miss.asked) for miss in misses(conversation(*said), opinions, 0.5, 6)]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (REFUSED, "refused"),
        (replace(HANDED, reason="missing_knowledge"), "handoff"),
        (replace(HANDED, reason="unsupported_request"), "handoff"),
        (replace(HANDED, reason="clarification_failed"), "handoff"),
        (replace(SURE, confidence=0.6), "doubted"),
        (replace(SURE, confidence=0.6, model="gpt"), None),  # what a model wrote was checked
        (SURE, None),
        (replace(HANDED, reason="customer_request"), None),
        (replace(HANDED, reason="model_failure"), None),
        (replace(REFUSED, reason="policy"), None),
        (replace(REFUSED, generation=""), None),  # the profile's own words
        (replace(HANDED, reason="unsupported_request", generation=""), None),
        (replace(REFUSED, outcome="clarify", reason=None), None),
        (OWN_WORDS, None),
    ],
)
def test_what_went_badly_is_told_by_how_the_answer_ended(answer: Answer, kind: str | None) -> None:
    assert told(("ギフト包装はできますか", answer)) == ([(kind, "ギフト包装はできますか")] if kind else [])


def test_a_thumb_down_counts_where_something_was_answered() -> None:
    assert told(("ギフト包装はできますか", SURE), down=(0,)) == [("down", "ギフト包装はできますか")]
    assert told(("こんにちは", OWN_WORDS), down=(0,)) == []
    assert told(("ギフト包装はできますか", REFUSED), down=(0,)) == [("refused", "ギフト包装はできますか")]


def test_a_question_stands_with_what_it_leans_on_and_without_a_greeting() -> None:
    assert told(("こんにちは。ギフト包装はできますか", REFUSED)) == [("refused", "ギフト包装はできますか")]
    assert told(("送料はいくらですか", SURE), ("ドイツは？", REFUSED)) == [
        ("refused", "送料はいくらですか\nドイツは？")
    ]
    whole = told(("送料はいくらですか", SURE), ("ギフト包装はできますか", REFUSED))
    assert whole == [("refused", "ギフト包装はできますか")]


def test_words_that_ask_nothing_stand_for_the_question_before() -> None:
    failed = replace(HANDED, reason="clarification_failed", generation="")
    asked = told(("ギフト包装はできますか", SURE), ("違います", OWN_WORDS), ("そうじゃない", failed))
    assert asked == [("handoff", "ギフト包装はできますか")]
    assert told(("困っています", failed)) == []
