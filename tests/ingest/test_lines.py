"""Rows of tables as lines that can be found and quoted."""

import time

import pytest

from ingest.texts.lines import row_line, with_weekdays


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


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("月〜金: 7:00〜23:00\n土: 9:30〜21:00\n日: 休み", "月曜〜金曜: 7:00〜23:00\n土曜: 9:30〜21:00\n日曜: 休み"),
        ("- 平日 9:00\n- 土 10:00〜17:00\n- 日・祝: 休み", "- 平日 9:00\n- 土曜 10:00〜17:00\n- 日曜・祝日: 休み"),
        ("土日祝：10時\n祝日: 休館\n火：休館", "土曜・日曜・祝日：10時\n祝日: 休館\n火曜：休館"),
        ("月～木: 9時\n土・祝日: 10時", "月曜～木曜: 9時\n土曜・祝日: 10時"),
        ("曜日: 火; 時間: 9:00\n曜日: 土; 時間: 10:00", "曜日: 火曜; 時間: 9:00\n曜日: 土曜; 時間: 10:00"),
    ],
)
def test_days_that_lines_begin_with_are_named_too(text, named):
    assert with_weekdays(text) == named


@pytest.mark.parametrize(
    "text",
    ["月: 4\n日: 1", "金: 9,800円\n木: 1,200円", "土: 粘土", "日 9:00に開きます。", "日本: 1\n土産: 2", "月火水を学ぶ"],
)
def test_what_only_looks_like_days_stays(text):
    assert with_weekdays(text) == text


def test_days_without_end_cost_no_time():
    text = f"土日: 9:00\n月: 10:00\n曜日: 火{'祝日' * 24}x\n"  # two readings of each were four million of all
    began = time.monotonic()
    assert with_weekdays(text).startswith("土曜・日曜: 9:00\n月曜: 10:00\n")
    assert time.monotonic() - began < 10
