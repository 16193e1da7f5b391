"""
What an encoder's cosines mean, measured on questions whose answers are known.

One encoder's question lies at 0.89 from the passage that answers it and at 0.83 from any other, another's at 0.5 and
0.1. `gauge.jsonl` holds questions as customers ask them of three desks in each language, with the pairs of the desks'
FAQs that answer them. What a question's nearest pairs have, once with those of its own desk and once without, so that
nothing answers it, says where the encoder's cosines part the two and how far they spread; by these two numbers its
cosines are put on the scale of the built-in encoders', whose meaning was fitted (`knowledge/confidence.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import ManyEmbedder, Vectors

NEAREST = 3  # pairs, as many as passages are evidence of a search
APART = 0.8  # spreads, at least, between questions with an answer and without: what parts them less tells too little
_FILE, _QUESTIONS = "gauge.json", "gauge.jsonl"
_FLAT = 1e-6  # a spread of cosines below this says nothing


@dataclass(frozen=True, slots=True)
class Scale:
    """The cosines of an encoder in one language: between those of questions with and without an answer, and spread."""

    middle: float
    spread: float

    def to(self, other: Scale, cosine: float) -> float:
        """What a cosine on this scale is on another."""
        return other.middle + (cosine - self.middle) / self.spread * other.spread


# Of the built-in bilingual encoder: `python -m benchmarks.confidence` prints them.
BUILT_IN = {"ja": Scale(0.60278, 0.012727), "en": Scale(0.69041, 0.036607)}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a desk, and the pair of its FAQ that answers it."""

    desk: str
    asked: str
    question: str
    answer: str


class Gauge:
    """The scales of an encoder, by language: "en", and "ja" for all others."""

    def __init__(self, scales: Mapping[str, Scale]) -> None:
        self._scales = scales

    @classmethod
    def measured(cls, embedder: ManyEmbedder) -> Gauge:
        """Embeds the questions and their pairs, 270 texts. Raises what the embedder raises."""
        found = {lang: scale_of(embedder, asked) for lang, asked in questions().items()}
        return cls({lang: scale for lang, (scale, apart) in found.items() if apart >= APART})

    @classmethod
    def load(cls, folder: Path) -> Gauge | None:
        """That of a generation; None where it was not measured."""
        if not (folder / _FILE).exists():
            return None
        return cls({lang: Scale(*told) for lang, told in json.loads((folder / _FILE).read_text("utf-8")).items()})

    def save(self, folder: Path) -> None:
        """Write it into a generation's folder."""
        told = {lang: [scale.middle, scale.spread] for lang, scale in self._scales.items()}
        (folder / _FILE).write_text(json.dumps(told), "utf-8")

    def as_built_in(self, lang: str, cosine: float) -> float | None:
        """What the built-in encoder's cosine would be; None where this one's do not tell answers from the rest."""
        lang = "en" if lang == "en" else "ja"
        return self._scales[lang].to(BUILT_IN[lang], cosine) if lang in self._scales else None


@cache
def questions() -> dict[str, list[Asked]]:
    """The questions, by language."""
    found: dict[str, list[Asked]] = {}
    for line in resources.files("knowledge.index").joinpath(_QUESTIONS).read_text("utf-8").splitlines():
        told = json.loads(line)
        found.setdefault(told.pop("lang"), []).append(Asked(**told))
    return found


def scale_of(embedder: ManyEmbedder, asked: Sequence[Asked]) -> tuple[Scale, float]:
    """The encoder's scale, and how many spreads lie between questions with an answer and without."""
    pairs = list(dict.fromkeys((each.desk, each.question, each.answer) for each in asked))
    views = embedder.embed_passages([question for _, question, _ in pairs])
    views = views + embedder.embed_passages([f"{question}\n{answer}" for _, question, answer in pairs])
    stored: Vectors = views / np.maximum(np.linalg.norm(views, axis=1, keepdims=True), _FLAT)
    cosines = embedder.embed_queries([each.asked for each in asked]) @ stored.T
    is_own = np.array([each.desk for each in asked])[:, None] == np.array([desk for desk, _, _ in pairs])
    answered, not_answered = _nearest(cosines), _nearest(np.where(is_own, -1, cosines))
    spread = max(float(np.sqrt((answered.var() + not_answered.var()) / 2)), _FLAT)
    scale = Scale(float(answered.mean() + not_answered.mean()) / 2, spread)
    return scale, float(answered.mean() - not_answered.mean()) / spread


def _nearest(cosines: Vectors) -> NDArray[np.float64]:
    """The mean of the largest cosines of each question."""
    nearest: NDArray[np.float64] = np.sort(cosines.astype(np.float64), axis=1)[:, -NEAREST:].mean(axis=1)
    return nearest
