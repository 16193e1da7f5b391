"""The vectors of one language, searched by cosine: the only file that knows FAISS.

A part has ranges (knowledge/index/codes.py) and, where it has more than `SCAN_UP_TO` vectors, codes of one bit a
dimension (RaBitQ: Gao and Long, SIGMOD 2024). A search reads these first, compares the best of them by four bits a
dimension, and puts what is left in order by four and a half. The one-bit codes of up to `MADE_UP_TO` vectors are made
when an index is opened, which takes a second, and are not written: they would be a tenth of the disk.

A part keeps its ranges from commit to commit, and so the numbers that were stored are taken over unchanged. Those of
indexes of format 7, in which two dimensions share a bit, are gone on with; those up to format 6, which have a fifth bit
for each dimension, are read as they are and written as all others.
"""

from __future__ import annotations

import ctypes
import math
import mmap
import sys
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import Vectors
from knowledge.index import codes
from knowledge.index.codes import Codes, Ranges

Rows = NDArray[np.int64]
Places = NDArray[np.integer]
Mask = NDArray[np.bool_]
Near = tuple[Rows, Vectors]  # nearest first, and how near they are

SCAN_UP_TO = 2_500  # vectors: one bit a dimension brings nearly all of the ten nearest, and not of the hundred
RESCORED = 4  # times the wanted passages are compared by four bits: see benchmarks/search.py for what that finds
AT_LEAST = 80  # passages that the first stage is asked for
SPARE = 20  # vectors that are found beyond those wanted: four bits put them in nearly the right order
# What a vector costs where all of them are read by four bits: 1 each. The first stage reads it for a tenth, and what it
# keeps for the second, in order and from all over the memory, for some times as much.
READ_FIRST, KEPT = 0.1, 4.5
UNEVEN = 1.25  # times as many are taken as a filter lets through on average; where that is too few, MORE times of it
MORE = 3
MADE_UP_TO = 150_000  # vectors of a part whose one-bit codes are made at opening
UNLIKE = 0.93  # times the width of ranges that numbers of an earlier format were kept by: no step lies on one of those
BLOCK = 4_000  # vectors that are decoded at a time: 12 MB of the built-in encoders'


class Part:
    """The vectors of one language."""

    def __init__(
        self,
        ranges: Ranges,
        rows: Rows,
        cells: Codes,
        halves: Codes,
        flat: faiss.IndexScalarQuantizer,
        coarse: faiss.Index | None,
        kept_as: str = codes.EIGHTS,
    ) -> None:
        """`kept_as` is how `halves` are: see knowledge/index/codes.py."""
        self.ranges, self.cells, self.halves, self.kept_as = ranges, cells, halves, kept_as
        self.rows = rows.astype(np.int32)  # of each vector, ascending
        self._flat, self._coarse = flat, coarse  # the cells in FAISS's own form, and one bit a dimension
        self._refined = faiss.IndexRefine(coarse, flat) if coarse is not None else None
        if self._refined is not None:
            self._refined.k_factor = RESCORED
        self._used = ranges.used
        self._in_pairs = _in_pairs(ranges)
        self._half = ranges.step[self._used] / 2
        self._middle = ranges.lowest[self._used] + self._half / 2  # of the first half step
        self._whole = len(self._used) == len(ranges.step)

    @classmethod
    def build(cls, ranges: Ranges, rows: Rows, cells: Codes, halves: Codes, kept_as: str = codes.EIGHTS) -> Part:
        """A part of encoded vectors, n in number."""
        flat = faiss.IndexScalarQuantizer(2 * cells.shape[1], faiss.ScalarQuantizer.QT_4bit, faiss.METRIC_INNER_PRODUCT)
        # It decodes a cell as its middle, (cell + 0.5) / 15 of a width: ours is 16 steps wide.
        order = _in_pairs(ranges)
        trained = np.concatenate([ranges.lowest[order], ranges.step[order] * (codes.CELLS - 1)])
        faiss.copy_array_to_vector(trained.astype(np.float32), flat.sq.trained)
        faiss.copy_array_to_vector(np.ascontiguousarray(cells).ravel(), flat.codes)
        flat.ntotal, flat.is_trained = len(cells), True
        return cls(ranges, rows, cells, halves, flat, None, kept_as)

    @classmethod
    def load(cls, folder: Path, language: str, rows: Rows) -> Part:
        """Open the files of a part, whose bytes have been checked: FAISS itself does not notice flipped ones.

        The vectors stay on the disk, shared among processes.
        """
        faiss.omp_set_num_threads(1)  # one question, one thread: more are slower and starve other questions
        try:
            flat = faiss.read_index(str(folder / f"dense-{language}.faiss"), faiss.IO_FLAG_MMAP_IFC)
            assert isinstance(flat, faiss.IndexScalarQuantizer)
        except RuntimeError as error:
            raise ValueError(str(error)) from error
        ranges = Ranges(*np.load(folder / f"ranges-{language}.npy", allow_pickle=False))
        ways = (codes.EIGHTS, codes.PAIRS)
        kept_as = next((way for way in ways if (folder / f"{way}-{language}.npy").exists()), codes.SINGLE)
        halves = np.asarray(np.load(folder / f"{kept_as}-{language}.npy", mmap_mode="r", allow_pickle=False))
        count, width = int(flat.ntotal), int(flat.sa_code_size())
        # The same memory as FAISS's, which takes ten times as long to give its vectors one by one.
        cells: Codes = faiss.rev_swig_ptr(flat.codes.data(), count * width).reshape(count, width)
        path = folder / f"coarse-{language}.faiss"
        stored = faiss.deserialize_index(np.fromfile(path, dtype=np.uint8)) if path.exists() else None
        coarse = _coarse(flat) if stored is None and count > SCAN_UP_TO else stored
        return cls(ranges, rows, cells, halves, flat, coarse, kept_as)

    def save(self, folder: Path, language: str) -> None:
        """Write new files; the caller makes them durable and public."""
        coarse = _coarse(self._flat) if len(self) > MADE_UP_TO else None
        for index, name in ((self._flat, "dense"), (coarse, "coarse")):
            if index is not None:
                with (folder / f"{name}-{language}.faiss").open("xb") as file:
                    file.write(faiss.serialize_index(index).data)
        np.save(folder / f"ranges-{language}.npy", np.stack([self.ranges.lowest, self.ranges.step]), allow_pickle=False)
        np.save(folder / f"{self.kept_as}-{language}.npy", self.halves, allow_pickle=False)

    def __len__(self) -> int:
        return len(self.rows)

    def near(self, query: Vectors, limit: int, allowed: Mask | None = None) -> Near:
        """The `limit` nearest rows and some more, or fewer; of `allowed` ones only, when given."""
        mask, held = None, len(self)
        if allowed is not None:
            mask = allowed if len(allowed) == held else allowed[self.rows]
            held = int(np.count_nonzero(mask))
        if not held:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        places, products = self._near(query[self._in_pairs], min(limit, held), min(limit + SPARE, held), mask, held)
        return self.rows[places].astype(np.int64), products

    def _near(self, asked: Vectors, limit: int, wanted: int, mask: Mask | None, held: int) -> Near:
        """The places of the nearest of the `held` vectors in the mask: `limit` at least, `wanted` at most."""
        taken = max(AT_LEAST, wanted if mask is None else math.ceil(UNEVEN * wanted * len(self) / held))
        while self._refined is not None and READ_FIRST * len(self) + KEPT * RESCORED * taken < held:
            products, found = self._refined.search(asked[None], taken)
            if mask is None and found[0, -1] >= 0:
                return found[0, :wanted], products[0, :wanted]
            passing = found[0] >= 0 if mask is None else (found[0] >= 0) & mask[found[0]]
            if np.count_nonzero(passing) >= limit:
                return found[0][passing][:wanted], products[0][passing][:wanted]
            taken *= MORE
        selected = None
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]  # its Python layer takes these
            selected = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # likewise
        products, found = self._flat.search(asked[None], wanted, params=selected)
        passing = found[0] >= 0
        return found[0][passing], products[0][passing]

    def vectors(self, places: Places) -> Vectors:
        """Some of the vectors, n x dimensions."""
        kept = self._places_of(places)
        kept *= self._half
        kept += self._middle
        # All have length 1: what the numbers lost or won of it is the larger part of a cosine's error.
        kept /= np.sqrt(np.vecdot(kept, kept))[:, None]
        if self._whole:
            return kept
        vectors = np.zeros((len(places), len(self.ranges.step)), np.float32)
        vectors[:, self._used] = kept
        return vectors

    def _places_of(self, places: Places) -> Vectors:
        return codes.places(self.cells[places], self.halves[places], len(self._used), self.kept_as)


def part_of(rows: Rows, fresh: Vectors, base: Part | None, kept: Rows) -> Part:
    """A part of the `kept` vectors of `base` and new ones behind them."""
    if base is None or not len(kept):
        ranges = Ranges.of(fresh)
        return Part.build(ranges, rows, *_encoded(ranges, fresh))
    if base.kept_as == codes.SINGLE:
        # In the old ranges half of the numbers would lie just between two, and which of them is nearer would depend on
        # the length of the vector alone, the same way for all of its numbers.
        some = base.vectors(kept[:: max(1, len(kept) // codes.LOOKED_AT)])
        ranges = Ranges.of(np.concatenate([some, fresh])).narrower(UNLIKE)
    elif base.ranges.suit(fresh, len(kept)):
        cells, halves = _encoded(base.ranges, fresh, base.kept_as)
        cells, halves = np.concatenate([base.cells[kept], cells]), np.concatenate([base.halves[kept], halves])
        return Part.build(base.ranges, rows, cells, halves, base.kept_as)
    else:
        ranges = base.ranges.joined(Ranges.of(fresh))
    blocks = [ranges.encode(base.vectors(kept[start : start + BLOCK])) for start in range(0, len(kept), BLOCK)]
    blocks.append(_encoded(ranges, fresh))
    cells, halves = (np.concatenate(all_of) for all_of in zip(*blocks, strict=True))
    return Part.build(ranges, rows, cells, halves)


def _encoded(ranges: Ranges, vectors: Vectors, kept_as: str = codes.EIGHTS) -> tuple[Codes, Codes]:
    """Block by block: what lies between is several times as large as the vectors."""
    blocks = [ranges.encode(vectors[start : start + BLOCK], kept_as) for start in range(0, max(1, len(vectors)), BLOCK)]
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
    # One room for all that is decoded, kept until the end: else the codes would lie where the first of it lay.
    room = np.empty((min(count, BLOCK), int(flat.d)), np.float32)
    some = np.arange(0, count, -(-count // len(room)))
    index.train(flat.reconstruct_batch(some, room[: len(some)]))
    for start in range(0, count, BLOCK):
        held = min(BLOCK, count - start)
        index.add(flat.reconstruct_n(start, held, room[:held]))
    _give_back(index)
    return index


def _give_back(index: faiss.Index) -> None:
    """Take out of memory what FAISS's table of codes has beyond its end: it has room for a power of two of bytes.

    Nothing is written there, but where the system has pages of 2 MB, one is in memory as a whole.
    """
    if sys.platform != "linux":
        return
    codes, system = index.codes, ctypes.CDLL(None)  # type: ignore[attr-defined]  # of a FastScan index
    begins, held = int(faiss.rev_swig_ptr(codes.get(), 1).ctypes.data), int(codes.size())
    system.malloc_usable_size.argtypes, system.malloc_usable_size.restype = [ctypes.c_void_p], ctypes.c_size_t
    room = system.malloc_usable_size(begins)
    first, end = -(-(begins + held) // mmap.PAGESIZE), (begins + room) // mmap.PAGESIZE
    for advice in (mmap.MADV_NOHUGEPAGE, mmap.MADV_DONTNEED) if first < end else ():  # what fails costs memory alone
        place, size = ctypes.c_void_p(first * mmap.PAGESIZE), ctypes.c_size_t((end - first) * mmap.PAGESIZE)
        system.madvise(place, size, advice)
