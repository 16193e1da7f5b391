"""Finds names by where they stand: alone at the end of what was said, after a department, after a bank account.

And the rest of names of which a part is known: "Hi Jennifer" tells who wrote "Jennifer Kowalski".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from ingest.privacy.common import KANJI
from ingest.privacy.name_words import NOT_LATIN, SURNAMES

_NOT_AT_END = "県市区町村駅店港校課部所院館社城様者員名客師士園家分日月年"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ]"
_REST = re.compile(rf"(?: {_CAPITAL}\.?)?(?: {_CAPITAL}[\w'’-]+){{1,2}}")
_LONGER = frozenset(name for name in SURNAMES if len(name) > 1)
_GIVEN = rf"(?:[{KANJI}]{{1,3}}(?<![{_NOT_AT_END}])|[ぁ-ん]{{2,4}})"
_SIGNED = re.compile(  # ありがとうございました。鈴木
    rf"[。！!？?\n][ \n]*((?:{'|'.join(sorted(_LONGER, key=len))})(?: ?{_GIVEN})?)"
    r"(?=[ \n]*(?:\Z|[\n(]|(?i:tel)|電話|〒|携帯|0\d))"
)
_OF_DEPARTMENT = re.compile(  # 総務部 山本
    rf"[部課係室][ \n]((?:{'|'.join(sorted(SURNAMES, key=len, reverse=True))})(?: {_GIVEN})?)"
    r"(?=[ \n、。(]|です|様|TEL|\Z)"
)
_GIVEN_BEHIND = re.compile(rf" ?{_GIVEN}(?=[\n 、。,(]|です|と申|\Z)")
_VOCATIVE = re.compile(  # So sorry about that, Greg!
    rf"\b(?:sorry|thanks|thank you|apologies|welcome|worries)\b[^.!?,\n]{{0,30}}, ({_CAPITAL}[\w'’-]+)(?=[!.\n])"
)
_AFTER_DASH = re.compile(rf"(?:^|[.!?\n] ?)[-–—~] ?({_CAPITAL}[\w'’-]+(?: {_CAPITAL}[\w'’.-]*){{0,2}})[ \n]*\Z")
_HOLDER = re.compile(  # 普通 1234567 ワタナベケンジ
    r"(?:普通|当座|口座)(?:預金|番号)?[^\d\n]{0,8}\d{6,8}[ 、,。]{0,3}(?:名義(?:人)?(?:は|:)? ?)?"
    r"([ァ-ヴー]{3,8}[ ・]?[ァ-ヴー]{0,8})"
    r"(?=[ \n、。]|です|でお|になり|\Z)"
)


def signed_spans(plain: str) -> Iterator[tuple[int, int]]:
    """Where names stand in a text in its plain form."""
    for match in _SIGNED.finditer(plain):
        yield match.span(1)
    for match in _OF_DEPARTMENT.finditer(plain):
        yield match.span(1)
    for match in _HOLDER.finditer(plain) if "普通" in plain or "当座" in plain or "口座" in plain else ():
        yield match.span(1)


def latin_spans(plain: str) -> Iterator[tuple[int, int]]:
    """Where names stand that are called in a courtesy, or sign after a dash."""
    for match in _VOCATIVE.finditer(plain):
        yield match.span(1)
    if (signed := _AFTER_DASH.search(plain, max(0, len(plain) - 60))) is not None:
        yield signed.span(1)


def fuller(texts: Sequence[str], names: Set[str]) -> set[str]:
    """The whole names in texts of which the first word, or the surname, is known."""
    found: set[str] = set()
    for name in names:
        rest = _GIVEN_BEHIND if name in _LONGER else _REST if name.isalpha() and name[0].isupper() else None
        for text in texts if rest is not None and len(name) > 1 else ():
            place = text.find(name)
            while place >= 0 and rest is not None:
                more = rest.match(text, place + len(name))
                if more is not None and not {word.lower() for word in more.group().split()} & NOT_LATIN:
                    found.add(name + more.group())
                place = text.find(name, place + len(name))
    return found
