"""The names of a table's columns, where two rows or more above one another say them: "国内 > 東京23区・大阪市".

The lower one may hold the units that values are in, as in catalogues: "Bore d (mm)".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.texts.lines import SPANNED

LONGEST_NAME = 40  # characters
WITH_CORNER = 3  # columns of a table whose corner may be empty
MOST_ROWS = 3  # that name columns
FEWEST_UNITS = 2  # that make a row one of units
LABELLED = 2  # cells of a row above a table: a label and its value
MOST_LABELS = 3  # such rows; more are a table themselves
_VALUE = re.compile(r"\d{3}|^[\d.,]+$|[。？?]$")
# Units of measure with their prefixes, joined by signs: mm, N·m, kg/m³, min-1. No letter alone that may be a choice.
_UNIT = (
    "[kcdmµμnMG]?m[²³23]?|[kmµMG]?(?:N|Pa|W|V|VA|Hz|J|Ω|F|bar|Wh)|[kMGT]i?B|[kmµ]?g|[cm]?[lL]|t|A|mA|µA|Ah|mAh|K|s|ms|h|min"
    "|rpm|r|rev|cal|kcal|kJ|dB|lm|lx|cd|mol|ppm|in|inch|ft|lbs?|oz|psi|gal|hp|deg|pcs?|ea|°[CF]?|℃|℉|%|″|′|円|税込|個|枚|本|台"
    "|秒|分|時間|日|営業日|か月|ヶ月|年|人|名|回|kg|cm|mm|USD|EUR|JPY|GBP|[$€£¥]"
)
_UNITS = re.compile(rf"[\[(（]?(?:{_UNIT})(?:[-⁻−]?[12²¹])?(?:[ ·・*×/](?:{_UNIT})(?:[-⁻−]?[12²³])?)*[\])）]?")
_NO_UNIT = re.compile(r"[-‐–—―－/]?|units?|単位", re.IGNORECASE)


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row looks like the names of columns: short, each another, none of them a number.

    The corner above the names of rows may be empty.
    """
    return (
        all(cells if len(cells) < WITH_CORNER else cells[1:])
        and len(set(cells)) == len(cells)
        and all(len(cell) <= LONGEST_NAME and not _VALUE.search(cell) for cell in cells)
    )


def head_of(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """The place of the row that names a table's columns, as far as that is told by what stands above it.

    Above it stand titles, alone in their rows, and labels with their values ("Valid from | 2026-02-01"): two cells at
    most, of which one is a value or below which a row is empty, and then names of more columns than that.
    """
    first = next((place for place, (_, cells) in enumerate(rows) if sum(map(bool, cells)) > 1), 0)
    for place, (number, cells) in enumerate(rows):
        above = [[cell for cell in each if cell] for _, each in rows[first:place]]
        told = [cell for cell in cells if cell]
        if any(len(each) > LABELLED for each in above) or sum(len(each) == LABELLED for each in above) > MOST_LABELS:
            break
        parted = place > first and number > rows[place - 1][0] + 1
        if not (above and len(told) > LABELLED and is_header(told)):
            continue
        if parted or all(len(each) < LABELLED or _VALUE.search(each[-1]) for each in above):
            return place
    return first


def are_units(cells: Sequence[str]) -> bool:
    """Whether a row says the units of its columns: nothing but units, and several of them."""
    told = [cell for cell in cells[1:] if not _NO_UNIT.fullmatch(cell)]
    if len(told) < FEWEST_UNITS or not all(cell == SPANNED or _UNITS.fullmatch(cell) for cell in told):
        return False
    return not cells or bool(_NO_UNIT.fullmatch(cells[0]) or _UNITS.fullmatch(cells[0]))


def under(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """The names of columns by two rows: a group of columns, and each column of it by its own name, or unit, below."""
    wide = max(len(above), len(below))
    groups, names = ([*cells, *[""] * (wide - len(cells))] for cells in (above, below))
    if are_units(below):
        return [_in_unit(group, unit) for group, unit in zip(groups, _spread(names), strict=True)]
    return [
        name if not group else group if name in ("", group) or name == SPANNED else f"{group} > {name}"
        for group, name in zip(groups, names, strict=True)
    ]


def _spread(cells: Sequence[str]) -> list[str]:
    """The cells of a row, each that a value on its left spans with that value."""
    told: list[str] = []
    for cell in cells:
        told.append(told[-1] if cell == SPANNED and told else cell)
    return told


def _in_unit(name: str, unit: str) -> str:
    """A column's name with the unit of its values, unless that says it already."""
    plain = unit.strip("[]()（） ")
    if _NO_UNIT.fullmatch(unit) or re.search(rf"[\[(（]\s*{re.escape(plain)}\s*[\])）]", name):
        return name
    return f"{name} ({plain})"


def _are_names(cells: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a row names every column: there is no number in it, where the row below it has some."""
    return all(cells) and is_header(cells) and any(map(_VALUE.search, below))


def named_twice(rows: Sequence[Sequence[str]]) -> list[str]:
    """The names of columns by the first two rows, where the first names groups of them or the second units; else none.

    A group stands above its first column, and the others of it are empty or spanned there. What names a single column
    spans both rows: it is said in both, or the second row is empty there. Where the first column is of a group itself,
    the second row names all columns, and the third has numbers where these have none.
    """
    if len(rows) <= 2:
        return []
    first, second = ([*cells] for cells in rows[:2])
    wide = max(len(first), len(second))
    first, second = ([*cells, *[""] * (wide - len(cells))] for cells in (first, second))
    if is_header([cell for cell in first if cell]) and first[0] and are_units(second):
        return under(first, second)
    spanned = [column for column, cell in enumerate(first) if cell in ("", SPANNED)]
    if not spanned or not first[0] or not any(second[1:]):
        return []
    if second[0] not in ("", first[0]) and not (spanned[0] == 1 and _are_names(second, rows[2])):
        return []
    if any(second[column] in ("", SPANNED) for column in spanned) or all(cell in ("", SPANNED) for cell in first[1:]):
        return []
    for column in spanned:
        first[column] = first[column - 1]
    parts = [*filter(None, first), *filter(None, second)]
    names = under(first, second)
    if len(set(names)) < len(names) or any(len(part) > LONGEST_NAME or _VALUE.search(part) for part in parts):
        return []
    return names
