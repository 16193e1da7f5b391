"""What a reader makes of one file: sections of plain text, each with a place to point at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from knowledge.passages import NO_ATTRIBUTES, Attributes, Kind


@dataclass(slots=True)  # not frozen: made by the ten thousand, for which that takes three times as long
class Section:
    """A stretch of a file under one heading, on one page, in one row: cut later, never joined with another."""

    text: str  # plain text, paragraphs parted by a blank line, table rows and list items by a line break
    question: str | None = None  # set for a FAQ pair or a log: then `text` is the answer or the resolution
    headings: tuple[str, ...] = ()  # from the outermost to the innermost
    page: int | None = None  # 1-based
    anchor: str | None = None  # the id in a page, the row's own id column, the conversation's id
    row: int | None = None  # 1-based line of a table, the header being row 1
    lang: str | None = None  # where the file says it; else it is told from the text
    url: str | None = None
    kind: Kind | None = None  # where one file holds several
    attributes: Attributes = NO_ATTRIBUTES  # what it says otherwise than the file
    updated: str | None = None  # its own day, where it is known: ISO 8601


@dataclass(slots=True)
class Extract:
    """A file as text."""

    title: str
    kind: Kind
    sections: list[Section]
    lang: str | None = None
    warnings: list[str] = field(
        default_factory=list
    )  # what the operator should know: pages without text, rows left out
    redacted: dict[str, int] = field(default_factory=dict)  # pieces of personal data taken out, by kind
    attributes: Attributes = NO_ATTRIBUTES  # of all sections that do not say otherwise
    beside: tuple[str, ...] = ()  # what stands on its pages beside the text: running heads, headers, footers
    updated: str | None = None  # the day of all sections that have none of their own: ISO 8601


def kind_of(sections: Sequence[Section], otherwise: Kind = "document") -> Kind:
    """A FAQ where at least half of the sections are pairs."""
    pairs = sum(section.question is not None for section in sections)
    return "faq" if pairs and pairs * 2 >= len(sections) else otherwise


class Reader(Protocol):
    """A function from a file's bytes to its text. It runs in a child process that may be killed."""

    def __call__(self, data: bytes, name: str) -> Extract:
        """Read the file called `name`. Raises UnreadableFile with its reason."""
