"""Reads a PowerPoint presentation slide by slide: titles, lists, tables, diagrams and charts, in the order of the eye.

Left out are hidden slides and shapes, what lies beside the slide or was struck through, what stands on every slide
(footers, numbers, a company's name), the list of contents, the speaker's notes, which are for the speaker, and the
comments of those who review it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import NamedTuple
from xml.etree.ElementTree import Element

from ingest.files.archives import mending, mistaken, office, saved
from ingest.metadata.days import dated, day_of
from ingest.slides import charts, text
from ingest.slides.looks import AROUND, TITLES, Looks, frame, is_hidden, placeholder, shapes
from ingest.slides.order import Frame, in_reading_order
from ingest.slides.parts import Parts, children
from ingest.tables.within import Tables
from ingest.texts.blocks import Block, Heading, Text
from ingest.texts.extracts import Extract
from ingest.texts.lines import collapse
from ingest.texts.outlines import extract
from knowledge.counting import some
from knowledge.errors import UnreadableFile

PART_LEVEL, SLIDE_LEVEL = 1, 2  # of the slide that begins a part, and of all others
OFTEN = 3  # slides that a text stands on, and half of all, to be none of any
LONGEST_TITLE = 60  # characters of a text box that is taken for the title
FEWEST_CONTENTS = 3  # lines of a list of contents
DEEPEST = 20  # groups in one another
# What PowerPoint writes where nobody has named the presentation.
_UNNAMED = re.compile(
    r"(?:(?:Microsoft )?(?:Office )?PowerPoint ?)?(?:Presentation|Slide|プレゼンテーション|スライド|タイトル)? ?\d*"
    r"|無題.*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^[\W\d_]+|[\W\d_]+$")


class _Item(NamedTuple):
    """What a shape says, and where."""

    frame: Frame | None
    blocks: tuple[Block, ...]
    size: int  # of its letters; 0 where it is not one text alone
    is_placeholder: bool

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks if isinstance(block, Heading | Text))


@dataclass(slots=True)
class _Slide:
    number: int
    kind: str  # of its layout
    title: str = ""
    items: list[_Item] = field(default_factory=list)
    around: set[str] = field(default_factory=set)  # what its layout, its master and its footer say
    has_picture: bool = False


def read(data: bytes, name: str) -> Extract:
    """Read a presentation. Raises UnreadableFile when it is encrypted, damaged, or made to do harm."""
    ending = PurePath(name).suffix.lower()
    archive = office(data, ending)
    with mending("PowerPoint", data, ending):
        parts = Parts(archive)
        main = parts.presentation()
        presentation = parts.read_any(main)
        if main is None or presentation.tag != "presentation":
            raise UnreadableFile("not-this-format", mistaken(data, ending))
        slides, hidden = _slides(parts, main, presentation)
        title = _core_title(parts)
    title = _title(slides, title)
    beside = _take_out_repeated(slides)
    contents = [slide for slide in slides if _are_contents(slide, slides)]
    silent = [slide.number for slide in slides if slide.has_picture and not slide.items]
    told = [slide for slide in slides if slide not in contents]
    result = extract(_outline(told, title), title or PurePath(name).stem, PurePath(name).stem)
    result.sections = [
        replace(each, headings=tuple(filter(None, each.headings)), page=int(each.anchor or 0) or None, anchor=None)
        for each in result.sections
    ]
    result.beside = tuple(beside)
    if hidden:
        result.warnings.append(f"Hidden slides were left out: {some(hidden)}. Show them to have them read.")
    if silent:
        result.warnings.append(
            f"Slides that hold a picture and no text were left out: {some(silent)}. "
            "To have pictures read by text recognition (OCR), save it as .pdf."
        )
    return dated(result, day_of(saved(archive)))


def _slides(parts: Parts, main: str, presentation: Element) -> tuple[list[_Slide], list[int]]:
    """The slides that are shown, and the numbers of those that are hidden."""
    related = parts.related(main)
    looks: dict[str | None, Looks] = {}
    size = presentation.find("sldSz")
    corner = ("0", "0") if size is None else (size.get("cx", "0"), size.get("cy", "0"))
    edge = Frame(0, 0, *map(int, corner)) if all(each.isdecimal() for each in corner) else None
    references = dict.fromkeys(each.get("r:id", "") for each in presentation.iterfind("sldIdLst/sldId"))
    slides: list[_Slide] = []
    hidden: list[int] = []
    for number, reference in enumerate(references, 1):
        name = related[reference][1]
        root = parts.read(name)
        if root.get("show") in ("0", "false"):
            hidden.append(number)
            continue
        layout = parts.first(name, "slideLayout")
        if layout not in looks:
            looks[layout] = Looks(parts, layout)
        slides.append(_Reader(parts, name, looks[layout], edge).slide(root, number))
    return slides, hidden


class _Reader:
    """Reads one slide."""

    def __init__(self, parts: Parts, name: str, looks: Looks, edge: Frame | None) -> None:
        self._parts, self._looks, self._edge = parts, looks, edge
        self._related = parts.related(name)
        self._tables = Tables()

    def slide(self, root: Element, number: int) -> _Slide:
        """What the slide says."""
        slide = _Slide(number, self._looks.kind)
        slide.has_picture = next(root.iter("pic"), None) is not None
        slide.around = {said for shape in self._looks.fixed() if (said := self._words(shape))}
        items: list[_Item] = []
        for shape in shapes(root):
            kind = (placeholder(shape) or ("none",))[0]
            if is_hidden(shape):
                continue
            if kind in AROUND:
                slide.around.add(self._words(shape))
            elif kind in TITLES and not slide.title:
                slide.title = collapse(self._words(shape))
            elif (item := self._item(shape)) is not None and not self._is_beside(item.frame):
                items.append(item)
        nowhere = [item for item in items if item.frame is None]
        slide.items = nowhere + in_reading_order((item.frame, item) for item in items if item.frame is not None)
        if not slide.title:
            _take_title(slide)
        return slide

    def _is_beside(self, place: Frame | None) -> bool:
        """Whether it lies outside of the slide, where nobody sees it."""
        edge = self._edge
        return (
            place is not None
            and edge is not None
            and (
                place.right < 0
                or place.bottom < 0
                or (place.left > edge.right and edge.right > 0)
                or (place.top > edge.bottom and edge.bottom > 0)
            )
        )

    def _words(self, shape: Element) -> str:
        return "\n".join(filter(None, map(text.of_paragraph, shape.iterfind("txBody/p"))))

    def _item(self, shape: Element, depth: int = 0) -> _Item | None:
        chain = self._looks.above(shape)
        blocks = tuple(self._blocks(chain, depth))
        if not blocks:
            return None
        alone = shape.tag == "sp" and len(blocks) == 1
        return _Item(frame(chain), blocks, text.size(shape) if alone else 0, placeholder(shape) is not None)

    def _blocks(self, chain: Sequence[Element], depth: int) -> Iterator[Block]:
        shape = chain[0]
        if shape.tag == "grpSp" and depth < DEEPEST:
            within = (self._item(each, depth + 1) for each in children(shape) if not is_hidden(each))
            told = [item for item in within if item is not None]
            for item in in_reading_order((each.frame or Frame(0, 0, 0, 0), each) for each in told):
                yield from item.blocks
        elif shape.tag == "sp":
            yield from text.blocks(chain, self._looks)
        elif shape.tag == "graphicFrame":
            held = shape.find("graphic/graphicData")
            for each in () if held is None else children(held):
                if each.tag == "tbl":
                    yield from text.table(each, self._tables)
                elif each.tag == "relIds" and (part := self._related.get(each.get("r:dm", ""))) is not None:
                    yield from text.diagram(self._parts.read(part[1]))
                elif each.tag == "chart" and (part := self._related.get(each.get("r:id", ""))) is not None:
                    yield from charts.blocks(self._parts.read_any(part[1]))


def _take_title(slide: _Slide) -> None:
    """Where a slide has no title, what stands first in letters larger than all others is one."""
    if len(slide.items) < 2:
        return
    first, *others = slide.items
    is_short = "\n" not in first.text and len(first.text) <= LONGEST_TITLE
    if first.size and is_short and first.size > max(item.size for item in others):
        slide.title = first.text
        del slide.items[0]


def _core_title(parts: Parts) -> str:
    title = collapse(parts.read_any(parts.first("", "core-properties")).findtext("title") or "")
    return "" if _UNNAMED.fullmatch(title) else title


def _title(slides: Sequence[_Slide], told: str) -> str:
    """What the cover says, rather than the file's properties, which copies take along; else what comes first."""
    if slides and slides[0].number == 1 and slides[0].kind == "title" and slides[0].title:
        return slides[0].title
    return told or next((slide.title for slide in slides[:1]), "")


def _take_out_repeated(slides: Sequence[_Slide]) -> list[str]:
    """Take out of the slides what stands in one place of most; returns what stands on most of them beside the text."""
    places = Counter(
        key for slide in slides for key in {(item.frame, item.text) for item in slide.items if not item.is_placeholder}
    )
    for slide in slides:
        kept: list[_Item] = []
        for item in slide.items:
            count = places[item.frame, item.text] if not item.is_placeholder else 0
            if count >= OFTEN and count * 2 >= len(slides):
                slide.around.add(item.text)
            else:
                kept.append(item)
        slide.items = kept
    counts = Counter(said for slide in slides for said in slide.around)
    return [said for said, count in counts.items() if count * 2 >= len(slides)]


def _are_contents(slide: _Slide, slides: Iterable[_Slide]) -> bool:
    """Whether a slide lists the titles of others, and perhaps one thing more."""
    lines = [_NUMBERED.sub("", line).casefold() for item in slide.items for line in item.text.split("\n")]
    titles = {_NUMBERED.sub("", other.title).casefold() for other in slides if other is not slide}
    return len(lines) >= FEWEST_CONTENTS and sum(line in titles for line in lines) >= len(lines) - 1


def _outline(slides: Iterable[_Slide], title: str) -> Iterator[Block]:
    """All slides, each under its title, or under an empty one; the anchors are their numbers."""
    for slide in slides:
        heading = "" if slide.title == title else slide.title
        level = PART_LEVEL if slide.kind == "secHead" else SLIDE_LEVEL
        yield Heading(level, heading, anchor=str(slide.number))
        for item in slide.items:
            yield from item.blocks
