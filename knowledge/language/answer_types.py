"""What kind of thing a question asks for, by its words (何ワット, which country), and whether a text tells one.

Expected answer types (Li and Roth, 2002), of those that a few words tell surely: a passage without any number of watts
does not say how many something draws, however near it is. answer_types.toml, which was written for this project, has
the words. What none of them asks for has no type.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

Type = re.Pattern[str]  # what tells of a thing of that type

LONGEST = 200  # characters of a message that asks for one thing: a longer one asks for others as well

_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety"
    "|hundred|thousand|million|dozen|couple|half|several|few"
)
_DIGITS = "0-9〇一二三四五六七八九十百千万億"
_NUMBER = rf"(?:[{_DIGITS}数半両第][{_DIGITS},.]*(?:st|nd|rd|th)?\+?|\b(?:an?|{_WORDS})\b)[\s-]*"
_WRITTEN = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_COUNTRIES = "|".join(_WRITTEN["countries"])


def _read(written: Mapping[str, Sequence[str]]) -> tuple[re.Pattern[str], Type]:
    """What asks for a thing of a type, and what tells one."""
    tells = "|".join(written["tells"]).replace("{number}", _NUMBER).replace("{countries}", _COUNTRIES)
    return re.compile("|".join(written["asks"])), re.compile(tells)


_TYPES = [_read(written) for written in _WRITTEN["types"]]
_ASKS_PRICE, _TELLS_PRICE = _read(_WRITTEN["price"])
_ALIKE = {line.split()[0]: line.split() for line in _WRITTEN["counters"]}
_COUNTED = re.compile(
    rf"何[かヶカヵケ箇]?({'|'.join(sorted(_ALIKE, key=len, reverse=True))})(?![線種気月])(?:様|分)?"
    r"(?!で?も|か(?!ら|[?？。\s]|$))"  # 何回でも, 何人かで: no number is asked for
    r"(?<!何人(?!で[^すし]|から|[ま以ぐく程様分乗入泊座い必]))"  # of 何人です a people may be the answer
)
_HOW_MANY = re.compile(
    r"\bhow many\b"
    r"(?! (?:\w+ )?(?:kind|type|variet|flavou?r|colou?r|size|store|shop|branch|location|plan|way|option|language))"
    r"|\bmaximum number of\b"
)
_MANY = re.compile(
    rf"[{_DIGITS}]|\b(?:{_WORDS}|single|once|twice|both|pair|unlimited|as (?:many|often|much)|each|every|multiple|only"
    r"|none|no (?:limit|maximum|more)|any|all)\b"
)
_UNLIMITED = (
    r"ひとり|ふたり|ひとつ|ふたつ|無制限|制限は?(?:な|ご|あ)|いくつでも|何[^。]{1,3}でも|上限は?(?:な|ご)|複数|全て|すべて"
    r"|毎[日週月年回]"
)
_POINTS_ON = re.compile(r"\[url\]|https?://|ご覧|\bsee (?:the|our|your)\b")  # to where it is told


def asked_for(question: str) -> list[Type]:
    """The types of what a question asks for; none where it is nothing of a known type."""
    if len(question) > LONGEST:
        return []
    question = _plain(question)
    if found := [tells for asks, tells in _TYPES if asks.search(question)]:
        return found
    if counted := _COUNTED.search(question):
        return [_number_of(counted[1])]
    return [_MANY] if _HOW_MANY.search(question) else []


def is_told(types: list[Type], text: str) -> bool:
    """Whether a text tells a thing of one of the types, or points on to where it is told."""
    text = _plain(text)
    return any(tells.search(text) for tells in types) or _POINTS_ON.search(text) is not None


def asks_price(question: str) -> bool:
    """Whether a question may ask what something costs."""
    return len(question) <= LONGEST and _ASKS_PRICE.search(_plain(question)) is not None


def tells_price(text: str) -> bool:
    """Whether a text tells of an amount of money, or that something is free or charged for."""
    return _TELLS_PRICE.search(_plain(text)) is not None


@lru_cache
def _number_of(counter: str) -> Type:
    """A number of what is counted so, as 3枚, or by another word that counts the like."""
    counters = "|".join(sorted(_ALIKE[counter], key=len, reverse=True))
    return re.compile(rf"{_NUMBER}[かヶカヵケ箇]?(?:{counters})|{_UNLIMITED}")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()
