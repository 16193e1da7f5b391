"""Text of a page that nobody sees, or that is stamped across it: white on white, of no size, faint, aslant."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from functools import cached_property

import pypdfium2
import pypdfium2.raw as pdfium

WHITE = 250  # of 255, each of the three colours
FAINT = 40  # of 255: a watermark's letters are hardly there
ASLANT = math.radians(8)  # and more from level or upright
STAMPED = 20  # points: smaller letters aslant may be the names of a table's columns
SMALLEST = 4  # points: a size below this is a unit that the page's own scale makes larger
ASIDE = 1.2  # times the size of its letters a level line is high at most
TINY = 1.5  # points
_PATH = 2  # PDFium's type of page objects
MOST_PICTURES, LARGEST = 40, 1_500  # pages of a file that are drawn, and pixels on the longer side
MOST_OBJECTS = 5_000  # looked at for what lies behind white letters
MOSTLY = 0.5  # of a page's lines: then it is no exception, and all of them are read

Place = tuple[float, float, float, float]  # left, bottom, right, top


class Sight:
    """What can be seen of a page's text."""

    def __init__(self, page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage, pictures: Iterator[int]) -> None:
        """`pictures` ends when no more pages of the file are to be drawn."""
        self._page, self._textpage, self._pictures = page, textpage.raw, pictures
        self._colours = tuple(ctypes.c_uint() for _ in range(4))

    def hides(self, char: int, first: Place, last: Place, size: float) -> bool:
        """Whether a line is hidden or stamped across the page, by one of its letters and the places of its ends."""
        if 0 < size < TINY and _shorter_side(_around(first, last)) < TINY:
            return True
        if pdfium.FPDFText_GetFillColor(self._textpage, char, *self._colours):
            red, green, blue, alpha = self._colours
            if alpha.value < FAINT:
                return True
            white = red.value >= WHITE and green.value >= WHITE and blue.value >= WHITE
            if white and not self._has_behind(_around(first, last)):
                return True
        if size <= STAMPED:
            return False
        _, bottom, _, top = _around(first, last)
        return top - bottom > ASIDE * size and self._is_aslant(char)

    def stamped(self) -> frozenset[int]:
        """The letters that are faint, or large and aslant, each by itself: in cells they lie among others."""
        count = int(pdfium.FPDFText_CountChars(self._textpage))
        return frozenset(char for char in range(count) if self._is_stamped(char))

    def _is_stamped(self, char: int) -> bool:
        if pdfium.FPDFText_GetFillColor(self._textpage, char, *self._colours) and self._colours[3].value < FAINT:
            return True
        size = float(pdfium.FPDFText_GetFontSize(self._textpage, char))
        size *= scale(self._textpage, char) if size < SMALLEST else 1
        return size > STAMPED and self._is_aslant(char)

    def _is_aslant(self, char: int) -> bool:
        angle = float(pdfium.FPDFText_GetCharAngle(self._textpage, char)) % (math.pi / 2)
        return ASLANT < angle < math.pi / 2 - ASLANT

    def _has_behind(self, place: Place) -> bool:
        """Whether white letters can be seen: what is drawn tells at once where a plain area lies behind them, and only
        the picture of the page tells of pictures, patterns and shades."""
        left, bottom, right, top = place
        x, y = (left + right) / 2, (bottom + top) / 2
        if any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in self._areas):
            return True
        return self._picture is None or self._picture.has_colour(place)

    @cached_property
    def _areas(self) -> list[Place]:
        """Where areas of one colour lie."""
        found: list[Place] = []
        sides = tuple(ctypes.c_float() for _ in range(4))
        for number in range(min(pdfium.FPDFPage_CountObjects(self._page), MOST_OBJECTS)):
            item = pdfium.FPDFPage_GetObject(self._page, number)
            if pdfium.FPDFPageObj_GetType(item) != _PATH or not self._is_coloured(item):
                continue
            if pdfium.FPDFPageObj_GetBounds(item, *sides):
                left, bottom, right, top = (side.value for side in sides)
                found.append((left, bottom, right, top))
        return found

    @cached_property
    def _picture(self) -> _Picture | None:
        """The page as a picture; None when too many were looked at."""
        return None if next(self._pictures, None) is None else _Picture(self._page)

    def _is_coloured(self, path: pdfium.FPDF_PAGEOBJECT) -> bool:
        way, stroked = ctypes.c_int(), ctypes.c_int()
        if not pdfium.FPDFPath_GetDrawMode(path, way, stroked) or not (way.value or stroked.value):
            return False
        told = pdfium.FPDFPageObj_GetFillColor if way.value else pdfium.FPDFPageObj_GetStrokeColor
        return bool(told(path, *self._colours)) and (
            min(colour.value for colour in self._colours[:3]) < WHITE and self._colours[3].value > 0
        )


def _around(one: Place, other: Place) -> Place:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _shorter_side(place: Place) -> float:
    left, bottom, right, top = place
    return min(top - bottom, right - left)


def scale(textpage: pdfium.FPDF_TEXTPAGE, char: int) -> float:
    """By how much the page makes a letter taller."""
    matrix = pdfium.FS_MATRIX()
    return math.hypot(matrix.c, matrix.d) if pdfium.FPDFText_GetMatrix(textpage, char, matrix) else 1.0


class _Picture:
    """A page in shades of grey, a pixel a point."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        width, height = page.get_size()
        bitmap = page.render(scale=min(1.0, LARGEST / max(width, height, 1)), grayscale=True, draw_annots=False)
        self._page, self._width, self._height, stride = page, bitmap.width, bitmap.height, bitmap.stride
        grey = bytes(memoryview(bitmap.buffer).cast("B"))
        self._rows = [grey[at : at + self._width] for at in range(0, len(grey), stride)]
        bitmap.close()

    def has_colour(self, place: Place) -> bool:
        """Whether anything but white is there."""
        left, bottom, right, top = place
        (x1, y1), (x2, y2) = self._pixel(left, bottom), self._pixel(right, top)
        rows = self._rows[max(0, min(y1, y2)) : max(y1, y2) + 1]
        return any(min(row[max(0, min(x1, x2)) : max(x1, x2) + 1], default=WHITE) < WHITE for row in rows)

    def _pixel(self, x: float, y: float) -> tuple[int, int]:
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(self._page, 0, 0, self._width, self._height, 0, x, y, across, down)
        return across.value, down.value
