"""Words that a question shares with known ones: rare ones count more, and no text is kept."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.index.wording import Wording

KNOWN = (["kettle", "leak"], ["kettle", "smell"], ["lamp", "leak", "kettle"], [])


def test_the_very_same_words_are_worth_one_and_rare_ones_count_more() -> None:
    likeness = Wording.of(KNOWN).likeness(["smell", "kettle", "kettle"])
    assert likeness.shape == (len(KNOWN),)
    assert likeness[1] == pytest.approx(1)
    assert 0 < likeness[0] < 0.5, "the kettle alone is shared, which nearly everybody asks about"
    assert likeness[3] == 0


def test_a_question_of_new_words_or_of_none_is_like_no_other() -> None:
    wording = Wording.of(KNOWN)
    assert not wording.likeness(["telescope"]).any()
    assert not wording.likeness([]).any()
    assert Wording.of([]).likeness(["kettle"]).shape == (0,)


def test_words_that_are_new_make_a_question_less_like_what_is_known() -> None:
    wording = Wording.of(KNOWN)
    assert wording.likeness(["kettle", "smell", "telescope"])[1] < wording.likeness(["kettle", "smell"])[1]


def test_it_is_made_again_from_what_is_kept_and_half_a_letter_is_no_trouble() -> None:
    made = Wording.of([["kettle", "\ud800"], ["lamp"]])
    assert made.words.dtype == np.uint16
    again = Wording(made.words, made.counts)
    assert (again.likeness(["lamp"]) == made.likeness(["lamp"])).all()
