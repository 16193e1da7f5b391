"""A customer's message as it is compared with what customers say."""

from __future__ import annotations

import unicodedata


def typed(message: str) -> str:
    """A message in NFKC, with the straight apostrophe for the one that telephones write, in lower case, trimmed."""
    return unicodedata.normalize("NFKC", message).replace("’", "'").casefold().strip()


def bare(text: str) -> str:
    """The words of a typed message with one blank between them, and no signs."""
    return " ".join("".join(letter if letter.isalnum() or letter in "'ー%" else " " for letter in text).split())
