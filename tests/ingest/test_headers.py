"""Columns that two rows name, a group above and each of its columns below, are told by both names."""

import csv
import io

import docx
import openpyxl
import pytest
from paper import pdf
from test_ruled import lines, page_of, stroked

from ingest.readers.reading import read
from ingest.tables.headers import named_twice

GROUPS, NAMES = ["Room", "Weekdays", "", "Weekends", ""], ["", "Morning", "Evening", "Morning", "Evening"]
VALUES = [["Oak", "4 EUR", "6 EUR", "8 EUR", "9 EUR"], ["Elm", "3 EUR", "5 EUR", "7 EUR", "8 EUR"]]
OAK = (
    "Room: Oak; Weekdays > Morning: 4 EUR; Weekdays > Evening: 6 EUR; "
    "Weekends > Morning: 8 EUR; Weekends > Evening: 9 EUR"
)
ELM = OAK.replace("Oak", "Elm").translate(str.maketrans("4689", "3578"))


def as_web_page():
    cells = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in VALUES)
    head = (
        "<tr><th rowspan=2>Room</th><th colspan=2>Weekdays</th><th colspan=2>Weekends</th></tr>"
        f"<tr>{''.join(f'<th>{name}</th>' for name in NAMES[1:])}</tr>"
    )
    return f"<h1>Rooms</h1><p>By the hour.</p><table>{head}{cells}</table>".encode(), "rooms.html"


def as_web_page_whose_head_is_marked():
    page, name = as_web_page()
    head, _, rest = page.decode().partition("<tr><td>")
    head = head.replace("<table>", "<table><thead>").replace("th>", "td>").replace("<th ", "<td ")
    return f"{head}</thead><tbody><tr><td>{rest}".encode(), name


def as_word_document():
    document, buffer = docx.Document(), io.BytesIO()
    document.add_heading("Rooms", 1)
    grid = document.add_table(4, 5)
    for row, cells in zip(grid.rows, [GROUPS, NAMES, *VALUES], strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    for first, last in (((0, 0), (1, 0)), ((0, 1), (0, 2)), ((0, 3), (0, 4))):
        merged = grid.cell(*first).merge(grid.cell(*last))
        merged.text = merged.text.strip()
    document.save(buffer)
    return buffer.getvalue(), "rooms.docx"


def as_workbook():
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in (["Rooms of the house"], GROUPS, NAMES, *VALUES):
        book.active.append(row)
    for cells in ("A1:E1", "A2:A3", "B2:C2", "D2:E2"):
        book.active.merge_cells(cells)
    book.save(buffer)
    return buffer.getvalue(), "rooms.xlsx"


def as_values_with_commas():
    written = io.StringIO()
    csv.writer(written).writerows([GROUPS, NAMES, *VALUES])
    return written.getvalue().encode(), "rooms.csv"


@pytest.mark.parametrize(
    "document",
    [as_web_page, as_web_page_whose_head_is_marked, as_word_document, as_workbook, as_values_with_commas],
)
def test_columns_are_told_by_their_group_and_their_own_name(document):
    result = read(*document())
    told = [line for section in result.sections for line in section.text.splitlines()]
    assert [line for line in told if ": " in line] == [OAK, ELM]
    assert not result.warnings


def test_the_groups_of_a_ruled_table_of_a_pdf_are_told():
    rows = [["Room", "Price", ""], ["", "Morning", "Evening"], ["Oak", "4 EUR", "6 EUR"], ["Elm", "3 EUR", "5 EUR"]]
    text = "\n".join(
        section.text for section in read(pdf([[page_of(rows, lines(4, stroked), bold=2)]]), "a.pdf").sections
    )
    assert "Room: Oak; Price > Morning: 4 EUR; Price > Evening: 6 EUR" in text
    assert "Morning: Morning" not in text


@pytest.mark.parametrize(
    "rows",
    [
        [["Room", "", "Price"], ["Oak", "upstairs", "4"], ["Elm", "", "5"]],  # a column without a name
        [["Room", "Price", ""], ["", "100", "200"], ["Oak", "300", "400"]],  # values, not names
        [["Room", "", ""], ["", "Morning", "Evening"], ["Oak", "4", "5"]],  # a title
        [["Room", "Price"], ["", "4"], ["Oak", "5"]],  # no group
        [["Room", "Price", ""], ["", "Morning", ""], ["Oak", "5", ""]],
    ],
)
def test_other_rows_are_no_second_names(rows):
    assert named_twice(rows) == []


def test_a_title_above_all_columns_names_none_of_them():
    head = "<tr><th colspan=3>Winter</th></tr><tr><th>Room</th><th>Morning</th><th>Evening</th></tr>"
    page = f"<h1>A</h1><table>{head}<tr><td>Oak</td><td>4 EUR</td><td>6 EUR</td></tr></table>"
    (section,) = read(page.encode(), "a.html").sections
    assert section.text.splitlines() == ["Winter", "Room: Oak; Morning: 4 EUR; Evening: 6 EUR"]


def test_a_note_below_a_table_is_no_value_of_its_first_column():
    table = "時間,月,火,水\n10:00,ヨガ,体操,ヨガ\n※ 祝日は休みです。,,,\n"
    assert [section.text for section in read(table.encode(), "a.csv").sections] == [
        "時間: 10:00; 月曜: ヨガ; 火曜: 体操; 水曜: ヨガ",
        "※ 祝日は休みです。",
    ]


PARTS, UNITS = ["Part", "Bore d", "Max. speed", "Seal"], ["", "mm", "rpm", ""]
IN_UNITS = "Part: KB-20; Bore d (mm): 20; Max. speed (rpm): 9 000; Seal: rubber"
BEARINGS = [["KB-20", "20", "9 000", "rubber"], ["KB-25", "25", "8 000", "steel"]]


def _as_page(mark: str) -> tuple[bytes, str]:
    head = "".join(f"<tr>{''.join(f'<th>{cell}</th>' for cell in row)}</tr>" for row in (PARTS, UNITS))
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in BEARINGS)
    return f"<h1>Bearings</h1><table>{head if mark else ''}{rows}</table>".encode(), "a.html"


def _as_workbook() -> tuple[bytes, str]:
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in (PARTS, UNITS, *BEARINGS):
        book.active.append(row)
    book.save(buffer)
    return buffer.getvalue(), "a.xlsx"


def _as_word() -> tuple[bytes, str]:
    document, buffer = docx.Document(), io.BytesIO()
    grid = document.add_table(4, 4)
    for row, cells in zip(grid.rows, [PARTS, UNITS, *BEARINGS], strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.save(buffer)
    return buffer.getvalue(), "a.docx"


@pytest.mark.parametrize("document", [_as_page("th"), _as_workbook(), _as_word()])
def test_units_below_the_names_of_columns_are_told_with_them(document):
    told = [line for section in read(*document).sections for line in section.text.splitlines()]
    assert told[0] == IN_UNITS
    assert len(told) == len(BEARINGS)


def test_units_of_a_ruled_table_of_a_pdf_are_told_in_each_of_its_rows():
    rows = [["Part", "Bore", "Speed"], ["", "mm", "rpm"], ["KB-20", "20", "9 000"], ["KB-25", "25", "8 000"]]
    text = "\n".join(
        section.text for section in read(pdf([[page_of(rows, lines(4, stroked), bold=2)]]), "a.pdf").sections
    )
    assert "Part: KB-20; Bore (mm): 20; Speed (rpm): 9 000" in text
    assert "Bore: mm" not in text


@pytest.mark.parametrize(
    ("names", "units", "told"),
    [
        (["Part", "Torque", "Temp."], ["", "N·m", "°C"], ["Part", "Torque (N·m)", "Temp. (°C)"]),
        (["品名", "重さ", "価格"], ["単位", "(kg)", "円"], ["品名", "重さ (kg)", "価格 (円)"]),
        (["Part", "Width (mm)", "Load"], ["", "mm", "kN"], ["Part", "Width (mm)", "Load (kN)"]),
        (["Part", "Min.", "Max.", "Mass"], ["", "mm", "\x1c", "kg"], ["Part", "Min. (mm)", "Max. (mm)", "Mass (kg)"]),
    ],
)
def test_units_stand_behind_the_name_that_does_not_say_them(names, units, told):
    assert named_twice([names, units, ["a", "1", "2", "3"]]) == told


@pytest.mark.parametrize("row", [["", "S", "XL"], ["", "A", "B"], ["", "月", "火"], ["Oak", "m", "g"], ["", "mm", ""]])
def test_sizes_choices_days_and_values_are_no_units(row):
    assert named_twice([["Part", "One", "Two"], row, ["a", "1", "2"]]) == []


def test_groups_above_every_column_are_names_of_two_rows():
    groups, names = ["Part", "", "Price", ""], ["Part no.", "Description", "1 to 9", "10 and more"]
    values = [["350-4400", "Knife", "142.00", "127.80"], ["350-4410", "Anvil", "96.50", "86.85"]]
    told = named_twice([groups, names, *values])
    assert told == ["Part > Part no.", "Part > Description", "Price > 1 to 9", "Price > 10 and more"]
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for row in (["Knives"], groups, names, *values, ["Knives are ground in pairs; order both."]):
        book.active.append(row)
    for cells in ("A1:D1", "A2:B2", "C2:D2"):
        book.active.merge_cells(cells)
    book.save(buffer)
    texts = [section.text for section in read(buffer.getvalue(), "prices.xlsx").sections]
    assert texts == [
        "Part > Part no.: 350-4400; Part > Description: Knife; Price > 1 to 9: 142.00; Price > 10 and more: 127.80",
        "Part > Part no.: 350-4410; Part > Description: Anvil; Price > 1 to 9: 96.50; Price > 10 and more: 86.85",
        "Knives are ground in pairs; order both.",
    ]


def test_a_row_below_columns_without_a_name_is_no_second_row_of_names():
    header = ["Name", "", "Stock", ""]
    assert named_twice([header, ["Kettle", "red", "many", "soon"], ["Toaster", "blue", "few", "now"]]) == []
    assert named_twice([header, ["Kettle", "red", "120", "soon"], ["Toaster", "blue", "340", "now"]]) == []
