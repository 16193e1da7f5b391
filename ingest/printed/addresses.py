"""PDFium's functions for what is asked of every piece of a page, with addresses for pointers.

A pointer of ctypes takes as long to make as the call itself, and cannot be compared.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import pypdfium2.raw as pdfium


def _by_address(function: Any, result: type, *arguments: type) -> Callable[..., Any]:
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None, "the library has it"
    return ctypes.CFUNCTYPE(result, *arguments)(address)


object_at = _by_address(pdfium.FPDFPage_GetObject, ctypes.c_void_p, pdfium.FPDF_PAGE, ctypes.c_int)
type_of = _by_address(pdfium.FPDFPageObj_GetType, ctypes.c_int, ctypes.c_void_p)
text_at = _by_address(pdfium.FPDFText_GetTextObject, ctypes.c_void_p, pdfium.FPDF_TEXTPAGE, ctypes.c_int)
font_of = _by_address(pdfium.FPDFTextObj_GetFont, ctypes.c_void_p, ctypes.c_void_p)
count_marks = _by_address(pdfium.FPDFPageObj_CountMarks, ctypes.c_int, ctypes.c_void_p)
mark_at = _by_address(pdfium.FPDFPageObj_GetMark, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong)
name_of_mark = _by_address(
    pdfium.FPDFPageObjMark_GetName,
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_ulong,
    ctypes.POINTER(ctypes.c_ulong),
)
