"""Reads a Word document: headings, lists, tables and charts as they stand, notes below the paragraph that they explain.

Heads and feet of pages and comments are left out."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement

from ingest.files.archives import mending, office, saved
from ingest.metadata.days import dated, day_of
from ingest.slides import charts
from ingest.slides.parts import plain
from ingest.tables.within import Tables
from ingest.texts.extracts import Extract
from ingest.texts.lines import SPANNED, WIDE, collapse
from ingest.texts.outlines import Block, Heading, Text, extract

PARAGRAPH, TABLE, CONTROL, RUN = qn("w:p"), qn("w:tbl"), qn("w:sdt"), qn("w:r")
VALUE = qn("w:val")
CHART = qn("c:chart")
NOTES = {qn("w:footnoteReference"): "footnote", qn("w:endnoteReference"): "endnote"}
# Text that was struck out, that is there twice, or that only says how the text is read aloud.
UNREAD = frozenset(map(qn, ("w:del", "w:moveFrom", "w:rt"))) | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
}
HIDING = tuple(map(qn, ("w:vanish", "w:strike", "w:dstrike")))  # what such letters say holds no more, or never did
SIGNS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
TAB = 4  # columns, in code
WIDEST = 100  # columns that one cell may claim
TITLE_LEVEL = 1  # the title stands above "Heading 1"
MOST_SECTIONS = 20  # whose headers are looked at
USUAL_SIZE = 20  # half points, where a document says nothing
MOST_BASES = 20  # styles that rest on one another
# What Word and the library write where nobody has named the document.
_UNNAMED = re.compile(r"(?:Microsoft Word - .*|Word Document|Document ?\d*|文書 ?\d*|無題)?", re.IGNORECASE)
_CODE_STYLE = re.compile(r"(?:source )?code(?: (?:block|sample))?|html preformatted|(?:ソース|サンプル)?コード")
_MONOSPACED = re.compile(r"courier|consol|menlo|monaco|cascadia|\bmono\b|\bcode\b|typewriter", re.IGNORECASE)
_WIDE = re.compile(f"[{WIDE}]")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def read(data: bytes, name: str) -> Extract:
    """Read a document. Raises UnreadableFile when it is encrypted, damaged, or made to do harm."""
    archive = office(data, ".docx")
    with mending("Word", data, ".docx", "content type"):
        document = docx.Document(io.BytesIO(data))
        _take_out_unseen(document)
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


def _take_out_unseen(document: Document) -> None:
    """Take out of the body what readers do not see, or see struck through: what is hidden by a style is, too."""
    body = document.element.body
    styles = {str(style.get(qn("w:styleId"))): style for style in document.styles.element.iterchildren(qn("w:style"))}
    hiding = {name for name in styles if _is_on(_first_look(_bases(styles, name), *HIDING))}
    for mark in list(body.iter(qn("w:trPr"), qn("w:tcPr"))):  # of a row or a cell that was struck out
        if mark.find(qn("w:del")) is not None or mark.find(qn("w:cellDel")) is not None:
            mark.getparent().getparent().remove(mark.getparent())
    for end in list(body.iter(PARAGRAPH)):  # whose end was struck out: it goes on in the next one
        following = end.getnext()
        is_struck = end.find(f"{qn('w:pPr')}/{qn('w:rPr')}/{qn('w:del')}") is not None
        if is_struck and following is not None and following.tag == PARAGRAPH:
            begin = 0 if following.find(qn("w:pPr")) is None else 1
            following[begin:begin] = [child for child in end if child.tag != qn("w:pPr")]
            end.getparent().remove(end)
    for run in list(body.iter(RUN)):
        own = run.find(qn("w:rPr"))
        if own is not None and any(_is_on(own.find(look)) for look in HIDING):
            run.getparent().remove(run)
        elif hiding and not any(own is not None and own.find(look) is not None for look in HIDING):
            paragraph = next(run.iterancestors(PARAGRAPH), None)
            named = (run.find(f"{qn('w:rPr')}/{qn('w:rStyle')}"), *_style_of(paragraph))
            if any(str(one.get(VALUE)) in hiding for one in named if one is not None):
                run.getparent().remove(run)


def _style_of(paragraph: BaseOxmlElement | None) -> list[BaseOxmlElement]:
    return [] if paragraph is None else paragraph.findall(f"{qn('w:pPr')}/{qn('w:pStyle')}")


def _bases(styles: Mapping[str, BaseOxmlElement], name: str) -> list[BaseOxmlElement]:
    """A style and those that it rests on."""
    found: list[BaseOxmlElement] = []
    style = styles.get(name)
    while style is not None and len(found) < MOST_BASES:
        found.append(style)
        base = style.find(qn("w:basedOn"))
        style = styles.get(str(base.get(VALUE))) if base is not None else None
    return found


def _first_look(styles: Iterable[BaseOxmlElement], *looks: str) -> BaseOxmlElement | None:
    """What is said first, by a style or by one that it rests on, of how its letters look."""
    found = (style.find(f"{qn('w:rPr')}/{look}") for style in styles for look in looks)
    return next((told for told in found if told is not None), None)


class _Walk:
    """Goes through the document's body and says what stands where."""

    def __init__(self, document: Document) -> None:
        self._body = document.element.body
        self._styles = {
            str(style.get(qn("w:styleId"))): style for style in document.styles.element.iterchildren(qn("w:style"))
        }
        usual = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:sz')}")
        self._usual_size = int(usual.get(VALUE)) if usual is not None and usual.get(VALUE).isdecimal() else USUAL_SIZE
        self._lists = _Lists(document)
        self._notes = _notes(document)
        self._lines: list[str] = []  # of the list being read
        self._code: list[str] = []  # of the sample of code being read
        self._tables = Tables()
        self._related = document.part.related_parts

    def blocks(self) -> Iterator[Block]:
        """All of the document."""
        yield from self._within(self._body)
        yield from self._end_list()

    def _within(self, parent: BaseOxmlElement) -> Iterator[Block]:
        for element in _unwrapped(parent):
            if element.tag == PARAGRAPH:
                yield from self._paragraph(element)
            else:
                yield from self._end_list()
                yield from self._table(element)

    def _paragraph(self, paragraph: BaseOxmlElement) -> Iterator[Block]:
        text = _tidy(_text(paragraph))
        properties = self._properties(paragraph) if text or self._code else []
        if self._code and not text and _is_code(paragraph, properties, goes_on=True):
            self._code.append("")
        if text:
            self._tables.end()
            level = _level(properties)
            if level is not None:
                yield from self._end_list()
                yield _heading(TITLE_LEVEL + level, paragraph, collapse(text))
            elif marker := self._lists.marker(properties):
                yield from self._end_code()
                self._lines.append(marker + text.replace("\n", "\n" + " " * len(marker)))
            elif _is_code(paragraph, properties, goes_on=bool(self._code)):
                if self._lines:
                    yield from self._end_list()
                self._code += [line.rstrip() for line in _text(paragraph).expandtabs(TAB).split("\n")]
            elif not _is_contents(properties):
                yield from self._end_list()
                bold = _is_bold(paragraph, properties)
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
        return found if named is None else [*found, *_bases(self._styles, str(named.get(VALUE)))]

    def _size(self, paragraph: BaseOxmlElement, properties: Iterable[BaseOxmlElement]) -> int:
        """How large the letters of a paragraph are, in half points, by themselves, by its style, or as all are."""
        look = qn("w:sz")
        own = (run.find(f"{qn('w:rPr')}/{look}") for run in paragraph.iter(RUN))
        styles = (style for style in properties if style.tag != qn("w:pPr"))
        told = next((one for one in own if one is not None), None)
        told = _first_look(styles, look) if told is None else told
        size = str(told.get(VALUE)) if told is not None else ""
        return int(size) if size.isdecimal() else self._usual_size

    def _table(self, element: BaseOxmlElement) -> Iterator[Block]:
        cells = [cell for row in _unwrapped(element, qn("w:tr")) for cell in _unwrapped(row, qn("w:tc"))]
        rows = [row for row in _grid(element) if any(row)]
        if max(map(len, rows), default=0) < 2:  # a frame around text
            for cell in cells:
                yield from self._within(cell)
            yield from self._end_list()
            return
        for block in self._tables.blocks(rows, _repeats_header(element)):
            yield replace(block, slug=_slug(block.text)) if isinstance(block, Heading) else block


class _Lists:
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
        number, depth = (_first(properties, f"w:numPr/w:{name}") for name in ("numId", "ilvl"))
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


def _unwrapped(parent: BaseOxmlElement, *wanted: str) -> Iterator[BaseOxmlElement]:
    """Paragraphs and tables (or what is wanted) right below, those in content controls and marked changes too."""
    waiting = list(parent)[::-1]
    while waiting:
        element = waiting.pop()
        if element.tag in (wanted or (PARAGRAPH, TABLE)):
            yield element
        elif element.tag in (CONTROL, qn("w:sdtContent"), qn("w:ins"), qn("w:customXml"), qn("w:moveTo")):
            waiting += list(element)[::-1]


def _notes(document: Document) -> dict[tuple[str, str], str]:
    """The texts of footnotes and endnotes, by the sign that refers to each."""
    found: dict[tuple[str, str], str] = {}
    for related in document.part.rels.values():
        kind = next((each for each in NOTES if related.reltype.endswith(f"/{NOTES[each]}s")), None)
        if kind is None or related.is_external:
            continue
        for note in parse_xml(related.target_part.blob):
            said = [_tidy(_text(paragraph)) for paragraph in note.iterdescendants(PARAGRAPH)]
            found[kind, str(note.get(qn("w:id")))] = "\n".join(filter(None, said))
    return found


def _text(paragraph: BaseOxmlElement) -> str:
    """What a reader sees in a paragraph, without the boxes that hang on it."""
    parts: list[str] = []
    waiting = [paragraph]
    while waiting:
        element = waiting.pop()
        if element.tag == qn("w:t"):
            parts.append(element.text or "")
        elif element.tag in SIGNS:
            parts.append(SIGNS[element.tag])
        elif element.tag == RUN and _is_on(element.find(f"{qn('w:rPr')}/{qn('w:vanish')}")):
            continue  # hidden from readers, in a note
        elif element.tag not in UNREAD and element.tag not in (qn("w:txbxContent"), qn("w:pPr"), qn("w:rPr")):
            waiting += list(element)[::-1]
    return "".join(parts)


def _is_bold(paragraph: BaseOxmlElement, properties: Iterable[BaseOxmlElement]) -> bool:
    """Whether all words of a paragraph are bold, by themselves or by its style."""
    by_style = _is_on(_first_look((style for style in properties if style.tag != qn("w:pPr")), qn("w:b")))
    for run in paragraph.iter(RUN):
        if any((each.text or "").strip() for each in run.iterchildren(qn("w:t"))):
            own = run.find(f"{qn('w:rPr')}/{qn('w:b')}")
            if not (by_style if own is None else _is_on(own)):
                return False
    return True


def _is_code(paragraph: BaseOxmlElement, properties: Sequence[BaseOxmlElement], goes_on: bool) -> bool:
    """Whether a paragraph is a line of code, by the name of its style or by its letters, which are all as wide.

    Japanese words in such letters are code only below other code, as comments are.
    """
    styles = [style for style in properties if style.tag != qn("w:pPr")]
    if any(_CODE_STYLE.fullmatch(_style_name(style)) for style in styles):
        return True
    by_style = _font(_first_look(styles, qn("w:rFonts")))
    runs = [run for run in paragraph.iter(RUN) if any((each.text or "").strip() for each in run.iter(qn("w:t")))]
    font = f"{qn('w:rPr')}/{qn('w:rFonts')}"
    fonts = [_font(run.find(font)) or by_style for run in runs]
    fonts = fonts or [_font(paragraph.find(f"{qn('w:pPr')}/{font}")) or by_style]
    return all(map(_MONOSPACED.search, fonts)) and (goes_on or not _WIDE.search(_text(paragraph)))


def _font(named: BaseOxmlElement | None) -> str:
    return str(named.get(qn("w:ascii")) or "") if named is not None else ""


def _is_on(switch: BaseOxmlElement | None) -> bool:
    """Whether a property that is said or not said holds."""
    return switch is not None and switch.get(VALUE) not in ("0", "false", "off", "none")


def _tidy(text: str) -> str:
    return "\n".join(line for line in map(collapse, text.split("\n")) if line)


def _heading(level: int, paragraph: BaseOxmlElement, text: str) -> Heading:
    marks = (str(mark.get(qn("w:name"))) for mark in paragraph.iterchildren(qn("w:bookmarkStart")))
    anchor = next((mark for mark in marks if not mark.startswith("_")), None)  # Word's own begin so
    return Heading(level, text, anchor, _slug(text))


def _slug(text: str) -> str | None:
    return _NOT_IN_SLUG.sub("", collapse(text).lower()).replace(" ", "-")[:60] or None


def _first(properties: Iterable[BaseOxmlElement], path: str) -> str | None:
    """The value of a property, where it is said first."""
    for element in properties:
        found: BaseOxmlElement | None = element if element.tag == qn("w:pPr") else element.find(qn("w:pPr"))
        for step in path.split("/"):
            found = found.find(qn(step)) if found is not None else None
        if found is not None:
            return str(found.get(VALUE))
    return None


def _level(properties: Iterable[BaseOxmlElement]) -> int | None:
    """0 for the title, 1 for "Heading 1" and so on, None for text; Word in every language calls its styles so."""
    for style in properties:
        name = _style_name(style)
        if name == "title":
            return 0
        if match := re.fullmatch(r"heading ([1-9])", name):
            return int(match.group(1))
    outline = _first(properties, "w:outlineLvl")
    return int(outline) + 1 if outline in tuple("012345678") else None


def _is_contents(properties: Iterable[BaseOxmlElement]) -> bool:
    """Whether it is a line of the table of contents."""
    return any(re.fullmatch(r"toc [1-9]|toc heading|table of figures", _style_name(style)) for style in properties)


def _style_name(style: BaseOxmlElement) -> str:
    named = style.find(qn("w:name"))
    return str(named.get(VALUE)).lower() if named is not None else ""


def _grid(element: BaseOxmlElement) -> Iterator[list[str]]:
    """The rows; a cell that spans columns is said once, of all of them, one that spans rows in each of them."""
    above: dict[int, str] = {}
    for row in _unwrapped(element, qn("w:tr")):
        cells: list[str] = []
        for cell in _unwrapped(row, qn("w:tc")):
            properties = cell.find(qn("w:tcPr"))
            merge = properties.find(qn("w:vMerge")) if properties is not None else None
            if merge is not None and merge.get(VALUE) != "restart":
                text = above.get(len(cells), "")
            else:
                paragraphs = (_tidy(_text(paragraph)) for paragraph in cell.iterdescendants(PARAGRAPH))
                text = "\n".join(paragraph for paragraph in paragraphs if paragraph)
            above[len(cells)] = text
            span = properties.find(qn("w:gridSpan")) if properties is not None else None
            wide = str(span.get(VALUE)) if span is not None else "1"
            cells += [text, *[SPANNED if text else ""] * (min(int(wide), WIDEST) - 1 if wide.isdecimal() else 0)]
        yield cells


def _repeats_header(element: BaseOxmlElement) -> bool:
    """Whether the first row is to stand above each page."""
    row = next(_unwrapped(element, qn("w:tr")))
    properties = row.find(qn("w:trPr"))
    return properties is not None and properties.find(qn("w:tblHeader")) is not None
