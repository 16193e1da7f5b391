"""What a slide takes from its layout and its master: where a placeholder stands, and which bullets its lines have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from xml.etree.ElementTree import Element

from ingest.slides.order import Frame
from ingest.slides.parts import Parts, children

TITLES = ("title", "ctrTitle")
AROUND = ("dt", "ftr", "hdr", "sldNum")  # what stands on every slide
DEEPEST = 8  # level of a list
BULLETS = {"buNone": "", "buChar": "-", "buBlip": "-", "buAutoNum": "1."}
_NUMBER = re.compile(r"-?\d{1,15}", re.ASCII)
_MASTERS = dict.fromkeys(("", "obj", "subTitle", "tbl", "chart", "dgm", "media", "pic"), "body") | {"ctrTitle": "title"}


class Looks:
    """The layout of some slides, with its master."""

    def __init__(self, parts: Parts, layout: str | None) -> None:
        master = parts.first(layout, "slideMaster") if layout else None
        self._layout, self._master = parts.read_any(layout), parts.read_any(master)
        self.kind = self._layout.get("type", "")

    def fixed(self) -> Iterator[Element]:
        """What stands on each slide and belongs to none: of the layout, and of the master where that is shown."""
        shown = (self._layout,) if self._layout.get("showMasterSp") in ("0", "false") else (self._layout, self._master)
        for of in shown:
            yield from (shape for shape in shapes(of) if placeholder(shape) is None)

    def above(self, shape: Element) -> list[Element]:
        """A shape, then the placeholders that it is made after."""
        held = placeholder(shape)
        if held is None:
            return [shape]
        kind, number = held
        found = [shape]
        for other in shapes(self._layout):
            own = placeholder(other)
            if own is not None and (own[1] == number if number else _like(own[0]) == _like(kind)):
                found.append(other)
                kind = own[0]
                break
        found += [other for other in shapes(self._master) if (placeholder(other) or (None,))[0] == _like(kind)][:1]
        return found

    def bullet(self, chain: Sequence[Element], paragraph: Element) -> tuple[str, int]:
        """What stands before a paragraph ("-", "1." or nothing), and the number that its list begins with.

        `chain` is its shape with what that is made after.
        """
        name = f"lvl{level(paragraph) + 1}pPr"
        styles = paragraph.findall("pPr")
        for shape in chain:
            styles += shape.findall(f"txBody/lstStyle/{name}")
        if (held := placeholder(chain[0])) is not None and _like(held[0]) == "body":
            styles += self._master.findall(f"txStyles/bodyStyle/{name}")
        for style in styles:
            for told in style:
                if told.tag in BULLETS:
                    begins = told.get("startAt", "1")
                    return BULLETS[told.tag], int(begins) if begins.isdecimal() else 1
        return "", 1


def level(paragraph: Element) -> int:
    """How deep a paragraph stands in a list, from 0 on."""
    properties = paragraph.find("pPr")
    told = "0" if properties is None else properties.get("lvl", "0")
    return min(int(told), DEEPEST) if told.isdecimal() else 0


def frame(chain: Iterable[Element]) -> Frame | None:
    """Where a shape stands, by itself or by what it is made after."""
    return next((found for shape in chain if (found := _frame(shape)) is not None), None)


def shapes(of: Element) -> Iterator[Element]:
    """What stands on a slide, a layout or a master, in the order in which it is drawn."""
    return children(of, "cSld", "spTree")


def placeholder(shape: Element) -> tuple[str, str] | None:
    """The kind and the number of a placeholder; None for other shapes."""
    for about in shape:
        if about.tag.startswith("nv") and (found := about.find("nvPr/ph")) is not None:
            return found.get("type", ""), found.get("idx", "")
    return None


def is_hidden(shape: Element) -> bool:
    """Whether it was hidden by its author."""
    told = (about.find("cNvPr") for about in shape if about.tag.startswith("nv"))
    return any(each is not None and each.get("hidden") in ("1", "true") for each in told)


def _like(kind: str) -> str:
    return _MASTERS.get(kind, kind)


def _frame(shape: Element) -> Frame | None:
    for place in ("spPr/xfrm", "grpSpPr/xfrm", "xfrm"):
        offset, extent = shape.find(f"{place}/off"), shape.find(f"{place}/ext")
        if offset is not None and extent is not None:
            told = (*map(offset.get, "xy"), *map(extent.get, ("cx", "cy")))
            if all(_NUMBER.fullmatch(each or "") for each in told):
                left, top, wide, high = (int(each or 0) for each in told)
                return Frame(left, top, left + wide, top + high)
    return None
