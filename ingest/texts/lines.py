"""Joins lines that were broken for looks, and writes a table's row as a line that can be quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from knowledge.language.sentences import JAPANESE

WIDE = f"{JAPANESE}、。，．・：；？！「」『』（）【】〈〉《》〔〕…―～￥％＆０-９Ａ-Ｚａ-ｚ■□◆◇●○※→"
_BETWEEN_WIDE = re.compile(rf"(?<=[{WIDE}0-9%])[ \t\f\v\r\xa0]*\n\s*(?=[{WIDE}])")
_SPACES = re.compile(r"[\x00-\x20\x7f-\xa0]+")  # with the controls, which some fonts' tables make of other signs
SOFT_HYPHEN = "\xad"
SPANNED = "\x1c"  # stands in a row for what the value on its left spans
MOST_RAISED = 2  # digits of a power or of a note's mark
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_WEEKDAY = re.compile(r"[月火水木金土日祝](?:[・,、/〜～-][月火水木金土日祝])*")
_FEWEST_WEEKDAYS = 3  # columns: 年, 月 and 日 are two, and no days of the week
# Days at the beginning of a line, before what holds then; and in a column of their own.
_DAYS_FIRST = re.compile(
    r"(?:^[ \t\u3000]*(?:[-・*] )?|曜日: ?)"
    r"((?!祝日)[月火水木金土日祝](?:[・,、/〜～-]?(?:祝日|祝(?!日)|[月火水木金土日]))*)"  # 祝日 in one way only
    r"(?=[ \u3000]*[:：|]|[ \u3000]+\d|;|$)",
    re.MULTILINE,
)
_DAY = re.compile("祝日?|[月火水木金土日]")
_SIDE_BY_SIDE = re.compile("(?<=[月火水木金土日])(?=[月火水木金土日祝])")  # 土日祝
_FEWEST_DAYS = 2  # lines that begin so
_NOTE = re.compile(r"[※＊*†‡]|[(（]?注[)）:：意\d]|note\b", re.IGNORECASE)
_SENTENCE = re.compile(r"。$|[a-z)]\.$")
_LINE_END_HYPHEN = re.compile(r"(?<=[a-zà-ÿ])[-\u00ad\u2010]\n(?=[a-zà-ÿ])")


def collapse(text: str) -> str:
    """White space as a reader sees it: one space between words, none where a line of Japanese was broken."""
    if text.isascii() and (plain := " ".join(text.split())).isprintable():
        return plain
    if SOFT_HYPHEN in text:  # where a word may be divided, and is not
        text = text.replace(SOFT_HYPHEN, "")
    return _SPACES.sub(" ", _BETWEEN_WIDE.sub("", text) if "\n" in text else text).strip(" ")


def raised(digits: str) -> str:
    """Digits that stand above their line, as such signs: 10³ is not 103. Other and longer texts stay as they are."""
    return digits.translate(_RAISED) if len(digits) <= MOST_RAISED and digits.isdecimal() else digits


def joined(lines: Iterable[str]) -> str:
    """Lines of one paragraph as running text; a word divided at a line's end is made whole."""
    text = "\n".join(lines)
    divided = "-\n" in text or "\u00ad\n" in text or "\u2010\n" in text  # told in no time
    return collapse(_LINE_END_HYPHEN.sub("", text) if divided else text)


def row_line(header: Sequence[str], cells: Sequence[str]) -> str:
    """A table's row as `header: value; header: value`, which reads without the rest of the table; empty cells left out.

    Without a header the cells are parted by bars. Days of the week are named as customers name them: 土曜, not 土. A
    value that spans columns is said of all of them, unless it spans the whole row. A note alone in its row, or a
    sentence in the first of several columns, has no name.
    """
    if not any(header):
        return " | ".join(cell for cell in cells if cell not in ("", SPANNED))
    names = [*_with_weekdays(tuple(header)), *[""] * (len(cells) - len(header))]
    if SPANNED in cells:
        names, cells = _spanning(names, cells)
    filled = [cell for cell in cells if cell]
    if len(filled) == 1 and (_NOTE.match(filled[0]) or (len(names) > 2 and cells[0] and _SENTENCE.search(cells[0]))):
        return filled[0]
    pairs = ((name, cell) for name, cell in zip(names, cells, strict=False) if cell)
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs)


def _spanning(names: Sequence[str], cells: Sequence[str]) -> tuple[list[str], list[str]]:
    """The columns and their values, those that one value spans as one."""
    groups: list[tuple[list[str], str]] = []
    for name, cell in zip(names, cells, strict=False):
        if cell != SPANNED or not groups:
            groups.append(([], "" if cell == SPANNED else cell))
        if name and name not in groups[-1][0]:
            groups[-1][0].append(name)
    if len(groups) == 1:
        return groups[0][0][:1], [groups[0][1]]
    between = ", " if all(name.isascii() for name in names) else "・"
    return [between.join(of_group) for of_group, _ in groups], [cell for _, cell in groups]


@lru_cache(maxsize=64)
def _with_weekdays(header: tuple[str, ...]) -> tuple[str, ...]:
    """The names of columns, with 月 as 月曜 and 日・祝 as 日曜・祝日 where they are the days of a week."""
    if sum(bool(_WEEKDAY.fullmatch(name)) for name in header) < _FEWEST_WEEKDAYS:
        return header
    return tuple(_named_days(name) if _WEEKDAY.fullmatch(name) else name for name in header)


def with_weekdays(text: str) -> str:
    """A text with days of the week as customers name them, where its lines begin with them: 土: 9:00 as 土曜: 9:00."""
    if text.isascii() or not any(sign in text for sign in "月火水木金土日"):
        return text  # told in no time
    days = _DAYS_FIRST.findall(text)
    if len(days) < _FEWEST_DAYS or not any("土" in day or len(day) > 1 for day in days):
        return text  # 月 and 日 may be parts of a date, 金 and 木 what things are made of
    return _DAYS_FIRST.sub(lambda found: found[0].removesuffix(found[1]) + _named_days(found[1]), text)


def _named_days(name: str) -> str:
    return _DAY.sub(lambda day: "祝日" if day[0].startswith("祝") else f"{day[0]}曜", _SIDE_BY_SIDE.sub("・", name))
