"""The noun of tuning: a question with the answer that the company stands behind, and where both come from."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from knowledge.errors import SetupError
from knowledge.language.languages import language
from knowledge.passages import Passage
from tuning import records
from tuning.datasets import near_duplicates

Origin = Literal["faq", "log", "curated"]
BEFORE_QUESTION = "The customer's question:\n"  # below the passages of a prompt, as the counter writes it
_CITATION = re.compile(r"[ \t\u3000]?\[\d{1,9}\]")
_CORRECTED = ("corrected_answer", "answer")  # in this order: a correction is worth more than what it corrects


@dataclass(frozen=True, slots=True)
class Example:
    """One question and its answer. What is not known is None."""

    id: str  # stable: the same question and answer from the same place keep it
    question: str
    answer: str
    lang: str
    origin: Origin
    source: str  # as the operator knows it: "faq_ja.csv, row 3"
    passage_ids: tuple[str, ...] = ()  # of the knowledge base, where the answer stands
    conversation: str | None = None
    customer: str | None = None
    agent: str | None = None
    channel: str | None = None
    topic: str | None = None
    rating: float | None = None
    at: str | None = None  # when it was said or last changed: ISO 8601
    rejected: str | None = None  # an answer to the same question that was judged worse


def of_passages(passages: Iterable[Passage]) -> Iterator[Example]:
    """The FAQ's pairs and the resolved conversations of a knowledge base.

    A long answer that was cut into several passages is one example again.
    """
    pairs: dict[tuple[str, ...], list[Passage]] = {}
    for passage in passages:
        if passage.question is not None:
            key = (passage.document_id, passage.question, passage.anchor or "", str(passage.row or ""))
            pairs.setdefault(key, []).append(passage)
    for pieces in pairs.values():
        first = pieces[0]
        if first.question is None:
            continue
        answer = "\n".join(piece.text for piece in pieces)
        is_log = first.kind == "log"
        yield Example(
            id=_id(first.document_id, first.question, answer),
            question=first.question,
            answer=answer,
            lang=first.lang,
            origin="log" if is_log else "faq",
            source=_source(first),
            passage_ids=tuple(piece.id for piece in pieces),
            conversation=f"{first.document_id}/{first.anchor}" if is_log and first.anchor else None,
            topic=" > ".join(first.headings) or None,
            at=first.updated,
        )


def of_curated(path: Path) -> Iterator[Example]:
    """Answers that people wrote, chose or corrected: JSON Lines with `question` and `answer`, the rest optional.

    An exported feedback file is one too: its `corrected_answer` is the answer, and what it corrects the rejected one.
    An answer that was not corrected counts where it answered and no thumb went down; other lines without an answer
    are passed over. Raises SetupError naming the line that is wrong.
    """
    for number, line in records.given(path):
        try:
            record = records.parsed(line)
            question = record["question"].strip()
        except (ValueError, KeyError, TypeError, AttributeError):
            raise SetupError(f'{path}, line {number}: expected {{"question": …, "answer": …}}.') from None
        if record.get("message_id"):  # the counter said it, from passages that no row shows
            record["answer"] = _CITATION.sub("", str(record.get("answer") or ""))
        answer = next((str(record[name]).strip() for name in _CORRECTED if record.get(name)), "")
        disliked = record.get("rating") == "down" or record.get("outcome", "answered") != "answered"
        if answer and (record.get("corrected_answer") or not disliked):
            yield _curated(record, question, answer, f"{path.name}, line {number}")


def _curated(record: dict[str, Any], question: str, answer: str, source: str) -> Example:
    rejected = record.get("rejected") or (record.get("answer") if record.get("corrected_answer") else None)
    rating = record.get("rating")

    def known(name: str) -> str | None:
        return str(record[name]) if record.get(name) else None

    return Example(
        id=_id("curated", question, answer),
        question=question,
        answer=answer,
        lang=record.get("lang") or language(f"{question}{answer}"),
        origin="curated",
        source=source,
        conversation=record.get("conversation_id") or record.get("session_id"),
        at=known("at"),
        rating=float(rating) if isinstance(rating, int | float) else None,
        rejected=str(rejected).strip() if rejected and str(rejected).strip() != answer else None,
        customer=known("customer"),
        agent=known("agent"),
        channel=known("channel"),
        topic=known("topic"),
    )


def write(path: Path, examples: Iterable[Example]) -> None:
    """One example a line; what is not known is left out."""
    with path.open("w", encoding="utf-8") as file:
        for example in examples:
            known = {name: value for name, value in asdict(example).items() if value not in (None, ())}
            file.write(json.dumps(known, ensure_ascii=False) + "\n")


def read(path: Path) -> list[Example]:
    """What `write` wrote. Raises SetupError naming the line that is wrong."""
    names = {field.name for field in fields(Example)}
    examples = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                record = {name: value for name, value in json.loads(line).items() if name in names}
                record["passage_ids"] = tuple(record.get("passage_ids", ()))
                examples.append(Example(**record))
            except (ValueError, TypeError, AttributeError):
                raise SetupError(f"{path}, line {number}: this is no example of a data set.") from None
    return examples


def of_rows(asked: Sequence[tuple[int, str]], known: Sequence[Example]) -> list[Example | None]:
    """The example of each row, told from its line's number and its question, or None where no example asks that.

    So rows stay who they are when somebody has deleted, moved or changed others by hand.
    """
    plain = [near_duplicates.normal(example.question) for example in known]
    named = dict(zip(plain, known, strict=True))
    found: list[Example | None] = []
    for number, question in asked:
        text = near_duplicates.normal(question.rpartition(BEFORE_QUESTION)[2])
        at_its_place = number <= len(known) and text == plain[number - 1]
        found.append(known[number - 1] if at_its_place else named.get(text))
    return found


def left(folder: Path, split: str) -> list[Example]:
    """What is known of the rows of a data set's split, without those that somebody has deleted from its file."""
    known, path = read(folder / f"{split}.examples.jsonl"), folder / f"{split}.jsonl"
    if not path.is_file():
        return known
    asked = [(number, _asked(path, number, line)) for number, line in records.given(path)]
    there = {example.id for example in of_rows(asked, known) if example is not None}
    return [example for example in known if example.id in there]


def _asked(path: Path, number: int, line: str) -> str:
    try:
        row = records.parsed(line)
        return str((row["messages"][:-1] if "messages" in row else row["input"]["messages"])[-1]["content"])
    except (ValueError, KeyError, TypeError, IndexError):
        raise SetupError(f"{path}, line {number}: this is no row of a data set.") from None


def _source(passage: Passage) -> str:
    if passage.row is not None:
        return f"{passage.source}, row {passage.row}"
    return f"{passage.source}#{passage.anchor}" if passage.anchor else passage.source


def _id(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
