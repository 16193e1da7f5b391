"""How sure we are that the passages found answer the question: a logistic regression over what the search saw."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a search saw of a question; every number keeps its meaning as the corpus grows."""

    cosine: float  # of the nearest passages: the mean of three, where there are many
    deviation: float  # of the nearest one's cosine from the question's usual one, in standard deviations
    share: float  # of the best passage's BM25 score in what the question itself would get


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the logistic regression, in the order of `Evidence`; the sum's sigmoid is the confidence."""

    weights: tuple[float, float, float]
    constant: float

    def confidence(self, seen: Evidence) -> float:
        """A number from 0 to 1; one question in twenty that can be answered gets less than 0.5."""
        cosine, deviation, share = self.weights
        total = cosine * seen.cosine + deviation * seen.deviation + share * seen.share + self.constant
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


# Fitted and printed by `python -m benchmarks.confidence`: questions that documents answer against questions foreign to
# them, several sets of a language together, with 0.5 where one answerable question in twenty is refused. The built-in
# encoders' cosines mean the same whatever the corpus; those of a model that we have not measured are told from its
# usual ones only, which separates less well.
_BILINGUAL = {
    "ja": Calibration((118.53, 0.0, 7.44), -73.01),
    "en": Calibration((40.73, 0.0, 0.22), -29.01),
}
_MULTILINGUAL = Calibration((82.97, 0.0, 7.44), -73.01)
_OTHER = Calibration((0.0, 0.23, 5.78), -1.62)


def calibration(fingerprint: str, lang: str) -> Calibration:
    """The calibration for an embedding model's fingerprint and the language of a question."""
    if fingerprint.startswith("bilingual"):
        return _BILINGUAL["en" if lang == "en" else "ja"]  # all but English is compared by the multilingual half
    return _MULTILINGUAL if fingerprint.startswith("multilingual-e5-small") else _OTHER
