"""Questions held out, and what the others have taught: the form, the gate, and how the questions are parted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.index import adapting
from tuning.transferring import gating
from tuning.transferring.desk import MEMORY, WORDS, Desk, Floats, dcg

FOLDS = 10
STEPS = 100  # of training: the form grows with them
RATE = 0.0025  # what a step moves each number of the form, vectors being scaled to a mean length of 1
STRENGTH = 0.5  # standard deviations for each of the log-odds that a question wants a known passage
GONE = -1e6  # the score of a passage that is not there
Progress = Callable[[int], None]


class Fold:
    """Questions held out, and what the others have taught."""

    def __init__(self, desk: Desk, folds: NDArray[np.int64], fold: int, progress: Progress) -> None:
        self.train, self.test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        self.form = trained(desk, self.train)
        known = desk.gains[self.train]
        self.touched = (known > 0).any(axis=0)
        asks, passages = desk.questions[self.test], desk.passages[self.touched]
        self.formed = asks @ self.form @ passages.T
        grades = known[:, self.touched] / known.max(axis=1, keepdims=True)
        self.nearness = desk.nearness[np.ix_(self.test, self.train)]
        wording = desk.wording(self.train)
        self.likeness: Floats = np.zeros_like(self.nearness)
        for row, number in enumerate(self.test.tolist()):
            self.likeness[row] = wording.likeness(desk.terms[number])
        self.memory = _best(np.exp(self.nearness), grades)
        self.recalled = np.float32(MEMORY) * self.memory + np.float32(WORDS) * _best(self.likeness, grades)
        self.base = desk.base[self.test]
        self.wants = desk.gains[self.test][:, self.touched].max(axis=1, initial=0) > 0
        progress(1)

    def lifted(self, base: Floats) -> tuple[Floats, NDArray[np.float64]]:
        """The known passages' scores with what was learnt, as strong as without, and evidence that one is wanted."""
        known = base[:, self.touched]
        if not known.shape[1]:  # all questions want the same
            return known, np.zeros((len(base), adapting.EVIDENCE))
        lifted = known + self.formed + self.recalled
        seen = adapting.evidence(known, lifted, base[:, ~self.touched], self.nearness, self.likeness)
        return lifted + (adapting.level(known) - adapting.level(lifted))[:, None], seen

    def scores(self, base: Floats, gate: NDArray[np.float64]) -> Floats:
        """What the search would make of the questions held out, from its own scores."""
        lifted, seen = self.lifted(base)
        scores = base.copy()
        scores[:, self.touched] = lifted + (seen @ gate[:-1] + gate[-1])[:, None]
        return scores

    def evidence(self, desk: Desk, gate: NDArray[np.float64], taken_away: bool) -> tuple[list[float], Floats]:
        """The confidence in what is found for the questions held out, and the nearness of the first passage's question.

        With `taken_away` the passages that answer a question are not there when it is asked.
        """
        base, cosines = self.base.copy(), desk.asks[self.test] @ desk.vectors.T
        if taken_away:
            wanted = desk.gains[self.test] > 0
            base[wanted] = cosines[wanted] = GONE
        first = self.scores(base, gate).argmax(axis=1)
        sure = [
            desk.confidence(number, of_question, float(desk.shares[number, best]))
            for number, best, of_question in zip(self.test.tolist(), first.tolist(), cosines, strict=True)
        ]
        memory = np.zeros_like(base)
        memory[:, self.touched] = self.memory
        near: Floats = memory[np.arange(len(first)), first] ** adapting.SURER
        return sure, near


def gate_of(folds: Sequence[Fold], held: NDArray[np.int64]) -> NDArray[np.float64]:
    """What known passages get for evidence that a question wants one, learnt from all questions but those `held`."""
    evidence, wants = [np.zeros((0, adapting.EVIDENCE))], [np.zeros(0, np.bool_)]
    for fold in folds:
        if fold.touched.any() and not fold.touched.all():  # else there is nothing to tell from another
            left = ~np.isin(fold.test, held)
            evidence.append(fold.lifted(fold.base)[1][left])
            wants.append(fold.wants[left])
    return STRENGTH * gating.fit(np.concatenate(evidence), np.concatenate(wants))


def moved_by(gate: NDArray[np.float64], offset: float) -> NDArray[np.float64]:
    """A gate that gives known passages so much more, whatever the evidence."""
    return np.append(gate[:-1], gate[-1] + offset)


def _best(values: Floats, grades: Floats) -> Floats:
    """For each question and passage the best of the known questions' values, times how well it is answered there."""
    best = np.zeros((len(values), grades.shape[1]), np.float32)
    for number, graded in enumerate(grades):
        columns = np.flatnonzero(graded)
        best[:, columns] = np.maximum(best[:, columns], values[:, number, None] * graded[columns])
    return best


def trained(desk: Desk, train: NDArray[np.int64]) -> Floats:
    """The form: it lifts what the questions want over what other questions want."""
    known = np.flatnonzero((desk.gains[train] > 0).any(axis=0))
    whole = np.zeros((desk.asks.shape[1], desk.asks.shape[1]), np.float32)
    if not len(known):
        return whole
    form = np.zeros((len(desk.varied), len(desk.varied)), np.float32)
    mean, square = np.zeros_like(form), np.zeros_like(form)
    questions, passages = desk.questions[train][:, desk.varied] / desk.scale, desk.passages[known][:, desk.varied]
    base, wanted = desk.base[np.ix_(train, known)], desk.gains[np.ix_(train, known)]
    wanted = wanted / wanted.sum(axis=1, keepdims=True)
    for step in range(1, STEPS + 1):
        logits = base + (questions @ form) @ passages.T
        logits -= logits.max(axis=1, keepdims=True)
        likely = np.exp(logits)
        likely /= likely.sum(axis=1, keepdims=True)
        slope = questions.T @ (((likely - wanted) / np.float32(len(train))) @ passages)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope * slope
        form = form - RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    whole[np.ix_(desk.varied, desk.varied)] = form / desk.scale
    return whole


def parted_at_random(count: int, seed: int) -> NDArray[np.int64]:
    """The fold of each question."""
    return np.random.default_rng(seed).permutation(count) % FOLDS


def parted_by_passage(gains: Floats, seed: int) -> NDArray[np.int64]:
    """Folds of which no two want the same passage, as even as can be."""
    group = np.arange(len(gains))
    for column in (gains > 0).T:
        members = np.unique(group[column])
        group[np.isin(group, members[1:])] = members[0] if len(members) else 0
    names, sizes = np.unique(group, return_counts=True)
    if seed:
        shuffled = np.random.default_rng(seed).permutation(len(names))
        names, sizes = names[shuffled], sizes[shuffled]
    folds, load = np.empty(len(gains), np.int64), np.zeros(FOLDS)
    for place in np.argsort(-sizes, kind="stable"):
        lightest = int(load.argmin())
        folds[group == names[place]] = lightest
        load[lightest] += sizes[place]
    return folds


def wanted_elsewhere(gains: Floats, folds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether questions of the other folds want something that this one wants."""
    known = [(gains[folds != fold] > 0).any(axis=0) for fold in range(FOLDS)]
    return np.array([bool((known[fold] & (row > 0)).any()) for fold, row in zip(folds.tolist(), gains, strict=True)])


def ndcg(scores: Floats, gains: Floats, ideal: Floats) -> Floats:
    """nDCG@10 of each row, as `metrics.ndcg` defines it, at once; `ideal` is the DCG of the gains themselves."""
    found: Floats = dcg(scores, gains) / ideal
    return found
