"""Articles and sections that a message names by their numbers: 第13条, "section 4.2"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from knowledge.passages import Hit, Passage
from service.answering.texts.kanji import in_digits
from service.answering.texts.steps import matter
from service.answering.texts.terms import terms

ALL = 300  # passages that are looked at
_COUNT = r"(\d{1,4}|[〇一二三四五六七八九十百]{1,5})"
_JAPANESE = re.compile(rf"第 ?{_COUNT} ?(条|章|節|項)(?:の{_COUNT})?")
_DOTTED = r"(\d{1,3}(?:\.\d{1,3}){0,3})"
_NAMED = re.compile(
    rf"\b(?:section|article|clause|chapter|part|paragraph|rule)s? {_DOTTED}(?![\w-]|\.\d)", re.IGNORECASE
)
_HEADED = re.compile(rf"(?:(?:section|article|clause|chapter|part|rule) )?{_DOTTED}[.:)]?\s", re.IGNORECASE)
_OF_ASKING = terms(
    "何 書 教 知 見 記載 内容 説明 意味 条文 規定 say said state mean content text read tell explain about"
)

Numbers = frozenset[tuple[str, str]]  # of what kind, and which


def asked_for(message: str) -> Numbers:
    """The articles and sections that a message names."""
    plain = _plain(message)
    return _japanese(plain) | {("", number) for number in _NAMED.findall(plain)}


def holding(asked: Numbers, hits: Sequence[Hit]) -> list[Hit]:
    """The hits that are these articles or sections, in the order of their documents."""
    found = [hit for hit in hits if asked & _own(hit.passage)]
    return sorted(found, key=lambda hit: (hit.passage.document_id, hit.place or 0))


def is_all_that_is_asked(message: str) -> bool:
    """Whether a message asks for nothing besides what such a number names."""
    rest = _NAMED.sub(" ", _JAPANESE.sub(" ", _plain(message)))
    return matter(rest) <= _OF_ASKING


def _own(passage: Passage) -> Numbers:
    """The numbers that a passage is headed by, or begins with."""
    told: set[tuple[str, str]] = set()
    for line in (*passage.headings, passage.text.lstrip().split("\n", 1)[0]):
        plain = _plain(line)
        if (begun := _JAPANESE.match(plain)) is not None:
            told |= _japanese(begun.group())
    for heading in passage.headings:
        if (begun := _HEADED.match(_plain(heading))) is not None:
            told.add(("", begun[1]))
    return frozenset(told)


def _japanese(plain: str) -> Numbers:
    return frozenset(
        (kind, _digits(count) + (f"-{_digits(more)}" if more else "")) for count, kind, more in _JAPANESE.findall(plain)
    )


def _plain(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _digits(count: str) -> str:
    return str(int(count)) if count.isdecimal() else in_digits(count)
