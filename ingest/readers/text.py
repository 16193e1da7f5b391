"""Reads plain text, with the headings that people mark in it: ■ before a line, 【】 around it, signs below it.

The articles of rules are headings too.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

from ingest.files.encodings import decode
from ingest.texts.articles import NAMED
from ingest.texts.extracts import Extract, kind_of
from ingest.texts.lines import joined
from ingest.texts.pairs import marks, paired

LONGEST_HEADING = 50  # characters
FEWEST = 2  # headings of the same mark; one alone may be anything
WRAPPED = 0.6  # of the longest line: in a paragraph broken for looks all lines but the last are about as long
NARROWEST = 30  # columns: shorter lines are a list or a poem
_MARKED = re.compile(r"(?:([■◆▼◎★□◇▽☆●○])[ \t\u3000]*|([【＜《])(?=.*[】＞》]$))(\S.*)")
_UNDERLINE = re.compile(r"(?:=|-|─|━|＝|－|~){4,}")
_ENDS = tuple("。．、，,;；.")
_ARTICLE = re.compile(rf"\n({NAMED.pattern})(?=[ \t\u3000]*\n)")
_BLANK = re.compile(r"\n[ \t\u3000]*\n\s*")


def read(data: bytes, name: str) -> Extract:
    """Read a text, a section for each heading; lines broken for looks are joined, lists and tables stay as they are."""
    text = _ARTICLE.sub(r"\n\n\1", decode(data).text.replace("\f", "\n\n"))
    text = _with_questions_apart(text)
    paragraphs = [each.strip("\n") for each in _BLANK.split(text)]
    begins = list(map(_heading, paragraphs))
    counts = Counter(mark[0] for mark, _, _ in begins if mark)
    levels: dict[str, int] = {}  # of each mark: what comes first in a text is above what comes within
    path: list[tuple[int, str]] = []
    parts: list[tuple[tuple[str, ...], list[str]]] = [((), [])]
    for paragraph, (mark, title, rest) in zip(paragraphs, begins, strict=True):
        if mark and counts[mark[0]] >= FEWEST:
            level = levels.setdefault(mark, len(levels))
            path = [*(above for above in path if above[0] < level), (level, title)]
            parts.append((tuple(text for _, text in path), []))
            paragraph = rest
        if text := _paragraph(paragraph):
            parts[-1][1].append(text)
    sections = [section for headings, texts in _headed(parts) for section in paired(headings, texts)]
    return Extract(PurePath(name).stem, kind_of(sections), sections)


def _with_questions_apart(text: str) -> str:
    """A text with a paragraph of its own for each "Q. …" and each "A. …" that begins a line, where there are both."""
    lines = text.split("\n")
    marked = marks(lines)
    return "\n".join(f"\n{line}" if number in marked else line for number, line in enumerate(lines)) if marked else text


def paragraphs(text: str) -> str:
    """A text with its paragraphs parted by a blank line, and lines that were broken for looks joined."""
    return "\n\n".join(each for paragraph in _BLANK.split(text) if (each := _paragraph(paragraph)))


def _headed(parts: Sequence[tuple[tuple[str, ...], list[str]]]) -> list[tuple[tuple[str, ...], list[str]]]:
    """The parts; what looked like a heading and heads nothing is text of the part above it."""
    kept: list[tuple[tuple[str, ...], list[str]]] = []
    for (headings, texts), following in zip(parts, [*(path for path, _ in parts[1:]), ()], strict=True):
        if texts or not headings or following[: len(headings)] == headings:
            kept.append((headings, texts))
        else:
            kept[-1][1].append(headings[-1])
    return kept


def _heading(paragraph: str) -> tuple[str, str, str]:
    """The mark of the heading that a paragraph begins with, its words, and what stands below; empty without one.

    A line after which the same mark goes on is an item of a list.
    """
    first, _, rest = paragraph.partition("\n")
    line, (below, _, further) = first.strip(), rest.partition("\n")
    if not line or len(line) > LONGEST_HEADING or line.endswith(_ENDS) or not any(map(str.isalpha, line)):
        return "", "", paragraph
    if _UNDERLINE.fullmatch(below.strip()) and _width(below.strip()) >= _width(line) / 2:
        return f"_{below.strip()[0]}", line, further
    if NAMED.fullmatch(line):
        return "条", line, rest
    found = _MARKED.fullmatch(line)
    if found is None or below.strip().startswith(line[0]):
        return "", "", paragraph
    mark = found[1] or found[2]
    return mark, found[3].rstrip("】＞》").strip() if found[2] else found[3], rest


def _paragraph(text: str) -> str:
    lines = [line for line in map(str.rstrip, text.split("\n")) if line]
    widths = list(map(len if text.isascii() else _width, lines))
    longest = max(widths, default=0)
    wrapped = longest >= NARROWEST and min(widths[:-1], default=longest) >= WRAPPED * longest
    return joined(lines) if wrapped else "\n".join(lines)


def _width(line: str) -> int:
    if line.isascii():
        return len(line)
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in line)
