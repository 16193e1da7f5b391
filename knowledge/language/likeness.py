"""How alike two texts are in their words: shares of pairs of letters, the same for Japanese and English."""

from __future__ import annotations

import re
import unicodedata

_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z0-9_]*\]")  # of redaction: what stood there tells nothing
_NOT = re.compile(
    r"ません|ない|なく|なけれ|ず(?=、|に)|不可|\b(?:no|not|never|cannot|unable|without)\b|n['’]t\b", re.IGNORECASE
)
_NUMBER = re.compile(r"\d+")


def shingles(text: str) -> frozenset[str]:
    """The pairs of neighbouring letters, without case, width, spaces and punctuation."""
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", _PLACEHOLDER.sub("", text)).casefold()))
    return frozenset(letters[place : place + 2] for place in range(max(1, len(letters) - 1)))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """What two sets share, of what either has: 0 to 1."""
    return len(one & other) / max(1, len(one | other))


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """What two sets share, of the smaller one: 0 to 1."""
    return len(one & other) / max(1, min(len(one), len(other)))


def numbers(text: str) -> tuple[str, ...]:
    """All numbers of a text, sorted: texts that differ in one do not say the same."""
    return tuple(sorted(_NUMBER.findall(unicodedata.normalize("NFKC", text))))


def negations(text: str) -> int:
    """How often a text says no or not."""
    return len(_NOT.findall(unicodedata.normalize("NFKC", text)))
