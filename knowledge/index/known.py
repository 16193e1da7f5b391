"""Passages whose standing is to be decided, and those that they are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from knowledge.embedder import Vectors
from knowledge.index.asides import Aside
from knowledge.index.part import Rows
from knowledge.index.store import Generation
from knowledge.passages import Kind, Passage


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A passage whose standing is to be decided."""

    passage: Passage
    vector: Vectors
    stood: bool  # it was searched before this run


def of_kind(asides: Iterable[Aside], kind: Kind) -> list[Candidate]:
    """The held passages of a kind, as candidates again."""
    return [Candidate(aside.passage, aside.vector, False) for aside in asides if aside.passage.kind == kind]


class Known:
    """Passages with their vectors, in rows of the base and beyond them; those of the base are read when asked for."""

    def __init__(self, base: Generation | None, rows: Sequence[int], more: Sequence[Candidate]) -> None:
        self._base, self._rows, self._more = base, rows, more

    @cached_property
    def vectors(self) -> Vectors:
        """Those of all: as many may be much to hold."""
        of_base = [] if self._base is None or not self._rows else list(self._base.dense.vectors(self._as_rows()))
        return np.array(of_base + [each.vector for each in self._more], np.float32)

    def _as_rows(self) -> Rows:
        return np.array(self._rows, np.int64)

    def __len__(self) -> int:
        return len(self._rows) + len(self._more)

    def vector(self, number: int) -> Vectors:
        if number >= len(self._rows):
            return self._more[number - len(self._rows)].vector
        assert self._base is not None, "it has rows"
        found: Vectors = self._base.dense.vectors(self._as_rows()[number : number + 1])[0]
        return found

    def passage(self, number: int) -> Passage:
        if number >= len(self._rows):
            return self._more[number - len(self._rows)].passage
        assert self._base is not None, "it has rows"
        return self._base.passage(self._rows[number])
