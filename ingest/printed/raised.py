"""Small numbers above a line: marks of notes, powers. They are told as such, since "2 days" and a note's 1 are not 21.

Of a note that is found they go again: it is read below the words that it explains.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from knowledge.language.sentences import JAPANESE

RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹ⁱᵛˣ"
_SIGNS = "0123456789ivx"
_RAISE = str.maketrans(_SIGNS, RAISED)
_LOWER = str.maketrans(RAISED, _SIGNS)
LONGEST = 4  # signs: viii
SMALLER, HIGHER = 0.8, 0.15  # of the letters before: so small, and as far above their line
# What may be raised: a number behind a word or a sign, a small Roman one.
_MAY_BE = re.compile(
    r"(?<=[^\W\d_])\d{1,2}(?!\d)|(?<=[)\]」』）。、.,;:%])\d{1,2}(?![\d.,])"
    rf"|(?<=[a-z0-9{JAPANESE})）。])[ivx]{{1,4}}(?![^\W{JAPANESE}])"
)
MAY_BE_RAISED = re.compile(r"\d|[ivx](?![^\W\u3000-\u9fff])")
_NUMBER = re.compile(r"\d{2,}")
_NO_UNIT = r"(?<![^A-Za-z]m)(?<![^A-Za-z][kcdm]m)(?<![^A-Za-z]ft)(?<!/s)"  # behind which a number is a power
_MARKS = re.compile(f"{_NO_UNIT}(?<![{RAISED}])[{RAISED}]+")

Look = Callable[[int], tuple[float, float]]  # of a letter of the line: its size, and how high it stands


def with_raised(text: str, look: Look) -> str:
    """A line's text, the small numbers above it as such signs."""
    for begin, end in [*(found.span() for found in _MAY_BE.finditer(text)), *_behind_numbers(text, look)]:
        size, height = look(begin - 1)
        small, raised = look(begin)
        if 0 < small < SMALLER * size and raised - height > HIGHER * size:
            text = text[:begin] + text[begin:end].translate(_RAISE) + text[end:]
    return text


def _behind_numbers(text: str, look: Look) -> Iterator[tuple[int, int]]:
    """Where smaller digits follow larger ones: a note's mark behind an amount, the pence of a price."""
    for found in _NUMBER.finditer(text):
        begin, end = found.span()
        size, _ = look(begin)
        if look(end - 1)[0] < SMALLER * size:
            yield next(at for at in range(begin + 1, end) if look(at)[0] < SMALLER * size), end


def marks(text: str) -> set[str]:
    """The marks in a text, as a note has them: "1"."""
    if text.isascii():
        return set()
    return {mark.translate(_LOWER) for mark in _MARKS.findall(text)}


def raisable(mark: str) -> bool:
    """Whether it may be the mark of a note."""
    return 0 < len(mark) <= LONGEST and all(sign in _SIGNS for sign in mark)


def citing(mark: str) -> re.Pattern[str]:
    """What cites the note of a mark, with the blank that typesetting leaves before a sign."""
    return re.compile(
        rf"(?<![{RAISED}]){_NO_UNIT}[ \u3000]?{mark.translate(_RAISE)}(?![{RAISED}])(?: (?=[,.;:)、。]))?"
    )
