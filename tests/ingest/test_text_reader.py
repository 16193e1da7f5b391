"""Plain text: the headings that people mark in it, and what is marked as internal further down."""

import pytest

from ingest.metadata.internal import marked
from ingest.readers.reading import read


def sections(text):
    return [(section.headings, section.text) for section in read(text.encode(), "sheet.txt").sections]


@pytest.mark.parametrize(
    "text",
    [
        "■ Keys\nAt the desk.\n\n■ Lost things\nKept for a month.\n",
        "Keys\n====\nAt the desk.\n\nLost things\n===========\nKept for a month.\n",
        "【Keys】\n\nAt the desk.\n\n【Lost things】\n\nKept for a month.\n",
    ],
)
def test_what_people_mark_as_a_heading_is_one(text):
    assert sections(text) == [(("Keys",), "At the desk."), (("Lost things",), "Kept for a month.")]


def test_another_mark_below_the_first_is_of_a_level_below():
    text = "■ 館内\nご案内です。\n\n● 電話\n9番です。\n\n● 売店\n8時からです。\n\n■ 近隣\n駅前です。"
    assert [headings for headings, _ in sections(text)] == [("館内",), ("館内", "電話"), ("館内", "売店"), ("近隣",)]


@pytest.mark.parametrize(
    "text",
    [
        "Bring:\n\n■ Towels\n■ Soap",  # a list
        "■ All of this is one remark.\nAnd it goes on.",
        "【Only one】\nheads nothing that another does not.",
    ],
)
def test_what_only_looks_like_a_heading_stays(text):
    assert sections(text) == [((), text)]


def test_no_word_of_what_heads_nothing_is_lost():
    told = sections("■ Keys\n\n■ Soap\n\n■ Towels\n\nAsk at the desk.")
    assert " ".join(" ".join((*headings, text)) for headings, text in told).split() == (
        ["Keys", "Soap", "Towels", "Ask", "at", "the", "desk."]
    )


def test_a_mark_on_a_line_of_its_own_holds_to_the_end_of_its_section():
    text = (
        "宿のご案内です。\n\n■ 電話\n9番です。\n\n【社外秘】\n満室のときは姉妹館を紹介する。\n\n■ 売店\n8時からです。\n"
    )
    told = marked(read(text.encode(), "sheet.txt"))
    audiences = {section.text.split("\n")[-1]: section.attributes.audience for section in told.sections}
    assert audiences == {
        "宿のご案内です。": (),
        "9番です。": (),
        "満室のときは姉妹館を紹介する。": ("staff",),
        "8時からです。": (),
    }
    assert "1 of its 4 sections are marked as internal" in told.warnings[0]


@pytest.mark.parametrize(("q", "a"), [("Q1. ", "A1. "), ("Ｑ１．", "Ａ１．"), ("【質問】", "【回答】"), ("Q: ", "A: ")])
def test_marked_questions_with_marked_answers_are_pairs_under_their_heading(q, a):
    text = (
        f"よくあるご質問\n\n◆ 予約\n{q}電話予約はできますか\n{a}できます。混み合う日は一週間前までに受付へお電話を\n"
        "ください。\n\n"
        f"{q}料金は\n{a}無料です。\n\n予約なしでも入れます。\n\n◆ 設備\n{q}シャワーは\n{a}5分200円です。\n"
    )
    result = read(text.encode(), "faq.txt")
    assert result.kind == "faq"
    assert [(each.headings, each.question, each.text) for each in result.sections] == [
        ((), None, "よくあるご質問"),
        (("予約",), "電話予約はできますか", "できます。混み合う日は一週間前までに受付へお電話をください。"),
        (("予約",), "料金は", "無料です。\n\n予約なしでも入れます。"),
        (("設備",), "シャワーは", "5分200円です。"),
    ]


def test_a_list_from_a_to_c_is_none_of_answers():
    assert [each.text for each in read(b"Choose:\nA. Red\nB. Blue\n", "list.txt").sections] == [
        "Choose:\nA. Red\nB. Blue"
    ]
