"""Finds the rows of a table that a question asks for, in a passage whose lines are rows ("Code: E5; Cause: …")."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from knowledge.language.identifiers import agreement, identifiers
from knowledge.passages import Hit, Passage, titles
from service.answering.texts.days import days
from service.answering.texts.terms import terms

FEWEST = 3  # rows that make a passage a table; fewer where they name the same columns
MOSTLY = 0.6  # of its lines, and more
CLEARLY = 1.5  # times what another row has in common with the question: that row is not asked for
MOST = 3  # rows that are asked for; of more, none is
MOST_OF_IT = 0.5  # of what the last message says of the table must be in one line, lest it be read with what was before
KEY = 40  # characters: a longer cell is no code
_EXACT = re.compile(r"#[#\w/!?]+|(?<![A-Za-z0-9_.,])\d{2,}(?![\w.,]?\d)")  # 404, エラー720, #REF!: rows' keys
# No item of a list: of steps or terms that belong together, some would be torn out.
ROW = re.compile(
    r"(?!\s*(?:[-*•・●○■□◆▪‣①-⑳]|\(?\d{1,2}[.)、）]|step\b|手順|ステップ))[^:：\n]{1,40}[:：] \S", re.IGNORECASE
)
CAPTION = re.compile(r"\s*(?:表|(?:table|tab\.) )\s*[\dA-Z][\d.-]*\s*[:：.．\u3000 ]\s*\S", re.IGNORECASE)
_COLUMN = re.compile(r"(?:^|; )([^:;\n]{1,40}): ")
_NAMED = re.compile(r"(?<![\w-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w-])", re.IGNORECASE)  # do_not_honor


def rows_asked_for(question: str, text: str, message: str = "", above: str = "") -> list[str]:
    """The lines that fit clearly better than all others, in their order; none where no row does, or there is no table.

    A row counts by the terms that it shares with the question, the rarer among the lines the more; a sentence beside
    the table that shares as much comes with it, and one that shares clearly more means the table is not asked for. A
    code that is asked for is enough. What stands `above` the table is said of all of it: a sentence that shares no more
    is not asked for, nor is its caption ("Table 3: …"). The customer's last `message` counts before what was asked
    earlier: "And on Pro?" asks for that row.
    """
    lines = [line for line in text.splitlines() if line.strip() and not CAPTION.match(line)]
    rows = [line for line in lines if ROW.match(line)]
    if len(rows) < MOSTLY * len(lines) or (len(rows) < FEWEST and not _same_columns(rows)):
        return []
    # The codes above are said of all rows; what else stands there may still tell one row from another.
    headed, codes = told(above), told(" ".join(f"{letters}-{digits}" for letters, digits in identifiers(above)))
    held = [told(line) - (codes if line in rows else headed) for line in lines]
    counts = Counter(term for of_line in held for term in of_line)
    of_all = frozenset.intersection(*(told(row) for row in rows))  # the names of the columns
    weight = {term: 0.0 if term in of_all else math.log(len(lines) / count) for term, count in counts.items()}
    for words, share in ((message, MOST_OF_IT), (question, 0.0)):
        if row := _named(words, rows, above):
            return [row]
        if (on_day := _on_day(words, rows)) and len(on_day) <= min(MOST, len(rows) - 1):
            return on_day
        asked = told(words)
        worth = [sum(weight[term] for term in of_line & asked) for of_line in held]
        best = max(worth)
        if best > 0 and len(asked & held[worth.index(best)]) > share * len(asked & counts.keys()):
            break
    else:
        return []
    found = [line for line, of_line in zip(lines, worth, strict=True) if of_line * CLEARLY >= best]
    # What is told of one thing in several rows goes together: "Age: 3-5; Meals: yes; …" and "Age: 3-5; Meals: no; …"
    things = {line.partition("; ")[0] for line in found if line in rows and "; " in line}
    together = [line for line in lines if line in found or line.partition("; ")[0] in things]
    found = together if len(together) <= MOST else found
    asked_for = [line for line in found if line in rows]
    return found if asked_for and len(asked_for) <= min(MOST, len(rows) - 1) and len(found) <= MOST else []


def _named(words: str, rows: Sequence[str], above: str) -> str | None:
    """The one row that holds a code or a program's name which these words have, and what stands above has not."""
    codes, names = identifiers(words) - identifiers(above), _names(words)
    for holding in (
        [row for row in rows if codes & identifiers(row)],
        [row for row in rows if codes and agreement(codes, identifiers(row)) > 0],
        [row for row in rows if names & _names(row)],
    ):
        if len(holding) == 1:
            return holding[0]
    return None


def _on_day(words: str, rows: Sequence[str]) -> list[str]:
    """The rows that are of a day which these words name, by their first two cells."""
    asked = days(words)
    return [row for row in rows if asked & days("; ".join(row.split("; ", 2)[:2]))] if asked else []


def looked_up(message: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits with a row of a table that is the one of a code which the message names.

    Such a row is what was asked for, however few of the message's other words its passage has.
    """
    codes, names = identifiers(message), _names(message)
    found = tuple(hit for hit in hits if _is_key(codes, names, hit.passage)) if codes or names else ()
    return tuple(hit for hit in found if codes & identifiers(hit.passage.text)) or found


def _is_key(codes: frozenset[tuple[str, str]], names: frozenset[str], passage: Passage) -> bool:
    above = identifiers(titles(passage))
    for line in passage.text.splitlines():
        if not ROW.match(line):
            continue
        for cell in line.split("; ", 2)[:2]:
            key = cell.rpartition(": ")[2].strip().casefold()
            if len(key) <= KEY and (names & {key} or (codes - above and identifiers(key) & codes - above)):
                return True
    return False


def _names(text: str) -> frozenset[str]:
    return frozenset(_NAMED.findall(text.casefold())) if "_" in text else frozenset()


def _same_columns(rows: list[str]) -> bool:
    """Whether two rows name the same columns: the end of a longer table, not two remarks."""
    columns = [_COLUMN.findall(row) for row in rows]
    return len(rows) > 1 and len(columns[0]) > 1 and all(names == columns[0] for names in columns)


def told(text: str) -> frozenset[str]:
    """What a text speaks of, with the numbers and signs that rows are looked up by."""
    return terms(text) | frozenset(_EXACT.findall(text.upper()))
