"""Finds the rows of a table that a question asks for, in a passage whose lines are rows ("Code: E5; Cause: …")."""

from __future__ import annotations

import math
import re
from collections import Counter

from knowledge.identifiers import agreement, identifiers
from service.grounding import terms

FEWEST = 3  # rows that make a passage a table; fewer where they name the same columns
MOSTLY = 0.6  # of its lines, and more
CLEARLY = 1.5  # times what another row has in common with the question: that row is not asked for
MOST = 3  # rows that are asked for; of more, none is
_EXACT = re.compile(r"#[#\w/!?]+|(?<![\w.,])\d{2,}(?![\w.,]?\d)")  # 404, #REF!: what a row is looked up by
# No item of a list: of steps or terms that belong together, some would be torn out.
_ROW = re.compile(
    r"(?!\s*(?:[-*•・●○■□◆▪‣①-⑳]|\(?\d{1,2}[.)、）]|step\b|手順|ステップ))[^:：\n]{1,40}[:：] \S", re.IGNORECASE
)
_COLUMN = re.compile(r"(?:^|; )([^:;\n]{1,40}): ")


def rows_asked_for(question: str, text: str) -> list[str]:
    """The rows that fit clearly better than all others, in their order; none where many do, or the text is no table.

    A row counts by the terms that it shares with the question, the rarer among the rows the more. A code that is asked
    for is enough.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    rows = [line for line in lines if _ROW.match(line)]
    if len(rows) < MOSTLY * len(lines) or (len(rows) < FEWEST and not _same_columns(rows)):
        return []
    if named := identifiers(question):
        holding = [row for row in rows if agreement(named, identifiers(row)) > 0]
        if len(holding) == 1:
            return holding
    held = [_told(row) for row in rows]
    counts = Counter(term for of_row in held for term in of_row)
    asked = _told(question)
    worth = [sum(math.log(len(rows) / counts[term]) for term in of_row & asked) for of_row in held]
    best = max(worth)
    found = [row for row, of_row in zip(rows, worth, strict=True) if of_row * CLEARLY >= best]
    return found if best > 0 and len(found) <= min(MOST, len(rows) - 1) else []


def _same_columns(rows: list[str]) -> bool:
    """Whether two rows name the same columns: the end of a longer table, not two remarks."""
    columns = [_COLUMN.findall(row) for row in rows]
    return len(rows) > 1 and len(columns[0]) > 1 and all(names == columns[0] for names in columns)


def _told(text: str) -> frozenset[str]:
    return terms(text) | frozenset(_EXACT.findall(text.upper()))
