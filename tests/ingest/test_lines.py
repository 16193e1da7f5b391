"""Rows of tables as lines that can be found and quoted."""

import pytest

from ingest.lines import row_line


@pytest.mark.parametrize(
    ("header", "cells", "line"),
    [
        (
            ["時間", "月", "土", "日・祝"],
            ["9:00", "○", "休診", "休診"],
            "時間: 9:00; 月曜: ○; 土曜: 休診; 日曜・祝日: 休診",
        ),
        (["", "月～金", "土", "日"], ["窓口", "○", "○", ""], "窓口; 月曜～金曜: ○; 土曜: ○"),
        (["年", "月", "日"], ["2026", "4", "1"], "年: 2026; 月: 4; 日: 1"),
        (["金", "銀", "土"], ["1", "2", "3"], "金: 1; 銀: 2; 土: 3"),
    ],
)
def test_days_of_the_week_are_named_as_customers_name_them(header, cells, line):
    assert row_line(header, cells) == line
