"""Days and months that are told from another: 前日 and the day before, 翌月 and the next month."""

from __future__ import annotations

import re

_TOLD = {
    "same day": r"当日|同日|即日|\bsame[- ]day\b|\bon the day\b(?! (?:before|after|following))",
    "day before": r"前日|前の日|\bthe day (?:before|prior)|\bprevious day",
    "next day": r"翌日|次の日|翌朝|\b(?:next|following) (?:day|morning)|\bthe day after\b|\bnext-day",
    "two days after": r"翌々日|翌翌日",
    "same month": r"当月|同月|今月|\b(?:same|this|current) month",
    "month before": r"前月|先月|前の月|\b(?:previous|last|preceding) month",
    "next month": r"翌月|来月|次の月|\b(?:next|following|coming) month",
    "two months after": r"翌々月|翌翌月",
    "same year": r"当年|同年|今年|\b(?:same|this|current) year",
    "next year": r"翌年|来年|次の年|\b(?:next|following|coming) year",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _TOLD.items()}
_NEEDED = ("当", "前", "翌", "次の", "同", "即日", "今", "来", "先月", "day", "month", "year")


def related(text: str) -> set[str]:
    """The days, months and years that a text in small letters tells from another one."""
    if not any(word in text for word in _NEEDED):  # a pattern costs a hundred times as much
        return set()
    return {name for name, pattern in _PATTERNS.items() if pattern.search(text)}
