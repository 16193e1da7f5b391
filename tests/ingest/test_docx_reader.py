import io
import re

import docx
import pytest
from archives_to_read import old_office, repacked, zipped
from decks import chart, series
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt

from ingest.readers.reading import read
from ingest.workers.isolation import ReadingPool
from knowledge.errors import UnreadableFile


def saved(document):
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def manual(title=""):
    document = docx.Document()
    document.core_properties.title = title
    return document


def filled(document, *rows):
    """A table of these rows."""
    made = document.add_table(0, len(rows[0]))
    for row in rows:
        for cell, text in zip(made.add_row().cells, row, strict=True):
            cell.text = text
    return made


def refusal(data):
    with pytest.raises(UnreadableFile) as told:
        read(data, "manual.docx")
    return told.value.reason


def test_headings_lists_and_tables_keep_their_order_and_their_place():
    document = manual("Mill manual")
    document.add_heading("Cleaning", 1)
    document.add_paragraph("Unplug the mill first.")
    for step in ("Open the lid", "Brush the burrs"):
        document.add_paragraph(step, "List Number")
    document.add_paragraph("Never use water", "List Bullet")
    document.add_heading("Parts", 2)
    filled(document, ("Part", "Price"), ("Burr", "1,200 yen"), ("Lid", "300 yen"))
    result = read(saved(document), "manual.docx")
    assert (result.title, result.kind) == ("Mill manual", "document")
    assert [(section.headings, section.anchor, section.text) for section in result.sections] == [
        (
            ("Cleaning",),
            "cleaning",
            "Unplug the mill first.\n\n1. Open the lid\n2. Brush the burrs\n- Never use water",
        ),
        (("Cleaning", "Parts"), "parts", "Part: Burr; Price: 1,200 yen\nPart: Lid; Price: 300 yen"),
    ]


def test_headings_that_ask_make_a_faq():
    document = manual()
    document.add_heading("よくあるご質問", 0)
    for question, answer in (
        ("返品できますか？", "14日以内なら可能です。"),
        ("送料はいくらですか？", "全国一律500円です。"),
    ):
        document.add_heading(question, 1)
        document.add_paragraph(answer)
    result = read(saved(document), "faq.docx")
    assert (result.title, result.kind) == ("よくあるご質問", "faq")
    assert [(section.question, section.text) for section in result.sections] == [
        ("返品できますか？", "14日以内なら可能です。"),
        ("送料はいくらですか？", "全国一律500円です。"),
    ]


def test_a_table_of_questions_and_answers_makes_a_faq():
    document = manual()
    filled(
        document,
        ("No", "質問", "回答"),
        ("1", "返品は？", "可能です。\n14日以内に。"),
        ("2", "送料は？", "500円です。"),
    )
    result = read(saved(document), "faq.docx")
    assert result.kind == "faq"
    assert [(section.question, section.text) for section in result.sections] == [
        ("返品は？", "可能です。\n14日以内に。"),
        ("送料は？", "500円です。"),
    ]


def test_merged_cells_are_said_where_they_stand():
    document = manual()
    rates = filled(document, ("Region", "Size", "Price"), ("North", "S", "500"), ("", "M", "700"))
    rates.cell(1, 0).merge(rates.cell(2, 0))
    assert read(saved(document), "rates.docx").sections[0].text == (
        "Region: North; Size: S; Price: 500\nRegion: North; Size: M; Price: 700"
    )


def test_a_title_that_spans_a_table_names_no_column():
    document = docx.Document()
    names = ("Model", "Serial number", "Since")
    rows = [("", "", ""), names, ("P-9", "TB44", "May"), ("P-8", "TB39", "June")]
    table = filled(document, *rows)
    table.cell(0, 0).merge(table.cell(0, 2)).text = "Pumps covered"
    for row in table.rows[:2]:
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    assert read(saved(document), "contract.docx").sections[0].text == (
        "Pumps covered\n\nModel: P-9; Serial number: TB44; Since: May\nModel: P-8; Serial number: TB39; Since: June"
    )


def test_a_style_that_rests_on_a_heading_is_one():
    document = manual()
    style = document.styles.add_style("見出し・社内", WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Heading 1"]
    document.add_paragraph("Returns", "見出し・社内")
    document.add_paragraph("Thirty days.")
    document.add_heading("Shipping", 1)
    document.add_paragraph("Free.")
    assert [section.headings for section in read(saved(document), "a.docx").sections] == [("Returns",), ("Shipping",)]


def test_what_was_struck_out_is_not_read_and_what_was_added_is():
    document = manual()
    document.add_paragraph("KEPT")
    changed = repacked(
        saved(document),
        document=lambda xml: xml.replace(
            "<w:r><w:t>KEPT</w:t></w:r>",
            "<w:del><w:r><w:delText>ten days</w:delText></w:r></w:del><w:ins><w:r><w:t>thirty</w:t></w:r></w:ins>"
            "<w:r><w:t xml:space='preserve"
            "'> days</w:t><w:ruby><w:rt><w:r><w:t>ふり</w:t></w:r></w:rt>"
            "<w:rubyBase><w:r><w:t>、返品</w:t></w:r></w:rubyBase></w:ruby></w:r>",
        ),
    )
    assert read(changed, "a.docx").sections[0].text == "thirty days、返品"


def test_text_in_content_controls_and_boxes_is_read_once_and_the_contents_are_not():
    document = manual()
    document.styles.add_style("toc 1", WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("Returns ..... 2", "toc 1")
    document.add_paragraph("KEPT")
    box = "<w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent>"
    space = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    changed = repacked(
        saved(document),
        document=lambda xml: xml.replace(
            "<w:p><w:r><w:t>KEPT</w:t></w:r></w:p>",
            "<w:sdt><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
            f"<w:p><w:r><mc:AlternateContent {space}><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
            "</mc:AlternateContent></w:r></w:p>",
        ),
    )
    assert read(changed, "a.docx").sections[0].text == "In a control.\n\nIn a box."


def test_charts_are_told_where_they_stand_and_comments_are_not():
    document = manual()
    document.add_heading("Fees", 1)
    paragraph = document.add_paragraph("By region:")
    document.add_comment(paragraph.runs, "Is this still right?", author="Reviewer")
    made = chart(series("Yen", (500, 900), ("Kanto", "Hokkaido"), "#,##0"), title="Delivery").encode()
    part = Part(PackURI("/word/charts/chart1.xml"), "application/xml", made, document.part.package)
    drawn = document.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    document.add_paragraph("").add_run()._r.append(
        parse_xml(
            f'<w:drawing {nsdecls("w", "a", "c", "r")}><a:graphic><a:graphicData><c:chart r:id="{drawn}"/>'
            "</a:graphicData></a:graphic></w:drawing>"
        )
    )
    document.add_paragraph("Islands cost more.")
    (section,) = read(saved(document), "a.docx").sections
    told = "Delivery\n\nKanto; Yen: 500\nHokkaido; Yen: 900"
    assert section.text == f"By region:\n\n{told}\n\nIslands cost more."
    box = "<w:txbxContent>{}</w:txbxContent>"
    chart_of = re.compile(r"<w:p>(?:(?!<w:p>).)*?<c:chart.*?</w:p>", re.DOTALL)
    boxed = repacked(
        saved(document),
        document=lambda xml: chart_of.sub(lambda found: f"<w:p><w:r>{box.format(found[0])}</w:r></w:p>", xml),
    )
    assert read(boxed, "a.docx").sections[0].text == section.text, "told once, in a box too"


def test_without_a_title_the_file_name_serves():
    document = docx.Document()
    document.core_properties.title = "Microsoft Word - draft3.doc"
    document.add_paragraph("Text.")
    assert read(saved(document), "rules.docx").title == "rules"


def test_documents_that_cannot_be_read_say_why():
    whole = saved(manual())
    assert refusal(old_office(with_password=True)) == "encrypted"
    assert refusal(old_office(with_password=False)) == "not-this-format"
    assert refusal(whole[:-200]) == "damaged"
    assert refusal(zipped({"a.txt": "text"})) == "not-this-format"
    assert refusal(b"%PDF-1.4\n") == "not-this-format"
    assert refusal(repacked(whole, document=lambda xml: xml[:-20])) == "damaged"
    assert (
        refusal(repacked(whole, document=lambda xml: xml.replace("<w:document", "<!DOCTYPE a><w:document", 1)))
        == "damaged"
    )
    assert refusal(whole) == "no-text"


def test_a_document_that_needs_too_much_memory_is_given_up_in_its_child(tmp_path):
    paragraphs = "".join(f"<w:p><w:r><w:t>{number:x}</w:t></w:r></w:p>" for number in range(400_000))
    path = tmp_path / "fat.docx"
    path.write_bytes(repacked(saved(manual()), document=lambda xml: xml.replace("<w:body>", f"<w:body>{paragraphs}")))
    with ReadingPool(workers=1, memory_mb=150) as pool:
        ((_, told),) = pool.read_all([("fat", path, "auto")])
    assert isinstance(told, UnreadableFile)
    assert told.reason == "too-much-memory"


def test_paragraphs_in_bold_are_headings_and_questions_and_hidden_words_are_not_read():
    document = manual()
    for heading, text in (("Arriving", "Come to gate B."), ("Leaving", "Hand in the badge.")):
        document.add_paragraph().add_run(heading).bold = True
        document.add_paragraph(text)
    for question, text in (("Is breakfast included?", "Yes."), ("Where do I park?", "Behind the barn.")):
        document.add_paragraph().add_run(question).bold = True
        document.add_paragraph(text).add_run(" Budget code 88.").font.hidden = True
    result = read(saved(document), "manual.docx")
    assert [(each.headings, each.question, each.text) for each in result.sections] == [
        (("Arriving",), None, "Come to gate B."),
        (("Leaving",), None, "Hand in the badge."),
        (("Leaving",), "Is breakfast included?", "Yes."),
        (("Leaving",), "Where do I park?", "Behind the barn."),
    ]


def test_a_table_may_have_an_empty_corner():
    document = manual()
    filled(document, ("", "Weekday", "Weekend"), ("Tour", "8", "10"))
    assert [each.text for each in read(saved(document), "manual.docx").sections] == ["Tour; Weekday: 8; Weekend: 10"]


def test_every_question_of_a_table_below_another_question_has_its_own_answer():
    document = manual()
    document.add_heading("FAQ", 1)
    for question in ("未成年も申し込めますか？", "審査は何日ですか？"):
        document.add_heading(question, 2)
        document.add_paragraph("はい。")
    filled(document, ("質問", "回答"), ("解約金は", "ありません。"), ("名義変更の費用は", "1,100円です。"))
    result = read(saved(document), "manual.docx")
    assert [(each.question, each.text, each.headings) for each in result.sections][2:] == [
        ("解約金は", "ありません。", ("FAQ",)),
        ("名義変更の費用は", "1,100円です。", ("FAQ",)),
    ]


def test_a_note_is_read_below_the_paragraph_that_it_explains():
    document = manual()
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    notes = (
        f"<w:footnotes {word}><w:footnote w:type='separator' w:id='0'><w:p/></w:footnote>"
        "<w:footnote w:id='2'><w:p><w:r><w:t>Free with Care Plus.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/footnotes.xml"), kind, notes.encode(), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    document.add_paragraph("A repair costs 25 dollars.NOTE")
    document.add_paragraph("It takes two days.")
    changed = repacked(
        saved(document),
        document=lambda xml: xml.replace("NOTE</w:t></w:r>", '</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'),
    )
    (section,) = read(changed, "a.docx").sections
    assert section.text == "A repair costs 25 dollars.\n\nFree with Care Plus.\n\nIt takes two days."


def in_bold(document, text, size=None):
    run = document.add_paragraph().add_run(text)
    run.bold = True
    run.font.size = Pt(size) if size else None


def test_headings_in_bold_stand_above_one_another_by_the_size_of_their_letters():
    document = manual()
    in_bold(document, "Kiosk manual", 22)
    in_bold(document, "Hardware", 16)
    in_bold(document, "Tablets", 13)
    document.add_paragraph("Keep the tablet on power.")
    in_bold(document, "Cards", 13)
    document.add_paragraph("The reader costs $79.")
    in_bold(document, "Retention", 16)
    document.add_paragraph("Photos are kept for 90 days.")
    result = read(saved(document), "manual.docx")
    assert result.title == "Kiosk manual"
    assert [(section.headings, section.text) for section in result.sections] == [
        (("Kiosk manual", "Hardware", "Tablets"), "Keep the tablet on power."),
        (("Kiosk manual", "Hardware", "Cards"), "The reader costs $79."),
        (("Kiosk manual", "Retention"), "Photos are kept for 90 days."),
    ]


def test_what_does_not_ask_among_questions_in_bold_holds_no_other_question():
    document = manual()
    in_bold(document, "Account", 16)
    asked = ("I forgot my password", "Can I use SMS?", "How do I sign in?", "My account is locked", "Who is the owner?")
    for question in asked:
        in_bold(document, question)
        document.add_paragraph(f"An answer to {len(question)}.")
    result = read(saved(document), "help.docx")
    assert [(section.headings, section.question) for section in result.sections] == [
        (("Account",), question) for question in asked
    ]


def test_rows_that_were_struck_out_and_letters_that_a_style_hides_or_strikes_through_are_not_read():
    document = manual()
    document.styles.add_style("Note to us", WD_STYLE_TYPE.PARAGRAPH).font.hidden = True
    document.styles.add_style("Ours", WD_STYLE_TYPE.CHARACTER).font.hidden = True
    document.add_paragraph("The lowest price is 35.", "Note to us")
    document.add_paragraph("It takes two weeks.").add_run(" Or three.", "Ours")
    price = document.add_paragraph("The fee is ")
    price.add_run("$80 ").font.strike = True
    price.add_run("$70.")
    shown = document.add_paragraph(style="Note to us").add_run("Shown after all.")
    shown.font.hidden = False
    cities = filled(document, ("Region", "City"), ("EU", "Frankfurt"), ("US", "Dallas"))
    struck = OxmlElement("w:del")
    cities.rows[2]._tr.get_or_add_trPr().append(struck)
    assert [section.text for section in read(saved(document), "terms.docx").sections] == [
        "It takes two weeks.\n\nThe fee is $70.\n\nShown after all.\n\nRegion: EU; City: Frankfurt"
    ]


def test_a_table_that_goes_on_below_a_break_keeps_the_names_of_its_columns():
    document = manual()

    def table(*rows):
        filled(document, *rows)
        document.add_page_break()

    table(("Code", "Meaning", "Do"), ("E1", "door open", "close it"), ("E2", "no water", "fill it"))
    table(("E3", "too hot", "let it cool"), ("E4", "no power", "plug it in"))
    table(("Code", "Meaning", "Do"), ("E5", "stuck", "call us"))
    table(("Plan", "Price", "Staff"), ("Team", "$3.50", "50"))
    document.add_paragraph("These are sold in shops:")
    table(("Shop 1", "Shop 2", "Shop 3"), ("Ulm", "Bonn", "Kiel"))
    assert read(saved(document), "codes.docx").sections[0].text.replace("\n\n", "\n").splitlines() == [
        "Code: E1; Meaning: door open; Do: close it",
        "Code: E2; Meaning: no water; Do: fill it",
        "Code: E3; Meaning: too hot; Do: let it cool",
        "Code: E4; Meaning: no power; Do: plug it in",
        "Code: E5; Meaning: stuck; Do: call us",
        "Plan: Team; Price: $3.50; Staff: 50",
        "These are sold in shops:",
        "Shop 1: Ulm; Shop 2: Bonn; Shop 3: Kiel",
    ]


def test_a_paragraph_whose_end_was_struck_out_goes_on_in_the_next():
    document = manual()
    for text, style in (("Old rules", None), ("Support", "Heading 1"), ("It is ", None), ("included.", None)):
        document.add_paragraph(text, style)
    first, _, third, _ = document.paragraphs
    for paragraph in (first, third):
        marks = paragraph._p.get_or_add_pPr()
        marks.append(OxmlElement("w:rPr"))
        marks[-1].append(OxmlElement("w:del"))
    struck = OxmlElement("w:del")
    struck.append(first.runs[0]._r)
    first._p.append(struck)
    assert [(section.headings, section.text) for section in read(saved(document), "a.docx").sections] == [
        (("Support",), "It is included.")
    ]


def test_code_keeps_its_lines_and_their_indentation():
    document = manual()
    document.add_paragraph("Write this:")
    document.styles.add_style("Code", WD_STYLE_TYPE.PARAGRAPH)
    for line in ("server:", "  port: 8000", "", "\tlog: debug  # 詳しく"):
        document.add_paragraph(line, "Code")
    document.add_paragraph("Or in Python:")
    for line in ("def f():", "    # 計算する", "    return 1"):
        document.add_paragraph().add_run(line).font.name = "Courier New"
    document.add_paragraph("Save it.", "List Bullet")
    document.add_paragraph("make", "Code")
    for text in ("Done.", "料金は500円です。", "年額です。"):  # some people write all their words in such letters
        document.add_paragraph().add_run(text).font.name = "Courier New" if text != "Done." else None
    (section,) = read(saved(document), "a.docx").sections
    assert section.text.split("\n\n") == [
        "Write this:",
        "server:\n  port: 8000",
        "    log: debug  # 詳しく",
        "Or in Python:",
        "def f():\n    # 計算する\n    return 1",
        "- Save it.",
        "make",
        "Done.",
        "料金は500円です。",
        "年額です。",
    ]


def test_small_digits_above_a_line_are_no_digits_of_it():
    document = manual()
    paragraph = document.add_paragraph("A pool of 10")
    for raised, after in (("3", " litres costs 65"), ("1", " pounds.")):
        paragraph.add_run(raised).font.superscript = True
        paragraph.add_run(after)
    paragraph.add_run("2").font.subscript = True
    assert read(saved(document), "pools.docx").sections[0].text == "A pool of 10³ litres costs 65¹ pounds.2"
