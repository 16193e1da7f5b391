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
    across: bool = False  # whether the best passage, and so what is seen, is in another language than the question
    line_cosine: float | None = None  # of the nearest line of the best passage, where its lines were looked at
    line_share: float | None = None  # of the rarity of the question's words, as much as one of these lines holds


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the logistic regression, in the order of `Evidence`; the sum's sigmoid is the confidence."""

    weights: tuple[float, float, float]
    constant: float

    def confidence(self, seen: Evidence) -> float:
        """A number from 0 to 1; one question in twenty that can be answered gets less than 0.5."""
        cosine, deviation, share = self.weights
        total = cosine * seen.cosine + deviation * seen.deviation + share * seen.share + self.constant
        return _sigmoid(total)


@dataclass(frozen=True, slots=True)
class LineCalibration:
    """Weights of a logistic regression over what the lines of the best passage have of a question."""

    cosine: float
    share: float
    constant: float

    def confidence(self, cosine: float, share: float) -> float:
        """A number from 0 to 1."""
        total = self.cosine * cosine + self.share * share + self.constant
        return _sigmoid(total)


@dataclass(frozen=True, slots=True)
class FewCalibration:
    """What a knowledge base of few passages adds to the log-odds of a confidence: the fewer, the more of it."""

    constant: float  # among few passages none is as near to a foreign question as one of thousands is
    held: float  # for all of the question's words, by their rarity, that the best passage holds

    def confidence(self, confidence: float, few: float, held: float) -> float:
        """A number from 0 to 1; `few` is 0 where there are enough passages, nearly 1 where there are next to none."""
        odds = math.log(max(confidence, _LEAST) / max(1 - confidence, _LEAST))
        told = _sigmoid(odds + few * (self.constant + self.held * held))
        return min(told, max(confidence, _LIKELY))


def _sigmoid(total: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


# Fitted and printed by `python -m benchmarks.confidence`: questions that documents answer against questions foreign to
# them, several sets of a language together, with 0.5 where one answerable question in twenty is refused. The built-in
# encoders' cosines mean the same whatever the corpus; those of a model that we have not measured are told from its
# usual ones only, which separates less well.
_BILINGUAL = {
    "ja": Calibration((129.71, 0.0, 7.74), -79.73),
    "en": Calibration((40.76, 0.0, 0.24), -29.04),
}
_MULTILINGUAL = Calibration((90.80, 0.0, 7.74), -79.73)
_OTHER = Calibration((0.0, 0.21, 5.77), -1.51)
# Of passages in another language than the question's, by that: cosines are lower there, and fewer words are shared.
# Fitted in the same way and printed by `python -m benchmarks.across`.
_BILINGUAL_ACROSS = {
    "ja": Calibration((169.23, 0.56, 6.88), -107.88),
    "en": Calibration((162.13, 0.52, 7.06), -102.49),
}
_MULTILINGUAL_ACROSS = {
    "ja": Calibration((118.46, 0.56, 6.88), -107.88),
    "en": Calibration((113.49, 0.52, 7.06), -102.49),
}
_OTHER_ACROSS = Calibration((0.0, 0.98, 9.36), -5.86)

DOUBT = (0.02, 0.9)  # between these a confidence leaves it to the lines of the best passage: docs/retrieval.md
# Fitted and printed by `python -m benchmarks.lines`.
_BILINGUAL_LINES = {
    "ja": LineCalibration(68.85, 4.00, -42.80),
    "en": LineCalibration(21.33, 7.00, -18.00),
}

_LEAST = 1e-9  # of what odds are told from
_LIKELY = 0.65  # few passages make no answer surer than this: an answer is quoted, with words of doubt
# Chosen on several desks of 15 to 170 passages a language at once: docs/retrieval.md, "Small desks".
_BILINGUAL_FEW = {
    "ja": FewCalibration(0.4, 2.0),
    "en": FewCalibration(-1.4, 4.0),
}
_BILINGUAL_FEW_ACROSS = FewCalibration(-2.0, 8.0)  # by the share of BM25's score, of what the words are called there
_AS_MANY = FewCalibration(0.0, 0.0)


def few_calibration(fingerprint: str, lang: str, across: bool = False) -> FewCalibration:
    """The calibration for few passages in the language of the best one; it changes nothing for models not measured."""
    if not fingerprint.startswith("bilingual"):
        return _AS_MANY
    return _BILINGUAL_FEW_ACROSS if across else _BILINGUAL_FEW["en" if lang == "en" else "ja"]


def line_calibration(fingerprint: str, lang: str) -> LineCalibration | None:
    """The calibration for lines of passages in a question's language; None for models that were not measured."""
    return _BILINGUAL_LINES["en" if lang == "en" else "ja"] if fingerprint.startswith("bilingual") else None


def calibration(fingerprint: str, lang: str, across: bool = False) -> Calibration:
    """The calibration for an embedding model's fingerprint and the language of a question.

    With `across` it is for passages in another language than that.
    """
    asked = "en" if lang == "en" else "ja"  # all but English is compared by the multilingual half
    if fingerprint.startswith("bilingual"):
        return (_BILINGUAL_ACROSS if across else _BILINGUAL)[asked]
    if fingerprint.startswith("multilingual-e5-small"):
        return _MULTILINGUAL_ACROSS[asked] if across else _MULTILINGUAL
    return _OTHER_ACROSS if across else _OTHER
