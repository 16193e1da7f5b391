"""From rankings to numbers, as pure functions over one question's ranking.

Definitions as in trec_eval: a document is relevant when its grade is above 0; nDCG uses the grade itself as gain
(Järvelin and Kekäläinen, 2002); every metric is averaged over the questions.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
class Comparison:
    """How much better one way did than another, on the same questions."""

    difference: Estimate  # of the means
    p_value: float  # how often chance alone gives so large a difference, in either direction


def paired(ours: Sequence[float], theirs: Sequence[float], resamples: int = 1000, seed: int = 0) -> Comparison:
    """Compare two ways question by question: bootstrap interval, and a randomisation test (Fisher, 1935)."""
    differences = [mine - other for mine, other in zip(ours, theirs, strict=True)]
    chance = random.Random(seed)  # noqa: S311 - resampling, not secrecy
    seen = abs(math.fsum(differences))
    as_large = sum(
        abs(math.fsum(value if chance.random() < 0.5 else -value for value in differences)) >= seen - 1e-12
        for _ in range(resamples)
    )
    return Comparison(bootstrap(differences, resamples, seed), (1 + as_large) / (1 + resamples))
