"""Cells of tables from lines that are ruled on a page: geometry alone.

As pdfplumber does (after Nurminen, 2013): ruled lines are joined, their crossings are corners, and the smallest
rectangles whose four sides are ruled are cells. Where level lines stand alone, the columns between them are parted by
what is empty from the first to the last.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

NEAR = 2.0  # points: lines this close to one another are one, and cross where they end this close
MOST_CORNERS, MOST_CROSSINGS = 4_000, 200_000  # corners that there are and that there may be; more is a drawing
MOST_RULES = 200  # level lines below one another on a page: more is a pattern
FEWEST_ROWS = FEWEST_COLUMNS = 2
FAR = 4  # times the distance of the nearest two ruled lines: others are of another table
GAP, SAME_LINE, MOST_LINES = 8.0, 4.0, 2  # points between columns and within a printed line; such lines of a row

Rectangle = tuple[float, float, float, float]  # left, bottom, right, top
Edge = tuple[float, float, float]  # where it stands, where it begins and ends


def joined(edges: Sequence[Edge]) -> list[Edge]:
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


def crossed(level: Sequence[Edge], upright: Sequence[Edge]) -> list[Rectangle]:
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


def open_sides(level: Sequence[Edge], upright: Sequence[Edge]) -> Iterator[Edge]:
    """The sides of tables that have none, as they are often set: level lines reach beyond all upright ones."""
    for rules in _below_one_another(level):
        left, right = rules[0][1], rules[0][2]
        for at, low, high in upright:
            if left + NEAR < at < right - NEAR:
                met = [rule[0] for rule in rules if low - NEAR <= rule[0] <= high + NEAR]
                if len(met) > FEWEST_ROWS:
                    yield left, met[-1], met[0]
                    yield right, met[-1], met[0]


def alike(level: Sequence[Edge]) -> Iterator[list[Edge]]:
    """Level lines that begin and end below one another, from above; where they are far apart, another table begins."""
    for rules in _below_one_another(level):
        near = FAR * min((above[0] - below[0] for above, below in pairwise(rules)), default=0.0)
        table = rules[:1]
        for above, below in pairwise(rules):
            if above[0] - below[0] > near:
                yield table
                table = []
            table.append(below)
        yield table


def _below_one_another(level: Sequence[Edge]) -> Iterable[list[Edge]]:
    groups: dict[tuple[int, int], list[Edge]] = {}
    for rule in sorted(level, reverse=True):
        groups.setdefault((round(rule[1] / (2 * NEAR)), round(rule[2] / (2 * NEAR))), []).append(rule)
    return groups.values()


def between(rules: Sequence[Edge], words: Sequence[Rectangle]) -> list[Rectangle]:
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


def together(cells: Sequence[Rectangle]) -> Iterator[list[Rectangle]]:
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
