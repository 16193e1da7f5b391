"""Slides that were saved as a PDF: their titles name them, and shaded cells without lines make a table."""

from paper import AsGiven, Styled, pdf, with_outline

from ingest.readers.reading import read

ROWS = [("Guests", "Weekdays", "Weekends"), ("Two", "24 pounds", "27 pounds"), ("Four", "33 pounds", "38 pounds")]


def cells(apart: float = 0) -> str:
    """Three rows of three shaded cells from 600 points downwards, and what stands in them."""
    shown = []
    for row, texts in enumerate(ROWS):
        for column, words in enumerate(texts):
            left, bottom = 72 + 120 * column, 570 - 30 * row
            shown.append(f"0.8 g {left} {bottom} {120 - apart:g} {30 - apart:g} re f 0 g\n")
            shown.append(Styled(words).shown(bottom + 8).replace(" 72 ", f" {left + 6} ", 1))
    return "".join(shown)


def test_a_slide_is_called_by_its_title_and_not_by_its_number():
    slides = [
        [AsGiven(Styled("Prices", size=30).shown(700) + Styled("They hold until May.").shown(600))],
        [AsGiven(Styled("Where we are").shown(700) + Styled("In Bath.").shown(600))],
    ]
    result = read(with_outline(pdf(slides), [("Slide 1", 1), ("Slide 2", 2)]), "talk.pdf")
    assert [(section.headings[-1], section.text) for section in result.sections] == [
        ("Prices", "They hold until May."),
        ("Slide 2", "Where we are\n\nIn Bath."),
    ]


def test_shaded_cells_that_touch_make_a_table():
    around = Styled("Prices").shown(650) + Styled("Children are free.").shown(450)
    (section,) = read(pdf([[AsGiven(cells() + around)]]), "talk.pdf").sections
    assert "Guests: Two; Weekdays: 24 pounds; Weekends: 27 pounds\nGuests: Four; Weekdays: 33 pounds" in section.text
    (section,) = read(pdf([[AsGiven(cells(apart=10) + around)]]), "talk.pdf").sections
    assert "Guests: Two" not in section.text
