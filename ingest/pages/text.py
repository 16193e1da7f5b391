"""A piece of HTML as text, such as other formats carry, and how deep its elements are nested."""

from __future__ import annotations

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser

from ingest.pages.walk import Walk
from ingest.texts.blocks import Heading, Text
from knowledge.errors import UnreadableFile

DEEPEST = 2_000  # elements within one another: the parser's time grows with the square, and 100,000 take half a minute

VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
# A second one of these ends the first, so that a page full of unclosed ones is not deep.
SELF_CLOSING = frozenset(("p", "li", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup"))

_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9]*)")
_MARKUP = re.compile(r"<[A-Za-z/!]")
_ANY_TAG = re.compile(r"<[^<>]*>?")


def plain_text(html: str) -> str:
    """A piece of HTML as text, such as a message or an answer that another format carries.

    Without any tag it is plain text already, and keeps its lines.
    """
    if _MARKUP.search(html) is None:
        return unescape(html).replace("\r\n", "\n").strip()
    if depth_of(html.encode("utf-8", "replace")) > DEEPEST:
        raise UnreadableFile("too-large", f"It holds HTML that is nested more than {DEEPEST:,} deep.")
    blocks = Walk(LexborHTMLParser(html).body).blocks()
    return "\n\n".join(block.text for block in blocks if isinstance(block, Heading | Text))


def words_of(html: str) -> str:
    """The same of what anybody may have sent: where it is nested without end, its words without the tags."""
    try:
        return plain_text(html)
    except UnreadableFile:
        return unescape(_ANY_TAG.sub(" ", html)).strip()


def depth_of(data: bytes) -> int:
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
