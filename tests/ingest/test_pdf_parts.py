"""The parts of a printed document stand where they belong: rows, notes at a page's foot, questions and answers."""

from dataclasses import replace

from paper import Styled, pdf

from ingest.printed.books import Line
from ingest.printed.furniture import without_notes
from ingest.printed.order import with_discs, with_marks
from ingest.printed.paragraphs import paragraphs
from ingest.printed.parts import Part, put_together
from ingest.readers.reading import read


class AsShown(Styled):
    """What a page shows, in the language of pages."""

    def shown(self, bottom: float) -> str:
        return f"{self.text}\n"


def part(text, heading="", page=1, notes="", rows=False):
    return Part(text, notes, (heading,), page, rows, rows)


def told(*parts):
    return [section.text for section in put_together(parts)]


def test_rows_of_a_table_that_goes_on_over_the_page_stay_rows():
    rows = "Item: Blanket; Price: 20; Ready: in a week", "Item: Duvet; Price: 48; Ready: in two weeks"
    assert told(part(rows[0], rows=True), part(rows[1], page=2, rows=True)) == list(rows)
    japanese = "品名: 毛布(ダブル); 料金: 2,100円; お渡し: 7日", "品名: 羽毛布団; 料金: 4,800円; お渡し: 14日"
    assert told(part(japanese[0], rows=True), part(japanese[1], page=2, rows=True)) == list(japanese)


def test_a_note_stands_with_what_cites_it():
    cooking = part("炊きあがると保温になります。※1すぐにほぐしてください。", "炊く")
    times = part("コース: 白米; 時間: 42分\n\n※1 炊込みでは保温しません。\n※2 水を足さないでください。", "時間")
    assert told(cooking, times) == [
        "炊きあがると保温になります。※1すぐにほぐしてください。\n\n※1 炊込みでは保温しません。",
        "コース: 白米; 時間: 42分\n\n※2 水を足さないでください。",
    ]


def test_a_raised_number_cites_a_note_at_the_pages_foot():
    rent = part("If the rent is late, interest1 is charged.", "Rent")
    last = part("Walls may be painted in 1 colour.", "Use", notes="1 At three per cent.\n\n2 Outside of Japan too.")
    assert told(rent, last) == [
        "If the rent is late, interest1 is charged.\n\n1 At three per cent.",
        "Walls may be painted in 1 colour.\n\n2 Outside of Japan too.",
    ]


def test_a_note_that_its_own_part_cites_and_items_of_a_list_stay():
    own = part("Coat: 20*1\n\n*1 Without lining.", "Coats"), part("Suit: 30*1", "Suits")
    assert told(*own) == ["Coat: 20*1\n\n*1 Without lining.", "Suit: 30*1"]
    listed = part("水曜: 休診※ 予約のみ", "時間"), part("※ 予約は前日まで\n※ 再診は不要", "予約")
    assert told(*listed) == [each.text for each in listed]


def test_questions_and_answers_of_a_printed_page_are_pairs():
    lines = [
        *("Help", "Q. Can I cancel my order?", "A. Until noon of the day before."),
        *("Q. Is there a receipt?", "A. Yes, as a file in the", "history of your orders."),
    ]
    result = read(pdf([[Styled(line) for line in lines]]), "a.pdf")
    assert [(section.question, section.text, section.page) for section in result.sections] == [
        (None, "Help", 1),
        ("Can I cancel my order?", "Until noon of the day before.", 1),
        ("Is there a receipt?", "Yes, as a file in the history of your orders.", 1),
    ]
    assert result.kind == "faq"


def test_an_initial_at_a_lines_beginning_answers_nothing():
    lines = [
        Line("Written by our engineer", 72, 700, 300, 709, 12),
        Line("A. Smith for the shop.", 72, 686, 300, 695, 12),
    ]
    assert paragraphs(lines) == ["Written by our engineer A. Smith for the shop."]


def test_notes_whose_numbers_are_as_large_as_they_are_told_apart():
    lines = [
        Styled("1. Rent", 16),
        *["If the rent is late, interest1 is charged on what is owed."] * 3,
        Styled("2. Walls", 16),
        *["Walls may be painted in light colours after asking us2."] * 3,
        *[Styled("1 At three per cent above the base rate.", 8), Styled("2 By letter alone.", 8)],
    ]
    first, second = read(pdf([lines]), "lease.pdf").sections
    assert first.text.endswith("1 At three per cent above the base rate.")
    assert second.text.endswith("2 By letter alone.")
    assert "base rate" not in second.text


def test_a_list_below_nothing_but_headings_is_no_note_at_the_pages_foot():
    steps = [Styled("7 Operation", 20), Styled("7.1 Before each shift", 16), "1 Open the guard.", "2 Close the guard."]
    body = ["The machine is checked before it is switched on, by whoever works at it."] * 6
    result = read(pdf([steps, [Styled("7.2 Switching on", 16), *body]]), "manual.pdf")
    assert [section.text for section in result.sections if section.page == 1] == [
        "1 Open the guard. 2 Close the guard."
    ]
    heads = [Line("7 Operation", 72, 760, 200, 775, 20), Line("7.1 Before each shift", 72, 740, 200, 752, 16)]
    items = [Line("1 Open it.", 72, 720, 200, 730, 14), Line("2 Close it.", 72, 700, 200, 710, 14)]
    assert without_notes([*heads, *items], 14) == ([*heads, *items], ())
    assert without_notes([*heads, Line("Text.", 72, 730, 200, 740, 20), *items], 20)[0] != [*heads, *items]


def test_a_sentence_goes_on_over_the_page_with_a_number():
    for first, rest in (
        ("The switch stops the machine below", "4.8 bar. Open the valve."),
        ("お申し込みは、商品をお受け取りになった日から", "30日以内にお願いします。そのあとは承れません。"),
    ):
        begun, _ = told(part(first), part(rest, page=2))
        assert begun.endswith(("below 4.8 bar.", "日から30日以内にお願いします。"))
    for rest in ("4.8 Air", "2. Close it.", "3 名称を書きます。", "12"):
        assert told(part("The switch stops the machine below"), part(rest, page=2))[1] == rest
    assert (
        told(part("and no apples are sent"), part("2 kinds of bread are sold.", page=2))[0] == "and no apples are sent"
    )


def test_marks_that_are_drawn_after_all_else_stand_before_their_items():
    items = [Line("Wash it cold", 90, 700, 200, 709, 12), Line("Dry it flat", 90, 684, 180, 693, 12)]
    after = Line("Call us.", 72, 640, 130, 649, 12)
    marks = [Line("•", 80, 702, 84, 706, 12), Line("2.", 78, 684, 86, 693, 12)]
    lines = with_marks([*items, after, *marks])
    assert [(line.text, line.left) for line in lines] == [
        ("• Wash it cold", 80),
        ("2. Dry it flat", 78),
        ("Call us.", 72),
    ]
    apart = [after, Line("•", 20, 702, 24, 706, 12)]
    assert with_marks(apart) == apart


def test_a_paragraph_below_a_list_is_no_part_of_its_last_item():
    lines = [
        Line("• Electrical diagrams, document 350-EL", 67, 700, 319, 709, 12),
        Line("• Spare parts catalogue, document 350-SP, and the current price", 67, 684, 470, 693, 12),
        Line("The latest revision of every document can be ordered free of charge from", 63, 666, 532, 675, 12),
        Line("the service.", 63, 650, 140, 659, 12),
    ]
    listed, below = paragraphs(lines)
    assert listed.endswith("and the current price")
    assert below == "The latest revision of every document can be ordered free of charge from the service."


def test_marks_that_are_painted_part_the_items_of_a_list():
    shown = [
        "Please mind these few things as long as you have it:",
        "keep the vents of it free",
        "keep it dry and clean",
        "Call us about all else.",
    ]
    at = [690, 674, 658, 642]
    text = "".join(
        Styled(line).shown(height).replace("72 ", "90 ", 1) if 0 < row < 3 else Styled(line).shown(height)
        for row, (line, height) in enumerate(zip(shown, at, strict=True))
    )
    discs = "".join(f"80 {height + 2} 4 4 re f\n" for height in at[1:3])
    assert read(pdf([[AsShown(text + discs)]]), "a.pdf").sections[0].text.splitlines()[:3] == [
        "Please mind these few things as long as you have it:",
        "• keep the vents of it free",
        "• keep it dry and clean",
    ]
    items = [Line("通気口をふさがないこと", 90, 700, 220, 709, 12), Line("水をかけないこと", 90, 684, 190, 693, 12)]
    title = Line("お手入れ", 90, 720, 150, 735, 18)
    squares = [(80, bottom, 84, bottom + 4) for bottom in (726.0, 703.0, 687.0)]
    assert [line.text[0] for line in with_discs([title, *items], squares)] == ["お", "•", "•"]
    assert with_discs(items, squares[:2]) == [replace(items[0], text="• 通気口をふさがないこと", left=80), items[1]]
    assert with_discs(items, squares[1:2]) == items  # a single one may be anything


def test_an_item_goes_on_below_a_line_that_ends_with_a_sentence():
    lines = [
        Line("• Do not touch the drip basket or the steam outlet just after brewing.", 67, 700, 500, 709, 12),
        Line("They can burn you.", 80, 684, 180, 693, 12),
        Line("• Put nothing but water into the tank.", 67, 668, 300, 677, 12),
    ]
    (listed,) = paragraphs(lines)
    assert listed.splitlines() == [
        "• Do not touch the drip basket or the steam outlet just after brewing. They can burn you.",
        "• Put nothing but water into the tank.",
    ]
