"""What a table's first cells say once for several rows is said of each, in every kind of file."""

import io

import docx
import openpyxl
from paper import pdf
from test_ruled import lines, page_of, stroked

from ingest.readers.reading import read
from ingest.tables.groups import Groups

NAMES = ["Symptom", "Cause", "Remedy"]
ROWS = [
    ["Seal opens", "too cold", "heat it"],
    ["", "jaws dirty", "clean them"],
    ["Film tears", "too tight", "widen it"],
]
TOLD = [
    "Symptom: Seal opens; Cause: too cold; Remedy: heat it",
    "Symptom: Seal opens; Cause: jaws dirty; Remedy: clean them",
    "Symptom: Film tears; Cause: too tight; Remedy: widen it",
]


def told(rows):
    return [*map(Groups(len(rows[0])).told, rows)]


def test_causes_of_a_symptom_are_told_with_it():
    document, of_word = docx.Document(), io.BytesIO()
    grid = document.add_table(0, 3)
    book, of_excel = openpyxl.Workbook(), io.BytesIO()
    for row in (NAMES, *ROWS):
        book.active.append(row)
        for cell, text in zip(grid.add_row().cells, row, strict=True):
            cell.text = text
    document.save(of_word)
    book.save(of_excel)
    csv = "\n".join(map(",".join, (NAMES, *ROWS))).encode()
    for data, name in ((of_word.getvalue(), "a.docx"), (of_excel.getvalue(), "a.xlsx"), (csv, "a.csv")):
        assert "\n".join(section.text for section in read(data, name).sections).splitlines() == TOLD, name
    page = page_of([NAMES, *ROWS], lines(4, stroked))
    assert read(pdf([[page]]), "a.pdf").sections[0].text.splitlines()[2:-2] == TOLD


def test_two_levels_of_groups_are_told():
    rows = [["Floor", "Oak", "wax", "weekly"], ["", "", "oil", "yearly"], ["", "Elm", "soap", "daily"]]
    assert told(rows)[1:] == [["Floor", "Oak", "oil", "yearly"], ["Floor", "Elm", "soap", "daily"]]


def test_sums_marks_and_what_an_empty_row_parts_are_of_no_group():
    total = ["", "Total", "500"]
    assert told([["Kettle", "red", "40"], total])[1] == total
    assert told([["品名", "やかん", "40"], ["", "合計", "500"]])[1] == ["", "合計", "500"]
    marks = [["○", "Mon", "9"], ["○", "Tue", "9"], ["", "Wed", "9"]]  # it is said where it holds
    assert told(marks) == marks
    groups = Groups(3)
    groups.told(["Kettle", "red", "40"])
    groups.end()
    assert groups.told(["", "blue", "50"]) == ["", "blue", "50"]
    pairs = [["Kettle", "40"], ["", "50"]]
    assert told(pairs) == pairs
