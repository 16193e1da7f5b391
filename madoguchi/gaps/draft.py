"""A draft FAQ of what the documents lack: a table to fill in, which `madoguchi ingest` reads as it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from knowledge.language.languages import UNKNOWN, language
from madoguchi.gaps.gap import Gap

COLUMNS = (
    "question", "answer", "lang", "sessions", "times_asked", "first_asked", "last_asked", "outcomes",
    "other_wordings", "nearest_passage",
)  # fmt: skip
_DASHES, _FORMULAS = ("-", "－"), ("=", "+", "@", "＝", "＋", "＠")  # where a cell begins so, spreadsheets compute it


def write(path: Path, gaps: Sequence[Gap]) -> None:
    """A row for each gap and language in which it was asked, with an agent's answer where there is one."""
    made = io.StringIO(newline="")
    table = csv.writer(made)
    table.writerow(COLUMNS)
    table.writerows([_inert(cell) for cell in row] for gap in gaps for row in _rows(gap))
    path.write_text(made.getvalue(), "utf-8-sig", newline="")  # Excel takes Japanese for UTF-8 by that mark alone


def _rows(gap: Gap) -> Iterator[tuple[object, ...]]:
    for lang in gap.langs:
        texts = [wording.text for wording in gap.wordings if wording.lang == lang]
        answers = [text for text in gap.corrections if language(text) == lang]
        yield (
            texts[0], "".join(answers[:1]), "" if lang == UNKNOWN else lang, gap.sessions, gap.langs[lang],
            *gap.days, gap.ended, "\n".join(texts[1:]), gap.near,
        )  # fmt: skip


def _inert(cell: object) -> str:
    """A cell that no spreadsheet computes: customers may write anything."""
    text = str(cell).strip()
    if text.startswith(_DASHES):
        return f"–{text[1:]}"  # a list begins so
    return f"'{text}" if text.startswith(_FORMULAS) else text
