"""Numbers that a sentence works out from a passage's: two at 14,300 yen are 28,600, and 1,000 is 500 less than 1,500.

A sum or a difference must be called one in the sentence; what is multiplied by must stand in it or in the question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import combinations, product

from service.answering.checking.quantities import measured

Number = tuple[str, str | None]  # value and unit

MOST_OPERANDS = 30  # numbers of passages: of more, something would always fit
MOST_FACTORS = 8
LARGEST_FACTOR = 1_000
_SUM = re.compile(
    r"合計|合わせ|あわせ|[全総]|計|足|加[え算]|プラス|増し|total|altogether|inall|combined|plus|together|sum|add|comesto|cometo|"
    r"wouldcost|youpay|you'llpay"
)
_DIFFERENCE = re.compile(
    r"[安高差多少長短重軽早遅]|得|引|残り|超|下が|上が|less|cheaper|more|sav|extra|heavier|lighter|longer|shorter|off\b|"
    r"differ|remain|left|lower|higher|later|earlier|over"
)
_RATIO = re.compile(r"倍|timesas|timesmore|timesthe|-fold")


def computed(missing: Iterable[Number], held: Iterable[Number], said: Iterable[Number], text: str) -> set[Number]:
    """Those of the missing numbers that follow from `held` ones, and those that they were multiplied by.

    `said` are the numbers of the sentence and of the question, `text` is the sentence in small letters without blanks.
    """
    found: set[Number] = set()
    known, left, said = set(held), sorted(missing, key=str), set(said)
    factors = sorted({int(value) for value, _ in said if value.isdigit() and 2 <= int(value) <= LARGEST_FACTOR})
    for number in [*left, *left]:  # what was worked out helps with the rest
        if number not in found and (by := _factors(number, known | found, factors[:MOST_FACTORS], text)) is not None:
            found |= {number, *(each for each in left if each[0] in map(str, by) and each[1] is None)}
    return found


def _factors(number: Number, held: set[Number], factors: list[int], text: str) -> set[int] | None:
    """What the numbers were multiplied by that this one is worked out from; None where it is not."""
    value, unit = _plain(number, None)
    if unit is None:
        return None
    if unit == "time":
        told = {Decimal(each) for each, _ in held}
        return set() if _RATIO.search(text) and any(b and a / b == value for a, b in product(told, told)) else None
    plain = [_plain(each, number[1]) for each in held if each != number]
    alike = sorted({each for each, of in plain if of == unit and each})
    factors = [n for n in factors if str(n) != number[0]]
    if not alike or len(alike) > MOST_OPERANDS:
        return None
    for a, n in product(alike, factors):
        if a * n == value:
            return {n}
    shares = [Decimal(told) / 100 for told, of in held if of == "percent"]
    less = _DIFFERENCE.search(text) is not None
    if less and any(a - b == value for a, b in product(alike, alike)):
        return set()
    if (less or "%" in text) and any(value in (a * each, a - a * each) for a, each in product(alike, shares)):
        return set()
    if _SUM.search(text) is None:
        return None
    for (a, n), (b, m) in product(product(alike, [1, *factors]), repeat=2):
        if value in (a * n + b * m, a + b * (m - 1)):  # the first, and each that is added
            return {n, m}
    return set() if any(sum(three) == value for three in combinations(alike, 3)) else None


def _plain(number: Number, unit: str | None) -> tuple[Decimal, str | None]:
    """A number in its smallest unit; one without any is taken to be in `unit`."""
    value, of = number[0], number[1] or unit
    value, of = measured(value, of) or (value, of)
    return Decimal(value), of
