"""Reads the facts of a text that can be compared: addresses, telephones, dates, times, amounts, names, promises.

The same fact reads the same in Japanese and English: 三十日, ３０日 and thirty days; 1万2千円 and 12,000 yen;
午後5時 and 5 p.m.; 無料 and free of charge.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from service.answering.checking.arithmetic import computed
from service.answering.checking.bounds import from_the_other_side
from service.answering.checking.clock import clocked, spanned
from service.answering.checking.counting import own_counts
from service.answering.checking.dates import dated, timed
from service.answering.checking.names import names
from service.answering.checking.numerals import UNIT, UNITS, as_told, plain_numbers
from service.answering.checking.promises import promises
from service.answering.checking.quantities import in_numbers, measured
from service.answering.checking.relative import related

_ADDRESS = re.compile(
    r"(?:(?<![a-z])[a-z]{2,12}://|www\.)[^\s<>\"'`()（）「」『』【】、。\u3040-\u30ff\u4e00-\u9fff]+"
    r"|[\w.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|net|org|jp|io|dev|info|biz|example|test|edu|gov|"
    r"(?-i:xyz|shop|store|online|site|app|page|help|support|care|chat|link|click|live|top|cloud|tv|cc|ru|cn|uk|de|eu|ly|gg|ai)|me(?=/))"
    r"(?![\w.-]*\w)(?:/[\w./?=&%#-]*)?",
    re.IGNORECASE | re.ASCII,
)
_ACCOUNT = re.compile(r"(?<![\w.@])@[a-z][\w.]+\w", re.IGNORECASE | re.ASCII)  # of somebody, somewhere
_PHONE = re.compile(r"(?<![\d.])(?:\+\d|\(?0)[\d\-‐‑–−ー() ]{6,18}\d(?!\d)")

_WEEKDAYS_JA, _WEEKDAYS_EN = "月火水木金土日", ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
_WEEKDAY_JA = re.compile(rf"([{_WEEKDAYS_JA}])曜")
_WEEKDAY_EN = re.compile(rf"\b({'|'.join(_WEEKDAYS_EN)})days?\b")

_SIGNS = {"¥": "yen", "$": "dollar", "€": "euro", "£": "pound"}
_NUMBER = re.compile(  # in the digits of any script
    r"(?P<sign>[¥$€£])?\s?(?<![A-Za-z0-9_])(?<!\d\.)(?P<n>\d+(?:\.\d+)?)"
)
_NUMBER_BEFORE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s?(?:~|〜|-|–|から|to|and|または|or)\s?\Z", re.ASCII)
OFTEN = 3  # 度: of more, degrees are meant
NEAR = 40  # characters before a number that are looked at for another: 5-10 days
_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9])(?=[A-Za-z-]{0,60}\d)(?=[\d-]{0,60}[A-Za-z])[A-Za-z0-9-]{3,}(?![A-Za-z0-9])"
)
_ORDINALS = ("st", "nd", "rd", "th")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text says that can be compared with another."""

    exact: frozenset[str]  # addresses, telephones, dates, times, weekdays, codes and promises
    numbers: frozenset[tuple[str, str | None]]  # value and unit
    names: frozenset[str]
    text: str  # normalised, in small letters, without white space: names are looked for in it
    counts: frozenset[str] = frozenset()  # numbers that count what the text itself names
    implied: frozenset[tuple[str, str | None]] = frozenset()  # numbers that stand in it for these units alone

    def __bool__(self) -> bool:
        return bool(self.exact or self.numbers or self.names)


def unsupported(said: Facts, held: Facts, names_from: Facts | None = None, *, works_out: bool = False) -> list[str]:
    """The facts of `said` that `held` does not hold; names may stand in `names_from` instead, such as the question.

    A number must have the same unit, or none on one side: a table says 550 where a sentence says 550 yen. `works_out`
    is whether one may follow from others.
    """
    if not said:
        return []
    known: dict[str, set[str | None]] = {}
    for value, unit in held.numbers:
        known.setdefault(value, set()).add(unit)
    missing = sorted(said.exact - held.exact)
    if missing and works_out:
        missing = sorted({*missing} - clocked(said.exact, held.exact, held.numbers, held.text))
    counted = {(count, None) for count in said.counts}
    unknown = [each for each in said.numbers if each not in counted and not _is_known(each, known, held)]
    if unknown and works_out:
        asked = names_from.numbers if names_from else frozenset()
        bounds = from_the_other_side(said.text, held.text)
        unknown = [each for each in unknown if each[0] not in bounds and not spanned(each, held.exact)]
        told = held.numbers | held.implied
        unknown = [*set(unknown) - computed(unknown, told, said.numbers, asked, said.text, held.text)]
    missing += sorted(f"{value} {unit}" if unit else value for value, unit in unknown)
    for name in sorted(said.names):
        if name not in held.text and (names_from is None or name not in names_from.text):
            missing.append(name)
    return missing


def _is_known(number: tuple[str, str | None], known: dict[str, set[str | None]], held: Facts) -> bool:
    """Whether the same quantity is told, in this unit or in another."""
    value, unit = number
    units = known.get(value)
    if units is not None and (unit in units or None in units or (unit is None and units != {"time"})):
        return True
    if number in held.implied:
        return True
    quantity = measured(value, unit)
    return quantity is not None and any(measured(*each) == quantity for each in held.numbers)


@lru_cache(maxsize=4096)
def facts(text: str) -> Facts:
    """All that can be compared in a text."""
    plain = unicodedata.normalize("NFKC", text)
    whole = re.sub(r"\s+", "", plain.casefold())
    exact: set[str] = set()
    numbers: set[tuple[str, str | None]] = set()

    def address(found: re.Match[str]) -> str:
        value = re.sub(r"^https?://", "", found[0].casefold()).rstrip(".,;:!?/")
        exact.add(value)
        return " "

    def phone(found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", re.sub(r"^\+81[- ]?\(?0?\)?", "0", found[0]))
        if not 9 <= len(digits) <= 15:
            return found[0]
        exact.add(f"tel {digits}")
        return " "

    rest = _ADDRESS.sub(address, plain)
    named = frozenset(names(rest))
    if "@" in rest:
        rest = _ACCOUNT.sub(address, rest)
    rest = _PHONE.sub(phone, rest).casefold()
    exact |= promises(rest) | related(rest)
    exact.update(f"weekday {_WEEKDAYS_JA.index(day)}" for day in _WEEKDAY_JA.findall(rest))
    if "土日" in rest:
        exact.update(("weekday 5", "weekday 6"))
    exact.update(f"weekday {_WEEKDAYS_EN.index(day)}" for day in _WEEKDAY_EN.findall(rest))
    rest = in_numbers(plain_numbers(rest))
    rest = dated(rest, exact, numbers)
    rest = timed(rest, exact)

    def number(found: re.Match[str]) -> str:
        unit = _SIGNS.get(found["sign"] or "")
        after = UNIT.match(rest, found.end())
        if unit is None and after is not None and after.lastgroup is not None:
            unit = UNITS[int(after.lastgroup[1:])][0]
        value = Decimal(found["n"])
        if unit == "degree" and value <= OFTEN and rest.startswith("度", found.end()):
            unit = "time"  # 2度まで
        if rest.startswith("割", found.end()) and not rest.startswith("割引", found.end() + 1):
            value, unit = 10 * value, "percent"
        numbers.add((as_told(value), unit))
        if unit and (
            before := _NUMBER_BEFORE.search(rest, max(0, found.start() - NEAR), found.start())
        ):  # 5-10 days: both are days
            numbers.discard((as_told(Decimal(before[1])), None))
            numbers.add((as_told(Decimal(before[1])), unit))
        return ""

    def code(found: re.Match[str]) -> str:
        counted = re.fullmatch(r"\d+(-?)([a-z]+)(?:-[a-z]+)*", found[0])  # 30cm, a 10-ride pass
        if counted and (UNIT.match(counted[2]) or (counted[1] and len(counted[2]) > 2) or counted[2] in _ORDINALS):
            return found[0]
        exact.add(f"code {found[0].replace('-', '')}")
        return "\0"

    rest = _CODE.sub(code, rest)
    _NUMBER.sub(number, rest)
    counts = own_counts(plain) if any(unit is None for _, unit in numbers) else frozenset[str]()
    return Facts(frozenset(exact), frozenset(numbers), named, whole, counts)
