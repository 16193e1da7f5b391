"""Which of many questions ask the same, in one language and across the two.

How alike two must be was measured with the built-in encoders on paraphrases: `python -m benchmarks.alike`. Cosines of
other models mean something else, so questions are compared by the built-in ones whatever model the index has.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from knowledge.embedder import ManyEmbedder, Vectors
from knowledge.embedding.embeddings import open_embedder
from knowledge.settings import KnowledgeSettings

ALIKE = {"en": 0.84}  # cosine of two questions in one language: that of English ones spreads wider
OTHERWISE = 0.95  # in Japanese, and in other languages, which the multilingual encoder alone compares
ACROSS = 0.60  # of a Japanese and an English question, each of which is the nearest to the other
BLOCK = 256  # questions that are compared at once with all that lead


def comparing(settings: KnowledgeSettings) -> ManyEmbedder:
    """The encoder whose cosines were measured."""
    return open_embedder(settings.model_copy(update={"embedding": "builtin"}))


def groups(vectors: Vectors, langs: Sequence[str]) -> list[int]:
    """For each question the place of the first that asks the same, which may be its own."""
    first = list(range(len(langs)))
    leaders: dict[str, list[int]] = {}
    for lang in dict.fromkeys(langs):
        places = [place for place, other in enumerate(langs) if other == lang]
        speaks = led(vectors[places], ALIKE.get(lang, OTHERWISE))
        for place, leader in zip(places, speaks, strict=True):
            first[place] = places[leader]
        leaders[lang] = sorted({places[leader] for leader in speaks})
    for one, other in across(vectors, leaders.get("ja", []), leaders.get("en", [])):
        first[max(one, other)] = min(one, other)
    return [first[first[place]] for place in range(len(langs))]


def led(vectors: Vectors, alike: float) -> list[int]:
    """For each vector the place of the leader that it is nearest to; one that is near to none leads."""
    leaders: list[int] = []
    found: list[int] = []
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK]
        to_leaders, beside = block @ vectors[leaders].T, block @ block.T
        fresh: list[int] = []  # rows of the block that lead
        for row in range(len(block)):
            cosines = np.concatenate([to_leaders[row], beside[row, fresh]])
            if len(cosines) and cosines.max() >= alike:
                found.append([*leaders, *(start + each for each in fresh)][int(cosines.argmax())])
            else:
                fresh.append(row)
                found.append(start + row)
        leaders += [start + row for row in fresh]
    return found


def across(vectors: Vectors, ja: Sequence[int], en: Sequence[int], alike: float = ACROSS) -> list[tuple[int, int]]:
    """Pairs of a Japanese and an English question that are each the nearest to the other."""
    if not ja or not en:
        return []
    cosines = vectors[ja] @ vectors[en].T
    to_en, to_ja = cosines.argmax(axis=1), cosines.argmax(axis=0)
    return [
        (ja[row], en[column])
        for row, column in enumerate(to_en.tolist())
        if to_ja[column] == row and cosines[row, column] >= alike
    ]
