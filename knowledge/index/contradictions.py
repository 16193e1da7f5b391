"""Tells whether two answers to the same question cannot both be true: other amounts, periods or times, yes and no.

What is compared are values of the same unit in sentences that speak of the same thing, and whether each answer agrees
or refuses. It finds what stands plainly in the words; two answers that differ in what they mean and share their
numbers pass.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.language.likeness import overlap, shingles
from knowledge.language.sentences import split_sentences

SAME_SUBJECT = 0.3  # of the shorter sentence's pairs of letters, numbers aside: both speak of the same thing

_UNITS: tuple[tuple[str, float, str], ...] = (  # a measure, how many of it the unit is, and how it is written
    ("yen", 1, r"円|yen\b|jpy\b"),
    ("dollar", 1, r"ドル|dollars?\b|usd\b"),
    ("euro", 1, r"ユーロ|euros?\b|eur\b"),
    ("pound", 1, r"ポンド|pounds?\b|gbp\b"),
    ("working day", 1, r"営業日|(?:business|working)[ -]days?\b"),
    ("month", 12, r"年間?|years?\b"),
    ("month", 1, r"[かヶカケ箇]月間?|months?\b"),
    ("day", 7, r"週間?|weeks?\b"),
    ("day", 1, r"日間?|days?\b"),
    ("minute", 60, r"時間|hours?\b|hrs?\b"),
    ("minute", 1, r"分間?|minutes?\b|mins?\b"),
    ("minute", 1 / 60, r"秒間?|seconds?\b"),
    ("percent", 1, r"%|パーセント|percent\b"),
    ("percent", 10, r"割"),
    ("point", 1, r"ポイント|points?\b"),
    ("time", 1, r"回|times\b"),
    ("piece", 1, r"個|枚|本|台|点|pieces?\b|items?\b"),
    ("person", 1, r"人|名|people\b|persons?\b"),
    ("gram", 1000, r"kg\b|キロ(?:グラム)?"),
    ("gram", 1, r"g\b|グラム"),
    ("centimetre", 100, r"m\b|メートル"),
    ("centimetre", 1, r"cm\b|センチ(?:メートル)?"),
    ("degree", 1, r"℃|°c|度"),
    ("megabyte", 1000, r"gb\b|ギガ(?:バイト)?"),
    ("megabyte", 1, r"mb\b|メガ(?:バイト)?"),
)
_TO_TWELVE = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = {word: str(number) for number, word in enumerate(_TO_TWELVE, 1)} | {
    "fourteen": "14", "fifteen": "15", "twenty": "20", "twenty-four": "24", "thirty": "30", "forty-eight": "48",
    "sixty": "60", "ninety": "90",
}  # fmt: skip
_SPELT = re.compile(rf"\b(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b", re.IGNORECASE)
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_UNIT = "|".join(f"(?P<u{number}>{written})" for number, (_, _, written) in enumerate(_UNITS))
_VALUE = re.compile(
    rf"(?P<most>(?:within|up to|at most|no more than|less than|under|maximum of|until) )?"
    rf"(?P<least>(?:at least|from|over|more than|minimum of) )?(?P<sign>[$€£¥])?(?P<low>{_NUMBER})"
    rf"(?: ?(?P<between>{_UNIT.replace('?P<u', '?P<b')}))?"
    rf"(?: ?(?:~|-|から|to|or|and|ないし|か) ?(?P<high>{_NUMBER}))? ?(?:{_UNIT})?"
    rf"(?P<after>以内|以下|未満|まで|以上|から|ごろ|頃)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2}):(\d\d)(?![\d:])|(?<!\d)(\d{1,2})時(?!間)(半|(\d{1,2})分)?|\b(\d{1,2}) ?([ap])\.?m\b"
)
_SIGNS = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen"}

_ASKS_WHAT = re.compile(
    r"何|なに|なん|いつ|どこ|どう|どの|どれ|どち|いくら|いくつ|なぜ|誰|だれ|教えて"
    r"|\b(?:what|when|where|how|why|which|who)\b",
    re.IGNORECASE,
)
_ASKS_WHETHER = re.compile(
    r"(?:か|の|ん)[?。\s]*$|[?]\s*$|^(?:can|could|may|do|does|did|is|are|am|will|would|has|have|should)\b",
    re.IGNORECASE,
)
_NO_FIRST = re.compile(r"(?:いいえ|いえ|no\b|nope\b|unfortunately|sorry)", re.IGNORECASE)
_YES_FIRST = re.compile(r"(?:はい|ええ|yes\b|yeah\b|sure\b|certainly\b|of course\b)", re.IGNORECASE)
_NO = re.compile(
    r"ません|できかね|いたしかね|お受けでき(?:ず|ない)|不可|対象外|禁止|ご遠慮|お断り|\bnot\b|n't\b|n’t\b|\bcannot\b"
    r"|\bunable\b|\bno longer\b|\bnever\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"(?:でき|いただけ|受けられ|使え|送れ|られ|承り|可能|対応し|行って|ござい|あり|対象)(?:ます|でござ|です|ております|おります)"
    r"|\b(?:can|may|do|does|is|are|will)\b",
    re.IGNORECASE,
)
_DEPENDS = re.compile(
    r"場合|でしたら|であれば|なら|まで|限り|のみ|だけ|\b(?:if|unless|until|as long as|only|except|depends?|once)\b",
    re.IGNORECASE,
)
_APOLOGY = re.compile(r"申し訳(?:ござい|あり)ません(?:が)?[、。]?|恐れ入りますが[、]?|すみません(?:が)?[、。]?")


@dataclass(frozen=True, slots=True)
class Value:
    """A quantity that a sentence states, as the least and the most that it may be."""

    measure: str
    low: float
    high: float

    @property
    def is_bound(self) -> bool:
        """Whether it says a limit rather than an amount."""
        return self.low == 0 or math.isinf(self.high)

    def agrees(self, other: Value) -> bool:
        """Whether both can be true of the same thing: two limits must be the same, others must meet."""
        if self.measure != other.measure:
            return False
        if self.is_bound and other.is_bound:
            return (self.low, self.high) == (other.low, other.high)
        return self.low <= other.high and other.low <= self.high


def contradicts(question: str, answer: str, other: str, outright: bool = False) -> str | None:
    """Why `other` cannot be true where `answer` is the rule, in words for the operator; None when both can.

    A yes or no that depends on something rules nothing out. Answers in two languages are compared by yes and no alone.
    With `outright`, these count only where one of the answers begins with the word: long ones deny and grant a lot.
    """
    agrees = None if _DEPENDS.search(_first(answer)) else _agrees(question, answer)
    agrees_too = _agrees(question, other)
    if (
        agrees is not None
        and agrees_too is not None
        and agrees != agrees_too
        and (not outright or _is_outright(answer) or _is_outright(other))
    ):
        return f"one says {_word(agrees)}, the other {_word(agrees_too)}"
    known, told = _stated(answer), _stated(other)
    # Who says 550 yen and then 4,200 yen speaks of something else the second time; opening hours come in pairs.
    settled = {
        value.measure for _, value in told if value.measure != "clock" and any(value.agrees(mine) for _, mine in known)
    }
    for sentence, value in told:
        if value.measure in settled or any(value.agrees(mine) for _, mine in known):
            continue
        for before, mine in known:
            if mine.measure == value.measure and overlap(_subject(before), _subject(sentence)) >= SAME_SUBJECT:
                return f"{_told(mine)} against {_told(value)}"
    return None


def values(sentence: str) -> Iterator[Value]:
    """The quantities with a unit that a sentence states."""
    plain = unicodedata.normalize("NFKC", sentence).replace("〜", "~").replace("～", "~")
    plain = _SPELT.sub(lambda found: _WORDS[found[0].lower()], plain)
    for match in _CLOCK.finditer(plain):
        hour, minute, kanji_hour, half, kanji_minute, english_hour, noon = match.groups()
        at = int(hour or kanji_hour or english_hour) * 60
        at += int(minute or kanji_minute or (30 if half == "半" else 0))
        at += 720 if (noon or "").lower() == "p" and at < 720 else 0
        yield Value("clock", at, at)
    for match in _VALUE.finditer(_CLOCK.sub(" ", plain)):
        entry = next((_UNITS[number] for number in range(len(_UNITS)) if match[f"u{number}"]), None)
        between = next((_UNITS[number] for number in range(len(_UNITS)) if match[f"b{number}"]), None)
        entry = entry or between
        if entry is None and match["sign"] is None:
            continue
        measure, size = (_SIGNS[match["sign"]], 1.0) if entry is None else entry[:2]
        low, high = (float(match[name].replace(",", "")) * size if match[name] else None for name in ("low", "high"))
        assert low is not None, "the pattern begins with a number"
        after = match["after"] or ""
        if high is not None:
            yield Value(measure, min(low, high), max(low, high))
        elif match["most"] or after in ("以内", "以下", "未満", "まで"):
            yield Value(measure, 0, low)
        elif match["least"] or after in ("以上", "から"):
            yield Value(measure, low, math.inf)
        else:
            yield Value(measure, low, low)


def _stated(answer: str) -> list[tuple[str, Value]]:
    return [(sentence, value) for sentence in split_sentences(answer) for value in values(sentence)]


def _agrees(question: str, answer: str) -> bool | None:
    """Whether an answer to a question of yes or no says yes."""
    first = _first(answer)
    if _YES_FIRST.match(first):
        return True
    if _NO_FIRST.match(first) and not _YES_FIRST.search(first):
        return False
    if _ASKS_WHAT.search(question) or not _ASKS_WHETHER.search(question.strip()):
        return None
    return False if _NO.search(first) else True if _YES.search(first) else None


def _is_outright(answer: str) -> bool:
    first = _first(answer)
    return bool(_YES_FIRST.match(first) or _NO_FIRST.match(first))


def _first(answer: str) -> str:
    """The first sentence, without an apology that is mere courtesy."""
    return next(iter(split_sentences(_APOLOGY.sub("", unicodedata.normalize("NFKC", answer)).strip())), "")


def _subject(sentence: str) -> frozenset[str]:
    return shingles(re.sub(r"[\d,.:]+", "", unicodedata.normalize("NFKC", sentence)))


def _word(agrees: bool) -> str:
    return "yes" if agrees else "no"


def _told(value: Value) -> str:
    if value.measure == "clock":
        return f"{int(value.low) // 60}:{int(value.low) % 60:02}"
    if math.isinf(value.high):
        return f"at least {value.low:g} {value.measure}"
    if value.low == value.high:
        return f"{value.low:g} {value.measure}"
    return (
        f"{value.low:g} to {value.high:g} {value.measure}" if value.low else f"at most {value.high:g} {value.measure}"
    )
