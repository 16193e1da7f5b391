"""The day of a document is what it says itself, in each format in its own way."""

from __future__ import annotations

import io
import json
import os
from datetime import UTC, date, datetime, timedelta

import docx
import openpyxl
import pytest
from archives_to_read import zipped
from embedders import FakeEmbedder

from ingest.metadata.days import day_of, stated
from ingest.pipeline import Order, Pipeline
from ingest.readers.reading import read
from ingest.settings import IngestSettings
from ingest.texts.extracts import Extract
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer


@pytest.mark.parametrize(
    "line",
    [
        "最終更新日 2024年5月1日",
        "更新日：２０２４年５月１日",
        "公開日：2023年1月1日　更新日：2024/5/1",
        "（ページの最終更新日：令和6年5月1日）",
        "2024.05.01更新",
        "■更新日時：2024-05-01 10:22",
        "Last updated: May 1, 2024",
        "Posted on January 3, 2023 | Last modified on 1 May 2024",
        "This page was last updated on May 1st, 2024.",
    ],
)
def test_a_line_that_is_marked_as_the_day_of_an_update_tells_it(line):
    assert stated(f"返品について\n{line}\n\nReturns") == "2024-05-01"


@pytest.mark.parametrize(
    "line",
    [
        "料金改定日 2022年4月1日",
        "最近の更新\n2024年5月1日 お知らせ",
        "The rules that were updated on May 1, 2024 hold for orders only.",
        "営業日 2024年5月1日",
        "更新日：2024年5月",
        "更新日：2024年13月1日",
        "更新日：1986年5月1日",
        "最終更新日：2023年5月1日\n最終更新日：2024年5月1日",
    ],
)
def test_what_is_another_day_or_none_tells_nothing(line):
    assert stated(line) is None


def test_a_day_that_is_yet_to_come_is_none():
    coming = datetime.now(UTC).date() + timedelta(days=3)
    assert day_of(coming) is None
    assert day_of(datetime.now(UTC)) == datetime.now(UTC).date().isoformat()


@pytest.mark.parametrize(
    ("value", "lang", "day"),
    [
        ("03/04/2024", "en", None),
        ("03/04/2024", None, None),
        ("03/04/2024", "fr", "2024-04-03"),
        ("25/04/2024", "en", "2024-04-25"),
        ("04/25/2024", "en", "2024-04-25"),
        ("03.04.2024", "en", "2024-04-03"),
        ("2024-04-03T23:10:00Z", None, "2024-04-03"),
        ("1712102400", None, "2024-04-03"),
        (1712102400000, None, "2024-04-03"),
        (date(2024, 4, 3), None, "2024-04-03"),
        ("April 2024", "en", None),
        (True, None, None),
    ],
)
def test_a_value_is_a_day_only_where_it_can_be_meant_in_one_way(value, lang, day):
    assert day_of(value, lang) == day


def of(extract: Extract) -> list[str | None]:
    return [section.updated or extract.updated for section in extract.sections]


PAGE = "<html><head>{head}</head><body><main><h1>Returns</h1><p>Within 30 days.</p></main>{foot}</body></html>"


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        (
            '<script type="application/ld+json">{"@graph":[{"@type":"WebPage",'
            '"dateModified":"2024-05-01T09:00:00+09:00"},{"@type":"Comment","dateModified":"2024-05-30"}]}</script>'
            '<meta name="last-modified" content="2020-01-01">',
            "",
        ),
        ('<meta property="article:modified_time" content="2024-05-01T00:00:00Z">', "Last updated: May 2, 2024"),
        (
            "",
            '<footer>Posted <time datetime="2020-01-01">x</time> '
            '<time itemprop="dateModified" datetime="2024-05-01">1 May</time></footer>',
        ),
        ("", '<footer><p>Updated: <time datetime="2024-05-01">yesterday</time></p></footer>'),
        ("", "<footer><dl><dt>最終更新日</dt><dd>2024年5月1日</dd></dl></footer>"),
    ],
)  # fmt: skip
def test_a_page_tells_it_in_its_head_or_in_its_text_the_most_explicit_first(head, foot):
    assert of(read(PAGE.format(head=head, foot=foot).encode(), "returns.html")) == ["2024-05-01"]


def test_a_list_of_articles_with_a_day_each_has_no_day_itself():
    foot = "<ul><li>A<br>Updated: May 1, 2024</li><li>B<br>Updated: May 2, 2024</li></ul>"
    assert of(read(PAGE.format(head="", foot=foot).encode(), "news.html"))[0] is None


def test_sections_that_each_name_their_day_have_it():
    text = "# FAQ\n\n## Is it free?\n\nYes.\n\n更新日：2024-05-01\n\n## Is it open?\n\nNo.\n\n更新日：2024-05-02\n"
    assert of(read(text.encode(), "faq.md")) == ["2024-05-01", "2024-05-02"]


def test_a_plain_text_or_an_answer_tells_it_in_a_line():
    assert of(read("返品について\n\n30日以内です。\n\n最終更新日：2024年5月1日\n".encode(), "a.txt")) == ["2024-05-01"]
    table = 'question,answer\nFree?,"Yes.\nLast updated: May 1, 2024"\nOpen?,No.\n'
    assert of(read(table.encode(), "faq.csv")) == ["2024-05-01", None]


@pytest.mark.parametrize(
    "front", ["updated: 2024-05-01\ndate: 2020-01-01", "last_modified: '2024-05-01'", "date: 2024-05-01 10:00:00 +0900"]
)
def test_front_matter_tells_it(front):
    assert of(read(f"---\n{front}\n---\n# Returns\n\nWithin 30 days.\n".encode(), "returns.md")) == ["2024-05-01"]


def test_rows_of_a_table_have_their_own_days():
    table = "質問,回答,最終更新日\nいくら?,500円,2024/5/1\nいつ?,9時,\nどこ?,東京,2024年5月2日\n"
    assert of(read(table.encode(), "faq.csv")) == ["2024-05-01", None, "2024-05-02"]


def test_records_of_json_have_their_own_days():
    records = [
        {"question": "Is it free?", "answer": "Yes.", "updated_at": "2024-05-01T10:00:00Z"},
        {"question": "Is it open?", "answer": "No.", "updated_at": None},
    ]
    assert of(read(json.dumps(records).encode(), "faq.json")) == ["2024-05-01", None]
    corpus = {"id": "1", "title": "Hours", "text": "From 9 to 18.", "meta": {"last_modified": "2024-05-01"}}
    assert of(read(json.dumps(corpus).encode(), "corpus.jsonl")) == ["2024-05-01"]


def test_word_and_excel_tell_when_they_were_saved_unless_their_text_says_more():
    held = io.BytesIO()
    made = docx.Document()
    made.add_paragraph("Within 30 days.")
    made.save(held)
    assert of(read(held.getvalue(), "a.docx")) == [None]  # the day is that of the library's template
    made.core_properties.modified = datetime(2024, 5, 1, 9, 0, tzinfo=UTC)
    held = io.BytesIO()
    made.save(held)
    assert of(read(held.getvalue(), "a.docx")) == ["2024-05-01"]
    made.add_paragraph("改訂日：2023年4月1日")
    held = io.BytesIO()
    made.save(held)
    assert set(of(read(held.getvalue(), "a.docx"))) == {"2023-04-01"}
    workbook = openpyxl.Workbook()
    workbook.active.append(["質問", "回答", "更新日"])
    workbook.active.append(["いくら?", "500円", date(2023, 4, 1)])
    workbook.active.append(["いつ?", "9時", None])
    held = io.BytesIO()
    workbook.save(held)
    assert of(read(held.getvalue(), "a.xlsx")) == ["2023-04-01", None]


def test_a_conversation_is_of_the_day_on_which_it_was_closed_and_a_mail_of_that_on_which_it_was_written():
    said = [
        {"role": "customer", "text": "Where is my parcel from last week?", "at": "2024-04-30T10:00:00Z"},
        {"role": "agent", "text": "It waits in the shop.", "at": "2024-05-01T10:00:00Z"},
    ]
    talk = {"conversation_id": "c1", "status": "resolved", "turns": said}
    assert of(read(json.dumps(talk).encode(), "log.jsonl")) == ["2024-05-01"]
    assert of(read(json.dumps(talk | {"closed_at": "2024-05-03"}).encode(), "log.jsonl")) == ["2024-05-03"]
    rows = "conversation_id,role,text,at\n" + "".join(
        f"c1,{each['role']},{each['text']},{each['at']}\n" for each in said
    )
    assert of(read(rows.encode(), "log.csv")) == ["2024-05-01"]
    ticket = {
        "id": 7,
        "status": "solved",
        "requester_id": 1,
        "comments": [
            {"author_id": 1, "public": True, "body": said[0]["text"], "created_at": said[0]["at"]},
            {"author_id": 2, "public": True, "body": said[1]["text"], "created_at": said[1]["at"]},
        ],
    }
    assert of(read(json.dumps([ticket]).encode(), "tickets.json")) == ["2024-05-01"]
    mail = "From: a@shop.example\nSubject: Hours\nDate: Wed, 01 May 2024 23:30:00 +0900\n\nWe are open from 9 to 18.\n"
    assert of(read(mail.encode(), "hours.eml")) == ["2024-05-01"]


def test_what_lies_in_an_archive_keeps_its_day_and_whom_it_is_for():
    page = "---\nupdated: 2024-05-01\naudience: staff\n---\n# Returns\n\nWithin 30 days.\n"
    extract = read(zipped({"a.md": page, "b.md": "# Hours\n\nFrom 9 to 18.\n"}), "all.zip")
    assert of(extract) == ["2024-05-01", None]
    assert [section.attributes.audience for section in extract.sections] == [("staff",), ()]


def test_the_days_of_files_count_for_nothing_and_passages_and_documents_keep_theirs(tmp_path):
    (tmp_path / "faq.csv").write_text("質問,回答,更新日\nいくら?,500円,2024/5/1\nいつ?,9時,\n", "utf-8")
    os.utime(tmp_path / "faq.csv", (1, 1_700_000_000))
    pipeline = Pipeline(IngestSettings(data=tmp_path / "data", readers=1), FakeEmbedder(), Analyzer())
    pipeline.run(Order([tmp_path / "faq.csv"]))
    generation = Generation.open(tmp_path / "data", Analyzer())
    assert [generation.passage(row).updated for row in range(2)] == ["2024-05-01", None]
    assert [document.updated for document in generation.documents.values()] == ["2024-05-01"]


def test_a_day_that_changes_alone_is_taken_in_without_embedding(tmp_path):
    pipeline = Pipeline(IngestSettings(data=tmp_path / "data", readers=1), FakeEmbedder(), Analyzer())
    for day in ("2024/5/1", "2024/5/2"):
        (tmp_path / "faq.csv").write_text(f"質問,回答,更新日\nいくら?,500円,{day}\n", "utf-8")
        report = pipeline.run(Order([tmp_path / "faq.csv"]))
    assert (report.changed, report.embedded) == (["faq.csv"], 0)
    assert Generation.open(tmp_path / "data", Analyzer()).passage(0).updated == "2024-05-02"
