"""The text of paragraphs and notes, as a reader of the document sees it."""

from __future__ import annotations

from collections.abc import Iterator

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement

from ingest.texts.lines import collapse, raised

PARAGRAPH, TABLE, CONTROL, RUN = qn("w:p"), qn("w:tbl"), qn("w:sdt"), qn("w:r")
VALUE = qn("w:val")
NOTES = {qn("w:footnoteReference"): "footnote", qn("w:endnoteReference"): "endnote"}
# Text that was struck out, that is there twice, or that only says how the text is read aloud.
UNREAD = frozenset(map(qn, ("w:del", "w:moveFrom", "w:rt"))) | {
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
}
SIGNS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}


def unwrapped(parent: BaseOxmlElement, *wanted: str) -> Iterator[BaseOxmlElement]:
    """Paragraphs and tables (or what is wanted) right below, those in content controls and marked changes too."""
    waiting = list(parent)[::-1]
    while waiting:
        element = waiting.pop()
        if element.tag in (wanted or (PARAGRAPH, TABLE)):
            yield element
        elif element.tag in (CONTROL, qn("w:sdtContent"), qn("w:ins"), qn("w:customXml"), qn("w:moveTo")):
            waiting += list(element)[::-1]


def notes_of(document: Document) -> dict[tuple[str, str], str]:
    """The texts of footnotes and endnotes, by the sign that refers to each."""
    found: dict[tuple[str, str], str] = {}
    for related in document.part.rels.values():
        kind = next((each for each in NOTES if related.reltype.endswith(f"/{NOTES[each]}s")), None)
        if kind is None or related.is_external:
            continue
        for note in parse_xml(related.target_part.blob):
            said = [tidy(text_of(paragraph)) for paragraph in note.iterdescendants(PARAGRAPH)]
            found[kind, str(note.get(qn("w:id")))] = "\n".join(filter(None, said))
    return found


def text_of(paragraph: BaseOxmlElement) -> str:
    """What a reader sees in a paragraph, without the boxes that hang on it."""
    parts: list[str] = []
    waiting = [paragraph]
    while waiting:
        element = waiting.pop()
        if element.tag == qn("w:t"):
            words = element.text or ""
            parts.append(raised(words) if words.isdecimal() and _is_raised(element.getparent()) else words)
        elif element.tag in SIGNS:
            parts.append(SIGNS[element.tag])
        elif element.tag == RUN and is_on(element.find(f"{qn('w:rPr')}/{qn('w:vanish')}")):
            continue  # hidden from readers, in a note
        elif element.tag not in UNREAD and element.tag not in (qn("w:txbxContent"), qn("w:pPr"), qn("w:rPr")):
            waiting += list(element)[::-1]
    return "".join(parts)


def _is_raised(run: BaseOxmlElement) -> bool:
    look = run.find(f"{qn('w:rPr')}/{qn('w:vertAlign')}")
    return look is not None and look.get(VALUE) == "superscript"


def is_on(switch: BaseOxmlElement | None) -> bool:
    """Whether a property that is said or not said holds."""
    return switch is not None and switch.get(VALUE) not in ("0", "false", "off", "none")


def tidy(text: str) -> str:
    """The lines of a text, without blanks that nobody sees and without empty ones."""
    return "\n".join(line for line in map(collapse, text.split("\n")) if line)
