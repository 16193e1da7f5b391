"""The text of a PDF as PDFium tells it, with the place of every line."""

from __future__ import annotations

import ctypes
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pypdfium2
import pypdfium2.raw as pdfium

from ingest import ruled
from ingest.grids import Edge, Rectangle
from ingest.lines import joined
from ingest.typesetting import LINE_END, Book, Line, Page, letters, outline_title

PASSWORD, SECURITY = 4, 5  # PDFium's error codes
DEEPEST_OUTLINE = 6
LONGEST_OUTLINE = 5_000  # entries
PICTURE_DPI = 250  # tesseract wants 300 and does nearly as well with this, in two thirds of the time
LARGEST_PICTURE = 4_000  # pixels on the longer side
SMALLEST = 4  # points: a size below this is a unit that the page's own scale makes larger
BOLD = re.compile(r"bold|black|heavy|[-_]w[6-9]\b", re.IGNORECASE)  # in the name of a font
LONGEST_NAME = 100  # bytes of a font's name
PATH, IMAGE = 2, 3  # PDFium's types of page objects
LINE_TO, MOVE_TO = 0, 2  # and of the steps of a path
WHITE = 250  # of 255, each of the three colours of a shape that does not show
MOST_OBJECTS, MOST_STEPS, MOST_WORDS = 5_000, 400, 20_000  # looked at of a page, of a path, of a page
THIN, SHORTEST = 3.0, 4.0  # points: a filled rectangle that is no thicker is a line, if it is as long
FLAT = 0.1  # of the size of a letter: no letter that has a shape is so low


class CannotOpen(Exception):
    """PDFium does not take the file; `locked` when it wants a password."""

    def __init__(self, message: str, locked: bool) -> None:
        super().__init__(message)
        self.locked = locked


def read(data: bytes, pages: int) -> Book:
    """Read at most so many pages. Raises CannotOpen."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise CannotOpen(str(error), error.err_code == PASSWORD) from error
    try:
        count = len(document)
        metadata = document.get_metadata_dict()
        book = Book([], str(metadata.get("Title", "")), _outline(document), count)
        header = None
        for index in range(min(count, pages)):
            page, header = _page(document, index, not book.outline, header)
            book.pages.append(page)
    finally:
        document.close()
    return book


def pictures(data: bytes, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Pages as grey pictures (PGM), each with its number. Raises CannotOpen."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise CannotOpen(str(error), error.err_code == PASSWORD) from error
    try:
        for number in numbers:
            page = document[number - 1]
            scale = min(PICTURE_DPI / 72, LARGEST_PICTURE / max(*page.get_size(), 1))
            bitmap = page.render(scale=scale, grayscale=True, draw_annots=False)
            grey = memoryview(bitmap.buffer).cast("B")  # a slice of the buffer itself would be a list of numbers
            rows = (grey[at : at + bitmap.width] for at in range(0, len(grey), bitmap.stride))
            yield number, b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + b"".join(rows)
            bitmap.close()
            page.close()
    except pypdfium2.PdfiumError as error:
        raise CannotOpen(str(error), False) from error
    finally:
        document.close()


def _outline(document: pypdfium2.PdfDocument) -> list[tuple[int, str, int]]:
    entries: list[tuple[int, str, int]] = []
    for entry in itertools.islice(document.get_toc(max_depth=DEEPEST_OUTLINE), LONGEST_OUTLINE):
        target = entry.get_dest()
        index = target.get_index() if target is not None else None
        title = outline_title(entry.get_title() or "")
        if title and index is not None:
            entries.append((int(entry.level), title, int(index) + 1))
    return entries


def _page(
    document: pypdfium2.PdfDocument, index: int, looks: bool, header: ruled.Header | None
) -> tuple[Page, ruled.Header | None]:
    """A page; `looks` when its headings will be told by their looks. And the header of the table that it ends with."""
    try:
        page = document[index]
    except pypdfium2.PdfiumError:  # a damaged page among good ones: it shows as one without text
        return Page(index + 1, []), None
    textpage = page.get_textpage()
    try:
        tables = ruled.tables(*_drawn(page), partial(_text_in, textpage), partial(_words, textpage))
        lines, faceless = _lines(textpage, looks or bool(tables), bool(tables))
        for table in tables:
            lines, header = ruled.in_rows(lines, table, header if table is tables[0] else None)
        has_image = not lines and any(True for _ in page.get_objects(filter=[IMAGE], max_depth=3))
    finally:
        textpage.close()
        page.close()
    return Page(index + 1, lines, has_image, faceless), header if tables else None


def _lines(textpage: pypdfium2.PdfTextPage, looks: bool, ends: bool) -> tuple[list[Line], bool]:
    """The lines of a page, and whether those that run downwards are of letters without a shape.

    A font that the file names and does not hold is looked for on the machine. Where there is none, PDFium takes its
    letters to be of no height, and leaves out some of the lines that run downwards.
    """
    text = textpage.get_text_range()
    index_of = _indexes(textpage, len(text))
    box, is_bold = _box_of(textpage), _boldness_of(textpage)
    lines: list[Line] = []
    offset = shaped = flat = 0
    for raw in text.split("\r\n"):
        words = raw.strip(" \t\r\n")
        if words and not words.isspace():
            start = offset + raw.index(words)
            begins, end = index_of(start), index_of(start + len(words) - 1)
            first, last = box(begins), box(end)
            # A list's mark may be of another font: the letters after it tell the size of the line.
            mark = 0 if words[0].isalnum() else next((at for at, sign in enumerate(words) if sign.isalnum()), 0)
            letter = begins if not mark else index_of(start + mark)
            size = float(pdfium.FPDFText_GetFontSize(textpage, letter))
            if size < SMALLEST:
                size *= _scale(textpage, letter)
            plain = letters(words)
            if first and last:
                if first[3] - last[1] > 2 * size:  # it runs downwards
                    low = max(first[3] - first[1], last[3] - last[1]) < FLAT * size
                    shaped, flat = shaped + (not low), flat + low
                bold, ends_bold = looks and is_bold(letter), ends and is_bold(end)
                lines.append(Line(plain, first[0], last[1], last[2], first[3], size, bold, ends_bold))
            else:
                lines.append(Line(plain))
        offset += len(raw) + 2
    return lines, flat > shaped


def _text_in(textpage: pypdfium2.PdfTextPage, place: Rectangle) -> str:
    """The text of a cell on one line; \\x02 stands in it for what is \\ufffe in the text of a whole page."""
    return joined(letters(textpage.get_text_bounded(*place).replace("\x02", LINE_END)).splitlines())


def _words(textpage: pypdfium2.PdfTextPage) -> list[Rectangle]:
    """Where words stand together on a page."""
    count = min(textpage.count_rects(), MOST_WORDS)
    return [textpage.get_rect(number) for number in range(count)]


def _drawn(
    page: pypdfium2.PdfPage,
) -> tuple[list[Edge], list[Edge], list[Rectangle]]:
    """What is ruled on a page: level lines by their height, upright ones by their place from the left, and shades."""
    level: list[Edge] = []
    upright: list[Edge] = []
    shades: list[Rectangle] = []
    for number in range(min(int(pdfium.FPDFPage_CountObjects(page)), MOST_OBJECTS)):
        drawn = pdfium.FPDFPage_GetObject(page, number)
        if pdfium.FPDFPageObj_GetType(drawn) != PATH:
            continue
        for left, bottom, right, top in _strokes(drawn):
            if top - bottom <= THIN and right - left >= SHORTEST:
                level.append(((bottom + top) / 2, left, right))
            elif right - left <= THIN and top - bottom >= SHORTEST:
                upright.append(((left + right) / 2, bottom, top))
            elif top - bottom > THIN and right - left > THIN:
                shades.append((left, bottom, right, top))
    return level, upright, shades


def _strokes(drawn: pdfium.FPDF_PAGEOBJECT) -> Iterator[Rectangle]:
    """The lines of a path; of a filled shape the shape, unless it is white and no line."""
    bounds = [ctypes.c_float() for _ in range(4)]
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


def _indexes(textpage: pypdfium2.PdfTextPage, length: int) -> Callable[[int], int]:
    """Which of PDFium's characters one of the text is: some have no place in the text."""
    if pdfium.FPDFText_CountChars(textpage) == length:
        return lambda place: place
    return lambda place: int(pdfium.FPDFText_GetCharIndexFromTextIndex(textpage, place))


def _box_of(textpage: pypdfium2.PdfTextPage) -> Callable[[int], tuple[float, float, float, float] | None]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))

    def box(char: int) -> tuple[float, float, float, float] | None:
        if char < 0 or not pdfium.FPDFText_GetCharBox(textpage, char, left, right, bottom, top):
            return None
        return left.value, bottom.value, right.value, top.value

    return box


def _scale(textpage: pypdfium2.PdfTextPage, char: int) -> float:
    """By how much the page makes a letter taller."""
    matrix = pdfium.FS_MATRIX()
    return math.hypot(matrix.c, matrix.d) if pdfium.FPDFText_GetMatrix(textpage, char, matrix) else 1.0


def _boldness_of(textpage: pypdfium2.PdfTextPage) -> Callable[[int], bool]:
    name, flags = ctypes.create_string_buffer(LONGEST_NAME), ctypes.c_int()
    known: dict[bytes, bool] = {}

    def is_bold(char: int) -> bool:
        if not 0 < pdfium.FPDFText_GetFontInfo(textpage, char, name, LONGEST_NAME, flags) <= LONGEST_NAME:
            return False
        font = name.value
        if font not in known:
            known[font] = BOLD.search(font.decode("utf-8", "replace")) is not None
        return known[font]

    return is_bold
