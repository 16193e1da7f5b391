"""The bullets and numbers that Word draws before the items of lists, headings and articles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from ingest.word.looks import first
from ingest.word.text import VALUE

DEEPEST = 9  # levels of Word's lists
MOST_KANJI = 100
_LEVEL = re.compile(r"%([1-9])")
_DIGITS = "〇一二三四五六七八九"
_KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_NAMES = re.compile(r"第%1[条章節編部]")  # what it numbers has this for its name: an article, a chapter


@dataclass(frozen=True, slots=True)
class _Level:
    looks: str  # the numbers: decimal, lowerLetter and so on
    text: str  # "%1.%2" or "第%1条"
    begins: int
    plain: bool  # the numbers of the levels above are digits in it, too: "Article I", "1.01"


@dataclass(frozen=True, slots=True)
class Mark:
    """What is drawn before a paragraph."""

    item: str  # as of a list's item, indented: "  2. "
    name: str  # the number as it is drawn: "第2条", "4.2"; empty for a bullet
    names: bool  # that number is what the paragraph is called by: no item of a list, but an article


class Lists:
    """The bullets and numbers of a document, in its order."""

    def __init__(self, document: Document) -> None:
        self._levels: dict[tuple[str, int], _Level] = {}  # of each list
        self._counts: dict[tuple[str, int], int] = {}
        try:
            numbering = document.part.numbering_part.element
        except (KeyError, NotImplementedError):  # it has no lists
            return
        abstract = {str(each.get(qn("w:abstractNumId"))): each for each in numbering.iterchildren(qn("w:abstractNum"))}
        for each in numbering.iterchildren(qn("w:num")):
            named = each.find(qn("w:abstractNumId"))
            meant = abstract.get(str(named.get(VALUE))) if named is not None else None
            for level in () if meant is None else meant.iterchildren(qn("w:lvl")):
                depth, looks = str(level.get(qn("w:ilvl"))), _said(level, "w:numFmt")
                if looks and depth.isdecimal():
                    begins = _said(level, "w:start")
                    begins_at = int(begins) if begins.isdecimal() else 1
                    plain = level.find(qn("w:isLgl")) is not None
                    told = _Level(looks, _said(level, "w:lvlText"), begins_at, plain)
                    self._levels[str(each.get(qn("w:numId"))), int(depth)] = told

    def mark(self, properties: Iterable[BaseOxmlElement]) -> Mark | None:
        """What stands before a paragraph; None when it is in no list."""
        properties = list(properties)
        number, said = (first(properties, f"w:numPr/w:{name}") for name in ("numId", "ilvl"))
        if number in (None, "0"):
            return None
        depth = min(int(said), DEEPEST) if said is not None and said.isdecimal() else 0
        key = str(number), depth
        indent = "  " * min(depth, 8)
        level = self._levels.get(key)
        if level is None or level.looks in ("bullet", "none"):
            return Mark(f"{indent}- ", "", names=False)
        for other in [each for each in self._counts if each[0] == number and each[1] > depth]:
            del self._counts[other]
        self._counts[key] = self._counts.get(key, level.begins - 1) + 1
        name = _LEVEL.sub(lambda found: self._drawn(key[0], int(found[1]) - 1, level.plain), level.text).strip()
        together = len(_LEVEL.findall(level.text)) > 1  # "4.2": of several levels
        item = f"{name} " if together else f"{self._counts[key]}. "
        return Mark(indent + item, name, names=_NAMES.search(level.text) is not None)

    def _drawn(self, number: str, depth: int, plain: bool) -> str:
        level = self._levels.get((number, depth))
        count = self._counts.get((number, depth), level.begins if level is not None else 1)
        return str(count) if level is None or plain else _FORMATS.get(level.looks, str)(count)


def _said(level: BaseOxmlElement, name: str) -> str:
    found = level.find(qn(name))
    return str(found.get(VALUE) or "") if found is not None else ""


def _letter(count: int) -> str:
    return chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1) if 0 < count < MOST_KANJI else str(count)


def _roman(count: int) -> str:
    if not 0 < count < 4 * MOST_KANJI:
        return str(count)
    told = ""
    for worth, letters in _ROMAN:
        told += letters * (count // worth)
        count %= worth
    return told


def _kanji(count: int) -> str:
    if not 0 < count < MOST_KANJI:
        return str(count)
    tens, ones = divmod(count, 10)
    return f"{_DIGITS[tens] if tens > 1 else ''}{'十' if tens else ''}{_DIGITS[ones] if ones else ''}"


def _kana(count: int) -> str:
    return _KANA[count - 1] if 0 < count <= len(_KANA) else str(count)


def _circled(count: int) -> str:
    return chr(ord("①") + count - 1) if 0 < count <= 20 else str(count)


def _wide(count: int) -> str:
    return str(count).translate({ord("0") + digit: ord("０") + digit for digit in range(10)})


_FORMATS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _letter,
    "upperLetter": lambda count: _letter(count).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda count: _roman(count).upper(),
    "decimalZero": lambda count: f"{count:02}",
    "decimalFullWidth": _wide,
    "decimalFullWidth2": _wide,
    "decimalEnclosedCircle": _circled,
    "japaneseCounting": _kanji,
    "japaneseDigitalTenThousand": _kanji,
    "ideographDigital": _kanji,
    "aiueo": _kana,
    "aiueoFullWidth": _kana,
}
