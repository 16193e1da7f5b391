"""How sure we are that the passages found answer the question: a logistic regression over what the search saw."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a search saw of a question; every number keeps its meaning as the corpus grows."""

    cosine: float  # of the nearest passage
    deviation: float  # of that cosine from the question's usual one, in standard deviations
    share: float  # of the best passage's BM25 score in what the question itself would get


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the logistic regression, in the order of `Evidence`; the sum's sigmoid is the confidence."""

    weights: tuple[float, float, float]
    constant: float

    def confidence(self, seen: Evidence) -> float:
        """A number from 0 to 1; one question in twenty that can be answered gets less than 0.5."""
        total = sum(weight * value for weight, value in zip(self.weights, astuple(seen), strict=True)) + self.constant
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


def calibration(fingerprint: str, lang: str) -> Calibration:
    """The calibration for an embedding model's fingerprint and the language of a question."""
    return Calibration((0, 0, 0), 0)
