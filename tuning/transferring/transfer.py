"""Learns from a desk's labelled questions what its customers look for, and proves it on questions held out.

What is learnt is in `knowledge/index/adapting.py`. The bilinear form is trained by InfoNCE (van den Oord et al., 2018)
on top of the search's own scores, with Adam (Kingma and Ba, 2015), among the passages that are known from labels;
whether a question wants one of these at all is told by a logistic regression; the other numbers are chosen among a few.
Every figure is cross-validated in two ways: by random folds, as customers ask about the same things again, and by folds
that share no document, where nothing was known about any document that a question wants. The second must not fall.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.confidence import Evidence, calibration
from knowledge.embedder import Embedder
from knowledge.errors import SetupError
from knowledge.index import adapting
from knowledge.index.adapting import Adapter, Bound, Head, Target
from knowledge.index.store import Generation
from knowledge.index.wording import Wording
from knowledge.language.languages import language
from knowledge.searching import assurance, candidates, retrieval, scoring
from tuning import metrics
from tuning.metrics import Difference, Estimate
from tuning.transferring import answerability, gating
from tuning.transferring.answerability import Asked, Assurance

FOLDS = 10
FEWEST = 30  # labelled questions: fewer prove nothing
MOST_COMPARED = 3000  # passages that a form is trained among: those wanted, and the strongest that are not
STRONGEST = 30  # of each question
STEPS = 100  # of training: the form grows with them
RATE = 0.0025  # what a step moves each number of the form, vectors being scaled to a mean length of 1
WIDTH = 2.5  # of the memory, in standard deviations of the cosines between questions
MEMORY = 3.0  # standard deviations that a question of the very same meaning is worth
WORDS = 2.0  # standard deviations that one of the very same words is worth besides
STRENGTH = 0.5  # standard deviations for each of the log-odds that a question wants a known passage
OFFSETS = tuple(number / 16 for number in range(-8, 9))  # that known passages get besides
# nDCG@10 by which the unseen must gain where the offset is chosen: there they fall a little more than in the search
CAUTION = (-0.005, -0.004, -0.003, -0.002, -0.001, 0.0, 0.0025, 0.005, 0.01, 0.02)
NO_GAIN = "Questions held out are not found better beyond chance."
FALLS = "Questions about documents that no label names would be found worse."
FLAT = 1e-6  # a dimension that spreads less says nothing
DEPTH = 50  # passages asked for when a question is judged
GONE = -1e6  # the score of a passage that is not there
Floats = NDArray[np.float32]
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question and how well passages answer it: grades above 0."""

    text: str
    grades: Mapping[Target, int]


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
    desk = _Desk(generation, embedder, labelled)
    random_folds, apart_folds = _random_folds(len(labelled), seed), _folds_apart(desk.gains, seed)
    by_fold = [_Fold(desk, folds, fold, progress) for folds in (random_folds, apart_folds) for fold in range(FOLDS)]
    gates = [_gate(by_fold, fold.test) for fold in by_fold]
    quick = _quick(desk, by_fold, gates)
    none = np.array([_ndcg(desk.base, desk.gains, desk.ideal)] * 2)
    before = _judged(desk, range(len(labelled)), None)
    seen = _seen(desk.gains, random_folds)
    for caution in CAUTION:
        after, by_others = np.empty((2, len(labelled))), []
        for number, fold in enumerate(by_fold):
            others = np.ones(len(labelled), np.bool_)
            others[fold.test] = False  # the questions that are judged have no say
            gate = _moved(gates[number], _chosen(quick, none, others, caution))
            by_others.append(gate)
            after[number // FOLDS, fold.test] = _judged(desk, fold.test, desk.adapter(fold.train, fold.form, gate))
        outcome = _outcome(before, after, seen)
        if outcome.reason != FALLS:  # more caution can only help against that
            break
    if outcome.reason:
        return outcome
    offset = _chosen(quick, none, np.ones(len(labelled), np.bool_), caution)
    gate = _moved(_gate(by_fold, np.empty(0, np.int64)), offset)
    rows = np.arange(len(labelled))
    form = _trained(desk, rows)
    progress(1)
    scores = {
        name: {"questions": group.questions, "before": group.before.value, "after": group.after.value}
        for name, group in outcome.groups.items()
    }
    assurance = _assured(desk, by_fold, by_others)
    made = desk.adapter(rows, form, gate, assurance.weight, scores)
    return replace(outcome, adapter=made, assurance=assurance)


class _Desk:
    """The labelled questions before the passages that matter to them."""

    def __init__(self, generation: Generation, embedder: Embedder, labelled: Sequence[Labelled]) -> None:
        self.generation, self.embedder, self.labelled = generation, _Remembering(embedder, labelled), labelled
        self.asks: Floats = np.stack([self.embedder.embed_query(one.text) for one in labelled])
        documents = {document for one in labelled for document, _ in one.grades}
        self.named = {document: adapting.targets_of(generation, document) for document in sorted(documents)}
        self.rows_of = self._rows_of()
        pool = self.pool = self._pool()
        self.vectors = generation.dense.vectors(pool)
        place = {row: number for number, row in enumerate(pool.tolist())}
        self.base = np.empty((len(labelled), len(pool)), np.float32)
        self.shares = np.zeros_like(self.base)
        self.gains = np.zeros_like(self.base)
        for number, one in enumerate(labelled):
            self.base[number], self.shares[number] = self._scores(number, pool)
            for target, grade in one.grades.items():
                self.gains[number, [place[row] for row in self.rows_of[target]]] = grade
        self.ideal = _dcg(self.gains, self.gains)
        self.mean_question, self.mean_passage = self.asks.mean(axis=0), self.vectors.mean(axis=0)
        self.questions = self.asks - self.mean_question
        self.passages = self.vectors - self.mean_passage
        varied = (self.questions.std(axis=0) > FLAT) & (self.passages.std(axis=0) > FLAT)
        self.varied = np.flatnonzero(varied)  # dimensions: an encoder may keep some for languages that do not occur
        self.scale = np.float32(_length(self.questions) * _length(self.passages))
        cosines = self.asks @ self.asks.T
        self.width = WIDTH * max(float(cosines[np.triu_indices(len(labelled), 1)].std()), 1e-6)
        self.nearness = (cosines - 1) / np.float32(self.width)
        self.terms = [generation.lexical.terms(one.text) for one in labelled]

    def _rows_of(self) -> dict[Target, list[int]]:
        rows: dict[Target, list[int]] = {target: [] for one in self.labelled for target in one.grades}
        for document, targets in self.named.items():
            for row, target in zip(self.generation.rows(document).tolist(), targets, strict=True):
                if target in rows:
                    rows[target].append(row)
        return rows

    def _scores(self, number: int, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Of some rows: what the search makes of a question, and the shares of words."""
        generation, vector = self.generation, self.asks[number]
        lang = language(self.labelled[number].text)
        found = generation.background.deviations(vector, rows, generation.dense.vectors(rows) @ vector)
        matching, matched = generation.by_words(self.labelled[number].text, candidates.MATCHES)
        share_of = dict(zip(matching.tolist(), matched.tolist(), strict=True))
        shares = np.array([share_of.get(row, 0.0) for row in rows.tolist()])
        foreign = candidates.is_foreign(generation, rows, lang)
        found += scoring.words_and_handicaps(generation, rows, lang, found, shares, foreign)
        return found.astype(np.float32), shares.astype(np.float32)

    def confidence(self, number: int, cosines: Floats, share: float) -> float:
        """What the search would make of a question's cosines with passages, and of the best one's share of words."""
        nearest = np.argsort(-cosines)[: assurance.NEAREST]
        near = cosines[nearest]
        [deviation] = self.generation.background.deviations(self.asks[number], self.pool[nearest[:1]], near[:1])
        seen = Evidence(assurance.nearness(near, len(self.generation)), float(deviation), share)
        return calibration(self.embedder.fingerprint, language(self.labelled[number].text)).confidence(seen)

    def _pool(self) -> NDArray[np.int64]:
        """The rows that are compared: all that a question wants, and the strongest that it does not, in turns."""
        wanted = {row for rows in self.rows_of.values() for row in rows}
        ranked: list[list[int]] = []
        for number, one in enumerate(self.labelled):
            near, _ = self.generation.dense.search(self.asks[number], STRONGEST)
            matching, _ = self.generation.by_words(one.text, STRONGEST)
            ranked.append([row for pair in itertools.zip_longest(near.tolist(), matching.tolist()) for row in pair])
        pool = dict.fromkeys(sorted(wanted))
        for rank in itertools.zip_longest(*ranked):
            if len(pool) >= MOST_COMPARED:
                break
            pool.update(dict.fromkeys(row for row in rank if row is not None))
        return np.array(list(pool), np.int64)

    def wording(self, train: NDArray[np.int64]) -> Wording:
        """The words of some of the questions."""
        return Wording.of([self.terms[number] for number in train.tolist()])

    def adapter(
        self,
        train: NDArray[np.int64],
        form: Floats,
        gate: NDArray[np.float64],
        sure: float = 0.0,
        scores: dict[str, Any] | None = None,
    ) -> Adapter:
        """An adapter from some of the questions."""
        known = [self.labelled[number] for number in train.tolist()]
        targets = {target: column for column, target in enumerate(sorted({t for one in known for t in one.grades}))}
        pairs = sorted(
            (targets[target], number, grade / max(one.grades.values()))
            for number, one in enumerate(known)
            for target, grade in one.grades.items()
        )
        head = Head(
            embedding=self.embedder.fingerprint,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            data=digest(self.labelled),
            questions=len(known),
            targets=tuple(targets),
            width=self.width,
            memory=MEMORY,
            words=WORDS,
            gate=tuple(gate.tolist()),
            sure=sure,
            scores=scores or {},
        )
        return Adapter(
            head,
            asks=self.asks[train],
            wording=self.wording(train),
            pairs=np.array([(number, column) for column, number, _ in pairs], np.int32).reshape(-1, 2),
            grades=np.array([grade for _, _, grade in pairs], np.float32),
            mean_question=self.mean_question,
            mean_passage=self.mean_passage,
            form=form,
        )


class _Remembering:
    """An Embedder that embeds each labelled question once."""

    def __init__(self, embedder: Embedder, labelled: Sequence[Labelled]) -> None:
        self.fingerprint, self.dimensions = embedder.fingerprint, embedder.dimensions
        self.max_tokens, self.count_tokens = embedder.max_tokens, embedder.count_tokens
        self.embed_passages, self._embed = embedder.embed_passages, embedder.embed_query
        self._known: dict[str, Floats] = {}

    def embed_query(self, text: str) -> Floats:
        """The vector of a question."""
        if text not in self._known:
            self._known[text] = self._embed(text)
        return self._known[text]


class _Fold:
    """Questions held out, and what the others have taught."""

    def __init__(self, desk: _Desk, folds: NDArray[np.int64], fold: int, progress: Progress) -> None:
        self.train, self.test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        self.form = _trained(desk, self.train)
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

    def evidence(self, desk: _Desk, gate: NDArray[np.float64], taken_away: bool) -> tuple[list[float], Floats]:
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


def _gate(folds: Sequence[_Fold], held: NDArray[np.int64]) -> NDArray[np.float64]:
    """What known passages get for evidence that a question wants one, learnt from all questions but those `held`."""
    evidence, wants = [np.zeros((0, adapting.EVIDENCE))], [np.zeros(0, np.bool_)]
    for fold in folds:
        if fold.touched.any() and not fold.touched.all():  # else there is nothing to tell from another
            left = ~np.isin(fold.test, held)
            evidence.append(fold.lifted(fold.base)[1][left])
            wants.append(fold.wants[left])
    return STRENGTH * gating.fit(np.concatenate(evidence), np.concatenate(wants))


def _moved(gate: NDArray[np.float64], offset: float) -> NDArray[np.float64]:
    return np.append(gate[:-1], gate[-1] + offset)


def _best(values: Floats, grades: Floats) -> Floats:
    """For each question and passage the best of the known questions' values, times how well it is answered there."""
    best = np.zeros((len(values), grades.shape[1]), np.float32)
    for number, graded in enumerate(grades):
        columns = np.flatnonzero(graded)
        best[:, columns] = np.maximum(best[:, columns], values[:, number, None] * graded[columns])
    return best


def _trained(desk: _Desk, train: NDArray[np.int64]) -> Floats:
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


def _quick(desk: _Desk, folds: Sequence[_Fold], gates: Sequence[NDArray[np.float64]]) -> dict[float, Floats]:
    """nDCG@10 of each question by either way of folding, over the compared passages, for each offset: 2 x n."""
    found = {offset: np.empty((2, len(desk.labelled)), np.float32) for offset in OFFSETS}
    for number, (fold, gate) in enumerate(zip(folds, gates, strict=True)):
        scores = fold.scores(fold.base, gate)
        for offset, scored in found.items():
            moved = scores + np.float32(offset) * fold.touched
            scored[number // FOLDS, fold.test] = _ndcg(moved, desk.gains[fold.test], desk.ideal[fold.test])
    return found


def _assured(desk: _Desk, folds: Sequence[_Fold], gates: Sequence[NDArray[np.float64]]) -> Assurance:
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


def _judged(desk: _Desk, numbers: Sequence[int] | NDArray[np.int64], adapter: Adapter | None) -> NDArray[np.float64]:
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


def _random_folds(count: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).permutation(count) % FOLDS


def _folds_apart(gains: Floats, seed: int) -> NDArray[np.int64]:
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


def _seen(gains: Floats, folds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether questions of the other folds want something that this one wants."""
    known = [(gains[folds != fold] > 0).any(axis=0) for fold in range(FOLDS)]
    return np.array([bool((known[fold] & (row > 0)).any()) for fold, row in zip(folds.tolist(), gains, strict=True)])


def _ndcg(scores: Floats, gains: Floats, ideal: Floats) -> Floats:
    """nDCG@10 of each row, as `metrics.ndcg` defines it, at once; `ideal` is the DCG of the gains themselves."""
    found: Floats = _dcg(scores, gains) / ideal
    return found


def _dcg(scores: Floats, gains: Floats) -> Floats:
    first = min(10, scores.shape[1])
    top = np.argpartition(scores, -first, axis=1)[:, -first:]
    order = np.take_along_axis(top, np.argsort(-np.take_along_axis(scores, top, 1), axis=1, kind="stable"), 1)
    discount = (1 / np.log2(np.arange(2, first + 2))).astype(np.float32)
    found: Floats = np.take_along_axis(gains, order, 1) @ discount
    return found


def _length(vectors: Floats) -> float:
    return max(float(np.linalg.norm(vectors, axis=1).mean()), 1e-6)


def digest(labelled: Sequence[Labelled]) -> str:
    """The SHA-256 of questions and judgements, whatever their order."""
    lines: Iterator[str] = (json.dumps([one.text, sorted(map(list, one.grades.items()))]) for one in labelled)
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
