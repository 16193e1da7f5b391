"""What readers of pages hand on, in reading order: headings, texts, named places and the ends of parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MARKED_LEVEL = 1_000_000  # "Q. …" as a paragraph: below every heading


@dataclass(slots=True)  # not frozen: made by the ten thousand, for which that takes twice as long and more
class Heading:
    """A heading, or what serves as one: the summary of a folded text, the term of a definition, a "Q. …"."""

    level: int
    text: str
    anchor: str | None = None
    slug: str | None = None  # what the heading is called where nothing else names it
    role: Literal["heading", "summary", "term", "marked", "bold"] = "heading"


@dataclass(slots=True)
class Text:
    """A paragraph, a list or a table, one item or row a line."""

    text: str
    linked: float = 0.0  # the share of it that is in links to other pages
    bold: bool = False  # all of it
    size: int = 0  # of its letters, in half points, where it is bold and that is known


@dataclass(frozen=True, slots=True)
class Anchor:
    """A named place: of the heading just before it, else of the next one."""

    name: str


@dataclass(frozen=True, slots=True)
class Close:
    """Headings of this level and below say nothing about what follows."""

    level: int


Block = Heading | Text | Anchor | Close
