"""Text of a page that nobody sees, or that is stamped across it: white on white, of no size, faint, aslant."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from functools import cached_property

import pypdfium2
import pypdfium2.raw as pdfium

WHITE = 250  # of 255, each of the three colours
FAINT = 40  # of 255: a watermark's letters are hardly there
ASLANT = math.radians(8)  # and more from level or upright
STAMPED = 20  # points: smaller letters aslant may be the names of a table's columns
ASIDE = 1.2  # times the size of its letters a level line is high at most
TINY = 1.5  # points
_PATH, _TEXT = 2, 1  # PDFium's types of page objects
MOST_OBJECTS = 5_000  # looked at for what lies behind white letters
MOSTLY = 0.5  # of a page's lines: then it is no exception, and all of them are read

Place = tuple[float, float, float, float]  # left, bottom, right, top


class Sight:
    """What can be seen of a page's text."""

    def __init__(self, page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage) -> None:
        self._page, self._textpage = page, textpage
        self._colours = tuple(ctypes.c_uint() for _ in range(4))

    def hides(self, char: int, place: Place, size: float) -> bool:
        """Whether the line that begins with this letter is hidden from readers or stamped across the page."""
        left, bottom, right, top = place
        if 0 < size < TINY and min(top - bottom, right - left) < TINY:
            return True
        if pdfium.FPDFText_GetFillColor(self._textpage, char, *self._colours):
            red, green, blue, alpha = (colour.value for colour in self._colours)
            if alpha < FAINT:
                return True
            if min(red, green, blue) >= WHITE and not self._has_behind((left + right) / 2, (bottom + top) / 2):
                return True
        if top - bottom <= ASIDE * size or size <= STAMPED:
            return False  # level letters, or small ones
        angle = float(pdfium.FPDFText_GetCharAngle(self._textpage, char)) % (math.pi / 2)
        return ASLANT < angle < math.pi / 2 - ASLANT

    def _has_behind(self, x: float, y: float) -> bool:
        return any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in self._backgrounds)

    @cached_property
    def _backgrounds(self) -> list[Place]:
        """Where pictures, shades and coloured areas lie, or what may hold such."""
        found: list[Place] = []
        sides = tuple(ctypes.c_float() for _ in range(4))
        for number in range(min(pdfium.FPDFPage_CountObjects(self._page), MOST_OBJECTS)):
            item = pdfium.FPDFPage_GetObject(self._page, number)
            kind = pdfium.FPDFPageObj_GetType(item)
            if kind == _TEXT or (kind == _PATH and not self._is_coloured(item)):
                continue
            if pdfium.FPDFPageObj_GetBounds(item, *sides):
                left, bottom, right, top = (side.value for side in sides)
                found.append((left, bottom, right, top))
        return found

    def _is_coloured(self, path: Callable[..., object]) -> bool:
        way, stroked = ctypes.c_int(), ctypes.c_int()
        if not pdfium.FPDFPath_GetDrawMode(path, way, stroked) or not (way.value or stroked.value):
            return False
        told = pdfium.FPDFPageObj_GetFillColor if way.value else pdfium.FPDFPageObj_GetStrokeColor
        return bool(told(path, *self._colours)) and (
            min(colour.value for colour in self._colours[:3]) < WHITE and self._colours[3].value > 0
        )
