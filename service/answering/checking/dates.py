"""Dates and times that a text tells, the same in Japanese and English: 午後5時 and 5 p.m., 3月1日 and March 1st."""

from __future__ import annotations

import re

from service.answering.texts.days import MONTHS

_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_DATES = (  # the groups that are year, month, day
    (re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)"), (1, 2, 3)),
    (re.compile(r"(?:(\d{4})年\s*)?(\d{1,2})月\s*(\d{1,2})日"), (1, 2, 3)),
    (re.compile(rf"\b{_MONTH}\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?"), (3, 1, 2)),
    (re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_MONTH}\b\.?(?:,? (\d{{4}}))?"), (3, 2, 1)),
)
_TIMES = (
    re.compile(r"(?:(?P<half>午前|午後)\s*)?(?<!\d)(?P<h>\d{1,2})時(?!間)(?:(?P<m>\d{1,2})分|(?P<past>半))?"),
    re.compile(r"(?<!\d)(?<!\d:)(?P<h>\d{1,2}):(?P<m>\d{2})(?!:?\d)\s*(?P<half>[ap]\.?m\b\.?)?"),
    re.compile(r"(?<![\d.,])(?P<h>\d{1,2})\s*(?P<half>[ap]\.?m\b\.?|o'clock)"),
)


def dated(text: str, exact: set[str], numbers: set[tuple[str, str | None]]) -> str:
    for pattern, (year, month, day) in _DATES:

        def date(found: re.Match[str], places: tuple[int, int, int] = (year, month, day)) -> str:
            in_year, in_month, in_day = (found[place] for place in places)
            month = int(in_month) if in_month.isdigit() else MONTHS[in_month[:3]]
            if not (1 <= month <= 12 and 1 <= int(in_day) <= 31):
                return found[0]
            exact.add(f"date {month}-{int(in_day)}")
            if in_year:
                numbers.add((in_year, "year"))
            numbers.update(((str(month), "calendar month"), (str(int(in_day)), "day")))
            return "\0"

        text = pattern.sub(date, text)
    return text


def timed(text: str, exact: set[str]) -> str:
    def time(found: re.Match[str]) -> str:
        group = found.groupdict()
        hour, minute = int(found["h"]), int(group.get("m") or (30 if group.get("past") else 0))
        half = group.get("half") or ""
        if half.startswith(("午後", "p")) and hour < 12:
            hour += 12
        elif half.startswith("a") and hour == 12:
            hour = 0
        if hour > 24 or minute > 59:
            return found[0]
        exact.add(f"time {hour}:{minute:02}")
        return "\0"

    for pattern in _TIMES[1:] if text.isascii() else _TIMES:  # the first needs 時
        text = pattern.sub(time, text)
    return text
