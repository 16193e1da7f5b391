"""The order in which what stands on a slide is read: in rows or in columns, by the white space between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

OVERLAP = 50_000  # English Metric Units, 914,400 an inch: by so much frames reach into one another unseen
MANY = 500  # items on one slide: nobody reads them in any order

Item = TypeVar("Item")


class Frame(NamedTuple):
    """Where something stands on a slide."""

    left: int
    top: int
    right: int
    bottom: int


def in_reading_order(placed: Iterable[tuple[Frame, Item]]) -> list[Item]:
    """Items by their places: parted where the widest gap goes through all of them, from above or from the left."""
    waiting = [list(placed)]
    told: list[Item] = []
    while waiting:
        group = waiting.pop()
        parts = _parted(group) if 1 < len(group) <= MANY else None
        if parts is not None:
            waiting += [parts[1], parts[0]]
        else:
            told += [item for _, item in sorted(group, key=lambda each: (each[0].top, each[0].left))]
    return told


def _parted(group: list[tuple[Frame, Item]]) -> tuple[list[tuple[Frame, Item]], list[tuple[Frame, Item]]] | None:
    rows = sorted(group, key=lambda each: each[0].top)
    columns = sorted(group, key=lambda each: each[0].left)
    row, above = _widest([(frame.top, frame.bottom) for frame, _ in rows])
    column, beside = _widest([(frame.left, frame.right) for frame, _ in columns])
    if max(above, beside) < -OVERLAP:
        return None
    return (rows[:row], rows[row:]) if above >= beside else (columns[:column], columns[column:])


def _widest(spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Before which of the spans, ordered by their beginnings, the widest gap is, and how wide that is."""
    best, width = 1, spans[1][0] - spans[0][1]
    reached = spans[0][1]
    for number in range(1, len(spans)):
        if (gap := spans[number][0] - reached) > width:
            best, width = number, gap
        reached = max(reached, spans[number][1])
    return best, width
