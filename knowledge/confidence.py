"""How sure we are that the passages found answer the question: a logistic regression over what the search saw."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AmongFew:
    """What is told of a question in a small knowledge base."""

    few: float  # how small: 0 where there are enough passages, nearly 1 where there are next to none
    otherwise: float  # the confidence by what is told in one of any size
    line: float  # cosine of the nearest line of the best passage
    held: float  # of the rarity of the question's words, as much as the best passage holds
    terms: int  # how many words the question has that say something: one of many is near to more passages


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a search saw of a question; each but `among_few` keeps its meaning as the corpus grows."""

    cosine: float  # of the nearest passages: the mean of three, where there are many
    deviation: float  # of the nearest one's cosine from the question's usual one, in standard deviations
    share: float  # of the best passage's BM25 score in what the question itself would get
    across: bool = False  # whether the best passage, and so what is seen, is in another language than the question
    beside: bool = False  # whether the best passage is about another code, or tells nothing of the kind asked for
    among_few: AmongFew | None = None  # in a small knowledge base, where the best passage is in the question's language


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
    """Weights of a logistic regression over what is told of a question in a small knowledge base."""

    line: float
    held: float
    term: float
    constant: float

    def confidence(self, seen: AmongFew) -> float:
        """A number from 0 to 1: the smaller the knowledge base, the less the weights for any size say."""
        terms = min(seen.terms, MOST_TERMS)
        own = self.line * seen.line + self.held * seen.held + self.term * terms + self.constant
        usual = max(-_SURELY, min(_SURELY, _odds(seen.otherwise)))
        return _sigmoid((1 - seen.few) * usual + seen.few * own)


@dataclass(frozen=True, slots=True)
class FewAcrossCalibration:
    """What few passages add to the log-odds of a confidence where the best is in another language."""

    constant: float
    share: float  # for all of the BM25 score, of what the question's words are called there

    def confidence(self, confidence: float, few: float, share: float) -> float:
        """A number from 0 to 1; `few` is 0 where there are enough passages, nearly 1 where there are next to none."""
        told = _sigmoid(_odds(confidence) + few * (self.constant + self.share * share))
        return min(told, max(confidence, _LIKELY))


def _odds(confidence: float) -> float:
    return math.log(max(confidence, _LEAST) / max(1 - confidence, _LEAST))


def _sigmoid(total: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


# Fitted and printed by `python -m benchmarks.confidence`: questions that documents answer against questions foreign to
# them, several sets of a language together, with 0.5 where one answerable question in twenty is refused. The built-in
# encoders' cosines mean the same whatever the corpus; those of a model that we have not measured are gauged, or else
# told from its usual ones only, which separates less well.
_BILINGUAL = {
    "ja": Calibration((129.71, 0.0, 7.74), -79.73),
    "en": Calibration((40.76, 0.0, 0.24), -29.04),
}
_MULTILINGUAL = Calibration((90.80, 0.0, 7.74), -79.73)
_OTHER = Calibration((0.0, 0.21, 5.77), -1.51)
# Of such a model whose cosines `knowledge/index/gauge.py` has put on the built-in encoders' scale: printed by
# `python -m benchmarks.confidence others`.
_GAUGED = {
    "ja": Calibration((86.91, 0.0, 7.19), -54.45),
    "en": Calibration((26.49, 0.0, 2.28), -19.42),
}
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
_SURELY = 4.0  # log-odds: as much at most do the weights for any size say in a small knowledge base
MOST_TERMS = 8  # of a question that count
# Fitted and printed by `python -m benchmarks.small_desks`.
_BILINGUAL_FEW = {
    "ja": FewCalibration(80.8, 2.14, -0.45, -47.5),
    "en": FewCalibration(17.0, 2.57, 0.2, -13.5),
}
_LIKELY = 0.65  # few passages in another language make no answer surer than this: it is quoted, with words of doubt
# Chosen on several desks of 15 to 170 passages a language at once: docs/retrieval.md, "Small desks".
_BILINGUAL_FEW_ACROSS = FewAcrossCalibration(-2.0, 8.0)


def few_calibration(fingerprint: str, lang: str) -> FewCalibration | None:
    """The calibration for few passages, in a question's language; None for models that were not measured."""
    return _BILINGUAL_FEW["en" if lang == "en" else "ja"] if fingerprint.startswith("bilingual") else None


def few_across_calibration(fingerprint: str) -> FewAcrossCalibration | None:
    """The same where the best passage is in another language than the question."""
    return _BILINGUAL_FEW_ACROSS if fingerprint.startswith("bilingual") else None


def line_calibration(fingerprint: str, lang: str) -> LineCalibration | None:
    """The calibration for lines of passages in a question's language; None for models that were not measured."""
    return _BILINGUAL_LINES["en" if lang == "en" else "ja"] if fingerprint.startswith("bilingual") else None


def is_measured(fingerprint: str) -> bool:
    """Whether the weights for an embedding model's own cosines are known."""
    return fingerprint.startswith(("bilingual", "multilingual-e5-small"))


def gauged_calibration(lang: str) -> Calibration:
    """The calibration for cosines of another model that are put on the built-in encoders' scale."""
    return _GAUGED["en" if lang == "en" else "ja"]


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
