"""Days of the year that a text names: 1月3日, 1/3 in Japanese, Jan 3, and those between two of them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

from knowledge.language.months import MONTHS

LONGEST = 62  # days: a longer stretch is a season, and names no day
LEAP = 2024  # a year that has all of them

Day = tuple[int, int]  # month and day

# 1/3 as a day, and not as a share or a size of something: what follows tells.
_SLASHED = re.compile(
    r"(?<![\d/.])(1[0-2]|0?[1-9])/(3[01]|[12]\d|0?[1-9])(?![\d/A-Za-z\u30a1-\u30fa\u4e00-\u9fff]|の[量大値価サ]|に[減分切])"
)
_OF_WEEK = r"(?: ?\([^()]{1,4}\))?"
_JA = re.compile(rf"(?:(1[0-2]|0?[1-9])月)?(3[01]|[12]\d|0?[1-9])日{_OF_WEEK}(?P<to> ?(?:[~〜～–—―-]|から) ?)?")
_MONTH = r"(?P<{0}>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?P<{0}>3[01]|[12]\d|[1-9])(?:st|nd|rd|th)?"
_TO = r"(?P<{0}>(?:, \d{{4}})? ?(?:[~–—-]|to|until|through) ?)?"
_EN = re.compile(
    rf"\b(?:{_MONTH.format('m')} {_DAY.format('d')}|{_DAY.format('e')} (?:of )?{_MONTH.format('n')})\b"
    rf"{_TO.format('to')}"
    rf"(?:{_DAY.format('last')}\b(?! (?:of )?[a-z]))?",
    re.IGNORECASE,
)


def spelled(question: str, lang: str) -> str:
    """A Japanese question with 1/3 as documents write it, 1月3日."""
    return _SLASHED.sub(r"\1月\2日", question) if lang == "ja" and "/" in question else question


def days(text: str) -> frozenset[Day]:
    """The days that a text names, and those between two that it names the ends of."""
    text = unicodedata.normalize("NFKC", text)
    found: set[Day] = set()
    month, since = 0, None
    for match in _JA.finditer(text) if "日" in text else ():
        month = int(match[1] or month)
        day = month, int(match[2])
        if since is not None and match.start() == since[1]:
            found |= _between(since[0], day)
        found.add(day)
        since = (day, match.end()) if match["to"] else None
    since = None
    for match in _EN.finditer(text):
        day = MONTHS[(match["m"] or match["n"])[:3].lower()], int(match["d"] or match["e"])
        if since is not None and match.start() == since[1]:
            found |= _between(since[0], day)
        found.add(day)
        if match["to"] and match["last"]:
            found |= _between(day, (day[0], int(match["last"])))
        since = (day, match.end()) if match["to"] and not match["last"] else None
    return frozenset(each for each in found if each[0])


def _between(first: Day, last: Day) -> set[Day]:
    try:
        begin = date(LEAP, *first)
        end = date(LEAP + (last < first), *last)
    except ValueError:
        return set()
    length = (end - begin).days
    stretch = (begin + timedelta(number) for number in range(length + 1)) if length <= LONGEST else ()
    return {(each.month, each.day) for each in stretch}
