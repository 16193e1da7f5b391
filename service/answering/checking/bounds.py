"""Bounds: who is under 14 is 13 or younger and not 14 or younger, and more than ten are eleven and more."""

from __future__ import annotations

import re

_COUNTER = r"(?:[歳才名人個点頭匹台本枚件泊]|kg|cm|years?(?:old)?|people|persons?|guests?|items?)?様?"
_NUMBER = r"(?<![\d.,])(\d{1,4})(?!\d|[.,]\d)"
_UP_TO = (  # and that number too
    re.compile(rf"{_NUMBER}{_COUNTER}(?:以下|以内|まで)"),
    re.compile(rf"(?:upto|upto(?:and)?including|nomorethan|atmost|maximumof|max\.?)(?:theageof|age|ages)?{_NUMBER}"),
    re.compile(rf"{_NUMBER}{_COUNTER}(?:and|or)(?:younger|under|below|less|fewer)"),
)
_BELOW = (
    re.compile(rf"{_NUMBER}{_COUNTER}未満"),
    re.compile(rf"(?:under|youngerthan|below|lessthan|fewerthan)(?:theageof|age)?{_NUMBER}"),
)
_FROM = (
    re.compile(rf"{_NUMBER}{_COUNTER}以上"),
    re.compile(rf"{_NUMBER}{_COUNTER}(?:and|or)(?:older|over|above|up|more)"),
    re.compile(rf"(?:atleast|minimumof){_NUMBER}"),
)
_ABOVE = (
    re.compile(rf"{_NUMBER}{_COUNTER}(?:を超え|超|より多)"),
    re.compile(rf"(?:over|olderthan|above|morethan)(?:theageof|age)?{_NUMBER}"),
)
_HINT = re.compile(r"以[下内上]|まで|most|max|more|less|fewer|under|below|younger|older|over|above|up|least|minim")


def from_the_other_side(text: str, passage: str) -> set[str]:
    """The whole numbers that bound something in `text` as others do in `passage`: both in small letters, no blanks."""
    highest = {n - 1 for n in _all(_BELOW + _FROM, passage)}
    lowest = {n + 1 for n in _all(_UP_TO + _ABOVE, passage)}
    return {str(n) for n in (_all(_UP_TO, text) & highest) | (_all(_FROM, text) & lowest)}


def misses(text: str, passage: str) -> bool:
    """Whether a bound in `text` is off by one: 14 or younger, where `passage` says under 14."""
    if not _HINT.search(text):  # as of most sentences: the patterns cost ten times as much
        return False
    upmost, least = _all(_UP_TO, text), _all(_FROM, text)
    if not upmost and not least:
        return False
    return bool(
        upmost & _all(_BELOW, passage) - _all(_UP_TO + _ABOVE, passage)
        or least & _all(_ABOVE, passage) - _all(_FROM + _BELOW, passage)
    )


def _all(patterns: tuple[re.Pattern[str], ...], text: str) -> set[int]:
    return {int(n) for pattern in patterns for n in pattern.findall(text)}
