"""Reads a picture of text, such as a scan or a photograph of a page, where tesseract is installed."""

from __future__ import annotations

from pathlib import PurePath

from ingest.printed import ocr
from ingest.texts.extracts import Extract, Section
from knowledge.errors import UnreadableFile


def read(data: bytes, name: str) -> Extract:
    """Read a picture. Raises UnreadableFile: unsupported without tesseract, damaged, too-slow, garbled or no-text."""
    if not ocr.available():
        raise UnreadableFile("unsupported", f"It is a picture. {ocr.advice()}")
    try:
        found = ocr.recognise(data)
    except ocr.CannotRecognise as error:
        raise UnreadableFile("too-slow" if error.late else "damaged", f"{error} Save it anew, or smaller.") from error
    if found.is_doubtful:
        raise UnreadableFile(
            "garbled", "What was recognised in it makes no text. Scan it straight, sharp and at 300 dpi, and try again."
        )
    if not found.paragraphs:
        raise UnreadableFile("no-text", "No text was recognised in the picture.")
    text = "\n\n".join(found.paragraphs)
    return Extract(
        PurePath(name).stem, "document", [Section(text)], None, ["It was read by text recognition (OCR): look it over."]
    )
