"""Words of a question that are mistyped, put right where the passages have what was meant: recieve, adress, delivry.

A word is taken for mistyped that no passage holds and that is no English word, and what was meant for a word that
passages hold and that one slip of the fingers turns into it, as Kernighan, Church and Gale (1990) have it: two letters
changed places, one is missing, doubled or too much, or is its neighbour's on the keyboard. So names of products are put
right too, and no list of words needs to know them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from string import ascii_lowercase

from knowledge.language.analysis import Analyzer

WORDS = Path(__file__).parents[1] / "encoder" / "english_vocabulary.txt"  # with pieces of words, which begin with ##
SHORTEST, LONGEST = 4, 24  # letters of a word
KNOWN_WORD, NOTHING = "", "?"  # what was meant by a word that is not mistyped, and by one that says nothing
KNOWN = 2048  # words of which it is remembered what was meant
MOST = 240  # letters of a question: who writes more says it more than once
# How likely a slip is, the most likely first.
SWAPPED, LETTER, ANOTHER = range(3)

_LETTERS = r"\wÀ-ɏ"
_WORD = re.compile(
    rf"(?<![{_LETTERS}@./’'-])[A-Za-z]{{{SHORTEST},{LONGEST}}}(?![{_LETTERS}@/-]|\.[{_LETTERS}])", re.ASCII
)
_VOWELS = "aeiou"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_ENDINGS = (
    ("s", ""), ("es", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ies", "y"), ("ied", "y"), ("er", ""),
    ("ly", ""),
)  # fmt: skip
_WITHOUT_APOSTROPHE = frozenset(
    (
        "cant", "wont", "dont", "isnt", "arent", "didnt", "doesnt", "wasnt", "havent", "hasnt", "shouldnt", "couldnt",
        "wouldnt", "youre", "theyre", "thats", "whats", "wheres", "hows", "lets", "wanna", "gonna", "gotta", "thru",
    )
)  # fmt: skip


class Typos:
    """What is mistyped, in a knowledge base. Safe to use from several threads."""

    def __init__(self, analyzer: Analyzer, holding: Callable[[str], int]) -> None:
        """`holding` tells how many passages hold a term."""
        # Not of a method: it would hold what holds it, and an index that is no longer served would stay open.
        self._meant = lru_cache(KNOWN)(partial(_meant, analyzer, holding))

    def mended(self, question: str) -> str:
        """A question with what was meant in place of what is mistyped; as it is where nothing is, and where it is long.

        Words with capitals within a sentence are names and stay. Where nothing is meant by more words than are known,
        the question is in another language.
        """
        if len(question) > MOST:
            return question
        words = [word for word in _WORD.finditer(question) if _is_no_name(word, question)]
        meant = [self._meant(word[0].lower()) for word in words]
        if not any(meant) or meant.count(NOTHING) > meant.count(KNOWN_WORD):
            return question
        for word, instead in reversed(list(zip(words, meant, strict=True))):
            if instead not in (KNOWN_WORD, NOTHING):
                question = question[: word.start()] + instead + question[word.end() :]
        return question


def _is_no_name(word: re.Match[str], question: str) -> bool:
    return word[0].islower() or word.start() == 0 or question.isupper()


def _meant(analyzer: Analyzer, holding: Callable[[str], int], typed: str) -> str:
    """What was meant by a mistyped word, NOTHING that is known, or KNOWN_WORD where it is not mistyped."""
    (stem,) = analyzer.stems([typed])
    if holding(stem) or is_word(typed):
        return KNOWN_WORD
    found = slips(typed)
    # A stem that is a word stands for what has another ending: nobody meant "banke", though passages hold "banks".
    likely = [
        (found[word], -passages, word)
        for word, stem in zip(found, analyzer.stems(list(found)), strict=True)
        if (passages := holding(stem)) and (stem == word or is_word(word) or not is_word(stem))
    ]
    return min(likely)[2] if likely else NOTHING


def slips(typed: str) -> dict[str, int]:
    """What may have been meant by a mistyped word, each with how likely that slip is; all begin with its letter."""
    found: dict[str, int] = {}
    for slip, meant in _slips(typed):
        if meant != typed:
            found.setdefault(meant, slip)
    return found


def _slips(typed: str) -> Iterator[tuple[int, str]]:
    places = range(1, len(typed))
    for at in places[:-1]:
        yield SWAPPED, typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :]
    for at in places:
        if typed[at] == typed[at - 1]:
            yield SWAPPED, typed[:at] + typed[at + 1 :]
        yield SWAPPED, typed[:at] + typed[at] + typed[at:]
    for at in places:
        yield LETTER, typed[:at] + typed[at + 1 :]
    for at in range(1, len(typed) + 1):
        for letter in ascii_lowercase:
            yield LETTER, typed[:at] + letter + typed[at:]
    for at in places:
        for letter in _neighbours(typed[at]):
            yield ANOTHER, typed[:at] + letter + typed[at + 1 :]


@lru_cache(maxsize=26)
def _neighbours(letter: str) -> str:
    """The letters around one on the keyboard, and the other vowels of one."""
    row = next(number for number, letters in enumerate(_ROWS) if letter in letters)
    at = _ROWS[row].index(letter)
    near = {_ROWS[row][place] for place in (at - 1, at + 1) if 0 <= place < len(_ROWS[row])}
    near |= set(_ROWS[row - 1][at : at + 2]) if row else set()
    near |= set(_ROWS[row + 1][max(0, at - 1) : at + 1]) if row + 1 < len(_ROWS) else set()
    return "".join(sorted(near | (set(_VOWELS) - {letter} if letter in _VOWELS else set())))


def is_word(text: str) -> bool:
    """Whether this is an English word, also with an ending."""
    known = _words()
    return text in known or any(
        text.endswith(ending) and len(text) - len(ending) >= SHORTEST - 1 and text[: -len(ending)] + instead in known
        for ending, instead in _ENDINGS
    )


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    """The words that the English encoder knows as a whole."""
    with WORDS.open(encoding="utf-8") as lines:
        words = (line.rstrip("\n") for line in lines)
        return _WITHOUT_APOSTROPHE | {word for word in words if len(word) >= SHORTEST - 1 and word.isalpha()}
