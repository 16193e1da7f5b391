"""Learns from a desk's labelled questions what its customers look for, and proves it on questions held out.

What is learnt is in `knowledge/index/adapting.py`. The bilinear form is trained by InfoNCE (van den Oord et al., 2018)
on top of the search's own scores, with Adam (Kingma and Ba, 2015), among the passages that are known from labels;
whether a question wants one of these at all is told by a logistic regression; the other numbers are chosen among a few.
Every figure is cross-validated in two ways: by random folds, as customers ask about the same things again, and by folds
that share no document, where nothing was known about any document that a question wants. The second must not fall.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import Embedder
from knowledge.errors import SetupError
from knowledge.index import adapting
from knowledge.index.adapting import Adapter, Bound
from knowledge.index.store import Generation
from knowledge.searching import retrieval
from tuning import metrics
from tuning.metrics import Difference, Estimate
from tuning.transferring import answerability
from tuning.transferring.answerability import Asked, Assurance
from tuning.transferring.desk import Desk, Floats, Labelled
from tuning.transferring.folds import (
    FOLDS,
    Fold,
    Progress,
    gate_of,
    moved_by,
    ndcg,
    parted_at_random,
    parted_by_passage,
    trained,
    wanted_elsewhere,
)

FEWEST = 30  # labelled questions: fewer prove nothing
OFFSETS = tuple(number / 16 for number in range(-8, 9))  # that known passages get besides
# nDCG@10 by which the unseen must gain where the offset is chosen: there they fall a little more than in the search
CAUTION = (-0.005, -0.004, -0.003, -0.002, -0.001, 0.0, 0.0025, 0.005, 0.01, 0.02)
NO_GAIN = "Questions held out are not found better beyond chance."
FALLS = "Questions about documents that no label names would be found worse."
DEPTH = 50  # passages asked for when a question is judged


@dataclass(frozen=True, slots=True)
class Group:
    """nDCG@10 of some questions without the adapter and with one that never saw them."""

    questions: int
    before: Estimate
    after: Estimate
    gain: Difference


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `tune transfer` found; the adapter is None where it would not help."""

    questions: int
    all: Group  # random folds
    seen: Group | None  # of these, questions with a wanted document that other questions wanted too
    unseen: Group | None  # of these, the others
    apart: Group  # folds that share no document: everything wanted is unseen
    adapter: Adapter | None
    reason: str
    assurance: Assurance | None = None  # None where there is no adapter

    @property
    def groups(self) -> dict[str, Group]:
        """The groups that there are, by name."""
        named = {"all": self.all, "seen": self.seen, "unseen": self.unseen, "apart": self.apart}
        return {name: group for name, group in named.items() if group is not None}


def transfer(
    generation: Generation, embedder: Embedder, labelled: Sequence[Labelled], progress: Progress, seed: int = 0
) -> Outcome:
    """Train and judge. `progress` hears of 2 x FOLDS + 1 trainings. Raises SetupError when there are too few labels.

    Another `seed` folds otherwise: how much the figures depend on that can be seen.
    """
    if len(labelled) < FEWEST:
        raise SetupError(
            f"{len(labelled)} labelled questions whose passages are in the knowledge base; at least {FEWEST} are "
            "needed to learn from some and judge by others."
        )
    desk = Desk(generation, embedder, labelled)
    random_folds, apart_folds = parted_at_random(len(labelled), seed), parted_by_passage(desk.gains, seed)
    by_fold = [Fold(desk, folds, fold, progress) for folds in (random_folds, apart_folds) for fold in range(FOLDS)]
    gates = [gate_of(by_fold, fold.test) for fold in by_fold]
    quick = _quick(desk, by_fold, gates)
    none = np.array([ndcg(desk.base, desk.gains, desk.ideal)] * 2)
    before = _judged(desk, range(len(labelled)), None)
    seen = wanted_elsewhere(desk.gains, random_folds)
    for caution in CAUTION:
        after, by_others = np.empty((2, len(labelled))), []
        for number, fold in enumerate(by_fold):
            others = np.ones(len(labelled), np.bool_)
            others[fold.test] = False  # the questions that are judged have no say
            gate = moved_by(gates[number], _chosen(quick, none, others, caution))
            by_others.append(gate)
            after[number // FOLDS, fold.test] = _judged(desk, fold.test, desk.adapter(fold.train, fold.form, gate))
        outcome = _outcome(before, after, seen)
        if outcome.reason != FALLS:  # more caution can only help against that
            break
    if outcome.reason:
        return outcome
    offset = _chosen(quick, none, np.ones(len(labelled), np.bool_), caution)
    gate = moved_by(gate_of(by_fold, np.empty(0, np.int64)), offset)
    rows = np.arange(len(labelled))
    form = trained(desk, rows)
    progress(1)
    scores = {
        name: {"questions": group.questions, "before": group.before.value, "after": group.after.value}
        for name, group in outcome.groups.items()
    }
    assurance = _assured(desk, by_fold, by_others)
    made = desk.adapter(rows, form, gate, assurance.weight, scores)
    return replace(outcome, adapter=made, assurance=assurance)


def _quick(desk: Desk, folds: Sequence[Fold], gates: Sequence[NDArray[np.float64]]) -> dict[float, Floats]:
    """nDCG@10 of each question by either way of folding, over the compared passages, for each offset: 2 x n."""
    found = {offset: np.empty((2, len(desk.labelled)), np.float32) for offset in OFFSETS}
    for number, (fold, gate) in enumerate(zip(folds, gates, strict=True)):
        scores = fold.scores(fold.base, gate)
        for offset, scored in found.items():
            moved = scores + np.float32(offset) * fold.touched
            scored[number // FOLDS, fold.test] = ndcg(moved, desk.gains[fold.test], desk.ideal[fold.test])
    return found


def _assured(desk: Desk, folds: Sequence[Fold], gates: Sequence[NDArray[np.float64]]) -> Assurance:
    """How sure the search may be; `gates` are those of the folds."""
    count = len(desk.labelled)
    ways = [Asked(np.empty((2, count)), np.empty((2, count))) for _ in range(2)]
    for number, (fold, gate) in enumerate(zip(folds, gates, strict=True)):
        asked = ways[number // FOLDS]
        for row, taken_away in enumerate((False, True)):
            asked.sure[row, fold.test], asked.nearness[row, fold.test] = fold.evidence(desk, gate, taken_away)
    return answerability.fit(ways[0], ways[1], [fold.test for fold in folds])


def _chosen(quick: Mapping[float, Floats], none: Floats, left: NDArray[np.bool_], caution: float) -> float:
    """The best offset of those that let nothing fall where documents are apart; by the questions `left` alone."""

    def worth(offset: float) -> tuple[bool, float]:
        gains = [(quick[offset][way] - none[way])[left].sum() / max(1, left.sum()) for way in (0, 1)]
        safe = gains[1] >= caution
        return safe, float(gains[0] if safe else gains[1])

    return max(quick, key=worth)


def _judged(desk: Desk, numbers: Sequence[int] | NDArray[np.int64], adapter: Adapter | None) -> NDArray[np.float64]:
    """nDCG@10 of some questions by the real search."""
    desk.generation.adapter = Bound(adapter, desk.generation, desk.named) if adapter else None
    scores = []
    for number in numbers:
        one = desk.labelled[int(number)]
        found = retrieval.search(desk.generation, desk.embedder, one.text, DEPTH)
        ranking = list(dict.fromkeys("/".join(adapting.target_of(hit.passage)) for hit in found.hits))
        scores.append(metrics.ndcg(ranking, {"/".join(target): grade for target, grade in one.grades.items()}))
    return np.array(scores)


def _outcome(before: NDArray[np.float64], after: NDArray[np.float64], seen: NDArray[np.bool_]) -> Outcome:
    def group(way: int, which: NDArray[np.bool_]) -> Group | None:
        if not which.any():
            return None
        old, new = before[which].tolist(), after[way][which].tolist()
        return Group(len(old), metrics.bootstrap(old), metrics.bootstrap(new), metrics.paired(new, old))

    everything = np.ones(len(before), np.bool_)
    whole, apart, unseen = group(0, everything), group(1, everything), group(0, ~seen)
    assert whole is not None
    assert apart is not None
    reason = ""
    if whole.gain.low <= 0 or not whole.gain.is_real:
        reason = NO_GAIN
    elif apart.gain.value < 0:
        reason = FALLS
    return Outcome(len(before), whole, group(0, seen), unseen, apart, None, reason)
