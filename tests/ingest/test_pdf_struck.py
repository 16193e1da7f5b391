"""What is struck through in a PDF is taken back, as in a Word document; what is underlined or ruled is not."""

from paper import AsGiven, Styled, pdf

from ingest.readers.reading import read

WIDTH = 7.2  # of a letter that is 12 points high and of one width


def at(left: float, bottom: float, text: str) -> str:
    return Styled(text, fixed=True).shown(bottom).replace(" 72 ", f" {left:g} ", 1)


def through(left: float, height: float, letters: int) -> str:
    return f"{left:g} {height:g} m {left + letters * WIDTH:g} {height:g} l S\n"


def text(*shown: str) -> str:
    return read(pdf([[AsGiven("".join(shown))]]), "terms.pdf").sections[0].text


def test_letters_that_a_line_goes_through_are_not_read():
    words = at(72, 700, "We repair for 49 65 pounds, all included.")
    struck = through(72 + 14 * WIDTH, 703.5, 2)
    assert text(words, struck) == "We repair for 65 pounds, all included."
    assert (
        text(words, at(72, 684, "Send it by fax."), through(72, 687.5, 15))
        == "We repair for 49 65 pounds, all included."
    )


def test_a_line_through_several_words_goes_through_the_blanks_between_them():
    words = at(72, 700, "Pay 49") + at(72 + 8 * WIDTH, 700, "pounds") + at(72 + 16 * WIDTH, 700, "65 pounds.")
    assert text(words, through(72 + 4 * WIDTH, 703.5, 10)) == "Pay 65 pounds."
    assert text(at(72, 700, "Write to us. Call us."), through(72, 703.5, 13)) == "Call us."


def test_what_is_underlined_or_stands_on_a_ruled_line_is_read():
    words = at(72, 700, "We repair for 49 pounds.")
    assert text(words, through(72 + 14 * WIDTH, 698.5, 2)) == "We repair for 49 pounds."
    assert text(words, through(20, 703.5, 60)) == "We repair for 49 pounds."


def test_a_line_that_passes_between_boxes_takes_nothing_back():
    words = at(72, 700, "We fetch it from you.")
    assert text(words, through(72 + 3.4 * WIDTH, 703.5, 5)) == "We fetch it from you."
    assert text(words, through(72 + 4 * WIDTH, 703.5, 3)) == "We fetch it from you."


def test_an_old_price_in_a_table_is_not_read():
    rows = [("Part", "Price"), ("Seal", "49 65"), ("Lid", "12")]
    shown = [
        at(left, 685 - 20 * row, cell)
        for row, cells in enumerate(rows)
        for left, cell in zip((76, 176), cells, strict=True)
    ]
    shown += [f"72 {700 - 20 * row} m 272 {700 - 20 * row} l S " for row in range(4)]
    shown += [f"{left} 640 m {left} 700 l S\n" for left in (72, 172, 272)]
    assert "Seal: 65" in text(*shown, through(176, 668.5, 2), at(72, 600, "Call us about others."))
