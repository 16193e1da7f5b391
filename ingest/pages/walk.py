"""Goes through a page once, without recursion, and says what stands where."""

from __future__ import annotations

from typing import Literal

from selectolax.lexbor import LexborNode

from ingest.pages.blocks import DEEPER, LONGEST_LABEL, SUMMARY, TERM, Blocks, gives_advice
from ingest.pages.folds import folds
from ingest.pages.furniture import heads_contents, is_contents, is_left_out, joint
from ingest.pages.inline import INLINE, alt_of, is_raised, text_of, title_of
from ingest.pages.paragraphs import Paragraph
from ingest.pages.tables import data_rows
from ingest.texts.blocks import Block, Heading, Text
from ingest.texts.lines import collapse, raised

HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BOLD = frozenset(("b", "strong"))


class Walk:
    """Reads the part of a page below a node."""

    def __init__(self, root: LexborNode | None) -> None:
        self._root = root
        self._blocks = Blocks()
        self._paragraph = Paragraph()
        self._preformatted = 0
        self._ids: list[tuple[int, str]] = []  # of the open elements, until a heading takes them
        self._folds = folds(root)
        self._open_folds: list[int] = []
        self._boxes: dict[int, bool] = {}  # of advice, and whether they have one heading

    def blocks(self) -> list[Block]:
        """All of it."""
        if self._root is None:
            return []
        node, above = self._root, list[LexborNode]()
        while True:
            if self._enter(node):
                if (child := node.child) is not None:
                    above.append(node)
                    node = child
                    continue
                self._leave(node)
            while (following := node.next if above else None) is None:
                if not above:
                    return self._blocks.all()
                node = above.pop()
                self._leave(node)
            node = following

    def _enter(self, node: LexborNode) -> bool:
        """Take in a node; False when its children are not to be visited, and it is then not left either."""
        if node.is_text_node:
            words = node.text_content or ""
            self._paragraph.say(raised(words) if words.isdecimal() and is_raised(node) else words)
            return False
        tag = node.tag or ""
        if tag == "br":
            self._paragraph.break_line()
            return False
        if tag == "img":
            if alt := alt_of(node):
                self._paragraph.show(alt)
            return False
        attributes = node.attributes
        if self._folds.titles and node.mem_id in self._folds.titles:
            self._flush()
            return False
        folded = self._folds.parts.get(node.mem_id) if self._folds.parts else None
        if folded is None and is_left_out(node, tag, attributes) and not self._is_root(node):
            return False
        name = attributes.get("id") or (attributes.get("name") if tag == "a" else None)
        if tag in INLINE:
            self._enter_inline(node, tag, attributes, name)
            return True
        self._flush()
        if self._is_taken_whole(node, tag, name):
            return False
        if name:
            self._ids.append((node.mem_id, name))
        if folded:
            self._blocks.begin_fold(folded, attributes.get("id"))
            self._open_folds.append(node.mem_id)
        self._enter_block(tag, attributes)
        return True

    def _is_root(self, node: LexborNode) -> bool:
        return self._root is not None and node.mem_id == self._root.mem_id

    def _enter_inline(self, node: LexborNode, tag: str, attributes: dict[str, str | None], name: str | None) -> None:
        if name and not (node.text() or "").strip() and self._paragraph.is_blank:
            self._blocks.anchor(name)
        if tag in _BOLD:
            self._paragraph.begin_bold()
        if tag == "a":
            self._paragraph.begin_link("href" in attributes)
        elif "hidden" in attributes and (between := joint(node)):  # one of several, of which a script shows one
            self._paragraph.part_alternatives(between)

    def _is_taken_whole(self, node: LexborNode, tag: str, name: str | None) -> bool:
        """Take in a block that is read as one, or left out: a heading, a table, a list of what the page holds."""
        if tag in HEADINGS:
            self._heading(node, HEADINGS[tag], "heading")
        elif tag == "summary":
            self._heading(node, SUMMARY - DEEPER, "summary")
        elif tag == "dt" and self._blocks.in_list:
            self._blocks.term(text_of(node))
        elif tag == "dt":
            self._heading(node, TERM, "term")
        elif tag == "table" and not gives_advice(node.parent) and (rows := data_rows(node)) is not None:
            if name:
                self._blocks.anchor(name)
            self._blocks.add(Text("\n".join(rows)))
        else:
            return tag in ("ul", "ol") and not self._blocks.in_list and is_contents(node)
        return True

    def _enter_block(self, tag: str, attributes: dict[str, str | None]) -> None:
        match tag:
            case "ul" | "menu":
                self._blocks.begin_list()
            case "ol":
                start = attributes.get("start") or "1"
                self._blocks.begin_list(int(start) if start.isdecimal() and len(start) < 10 else 1)
            case "li":
                self._blocks.begin_item()
            case "details":
                self._blocks.begin_fold()
            case "dd":
                self._blocks.begin_definition()
            case "pre":
                self._preformatted += 1

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in INLINE:
            if tag == "a":
                self._paragraph.end_link(node.attributes.get("href"))
            elif tag == "span":
                self._paragraph.end_span()
            elif tag in _BOLD:
                self._paragraph.end_bold()
            return
        self._flush()
        if self._ids and self._ids[-1][0] == node.mem_id:
            self._ids.pop()
        if self._open_folds and self._open_folds[-1] == node.mem_id:
            self._open_folds.pop()
            self._blocks.end_fold()
        match tag:
            case "ul" | "menu" | "ol":
                self._blocks.end_list()
            case "li":
                self._blocks.end_item()
            case "details":
                self._blocks.end_fold()
            case "dd":
                self._blocks.end_definition()
            case "dl":
                self._blocks.end_terms()
            case "pre":
                self._preformatted -= 1

    def _flush(self) -> None:
        """End the paragraph."""
        if self._paragraph.forget_blank():
            return  # as between most tags
        preformatted = self._preformatted > 0
        for text in self._paragraph.end(self._blocks.in_list, preformatted):
            self._blocks.add(text, preformatted)

    def _heading(self, node: LexborNode, level: int, role: Literal["heading", "summary", "term"]) -> None:
        first = node.child
        is_text = first is not None and first.is_text_node and first.next is None  # nothing stands in it
        text = collapse(first.text_content or "") if first is not None and is_text else title_of(node)
        if not text or heads_contents(text):
            return
        if role == "heading" and self._heads_advice(node, text):
            self._blocks.label(text)
            return
        attributes = node.attributes
        anchor = attributes.get("id")
        if not anchor and not is_text:
            inner = node.css_first("[id], a[name]")
            if inner is not None:
                anchor = inner.attributes.get("id") or inner.attributes.get("name")
        if not anchor and self._ids:
            anchor = self._ids[-1][1]
        # The elements around this heading are named after it; the next one in them needs a name of its own.
        self._ids.clear()
        self._blocks.heading(Heading(level, text, anchor, attributes.get("data-slug"), role))

    def _heads_advice(self, heading: LexborNode, text: str) -> bool:
        """Whether a heading only heads a note in the midst of a section, and not what comes after it."""
        box = heading.parent
        if len(text) > LONGEST_LABEL or text[-1] in "?？" or box is None or not gives_advice(box):
            return False
        if box.mem_id not in self._boxes:
            self._boxes[box.mem_id] = len(box.css("h1, h2, h3, h4, h5, h6")) == 1
        return self._boxes[box.mem_id]
