"""Lists in place of a quotation: which rows of a table are marked, and what each branch says of the same matter."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.passages import Hit
from service.answering.passages import marked, siblings
from service.answering.quotations.excerpts import excerpt
from service.answering.texts.labels import about
from service.answering.texts.marks import disarmed, numbered
from service.answering.texts.terms import terms

LONGEST = 200  # characters that are told of each branch


def marked_rows(said: str, hits: Sequence[Hit], lang: str) -> tuple[str, list[int]]:
    """The names of the rows that fit, a line each, below what they have in common; with the places of their passages.

    None where the first hit is no such row.
    """
    if not marked.is_listed(said, hits):
        return "", []
    wanted = next(wanted for row in marked.rows_of(hits[0]) if (wanted := marked.columns_asked_for(said, row)))
    without = [name for name, has in wanted.items() if not has]
    lines: list[str] = []
    numbers: list[int] = []
    for number, hit in enumerate(hits, 1):
        for row in marked.rows_of(hit) if hit.passage.section == hits[0].passage.section else ():
            if marked.fits(said, row):
                marks = ", ".join(f"{name}: {row[name]}" for name, has in wanted.items() if has)
                told = disarmed(f"{marked.name_of(row)}{f' ({marks})' if marks else ''}")
                lines.append(f"{'・' if lang == 'ja' else '- '}{numbered(told, [number])}")
                numbers.append(number)
    first = next(row for row in marked.rows_of(hits[0]) if marked.fits(said, row))
    shared = ["; ".join(f"{name}: {first[name]}" for name in without)] if without else []
    label = about(hits[0].passage)
    head = f"【{label}】" if lang == "ja" else f"{label}:"
    return "\n".join((head, *map(disarmed, shared), *lines)), list(dict.fromkeys(numbers))


def branches(question: str, hits: Sequence[Hit], lang: str) -> tuple[str, list[int]]:
    """What each of a series says of what is asked about, a line each, and the places of their passages in `hits`."""
    numbers = siblings.series(question, hits)
    asked = siblings.asked_of_each(question)
    mark = "・" if lang == "ja" else "- "
    lines = [
        f"{mark}{_name(hits[at])}: {numbered(disarmed(_told(question, asked, hits[at])), [at + 1])}" for at in numbers
    ]
    return "\n".join(lines), [at + 1 for at in numbers]


def _told(question: str, asked: frozenset[str], hit: Hit) -> str:
    """The lines of a section that hold what is asked about; where its name does, what it begins with."""
    text = hit.passage.text
    lines = [line.strip(" \t\u3000-*•・") for line in text.splitlines() if asked <= terms(line)]
    said = " ".join(text.split()) if asked <= terms(hit.passage.headings[-1]) or not lines else ", ".join(lines)
    return said if len(said) <= LONGEST else " ".join(excerpt(question, text, LONGEST).split())


def _name(hit: Hit) -> str:
    passage = hit.passage
    return passage.headings[-2] if len(passage.headings) > 1 else passage.title
