"""The text of a PDF as PDFium tells it, with the place of every line."""

from __future__ import annotations

import ctypes
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.printed import ruled
from ingest.printed.addresses import count_marks, font_of, mark_at, name_of_mark, text_at
from ingest.printed.books import Book, Line, Page
from ingest.printed.cells import seen_in
from ingest.printed.filled import with_values
from ingest.printed.gaps import settled, unspread
from ingest.printed.grids import Rectangle, sides
from ingest.printed.hidden import MOST_PICTURES, MOSTLY, SMALLEST, Sight, scale
from ingest.printed.letters import LINE_END, letters, outline_title
from ingest.printed.order import INITIAL, with_discs
from ingest.printed.raised import with_raised
from ingest.printed.strokes import drawn
from ingest.printed.struck import STRUCK, Struck
from ingest.texts.lines import WIDE, joined

PASSWORD = 4  # PDFium's error code
DEEPEST_OUTLINE = 6
LONGEST_OUTLINE = 5_000  # entries
PICTURE_DPI = 250  # tesseract wants 300 and does nearly as well with this, in two thirds of the time
LARGEST_PICTURE = 4_000  # pixels on the longer side
BOLD = re.compile(r"bold|black|heavy|[-_]w[6-9]\b", re.IGNORECASE)  # in the name of a font
# Fonts whose letters are all of one width; many files do not flag them.
FIXED = re.compile(
    r"mono(?!type)|courier|consol|menlo|typewriter|iosevka|(?:cm|sf|ec|lm|t1x)b?tt(?![a-z])", re.IGNORECASE
)
FIXED_FLAG = 1
_WIDE = re.compile(f"[{WIDE}]")
_BLANKS = re.compile(f"[ \u3000][{WIDE}]")
_ASKED = re.compile(r"[QAＱＡ][0-9０-９]{0,3}[.．:：、 \u3000]")  # the mark of a question, which may be larger than it
LONGEST_NAME = 100  # bytes of a font's name
ARTIFACT = "Artifact".encode("utf-16-le")
IMAGE = 3  # PDFium's type of page objects
TALL = 1.5  # times the size of its letters: such a line holds larger ones, or is two
NOTE = 0.8  # of the size of its letters: the mark of a footnote is smaller
INWARD = 2.0  # points from a cell's ruled lines to where its letters are looked for
MOST_WORDS = 20_000  # looked at of a page
FLAT = 0.1  # of the size of a letter: no letter that has a shape is so low


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
        lines, hidden, faceless = _lines(textpage, sight, looks or bool(tables), struck)
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


def _lines(textpage: pypdfium2.PdfTextPage, sight: Sight, looks: bool, struck: Struck) -> tuple[list[Line], int, bool]:
    """The lines of a page, how many are hidden, and whether those that run downwards are of letters without a shape.

    Letters that are struck through are left out.

    A font that the file names and does not hold is looked for on the machine. Where there is none, PDFium takes its
    letters to be of no height, and leaves out some of the lines that run downwards.
    """
    text = textpage.get_text_range()
    index_of = _indexes(textpage, text)
    handle = textpage.raw  # asking by it takes two thirds of the time
    box, font, aside = _box_of(handle), _font_of(handle), _aside_of(handle)
    size_of = pdfium.FPDFText_GetFontSize
    lines: list[Line] = []
    unseen: set[int] = set()  # the places among them of those that nobody sees
    offset = shaped = flat = 0
    for raw in text.split("\r\n"):
        words = raw.strip(" \t\r\n")
        if words and not words.isspace():
            start = offset + raw.index(words)
            begins, end = index_of(start), index_of(start + len(words) - 1)
            first, last = box(begins), box(end)
            initials: list[Line] = []
            # A list's mark may be of another font, a footnote's number is small: the letters after it tell the size.
            is_marked = not words[0].isalpha() or (words[0] in "QAＱＡ" and _ASKED.match(words) is not None)
            mark = next((at for at, sign in enumerate(words) if at and sign.isalpha()), 0) if is_marked else 0
            letter = begins if not mark else index_of(start + mark)
            size: float = size_of(handle, letter)
            note = mark > 0 and 0 < size_of(handle, begins) < NOTE * size
            scaled = size < SMALLEST
            if scaled:
                size *= scale(handle, letter)
            if first and last:
                words = struck.without(words, start, index_of, min(first[1], last[1]), max(first[3], last[3]))
                if first[3] - last[1] > TALL * size:
                    for at in _initials(handle, words, index_of, start, size):
                        place, large = box(index_of(start + at)), size_of(handle, index_of(start + at))
                        if place is not None:
                            initials.append(Line(words[at], *place, large))
                            words = words[:at] + STRUCK + words[at + 1 :]
            words = with_raised(words, _look_of(textpage, index_of, start))
            narrow = fixed = False
            is_ascii = words.isascii()
            if first and last and not is_ascii and _BLANKS.search(words):
                shown = size if scaled else size * scale(handle, letter)  # browsers scale whole pages
                words, narrow = settled(words, _gap_of(textpage, index_of, start, shown))
            elif is_ascii or _WIDE.search(words) is None:
                fixed = font(end)[1] and font(index_of(start + len(words) // 2))[1]
            plain = words if is_ascii else letters(words)
            if note and words[:2].isdecimal() and size_of(handle, index_of(start + 1)) >= NOTE * size:
                plain = f"{plain[0]} {plain[1:]}"  # the note itself begins with a number
            if STRUCK in plain:
                plain = " ".join(plain.replace(STRUCK, "").split())
            if not plain:
                pass
            elif first and last:
                if first[3] - last[1] > 2 * size:  # it runs downwards
                    low = max(first[3] - first[1], last[3] - last[1]) < FLAT * size
                    shaped, flat = shaped + (not low), flat + low
                bold = looks and font(letter)[0]
                ends_bold = bold and font(end)[0]
                if sight.hides(letter, first, last, size):
                    unseen.add(len(lines))
                lines.append(
                    Line(
                        plain,
                        first[0],
                        last[1],
                        last[2],
                        first[3],
                        size,
                        bold,
                        ends_bold,
                        fixed=fixed,
                        narrow=narrow,
                        note=note and not fixed,
                        aside=aside(begins),
                    )
                )
            else:
                lines.append(Line(plain))
            lines += initials
        offset += len(raw) + 2
    if not unseen or len(unseen) > MOSTLY * len(lines):
        return lines, 0, flat > shaped
    return [line for at, line in enumerate(lines) if at not in unseen], len(unseen), flat > shaped


def _initials(
    textpage: pdfium.FPDF_TEXTPAGE, text: str, index_of: Callable[[int], int], start: int, size: float
) -> list[int]:
    """Where large letters, which begin the lines beside them, stand among the letters of one of these."""
    large = (at for at, sign in enumerate(text) if sign.isalpha())
    return [at for at in large if pdfium.FPDFText_GetFontSize(textpage, index_of(start + at)) >= INITIAL * size]


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


def _indexes(textpage: pypdfium2.PdfTextPage, text: str) -> Callable[[int], int]:
    """Which of PDFium's characters one of the text is: some have no place in the text, and rare letters take two."""
    if pdfium.FPDFText_CountChars(textpage) == len(text):
        return lambda place: place
    units = list(itertools.accumulate((1 + (letter > "\uffff") for letter in text), initial=0))  # of UTF-16
    return lambda place: int(pdfium.FPDFText_GetCharIndexFromTextIndex(textpage, units[place]))


def _box_of(textpage: pdfium.FPDF_TEXTPAGE) -> Callable[[int], tuple[float, float, float, float] | None]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))

    def box(char: int) -> tuple[float, float, float, float] | None:
        if char < 0 or not pdfium.FPDFText_GetCharBox(textpage, char, left, right, bottom, top):
            return None
        return left.value, bottom.value, right.value, top.value

    return box


def _font_of(textpage: pdfium.FPDF_TEXTPAGE) -> Callable[[int], tuple[bool, bool]]:
    name, flags = ctypes.create_string_buffer(LONGEST_NAME), ctypes.c_int()
    known: dict[int | None, tuple[bool, bool]] = {None: (False, False)}

    def font(char: int) -> tuple[bool, bool]:
        """Whether a letter's font is bold, and whether all its letters are of one width."""
        address = font_of(text_at(textpage, char))
        if address not in known:
            known[address] = looks(char)
        return known[address]

    def looks(char: int) -> tuple[bool, bool]:
        if not 0 < pdfium.FPDFText_GetFontInfo(textpage, char, name, LONGEST_NAME, flags) <= LONGEST_NAME:
            return False, False
        told = name.value.decode("utf-8", "replace")
        return BOLD.search(told) is not None, bool(flags.value & FIXED_FLAG) or FIXED.search(told) is not None

    return font


def _aside_of(textpage: pdfium.FPDF_TEXTPAGE) -> Callable[[int], bool]:
    name, length = (ctypes.c_ushort * (LONGEST_NAME // 2))(), ctypes.c_ulong()

    def aside(char: int) -> bool:
        """Whether the file marks a letter as none of the text: as what stands at the head or the foot of a page."""
        item = text_at(textpage, char)
        for number in range(count_marks(item) if item else 0):
            mark = mark_at(item, number)
            if mark and name_of_mark(mark, name, LONGEST_NAME, length) and bytes(name)[: length.value - 2] == ARTIFACT:
                return True
        return False

    return aside


def _look_of(
    textpage: pypdfium2.PdfTextPage, index_of: Callable[[int], int], start: int
) -> Callable[[int], tuple[float, float]]:
    """Of a line that starts there: how large one of its letters is, and how high the line stands there."""
    x, y = ctypes.c_double(), ctypes.c_double()

    def look(at: int) -> tuple[float, float]:
        char = index_of(start + at)
        pdfium.FPDFText_GetCharOrigin(textpage, char, x, y)
        return pdfium.FPDFText_GetFontSize(textpage, char), y.value

    return look


def _gap_of(
    textpage: pypdfium2.PdfTextPage, index_of: Callable[[int], int], start: int, size: float
) -> Callable[[int, int], tuple[float, bool]]:
    """Of a line that starts there: how far apart two of its letters are, and whether the blank between is made up."""
    before, after = pdfium.FS_RECTF(), pdfium.FS_RECTF()

    def gap(left: int, right: int) -> tuple[float, bool]:
        pdfium.FPDFText_GetLooseCharBox(textpage, index_of(start + left), before)
        pdfium.FPDFText_GetLooseCharBox(textpage, index_of(start + right), after)
        apart = max(after.left - before.right, before.bottom - after.top)  # of a line that runs downwards the second
        return apart / (size or 1.0), pdfium.FPDFText_IsGenerated(textpage, index_of(start + left + 1)) == 1

    return gap
