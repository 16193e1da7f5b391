"""The vectors of all passages, searched by cosine: the only file that knows FAISS.

Vectors are kept as 8-bit integers on one scale, which is exact enough for ordering and a quarter of 32 bits. Up to
`SCAN_UP_TO` of them, and wherever a filter leaves few, a search reads all of these. Above that, codes of one bit a
dimension (RaBitQ: Gao and Long, SIGMOD 2024) are read first, and the best of them compared by their 8 bits.

The scale leaves some room, so that a new generation nearly always has the scale of the one before it, and the numbers
that were stored are taken over unchanged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge.embeddings import Vectors

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

SCAN_UP_TO = 2_500  # vectors: to read them all takes less time than two stages of search do
RESCORED = 5  # times the wanted passages that the first stage brings: see benchmarks/search.py for what that finds
AT_LEAST_RESCORED = 500
SPARE = 50  # vectors that reading them all brings beyond those wanted: it takes the query's numbers as 8 bits too
MASK_AFTERWARDS = 0.5  # the share of passages that a filter must leave for the first stage to run without it
TRAINED_ON = 100_000  # vectors: their mean is all that RaBitQ learns
_LEVELS = 127  # on each side of zero
_ZERO = 128  # how FAISS stores 0
_STEP = 2**0.25
_HEADROOM = 1.25  # times the largest number so far: those to come hardly ever need a wider scale
_LEAST = 1e-9
_SAME = 1 + 1e-6  # a vector that comes back from the index has the largest number that the scale allows, or nearly
_CODES, _COARSE, _SCALE, _STARTS = "dense.faiss", "coarse.faiss", "scale.npy", "starts.npy"


class DenseIndex:
    """Cosine search over unit vectors. A row is a passage's position in its generation; it has one vector or more.

    A passage is as near as the nearest of its vectors.
    """

    def __init__(
        self, codes: faiss.IndexScalarQuantizer, scale: float, starts: Rows | None, coarse: faiss.Index | None
    ) -> None:
        self._codes, self._scale, self._coarse = codes, scale, coarse
        count, dimensions = int(codes.ntotal), int(codes.d)
        # The same memory as FAISS's, which takes ten times as long to give its vectors one by one.
        self._bytes: NDArray[np.uint8] = (
            faiss.rev_swig_ptr(codes.codes.data(), count * dimensions).reshape(count, dimensions)
            if count
            else np.empty((0, dimensions), np.uint8)
        )
        self._starts = starts  # where each row's vectors begin, and the end; None when each has one

    def __len__(self) -> int:
        return int(self._codes.ntotal) if self._starts is None else len(self._starts) - 1

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self._codes.d)

    @classmethod
    def build(
        cls,
        vectors: Vectors,
        dimensions: int,
        counts: Sequence[int] | None = None,
        base: DenseIndex | None = None,
        kept: Rows | None = None,
    ) -> DenseIndex:
        """An index over the `kept` rows of `base`, followed by `vectors` (n x dimensions, each of length 1).

        `counts` says how many of the new vectors, one after another, belong to each new row; one each when None.
        """
        new = np.ones(len(vectors), np.int64) if counts is None else np.asarray(counts, np.int64)
        scale, old, old_counts = 0.0, np.empty((0, dimensions), np.float32), np.empty(0, np.int64)
        if base is not None and kept is not None and len(kept):
            old, scale = base._stored(base._places(kept)), base._scale
            old_counts = base._counts(kept)
        needed = float(np.abs(vectors).max()) / _LEVELS if vectors.size else 0.0
        if needed > scale * _SAME:
            wider = _STEP ** math.ceil(math.log(needed * _HEADROOM, _STEP))
            old, scale = np.round(old * (scale / wider)), wider
        index = faiss.IndexScalarQuantizer(
            dimensions, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )
        fresh = np.round(vectors / scale) if vectors.size else np.empty((0, dimensions), np.float32)
        for stored in (old, fresh):
            if len(stored):
                index.add(np.ascontiguousarray(stored, dtype=np.float32))
        all_counts = np.concatenate([old_counts, new])
        starts = None if (all_counts == 1).all() else np.concatenate([[0], np.cumsum(all_counts)])
        return cls(index, scale, starts, _coarse(index, scale))

    @classmethod
    def load(cls, folder: Path) -> DenseIndex:
        """Open files whose bytes have been checked: FAISS itself does not notice flipped ones.

        The 8-bit vectors stay on the disk, and in memory as far as they are used, shared among processes.
        """
        faiss.omp_set_num_threads(1)  # one question, one thread: more are slower and starve other questions
        try:
            codes = faiss.read_index(str(folder / _CODES), faiss.IO_FLAG_MMAP_IFC)
            assert isinstance(codes, faiss.IndexScalarQuantizer)
        except RuntimeError as error:
            raise ValueError(str(error)) from error
        starts, coarse = folder / _STARTS, folder / _COARSE
        return cls(
            codes,
            float(np.load(folder / _SCALE, allow_pickle=False)),
            np.load(starts, mmap_mode="r", allow_pickle=False) if starts.exists() else None,
            faiss.deserialize_index(np.fromfile(coarse, dtype=np.uint8)) if coarse.exists() else None,
        )

    def save(self, folder: Path) -> None:
        """Write new files; the caller makes them durable and public."""
        for index, name in ((self._codes, _CODES), (self._coarse, _COARSE)):
            if index is not None:
                with (folder / name).open("xb") as file:
                    file.write(faiss.serialize_index(index).data)
        np.save(folder / _SCALE, np.float64(self._scale), allow_pickle=False)
        if self._starts is not None:
            np.save(folder / _STARTS, self._starts, allow_pickle=False)

    def search(self, query: NDArray[np.float32], limit: int, allowed: Mask | None = None) -> tuple[Rows, Vectors]:
        """The `limit` nearest rows and their cosines, best first; among `allowed` rows only, when given."""
        held = len(self) if allowed is None else int(np.count_nonzero(allowed))
        limit = min(limit, held)
        if limit == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        most = int(self._codes.ntotal)
        wanted = limit if self._starts is None else min(most, limit * math.ceil(most / len(self)))
        while True:
            rows, cosines = self._nearest(query, wanted, allowed, held)
            if len(rows) >= limit or wanted >= most:
                return rows[:limit], cosines[:limit]
            wanted = min(most, 2 * wanted)  # many vectors of few passages were nearest

    def cosines(self, query: NDArray[np.float32], rows: Rows) -> Vectors:
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
        vectors: Vectors = self._stored(self._places(rows)) * np.float32(self._scale)
        return vectors

    def vectors_of(self, row: int) -> Vectors:
        """The stored vectors of one row."""
        return self.vectors(np.array([row], np.int64))

    def _nearest(
        self, query: NDArray[np.float32], wanted: int, allowed: Mask | None, held: int
    ) -> tuple[Rows, Vectors]:
        """The rows of the `wanted` nearest vectors, each row once."""
        if self._coarse is not None and held >= MASK_AFTERWARDS * len(self):
            first = max(AT_LEAST_RESCORED, math.ceil(RESCORED * wanted * len(self) / held))
            _, found = self._coarse.search(query[None], min(first, int(self._codes.ntotal)))
            places = found[0][found[0] >= 0]
            if allowed is not None:
                places = places[allowed[self._owners(places)]]
            if len(places) >= wanted:
                return self._rescored(query, places, wanted)
        parameters = None
        if allowed is not None:
            of_vectors = allowed if self._starts is None else np.repeat(allowed, np.diff(self._starts))
            bits = np.packbits(of_vectors, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]  # its Python layer takes these
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # likewise
        # FAISS cuts off what is behind the query's point: it compares whole numbers of 8 bits.
        whole = np.round(query * np.float32(_LEVELS / max(float(np.abs(query).max()), _LEAST)))
        _, found = self._codes.search(whole[None], min(wanted + SPARE, int(self._codes.ntotal)), params=parameters)
        return self._rescored(query, found[0][found[0] >= 0], wanted)

    def _rescored(self, query: NDArray[np.float32], places: Rows, wanted: int) -> tuple[Rows, Vectors]:
        # Of (code - zero) @ query; to take the zero from each number would cost as much as the product.
        scores = self._bytes[places].astype(np.float32) @ query
        scores = (scores - np.float32(_ZERO * query.sum())) * np.float32(self._scale)
        best = np.argsort(-scores, kind="stable")[:wanted]
        return self._each_once(places[best], scores[best])

    def _each_once(self, places: Rows, cosines: Vectors) -> tuple[Rows, Vectors]:
        if self._starts is None:
            return places, cosines
        owners = self._owners(places)
        _, first = np.unique(owners, return_index=True)
        first.sort()  # best first again
        return owners[first], cosines[first]

    def _owners(self, places: Rows) -> Rows:
        return places if self._starts is None else np.searchsorted(self._starts, places, side="right") - 1

    def _counts(self, rows: Rows) -> Rows:
        return np.ones(len(rows), np.int64) if self._starts is None else self._starts[rows + 1] - self._starts[rows]

    def _places(self, rows: Rows) -> Rows:
        """The positions of the vectors of some rows."""
        if self._starts is None:
            return rows
        counts = self._counts(rows)
        return np.repeat(self._starts[rows] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())

    def _stored(self, places: Rows) -> Vectors:
        """Vectors as they are stored: whole numbers."""
        return self._bytes[places].astype(np.float32) - np.float32(_ZERO)


def _coarse(codes: faiss.Index, scale: float) -> faiss.Index | None:
    """The first stage of search over many vectors."""
    count = int(codes.ntotal)
    if count <= SCAN_UP_TO:
        return None
    index = faiss.index_factory(int(codes.d), "RaBitQfs", faiss.METRIC_INNER_PRODUCT)
    step = max(1, count // TRAINED_ON)
    index.train(codes.reconstruct_batch(np.arange(0, count, step)) * np.float32(scale))
    for start in range(0, count, TRAINED_ON):
        index.add(codes.reconstruct_n(start, min(TRAINED_ON, count - start)) * np.float32(scale))
    return index
