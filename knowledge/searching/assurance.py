"""How sure a search is that the best passage answers: the evidence; its weights are in knowledge/confidence.py."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from knowledge.confidence import (
    DOUBT,
    AmongFew,
    Evidence,
    calibration,
    few_across_calibration,
    few_calibration,
    gauged_calibration,
    line_calibration,
)
from knowledge.embedder import Embedder, Vectors
from knowledge.index.store import Generation
from knowledge.searching.candidates import Candidates, Sought

NEAREST, ENOUGH = 3, 300  # passages whose cosine is evidence, and how many there must be for all three to count
CHANCE = 0.01  # standard deviation of what a cosine owes to chance: `benchmarks.letters`


def assured(sought: Sought, seen: Candidates, best: int, embedder: Embedder) -> tuple[float, Evidence]:
    """The confidence that the best of the candidates answers the question, from 0 to 1, and what it follows from."""
    generation, lang, row = sought.generation, sought.lang, int(seen.rows[best])
    # Cosines across languages mean something else than within one: those in the language of the first hit count.
    across = bool(seen.foreign[best])
    alike = np.flatnonzero(seen.foreign == across)
    nearest = alike[np.argsort(-seen.cosines[alike], kind="stable")[:NEAREST]]
    evidence = Evidence(
        cosine=nearness(seen.cosines[nearest], sought.passing) - luck(len(sought.parts)),
        deviation=float(seen.deviations[nearest[0]]),
        share=float(seen.shares[best]),
        across=across,
    )
    sure = confidence(generation, embedder.fingerprint, lang, evidence)
    weights = None if across or not sought.is_short else line_calibration(embedder.fingerprint, lang)
    if weights and DOUBT[0] < sure < DOUBT[1]:
        line = generation.lines.nearest(row, embedder, sought.vector, sought.rarity)
        sure = weights.confidence(line.cosine, line.share) if line else sure
    few = fewness(min(sought.passing, generation.held_in(generation.passage(row).lang)))
    if not few or not sought.rarity:
        return sure, evidence
    if across:
        by_share = few_across_calibration(embedder.fingerprint)
        return by_share.confidence(sure, few, evidence.share) if by_share else sure, evidence
    if by_line := few_calibration(embedder.fingerprint, lang):
        seen_of = AmongFew(
            few=few,
            otherwise=sure,
            line=generation.lines.cosine(row, embedder, sought.vector, sought.rarity),
            held=float(generation.covered(sought.rarity, seen.rows[[best]])[0]),
            terms=len(sought.rarity),
        )
        evidence, sure = replace(evidence, among_few=seen_of), by_line.confidence(seen_of)
    return sure, evidence


def confidence(generation: Generation, fingerprint: str, lang: str, seen: Evidence) -> float:
    """How sure the evidence makes, by what the cosines of a generation's embedding model mean."""
    if generation.gauge and not seen.across:
        cosine = generation.gauge.as_built_in(lang, seen.cosine)
        if cosine is not None:
            return gauged_calibration(lang).confidence(replace(seen, cosine=cosine))
    return calibration(fingerprint, lang, seen.across).confidence(seen)


def nearness(cosines: Vectors, held: int) -> float:
    """The mean cosine of the nearest passages, best first; the fewer are held, the more the first alone.

    What is known of a subject seldom stands in one passage, but in a small knowledge base it may.
    """
    share = 1 - fewness(held)
    nearest = cosines[:NEAREST].tolist()  # for so few, NumPy's mean takes ten times as long
    mean = sum(nearest) / len(nearest)
    return float((1 - share) * nearest[0] + share * mean)


def luck(parts: int) -> float:
    """What the part of a message that fits a passage best owes to there being others.

    The largest of n values by chance lies some sqrt(2 ln n) standard deviations above their mean (Cramér, 1946).
    """
    return CHANCE * math.sqrt(2 * math.log(parts))


def fewness(held: int) -> float:
    """0 where there are enough passages, and nearly 1 where there are next to none."""
    return max(0.0, 1 - held / ENOUGH)
