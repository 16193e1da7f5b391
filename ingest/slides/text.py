"""What a reader sees in the text of a slide: paragraphs and lists, tables, and the texts of a diagram (SmartArt)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from ingest.slides.looks import DEEPEST, Looks, level
from ingest.slides.parts import children
from ingest.tables.within import Tables
from ingest.texts.blocks import Block, Text
from ingest.texts.lines import SPANNED, collapse, raised
from ingest.texts.questions import is_marked_answer, is_marked_question

ON = ("1", "true")
USUAL_SIZE = 1800  # hundredths of a point, of letters in a text box
SHORT = 40  # characters: the name of a column
FEWEST = 3  # rows and columns of a table whose design may tell of its first row what its words do not
# Signs of the font Wingdings, which Office writes for "-->" and the like.
_SYMBOL = re.compile("[\uf000-\uf0ff]")
_ARROWS = {"à": "→", "ß": "←", "ó": "↔", "è": "→", "ð": "⇒", "Ø": "-", "ü": "✓", "û": "✗"}


def blocks(chain: Sequence[Element], looks: Looks) -> Iterator[Block]:
    """The paragraphs and lists of a shape; `chain` is the shape with what it is made after."""
    lines: list[str] = []
    counts: dict[int, int] = {}  # of the numbered paragraphs, by level
    for paragraph in chain[0].findall("txBody/p"):
        text = of_paragraph(paragraph)
        if not text:
            continue
        bullet, begins = looks.bullet(chain, paragraph)
        depth = level(paragraph)
        is_numbered = bullet == "1."
        counts = {other: count for other, count in counts.items() if other < depth or (other == depth and is_numbered)}
        if is_numbered:
            counts[depth] = counts.get(depth, begins - 1) + 1
            bullet = f"{counts[depth]}."
        if bullet and not is_marked_question(text) and not is_marked_answer(text):
            marker = f"{'  ' * depth}{bullet} "
            lines.append(marker + text.replace("\n", "\n" + " " * len(marker)))
            continue
        if lines:
            yield Text("\n".join(lines))
            lines = []
        bold = _is_bold(paragraph)
        yield Text(text, bold=bold, size=size(paragraph) // 50 if bold else 0)
    if lines:
        yield Text("\n".join(lines))


def table(of: Element, tables: Tables) -> Iterator[Block]:
    """A table of a slide."""
    rows = [row for row in _rows(of) if any(row)]
    wide = max(map(len, rows), default=0)
    if wide < 2:  # a frame around text
        yield from (Text(cell) for row in rows for cell in row)
        return
    properties = of.find("tblPr")
    named = [cell for cell in rows[0] if cell]
    has_header = properties is not None and properties.get("firstRow") in ON and min(wide, len(rows)) >= FEWEST
    is_short = len(set(named)) == len(named) >= wide - 1 and all(len(cell) <= SHORT for cell in named)
    yield from tables.blocks(rows, has_header and is_short)


def diagram(data: Element) -> Iterator[Block]:
    """The texts of a diagram, those below another one indented."""
    points = {point.get("modelId", ""): point for point in data.iterfind("ptLst/pt")}
    below: dict[str, list[tuple[int, str]]] = {}
    for link in data.iterfind("cxnLst/cxn"):
        if link.get("type", "parOf") == "parOf":
            place = link.get("srcOrd", "")
            below.setdefault(link.get("srcId", ""), []).append(
                (int(place) if place.isdecimal() else 0, link.get("destId", ""))
            )
    waiting = [(name, 0) for name, point in points.items() if point.get("type") == "doc"]
    lines: list[str] = []
    while waiting:
        name, depth = waiting.pop()
        point = points.pop(name, None)
        if point is None:
            continue
        text = " ".join(filter(None, map(of_paragraph, point.iterfind("t/p")))).replace("\n", " ")
        if text:
            lines.append(f"{'  ' * min(depth - 1, DEEPEST)}- {text}")
        waiting += [(other, depth + 1) for _, other in sorted(below.get(name, ()), reverse=True)]
    if lines:
        yield Text("\n".join(lines))


def of_paragraph(paragraph: Element) -> str:
    """A paragraph's words, without those that were struck through, nor numbers of slides and the day of today."""
    parts: list[str] = []
    for piece in children(paragraph):
        if piece.tag == "br":
            parts.append("\n")
        elif piece.tag == "r" or (
            piece.tag == "fld" and not piece.get("type", "").lower().startswith(("slidenum", "date"))
        ):
            parts.append(_run(piece))
        elif piece.tag == "m":  # a formula
            parts += [each.text or "" for each in piece.iter("t")]
    return "\n".join(line for line in map(collapse, "".join(parts).replace("\v", "\n").split("\n")) if line)


def size(of: Element) -> int:
    """The size of the largest letters, in hundredths of a point."""
    told = (properties.get("sz", "") for properties in of.iter("rPr"))
    return max((int(each) for each in told if each.isdecimal()), default=USUAL_SIZE)


def _run(run: Element) -> str:
    words, properties = run.findtext("t") or "", run.find("rPr")
    if properties is None:
        return words
    if properties.get("strike", "noStrike") != "noStrike":
        return ""
    height = properties.get("baseline", "0").rstrip("%")
    if words.isdecimal() and height.isdecimal() and height != "0":  # below its line it is negative
        words = raised(words)
    symbols = properties.find("sym")
    if symbols is not None and symbols.get("typeface", "").startswith("Wingdings"):
        words = _ARROWS.get(words.strip(), words)  # other words may say that font, and are drawn in their own
    return _SYMBOL.sub(lambda sign: _ARROWS.get(chr(ord(sign[0]) - 0xF000), ""), words)


def _is_bold(paragraph: Element) -> bool:
    """Whether all words of a paragraph are bold by themselves."""
    runs = [run for run in children(paragraph) if run.tag == "r" and (run.findtext("t") or "").strip()]
    looks = [run.find("rPr") for run in runs]
    return bool(looks) and all(look is not None and look.get("b") in ON for look in looks)


def _rows(of: Element) -> Iterator[list[str]]:
    """The rows; a cell that spans columns is said once, of all of them, one that spans rows in each of them."""
    above: list[str] = []
    for row in of.iterfind("tr"):
        cells: list[str] = []
        for cell in row.iterfind("tc"):
            if cell.get("vMerge") in ON:
                cells.append(above[len(cells)] if len(cells) < len(above) else "")
            elif cell.get("hMerge") in ON:
                cells.append(SPANNED if cells and cells[-1] else "")
            else:
                cells.append("\n".join(filter(None, map(of_paragraph, cell.iterfind("txBody/p")))))
        above = cells
        yield cells
