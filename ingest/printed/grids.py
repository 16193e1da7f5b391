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
FEWEST_TILES, FILLED = 6, 0.05  # shaded cells of a table, and how much they may overlap or leave open
FAR = 4  # times the distance of the nearest two ruled lines: others are of another table
WIDER = 1.5  # times the usual distance of ruled lines: a wider one may part two tables
CLOSE, MOST_NAMES = 1.5, 3  # times the gap between lines of a row, and lines, of the names of columns
GAP, MOST_LINES = 8.0, 2  # points between columns; printed lines of a row

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


def parted(rules: Sequence[Edge], words: Sequence[Rectangle]) -> list[list[Rectangle]]:
    """The cells of each table among level lines that begin and end below one another.

    Tables as wide as the page have lines alike: there the widest gap holds what stands between two of them, and each
    has more columns than both together.
    """
    if len(rules) <= FEWEST_ROWS:
        return []
    cells = between(rules, words)
    whole = [cells] if cells else []
    gaps = [above[0] - below[0] for above, below in pairwise(rules)]
    widest = max(gaps)
    if widest <= WIDER * sorted(gaps)[len(gaps) // 2]:
        return whole
    cut = gaps.index(widest) + 1
    apart = [*parted(rules[:cut], words), *parted(rules[cut:], words)]
    return apart if apart and (not cells or max(map(_columns, apart)) > _columns(cells)) else whole


def _columns(cells: Sequence[Rectangle]) -> int:
    return len({cell[0] for cell in cells})


def between(rules: Sequence[Edge], words: Sequence[Rectangle]) -> list[Rectangle]:
    """The cells of a table with level lines alone; none where the text between them is none.

    Its columns are parted by what is empty from the first line to the last. Where more than two printed lines are
    usual between two ruled ones, nobody can tell its rows.
    """
    left, right = rules[0][1], rules[0][2]
    within = [word for word in words if left - NEAR <= word[0] and word[2] <= right + NEAR and word[3] > word[1]]

    def printed(below: float, above: float) -> list[Rectangle]:
        return [word for word in within if below <= (word[1] + word[3]) / 2 <= above]

    bands = [(below[0], above[0]) for above, below in pairwise(rules)]
    held = [printed(*band) for band in bands]
    lines = sorted(map(len, map(_printed_lines, held)))
    if not lines[0] or lines[len(lines) // 2] > MOST_LINES:
        return []
    sides = _parts([word for of_band in held for word in of_band], left, right)
    usual = sorted(top - bottom for bottom, top in bands)[len(bands) // 2]
    above = rules[0][0], _top_of_names(rules[0][0], usual, held, within)
    names = printed(*above)  # of the columns, above the first line
    if len(names) > 1 and not any(word[0] < side < word[2] for word in names for side in sides):
        bands.insert(0, above)
    if len(bands) <= FEWEST_ROWS or len(sides) <= FEWEST_COLUMNS:
        return []
    return [(one, below, other, top) for below, top in bands for one, other in pairwise(sides)]


def _top_of_names(rule: float, usual: float, held: Sequence[Sequence[Rectangle]], words: Sequence[Rectangle]) -> float:
    """Up to where the names of the columns reach above the first rule: lines as close to one another as in a row."""
    gaps = [high[0] - low[1] for of_band in held for low, high in pairwise(_printed_lines(of_band))]
    top = rule + usual
    farthest = CLOSE * max(gaps, default=0.0)
    lines = _printed_lines([word for word in words if word[1] > rule])[:MOST_NAMES]
    for low, high in pairwise(lines):
        if low[0] > rule + usual or high[0] - low[1] > farthest:
            break
        top = max(top, high[1])
    return top


def _printed_lines(words: Iterable[Rectangle]) -> list[tuple[float, float]]:
    """Where lines stand, from below: words beside one another are of one."""
    lines: list[tuple[float, float]] = []
    for bottom, top in sorted((word[1], word[3]) for word in words):
        if lines and bottom < lines[-1][1]:
            lines[-1] = lines[-1][0], max(lines[-1][1], top)
        else:
            lines.append((bottom, top))
    return lines


def _parts(words: Sequence[Rectangle], left: float, right: float) -> list[float]:
    """Where columns begin and the last one ends."""
    sides, end = [left], left
    for word in sorted(words):
        if word[0] > end + GAP and end > left:
            sides.append((end + word[0]) / 2)
        end = max(end, word[2])
    return [*sides, right]


def sides(shades: Sequence[Rectangle]) -> tuple[list[Edge], list[Edge]]:
    """The level and the upright sides of shaded rectangles that fill a table without gaps, as slides draw its cells."""
    level: list[Edge] = []
    upright: list[Edge] = []
    if not FEWEST_TILES <= len(shades) <= MOST_CORNERS:
        return level, upright
    for tiles in together([(round(left), round(low), round(right), round(top)) for left, low, right, top in shades]):
        lefts, lows, rights, tops = zip(*tiles, strict=True)
        whole = (max(rights) - min(lefts)) * (max(tops) - min(lows))
        filled = sum((right - left) * (top - low) for left, low, right, top in tiles)
        if len({*lefts}) >= FEWEST_COLUMNS and len({*tops}) > FEWEST_ROWS and abs(filled - whole) <= FILLED * whole:
            level += [(at, left, right) for left, low, right, top in tiles for at in (low, top)]
            upright += [(at, low, top) for left, low, right, top in tiles for at in (left, right)]
    return level, upright


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
