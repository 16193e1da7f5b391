"""Letters that a line is drawn through: what their writer has taken back, as old prices and older wordings."""

from __future__ import annotations

import ctypes
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

import pypdfium2.raw as pdfium

from ingest.printed.grids import Edge

LOWEST, HIGHEST = 0.12, 0.45  # of the size of the letters above their line: it is drawn through their middle
NEAR = 0.1  # of their size: so exactly it begins and ends where they do, or it only passes there
MOST = 500  # level lines of a page that are looked at: more are a drawing
_NONE = range(0)
_WITHIN_WORD = re.compile(r"[A-Za-z]{2}")  # there no line that is drawn through words begins or ends, both at once
STRUCK = "\x1a"  # stands for such a letter until its line's text is told


class Struck:
    """The lines that are drawn on a page, and the letters that they were found to go through."""

    def __init__(self, textpage: pdfium.FPDF_TEXTPAGE, level: Iterable[Edge]) -> None:
        self._textpage = textpage
        self._level = sorted(level)
        if len(self._level) > MOST:
            self._level.clear()
        self.is_drawn = bool(self._level)
        self.letters: set[int] = set()

    def without(self, text: str, start: int, char_of: Callable[[int], int], bottom: float, top: float) -> str:
        """The text of a line that starts and stands there, a sign in place of each letter that is struck through."""
        drawn = self._level[bisect_left(self._level, (bottom,)) : bisect_right(self._level, (top,))]
        if not drawn:
            return text  # as most lines, told in no time
        chars = [*map(char_of, range(start, start + len(text)))]
        gone = set[int]().union(*(self._through(edge, text, chars) for edge in drawn))
        self.letters |= {chars[at] for at in gone}
        return "".join(STRUCK if at in gone else sign for at, sign in enumerate(text))

    def _through(self, edge: Edge, text: str, chars: Sequence[int]) -> range:
        """The places of the letters that a drawn line goes through, and through no others."""
        height, left, right = edge
        sides, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
        found: list[int] = []
        begins, ends, size = math.inf, -math.inf, 0.0
        for at, char in enumerate(chars):
            pdfium.FPDFText_GetLooseCharBox(self._textpage, char, sides)
            if not left < (sides.left + sides.right) / 2 < right:
                continue
            if text[at].isspace():  # some are made up, and are nowhere
                ends = max(ends, sides.right)
                continue
            size = float(pdfium.FPDFText_GetFontSize(self._textpage, char))
            pdfium.FPDFText_GetCharOrigin(self._textpage, char, x, y)
            if not LOWEST * size < height - y.value < HIGHEST * size:
                return _NONE
            found.append(at)
            begins, ends = min(begins, sides.left), max(ends, sides.right)
        if not found or abs(begins - left) > NEAR * size or abs(right - ends) > NEAR * size:
            return _NONE
        first, end = found[0], found[-1] + 1
        within = first > 0 and _WITHIN_WORD.match(text, first - 1) and _WITHIN_WORD.match(text, end - 1)
        whole = len(found) == sum(not sign.isspace() for sign in text[first:end])
        return range(first, end) if whole and not within else _NONE
