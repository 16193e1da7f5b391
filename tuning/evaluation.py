"""Asks every question of an evaluation set through the real search and says how well it did."""

from __future__ import annotations

import gzip
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from knowledge.errors import SetupError
from knowledge.passages import Found
from tuning import metrics
from tuning.metrics import Estimate, Grades

Search = Callable[[str, int], Found]  # a question and how many passages
DEPTH = 200  # passages asked for: MAP needs a long ranking
SHOWN = 10  # passages asked for when a search is timed: what an answer is made from


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a set."""

    id: str
    text: str
    lang: str
    meta: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """What `evaluate retrieval` prints."""

    queries: int
    ms_per_query_p50: float
    ms_per_query_p95: float
    scores: dict[str, Estimate]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: each metric as value, low and high."""
        fields = asdict(self)
        return {**fields.pop("scores"), **fields}


@dataclass(frozen=True, slots=True)
class RefusalScores:
    """What `evaluate refusal` prints."""

    answerable: int
    unanswerable: int
    auroc: float
    refused_at_5_percent_false: float
    threshold: float
    false_refusals: float  # of the answerable ones, at the shipped threshold
    false_answers: float  # of the unanswerable ones, at the shipped threshold


def corpus_file(folder: Path) -> Path:
    """The corpus of a set, packed or not. Raises SetupError when there is none."""
    return _either(folder, "corpus.jsonl")


def questions(folder: Path, name: str = "queries.jsonl") -> list[Question]:
    """The questions of a set. Raises SetupError when the file is missing or a line is not a question."""
    path = _either(folder, name)
    found = []
    for number, line in enumerate(_lines(path), start=1):
        try:
            entry = json.loads(line)
            found.append(Question(str(entry["id"]), entry["text"], entry.get("lang", ""), entry.get("meta", {})))
        except (ValueError, KeyError, TypeError):
            raise SetupError(f'{path}, line {number}: expected {{"id": …, "text": …}}.') from None
    return found


def judgements(folder: Path) -> dict[str, Grades]:
    """`qrels.tsv`: for each question the grades of its documents."""
    path = _either(folder, "qrels.tsv")
    grades: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_lines(path), start=1):
        if number == 1 or not line.strip():
            continue  # the header
        try:
            query, document, grade = line.rstrip("\n").split("\t")
            grades.setdefault(query, {})[document] = int(grade)
        except ValueError:
            raise SetupError(f"{path}, line {number}: expected query-id, corpus-id and score parted by tabs.") from None
    return dict(grades)


def retrieval(
    search: Search, asked: Sequence[Question], judged: dict[str, Grades], progress: Callable[[int], None]
) -> RetrievalScores:
    """Ask every judged question; a hit counts for the corpus entry that its anchor names."""
    per_metric: dict[str, list[float]] = {}
    took = []
    for question in asked:
        progress(1)
        grades = judged.get(question.id)
        if not grades or not any(grade > 0 for grade in grades.values()):
            continue
        started = time.perf_counter()
        search(question.text, SHOWN)
        took.append(1000 * (time.perf_counter() - started))
        found = search(question.text, DEPTH)
        ranking = list(dict.fromkeys(hit.passage.anchor or hit.passage.id for hit in found.hits))
        for name, value in _scores(ranking, grades).items():
            per_metric.setdefault(name, []).append(value)
    if not took:
        raise SetupError("No question of this set has a judged document.")
    return RetrievalScores(
        queries=len(took),
        ms_per_query_p50=round(statistics.median(took), 2),
        ms_per_query_p95=round(sorted(took)[int(0.95 * (len(took) - 1))], 2),
        scores={name: metrics.bootstrap(values) for name, values in per_metric.items()},
    )


def refusal(search: Search, answerable: Sequence[str], unanswerable: Sequence[str], threshold: float) -> RefusalScores:
    """Compare the confidence of questions that can be answered with that of questions that cannot."""
    good = [search(text, 5).confidence for text in answerable]
    bad = [search(text, 5).confidence for text in unanswerable]
    at_5_percent = sorted(good)[int(0.05 * len(good))]
    return RefusalScores(
        answerable=len(good),
        unanswerable=len(bad),
        auroc=metrics.auroc(good, bad),
        refused_at_5_percent_false=sum(score < at_5_percent for score in bad) / len(bad),
        threshold=threshold,
        false_refusals=sum(score < threshold for score in good) / len(good),
        false_answers=sum(score >= threshold for score in bad) / len(bad),
    )


def _scores(ranking: Sequence[str], grades: Grades) -> dict[str, float]:
    return {
        "P@1": metrics.precision_at_1(ranking, grades),
        "MRR@10": metrics.reciprocal_rank(ranking, grades),
        "nDCG@10": metrics.ndcg(ranking, grades),
        "R@5": metrics.recall(ranking, grades, 5),
        "R@10": metrics.recall(ranking, grades, 10),
        "MAP": metrics.average_precision(ranking, grades),
    }


def _either(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise SetupError(f"{folder} has no {name}: an evaluation set holds corpus.jsonl, queries.jsonl and qrels.tsv.")


def _lines(path: Path) -> Iterator[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        yield from file
