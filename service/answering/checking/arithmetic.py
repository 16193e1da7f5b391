"""Numbers that a sentence works out from a passage's: two at 14,300 yen are 28,600, and 1,000 is 500 less than 1,500.

A sum, a difference or a share must be called one in the sentence, or in the passage (an additional $60, a discount of
20 %); what is multiplied or divided by must stand in it, in the question or in the passages. A number of the sentence's
own may stand there with what it leads to: three hours are 3,960 yen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import combinations, product

from service.answering.checking.quantities import measured

Number = tuple[str, str | None]  # value and unit

MOST_TOLD = 300  # numbers of passages in all
MOST_OPERANDS = 16  # of one unit: of more, something would always fit
MOST_FACTORS = 4
MOST_RESULTS = 4  # numbers of a sentence that no passage tells: more are not worked out
LARGEST_FACTOR = 1_000
_MONEY = ("yen", "dollars", "pounds", "euro")
_NEVER = ("calendar month", "percent", "degree", "fahrenheit")  # units in which nothing is worked out
_SUM = re.compile(
    r"合計|合わせ|あわせ|[全総]|計|足|加[え算]|プラス|増し|total|altogether|inall|combined|plus|together|sum|add|comesto|cometo|"
    r"wouldcost|youpay|you'llpay"
)
_DIFFERENCE = re.compile(
    r"[安高多長短重軽][くい]|差額|差は|差が|少な|得|[^割]引|残り|less|cheaper|more|sav|extra|heavier|lighter|longer|shorter|"
    r"off(?!er|ic)|differ|remain|lower|higher|below"
)
_MANY = re.compile(r"[×*]|\dx\d|分(?!間)")
_SHARE = re.compile(r"%|パーセント|割|半額|percent|half")
_BEYOND = re.compile(r"超|目から|目以降|extra|over|beyond|exceed|above|afterthat|additional")
_EACH = re.compile(r"あたり|当たり|につき|ごと|毎|each|per|apiece|every|an?(?:month|week|day|year|hour|minute)")
_RATIO = re.compile(r"倍|timesas|timesmore|timesthe|-fold")
_ADDED = re.compile(r"追加|加算|別途|上乗せ|割増|additional|extra|surcharge|ontop")  # of what a passage tells
_TAKEN_OFF = re.compile(r"[割値]引|引き|減額|discount|off(?!er|ic)|reduc|less|cheaper")
_BOTH_WAYS, _ONE_WAY = re.compile(r"往復|roundtrip|bothways|thereandback"), re.compile(r"片道|one-?way|eachway|single")
# A month's price makes a year's: what it is the price of, the word for the longer time, and how many there are in it.
_LONGER = (("month", re.compile(r"(?<!半)年|year|annual"), 12), ("minute", re.compile(r"時間|hour"), 60))


def computed(
    missing: Iterable[Number],
    held: Iterable[Number],
    said: Iterable[Number],
    asked: Iterable[Number],
    text: str,
    passage: str,
) -> set[Number]:
    """Those of the missing numbers that follow from `held` ones, and those that they are worked out with.

    `said` are the numbers of the sentence, `asked` those of the question, which count in a sum; `text` is the sentence
    and `passage` what holds the numbers, in small letters without blanks.
    """
    found: set[Number] = set()
    known, left, all_said = set(held), sorted(missing, key=str), set(said)
    if len(left) > MOST_RESULTS or len(known) > MOST_TOLD:
        return found
    if _SUM.search(text):
        all_said |= set(asked)
    results: set[Number] = set()
    for number in [*left, *left]:  # what was worked out helps with the rest
        if number in found:
            continue
        begun_with = _worked_out(number, known, results, all_said - {number}, text, passage)
        if begun_with is not None:
            results.add(number)
            found |= {number, *({*begun_with, ("1", None)} & {*left})}
    return found


def _worked_out(
    number: Number, told: set[Number], results: set[Number], said: set[Number], text: str, passage: str
) -> set[Number] | None:
    """The sentence's own numbers that this one is worked out with; None where it is not.

    `told` are the passage's numbers, `results` what was worked out of them already.
    """
    value, unit = _plain(number)
    if unit is None or unit in _NEVER:
        return None
    held = told | results
    if unit == "time":
        values = {Decimal(each) for each, _ in held}
        return set() if _RATIO.search(text) and any(b and a / b == value for a, b in product(values, values)) else None
    alike = _amounts((held if _SUM.search(text) or _DIFFERENCE.search(text) else told) - {number}, number[1], unit)
    if not alike or len(alike) > MOST_OPERANDS:
        return None
    # A number that the passage tells, too, is no factor for that alone ("$49 a month for up to ten users").
    numbers = said if _SUM.search(text) or _MANY.search(text) else said - told
    whole = [each for each in numbers if each[0].isdigit() and 2 <= int(each[0]) <= LARGEST_FACTOR]
    factors = sorted(whole, key=str)[:MOST_FACTORS]
    named = {each for each in _amounts(said & told, number[1], unit) if each in alike}
    own = sorted(said - told, key=str)[:MOST_FACTORS]
    for amounts, with_, result in _results(alike, factors, held, own, unit, text, passage):
        if result == value and (not named or not amounts or named & amounts):
            return with_
    return _summed(value, alike, factors, named) if _SUM.search(text) else None


def _summed(value: Decimal, alike: list[Decimal], factors: list[Number], named: set[Decimal]) -> set[Number] | None:
    """The sentence's own numbers with which a sum of amounts is worked out; None where it is none."""
    nothing: set[Number] = set()
    times: list[tuple[set[Number], int]] = [(nothing, 1), *(({n}, int(n[0])) for n in factors)]
    parts = {a * many: (a, with_) for with_, many in reversed(times) for a in alike}
    for part, (a, with_a) in parts.items():
        b, with_b = parts.get(value - part, (a, nothing))
        if a != b and (not named or named & {a, b}):
            return with_a | with_b
        for n in factors:  # the first, and each that is added
            if (value - a) / max(int(n[0]) - 1, 1) in alike and (not named or a in named):
                return {n}
    for a, b in combinations(alike, 2):
        if (c := value - a - b) in alike and len({a, b, c}) > 2 and (not named or named & {a, b, c}):
            return nothing
    return None


def _amounts(numbers: set[Number], unit: str | None, plain_unit: str) -> list[Decimal]:
    """The numbers of a unit; those without any, where none has it."""
    of_unit = {value for value, of in map(_plain, numbers) if of == plain_unit and value}
    bare = {_plain((value, unit))[0] for value, of in numbers if of is None}
    return sorted(of_unit or bare - {Decimal(0)})


def _results(
    alike: list[Decimal],
    factors: list[Number],
    held: set[Number],
    own: list[Number],
    unit: str,
    text: str,
    passage: str,
) -> Iterator[tuple[set[Decimal], set[Number], Decimal]]:
    """What can be worked out of amounts of one unit: these, the sentence's own numbers with them, and the result."""
    nothing: set[Number] = set()
    shares = [Decimal(told) / 100 for told, of in held if of == "percent"]
    of_unit = [(each, _plain(each)[0]) for each in own if _plain(each)[1] == unit]
    yield from ((set(), {each}, size * share) for each, size in of_unit for share in shares)
    for a in alike:
        yield from (({a}, {n}, a * int(n[0])) for n in factors)
        yield from (({a}, nothing, a * n) for of, word, n in _LONGER if ("1", of) in held and word.search(text))
    if _BOTH_WAYS.search(text) and _ONE_WAY.search(passage):
        yield from (({a}, nothing, 2 * a) for a in alike)
    if _BEYOND.search(text):  # (25 kg - 20 kg) * 500
        yield from (({a}, {each}, size - a) for a, (each, size) in product(alike, of_unit))
        for each, limit in product(own, held):
            (size, of), (least, kind) = _plain(each), _plain(limit)
            if of == kind and of != unit and size - least > 1:
                whole = Decimal(1_000) if of in ("mass", "length", "volume") else Decimal(1)
                steps = {size - least, (size - least) / whole}
                yield from (({a}, {each}, a * step) for a, step in product(alike, steps))
    if _EACH.search(text):
        counts = {Decimal(n) for n, of in held if of is None and n.isdigit() and 1 < int(n) <= LARGEST_FACTOR}
        parts = {Decimal(n) for n, _ in factors} | {Decimal(12)} | (counts if len(counts) <= MOST_OPERANDS else set())
        yield from (({a}, nothing, a / n) for a, n in product(alike, parts))
    money = unit in _MONEY
    if money and _ADDED.search(passage):
        yield from (({a, b}, nothing, a + b) for a, b in combinations(alike, 2))
    less = _DIFFERENCE.search(text) is not None or (money and _TAKEN_OFF.search(passage) is not None)
    share_of = _SHARE.search(text) is not None
    if less:
        yield from (({a, b}, nothing, a - b) for a, b in product(alike, alike))
    if less or share_of:
        yield from (({a}, nothing, a * part) for a, each in product(alike, shares) for part in (each, 1 - each))


def _plain(number: Number) -> tuple[Decimal, str | None]:
    """A number in the smallest unit of its kind."""
    value, unit = measured(*number) or number
    return Decimal(value), unit
