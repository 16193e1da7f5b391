"""From the lines of a printed page back to the paragraphs, items and rows of tables that typesetting has broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from statistics import median

from ingest.printed.books import Line
from ingest.texts.lines import joined
from ingest.texts.pairs import marks
from knowledge.language.sentences import JAPANESE

NEW_PARAGRAPH = 1.35  # times the usual distance between lines
OTHER_SIZE = 1.12  # times the size of the letters before
SHORT = 0.85  # of the column's width: a line that ends before it was ended by its writer
ROWS, ROWS_WITHIN = 3, 4  # so many rows of cells among so many lines above and below are a table
ROWS_BEGIN = 4  # points: and begin this close to one another
LONGEST_MARK = 4  # signs: "(12)"
LETTER = 0.7  # of its size is the height of a capital letter
FULL, FULL_SIZE = 0.95, 1.25  # of the width: such a line goes on in the next, if the size of letters is near enough
FARTHEST = 2  # times its size down from the line before it a line may be that goes on with a sentence, or with code
FARTHEST_APART = 3  # and this far below it a line is of another paragraph, however few others tell what is usual
INWARD = 0.3  # of its size: a line of an item that goes on begins farther right than the item's mark
ROOM = 2.5  # times its size is left where a Japanese line was ended by its writer
VERY_SHORT = 0.6  # and this one is an item or a title, even without a full stop
# A space within Japanese parts the cells of a table's row, since words have none; one after ？ or ！ is an old custom.
_CELLS = re.compile(rf"(?<=[{JAPANESE}）」』％℃0-9])[ \u3000]+(?=[{JAPANESE}（「『])")
_FULL_STOPS = tuple("。．.!?！？:：」』）)]】")
_ITEM = re.compile(
    r"[・●○■□◆◇▪•‣※★☆▶►→–-]|[!o§Ø] (?=\w)|[①-⑳]"
    r"|[ア-ン][ \u3000]+(?=\S)|[(（](?:\d{1,2}|[a-z]|[ア-ン])[)）]|(?:\d{1,2}[)）.．、]|[a-zア-ン][)）]) ?(?=\D)"
)
# A paragraph or an item of Japanese rules: "2 会員は…", "三 誓約書", "四、遅刻…". What follows is no cell of a table.
_OF_RULES = re.compile(
    rf"(?:[0-9０-９]{{1,2}}[ \u3000]+|[一二三四五六七八九十]{{1,3}}(?:[ \u3000]+|[、．.][ \u3000]*))(?=[{JAPANESE}])"
)
_RUNS_ON = re.compile(r"[\u3041-\u309f、。，．」』）a-z]")  # how what goes on with a sentence begins


def paragraphs(lines: Sequence[Line]) -> list[str]:
    """The lines as paragraphs of running text; the items of a list and the rows of a table are lines of one."""
    done: list[str] = []
    for (is_row, _), together in groupby(lines, key=lambda line: (line.row, line.frame)):
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
    mark = _OF_RULES.match(text) or _ITEM.match(text)
    begin = mark.end() if mark else 0
    return _CELLS.search(text, len(text) - len(text[begin:].lstrip(" \u3000"))) is not None


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
    if down > FARTHEST_APART * line.size > 0:
        return "paragraph"
    may_go_on = filled >= FULL and not ended and down > 0 and _alike(before, line, FULL_SIZE)
    if may_go_on and down <= (FARTHEST * line.size if _RUNS_ON.match(line.text) else usual):
        return "no"
    if line.size and before.size and not _alike(before, line, OTHER_SIZE):
        return "paragraph"
    if down < -pitch:  # the next column
        return "paragraph" if ended or filled < VERY_SHORT else "no"
    if pitch and down > usual:
        return "paragraph"
    if ended and (filled < SHORT or line.text.startswith("\u3000")):
        return "paragraph"
    if line.left - before.left > 0.8 * line.size > 0 and ended and not _ITEM.match(before.text):
        return "paragraph"
    if before.left - line.left > 0.8 * line.size > 0 and ended and _ITEM.match(before.text):  # no item any more
        return "paragraph"
    if ended and _OF_RULES.match(line.text):
        return "line"
    hangs = line.left > before.left + INWARD * line.size
    if not ended and not hangs and _ITEM.match(before.text) and _has_room(before, line, width):
        return "paragraph"
    beside = abs(down) < line.size / 2 and line.left >= before.right  # on the same line, where PDFium took it for two
    return "line" if filled < VERY_SHORT and not beside and not _is_mark(before.text) else "no"


def _has_room(before: Line, line: Line, width: float) -> bool:
    """Whether a line's first word would have stood in the one before it, which its writer ended, then.

    In Latin letters it begins with a capital one: lines of an item are often set without filling them.
    """
    left = width - (before.right - (before.left or 0.0))
    if not line.text[:1].isascii():
        return left > ROOM * line.size
    word = len(line.text.split(maxsplit=1)[0]) + 1
    return line.text[0].isupper() and left > word * (before.right - (before.left or 0.0)) / (len(before.text) or 1)


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
