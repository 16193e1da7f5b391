"""Finds the tables of a printed page by the lines that are ruled around their cells, and tells them row by row.

Tables without ruled lines stay what their text makes of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.printed.books import Line
from ingest.printed.grids import (
    FEWEST_COLUMNS,
    FEWEST_ROWS,
    MOST_CROSSINGS,
    MOST_RULES,
    NEAR,
    Edge,
    Rectangle,
    alike,
    crossed,
    joined,
    open_sides,
    parted,
    together,
)
from ingest.tables.groups import Groups
from ingest.tables.headers import LONGEST_NAME, is_header, named_twice
from ingest.texts.lines import row_line

EMPTY = 0.5  # of its cells and more: a form, a calendar or a drawing
HEADS = 2  # lines above a table that begins a page, or below one that ends it
_CAPTION = re.compile(r"(?:表|Table|Tab\.)\s*\d")
LONGEST_CELL = 600  # characters; a longer one is text in a frame


@dataclass(frozen=True, slots=True)
class Ruled:
    """A table: where it stands, and the text of its rows from above; a cell that spans rows is said in each of them."""

    left: float
    bottom: float
    right: float
    top: float
    rows: list[list[str]]
    bottoms: list[float]  # of the rows
    lefts: list[float]  # of the columns
    shaded: list[bool]  # whether all cells of the first row are, and of the second

    def goes_on(self, other: Header) -> bool:
        """Whether it has the columns of a table on the page before."""
        return len(self.lefts) == len(other.lefts) and all(
            abs(mine - theirs) <= 2 * NEAR for mine, theirs in zip(self.lefts, other.lefts, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Header:
    """The names of a table's columns, and where these begin."""

    names: Sequence[str]
    lefts: Sequence[float]


def tables(
    level: Sequence[Edge],
    upright: Sequence[Edge],
    shades: Sequence[Rectangle],
    text_of: Callable[[Rectangle], str],
    words: Callable[[], Sequence[Rectangle]],
    before: Header | None = None,
) -> list[Ruled]:
    """The tables that a page's ruled lines make, level and upright ones, from above.

    `text_of` tells what stands in a rectangle; `words` tells where words stand, which parts the columns of a table that
    has level lines alone. `before` is the header of the table that the page before ends with: of one that goes on, a
    single row may be left.
    """
    if len(level) <= FEWEST_ROWS and (before is None or len(level) < FEWEST_ROWS):
        return []
    level, upright = joined(level), joined(upright)
    if len(level) * len(upright) > MOST_CROSSINGS:
        return []
    upright = joined([*upright, *open_sides(level, upright)])
    found = []
    for cells in together(crossed(level, upright)):
        rows, columns = len({cell[3] for cell in cells}), len({cell[0] for cell in cells})
        if columns < FEWEST_COLUMNS or (rows < FEWEST_ROWS and before is None):
            continue
        table = _table(cells, shades, text_of)
        if table is not None and (rows >= FEWEST_ROWS or (before is not None and table.goes_on(before))):
            found.append(table)
    places: Sequence[Rectangle] = ()
    for rules in alike([rule for rule in level if not any(_holds(table, rule) for table in found)]):
        if FEWEST_ROWS < len(rules) <= MOST_RULES:
            places = places or words()
            of_rules = (_table(cells, shades, text_of) for cells in parted(rules, places))
            found += [table for table in of_rules if table is not None]
    return sorted(found, key=lambda table: -table.top)


def heads_the_page(lines: Sequence[Line], table: Ruled) -> bool:
    """Whether nothing but running heads stands above a table, which may then go on with one of the page before."""
    return sum(line.left is not None and line.bottom >= table.top - NEAR for line in lines) <= HEADS


def ends_the_page(lines: Sequence[Line], table: Ruled) -> bool:
    """Whether a table may go on over the page: a caption or more than a page's foot below it says that it ends."""
    below = [line for line in lines if line.left is not None and line.top <= table.bottom + NEAR and not line.row]
    return len(below) <= HEADS and not any(_CAPTION.match(line.text) for line in below)


def in_rows(lines: Sequence[Line], table: Ruled, before: Header | None) -> tuple[list[Line], Header | None]:
    """The lines of a page with those within a table replaced by its rows, each of which reads alone, and its header.

    `before` is the header of the table that the page before ends with: one with the same columns goes on with it. A
    table that a line reaches out of is left as it is.
    """
    within = [_is_within(line, table) for line in lines]
    inside = [line for line, is_inside in zip(lines, within, strict=True) if is_inside]
    if not inside or any((line.left or 0.0) < table.left - NEAR or line.right > table.right + NEAR for line in inside):
        return list(lines), None
    heights = [table.top, *table.bottoms]
    names = named_twice(table.rows)
    skipped = 2 if names else 0
    names = names or [*_names(table, inside, heights, before)]
    groups = Groups(len(names))
    rows = [
        Line(_told(names, groups.told(cells)), table.left, below, table.right, above, inside[0].size, row=True)
        for cells, (above, below) in list(zip(table.rows, pairwise(heights), strict=True))[skipped:]
        if list(cells) != list(names) and any(cells)
    ]
    at = within.index(True)
    rest = [line for line, is_inside in zip(lines, within, strict=True) if not is_inside]
    return [*rest[:at], *rows, *rest[at:]], Header(names, table.lefts) if names else None


def _names(table: Ruled, lines: Sequence[Line], heights: Sequence[float], before: Header | None) -> Sequence[str]:
    """The names of the columns: the first row if it alone is all bold or shaded, those of the table that goes on, or,
    of three columns and more, a first row that looks like names."""
    first = table.rows[0]
    if before is not None and len(table.rows) == 1:
        return before.names
    bold = [
        all(line.bold and line.ends_bold for line in lines if below <= (line.bottom + line.top) / 2 <= above)
        for above, below in pairwise(heights[:3])
    ]
    stands_out = [is_bold or is_shaded for is_bold, is_shaded in zip(bold, table.shaded, strict=True)]
    if stands_out[0] and not stands_out[1] and (is_header(first) or _may_name(first)):
        return first
    if before is not None and table.goes_on(before):
        return before.names
    return first if is_header(first) and bold[0] == bold[1] and len(table.lefts) > FEWEST_COLUMNS else ()


def _may_name(cells: Sequence[str]) -> bool:
    """Whether a row that alone stands out may name three columns and more, with digits in the names: 60サイズ, 2026."""
    filled = all(cells[1:]) and max(map(len, cells)) <= LONGEST_NAME
    return filled and len(cells) > FEWEST_COLUMNS and len(set(cells)) == len(cells)


def _told(names: Sequence[str], cells: Sequence[str]) -> str:
    """A row as one line; of two columns without names the first says what the second is of."""
    if names or len(cells) > FEWEST_COLUMNS:
        return row_line(names, cells)
    return ": ".join(filter(None, cells))


def _is_within(line: Line, table: Ruled) -> bool:
    if line.left is None or not table.bottom <= (line.bottom + line.top) / 2 <= table.top:
        return False
    return table.left - NEAR <= (line.left + line.right) / 2 <= table.right + NEAR


def _holds(table: Ruled, rule: Edge) -> bool:
    return table.bottom - NEAR <= rule[0] <= table.top + NEAR and rule[1] < table.right and table.left < rule[2]


def _lies_in(cell: Rectangle, shades: Sequence[Rectangle]) -> bool:
    x, y = (cell[0] + cell[2]) / 2, (cell[1] + cell[3]) / 2
    return any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in shades)


def _table(
    cells: Sequence[Rectangle], shades: Sequence[Rectangle], text_of: Callable[[Rectangle], str]
) -> Ruled | None:
    """The cells as rows of text; None for what is no table of words."""
    texts = {cell: text_of(cell) for cell in cells}
    filled = [text for text in texts.values() if text]
    if len(filled) <= EMPTY * len(cells) or max(map(len, filled)) > LONGEST_CELL:
        return None
    tops = sorted({top for _, _, _, top in cells}, reverse=True)
    lefts = sorted({left for left, _, _, _ in cells})
    rows = [[""] * len(lefts) for _ in tops]
    bottoms = [math.inf] * len(tops)
    for (left, bottom, _, top), text in texts.items():
        for row, height in enumerate(tops):
            if bottom + NEAR < height <= top:
                rows[row][lefts.index(left)] = text
                bottoms[row] = min(bottoms[row], max(bottom, tops[row + 1] if row + 1 < len(tops) else bottom))
    shaded = [all(_lies_in(cell, shades) for cell in cells if cell[3] == top) for top in tops[:2]]
    sides = list(zip(*cells, strict=True))
    return Ruled(min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3]), rows, bottoms, lefts, shaded)
