"""The vectors of all passages, searched by cosine: the only file that knows FAISS.

Each language has a part of its own, with ranges (knowledge/codes.py) and, where it has more than `SCAN_UP_TO` vectors,
codes of one bit a dimension (RaBitQ: Gao and Long, SIGMOD 2024). A search reads these first, compares the best of them
by four bits a dimension, and puts what is left in order by five. The one-bit codes of up to `MADE_UP_TO` vectors are
made when an index is opened, which takes a second, and are not written: they would be a tenth of the disk.

A part keeps its ranges from commit to commit, and so the numbers that were stored are taken over unchanged.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge import codes
from knowledge.codes import Codes, Ranges
from knowledge.embeddings import Vectors

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
Near = tuple[Rows, Vectors, Vectors]  # rows, nearest first, their cosines, and their vectors
Languages = NDArray[np.bytes_]
LANGUAGE = "S3"  # ISO 639 codes, as NumPy keeps them

SCAN_UP_TO = 2_500  # vectors: one bit a dimension brings nearly all of the ten nearest, and not of the hundred
RESCORED = 5  # times the wanted passages are compared by four bits: see benchmarks/search.py for what that finds
AT_LEAST = 80  # passages that the first stage is asked for
SPARE = 20  # vectors that are found beyond those wanted: four bits put them in nearly the right order
MASK_AFTERWARDS = 0.5  # the share of vectors that a filter must leave for the first stage to run without it
FILTERED_FIRST = 10_000  # vectors that a filter leaves: to read as many takes as long as a first stage without it
MADE_UP_TO = 150_000  # vectors of a part whose one-bit codes are made at opening
BLOCK = 20_000  # vectors that are decoded at a time
STARTS = "starts.npy"


class Part:
    """The vectors of one language."""

    def __init__(
        self,
        ranges: Ranges,
        owners: Rows,
        cells: Codes,
        halves: Codes,
        flat: faiss.IndexScalarQuantizer,
        coarse: faiss.Index | None,
    ) -> None:
        self.ranges, self.cells, self.halves = ranges, cells, halves
        self.owners = owners  # the row of each vector, ascending
        self._flat, self._coarse = flat, coarse  # the cells in FAISS's own form, and one bit a dimension
        self._refined = faiss.IndexRefine(coarse, flat) if coarse is not None else None
        if self._refined is not None:
            self._refined.k_factor = RESCORED
        self._used = ranges.used
        self._in_pairs = _in_pairs(ranges)
        self._half = ranges.step[self._used] / 2
        self._middle = ranges.lowest[self._used] + self._half / 2  # of the first half step
        self._whole = len(self._used) == len(ranges.step)
        self.alone = bool((np.diff(owners) != 0).all())  # each row has one vector

    @classmethod
    def build(cls, ranges: Ranges, owners: Rows, cells: Codes, halves: Codes) -> Part:
        """A part of encoded vectors, n in number."""
        flat = faiss.IndexScalarQuantizer(2 * cells.shape[1], faiss.ScalarQuantizer.QT_4bit, faiss.METRIC_INNER_PRODUCT)
        # It decodes a cell as its middle, (cell + 0.5) / 15 of a width: ours is 16 steps wide.
        order = _in_pairs(ranges)
        trained = np.concatenate([ranges.lowest[order], ranges.step[order] * (codes.CELLS - 1)])
        faiss.copy_array_to_vector(trained.astype(np.float32), flat.sq.trained)
        faiss.copy_array_to_vector(np.ascontiguousarray(cells).ravel(), flat.codes)
        flat.ntotal, flat.is_trained = len(cells), True
        return cls(ranges, owners, cells, halves, flat, None)

    @classmethod
    def load(cls, folder: Path, language: str, owners: Rows) -> Part:
        """Open the files of a part. The vectors stay on the disk, shared among processes."""
        try:
            flat = faiss.read_index(str(folder / f"dense-{language}.faiss"), faiss.IO_FLAG_MMAP_IFC)
            assert isinstance(flat, faiss.IndexScalarQuantizer)
        except RuntimeError as error:
            raise ValueError(str(error)) from error
        ranges = Ranges(*np.load(folder / f"ranges-{language}.npy", allow_pickle=False))
        halves = np.asarray(np.load(folder / f"halves-{language}.npy", mmap_mode="r", allow_pickle=False))
        count, width = int(flat.ntotal), int(flat.sa_code_size())
        # The same memory as FAISS's, which takes ten times as long to give its vectors one by one.
        cells: Codes = faiss.rev_swig_ptr(flat.codes.data(), count * width).reshape(count, width)
        path = folder / f"coarse-{language}.faiss"
        stored = faiss.deserialize_index(np.fromfile(path, dtype=np.uint8)) if path.exists() else None
        coarse = _coarse(flat) if stored is None and count > SCAN_UP_TO else stored
        return cls(ranges, owners, cells, halves, flat, coarse)

    def save(self, folder: Path, language: str) -> None:
        """Write new files; the caller makes them durable and public."""
        coarse = _coarse(self._flat) if len(self) > MADE_UP_TO else None
        for index, name in ((self._flat, "dense"), (coarse, "coarse")):
            if index is not None:
                with (folder / f"{name}-{language}.faiss").open("xb") as file:
                    file.write(faiss.serialize_index(index).data)
        np.save(folder / f"ranges-{language}.npy", np.stack([self.ranges.lowest, self.ranges.step]), allow_pickle=False)
        np.save(folder / f"halves-{language}.npy", self.halves, allow_pickle=False)

    def __len__(self) -> int:
        return len(self.owners)

    def nearest(self, query: Vectors, limit: int, allowed: Mask | None = None) -> Near:
        """The `limit` nearest rows, or fewer or a few more; of `allowed` ones only, when given."""
        asked = query[self._in_pairs]
        mask, held = None, len(self)
        if allowed is not None:
            mask = allowed if len(allowed) == held else allowed[self.owners]
            held = int(np.count_nonzero(mask))
        wanted = min(limit + SPARE, held)
        while True:
            places = self._nearest(asked, wanted, mask, held) if wanted else np.empty(0, np.int64)
            rows = self.owners[places]
            if self.alone or wanted == held or len(np.unique(rows)) >= limit:
                vectors = self.vectors(places)
                return rows, vectors @ query, vectors
            wanted = min(held, 2 * wanted)  # many vectors of few passages were nearest

    def _nearest(self, asked: Vectors, wanted: int, mask: Mask | None, held: int) -> Rows:
        """The places of the `wanted` nearest vectors by four bits a dimension, of the `held` ones in the mask."""
        few = held < MASK_AFTERWARDS * len(self) and held <= FILTERED_FIRST
        if self._refined is not None and not few:
            taken = min(len(self), max(AT_LEAST, math.ceil(wanted * len(self) / held)))
            _, found = self._refined.search(asked[None], taken)
            places: Rows = found[0][found[0] >= 0]
            if mask is not None:
                places = places[mask[places]]
            if len(places) >= wanted:
                return places[:wanted]
        selected = None
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]  # its Python layer takes these
            selected = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # likewise
        _, found = self._flat.search(asked[None], wanted, params=selected)
        places = found[0][found[0] >= 0]
        return places

    def vectors(self, places: Rows) -> Vectors:
        """Some of the vectors, n x dimensions."""
        kept = self._places_of(places)
        kept *= self._half
        kept += self._middle
        # All have length 1: what the numbers lost or won of it is the larger part of a cosine's error.
        kept /= np.sqrt(np.einsum("ij,ij->i", kept, kept))[:, None]
        if self._whole:
            return kept
        vectors = np.zeros((len(places), len(self.ranges.step)), np.float32)
        vectors[:, self._used] = kept
        return vectors

    def _places_of(self, places: Rows) -> Vectors:
        return codes.places(self.cells[places], self.halves[places], len(self._used))


class DenseIndex:
    """Cosine search over unit vectors. A row is a passage's position in its generation; it has one vector or more.

    A passage is as near as the nearest of its vectors.
    """

    def __init__(self, dimensions: int, languages: Languages, starts: Rows | None, parts: dict[str, Part]) -> None:
        self.dimensions = dimensions  # of a vector
        self._languages, self._starts, self._parts = languages, starts, parts
        # Of each row: its part's number, and the place of its first vector there.
        self._part = np.zeros(len(languages), np.int8)
        self._first = np.zeros(len(languages), np.int32)
        for number, part in enumerate(parts.values()):
            rows, first = np.unique(part.owners, return_index=True)
            self._part[rows], self._first[rows] = number, first

    def __len__(self) -> int:
        return len(self._languages)

    @classmethod
    def build(
        cls,
        vectors: Vectors,
        dimensions: int,
        counts: Sequence[int] | None = None,
        base: DenseIndex | None = None,
        kept: Rows | None = None,
        languages: Languages | None = None,
    ) -> DenseIndex:
        """An index over the `kept` rows of `base`, followed by `vectors` (n x dimensions, each of length 1).

        `counts` says how many of the new vectors, one after another, belong to each new row; one each when None.
        `languages` are those of the new rows; all are of the same when None.
        """
        new = np.ones(len(vectors), np.int64) if counts is None else np.asarray(counts, np.int64)
        read_as: Languages = np.full(len(new), b"und", LANGUAGE) if languages is None else languages
        old_counts = np.empty(0, np.int64)
        kept = np.empty(0, np.int64) if kept is None or base is None else kept
        if base is not None and len(kept):
            old_counts, read_as = base._counts(kept), np.concatenate([base._languages[kept], read_as])
        all_counts = np.concatenate([old_counts, new])
        owners = np.repeat(np.arange(len(all_counts)), all_counts)
        parts = {}
        for language in dict.fromkeys(read_as.tolist()):
            mine = (read_as == language)[owners]
            old, places = None, np.empty(0, np.int64)
            if base is not None and language.decode() in base._parts:
                old, places = base._parts[language.decode()], base._places(kept[read_as[: len(kept)] == language])
            fresh = vectors[mine[len(mine) - len(vectors) :]]
            parts[language.decode()] = _part(owners[mine], fresh, old, places)
        starts = None if (all_counts == 1).all() else np.concatenate([[0], np.cumsum(all_counts)])
        return cls(dimensions, read_as, starts, parts)

    @classmethod
    def load(cls, folder: Path, languages: Languages, dimensions: int) -> DenseIndex:
        """Open files whose bytes have been checked: FAISS itself does not notice flipped ones."""
        faiss.omp_set_num_threads(1)  # one question, one thread: more are slower and starve other questions
        path = folder / STARTS
        starts = np.load(path, mmap_mode="r", allow_pickle=False) if path.exists() else None
        owners = np.arange(len(languages)) if starts is None else np.repeat(np.arange(len(languages)), np.diff(starts))
        of_vectors = languages[owners]
        parts = {
            language.decode(): Part.load(folder, language.decode(), owners[of_vectors == language])
            for language in np.unique(languages).tolist()
        }
        return cls(dimensions, languages, starts, parts)

    def save(self, folder: Path) -> None:
        """Write new files; the caller makes them durable and public."""
        for language, part in self._parts.items():
            part.save(folder, language)
        if self._starts is not None:
            np.save(folder / STARTS, self._starts, allow_pickle=False)

    def search(self, query: Vectors, limit: int, allowed: Mask | None = None) -> tuple[Rows, Vectors]:
        """The `limit` nearest rows and their cosines, best first; among `allowed` rows only, when given."""
        rows, cosines, _ = self.nearest(query, limit, allowed)
        return rows, cosines

    def nearest(
        self, query: Vectors, limit: int, allowed: Mask | None = None, besides: tuple[str, int] | None = None
    ) -> Near:
        """The `limit` nearest rows with the vector of each that is nearest; among `allowed` rows only, when given.

        `besides` names a language and a number: behind the nearest rows come so many of the nearest in all other
        languages, as far as they are not among them.
        """
        found = {language: part.nearest(query, limit, allowed) for language, part in self._parts.items()}
        several = self._starts is not None
        best = _best(found.values(), limit, several)
        others = [each for language, each in found.items() if besides and language != besides[0]]
        if besides is None or len(others) in (0, len(found)):
            return best
        rows, cosines, vectors = _best(others, besides[1], several)
        fresh = ~np.isin(rows, best[0])
        return (
            np.concatenate([best[0], rows[fresh]]),
            np.concatenate([best[1], cosines[fresh]]),
            np.concatenate([best[2], vectors[fresh]]),
        )

    def cosines(self, query: Vectors, rows: Rows) -> Vectors:
        """The cosine of each row with the query, in the order of the rows."""
        if not len(rows):
            return np.empty(0, np.float32)
        of_vectors = self.vectors(rows) @ query
        if self._starts is None:
            return of_vectors
        counts = self._counts(rows)
        best: Vectors = np.maximum.reduceat(of_vectors, np.cumsum(counts) - counts)
        return best

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of some rows, one row's after another's: n x dimensions."""
        numbers, places = self._part[rows], self._places(rows)
        if self._starts is not None:
            numbers = np.repeat(numbers, self._counts(rows))
        found: Vectors | None = None
        for number, part in enumerate(self._parts.values()):
            mine = numbers == number
            if mine.all():
                return part.vectors(places)
            if mine.any():
                found = np.empty((len(places), self.dimensions), np.float32) if found is None else found
                found[mine] = part.vectors(places[mine])
        return np.empty((0, self.dimensions), np.float32) if found is None else found

    def vectors_of(self, row: int) -> Vectors:
        """The stored vectors of one row."""
        return self.vectors(np.array([row], np.int64))

    def _counts(self, rows: Rows) -> Rows:
        return np.ones(len(rows), np.int64) if self._starts is None else self._starts[rows + 1] - self._starts[rows]

    def _places(self, rows: Rows) -> Rows:
        """Where the vectors of some rows lie, each in its part."""
        first = self._first[rows].astype(np.int64)
        if self._starts is None:
            return first
        counts = self._counts(rows)
        return np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())


def _best(found: Collection[Near], limit: int, several: bool) -> Near:
    """The nearest of some parts, each row once; whether `several` vectors may be of the same."""
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.float32), np.empty((0, 0), np.float32)
    rows, cosines, vectors = next(iter(found)) if len(found) == 1 else map(np.concatenate, zip(*found, strict=True))
    order = np.argsort(-cosines, kind="stable")
    if several:
        _, first = np.unique(rows[order], return_index=True)
        order = order[np.sort(first)]
    order = order[:limit]
    return rows[order], cosines[order], vectors[order]


def _part(owners: Rows, fresh: Vectors, base: Part | None, kept: Rows) -> Part:
    """A part of the `kept` vectors of `base` and new ones behind them."""
    if base is None or not len(kept):
        ranges = Ranges.of(fresh)
        return Part.build(ranges, owners, *_encoded(ranges, fresh))
    if base.ranges.suit(fresh, len(kept)):
        cells, halves = _encoded(base.ranges, fresh)
        cells, halves = np.concatenate([base.cells[kept], cells]), np.concatenate([base.halves[kept], halves])
        return Part.build(base.ranges, owners, cells, halves)
    ranges = base.ranges.joined(Ranges.of(fresh))
    blocks = [ranges.encode(base.vectors(kept[start : start + BLOCK])) for start in range(0, len(kept), BLOCK)]
    blocks.append(_encoded(ranges, fresh))
    return Part.build(ranges, owners, *(np.concatenate(all_of) for all_of in zip(*blocks, strict=True)))


def _encoded(ranges: Ranges, vectors: Vectors) -> tuple[Codes, Codes]:
    """Block by block: what lies between is several times as large as the vectors."""
    blocks = [ranges.encode(vectors[start : start + BLOCK]) for start in range(0, max(1, len(vectors)), BLOCK)]
    cells, halves = (np.concatenate(all_of) for all_of in zip(*blocks, strict=True))
    return cells, halves


def _in_pairs(ranges: Ranges) -> NDArray[np.intp]:
    """The dimensions that are kept, as FAISS has them: the two of each byte next to each other."""
    used = ranges.used
    half = (len(used) + 1) // 2
    return np.stack([used[:half], np.append(used[half:], used[: 2 * half - len(used)])], axis=1).ravel()


def _coarse(flat: faiss.IndexScalarQuantizer) -> faiss.Index:
    """The first stage of a search over many vectors."""
    count = int(flat.ntotal)
    index = faiss.index_factory(int(flat.d), "RaBitQfs", faiss.METRIC_INNER_PRODUCT)
    index.train(flat.reconstruct_batch(np.arange(0, count, max(1, count // BLOCK))))
    for start in range(0, count, BLOCK):
        index.add(flat.reconstruct_n(start, min(BLOCK, count - start)))
    return index
