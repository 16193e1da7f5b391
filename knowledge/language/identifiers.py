"""Codes that a question names, such as an error E5 or a part YF-10: a passage about another of the kind is no answer.

To the encoder E2 and E5 are nearly the same, and one rare term weighs little among a question's other words.
"""

from __future__ import annotations

import re
import unicodedata

# A few letters and digits, with or without a hyphen, and what tells variants apart (BRG-6204-2RS, PLY-5M-18, and
# WH-1000XM5). What is longer names one order or one customer.
_VARIANT = r"(?:-(?:\d[A-Za-z0-9]{0,3}|[A-Z]{1,3}\d{0,2})(?![A-Za-z0-9]))"
_IDENTIFIER = re.compile(
    rf"(?<![A-Za-z0-9])([A-Za-z]{{1,4}})-?(\d{{1,5}}(?:[A-Za-z]{{1,2}}\d?)?{_VARIANT}{{0,2}})(?![A-Za-z0-9])"
)
HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")

Identifiers = frozenset[tuple[str, str]]  # letters and digits, in lower case


def identifiers(text: str) -> Identifiers:
    """The codes that a text names, however they are written: ｅ５, E-5, E5."""
    if not any(map(str.isdigit, text)):
        return frozenset()
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(HYPHENS)
    return frozenset((letters.lower(), digits.lower()) for letters, digits in _IDENTIFIER.findall(plain))


def agreement(asked: Identifiers, held: Identifiers) -> int:
    """How many of the codes that were asked for a text holds, less those of which it holds only others of the kind.

    A code stands for its variants too; where only the code is held whose variant was asked for, that says neither.
    """
    return sum(_agrees(code, held) for code in asked)


def _agrees(code: tuple[str, str], held: Identifiers) -> int:
    letters, digits = code
    others = [other for kind, other in held if kind == letters]
    if any(f"{other}-".startswith(f"{digits}-") for other in others):
        return 1
    return -(bool(others) and not any(digits.startswith(f"{other}-") for other in others))
