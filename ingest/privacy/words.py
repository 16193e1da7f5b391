"""Finds numbers that no run of digits tells: in words, over two lines, masked but for their end, or that end alone.

The text must be in its plain form: ASCII digits and hyphens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.privacy.common import UNIT, Span
from ingest.privacy.labels import label_before

_ZERO_KANA = "ゼロ|ぜろ|レイ|れい|マル|まる"
_KANA = (
    rf"(?:{_ZERO_KANA}|イチ|いち|ニイ|ニ|にい|に|サン|さん|ヨン|よん|ゴウ|ゴ|ごう|ご|ロク|ろく|ナナ|なな|シチ|しち"
    r"|ハチ|はち|キュウ|きゅう)"
)
_KANJI = "〇○零一二三四五六七八九"
_PAUSE = r"[、,・のー\s-]{0,3}"
# A telephone's number in Japan begins with a nought and has ten or eleven digits.
_IN_KANA = re.compile(rf"(?:{_ZERO_KANA}){_PAUSE}(?:{_KANA}{_PAUSE}){{8,9}}{_KANA}")
_IN_KANJI = re.compile(rf"[〇○零]{_PAUSE}(?:[{_KANJI}]{_PAUSE}){{8,9}}[{_KANJI}](?![{_KANJI}])")
_ENGLISH = r"(?:zero|oh|o|nought|one|two|three|four|five|six|seven|eight|nine)"
_TWO_DIGITS = re.compile(rf"{_ENGLISH}[ ,.-]{{1,3}}(?:double |triple )?{_ENGLISH}[ ,.-]")  # sought quickly
_IN_ENGLISH = re.compile(
    rf"\b(?:(?:double |triple )?{_ENGLISH}[ ,.-]{{1,3}}){{5,}}(?:double |triple )?{_ENGLISH}\b", re.IGNORECASE
)
_APART = re.compile(r"0\d{1,3} ?(?:[の、-]? ?\n+|の ?|、 ?)\d{1,4} ?(?:[の、 -] ?|\n+)\d{3,4}(?!\d)")  # 090の1234の5678
_CUT = re.compile(r"(?<!\d)0\d{1,3}-\d{1,4}(?:-\n|\n-)\d{3,4}(?!\d)")  # 090-1234, and -5678 on the next line
_ONE_BY_ONE = re.compile(r"(?<![\d.,])(?<!\d )(?!0 1 2 3 4)[+0](?: \d){9,12}(?! ?\d)")  # 0 7 7 0 0 …
_APART_AFTER_LABEL = re.compile(
    r"\b(?:phone|number|cell|mobile|call me)\b[^\d\n]{0,12}(?P<digits>\d{3}[ .-]?\n+\d{3}[ .-]?\d{4})(?!\d)"
)
_DIGITS_OVER_LINES = re.compile(r"\d\d\d[ .-]?\n+\d")
_INTERNAL = re.compile(
    r"(?:内線(?:番号)?|\bmy ext(?:ension|\.)?)(?:は|[: ]| is)+(?P<digits>\d{2,6})(?![\d:円分階])", re.IGNORECASE
)
_MASKED = re.compile(r"(?:[*xX•●]{3,6}[ -]?){2,4}\d{3,5}(?!\d)|[*•●]{3,8}[ -]?\d{4}(?![\d*])")
_OF = r"(?: (?:of|on|in|for)(?: (?:my|the|your|our|their|her|his))?(?: [a-z]+){1,3}?)?"
_THE_END_JA = re.compile(  # of a number: 下4桁は1234
    r"(?:(?:下|末尾|最後の?)(?:\d|[一二三四五六])(?:ケタ|桁)|末尾)(?:の番号|の数字)?"
    r"(?:は|が|[:、「『( ])*(?P<digits>\d{3,6})"
)
_THE_LAST = re.compile(  # the last four digits of my card are 1234
    rf"\blast (?:four|4|three|3|five|5)(?: digits?| numbers?)?{_OF}"
    r"(?: is| are| was| were|[:,=])* ?(?P<digits>\d{3,6})"
)
_LASTS = ("last four", "last 4", "last three", "last 3", "last five", "last 5")
_ENDING = re.compile(  # card ending in 1234
    r"\b(?:card|visa|mastercard|amex|account|number|phone|mobile|iban)(?: number)?,? (?:that )?(?:ending|ends)"
    r"(?: in| with)?:? (?P<digits>\d{3,6})"
)
_WHOSE_END: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("PHONE", ("電話", "携帯", "phone", "mobile", "cell")),
    ("SSN", ("social", "ssn")),
    ("MY_NUMBER", ("マイナンバー", "個人番号")),
    ("CARD", ("カード", "card", "visa", "amex")),
    ("BANK", ("口座", "account", "bank", "iban")),
    ("ID", ("注文", "会員", "予約", "契約", "order", "member", "booking", "policy")),
)
_EXPIRY = re.compile(
    r"(?:有効期限|\bexp(?:iry|iration|ires|ires on|\.)?(?: date)?)(?:は|が|[: .-]| is)*"
    r"(?P<digits>(?:0[1-9]|1[0-2]) ?/ ?(?:20)?\d\d)(?![\d/])",
    re.IGNORECASE,
)
_OF_A_CARD = re.compile(
    r"カード|セキュリティコード|\d{4}[ -]?\d{4}[ -]?\d{4}|\b(?:card|visa|mastercard|amex|cvv|cvc|security code)\b",
    re.IGNORECASE,
)
_CODE_THAT_CAME = re.compile(
    r"\bcode (?:(?:that )?(?:i|we) (?:just )?(?:got|received)|(?:that )?you (?:just )?sent(?: me)?|sent to me"
    r"|(?:that )?(?:was sent|came|arrived))(?: is| was|[:,=])* ?(?P<digits>\d{4,8})(?!\d)"
)
_NEAR = 60  # characters within which a card is spoken of


def worded_spans(plain: str, lowered: str) -> Iterator[Span]:
    """Numbers in words, apart, masked or cut short, in no order."""
    if not plain.isascii():
        for pattern in (_IN_KANA, _IN_KANJI):
            for match in pattern.finditer(plain):
                yield "PHONE", match.start(), match.end()
    end = 0
    for two in _TWO_DIGITS.finditer(lowered):
        told = _IN_ENGLISH.match(lowered, two.start()) if two.start() >= end else None
        if told is not None:
            end = told.end()
            label = label_before(plain, lowered, told.start(), 0)
            if label not in ("INNOCENT", "SOME_ID"):
                yield label or "PHONE", told.start(), end
    for match in _APART.finditer(plain):
        if 10 <= sum(map(str.isdigit, match.group())) <= 11 and not plain[match.start() - 1 : match.start()].isdigit():
            yield "PHONE", match.start(), match.end()
    for pattern in (_CUT, _ONE_BY_ONE):
        for match in pattern.finditer(plain):
            yield "PHONE", match.start(), match.end()
    if "\n" in plain and _DIGITS_OVER_LINES.search(plain) is not None:
        for match in _APART_AFTER_LABEL.finditer(lowered):
            yield "PHONE", *match.span("digits")
    masked = "***" in plain or "xxx" in lowered or "•••" in plain or "●●●" in plain
    for match in _MASKED.finditer(plain) if masked else ():
        yield "CARD", match.start(), match.end()
    for match in _INTERNAL.finditer(plain) if "内線" in plain or "my ext" in lowered else ():
        if not plain[max(0, match.start() - 2) : match.start()].rstrip(" (の")[-1:].isdigit():  # else it ends a number
            yield "PHONE", *match.span("digits")
    yield from _ends(plain, lowered)
    for match in _EXPIRY.finditer(plain) if "/" in plain and ("exp" in lowered or "有効期限" in plain) else ():
        if _OF_A_CARD.search(plain, max(0, match.start() - _NEAR), match.end() + _NEAR) is not None:
            yield "CARD", *match.span("digits")
    if "code " in lowered:
        for match in _CODE_THAT_CAME.finditer(lowered):
            yield "SECRET", *match.span("digits")


def _ends(plain: str, lowered: str) -> Iterator[Span]:
    patterns = [_THE_LAST] if any(map(lowered.__contains__, _LASTS)) else []
    if "ending" in lowered or "ends" in lowered:
        patterns.append(_ENDING)
    if "桁" in plain or "末尾" in plain or "ケタ" in plain:
        patterns.append(_THE_END_JA)
    for pattern in patterns:
        for match in pattern.finditer(lowered):
            start, end = match.span("digits")
            if plain[end : end + 1].isdigit() or UNIT.match(plain, end) is not None:
                continue
            around = lowered[max(0, match.start() - 20) : end]
            place, kind = max((around.rfind(word), kind) for kind, words in _WHOSE_END for word in words)
            yield kind if place >= 0 else "CARD", start, end
