"""Puts the passages that were found in order, as far as it takes nothing but their scores, vectors and numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import Vectors
from knowledge.index.part import Mask, Rows
from knowledge.passages import Passage

Scores = NDArray[np.float64]

ROUNDING = 1e-6  # of a product of the same two vectors
LEADING_FOREIGN = 5  # of the best passages those in another language are looked at for what else says the same
LEADING = 10  # passages of the question's language, and of others, whose shares of words are put on one level
ANOTHER = 2.0  # standard deviations, at least, by which a passage about another code of the kind falls back
TWINS = 0.995  # the cosine from which two passages say the same
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def levelled(shares: Scores, strengths: Scores, foreign: Mask) -> Scores:
    """The shares of words, with what passages in other languages lack for being in another language.

    These share names and loan words with a question at most, however well they answer it. So they get, all alike, what
    the strongest of them lack on the average before the strongest in the question's own language; before more than what
    the question itself would get, they yield. Where fewer than `LEADING` were found the others share nothing.
    """
    if not foreign.any() or foreign.all():
        return shares
    own, other = (
        shares[rows[np.argsort(-strengths[rows], kind="stable")[:LEADING]]].sum() / LEADING
        for rows in (np.flatnonzero(~foreign), np.flatnonzero(foreign))
    )
    raised: Scores = shares + max(0.0, min(1.0, float(own)) - float(other)) * foreign
    return raised


def own_first(
    scores: Scores,
    order: Rows,
    vectors: Vectors,
    deviations: Scores,
    foreign: Mask,
    passage: Callable[[int], Passage],
) -> Scores:
    """The scores, where what the best passages say in another language is to be had in the question's own.

    Two passages of which each is the nearest of its language to the other are taken to say the same. The one in the
    question's language goes before the other where by meaning it is as near to the question at least, or tells the same
    numbers: then it is the other one in this language, whose words for it are fewer of the question's by chance.
    """
    raised, own = scores.copy(), np.flatnonzero(~foreign)
    for place in order[:LEADING_FOREIGN][foreign[order[:LEADING_FOREIGN]]].tolist():
        likeness = vectors @ vectors[place]
        alike = own[np.argmax(likeness[own])]
        is_mutual = float((vectors[foreign] @ vectors[alike]).max()) <= float(likeness[alike]) + ROUNDING
        if is_mutual and (deviations[alike] >= deviations[place] or _same_numbers(passage(alike), passage(place))):
            raised[alike] = max(raised[alike], np.nextafter(raised[place], np.inf))
    return raised


def by_coverage(scores: Scores, close: Rows, held: Scores) -> Scores:
    """The scores, where passages hardly behind the best hold more of what is rare in the question.

    A share of BM25's score grows with how often a word is said and how short the passage is: the one word that tells
    what is asked may be in none of those that have the most of the others. `held` is what the close ones hold, the best
    first, in standard deviations.
    """
    raised = scores.copy()
    raised[close] += np.maximum(0.0, held - held[0])
    return raised


def by_code(scores: Scores, agreements: NDArray[np.int_]) -> Scores:
    """What codes add to the scores: the best passage with what was asked for becomes the best of all.

    As much, and `ANOTHER` at least, is taken from passages about other codes of the kind, lest they be quoted second.
    """
    holding = agreements > 0
    if not holding.any():
        return np.zeros_like(scores)
    ahead = float(scores.max() - scores[holding].max())
    return np.where(holding, ahead, np.where(agreements < 0, -max(ahead, ANOTHER), 0.0))


def twins_last(order: Rows, vectors: Vectors, limit: int, passage: Callable[[int], Passage]) -> list[int]:
    """The first `limit` of an order, those that say what a better one says moved behind the others.

    The manuals of two models may differ in a value alone: passages with other numbers do not say the same. Of those
    that do, the newest takes the place of the best, where both have a day.
    """
    looked: list[int] = order[: 2 * limit].tolist()
    near = vectors[looked]
    alike = np.flatnonzero(near @ near.T >= TWINS).tolist()
    pairs = [pair for at in alike if (pair := divmod(at, len(looked)))[0] < pair[1]]  # the better one first
    numbers = {place: _numbers(passage(looked[place])) for place in {place for pair in pairs for place in pair}}
    twins = [(better, other) for better, other in pairs if numbers[better] == numbers[other]]
    behind = {other for _, other in twins}
    for best in sorted({better for better, _ in twins} - behind):
        _newest_first(looked, [best, *(other for better, other in twins if better == best)], passage)
    return [looked[place] for place in sorted(range(len(looked)), key=behind.__contains__)[:limit]]


def _newest_first(order: list[int], twins: Sequence[int], passage: Callable[[int], Passage]) -> None:
    """Let the newest of passages that say the same change places with the first of them, if that has a day too."""
    days = {place: day for place in twins if (day := passage(order[place]).updated)}
    if twins[0] in days:
        newest = max(days, key=days.__getitem__)  # the first of several
        order[twins[0]], order[newest] = order[newest], order[twins[0]]


def _same_numbers(one: Passage, other: Passage) -> bool:
    """Whether two passages tell numbers, and one of them no other than the other does: 9:00 is 9時."""
    these, those = set(_numbers(one)), set(_numbers(other))
    return bool(these and those) and (these <= those or those <= these)


def _numbers(passage: Passage) -> list[str]:
    return _NUMBER.findall(f"{passage.title} {passage.headings} {passage.text}")
