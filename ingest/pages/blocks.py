"""From paragraphs, lists and headings of a web page to blocks: a list is one text, a note keeps its label."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from ingest.pages.furniture import asks_for_opinions, is_path, leads_around, offers_opinions, speaks_of_page
from ingest.pages.paragraphs import ICON_OF_FAQ
from ingest.texts.blocks import Anchor, Block, Close, Heading, Text

DEEPER = 10  # levels between the headings of a page and those within a folded text
SUMMARY, TERM = 7, 8  # levels below those of all headings
_SAYS_NOTHING = re.compile(r"(?:[^\w○◯●×✕✓✔✗△◎―－-]|_)+")
LONGEST_LABEL = 60  # characters of what heads a box of advice

_BOX_OF_ADVICE = re.compile(
    r"(?:^| )(?:admonition|note|tip|hint|warning|caution|important|danger|attention|callout|alert|notice)(?: |$)"
)
_ADVICE = re.compile(
    r"(?:notes?|tips?|hints?|warning|caution|important|danger|attention|注|注記|注意|ご注意|注意事項|重要|警告|危険|ヒント|メモ|補足|備考|参考|ポイント)"
    r"\s*[:：!！]?",
    re.IGNORECASE,
)


class Blocks:
    """What has been read of a page, and what is open in it: lists, folded texts, a label that waits for its note."""

    def __init__(self) -> None:
        self._done: list[Block] = []
        self._lines: list[str] = []  # the list being read
        self._linked_lines: list[float] = []  # the share of each that is in links
        self._lists: list[int | None] = []  # for every open list, the next number, or None for a bullet
        self._marker = ""  # of the list item being read
        self._shelved: list[tuple[list[int | None], str]] = []  # the lists around folded texts
        self._base = 0  # added to levels within folded texts
        self._label: str | None = None  # "Note", until what is noted comes
        self._label_depth = 0
        self._term = ""  # of a list of definitions within a list, until its definition comes
        self._asked = False  # how helpful the page was, just before
        self._icon = ""  # "Q" or "A", until what it stands beside comes

    @property
    def in_list(self) -> bool:
        """Whether a list is open."""
        return bool(self._lists)

    def all(self) -> list[Block]:
        """Everything, once the page has ended."""
        self._end_label()
        self.write_list()
        return self._done

    def anchor(self, name: str) -> None:
        """A named place."""
        self._done.append(Anchor(name))

    def heading(self, heading: Heading) -> None:
        """A heading, deeper within folded texts."""
        self._asked = asks_for_opinions(heading.text)
        if self._asked:
            return
        self._icon = ""
        self._end_label()
        self.write_list()
        heading.level += self._base
        self._done.append(heading)

    def label(self, text: str) -> None:
        """What heads a note, and nothing that comes after it."""
        self._icon = ""
        self._end_label()
        self._label, self._label_depth = text.rstrip(" :：!！"), len(self._lists)

    def add(self, said: Text, preformatted: bool = False) -> None:
        """A paragraph, of a list item or on its own."""
        text = said.text
        if len(text) < 3 and not preformatted and (icon := ICON_OF_FAQ.fullmatch(text)):
            self._icon = icon[1]
            return
        if self._icon:
            text, self._icon = f"{self._icon}. {text}", ""
        if not preformatted and self._is_beside(text, said.linked):
            return
        if _ADVICE.fullmatch(text) and not preformatted:
            self.label(text)
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
            self._done.append(said if text is said.text else Text(text, said.linked, said.bold))
            return
        self._linked_lines.append(said.linked)
        indent = "  " * (len(self._lists) - 1)
        inner = indent + " " * len(self._marker)
        self._lines.append(indent + self._marker + text.replace("\n", f"\n{inner}"))
        self._marker = " " * len(self._marker)

    def _is_beside(self, text: str, linked: float) -> bool:
        """Whether it is no text of the page, but what stands around one."""
        is_choice = self._asked and offers_opinions(text)
        self._asked = is_choice or asks_for_opinions(text)
        if is_choice or not text.strip() or (not self._lists and _SAYS_NOTHING.fullmatch(text)):
            return True
        return speaks_of_page(text) or (linked == 1 and leads_around(text)) or (linked > 0 and is_path(text))

    def begin_list(self, number: int | None = None) -> None:
        """A list opens, of bullets or of items numbered from there."""
        self._lists.append(number)

    def end_list(self) -> None:
        """The innermost list has ended."""
        if self._lists:
            self._lists.pop()
        if not self._lists:
            self.write_list()

    def begin_item(self) -> None:
        """An item of the innermost list begins."""
        number = self._lists[-1] if self._lists else None
        self._marker = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def end_item(self) -> None:
        """It has ended."""
        self._marker = ""

    def term(self, text: str) -> None:
        """What a definition follows, within a list."""
        self._term = f"{self._term}, {text}" if self._term else text

    def begin_definition(self) -> None:
        """What follows defines a term."""
        self._base += DEEPER

    def end_definition(self) -> None:
        """It has ended."""
        self._base -= DEEPER

    def end_terms(self) -> None:
        """A list of definitions has ended."""
        if self._lists:
            term, self._term = self._term, ""  # that nothing defines
            self.add(Text(term))
            return
        self.write_list()
        self._done.append(Close(self._base + TERM))

    def begin_fold(self, title: str = "", anchor: str | None = None) -> None:
        """A folded text begins, which is no part of the list that it may stand in; without a title it holds its own."""
        self._shelved.append((self._lists, self._marker))
        self._lists, self._marker = [], ""
        if title:
            self.heading(Heading(SUMMARY, title, anchor, role="summary"))
        self._base += DEEPER

    def end_fold(self) -> None:
        """It has ended."""
        self._base -= DEEPER
        self._end_label()
        self.write_list()
        self._done.append(Close(self._base + SUMMARY))
        if self._shelved:
            self._lists, self._marker = self._shelved.pop()

    def write_list(self) -> None:
        """Write down the list as far as it has been read."""
        if self._lines:
            self._done.append(Text("\n".join(self._lines), min(self._linked_lines, default=0.0)))
            self._lines.clear()
            self._linked_lines.clear()

    def _end_label(self) -> None:
        """Write down a label that stands before nothing that it could be written before."""
        if self._label is None:
            return
        text, self._label = self._label, None
        if self._lines:
            self._lines.append("  " * (len(self._lists) - 1) + " " * len(self._marker) + text)
        else:
            self._done.append(Text(text))


def gives_advice(node: LexborNode | None) -> bool:
    """Whether it is a box of its own in the page, such as a note or a warning."""
    names = node.attributes.get("class") if node is not None and node.is_element_node else None
    return bool(names and _BOX_OF_ADVICE.search(names))


def _with_colon(label: str) -> str:
    return f"{label}: " if label.isascii() else f"{label}："
