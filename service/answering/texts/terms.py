"""What a text speaks of: its content words, in a form in which two texts can be compared."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

_WORD = re.compile(r"[a-z][a-z']+|[一-鿿々]+|[ァ-ヶー]{2,}|[가-힣]{2,}")
STOP = frozenset(
    """
    a an the and or but if then than that this these those it its is are was were be been being am do does did
    done have has had having can could will would shall should may might must not no nor of to in on at by for
    from with as into about over under out up down off so such there here when where which who whom whose what
    how why you your yours we us our they them their he she his her i me my mine please yes also any all some
    each other more most very just only own same too need needs want get make made within per via let it's
    you're we're don't
    """.split()  # noqa: SIM905  # a list of one word a line would be longer than the rest of the file
)


@lru_cache(maxsize=4096)
def terms(text: str) -> frozenset[str]:
    """What a text speaks of: stems of its English content words, pairs of characters of its kanji and katakana."""
    found: set[str] = set()
    for word in _WORD.findall(text.casefold()):
        if word[0].isascii():
            if word not in STOP:
                found.add(_stem(word))
        elif len(word) == 1:
            found.add(word)
        else:
            found.update(word[n : n + 2] for n in range(len(word) - 1))
    return frozenset(found)


def words(text: str) -> list[str]:
    """The content words of a text; of a Japanese one its runs of kanji and of katakana."""
    return [word for word in _WORD.findall(text.casefold()) if word not in STOP]


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    for ending in ("ations", "ation", "ings", "ing", "ment", "ies", "ed", "es", "ly", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def pairs(text: str) -> set[str]:
    """The pairs of neighbouring letters and digits of a text: words of a sort, in any language."""
    letters = [c for c in text.casefold() if c.isalnum()]
    return {a + b for a, b in itertools.pairwise(letters)}
