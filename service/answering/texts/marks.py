"""The numbers by which answers cite passages: [1], also in the other brackets in which models write them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

LONGEST = 40  # characters in one pair of brackets
NUMBERS = r"[0-9０-９ \t,，、;；・‐–~〜-]"
CITATION = re.compile(rf"([ \t\u3000]?)[\[［【〔]([ \t]*\d{NUMBERS}{{0,{LONGEST}}})[\]］】〕]")
_OPERATOR = re.compile(r"(?:[=(\[,:+]|\b(?:in|return))\Z")  # of a program: a list of values follows
_NAME = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_RANGE = re.compile(r"(\d+)\s*[‐–~〜-]\s*(\d+)")


def numbers_of(inside: str) -> Collection[int]:
    """Each number once; 1-3 means 1, 2 and 3."""
    spread = _RANGE.sub(lambda found: ",".join(map(str, range(int(found[1]), min(int(found[2]), 99) + 1))), inside)
    return dict.fromkeys(int(number) for number in re.findall(r"\d+", spread))


def is_pattern(numbers: Collection[int]) -> bool:
    """Whether these are no citation but such as [0-9]: passages are numbered from 1."""
    return 0 in numbers and len(numbers) > 1


def disarmed(text: str) -> str:
    """A quoted text in which nothing looks like one of our citations; code such as x[0] and = [1, 2] does not."""

    def plain(found: re.Match[str]) -> str:
        numbers = numbers_of(found[2])
        listed = len(numbers) > 1 and _OPERATOR.search(text, 0, found.start())
        first = 0 in numbers and _NAME.search(text, 0, found.start()) and not found[1]
        return found[0] if is_pattern(numbers) or listed or first else f"{found[1]}({found[2]})"

    return CITATION.sub(plain, text)


def numbered(text: str, numbers: Sequence[int]) -> str:
    """A quote with its numbers before the full stop, as a person would write them."""
    marks = "".join(f"[{number}]" for number in numbers)
    if text.endswith("。"):
        return f"{text[:-1]}{marks}。"
    if text.endswith("."):
        return f"{text[:-1]} {marks}."
    return f"{text} {marks}"
