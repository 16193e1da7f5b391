"""What a printed document carries beside its text, taken off: running heads, page numbers, tables of contents."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import chain, pairwise, product
from operator import attrgetter
from statistics import median

from ingest.printed.books import Book, Line, Page
from ingest.printed.titles import bare, share_of_titles

REPEATED = 0.4  # of the pages carry a running header; left and right pages may have different ones
EDGE = 2  # lines at the top and at the bottom of a page that may be headers and footers
ENOUGH_PAGES = 3  # to call something repeated
LONGEST_HEAD = 120  # characters of a running head
SAME_HEIGHT = 4  # points within which running heads stand at the same place
MOSTLY = 0.5  # of a running head's letters are of titles
FAR_OFF = 1.2  # times its size apart from the next line stands what is above or below the text of a page
SMALLER = 0.95  # times the size of the text above are the letters of notes
LONGEST_CONTENTS = 20  # characters of a line that says "Table of contents"
ENTRIES = 4  # of a table of contents on one page; fewer may be anything

FEWEST_SIGNS = 3  # beside digits: fewer are a page's number, which tables may hold as well
HEADING = 1.15  # times the size of most letters: what is so large and tells another number on each page is a title
_NUMBERED_TITLE = re.compile(r"(?!(?:page|pages?|p|seite|ページ|頁)\b)(?=.*[^\W\d_]{2}).*\d.*", re.IGNORECASE)
_NUMBERED_NOTE = re.compile(r"\d{1,2} [^\W\d_]")
_DIGITS = re.compile(r"[0-9０-９]+")
_AT_AN_END = re.compile(r"^[^\w]{0,3}(\d{1,4})(?!\w|[.,]\d)|(?<!\w)(?<!\d[.,])(\d{1,4})[^\w]{0,3}$")
_BARE = re.compile(  # 3, - 3 -, 3 / 8, Page 3 of 8, 3ページ
    r"[^\w]{0,2}\s?(?:(?:page|p\.|seite)\s?)?(\d{1,4})(?:\s?(?:/|of|von)\s?\d{1,4})?\s?(?:ページ|頁)?\s?[^\w]{0,2}",
    re.IGNORECASE,
)
_LEADER = re.compile(r"(?:(?:[.．・…‥_]\s?){4,}|[…‥]{2,})\s*(\d{1,4}|[ivxlc]{1,7})$")
_ENTRY = re.compile(r"\s(?:\d{1,4}|[ivxlc]{1,7})$|^[ivxlc]{1,7}$")
_PLAIN_ENTRY = re.compile(r"[^\W\d_].*\s(\d{1,4})$")
_CONTENTS = re.compile(r"(?:table of )?contents|目\s*次|もくじ", re.IGNORECASE)
# What browsers print above and below a page: "2026/11/29 13:51 Prices", "https://www.example.com/prices 1/2".
_PRINTED_FROM = re.compile(r"(?:https?|file)://\S+\s+\d{1,4}\s?/\s?\d{1,4}")
_PRINTED_AT = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},?\s+\d{1,2}:\d{2}(?:\s?[AP]M)?(?!\S).*", re.IGNORECASE)

_TOP = attrgetter("top")

Outline = Sequence[tuple[int, str, int]]  # level, title, page


def without_running_heads(pages: Sequence[Page], outline: Outline = ()) -> tuple[str, ...]:
    """Take what most pages repeat at their top or bottom off all of them: headers, footers, page numbers.

    Also heads that change with the chapter, always at the same height, where a page's number or the titles of the
    outline's entries that the page belongs to stand in them. Returns what stands there on most pages, as the first of
    them says it.
    """
    edges = [_edges(page.lines) for page in pages]
    patterns = [{_pattern(line.text): line.text for line in of_page} for of_page in edges]
    counts = Counter(chain.from_iterable(patterns))
    needed = max(ENOUGH_PAGES, REPEATED * len(pages))
    repeated = {text for text, count in counts.items() if count >= needed}
    repeated -= _of_rows(repeated, pages, edges, needed)
    told = Counter(text for of_page in edges for text in {line.text for line in of_page})
    size = median(sizes) if (sizes := [line.size for page in pages for line in page.lines if line.size]) else 0.0
    numbered = {
        id(line)
        for of_page in edges
        for line in of_page
        if line.size >= HEADING * size > 0 and told[line.text] < needed and _NUMBERED_TITLE.fullmatch(line.text.strip())
    }
    changing = _numbered(pages, edges, needed) | _titled(pages, edges, needed, outline) | _bare_numbers(pages)
    changing |= _by_browsers(edges) | _of_few(pages)
    changing |= {id(line) for of_page in edges for line in of_page if line.aside}
    for page, of_page in zip(pages, edges, strict=True):
        gone = {
            id(line) for line in of_page if (repeated and _pattern(line.text) in repeated) or id(line) in changing
        } - numbered
        page.lines = [line for line in page.lines if id(line) not in gone]
    return _of_most(patterns, counts)


def _of_rows(repeated: set[str], pages: Sequence[Page], edges: Sequence[Sequence[Line]], needed: float) -> set[str]:
    """Those that lines in the midst of pages look like as well, as the rows of a long table do."""
    doubtful = {text for text in repeated if "#" in text and len(text.replace("#", "")) >= FEWEST_SIGNS}
    if not doubtful:
        return set()
    at_edges = {id(line) for of_page in edges for line in of_page}
    inner = (line.text for page in pages for line in page.lines if id(line) not in at_edges)
    counts = Counter(pattern for text in inner if (pattern := _pattern(text)) in doubtful)
    return {text for text, count in counts.items() if count >= needed}


def _of_most(patterns: Sequence[dict[str, str]], counts: Counter[str]) -> tuple[str, ...]:
    """The texts that more than half of the pages have, by their patterns, as the first of them says it."""
    often = (pattern for pattern, count in counts.items() if 2 * count > len(patterns))
    return tuple(next(of_page[pattern] for of_page in patterns if pattern in of_page) for pattern in often)


def without_contents(book: Book) -> None:
    """Take the tables of contents off: lines of dots that lead to a page's number, and what stands among them.

    A page that is nothing else goes whole. The numbers must rise and be ones that the pages may have: a price list has
    dots as well.
    """
    for page in book.pages:
        leaders = {id(line): number for line in page.lines if (number := _led_to(line.text.strip()))}
        numbers = [int(number) for number in leaders.values() if number.isdigit()]
        rising = sum(a <= b for a, b in pairwise(numbers))
        if not leaders:
            page.lines = _without_plain_contents(page.lines, book.page_count)
        if len(leaders) < ENTRIES or max(numbers, default=0) > book.page_count or rising < 0.9 * (len(numbers) - 1):
            continue
        is_contents = 2 * len(leaders) >= len(page.lines)
        page.lines = [
            line
            for line in page.lines
            if id(line) not in leaders
            and not (is_contents and (_ENTRY.search(line.text) or _CONTENTS.fullmatch(line.text.strip())))
        ]


def _led_to(text: str) -> str | None:
    """The number of the page that the dots of a line lead to."""
    if not (text[-1:].isdecimal() or text[-1:] in "ivxlc"):
        return None  # as of most lines, told in no time
    found = _LEADER.search(text)
    return found[1] if found else None


def _without_plain_contents(lines: list[Line], pages: int) -> list[Line]:
    """The lines without those below "Contents" that end with rising numbers of pages: where no dots lead to them."""
    short = (at for at, line in enumerate(lines) if len(line.text) <= LONGEST_CONTENTS)
    heads = [at for at in short if _CONTENTS.fullmatch(lines[at].text.strip())]
    if not heads:
        return lines
    first = last = heads[0] + 1  # the heading may be all that the page holds beside
    numbers: list[int] = []
    while last < len(lines) and (entry := _PLAIN_ENTRY.search(lines[last].text.strip())):
        numbers.append(int(entry[1]))
        last += 1
    if last - first < ENTRIES or max(numbers) > pages or any(a > b for a, b in pairwise(numbers)):
        return lines
    return [*lines[:first], *lines[last:]]


def without_notes(
    lines: Sequence[Line], usual: float, raised: Set[str] = frozenset()
) -> tuple[Sequence[Line], Sequence[Line]]:
    """The lines of a page without the notes at its foot, and these: smaller letters to the end after a small mark.

    Or after a number before a blank, where typesetting makes none of the marks smaller than their notes. They are
    smaller than the letters of most of the document, `usual`, too: what stands above a list may be headings alone. What
    begins with one of the marks that are `raised` in the document may be all that its page holds.
    """
    for place, line in enumerate(lines):
        is_marked = bool(raised) and line.text.partition(" ")[0] in raised
        if is_marked or (place > 0 and _begins_note(line)):
            size = min([usual, *([median(above.size for above in lines[:place])] if place else [])])
            larger = (at for at in range(place, len(lines)) if not 0 < lines[at].size < SMALLER * size)
            end = next(larger, len(lines))
            notes, foot = lines[place:end], lines[end:]
            if notes and (not foot or (is_marked and len(foot) < EDGE)):
                return [*lines[:place], *foot], [replace(each, note=_begins_note(each, raised)) for each in notes]
    return lines, ()


def _begins_note(line: Line, raised: Set[str] = frozenset()) -> bool:
    if line.note or (raised and line.text.partition(" ")[0] in raised):
        return True
    return line.text[:1].isdigit() and _NUMBERED_NOTE.match(line.text) is not None


def _edges(lines: Sequence[Line]) -> list[Line]:
    if any(line.left is None for line in lines):
        return [*lines[:EDGE], *lines[EDGE:][-EDGE:]]
    down = sorted((line for line in lines if not line.row), key=_TOP, reverse=True)
    return [*down[:EDGE], *down[EDGE:][-EDGE:]]


def _pattern(text: str) -> str:
    return _DIGITS.sub("#", "".join(text.split()))


def _numbered(pages: Sequence[Page], edges: Sequence[Sequence[Line]], needed: float) -> set[int]:
    """The ids of lines that begin or end with their page's printed number, where most pages print one."""
    ahead: dict[int, list[tuple[int, Line]]] = {}  # by how much the printed number is ahead of the page's place
    for page, of_page in zip(pages, edges, strict=True):
        for line in of_page:
            for found in _AT_AN_END.finditer(line.text) if line.left is not None else ():
                number = int(found[1] or found[2])
                ahead.setdefault(number - page.number, []).append((page.number, line))
    if not ahead:
        return set()
    lines = max(ahead.values(), key=lambda lines: len({number for number, _ in lines}))
    if len({number for number, _ in lines}) < needed:
        return set()
    height = _usual_height([line for _, line in lines])
    return {id(line) for _, line in lines if len(line.text) <= LONGEST_HEAD and _is_at(line, height)}


def _bare_numbers(pages: Sequence[Page]) -> set[int]:
    """The ids of lines that are their page's number and nothing else, below all others; where every page has one.

    So the few pages of a leaflet tell as much as the many of a book.
    """
    found = set[int]()
    for page in pages:
        if any(line.left is None for line in page.lines):
            return set()
        lowest = min(page.lines, key=lambda line: line.top, default=None)
        if lowest is None:
            continue
        number = _BARE.fullmatch(lowest.text.strip())
        if number is None or int(number[1]) != page.number:
            return set()
        if any(line.bottom < lowest.top for line in page.lines if line is not lowest):
            return set()
        found.add(id(lowest))
    return found


def _by_browsers(edges: Sequence[Sequence[Line]]) -> set[int]:
    """The ids of the lines that a browser prints around a page, of which the lower one has its address."""
    return {
        id(line)
        for of_page in edges
        if any(_PRINTED_FROM.fullmatch(line.text.strip()) for line in of_page)
        for line in of_page
        if _PRINTED_FROM.fullmatch(line.text.strip()) or _PRINTED_AT.fullmatch(line.text.strip())
    }


def _of_few(pages: Sequence[Page]) -> set[int]:
    """The ids of the first and last lines of two pages, of at most three, that say the same at the same place, apart
    from all else.

    They may differ in the pages' numbers.
    """
    if not 1 < len(pages) <= ENOUGH_PAGES or any(line.left is None for page in pages for line in page.lines):
        return set()
    found = set[int]()
    for (page, following), at_top in product(pairwise(pages), (True, False)):
        one, other = _apart(page.lines, at_top), _apart(following.lines, at_top)
        if one is None or other is None or one.size != other.size:
            continue
        numbers = zip(_DIGITS.findall(one.text), _DIGITS.findall(other.text), strict=False)
        told = all(a == b or (int(a), int(b)) == (page.number, following.number) for a, b in numbers)
        is_sentence = one.text.rstrip().endswith((".", "。", "!", "！", "?", "？"))
        if (
            told
            and not is_sentence
            and _pattern(one.text) == _pattern(other.text)
            and abs(one.bottom - other.bottom) <= SAME_HEIGHT
        ):
            found |= {id(one), id(other)}
    return found


def _apart(lines: Sequence[Line], at_top: bool) -> Line | None:
    """The topmost or the lowest line of a page, where it stands apart from the next one."""
    if len(lines) <= EDGE:
        return None
    last, following, *_ = sorted(lines, key=lambda line: -line.top if at_top else line.bottom)
    gap = last.bottom - following.top if at_top else following.bottom - last.top
    return last if not last.row and len(last.text) <= LONGEST_HEAD and gap > FAR_OFF * last.size else None


def _titled(pages: Sequence[Page], edges: Sequence[Sequence[Line]], needed: float, outline: Outline) -> set[int]:
    """The ids of lines that are little more than titles of what their page belongs to, where most pages have one.

    Those that stand at the same height in letters of the same size are such lines as well, as they may be shortened.
    """
    titled: list[Line] = []
    waiting = deque(outline)
    path: list[tuple[int, str]] = []
    for page, of_page in zip(pages, edges, strict=True):
        titles = {title for _, title in path}
        while waiting and waiting[0][2] <= page.number:
            level, title, _ = waiting.popleft()
            name = bare(title)[1] or bare(title)[0]
            path = [*(above for above in path if above[0] < level), (level, name)]
            titles.add(name)
        if not titles:
            continue
        heads = (line for line in of_page if line.left is not None and len(line.text) <= LONGEST_HEAD)
        titled += (line for line in heads if share_of_titles(line.text, titles) >= MOSTLY)
    if len(titled) < needed:
        return set()
    height = _usual_height(titled)
    at_height = [line for line in titled if _is_at(line, height)]
    if len(at_height) < needed:
        return set()
    sizes = {line.size for line in at_height}
    return {
        id(line)
        for of_page in edges
        for line in of_page
        if line.left is not None and _is_at(line, height) and line.size in sizes and len(line.text) <= LONGEST_HEAD
    }


def _usual_height(lines: Sequence[Line]) -> int:
    ((height, _),) = Counter(round(line.bottom / SAME_HEIGHT) for line in lines).most_common(1)
    return height


def _is_at(line: Line, height: int) -> bool:
    return abs(round(line.bottom / SAME_HEIGHT) - height) <= 1
