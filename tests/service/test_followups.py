"""A question with the one before it: a code that is named anew takes the other's place."""

import pytest

from service.followups import joined, leans

EARLIER = "How much rice does the KX-100 cook?"


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("And the KX-200?", "How much rice does the KX-200 cook?"),
        ("and kx200", "How much rice does the kx200 cook?"),
        ("And in E5?", EARLIER),  # of another kind
        ("How does it differ from the KX-200?", EARLIER),
        ("Is that more than the KX-200 and the KX-300?", EARLIER),
        ("And how long does it take?", EARLIER),
    ],
)
def test_a_code_that_is_named_anew_takes_the_place_of_the_other(message, asked):
    assert joined(EARLIER, message) == f"{asked}\n{message}"


def test_so_in_japanese():
    assert joined("KX-100で玄米は何合炊ける？", "じゃあKX-200は？") == "KX-200で玄米は何合炊ける？\nじゃあKX-200は？"
    assert joined("KX-100の重さは？", "KX-200とどう違う？") == "KX-100の重さは？\nKX-200とどう違う？"


@pytest.mark.parametrize(("message", "told"), [("色も変えられますか", True), ("見積もりだけでもお金かかる？", False)])
def test_the_end_of_a_word_is_no_word_for_also(message, told):
    assert leans(message) is told
