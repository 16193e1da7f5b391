"""Finds the passages that best answer a question: by meaning and by words, fused."""

from __future__ import annotations

import numpy as np

from knowledge.confidence import calibration
from knowledge.embeddings import Embedder
from knowledge.languages import language
from knowledge.passages import Found, Hit
from knowledge.store import Generation

CANDIDATES = 100  # from each side: the right passage is among them or is not found at all
LEXICAL_WEIGHT = 3.0  # standard deviations that a full match of words is worth; fitted, see docs/decisions.md
_FLAT = 1e-6  # a spread of cosines below this says nothing


def search(
    generation: Generation, embedder: Embedder, question: str, limit: int = 5, collection: str | None = None
) -> Found:
    """The `limit` best passages of a generation, best first, with the confidence that they answer the question.

    A passage's score is its cosine, in standard deviations from the question's usual cosine, plus `LEXICAL_WEIGHT`
    times its share of the BM25 score that the question itself would get. Both keep their meaning as the corpus grows.
    """
    question = question.encode("utf-8", "replace").decode()  # JSON may hold half a surrogate pair; no index does
    lang = language(question)
    allowed = None if collection is None else generation.rows_in(collection)
    if not question.strip() or not len(generation) or (allowed is not None and not len(allowed)):
        return Found((), 0.0, lang, generation.name)
    candidates = max(CANDIDATES, 4 * limit)
    vector = embedder.embed_query(question)
    near, cosines = generation.dense.search(vector, candidates, allowed)
    cosine_of: dict[int, float] = dict(zip(near.tolist(), cosines.tolist(), strict=True))
    share_of = {
        generation.row_of_key(hit.key): hit.share for hit in generation.lexical.search(question, candidates, collection)
    }
    unseen = np.array([row for row in share_of if row not in cosine_of], np.int64)
    cosine_of.update(zip(unseen.tolist(), (generation.dense.vectors(unseen) @ vector).tolist(), strict=True))
    usual = generation.dense.background(vector)
    mean, spread = float(usual.mean()), max(float(usual.std()), _FLAT)

    def score(row: int) -> float:
        return (cosine_of[row] - mean) / spread + LEXICAL_WEIGHT * share_of.get(row, 0.0)

    best = sorted(cosine_of, key=score, reverse=True)[:limit]
    hits = tuple(
        Hit(generation.passage(row), round(score(row), 4), round(cosine_of[row], 4), round(share_of.get(row, 0.0), 4))
        for row in best
    )
    nearest = float(cosines[0])
    confidence = calibration(embedder.fingerprint).confidence(nearest, (nearest - mean) / spread, hits[0].lexical)
    return Found(hits, round(confidence, 4), lang, generation.name)
