"""Quantities that are told in other units or words: 2 weeks and 14 days, 1時間25分 and 85 minutes, 半額 and 50 %."""

from __future__ import annotations

import re
from decimal import Decimal

from service.answering.checking.numerals import as_told

_SCALES = {  # what is measured, and how many of its smallest unit
    "second": ("duration", 1), "minute": ("duration", 60), "hour": ("duration", 3_600), "day": ("duration", 86_400),
    "week": ("duration", 604_800), "month": ("months", 1), "year": ("months", 12),
    "millimetre": ("length", 1), "centimetre": ("length", 10), "metre": ("length", 1_000),
    "kilometre": ("length", 1_000_000), "gram": ("mass", 1), "kilogram": ("mass", 1_000),
    "millilitre": ("volume", 1), "litre": ("volume", 1_000), "cent": ("dollars", 1), "dollar": ("dollars", 100),
    "penny": ("pounds", 1), "pound": ("pounds", 100),
}  # fmt: skip
_YEAR, _MONTH = r"\s?(?:年|years?\b)", r"\s?(?:[かヶカヵ箇ケ]月|months?\b)"
_HOUR, _MINUTE = r"\s?(?:時間|hours?\b|hrs?\b)", r"\s?(?:分間?|minutes?\b|mins?\b)"
_SECOND = r"\s?(?:秒間?|sec(?:ond)?s?\b)"
_PAIRS = (
    (_HOUR, _MINUTE, 60, "minutes", ("時間", "hour", "hr")),
    (_MINUTE, _SECOND, 60, "seconds", ("秒", "sec")),
    (_YEAR, _MONTH, 12, "months", ("年", "year")),
)
_OF_TWO_UNITS = tuple(
    (re.compile(rf"(?P<n>\d+){larger}(?:\s?(?:and |と)?(?P<more>\d+){smaller}|(?P<half>半| and a half\b))"
                rf"|(?P<before>\d+) and a half(?:{larger})"), many, unit, needs)
    for larger, smaller, many, unit, needs in _PAIRS
)  # fmt: skip
_IN_WORDS = tuple(  # what must be there, what is looked for then, and how it is told in numbers
    (need, re.compile(pattern), told)
    for need, pattern, told in (
        ("an hour and", r"\ban hour and a half\b", "90 minutes"),
        ("an hour and", r"\ban hour and a quarter\b", "75 minutes"),
        ("quarters", r"\b(?:three|3) quarters of an hour\b", "45 minutes"),
        ("half", r"\bhalf an hour\b|\bhalf-hour\b", " 30 minutes"),
        ("半時間", "半時間", " 30 minutes"),
        ("quarter", r"\bquarter of an hour\b", "15 minutes"),
        ("half", r"\bhalf a year\b|\bhalf-year\b", " 6 months"),
        ("半年", "半年", " 6 months"),
        ("半", "半額|半値", "50%"),
        ("half", r"\bhalf[ -](?:of )?(?:the |its )?(?:price|fare|fee|cost|amount|charge|rate)s?\b", "50%"),
        ("twice", r"\btwice\b", "2 times"),
        ("once", r"\bonce (?=(?:an?|per|every|each|only)\b)|(?<=only )once\b", "1 times "),
    )
)


def in_numbers(text: str) -> str:
    """Text in small letters whose quantities of two units, and those in words, are numbers with one unit."""
    for pattern, many, unit, needs in _OF_TWO_UNITS:
        if not any(word in text for word in needs):  # a pattern costs a hundred times as much
            continue

        def in_smaller(found: re.Match[str], many: int = many, unit: str = unit) -> str:
            more = many // 2 if found["more"] is None else int(found["more"])
            return f" {int(found['n'] or found['before']) * many + more} {unit} "

        text = pattern.sub(in_smaller, text)
    for need, pattern, told in _IN_WORDS:
        if need in text:
            text = pattern.sub(told, text)
    return text


def measured(value: str, unit: str | None) -> tuple[str, str] | None:
    """A quantity in the smallest unit of its kind; None where nothing else measures it."""
    if unit not in _SCALES:
        return None
    kind, factor = _SCALES[unit]
    return as_told(Decimal(value) * factor), kind
