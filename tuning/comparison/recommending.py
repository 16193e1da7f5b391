"""From a comparison to a recommendation: which method, why, and what it would take to think otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tuning import metrics
from tuning.comparison.comparing import Comparison, Scores

Verdict = Literal["best", "equal", "only"]
FEW = 30  # questions: with fewer only large differences can show
CARRIED = 0.9  # of the sentences: what is below invents too much to be served without a warning
KNOWN = 0.5  # of the questions: from here on the set asks what the documents ask


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do."""

    method: str
    title: str
    verdict: Verdict  # best: better than all others; equal: the simplest of those that cannot be told apart
    headline: str
    reasons: tuple[str, ...]
    would_change: tuple[str, ...]


def recommend(comparison: Comparison) -> Advice:
    """Of the methods that cannot be told from the best, the one that costs least, then the simplest, then the best."""
    best = comparison.scores[0]
    equals = [one for one in comparison.scores if not one.is_worse]
    chosen = min(equals, key=lambda one: (one.cost_per_1000, one.effort, -one.quality.value))
    verdict: Verdict = "only" if len(comparison.scores) == 1 else "best" if len(equals) == 1 else "equal"
    headline = {
        "best": f"{chosen.title} answers best.",
        "equal": f"{chosen.title}: no difference to the best is proven, and it is the cheapest and simplest.",
        "only": f"{chosen.title} is the only method that was tried.",
    }[verdict]
    if verdict == "equal" and len(equals) == len(comparison.scores):
        headline = f"No difference between the methods is proven. {chosen.title} is the cheapest and simplest."
    elif verdict == "equal" and chosen is best:
        headline = f"{chosen.title} answers best here, if not provably better than all others, and is the simplest too."
    if asks_as_documents_do(comparison):
        headline += " But these questions stand in the documents word for word: customers ask otherwise."
    return Advice(
        chosen.name,
        chosen.title,
        verdict,
        headline,
        tuple(_reasons(comparison, chosen, best)),
        tuple(_would_change(comparison, chosen)),
    )


def asks_as_documents_do(comparison: Comparison) -> bool:
    """Whether so many questions stand in the knowledge base as they were asked that searching has it too easy."""
    return comparison.in_index >= KNOWN * comparison.questions


def _reasons(comparison: Comparison, chosen: Scores, best: Scores) -> Iterator[str]:
    quality = chosen.quality
    yield f"Quality {quality.value:.2f} (95 % interval {quality.low:.2f} to {quality.high:.2f}), {_n(comparison)}."
    if chosen is not best:
        yield f"The highest mean, {best.quality.value:.2f}, is that of: {best.title}. {_apart(chosen)}"
    for other in comparison.scores:
        if other.is_worse and other.behind is not None:
            yield (
                f"{other.title} is worse than the best by {-other.behind.value:.2f} "
                f"({-other.behind.high:.2f} to {-other.behind.low:.2f})."
            )
    yield f"It costs {chosen.cost_per_1000:.2f} per 1,000 answers and takes {chosen.total_ms / 1000:.2f} s (median)."
    carried = chosen.values["supported"]
    if carried is not None and carried.value < CARRIED:
        yield f"Take care: {1 - carried.value:.0%} of its sentences are carried by no passage."
    wrong = chosen.values["right_refusal"]
    if wrong is not None and wrong.value < CARRIED:
        yield f"Take care: it answers {1 - wrong.value:.0%} of the questions that it should refuse."


def _would_change(comparison: Comparison, chosen: Scores) -> Iterator[str]:
    if comparison.questions < FEW:
        yield f"{comparison.questions} questions show large differences only; {FEW} or more would be a fair trial."
    if asks_as_documents_do(comparison):
        yield (
            f"{comparison.in_index} of {comparison.questions} questions stand in the documents as they were asked, "
            "which helps every method that searches. Questions in customers' own words would be a fairer trial."
        )
    if comparison.learnt:
        yield (
            f"{comparison.learnt} of {comparison.questions} questions are among those that the adapted search has "
            "learnt from, which flatters it. Questions that it has not seen would be a fairer trial."
        )
    for other in comparison.scores:
        if other.is_worse or other is chosen:
            continue
        mine, theirs = comparison.qualities[chosen.name], comparison.qualities[other.name]
        apart = metrics.paired(theirs, mine, seed=comparison.seed, together=comparison.together or None)
        needed = apart.questions_needed
        way = "better" if apart.value > 0 else "worse"
        if needed is None:
            yield f"{other.title} answered with the same quality: no number of questions would tell them apart."
        elif needed > comparison.questions:
            yield (
                f"About {needed - comparison.questions:,} more questions would show whether {other.title} is {way}, "
                f"if the difference stays as it is ({abs(apart.value):.3f})."
            )
        else:
            yield f"{other.title} may be {way}: other questions would tell, the difference is at the edge of chance."
    if chosen.cost_per_1000 > 0:
        cheaper = [one for one in comparison.scores if one.cost_per_1000 < chosen.cost_per_1000]
        for one in cheaper[:1]:
            yield (
                f"{one.title} saves {chosen.cost_per_1000 - one.cost_per_1000:.2f} per 1,000 answers, if "
                f"{chosen.quality.value - one.quality.value:.2f} less quality is worth it to you."
            )


def _n(comparison: Comparison) -> str:
    return f"over {comparison.questions} questions that every method answered"


def _apart(chosen: Scores) -> str:
    assert chosen.behind is not None, "only the best is behind nobody"
    behind = chosen.behind
    return (
        f"The difference, {-behind.value:.2f} ({-behind.high:.2f} to {-behind.low:.2f}), may be chance "
        f"(p = {chosen.p_adjusted:.2f} after Holm)."
    )
