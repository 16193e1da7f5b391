"""Reads the numbers by which a model cites, in whatever brackets it writes them, and lets only true ones through."""

from __future__ import annotations

import re

from service.answering.texts.marks import CITATION, LONGEST, NUMBERS, is_pattern, numbers_of

_BEGUN = re.compile(rf"[ \t\u3000]?(?:[\[［【〔]{NUMBERS}{{0,{LONGEST}}})?\Z")
_SPECIAL = re.compile(r"[\[［【〔`]|[ \t\u3000]\Z")  # without these nothing is a citation, or begins one
_ADDRESS = re.compile(r"https?://[!-~]*\?[!-~]*\Z")  # a link's query: brackets are part of it


class Citations:
    """A filter over the pieces of a streamed answer: what comes out cites as [n], and only passages that were given."""

    def __init__(self, passages: int) -> None:
        self.used: list[int] = []  # in the order of their first appearance
        self._passages = passages
        self._held = ""  # what may yet become a citation
        self._line = ""  # the text before it since the last space: is it a link?
        self._ticks = 0  # backquotes that are open: in code, brackets mean something else

    def feed(self, delta: str) -> str:
        """Take the next piece; return what can be shown already."""
        if not self._held and not _SPECIAL.search(delta):
            if not self._ticks:
                self._follow(delta)
            return delta
        text = self._held + delta
        begun = _BEGUN.search(text)
        cut = begun.start() if begun else len(text)
        if text.endswith("`"):  # more of them may follow
            cut = min(cut, len(text.rstrip("`")))
        self._held = text[cut:]
        return self._cleaned(text[:cut])

    def end(self) -> str:
        """Return what was held back."""
        text, self._held = self._held, ""
        return self._cleaned(text)

    def _cleaned(self, text: str) -> str:
        shown: list[str] = []
        for index, part in enumerate(re.split(r"(`+)", text)):
            if index % 2:
                self._ticks = 0 if self._ticks == len(part) else self._ticks or len(part)
                shown.append(part)
            else:
                shown.append(part if self._ticks else self._cited(part))
        return "".join(shown)

    def _cited(self, text: str) -> str:
        shown: list[str] = []
        end = 0
        for found in CITATION.finditer(text):
            self._follow(text[end : found.start()])
            shown.append(text[end : found.start()])
            end = found.end()
            inside = numbers_of(found[2])
            if is_pattern(inside) or _ADDRESS.search(self._line):
                self._follow(found[0])
                shown.append(found[0])
                continue
            numbers = [number for number in inside if 1 <= number <= self._passages]
            self.used += [number for number in numbers if number not in self.used]
            if numbers:
                shown.append(found[1] + "".join(f"[{number}]" for number in numbers))
        self._follow(text[end:])
        shown.append(text[end:])
        return "".join(shown)

    def _follow(self, text: str) -> None:
        line = self._line + text
        self._line = line.rsplit(maxsplit=1)[-1][-2000:] if line and not line[-1].isspace() else ""
