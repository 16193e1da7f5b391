"""How paragraphs look, by themselves or by their styles: headings, bold text, code, the table of contents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from ingest.texts.lines import WIDE
from ingest.word.text import RUN, VALUE, is_on, text_of

HIDING = tuple(map(qn, ("w:vanish", "w:strike", "w:dstrike")))  # what such letters say holds no more, or never did
MOST_BASES = 20  # styles that rest on one another
_CODE_STYLE = re.compile(r"(?:source )?code(?: (?:block|sample))?|html preformatted|(?:ソース|サンプル)?コード")
_MONOSPACED = re.compile(r"courier|consol|menlo|monaco|cascadia|\bmono\b|\bcode\b|typewriter", re.IGNORECASE)
_WIDE = re.compile(f"[{WIDE}]")


def styles_of(document: Document) -> dict[str, BaseOxmlElement]:
    """The styles of a document, by what its paragraphs call them."""
    return {str(style.get(qn("w:styleId"))): style for style in document.styles.element.iterchildren(qn("w:style"))}


def bases(styles: Mapping[str, BaseOxmlElement], name: str) -> list[BaseOxmlElement]:
    """A style and those that it rests on."""
    found: list[BaseOxmlElement] = []
    style = styles.get(name)
    while style is not None and len(found) < MOST_BASES:
        found.append(style)
        base = style.find(qn("w:basedOn"))
        style = styles.get(str(base.get(VALUE))) if base is not None else None
    return found


def first_look(styles: Iterable[BaseOxmlElement], *looks: str) -> BaseOxmlElement | None:
    """What styles, but no paragraph itself, say first of how letters look: a style, or one that it rests on."""
    styles = (style for style in styles if style.tag != qn("w:pPr"))
    found = (style.find(f"{qn('w:rPr')}/{look}") for style in styles for look in looks)
    return next((told for told in found if told is not None), None)


def is_bold(paragraph: BaseOxmlElement, properties: Iterable[BaseOxmlElement]) -> bool:
    """Whether all words of a paragraph are bold, by themselves or by its style."""
    by_style = is_on(first_look(properties, qn("w:b")))
    for run in paragraph.iter(RUN):
        if any((each.text or "").strip() for each in run.iterchildren(qn("w:t"))):
            own = run.find(f"{qn('w:rPr')}/{qn('w:b')}")
            if not (by_style if own is None else is_on(own)):
                return False
    return True


def is_code(paragraph: BaseOxmlElement, properties: Sequence[BaseOxmlElement], goes_on: bool) -> bool:
    """Whether a paragraph is a line of code, by the name of its style or by its letters, which are all as wide.

    Japanese words in such letters are code only below other code, as comments are.
    """
    if any(_CODE_STYLE.fullmatch(_style_name(style)) for style in properties):
        return True
    by_style = _font(first_look(properties, qn("w:rFonts")))
    runs = [run for run in paragraph.iter(RUN) if any((each.text or "").strip() for each in run.iter(qn("w:t")))]
    font = f"{qn('w:rPr')}/{qn('w:rFonts')}"
    fonts = [_font(run.find(font)) or by_style for run in runs]
    fonts = fonts or [_font(paragraph.find(f"{qn('w:pPr')}/{font}")) or by_style]
    return all(map(_MONOSPACED.search, fonts)) and (goes_on or not _WIDE.search(text_of(paragraph)))


def _font(named: BaseOxmlElement | None) -> str:
    return str(named.get(qn("w:ascii")) or "") if named is not None else ""


def first(properties: Iterable[BaseOxmlElement], path: str) -> str | None:
    """The value of a property, where it is said first."""
    for element in properties:
        found: BaseOxmlElement | None = element if element.tag == qn("w:pPr") else element.find(qn("w:pPr"))
        for step in path.split("/"):
            found = found.find(qn(step)) if found is not None else None
        if found is not None:
            return str(found.get(VALUE))
    return None


def level_of(properties: Iterable[BaseOxmlElement]) -> int | None:
    """0 for the title, 1 for "Heading 1" and so on, None for text; Word in every language calls its styles so."""
    for style in properties:
        name = _style_name(style)
        if name == "title":
            return 0
        if match := re.fullmatch(r"heading ([1-9])", name):
            return int(match.group(1))
    outline = first(properties, "w:outlineLvl")
    return int(outline) + 1 if outline in tuple("012345678") else None


def is_contents(properties: Iterable[BaseOxmlElement]) -> bool:
    """Whether it is a line of the table of contents."""
    return any(re.fullmatch(r"toc [1-9]|toc heading|table of figures", _style_name(style)) for style in properties)


def _style_name(style: BaseOxmlElement) -> str:
    named = style.find(qn("w:name"))
    return str(named.get(VALUE)).lower() if named is not None else ""
