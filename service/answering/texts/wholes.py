"""Where a passage stands: what is above it, and the section that it was cut from."""

from __future__ import annotations

from knowledge.passages import Hit, Passage


def titles(passage: Passage) -> str:
    """What stands above a passage: its page's title and its headings."""
    return " ".join((passage.title, *passage.headings))


def section_of(hit: Hit) -> tuple[str, tuple[str, ...]]:
    """The section, or the table, that a passage was cut from."""
    return hit.passage.document_id, hit.passage.headings
