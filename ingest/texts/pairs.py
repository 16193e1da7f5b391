"""Pairs of "Q. …" and "A. …" among the lines and paragraphs of a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.texts.extracts import Section
from ingest.texts.questions import bare_answer, bare_question, is_marked_answer, is_marked_question

MOSTLY = 0.5  # of the lines that are marked as questions must have answers that are


def marks(lines: Sequence[str]) -> set[int]:
    """Which lines begin with "Q. …" or "A. …", where there are both."""
    asked = {number for number, line in enumerate(lines) if is_marked_question(line)}
    answered = {number for number, line in enumerate(lines) if is_marked_answer(line)} if asked else set()
    return asked | answered if answered and len(answered) >= MOSTLY * len(asked) else set()


def paired(headings: tuple[str, ...], texts: Sequence[str]) -> Iterator[Section]:
    """What stands under a heading; each "Q. …" with the "A. …" below it, and all that follows that, as a pair."""
    begins = [
        number
        for number, (question, answer) in enumerate(pairwise(texts))
        if is_marked_question(question) and is_marked_answer(answer)
    ]
    if above := texts[: begins[0] if begins else None]:
        yield Section("\n\n".join(above), headings=headings)
    for begin, end in pairwise([*begins, len(texts)]):
        answer = bare_answer("\n\n".join(texts[begin + 1 : end]))
        yield Section(answer, question=bare_question(texts[begin]), headings=headings)
