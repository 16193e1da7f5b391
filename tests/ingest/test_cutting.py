import re
import time
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.passages import cutting
from ingest.texts.extracts import Section

MARKERS = 2  # what the counters below count for the markers around every text


def cut(section, limit, count_tokens):
    """The pieces of one section."""
    return cutting.cut([(section, limit)], count_tokens)[0]


def by_letter(texts):
    return [len(text) + MARKERS for text in texts]


def by_word(texts):
    return [len(text.split()) + MARKERS for text in texts]


class Counting:
    """Counts letters, and how often it was asked."""

    def __init__(self):
        self.calls = 0

    def __call__(self, texts):
        self.calls += 1
        return by_letter(texts)


TEXTS = st.text(st.sampled_from("あ漢カab1.。！？「」、, \n"), max_size=300) | st.text(max_size=300)


@given(TEXTS, st.integers(4, 60))
def test_no_piece_is_too_long_and_no_letter_is_lost(text, limit):
    pieces = cut(Section(text), limit, by_letter)
    assert all(by_letter([piece])[0] <= limit and piece in text for piece in pieces)
    assert not Counter("".join(text.split())) - Counter("".join(pieces))


@given(st.lists(st.sampled_from(["。", ". ", " ", "、", "\n", "\n\n", "」。", "? "]), min_size=1), st.integers(12, 60))
def test_the_pieces_say_everything_in_its_order(ends, limit):
    words = [f"W{number}" for number in range(len(ends))]
    pieces = cut(Section("".join(word + end for word, end in zip(words, ends, strict=True))), limit, by_letter)
    said = [word for piece in pieces for word in re.findall(r"W\d+", piece)]
    assert list(dict.fromkeys(said)) == words  # what leans back is said twice


@given(TEXTS, st.integers(3, 20))
def test_the_limit_holds_where_tokens_of_parts_do_not_add_up(text, limit):
    def uneven(texts):
        return [max(1, len(each.strip()) * 2 // 3 + each.count("a")) + MARKERS for each in texts]

    assert all(uneven([piece])[0] <= limit for piece in cut(Section(text), limit, uneven) if len(piece) > 1)


def test_a_short_section_stays_whole():
    assert cut(Section("  一文です。\n\n二文です。 "), 100, by_letter) == ["一文です。\n\n二文です。"]
    assert cut(Section(" \n "), 100, by_letter) == []


def test_a_japanese_sentence_is_never_cut():
    sentences = [f"これは{number}番目の文で、「引用。です。」も含みます。" for number in range(40)]
    pieces = cut(Section("".join(sentences)), 120, by_letter)
    assert len(pieces) > 5
    for piece in pieces:
        assert piece.startswith("これは")
        assert piece.endswith("も含みます。")


def test_paragraphs_are_preferred_to_sentences():
    text = "One two three. Four five six.\n\nSeven eight nine. Ten eleven twelve."
    assert cut(Section(text), 11, by_word) == ["One two three. Four five six.", "Seven eight nine. Ten eleven twelve."]


def test_rows_of_a_table_stay_whole():
    rows = [f"プラン: {number}. その他; 料金: {number}00円。税込" for number in range(30)]
    pieces = cut(Section("\n".join(rows)), 100, by_letter)
    assert [row for piece in pieces for row in piece.split("\n")] == rows


def test_long_running_text_overlaps_by_one_sentence():
    sentences = [f"This is sentence number {number}." for number in range(20)]
    pieces = cut(Section(" ".join(sentences)), 32, by_word)
    for before, piece in pairwise(pieces):
        assert before.split(". ")[-1].rstrip(".") == piece.split(". ")[0]


def test_a_sentence_longer_than_a_piece_is_cut_at_a_comma_then_a_space_then_anywhere():
    assert cut(Section("とても長い文が続き、さらに続き、終わりません"), 14, by_letter) == [
        "とても長い文が続き、",
        "さらに続き、終わりません",
    ]
    assert cut(Section("alpha beta gamma delta"), 13, by_letter) == ["alpha beta", "gamma delta"]
    assert "".join(cut(Section("あ" * 50), 12, by_letter)) == "あ" * 50


def test_tokens_are_counted_in_bulk():
    count = Counting()
    cut(Section("これは文です。" * 2_000), 200, count)
    assert count.calls <= 5


@pytest.mark.parametrize(
    "text", ["これは文です。" * 20_000, "あ" * 100_000, "あ、" * 50_000, "a b " * 50_000, "。" * 50_000, "「" * 50_000]
)
def test_long_text_is_cut_quickly(text):
    started = time.process_time()
    cut(Section(text), 256, by_letter)
    assert time.process_time() - started < 3


def test_a_question_goes_with_its_answer_and_a_colon_with_its_list():
    answer = "It can be returned. " * 4
    text = f"Q1. Can I?\n\n{answer}\n\nQ2. May I?\n\n{answer}\n\nYou need:\n\n- a box {answer}"
    pieces = cut(Section(text), 26 + MARKERS, by_word)
    assert [piece.split("\n")[0] for piece in pieces] == ["Q1. Can I?", "Q2. May I?", "You need:"]
    assert "".join("".join(pieces).split()) == "".join(text.split())
