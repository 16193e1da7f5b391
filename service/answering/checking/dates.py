"""Dates and times that a text tells, the same in Japanese and English: 午後5時 and 5 p.m., 3月1日 and March 1st."""

from __future__ import annotations

import re
from collections.abc import Callable

from knowledge.language.months import MONTH, MONTHS

_DATES = (  # the groups that are year, month, day
    (re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)"), (1, 2, 3)),
    (re.compile(r"(?:(\d{4})年\s*)?(\d{1,2})月\s*(\d{1,2})日"), (1, 2, 3)),
    (re.compile(rf"\b({MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?"), (3, 1, 2)),
    (re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({MONTH})\b\.?(?:,? (\d{{4}}))?"), (3, 2, 1)),
)
_HALF = r"午前|午後|翌?朝|昼|夕方|夜|晩|深夜|未明"
_TIMES = (
    re.compile(rf"(?:(?P<half>{_HALF})の?\s*)?(?<!\d)(?P<h>\d{{1,2}})時(?!間)(?:(?P<m>\d{{1,2}})分|(?P<past>半))?"),
    re.compile(
        rf"(?:(?P<before>{_HALF})\s*)?(?<!\d)(?<!\d:)(?P<h>\d{{1,2}}):(?P<m>\d{{2}})(?!:?\d)"
        r"\s*(?P<half>[ap]\.?m(?![a-z])\.?)?"
    ),
    re.compile(r"(?<![\d.,])(?P<h>\d{1,2})\s*(?P<half>[ap]\.?m(?![a-z])\.?|o'clock)"),
)
_NOON = re.compile(r"(?:(?<!\d)12 )?\b(?:noon|midday)\b|正午")
_MIDNIGHT = re.compile(r"(?:(?<!\d)12 )?\bmidnight\b")
# 5 to 9 p.m.: the first is told by the second
_UNTIL = re.compile(
    r"(?<![\d:.,])(?P<h>\d{1,2})(?P<m>:\d{2})?(?P<to>\s?(?:[-–—~〜]|to|and|until)\s?)"
    r"(?P<last>(?P<then>\d{1,2})(?::\d{2})?\s?(?P<half>[ap])\.?m(?![a-z]))"
)
# 夕方4時半から6時半: the second by the first
_SINCE = re.compile(
    r"(?P<first>(?P<half>午後|昼|夕方|夜|晩)の?\s?(?P<h>\d{1,2})(?:時(?:\d{1,2}分|半)?|:\d{2}))"
    r"(?P<to>\s?(?:から|[-–—~〜])\s?)(?P<then>\d{1,2})(?=時|:\d{2})"
)
# half past eight, quarter to six, 9 in the morning
_PAST = re.compile(
    r"\b(?:(?P<m>half|quarter|\d{1,2}) past|(?P<to>quarter to)) (?P<h>\d{1,2})\b(?!\s?(?:[:.]\d|[ap]\.?m))"
)
_IN_THE = re.compile(r"(?<![\d:.])(?P<h>\d{1,2})(?P<m>:\d{2})? (?:in the (?P<half>morning|afternoon|evening)|at night)")
_NIGHT = 5  # o'clock: by then a night or what is called so is over


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
        hour = _of_day(hour, group.get("half") or group.get("before") or "")
        if hour > 24 or minute > 59:
            return found[0]
        exact.add(f"time {hour % 24}:{minute:02}")
        return "\0"

    ascii_ = text.isascii()
    for needs, pattern, told in _TOLD_OTHERWISE:
        if any(word in text for word in needs):
            text = pattern.sub(told, text)
    for pattern in _TIMES[1:] if ascii_ else _TIMES:  # the first needs 時
        text = pattern.sub(time, text)
    return text


def _of_day(hour: int, half: str) -> int:
    """An hour of the day out of one of its half: 夜10時 is 22, 夜1時 is 1."""
    if half.startswith(("a", "午前", "朝", "翌朝", "未明")):
        return 0 if hour == 12 and half[0] in "a午" else hour
    if half.startswith(("夜", "晩", "深夜")):
        return hour if hour < _NIGHT else hour + 12 if hour <= 12 else hour
    return hour + 12 if half and half != "o'clock" and hour < 12 else hour


def _past_told(found: re.Match[str]) -> str:
    hour = int(found["h"])
    if found["to"]:
        return f"{(hour - 1) or 12}:45"
    minutes = {"half": 30, "quarter": 15}.get(found["m"]) or int(found["m"])
    return f"{hour}:{minutes:02}" if minutes < 60 else found[0]


def _half_told(found: re.Match[str]) -> str:
    return f"{found['h']}{found['m'] or ''} {'am' if found['half'] == 'morning' else 'pm'}"


def _first_told(found: re.Match[str]) -> str:
    half, hour, then = found["half"], int(found["h"]), int(found["then"]) % 12
    if hour % 12 > then:  # 10 to 4 p.m. begins in the morning
        half = {"a": "p", "p": "a"}[half]
    return f"{hour}{found['m'] or ''} {half}m{found['to']}{found['last']}"


def _second_told(found: re.Match[str]) -> str:
    first, then = _of_day(int(found["h"]), found["half"]), int(found["then"])
    later = then + 12 if then < 12 and then + 12 > first else then
    return f"{found['first']}{found['to']}{later}"


# What must be there, what is looked for then, and how it is told for the patterns of times.
_TOLD_OTHERWISE: tuple[tuple[tuple[str, ...], re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    ((" past ", "quarter to"), _PAST, _past_told),
    ((" in the ", "at night"), _IN_THE, _half_told),
    (("午後", "昼", "夕方", "夜", "晩"), _SINCE, _second_told),
    (("pm", "p.m", "am", "a.m"), _UNTIL, _first_told),
    (("noon", "midday", "正午"), _NOON, " 12:00 "),
    (("midnight",), _MIDNIGHT, " 0:00 "),
)
