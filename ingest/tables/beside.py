"""Tables that stand beside one another on a sheet: a list, and right of it what was summed up from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from itertools import pairwise

from ingest.tables.groups import is_sum

Row = tuple[int, list[str]]

FEWEST = 2  # columns of a table


def tables(rows: Sequence[Row], hidden: Set[int] = frozenset()) -> Iterator[tuple[int, list[Row]]]:
    """The tables from the left, each with its first column and without empty ones.

    Empty columns part them where each has a row of its own that names its columns, or the same names side by side. They
    are put within a table, too, for looks: there one row names the columns on both sides, and what is on the right may
    be empty in some rows.
    """
    first = 0
    for left, right in _gaps(rows, hidden):
        one, other = _block(rows, first, left), _block(rows, right, None)
        (at, names), (beside, others) = _head(one), _head(other)
        ends_before = bool(other) and _is_whole(other) and _goes_on(one, other[-1][0])
        if names and others and (at != beside or names == others[: len(names)] or ends_before):
            yield first, one
            first = right
    yield first, _block(rows, first, None)


def _is_whole(block: Sequence[Row]) -> bool:
    """Whether every cell is filled in every row from the first to the last."""
    wide = max(len(cells) for _, cells in block)
    in_a_row = block[-1][0] - block[0][0] + 1 == len(block)
    return wide >= FEWEST and in_a_row and all(len(cells) == wide and all(cells) for _, cells in block)


def _goes_on(block: Sequence[Row], last: int) -> bool:
    """Whether more rows of a list follow below that one, and neither a sum nor remarks."""
    below = [cells for number, cells in block if number > last]
    return bool(below) and all(sum(map(bool, cells)) >= FEWEST and not is_sum(cells[0]) for cells in below)


def _gaps(rows: Sequence[Row], hidden: Set[int]) -> Iterator[tuple[int, int]]:
    """Where columns in which nothing stands begin and end; those that are hidden belong to a table."""
    filled = sorted({column for _, cells in rows for column, cell in enumerate(cells) if cell})
    yield from ((left + 1, right) for left, right in pairwise(filled) if {*range(left + 1, right)} - hidden)


def _block(rows: Sequence[Row], first: int, end: int | None) -> list[Row]:
    """The rows between two columns, without columns in which nothing stands."""
    cut = [(number, cells[first:end]) for number, cells in rows if any(cells[first:end])]
    filled = sorted({column for _, cells in cut for column, cell in enumerate(cells) if cell})
    return [(number, [cells[column] for column in filled if column < len(cells)]) for number, cells in cut]


def _head(block: Sequence[Row]) -> Row:
    """The row that names the columns, if there are some."""
    return next(((number, cells) for number, cells in block if sum(map(bool, cells)) >= FEWEST), (0, []))
