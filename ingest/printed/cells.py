"""The text of a table's cells on a page that something is stamped across, letter by letter."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.printed.gaps import unspread
from ingest.printed.grids import Rectangle
from ingest.printed.letters import letters
from ingest.texts.lines import joined

LINE = 0.5  # of its height: a letter that stands so much lower than the one before it begins a line
BLANK = 0.3  # of the height of the letters: they are this far apart, where a stamp hides whether a blank is between


class _Letter(NamedTuple):
    text: str
    left: float
    bottom: float
    right: float
    top: float
    after_blank: bool
    after_stamp: bool


def seen_in(textpage: pypdfium2.PdfTextPage, stamped: Set[int]) -> Callable[[Rectangle], str]:
    """What tells the text of a cell on one line, without the letters that are stamped across the page."""
    all_letters = _letters(textpage, stamped)

    def text_of(place: Rectangle) -> str:
        left, bottom, right, top = place
        text, before = "", None
        for letter in all_letters:
            x, y = (letter.left + letter.right) / 2, (letter.bottom + letter.top) / 2
            if left <= x <= right and bottom <= y <= top:
                text += (_between(before, letter) if before is not None else "") + letter.text
                before = letter
        return joined(map(unspread, letters(text).splitlines()))

    return text_of


def _letters(textpage: pypdfium2.PdfTextPage, stamped: Set[int]) -> list[_Letter]:
    box = pdfium.FS_RECTF()
    found: list[_Letter] = []
    after_blank = after_stamp = False
    for char in range(int(pdfium.FPDFText_CountChars(textpage))):
        if char in stamped:
            after_stamp = True
            continue
        sign = chr(pdfium.FPDFText_GetUnicode(textpage, char))
        if sign.isspace() or not sign.isprintable():
            after_blank = True
        elif pdfium.FPDFText_GetLooseCharBox(textpage, char, box):
            found.append(_Letter(sign, box.left, box.bottom, box.right, box.top, after_blank, after_stamp))
            after_blank = after_stamp = False
    return found


def _between(before: _Letter, letter: _Letter) -> str:
    height = max(letter.top - letter.bottom, before.top - before.bottom)
    if before.bottom - letter.top > -LINE * height or letter.right < before.left:
        return "\n"
    if letter.after_stamp:
        return " " if letter.left - before.right > BLANK * height else ""
    return " " if letter.after_blank else ""
