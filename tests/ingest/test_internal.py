"""What a document says of itself: for customers, or for the company's own people."""

from __future__ import annotations

import io

import docx
import pytest
from archives_to_read import zipped
from paper import pdf

from ingest.metadata.internal import marked
from ingest.pipeline import Order, Pipeline
from ingest.readers.reading import read
from ingest.settings import IngestSettings
from ingest.texts.extracts import Extract, Section
from knowledge.embedding.embeddings import open_embedder
from knowledge.filters import Filters
from knowledge.language.analysis import Analyzer
from knowledge.passages import Attributes
from knowledge.searching.live import LiveKnowledge
from knowledge.staff import instructs_staff, is_for_staff

STEPS = "Look up the parcel, and book a new one."


def audiences(extract: Extract) -> list[tuple[str, ...]]:
    return [section.attributes.audience for section in marked(extract).sections]


@pytest.mark.parametrize(
    "title",
    [
        "Internal: Replacing a parcel",
        "Replacing a parcel (Internal)",
        "Replacing a parcel [internal use only]",
        "【社外秘】荷物の再送手順",
        "荷物の再送手順（社内用）",
        "オペレーター専用：再送の手順",
        "社外秘　再送の手順",
    ],
)
def test_a_title_that_says_internal_marks_all_of_its_document(title: str):
    extract = read(f"# {title}\n\n{STEPS}\n\n## Costs\n\nNone.\n".encode(), "parcels.md")
    assert audiences(extract) == [("staff",)] * 2
    assert "Marked as internal" in marked(extract).warnings[0]


@pytest.mark.parametrize(
    "title",
    [
        "Internal medicine: opening hours",
        "Internal storage of your phone",
        "社内便について",
        "Can international customers order?",
        "社外秘情報の取り扱い方針",
    ],
)
def test_a_title_that_only_has_such_a_word_marks_nothing(title: str):
    extract = read(f"# {title}\n\nWe are open from 9 to 18.\n".encode(), "hours.md")
    assert audiences(extract) == [()]
    assert not marked(extract).warnings


def test_a_marked_section_is_marked_alone():
    extract = read(b"# Parcels\n\nThey take two days.\n\n## Lost parcels (internal)\n\nBook a new one.\n", "parcels.md")
    assert audiences(extract) == [(), ("staff",)]
    assert "1 of its 2 sections" in marked(extract).warnings[0]


def test_a_line_of_its_own_at_the_top_marks_the_document():
    assert audiences(Extract("manual", "document", [Section("社外秘\n\n再送の手順を示す。")])) == [("staff",)]
    assert audiences(Extract("manual", "document", [Section("FOR INTERNAL USE ONLY\nStep 1")])) == [("staff",)]
    assert audiences(Extract("manual", "document", [Section("This is not for internal use only.")])) == [()]


def test_an_audience_that_is_named_says_more_than_a_mark():
    page = read(f"---\naudience: customers\n---\n# Internal: Parcels\n\n{STEPS}\n".encode(), "parcels.md")
    assert marked(page) is page
    named = Section(STEPS, headings=("Internal: Parcels",), attributes=Attributes(audience=("business",)))
    assert audiences(Extract("Parcels", "document", [named])) == [("business",)]


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("---\ndraft: true\n---\n# Zebras\n\nThey may be sent back.\n", "zebras.md"),
        ("---\nvisibility: internal\n---\n# Zebras\n\nThey may be sent back.\n", "zebras.md"),
        ("<meta name=visibility content=private><h1>Zebras</h1><p>They may be sent back.</p>", "zebras.html"),
    ],
)
def test_the_operator_is_told_of_a_page_whose_own_fields_keep_it_from_customers(page: str, name: str):
    assert "customers are not answered from that" in "".join(read(page.encode(), name).warnings)
    public = page.replace("true", "false").replace("internal", "public").replace("private", "public")
    assert read(public.encode(), name).warnings == []


def test_the_operator_is_told_of_what_reads_like_instructions_to_agents():
    sections = [Section(f"{n}. Ask the customer for the number of order {n}.") for n in range(4)]
    told = marked(Extract("Parcels", "document", [*sections, Section("Parcels take two days.")]))
    assert "4 of its 5 sections tell staff what to do" in told.warnings[0]
    assert all(not section.attributes.audience for section in told.sections)


@pytest.mark.parametrize(
    "text",
    [
        "Ask the user to restart the phone.",
        "1. Check the order.\n2. Inform customers of the delay.",
        "If it is locked, escalate to the second line.",
        "お客様に再起動の手順を案内してください。",
    ],
)
def test_what_tells_what_to_do_with_a_customer_is_for_staff(text: str):
    assert instructs_staff(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ask the customer support team for help.",
        "We will inform customers by mail.",
        "The customer pays for the return.",
        "Guide to your new phone: ask a friend to help you.",
        "返品の際は、担当者からお客様にご案内します。",
        "お客様のご都合による返品はお受けできません。",
    ],
)
def test_what_speaks_of_customers_or_to_them_is_not(text: str):
    assert not instructs_staff(text)


def test_staff_alone_is_staff():
    assert is_for_staff(("staff",))
    assert is_for_staff(("Internal", "社内"))
    assert not is_for_staff(("staff", "business"))
    assert not is_for_staff(())


HEADS = ["Internal use only", "Handbook | Internal use only", "CONFIDENTIAL - INTERNAL USE ONLY"]
LETTERS = ["lost", "late", "torn", "wet"]


def page(number: int, head: str) -> list[str]:
    word = LETTERS[number]
    return [
        head,
        f"Of {word} parcels",
        f"we keep {word} lists",
        f"and pay for {word} ones.",
        f"So {word} is fine",
        f"as {word} goes.",
    ]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("pages", [1, 2, 4])
def test_what_the_head_of_most_pages_says_marks_a_printed_document(head, pages):
    told = marked(read(pdf([page(number, head) for number in range(pages)]), "parcels.pdf"))
    assert {section.attributes.audience for section in told.sections} == {("staff",)}
    assert "Marked as internal" in told.warnings[-1]


def test_what_one_page_of_many_has_at_its_top_marks_no_page_before_it():
    printed = [page(number, HEADS[0] if number == 2 else f"More on {LETTERS[number]}") for number in range(4)]
    told = marked(read(pdf(printed), "parcels.pdf"))
    assert told.sections[0].attributes.audience == ()


def test_the_mark_of_pages_comes_through_the_whole_ingest(tmp_path):
    (tmp_path / "parcels.pdf").write_bytes(pdf([page(number, HEADS[0]) for number in range(4)]))
    settings = IngestSettings(data=tmp_path / "data", _env_file=None)
    embedder, analyzer = open_embedder(settings), Analyzer()
    assert Pipeline(settings, embedder, analyzer).run(Order([tmp_path / "parcels.pdf"])).exit_code == 0
    knowledge = LiveKnowledge(settings.data, embedder, analyzer)
    assert knowledge.search("Who pays for lost parcels?", 3).hits
    assert not knowledge.search("Who pays for lost parcels?", 3, Filters(for_customers=True)).hits


@pytest.mark.parametrize("place", ["header", "footer"])
def test_what_the_head_or_the_foot_of_a_word_document_says_marks_it(place):
    made = docx.Document()
    getattr(made.sections[0], place).paragraphs[0].text = "社外秘　業務の手引き"
    made.add_paragraph("満室のときは姉妹館を紹介します。")
    file = io.BytesIO()
    made.save(file)
    assert audiences(read(file.getvalue(), "guide.docx")) == [("staff",)]
    (section,) = marked(read(zipped({"guide.docx": file.getvalue(), "empty.txt": b""}), "all.zip")).sections
    assert section.attributes.audience == ("staff",)


def test_rows_that_a_column_of_visibility_marks_are_for_staff_and_counted():
    table = (
        "質問,回答,公開区分,対象\n返品は?,30日以内です。,公開,\n値引きは?,店長の承認で1割まで。,社外秘,個人\n"
        "原価は?,6割です。,社内限定,\n送料は?,550円です。,社内外,\n"
    )
    extract = read(table.encode(), "faq.csv")
    assert audiences(extract) == [(), ("staff",), ("staff",), ()]
    assert [warning for warning in marked(extract).warnings if "2 of its 4 rows are marked as internal" in warning]


def test_records_and_front_matter_may_say_it_too():
    records = '[{"question": "Cost?", "answer": "Six.", "visibility": "%s"}]'
    assert audiences(read((records % "Internal").encode(), "faq.json")) == [("staff",)]
    assert audiences(read((records % "public").encode(), "faq.json")) == [()]
    corpus = '{"id": "1", "title": "Costs", "text": "Six.", "meta": {"visibility": "private"}}'
    assert audiences(read(corpus.encode(), "corpus.jsonl")) == [("staff",)]
    assert "Marked as internal" in read(corpus.encode(), "corpus.jsonl").warnings[0]
    page = marked(read(b"---\nvisibility: internal\n---\n# Costs\n\nSix.\n", "costs.md"))
    assert page.attributes.audience == ("staff",)
