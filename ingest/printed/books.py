"""Printed documents as readers hand them on: lines at their places, pages, books."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)  # not frozen: made by the ten thousand, for which that takes three times as long
class Line:
    """A printed line; places are in points from the lower left corner, None where nobody knows."""

    text: str
    left: float | None = None
    bottom: float = 0.0
    right: float = 0.0
    top: float = 0.0
    size: float = 0.0  # of its letters
    bold: bool = False  # known only where no outline tells the headings
    ends_bold: bool = False  # to its last letter
    row: bool = False  # of a table: it reads alone
    fixed: bool = False  # of letters that are all of one width, as in code
    note: bool = False  # it begins with a small mark, as a footnote does
    narrow: bool = False  # no gap between its letters is wide enough to part the cells of a table
    frame: int = 0  # which of the frames of its page it stands in, if it is in one
    aside: bool = False  # its file says that it is none of the text, as heads and feet of pages are
    divided: bool = False  # two printed lines that PDFium takes for one, as a word is divided between them


@dataclass(slots=True)
class Page:
    """A printed page."""

    number: int  # 1-based
    lines: list[Line]
    has_image: bool = False
    faceless: bool = False  # the font of its vertical text is nowhere to be had, and lines of it are lacking
    hidden: int = 0  # lines that nobody sees, which were left out


@dataclass(slots=True)
class Book:
    """A printed document."""

    pages: list[Page]
    title: str = ""
    outline: list[tuple[int, str, int]] = field(default_factory=list)  # level, title, page
    page_count: int = 0  # of the whole file, of which `pages` may be the beginning
