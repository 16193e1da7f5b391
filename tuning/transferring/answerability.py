"""How sure the search may be of a passage that answered a question like this one: fitted, and proven on held-out ones.

A confidence from cosines and words alone stays low where customers have their own words for things, and the counter
refuses what the adapted search has found. What is added to its log-odds is a weight times the nearness of the nearest
known question that the first passage answered. It is fitted on labelled questions asked twice: as they are, and with
the passages that answer them taken away, when they should be refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuning import metrics
from tuning.metrics import Difference

WEIGHTS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)  # log-odds that the very same question is worth
REFUSED = 0.5  # the confidence below which the refusals are counted here
_EDGE = 1e-6  # confidences are kept this far from 0 and 1
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions held out, each asked with the passages that answer it and without: 2 x n."""

    sure: Floats  # the confidence without what was learnt
    nearness: Floats  # of the first passage's nearest known question, 0 to 1

    def after(self, weight: float) -> Floats:
        """The confidences with a weight."""
        kept = np.clip(self.sure, _EDGE, 1 - _EDGE)
        odds: Floats = np.log(kept / (1 - kept)) + weight * self.nearness
        return 1 / (1 + np.exp(-odds))

    def likelihood(self, weight: float) -> Floats:
        """How well the confidences foretell what is so: the log likelihood of each question, both ways of asking."""
        told = np.clip(self.after(weight), _EDGE, 1 - _EDGE)
        found: Floats = (np.log(told[0]) + np.log(1 - told[1])) / 2
        return found


@dataclass(frozen=True, slots=True)
class Assurance:
    """What a weight brings on questions held out."""

    weight: float  # 0 where none is proven to help
    gain: Difference  # of the log likelihood
    refused: tuple[float, float]  # the share of answerable questions that is refused, before and after
    refused_without: tuple[float, float]  # the same when the passages that answer them are taken away


def fit(random: Asked, apart: Asked, folds: Sequence[NDArray[np.int64]]) -> Assurance:
    """The weight; each fold (two for each of them: random, apart) is judged by one that the others have chosen.

    It counts only where questions of random folds gain beyond chance, and those of folds apart lose nothing.
    """
    ways, half = (random, apart), len(folds) // 2
    gains = {weight: np.stack([way.likelihood(weight) - way.likelihood(0.0) for way in ways]) for weight in WEIGHTS}

    def chosen(left: NDArray[np.bool_]) -> float:
        safe = [weight for weight in WEIGHTS if gains[weight][1][left].sum() >= 0]
        return max(safe, key=lambda weight: float(gains[weight][0][left].sum()))

    held, after = np.zeros_like(gains[0.0]), random.after(0.0)
    for number, test in enumerate(folds):
        left = np.ones(held.shape[1], np.bool_)
        left[test] = False
        weight = chosen(left)
        held[number // half, test] = gains[weight][number // half, test]
        if number < half:
            after[:, test] = random.after(weight)[:, test]
    gain = metrics.paired(held[0].tolist(), [0.0] * held.shape[1])
    proven = gain.low > 0 and held[1].mean() >= 0
    before, now = (np.mean(some < REFUSED, axis=1).tolist() for some in (random.after(0.0), after))
    weight = chosen(np.ones(held.shape[1], np.bool_)) if proven else 0.0
    if not weight:
        now = before
    return Assurance(weight, gain, (before[0], now[0]), (before[1], now[1]))
