"""Text with every number in plain digits, however it was written, and the units that numbers are told in.

三十, 参拾 and thirty are 30, 1万2千 is 12000, 令和7年 is 2025年, and 1,200 loses its comma.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from service.answering.texts.kanji import MYRIADS, in_digits

# As on contracts and receipts: 金参万伍千円. One alone is a number only where no word ends in it, as 持参 does.
_FORMAL = "壱壹弐貳参參肆伍陸漆捌玖拾佰陌仟阡萬"
_PLAIN = str.maketrans(_FORMAL, "一一二二三三四五六七八九十百百千千万")
_IN_FORMAL = re.compile(
    rf"[{_FORMAL}〇零一二三四五六七八九十百千万億兆]{{2,}}|(?<![\u4e00-\u9fff])[{_FORMAL}]|(?<=金)[{_FORMAL}]"
)
_IDIOMS = re.compile(
    r"一[度部時方般番緒切定旦括覧瞬式応律致]|一人|一つ|十分|千葉|万一|万が一|三重|四国|九州|八王子|五十音|第三者|二度と"
)
_COUNTERS = (
    "営業日|か月|ヶ月|カ月|ヵ月|箇月|個|回|人|名|本|枚|台|点|割|倍|階|歳|才|泊|"
    "日|月|年|週|時|分|秒|円|%|パーセント|度|件|通|冊|ドル|ユーロ|ポイント"
)
_COUNTER = re.compile(_COUNTERS)
_KANJI_NUMBER = re.compile(
    rf"(?<![\d.〇零一二三四五六七八九十百千万億兆])[〇零一二三四五六七八九十百千万億兆]+(?={_COUNTERS})"
)
_KANJI_DIGITS_ALONE = re.compile(r"[〇零一二三四五六七八九]{3,}")  # as of a telephone
_WITH_MYRIADS = re.compile(r"\d[\d.]{0,30}\s*[千万億兆](?:\d[\d.]*\s*[千万億兆]?)*")
_ENGLISH = {
    word: n
    for n, word in enumerate(
        str.split(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen"
        )
    )
} | {
    word: 10 * n
    for n, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
_ENGLISH_NUMBER = re.compile(
    rf"\b(?:{'|'.join(_ENGLISH)})(?:[ -](?:{'|'.join(_ENGLISH)}))?\b(?: (hundred|thousand|million))?"
    r"|\b(?:a )(hundred|thousand|million)\b"
)
_SCALE = {"hundred": 100, "thousand": 1000, "million": 10**6}

UNITS = (  # the first that fits what follows a number, or stands before it
    ("business day", r"営業日|(?:business|working) days?|weekdays"),
    ("calendar month", r"月(?!間)"),
    ("day", r"日間?|days?\b"),
    ("week", r"週間?|weeks?\b"),
    ("month", r"(?:か|ヶ|カ|ヵ|箇|ケ)月|months?\b"),
    ("year", r"年間?|(?:か|ヶ|カ)年|years?\b"),
    ("hour", r"時間|hours?\b|hrs?\b"),
    ("minute", r"分間?|minutes?\b|mins?\b"),
    ("second", r"秒間?|seconds?\b|secs?\b"),
    ("percent", r"%|パーセント|percent\b|per cent\b"),
    ("yen", r"円|yen\b|jpy\b"),
    ("dollar", r"ドル|dollars?\b|usd\b"),
    ("euro", r"ユーロ|euros?\b|eur\b|€"),
    ("pound", r"ポンド|gbp\b"),
    ("fahrenheit", r"(?:°|degrees? )f(?:ahrenheit)?\b"),
    ("degree", r"°c?|度|degrees?\b"),
    ("kilogram", r"kg\b|キロ(?:グラム)?(?!メートル)|kilograms?\b|kilos?\b"),
    ("gram", r"g\b|グラム|grams?\b"),
    ("kilometre", r"km\b|キロメートル|kilomet(?:er|re)s?\b"),
    ("centimetre", r"cm\b|センチ|centimet(?:er|re)s?\b"),
    ("millimetre", r"mm\b|ミリ(?:メートル)?(?!リットル)|millimet(?:er|re)s?\b"),
    ("metre", r"m\b|メートル|met(?:er|re)s?\b"),
    ("millilitre", r"ml\b|ミリリットル|cc\b|millilit(?:er|re)s?\b"),
    ("litre", r"l\b|リットル|lit(?:er|re)s?\b"),
    ("penny", r"p(?=/| per\b)|pence\b"),
    ("cent", r"cents?\b|¢"),
    ("time", r"回(?=[^線答収転]|\Z)|times\b"),
)
UNIT = re.compile(  # a word ends before Japanese letters, too: 25kgまで
    "[ -]?(?:" + "|".join(f"(?P<u{n}>{pattern})" for n, (_, pattern) in enumerate(UNITS)) + ")", re.ASCII
)


def plain_numbers(text: str) -> str:
    """Text in which every number is written in digits, without separators."""
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    if text.isascii():  # no number is written otherwise there
        return _ENGLISH_NUMBER.sub(_english, text)
    text = _IN_FORMAL.sub(_in_plain_kanji, text)
    text = re.sub(r"令和(\d{1,3}|元)年", lambda m: f"{2018 + (1 if m[1] == '元' else int(m[1]))}年", text)
    text = "".join(
        _KANJI_NUMBER.sub(lambda m: in_digits(m[0]), part) if n % 2 == 0 else part
        for n, part in enumerate(_kept_apart(text))
    )
    text = _KANJI_DIGITS_ALONE.sub(lambda m: in_digits(m[0]), text)
    text = _WITH_MYRIADS.sub(lambda m: as_told(_with_myriads(m[0])), text)
    return _ENGLISH_NUMBER.sub(_english, text)


def _in_plain_kanji(found: re.Match[str]) -> str:
    """A number in formal signs in plain ones; what no counter follows is left to be a word: 参加."""
    return found[0].translate(_PLAIN) if _COUNTER.match(found.string, found.end()) else found[0]


def _kept_apart(text: str) -> Iterator[str]:
    """The text cut before and after each idiom: outside, idiom, outside, …"""
    end = 0
    for found in _IDIOMS.finditer(text):
        yield text[end : found.start()]
        yield found[0]
        end = found.end()
    yield text[end:]


def _with_myriads(text: str) -> Decimal:
    total = section = Decimal(0)
    for digits, unit in re.findall(r"(\d[\d.]*)\s*([千万億兆]?)", text):
        try:
            value = Decimal(digits.rstrip("."))
        except InvalidOperation:
            return Decimal(0)
        if unit == "千":
            section += value * 1000
        elif unit:
            total += (section + value) * MYRIADS[unit]
            section = Decimal(0)
        else:
            section += value
    return total + section


def _english(found: re.Match[str]) -> str:
    if found[2]:
        return str(_SCALE[found[2]])
    words = re.split(r"[ -]", found[0].removesuffix(found[1] or "").strip())
    if words == ["one"] and not found[1] and not UNIT.match(found.string, found.end()):
        return found[0]  # "one of these" says no number
    return str(sum(_ENGLISH[word] for word in words) * _SCALE.get(found[1] or "", 1))


def as_told(number: Decimal) -> str:
    return f"{number.normalize():f}"
