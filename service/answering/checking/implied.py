"""What a passage says without these words: Mon-Fri names Tuesday, too, and "8-18" behind it is from 8 a.m. to 6 p.m."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from service.answering.checking.facts import Facts

_EN = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_JA = "月火水木金土日"
_DAY_EN = r"(?:mon|tue|wed|thu|fri|sat|sun)(?:s|rs|r|nes|urs|ur)?(?:days?)?\b\.?"
_RANGE_EN = re.compile(rf"\b({_DAY_EN})\s?(?:[-–—~〜]|to|through|until)\s?\b({_DAY_EN})")
_RANGE_JA = re.compile(rf"([{_JA}])(?:曜日?)?\s?(?:[-–—~〜ー]|から)\s?([{_JA}])(?![一-鿿]|曜日?以)")
# Mon 9-5, Sat: 10:00, (Fri): what follows tells that a day is meant, and not the sun
_ALONE_EN = re.compile(rf"\b({'|'.join(_EN)})(?:s|rs|r|urs)?\b\.?(?=\s?[-–—:,/&)\d+]|\s(?:and|or|to|from)\b)")
_ALONE_JA = re.compile(rf"(?<![一-鿿\d])[{_JA}](?=[:、・,/()])|(?<=[・、,/(])[{_JA}](?![一-鿿ぁ-ん])")
_EVERY_DAY = re.compile(r"毎日|年中無休|無休|\bdaily\b|\bevery day\b|\b7 days a week\b|\bseven days\b")
_WORKDAYS = re.compile(r"平日|\bweekdays?\b|\bworking days\b")
_WEEKEND = re.compile(r"週末|土日|\bweekends?\b")
_HOURS = re.compile(
    rf"(?:{_DAY_EN}|[{_JA}祝)])\s?:?\s?(\d{{1,2}})\s?[-–—~〜]\s?(\d{{1,2}})(?![\d:/]|\.\d|\s?(?:[ap]\.?m|時))"
)
_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth"
_ORDINALS = {word: number for number, word in enumerate(_WORDS.split(), start=1)}
_ORDINAL = re.compile(rf"\b({'|'.join(_ORDINALS)})\b(?! class)")
_ONE = re.compile(r"\b(?:each|every|per) (\w+)|\ban? (hour|day|week|month|year)\b|/(hour|day|week|month|year)\b")
_ONE_JA = (("毎日", "day"), ("毎週", "week"), ("毎月", "month"), ("月額", "month"), ("毎年", "year"), ("年額", "year"))
_OFTEN_JA = (("年", "year"), ("月", "month"), ("週", "week"), ("日", "day"))  # 月2回
_DAY_BEFORE = re.compile(r"(?<!\d)[1一]日前|\b(?:one|1|a) day (?:before|prior|earlier|in advance)")
_ONE_TIME = re.compile(r"\bonce\b|\bevery\b|ごと|一度|毎")


@lru_cache(maxsize=4096)
def implied(text: str) -> Facts:
    """What else may be said of a passage with this text."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    exact = {f"weekday {day}" for day in _weekdays(plain)}
    numbers: set[tuple[str, str | None]] = {(str(_ORDINALS[word]), None) for word in _ORDINAL.findall(plain)}
    numbers |= {("1", unit) for found in _ONE.findall(plain) for unit in found if unit}
    numbers |= {("1", unit) for word, unit in _ONE_JA if word in plain}
    numbers |= {("1", unit) for sign, unit in _OFTEN_JA if re.search(rf"(?<![\d一-鿿]){sign}に?\d+回", plain)}
    if _DAY_BEFORE.search(plain):
        exact.add("day before")
    if _ONE_TIME.search(plain):
        numbers.add(("1", "time"))
    for found in _HOURS.finditer(plain):
        begins, ends = int(found[1]), int(found[2])
        if begins <= 24 and ends <= 24:
            exact |= {f"time {begins % 24}:00", f"time {(ends if ends > begins else ends + 12) % 24}:00"}
    return Facts(frozenset(exact), frozenset(numbers), frozenset(), "")


def _weekdays(text: str) -> set[int]:
    days: set[int] = set()
    for found in _RANGE_EN.finditer(text):
        days |= _between(_EN.index(found[1][:3]), _EN.index(found[2][:3]))
    for found in _RANGE_JA.finditer(text):
        days |= _between(_JA.index(found[1]), _JA.index(found[2]))
    days |= {_EN.index(each) for each in _ALONE_EN.findall(text)}
    days |= {_JA.index(each) for each in _ALONE_JA.findall(text)}
    if _EVERY_DAY.search(text):
        days |= {*range(7)}
    if _WORKDAYS.search(text):
        days |= {*range(5)}
    if _WEEKEND.search(text):
        days |= {5, 6}
    return days


def _between(first: int, last: int) -> set[int]:
    return {(first + number) % 7 for number in range((last - first) % 7 + 1)}
