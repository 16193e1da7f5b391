"""Presentations: what a reader of the slides sees, in their order, and where it stands."""

import io
import zipfile

import pytest
from archives_to_read import old_office, zipped
from decks import (
    body,
    cell,
    chart,
    chart_frame,
    deck,
    group,
    paragraph,
    points,
    series,
    shape,
    slide,
    smart_art,
    table,
    title,
)

from ingest.readers.reading import SUFFIXES, read
from knowledge.errors import UnreadableFile
from knowledge.passages import page_word


def told(*slides, **about):
    result = read(deck(*slides, **about), "manual.pptx")
    return [(section.page, section.headings, section.text) for section in result.sections]


def text_of(*shapes):
    return "\n\n".join(text for _, _, text in told(slide(title("A"), *shapes)))


def refusal(data, name="manual.pptx"):
    with pytest.raises(UnreadableFile) as raised:
        read(data, name)
    return raised.value.reason, str(raised.value)


def test_slides_are_told_under_their_titles_with_their_numbers_and_bullets_with_their_levels():
    lines = [paragraph("Unplug it"), paragraph("at the wall", 'lvl="1">'), paragraph("Brush the burrs")]
    numbered = [paragraph(step, "><a:buAutoNum type='arabicPeriod'/>") for step in ("Open it", "Fill in beans")]
    result = read(
        deck(
            slide(shape("Mill MH-200", 'type="ctrTitle"'), shape("Manual", 'idx="1"'), layout="title"),
            slide(title("Part 1"), layout="secHead"),
            slide(title("Cleaning"), shape(lines, 'idx="1"')),
            slide(title("Grinding"), shape([*numbered, paragraph("Never add water", "><a:buNone/>")], 'idx="1"')),
            core="An old name",
        ),
        "manual.pptx",
    )
    assert (result.title, result.kind) == ("Mill MH-200", "document")
    assert [(section.page, section.headings, section.text, section.anchor) for section in result.sections] == [
        (1, (), "- Manual", None),
        (3, ("Part 1", "Cleaning"), "- Unplug it\n  - at the wall\n- Brush the burrs", None),
        (4, ("Part 1", "Grinding"), "1. Open it\n2. Fill in beans\n\nNever add water", None),
    ]
    assert result.updated == "2026-05-01"  # when it was saved


@pytest.mark.parametrize(
    ("core", "title_told"), [("Mill manual", "Mill manual"), ("PowerPoint プレゼンテーション", "Cleaning")]
)
def test_without_a_cover_the_title_is_that_of_the_file_unless_nobody_gave_it_one(core, title_told):
    result = read(deck(slide(title("Cleaning"), body("Unplug it")), core=core), "a.pptx")
    assert result.title == title_told


def test_tables_are_told_row_by_row_with_the_names_of_their_columns():
    rows = (("Region", "2025", "2026"), ("Kanto", "500", "600"), ("Hokkaido", "900", "950"))
    assert text_of(table(*rows)) == "Region: Kanto; 2025: 500; 2026: 600\nRegion: Hokkaido; 2025: 900; 2026: 950"
    merged = (
        ("Plan", "Fee", "Note"),
        (cell("A", 'rowSpan="2"'), "500 yen", "monthly"),
        (cell("", 'vMerge="1"'), cell("900 yen all told", 'gridSpan="2"'), cell("", 'hMerge="1"')),
    )
    assert text_of(table(*merged)) == "Plan: A; Fee: 500 yen; Note: monthly\nPlan: A; Fee, Note: 900 yen all told"
    assert text_of(table(("Phone", "03-1234-5678"), ("Mail", "a@example.com"))) == (
        "Phone: 03-1234-5678\nMail: a@example.com"
    )


def test_what_asks_and_is_answered_makes_pairs():
    table_of_pairs = table(("質問", "回答"), ("返品できますか", "14日以内なら可能です。"))
    result = read(
        deck(
            slide(
                title("よくあるご質問"),
                body("Q. 送料はいくらですか？", "A. 500円です。", "Q. 丸洗いは？", "A. 不可です。"),
            ),
            slide(title("返品"), table_of_pairs),
        ),
        "faq.pptx",
    )
    assert result.kind == "faq"
    assert [(section.page, section.headings, section.question, section.text) for section in result.sections] == [
        (1, (), "送料はいくらですか？", "500円です。"),
        (1, (), "丸洗いは？", "不可です。"),
        (2, ("返品",), "返品できますか", "14日以内なら可能です。"),
    ]
    slides = [slide(title(f"{what}はできますか？"), body("はい。")) for what in ("返品", "交換", "取り置き")]
    assert {each.question for each in read(deck(*slides), "faq.pptx").sections} >= {"交換はできますか？"}


def test_shapes_are_read_by_their_places_columns_one_after_another():
    columns = (
        shape("Plan B", at=(5, 2, 3, 0.5)),
        shape("900 yen", at=(5, 2.6, 3, 2)),
        shape("500 yen", at=(1, 2.6, 3, 2)),
        shape("Plan A", at=(1, 2, 3, 0.5)),
    )
    assert text_of(*columns) == "Plan A\n\n500 yen\n\nPlan B\n\n900 yen"
    rows = [shape(text, at=at) for text, at in (("fill", (2, 4, 6, 1)), ("1", (1, 2, 0.8, 1)), ("2", (1, 4, 0.8, 1)))]
    assert text_of(*rows, shape("open", at=(2, 2, 6, 1))) == "1\n\nopen\n\n2\n\nfill"
    inside = group(shape("second", at=(4, 3, 1, 1)), shape("first", at=(1, 3, 1, 1)), at=(1, 5, 4, 1))
    assert text_of(inside, shape("above all", at=(1, 1, 4, 1))) == "above all\n\nfirst\n\nsecond"
    assert (
        text_of(shape("below", at=(1, 6.2, 8, 0.5)), body("placeholder")) == "- placeholder\n\nbelow"
    )  # by its layout


def test_diagrams_are_told_with_what_stands_below_what():
    data = points(doc=("order", "return"), order=("pay",))
    result = told(slide(title("A"), smart_art(), diagram=data))
    assert result == [(1, (), "- order\n  - pay\n- return")]


def chart_told(*series_of_it: str, **about: object) -> str:
    (said,) = told(slide(title("A"), chart_frame(), chart=chart(*series_of_it, **about)))
    return said[2]


def test_a_chart_is_told_as_a_table_of_its_categories_with_the_title_and_the_unit():
    years = ("2024年", "2025年")
    both = series("国内", (120, 135.5), years), series("海外", (30, None), years)
    assert chart_told(*both, title="売上の推移", unit="百万円") == (
        "売上の推移 (百万円)\n\n2024年; 国内: 120; 海外: 30\n2025年; 国内: 135.5"
    )
    shares = series("Share of orders", (0.75, 0.25), ("Web", "Telephone"), "0%")
    assert chart_told(shares, kind="pieChart") == (
        "Share of orders\n\nWeb; Share of orders: 75%\nTelephone; Share of orders: 25%"
    )
    assert chart_told(series("", (1500, 900), ("Kanto", "Hokkaido"), '#,##0"円"'), title="Fees") == (
        "Fees\n\nKanto | 1,500円\nHokkaido | 900円"
    )
    assert chart_told(series("Fee", (5,), ("M",)), title=None, below="Size") == "Size: M; Fee: 5"


def test_charts_with_levels_of_categories_days_and_points_are_told():
    levels = (
        '<c:cat><c:multiLvlStrRef><c:multiLvlStrCache><c:lvl><c:pt idx="0"><c:v>A</c:v></c:pt><c:pt idx="1"><c:v>B'
        '</c:v></c:pt></c:lvl><c:lvl><c:pt idx="0"><c:v>2025</c:v></c:pt></c:lvl></c:multiLvlStrCache>'
        "</c:multiLvlStrRef></c:cat><c:val>"
    )
    one = series("Sold", (3, 4)).replace("<c:val>", levels)
    assert chart_told(one, title=None) == "2025 > A; Sold: 3\n2025 > B; Sold: 4"
    days = series("Fee", (45_992, 46_023), shown_as="yyyy/m/d").replace("c:val>", "c:cat>").replace("</c:ser>", "")
    values = series("", (500, 600)).removeprefix("<c:ser>")
    assert chart_told(days + values, title=None) == "2025-12-01; Fee: 500\n2026-01-01; Fee: 600"
    at = series("Pump", (1, 2)).replace("c:val>", "c:xVal>").replace("</c:ser>", "")
    reached = series("", (10, 20)).replace("c:val>", "c:yVal>").removeprefix("<c:ser>")
    assert chart_told(at + reached, title="Pressure", kind="scatterChart") == (
        "Pressure\n\nPump; x: 1; y: 10\nPump; x: 2; y: 20"
    )
    assert chart_told(at + reached, title="Pressure", kind="scatterChart", unit="Litres").endswith("Litres: 2; y: 20")


def test_of_a_curve_of_many_points_the_names_are_told_and_series_that_were_filtered_out_are_not():
    assert chart_told(series("Load", range(101)), series("Heat", range(101)), title="A day") == "A day\n\nLoad\n\nHeat"
    hidden = series("Secret", (9,), ("M",))
    kept = series("Fee", (5,), ("M",)) + f"<c:extLst><c:ext><c:filtered>{hidden}</c:filtered></c:ext></c:extLst>"
    assert chart_told(kept, title=None) == "M; Fee: 5"


def test_comments_of_reviewers_are_not_read():
    comment = "<p:cmLst><p:cm><p:text>Is this price still right?</p:text></p:cm></p:cmLst>"
    newer = '<p188:cmLst xmlns:p188="http://schemas.microsoft.com/office/powerpoint/2018/8/main"/>'
    parts = {"ppt/comments/comment1.xml": comment, "ppt/comments/modernComment_1.xml": newer}
    related = (("comments", "../comments/comment1.xml"), ("comments", "../comments/modernComment_1.xml"))
    data = deck(slide(title("A"), shape("5 yen"), related=related), changed=parts)
    assert [section.text for section in read(data, "a.pptx").sections] == ["5 yen"]


def test_what_no_reader_sees_is_left_out():
    struck = shape([paragraph("8,000 yen", look='strike="sngStrike"'), paragraph("7,000 yen")])
    assert text_of(struck, shape("hidden", more='hidden="1"'), shape("parked", at=(20, 1, 2, 1))) == "7,000 yen"
    number = '<a:p><a:fld id="{1}" type="slidenum"><a:t>7</a:t></a:fld><a:r><a:t>of the manual</a:t></a:r></a:p>'
    assert text_of(shape([number])) == "of the manual"
    assert text_of(shape("2026", 'type="dt" idx="10"'), shape("7", 'type="sldNum" idx="12"'), shape("text")) == "text"
    newer = f"<mc:AlternateContent><mc:Choice Requires='p14'>{shape('new')}</mc:Choice>"
    assert text_of(f"{newer}<mc:Fallback>{shape('old')}</mc:Fallback></mc:AlternateContent>") == "new"


def test_hidden_slides_are_left_out_and_told_and_count_all_the_same():
    data = deck(
        slide(title("A"), body("a")), slide(title("B"), body("secret"), show=False), slide(title("C"), body("c"))
    )
    result = read(data, "manual.pptx")
    assert [(section.page, section.text) for section in result.sections] == [(1, "- a"), (3, "- c")]
    assert result.warnings == ["Hidden slides were left out: 2. Show them to have them read."]


def test_what_stands_on_every_slide_is_no_text_but_may_say_whom_that_is_for():
    mark = shape("© Shop 社外秘", at=(7, 6.5, 2, 0.3))
    slides = [slide(title(name), body(f"All about {name}"), mark) for name in ("mills", "kettles", "pots")]
    result = read(deck(*slides, on_master=shape("Shop Inc.")), "manual.pptx")
    assert [section.text for section in result.sections] == [
        f"- All about {name}" for name in ("mills", "kettles", "pots")
    ]
    assert set(result.beside) == {"© Shop 社外秘", "Shop Inc."}
    moved = [shape("Next", at=(place, 3, 1, 1)) for place in (1, 4, 7)]  # labels on pictures
    assert [text for *_, text in told(*(slide(title(str(n)), label) for n, label in enumerate(moved)))] == ["Next"] * 3


def test_the_list_of_contents_is_left_out():
    names = ("Cleaning", "Grinding", "Prices")
    slides = [slide(title(name), body(f"All about {name}")) for name in names]
    contents = slide(title("Contents"), body("1. Cleaning", "2. Grinding ... 3", "Prices"))
    assert [page for page, *_ in told(contents, *slides)] == [2, 3, 4]


def test_large_letters_at_the_top_are_the_title_where_none_is_marked():
    large = shape([paragraph("Warranty", look='sz="3200"')], at=(1, 0.5, 8, 1))
    small = shape([paragraph("One year.", look='sz="1800"')], at=(1, 2, 8, 1))
    assert told(slide(title("A"), body("a")), slide(small, large, layout="blank")) == [
        (1, (), "- a"),
        (2, ("Warranty",), "One year."),
    ]


def test_pictures_without_words_are_told():
    result = read(deck(slide(title("A"), body("a")), slide(title("B"), "<p:pic/>")), "manual.pptx")
    assert result.warnings == [
        "Slides that hold a picture and no text were left out: 2. To have pictures read by text recognition (OCR), "
        "save it as .pdf."
    ]


def test_every_kind_of_presentation_is_read_and_the_older_ones_are_refused_in_words():
    endings = [ending for ending, reader in SUFFIXES.items() if reader == "pptx"]
    assert endings == [".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"]
    for ending in endings:
        assert read(deck(slide(title("A"), body("a"))), f"manual{ending}").sections[0].page == 1
    assert refusal(old_office(with_password=False), "manual.ppt") == (
        "unsupported",
        "Files ending in .ppt are not read. Save it as .pptx.",
    )
    assert refusal(old_office(with_password=False))[0] == "not-this-format"
    assert refusal(old_office(with_password=True))[0] == "encrypted"


def test_a_page_of_a_presentation_is_called_a_slide_wherever_that_lies():
    data = deck(slide(title("A"), body("a")))
    (section,) = read(zipped({"manuals/mill.pptx": data}), "all.zip").sections
    assert (section.page, page_word("all.zip", section.anchor)) == (1, "slide")
    assert page_word("https://shop.example/mill.PPSX?v=2", None) == "slide"
    assert page_word("mill.pdf", "pptx") == "page"


def test_measures_that_other_programs_write_cost_only_the_place():
    odd = shape("odd", at=(1, 5, 1, 1)).replace('x="914400"', 'x="2.54cm"')
    data = deck(slide(title("A"), odd, shape("even", at=(1, 2, 1, 1))))
    main = {"ppt/presentation.xml": zipfile.ZipFile(io.BytesIO(data)).read("ppt/presentation.xml")}
    main["ppt/presentation.xml"] = main["ppt/presentation.xml"].replace(b'cx="', b'cx="1.')
    (section,) = read(deck(slide(title("A"), odd, shape("even", at=(1, 2, 1, 1))), changed=main), "a.pptx").sections
    assert section.text == "odd\n\neven"


def test_a_broken_or_hostile_presentation_is_refused_in_words():
    good = slide(title("A"), body("a"))
    assert refusal(deck(good)[:-40])[0] == "damaged"
    assert refusal(deck(good, changed={"ppt/_rels/presentation.xml.rels": "<Relationships/>"}))[0] == "damaged"
    assert refusal(deck(good, changed={"ppt/slides/slide1.xml": "<p:sld"}))[0] == "damaged"
    entities = '<!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>'
    assert refusal(deck(good, changed={"ppt/slides/slide1.xml": entities}))[0] == "damaged"
    assert refusal(zipped({"[Content_Types].xml": "<Types/>", "a.xml": "<a/>"}))[0] == "not-this-format"
    nested = shape("deep", at=(1, 1, 1, 1))
    for _ in range(200):
        nested = group(nested)
    assert refusal(deck(slide(nested)))[0] == "no-text"


def test_of_the_lines_of_a_box_those_in_bold_are_questions_and_the_others_are_not():
    asked = [("Can it be washed?", 'b="1"'), ("Only the lid.", ""), ("Is it loud?", 'b="1"'), ("No. Why ask?", "")]
    plain = [(words, "") for words, _ in asked]
    for lines, pairs in ((asked, ["Can it be washed?", "Is it loud?"]), (plain, [])):
        ended = "<a:r><a:rPr/><a:t> </a:t></a:r></a:p>"  # what is typed behind a word and seen by nobody
        typed = [paragraph(words, look=look).replace("</a:p>", ended) for words, look in lines]
        box = shape(typed, at=(1, 2, 8, 4))
        sections = read(deck(slide(title("Kettle"), box)), "manual.pptx").sections
        assert [section.question for section in sections if section.question] == pairs


def test_small_digits_above_a_line_are_told_as_such():
    lines = [paragraph("3", look='baseline="30000"'), paragraph("2", look='baseline="-25000"')]
    assert text_of(shape(lines)).split() == ["³", "2"]
