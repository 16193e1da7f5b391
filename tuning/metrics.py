"""From rankings to numbers, as pure functions over one question's ranking.

Definitions as in trec_eval: a document is relevant when its grade is above 0; nDCG uses the grade itself as gain
(Järvelin and Kekäläinen, 2002); every metric is averaged over the questions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05  # chance explanations that are less likely than this are not believed
Z_ALPHA, Z_POWER = 1.96, 0.84  # of the normal distribution, for 5 % two-sided and for 80 % power
RESAMPLES, FLIPS = 2_000, 10_000  # of a mean, and for its difference from chance
BATCH = 1_000_000  # numbers that a resampling holds at once
Grades = Mapping[str, int]  # relevant documents of one question, by id


def precision_at_1(ranking: Sequence[str], grades: Grades) -> float:
    """1 when the first document is relevant, else 0."""
    return float(bool(ranking) and grades.get(ranking[0], 0) > 0)


def reciprocal_rank(ranking: Sequence[str], grades: Grades, depth: int = 10) -> float:
    """1 / the rank of the first relevant document among the first `depth`; 0 when there is none."""
    for rank, name in enumerate(ranking[:depth], start=1):
        if grades.get(name, 0) > 0:
            return 1 / rank
    return 0.0


def recall(ranking: Sequence[str], grades: Grades, depth: int) -> float:
    """The share of all relevant documents that stand among the first `depth`."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant & set(ranking[:depth])) / len(relevant)


def ndcg(ranking: Sequence[str], grades: Grades, depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth`."""
    ideal = _dcg(sorted(grades.values(), reverse=True)[:depth])
    return _dcg([grades.get(name, 0) for name in ranking[:depth]]) / ideal


def average_precision(ranking: Sequence[str], grades: Grades) -> float:
    """The mean, over the relevant documents, of the precision at each one's rank; 0 for those not ranked."""
    found, total = 0, 0.0
    for rank, name in enumerate(ranking, start=1):
        if grades.get(name, 0) > 0:
            found += 1
            total += found / rank
    return total / sum(grade > 0 for grade in grades.values())


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The probability that a positive scores above a negative, ties counting half (Mann and Whitney, 1947)."""
    ordered = sorted([(score, True) for score in positive] + [(score, False) for score in negative])
    rank_sum, index = 0.0, 0
    while index < len(ordered):
        end = index
        while end < len(ordered) and ordered[end][0] == ordered[index][0]:
            end += 1
        mean_rank = (index + 1 + end) / 2
        rank_sum += mean_rank * sum(is_positive for _, is_positive in ordered[index:end])
        index = end
    pairs = len(positive) * len(negative)
    return (rank_sum - len(positive) * (len(positive) + 1) / 2) / pairs


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float
    count: int = 0  # of the values that it is the mean of


def bootstrap(values: Sequence[float], seed: int = 0, together: Sequence[int] | None = None) -> Estimate:
    """The mean of per-question values and its 95 % percentile interval (Efron, 1979); the same every time.

    Questions with the same number in `together` hang together and are drawn together (a cluster bootstrap). Where all
    values are 0, or all 1, a resample can hold nothing else; the interval is then that of Clopper and Pearson (1934).
    """
    sums, sizes = _clusters(np.asarray(values, np.float64), together)
    mean, count = math.fsum(values) / len(values), len(values)
    if (certain := set(values)) in ({0.0}, {1.0}):
        unseen = 1 - 0.025 ** (1 / len(sums))
        return Estimate(mean, 1 - unseen, 1.0, count) if certain == {1.0} else Estimate(mean, 0.0, unseen, count)
    means = np.sort(_resampled(sums, sizes, RESAMPLES, np.random.default_rng(seed)))
    return Estimate(mean, float(means[int(0.025 * RESAMPLES)]), float(means[int(0.975 * RESAMPLES) - 1]), count)


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better one method is than another on the same questions, and how likely chance alone explains it."""

    value: float  # mean of the differences, question by question
    low: float  # of its 95 % bootstrap interval
    high: float
    p: float  # two-sided
    deviation: float  # standard deviation of the differences

    @property
    def is_real(self) -> bool:
        """Whether the interval leaves out zero and chance is an unlikely explanation."""
        return (self.low > 0 or self.high < 0) and self.p < ALPHA

    @property
    def questions_needed(self) -> int | None:
        """On how many questions this difference would show in four of five trials; None when it is none at all.

        The usual sample size of a paired comparison: ((1.96 + 0.84) · deviation / difference)², for 5 % and 80 %.
        """
        if abs(self.value) < 1e-9:
            return None
        return max(2, math.ceil(((Z_ALPHA + Z_POWER) * self.deviation / abs(self.value)) ** 2))


def paired(
    one: Sequence[float],
    other: Sequence[float],
    resamples: int = 4000,
    seed: int = 0,
    together: Sequence[int] | None = None,
) -> Difference:
    """Compare two methods on the same questions, in the same order; the same every time.

    The interval is a paired percentile bootstrap (Efron, 1979), p a sign-flip permutation test (Fisher, 1935) with the
    observed arrangement counted as one of them. Questions with the same number in `together` (of one conversation, with
    one answer) are drawn and flipped together: ten ways to ask one thing are no ten trials.
    """
    differences = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    mean = float(differences.mean())
    if not np.any(np.abs(differences) > 1e-12):
        return Difference(0.0, 0.0, 0.0, 1.0, 0.0)
    sums, sizes = _clusters(differences, together)
    means = np.sort(_resampled(sums, sizes, resamples, np.random.default_rng(seed)))
    low, high = float(means[int(0.025 * resamples)]), float(means[int(0.975 * resamples) - 1])
    [p] = sign_flip(differences[None], seed=seed, together=together)
    # as if each question stood alone, so that the number of questions that are needed counts what hangs together, too
    spread = float(np.sum((sums - sizes * mean) ** 2)) / len(differences) * len(sums) / max(len(sums) - 1, 1)
    return Difference(mean, low, high, p, math.sqrt(spread))


def sign_flip(differences: NDArray[np.float64], seed: int = 0, together: Sequence[int] | None = None) -> list[float]:
    """Of each row of differences, how likely chance alone brings it so far from 0, two-sided; see `paired`."""
    sums = np.stack([_clusters(row, together)[0] for row in differences], axis=1)
    chance = np.random.default_rng(seed)
    limits = np.abs(sums.sum(axis=0)) - 1e-12 * differences.shape[1]
    as_far = np.zeros(len(differences), np.int64)
    for rows in _batches(FLIPS, max(sums.shape)):
        signs = 1.0 - 2.0 * chance.integers(0, 2, (rows, len(sums)), np.int8)
        as_far += np.sum(np.abs(signs @ sums) >= limits, axis=0)
    return [(int(count) + 1) / (FLIPS + 1) for count in as_far]


def _clusters(values: NDArray[np.float64], together: Sequence[int] | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """The sum and the number of values of each cluster."""
    if together is None:
        return values, np.ones(len(values))
    _, places = np.unique(together, return_inverse=True)
    return np.bincount(places, values), np.bincount(places).astype(np.float64)


def _resampled(
    sums: NDArray[Any], sizes: NDArray[Any], resamples: int, chance: np.random.Generator
) -> NDArray[np.float64]:
    """The means of clusters drawn with replacement."""
    means = []
    for rows in _batches(resamples, len(sums)):
        drawn = chance.integers(0, len(sums), (rows, len(sums)))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return np.concatenate(means)


def _batches(resamples: int, size: int) -> Iterator[int]:
    """So many resamples at once that memory stays small."""
    most = max(1, BATCH // size)
    for start in range(0, resamples, most):
        yield min(most, resamples - start)


def holm(probabilities: Sequence[float]) -> list[float]:
    """Each p adjusted for there being several comparisons (Holm, 1979), in the order given."""
    order = sorted(range(len(probabilities)), key=lambda place: probabilities[place])
    adjusted = [0.0] * len(probabilities)
    most = 0.0
    for rank, place in enumerate(order):
        most = max(most, min(1.0, (len(order) - rank) * probabilities[place]))
        adjusted[place] = most
    return adjusted


def against_best(
    qualities: Mapping[str, Sequence[float]], best: str, seed: int = 0, together: Sequence[int] | None = None
) -> dict[str, float]:
    """The p of each method against the best, adjusted for all pairs of methods.

    Who is best is seen in the same answers: among nine equal methods the first and the last differ by luck alone more
    often than two that were named before.
    """
    pairs = list(itertools.combinations(qualities, 2))
    apart = np.array([np.subtract(qualities[one], qualities[other]) for one, other in pairs], np.float64)
    found = sign_flip(apart, seed=seed, together=together) if pairs else []
    return {
        other if one == best else one: p
        for (one, other), p in zip(pairs, holm(found), strict=True)
        if best in (one, other)
    }
