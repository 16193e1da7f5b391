"""Blanks that nobody wrote: typesetting spreads the letters of a line, and PDFium takes the gaps for blanks.

Between Japanese letters they would hide every word from a search. Where the letters stand tells them from the gaps
between the cells of a table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from ingest.texts.lines import WIDE

NARROW = 0.75  # of the size of the letters: a narrower gap parts no cells
SPREAD = 0.6  # of the neighbours in a line are parted: the whole line is spread, whatever the gaps
FEWEST, FEWEST_FAR = 4, 8  # gaps that make a line one that is spread: narrow ones, and wide ones, which may be cells
BEHIND_MARK = 0.4  # times the size of the letters: so far behind the mark of an item it begins
UNEVEN = 1.5  # times the usual gap of a line that is spread: this one is more
_MARK = re.compile(r"[ア-ン]")
_PARTED = re.compile(rf"(?<=[{WIDE}0-9℃])[ \u3000]+(?=[{WIDE}])")
_BLANK = re.compile(rf"(?<=[{WIDE}]) (?=[{WIDE}])")
_NEIGHBOURS = re.compile(rf"[{WIDE}](?=[{WIDE}])")


class Gap(NamedTuple):
    """Something between two letters of a line that is a blank in its text."""

    start: int
    end: int
    width: float  # times the size of the letters
    is_wide: bool  # it stands between two Japanese letters
    is_made_up: bool  # by PDFium; no blank is in the file


def settled(text: str, gap: Callable[[int, int], tuple[float, bool]]) -> tuple[str, bool]:
    """A line's text without the blanks that are none, and whether all gaps that are left are too narrow for cells.

    `gap` tells of the letters before and after a blank how far apart they are, and whether the blank is made up.
    """
    gaps = []
    for found in _PARTED.finditer(text):
        start, end = found.span()
        gaps.append(Gap(start, end, *_between(text, start, end, gap)))
    if gaps and (mark := _MARK.match(text)) and gaps[0].start == mark.end() and gaps[0].width >= BEHIND_MARK:
        gaps = gaps[1:]  # an item's mark, and how far it hangs
    gone = [each for each in gaps if each.is_wide and each.is_made_up and each.width < _limit(text, gaps)]
    narrow = all(each.width < NARROW for each in gaps if each not in gone)
    for each in reversed(gone):
        text = text[: each.start] + text[each.end :]
    return text, narrow and bool(gaps)


def unspread(text: str) -> str:
    """The text of a cell, whose letters' places are not known, without the blanks of a line that is spread."""
    blanks = len(_BLANK.findall(text))
    if blanks < FEWEST or blanks < SPREAD * (blanks + len(_NEIGHBOURS.findall(text))):
        return text
    return _BLANK.sub("", text)


def _between(
    text: str, start: int, end: int, gap: Callable[[int, int], tuple[float, bool]]
) -> tuple[float, bool, bool]:
    width, is_made_up = gap(start - 1, end)
    return width, _BLANK.match(text, start) is not None, is_made_up


def _limit(text: str, gaps: Sequence[Gap]) -> float:
    """The width below which a made-up blank between Japanese letters is none."""
    widths = [each.width for each in gaps if each.is_wide]
    if len(widths) < FEWEST or len(widths) < SPREAD * (len(widths) + len(_NEIGHBOURS.findall(text))):
        return NARROW
    usual = median(widths)
    return max(NARROW, UNEVEN * usual) if usual < 1 or len(widths) >= FEWEST_FAR else NARROW
