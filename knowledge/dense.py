"""The vectors of all passages, searched exactly: the only file that knows FAISS.

Vectors are kept as 16-bit floats in a flat index: half the memory of 32 bits, no training, and the numbers that were
stored come back unchanged, so that a new generation reuses them.
"""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge.embeddings import Vectors

Rows = NDArray[np.int64]


class DenseIndex:
    """Cosine search over unit vectors; a row is a passage's position in its generation."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @classmethod
    def build(cls, vectors: Vectors, dimensions: int) -> DenseIndex:
        """An index over `vectors` (rows x dimensions, each of length 1)."""
        index = faiss.IndexScalarQuantizer(dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        if len(vectors):
            index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Open a file whose bytes have been checked: FAISS itself does not notice flipped ones."""
        faiss.omp_set_num_threads(1)  # one question, one thread: more are slower and starve other questions
        return cls(faiss.deserialize_index(np.fromfile(path, dtype=np.uint8)))

    def save(self, path: Path) -> None:
        """Write to a new file; the caller makes it durable and public."""
        serialized: NDArray[np.uint8] = faiss.serialize_index(self._index)
        with path.open("xb") as file:
            file.write(serialized.data)

    def search(self, query: NDArray[np.float32], limit: int, allowed: Rows | None = None) -> tuple[Rows, Vectors]:
        """The `limit` nearest rows and their cosines, best first; among `allowed` rows only, when given."""
        limit = min(limit, len(self) if allowed is None else len(allowed))
        if limit == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        parameters = None
        if allowed is not None:
            selector = faiss.IDSelectorBatch(allowed)
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]  # added by its Python layer
        scores, rows = self._index.search(query[None], limit, params=parameters)
        return rows[0], scores[0]

    def vectors(self, rows: Rows) -> Vectors:
        """The stored vectors of some rows: len(rows) x dimensions."""
        if not len(rows):
            return np.empty((0, self._index.d), np.float32)
        found: Vectors = self._index.reconstruct_batch(rows)
        return found
