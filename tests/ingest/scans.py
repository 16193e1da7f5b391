"""Makes scans for tests: pages of a PDF as pictures, alone and in a PDF that holds nothing else."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

from paper import document, stream

from ingest.printed import pdfium

MANUALS = Path(__file__).parents[2] / "samples" / "knowledge" / "manuals"
Grey = tuple[int, int, bytes]  # width, height, one byte a pixel


def page(name: str, number: int) -> Grey:
    """A page of a sample's manual."""
    ((_, picture),) = pdfium.pictures((MANUALS / name).read_bytes(), [number])
    header, _, pixels = picture.partition(b"\n")
    width, height = map(int, header.split()[1:3])
    return width, height, pixels


def png(grey: Grey) -> bytes:
    """The picture as PNG."""
    width, height, pixels = grey
    rows = b"".join(b"\0" + pixels[at : at + width] for at in range(0, len(pixels), width))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 1)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def scanned(pages: Sequence[Grey]) -> bytes:
    """A PDF of nothing but these pictures."""
    kids = " ".join(f"{3 + 3 * number} 0 R" for number in range(len(pages)))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
    }
    for number, (width, height, pixels) in enumerate(pages):
        first = 3 + 3 * number
        packed = zlib.compress(pixels, 1)
        objects[first] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {first + 1} 0 R "
            f"/Resources << /XObject << /Im1 {first + 2} 0 R >> >> >>"
        ).encode()
        objects[first + 1] = stream(b"q 595 0 0 842 0 0 cm /Im1 Do Q\n")
        objects[first + 2] = (
            f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray "
            f"/BitsPerComponent 8 /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode()
            + packed
            + b"\nendstream"
        )
    return document(objects)
