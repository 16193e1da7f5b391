"""Whether a model repeats the rules that it was told: they are no answer to a customer."""

from __future__ import annotations

import re
from functools import lru_cache

TOLD = 24  # characters in a row, without white space, that are the rules' own words
BEGUN = 12  # the same, where a sentence is not whole yet


class Rules:
    """The rules, against which an answer is held piece by piece."""

    def __init__(self, rules: str) -> None:
        self._rules = "".join(map(_squeezed, rules.splitlines()))  # as lines: all but one are the same in every chat
        self._tail = ""  # the letters before it, in a row

    def are_told(self, text: str, length: int = TOLD) -> bool:
        """Whether a text repeats so many characters of them."""
        squeezed, half = _squeezed(text), length // 2
        # Whatever is as long holds a whole half that begins at a multiple of it: most texts hold none, and are done.
        if not any(squeezed[n : n + half] in self._rules for n in range(0, len(squeezed) - half + 1, half)):
            return False
        return any(squeezed[n : n + length] in self._rules for n in range(len(squeezed) - length + 1))

    def are_told_in_bits(self, text: str) -> bool:
        """Whether a short line goes on with them where the lines before it have left off."""
        squeezed = _squeezed(text)
        self._tail = (self._tail + squeezed)[-TOLD:]
        return 0 < len(squeezed) < TOLD <= len(self._tail) and self._tail in self._rules


@lru_cache(maxsize=512)
def _squeezed(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text.casefold())  # no digits: a list of our words would have its own
