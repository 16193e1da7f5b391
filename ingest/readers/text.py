"""Reads plain text."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

from ingest.encodings import decode
from ingest.extracts import Extract, Section
from ingest.lines import joined

WRAPPED = 0.6  # of the longest line: in a paragraph broken for looks all lines but the last are about as long
NARROWEST = 30  # columns: shorter lines are a list or a poem
_BLANK = re.compile(r"\n[ \t\u3000]*\n\s*")


def read(data: bytes, name: str) -> Extract:
    """Read a text as one section; lines that were broken for looks are joined, lists and tables stay as they are."""
    paragraphs = (_paragraph(paragraph) for paragraph in _BLANK.split(decode(data).text.replace("\f", "\n\n")))
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    return Extract(PurePath(name).stem, "document", [Section(text)] if text else [])


def _paragraph(text: str) -> str:
    lines = [line for line in map(str.rstrip, text.split("\n")) if line]
    widths = list(map(len if text.isascii() else _width, lines))
    longest = max(widths, default=0)
    wrapped = longest >= NARROWEST and min(widths[:-1], default=longest) >= WRAPPED * longest
    return joined(lines) if wrapped else "\n".join(lines)


def _width(line: str) -> int:
    if line.isascii():
        return len(line)
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in line)
