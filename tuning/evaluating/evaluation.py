"""Asks every question of an evaluation set through the real search and says how well it did."""

from __future__ import annotations

import gzip
import statistics
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from knowledge.errors import SetupError
from knowledge.passages import Found
from tuning import metrics, records
from tuning.metrics import Estimate, Grades

Search = Callable[[str, int, Sequence[str]], Found]  # a question, how many passages, what was asked before
DEPTH = 200  # passages asked for: MAP needs a long ranking
PERFECT = 0.9995  # nDCG@10: from here on it is shown as 1
SHOWN = 10  # passages asked for when a search is timed: what an answer is made from


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a set."""

    id: str
    text: str
    lang: str
    meta: dict[str, Any]
    history: tuple[str, ...] = ()  # what the customer asked before, oldest first


@dataclass(frozen=True, slots=True)
class Judged:
    """One question with what became of it."""

    question: Question
    scores: dict[str, float]
    found: tuple[str, ...]  # the first documents of the ranking
    wanted: tuple[str, ...]  # the relevant ones
    confidence: float


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """What `evaluate retrieval` prints."""

    judged: tuple[Judged, ...]
    ms_per_query_p50: float
    ms_per_query_p95: float

    @property
    def scores(self) -> dict[str, Estimate]:
        """Each metric over all questions."""
        return {name: metrics.bootstrap(self.values(name)) for name in self.judged[0].scores}

    def values(self, metric: str) -> list[float]:
        """A metric's value for each question."""
        return [one.scores[metric] for one in self.judged]

    def groups(self, of: Callable[[Question], str]) -> dict[str, dict[str, Estimate]]:
        """Each metric over the questions of each group, such as a language."""
        members: dict[str, list[Judged]] = {}
        for one in self.judged:
            members.setdefault(of(one.question), []).append(one)
        return {name: RetrievalScores(tuple(some), 0, 0).scores for name, some in sorted(members.items())}

    def worst(self, count: int = 10) -> list[Judged]:
        """The questions whose right documents stand lowest, be it at the top."""
        return sorted(self.judged, key=lambda one: (one.scores["nDCG@10"], one.scores["MAP"]))[:count]

    def wrong(self, count: int = 10) -> list[Judged]:
        """Of these, the ones of which something stands too low."""
        return [one for one in self.worst(count) if one.scores["nDCG@10"] < PERFECT]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: each metric as value, low and high."""
        return {
            **{name: asdict(estimate) for name, estimate in self.scores.items()},
            "queries": len(self.judged),
            "ms_per_query_p50": self.ms_per_query_p50,
            "ms_per_query_p95": self.ms_per_query_p95,
            "by_language": _plain(self.groups(lambda question: question.lang)),
            "by_type": _plain(self.groups(kind)),
            "worst": [
                {"id": one.question.id, "text": one.question.text, "found": one.found[:3], "wanted": one.wanted}
                for one in self.worst()
            ],
        }


@dataclass(frozen=True, slots=True)
class ConversationScores:
    """What `evaluate conversation` prints."""

    by_turn: dict[str, dict[str, Estimate]]  # retrieval by the number of the turn
    all_turns: dict[str, Estimate]
    turns: int  # those with relevant documents
    refused: dict[str, tuple[int, int]]  # of each answerability, how many were refused, of how many


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
    fitted_threshold: float  # at which one in twenty of these answerable questions is refused
    refused_wrongly: tuple[str, ...]  # answerable questions, the least sure first
    answered_wrongly: tuple[str, ...]  # unanswerable ones, the surest first


def corpus_file(folder: Path) -> Path:
    """The corpus of a set, packed or not. Raises SetupError when there is none."""
    return _either(folder, "corpus.jsonl")


def questions(folder: Path, name: str = "queries.jsonl") -> list[Question]:
    """The questions of a set, each by an id of its own.

    Raises SetupError when the file is missing or empty, or a line is not a question.
    """
    path = _either(folder, name)
    found: dict[str, Question] = {}
    for number, line in _lines(path):
        try:
            entry = records.parsed(line)
            text = entry["text"] if "text" in entry else entry["question"]  # tasks of conversations say question
            meta = {**entry, **(entry.get("meta") or {})}
            meta["turn"] = int(meta.get("turn") or 0)
            question = Question(
                str(entry["id"]), text.strip(), entry.get("lang") or "", meta, _asked(entry.get("history"))
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise SetupError(f'{path}, line {number}: expected {{"id": …, "text": …}}.') from None
        if question.id in found:
            raise SetupError(f"{path}, line {number}: another question has the id {question.id}, too.")
        found[question.id] = question
    if not found:
        raise SetupError(f"{path} holds no question.")
    return list(found.values())


def judgements(folder: Path, needed: bool = True) -> dict[str, Grades]:
    """`qrels.tsv`: for each question the grades of its documents; none where it is missing and not needed."""
    if not needed and not any((folder / name).is_file() for name in ("qrels.tsv", "qrels.tsv.gz")):
        return {}
    path = _either(folder, "qrels.tsv")
    grades: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        try:
            query, document, grade = line.rstrip("\n").split("\t")
            grades.setdefault(query, {})[document] = int(float(grade))
        except (ValueError, OverflowError):
            if number == 1:
                continue  # the header
            raise SetupError(f"{path}, line {number}: expected query-id, corpus-id and score parted by tabs.") from None
    return dict(grades)


def retrieval(
    search: Search, asked: Sequence[Question], judged: dict[str, Grades], progress: Callable[[int], None]
) -> RetrievalScores:
    """Ask every judged question; a hit counts for the corpus entry that its anchor names.

    Raises SetupError where no question has a right document, or none of these is found for any question.
    """
    judged_questions, took, right = [], [], 0
    for question in asked:
        progress(1)
        grades = judged.get(question.id)
        if not grades or not any(grade > 0 for grade in grades.values()):
            continue
        started = time.perf_counter()
        search(question.text, SHOWN, question.history)
        took.append(1000 * (time.perf_counter() - started))
        found = search(question.text, DEPTH, question.history)
        ranking = list(dict.fromkeys(hit.passage.anchor or hit.passage.id for hit in found.hits))
        wanted = tuple(name for name, grade in grades.items() if grade > 0)
        right += any(name in wanted for name in ranking)
        scores = _scores(ranking, grades)
        judged_questions.append(Judged(question, scores, tuple(ranking[:SHOWN]), wanted, found.confidence))
    if not took:
        raise SetupError(
            "No question of this set has a right document: qrels.tsv names the questions by the ids of queries.jsonl, "
            "with a score of 1 or more."
        )
    if not right:
        first = judged_questions[0]
        raise SetupError(
            f"Not one right document was found for any question: {first.question.text[:80]!r} wants {first.wanted[0]}, "
            f"and found {', '.join(first.found[:3]) or 'nothing'}. qrels.tsv has to name passages as the knowledge "
            "base does: madoguchi search QUESTION --json tells their anchors, or where there is none their ids."
        )
    return RetrievalScores(
        judged=tuple(judged_questions),
        ms_per_query_p50=round(statistics.median(took), 2),
        ms_per_query_p95=round(sorted(took)[int(0.95 * (len(took) - 1))], 2),
    )


def kind(question: Question) -> str:
    """The type of a question, where the set gives one."""
    told = question.meta.get("type") or question.meta.get("question_type") or ""
    return ", ".join(told) if isinstance(told, list) else str(told)


def conversation(
    search: Search,
    tasks: Sequence[Question],
    judged: dict[str, Grades],
    threshold: float,
    progress: Callable[[int], None],
) -> ConversationScores:
    """Ask every turn with what was asked before it; refusals are counted for turns without documents too.

    Where no turn has a document, only they are.
    """
    with_documents = [task for task in tasks if any(grade > 0 for grade in judged.get(task.id, {}).values())]
    scores = retrieval(search, with_documents, judged, progress) if with_documents else None
    known = {one.question.id: one.confidence for one in scores.judged} if scores else {}
    refused: dict[str, tuple[int, int]] = {}
    for task in tasks:
        if task.id not in known:
            progress(1)
        sure = known[task.id] if task.id in known else search(task.text, SHOWN, task.history).confidence
        answerability = str(task.meta.get("answerability") or "unknown")
        so_far, of = refused.get(answerability, (0, 0))
        refused[answerability] = so_far + (sure < threshold), of + 1
    if scores is None:
        return ConversationScores({}, {}, 0, dict(sorted(refused.items())))
    by_turn = scores.groups(lambda task: f"{int(task.meta.get('turn') or len(task.history) + 1):>2}")  # in their order
    by_turn = {turn.strip(): of_turn for turn, of_turn in by_turn.items()}
    return ConversationScores(by_turn, scores.scores, len(with_documents), dict(sorted(refused.items())))


def refusal(
    search: Search, answerable: Sequence[Question], unanswerable: Sequence[Question], threshold: float
) -> RefusalScores:
    """Compare the confidence of questions that can be answered with that of questions that cannot."""
    good = sorted((search(one.text, 5, one.history).confidence, one.text) for one in answerable)
    bad = sorted(((search(one.text, 5, one.history).confidence, one.text) for one in unanswerable), reverse=True)
    known, foreign = [sure for sure, _ in good], [sure for sure, _ in bad]
    at_5_percent = known[int(0.05 * len(known))]
    return RefusalScores(
        answerable=len(good),
        unanswerable=len(bad),
        auroc=metrics.auroc(known, foreign),
        refused_at_5_percent_false=sum(sure < at_5_percent for sure in foreign) / len(foreign),
        threshold=threshold,
        false_refusals=sum(sure < threshold for sure in known) / len(known),
        false_answers=sum(sure >= threshold for sure in foreign) / len(foreign),
        fitted_threshold=at_5_percent,
        refused_wrongly=tuple(text for sure, text in good if sure < threshold),
        answered_wrongly=tuple(text for sure, text in bad if sure >= threshold),
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


def _asked(history: Any) -> tuple[str, ...]:
    """What the customer said, of turns {role, text}."""
    turns = [turn for turn in history or [] if turn.get("role") in ("user", "customer")]
    return tuple(str(turn["text"]) for turn in turns)


def _plain(groups: dict[str, dict[str, Estimate]]) -> dict[str, dict[str, Any]]:
    return {name: {metric: asdict(one) for metric, one in scores.items()} for name, scores in groups.items()}


def _either(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise SetupError(
        f"{folder} has no {name}: an evaluation set holds corpus.jsonl, queries.jsonl and qrels.tsv, for refusals "
        "oos_queries.jsonl, for conversations tasks.jsonl (docs/tuning.md)."
    )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers. Raises SetupError when they cannot be read."""
    if path.suffix != ".gz":
        yield from records.given(path)
        return
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig") as file:
            yield from ((number, line) for number, line in enumerate(file, start=1) if line.strip())
    except (OSError, EOFError, zlib.error):
        raise SetupError(f"{path} cannot be unpacked.") from None
    except UnicodeDecodeError:
        raise SetupError(f"{path} is not written in UTF-8.") from None
