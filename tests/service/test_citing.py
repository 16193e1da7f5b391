"""Citations in every bracket that models write, however their words are cut; and only true ones."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering.checking.citing import Citations
from service.answering.texts.marks import disarmed


def cited(*pieces: str, passages: int = 3) -> tuple[str, list[int]]:
    citations = Citations(passages)
    return "".join(citations.feed(piece) for piece in pieces) + citations.end(), citations.used


@pytest.mark.parametrize(
    ("written", "shown", "used"),
    [
        ("Yes [1].", "Yes [1].", [1]),
        ("Yes [1,2].", "Yes [1][2].", [1, 2]),
        ("Yes [2][1].", "Yes [2][1].", [2, 1]),
        ("Yes [1-3].", "Yes [1][2][3].", [1, 2, 3]),
        ("はい［１］。", "はい[1]。", [1]),
        ("はい【1】。", "はい[1]。", [1]),
        ("はい〔1、3〕。", "はい[1][3]。", [1, 3]),
        ("はい[ 1 ]。", "はい[1]。", [1]),
        ("No [9].", "No.", []),
        ("No [0] [4,5].", "No.", []),
        ("Half [1, 9].", "Half [1].", [1]),
        ("See [the manual] or a[i].", "See [the manual] or a[i].", []),
        ("- [ ] to do", "- [ ] to do", []),
        ("Open [1", "Open [1", []),
        ("【重要】明日まで", "【重要】明日まで", []),
        ("Use `list[1]` [2].", "Use `list[1]` [2].", [2]),
        ("```\nx[9] = y[1]\n```\nDone [1].", "```\nx[9] = y[1]\n```\nDone [1].", [1]),
        ("https://shop.example/?ids[1]=2 is it", "https://shop.example/?ids[1]=2 is it", []),
        ("https://shop.example/returns[1]。", "https://shop.example/returns[1]。", [1]),
    ],
)
def test_what_a_model_writes_and_what_is_shown(written, shown, used):
    assert cited(written) == (shown, used)
    assert cited(*written) == (shown, used)


PIECES = st.lists(
    st.sampled_from(["[", "［", "【", "]", "］", "1", "２", ",", " ", "-", "は", "word", "`", "。", "[1]", "9"])
)


@given(PIECES, st.lists(st.integers(0, 40)))
def test_the_same_comes_out_however_the_words_are_cut(pieces, cuts):
    text = "".join(pieces)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    parts = [text[a:b] for a, b in itertools.pairwise(places)]
    assert cited(*parts) == cited(text)


def test_little_is_held_back():
    citations = Citations(3)
    assert citations.feed("返品は30日以内です") == "返品は30日以内です"
    assert citations.feed("[これは注ではない") == "[これは注ではない"


def test_a_quote_holds_nothing_that_looks_like_a_citation():
    assert disarmed("See [1] and 【2】, not [x].") == "See (1) and (2), not [x]."


def test_a_pattern_that_is_quoted_stays_what_it_is():
    assert disarmed("Search for ^[0-9]+ in row [0].") == "Search for ^[0-9]+ in row (0)."
    assert disarmed("for x in [1, 2, 3]: a = [4, 5]; fruits[0]") == "for x in [1, 2, 3]: a = [4, 5]; fruits[0]"
    assert disarmed("as shown [1, 2] by all[3]") == "as shown (1, 2) by all(3)"
    citing = Citations(3)
    assert citing.feed("Search for ^[0-9]+ [2].") + citing.end() == "Search for ^[0-9]+ [2]."
    assert citing.used == [2]
