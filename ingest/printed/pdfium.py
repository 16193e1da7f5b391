"""The text of a PDF as PDFium tells it, with the place of every line."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.printed import ruled
from ingest.printed.books import Book, Page
from ingest.printed.cells import seen_in
from ingest.printed.filled import with_values
from ingest.printed.gaps import unspread
from ingest.printed.grids import Rectangle, sides
from ingest.printed.hidden import MOST_PICTURES, Sight
from ingest.printed.lettering import LinesOfPage
from ingest.printed.letters import LINE_END, letters, outline_title
from ingest.printed.order import with_discs
from ingest.printed.strokes import drawn
from ingest.printed.struck import Struck
from ingest.texts.lines import joined

PASSWORD = 4  # PDFium's error code
DEEPEST_OUTLINE = 6
LONGEST_OUTLINE = 5_000  # entries
PICTURE_DPI = 250  # tesseract wants 300 and does nearly as well with this, in two thirds of the time
LARGEST_PICTURE = 4_000  # pixels on the longer side
IMAGE = 3  # PDFium's type of page objects
INWARD = 2.0  # points from a cell's ruled lines to where its letters are looked for
MOST_WORDS = 20_000  # looked at of a page


class CannotOpen(Exception):
    """PDFium does not take the file; `locked` when it wants a password."""

    def __init__(self, message: str, locked: bool) -> None:
        super().__init__(message)
        self.locked = locked


def read(data: bytes, pages: int) -> Book:
    """Read at most so many pages. Raises CannotOpen."""
    with _opened(data) as document:
        if document.get_formtype() != pdfium.FORMTYPE_NONE:
            document.init_forms()
        count = len(document)
        book = Book([], document.get_metadata_value("Title"), _outline(document), count)
        header, pictures_left = None, iter(range(MOST_PICTURES))
        for index in range(min(count, pages)):
            page, header = _page(document, index, not book.outline, header, pictures_left)
            book.pages.append(page)
    return book


def pictures(data: bytes, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Pages as grey pictures (PGM), each with its number. Raises CannotOpen."""
    try:
        with _opened(data) as document:
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


@contextmanager
def _opened(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise CannotOpen(str(error), error.err_code == PASSWORD) from error
    with closing(document):
        yield document


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
    document: pypdfium2.PdfDocument,
    index: int,
    looks: bool,
    header: ruled.Header | None,
    pictures_left: Iterator[int],
) -> tuple[Page, ruled.Header | None]:
    """A page; `looks` when its headings will be told by their looks. And the header of the table that it ends with."""
    try:
        page = document[index]
    except pypdfium2.PdfiumError:  # a damaged page among good ones: it shows as one without text
        return Page(index + 1, []), None
    textpage = page.get_textpage()
    try:
        level, upright, shades = drawn(page)
        of_tiles, words = sides(shades), partial(_words, textpage)
        ruled_lines = [*level, *of_tiles[0]], [*upright, *of_tiles[1]], shades
        tables = ruled.tables(*ruled_lines, partial(_text_in, textpage), words, header)
        sight = Sight(page, textpage, pictures_left)
        struck = Struck(textpage.raw, level)
        lines, hidden, faceless = LinesOfPage(textpage, sight, looks or bool(tables), struck).read()
        if tables and (unsaid := (sight.stamped() if hidden else frozenset()) | struck.letters):
            tables = ruled.tables(*ruled_lines, seen_in(textpage, unsaid), words, header)
        if tables and not ruled.heads_the_page(lines, tables[0]):
            header = None
        for table in tables:
            lines, header = ruled.in_rows(lines, table, header if table is tables[0] else None)
        if tables and not ruled.ends_the_page(lines, tables[-1]):
            header = None
        lines = with_discs(lines, shades)
        if page.formenv is not None:
            lines = with_values(lines, page)
        has_image = not lines and any(True for _ in page.get_objects(filter=[IMAGE], max_depth=3))
    finally:
        textpage.close()
        page.close()
    return Page(index + 1, lines, has_image, faceless, hidden), header if tables else None


def _text_in(textpage: pypdfium2.PdfTextPage, place: Rectangle) -> str:
    """The text of a cell on one line; \\x02 stands in it for what is \\ufffe in the text of a whole page.

    PDFium takes every letter that the rectangle touches, and those of the next row may reach over a ruled line.
    """
    left, bottom, right, top = place
    inward = min(INWARD, (top - bottom) / 4)
    place = left, bottom + inward, right, top - inward
    text = letters(textpage.get_text_bounded(*place).replace("\x02", LINE_END))
    return joined(map(unspread, text.splitlines()))


def _words(textpage: pypdfium2.PdfTextPage) -> list[Rectangle]:
    """Where words stand together on a page."""
    count = min(textpage.count_rects(), MOST_WORDS)
    return [textpage.get_rect(number) for number in range(count)]
