"""Codes that a question names, such as an error E5 or a part YF-10: a passage about another of the kind is no answer.

To the encoder E2 and E5 are nearly the same, and one rare term weighs little among a question's other words.
"""

from __future__ import annotations

import re
import unicodedata

# A few letters and digits, with or without a hyphen. What is longer names one order or one customer.
_IDENTIFIER = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{1,4})-?(\d{1,5}[A-Za-z]{0,2})(?![A-Za-z0-9])")
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")

Identifiers = frozenset[tuple[str, str]]  # letters and digits, in lower case


def identifiers(text: str) -> Identifiers:
    """The codes that a text names, however they are written: ｅ５, E-5, E5."""
    if not any(map(str.isdigit, text)):
        return frozenset()
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_HYPHENS)
    return frozenset((letters.lower(), digits.lower()) for letters, digits in _IDENTIFIER.findall(plain))


def agreement(asked: Identifiers, held: Identifiers) -> int:
    """How many of the codes that were asked for a text holds, less those of which it holds only others of the kind."""
    kinds = {letters for letters, _ in held}
    return sum(1 if code in held else -(code[0] in kinds) for code in asked)
