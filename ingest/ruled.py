"""Finds the tables of a printed page by the lines that are ruled around their cells.

As pdfplumber does (after Nurminen, 2013): ruled lines are joined, their crossings are corners, and the smallest
rectangles whose four sides are ruled are cells. Tables without such lines stay what their text makes of them.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.lines import row_line
from ingest.readers.table import is_header
from ingest.typesetting import Line

MOST_CORNERS, MOST_CROSSINGS = 4_000, 200_000  # corners that there are and that there may be; more is a drawing
NEAR = 2.0  # points: lines this close to one another are one, and cross where they end this close
FEWEST_ROWS = FEWEST_COLUMNS = 2
FAR = 4  # times the distance of the nearest two ruled lines: others are of another table
GAP, SAME_LINE, MOST_LINES = 8.0, 4.0, 2  # points between columns and within a printed line; such lines of a row
EMPTY = 0.5  # of its cells and more: a form, a calendar or a drawing
LONGEST_CELL = 600  # characters; a longer one is text in a frame

Rectangle = tuple[float, float, float, float]  # left, bottom, right, top
Edge = tuple[float, float, float]  # where it stands, where it begins and ends


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
) -> list[Ruled]:
    """The tables that a page's ruled lines make, level and upright ones, from above.

    `text_of` tells what stands in a rectangle; `words` tells where words stand, which parts the columns of a table that
    has level lines alone.
    """
    if len(level) <= FEWEST_ROWS:
        return []
    level, upright = _joined(level), _joined(upright)
    if len(level) * len(upright) > MOST_CROSSINGS:
        return []
    found = []
    for cells in _together(_cells(level, upright)):
        if len({cell[3] for cell in cells}) < FEWEST_ROWS or len({cell[0] for cell in cells}) < FEWEST_COLUMNS:
            continue
        table = _table(cells, shades, text_of)
        if table is not None:
            found.append(table)
    places: Sequence[Rectangle] = ()
    for rules in _alike([rule for rule in level if not any(_holds(table, rule) for table in found)]):
        if len(rules) > FEWEST_ROWS:
            places = places or words()
            cells = _between(rules, places)
            table = _table(cells, shades, text_of) if cells else None
            if table is not None:
                found.append(table)
    return sorted(found, key=lambda table: -table.top)


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
    names: Sequence[str] = ()
    if before is not None and table.goes_on(before):
        names = before.names
    elif _has_header(table, inside, heights):
        names = table.rows[0]
    rows = [
        Line(_told(names, cells), table.left, below, table.right, above, inside[0].size, row=True)
        for cells, (above, below) in zip(table.rows, pairwise(heights), strict=True)
        if list(cells) != list(names) and any(cells)
    ]
    at = within.index(True)
    rest = [line for line, is_inside in zip(lines, within, strict=True) if not is_inside]
    return [*rest[:at], *rows, *rest[at:]], Header(names, table.lefts) if names else None


def _has_header(table: Ruled, lines: Sequence[Line], heights: Sequence[float]) -> bool:
    """Whether the first row names the columns: it alone is all bold or shaded, or there are three and more of them."""
    if not is_header(table.rows[0]):
        return False
    bold = [
        all(line.bold and line.ends_bold for line in lines if below <= (line.bottom + line.top) / 2 <= above)
        for above, below in pairwise(heights[:3])
    ]
    stands_out = [is_bold or is_shaded for is_bold, is_shaded in zip(bold, table.shaded, strict=True)]
    return (stands_out[0] and not stands_out[1]) or (bold[0] == bold[1] and len(table.lefts) > FEWEST_COLUMNS)


def _told(names: Sequence[str], cells: Sequence[str]) -> str:
    """A row as one line; of two columns without names the first says what the second is of."""
    if names or len(cells) > FEWEST_COLUMNS:
        return row_line(names, cells)
    return ": ".join(filter(None, cells))


def _is_within(line: Line, table: Ruled) -> bool:
    if line.left is None or not table.bottom <= (line.bottom + line.top) / 2 <= table.top:
        return False
    return table.left - NEAR <= (line.left + line.right) / 2 <= table.right + NEAR


def _joined(edges: Sequence[Edge]) -> list[Edge]:
    """Lines that lie upon one another or follow one another as one."""
    lines: list[list[Edge]] = []
    for edge in sorted(edges):
        if lines and edge[0] - lines[-1][0][0] <= NEAR:
            lines[-1].append(edge)
        else:
            lines.append([edge])
    joined: list[Edge] = []
    for line in lines:
        place = sum(at for at, _, _ in line) / len(line)
        begin, end = -math.inf, -math.inf
        for _, first, last in sorted(line, key=lambda edge: edge[1]):
            if first > end + NEAR:
                if end > begin:
                    joined.append((place, begin, end))
                begin, end = first, last
            end = max(end, last)
        joined.append((place, begin, end))
    return joined


def _cells(level: Sequence[Edge], upright: Sequence[Edge]) -> list[Rectangle]:
    """The smallest rectangles between crossings whose sides are ruled."""
    rows: dict[tuple[float, float], set[float]] = {}  # of each level line, where it is crossed
    columns: dict[tuple[float, float], set[float]] = {}
    corners: dict[tuple[float, float], tuple[Edge, Edge]] = {}
    for line in level:
        for other in upright:
            if line[1] - NEAR <= other[0] <= line[2] + NEAR and other[1] - NEAR <= line[0] <= other[2] + NEAR:
                corners[other[0], line[0]] = line, other
                rows.setdefault(line[:2], set()).add(other[0])
                columns.setdefault(other[:2], set()).add(line[0])
        if len(corners) > MOST_CORNERS:
            return []
    to_the_right = {key: sorted(places) for key, places in rows.items()}
    upwards = {key: sorted(places) for key, places in columns.items()}
    cells = []
    for (x, y), (line, other) in corners.items():  # as the upper left corner
        here = upwards[other[:2]]
        below = here[: bisect_left(here, y)][::-1]
        beside = to_the_right[line[:2]]
        cell = next(
            (
                (x, lower, right, y)
                for lower in below
                for right in beside[bisect_left(beside, x) + 1 :]
                if (right, lower) in corners
                and corners[right, lower][1] is corners[right, y][1]
                and corners[right, lower][0] is corners[x, lower][0]
            ),
            None,
        )
        if cell is not None:
            cells.append(cell)
    return cells


def _alike(level: Sequence[Edge]) -> Iterator[list[Edge]]:
    """Level lines that begin and end below one another, from above; where they are far apart, another table begins."""
    groups: dict[tuple[int, int], list[Edge]] = {}
    for rule in sorted(level, reverse=True):
        groups.setdefault((round(rule[1] / (2 * NEAR)), round(rule[2] / (2 * NEAR))), []).append(rule)
    for rules in groups.values():
        near = FAR * min((above[0] - below[0] for above, below in pairwise(rules)), default=0.0)
        table = rules[:1]
        for above, below in pairwise(rules):
            if above[0] - below[0] > near:
                yield table
                table = []
            table.append(below)
        yield table


def _holds(table: Ruled, rule: Edge) -> bool:
    return table.bottom - NEAR <= rule[0] <= table.top + NEAR and rule[1] < table.right and table.left < rule[2]


def _between(rules: Sequence[Edge], words: Sequence[Rectangle]) -> list[Rectangle]:
    """The cells of a table with level lines alone; none where the text between them is none.

    Its columns are parted by what is empty from the first line to the last. Where more than two printed lines are
    usual between two ruled ones, nobody can tell its rows.
    """
    left, right = rules[0][1], rules[0][2]
    within = [word for word in words if left - NEAR <= word[0] and word[2] <= right + NEAR]

    def printed(below: float, above: float) -> list[Rectangle]:
        return [word for word in within if below <= (word[1] + word[3]) / 2 <= above]

    bands = [(below[0], above[0]) for above, below in pairwise(rules)]
    held = [printed(*band) for band in bands]
    lines = sorted(len({round(word[1] / SAME_LINE) for word in of_band}) for of_band in held)
    if not lines[0] or lines[len(lines) // 2] > MOST_LINES:
        return []
    sides = _parts([word for of_band in held for word in of_band], left, right)
    above = rules[0][0], rules[0][0] + sorted(top - bottom for bottom, top in bands)[len(bands) // 2]
    names = printed(*above)  # of the columns, above the first line
    if len(names) > 1 and not any(word[0] < side < word[2] for word in names for side in sides):
        bands.insert(0, above)
    if len(bands) <= FEWEST_ROWS or len(sides) <= FEWEST_COLUMNS:
        return []
    return [(one, below, other, top) for below, top in bands for one, other in pairwise(sides)]


def _parts(words: Sequence[Rectangle], left: float, right: float) -> list[float]:
    """Where columns begin and the last one ends."""
    sides, end = [left], left
    for word in sorted(words):
        if word[0] > end + GAP and end > left:
            sides.append((end + word[0]) / 2)
        end = max(end, word[2])
    return [*sides, right]


def _together(cells: Sequence[Rectangle]) -> Iterator[list[Rectangle]]:
    """Cells that touch at a corner, as tables."""
    at: dict[tuple[float, float], list[int]] = {}
    for number, (left, bottom, right, top) in enumerate(cells):
        for corner in ((left, bottom), (left, top), (right, bottom), (right, top)):
            at.setdefault(corner, []).append(number)
    seen: set[int] = set()
    for number in range(len(cells)):
        if number in seen:
            continue
        seen.add(number)
        waiting, table = [number], list[Rectangle]()
        while waiting:
            left, bottom, right, top = cells[waiting.pop()]
            table.append((left, bottom, right, top))
            for corner in ((left, bottom), (left, top), (right, bottom), (right, top)):
                beside = [each for each in at[corner] if each not in seen]
                seen.update(beside)
                waiting += beside
        yield table


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
