import io
from functools import partial

import pytest
from paper import Styled, locked, pdf, spelled, with_outline
from pypdf import PdfReader, PdfWriter

from ingest.printed import pdfium
from ingest.printed.books import Book, Line, Page
from ingest.printed.letters import is_garbled, letters, mend_hyphens
from ingest.printed.ocr import ADVICE
from ingest.printed.order import in_reading_order, without_ruby
from ingest.printed.paragraphs import paragraphs
from ingest.printed.parts import put_together
from ingest.readers.pdf import _parts
from ingest.readers.reading import read
from knowledge.errors import UnreadableFile


class AsShown(Styled):
    """What a page shows, in the language of pages."""

    def shown(self, bottom: float) -> str:
        return f"{self.text}\n"


ELLIPSIS = "\\274"  # in the encoding of the font


def reason_of(data, name="manual.pdf"):
    with pytest.raises(UnreadableFile) as told:
        read(data, name)
    return told.value.reason


def test_every_page_is_a_section_that_knows_its_number():
    result = read(pdf([["Returns are free."], ["Shipping costs 500 yen."]]), "manual.pdf")
    assert [(section.page, section.text) for section in result.sections] == [
        (1, "Returns are free."),
        (2, "Shipping costs 500 yen."),
    ]
    assert result.kind == "document"
    assert result.title == "manual"


def test_lines_of_a_paragraph_are_joined_and_divided_words_made_whole():
    lines = [
        "You may return what you have bought within thirty days of deliv-",
        "ery, and we pay for the parcel back to us.",
    ]
    result = read(pdf([lines]), "manual.pdf")
    assert result.sections[0].text == (
        "You may return what you have bought within thirty days of delivery, and we pay for the parcel back to us."
    )


def test_running_heads_and_page_numbers_are_left_out():
    pages = [
        ["Kumo Shop manual", f"This is about topic {word}.", f"Page {number}"] for number, word in enumerate("abcd")
    ]
    result = read(pdf(pages), "manual.pdf")
    assert [section.text for section in result.sections] == [f"This is about topic {word}." for word in "abcd"]


def test_the_outline_gives_the_headings_where_they_stand():
    # Chromium says a title twice when its heading begins a page.
    data = pdf([["Introduction", "Welcome to the shop."], ["More of it.", "Refunds", "We refund in five days."]])
    data = with_outline(data, [("IntroductionIntroduction", 1), ("Refunds", 2)], title="Shop manual")
    result = read(data, "manual.pdf")
    assert result.title == "Shop manual"
    assert [(section.page, section.headings, section.text) for section in result.sections] == [
        (1, ("Introduction",), "Welcome to the shop."),
        (2, ("Introduction",), "More of it."),
        (2, ("Introduction", "Refunds"), "We refund in five days."),
    ]


def test_a_sentence_that_a_page_interrupts_stays_in_one_piece():
    result = read(
        pdf([["The guarantee that we give covers all"], ["parts for two years. It begins on delivery."]]), "m.pdf"
    )
    assert [section.text for section in result.sections] == [
        "The guarantee that we give covers all parts for two years.",
        "It begins on delivery.",
    ]


def test_a_locked_file_says_so():
    assert reason_of(locked(pdf([["secret"]]), "open sesame")) == "encrypted"


def test_a_file_locked_without_a_password_is_read():
    assert read(locked(pdf([["Not so secret."]]), ""), "m.pdf").sections[0].text == "Not so secret."


def test_pictures_without_text_are_a_scan():
    assert reason_of(pdf([[], []], picture=True)) == "scanned"


def test_blank_pages_are_not_a_scan():
    assert reason_of(pdf([[], []])) == "no-text"


@pytest.fixture
def no_tesseract(monkeypatch, tmp_path):
    """Text recognition would read these files."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_tesseract")
def test_some_pictures_among_pages_with_text_are_a_warning():
    writer = PdfWriter()
    for data in (pdf([["A page with text."]]), pdf([[]], picture=True)):
        writer.append(PdfReader(io.BytesIO(data)))
    out = io.BytesIO()
    writer.write(out)
    result = read(out.getvalue(), "mixed.pdf")
    assert result.warnings == [f"1 pages hold a picture and no text and were left out: pages 2. {ADVICE}"]


def test_half_a_file_is_damaged():
    data = with_outline(pdf([["text"]]), [])
    assert reason_of(data[: len(data) // 3]) == "damaged"


@pytest.mark.usefixtures("no_tesseract")
def test_vertical_text_whose_font_is_nowhere_is_told_and_never_indexed_in_part(monkeypatch):
    def pages():
        return [Page(1, [Line("みんなが同時に感ずるもの")], faceless=True), Page(2, [Line("返品は無料です。")])]

    garbled = pdf([["\x01\x02\x03\x04\x05"], ["-"]])  # pypdf does not make sense of it either
    monkeypatch.setattr(pdfium, "read", lambda *_: Book(pages(), page_count=2))
    result = read(garbled, "poem.pdf")
    assert [section.page for section in result.sections] == [2]
    assert any("fonts-ipafont-gothic" in warning for warning in result.warnings)
    monkeypatch.setattr(pdfium, "read", lambda *_: Book(pages()[:1], page_count=1))
    assert reason_of(garbled) == "garbled"


@pytest.mark.usefixtures("no_tesseract")
def test_a_font_that_hides_its_letters_is_garbled_and_never_indexed():
    table = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap
1 begincodespacerange <00> <ff> endcodespacerange
1 beginbfrange <20> <7e> <e020> endbfrange
endcmap end end"""
    assert reason_of(pdf([["Returns are free of charge."]], to_unicode=table)) == "garbled"


@pytest.mark.parametrize(
    "text", ["普通の日本語の文です。", "Plain text", "café naïve", "が（結合文字ではない）", "👍 OK", ""]
)
def test_ordinary_text_is_not_garbled(text):
    assert not is_garbled(text)


@pytest.mark.parametrize("text", ["\ue001\ue002\ue003", "\ufffd\ufffd text", "\x01\x02\x03\x04 ab", "(cid:12)(cid:34)"])
def test_signs_that_no_text_holds_are_garbled(text):
    assert is_garbled(text)


def test_radicals_become_the_letters_that_were_meant():
    assert letters("⽇本の⻑い⻄⼝、⺠間、⼾籍、ﬁle") == "日本の長い西口、民間、戸籍、file"
    assert letters("ＡＢＣ①㈱") == "ＡＢＣ①㈱"
    assert letters("︑︒﹁﹂") == "、。「」"
    assert letters("届きます ̶ 送料は無料です") == "届きます — 送料は無料です"
    assert letters("type \u0300ls' or cafe\u0301") == "type `ls' or cafe\u0301"


def test_vertical_lines_are_read_from_right_to_left():
    columns = [
        Line(text, left, 100, left + 10, 500, 10)
        for text, left in (("三行目です", 60), ("二行目です", 80), ("一行目です", 100))
    ]
    assert [line.text for line in in_reading_order(columns)] == ["一行目です", "二行目です", "三行目です"]


def test_pieces_of_a_vertical_column_are_one_line_and_kana_beside_it_are_left_out():
    lines = [
        Line("三、遅刻三回をもって欠席一回とみなすことはない。ただし、", 382, 53, 392, 546, 14),
        Line("学期に五回以上遅刻した者には面談を行", 362, 53, 372, 546, 14),
        Line("う", 344, 536, 350, 545, 14),
        Line("四", 323, 526, 332, 534, 14),
        Line("。", 349, 532, 351, 535, 14),
        Line("、忌引の日数は、父母七日、祖父母三日とする。", 329, 154, 332, 525, 14),
        Line("きびき", 334, 495, 337, 513, 6.7),
    ]
    assert paragraphs(in_reading_order(without_ruby(lines))) == [
        "三、遅刻三回をもって欠席一回とみなすことはない。ただし、学期に五回以上遅刻した者には面談を行う。",
        "四、忌引の日数は、父母七日、祖父母三日とする。",
    ]


def test_japanese_lines_are_joined_without_a_space_and_items_stay_lines():
    lines = [
        Line("返品は商品の到着から三十日以内に、マイページの", 72, 700, 500, 712, 12),
        Line("注文履歴からお申し込みください。", 72, 682, 320, 694, 12),
        Line("・未使用のもの", 72, 664, 160, 676, 12),
        Line("・箱のあるもの", 72, 646, 160, 658, 12),
    ]
    assert paragraphs(lines) == [
        "返品は商品の到着から三十日以内に、マイページの注文履歴からお申し込みください。\n・未使用のもの\n・箱のあるもの"
    ]


def test_a_hyphen_at_a_lines_end_stays_where_the_writer_put_it_and_goes_where_typesetting_did():
    divided = ["Not dishwasher\ufffesafe, filter YF\ufffe10, an imple\ufffementation,", "a broad\ufffecast\ufffe"]
    others = ["The dishwasher is safe. Each implementation. A broad cast of voices; the broadcast."]
    page = Page(1, [Line(text) for text in (*divided, *others)])
    mend_hyphens([page])
    assert [line.text for line in page.lines[:2]] == [
        "Not dishwasher-safe, filter YF-10, an implementation,",
        "a broadcast",
    ]


@pytest.mark.parametrize(("lines", "mended"), [(100, "for long-term hire"), (10, "for longterm hire")])
def test_where_hardly_a_line_ends_in_a_hyphen_it_is_the_writers_own(lines, mended):
    page = Page(1, [Line("Ask us, we have bicycles of every size and colour for you")] * lines)
    page.lines.append(Line("for long\ufffeterm hire"))
    mend_hyphens([page])
    assert page.lines[-1].text == mended


def test_lines_between_which_a_word_is_divided_part_no_paragraph():
    first = Line("We repair whatever has come to harm within the first", 72, 700, 500, 709, 12)
    both = Line(
        "two years; for what you have bu\ufffeying longer you pay less than for a new one", 72, 674, 380, 697, 12
    )
    last = Line("and wait for a week.", 72, 662, 200, 671, 12)
    page = Page(1, [first, both, last])
    mend_hyphens([page])
    assert len(paragraphs(page.lines)) == 1


def test_marks_of_lists_in_fonts_of_signs_become_bullets():
    assert letters("\uf0b7 returns") == "• returns"
    assert paragraphs([Line("! one of two"), Line("! two of two"), Line("o three")]) == [
        "! one of two\n! two of two\no three"
    ]


TEXT = [f"This line says number {number} of what a customer has to know about it." for number in range(6)]


@pytest.mark.parametrize("scaled", [False, True])
def test_without_an_outline_larger_lines_are_the_headings_the_larger_the_higher(scaled):
    large, larger = (partial(Styled, size=size, scaled=scaled) for size in (15, 20))
    text = [Styled(line, scaled=scaled) for line in TEXT]
    first = [larger("Returning goods"), large("Within 30 days"), *text, large("Who pays the"), large("postage"), *text]
    result = read(pdf([first, [*text, larger("Warranty"), *text]]), "guide.pdf")
    assert [(section.headings, section.page) for section in result.sections] == [
        (("Returning goods", "Within 30 days"), 1),
        (("Returning goods", "Who pays the postage"), 1),
        (("Returning goods", "Who pays the postage"), 2),
        (("Warranty",), 2),
    ]
    assert "Warranty" not in result.sections[-1].text


def test_lines_hardly_larger_are_headings_where_their_size_is_for_headings_alone():
    slight = partial(Styled, size=13)
    parts = [line for name in ("Noise", "Pets", "Balconies") for line in ("", slight(name), *TEXT[:2])]
    result = read(pdf([[Styled("House rules", 18), *parts]]), "rules.pdf")
    assert [section.headings[-1] for section in result.sections] == ["Noise", "Pets", "Balconies"]


@pytest.mark.parametrize(
    "other",
    [
        ["", "This line is of letters that are larger by chance, and it says a whole sentence."],  # running text
        ["A remark"],  # not apart from what is above it
    ],
)
def test_lines_hardly_larger_are_text_where_other_lines_are_as_large(other):
    slight = partial(Styled, size=13)
    parts = ["", slight("Noise"), *TEXT, "", slight("Pets"), *TEXT, "", slight("Balconies"), *TEXT]
    more = [slight(line) if line else line for line in other]
    result = read(pdf([[Styled("House rules", 18), *TEXT, *parts, *more, *TEXT]]), "rules.pdf")
    assert [section.headings for section in result.sections] == [("House rules",)]


def test_bold_lines_are_headings_where_a_number_begins_them_or_they_stand_apart():
    bold = partial(Styled, bold=True)
    lines = [bold("1. Returning goods"), *TEXT, bold("Note that this is bold"), *TEXT, "", bold("Warranty"), *TEXT]
    result = read(pdf([lines]), "guide.pdf")
    assert [section.headings for section in result.sections] == [("1. Returning goods",), ("Warranty",)]
    assert "Note that this is bold" in result.sections[0].text


def test_large_lines_that_head_nothing_stay_text():
    cover = [Styled("Minato Kitchen", 30), Styled("Edition 4", 15), Styled("Call 03-1234-5678", 15)]
    result = read(pdf([cover, [Styled("Safety", 20), *TEXT, *TEXT, *TEXT], [Styled("The end", 20)]]), "guide.pdf")
    text = "\n".join("\n".join((*section.headings, section.text)) for section in result.sections)
    assert all(line.text in text for line in cover)
    assert "The end" in result.sections[-1].text


@pytest.mark.parametrize(
    "page",
    [[Styled("Order form", 20), "Name", Styled("Address", 20), "Town"], [Styled(line, 20) for line in TEXT]],
    ids=["a form", "a poster"],
)
def test_where_much_is_large_nothing_is_a_heading(page):
    assert [section.headings for section in read(pdf([page]), "page.pdf").sections] == [()]


def test_many_short_headings_are_headings_where_little_of_the_text_is_in_them():
    lines = [
        (
            Styled(name, 16),
            Styled("A sentence that tells what is new in it, and how to make use of that."),
            Styled("More."),
        )
        for name in ("Fixed", "Changed", "Removed", "Known")
    ]
    result = read(pdf([[line for of_one in lines for line in of_one]]), "news.pdf")
    assert [section.headings for section in result.sections] == [("Fixed",), ("Changed",), ("Removed",), ("Known",)]


def test_a_bold_heading_goes_on_in_the_next_line():
    bold = partial(Styled, bold=True)
    lines = [*TEXT, *TEXT, "", bold("2. How goods that you have bought"), bold("are returned"), *TEXT, *TEXT]
    result = read(pdf([lines]), "guide.pdf")
    assert result.sections[1].headings == ("2. How goods that you have bought are returned",)
    assert not result.sections[1].text.startswith("are returned")


def test_a_line_that_only_begins_in_bold_is_text_and_so_is_a_bold_question():
    apart = [*TEXT, *TEXT, "", Styled("Warranty", bold=True), *TEXT, ""]
    begins = AsShown("BT /F2 12 Tf 72 400 Td (WARNING) Tj /F1 12 Tf ( Keep away from water.) Tj ET")
    result = read(pdf([[*apart, begins]]), "guide.pdf")
    assert [section.headings for section in result.sections] == [(), ("Warranty",)]
    asked = [Styled("Fees", 20), Styled("Q1. What does it cost?", bold=True), "A1. Nothing.", "", ""]
    asked += [Styled("Limits", 20), Styled("Q2. How much can I take out?", bold=True), "A2. 500 a day."]
    sections = read(pdf([asked]), "faq.pdf").sections
    assert [(section.headings, section.question, section.text) for section in sections] == [
        (("Fees",), "What does it cost?", "Nothing."),
        (("Limits",), "How much can I take out?", "500 a day."),
    ]


def test_rows_of_a_japanese_table_are_lines_of_their_own_and_cells_that_fill_lines_stay_in_their_row():
    places = [
        (43, "表示 原因 対処"),
        (43, "E1 水が足りない 水タンクに水を入れ、スタートを"),
        (203, "押す。"),
        (43, "E2 ドリップバスケットまたは豆"),
        (78, "ホッパーのふたが開いている"),
        (203, "カチッと音がするまで閉める。"),
        (43, "E3 温度センサーの故障 使用を中止する。"),
        (43, "E4 内部の通信の異常 電源プラグを"),
        (203, "抜く。"),
        (43, "そのほかの表示が出たときは、お問い合わせください。"),
    ]
    lines = [
        Line(text, left, 500 - 14 * row, left + 11 * len(text), 511 - 14 * row, 11)
        for row, (left, text) in enumerate(places)
    ]
    assert "\n".join(paragraphs(lines)).splitlines() == [
        "表示 原因 対処",
        "E1 水が足りない 水タンクに水を入れ、スタートを押す。",
        "E2 ドリップバスケットまたは豆ホッパーのふたが開いている カチッと音がするまで閉める。",
        "E3 温度センサーの故障 使用を中止する。",
        "E4 内部の通信の異常 電源プラグを抜く。",
        "そのほかの表示が出たときは、お問い合わせください。",
    ]


def test_japanese_that_typesetting_has_spread_is_read_without_blanks():
    page, table = spelled(["商品は三十日以内に返品できます。"], spread=9)
    assert read(pdf([page], to_unicode=table), "page.pdf").sections[0].text == "商品は三十日以内に返品できます。"


def test_a_blank_of_a_letters_width_stays_on_a_page_that_is_scaled_as_a_whole():
    class AsGiven(Styled):
        def shown(self, bottom):
            return self.text

    _, table = spelled(["一住民票"])
    parts = " ".join(f"BT /F1 16 Tf {left} 1000 Td ({text}) Tj ET" for left, text in ((96, "A"), (120, "BCD")))
    page = [AsGiven(f"q 0.75 0 0 0.75 0 0 cm {parts} Q\n")]
    assert read(pdf([page], to_unicode=table), "page.pdf").sections[0].text == "一 住民票"


def test_letters_beyond_the_first_plane_move_no_line_to_another_place():
    page, table = spelled(["𠮷田と𩸽を食べた店の話", "あ"])
    lines = pdfium.read(pdf([page], to_unicode=table), 1).pages[0].lines
    assert [line.text for line in lines] == ["𠮷田と𩸽を食べた店の話", "あ"]
    assert [line.left == pytest.approx(72, abs=2) for line in lines] == [True, True]
    assert lines[0].right > 120 > lines[1].right


def test_lines_of_code_stay_lines_however_long_and_part_no_text_around_them():
    before = ["Type these two commands, and then restart whatever has", "come to a stand."]
    code = [
        Styled(text, fixed=True) for text in ("restart --now --all --even-those-that-run-well-and-need-none", "done")
    ]
    after = ["Wait for a minute, so that all of them have come up again, before", "you look at the page."]
    text = read(pdf([[*before, *code, *after]]), "page.pdf").sections[0].text
    assert "restart whatever has come to a stand.\n" in text
    assert "\nrestart --now --all --even-those-that-run-well-and-need-none\ndone\n" in text
    assert "all of them have come up again, before you look" in text


def test_a_sentence_goes_on_in_letters_of_another_size():
    lines = [
        Line("この設定は、管理者が次の画面で変更したときにだけ有効になる場合", 72, 700, 500, 712, 10),
        Line("があります。", 72, 682, 140, 694, 12),
    ]
    assert paragraphs(lines) == ["この設定は、管理者が次の画面で変更したときにだけ有効になる場合があります。"]


def test_a_footnote_is_a_paragraph_of_its_own():
    notes = [
        Line("1 送料はお客様のご負担になりますので、あらかじめご了承ください。", 72, 100, 500, 110, 8, note=True),
        Line("2 離島を除きます。", 72, 90, 180, 100, 8, note=True),
    ]
    assert len(paragraphs(notes)) == 2


def test_notes_at_a_pages_foot_do_not_interrupt_a_sentence_that_goes_on():
    note = Line("1 Outside of Japan too.", 72, 100, 200, 108, 8, note=True)
    first = [Line("We repair whatever has come to harm within the first", 72, 700, 500, 709, 12), note]
    last = [Line("year of use. Call us.", 72, 760, 300, 769, 12)]
    sections = put_together(_parts(Book([Page(1, first), Page(2, last)])))
    assert [section.text for section in sections] == [
        "We repair whatever has come to harm within the first year of use.\n\n1 Outside of Japan too.",
        "Call us.",
    ]


def test_what_follows_a_short_item_is_no_part_of_it_but_what_stands_beside_it_is():
    lines = [
        Line("• 電源プラグを抜く", 72, 700, 190, 712, 12),
        Line("ふたを開ける前に、この順で必ず確かめてください。そのあとは次の", 72, 680, 500, 692, 12),
        Line("• 型番", 72, 660, 110, 672, 12),
        Line("2", 112, 657, 116, 663, 12),
    ]
    assert "\n".join(paragraphs(lines)).splitlines() == [
        "• 電源プラグを抜く",
        "ふたを開ける前に、この順で必ず確かめてください。そのあとは次の",
        "• 型番 2",
    ]


def test_digits_beside_japanese_make_no_table():
    texts = [
        "商品が届いてから 7 日以内にご連絡いただければ、全額を",
        "返金します。なお 2 回目からは手数料がかかることがある",
        "ため、先に 3 番の窓口へお問い合わせいただき、その上で",
    ]
    lines = [Line(text, 72, 700 - 18 * row, 500, 712 - 18 * row, 12, narrow=True) for row, text in enumerate(texts)]
    assert paragraphs(lines) == ["".join(texts)]


def test_titles_of_the_outline_are_found_over_lines_and_with_numbers_and_other_signs():
    lines = [
        "Introduction text.",
        "A.1 What should I do when the machine does",
        "not \\'start\\' at all?",
        "Call us.",
    ]
    data = with_outline(
        pdf([lines]), [("All about it", 1), ('What should I do when the machine does not "start" at all?', 1)]
    )
    last = read(data, "faq.pdf").sections[-1]
    assert last.headings[-1].startswith("What should I do")
    assert last.text == "Call us."


@pytest.mark.parametrize("cut", [False, True])
def test_heads_that_change_with_the_chapter_go_though_no_page_number_stands_in_them(cut):
    names = ["Cleaning the machine", "Grinding the beans", "Repairs and spare parts"]
    told = [f"It tells of {matter}." for matter in ("water", "scale", "mills", "sieves", "hinges", "prices")]
    heads = [
        f"CHAPTER {number}. {name.upper()[:10] + ELLIPSIS if cut else name}"
        for number, name in enumerate(names, start=1)
    ]
    pages = [[heads[number // 2], text] for number, text in enumerate(told)]
    entries = [("Manual", 1), *((name, 2 * number + 1) for number, name in enumerate(names))]
    result = read(with_outline(pdf(pages), entries), "manual.pdf")
    assert [section.text for section in result.sections] == told
