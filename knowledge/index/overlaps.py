"""Support logs that others speak for: folded where they say the same, overruled where a FAQ says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from knowledge.index.asides import Aside
from knowledge.index.contradictions import contradicts
from knowledge.index.known import Candidate, Known
from knowledge.index.settled import Conflict, days_of, place
from knowledge.language.likeness import jaccard, negations, numbers, shingles
from knowledge.passages import Passage

NEAR = 0.96  # cosine of two conversations that may be the same; chosen with SAME_WORDS by benchmarks/folding.py
SAME_WORDS = 0.7  # of the pairs of letters in two resolutions
SAME_QUESTION = 0.965  # cosine of a conversation and a FAQ that answer the same question, by the same benchmark
BLOCK = 128  # passages that are compared at once with all others


def close_to(faqs: Sequence[Candidate], logs: Known) -> list[Candidate]:
    """The passages of logs that may answer the question of one of these FAQs."""
    found: set[int] = set()
    if len(logs):
        for start in range(0, len(faqs), BLOCK):
            block = np.array([faq.vector for faq in faqs[start : start + BLOCK]], np.float32)
            found.update(np.nonzero((block @ logs.vectors.T).max(axis=0) >= SAME_QUESTION)[0].tolist())
    return [Candidate(logs.passage(number), logs.vectors[number], True) for number in sorted(found)]


def overruled(log: Candidate, faqs: Known, out: set[str]) -> tuple[Aside, Conflict] | None:
    """What the FAQ that asks the same as a log's passage has against it; those that are `out` have no say."""
    if not len(faqs):
        return None
    cosines = faqs.vectors @ log.vector
    for number in np.argsort(-cosines, kind="stable")[:BLOCK]:
        if cosines[number] < SAME_QUESTION:
            return None
        faq = faqs.passage(int(number))
        if faq.collection != log.passage.collection or faq.id in out:
            continue
        why = contradicts(faq.question or faq.title, faq.text, log.passage.text)
        if why is None:
            return None
        days = days_of(faq, log.passage)
        conflict = Conflict(log.passage.question or log.passage.title, place(log.passage), place(faq), why + days)
        return Aside(log.passage, log.vector, faq.id, "contradicts", why), conflict
    return None


def folded(candidates: Sequence[Candidate], known: Known) -> Iterator[Aside]:
    """The candidates that a known passage, or a candidate before them, speaks for."""
    leaders: list[Candidate] = []  # among the candidates
    for start in range(0, len(candidates), BLOCK):
        block = candidates[start : start + BLOCK]
        vectors = np.array([each.vector for each in block], np.float32)
        to_known = vectors @ known.vectors.T if len(known) else np.empty((len(block), 0), np.float32)
        earlier = len(leaders)
        to_leaders = (
            vectors @ np.array([each.vector for each in leaders], np.float32).T
            if leaders
            else np.empty((len(block), 0), np.float32)
        )
        for number, candidate in enumerate(block):
            near = [
                (float(to_known[number, at]), known.passage(int(at))) for at in np.nonzero(to_known[number] >= NEAR)[0]
            ]
            near += [
                (float(to_leaders[number, at]), leaders[at].passage) for at in np.nonzero(to_leaders[number] >= NEAR)[0]
            ]
            near += [
                (cosine, each.passage)
                for each in leaders[earlier:]
                if (cosine := float(each.vector @ candidate.vector)) >= NEAR
            ]
            near.sort(key=lambda pair: -pair[0])
            leader = next((passage for _, passage in near if _say_the_same(passage, candidate.passage)), None)
            if leader is None:
                leaders.append(candidate)
            else:
                yield Aside(candidate.passage, candidate.vector, leader.id, "same")


def _say_the_same(one: Passage, other: Passage) -> bool:
    return (
        one.collection == other.collection
        and numbers(one.text) == numbers(other.text)
        and negations(one.text) == negations(other.text)
        and jaccard(shingles(one.text), shingles(other.text)) >= SAME_WORDS
    )
