"""Reads which passages answer which questions: an evaluation set, or JSON Lines of curated questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.embedder import Embedder
from knowledge.errors import SetupError
from knowledge.index.adapting import Target, target_of
from knowledge.index.store import Generation
from tuning import records
from tuning.evaluating import evaluation
from tuning.transferring.desk import Labelled

EXPECTED = (
    '{"question": …, "passages": [id or anchor, …]} or {"question": …, "document": id or source}; '
    '"rating": "down" is passed over'
)


@dataclass(frozen=True, slots=True)
class Labels:
    """What was read."""

    labelled: tuple[Labelled, ...]
    left_out: int  # questions that name nothing in the knowledge base


def read(paths: Sequence[Path], generation: Generation, embedder: Embedder) -> Labels:
    """The labels of folders (queries.jsonl, qrels.tsv) and files. Raises SetupError naming the line that is wrong.

    A corpus id is a passage's anchor or its id. Where only a document is named, its passage nearest to the question
    and the answer counts. A question that comes twice has the labels of both.
    """
    named: dict[str, set[Target]] = {}
    for document_id in generation.documents:
        for passage in generation.passages(document_id):
            for name in (passage.id, passage.anchor):
                if name:
                    named.setdefault(name, set()).add(target_of(passage))
    found: dict[str, dict[Target, int]] = {}
    left_out = 0
    for path in paths:
        if path.is_dir() and (path / "card.json").is_file() and not (path / "qrels.tsv").is_file():
            raise SetupError(
                f"{path} is a data set to train a model on. Its questions stand in the knowledge base as they are, so "
                f"they teach the search nothing. Labels are JSON Lines of customers' own questions, {EXPECTED}; or a "
                "folder with queries.jsonl and qrels.tsv."
            )
        pairs = _of_set(path, named) if path.is_dir() else _of_lines(path, named, generation, embedder)
        for question, grades in pairs:
            left_out += not grades
            if grades:
                known = found.setdefault(question, {})
                known.update({target: max(grade, known.get(target, 0)) for target, grade in grades.items()})
    return Labels(tuple(Labelled(question, grades) for question, grades in found.items()), left_out)


def _of_set(folder: Path, named: dict[str, set[Target]]) -> Iterator[tuple[str, dict[Target, int]]]:
    judged = evaluation.judgements(folder)
    for question in evaluation.questions(folder):
        grades = {name: grade for name, grade in judged.get(question.id, {}).items() if grade > 0}
        if grades:
            yield question.text, {target: grade for name, grade in grades.items() for target in named.get(name, ())}


def _of_lines(
    path: Path, named: dict[str, set[Target]], generation: Generation, embedder: Embedder
) -> Iterator[tuple[str, dict[Target, int]]]:
    documents = {document.source: document.id for document in generation.documents.values()}
    for number, line in records.given(path):
        try:
            record = records.parsed(line)
            question = record["question"].strip()
            names = record.get("passages") or record.get("passage_ids") or []
            targets = {target for name in names for target in named.get(name, ())}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise SetupError(f"{path}, line {number}: expected {EXPECTED}.") from None
        if record.get("rating") == "down":
            continue
        document = record.get("document")
        document_id = documents.get(document, document)
        if not names and document_id in generation.documents:
            targets = {_nearest(document_id, record, generation, embedder)}
        yield question, dict.fromkeys(targets, 1)


def _nearest(document_id: str, record: dict[str, Any], generation: Generation, embedder: Embedder) -> Target:
    asked = "\n".join(str(record[name]) for name in ("question", "corrected_answer", "answer") if record.get(name))
    cosines = generation.dense.cosines(embedder.embed_query(asked), generation.rows(document_id))
    return target_of(generation.passages(document_id)[int(cosines.argmax())])
