"""Leaves out what a model's server should have kept to itself: thoughts between marks, and the marks of its template.

A server that was started without the right parser sends them among the words: `<think>…</think>`, the channels of
`<|channel|>analysis<|message|>…`, and the tokens that end an answer.
"""

from __future__ import annotations

import re

_LONGEST = 40  # characters of a mark
_MARK = re.compile(
    r"[<◁](?:\|(\w{1,30})\||(/?)(?:\w{1,12}:)?(think|thinking|thought|reasoning)(?: [^<>]{0,20})?|(/?s))[>▷]",
    re.IGNORECASE,
)
_BEGUN = re.compile(rf"[<◁][|/]?[\w|:]{{0,{_LONGEST}}}(?: [\w=\"'-]{{0,20}})?\Z")
_ENDS = frozenset(("im_end", "eot_id", "endoftext", "end_of_text", "return", "call", "eom_id"))
_HEADS = frozenset(("channel", "start", "im_start", "start_header_id"))
_BODIES = frozenset(("message", "im_sep", "end_header_id"))


class Thoughts:
    """A filter over the pieces of an answer."""

    def __init__(self) -> None:
        self._held = ""  # what may yet become a mark
        self._head: str | None = None  # a part's name, while it is being written
        self._silent = self._over = False
        self._struck = False  # within <s>…</s>, which strikes words out in HTML

    def feed(self, piece: str) -> str:
        """Take the next piece; return what is meant for the customer."""
        if not (self._held or self._silent or self._over or "<" in piece or "◁" in piece or self._head is not None):
            return piece
        text = self._held + piece
        begun = _BEGUN.search(text)
        cut = begun.start() if begun else len(text)
        self._held = text[cut:]
        return self._meant(text[:cut])

    def end(self) -> str:
        """Return what was held back."""
        text, self._held = self._held, ""
        return self._meant(text)

    def _meant(self, text: str) -> str:
        shown: list[str] = []
        end = 0
        for mark in _MARK.finditer(text):
            shown.append(self._said(text[end : mark.start()]))
            end = mark.end()
            if self._turn(mark):
                shown.append(self._said(mark[0]))
        shown.append(self._said(text[end:]))
        return "".join(shown)

    def _said(self, text: str) -> str:
        if self._head is not None:
            self._head += text
            return ""
        return "" if self._silent or self._over else text

    def _turn(self, mark: re.Match[str]) -> bool:
        """What a mark means for what comes after it; whether it is none, but strikes words out as HTML does."""
        named, closing, thinking, stop = ((group or "").casefold() for group in mark.groups())
        if thinking:
            self._silent = not closing
        elif stop == "s" or (stop and self._struck):
            self._struck = stop == "s"
            return True
        elif stop or (named in _ENDS and not self._silent):
            self._over = True
        elif named in _HEADS:
            self._head = ""
        elif named in _BODIES and self._head is not None:
            self._silent = self._head.strip().casefold().startswith(("analysis", "commentary"))
            self._head = None
        elif named == "end":
            self._silent = False
        return False
