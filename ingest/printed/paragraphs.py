"""From the lines of printed pages back to paragraphs: what typesetting has done to a text, undone.

Reading order of vertical pages, broken lines, letters that a font's tables hide.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from statistics import median

from ingest.texts.lines import joined
from ingest.texts.pairs import marks
from knowledge.language.sentences import JAPANESE

GARBLED = 0.05  # of a page's signs may be ones that no text holds
NEW_PARAGRAPH = 1.35  # times the usual distance between lines
OTHER_SIZE = 1.12  # times the size of the letters before
SHORT = 0.85  # of the column's width: a line that ends before it was ended by its writer
MOST_FEET = 6  # lines that stand below all else
FEWEST_ABOVE, MOSTLY_DOWN = 2, 0.7  # pairs of lines above them, and of these, which go down the page
ASIDE = 0.45  # of the size of its letters: so far from the middle of a column that runs downwards its pieces are
ROWS, ROWS_WITHIN = 3, 4  # so many rows of cells among so many lines above and below are a table
ROWS_BEGIN = 4  # points: and begin this close to one another
LONGEST_MARK = 4  # signs: "(12)"
RUBY = 0.6  # of the size of the letters below it
LETTER = 0.7  # of its size is the height of a capital letter
FULL, FULL_SIZE = 0.95, 1.25  # of the width: such a line goes on in the next, if the size of letters is near enough
FARTHEST = 2  # times its size down from the line before it a line may be that goes on with a sentence, or with code
VERY_SHORT = 0.6  # and this one is an item or a title, even without a full stop

# Some PDF makers point at radicals where the ideograph was meant. NFKC mends the Kangxi block, but not these.
_RADICALS = dict(
    zip(
        "⺠⻁⻄⻆⻑⻘⻝⻣⻤⻨⻩⻫⻭⻯⻲⺃⺅⺇⺉⺌⺍⺕⺘⺡⺣⺩⺬⺭⺮⺾⻂⻌⻍⻏⻖⻗⻞⻟⻡⻅⻉⻋⻛⻜⻢⻥⻦⻬⻮⻰",
        "民虎西角長青食骨鬼麦黄斉歯竜亀乚亻几刂小小彐扌氵灬王示礻竹艹衤辶辶阝阝雨飠食首见贝车风飞马鱼鸟齐齿龙",
        strict=True,
    )
)
_LETTERS = {ord(radical): letter for radical, letter in _RADICALS.items()}
_LETTERS |= {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
_LETTERS |= {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}  # ﬁ, ﬄ
_LETTERS |= {
    0x2F3E: "戸",
    0x2E9F: "母",
    0x2EF3: "龟",
}  # Unicode's own choice for the first is a form Japan does not use
_LETTERS |= dict.fromkeys((0x200B, 0x200C, 0x2060, 0xFEFF), "")  # marks of no width
# Marks as vertical text has them.
_LETTERS |= dict(
    zip(
        map(ord, "︐︑︒︓︔︕︖︗︘︙︰︱︲︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄﹇﹈"),
        "，、。：；！？〖〗…‥—–（）｛｝〔〕【】《》〈〉「」『』［］",
        strict=True,
    )
)
# Marks of lists in the fonts Symbol and Wingdings, which word processors use.
_LETTERS |= dict.fromkeys(map(ord, "\uf0b7\uf0a7\uf06c\uf06e\uf071\uf075\uf076\uf0a8\uf0d8\uf0e8\uf0fc\uf0be"), "•")
LINE_END = "\ufffe"  # PDFium's sign for a hyphen at a line's end, whether typesetting or the writer put it there
LONG = 40  # letters of a line that may end in a divided word
SELDOM = 0.015  # of them end so where only the writer's own hyphens do; typesetting divides one in 40, or more
# A dash and a grave accent, which some fonts' tables take for a stroke through a letter and an accent upon one.
_ALONE = re.compile(r"(?<!\S)[\u0336\u0300]")
_MEANT = {"\u0336": "—", "\u0300": "`"}
_DIVIDED = re.compile(rf"(\w+){LINE_END}(\w+)|{LINE_END}")
_WORD = re.compile(r"\w+(?:-\w+)*")
# A space within Japanese parts the cells of a table's row, since words have none; one after ？ or ！ is an old custom.
_CELLS = re.compile(rf"(?<=[{JAPANESE}）」』％℃0-9])[ \u3000]+(?=[{JAPANESE}（「『])")
_FULL_STOPS = tuple("。．.!?！？:：」』）)]】")
_ITEM = re.compile(
    r"[・●○■□◆◇▪•‣※★☆▶►→–-]|[!o§Ø] (?=\w)|[①-⑳]"
    r"|[(（](?:\d{1,2}|[a-z]|[ア-ン])[)）]|(?:\d{1,2}[)）.．、]|[a-zア-ン][)）]) ?(?=\D)"
)
# A paragraph or an item of Japanese rules: "2 会員は…", "三 誓約書", "四、遅刻…". What follows is no cell of a table.
_OF_RULES = re.compile(
    rf"(?:[0-9０-９]{{1,2}}[ \u3000]+|[一二三四五六七八九十]{{1,3}}(?:[ \u3000]+|[、．.][ \u3000]*))(?=[{JAPANESE}])"
)
_EXTRAORDINARY = re.compile(
    r"[^\t-\r -~\xa0-\xff\u2010-\u2027\u3000-\u3029\u3030-\u303f\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uff01-\uff9f]"
)
_RUNS_ON = re.compile(r"[\u3041-\u309f、。，．」』）a-z]")  # how what goes on with a sentence begins
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fc\s]+")
_CID = re.compile(r"\(cid:\d+\)")


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


def letters(text: str) -> str:
    """The text with the ordinary letters that were meant."""
    if text.isascii():
        return text
    text = text.translate(_LETTERS)
    return _ALONE.sub(lambda sign: _MEANT[sign[0]], text) if any(sign in text for sign in _MEANT) else text


def mend_hyphens(pages: Sequence[Page]) -> None:
    """Make words whole that were divided at a line's end, and leave the writer's own hyphens: YF-10, dishwasher-safe.

    The rest of the document tells which is which, by the words that it holds; where next to no line ends so, nothing
    but a writer's own hyphen does.
    """
    ending = [line.text for page in pages for line in page.lines if LINE_END in line.text]
    if not ending:
        return
    texts = (line.text for page in pages for line in page.lines)
    whole = (_DIVIDED.sub(" ", text) if LINE_END in text else text for text in texts)
    words = set(_WORD.findall("\n".join(whole).lower()))
    divided = [found.groups() for text in ending for found in _DIVIDED.finditer(text)]
    long = sum(len(line.text) >= LONG for page in pages for line in page.lines)
    own_alone = len(divided) < SELDOM * long and not any(f"{left}{right}".lower() in words for left, right in divided)

    def mended(found: re.Match[str]) -> str:
        left, right = found[1] or "", found[2] or ""
        if not left or f"{left}{right}".lower() in words:
            return left + right
        own = own_alone or f"{left}-{right}".lower() in words or not right[0].islower() or not left[-1].islower()
        both = left.lower() in words and right.lower() in words
        return f"{left}-{right}" if own or both else left + right

    for page in pages:
        page.lines = [
            replace(line, text=_DIVIDED.sub(mended, line.text), divided=True) if LINE_END in line.text else line
            for line in page.lines
        ]


def outline_title(text: str) -> str:
    """A title of an outline; what Chromium writes twice, when a heading begins a page, is said once."""
    title = " ".join(letters(text).replace(LINE_END, "").split())
    half = len(title) // 2
    return title[:half] if half > 1 and title == title[:half] * 2 else title


def is_garbled(text: str) -> bool:
    """Whether a page's text is not what is printed on it: signs for private use, controls, lone accents."""
    odd = 8 * len(_CID.findall(text)) if "(cid:" in text else 0
    for found in _EXTRAORDINARY.finditer(text):
        sign = found[0]
        category = unicodedata.category(sign)
        lone = category == "Mn" and text[found.start() - 1 : found.start()].strip() == ""
        odd += category in ("Co", "Cn", "Cs") or sign == "\ufffd" or lone or (category == "Cc" and not sign.isspace())
    return odd > 0 and odd > GARBLED * len("".join(text.split()))


def without_ruby(lines: Sequence[Line]) -> list[Line]:
    """The lines without those of small kana above another one, which only say how its words are read aloud."""
    ruby = {
        place
        for place, line in enumerate(lines)
        if line.left is not None and _KANA.fullmatch(line.text)
        for other in lines[max(0, place - 1) : place + 2]
        if other.left is not None and line.size <= RUBY * other.size and _reads(line, other)
    }
    return [line for place, line in enumerate(lines) if place not in ruby]


def _reads(ruby: Line, line: Line) -> bool:
    """Whether kana stand above a line, or on the right of one that runs downwards."""
    if ruby.left is None or line.left is None:
        return False
    if _is_vertical(line):
        beside = -ruby.size < ruby.left - line.right < 2 * ruby.size
        return beside and line.bottom - ruby.size <= ruby.bottom and ruby.top <= line.top + ruby.size
    return line.left - ruby.size <= ruby.left <= line.right and abs(ruby.bottom - line.top) < ruby.size


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Vertical columns from right to left, tier by tier; horizontal lines as they come."""
    placed = [line for line in lines if line.left is not None and len(line.text) > 4]
    if not placed or sum(map(_is_vertical, placed)) * 2 <= len(placed):
        return _with_feet_last(lines)
    ordered: list[Line] = []
    tier: list[Line] = []
    for line in sorted(lines, key=lambda line: -line.top):
        if tier and line.top < median(each.bottom for each in tier):
            ordered += _columns(tier)
            tier = []
        tier.append(line)
    ordered += _columns(tier)
    # Turned by a quarter, so that the rules for horizontal lines hold for them.
    return [
        replace(line, left=-line.top, right=-line.bottom, top=line.right, bottom=line.left or 0.0) for line in ordered
    ]


def _with_feet_last(lines: Sequence[Line]) -> list[Line]:
    """What a program draws first and stands below all else, as it does feet and the notes above them, is read last."""
    if len(lines) < 2 or lines[-1].left is None or lines[0].top > lines[-1].bottom:
        return list(lines)  # as most pages: told in no time
    first = 0
    while first < min(MOST_FEET, len(lines) - 1) and lines[first].left is not None:
        first += 1
    below = math.inf
    lowest = [math.inf] * (len(lines) + 1)  # of the lines from here on
    for at in range(len(lines) - 1, -1, -1):
        below = min(below, lines[at].bottom if lines[at].left is not None else -math.inf)
        lowest[at] = below
    feet = next((count for count in range(first, 0, -1) if max(line.top for line in lines[:count]) <= lowest[count]), 0)
    downwards = [above.bottom > below.bottom for above, below in pairwise(lines[feet:])]
    if len(downwards) < FEWEST_ABOVE or sum(downwards) < MOSTLY_DOWN * len(downwards):
        return list(lines)  # a page that is turned counts its heights otherwise
    return [*lines[feet:], *lines[:feet]]


def _is_vertical(line: Line) -> bool:
    return (
        line.left is not None
        and line.top - line.bottom > 3 * abs(line.right - line.left)
        and line.text.isascii() is False
    )


def _columns(tier: Sequence[Line]) -> list[Line]:
    """Lines that run downwards, from the right; the pieces of a column that something stands beside as one line."""
    columns: list[list[Line]] = []
    for line in sorted(tier, key=lambda line: -line.right):
        column = next((column for column in columns if _is_in(line, column)), None)
        if column is None:
            columns.append([line])
        else:
            column.append(line)
    return [whole for column in columns for whole in _whole(sorted(column, key=lambda line: -line.top))]


def _is_in(line: Line, column: Sequence[Line]) -> bool:
    """Whether a line is a piece of a column; a mark at a letter's corner stands aside of its middle."""
    left, right = min(each.left or 0.0 for each in column), max(each.right for each in column)
    aside = abs((left + right) / 2 - ((line.left or 0.0) + line.right) / 2)
    return line.size == column[0].size and aside <= ASIDE * line.size


def _whole(pieces: Sequence[Line]) -> list[Line]:
    """The pieces of a column, from above, where one goes on right below another as one line."""
    done = [pieces[0]]
    for piece in pieces[1:]:
        last = done[-1]
        if abs(last.bottom - piece.top) > piece.size:
            done.append(piece)
            continue
        left, right = min(last.left or 0.0, piece.left or 0.0), max(last.right, piece.right)
        done[-1] = replace(last, text=last.text + piece.text, left=left, right=right, bottom=piece.bottom)
    return done


def paragraphs(lines: Sequence[Line]) -> list[str]:
    """The lines as paragraphs of running text; the items of a list and the rows of a table are lines of one."""
    done: list[str] = []
    for is_row, together in groupby(lines, key=lambda line: line.row):
        run = list(together)
        done += ["\n".join(line.text for line in run)] if is_row else _paragraphs(run)
    return done


def _paragraphs(lines: Sequence[Line]) -> list[str]:
    pitch = _pitch(lines)
    rights = _column_rights(lines)
    done: list[str] = []
    items: list[str] = []
    run = [lines[0].text]
    table = _table(lines)
    asked = marks([line.text for line in lines])
    for number, (before, line) in enumerate(pairwise(lines), start=1):
        parted = "paragraph" if number in asked else table.get(number) or _parted(before, line, pitch, rights)
        if parted == "cell":
            run[-1] += f" {line.text}"
            continue
        if parted == "no":
            run.append(line.text)
            continue
        items.append(joined(run))
        run = [line.text]
        if parted == "paragraph":
            done.append("\n".join(items))
            items = []
    done.append("\n".join([*items, joined(run)]))
    return [paragraph for paragraph in done if paragraph.strip()]


def _table(lines: Sequence[Line]) -> dict[int, str]:
    """How the lines of Japanese tables stand apart from those before: "line" for a row, "cell", or "no" within one."""
    begins = {
        place: line.left
        for place, line in enumerate(lines)
        if line.left is not None and not line.narrow and not line.text.isascii() and _has_cells(line.text)
    }

    def is_row(place: int) -> bool:
        near = (begins.get(each) for each in range(place - ROWS_WITHIN, place + ROWS_WITHIN + 1))
        return sum(each is not None and abs(each - begins[place]) <= ROWS_BEGIN for each in near) >= ROWS

    rows = [place for place in begins if is_row(place)]
    told = dict.fromkeys(rows, "line")
    for row, following in pairwise([*rows, len(lines)]):
        is_last = following - row > ROWS_WITHIN
        for place in range(row + 1, following):
            before, line = lines[place - 1], lines[place]
            inward = (line.left or 0.0) - begins[row]
            goes_on = before.bottom - line.bottom < NEW_PARAGRAPH * line.size
            if inward < -ROWS_BEGIN or (is_last and not (inward > ROWS_BEGIN and goes_on)):
                break
            if inward <= ROWS_BEGIN:
                told[place] = "line"  # a row whose first cells fill its line
            else:
                beside = told.get(place - 1) != "line" and abs((before.left or 0.0) - (line.left or 0.0)) > ROWS_BEGIN
                told[place] = "cell" if beside else "no"
    return told


def _has_cells(text: str) -> bool:
    mark = _OF_RULES.match(text)
    return _CELLS.search(text, mark.end() if mark else 0) is not None


def _parted(before: Line, line: Line, pitch: float, rights: dict[int, float]) -> str:
    """How a line stands apart from the one before it: "no", "line" or "paragraph"."""
    ended = before.text.rstrip().endswith(_FULL_STOPS)
    if _ITEM.match(line.text):
        return "line"
    if line.note:
        return "paragraph"
    if line.left is None or before.left is None:
        return "paragraph" if line.text.startswith("\u3000") else "no"
    down = before.bottom - (_first_bottom(line) if line.divided else line.bottom)
    width = rights.get(_column(before), before.right) - before.left
    filled = (before.right - before.left) / width if width > 0 else 1.0
    usual = NEW_PARAGRAPH * max(pitch, line.size)
    if line.fixed and (before.fixed or ended or filled < FULL) and down >= 0:
        return "line" if down <= FARTHEST * line.size else "paragraph"
    may_go_on = filled >= FULL and not ended and down > 0 and _alike(before, line, FULL_SIZE)
    if may_go_on and down <= (FARTHEST * line.size if _RUNS_ON.match(line.text) else usual):
        return "no"
    if line.size and before.size and not _alike(before, line, OTHER_SIZE):
        return "paragraph"
    if down < -pitch:  # the next column
        return "paragraph" if ended else "no"
    if pitch and down > usual:
        return "paragraph"
    if ended and (filled < SHORT or line.text.startswith("\u3000")):
        return "paragraph"
    if line.left - before.left > 0.8 * line.size > 0 and ended:
        return "paragraph"
    if ended and _OF_RULES.match(line.text):
        return "line"
    beside = abs(down) < line.size / 2 and line.left >= before.right  # on the same line, where PDFium took it for two
    return "line" if filled < VERY_SHORT and not beside and not _is_mark(before.text) else "no"


def _is_mark(text: str) -> bool:
    """Whether there is nothing but an item's mark, whose text PDFium took for another line."""
    return len(text) <= LONGEST_MARK and _ITEM.match(f"{text} x") is not None


def _alike(before: Line, line: Line, times: float) -> bool:
    return before.size < times * line.size and line.size < times * before.size


def _pitch(lines: Sequence[Line]) -> float:
    """The usual distance between lines of running text, rather than of code, which is often set closer."""
    running = [line for line in lines if not line.fixed] or lines
    downs = [a.bottom - b.bottom for a, b in pairwise(running) if a.left is not None]
    return median(usual) if (usual := [down for down in downs if down > 1]) else 0.0


def _first_bottom(line: Line) -> float:
    """Where the first stands of the two printed lines that it is."""
    if line.top - line.bottom > 1.5 * line.size > 0:
        return max(line.bottom, line.top - LETTER * line.size)
    return line.bottom


def _column(line: Line) -> int:
    return int((line.left or 0.0) // 120)  # points: lines that begin this close together are of one column


def _column_rights(lines: Iterable[Line]) -> dict[int, float]:
    rights: dict[int, float] = {}
    for line in lines:
        if line.fixed:  # the longest line of code says nothing about where others end
            continue
        column = _column(line)
        rights[column] = max(rights.get(column, line.right), line.right)
    return rights
