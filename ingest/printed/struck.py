"""Letters that a line is drawn through: what their writer has taken back, as old prices and older wordings."""

from __future__ import annotations

import ctypes
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

import pypdfium2.raw as pdfium

from ingest.printed.grids import Edge

LOWEST, HIGHEST = 0.12, 0.45  # of the size of the letters above their line: it is drawn through their middle
BEYOND = 0.4  # of their size it reaches beyond them at most, or it is ruled
MOST = 500  # level lines of a page that are looked at: more are a drawing
STRUCK = "\x1a"  # stands for such a letter until its line's text is told


class Struck:
    """The lines that are drawn on a page, and the letters that they were found to go through."""

    def __init__(self, textpage: pdfium.FPDF_TEXTPAGE, level: Iterable[Edge]) -> None:
        self._textpage = textpage
        self._level = sorted(level)
        if len(self._level) > MOST:
            self._level.clear()
        self.letters: set[int] = set()

    def without(self, text: str, start: int, char_of: Callable[[int], int], bottom: float, top: float) -> str:
        """The text of a line that starts and stands there, a sign in place of each letter that is struck through."""
        drawn = self._level[bisect_left(self._level, (bottom,)) : bisect_right(self._level, (top,))]
        if not drawn:
            return text  # as most lines, told in no time
        chars = [*map(char_of, range(start, start + len(text)))]
        found = set[int]().union(*(self._through(edge, chars) for edge in drawn))
        self.letters |= found
        return "".join(STRUCK if char in found else sign for char, sign in zip(chars, text, strict=True))

    def _through(self, edge: Edge, chars: Sequence[int]) -> set[int]:
        height, left, right = edge
        sides, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
        found, begins, ends = set[int](), right, left
        size = 0.0
        for char in chars:
            pdfium.FPDFText_GetLooseCharBox(self._textpage, char, sides)
            if not left < (sides.left + sides.right) / 2 < right:
                continue
            size = float(pdfium.FPDFText_GetFontSize(self._textpage, char))
            pdfium.FPDFText_GetCharOrigin(self._textpage, char, x, y)
            if not LOWEST * size < height - y.value < HIGHEST * size:
                return set()
            found.add(char)
            begins, ends = min(begins, sides.left), max(ends, sides.right)
        return found if begins - left <= BEYOND * size and right - ends <= BEYOND * size else set()
