"""Tables of a PDF whose cells are ruled become rows that read alone, whatever the lines are drawn with."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from paper import AsGiven, Styled, pdf

from ingest.printed.books import Line
from ingest.printed.grids import MOST_CORNERS
from ingest.printed.order import without_ruby
from ingest.printed.paragraphs import paragraphs
from ingest.printed.ruled import tables
from ingest.readers.reading import read

LEFTS = (72, 172, 272, 400)
ROWS = [["Code", "Cause", "Remedy"], ["E1", "No water", "Fill the tank."], ["E2", "Lid open", "Close it firmly."]]
AS_ROWS = ["Code: E1; Cause: No water; Remedy: Fill the tank.", "Code: E2; Cause: Lid open; Remedy: Close it firmly."]


def stroked(left: float, bottom: float, right: float, top: float) -> str:
    return f"{left} {bottom} m {right} {top} l S"


def filled(left: float, bottom: float, right: float, top: float) -> str:
    return f"{left - 0.25} {bottom - 0.25} {right - left + 0.5} {top - bottom + 0.5} re f"


def page_of(rows: Sequence[Sequence[str]], ruled: str, bold: int = 1) -> AsGiven:
    """What a page shows: a sentence, a table from 700 points downwards and another sentence."""
    shown = [Styled("These are the codes.").shown(730)]
    for row, cells in enumerate(rows):
        for left, cell in zip(LEFTS, cells, strict=False):
            shown.append(Styled(cell, bold=row < bold).shown(685 - 20 * row).replace("72 6", f"{left + 4} 6"))
    shown.append(Styled("Call us about others.").shown(600))
    return AsGiven("".join(shown) + ruled + "\n")


def lines(rows: int, draw, columns: int = 3) -> str:
    level = [draw(LEFTS[0], 700 - 20 * row, LEFTS[columns], 700 - 20 * row) for row in range(rows + 1)]
    return " ".join(level + [draw(left, 700 - 20 * rows, left, 700) for left in LEFTS[: columns + 1]])


def boxes(rows: int) -> str:
    return " ".join(
        f"{left} {680 - 20 * row} {right - left} 20 re S" for row in range(rows) for left, right in pairwise(LEFTS)
    )


def doubled(drawing: str) -> str:
    return " ".join(f"{2 * float(word):g}" if word.replace(".", "").isdigit() else word for word in drawing.split())


@pytest.mark.parametrize(
    "ruled", [lines(3, stroked), lines(3, filled), boxes(3), f"q 0.5 0 0 0.5 0 0 cm {doubled(boxes(3))} Q"]
)
def test_a_ruled_table_is_rows_that_name_their_columns(ruled):
    (section,) = read(pdf([[page_of(ROWS, ruled)]]), "codes.pdf").sections
    assert section.text.splitlines() == ["These are the codes.", "", *AS_ROWS, "", "Call us about others."]


@pytest.mark.parametrize("again", [[], [ROWS[0]]])
def test_a_table_that_goes_on_over_the_page_keeps_its_header(again):
    rest = [*again, ["E3", "Jammed", "Wait"], ["E4", "Hot", "Wait"]]
    data = pdf([[page_of(ROWS, lines(3, stroked))], [page_of(rest, lines(len(rest), stroked), bold=len(again))]])
    first, second = read(data, "codes.pdf").sections
    assert first.text.splitlines()[2:-2] == AS_ROWS
    assert second.text.splitlines()[2:-2] == [
        "Code: E3; Cause: Jammed; Remedy: Wait",
        "Code: E4; Cause: Hot; Remedy: Wait",
    ]


def test_another_table_with_the_same_columns_on_the_next_page_has_its_own_header():
    other = [["Sign", "Meaning", "Advice"], ["Red", "No signal", "Wait"], ["Green", "All is well", "Relax"]]
    data = pdf([[page_of(ROWS, lines(3, stroked))], [page_of(other, lines(3, stroked))]])
    assert "Sign: Red; Meaning: No signal; Advice: Wait" in read(data, "codes.pdf").sections[1].text


def test_a_table_that_a_caption_ends_lends_its_header_to_none():
    caption = Styled("Table 1: What the codes mean").shown(620)
    first = AsGiven(page_of(ROWS, lines(3, stroked)).text + caption + "\n")
    other = [["Sign", "Meaning", "Advice"], ["Red", "No signal", "Wait"], ["Green", "All is well", "Relax"]]
    data = pdf([[first], [page_of(other, lines(3, stroked), bold=0)]])
    assert "Sign: Red; Meaning: No signal; Advice: Wait" in read(data, "codes.pdf").sections[1].text


def level(heights: Sequence[int]) -> str:
    return " ".join(stroked(LEFTS[0], height, LEFTS[3], height) for height in heights)


@pytest.mark.parametrize("above", [[], [700]])
def test_level_lines_alone_part_the_rows_and_what_is_empty_between_them_the_columns(above):
    rows = [*ROWS, ["E3", "Jammed", "Free it."]]
    (section,) = read(pdf([[page_of(rows, level([*above, 680, 660, 640, 620]))]]), "codes.pdf").sections
    told = [*AS_ROWS, "Code: E3; Cause: Jammed; Remedy: Free it."]
    assert section.text.splitlines() == ["These are the codes.", "", *told, "", "Call us about others."]


def test_between_lines_that_stand_around_several_rows_or_a_text_nothing_is_a_table():
    rows = [*ROWS, ["E3", "Jammed", "Free it."], ["E4", "Hot", "Wait."], ["E5", "Cold", "Wait."]]
    (section,) = read(pdf([[page_of(rows, level([700, 680, 600, 560]))]]), "codes.pdf").sections
    assert "Code:" not in section.text
    sentence = ["This sentence goes from one side of the page to the other and on."]
    (section,) = read(pdf([[page_of([sentence] * 4, level([700, 680, 660, 640]), bold=0)]]), "codes.pdf").sections
    assert section.text.count("This sentence goes from one side of the page to the other") == 4


def test_without_lines_the_text_stays_as_it_stands():
    (section,) = read(pdf([[page_of(ROWS, "")]]), "codes.pdf").sections
    assert "Code:" not in section.text


def test_a_table_of_properties_has_no_names_of_columns():
    rows = [["Model", "YC-40"], ["Power", "820 W"], ["Noise", "70 dB"]]
    (section,) = read(pdf([[page_of(rows, lines(3, stroked, columns=2), bold=0)]]), "codes.pdf").sections
    assert section.text.splitlines()[2:-2] == ["Model: YC-40", "Power: 820 W", "Noise: 70 dB"]


def test_names_of_rows_that_are_bold_do_not_hide_the_names_of_columns():
    rows = [["Symptom", "What to do"], ["Bitter", "Grind coarser."], ["Weak", "Take more beans."]]
    shown = page_of(rows, lines(3, stroked, columns=2)).text
    for name, bottom in (("Bitter", 665), ("Weak", 645)):
        plain = f"/F1 12 Tf 76 {bottom} Td ({name})"
        assert plain in shown
        shown = shown.replace(plain, plain.replace("F1", "F2"))
    (section,) = read(pdf([[AsGiven(shown)]]), "codes.pdf").sections
    assert section.text.splitlines()[2] == "Symptom: Bitter; What to do: Grind coarser."


def test_a_shaded_row_names_the_columns_and_a_shaded_column_does_not():
    rows = [["Symptom", "What to do"], ["Bitter", "Grind coarser."]]
    row, column = "0.8 g 72 680 200 20 re f 0 g ", "0.8 g 72 660 100 40 re f 0 g "
    for shade, first in ((row, "Symptom: Bitter; What to do: Grind coarser."), (column, "Symptom: What to do")):
        shown = AsGiven(shade + page_of(rows, lines(2, stroked, columns=2), bold=0).text)
        (section,) = read(pdf([[shown]]), "codes.pdf").sections
        assert section.text.splitlines()[2] == first


def test_a_cell_that_spans_rows_is_said_in_each_of_them():
    upright = [(x, 0, 60) for x in (0, 50, 100)]
    level = [(0, 0, 100), (20, 50, 100), (40, 0, 100), (60, 0, 100)]
    said = {(0, 0, 50, 40): "tea", (50, 0, 100, 20): "70", (50, 20, 100, 40): "80", (0, 40, 50, 60): "Drink"}
    (table,) = tables(level, upright, [], lambda cell: said.get(tuple(map(round, cell)), "Heat"), list)
    assert table.rows == [["Drink", "Heat"], ["tea", "80"], ["tea", "70"]]
    assert table.bottoms == [40, 20, 0]


def test_a_frame_a_form_and_a_drawing_are_no_tables():
    square = [(0, 0, 100), (50, 0, 100), (100, 0, 100)]
    assert tables([square[0], square[2]], [square[0], square[2]], [], lambda cell: "text in a frame", list) == []
    assert tables(square, square, [], lambda cell: "Name" if cell[0] == cell[1] == 0 else "", list) == []
    many = [(float(5 * place), 0.0, 1000.0) for place in range(200)]
    assert len(many) ** 2 > MOST_CORNERS
    assert tables(many, many, [], lambda cell: "a", list) == []
    huge = [(float(5 * place), 0.0, 9e5) for place in range(20_000)]
    assert tables(huge, huge, [], lambda cell: "a", list) == []
    assert tables(huge, [], [], lambda cell: "a", list) == []


def test_rows_are_a_paragraph_of_their_own():
    text = [Line("Before it", 72, 700, 200, 710, 12), Line("A: 1", row=True), Line("A: 2", row=True), Line("After it")]
    assert paragraphs(text) == ["Before it", "A: 1\nA: 2", "After it"]


def test_small_kana_above_a_line_are_left_out_and_other_small_lines_stay():
    base = Line("感電や火災の原因になります", 63, 680, 281, 690, 14)
    ruby, note = Line("かんでん か さ い", 63, 692, 114, 696, 7), Line("ください", 63, 640, 100, 644, 7)
    assert without_ruby([base, ruby]) == without_ruby([ruby, base]) == [base]
    assert without_ruby([base, note]) == [base, note]


def test_a_table_without_sides_has_the_columns_that_its_lines_part():
    rows = [[*cells, end] for cells, end in zip(ROWS, ("Parts", "none", "a hinge"), strict=True)]
    level = [stroked(LEFTS[0], 700 - 20 * row, 520, 700 - 20 * row) for row in range(4)]
    upright = [stroked(left, 640, left, 700) for left in LEFTS[1:]]
    result = read(pdf([[page_of(rows, " ".join(level + upright))]]), "codes.pdf")
    assert result.sections[0].text.splitlines()[2:4] == [
        f"{AS_ROWS[0]}; Parts: none",
        f"{AS_ROWS[1]}; Parts: a hinge",
    ]


def test_letters_of_the_next_row_that_reach_over_a_line_stay_in_their_row():
    tight = lines(3, stroked).replace("660", "664").replace("680", "684")
    result = read(pdf([[page_of(ROWS, tight)]]), "codes.pdf")
    assert result.sections[0].text.splitlines()[2:4] == AS_ROWS


def test_the_last_row_alone_on_the_next_page_keeps_its_header():
    more = ["E3", "No power", "Press the switch."]
    first = pdf([[page_of(ROWS, lines(3, stroked))], [page_of([more], lines(1, stroked), bold=0)]])
    told = [line for section in read(first, "a.pdf").sections for line in section.text.splitlines()]
    assert "Code: E3; Cause: No power; Remedy: Press the switch." in told


def test_one_row_of_boxes_is_a_table_only_where_one_goes_on():
    more = ["E3", "No power", "Press the switch."]
    told = read(pdf([[page_of([more], lines(1, stroked), bold=0)]]), "a.pdf").sections[0].text
    assert "E3;" not in told


def test_rows_at_the_edges_of_pages_are_no_running_heads():
    pages = [
        [f"Bolt {10 * page + row} costs {row + page} euros and weighs {row} grams" for row in range(1, 7)]
        for page in range(4)
    ]
    told = " ".join(section.text for section in read(pdf(pages), "a.pdf").sections)
    assert all(line in " ".join(told.split()) for page in pages for line in page)


def test_letters_stamped_across_a_table_are_in_none_of_its_cells():
    rows = [["Item", "Member", "Guest"], ["Suit", "1,280 yen", "1,500 yen"], ["Coat", "980 yen", "1,100 yen"]]
    stamp = "BT /F2 1 Tf 40 40 -40 40 150 610 Tm (DRAFT) Tj ET "
    (section,) = read(pdf([[AsGiven(stamp), page_of(rows, lines(3, stroked))]]), "a.pdf").sections
    assert "Item: Suit; Member: 1,280 yen; Guest: 1,500 yen\nItem: Coat; Member: 980 yen; Guest: 1,100 yen" in (
        section.text
    )


def test_tables_as_wide_as_the_page_are_parted_and_names_of_columns_may_fill_two_lines():
    def cells(height: int, *texts: str) -> str:
        return "".join(
            Styled(text, bold=bold).shown(height).replace("72 ", f"{left + 4} ", 1)
            for left, text in zip(LEFTS, texts, strict=False)
            for bold in [height in (705, 575, 565)]
        )

    shown = [cells(705, "Plan", "Uptime", "Backups"), level([700, 680, 660, 640])]
    for row, texts in enumerate([("Basic", "99.5", "weekly"), ("Pro", "99.9", "daily"), ("Max", "99.99", "hourly")]):
        shown.append(cells(685 - 20 * row, *texts))
    shown.append(Styled("What we answer, and how soon, is said below.").shown(600))
    shown += [cells(575, "", "First"), cells(565, "Level", "answer", "Mended"), level([560, 530, 500, 470])]
    for row, texts in enumerate([("S1", "1 hour", "4 hours"), ("S2", "4 hours", "1 day"), ("S3", "1 day", "a week")]):
        shown += [cells(550 - 30 * row, *texts), cells(540 - 30 * row, "", "at most")]
    (section,) = read(pdf([[AsGiven("".join(shown) + "\n")]]), "a.pdf").sections
    assert "Plan: Max; Uptime: 99.99; Backups: hourly" in section.text
    assert "Level: S2; First answer: 4 hours at most; Mended: 1 day" in section.text


def test_a_bold_first_row_names_columns_with_digits_in_their_names():
    rows = [["To", "Size 60", "Size 100"], ["North", "770 yen", "1,100 yen"], ["South", "1,320 yen", "2,200 yen"]]
    (section,) = read(pdf([[page_of(rows, lines(3, stroked))]]), "post.pdf").sections
    assert "To: South; Size 60: 1,320 yen; Size 100: 2,200 yen" in section.text
