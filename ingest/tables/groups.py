"""What the first cells of a table say once for several rows is said of each of them: a symptom with three causes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.texts.lines import SPANNED

FEWEST_COLUMNS, FEWEST_FILLED = 3, 2
MOST_EMPTY = 0.5  # of a row's cells stand before what it says itself
_SUM = re.compile(r"(?:(?:sub|grand )?total|sum|[小総累]?計|合計.*)[:：]?", re.IGNORECASE)


class Groups:
    """The rows of a table, one after another."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._above: list[str] = []
        self._named: set[str] = set()
        self._repeats = columns < FEWEST_COLUMNS  # then the first column names no groups

    def told(self, cells: Sequence[str]) -> list[str]:
        """A row, its first cells as above where they are empty; not where it is a sum."""
        row = [*cells]
        own = next((column for column, cell in enumerate(row) if cell), len(row))
        if own == 0 and row:
            self._repeats = self._repeats or row[0] in self._named
            self._named.add(row[0])
        elif not self._repeats and own <= MOST_EMPTY * self._columns and self._may_follow(row[own:], own):
            row[:own] = self._above[:own]
        self._above = row
        return row

    def end(self) -> None:
        """An empty row: what comes below is no part of what is above."""
        self._above = []

    def _may_follow(self, said: Sequence[str], own: int) -> bool:
        filled = [cell for cell in said if cell]
        whole = len(self._above) > own and all(self._above[: own + 1]) and SPANNED not in (*said, *self._above)
        return whole and len(filled) >= FEWEST_FILLED and not is_sum(filled[0])


def is_sum(cell: str) -> bool:
    """Whether what stands in a row's first cell says that the row is a sum."""
    return _SUM.fullmatch(cell) is not None
