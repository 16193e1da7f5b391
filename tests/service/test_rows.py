"""Of a table, the rows that were asked for are quoted."""

import pytest
from fakes import FakeFinder, hit, passage
from test_answering import SETTINGS, answer

from service.answering.answerer import Answerer
from service.answering.passages.rows import looked_up, rows_asked_for

CODES = """When something is wrong, the display shows a code.
Code: E1; Cause: Not enough water; What to do: Fill the tank.
Code: E2; Cause: Lid open; What to do: Close it until it clicks.
Code: E3; Cause: Too hot; What to do: Let it cool for 30 minutes, then fill the tank."""
PARTS = """電源: 交流100V
消費電力: 820W（待機時0.4W）
水タンクの容量: 600mL
コードの長さ: 1.4m"""

END = """ワクチン: 水ぼうそう; 対象年齢: 1歳～3歳未満; 費用: 無料
ワクチン: 帯状疱疹; 対象年齢: 50歳以上; 費用: 22,000円"""
SIGNS = """Number: 522; Message: Circular reference; Explanation: It refers to itself.
Number: 523; Message: No result; Explanation: It does not converge.
Number: 524 #REF!; Message: Not a valid reference; Explanation: A column is gone."""


@pytest.mark.parametrize(
    ("question", "text", "row"),
    [
        ("帯状疱疹ワクチンの値段", END, "ワクチン: 帯状疱疹"),
        ("it says E2 and stops", CODES, "Code: E2"),
        ("Ｅ３って出ました", CODES, "Code: E3"),
        ("what does error 523 mean?", SIGNS, "Number: 523"),
        ("エラー523って何", SIGNS, "Number: 523"),
        ("what does #ref! mean", SIGNS, "Number: 524"),
        ("消費電力は何ワットですか", PARTS, "消費電力"),
        ("コードは何メートル？", PARTS, "コードの長さ"),
    ],
)
def test_the_row_that_was_asked_for_is_told(question, text, row):
    (found,) = rows_asked_for(question, text)
    assert found.startswith(row)


def test_two_rows_that_fit_alike_are_both_told():
    assert rows_asked_for("How do I fill the tank?", CODES) == [CODES.splitlines()[1], CODES.splitlines()[3]]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("it makes a noise", CODES),
        ("it says E9", CODES),
        ("What is a display?", "One: two.\nAnd so on.\nAnd more.\nThree: four"),
        ("消費電力", "消費電力: 820W"),
        ("reset the router", "Step 1: Unplug it.\nStep 2: Press RESET.\nStep 3: Plug it in."),
        ("reset the router", "1. First: Unplug it.\n2. Then: Press RESET.\n3. Last: Plug it in."),
    ],
)
def test_where_no_rows_fit_clearly_better_none_is_told(question, text):
    assert rows_asked_for(question, text) == []


PLANS = """Plan: Small; Requests: 60; Price: 5 euros
Plan: Large; Requests: 300; Price: 20 euros
Plan: Huge; Requests: 1,000; Price: 90 euros
Test keys have 60 requests on every plan.
Failed calls are tried again for three days."""


@pytest.mark.parametrize(
    ("message", "row"),
    [
        ("And on Large?", "Plan: Large"),
        ("and for a huge price?", "Plan: Huge"),
        ("And what does it cost?", "Plan: Small"),
    ],
)
def test_the_last_message_decides_about_the_row(message, row):
    (found,) = rows_asked_for(f"How many requests has the small plan?\n{message}", PLANS, message)
    assert found.startswith(row)


def test_a_sentence_beside_the_table_that_is_clearly_nearer_is_not_passed_over_for_a_row():
    assert rows_asked_for("How often are failed calls tried again?", PLANS) == []


def test_a_sentence_that_is_as_near_comes_with_the_row():
    told = PLANS.replace("Test keys have", "On Huge, test keys have")
    assert rows_asked_for("huge", told) == told.splitlines()[2:4]


def test_the_code_that_a_table_is_about_is_no_row_of_it():
    text = "Item: KX-100\nWeight: 5 kg\nPower: 1,130 W"
    assert rows_asked_for("how heavy is the KX-100", text, above="Manual of the KX-100") == []
    assert rows_asked_for("power of the KX-100", text, above="Manual of the KX-100") == ["Power: 1,130 W"]


@pytest.mark.parametrize(
    ("message", "told"),
    [("E2って出たんだけど", True), ("card_expired", True), ("it says E9", False), ("the lid", False)],
)
async def test_a_code_that_a_row_is_of_is_quoted_with_doubt_however_unsure_the_search_is(message, told):
    codes = passage(f"{CODES}\nCode: card_expired; Cause: The card is old; What to do: Use another.")
    assert bool(looked_up(message, [hit(codes)])) is told
    finder = FakeFinder(passage("We open at nine."), codes, confidence=0.01)
    said = await answer(Answerer(finder, None, SETTINGS), message)
    assert said.outcome == ("answered" if told else "refused" if " " in message else "clarify")
    assert ("Code: " in said.text) is told
    assert "at nine" not in said.text


def test_a_name_that_programs_use_is_looked_up_alone():
    text = "Status: 409; Code: already_paid; Do: Refund it.\nStatus: 409; Code: key_conflict; Do: Use another key."
    text += "\nStatus: 429; Code: rate_limited; Do: Wait."
    assert rows_asked_for("error 409 already_paid, what now?", text) == text.splitlines()[:1]


def test_rows_of_the_same_thing_go_together():
    text = "Age: 6-12; Meals: yes; Price: 70 %\nAge: 3-5; Meals: yes; Price: 50 %\nAge: 3-5; Meals: no; Price: 5 yen"
    text += "\nAge: 0-2; Meals: no; Price: free"
    assert rows_asked_for("how much with 50 %?", text) == text.splitlines()[1:3]


CHANGES = """Old: PX-5M-18; New: none; Note: no longer made
Old: PX-5M-20; New: PX-5M-21; Note: longer
Old: KB-6204; New: KB-6204-2RS; Note: now sealed"""


@pytest.mark.parametrize(
    ("question", "row"),
    [("PX-5M-18の後継は？", "Old: PX-5M-18"), ("what about the px-5m-20", "Old: PX-5M-20")],
)
def test_part_numbers_of_several_pieces_are_looked_up_as_a_whole(question, row):
    (told,) = rows_asked_for(question, CHANGES)
    assert told.startswith(row)


def test_a_passage_with_the_whole_part_number_is_told_before_others_of_its_kind():
    others = passage("Part: PX-5M-20; Teeth: 20\nPart: PX-5M-30; Teeth: 30", source="catalogue.pdf")
    assert looked_up("PX-5M-18の後継は？", [hit(others), hit(passage(CHANGES, source="changes.md"))]) == (
        hit(passage(CHANGES, source="changes.md")),
    )


def test_the_row_of_a_shorter_part_number_is_told_alone():
    kits = "Kit: SK-08; Thread: M8; Of: steel\nKit: SK-08-A2; Thread: M8; Of: stainless\nKit: SK-10; Thread: M10"
    assert rows_asked_for("thread of SK-08?", kits) == ["Kit: SK-08; Thread: M8; Of: steel"]


@pytest.mark.parametrize("caption", ["Table 12: Torques of screws", "表3: 締付けトルクのねじ"])
def test_a_tables_caption_is_no_row_of_it(caption):
    text = f"{caption}\n\nThread: M6; Torque: 9.5 Nm\nThread: M8; Torque: 23 Nm\nThread: M10; Torque: 46 Nm"
    for question in ("What torque for the knife's screws?", "ナイフのねじの締付けトルクは"):
        assert rows_asked_for(question, text) == []
    assert rows_asked_for("Which torque for M8 screws?", text) == ["Thread: M8; Torque: 23 Nm"]
