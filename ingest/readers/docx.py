"""Reads a Word document: headings, lists, tables and charts as they stand, notes below the paragraph that they explain.

Heads and feet of pages and comments are left out."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import PurePath

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from ingest.files.archives import mending, office, saved
from ingest.metadata.days import dated, day_of
from ingest.slides import charts
from ingest.slides.parts import plain
from ingest.tables.within import Tables
from ingest.texts.blocks import Block, Heading, Text
from ingest.texts.extracts import Extract
from ingest.texts.lines import SPANNED, collapse
from ingest.texts.outlines import extract
from ingest.word.lists import Lists
from ingest.word.looks import bases, first_look, is_bold, is_code, is_contents, level_of, styles_of
from ingest.word.text import NOTES, PARAGRAPH, RUN, UNREAD, VALUE, notes_of, text_of, tidy, unwrapped
from ingest.word.unseen import take_out_unseen

CHART = qn("c:chart")
TAB = 4  # columns, in code
WIDEST = 100  # columns that one cell may claim
TITLE_LEVEL = 1  # the title stands above "Heading 1"
MOST_SECTIONS = 20  # whose headers are looked at
USUAL_SIZE = 20  # half points, where a document says nothing
# What Word and the library write where nobody has named the document.
_UNNAMED = re.compile(r"(?:Microsoft Word - .*|Word Document|Document ?\d*|文書 ?\d*|無題)?", re.IGNORECASE)
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def read(data: bytes, name: str) -> Extract:
    """Read a document. Raises UnreadableFile when it is encrypted, damaged, or made to do harm."""
    archive = office(data, ".docx")
    with mending("Word", data, ".docx", "content type"):
        document = docx.Document(io.BytesIO(data))
        take_out_unseen(document)
        blocks = list(_Walk(document).blocks())
        title = (document.core_properties.title or "").strip()
        beside = tuple(_beside(document))
    first = next((block for block in blocks if isinstance(block, Heading) and block.level == TITLE_LEVEL), None)
    if _UNNAMED.fullmatch(title):
        title = first.text if first is not None else ""
    result = extract(blocks, title or None, PurePath(name).stem)
    result.beside = beside
    return dated(result, day_of(saved(archive)))


def _beside(document: Document) -> Iterator[str]:
    """What stands in the heads and the feet of the pages: no text to answer from, but it may say whom that is for."""
    for section in list(document.sections)[:MOST_SECTIONS]:
        for part in (section.header, section.footer, section.first_page_header):
            if not part.is_linked_to_previous:
                yield from (text for paragraph in part.paragraphs if (text := paragraph.text.strip()))


class _Walk:
    """Goes through the document's body and says what stands where."""

    def __init__(self, document: Document) -> None:
        self._body = document.element.body
        self._styles = styles_of(document)
        usual = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:sz')}")
        self._usual_size = int(usual.get(VALUE)) if usual is not None and usual.get(VALUE).isdecimal() else USUAL_SIZE
        self._lists = Lists(document)
        self._notes = notes_of(document)
        self._lines: list[str] = []  # of the list being read
        self._code: list[str] = []  # of the sample of code being read
        self._tables = Tables()
        self._related = document.part.related_parts

    def blocks(self) -> Iterator[Block]:
        """All of the document."""
        yield from self._within(self._body)
        yield from self._end_list()

    def _within(self, parent: BaseOxmlElement) -> Iterator[Block]:
        for element in unwrapped(parent):
            if element.tag == PARAGRAPH:
                yield from self._paragraph(element)
            else:
                yield from self._end_list()
                yield from self._table(element)

    def _paragraph(self, paragraph: BaseOxmlElement) -> Iterator[Block]:
        text = tidy(text_of(paragraph))
        properties = self._properties(paragraph) if text or self._code else []
        if self._code and not text and is_code(paragraph, properties, goes_on=True):
            self._code.append("")
        if text:
            self._tables.end()
            level, mark = level_of(properties), self._lists.mark(properties)
            if level is not None:
                yield from self._end_list()
                yield _heading(TITLE_LEVEL + level, paragraph, collapse(text), mark.name if mark is not None else "")
            elif mark is not None and mark.names:
                yield from self._end_list()
                yield Text(f"{mark.name}\u3000{text}", bold=is_bold(paragraph, properties))
            elif mark is not None:
                yield from self._end_code()
                self._lines.append(mark.item + text.replace("\n", "\n" + " " * len(mark.item)))
            elif is_code(paragraph, properties, goes_on=bool(self._code)):
                if self._lines:
                    yield from self._end_list()
                self._code += [line.rstrip() for line in text_of(paragraph).expandtabs(TAB).split("\n")]
            elif not is_contents(properties):
                yield from self._end_list()
                bold = is_bold(paragraph, properties)
                yield Text(text, bold=bold, size=self._size(paragraph, properties) if bold else 0)
        for reference in paragraph.iterdescendants(*NOTES) if self._notes else ():
            if note := self._notes.pop((reference.tag, str(reference.get(qn("w:id")))), ""):
                yield from self._end_list()
                yield Text(note)
        for drawn in paragraph.iterdescendants(CHART):
            part = self._related.get(str(drawn.get(qn("r:id"))))
            if part is not None and not any(above.tag in UNREAD for above in drawn.iterancestors()):
                yield from self._end_list()
                yield from charts.blocks(plain(part.blob))
        for box in paragraph.iterdescendants(qn("w:txbxContent")):
            if not any(above.tag in UNREAD for above in box.iterancestors()):
                yield from self._end_list()
                yield from self._within(box)

    def _end_code(self) -> Iterator[Block]:
        if self._code:
            yield Text("\n".join(self._code).strip("\n"))
            self._code.clear()

    def _end_list(self) -> Iterator[Block]:
        yield from self._end_code()
        if self._lines:
            yield Text("\n".join(self._lines))
            self._lines.clear()

    def _properties(self, paragraph: BaseOxmlElement) -> list[BaseOxmlElement]:
        """Where its looks are said: the paragraph itself, then its style and those that the style rests on."""
        own = paragraph.find(qn("w:pPr"))
        found = [] if own is None else [own]
        named = None if own is None else own.find(qn("w:pStyle"))
        return found if named is None else [*found, *bases(self._styles, str(named.get(VALUE)))]

    def _size(self, paragraph: BaseOxmlElement, properties: Iterable[BaseOxmlElement]) -> int:
        """How large the letters of a paragraph are, in half points, by themselves, by its style, or as all are."""
        look = qn("w:sz")
        own = (run.find(f"{qn('w:rPr')}/{look}") for run in paragraph.iter(RUN))
        told = next((one for one in own if one is not None), None)
        told = first_look(properties, look) if told is None else told
        size = str(told.get(VALUE)) if told is not None else ""
        return int(size) if size.isdecimal() else self._usual_size

    def _table(self, element: BaseOxmlElement) -> Iterator[Block]:
        cells = [cell for row in unwrapped(element, qn("w:tr")) for cell in unwrapped(row, qn("w:tc"))]
        rows = [row for row in _grid(element) if any(row)]
        if max(map(len, rows), default=0) < 2:  # a frame around text
            for cell in cells:
                yield from self._within(cell)
            yield from self._end_list()
            return
        for block in self._tables.blocks(rows, self._has_header(element)):
            yield replace(block, slug=_slug(block.text)) if isinstance(block, Heading) else block

    def _has_header(self, element: BaseOxmlElement) -> bool:
        """Whether the first row is to stand above each page, or it alone is all bold."""
        rows = [*islice(unwrapped(element, qn("w:tr")), 2)]
        properties = rows[0].find(qn("w:trPr"))
        if properties is not None and properties.find(qn("w:tblHeader")) is not None:
            return True
        return [self._is_bold_row(row) for row in rows] == [True, False]

    def _is_bold_row(self, row: BaseOxmlElement) -> bool:
        paragraphs = [each for each in row.iter(PARAGRAPH) if tidy(text_of(each))]
        return bool(paragraphs) and all(is_bold(each, self._properties(each)) for each in paragraphs)


def _heading(level: int, paragraph: BaseOxmlElement, text: str, number: str = "") -> Heading:
    marks = (str(mark.get(qn("w:name"))) for mark in paragraph.iterchildren(qn("w:bookmarkStart")))
    anchor = next((mark for mark in marks if not mark.startswith("_")), None)  # Word's own begin so
    return Heading(level, f"{number} {text}" if number else text, anchor, _slug(text))


def _slug(text: str) -> str | None:
    return _NOT_IN_SLUG.sub("", collapse(text).lower()).replace(" ", "-")[:60] or None


def _grid(element: BaseOxmlElement) -> Iterator[list[str]]:
    """The rows; a cell that spans columns is said once, of all of them, one that spans rows in each of them."""
    above: dict[int, str] = {}
    for row in unwrapped(element, qn("w:tr")):
        cells: list[str] = []
        for cell in unwrapped(row, qn("w:tc")):
            properties = cell.find(qn("w:tcPr"))
            merge = properties.find(qn("w:vMerge")) if properties is not None else None
            if merge is not None and merge.get(VALUE) != "restart":
                text = above.get(len(cells), "")
            else:
                paragraphs = (tidy(text_of(paragraph)) for paragraph in cell.iterdescendants(PARAGRAPH))
                text = "\n".join(paragraph for paragraph in paragraphs if paragraph)
            above[len(cells)] = text
            span = properties.find(qn("w:gridSpan")) if properties is not None else None
            wide = str(span.get(VALUE)) if span is not None else "1"
            cells += [text, *[SPANNED if text else ""] * (min(int(wide), WIDEST) - 1 if wide.isdecimal() else 0)]
        yield cells
