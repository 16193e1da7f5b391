"""From a comparison to a recommendation: which method, why, and what it would take to think otherwise."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tuning import metrics
from tuning.comparison.comparing import Comparison, Scores

Verdict = Literal["best", "equal", "only"]
FEW = 30  # questions: with fewer only large differences can show
POOR = 0.5  # quality: who is surely below answers less than half of what is asked
CARRIED = 0.9  # of the sentences: what is below invents too much to be served without a warning
MOST = 20  # times as many questions: who would need more to tell two methods apart will not get them
FEW_REFUSED = 5  # questions that have an answer: of fewer it tells nothing that all were refused
KNOWN = 0.5  # of the questions: from here on the set asks what the documents ask


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do."""

    method: str
    title: str
    verdict: Verdict  # best: better than all others; equal: the simplest of those that cannot be told apart
    headline: str
    sure: str  # how sure that is, in a sentence
    next: str  # what to do now
    reasons: tuple[str, ...]
    would_change: tuple[str, ...]


def recommend(comparison: Comparison, notes: Sequence[str] = ()) -> Advice:
    """Of the methods that cannot be told from the best, the one that costs least, then the simplest, then the best.

    One that the counter can serve goes before a model alone, which it cannot. `notes` are what else whoever decides
    must know.
    """
    best = comparison.scores[0]
    equals = [one for one in comparison.scores if not one.is_worse]
    chosen = min(equals, key=lambda one: (_is_alone(one), one.cost_per_1000, one.effort, -one.quality.value))
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
        _sure(comparison, chosen, best, equals),
        _next(comparison, chosen),
        tuple(_reasons(comparison, chosen, best)),
        (*notes, *_would_change(comparison, chosen)),
    )


def asks_as_documents_do(comparison: Comparison) -> bool:
    """Whether so many questions stand in the knowledge base as they were asked that searching has it too easy."""
    return comparison.in_index >= KNOWN * comparison.questions


def _is_alone(one: Scores) -> bool:
    return one.name.startswith("alone")


def _sure(comparison: Comparison, chosen: Scores, best: Scores, equals: Sequence[Scores]) -> str:
    quality = f"Quality {_span(chosen)}, {_n(comparison)}"
    if len(comparison.scores) == 1:
        return f"{quality}. Nothing was there to compare it with."
    if chosen is not best:
        assert chosen.behind is not None, "only the best is behind nobody"
        worse = f"It may be up to {-chosen.behind.low:.2f} worse than: {best.title}"
        return f"{quality}. {worse}; these questions cannot tell."
    rivals = [one for one in equals if one is not chosen]
    second = rivals[0] if rivals else comparison.scores[1]
    assert second.behind is not None, "only the best is behind nobody"
    if rivals:
        better = f"{second.title} may be up to {max(second.behind.high, 0):.2f} better"
        return f"{quality}. {better}; these questions cannot tell."
    behind = f"{-second.behind.value:.2f} ({-second.behind.high:.2f} to {-second.behind.low:.2f})"
    return f"{quality}. The next, {second.title}, is behind by {behind}, beyond chance."


def _next(comparison: Comparison, chosen: Scores) -> str:
    kind, _, alias = chosen.name.partition(":")
    if asks_as_documents_do(comparison):
        return (
            "Next: do not decide yet. Compare on questions in customers' own words, such as tickets that the knowledge "
            "base does not hold (docs/tuning.md, Questions to judge by)."
        )
    if comparison.questions < FEW:
        return f"Next: do not decide yet. Take {FEW} questions or more."
    if chosen.quality.high < POOR:
        return (
            "Next: do not decide yet. None of them answers well: see what the documents lack and what the search does "
            "not find (madoguchi evaluate retrieval)."
        )
    if _is_alone(chosen):
        return "Next: the counter serves no model without passages. Look at what the search does not find."
    if not alias:
        return "Next: madoguchi tune promote extractive, where a model answers now; madoguchi tune rollback undoes it."
    prompted = "+prompt" in kind
    profile = ", with MADOGUCHI_PROFILE naming the tuned prompt's profile" if prompted else ""
    return (
        f"Next: madoguchi tune promote {alias}{' --prompt' * prompted} --share 10% lets it answer a tenth of the "
        f"sessions{profile}; madoguchi tune rollback undoes it."
    )


def _reasons(comparison: Comparison, chosen: Scores, best: Scores) -> Iterator[str]:
    if chosen is not best:
        yield f"The highest mean, {best.quality.value:.2f}, is that of: {best.title}. {_apart(chosen)}"
    for other in comparison.scores:
        if other.is_worse and other.behind is not None:
            yield (
                f"{other.title} is worse than the best by {-other.behind.value:.2f} "
                f"({-other.behind.high:.2f} to {-other.behind.low:.2f})."
            )
    for one in comparison.scores:
        missed = one.values.get("wrong_refusal")
        if missed is not None and missed.count >= FEW_REFUSED and missed.value >= CARRIED and not one.is_worse:
            yield (
                f"{one.title} refuses {missed.value:.0%} of the questions that have an answer: its quality is little "
                "more than the share of those that have none."
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
    if comparison.answerable == comparison.questions:
        yield (
            "Each question has an answer, so whether a method refuses what it should was not tried. Add questions that "
            "the documents do not answer (must_refuse: true)."
        )
    yield from _by_substance(comparison)
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
        elif needed > MOST * comparison.questions:
            yield (
                f"{other.title} is so near ({apart.value:+.3f}) that no set of questions that you will have tells "
                "which is better."
            )
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


def _by_substance(comparison: Comparison) -> Iterator[str]:
    """Who would be ahead if wording did not count: quoting has the documents' own words, and so has the reference."""
    best, means = comparison.scores[0], {one.name: one.values.get("substance") for one in comparison.scores}
    known = [one for one in comparison.scores if means[one.name] is not None and comparison.substances]
    leader = max(known, key=lambda one: statistics.fmean(comparison.substances[one.name]), default=best)
    if leader is best:
        return
    mine, theirs = comparison.substances[leader.name], comparison.substances[best.name]
    apart = metrics.paired(mine, theirs, seed=comparison.seed, together=comparison.together or None)
    if apart.value > 0:
        yield (
            f"By facts and meaning alone, whatever the wording, {leader.title} is ahead of {best.title} by "
            f"{apart.value:.2f} ({apart.low:.2f} to {apart.high:.2f}): quality rewards the documents' own words."
        )


def _span(one: Scores) -> str:
    return f"{one.quality.value:.2f} (95 % interval {one.quality.low:.2f} to {one.quality.high:.2f})"


def _n(comparison: Comparison) -> str:
    groups = len(set(comparison.together))
    apart = f" ({groups} conversations or answers)" if 0 < groups < comparison.questions else ""
    return f"over {comparison.questions} questions{apart} that every method answered"


def _apart(chosen: Scores) -> str:
    assert chosen.behind is not None, "only the best is behind nobody"
    behind = chosen.behind
    return (
        f"The difference, {-behind.value:.2f} ({-behind.high:.2f} to {-behind.low:.2f}), may be chance "
        f"(p = {chosen.p_adjusted:.2f} after Holm)."
    )
