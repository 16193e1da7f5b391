"""The articles of Japanese rules are headings, though nothing but their names tells them from the text."""

import io
import shutil
import subprocess

import docx
import pytest

from ingest.printed.books import Line, Page
from ingest.printed.headings import found
from ingest.printed.paragraphs import paragraphs
from ingest.readers.reading import read
from ingest.texts.articles import articles

CHROMIUM = shutil.which("chromium")
RULES = [
    ("第1条（目的）", "この規則は、会員の利用について定める。"),
    ("第2条（休会）", "休会は、前月の十日までに届け出る。"),
    ("第3条の2（退会）", "退会は、当月の十日までに届け出る。"),
]
NAMES = [name for name, _ in RULES]


def headings_of(result):
    return [section.headings[-1] for section in result.sections if section.headings]


def test_articles_are_told_by_their_names_alone():
    lines = [line for article in RULES for line in article]
    assert articles(lines) == {0, 2, 4}
    assert articles(["第一条　【目的】", "この規則は…", "第十二条（休会）", "休会は…"]) == {0, 2}
    assert articles(["（目的）", "第１条　この規則は…", "（休会）", "第２条　休会は…"]) == {0, 2}


@pytest.mark.parametrize(
    "lines",
    [
        ["第1条（目的）", "この規則は…"],  # a single one
        ["第20条（年次有給休暇）の定めによる。", "第21条（特別休暇）を除く。"],
        ["（東京）", "本社で受け付ける。", "（大阪）", "支社で受け付ける。"],
    ],
)
def test_what_tells_of_an_article_is_none(lines):
    assert articles(lines) == set()


def test_paragraphs_that_name_articles_head_what_follows():
    page = "".join(f"<p>{line}</p>" for article in RULES for line in article)
    assert headings_of(read(f"<h1>会則</h1>{page}".encode(), "a.html")) == NAMES
    text = "\n\n".join(f"{name}\n{said}" for name, said in RULES)
    assert headings_of(read(f"会則\n\n{text}\n".encode(), "a.txt"))[-3:] == NAMES
    assert headings_of(read(text.replace("\n\n", "\n").encode(), "a.txt")) == NAMES
    document, buffer = docx.Document(), io.BytesIO()
    for line in (line for article in RULES for line in article):
        document.add_paragraph(line)
    document.save(buffer)
    assert headings_of(read(buffer.getvalue(), "a.docx")) == NAMES


def test_articles_that_a_paragraph_holds_part_none_of_the_others():
    page = "<p>第1条（目的）</p><p>この規則は…</p><p>届けは次による。\n第2条（休会）<br>休会は…</p>"
    assert headings_of(read(f"<h1>会則</h1>{page}".encode(), "a.html")) in ([], ["会則"])


def test_articles_of_a_printed_page_are_headings_in_letters_like_the_texts():
    lines, height = [], 760.0
    for name, said in RULES:
        for text in (name, said):
            lines.append(Line(text, 72, height, 72 + 12 * len(text), height + 10, 12))
            height -= 18
    assert [title for _, title, _ in found([Page(1, lines)])] == NAMES


def test_numbered_paragraphs_of_rules_are_no_cells_of_a_table():
    said = ["会員は、前月の十日までに届け出る。", "届けは書面による。", "電話では受け付けない。", "費用はかからない。"]
    lines = [
        Line(f"{number} {text}", 72, 700 - 18 * number, 72 + 12 * len(text), 710 - 18 * number, 12)
        for number, text in enumerate(said, start=2)
    ]
    assert "\n".join(paragraphs(lines)).splitlines() == [f"{number} {text}" for number, text in enumerate(said, 2)]
    wrapped = Line("必要がある。", 72, 592, 200, 602, 12)
    long = Line("6 休会が六か月を超えるときは、あらためて届け出て、事前に承認を受ける", 72, 610, 500, 620, 12)
    assert "承認を受ける必要がある。" in "\n".join(paragraphs([*lines, long, wrapped]))


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")
def test_rules_that_a_browser_has_printed_keep_their_articles_their_items_and_nothing_of_the_browser(tmp_path):
    items = "".join(
        f"<li>{mark}　{said}</li>" for mark, said in zip("一二三", ["住民票", "誓約書", "通勤届"], strict=True)
    )
    body = "".join(f"<p>{name}</p><p>{said}</p>" for name, said in RULES)
    page, printed = tmp_path / "rules.html", tmp_path / "rules.pdf"
    page.write_text(
        f"<meta charset=utf-8><title>会則</title><style>ol{{list-style:none}}</style>"
        f"<h1>会則</h1>{body}<ol>{items}</ol>"
    )
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={printed}", str(page)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    result = read(printed.read_bytes(), "rules.pdf")
    assert headings_of(result)[-3:] == NAMES
    assert result.sections[-1].text.replace("\u3000", " ").splitlines()[-3:] == ["一 住民票", "二 誓約書", "三 通勤届"]
    assert not any("rules.html" in section.text for section in result.sections)
