"""The lines of a page, from the letters that PDFium tells."""

from __future__ import annotations

import ctypes
import itertools
import re
from collections.abc import Callable

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.printed.addresses import count_marks, font_of, mark_at, name_of_mark, text_at
from ingest.printed.books import Line
from ingest.printed.gaps import settled
from ingest.printed.hidden import MOSTLY, SMALLEST, Sight, scale
from ingest.printed.letters import letters
from ingest.printed.order import INITIAL
from ingest.printed.raised import MAY_BE_RAISED, with_raised
from ingest.printed.struck import STRUCK, Struck
from ingest.texts.lines import WIDE

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
TALL = 1.5  # times the size of its letters: such a line holds larger ones, or is two
NOTE = 0.8  # of the size of its letters: the mark of a footnote is smaller
FLAT = 0.1  # of the size of a letter: no letter that has a shape is so low

_size_of = pdfium.FPDFText_GetFontSize


class LinesOfPage:
    """Reads the lines of a page from PDFium's letters; those that are struck through are left out."""

    def __init__(self, textpage: pypdfium2.PdfTextPage, sight: Sight, looks: bool, struck: Struck) -> None:
        """`looks` is whether headings are told by their looks, and so which letters are bold."""
        self._text = textpage.get_text_range()
        self._textpage, self._handle = textpage, textpage.raw  # asking by the handle takes two thirds of the time
        self._index_of = _indexes(textpage, self._text)
        self._box, self._font, self._aside = _box_of(self._handle), _font_of(self._handle), _aside_of(self._handle)
        self._sight, self._looks, self._struck = sight, looks, struck
        self._lines: list[Line] = []
        self._unseen: set[int] = set()  # the places among them of those that nobody sees
        self._shaped = self._flat = 0

    def read(self) -> tuple[list[Line], int, bool]:
        """The lines, how many are hidden, and whether those that run downwards are of letters without a shape.

        A font that the file names and does not hold is looked for on the machine. Where there is none, PDFium takes its
        letters to be of no height, and leaves out some of the lines that run downwards.
        """
        offset = 0
        for raw in self._text.split("\r\n"):
            words = raw.strip(" \t\r\n")
            if words and not words.isspace():
                self._take(words, offset + raw.index(words))
            offset += len(raw) + 2
        lines, unseen, faceless = self._lines, self._unseen, self._flat > self._shaped
        if not unseen or len(unseen) > MOSTLY * len(lines):
            return lines, 0, faceless
        return [line for at, line in enumerate(lines) if at not in unseen], len(unseen), faceless

    def _take(self, words: str, start: int) -> None:
        """Take in a line of the text that starts there."""
        handle, index_of = self._handle, self._index_of
        begins, end = index_of(start), index_of(start + len(words) - 1)
        first, last = self._box(begins), self._box(end)
        # A list's mark may be of another font, a footnote's number is small: the letters after it tell the size.
        is_marked = not words[0].isalpha() or (words[0] in "QAＱＡ" and _ASKED.match(words) is not None)
        mark = next((at for at, sign in enumerate(words) if at and sign.isalpha()), 0) if is_marked else 0
        letter = begins if not mark else index_of(start + mark)
        size: float = _size_of(handle, letter)
        note = mark > 0 and 0 < _size_of(handle, begins) < NOTE * size
        scaled = size < SMALLEST
        if scaled:
            size *= scale(handle, letter)
        initials: list[Line] = []
        if first and last:
            if self._struck.is_drawn:
                words = self._struck.without(words, start, index_of, min(first[1], last[1]), max(first[3], last[3]))
            if first[3] - last[1] > TALL * size:
                words, initials = self._without_initials(words, start, size)
        if MAY_BE_RAISED.search(words):  # as in few lines, and told in a tenth of the time
            words = with_raised(words, lambda at: self._look(index_of(start + at)))
        narrow = fixed = False
        is_ascii = words.isascii()
        if first and last and not is_ascii and _BLANKS.search(words):
            shown = size if scaled else size * scale(handle, letter)  # browsers scale whole pages
            words, narrow = settled(words, _gap_of(self._textpage, index_of, start, shown))
        elif is_ascii or _WIDE.search(words) is None:
            fixed = self._font(end)[1] and self._font(index_of(start + len(words) // 2))[1]
        plain = words if is_ascii else letters(words)
        if note and words[:2].isdecimal() and _size_of(handle, index_of(start + 1)) >= NOTE * size:
            plain = f"{plain[0]} {plain[1:]}"  # the note itself begins with a number
        if STRUCK in plain:
            plain = " ".join(plain.replace(STRUCK, "").split())
        if plain and first and last:
            if first[3] - last[1] > 2 * size:  # it runs downwards
                low = max(first[3] - first[1], last[3] - last[1]) < FLAT * size
                self._shaped, self._flat = self._shaped + (not low), self._flat + low
            if self._sight.hides(letter, first, last, size):
                self._unseen.add(len(self._lines))
            bold = self._looks and self._font(letter)[0]
            ends_bold = bold and self._font(end)[0]
            place = first[0], last[1], last[2], first[3]
            told = Line(plain, *place, size, bold, ends_bold, fixed=fixed, narrow=narrow, note=note and not fixed)
            told.aside = self._aside(begins)
            self._lines.append(told)
        elif plain:
            self._lines.append(Line(plain))
        self._lines += initials

    def _without_initials(self, words: str, start: int, size: float) -> tuple[str, list[Line]]:
        """A line without the large letters among its own, which begin the lines beside them, and these as lines."""
        initials: list[Line] = []
        for at, sign in enumerate(words):
            char = self._index_of(start + at) if sign.isalpha() else -1
            if char >= 0 and (large := _size_of(self._handle, char)) >= INITIAL * size and (place := self._box(char)):
                initials.append(Line(sign, *place, large))
                words = words[:at] + STRUCK + words[at + 1 :]
        return words, initials

    def _look(self, char: int) -> tuple[float, float]:
        """How large a letter is, and how high its line stands there."""
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium.FPDFText_GetCharOrigin(self._textpage, char, x, y)
        return _size_of(self._handle, char), y.value


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
