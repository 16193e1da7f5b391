"""Reads a web page: its main part, with headings, lists, tables, and questions with their answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import PurePath
from typing import Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.attributes import attributes
from ingest.encodings import decode
from ingest.extracts import Extract
from ingest.lines import collapse, row_line
from ingest.outlines import Anchor, Block, Close, Heading, Text, extract
from ingest.readers import faq_markup
from knowledge.errors import UnreadableFile
from knowledge.languages import UNKNOWN, language

LARGEST = 10_000_000  # bytes: a page; more is a data dump, or an attack
DEEPEST = 2_000  # elements within one another: the parser's time grows with the square, and 100,000 take half a minute
WIDEST_SPAN = 100  # columns or rows that one cell may claim
DEEPER = 10  # levels between the headings of a page and those within a folded text

DROPPED = frozenset(
    ("script", "style", "noscript", "template", "svg", "canvas", "iframe", "object", "nav", "aside", "head", "select")
) | frozenset(("button", "textarea", "input", "datalist", "dialog", "audio", "video", "math"))
DROPPED_ROLES = frozenset(("navigation", "banner", "contentinfo", "complementary", "search", "dialog", "menu"))
INLINE = frozenset(
    ("a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd")
) | frozenset(
    (
        "label",
        "mark",
        "q",
        "rb",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
    )
)
VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
# A second one of these ends the first, so that a page full of unclosed ones is not deep.
SELF_CLOSING = frozenset(("p", "li", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup"))
HEADINGS = {f"h{level}": level for level in range(1, 7)}
SUMMARY, TERM = 7, 8  # levels below those of all headings

_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9]*)")
_MARKUP = re.compile(r"<[A-Za-z/!]")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_-]{2,20})""", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_PATH_OF_PAGE = re.compile(r"breadcrumb|topic-?path|pankuzu", re.IGNORECASE)
# A list of what the page holds, by the names that programs give it: "toc", "ez-toc-container", "table-of-contents".
_CONTENTS = re.compile(
    r"(?:^| )(?:(?:ez|js|lwp)[-_]?)?(?:toc(?:[-_](?:container|list|wrapper|box|nav|menu))?|table-?of-?contents)(?: |$)"
)
_CONTENTS_TITLE = re.compile(
    r"table of contents|on this page|in this (?:article|section)|目 ?次|もくじ|このページの(?:内容|目次)", re.IGNORECASE
)
_PERMALINK = re.compile(r"[#¶§🔗⚓]|(?:permalink|(?:direct )?link) to this (?:heading|headline|section)", re.IGNORECASE)
LINKS = 3  # to places in the page, and nothing else: a list of so many is one of its contents
# Words that say nothing without their link: its address is then part of the text.
_HERE = re.compile(
    r"(?:click |tap )?(?:here|this (?:page|link)|link|こちら|ここ|リンク|詳細|詳しくはこちら)", re.IGNORECASE
)
_BREAK = "\x1e"  # stands for <br> until white space has been tidied


def read(data: bytes, name: str) -> Extract:
    """Read a page. Raises UnreadableFile when it is too large, too deep, or holds no text."""
    if len(data) > LARGEST:
        raise UnreadableFile(
            "too-large", f"The page has {len(data) / 1e6:.0f} MB; the limit is {LARGEST // 10**6} MB. Split it."
        )
    if _depth(data) > DEEPEST:
        raise UnreadableFile("too-large", f"Its elements are nested more than {DEEPEST:,} deep; simplify the page.")
    declared = _CHARSET.search(data[:4096])
    return page(decode(data, declared.group(1).decode("ascii") if declared else None).text, name)


def page(html: str, name: str, title: str | None = None) -> Extract:
    """Read a page that has been decoded; a `title` given stands above the page's own."""
    tree = LexborHTMLParser(html)
    root = _main_part(tree)
    found = tree.css_first("title")
    title = title or (collapse(found.text()) if found is not None else None) or None
    result = extract(_Walk(root).blocks(), title, PurePath(name).stem, None)
    scripts = (script.text() for script in tree.css("script[type*='ld+json']"))
    if stated := [(plain_text(question), plain_text(answer)) for question, answer in faq_markup.pairs(scripts)]:
        result = faq_markup.merged(result, [(question, answer) for question, answer in stated if question and answer])
    result.lang = _language(tree, result)
    metas = ((node.attributes.get("name") or "", node.attributes.get("content")) for node in tree.css("meta[name]"))
    result.attributes = attributes(metas, result.warnings)
    return result


def plain_text(html: str) -> str:
    """A piece of HTML as text, such as a message or an answer that another format carries.

    Without any tag it is plain text already, and keeps its lines.
    """
    if _MARKUP.search(html) is None:
        return unescape(html).replace("\r\n", "\n").strip()
    if _depth(html.encode("utf-8", "replace")) > DEEPEST:
        raise UnreadableFile("too-large", f"It holds HTML that is nested more than {DEEPEST:,} deep.")
    lines: list[str] = []
    for block in _Walk(LexborHTMLParser(html).body).blocks():
        match block:
            case Text(text):
                lines.append(text)
            case Heading():
                lines.append(block.text)
    return "\n\n".join(lines)


def _depth(data: bytes) -> int:
    """How deep the elements may at most be nested, told without parsing."""
    tags = data.count(b"<") - data.count(b"</")
    if tags <= DEEPEST:
        return tags
    depth = deepest = 0
    for match in _TAG.finditer(data):
        tag = match.group(2).lower().decode("ascii")
        if tag in VOID or tag in SELF_CLOSING:
            continue
        depth = max(0, depth - 1) if match.group(1) else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _main_part(tree: LexborHTMLParser) -> LexborNode | None:
    mains = tree.css("main, [role=main]")
    if not mains:
        articles = tree.css("article")
        mains = articles if len(articles) == 1 else []
    if mains and mains[0].text().strip():
        return mains[0]
    return tree.body


def _language(tree: LexborHTMLParser, result: Extract) -> str | None:
    """What the page declares, unless its letters say otherwise: templates are copied with their lang="en"."""
    declared = str((tree.root.attributes.get("lang") if tree.root is not None else None) or "")
    declared = re.split(r"[-_]", declared.lower())[0]
    told = language("".join(section.text[:200] for section in result.sections[:20]))
    if not declared or (told != declared and told in ("ja", "ko")) or (declared in ("ja", "ko") and told == "en"):
        return None if told == UNKNOWN else told
    return declared


Event = tuple[Literal["enter", "leave"], LexborNode]


class _Walk:
    """Goes through a page once, without recursion, and says what stands where."""

    def __init__(self, root: LexborNode | None) -> None:
        self._root = root
        self._blocks: list[Block] = []
        self._run: list[str] = []  # the paragraph being read
        self._lines: list[str] = []  # the list being read
        self._lists: list[int | None] = []  # for every open list, the next number, or None for a bullet
        self._marker = ""  # of the list item being read
        self._base = 0  # added to levels within folded texts
        self._ids: list[tuple[int, str]] = []  # of the open elements, until a heading takes them
        self._links: list[int] = []  # where in the run each open link began
        self._preformatted = 0

    def blocks(self) -> list[Block]:
        """All of the page."""
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
                    self._end_list()
                    return self._blocks
                node = above.pop()
                self._leave(node)
            node = following

    def _is_root(self, node: LexborNode) -> bool:
        return self._root is not None and node.mem_id == self._root.mem_id

    def _enter(self, node: LexborNode) -> bool:
        """Take in a node; False when its children are not to be visited, and it is then not left either."""
        if node.is_text_node:
            self._run.append(node.text_content or "")
            return False
        tag = node.tag or ""
        if tag == "br":
            self._run.append(_BREAK)
            return False
        attributes = node.attributes
        if _left_out(node, tag, attributes) and not self._is_root(node):
            return False
        name = attributes.get("id") or (attributes.get("name") if tag == "a" else None)
        if tag in HEADINGS:
            self._heading(node, HEADINGS[tag], "heading")
            return False
        if tag == "summary":
            self._heading(node, SUMMARY - DEEPER, "summary")
            return False
        if tag == "dt":
            self._heading(node, TERM, "term")
            return False
        if tag in ("ul", "ol") and not self._lists and _is_contents(node):
            self._flush()
            return False
        if tag == "table" and (rows := _data_rows(node)) is not None:
            self._flush()
            if name:
                self._blocks.append(Anchor(name))
            self._add("\n".join(rows))
            return False
        if tag in INLINE:
            if name and not (node.text() or "").strip() and not "".join(self._run).strip():
                self._blocks.append(Anchor(name))
            if tag == "a":
                self._links.append(len(self._run))
            return True
        self._flush()
        if name:
            self._ids.append((node.mem_id, name))
        self._open(tag, attributes)
        return True

    def _open(self, tag: str, attributes: dict[str, str | None]) -> None:
        match tag:
            case "ul" | "menu":
                self._lists.append(None)
            case "ol":
                start = attributes.get("start") or "1"
                self._lists.append(int(start) if start.isdecimal() else 1)
            case "li":
                number = self._lists[-1] if self._lists else None
                self._marker = "- " if number is None else f"{number}. "
                if number is not None:
                    self._lists[-1] = number + 1
            case "details" | "dd":
                self._base += DEEPER
            case "pre":
                self._preformatted += 1

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in INLINE:
            if tag == "a" and self._links:
                self._end_link(node, self._links.pop())
            return
        self._flush()
        if self._ids and self._ids[-1][0] == node.mem_id:
            self._ids.pop()
        match tag:
            case "ul" | "menu" | "ol":
                if self._lists:
                    self._lists.pop()
                if not self._lists:
                    self._end_list()
            case "li":
                self._marker = ""
            case "details":
                self._base -= DEEPER
                self._end_list()
                self._blocks.append(Close(self._base + SUMMARY))
            case "dd":
                self._base -= DEEPER
            case "dl":
                self._end_list()
                self._blocks.append(Close(self._base + TERM))
            case "pre":
                self._preformatted -= 1

    def _heading(self, node: LexborNode, level: int, role: Literal["heading", "summary", "term"]) -> None:
        self._flush()
        self._end_list()
        first = node.child
        is_text = first is not None and first.is_text_node and first.next is None  # nothing stands in it
        text = collapse(first.text_content or "") if first is not None and is_text else _title_of(node)
        if not text or _CONTENTS_TITLE.fullmatch(text):
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
        slug = attributes.get("data-slug")
        self._blocks.append(Heading(self._base + level, text, anchor, slug, role))

    def _end_link(self, node: LexborNode, start: int) -> None:
        address = node.attributes.get("href") or ""
        words = collapse("".join(self._run[start:]))
        if address.startswith(("http://", "https://")) and _HERE.fullmatch(words):
            self._run.append(f" ({address})")

    def _flush(self) -> None:
        """End the paragraph."""
        if not self._run:
            return
        raw = "".join(self._run)
        self._run.clear()
        self._links.clear()
        if raw.isspace():  # what stands between most tags
            return
        if self._preformatted:
            self._add(raw.replace(_BREAK, "\n").strip("\n"))
        elif _BREAK in raw:
            self._add("\n".join([collapse(line) for line in raw.split(_BREAK)]).strip())
        else:
            self._add(collapse(raw))

    def _add(self, text: str) -> None:
        if not text.strip():
            return
        if not self._lists:
            self._blocks.append(Text(text))
            return
        indent = "  " * (len(self._lists) - 1)
        inner = indent + " " * len(self._marker)
        self._lines.append(indent + self._marker + text.replace("\n", f"\n{inner}"))
        self._marker = " " * len(self._marker)

    def _end_list(self) -> None:
        if self._lines:
            self._blocks.append(Text("\n".join(self._lines)))
            self._lines.clear()


def _left_out(node: LexborNode, tag: str, attributes: dict[str, str | None]) -> bool:
    if not node.is_element_node or tag in DROPPED:
        return True
    if tag in ("header", "footer") and not _within_content(node):
        return True
    if not attributes:
        return False
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    style, names = attributes.get("style"), (attributes.get("class"), attributes.get("id"))
    return bool(
        (attributes.get("role") or "") in DROPPED_ROLES
        or (style and _HIDDEN.search(style))
        or any(
            name and (_PATH_OF_PAGE.search(name) or (_CONTENTS.search(name) and tag not in ("body", "main", "article")))
            for name in names
        )
    )


def _is_contents(items: LexborNode) -> bool:
    """Whether a list only leads to places in the same page."""
    first: LexborNode | None = items.child
    while first is not None and (first.tag != "a" or not first.is_element_node):
        first = first.next if first.is_text_node and not (first.text_content or "").strip() else first.child
    if first is None or not (first.attributes.get("href") or "").startswith("#"):
        return False
    links = items.css("a")
    if len(links) < LINKS or not all((link.attributes.get("href") or "").startswith("#") for link in links):
        return False
    return "".join((items.text() or "").split()) == "".join("".join((link.text() or "").split()) for link in links)


def _within_content(node: LexborNode) -> bool:
    above = node.parent
    while above is not None:
        if above.tag in ("main", "article", "section", "blockquote"):
            return True
        above = above.parent
    return False


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
        hidden = current.is_element_node and (current.tag or "") in DROPPED - {"button"}
        following = None if hidden or not current.is_element_node else current.child


def _text_of(node: LexborNode) -> str:
    """All text in a heading or a cell, as one line."""
    parts: list[str] = []
    for each in _below(node):
        if each.is_text_node:
            parts.append(each.text_content or "")
        elif each.tag not in INLINE:
            parts.append("\n")
    return collapse("".join(parts))


def _title_of(heading: LexborNode) -> str:
    """The text of a heading without the link to itself, and without a button beside its words."""
    text = _text_of(heading)
    beside = [
        words
        for each in heading.css("a, button")
        if (words := collapse(each.text() or "")) and (each.tag == "button" or _PERMALINK.fullmatch(words))
    ]
    for words in beside:
        text = text.removeprefix(words).lstrip() or text
    for words in reversed(beside):
        text = text.removesuffix(words).rstrip() or text
    return text


def _data_rows(table: LexborNode) -> list[str] | None:
    """The rows of a table as lines that read alone; None for a table that only lays out the page."""
    if table.css_first("table table, h1, h2, h3, h4, details, dl") is not None:
        return None
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

        for cell in row.css("td, th"):
            fill()
            text, heads = _text_of(cell), cell.tag == "th"
            below = _span(cell, "rowspan") - 1
            for number in range(_span(cell, "colspan")):
                if below:
                    carried[len(cells)] = (below, text, heads)
                # A value that spans columns is said once, a heading above every column that it heads.
                cells.append((text if heads or not number else "", heads))
        fill()
        if any(text for text, _ in cells):
            rows.append(cells)
    if not rows or max(map(len, rows)) < 2:
        return None
    caption = table.css_first("caption")
    lines = [_text_of(caption)] if caption is not None else []
    header: list[str] = []
    for cells in rows:
        if all(heads for _, heads in cells):
            header = [text for text, _ in cells]
        elif header:
            lines.append(row_line(header, [text for text, _ in cells]))
        elif cells[0][1]:
            lines.append(row_line([cells[0][0]], [" | ".join(text for text, _ in cells[1:] if text)]))
        else:
            lines.append(row_line([], [text for text, _ in cells]))
    return lines


def _span(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "1").strip()
    return min(max(int(value), 1), WIDEST_SPAN) if value.isascii() and value.isdigit() and len(value) < 9 else 1
