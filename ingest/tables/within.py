"""Tells the tables that stand within a document: as pairs where they are a FAQ, else row by row, with their columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.tables import columns
from ingest.tables.groups import Groups
from ingest.tables.headers import is_header, named_twice
from ingest.texts.blocks import MARKED_LEVEL, Block, Heading, Text
from ingest.texts.lines import SPANNED, collapse, row_line

LEAST_BELOW = 2  # rows below a title that spans the table
PAIR, FEWEST_PAIRS = 2, 3  # columns, rows
LONG, SHORT = 12, 10  # characters of a cell that says something at length, and of a name
MOSTLY = 0.75  # of the cells of a column
_AMOUNT, _LATIN = re.compile(r"\d[\d,.]*"), re.compile(r"[A-Za-z]+")
_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")


class Tables:
    """The tables of one document, one after another: one that goes on below another one has its columns."""

    def __init__(self) -> None:
        self._above: tuple[list[str], list[list[str]]] | None = None  # header and rows of the table right above

    def end(self) -> None:
        """Something else than a table stands here."""
        self._above = None

    def blocks(self, rows: Sequence[Sequence[str]], has_header: bool) -> Iterator[Block]:
        """What a table says; `has_header` where its file says that the first row names the columns."""
        if pairs := columns.pairs(rows):
            for question, answer in pairs:
                yield Heading(MARKED_LEVEL, collapse(question), role="marked")
                yield Text(answer)
            return
        lines = [[cell if cell == SPANNED else collapse(cell) for cell in row] for row in rows]
        while len(lines) > LEAST_BELOW and lines[0][0] and len(lines[0]) > 1 and {*lines[0][1:]} == {SPANNED}:
            yield Text(lines.pop(0)[0])  # a title, which spans all columns
            has_header = has_header and is_header(lines[0])
        header: list[str] = []
        if header := named_twice(lines):
            del lines[:2]
        elif self._above is not None and _goes_on(*self._above, lines[0]):
            header = self._above[0]
        elif len(lines) > 1 and (
            has_header or (is_header(lines[0]) and (len(lines) < FEWEST_PAIRS or not are_pairs(lines)))
        ):
            header = lines.pop(0)
        elif are_pairs(lines):  # each row says what its second cell is: a form, a profile
            header, self._above = [], None
            yield Text("\n".join(": ".join(filter(None, line)) for line in lines))
            return
        lines = [*map(Groups(len(header)).told, lines)]
        self._above = (header, lines) if header else None
        yield Text("\n".join(row_line(header, line) for line in lines))


def _goes_on(header: list[str], rows: list[list[str]], first: list[str]) -> bool:
    """Whether a table's first row is one more of the table above: it has as many columns, and in one a like number."""
    if len(first) != len(header) or first == header:
        return False
    return any(
        _DIGITS.search(cell)
        and _shape(cell) != _shape(header[column])
        and _shape(cell) in {_shape(row[column]) for row in rows if column < len(row)}
        for column, cell in enumerate(first)
    )


def are_pairs(lines: Sequence[Sequence[str]]) -> bool:
    """Whether two columns are names with what each is, rather than rows below the names of the columns.

    Names of columns differ from what stands below them: there are numbers of one kind in a column, or sentences.
    """
    if max(map(len, lines), default=0) != PAIR or any(len(line) < PAIR or SPANNED in line for line in lines):
        return False
    return not any(_is_named(lines[0][column], [line[column] for line in lines[1:]]) for column in range(PAIR))


def _is_named(name: str, cells: Sequence[str]) -> bool:
    """Whether a cell may be the name of a column by what stands below it."""
    if all(len(cell) >= LONG for cell in cells) and len(name) <= SHORT:
        return True
    shapes = [_LATIN.sub("a", _AMOUNT.sub("9", cell)) for cell in cells if _DIGITS.search(cell)]
    alike = max(map(shapes.count, shapes), default=0)
    return not _DIGITS.search(name) and alike >= MOSTLY * len(cells) > 0


def _shape(cell: str) -> str:
    """A cell with one letter for each word and one digit for each number: "E-204" is as "E-17"."""
    return _LETTERS.sub("a", _DIGITS.sub("9", cell))
