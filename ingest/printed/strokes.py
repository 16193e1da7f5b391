"""What is ruled on a printed page, as PDFium tells its paths: level and upright lines, and shaded rectangles."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.printed.addresses import object_at, type_of
from ingest.printed.grids import Edge, Rectangle

PATH = 2  # PDFium's type of page objects
LINE_TO, MOVE_TO = 0, 2  # and of the steps of a path
WHITE = 250  # of 255, each of the three colours of a shape that does not show
MOST_OBJECTS, MOST_STEPS = 5_000, 400  # looked at of a page, of a path
THIN, SHORTEST = 3.0, 4.0  # points: a filled rectangle that is no thicker is a line, if it is as long


def drawn(page: pypdfium2.PdfPage) -> tuple[list[Edge], list[Edge], list[Rectangle]]:
    """What is ruled on a page: level lines by their height, upright ones by their place from the left, and shades."""
    level: list[Edge] = []
    upright: list[Edge] = []
    shades: list[Rectangle] = []
    bounds = [ctypes.c_float() for _ in range(4)]
    handle = page.raw
    for number in range(min(int(pdfium.FPDFPage_CountObjects(handle)), MOST_OBJECTS)):
        if type_of(object_at(handle, number)) != PATH:
            continue
        path = pdfium.FPDFPage_GetObject(handle, number)
        for left, bottom, right, top in _strokes(path, bounds):
            if top - bottom <= THIN and right - left >= SHORTEST:
                level.append(((bottom + top) / 2, left, right))
            elif right - left <= THIN and top - bottom >= SHORTEST:
                upright.append(((left + right) / 2, bottom, top))
            elif top - bottom > THIN and right - left > THIN:
                shades.append((left, bottom, right, top))
    return level, upright, shades


def _strokes(drawn: pdfium.FPDF_PAGEOBJECT, bounds: Sequence[ctypes.c_float]) -> Iterator[Rectangle]:
    """The lines of a path; of a filled shape the shape, unless it is white and no line. `bounds` is room to work in."""
    if not pdfium.FPDFPageObj_GetBounds(drawn, *bounds):
        return
    left, bottom, right, top = (bound.value for bound in bounds)
    if min(right - left, top - bottom) <= THIN:
        yield left, bottom, right, top
        return
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    steps = int(pdfium.FPDFPath_CountSegments(drawn))
    if not pdfium.FPDFPath_GetDrawMode(drawn, fill, stroke):
        return
    if fill.value:
        colour = [ctypes.c_uint() for _ in range(4)]
        if pdfium.FPDFPageObj_GetFillColor(drawn, *colour) and min(part.value for part in colour[:3]) < WHITE:
            yield left, bottom, right, top
    if not stroke.value or not 2 <= steps <= MOST_STEPS:
        return
    matrix, x, y = pdfium.FS_MATRIX(), ctypes.c_float(), ctypes.c_float()
    pdfium.FPDFPageObj_GetMatrix(drawn, matrix)
    begin = before = (0.0, 0.0)
    for number in range(steps):
        step = pdfium.FPDFPath_GetPathSegment(drawn, number)
        pdfium.FPDFPathSegment_GetPoint(step, x, y)
        kind = pdfium.FPDFPathSegment_GetType(step)
        here = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        if kind == MOVE_TO:
            begin = here
        elif kind == LINE_TO:
            yield _between(before, here)
        if pdfium.FPDFPathSegment_GetClose(step):
            yield _between(here, begin)
        before = here


def _between(one: tuple[float, float], other: tuple[float, float]) -> Rectangle:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1])
