"""The titles of printed documents, as an outline and a page spell them: with a number or without, in other signs."""

from __future__ import annotations

import re
import unicodedata

_SIGNS = re.compile(r"[\W_]+")
_NUMBERING = re.compile(
    r"第[\d〇一二三四五六七八九十百]+[章節項部条編]|\d+章|[\d.．]+[)）、]*|[〇一二三四五六七八九十]+[章節項条.．)）、]*"
    r"|(?:(?i:chapter|appendix)|付録)(?:\d+|[A-Z])[.．:：]?|[A-Z](?:[.．]\d*)+"
)
CUT_OFF = "…"  # where a page's head shortens a title
SHORTEST = 4  # letters of a title that is cut off


def bare(text: str) -> tuple[str, str]:
    """The letters and digits of a title, with its number and without: quotation marks and blanks are set otherwise."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.replace(CUT_OFF, " "))
    text = "".join(text.split())
    whole, number = _letters(text), _NUMBERING.match(text)
    return whole, _letters(text[number.end() :]) if number else whole


def share_of_titles(text: str, titles: set[str]) -> float:
    """How much of a line is made of titles, given bare and without their numbers; they may be cut off in it."""
    line = bare(text)[0]
    if CUT_OFF in text:
        parts = [bare(part)[1] for part in text.split(CUT_OFF)]
        told = sum(len(part) for part in parts if len(part) >= SHORTEST and any(t.startswith(part) for t in titles))
    else:
        told = sum(len(title) for title in titles if title in line)
    return told / len(line) if line else 0.0


def _letters(text: str) -> str:
    return _SIGNS.sub("", text).lower()
