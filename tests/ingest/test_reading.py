import io
import subprocess
import sys

import openpyxl
import pytest
from archives_to_read import old_office, zipped

from ingest.readers.reading import SUFFIXES, read
from knowledge.errors import UnreadableFile


def workbook() -> bytes:
    made, data = openpyxl.Workbook(), io.BytesIO()
    made.save(data)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", b"", "empty"),
        ("a.txt", b" \n\t ", "empty"),
        ("a.csv", b"\xef\xbb\xbf", "empty"),
        ("a.xyz", b"text", "unsupported"),
        ("README", b"text", "unsupported"),
        ("a.pdf", b"<!DOCTYPE html><html><body><p>404 Not Found</p></body></html>", "not-this-format"),
        ("a.md", b"%PDF-1.4\n", "not-this-format"),
        ("a.csv", b"PK\x03\x04rest", "not-this-format"),
        ("a.jsonl", b"\x1f\x8brest", "not-this-format"),
        ("a.html", b"<html><body><script>only code</script></body></html>", "no-text"),
        ("a.pdf", b"not a pdf at all", "damaged"),
    ],
)
def test_what_cannot_be_read_says_why(name, data, reason):
    with pytest.raises(UnreadableFile) as told:
        read(data, name)
    assert told.value.reason == reason
    assert str(told.value).endswith((".", ")"))


@pytest.mark.parametrize(
    ("name", "data", "what_to_do"),
    [
        ("faq.csv", workbook(), "Excel workbook; rename it to .xlsx"),
        ("faq.docx", workbook(), "Excel workbook; rename it to .xlsx"),
        ("faq.csv", zipped({"a.txt": "text"}), "rename it to .zip"),
        ("faq.txt", old_office(with_password=False), "save it as .txt"),
        ("faq.csv", b"%PDF-1.4\n", "rename it to .pdf"),
        ("faq.xls", b"text", "Save it as .xlsx"),
        ("mail.msg", b"text", "Save the mail as .eml"),
        ("all.tar.gz", b"text", "pack it as .zip"),
        ("faq.xyz", b"text", "Save it as .pdf"),
        ("README", b"text", "Name it after what it holds"),
    ],
)
def test_what_is_named_wrongly_or_of_another_kind_says_what_to_do(name, data, what_to_do):
    with pytest.raises(UnreadableFile, match=what_to_do):
        read(data, name)


def test_every_reader_is_there():
    for ending in SUFFIXES:
        with pytest.raises(UnreadableFile):
            read(b"\0\0\x01", f"a{ending}")


def test_plain_text_joins_broken_lines_and_keeps_lists():
    data = "返品は商品が届いてから三十日以内に\nお申し込みください。\n\n・靴\n・鞄\n".encode("cp932")
    result = read(data, "note.txt")
    assert result.title == "note"
    assert [section.text for section in result.sections] == [
        "返品は商品が届いてから三十日以内にお申し込みください。\n\n・靴\n・鞄"
    ]


PAGE = b"# Shop\n\n## Returns\n\nThirty days.\n\n## Shipping\n\nFree.\n"


def test_the_operator_may_say_that_a_page_is_a_faq():
    result = read(PAGE, "shop.md", "faq")
    assert result.kind == "faq"
    assert [(section.question, section.headings) for section in result.sections] == [
        ("Returns", ("Shop",)),
        ("Shipping", ("Shop",)),
    ]


def test_the_operator_may_say_that_a_faq_is_a_document():
    section = read(b"question,answer\nFree?,Yes.\n", "faq.csv", "document").sections[0]
    assert (section.question, section.headings, section.text) == (None, ("Free?",), "Yes.")


@pytest.mark.parametrize(("kind", "data"), [("log", b"question,answer\na?,b\n"), ("faq", b"plan,price\nLite,500\n")])
def test_a_kind_that_the_file_is_not_is_refused(kind, data):
    with pytest.raises(UnreadableFile) as told:
        read(data, "a.csv", kind)
    assert told.value.reason == "not-this-format"


def test_a_log_stays_a_log_whatever_is_asked():
    data = (
        b'{"conversation_id": "c", "turns": [{"role": "customer", "text": "The lamp is broken, Mr. Brown."}, '
        b'{"role": "agent", "text": "We send a new one."}]}'
    )
    for kind in ("auto", "document", "faq", "log"):
        result = read(data, "log.jsonl", kind)
        assert result.kind == "log"
        assert "Brown" not in str(result)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", "<h1>Shop</h1><p>We send everything by post.</p>"),
        ("a.md", "# Shop\n\nWe send everything by post.\n"),
        ("a.csv", "question,answer\nFree?,Yes.\n"),
        ("a.json", '[{"question": "Free?", "answer": "Yes."}]'),
    ],
)
def test_what_is_no_log_is_read_without_the_patterns_of_personal_data(name: str, data: str):
    program = (
        "import sys; from ingest.readers.reading import read\n"
        f"assert read({data.encode()!r}, {name!r}).sections\n"
        "print(*{'ingest.privacy.names', 'ingest.privacy.redaction'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == ""
