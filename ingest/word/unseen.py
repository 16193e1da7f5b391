"""What readers do not see, or see struck through: it is taken out of the document's body."""

from __future__ import annotations

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from ingest.word.looks import HIDING, bases, first_look, styles_of
from ingest.word.text import PARAGRAPH, RUN, VALUE, is_on


def take_out_unseen(document: Document) -> None:
    """Take out of the body what readers do not see, or see struck through: what is hidden by a style is, too."""
    body = document.element.body
    styles = styles_of(document)
    hiding = {name for name in styles if is_on(first_look(bases(styles, name), *HIDING))}
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
        if own is not None and any(is_on(own.find(look)) for look in HIDING):
            run.getparent().remove(run)
        elif hiding and not any(own is not None and own.find(look) is not None for look in HIDING):
            paragraph = next(run.iterancestors(PARAGRAPH), None)
            named = (run.find(f"{qn('w:rPr')}/{qn('w:rStyle')}"), *_style_of(paragraph))
            if any(str(one.get(VALUE)) in hiding for one in named if one is not None):
                run.getparent().remove(run)


def _style_of(paragraph: BaseOxmlElement | None) -> list[BaseOxmlElement]:
    return [] if paragraph is None else paragraph.findall(f"{qn('w:pPr')}/{qn('w:pStyle')}")
