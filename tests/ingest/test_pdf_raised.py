"""Small numbers above a line of a PDF: marks of notes, which are read where they are cited, and powers."""

from paper import AsGiven, pdf

from ingest.readers.reading import read


def line(bottom: float, *pieces: str, size: int = 12) -> str:
    """Pieces of a line, every second one of them small and above it."""
    shown = "".join(
        f"/F1 {size * 0.58 if place % 2 else size:g} Tf {size * 0.35 if place % 2 else 0:g} Ts ({piece}) Tj "
        for place, piece in enumerate(pieces)
    )
    return f"BT 72 {bottom} Td {shown} 0 Ts ET\n"


def texts(*pages: str) -> list[str]:
    return [section.text for section in read(pdf([[AsGiven(page)] for page in pages]), "rules.pdf").sections]


def test_a_note_is_read_below_what_cites_it_and_its_mark_goes():
    above = line(700, "The pump runs for 2 days", "1", ", down to a level of 3 cm.") + line(684, "It weighs 5 kg.")
    (text,) = texts(above + line(100, "1 2 days at most, when it runs dry.", size=9))
    assert text == (
        "The pump runs for 2 days, down to a level of 3 cm. It weighs 5 kg.\n\n2 days at most, when it runs dry."
    )


def test_a_line_at_the_foot_of_a_single_page_may_stand_below_its_notes():
    above = line(700, "The fee is due on 1 May", "1", ". Call us.") + line(684, "It is 9 pounds.")
    (text,) = texts(above + line(100, "1 Or the day after.", size=9) + line(60, "Sheet 4"))
    assert text.startswith("The fee is due on 1 May. Call us. It is 9 pounds.")
    assert text.endswith("\n\nOr the day after.")


def test_notes_at_the_end_go_to_the_page_that_cites_them():
    first = line(700, "Refunds take 5 days and cost 12", "i", ". Call us when they do not come.")
    first_text, *others = texts(first, line(700, "Repairs take longer."), line(760, "i Over Christmas 12.", size=9))
    assert first_text == "Refunds take 5 days and cost 12. Call us when they do not come.\n\nOver Christmas 12."
    assert others == ["Repairs take longer."]


def test_a_power_is_told_as_one_and_a_number_of_the_line_is_none():
    assert texts(line(700, "A pool of 20 m", "3", " takes 3 hours, of 40 m3 six.")) == [
        "A pool of 20 m³ takes 3 hours, of 40 m3 six."
    ]


def test_a_power_cites_no_note():
    above = line(700, "Rooms", "2", " have 20 m", "2", ".") + line(684, "Halls have 90 m", "2", " and more.")
    (text,) = texts(above + line(100, "2 Not in winter.", size=9))
    assert "".join(text.split()) == "Roomshave20m².Hallshave90m²andmore.Notinwinter."
    (text,) = texts(line(700, "A pool of 20 m", "2", " is small.") + line(100, "2 litres are lost.", size=9))
    assert text == "A pool of 20 m² is small.\n\n2 litres are lost."


def test_a_mark_behind_an_amount_does_not_lengthen_it():
    above = line(700, "A repair costs 65", "1", " pounds at most.") + line(684, "A check costs 12", "50", " pounds.")
    (text,) = texts(above + line(100, "1 Without parts.", size=9))
    assert text == "A repair costs 65 pounds at most. A check costs 12⁵⁰ pounds.\n\nWithout parts."
