"""What cosine a question has with passages in general, so that one cosine can be told to be unusual."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import Vectors
from knowledge.index.dense import DenseIndex
from knowledge.index.part import Rows

SAMPLE = 1024  # passages of a language: enough for a mean and a spread
DIRECTIONS = 32  # in which the sample spreads most
FEWEST = 5  # passages of a language that say what is usual for it; rarer languages are compared with all
_MOST = 100  # languages
_FLAT = 1e-6  # a spread of cosines below this says nothing
ITERATIONS = 2  # of subspace iteration: one is enough where the spreads fall as quickly as those of embeddings do


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean of some vectors and their covariance: its largest directions, and what is left in each dimension.

    The mean and the deviation of the cosines with a question follow from these for 32 products rather than a thousand.
    """

    mean: Vectors  # d
    basis: Vectors  # k x d, orthonormal: the direction of the mean, and those in which the vectors spread most
    covariance: NDArray[np.floating]  # k x k, along these
    left: Vectors  # d, the variance in each dimension of what the basis leaves of a vector

    @classmethod
    def of(cls, vectors: Vectors) -> Spread:
        """The spread of n x d vectors."""
        dimensions = vectors.shape[1]
        mean: Vectors = vectors.mean(axis=0) if len(vectors) else np.zeros(dimensions, np.float32)
        centred = (vectors - mean) / np.float32(max(1, len(vectors)) ** 0.5)
        # By subspace iteration from random directions (Halko, Martinsson and Tropp, 2011).
        most = min(DIRECTIONS, *centred.shape)
        columns: Vectors = np.random.default_rng(0).standard_normal((dimensions, most), np.float32)
        for _ in range(ITERATIONS):
            columns, _ = np.linalg.qr(centred.T @ (centred @ columns))
        # Texts and questions share most of their length along the mean, in which they hardly differ.
        columns, _ = np.linalg.qr(np.column_stack([mean, columns]))
        along = centred @ columns
        left: Vectors = np.square(centred - along @ columns.T).sum(axis=0)
        covariance: NDArray[np.floating] = along.T @ along
        return cls(mean, np.ascontiguousarray(columns.T), covariance, left)

    def usual(self, query: Vectors) -> tuple[float, float]:
        """The mean and the standard deviation of the vectors' cosines with a query."""
        along = self.basis @ query
        variance = float(along @ self.covariance @ along) + float(self.left @ np.square(query - along @ self.basis))
        return float(self.mean @ query), max(max(0.0, variance) ** 0.5, _FLAT)


class Background:
    """Compares cosines with the usual ones, language by language.

    A question is nearer to all passages of its own language than to those of another: without this, no passage of the
    other language would ever stand out.
    """

    def __init__(self, dense: DenseIndex, languages: NDArray[np.integer]) -> None:
        """`languages` has a number for the language of each row."""
        self._group = np.zeros(len(languages), np.int8)  # of each row; 0 stands for all languages together
        counts = np.bincount(languages) if len(languages) else np.empty(0, np.int64)
        # A language that all passages have is what they have together.
        own = np.flatnonzero((counts >= FEWEST) & (counts < len(languages)))[:_MOST]
        rows_of = [np.flatnonzero(languages == language) for language in own]
        for number, rows in enumerate(rows_of, 1):
            self._group[rows] = number
        # Nothing is compared with all together where each row has a language of its own.
        together = np.arange(len(languages) if (self._group == 0).any() else 0)
        self._spreads = [Spread.of(dense.vectors(_even(rows))) for rows in (together, *rows_of)]

    def deviations(self, query: Vectors, rows: Rows, cosines: Vectors) -> NDArray[np.float64]:
        """How many standard deviations each row's cosine lies above what is usual for its language."""
        if len(self._spreads) == 1:
            usual, deviation = self._spreads[0].usual(query)
            return (cosines.astype(np.float64) - usual) / deviation
        group = self._group[rows]
        mean, spread = np.zeros(len(self._spreads)), np.ones(len(self._spreads))
        numbers = set(group.tolist())
        for number in numbers:  # most questions find passages of one language
            mean[number], spread[number] = self._spreads[number].usual(query)
        if len(numbers) == 1:
            group = group[:1]
        deviations: NDArray[np.float64] = (cosines - mean[group]) / spread[group]
        return deviations

    def unusual(self, rows: Rows, vectors: Vectors) -> Vectors:
        """What some rows' vectors have beyond what is usual for their language, of length 1.

        All passages of a language are alike in that, and some are near to any of another: without it, what says the
        same in both is seldom the nearest.
        """
        means = np.array([spread.mean for spread in self._spreads])
        centred = vectors - means[self._group[rows]] if len(means) > 1 else vectors - means[0]
        beyond: Vectors = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), _FLAT)
        return beyond


def _even(rows: Rows) -> Rows:
    return rows[:: max(1, len(rows) // SAMPLE)][:SAMPLE]
