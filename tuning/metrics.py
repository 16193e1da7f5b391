"""From rankings to numbers, as pure functions over one question's ranking.

Definitions as in trec_eval: a document is relevant when its grade is above 0; nDCG uses the grade itself as gain
(Järvelin and Kekäläinen, 2002); every metric is averaged over the questions.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

ALPHA = 0.05  # chance explanations that are less likely than this are not believed
Z_ALPHA, Z_POWER = 1.96, 0.84  # of the normal distribution, for 5 % two-sided and for 80 % power
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
    """A mean with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def bootstrap(values: Sequence[float], resamples: int = 1000, seed: int = 0) -> Estimate:
    """The mean of per-question values and its 95 % percentile interval (Efron, 1979); the same every time."""
    chance = random.Random(seed)  # noqa: S311 - resampling, not secrecy
    means = sorted(math.fsum(chance.choices(values, k=len(values))) / len(values) for _ in range(resamples))
    return Estimate(math.fsum(values) / len(values), means[int(0.025 * resamples)], means[int(0.975 * resamples) - 1])


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


def paired(one: Sequence[float], other: Sequence[float], resamples: int = 4000, seed: int = 0) -> Difference:
    """Compare two methods on the same questions, in the same order; the same every time.

    The interval is a paired percentile bootstrap (Efron, 1979), p a sign-flip permutation test (Fisher, 1935) with the
    observed arrangement counted as one of them.
    """
    differences = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    count, mean = len(differences), float(differences.mean())
    if not np.any(np.abs(differences) > 1e-12):
        return Difference(0.0, 0.0, 0.0, 1.0, 0.0)
    chance = np.random.default_rng(seed)
    means = np.sort([differences[chance.integers(0, count, count)].mean() for _ in range(resamples)])
    flipped = np.array([(differences * (1 - 2 * chance.integers(0, 2, count))).mean() for _ in range(resamples)])
    as_far = int(np.sum(np.abs(flipped) >= abs(mean) - 1e-12))
    low, high = float(means[int(0.025 * resamples)]), float(means[int(0.975 * resamples) - 1])
    deviation = float(differences.std(ddof=1)) if count > 1 else 0.0
    return Difference(mean, low, high, (as_far + 1) / (resamples + 1), deviation)


def holm(probabilities: Sequence[float]) -> list[float]:
    """Each p adjusted for there being several comparisons (Holm, 1979), in the order given."""
    order = sorted(range(len(probabilities)), key=lambda place: probabilities[place])
    adjusted = [0.0] * len(probabilities)
    most = 0.0
    for rank, place in enumerate(order):
        most = max(most, min(1.0, (len(order) - rank) * probabilities[place]))
        adjusted[place] = most
    return adjusted
