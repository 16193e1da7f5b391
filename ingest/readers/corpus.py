"""Reads the corpus of an evaluation set: {id, title, text, lang, meta}, a FAQ where meta has question and answer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from ingest.metadata import days
from ingest.metadata.attributes import attributes
from ingest.metadata.internal import tell_of_rows
from ingest.texts.extracts import Extract, Section, kind_of
from knowledge.counting import some

Record = dict[str, Any]


def is_corpus(record: Record) -> bool:
    """Whether a record is a passage of a corpus, rather than one of the questions that come with it."""
    meta = record.get("meta")
    answered = isinstance(meta, dict) and "question" in meta and "answer" in meta
    return "id" in record and "history" not in record and (answered or ("title" in record and "text" in record))


def extract(records: Iterable[tuple[int, Record]], name: str) -> Extract:
    """One section a record; (line, record) pairs come in."""
    result = Extract(PurePath(name).stem, "document", [])
    empty: list[int] = []
    fields: set[str] = set()
    for line, record in records:
        section = _section(line, record)
        if section is None:
            empty.append(line)
        else:
            result.sections.append(section)
            fields |= {*record, *_meta(record)}
    if empty:
        result.warnings.append(f"{len(empty)} records without text were left out: lines {some(empty, 5)}.")
    if len(result.sections) == 1 and result.sections[0].headings:  # one document, which has a title of its own
        result.title = result.sections[0].headings[0]
    tell_of_rows(result, fields)
    result.kind = kind_of(result.sections)
    return result


def _section(line: int, record: Record) -> Section | None:
    anchor, lang = str(record.get("id", "")) or None, record.get("lang")
    lang = str(lang) if lang else None
    meta = _meta(record)
    question, answer = str(meta.get("question") or "").strip(), str(meta.get("answer") or "").strip()
    url = str(meta["url"]) if meta.get("url") else None
    about, day = attributes({**record, **meta}), days.told({**record, **meta}, lang)
    if question and answer:
        return Section(
            answer, question=question, anchor=anchor, row=line, lang=lang, url=url, attributes=about, updated=day
        )
    title, text = str(record.get("title") or "").strip(), str(record.get("text") or "").strip()
    if not text:
        return None
    headings = (title,) if title else ()
    return Section(text, headings=headings, anchor=anchor, row=line, lang=lang, url=url, attributes=about, updated=day)


def _meta(record: Record) -> Record:
    found = record.get("meta")
    return found if isinstance(found, dict) else {}
