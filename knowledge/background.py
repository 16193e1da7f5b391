"""What cosine a question has with passages in general, so that one cosine can be told to be unusual."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from knowledge.dense import DenseIndex, Rows
from knowledge.embeddings import Vectors

SAMPLE = 1024  # passages of a language: enough for a mean and a spread, in 0.1 ms
FEWEST = 5  # passages of a language that say what is usual for it; rarer languages are compared with all
_MOST = 100  # languages
_FLAT = 1e-6  # a spread of cosines below this says nothing


class Background:
    """Compares cosines with the usual ones, language by language.

    A question is nearer to all passages of its own language than to those of another: without this, no passage of the
    other language would ever stand out.
    """

    def __init__(self, dense: DenseIndex, languages: NDArray[np.integer]) -> None:
        """`languages` has a number for the language of each row."""
        self._group = np.zeros(len(languages), np.int8)  # of each row; 0 stands for all languages together
        self._samples = [dense.vectors(_even(np.arange(len(languages))))]
        counts = np.bincount(languages) if len(languages) else np.empty(0, np.int64)
        for language in np.flatnonzero(counts >= FEWEST)[:_MOST]:
            rows = np.flatnonzero(languages == language)
            self._group[rows] = len(self._samples)
            self._samples.append(dense.vectors(_even(rows)))

    def deviations(self, query: Vectors, rows: Rows, cosines: Vectors) -> NDArray[np.float64]:
        """How many standard deviations each row's cosine lies above what is usual for its language."""
        group = self._group[rows]
        mean, spread = np.zeros(len(self._samples)), np.ones(len(self._samples))
        for number in set(group.tolist()):  # most questions find passages of one language
            usual = self._samples[number] @ query
            mean[number], spread[number] = usual.mean(), max(float(usual.std()), _FLAT)
        deviations: NDArray[np.float64] = (cosines - mean[group]) / spread[group]
        return deviations


def _even(rows: Rows) -> Rows:
    return rows[:: max(1, len(rows) // SAMPLE)][:SAMPLE]
