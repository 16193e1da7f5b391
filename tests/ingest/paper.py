"""Makes small PDFs for tests."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from pypdf import PdfReader, PdfWriter

PICTURE = (
    b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>"
    b"\nstream\n\x80\nendstream"
)
FIXED = "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"
BOLD = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>"


@dataclass(frozen=True)
class Styled:
    """A line of other letters than most."""

    text: str
    size: float = 12
    bold: bool = False
    scaled: bool = False  # the size is in the page's scale, and the font's own is 1
    fixed: bool = False  # of letters that are all of one width
    spread: float = 0  # points between its letters

    def shown(self, bottom: float) -> str:
        """In the language of a page."""
        font, size = "F3" if self.fixed else "F2" if self.bold else "F1", f"{self.size:g}"
        set_at = f"{size} 0 0 {size} 72 {bottom} Tm" if self.scaled else f"72 {bottom} Td"
        apart = f") {-1000 * self.spread / self.size:g} ("
        shown = f"[({apart.join(self.text)})] TJ" if self.spread else f"({self.text}) Tj"
        return f"BT /{font} {1 if self.scaled else size} Tf {set_at} {shown} ET\n"


class AsGiven(Styled):
    """What a page shows, in the language of pages."""

    def shown(self, bottom: float) -> str:
        """As it is."""
        return self.text


def pdf(pages: Sequence[Sequence[str | Styled]], picture: bool = False, to_unicode: bytes | None = None) -> bytes:
    """A PDF with these lines on its pages; `to_unicode` is what its font claims that its letters mean."""
    font = (
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica" + (b" /ToUnicode 5 0 R" if to_unicode else b"") + b" >>"
    )
    kids = " ".join(f"{6 + 2 * number} 0 R" for number in range(len(pages)))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        3: font,
        4: PICTURE,
        5: stream(to_unicode or b""),
    }
    for number, lines in enumerate(pages):
        shown = b"".join(
            (line if isinstance(line, Styled) else Styled(line)).shown(760 - 16 * row).encode("latin-1")
            for row, line in enumerate(lines)
        )
        shown += b"q 100 0 0 100 72 72 cm /Im1 Do Q\n" if picture else b""
        objects[6 + 2 * number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {7 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 3 0 R /F2 {BOLD} /F3 {FIXED} >> /XObject << /Im1 4 0 R >> >> >>"
        ).encode()
        objects[7 + 2 * number] = stream(shown)
    return document(objects)


def spelled(lines: Sequence[str], spread: float = 0) -> tuple[list[Styled], bytes]:
    """Lines of any letters for a page, and what its font must claim that its letters mean."""
    codes = [*range(0x41, 0x5B), *range(0x61, 0x7B)]
    code_of = dict(zip(dict.fromkeys("".join(lines).replace(" ", "")), codes, strict=False))
    pairs = "".join(f"<{code:02x}> <{letter.encode('utf-16-be').hex()}>\n" for letter, code in code_of.items())
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(code_of) + 1} beginbfchar\n<20> <0020>\n{pairs}endbfchar\nendcmap end end"
    )
    shown = ["".join(chr(code_of.get(letter, 0x20)) for letter in line) for line in lines]
    return [Styled(line, spread=spread) for line in shown], table.encode()


def stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def document(objects: dict[int, bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    out += b"".join(b"%010d 00000 n \n" % places[number] for number in range(1, size))
    return bytes(out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start))


def with_outline(data: bytes, entries: Sequence[tuple[str, int]], title: str = "") -> bytes:
    """The PDF with an outline of (title, page number) entries, the second and later ones below the first."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    above = None
    for text, page in entries:
        entry = writer.add_outline_item(title=text, page_number=page - 1, parent=above)
        above = above or entry
    if title:
        writer.add_metadata({"/Title": title})
    return _written(writer)


def locked(data: bytes, password: str) -> bytes:
    """The PDF behind a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, algorithm="AES-256")
    return _written(writer)


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
