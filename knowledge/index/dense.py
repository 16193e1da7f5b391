"""The vectors of all passages, searched by cosine: those of each language are a part of their own."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import Vectors
from knowledge.index.part import SPARE, Mask, Near, Part, Rows, part_of

Languages = NDArray[np.bytes_]
LANGUAGE = "S3"  # ISO 639 codes, as NumPy keeps them


class DenseIndex:
    """Cosine search over unit vectors. A row is a passage's position in its generation."""

    def __init__(self, dimensions: int, languages: Languages, parts: dict[str, Part]) -> None:
        self.dimensions = dimensions  # of a vector
        self._languages, self._parts = languages, parts
        # Of each row: its part's number, and its place there; a row is its place where there is one part.
        held = len(languages) if len(parts) > 1 else 0
        self._part, self._place = np.zeros(held, np.int8), np.zeros(held, np.int32)
        for number, part in enumerate(parts.values() if held else ()):
            self._part[part.rows], self._place[part.rows] = number, np.arange(len(part))

    def __len__(self) -> int:
        return len(self._languages)

    @classmethod
    def build(
        cls,
        vectors: Vectors,
        dimensions: int,
        base: DenseIndex | None = None,
        kept: Rows | None = None,
        languages: Languages | None = None,
    ) -> DenseIndex:
        """An index over the `kept` rows of `base`, followed by `vectors` (n x dimensions, each of length 1).

        `languages` are those of the new rows; all are of the same when None.
        """
        read_as: Languages = np.full(len(vectors), b"und", LANGUAGE) if languages is None else languages
        kept = np.empty(0, np.int64) if kept is None or base is None else kept
        if base is not None and len(kept):
            read_as = np.concatenate([base._languages[kept], read_as])
        parts = {}
        for language in dict.fromkeys(read_as.tolist()):
            mine = read_as == language
            old, places = None, np.empty(0, np.int64)
            if base is not None and language.decode() in base._parts:
                old, places = base._parts[language.decode()], base._places(kept[mine[: len(kept)]])
            parts[language.decode()] = part_of(np.flatnonzero(mine), vectors[mine[len(kept) :]], old, places)
        return cls(dimensions, read_as, parts)

    @classmethod
    def load(cls, folder: Path, languages: Languages, dimensions: int) -> DenseIndex:
        """Open files whose bytes have been checked."""
        parts = {
            language.decode(): Part.load(folder, language.decode(), np.flatnonzero(languages == language))
            for language in np.unique(languages).tolist()
        }
        return cls(dimensions, languages, parts)

    def save(self, folder: Path) -> None:
        """Write new files; the caller makes them durable and public."""
        for language, part in self._parts.items():
            part.save(folder, language)

    def search(self, query: Vectors, limit: int, allowed: Mask | None = None) -> Near:
        """The `limit` nearest rows and their cosines, best first; among `allowed` rows only, when given."""
        rows = self.near(query, limit, allowed)
        cosines = self.cosines(query, rows)
        order = np.argsort(-cosines, kind="stable")[:limit]
        return rows[order], cosines[order]

    def near(
        self, query: Vectors, limit: int, allowed: Mask | None = None, besides: tuple[str, int] | None = None
    ) -> Rows:
        """The `limit` nearest rows and some more, roughly in order; among `allowed` rows only, when given.

        `besides` names a language and a number: behind the nearest rows come so many of the nearest in all other
        languages, as far as they are not among them.
        """
        found = {language: part.near(query, limit, allowed) for language, part in self._parts.items()}
        best = _best(found.values(), limit + SPARE)
        others = [each for language, each in found.items() if besides and language != besides[0]]
        if besides is None or len(others) in (0, len(found)):
            return best
        known = set(best.tolist())  # for so few, np.isin takes four times as long
        foreign = [row for row in _best(others, besides[1]).tolist() if row not in known]
        return np.concatenate([best, np.array(foreign, np.int64)])

    def cosines(self, query: Vectors, rows: Rows) -> Vectors:
        """The cosine of each row with the query, in the order of the rows."""
        cosines: Vectors = self.vectors(rows) @ query
        return cosines

    def _places(self, rows: Rows) -> Rows:
        """The place of each row in its part."""
        return self._place[rows].astype(np.int64) if len(self._parts) > 1 else rows

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of some rows, in their order: n x dimensions."""
        if len(self._parts) == 1:
            return next(iter(self._parts.values())).vectors(rows)
        numbers, places = self._part[rows], self._places(rows)
        vectors = np.empty((len(rows), self.dimensions), np.float32)
        for number, part in enumerate(self._parts.values()):
            mine = numbers == number
            if mine.all() and len(rows):
                return part.vectors(places)
            if mine.any():
                vectors[mine] = part.vectors(places[mine])
        return vectors


def _best(found: Collection[Near], limit: int) -> Rows:
    """The nearest of some parts."""
    if len(found) == 1:
        return next(iter(found))[0][:limit]
    if not found:
        return np.empty(0, np.int64)
    rows, products = map(np.concatenate, zip(*found, strict=True))
    best: Rows = rows[np.argsort(-products, kind="stable")[:limit]]
    return best
