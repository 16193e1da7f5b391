"""Files that are made to hang, crash or fill the memory of whoever reads them.

Run as a program it reads them as an ingest does, in a process whose children are only theirs, and prints a line of JSON
for each: its name, what came of it, the seconds that it took and the most memory that any child has used so far.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import resource
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
from decks import NAMES, deck, shape, slide
from paper import document

from ingest.texts.extracts import Extract
from ingest.workers.isolation import ReadingPool

MB = 1 << 20


def main() -> None:
    """Read those that are named, or all."""
    with TemporaryDirectory() as scratch:
        for name in sys.argv[1:] or BOMBS:
            path = Path(scratch) / name
            path.write_bytes(BOMBS[name]())
            began = time.monotonic()
            with ReadingPool(workers=1) as pool:
                ((_, result),) = pool.read_all([(name, path, "auto")])
            outcome = "read" if isinstance(result, Extract) else result.reason
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            told = {"outcome": outcome, "seconds": time.monotonic() - began, "peak_mb": peak}
            print(json.dumps({"name": name, **told}), flush=True)


def zipped(members: dict[str, bytes], level: int = 1) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return held.getvalue()


def zip_in_zip() -> bytes:
    inner = zipped({"a.txt": bytes(10 * MB)})
    for _ in range(3):
        inner = zipped({f"{number}.zip": inner for number in range(10)})
    return inner


def page(content: bytes, rest: dict[int, bytes] | None = None, resources: bytes = b"") -> bytes:
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> "
        + resources
        + b" >> >>",
        4: content,
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    return document(objects | (rest or {}))


def stream(data: bytes, rest: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), rest, data)


def pdf_endless_stream() -> bytes:
    packed = zlib.compress(zlib.compress(b"BT /F1 9 Tf 9 9 Td (a) Tj ET\n" * 7_000_000, 9), 9)  # 200 MB
    return page(stream(packed, b"/Filter [/FlateDecode /FlateDecode]"))


def pdf_forms_within_forms() -> bytes:
    """Each form draws the next one ten times: ten to the eighth texts."""
    forms = {}
    for number in range(10, 18):
        name = b"/Resources << /XObject << /X %d 0 R >> /Font << /F1 5 0 R >> >>" % (number + 1)
        forms[number] = stream(b"/X Do " * 10, b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] " + name)
    name = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >>"
    forms[18] = stream(b"BT /F1 9 Tf 9 9 Td (text) Tj ET", name)
    rest = dict.fromkeys(range(6, 10), b"null") | forms
    return page(stream(b"/X Do"), rest, b"/XObject << /X 10 0 R >>")


def pdf_pages_within_themselves() -> bytes:
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    objects[2] = b"<< /Type /Pages /Kids [" + b"2 0 R " * 50 + b"] /Count 100000 >>"
    return document(objects)


def office(part: str, content: bytes, **more: bytes) -> bytes:
    word = part.startswith("word/")
    kind = "wordprocessingml.document.main" if word else "spreadsheetml.sheet.main"
    main = "word/document.xml" if word else "xl/workbook.xml"
    types = f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/{main}" ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'  # noqa: E501
    office_document = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    related = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{}/{}" Target="{}"/></Relationships>'  # noqa: E501
    members = {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": related.format(office_document, "officeDocument", main).encode(),
        part: content,
    }
    if not word:
        book = f'<workbook xmlns="{SHEET}" xmlns:r="{office_document}"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'  # noqa: E501
        members["xl/workbook.xml"] = book.encode()
        sheet = related.format(office_document, "worksheet", "worksheets/sheet1.xml")
        members["xl/_rels/workbook.xml.rels"] = sheet.encode()
    return zipped(members)


SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + number, b"&%c;" % (97 + number) * 10) for number in range(9)
)


def rows(count: int) -> bytes:
    row = b"<row>" + b'<c t="inlineStr"><is><t>cell</t></is></c>' * 10 + b"</row>"
    return f'<worksheet xmlns="{SHEET}"><sheetData>'.encode() + row * count + b"</sheetData></worksheet>"


def far_cells() -> bytes:
    cells = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (row, row) for row in range(1, 1_048_576, 64))
    return f'<worksheet xmlns="{SHEET}"><sheetData>'.encode() + cells + b"</sheetData></worksheet>"


def with_format(pattern: str, count: int) -> bytes:
    """A workbook whose cells have a format that no Excel takes."""
    made, held = openpyxl.Workbook(), io.BytesIO()
    for _ in range(count):
        made.active.append((1234.5, -3.0))
    for row in made.active.iter_rows():
        for cell in row:
            cell.number_format = pattern
    made.save(held)
    return held.getvalue()


def commented(tag: bytes) -> bytes:
    """A sheet with the beginnings of many tags in a comment."""
    told = b'<c t="inlineStr"><is><t>Open from nine to five</t></is></c><c><v>3</v></c>'
    row = b"<row>" + told + b"</row>"
    sheet = b"<sheetData>" + row * 2 + b"</sheetData><!--" + tag + b"--></worksheet>"
    return f'<worksheet xmlns="{SHEET}">'.encode() + sheet


def boxes_within_boxes() -> bytes:
    """Each paragraph has a box with the next one in it."""
    box = b"<w:p><w:r><w:t>a</w:t></w:r><w:txbxContent>"
    inside = box * 60 + b"<w:p><w:r><w:t>deep</w:t></w:r></w:p>" + b"</w:txbxContent></w:p>" * 60
    return f'<w:document xmlns:w="{WORD}"><w:body>'.encode() + inside + b"</w:body></w:document>"


def deep_document(depth: int) -> bytes:
    inside = b"<w:tbl><w:tr><w:tc>" * depth + b"<w:p/>" + b"</w:tc></w:tr></w:tbl>" * depth
    return f'<w:document xmlns:w="{WORD}"><w:body>'.encode() + inside + b"</w:body></w:document>"


def slide_of(shapes: bytes) -> bytes:
    head = f"<p:sld {NAMES}><p:cSld><p:spTree>".encode()
    part = head + shapes + b"</p:spTree></p:cSld></p:sld>"
    picture = random.Random(1).randbytes(len(part) // 50)  # else it is refused for what it unpacks to
    return deck(slide(), changed={"ppt/slides/slide1.xml": part, "ppt/media/image1.png": picture})


def conversation(text: str) -> bytes:
    turns = [{"role": "customer", "text": text}, {"role": "agent", "text": text}]
    return json.dumps({"conversation_id": "c", "resolved": True, "turns": turns}).encode() + b"\n"


def mail_within_mail() -> bytes:
    head = b"From: a@example.com\nSubject: b\nMIME-Version: 1.0\n"
    for number in range(3_000):
        head += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (number, number)
    return head + b"\ntext\n"


ANSWER = b"""Yes, you can return it within 30 days.

On Mon, Jan 1, 2024 at 10:00, Ann <ann@example.com> wrote:
> Can I return the kettle that I bought last week?
"""
BOMBS: dict[str, Callable[[], bytes]] = {
    "endless-stream.pdf": pdf_endless_stream,
    "forms-within-forms.pdf": pdf_forms_within_forms,
    "pages-within-themselves.pdf": pdf_pages_within_themselves,
    "many.zip": lambda: zipped({f"{number}.txt": bytes(20 * MB) for number in range(50)}),
    "zip-in-zip.zip": zip_in_zip,
    "text.zip": lambda: zipped({f"{number}.txt": b"A sentence. " * MB for number in range(20)}),
    "entities.docx": lambda: office("word/document.xml", LAUGHS + b"]><a>&j;</a>"),
    "entities.xlsx": lambda: office("xl/worksheets/sheet1.xml", LAUGHS + b"]><a>&j;</a>"),
    "deep.docx": lambda: office("word/document.xml", deep_document(50_000)),
    "boxes.docx": lambda: office("word/document.xml", boxes_within_boxes()),
    "formats.xlsx": lambda: with_format(';"' * 50_000 + "#,##0", 500),
    "columns.xlsx": lambda: office("xl/worksheets/sheet1.xml", commented(b"<col " * 60_000)),
    "rows.xlsx": lambda: office("xl/worksheets/sheet1.xml", commented(b"<row " * 60_000)),
    "long.xlsx": lambda: office("xl/worksheets/sheet1.xml", rows(200_000)),
    "far-cells.xlsx": lambda: office("xl/worksheets/sheet1.xml", far_cells()),
    "deep.pptx": lambda: slide_of(b"<p:grpSp>" * 300_000 + b"</p:grpSp>" * 300_000),
    "crowded.pptx": lambda: slide_of(shape("a", at=(1, 1, 1, 1)).encode() * 60_000),
    "all-tables.pptx": lambda: slide_of(b"<a:tbl><a:tr><a:tc>" * 100_000 + b"</a:tc></a:tr></a:tbl>" * 100_000),
    "deep.html": lambda: b"<div>" * 300_000 + b"text",
    "formatted.html": lambda: b"<b><i><a><font>" * 60_000 + b"text",
    "wide.html": lambda: b"<table><tr>" + b'<td rowspan="99999" colspan="99999">a' * 50_000,
    "less-than.html": lambda: b"<" * 5_000_000,
    "deep.json": lambda: b"[" * 5_000_000,
    "deep-and-closed.json": lambda: b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "deep.jsonl": lambda: b'{"text":' + b"[" * 2_000_000 + b"]" * 2_000_000 + b"}\n",
    "zeros.jsonl.gz": lambda: gzip.compress(b"0" * 190_000_000, 1),
    "brackets.md": lambda: b"[a](" * 200_000,
    "quotes.md": lambda: b"> " * 20_000 + b"text",
    "stars.md": lambda: b"*a **b " * 150_000,
    "names.md": lambda: b"# a " + b" \t" * 100_000 + b"{ # a" + b" " * 1000 + b"}\ntext",
    "comments.md": lambda: b"text\n\n" + b"<!-- " * 200_000,
    "one-word.txt": lambda: b"a" * 10_000_000,
    "full-stops.txt": lambda: ("。" * 3_000_000).encode(),
    "open-quotes.txt": lambda: ("「あ。" * 500_000).encode(),
    "spaces.txt": lambda: b"a" + b" " * 10_000_000 + b"b",
    "hyphens.txt": lambda: b"a-\n" * 2_000_000,
    "digits.jsonl": lambda: conversation("0-" * 300_000),
    "addresses.jsonl": lambda: conversation("a@a." * 200_000),
    "names.jsonl": lambda: conversation("my name is " * 60_000),
    "wide.csv": lambda: b",".join(b"c%d" % number for number in range(200_000)) + b"\n" + b"1," * 200_000,
    "torn.csv": lambda: b"question,answer\nHow much?,Free\nThe price,1" + b",111" * 60_000,
    "subject.eml": lambda: b"From: a@shop.example\nSubject: Re: " + b"[" * 400_000 + b"\n\n" + ANSWER,
    "one-field.csv": lambda: b'question,answer\nWhy?,"' + b"so, " * 5_000_000,
    "within-itself.eml": mail_within_mail,
}


if __name__ == "__main__":
    main()
