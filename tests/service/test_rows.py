"""Of a table, the rows that were asked for are quoted."""

import pytest

from service.rows import rows_asked_for

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
REMARKS = """Note: The lid of the tank is hot.
Price: A new lid costs 12 euros."""
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
