"""The text of an element as one line, such as a heading's or a cell's, and what its images are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborNode

from ingest.pages.furniture import DROPPED, is_alternative, is_hidden, joint
from ingest.texts.lines import collapse, raised

_INLINE = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr output q rb ruby s "
    "samp sdfield small span strike strong sub sup time tt u var wbr o:p"  # "o:p" is of Word
)
INLINE = frozenset(_INLINE.split())
LONGEST_ALT = 40  # characters of what stands for an image: more describes a picture

_ICON = re.compile(
    r"^(?:icon|image|button)(?: of| for)? |(?:の)? ?(?:icon|image|button|アイコン|画像|ボタン)$", re.IGNORECASE
)
_PARAGRAPH = "\x1f"  # stands for where one begins
_UNSEEN = DROPPED - {"button"}
_SIGNS = ".!?…:;,。！？：；、，"
_SIGN = re.compile(r"[○◯●×✕✓✔✗△◎―－-]")  # a whole cell of a table of what is possible
_QUESTION = ("Q", "Ｑ")  # drawn beside it
_AFTER_ICON = re.compile(r"([QＱ])\s*((?![a-z.．:：])\S.*)", re.DOTALL)
_BESIDE_TITLE = "a, button, span, i, em, div"
_PERMALINK = re.compile(
    r"[#¶§🔗⚓\u200b+＋－−–×▼▲▽△▾▸▶∨]|(?:permalink|(?:direct )?link) to this (?:heading|headline|section)",
    re.IGNORECASE,
)
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
                current = current.parent or node
        current = following
        yield current
        if not current.is_element_node or (current.tag or "") in _UNSEEN or _is_unseen(current):
            following = None
        else:
            following = current.child


def _is_unseen(node: LexborNode) -> bool:
    return is_hidden(node.attributes) and not is_alternative(node)


def is_raised(words: LexborNode) -> bool:
    """Whether words stand above their line."""
    return words.parent is not None and words.parent.tag == "sup"


def text_of(node: LexborNode) -> str:
    """All text in a heading or a cell, as one line; what its images are called where there is none."""
    parts: list[str] = []
    images: list[LexborNode] = []
    for each in _below(node):
        if each.is_text_node:
            words = each.text_content or ""
            parts.append(raised(words) if words.isdecimal() and is_raised(each) else words)
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


def title_of(heading: LexborNode) -> str:
    """The text of a heading without the link to itself, and without a button or a sign beside its words."""
    text = text_of(heading)
    beside = [
        words
        for each in heading.css(_BESIDE_TITLE)
        if (words := collapse(each.text() or "")) and (each.tag == "button" or _PERMALINK.fullmatch(words))
    ]
    for words in beside:
        text = text.removeprefix(words).lstrip() or text
    for words in reversed(beside):
        text = text.removesuffix(words).rstrip() or text
    drawn = next((each for each in heading.css(_BESIDE_TITLE) if (each.text() or "").strip() in _QUESTION), None)
    if drawn is not None and (asked := _AFTER_ICON.fullmatch(text)):
        return f"{asked[1]}. {asked[2]}"
    return text
