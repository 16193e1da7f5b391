"""The whole path on the sample company: real files, real encoder, real index, and the questions that come with it.

The floors are what the first version reaches on these colloquial questions, less what chance moves; raise them.
"""

from __future__ import annotations

import pytest

from benchmarks.samples import Asked, ask_all
from tuning.metrics import auroc


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> list[Asked]:
    return ask_all(tmp_path_factory.mktemp("sample-knowledge"))[0]


def of(results: list[Asked], kind: str, lang: str) -> list[Asked]:
    return [one for one in results if (one.kind, one.lang) == (kind, lang)]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_half_of_the_questions_find_their_answer_first_and_three_quarters_among_five(results, lang):
    asked = of(results, "answerable", lang)
    first = [one.id for one in asked if one.rank != 1]
    five = [one.id for one in asked if one.rank is None or one.rank > 5]
    assert len(first) <= 0.5 * len(asked), f"not first: {first}"
    assert len(five) <= 0.25 * len(asked), f"not among five: {five}"


@pytest.mark.parametrize(("lang", "share"), [("ja", 0.5), ("en", 0.4)])
def test_a_question_finds_the_passage_of_the_other_language(results, lang, share):
    asked = of(results, "in the other language", lang)
    found = [one.id for one in asked if one.rank is not None and one.rank <= 5]
    assert len(found) >= share * len(asked), f"only {found}"


@pytest.mark.parametrize(("lang", "floor"), [("ja", 0.85), ("en", 0.68)])
def test_confidence_tells_what_can_be_answered(results, lang, floor):
    can = [one.confidence for one in of(results, "answerable", lang)]
    cannot = [one.confidence for one in of(results, "unanswerable", lang)]
    assert auroc(can, cannot) >= floor
