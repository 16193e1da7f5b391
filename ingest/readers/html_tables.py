"""The text of a heading or a cell as one line, and the rows of a web page's table as lines that read alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborNode

from ingest.headers import MOST_ROWS, under
from ingest.lines import SPANNED, collapse, row_line
from ingest.readers.html_furniture import DROPPED, is_alternative, is_hidden, joint

WIDEST_SPAN = 100  # columns or rows that one cell may claim
INLINE = (
    frozenset(("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font"))
    | frozenset(("i", "img", "ins", "kbd", "label", "mark", "nobr", "output", "q", "rb", "ruby", "s", "samp", "small"))
    | frozenset(("span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"))
)
LONGEST_ALT = 40  # characters of what stands for an image: more describes a picture

_ICON = re.compile(
    r"^(?:icon|image|button)(?: of| for)? |(?:の)? ?(?:icon|image|button|アイコン|画像|ボタン)$", re.IGNORECASE
)
_PARAGRAPH = "\x1f"  # stands for where one begins
_UNSEEN = DROPPED - {"button"}
_SIGNS = ".!?…:;,。！？：；、，"
_SIGN = re.compile(r"[○◯●×✕✓✔✗△◎―－-]")  # a whole cell of a table of what is possible
_SAYS_NOTHING = re.compile(
    r"icon|image|img|photo|picture|logo|button|画像|写真|アイコン|図|ロゴ|ボタン|\S+\.(?:png|jpe?g|gif|svg|webp)|[\W\d_]*",
    re.IGNORECASE,
)


def alt_of(image: LexborNode) -> str:
    """The short name of an image, such as an icon's; empty where it has none that says something."""
    alt = collapse(image.attributes.get("alt") or "")
    if len(alt) > LONGEST_ALT or (_SAYS_NOTHING.fullmatch(alt) and not _SIGN.fullmatch(alt)):
        return ""
    return _ICON.sub("", alt)


def _below(node: LexborNode) -> Iterator[LexborNode]:
    """What is in a node, in reading order, without what is left out; <br> and blocks come as themselves."""
    following = node.child
    current = node
    while True:
        while following is None:
            if current.mem_id == node.mem_id:
                return
            following = current.next
            if following is None:
                above = current.parent
                if above is None or above.mem_id == node.mem_id:
                    return
                current = above
        current = following
        yield current
        if not current.is_element_node or (current.tag or "") in _UNSEEN or _is_unseen(current):
            following = None
        else:
            following = current.child


def _is_unseen(node: LexborNode) -> bool:
    return is_hidden(node.attributes) and not is_alternative(node)


def text_of(node: LexborNode) -> str:
    """All text in a heading or a cell, as one line; what its images are called where there is none."""
    parts: list[str] = []
    images: list[LexborNode] = []
    for each in _below(node):
        if each.is_text_node:
            parts.append(each.text_content or "")
        elif each.tag not in INLINE:
            parts.append(_PARAGRAPH if each.tag in ("p", "li") else "\n")
        elif each.tag == "img":
            images.append(each)
        elif is_hidden(each.attributes):
            parts.append(joint(each))
    pieces = [piece for part in "".join(parts).split(_PARAGRAPH) if (piece := collapse(part))]
    return _listed(pieces) or " ".join(filter(None, map(alt_of, images)))


def _listed(pieces: Sequence[str]) -> str:
    """The paragraphs or items of a cell in one line, with commas where they end without a sign of their own."""
    if len(pieces) < 2:
        return "".join(pieces)
    between = ["" if piece[-1] in _SIGNS else "," if piece[-1].isascii() else "、" for piece in pieces[:-1]]
    return collapse("\n".join(piece + comma for piece, comma in zip(pieces, [*between, ""], strict=True)))


def data_rows(table: LexborNode) -> list[str] | None:
    """The rows of a table as lines that read alone; None for a table that only lays out the page."""
    if table.css_first("h1, h2, h3, h4, details") is not None or len(table.css("table")) > 1:  # the first is itself
        return None
    if table.css_first("dl") is not None and table.css_first("th") is None:
        return None
    bold_heads = table.css_first("th") is None and not all(map(_is_bold, table.css("td")))
    rows: list[list[tuple[str, bool]]] = []
    carried: dict[int, tuple[int, str, bool]] = {}  # column: rows still to fill, and with what
    for row in table.css("tr"):
        cells: list[tuple[str, bool]] = []

        def fill(cells: list[tuple[str, bool]] = cells) -> None:
            while len(cells) in carried:
                column = len(cells)
                left, text, heads = carried.pop(column)
                cells.append((text, heads))
                if left > 1:
                    carried[column] = (left - 1, text, heads)

        in_head = row.parent is not None and row.parent.tag == "thead"
        for cell in row.css("td, th"):
            fill()
            text, heads = text_of(cell), cell.tag == "th" or in_head or (bold_heads and _is_bold(cell))
            below = _span(cell, "rowspan") - 1
            for number in range(_span(cell, "colspan")):
                if below:
                    carried[len(cells)] = (below, text, heads)
                # A value that spans columns is said once, of all of them, a heading above every column that it heads.
                cells.append((text if heads or not number else SPANNED, heads))
        fill()
        if _said(cells):
            rows.append(cells)
    if not rows or max(map(len, rows)) < 2:
        return None
    caption = table.css_first("caption")
    lines = [text_of(caption)] if caption is not None else []
    header: list[str] = []
    named = 0  # rows above one another that name columns
    for cells in rows:
        texts = [text for text, _ in cells]
        if not all(heads for _, heads in cells):
            named = 0
            if header:
                lines.append(row_line(header, texts))
            elif cells[0][1]:
                lines.append(row_line([cells[0][0]], [" | ".join(_said(cells[1:]))]))
            else:
                lines.append(row_line([], _said(cells)))
        elif len(texts) > 1 and len(set(texts)) == 1:
            lines.append(texts[0])  # the title of all columns
        else:
            header = under(header, texts) if 0 < named < MOST_ROWS else texts
            named += 1
    return lines


def _is_bold(cell: LexborNode) -> bool:
    """Whether all words of a cell are bold, as those of headings are where nothing else marks them."""
    if cell.css_first("b, strong") is None:
        return False
    bold = "".join(part.text() or "" for part in cell.css("b, strong") if not _within_bold(part))
    return "".join(bold.split()) == "".join((cell.text() or "").split()) != ""


def _within_bold(part: LexborNode) -> bool:
    return part.parent is not None and part.parent.tag in ("b", "strong")


def _said(cells: Sequence[tuple[str, bool]]) -> list[str]:
    return [text for text, _ in cells if text not in ("", SPANNED)]


def _span(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "1").strip()
    return min(max(int(value), 1), WIDEST_SPAN) if value.isascii() and value.isdigit() and len(value) < 9 else 1
