"""Finds the headings of a printed document that brings no outline: by size of letters, by boldness and by numbering.

The usual heuristic: most of a document is set in one size; short lines that are larger are headings, the larger the
higher, and so are bold ones that a number begins or that stand apart. So are the names of articles, whatever they look
like, and lines of a size that is hardly larger where that size is for headings alone. Where too much would be a heading
(a form, a poster, slides), nothing is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from ingest.printed.books import Line, Page
from ingest.texts.articles import articles
from ingest.texts.pairs import marks

LARGER = 1.15  # times the size of most of the text
SLIGHTLY = 1.07  # the same, where all lines of that size are short and stand apart from what is above them:
FEWEST_ALIKE = 3  # lines, not two that happen to be so
ALIKE = 1.05  # sizes this close to one another are of one level
LEVELS = 5  # of sizes; smaller ones count as the last
LONGEST, LONGEST_WIDE = 100, 50  # characters of a heading, in Latin and in Japanese letters
MOST = 0.25  # of the lines may be headings
MOST_TEXT = 0.15  # of the text may be in them
MANY = 0.4  # of the lines, where little of the text is: news of versions, house rules
LITTLE_TEXT = 0.12
MOST_LINES = 3  # of a slide's title
APART = 1.25  # times the usual distance to the line above
_ENDS = re.compile(r"[。．、，,;；]$|(?<!\d)\.$")  # a sentence or a part of one, and no heading
_NUMBERED = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2}){0,3}[.)．]?|第[\d０-９〇一二三四五六七八九十]{1,3}[章節条項部編])[\s\u3000]*\S"
)
_NAMELESS = re.compile(r"(?:slide|page|folie|スライド|ページ)\s?\d+", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(slots=True)
class _Heading:
    line: Line  # the first, where it has two
    text: str
    page: int
    large: bool
    slightly: bool = False  # larger, but of a size that is for headings alone
    article: bool = False  # named as one of rules
    heads: bool = False  # text follows, before the next heading


def found(pages: Sequence[Page]) -> list[tuple[int, str, int]]:
    """The headings as an outline: level, title and page of each, in reading order; none where nothing is certain."""
    lines = [line for page in pages for line in page.lines]
    headings = _candidates(pages, body_size(lines))
    letters = sum(len(line.text) for line in lines)
    by_looks = [heading for heading in headings if not heading.article and not heading.slightly]
    share, of_text = len(by_looks) / (len(lines) or 1), sum(len(heading.text) for heading in by_looks) / (letters or 1)
    if not headings or of_text > MOST_TEXT or share > (MANY if of_text <= LITTLE_TEXT else MOST):
        return []
    sizes = list(_sizes({heading.line.size for heading in headings if heading.large}))
    outline: list[tuple[int, str, int]] = []
    for heading, above in zip(reversed(headings), [*reversed(headings[:-1]), None], strict=True):
        level = _level(heading.line.size, sizes) if heading.large else len(sizes)
        following = outline[-1][0] if outline else -1
        if heading.heads or level < following:
            outline.append((level, " ".join(heading.text.split()), heading.page))
        elif above is not None:  # it heads nothing, as on a cover: it stays text, which the one above heads
            above.heads = True
    return outline[::-1]


def named(outline: Sequence[tuple[int, str, int]], pages: Sequence[Page]) -> list[tuple[int, str, int]]:
    """An outline, whose entries that name a page by its number alone, as programs for slides do, get the page's title.

    It is what stands there in the largest letters, if it is short and much of the page is in smaller ones.
    """
    lines = {page.number: page.lines for page in pages}
    return [
        (level, (_NAMELESS.fullmatch(title) and _largest(lines.get(page, ()))) or title, page)
        for level, title, page in outline
    ]


def _largest(lines: Sequence[Line]) -> str:
    """The line or the lines one below another in the largest letters of a page; empty where they are no title."""
    size = max((line.size for line in lines), default=0.0)
    first = next((place for place, line in enumerate(lines) if line.size == size), 0)
    title = list(takewhile(lambda line: line.size == size, lines[first : first + MOST_LINES]))
    text = " ".join(" ".join(line.text.split()) for line in title)
    rest = [line.size for line in lines if line.size < size]
    return text if rest and max(rest) * LARGER <= size and _LETTER.search(text) and len(text) <= LONGEST else ""


def _candidates(pages: Sequence[Page], body: float) -> list[_Heading]:
    lines = [line for page in pages for line in page.lines]
    bold_tells = 2 * sum(len(line.text) for line in lines if line.bold) < sum(len(line.text) for line in lines)
    usual = _usual_distance(lines)
    headings: list[_Heading] = []
    of_rules = articles([line.text for line in lines])
    asked = marks([line.text for line in lines])
    slight_sizes = _for_headings_alone(pages, body, usual)
    number = -1
    for page in pages:
        before: Line | None = None
        for line in page.lines:
            number += 1
            slightly = line.size in slight_sizes
            large = slightly or line.size >= LARGER * body > 0
            last = headings[-1] if headings else None
            article = number in of_rules
            is_bold = bold_tells and line.bold and line.ends_bold
            goes_on = last is not None and before is last.line and _goes_on(before, line)
            goes_on = goes_on and (large or (is_bold and before is not None and before.bold))
            tells = large or article or (is_bold and (goes_on or _stands_out(before, line, body, usual)))
            if not tells or line.row or number in asked or not _is_short(line):
                if last is not None:
                    last.heads = True
            elif last is not None and goes_on:
                last.text += _space(last.text, line.text) + line.text
            else:
                headings.append(_Heading(line, line.text, page.number, large, slightly, article))
            before = line
    return headings


def _for_headings_alone(pages: Sequence[Page], body: float, usual: float) -> frozenset[float]:
    """The sizes hardly larger than most of the text of which every line is as short, and as far apart, as headings are.

    Where letters of two scripts stand side by side, lines of running text come out slightly larger, too.
    """
    told: dict[float, list[bool]] = {}
    for page in pages:
        before: Line | None = None
        for line in page.lines:
            if SLIGHTLY * body <= line.size < LARGER * body:
                below_larger = before is not None and before.size > line.size
                apart = before is None or below_larger or _far(before, line, usual)
                told.setdefault(line.size, []).append(apart and _is_short(line) and not line.row)
            before = line
    return frozenset(size for size, lines in told.items() if len(lines) >= FEWEST_ALIKE and all(lines))


def body_size(lines: Sequence[Line]) -> float:
    """The size in which most of the letters are set."""
    letters: dict[float, int] = {}
    for line in lines:
        letters[line.size] = letters.get(line.size, 0) + len(line.text)
    about: Counter[float] = Counter()
    for size, count in letters.items():
        about[round(size * 2) / 2] += count
    if not about:
        return 0.0
    usual = about.most_common(1)[0][0]
    return max((size for size in letters if round(size * 2) / 2 == usual), key=letters.__getitem__)


def _is_short(line: Line) -> bool:
    text = line.text.strip()
    longest = LONGEST if text.isascii() else LONGEST_WIDE
    return len(text) <= longest and _ENDS.search(text) is None and len(_LETTER.findall(text)) > 1


def _stands_out(before: Line | None, line: Line, body: float, usual: float) -> bool:
    """Whether a bold line of ordinary size is numbered, or parted from what stands above it."""
    if line.size < body / ALIKE or (before is not None and before.bold and not _far(before, line, usual)):
        return False
    return _NUMBERED.match(line.text) is not None or before is None or _far(before, line, usual)


def _far(before: Line, line: Line, usual: float) -> bool:
    down = before.bottom - line.bottom
    return usual > 0 and (down < 0 or down > APART * usual)


def _goes_on(before: Line, line: Line) -> bool:
    """Whether a line is the rest of the heading above it."""
    return (
        before.size == line.size
        and 0 < before.bottom - line.bottom < 1.6 * line.size
        and not _NUMBERED.match(line.text)
    )


def _space(before: str, after: str) -> str:
    return " " if before[-1:].isascii() or after[:1].isascii() else ""


def _usual_distance(lines: Sequence[Line]) -> float:
    beside = [line for line in lines if not line.row]  # the rows of tables are farther apart than lines of text
    downs = Counter(round(above.bottom - below.bottom) for above, below in pairwise(beside))
    told = [(count, down) for down, count in downs.items() if down > 1]
    return float(max(told)[1]) if told else 0.0


def _sizes(sizes: set[float]) -> Iterator[float]:
    """The smallest size of each level, largest first."""
    level: list[float] = []
    for size in sorted(sizes, reverse=True):
        if level and level[0] > size * ALIKE:
            yield level[-1]
            level = []
        level.append(size)
    if level:
        yield level[-1]


def _level(size: float, sizes: Sequence[float]) -> int:
    level = next(number for number, smallest in enumerate(sizes) if size >= smallest)
    return min(level, LEVELS - 1)
