"""A passage as a whole: its words with those that stand above it, and the section that it was cut from."""

from __future__ import annotations

from knowledge.passages import Hit, Passage


def titles(passage: Passage) -> str:
    """What stands above a passage: its page's title and its headings."""
    return " ".join((passage.title, *passage.headings))


def all_of(passage: Passage) -> str:
    """All that a passage says, with what stands above it and the question that it answers."""
    return " ".join((passage.title, *passage.headings, passage.question or "", passage.text))


def section_of(hit: Hit) -> tuple[str, tuple[str, ...]]:
    """The section, or the table, that a passage was cut from."""
    return hit.passage.document_id, hit.passage.headings
