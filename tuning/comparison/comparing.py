"""Says which of several methods has answered the same questions best, by how much, and how sure that is."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from knowledge.errors import SetupError
from knowledge.passages import Hit
from knowledge.progress import Progress
from tuning import metrics
from tuning.comparison import answer_metrics
from tuning.comparison.answer_metrics import Embed, Vector
from tuning.comparison.asking import Answers
from tuning.comparison.cases import Case, together
from tuning.comparison.methods import Method
from tuning.datasets.near_duplicates import normal
from tuning.metrics import Difference, Estimate

METRICS = (
    "quality", "substance", "overlap", "facts", "similarity", "citation_precision", "citation_recall", "supported",
    "right_refusal", "wrong_refusal", "language_match",
)  # fmt: skip
FEWEST_IN_GROUP = 5  # questions: of fewer no mean is shown
MOST_TOPICS = 12
AT_ONCE = 32  # texts that are embedded between two steps of the progress


@dataclass(frozen=True, slots=True)
class Scores:
    """One method's figures."""

    name: str
    title: str
    values: dict[str, Estimate | None]
    first_token_ms: float  # median
    total_ms: float
    total_ms_p95: float
    tokens_per_answer: float
    cost_per_1000: float  # in the operator's currency, at today's prices
    effort: int
    behind: Difference | None  # quality against the best; None for the best itself
    p_adjusted: float | None  # by Holm, over all comparisons with the best
    groups: dict[str, dict[str, Estimate]]  # quality by what, and by its values

    @property
    def quality(self) -> Estimate:
        """What methods are compared by."""
        estimate = self.values["quality"]
        assert estimate is not None, "every answer has a quality"
        return estimate

    @property
    def is_worse(self) -> bool:
        """Whether it is worse than the best, beyond chance."""
        return (
            self.behind is not None
            and self.behind.high < 0
            and self.p_adjusted is not None
            and self.p_adjusted < metrics.ALPHA
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of one comparison; `scores` are sorted, the best first."""

    scores: tuple[Scores, ...]
    questions: int
    held: int  # questions of the set
    answerable: int
    in_index: int  # questions that stand word for word in the knowledge base
    learnt: int  # questions that an adapted search has learnt from
    seed: int
    qualities: dict[str, list[float]]  # by method, a value for each question, in the same order for all
    ids: tuple[str, ...]
    substances: dict[str, list[float]] = field(default_factory=dict)  # the quality without the wording, as `qualities`
    together: tuple[int, ...] = ()  # the same number for questions that hang together, in the same order

    def as_dict(self) -> dict[str, Any]:
        """For `--json` and for the file that is kept."""
        return asdict(self)


def compare(
    methods: Sequence[Method],
    cases: Sequence[Case],
    answers: Answers,
    evidence: Callable[[Case], Sequence[Hit]],
    embed: Embed,
    progress: Progress,
    seed: int = 0,
    learnt: Collection[str] = (),
) -> Comparison:
    """Measure what was answered, over the questions that all methods have answered.

    `evidence` are the passages that a sentence may rest on, `learnt` the ids of questions that an adapted search has
    learnt from: their figures are shown apart. The same answers and seed give the same numbers. Raises
    SetupError when no question was answered by all.
    """
    asked = answers.complete(cases)
    if not asked or not methods:
        told = "".join(f" {name}: {why}" for name, why in answers.failed.items())
        raise SetupError(f"No question was answered by {'every' if methods else 'any'} method.{told}")
    grounds = {case.id: evidence(case) for case in asked}
    known = {case.id for case in asked if _stands_in(case, grounds[case.id])}
    learnt = {case.id for case in asked if case.id in learnt}
    measured = _measured(methods, asked, answers, grounds, embed, progress)
    qualities = {name: [row["quality"] or 0.0 for row in rows] for name, rows in measured.items()}
    substances = {name: [row["substance"] or 0.0 for row in rows] for name, rows in measured.items()}
    best = max(methods, key=lambda method: (statistics.fmean(qualities[method.name]), -method.effort))
    trials = together(asked)
    behind = {
        method.name: metrics.paired(qualities[method.name], qualities[best.name], seed=seed, together=trials)
        for method in methods
        if method is not best
    }
    adjusted = metrics.against_best(qualities, best.name, seed=seed, together=trials)

    def scored(method: Method) -> Scores:
        name = method.name
        given = [answers.by_method[name][case.id] for case in asked]
        return Scores(
            name,
            method.title,
            {metric: _estimate([row[metric] for row in measured[name]], trials, seed) for metric in METRICS},
            first_token_ms=round(statistics.median(answer.first_token_ms for answer in given), 1),
            total_ms=round(statistics.median(answer.total_ms for answer in given), 1),
            total_ms_p95=round(sorted(answer.total_ms for answer in given)[int(0.95 * (len(given) - 1))], 1),
            tokens_per_answer=round(statistics.fmean(a.prompt_tokens + a.completion_tokens for a in given), 1),
            cost_per_1000=round(1000 * statistics.fmean(answer.cost(method.served) for answer in given), 6),
            effort=method.effort,
            behind=behind.get(name),
            p_adjusted=adjusted.get(name),
            groups=_groups(asked, qualities[name], trials, known, learnt, seed),
        )

    return Comparison(
        tuple(sorted(map(scored, methods), key=lambda one: (-one.quality.value, one.effort, one.name))),
        len(asked),
        len(cases),
        sum(case.answerable for case in asked),
        len(known),
        len(learnt),
        seed,
        qualities,
        tuple(case.id for case in asked),
        substances,
        tuple(trials),
    )


def _measured(
    methods: Sequence[Method],
    cases: Sequence[Case],
    answers: Answers,
    grounds: Mapping[str, Sequence[Hit]],
    embed: Embed,
    progress: Progress,
) -> dict[str, list[dict[str, float | None]]]:
    """The metrics of each answer, by method, in the order of the cases."""
    vectors = _vectors(cases, answers, embed, progress)
    references = dict.fromkeys(case.reference for case in cases if case.reference)
    base = answer_metrics.baseline(np.stack([vectors[text] for text in references])) if references else 0
    progress.stage("measuring", len(cases) * len(methods))
    measured: dict[str, list[dict[str, float | None]]] = {method.name: [] for method in methods}
    for method in methods:
        for case in cases:
            answer = answers.by_method[method.name][case.id]
            compared = case.reference if answer.text in vectors else None
            pair = (vectors[answer.text], vectors[compared]) if compared else None
            measured[method.name].append(answer_metrics.score(case, answer.given, grounds[case.id], pair, base))
            progress.advance(1)
    return measured


def _vectors(cases: Sequence[Case], answers: Answers, embed: Embed, progress: Progress) -> Mapping[str, Vector]:
    """A unit vector for each text that is compared with another."""
    texts = []
    for case in cases:
        if case.reference:
            texts.append(case.reference)
            texts += [
                given[case.id].text
                for given in answers.by_method.values()
                if given[case.id].outcome == "answered" and given[case.id].text
            ]
    unique = list(dict.fromkeys(texts))
    progress.stage("reading answers", len(unique))
    vectors: dict[str, Vector] = {}
    for start in range(0, len(unique), AT_ONCE):
        some = unique[start : start + AT_ONCE]
        vectors |= zip(some, embed([answer_metrics.plain(text) or text for text in some]), strict=True)
        progress.advance(len(some))
    return vectors


def _estimate(values: Sequence[float | None], trials: Sequence[int], seed: int) -> Estimate | None:
    known = [(value, trial) for value, trial in zip(values, trials, strict=True) if value is not None]
    return _mean_of(known, seed) if known else None


def _stands_in(case: Case, hits: Sequence[Hit]) -> bool:
    return any(normal(hit.passage.question or "") == normal(case.question) for hit in hits)


def _mean_of(values: Sequence[tuple[float, int]], seed: int) -> Estimate:
    return metrics.bootstrap([value for value, _ in values], seed=seed, together=[trial for _, trial in values])


def _groups(
    cases: Sequence[Case],
    qualities: Sequence[float],
    trials: Sequence[int],
    known: set[str],
    learnt: set[str],
    seed: int,
) -> dict[str, dict[str, Estimate]]:
    """The quality by language, topic, and whether the question was seen before: in the documents, or by transfer."""
    parted: dict[str, dict[str, list[tuple[float, int]]]] = {"language": {}, "wording": {}, "transfer": {}, "topic": {}}
    for case, quality, trial in zip(cases, qualities, trials, strict=True):
        wording = "as in the documents" if case.id in known else "in other words"
        taught = ("learnt from" if case.id in learnt else "held out") if learnt else ""
        groups_of = {"language": case.asked_in, "wording": wording, "transfer": taught, "topic": case.topic}
        for what, value in groups_of.items():
            if value:
                parted[what].setdefault(value, []).append((quality, trial))
    groups: dict[str, dict[str, Estimate]] = {}
    for what, values in parted.items():
        large = sorted(
            ((name, each) for name, each in values.items() if len(each) >= FEWEST_IN_GROUP),
            key=lambda group: (-len(group[1]), group[0]),
        )[:MOST_TOPICS]
        if large:
            groups[what] = {name: _mean_of(each, seed) for name, each in large}
    return groups
