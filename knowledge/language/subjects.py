"""What a passage is about beyond its own words: the product or the matter that its page and its headings name."""

from __future__ import annotations

import re
from collections.abc import Iterable

# A heading of these words alone says what kind of page it is, and nothing of what the page is about.
_KIND_OF_PAGE = re.compile(
    r"\bfaqs?\b|^(?:sheet|シート) ?\d*$"
    r"|frequently asked(?: questions)?|\bq\s*(?:&|＆|and)\s*a\b|\bquestions (?:and|&) answers\b"
    r"|よくある(?:ご|お)?(?:質問|問い?合わせ)|質問と回答|質問集|Ｑ＆Ａ|ＦＡＱ|Ｑ&Ａ",
    re.IGNORECASE,
)
_EDGES = " \t　-–—:：|｜/・,、.。()（）[]【】<>＜＞0123456789０１２３４５６７８９"
BETWEEN = " > "


def subjects(headings: Iterable[str]) -> list[str]:
    """The headings, from the outermost, each once, without what only says that questions and answers follow."""
    found: list[str] = []
    for heading in headings:
        rest, count = _KIND_OF_PAGE.subn(" ", heading)
        rest = " ".join(rest.split())
        rest = rest.strip(_EDGES) if count else rest
        if any(letter.isalpha() for letter in rest) and rest not in found:
            found.append(rest)
    return found
