"""The numbers that Word draws are read: of headings, of articles and of lists within one another."""

import io

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from ingest.readers.reading import read
from ingest.word.lists import _FORMATS


def numbered(document, number, *levels):
    """A list of the document whose levels look so: what its numbers are, and the text with them."""
    told = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{looks}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for depth, (looks, text) in enumerate(levels)
    )
    element = document.part.numbering_part.element
    element.insert(0, parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{number}">{told}</w:abstractNum>'))
    element.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'))


def add(document, text, number=None, depth=0, style=None):
    paragraph = document.add_paragraph(text, style)
    if number is not None:
        paragraph._p.get_or_add_pPr().append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>')
        )


def sections(document):
    data = io.BytesIO()
    document.save(data)
    return read(data.getvalue(), "rules.docx").sections


def test_headings_are_told_with_their_numbers():
    document = docx.Document()
    numbered(document, 90, ("upperRoman", "Part %1"), ("decimal", "Section %1-%2"), ("decimal", "Section %2.%3"))
    for part, names in (("Members", ("Who may join", "Leaving")), ("Claims", ("Form", "Time limit"))):
        add(document, part, 90, 0, "Heading 1")
        for name in names:
            add(document, name, 90, 1, "Heading 2")
            add(document, f"All about {name.lower()}.")
    assert [section.headings for section in sections(document)] == [
        ("Part I Members", "Section I-1 Who may join"),
        ("Part I Members", "Section I-2 Leaving"),
        ("Part II Claims", "Section II-1 Form"),
        ("Part II Claims", "Section II-2 Time limit"),
    ]
    assert sections(document)[0].anchor == "who-may-join"
    legal = document.part.numbering_part.element.findall(f".//{qn('w:lvl')}")[1]
    legal.insert(2, parse_xml(f"<w:isLgl {nsdecls('w')}/>"))
    assert [section.headings[-1] for section in sections(document)][-1] == "Section 2-2 Time limit"


def test_articles_are_told_with_their_numbers():
    document = docx.Document()
    numbered(document, 90, ("decimal", "第%1条"), ("decimalFullWidth", "%2"))
    for name, text in (("目的", "この規程は、利用について定める。"), ("申込み", "窓口で申し込む。")):
        add(document, f"（{name}）")
        add(document, text, 90)
    add(document, "前項の申込みは、電話でもできる。", 90, 1)
    first, second = sections(document)
    assert (first.headings, first.text) == (("（目的）",), "第1条　この規程は、利用について定める。")
    assert second.headings == ("（申込み）",)
    assert second.text.splitlines() == ["第2条　窓口で申し込む。", "", "  1. 前項の申込みは、電話でもできる。"]


def test_numbers_of_several_levels_are_those_that_a_text_refers_to():
    document = docx.Document()
    numbered(document, 90, ("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)"))
    for text, depth in (("Booking", 0), ("By telephone.", 1), ("A deposit is due within", 1), ("a week, or", 2)):
        add(document, text, 90, depth)
    for text, depth in (("Cancellation", 0), ("See 1.2.", 1)):
        add(document, text, 90, depth)
    assert sections(document)[0].text.splitlines() == [
        "1. Booking",
        "  1.1 By telephone.",
        "  1.2 A deposit is due within",
        "    1. a week, or",
        "2. Cancellation",
        "  2.1 See 1.2.",
    ]


@pytest.mark.parametrize(
    ("looks", "told"),
    [
        ("lowerLetter", ["a", "z", "aa"]),
        ("upperRoman", ["I", "XXVI", "XXVII"]),
        ("japaneseCounting", ["一", "二十六", "二十七"]),
        ("aiueoFullWidth", ["ア", "ハ", "ヒ"]),
        ("decimalFullWidth", ["１", "２６", "２７"]),
        ("decimalEnclosedCircle", ["①", "26", "27"]),
        ("decimalZero", ["01", "26", "27"]),
    ],
)
def test_numbers_look_as_word_draws_them(looks, told):
    assert [_FORMATS[looks](number) for number in (1, 26, 27)] == told


def test_a_profile_of_two_columns_is_told_by_its_names():
    document = docx.Document()
    grid = document.add_table(0, 2)
    rows = [("名称", "市民会館"), ("休館日", "毎月第3月曜日"), ("所在地", "帯広市西5条"), ("電話", "0155-55-1212")]
    for row in rows:
        for cell, text in zip(grid.add_row().cells, row, strict=True):
            cell.text = text
    assert sections(document)[0].text.splitlines() == [": ".join(row) for row in rows]
    for run in [run for cell in grid.rows[0].cells for run in cell.paragraphs[0].runs]:
        run.bold = True
    assert sections(document)[0].text.splitlines()[0] == "名称: 休館日; 市民会館: 毎月第3月曜日"


@pytest.mark.parametrize(
    "rows",
    [
        [("資格", "月額"), ("看護師", "25,000円"), ("栄養士", "9,000円"), ("介護士", "12,000円")],
        [("表示", "内容"), ("F1", "センサーの異常"), ("F2", "断水"), ("F3", "排水の異常")],
        [
            ("用語", "意味"),
            ("休会", "一時的に会を休むことをいう。"),
            ("退会", "会をやめることをいいます。"),
            ("入会", "会に入ることをいいます。"),
        ],
    ],
)
def test_two_columns_below_names_are_told_with_them(rows):
    document = docx.Document()
    grid = document.add_table(0, 2)
    for row in rows:
        for cell, text in zip(grid.add_row().cells, row, strict=True):
            cell.text = text
    names = rows[0]
    assert sections(document)[0].text.splitlines() == [f"{names[0]}: {a}; {names[1]}: {b}" for a, b in rows[1:]]
