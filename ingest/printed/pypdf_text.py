"""The text of a PDF as pypdf tells it: for files that PDFium does not open, and pages that it garbles."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pypdf
from pypdf.errors import PyPdfError

from ingest.printed.books import Book, Line, Page
from ingest.printed.letters import letters, outline_title

# What one text needs is far below these; what a hostile file asks for is far above.
LIMITS: dict[str, Any] = {
    "stream_parsing_work_maximum_count": 200_000,
    "stream_decoding_work_maximum_length": 200_000_000,
    "xform_maximum_invocations_per_extraction": 2_000,
    "page_tree_maximum_depth": 50,
    "outline_maximum_entries": 5_000,
    "outline_maximum_depth": 20,
}
# On damaged files pypdf lets these of Python's own through.
_DAMAGE: tuple[type[Exception], ...] = (
    *(PyPdfError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError),
    *(ArithmeticError, NotImplementedError, OSError, struct.error, zlib.error),
)


class CannotRead(Exception):
    """pypdf does not take the file; `locked` when it wants a password."""

    def __init__(self, message: str, locked: bool = False) -> None:
        super().__init__(message)
        self.locked = locked


def read(data: bytes, pages: int) -> Book:
    """Read at most so many pages. Raises CannotRead."""
    with _limited():
        reader = _open(data)
        count = len(reader.pages)
        title = str((reader.metadata.title if reader.metadata else None) or "")
        return Book([_page(reader, index) for index in range(min(count, pages))], title, _outline(reader), count)


def read_page(data: bytes, number: int) -> Page:
    """Read one page. Raises CannotRead."""
    with _limited():
        return _page(_open(data), number - 1)


@contextmanager
def _limited() -> Iterator[None]:
    before = pypdf.get_configuration()
    pypdf.overwrite_configuration(**LIMITS)
    try:
        yield
    except _DAMAGE as error:
        raise CannotRead(str(error) or type(error).__name__) from error
    finally:
        pypdf.overwrite_configuration(before)


def _open(data: bytes) -> pypdf.PdfReader:
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise CannotRead("it wants a password", locked=True)
    return reader


def _page(reader: pypdf.PdfReader, index: int) -> Page:
    lines = letters(reader.pages[index].extract_text()).splitlines()
    return Page(index + 1, [Line(line.rstrip()) for line in lines if line.strip()])


def _outline(reader: pypdf.PdfReader) -> list[tuple[int, str, int]]:
    entries: list[tuple[int, str, int]] = []
    waiting: list[tuple[int, Any]] = [(0, item) for item in reversed(reader.outline)]
    while waiting:
        level, item = waiting.pop()
        if isinstance(item, list):
            waiting += [(level + 1, inner) for inner in reversed(item)]
            continue
        index = reader.get_destination_page_number(item)
        if item.title and index is not None:
            entries.append((level, outline_title(str(item.title)), index + 1))
    return entries
