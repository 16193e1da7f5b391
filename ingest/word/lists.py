"""The bullets and numbers that Word draws before the items of lists."""

from __future__ import annotations

from collections.abc import Iterable

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from ingest.word.looks import first
from ingest.word.text import VALUE


class Lists:
    """The bullets and numbers that Word draws before the items of lists."""

    def __init__(self, document: Document) -> None:
        self._formats: dict[tuple[str, str], str] = {}  # of a list's level
        self._counts: dict[tuple[str, str], int] = {}
        try:
            numbering = document.part.numbering_part.element
        except (KeyError, NotImplementedError):  # it has no lists
            return
        abstract = {str(each.get(qn("w:abstractNumId"))): each for each in numbering.iterchildren(qn("w:abstractNum"))}
        for each in numbering.iterchildren(qn("w:num")):
            named = each.find(qn("w:abstractNumId"))
            meant = abstract.get(str(named.get(VALUE))) if named is not None else None
            for level in () if meant is None else meant.iterchildren(qn("w:lvl")):
                looks = level.find(qn("w:numFmt"))
                if looks is not None:
                    key = str(each.get(qn("w:numId"))), str(level.get(qn("w:ilvl")))
                    self._formats[key] = str(looks.get(VALUE))

    def marker(self, properties: Iterable[BaseOxmlElement]) -> str:
        """What stands before a paragraph; nothing when it is in no list."""
        number, depth = (first(properties, f"w:numPr/w:{name}") for name in ("numId", "ilvl"))
        if number in (None, "0"):
            return ""
        depth = depth if depth is not None and depth.isdecimal() else "0"
        key = str(number), depth
        indent = "  " * min(int(depth), 8)
        if self._formats.get(key, "bullet") in ("bullet", "none"):
            return f"{indent}- "
        for other in [each for each in self._counts if each[0] == number and int(each[1]) > int(depth)]:
            del self._counts[other]
        self._counts[key] = self._counts.get(key, 0) + 1
        return f"{indent}{self._counts[key]}. "
