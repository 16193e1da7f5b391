"""A customer's message as it is compared with what customers say."""

from __future__ import annotations

import unicodedata


def typed(message: str) -> str:
    """A message in NFKC, with the straight apostrophe for the one that telephones write, in lower case, trimmed."""
    return unicodedata.normalize("NFKC", message).replace("’", "'").casefold().strip()
