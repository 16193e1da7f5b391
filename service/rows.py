"""Finds the row of a table that a question asks for, in a passage whose lines are rows ("Code: E5; Cause: …")."""

from __future__ import annotations

import math
import re
from collections import Counter

from knowledge.identifiers import agreement, identifiers
from service.citing import pairs

FEWEST = 3  # rows that make a passage a table
MOSTLY = 0.6  # of its lines, and more
CLEARLY = 1.5  # times what the next row has in common with the question
_ROW = re.compile(r"[^:：\n]{1,40}[:：] \S")


def row_asked_for(question: str, text: str) -> str | None:
    """The row that fits clearly better than all others; None where none does, or where the text is no table.

    A row counts by the pairs of letters that it shares with the question, the rarer among the rows the more. A code
    that is asked for is enough.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    rows = [line for line in lines if _ROW.match(line)]
    if len(rows) < FEWEST or len(rows) < MOSTLY * len(lines):
        return None
    if named := identifiers(question):
        holding = [row for row in rows if agreement(named, identifiers(row)) > 0]
        if len(holding) == 1:
            return holding[0]
    held = [pairs(row) for row in rows]
    counts = Counter(pair for of_row in held for pair in of_row)
    asked = pairs(question)
    worth = [sum(math.log(len(rows) / counts[pair]) for pair in of_row & asked) for of_row in held]
    best, second = sorted(worth, reverse=True)[:2]
    return rows[worth.index(best)] if best > CLEARLY * second and best > math.log(len(rows)) else None
