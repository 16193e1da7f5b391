"""Reads CSV and TSV: a FAQ, support conversations, or rows that each say something, as the columns' names tell."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

from ingest.files.encodings import decode
from ingest.logs import support_log, table_logs
from ingest.metadata.internal import tell_of_rows
from ingest.tables.columns import Columns, Row
from ingest.tables.groups import Groups
from ingest.tables.headers import head_of, is_header, named_twice
from ingest.tables.within import are_pairs
from ingest.texts.extracts import Extract
from ingest.texts.lines import row_line
from ingest.texts.questions import asks
from knowledge.counting import some
from knowledge.errors import UnreadableFile

DELIMITERS = ",\t;|"
SHEET = ".xlsx"  # people draw forms in it
TITLE_ROWS = 10  # filled rows among which the names of the columns are looked for
LONGEST_NUMBER = 30  # letters
TRIED = 30  # rows that decide the delimiter
_EXPORTED = re.compile(r"(?<=.) [0-9a-f]{32}(?:_all)?$")  # what Notion puts behind the name of what it exports
_THOUSANDS = re.compile(r"(?<![\d.])[1-9]\d{0,2}(?:,\d{3})*\Z")  # what may stand before a comma in a number,
_HUNDREDS = re.compile(r"\d{3}(?!\d)")  # and after it
_INERT = re.compile(r"\A'(?=[=+@＝＋＠])")  # what exports put before words that a spreadsheet would compute
_COMMENTS = re.compile(r"\A(?:[#;][ \t].*(?:\n|\Z))+")  # of a program, above its table


def read(data: bytes, name: str) -> Extract:
    """Read a table of text."""
    text = _COMMENTS.sub("", decode(data).text)
    csv.field_size_limit(max(len(text), 131_072))  # one cell may be the whole file
    delimiter = "\t" if PurePath(name).suffix.lower() == ".tsv" else _delimiter(text)
    mended: list[int] = []
    rows = enumerate(_rows(text, delimiter), 1)
    try:
        result = extract(_mended(rows, mended) if delimiter == "," else rows, name)
        if mended:
            result.warnings.append(
                f"{len(mended)} rows have commas without quotation marks, which were read as part of what stands "
                f"before them: rows {some(mended)}."
            )
        return result
    except csv.Error as error:
        raise UnreadableFile("damaged", f"It is not a table that we can read: {error}.") from error


def extract(rows: Iterable[Row], name: str) -> Extract:
    """Make sections of a table's rows, whatever kind of file they come from."""
    filled: Iterator[Row] = ((number, cells) for number, cells in rows if any(cells))
    top = list(itertools.islice(filled, TITLE_ROWS))
    if not top:
        raise UnreadableFile("no-text", "The table has no rows.")
    header = next((place for place, (_, cells) in enumerate(top) if _names_columns(cells)), None)
    titles: list[str] = []  # they stand above the names of the columns
    if header is None:
        header = head_of(top)
        titles = [": ".join(filter(None, cells)) for _, cells in top[:header]]
    first, filled = top[header], itertools.chain(top[header + 1 :], filled)
    columns = Columns(first[1])
    title = _EXPORTED.sub("", PurePath(name).stem)
    if table_logs.are_messages(columns):
        return support_log.extract(table_logs.conversations(filled, columns), name)
    if table_logs.are_tickets(columns):
        return support_log.extract(table_logs.tickets(filled, columns), name)
    table_logs.refuse_what_lacks(columns)
    if columns.have("role", "text", "at"):
        some = list(itertools.islice(filled, TRIED))
        filled = itertools.chain(some, filled)
        if table_logs.are_a_chat(columns, some):
            return support_log.extract(table_logs.chat(filled, columns), name)
    if columns.have("question", "answer") or columns.have("subject", "answer"):
        return _faq(filled, columns, title)
    some = list(itertools.islice(filled, TRIED))
    filled = itertools.chain(some, filled)
    if columns.have("answer") and (asking := _column_that_asks(columns, some)) is not None:
        columns.places["question"] = [asking]
        return _faq(filled, columns, title)
    if not columns.places and len(first[1]) == 2 and asks(first[1][0]):
        result = _faq(itertools.chain([first], filled), Columns(("question", "answer")), title)
        result.warnings.append(
            "The header row is missing; the first column was read as the question, the second as the answer. "
            "Name them `question` and `answer` to be sure."
        )
        return result
    return _records(first, filled, columns, title, titles, name.endswith(SHEET))


def _column_that_asks(columns: Columns, rows: Sequence[Row]) -> int | None:
    """The first column, whatever it is called, that asks in most rows: "Name" in an export of Notion."""
    answers = columns.places["answer"]
    for place in range(len(columns.header)):
        told = [cells[place] for _, cells in rows if place < len(cells) and cells[place]]
        if place not in answers and sum(map(asks, told)) > len(rows) / 2:
            return place
    return None


def _names_columns(cells: Sequence[str]) -> bool:
    columns = Columns(cells)
    return columns.have("question", "answer") or table_logs.are_messages(columns) or columns.have("role", "text", "at")


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        yield [_INERT.sub("", cell.strip()) for cell in cells]


def _mended(rows: Iterable[tuple[int, list[str]]], mended: list[int]) -> Iterator[Row]:
    """Rows with what was torn at a comma together again: 9,900円 in a cell without quotation marks.

    Only as many cells are put together as a row has more than the header; `mended` holds the numbers of these rows.
    """
    width, names, answered_last = 1, False, False
    for number, cells in rows:
        if not names and len(cells) > width and number <= TITLE_ROWS and (_names_columns(cells) or is_header(cells)):
            width, names = len(cells), _names_columns(cells)  # until a row of known names, the widest above counts
            answered_last = width - 1 in Columns(cells).places.get("answer", ())
        elif width > 1 and any(cells[width:]):
            whole = _with_thousands(cells, width)
            if answered_last and len(whole) > width:
                whole = [*whole[: width - 1], ", ".join(filter(None, whole[width - 1 :]))]
            if len(whole) == width:
                mended.append(number)
                cells = whole
        yield number, cells


def _with_thousands(cells: Sequence[str], width: int) -> list[str]:
    """The cells, those that a comma among thousands has torn put together, while there are too many."""
    whole = [cells[0]]
    for at, cell in enumerate(cells[1:], 1):
        too_many = len(whole) + len(cells) - at > width
        if too_many and _THOUSANDS.search(whole[-1][-LONGEST_NUMBER:]) and _HUNDREDS.match(cell):
            whole[-1] += f",{cell}"
        else:
            whole.append(cell)
    return whole


def _delimiter(text: str) -> str:
    """The one that cuts the first rows into the same number of cells, at best with names that we know."""
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            rows = [row for row in itertools.islice(_rows(text, delimiter), TRIED) if any(row)]
        except csv.Error:
            continue
        if not rows or len(rows[0]) < 2:
            continue
        alike = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
        score = (len(Columns(rows[0]).places) + alike, len(rows[0]))
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _faq(rows: Iterable[Row], columns: Columns, title: str) -> Extract:
    result = Extract(title, "faq", [])
    empty: list[int] = []
    torn: list[int] = []
    for number, cells in rows:
        question = columns.one_of("question", cells) or columns.one_of("subject", cells)
        answer = columns.one_of("answer", cells)
        if any(cells[len(columns.header) :]):
            torn.append(number)
        if question and answer:
            result.sections.append(columns.section((number, cells), answer, question))
        else:
            empty.append(number)
    if empty:
        result.warnings.append(
            f"{len(empty)} rows without a question or an answer were left out: rows {some(empty, 5)}."
        )
    result.warnings += columns.warnings
    tell_of_rows(result, [*columns.header, *["draft"] * columns.have("status")])
    if torn:
        result.warnings.append(
            f"{len(torn)} rows have more cells than the header, perhaps for want of quotation marks: "
            f"rows {some(torn, 5)}."
        )
    return result


def _records(
    first: Row, rows: Iterable[Row], columns: Columns, title: str, titles: Sequence[str] = (), is_sheet: bool = False
) -> Extract:
    result = Extract(title, "document", [])
    header: Sequence[str] = columns.header
    top = list(itertools.islice(rows, 2))
    if names := named_twice([cells for _, cells in (first, *top)]):
        header, columns = names, Columns(names)
        first, top = top[0], top[1:]
    some = [*top, *itertools.islice(rows, TRIED)]
    rows = itertools.chain(some, rows)
    is_profile = is_sheet and len(some) > 1 and len(columns.places) < 2
    is_profile = is_profile and are_pairs([first[1], *(cells for _, cells in some)])
    if is_profile:
        rows, header, columns = itertools.chain([first], rows), [], Columns([])
    elif not columns.places and not is_header(header):
        result.warnings.append(
            "The header row is missing, so that the rows were read without the names of their columns. "
            "For a FAQ, name two columns `question` and `answer` (or 質問 and 回答)."
        )
        rows, header = itertools.chain([first], rows), []
    elsewhere = {place for meaning in ("id", "url", "lang") for place in columns.places.get(meaning, ())}
    groups, last = Groups(len(header)), 0
    for number, cells in rows:
        if number > last + 1:
            groups.end()
        cells, last = groups.told(cells), number
        told = [place for place in range(max(len(cells), len(header))) if place not in elsewhere]
        names = [header[place] if place < len(header) else "" for place in told]
        of_row = [cells[place] if place < len(cells) else "" for place in told]
        text = ": ".join(filter(None, of_row)) if is_profile else row_line(names, of_row)
        if text:
            section = columns.section((number, cells), text)
            result.sections.append(replace(section, headings=(*titles, *section.headings)) if titles else section)
    result.warnings += columns.warnings
    tell_of_rows(result, columns.header)
    return result
