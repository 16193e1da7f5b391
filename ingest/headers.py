"""The names of a table's columns, where two rows or more above one another say them: "国内 > 東京23区・大阪市"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.lines import SPANNED

LONGEST_NAME = 40  # characters
MOST_ROWS = 3  # that name columns
_VALUE = re.compile(r"\d{3}|^[\d.,]+$|[。？?]$")


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row looks like the names of columns: short, each another, none of them a number."""
    return (
        all(cells)
        and len(set(cells)) == len(cells)
        and all(len(cell) <= LONGEST_NAME and not _VALUE.search(cell) for cell in cells)
    )


def under(above: Sequence[str], below: Sequence[str]) -> list[str]:
    """The names of columns by two rows: a group of columns, and each column of it by its own name below."""
    wide = max(len(above), len(below))
    groups, names = ([*cells, *[""] * (wide - len(cells))] for cells in (above, below))
    return [
        name if not group else group if name in ("", group) or name == SPANNED else f"{group} > {name}"
        for group, name in zip(groups, names, strict=True)
    ]


def named_twice(rows: Sequence[Sequence[str]]) -> list[str]:
    """The names of columns by the first two rows, where the first names groups of them; else none.

    A group stands above its first column, and the others of it are empty or spanned there. What names a single column
    spans both rows: it is said in both, or the second row is empty there.
    """
    if len(rows) <= 2:
        return []
    first, second = ([*cells] for cells in rows[:2])
    wide = max(len(first), len(second))
    first, second = ([*cells, *[""] * (wide - len(cells))] for cells in (first, second))
    spanned = [column for column, cell in enumerate(first) if cell in ("", SPANNED)]
    if not spanned or not first[0] or second[0] not in ("", first[0]) or not any(second[1:]):
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
