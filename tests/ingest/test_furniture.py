"""What a PDF carries beside its text is taken off: heads that change with the chapter, tables of contents."""

from dataclasses import replace

import pytest
from paper import AsGiven, Styled, pdf

from ingest.printed.books import Book, Line, Page
from ingest.printed.furniture import without_contents, without_running_heads
from ingest.readers.reading import read

DOTS = " . . . . . . . . . . . "
ENTRIES = [("1 What we sell", "1"), ("2 Returns", "2"), ("2.1 When", "2"), ("3 Delivery", "4"), ("4 Contact", "4")]


def texts(data):
    return [section.text for section in read(data, "manual.pdf").sections]


WORDS = ["apples", "bread", "cheese", "dates", "eggs"]


def test_heads_that_change_with_the_chapter_go_and_a_line_that_begins_with_the_same_number_stays():
    chapters = ["Returns", "Returns", "Delivery", "Delivery", "Delivery"]
    bodies = [
        [f"{number} kinds of {word} are sold here", f"and cut {word}", f"no {word} are sent"]
        for number, word in numbered()
    ]
    pages = [
        [f"Chapter {name} of the manual {number}", *body]
        for number, (name, body) in enumerate(zip(chapters, bodies, strict=True), start=1)
    ]
    assert [" ".join(text.split()) for text in texts(pdf(pages))] == [" ".join(body) for body in bodies]


def test_numbers_that_are_not_the_pages_do_not_make_a_head():
    pages = [
        [f"We had {word} for {number} years", f"and cut {word}", f"sold {word}"]
        for number, word in zip((7, 3, 12), WORDS[:3], strict=True)
    ]
    assert [" ".join(text.split()) for text in texts(pdf(pages))] == [" ".join(page) for page in pages]


def numbered():
    return enumerate(WORDS, start=1)


@pytest.mark.parametrize("dots", [DOTS, "........", "…………", "・・・・・・"])
def test_a_table_of_contents_goes_whole(dots):
    lines = ["Table of Contents", *(f"{title}{dots}{page}" for title, page in ENTRIES), "5 Index 4", "ii"]
    book = Book([Page(1, [Line(line) for line in lines]), Page(2, [Line("What we sell")])], page_count=5)
    without_contents(book)
    assert [[line.text for line in page.lines] for page in book.pages] == [[], ["What we sell"]]


def test_of_a_page_that_holds_more_than_its_contents_the_rest_stays():
    words = [f"This is sentence {number} of an introduction" for number in range(1, 8)]
    book = Book([Page(1, [Line(f"{title}{DOTS}{page}") for title, page in ENTRIES] + list(map(Line, words)))])
    book.page_count = 4
    without_contents(book)
    assert [line.text for line in book.pages[0].lines] == words


@pytest.mark.parametrize(
    "prices",
    [
        [("Espresso", "300"), ("Latte", "420"), ("Mocha", "450"), ("Tea", "480")],  # no such page
        [("Espresso", "4"), ("Latte", "3"), ("Mocha", "5"), ("Tea", "2"), ("Cake", "1")],  # they do not rise
        [("Espresso", "1"), ("Latte", "2")],  # too few to tell
    ],
)
def test_a_price_list_with_dots_stays(prices):
    book = Book([Page(1, [Line(f"{name}{DOTS}{price}") for name, price in prices])], page_count=9)
    without_contents(book)
    assert len(book.pages[0].lines) == len(prices)


def test_an_item_whose_mark_is_of_another_size_goes_on_in_the_next_line():
    mark = r"\267) Tj /F1 12 Tf ( "  # a middle dot of 8 points, and what follows of 12
    page = [
        Styled(f"{mark}You may return what you have bought at any time within thirty days,", size=8),
        "and we pay for it.",
        Styled(f"{mark}We refund the price within five days after we have got the parcel,", size=8),
        "whatever you paid with.",
    ]
    (text,) = texts(pdf([page]))
    assert [line[2:] for line in text.splitlines()] == [
        "You may return what you have bought at any time within thirty days, and we pay for it.",
        "We refund the price within five days after we have got the parcel, whatever you paid with.",
    ]


def test_the_numbers_of_a_leaflets_few_pages_go():
    pages = [[f"We sell {word}", f"and keep {word} cool", f"- {number} -"] for number, word in enumerate(WORDS[:2], 1)]
    assert [text.split()[-1] for text in texts(pdf(pages))] == ["cool", "cool"]
    assert texts(pdf([["We sell", "apples by the", "1"]]))[0].split()[-1] == "the"


def test_a_last_line_that_is_another_number_stays():
    assert texts(pdf([["We sell apples", "How many", "12"], ["We sell bread", "How many", "7"]]))[0].endswith("12")


def test_what_a_browser_prints_around_a_single_page_goes():
    text = ["Small parcels cost 4 EUR.", "Large parcels cost 9 EUR.", "We send on weekdays."]
    page = ["2026/11/29 13:51 What we charge", *text, "https://www.example.com/prices 1/1"]
    assert texts(pdf([page])) == ["\n".join(text)] or texts(pdf([page])) == [" ".join(text)]
    without_address = ["2026/11/29 13:51 the van leaves", *text, "https://www.example.com/prices"]
    assert "the van leaves" in texts(pdf([without_address]))[0]


def test_a_large_title_with_a_number_on_every_page_stays():
    pages = [
        ["Handbook", Styled(f"Procedure {number}", size=18, bold=True), f"Open {word} and wait.", f"Then close {word}."]
        for number, word in numbered()
    ]
    sections = read(pdf(pages), "manual.pdf").sections
    told = [" ".join((*section.headings, section.text)) for section in sections]
    assert all(text.startswith(f"Procedure {number}") for text, (number, _) in zip(told, numbered(), strict=True))
    assert not any("Handbook" in section.text for section in sections)


@pytest.mark.parametrize("foot", ["Page {} of 2", "{} / 2", "{}ページ"])
def test_the_numbers_of_two_pages_go_in_words_too(foot):
    lines = [Line(foot.format(number), 300, 40, 340, 50) for number in (1, 2)]
    pages = [Page(number, [Line("Words.", 72, 700, 200, 712), lines[number - 1]]) for number in (1, 2)]
    without_running_heads(pages)
    assert [[line.text for line in page.lines] for page in pages] == [["Words."]] * 2


def head_and_foot(number, head="Nimbus Hosting", foot="Agreement 4.2 | {}/2", apart=40):
    lines = [Line(head.format(number), 200, 780, 300, 788, 8)]
    lines += [
        Line(f"Sentence {at} of {WORDS[number]}.", 72, 740 + apart - 40 - 14 * at, 200, 750, 10) for at in range(4)
    ]
    lines = [replace(line, top=line.bottom + 9) for line in lines]
    return Page(number, [*lines, Line(foot.format(number), 200, 40, 300, 48, 8)])


def test_what_stands_above_and_below_the_text_of_two_pages_goes():
    pages = [head_and_foot(1), head_and_foot(2)]
    without_running_heads(pages)
    assert all(page.lines[0].text.startswith("Sentence 0") for page in pages)
    assert not any("Nimbus" in line.text or "4.2" in line.text for page in pages for line in page.lines)


@pytest.mark.parametrize(
    "other", [{"head": "Part {} of three"}, {"apart": 68}], ids=["other words", "names of columns"]
)
def test_first_lines_of_two_pages_that_differ_or_belong_to_the_text_stay(other):
    told = {"head": "Part {}"} if "head" in other else other
    pages = [head_and_foot(1, **told), head_and_foot(2, **other)]
    without_running_heads(pages)
    assert all(page.lines[0].bottom == 780 for page in pages)


def test_a_table_of_contents_whose_dots_are_drawn_goes():
    lines = ["もくじ", "安全上のご注意 2", "ご飯を炊く 3", "お手入れ 4", "仕様 5", "ご購入ありがとうございます。"]
    book = Book([Page(1, [Line(line) for line in lines])], page_count=5)
    without_contents(book)
    assert [line.text for line in book.pages[0].lines] == [lines[0], lines[5]]
    prices = ["Contents", "Apples 2", "Bread 5", "Milk 3", "Cheese 9"]
    book = Book([Page(1, [Line(line) for line in prices])], page_count=9)
    without_contents(book)
    assert [line.text for line in book.pages[0].lines] == prices


def test_what_stands_above_and_below_two_of_three_pages_goes():
    pages = [head_and_foot(1), head_and_foot(2), Page(3, [Line("Notes of all.", 72, 770, 300, 779, 9)])]
    without_running_heads(pages)
    assert [len(page.lines) for page in pages] == [4, 4, 1]


def test_what_a_file_marks_as_none_of_its_text_goes_from_a_single_page():
    text = ["Returns are free.", "They take a week.", "Call us about others.", "We are open daily.", "Bring the box."]
    body = [Styled(line).shown(700 - 16 * at) for at, line in enumerate(text)]
    around = Styled("Returns, version 6").shown(790), Styled("Sheet A").shown(60)
    body[2] = f"/Artifact BMC {body[2]} EMC\n"  # what stands in the midst of a page is text, whatever it is called
    marked = f"/Artifact BMC {' '.join(around)} EMC\n"
    (told,) = texts(pdf([[AsGiven(marked + "".join(body))]]))
    assert told.split() == " ".join(text).split()
    assert "version 6" in texts(pdf([[AsGiven("".join(around) + "".join(body))]]))[0]
