"""What the fields of a form hold, which a PDF keeps beside its text: each value follows the words it stands beside."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.printed.books import Line
from ingest.printed.letters import letters

WIDGET = 20  # PDFium's subtype of annotations
TOLD = (4, 5, 6)  # a combination box, a list, text: boxes that are ticked say nothing in words
MOST_FIELDS = 500  # looked at of a page
LONGEST = 2_000  # letters of a value
HIDDEN = 2 | 32  # flags of annotations: hidden, and not to be viewed

Field = tuple[str, float, float, float, float]  # what it holds, left, bottom, right, top


def with_values(lines: Sequence[Line], page: pypdfium2.PdfPage) -> list[Line]:
    """The lines with what the form's fields hold: behind the line to the left, or in a line of its own."""
    done = list(lines)
    for value, left, bottom, right, top in _fields(page):
        middle = (bottom + top) / 2
        beside = [
            (line.left, at)
            for at, line in enumerate(done)
            if line.left is not None and not line.row and line.bottom <= middle <= line.top and line.left < left
        ]
        if beside:
            _, at = max(beside)
            done[at] = replace(done[at], text=f"{done[at].text} {value}")
        else:
            below = (at for at, line in enumerate(done) if line.left is not None and line.top < middle)
            size = done[0].size if done else 0.0
            done.insert(next(below, len(done)), Line(value, left, bottom, right, top, size))
    return done


def _fields(page: pypdfium2.PdfPage) -> Iterator[Field]:
    form = page.formenv
    if form is None:
        return
    sides = pdfium.FS_RECTF()
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page), MOST_FIELDS)):
        field = pdfium.FPDFPage_GetAnnot(page, number)
        try:
            if pdfium.FPDFAnnot_GetSubtype(field) != WIDGET or pdfium.FPDFAnnot_GetFlags(field) & HIDDEN:
                continue
            if pdfium.FPDFAnnot_GetFormFieldType(form, field) not in TOLD:
                continue
            value = _value(form, field)
            if value and pdfium.FPDFAnnot_GetRect(field, sides):
                yield value, sides.left, sides.bottom, sides.right, sides.top
        finally:
            pdfium.FPDFPage_CloseAnnot(field)


def _value(form: pypdfium2.PdfFormEnv, field: pdfium.FPDF_ANNOTATION) -> str:
    size = pdfium.FPDFAnnot_GetFormFieldValue(form, field, None, 0)
    if not 2 < size <= 2 * LONGEST:
        return ""
    told = (ctypes.c_ushort * (size // 2))()
    pdfium.FPDFAnnot_GetFormFieldValue(form, field, told, size)
    return " ".join(letters(bytes(told).decode("utf-16-le", "replace").rstrip("\0")).split())
