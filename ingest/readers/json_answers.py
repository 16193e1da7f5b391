"""Finds questions and passages in JSON that names no fields: {"Can I return it?": "Yes, …"}, pairs, plain texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest.tables.columns import is_faq
from ingest.texts.questions import asks
from knowledge.errors import UnreadableFile

MOSTLY = 0.5  # of the names of an object must ask, so that all of them are questions
SHORTEST = 8  # characters that a plain text has: less is a label
DEEPEST = 4  # groups within one another
_TITLE = re.compile(r"how to\b|.*(?:方法|手順|とは|について)$", re.IGNORECASE)  # asks, in other words
_KEY = re.compile(r"[a-z][\w.-]*")  # of a program
_WORDS = re.compile(r"\w\s+\w|[぀-ヿ一-鿿]")  # in running text; a key or a number has none

Record = dict[str, Any]


def records(found: Any) -> list[Record]:
    """The questions with their answers; else the passages, where it holds nothing but texts."""
    answers = list(_answers(found, None, 0))
    if answers:
        return answers
    if isinstance(found, dict):
        found = next((each for each in found.values() if isinstance(each, list)), [])
    texts = found if isinstance(found, list) else [found]
    if not all(isinstance(each, str) and _is_text(each) for each in texts):
        return []
    return [{"id": number, "title": "", "text": text} for number, text in enumerate(texts, 1)]


def are_columns(found: Any) -> bool:
    """Whether it is a FAQ by columns, alone in a few groups: {"questions": ["…", "…"], "answers": ["…", "…"]}."""
    for _ in range(DEEPEST):
        if not isinstance(found, dict):
            return False
        if is_faq(list(found)):
            return any(_column(value) is not None for value in found.values())
        inner = [value for value in found.values() if isinstance(value, dict)]
        found = inner[0] if len(inner) == 1 else None
    return False


def in_rows(record: Record) -> list[Record]:
    """The rows of a record that holds columns, as lists or under the numbers of rows; else the record itself.

    Raises UnreadableFile where the columns are not equally long.
    """
    columns = {name: column for name, value in record.items() if (column := _column(value)) is not None}
    if not is_faq(list(columns)):
        return [record]
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{length} under `{name}`" for name, length in lengths.items())
        raise UnreadableFile(
            "not-this-format",
            f"Which question has which answer cannot be told: there are {told}. "
            'Write it as [{"question": "…", "answer": "…"}].',
        )
    whole = {name: value for name, value in record.items() if name not in columns}
    return [{**whole, **dict(zip(columns, row, strict=True))} for row in zip(*columns.values(), strict=True)]


def _column(value: Any) -> list[Any] | None:
    """The cells of a column; a record's own texts, or objects that are more than cells, are none."""
    if isinstance(value, dict) and value and all(str(name).isdecimal() for name in value):
        value = list(value.values())
    if not isinstance(value, list) or any(isinstance(cell, dict | list) for cell in value):
        return None
    return value


def _answers(found: Any, group: str | None, depth: int) -> Iterator[Record]:
    if depth > DEEPEST:
        return
    if isinstance(found, list) and all(isinstance(each, list) and len(each) == 2 for each in found):
        found = {question: answer for question, answer in found if isinstance(question, str)}
    if isinstance(found, list):
        for each in found:
            yield from _answers(each, group, depth + 1)
    if not isinstance(found, dict):
        return
    named = {name: value for name, value in found.items() if not _KEY.fullmatch(name)}
    told = {name: record for name, value in named.items() if (record := _record(name, value))}
    if told and sum(bool(asks(name) or _TITLE.match(name)) for name in told) >= MOSTLY * len(named):
        for record in told.values():
            yield {"category": group, **record} if group else record
        return
    for name, value in found.items():
        if isinstance(value, dict | list):
            yield from _answers(value, name if depth or len(found) > 1 else group, depth + 1)


def _record(question: str, value: Any) -> Record | None:
    """A question with what stands beside it: its answer, the steps of it, or an object that names it as one."""
    if isinstance(value, dict):
        record = {"question": question, **value}
        return record if is_faq(list(record)) else None
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        value = "\n".join(value)
    return {"question": question, "answer": value} if isinstance(value, str) and value.strip() else None


def _is_text(text: str) -> bool:
    return len(text.strip()) >= SHORTEST and _WORDS.search(text) is not None
