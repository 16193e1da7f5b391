"""How sure we are that the passages found answer the question: a logistic regression over what the search saw."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the logistic regression; the sum's sigmoid is the confidence."""

    cosine: float  # of the nearest passage
    deviation: float  # of that cosine from the question's usual one, in standard deviations
    share: float  # of the best passage's BM25 score in what the question itself would get
    constant: float

    def confidence(self, cosine: float, deviation: float, share: float) -> float:
        """A number from 0 to 1; 0.5 is where right and wrong refusals were balanced in fitting."""
        total = self.cosine * cosine + self.deviation * deviation + self.share * share + self.constant
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


# Fitted by `python benchmarks/confidence.py` on questions that a FAQ can answer against questions foreign to it, in
# Japanese and English. The built-in encoder's cosines mean the same whatever the corpus; those of a model that we have
# not measured are told from its usual ones only, which separates less well.
_BUILTIN = Calibration(cosine=112.5, deviation=0.0, share=2.17, constant=-99.2)
_OTHER = Calibration(cosine=0.0, deviation=0.96, share=6.07, constant=-6.03)


def calibration(fingerprint: str) -> Calibration:
    """The calibration for an embedding model's fingerprint."""
    return _BUILTIN if fingerprint.startswith("multilingual-e5-small") else _OTHER
