"""Tells that the disk has no room for what a run makes, before hours are spent on it, and only when that is sure."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from knowledge.errors import CannotWrite
from knowledge.index import generations
from knowledge.index.store import Generation

WORDS = "lexical/"  # files of a generation that the next one begins with a copy of


class Room:
    """Less than the next generation takes: half of what the vectors and the words that it keeps take at most.

    Texts, and the words of what is new, come on top; how long they will be packed nobody knows beforehand.
    """

    def __init__(self, data: Path, dimensions: int, base: Generation | None, replaced: Collection[str]) -> None:
        self._data, self._each = data, dimensions // 4
        self._copied = self._passages = 0
        if base is not None:
            names = [name for name in base.manifest.files if name.startswith(WORDS)]
            self._copied = sum((base.place / name).stat().st_size for name in names) // 2  # where the disk packs them
            self._passages = len(base) - sum(len(base.rows(each)) for each in replaced if each in base.documents)

    def take(self, passages: int) -> None:
        """Count some more passages. Raises CannotWrite when the index can no longer be written."""
        self._passages += passages
        need, free = self._copied + self._passages * self._each, generations.room(self._data)
        if free < need:
            raise CannotWrite(
                f"The index in {self._data} takes more than {need / 1e6:,.1f} MB, and its disk has "
                f"{free / 1e6:,.1f} MB free. Nothing has changed. Make room, then run the same command again: it goes "
                "on where it was."
            )
