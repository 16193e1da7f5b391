"""Reads a PDF, page by page: PDFium's text, and pypdf's where PDFium cannot open the file or its text is garbled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from ingest.printed import headings, ocr, pdfium
from ingest.printed.books import Book, Line, Page
from ingest.printed.furniture import without_contents, without_notes, without_running_heads
from ingest.printed.letters import is_garbled, mend_hyphens
from ingest.printed.order import in_reading_order, with_initials, with_marks, with_stacked, without_ruby
from ingest.printed.paragraphs import paragraphs
from ingest.printed.parts import Part, put_together
from ingest.printed.raised import marks
from ingest.printed.titles import bare
from ingest.texts.extracts import Extract, kind_of
from knowledge.counting import some
from knowledge.errors import UnreadableFile

MOST_PAGES = 2_000
_NO_TITLE = re.compile(
    r"untitled|無題|microsoft \w+ - |\.(?:pdf|docx?|indd|tex|dvi|pptx?|xlsx?)$|tex output", re.IGNORECASE
)
TITLE_LINES = 4  # that a title may fill

FACELESS = "The font of its vertical text is neither in the file nor on this machine, and without it lines get lost."
FONTS = "Install a Japanese font (Debian: fonts-ipafont-gothic), or export the file with its fonts embedded."

Outline = list[tuple[int, str, int]]


def read(data: bytes, name: str) -> Extract:
    """Read a PDF. Raises UnreadableFile: encrypted, damaged, scanned, garbled or no-text."""
    book = _open(data)
    warnings = []
    if book.page_count > MOST_PAGES:
        warnings.append(f"Only the first {MOST_PAGES:,} of {book.page_count:,} pages were read; split the file.")
    silent = [page.number for page in book.pages if not page.lines and page.has_image]
    if not any(page.lines for page in book.pages) and not (silent and ocr.available()):
        raise _nothing(book)
    warnings += _of_hidden(book)
    mend_hyphens(book.pages)
    garbled = _mend(book, data)
    recognised = _recognise(book, data, sorted({*silent, *garbled}))
    silent = [number for number in silent if number not in recognised]
    garbled = [number for number in garbled if number not in recognised]
    if silent and not any(page.lines for page in book.pages):
        raise UnreadableFile(
            "scanned", "Its pages are pictures in which no text could be recognised. Scan them straight and at 300 dpi."
        )
    if not any(page.lines for page in book.pages):
        if any(page.faceless for page in book.pages):
            raise UnreadableFile("garbled", f"{FACELESS} {FONTS}")
        raise UnreadableFile(
            "garbled",
            "Its letters come out as signs without meaning, since its fonts do not say which letters they draw. "
            "Export it anew from the program that made it, or run text recognition (OCR) over it.",
        )
    if recognised:
        warnings.append(f"{len(recognised)} pages were read by text recognition (OCR): pages {some(recognised)}.")
    if silent:
        why = (
            "Where they hold text, it was not recognised, or there was no time left: see MADOGUCHI_FILE_SECONDS."
            if ocr.available()
            else ocr.advice()
        )
        warnings.append(
            f"{len(silent)} pages hold a picture and no text and were left out: pages {some(silent)}. {why}"
        )
    if garbled:
        warnings.append(f"{len(garbled)} pages are garbled and were left out: pages {some(garbled)}.")
        if any(page.faceless for page in book.pages):
            warnings.append(f"{FACELESS} {FONTS}")
    for page in book.pages:
        page.lines = in_reading_order(with_marks(with_initials(without_ruby(with_stacked(page.lines)))))
    beside = without_running_heads(book.pages, book.outline)
    without_contents(book)
    book.outline = headings.named(book.outline, book.pages) or headings.found(book.pages)
    title = "" if _NO_TITLE.search(book.title) else " ".join(book.title.split())
    sections = put_together(_parts(book))
    return Extract(title or PurePath(name).stem, kind_of(sections), sections, None, warnings, beside=beside)


def _of_hidden(book: Book) -> list[str]:
    count = sum(page.hidden for page in book.pages)
    if not count:
        return []
    pages = [page.number for page in book.pages if page.hidden]
    what = "1 line that nobody sees, or that is stamped across the page, was left out"
    if count > 1:
        what = f"{count} lines that nobody sees, or that are stamped across the page, were left out"
    return [f"{what}: {'page' if len(pages) == 1 else 'pages'} {some(pages)}."]


def _open(data: bytes) -> Book:
    try:
        return pdfium.read(data, MOST_PAGES)
    except pdfium.CannotOpen as first:
        locked, why = first.locked, str(first)
    if not locked:
        from ingest.printed import pypdf_text  # importing it takes as long as PDFium takes for a hundred pages

        try:
            return pypdf_text.read(data, MOST_PAGES)
        except pypdf_text.CannotRead as second:
            locked, why = second.locked, str(second)
    if locked:
        raise UnreadableFile("encrypted", "It is locked with a password. Save a copy without one and ingest that.")
    raise UnreadableFile(
        "damaged", f"It cannot be opened ({why}). It may be cut off: open it in a viewer and save it again."
    )


def _nothing(book: Book) -> UnreadableFile:
    if any(page.has_image for page in book.pages):
        return UnreadableFile("scanned", f"Its pages are pictures without text. {ocr.advice()}")
    return UnreadableFile("no-text", "None of its pages holds any text.")


def _mend(book: Book, data: bytes) -> list[int]:
    """Read garbled pages the other way; returns those that stay garbled, which lose their lines.

    A page of vertical text whose font is nowhere to be found is one of them: PDFium leaves out some of its lines.
    """
    lost: list[int] = []
    for page in book.pages:
        if not page.faceless and not is_garbled(_text(page)):
            continue
        from ingest.printed import pypdf_text

        try:
            again = pypdf_text.read_page(data, page.number)
        except pypdf_text.CannotRead:
            again = Page(page.number, [])
        if again.lines and not is_garbled(_text(again)):
            page.lines = again.lines
        else:
            page.lines = []
            lost.append(page.number)
    return lost


def _recognise(book: Book, data: bytes, numbers: Sequence[int]) -> list[int]:
    """Read these pages by OCR where that is possible; returns those that now have lines."""
    done: list[int] = []
    if not numbers or not ocr.available():
        return done
    pages = {page.number: page for page in book.pages}
    try:
        for number, picture in pdfium.pictures(data, numbers):
            found = ocr.recognise(picture)
            if found.paragraphs and not found.is_doubtful:
                pages[number].lines = [Line(paragraph) for paragraph in found.paragraphs]
                done.append(number)
    except (pdfium.CannotOpen, ocr.CannotRecognise):
        pass  # what was recognised by then stands; the rest is told as left out
    return done


def _text(page: Page) -> str:
    return "\n".join(line.text for line in page.lines)


def _parts(book: Book) -> Iterator[Part]:
    path: list[tuple[int, str]] = []
    by_page: dict[int, Outline] = {}
    for entry in book.outline:
        by_page.setdefault(entry[2], []).append(entry)
    usual = headings.body_size([line for page in book.pages for line in page.lines])
    raised = frozenset[str]().union(*(marks(line.text) for page in book.pages for line in page.lines))
    for page in book.pages:
        entries = by_page.get(page.number, [])
        lines, notes = without_notes(page.lines, usual, raised)
        found = _find_titles(lines, entries)
        for entry in entries:
            if all(entry is not each for each, _ in found.values()):
                _enter(path, entry)
        run: list[Line] = []
        number = 0
        while number < len(lines):
            if number in found:
                yield from _part(run, path, page.number)
                run = []
                entry, count = found[number]
                _enter(path, entry)
                number += count
                continue
            run.append(lines[number])
            number += 1
        yield from _part(run, path, page.number, notes)


def _part(
    lines: Sequence[Line], path: Sequence[tuple[int, str]], page: int, notes: Sequence[Line] = ()
) -> Iterator[Part]:
    text, below = "\n\n".join(paragraphs(lines)), "\n\n".join(paragraphs(notes)) if notes else ""
    if text or below:
        headings = tuple(title for _, title in path)
        rows = (lines[0].row, lines[-1].row) if lines else (False, False)
        yield Part(text, below, headings, page, *rows)


def _enter(path: list[tuple[int, str]], entry: tuple[int, str, int]) -> None:
    level, title, _ = entry
    while path and path[-1][0] >= level:
        path.pop()
    path.append((level, title))


def _find_titles(lines: Sequence[Line], entries: Outline) -> dict[int, tuple[tuple[int, str, int], int]]:
    """Which lines of a page begin the titles of the outline, in its order, and how many lines each of them fills."""
    found: dict[int, tuple[tuple[int, str, int], int]] = {}
    start = 0
    told = [bare(line.text) for line in lines] if entries else []
    for entry in entries:
        titles = bare(entry[1])
        for number in range(start, len(lines)):
            count = max(_filled(titles[way], told[number : number + TITLE_LINES], way) for way in (0, 1))
            if count:
                found[number] = entry, count
                start = number + count
                break
    return found


def _filled(title: str, told: Sequence[tuple[str, str]], way: int) -> int:
    """How many of these lines a title fills from the first on; `way` says with its number or without; none is 0."""
    text = told[0][way]
    for count in range(1, len(told) + 1):
        if not text or not title.startswith(text):
            return 0
        if text == title:
            return count
        text += told[count][0] if count < len(told) else ""
    return 0
