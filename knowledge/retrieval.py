"""Finds the passages that best answer a question: by meaning and by words, fused."""

from __future__ import annotations

import numpy as np

from knowledge.confidence import calibration
from knowledge.embeddings import Embedder
from knowledge.filters import Filters
from knowledge.languages import language
from knowledge.passages import Found, Hit
from knowledge.store import Generation

CANDIDATES = 100  # from each side: the right passage is among them or is not found at all
LEXICAL_WEIGHT = 3.0  # standard deviations that a full match of words is worth; fitted, see docs/decisions.md
LOG_HANDICAP = 0.5  # standard deviations: a FAQ is the company's word, a log one agent's


def search(
    generation: Generation, embedder: Embedder, question: str, limit: int = 5, filters: Filters | None = None
) -> Found:
    """The `limit` best passages of a generation that pass the filters, with the confidence that they answer.

    A passage's score is its cosine, in standard deviations from what is usual for its language, plus `LEXICAL_WEIGHT`
    times its share of the BM25 score that the question itself would get. Both keep their meaning as the corpus grows.
    """
    question = question.encode("utf-8", "replace").decode()  # JSON may hold half a surrogate pair; no index does
    lang = language(question)
    allowed = generation.allowed(filters)
    if not question.strip() or not len(generation) or (allowed is not None and not allowed.any()):
        return Found((), 0.0, lang, generation.name)
    candidates = max(CANDIDATES, 4 * limit)
    vector = embedder.embed_query(question)
    near, cosines = generation.dense.search(vector, candidates, allowed)
    nearest = set(near.tolist())
    matching, matched = generation.by_words(question, candidates, filters, allowed)
    share_of = dict(zip(matching.tolist(), matched.tolist(), strict=True))
    unseen = np.array([row for row in share_of if row not in nearest], np.int64)
    rows = np.concatenate([near, unseen])
    all_cosines = np.concatenate([cosines, generation.dense.cosines(vector, unseen)])
    shares = np.array([share_of.get(row, 0.0) for row in rows.tolist()])
    deviations = generation.background.deviations(vector, rows, all_cosines)
    scores = deviations + LEXICAL_WEIGHT * shares - LOG_HANDICAP * (generation.kinds[rows] == "log")
    best = np.argsort(-scores, kind="stable")[:limit]
    hits = tuple(
        Hit(
            passage=generation.passage(int(rows[i])),
            score=round(float(scores[i]), 4),
            dense=round(float(all_cosines[i]), 4),
            lexical=round(float(shares[i]), 4),
        )
        for i in best
    )
    sure = calibration(embedder.fingerprint).confidence(float(cosines[0]), float(deviations[0]), hits[0].lexical)
    return Found(hits, round(sure, 4), lang, generation.name)
