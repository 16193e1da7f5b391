"""Reads a web page: its main part, with headings, lists, tables, and questions with their answers."""

from __future__ import annotations

import re
from html import unescape
from pathlib import PurePath
from typing import Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.attributes import attributes
from ingest.encodings import decode
from ingest.extracts import Extract
from ingest.lines import collapse
from ingest.outlines import Anchor, Block, Close, Heading, Text, extract
from ingest.questions import asks
from ingest.readers import faq_markup, html_days, html_scripts
from ingest.readers.html_folds import folds
from ingest.readers.html_furniture import is_contents, is_left_out, joint, leads_around, speaks_of_page
from ingest.readers.html_tables import INLINE, alt_of, data_rows, text_of
from knowledge.errors import UnreadableFile
from knowledge.languages import UNKNOWN, language

LARGEST = 10_000_000  # bytes: a page; more is a data dump, or an attack
DEEPEST = 2_000  # elements within one another: the parser's time grows with the square, and 100,000 take half a minute
FEW = 100  # characters that a page shows: its text may be in what its scripts read
DEEPER = 10  # levels between the headings of a page and those within a folded text

VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
# A second one of these ends the first, so that a page full of unclosed ones is not deep.
SELF_CLOSING = frozenset(("p", "li", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup"))
HEADINGS = {f"h{level}": level for level in range(1, 7)}
SUMMARY, TERM = 7, 8  # levels below those of all headings

_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9]*)")
_MARKUP = re.compile(r"<[A-Za-z/!]")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_-]{2,20})""", re.IGNORECASE)
_CONTENTS_TITLE = re.compile(
    r"table of contents|on this page|in this (?:article|section)|目 ?次|もくじ|このページの(?:内容|目次)", re.IGNORECASE
)
_PERMALINK = re.compile(r"[#¶§🔗⚓]|(?:permalink|(?:direct )?link) to this (?:heading|headline|section)", re.IGNORECASE)
# Words that say nothing without their link: its address is then part of the text.
_HERE = re.compile(
    r"(?:click |tap )?(?:here|this (?:page|link)|link|こちら|ここ|リンク|詳細|詳しくはこちら)", re.IGNORECASE
)
_BREAK = "\x1e"  # stands for <br> until white space has been tidied
_AFTER_ICON = "\x19"  # after a letter that stands alone in its element
_IMAGE = "\x1d"  # before and after what an image in running text is called
_BOX_OF_ADVICE = re.compile(
    r"(?:^| )(?:admonition|note|tip|hint|warning|caution|important|danger|attention|callout|alert|notice)(?: |$)"
)
_ADVICE = re.compile(
    r"(?:notes?|tips?|hints?|warning|caution|important|danger|attention|注|注記|注意|ご注意|注意事項|重要|警告|危険|ヒント|メモ|補足|備考|参考|ポイント)"
    r"\s*[:：!！]?",
    re.IGNORECASE,
)
LONGEST_LABEL = 60  # characters of what heads a box of advice
_BOLD = frozenset(("b", "strong"))
_ICON_OF_FAQ = re.compile(r"([QAＱＡ])[.．:：]?")  # drawn beside a question or an answer
_BETWEEN_LINKS = re.compile(r"[\s\W_]+")


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
    if sum(len(section.text) for section in result.sections) < FEW:
        carried = (script.text() for script in tree.css("script[type='application/json']"))
        result = html_scripts.article(carried, result)
    scripts = (script.text() for script in tree.css("script[type*='ld+json']"))
    if stated := [(plain_text(question), plain_text(answer)) for question, answer in faq_markup.pairs(scripts)]:
        result = faq_markup.merged(result, [(question, answer) for question, answer in stated if question and answer])
    result.lang = _language(tree, result)
    metas = ((node.attributes.get("name") or "", node.attributes.get("content")) for node in tree.css("meta[name]"))
    result.attributes = attributes(metas, result.warnings)
    result.updated = html_days.updated(tree, html, result.lang)
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
        self._in_links = 0  # open links, among them one around whole paragraphs
        self._linked = 0  # letters of the run that are in links
        self._linked_lines: list[float] = []  # of the list being read, the share of each that is in links
        self._label: str | None = None  # "Note", until what is noted comes
        self._label_depth = 0
        self._term = ""  # of a list of definitions within a list, until its definition comes
        self._tabs: dict[str, str] = {}  # what tabs are called, by their own names and by those of their panels
        self._boxes: dict[int, bool] = {}  # of advice, and whether they have one heading
        self._panels: list[int] = []  # the open ones that have a name
        self._folds = folds(root)
        self._shelved: list[tuple[list[int | None], str]] = []  # the lists around folded texts
        self._bold: list[tuple[int, int]] = []  # where in the run bold words begin and end
        self._bold_open: list[int] = []
        self._icon = ""  # "Q" or "A", until what it stands beside comes

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
                    self._end_label()
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
        if tag == "img":
            if alt := alt_of(node):
                self._run += _IMAGE, alt, _IMAGE
            return False
        attributes = node.attributes
        folded = None
        if self._folds.parts:
            if node.mem_id in self._folds.titles:
                self._flush()
                return False
            folded = self._folds.parts.get(node.mem_id)
        if folded is None and is_left_out(node, tag, attributes) and not self._is_root(node):
            return False
        name = attributes.get("id") or (attributes.get("name") if tag == "a" else None)
        if tag in HEADINGS:
            self._heading(node, HEADINGS[tag], "heading")
            return False
        if tag == "summary":
            self._heading(node, SUMMARY - DEEPER, "summary")
            return False
        if tag == "dt" and self._lists:
            self._flush()
            self._term = f"{self._term}, {text_of(node)}" if self._term else text_of(node)
            return False
        if tag == "dt":
            self._heading(node, TERM, "term")
            return False
        if tag in ("ul", "ol") and not self._lists and is_contents(node):
            self._flush()
            return False
        if attributes and attributes.get("role") == "tablist":
            self._name_tabs(node)
            return False
        if tag == "table" and not _gives_advice(node.parent) and (rows := data_rows(node)) is not None:
            self._flush()
            if name:
                self._blocks.append(Anchor(name))
            self._add("\n".join(rows))
            return False
        if tag in INLINE:
            if name and not (node.text() or "").strip() and not "".join(self._run).strip():
                self._blocks.append(Anchor(name))
            if tag in _BOLD:
                self._bold_open.append(len(self._run))
            if tag == "a":
                self._links.append(len(self._run))
                self._in_links += "href" in attributes
            elif "hidden" in attributes and (between := joint(node)):  # one of several, of which a script shows one
                self._run[-1:] = ["".join(self._run[-1:]).rstrip(), between]
            return True
        self._flush()
        if name:
            self._ids.append((node.mem_id, name))
        if folded:
            self._shelve()
            self._open_panel(node, folded)
        elif attributes.get("role") == "tabpanel":
            self._open_tab(node, attributes)
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
            case "details":
                self._shelve()
                self._base += DEEPER
            case "dd":
                self._base += DEEPER
            case "pre":
                self._preformatted += 1

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in INLINE:
            if tag == "a":
                self._end_link(node)
            elif tag == "span" and len(self._run) < 4 and _ICON_OF_FAQ.fullmatch("".join(self._run).strip()):
                self._run.append(_AFTER_ICON)
            elif tag in _BOLD and self._bold_open:
                self._bold.append((min(self._bold_open.pop(), len(self._run)), len(self._run)))
            return
        self._flush()
        if self._ids and self._ids[-1][0] == node.mem_id:
            self._ids.pop()
        if self._panels and self._panels[-1] == node.mem_id:
            self._panels.pop()
            self._close_panel()
            if node.mem_id in self._folds.parts:
                self._unshelve()
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
                self._unshelve()
            case "dd":
                self._base -= DEEPER
            case "dl" if self._lists:
                term, self._term = self._term, ""  # that nothing defines
                self._add(term)
            case "dl":
                self._end_list()
                self._blocks.append(Close(self._base + TERM))
            case "pre":
                self._preformatted -= 1

    def _heading(self, node: LexborNode, level: int, role: Literal["heading", "summary", "term"]) -> None:
        self._flush()
        first = node.child
        is_text = first is not None and first.is_text_node and first.next is None  # nothing stands in it
        text = collapse(first.text_content or "") if first is not None and is_text else _title_of(node)
        if not text or _CONTENTS_TITLE.fullmatch(text):
            return
        self._icon = ""
        self._end_label()
        if role == "heading" and self._heads_advice(node, text):
            self._label = text.rstrip(" :：!！")
            self._label_depth = len(self._lists)
            return
        self._end_list()
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

    def _heads_advice(self, heading: LexborNode, text: str) -> bool:
        """Whether a heading only heads a note in the midst of a section, and not what comes after it."""
        box = heading.parent
        if len(text) > LONGEST_LABEL or text[-1] in "?？" or box is None or not _gives_advice(box):
            return False
        if box.mem_id not in self._boxes:
            self._boxes[box.mem_id] = len(box.css("h1, h2, h3, h4, h5, h6")) == 1
        return self._boxes[box.mem_id]

    def _name_tabs(self, node: LexborNode) -> None:
        for tab in node.css("[role=tab]"):
            attributes, words = tab.attributes, text_of(tab)
            for name in (attributes.get("id"), attributes.get("aria-controls")):
                if name and words:
                    self._tabs[name] = words

    def _open_tab(self, node: LexborNode, attributes: dict[str, str | None]) -> None:
        names = (attributes.get("aria-labelledby"), attributes.get("id"))
        words = next((self._tabs[name] for name in names if name in self._tabs), None)
        if words is not None and not self._lists:
            self._open_panel(node, words)

    def _open_panel(self, node: LexborNode, title: str) -> None:
        self._icon = ""
        self._end_label()
        self._end_list()
        self._blocks.append(Heading(self._base + SUMMARY, title, node.attributes.get("id"), role="summary"))
        self._panels.append(node.mem_id)
        self._base += DEEPER

    def _shelve(self) -> None:
        """Folded texts are no part of the list that they may stand in."""
        self._shelved.append((self._lists, self._marker))
        self._lists, self._marker = [], ""

    def _unshelve(self) -> None:
        if self._shelved:
            self._lists, self._marker = self._shelved.pop()

    def _close_panel(self) -> None:
        self._base -= DEEPER
        self._end_label()
        self._end_list()
        self._blocks.append(Close(self._base + SUMMARY))

    def _end_link(self, node: LexborNode) -> None:
        address = node.attributes.get("href")
        start = self._links.pop() if self._links else 0
        words = "".join(self._run[start:])
        if address is None:
            return
        self._in_links -= 1
        self._linked += _letters(words)
        if address.startswith(("http://", "https://")) and _HERE.fullmatch(collapse(words)):
            self._run.append(f" ({address})")

    def _flush(self) -> None:
        """End the paragraph."""
        if not self._run:
            return
        bold = False
        if self._bold:
            bold = not self._lists and not self._preformatted and self._is_bold()
            self._bold.clear()
        if self._bold_open:
            self._bold_open = [0] * len(self._bold_open)
        raw = "".join(self._run)
        linked = self._linked
        if self._in_links:  # the link goes on around the next paragraph
            linked += _letters("".join(self._run[self._links[-1] if self._links else 0 :]))
        self._run.clear()
        self._links.clear()
        self._linked = 0
        if raw.isspace():  # what stands between most tags
            return
        share = min(1.0, linked / max(1, _letters(raw))) if linked else 0.0
        if _AFTER_ICON in raw:
            raw = _with_sign_after_icon(raw, bool(self._preformatted))
        if _IMAGE in raw:
            raw = _with_names_of_images(raw)
        if self._preformatted:
            self._add(raw.replace(_BREAK, "\n").strip("\n"))
        elif _BREAK in raw:
            lines = [line for line in map(collapse, raw.split(_BREAK)) if not speaks_of_page(line)]
            self._add("\n".join(lines).strip(), share, bold)
        else:
            self._add(collapse(raw), share, bold)

    def _is_bold(self) -> bool:
        """Whether all of the paragraph is bold; a question in bold at its beginning becomes one of its own."""
        start, end = self._bold[0]
        if _letters("".join(self._run[:start])):
            return False
        words, rest = "".join(self._run[start:end]), "".join(self._run[end:])
        if not _letters(words):
            return False
        if asks(collapse(words)) and _letters(rest):
            self._add(collapse(words), 0.0, True)
            self._run[:end] = []
            return False
        return _letters("".join(self._run)) == sum(_letters("".join(self._run[a:b])) for a, b in self._bold)

    def _add(self, text: str, linked: float = 0.0, bold: bool = False) -> None:
        if len(text) < 3 and not self._preformatted and (icon := _ICON_OF_FAQ.fullmatch(text)):
            self._icon = icon[1]
            return
        if self._icon:
            text, self._icon = f"{self._icon}. {text}", ""
        if not text.strip() or (linked == 1 and leads_around(text)) or speaks_of_page(text):
            return
        if _ADVICE.fullmatch(text) and not self._preformatted:
            self._end_label()
            self._label, self._label_depth = text.rstrip(" :：!！"), len(self._lists)
            return
        if self._label is not None:
            if len(self._lists) > self._label_depth:  # a list, all of which it heads
                self._label = _with_colon(self._label).rstrip()
                self._end_label()
            else:
                text, self._label = f"{_with_colon(self._label)}{text}", None
        if self._term:
            text, self._term = f"{self._term}: {text}", ""
        if not self._lists:
            self._blocks.append(Text(text, linked, bold))
            return
        self._linked_lines.append(linked)
        indent = "  " * (len(self._lists) - 1)
        inner = indent + " " * len(self._marker)
        self._lines.append(indent + self._marker + text.replace("\n", f"\n{inner}"))
        self._marker = " " * len(self._marker)

    def _end_label(self) -> None:
        """Write down a label that stands before nothing that it could be written before."""
        if self._label is None:
            return
        text, self._label = self._label, None
        if self._lines:
            self._lines.append("  " * (len(self._lists) - 1) + " " * len(self._marker) + text)
        else:
            self._blocks.append(Text(text))

    def _end_list(self) -> None:
        if self._lines:
            self._blocks.append(Text("\n".join(self._lines), min(self._linked_lines, default=0.0)))
            self._lines.clear()
            self._linked_lines.clear()


def _gives_advice(node: LexborNode | None) -> bool:
    """Whether it is a box of its own in the page, such as a note or a warning."""
    names = node.attributes.get("class") if node is not None and node.is_element_node else None
    return bool(names and _BOX_OF_ADVICE.search(names))


def _with_colon(label: str) -> str:
    return f"{label}: " if label.isascii() else f"{label}："


def _letters(text: str) -> int:
    return len(_BETWEEN_LINKS.sub("", text))


def _with_sign_after_icon(raw: str, preformatted: bool) -> str:
    """Text with a full stop after a "Q" or an "A" that is drawn before it; none after the first letter of a word."""
    icon, _, rest = raw.replace(_AFTER_ICON, "\0", 1).replace(_AFTER_ICON, "").partition("\0")
    first = rest.lstrip()[:1]
    is_apart = first.isupper() or first.isdigit() or not first.isascii()
    return f"{icon.strip()}. {rest.lstrip()}" if is_apart and not preformatted else icon + rest


def _with_names_of_images(raw: str) -> str:
    """Running text with the names of the images in it, where a reader would miss what the text does not say itself."""
    parts = raw.split(_IMAGE)
    said = "".join(parts[::2])
    told = said.casefold()
    for place in range(1, len(parts), 2):
        is_within = "".join(parts[:place:2]).strip()  # else it only stands before the text
        parts[place] = f"[{parts[place]}]" if is_within and parts[place].casefold() not in told else ""
    return "".join(parts)


def _title_of(heading: LexborNode) -> str:
    """The text of a heading without the link to itself, and without a button beside its words."""
    text = text_of(heading)
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
