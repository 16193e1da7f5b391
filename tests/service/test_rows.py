"""Of a table, the row that was asked for is quoted."""

import pytest

from service.rows import row_asked_for

CODES = """When something is wrong, the display shows a code.
Code: E1; Cause: Not enough water; What to do: Fill the tank.
Code: E2; Cause: Lid open; What to do: Close it until it clicks.
Code: E3; Cause: Too hot; What to do: Let it cool for 30 minutes, then fill the tank."""
PARTS = """電源: 交流100V
消費電力: 820W（待機時0.4W）
水タンクの容量: 600mL
コードの長さ: 1.4m"""


@pytest.mark.parametrize(
    ("question", "text", "row"),
    [
        ("it says E2 and stops", CODES, "Code: E2"),
        ("Ｅ３って出ました", CODES, "Code: E3"),
        ("消費電力は何ワットですか", PARTS, "消費電力"),
        ("コードは何メートル？", PARTS, "コードの長さ"),
    ],
)
def test_the_row_that_was_asked_for_is_told(question, text, row):
    assert (row_asked_for(question, text) or "").startswith(row)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How do I fill the tank?", CODES),  # two rows say so
        ("it makes a noise", CODES),
        ("it says E9", CODES),
        ("What is a display?", "One: two.\nAnd so on.\nAnd more.\nThree: four"),
        ("消費電力", "消費電力: 820W"),
    ],
)
def test_where_no_row_fits_clearly_better_none_is_told(question, text):
    assert row_asked_for(question, text) is None
