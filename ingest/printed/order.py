"""The order in which lines of a page are read: vertical text, feet that are drawn first; ruby is left out."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from ingest.printed.books import Line
from ingest.printed.grids import Rectangle

MOST_FEET = 6  # lines that stand below all else
FEWEST_ABOVE, MOSTLY_DOWN = 2, 0.7  # pairs of lines above them, and of these, which go down the page
MOST_FRAMED, FRAMED_APART = 12, 2  # lines in frames of a page, and times their size between two frames
SAME_COLUMN = 40.0  # points: lines that begin this close, items of a list among them, are of one column
ASIDE = 0.45  # of the size of its letters: so far from the middle of a column that runs downwards its pieces are
RUBY = 0.6  # of the size of the letters below it
_MARK = re.compile(r"[・●○■□◆◇▪•‣▶►–◦][ \t]*|\d{1,2}[.)．）]")
MOST_MARKS = 100  # that stand alone on a page; more are a drawing
LARGEST_DISC, ROUND, FEWEST_DISCS = 6.0, 1.0, 2  # points; and how many marks stand below one another
LARGER = 1.1  # times the usual size: a title, before which a square may be painted
MARK_BESIDE = 2.5  # times the size of its letters: so far from its mark an item begins at most
LETTERS, FEWEST_STACKED = 2, 2  # of a piece of a line that runs downwards, and such pieces
STACKED = -0.3, 0.9  # times their size: how far below one another letters stand in it
INITIAL = 1.8  # times the size of the letters beside it
_BEFORE_RUBY = "、。"
_KANA = re.compile(rf"[{_BEFORE_RUBY}]?[\u3041-\u3096\u30a1-\u30fc\s]+")


def without_ruby(lines: Sequence[Line]) -> list[Line]:
    """The lines without those of small kana above another one, which only say how its words are read aloud."""
    ruby = {
        place
        for place, line in enumerate(lines)
        if line.left is not None and _KANA.fullmatch(line.text)
        for other in lines[max(0, place - 1) : place + 2]
        if other.left is not None and line.size <= RUBY * other.size and _reads(line, other)
    }
    told = list(lines)
    for place in ruby:
        if place and lines[place].text[0] in _BEFORE_RUBY:  # it is of the words before, and was set with the kana
            told[place - 1] = replace(told[place - 1], text=told[place - 1].text + lines[place].text[0])
    return [line for place, line in enumerate(told) if place not in ruby]


def with_stacked(lines: Sequence[Line]) -> list[Line]:
    """The lines, letters that a program sets below one another, each by itself, as one line that runs downwards.

    Only where most of a page is set so: in a table letters stand below one another, too.
    """
    if 2 * sum(len(line.text) <= LETTERS and not line.text.isascii() for line in lines) <= len(lines):
        return list(lines)
    done: list[Line] = []
    stack: list[Line] = []
    for line in lines:
        if stack and not _goes_below(stack, line):
            done += _stacked(stack)
            stack = []
        if stack or (line.left is not None and len(line.text) <= LETTERS and not line.text.isascii()):
            stack.append(line)
        else:
            done.append(line)
    return done + _stacked(stack)


def _goes_below(stack: Sequence[Line], line: Line) -> bool:
    """Whether letters stand right below others that are set so."""
    last, first = stack[-1], stack[0]
    if line.left is None or len(line.text) > LETTERS or line.size != last.size:
        return False
    aside = abs(line.left + line.right - (first.left or 0.0) - first.right) / 2
    return aside <= ASIDE * line.size and STACKED[0] * line.size <= last.bottom - line.top <= STACKED[1] * line.size


def _stacked(stack: Sequence[Line]) -> list[Line]:
    if len(stack) < FEWEST_STACKED:
        return list(stack)
    left, right = min(line.left or 0.0 for line in stack), max(line.right for line in stack)
    text = "".join(line.text for line in stack)
    return [replace(stack[0], text=text, left=left, right=right, bottom=stack[-1].bottom)]


def with_initials(lines: Sequence[Line]) -> list[Line]:
    """The lines, large first letters, which reach down over the lines beside them, at the words that they begin."""
    done = list(lines)
    for initial in [line for line in lines if line.left is not None and len(line.text) == 1 and line.text.isalpha()]:
        beside = [
            (-line.top, at)
            for at, line in enumerate(done)
            if INITIAL * line.size <= initial.size
            and 0 <= (line.left or 0.0) - initial.right <= line.size
            and initial.bottom < line.top <= initial.top
            and line.text[:1].isalpha()
        ]
        if beside:
            _, at = min(beside)
            done[at] = replace(done[at], text=initial.text + done[at].text, left=initial.left)
            done = [line for line in done if line is not initial]
    return done


def with_marks(lines: Sequence[Line]) -> list[Line]:
    """The lines, the marks of items that a program draws after all else before their items again."""
    marks = {place for place, line in enumerate(lines) if line.left is not None and _MARK.fullmatch(line.text)}
    if len(marks) > MOST_MARKS:
        return list(lines)
    told, gone = list(lines), set[int]()
    for place in sorted(marks):
        mark = lines[place]
        drawn = mark.left or 0.0, mark.bottom, mark.right, mark.top
        beside = [
            (line.left or 0.0, other)
            for other, line in enumerate(lines)
            if other not in marks and _stands_before(drawn, line)
        ]
        if beside and (item := min(beside)[1]) != place + 1:  # else it stands where it belongs
            told[item] = replace(told[item], text=f"{mark.text.strip()} {told[item].text}", left=mark.left)
            gone.add(place)
    return [line for place, line in enumerate(told) if place not in gone]


def with_discs(lines: Sequence[Line], shades: Sequence[Rectangle]) -> list[Line]:
    """The lines, those of items whose marks are drawn, as browsers do, with "•" before them."""
    small = [
        (left, bottom, right, top)
        for left, bottom, right, top in shades
        if right - left <= LARGEST_DISC and abs((right - left) - (top - bottom)) <= ROUND
    ]
    columns = Counter(round(disc[0]) for disc in small)
    discs = [disc for disc in small if columns[round(disc[0])] >= FEWEST_DISCS]
    if not 0 < len(discs) <= MOST_MARKS:
        return list(lines)
    size = median(line.size for line in lines) if lines else 0.0
    told = []
    for line in lines:
        if line.left is not None and line.text[:1].isalnum() and line.size <= LARGER * size and not line.row:
            beside = (disc for disc in discs if _stands_before(disc, line))
            if (disc := next(beside, None)) is not None:
                line = replace(line, text=f"• {line.text}", left=disc[0])
        told.append(line)
    return told


def _stands_before(mark: Rectangle, line: Line) -> bool:
    """Whether a small mark stands before a line, at the height of its letters."""
    _, bottom, right, top = mark
    near = line.left is not None and 0 <= line.left - right <= MARK_BESIDE * line.size
    return near and line.bottom - line.size / 4 <= (bottom + top) / 2 <= line.top + line.size / 4


def _reads(ruby: Line, line: Line) -> bool:
    """Whether kana stand above a line, or on the right of one that runs downwards."""
    if ruby.left is None or line.left is None:
        return False
    if _is_vertical(line):
        beside = -ruby.size < ruby.left - line.right < 2 * ruby.size
        above = ruby.size + (
            line.size if ruby.text[0] in _BEFORE_RUBY else 0
        )  # of the line, where it is set with the kana
        return beside and line.bottom - ruby.size <= ruby.bottom and ruby.top <= line.top + above
    right = max(line.right, line.left + line.size)  # where two lines are one it ends farther left
    return line.left - ruby.size <= ruby.left <= right and abs(ruby.bottom - line.top) < ruby.size


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """Vertical columns from right to left, tier by tier; horizontal lines as they come."""
    placed = [line for line in lines if line.left is not None and len(line.text) > 4]
    if not placed or sum(map(_is_vertical, placed)) * 2 <= len(placed):
        return _with_frames_in_place(_with_feet_last(lines))
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


def _with_frames_in_place(lines: list[Line]) -> list[Line]:
    """What a program draws first and stands in the midst of a page, as frames of text do, is read where it stands."""
    jump = next((at for at, (one, other) in enumerate(pairwise(lines), 1) if other.bottom >= one.top), 0)
    if not 0 < jump <= MOST_FRAMED or any(line.left is None for line in lines):
        return lines
    rest = lines[jump:]
    downwards = [above.bottom > below.bottom for above, below in pairwise(rest)]
    if rest[0].bottom < lines[0].top or len(downwards) < FEWEST_ABOVE or sum(downwards) < MOSTLY_DOWN * len(downwards):
        return lines
    frames: list[list[Line]] = []
    for line in lines[:jump]:
        if not frames or frames[-1][-1].bottom - line.top > FRAMED_APART * line.size:
            frames.append([])
        frames[-1].append(line)
    for number, frame in reversed([*enumerate(frames, 1)]):
        at = _place_of(frame, rest)
        rest = [*rest[:at], *(replace(line, frame=number if at else 0) for line in frame), *rest[at:]]
    return rest


def _place_of(frame: Sequence[Line], lines: Sequence[Line]) -> int:
    """Before which line a frame is read: the first that begins lower in its column; 0 where others are in it."""
    left, bottom = min(line.left or 0.0 for line in frame), min(line.bottom for line in frame)
    right, top = max(line.right for line in frame), max(line.top for line in frame)
    beside = [line for line in lines if line.bottom < top and bottom < line.top]
    if any((line.left or 0.0) < right and left < line.right for line in beside):
        return 0
    for at, line in enumerate(lines):
        column = [each for each in lines if abs((each.left or 0.0) - (line.left or 0.0)) <= SAME_COLUMN]
        if line.top <= top and (line.left or 0.0) < right and left < max(each.right for each in column):
            return at
    return 0


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
