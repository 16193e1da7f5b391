"""Reads an Excel workbook: every sheet as a table, by the values that Excel saved for its formulas."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Self

import openpyxl
from openpyxl.utils import get_column_letter

from ingest.files.archives import mending, office, saved
from ingest.metadata.days import dated, day_of, stated
from ingest.readers import table
from ingest.readers.combining import combined
from ingest.tables import number_formats
from ingest.tables.beside import tables
from ingest.tables.columns import Row
from ingest.tables.headers import head_of
from ingest.texts.extracts import Extract

LAST_ROW = 1_048_576  # of Excel; a row beyond is forged
ABOVE_HEADER = 10  # rows that may hold a title and notes
LONGEST_MERGE = 1_000  # rows
WIDEST = 16_384  # columns of a sheet
DIGITS = 15  # that Excel keeps
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"')
_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"))
_FORMATTED = re.compile(r'#,##|["$¥£€円]')  # with thousands, or with a currency or a unit
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^<>]*\bhidden="(?:1|true)")[^<>]*\br="(\d{1,7})"')
_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\b(?=[^<>]*\bhidden="(?:1|true)")[^<>]*>')
_SPAN = re.compile(rb'\b(min|max)="(\d{1,5})"')
_ZEROS = re.compile(r"0{2,}")  # a format that fills numbers up, as for codes

Merges = Mapping[tuple[int, int], int]  # where a merged cell begins, and its last row


def read(data: bytes, name: str) -> Extract:
    """Read a workbook. Raises UnreadableFile when it is encrypted, damaged, or made to do harm."""
    archive = office(data, ".xlsx")
    parts: list[tuple[str, Extract]] = []
    hidden: list[str] = []
    unshown: list[str] = []  # sheets with rows or columns that are hidden
    with mending("Excel", data, ".xlsx", "does not support", "no valid workbook"):
        workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        strikes = any(font.strike for font in workbook._fonts)
        formats = [each for each in workbook._number_formats if len(each) <= number_formats.LONGEST]
        hides = any(number_formats.hides(value, each) for each in formats for value in (1, -1, 0, ""))
        for sheet in workbook.worksheets:
            if sheet.sheet_state != "visible":
                hidden.append(sheet.title)
                continue
            sheet.reset_dimensions()  # which some programs write wrong
            # Reading row by row keeps memory low, but then the library does not tell what is merged.
            xml = archive.read(sheet._worksheet_path)
            unseen = _Unseen.of(xml)
            rows = unseen.taken_out(_rows(sheet.iter_rows(), _merges(xml), strikes, hides))
            if unseen.met:
                unshown.append(sheet.title)
            for first, of_table in tables(rows, unseen.columns) if rows else ():
                parts.append((sheet.title, _sheet(of_table, sheet.title, get_column_letter(first + 1))))
    if len({title for title, _ in parts}) > 1:
        parts = [(title, _under(title, part)) for title, part in parts]
    result = combined(PurePath(name).stem, parts)
    if hidden:
        result.warnings.append(f"Hidden sheets were left out: {', '.join(hidden)}. Show them to have them read.")
    if unshown:
        result.warnings.append(
            f"Hidden rows or columns were left out: {', '.join(unshown)}. Show them to have them read."
        )
    return dated(result, day_of(saved(archive)))


@dataclass(slots=True)
class _Unseen:
    """What is hidden in a sheet."""

    rows: frozenset[int]
    columns: frozenset[int]  # counted from 0
    met: bool = False  # something was left out

    @classmethod
    def of(cls, xml: bytes) -> Self:
        """The rows and columns that a sheet's XML marks as hidden."""
        columns: set[int] = set()
        for tag in _HIDDEN_COLUMN.findall(xml):
            span = {name: int(number) for name, number in _SPAN.findall(tag)}
            columns.update(range(span.get(b"min", 1) - 1, min(span.get(b"max", 0), WIDEST)))
        return cls(frozenset(map(int, _HIDDEN_ROW.findall(xml))), frozenset(columns))

    def taken_out(self, rows: Iterable[Row]) -> list[Row]:
        """The rows without what is hidden."""
        seen: list[Row] = []
        for row in rows:
            if row[0] in self.rows:
                self.met = True
            else:
                seen.append(row)
        if self.columns:
            self.met = self.met or any(cell for _, cells in seen for at, cell in enumerate(cells) if at in self.columns)
            blank = (
                (number, ["" if at in self.columns else cell for at, cell in enumerate(cells)])
                for number, cells in seen
            )
            seen = [(number, cells) for number, cells in blank if any(cells)]
        return seen


def _sheet(rows: list[Row], title: str, column: str) -> Extract:
    """The rows of a sheet's table; a title and notes above the header go where headings go."""
    head = head_of(rows[:ABOVE_HEADER])
    above = [": ".join(filter(None, cells)) for _, cells in rows[:head]]
    result = table.extract(rows[head:], f"{title}.xlsx")
    result.updated = stated("\n".join(above), result.lang)
    for place, section in enumerate(result.sections):
        own = f" {section.anchor}" if section.anchor else ""
        result.sections[place] = replace(
            section, headings=(*above, *section.headings), anchor=f"{title}!{column}{section.row}{own}"
        )
    return result


def _under(title: str, part: Extract) -> Extract:
    return replace(part, sections=[replace(each, headings=(title, *each.headings)) for each in part.sections])


def _rows(rows: Iterable[tuple[object, ...]], merges: Merges, strikes: bool, hides: bool) -> Iterator[Row]:
    """The filled rows; a cell that spans rows is said in each of them, one that shows nothing or is struck in none."""
    held: dict[int, tuple[int, str]] = {}  # column: last row, and what it says
    for number, row in enumerate(rows, 1):
        if number > LAST_ROW:
            raise ValueError("more rows than a sheet can have")
        cells = ["" if (strikes and _is_struck(cell)) or (hides and _is_blank(cell)) else _cell(cell) for cell in row]
        if not any(cells):
            continue
        for column, text in enumerate(cells):
            if last := merges.get((number, column)):
                held[column] = last, text
        for column, (last, text) in list(held.items()):
            if last < number:
                del held[column]
            else:
                cells += [""] * (column + 1 - len(cells))
                cells[column] = text
        while cells and not cells[-1]:
            cells.pop()
        yield number, cells


def _merges(xml: bytes) -> Merges:
    found: dict[tuple[int, int], int] = {}
    for match in _MERGED.finditer(xml):
        first, last = int(match.group(2)), int(match.group(3))
        if first < last <= first + LONGEST_MERGE:
            found[first, _column(match.group(1))] = last
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _is_struck(cell: object) -> bool:
    return bool(getattr(getattr(cell, "font", None), "strike", False))


def _is_blank(cell: object) -> bool:
    return number_formats.hides(getattr(cell, "value", None), _format(cell))


def _format(cell: object) -> str:
    told = str(getattr(cell, "number_format", number_formats.GENERAL))
    return told if len(told) <= number_formats.LONGEST else number_formats.GENERAL


def _cell(cell: object) -> str:
    """What the cell shows, nearly: percentages, filled-up codes and dates as formatted, other numbers plain."""
    value = getattr(cell, "value", None)
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            shown = _format(cell)
            if "%" in shown:
                return f"{value * 100:.10g}%"
            whole = isinstance(value, int) or (value.is_integer() and abs(value) < 10**DIGITS)
            text = str(int(value)) if whole else f"{value:.{DIGITS}g}"
            if formatted := _FORMATTED.search(shown) and number_formats.shown(value, shown):
                return formatted
            return text.zfill(len(shown)) if _ZEROS.fullmatch(shown) else text
        case datetime.datetime():
            return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
        case datetime.time():
            return value.isoformat("seconds" if value.second else "minutes")
        case datetime.date():
            return value.isoformat()
        case _:
            text = str(value).replace("_x000D_", "").replace("\r\n", "\n").strip()
            return "" if text in _ERRORS else text
