"""Reads the facts of a text that can be compared: addresses, telephones, dates, times, amounts, names, promises.

The same fact reads the same in Japanese and English: 三十日, ３０日 and thirty days; 1万2千円 and 12,000 yen;
午後5時 and 5 p.m.; 無料 and free of charge.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

_ADDRESS = re.compile(
    r"(?:(?<![a-z])[a-z]{2,12}://|www\.)[^\s<>\"'`()（）「」『』【】、。\u3040-\u30ff\u4e00-\u9fff]+"
    r"|[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|net|org|jp|io|dev|info|biz|example|test|edu|gov|"
    r"(?-i:xyz|shop|store|online|site|app|page|help|support|care|chat|link|click|live|top|cloud|tv|cc|ru|cn|uk|de|eu|ly|gg|ai)|me(?=/))"
    r"(?![\w.-]*\w)(?:/[\w./?=&%#-]*)?",
    re.IGNORECASE | re.ASCII,
)
_ACCOUNT = re.compile(r"(?<![\w.@])@[a-z][\w.]+\w", re.IGNORECASE | re.ASCII)  # of somebody, somewhere
_PHONE = re.compile(r"(?<![\d.])(?:\+\d|\(?0)[\d\-‐‑–−ー() ]{6,18}\d(?!\d)")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_DATES = (  # the groups that are year, month, day
    (re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)"), (1, 2, 3)),
    (re.compile(r"(?:(\d{4})年\s*)?(\d{1,2})月\s*(\d{1,2})日"), (1, 2, 3)),
    (re.compile(rf"\b{_MONTH}\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?"), (3, 1, 2)),
    (re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?{_MONTH}\b\.?(?:,? (\d{{4}}))?"), (3, 2, 1)),
)
_TIMES = (
    re.compile(r"(?P<half>午前|午後)?\s*(?<!\d)(?P<h>\d{1,2})時(?!間)(?:(?P<m>\d{1,2})分|(?P<past>半))?"),
    re.compile(r"(?<![\d:])(?P<h>\d{1,2}):(?P<m>\d{2})(?![\d:])\s*(?P<half>[ap]\.?m\b\.?)?"),
    re.compile(r"(?<![\d.,])(?P<h>\d{1,2})\s*(?P<half>[ap]\.?m\b\.?|o'clock)"),
)
_WEEKDAYS = ("月", "火", "水", "木", "金", "土", "日")
_WEEKDAYS_EN = re.compile(r"\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b")
_WEEKDAYS_JA = re.compile(r"([月火水木金土日])曜")

_KANJI_DIGITS = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
_KANJI_UNITS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "億": 10**8, "兆": 10**12}
_IDIOMS = re.compile(
    r"一[度部時方般番緒切定旦括覧瞬式応律致]|一人|一つ|十分|千葉|万一|万が一|三重|四国|九州|八王子|五十音|第三者|二度と"
)
_KANJI_NUMBER = re.compile(
    r"(?<![\d.〇零一二三四五六七八九十百千万億兆])[〇零一二三四五六七八九十百千万億兆]+(?=営業日|か月|ヶ月|カ月|ヵ月|箇月|個|回|人|名|本|枚|台|点|割|倍|階|歳|才|泊|"
    r"日|月|年|週|時|分|秒|円|%|パーセント|度|件|通|冊|ドル|ユーロ|ポイント)"
)
_KANJI_DIGITS_ALONE = re.compile(r"[〇零一二三四五六七八九]{3,}")  # as of a telephone
_WITH_MYRIADS = re.compile(r"\d[\d.]*\s*[千万億兆](?:\d[\d.]*\s*[千万億兆]?)*")
_ENGLISH = {
    word: n
    for n, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
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

_UNITS = (  # the first that fits what follows a number, or stands before it
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
    ("degree", r"°c?|度|degrees?\b"),
    ("kilogram", r"kg\b|キロ(?:グラム)?"),
    ("centimetre", r"cm\b|センチ"),
    ("millilitre", r"ml\b|ミリリットル"),
)
_UNIT = re.compile("|".join(f"(?P<u{n}>[ -]?(?:{pattern}))" for n, (_, pattern) in enumerate(_UNITS)))
_SIGNS = {"¥": "yen", "$": "dollar", "€": "euro", "£": "pound"}
_NUMBER = re.compile(  # in the digits of any script
    r"(?P<sign>[¥$€£])?\s?(?<![A-Za-z0-9_])(?<!\d\.)(?P<n>\d+(?:\.\d+)?)"
)
_CODE = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z-]*\d)(?=[\d-]*[A-Za-z])[A-Za-z0-9][A-Za-z0-9-]{2,}(?![A-Za-z0-9])")

_PROMISES = {  # what a company is bound by when its counter has said it
    "free of charge": (
        r"無料|無償|(?:当店|弊社|当社|こちら)[がで]?(?:全額)?負担|(?<![\d.])0円|(?<!feel )(?<![-\w])free\b(?! to\b)|"
        r"no (?:extra )?(?:charge|cost|fee)s?\b|costs? nothing\b|at (?:our|no) (?:own )?(?:cost|expense)"
    ),
    "refund": r"返金|払い?戻|refund|reimburs|money back",
    "guarantee": r"保証|確約|guarant|warrant|promise",
    "discount": r"割引|値引|半額|% off\b|discount|half price",
    "compensation": r"補償|賠償|慰謝料|compensat",
    "gift": r"プレゼント|進呈|景品|\bgifts?\b|giveaway",
    "coupon": r"クーポン|商品券|coupon|voucher|store credit",
    "lifetime": r"永久|生涯|lifetime|forever",
    "liability": r"法的(?:な)?責任|\bliab(?:le|ilit)|legally binding",
    "tomorrow": r"明日|\btomorrow\b",
    "done already": (  # the counter itself does nothing
        r"\bi(?:'ve| have) (?:now |just |already )?(?:cancel|chang|book|reserv|updat|process|arrang|order|submit)|"
        r"(?:キャンセル|変更|予約|手配|登録|解約|入金|返金|承認)(?:を?(?:いたし|致し|し)(?:まし|ておきまし))た"
    ),
    # what nobody may be asked for in our name, where no document asks for it
    "credentials": (
        r"暗証番号|パスワード|認証コード|認証番号|\bpass(?:word|code|phrase)|\bpin\b|"
        r"\b(?:one-time|verification|authentication|security) code"
    ),
    "payment card": r"カード番号|セキュリティコード|口座番号|\bcard (?:number|details)|\bcv[vc]\b",
    "identity": r"マイナンバー|免許証|パスポート|旅券|\bpassport|\bdriv(?:er'?s|ing) licen[cs]e",
    "spelled address": (
        r"\[\.\]|\w dot (?:com|net|org|jp|io|co|info|example)\b|\w(?:ドット|どっと)(?:コム|ジェーピー|com|jp)"
    ),
}
_NO_CHARGE = re.compile(
    r"(?:料|費用|お金|代金)[はもが]?(?:一切|別途)?(?:(?:掛か|かか)ら(?:ず|な)|(?:掛か|かか)りませ|いただきませ)|"
    r"(?<!based )\bon (?:us\b|the house)"
)
_IS_DONE = re.compile(
    r"(?:\A|[.!?\n])\s*your [\w ]{1,30}ha(?:s|ve) been (?:approved|accepted|cancel|changed|refunded|processed)"
)
_OF_NO_CHARGE = ("かから", "かかり", "掛か", "いただきませ", "on us", "on the house")
CONFIDED = frozenset(("credentials", "payment card"))
# Documents say where a secret is entered; nobody is to tell one to a counter.
_CONFIDED_JA = r"(?:暗証番号|パスワード|認証コード|認証番号|カード番号|セキュリティコード|口座番号)"
_CONFIDED_EN = (
    r"(?:pass(?:word|code|phrase)|pin|(?:security|verification|one-time) code|card (?:number|details)|cv[vc])"
)
_TOLD_HERE = re.compile(
    rf"(?:チャット|返信|この場)[^。\n]{{0,30}}{_CONFIDED_JA}|{_CONFIDED_JA}[^。\n]{{0,30}}(?:チャット|返信|この場)|"
    rf"\b(?:type|enter|send|give|tell|share|reply|provide|post)\b[^.\n]{{0,60}}\b{_CONFIDED_EN}\b[^.\n]{{0,60}}"
    r"\b(?:in (?:this|the|your) (?:chat|reply|message)|here\b(?!:)|to (?:me|us)\b)"
)
_PROMISE = {name: re.compile(pattern) for name, pattern in _PROMISES.items()}

_NAME_JA = re.compile(
    r"([一-鿿々ァ-ヶー]{2,10}?)(?:様|さん|氏)(?![一-鿿])|(?:株式会社|合同会社|有限会社)([一-鿿ァ-ヶーA-Za-z]{2,20})|"
    r"([一-鿿ァ-ヶーA-Za-z]{2,20}?)(?:株式会社|合同会社)"
)
_NOBODY = (
    "客",
    "皆",
    "子",
    "患者",
    "業者",
    "奥",
    "旦那",
    "親御",
    "相手",
    "大家",
    "医者",
    "看護師",
    "店員",
    "学生",
    "利用者",
)
_LATIN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z]+(?![A-Za-z0-9])")
_WORD = re.compile(r"[A-Za-z][\w'’-]*")
_COMMON = frozenset(
    [
        "i",
        "i'm",
        "i'll",
        "i'd",
        "i've",
        "ok",
        "faq",
        "url",
        "web",
        "pdf",
        "id",
        "app",
        "sms",
        "am",
        "pm",
        "mr",
        "mrs",
        "ms",
        "dr",
        "english",
        "japanese",
        "japan",
        "internet",
        "wi-fi",
        "usb",
        "e-mail",
        "email",
        "qr",
        "pc",
        "tel",
        "fax",
        "no",
        "yes",
        "cm",
        "mm",
        "kg",
        "ml",
        "http",
        "https",
        "www",
        "and",
        "or",
        "the",
        "a",
        "an",
        "to",
        "of",
        "in",
        "on",
        "for",
        "with",
        "by",
        "at",
        "from",
        "if",
        "please",
        "you",
        "your",
        "we",
        "our",
        "it",
        "this",
        "that",
        "english",
        "email",
        "mail",
        "sorry",
        "note",
        "however",
        "also",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ]
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a text says that can be compared with another."""

    exact: frozenset[str]  # addresses, telephones, dates, times, weekdays, codes and promises
    numbers: frozenset[tuple[str, str | None]]  # value and unit
    names: frozenset[str]
    text: str  # normalised, in small letters, without white space: names are looked for in it

    def __bool__(self) -> bool:
        return bool(self.exact or self.numbers or self.names)


def unsupported(said: Facts, held: Facts, names_from: Facts | None = None) -> list[str]:
    """The facts of `said` that `held` does not hold; names may stand in `names_from` instead, such as the question.

    A number must have the same unit, or none on one side: a table says 550 where a sentence says 550 yen.
    """
    if not said:
        return []
    known: dict[str, set[str | None]] = {}
    for value, unit in held.numbers:
        known.setdefault(value, set()).add(unit)
    missing = sorted(said.exact - held.exact)
    for value, unit in sorted(said.numbers, key=str):
        units = known.get(value)
        if units is None or not (unit is None or unit in units or None in units):
            missing.append(f"{value} {unit}" if unit else value)
    for name in sorted(said.names):
        if name not in held.text and (names_from is None or name not in names_from.text):
            missing.append(name)
    return missing


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

    names = frozenset(_names(plain))
    rest = _ADDRESS.sub(address, plain)
    if "@" in rest:
        rest = _ACCOUNT.sub(address, rest)
    rest = _PHONE.sub(phone, rest).casefold()
    for name, pattern in _PROMISE.items():
        if pattern.search(rest):
            exact.add(name)
    if any(words in rest for words in _OF_NO_CHARGE) and _NO_CHARGE.search(rest):
        exact.add("free of charge")
    if " been " in rest and _IS_DONE.search(rest):
        exact.add("done already")
    if not exact.isdisjoint(CONFIDED) and _TOLD_HERE.search(rest):
        exact.add("secret told here")
    exact.update(f"weekday {_WEEKDAYS.index(day)}" for day in _WEEKDAYS_JA.findall(rest))
    if "土日" in rest:
        exact.update(("weekday 5", "weekday 6"))
    short = ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
    exact.update(f"weekday {short.index(day)}" for day in _WEEKDAYS_EN.findall(rest))
    rest = _plain_numbers(rest)
    rest = _dated(rest, exact, numbers)
    rest = _timed(rest, exact, numbers)

    def number(found: re.Match[str]) -> str:
        unit = _SIGNS.get(found["sign"] or "")
        after = _UNIT.match(rest, found.end())
        if unit is None and after is not None and after.lastgroup is not None:
            unit = _UNITS[int(after.lastgroup[1:])][0]
        value = Decimal(found["n"])
        if rest.startswith("割", found.end()) and not rest.startswith("割引", found.end() + 1):
            value, unit = 10 * value, "percent"
        numbers.add((_value(value), unit))
        if unit and (before := _NUMBER_BEFORE.search(rest, 0, found.start())):  # 5-10 days: both are days
            numbers.discard((_value(Decimal(before[1])), None))
            numbers.add((_value(Decimal(before[1])), unit))
        return ""

    def code(found: re.Match[str]) -> str:
        if re.fullmatch(r"\d+-?[a-z]+", found[0]) and _UNIT.match(found[0].lstrip("0123456789")):
            return found[0]
        exact.add(f"code {found[0].replace('-', '')}")
        return "\0"

    rest = _CODE.sub(code, rest)
    _NUMBER.sub(number, rest)
    return Facts(frozenset(exact), frozenset(numbers), names, whole)


_NUMBER_BEFORE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s?(?:~|〜|-|–|から|to|and|または|or)\s?\Z", re.ASCII)


def _plain_numbers(text: str) -> str:
    """Text in which every number is written in digits, without separators."""
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    if text.isascii():  # no number is written otherwise there
        return _ENGLISH_NUMBER.sub(_english, text)
    text = re.sub(r"令和(\d+|元)年", lambda m: f"{2018 + (1 if m[1] == '元' else int(m[1]))}年", text)
    kept = _IDIOMS.sub("\0\0", text)
    text = "".join(
        _KANJI_NUMBER.sub(lambda m: str(_kanji(m[0])), part) if n % 2 == 0 else part
        for n, part in enumerate(_kept_apart(text, kept))
    )
    text = _KANJI_DIGITS_ALONE.sub(lambda m: str(_kanji(m[0])), text)
    text = _WITH_MYRIADS.sub(lambda m: _value(_with_myriads(m[0])), text)
    return _ENGLISH_NUMBER.sub(_english, text)


def _kept_apart(text: str, kept: str) -> Iterator[str]:
    """The text cut before and after each idiom: outside, idiom, outside, …"""
    if kept == text:
        yield text
        return
    end = 0
    for found in _IDIOMS.finditer(text):
        yield text[end : found.start()]
        yield found[0]
        end = found.end()
    yield text[end:]


def _kanji(text: str) -> int:
    total = section = digit = 0
    positional = all(c in _KANJI_DIGITS for c in text)
    if positional:
        return int("".join(str(_KANJI_DIGITS[c]) for c in text))
    for c in text:
        if c in _KANJI_DIGITS:
            digit = _KANJI_DIGITS[c]
        elif c in _KANJI_UNITS:
            section += (digit or 1) * _KANJI_UNITS[c]
            digit = 0
        else:
            total += (section + digit or 1) * _MYRIADS[c]
            section = digit = 0
    return total + section + digit


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
            total += (section + value) * _MYRIADS[unit]
            section = Decimal(0)
        else:
            section += value
    return total + section


def _english(found: re.Match[str]) -> str:
    if found[2]:
        return str(_SCALE[found[2]])
    words = re.split(r"[ -]", found[0].removesuffix(found[1] or "").strip())
    if words == ["one"] and not found[1] and not _UNIT.match(found.string, found.end()):
        return found[0]  # "one of these" says no number
    return str(sum(_ENGLISH[word] for word in words) * _SCALE.get(found[1] or "", 1))


def _value(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _dated(text: str, exact: set[str], numbers: set[tuple[str, str | None]]) -> str:
    for pattern, (year, month, day) in _DATES:

        def date(found: re.Match[str], places: tuple[int, int, int] = (year, month, day)) -> str:
            in_year, in_month, in_day = (found[place] for place in places)
            month = int(in_month) if in_month.isdigit() else _MONTHS.index(in_month[:3]) + 1
            if not (1 <= month <= 12 and 1 <= int(in_day) <= 31):
                return found[0]
            exact.add(f"date {month}-{int(in_day)}")
            if in_year:
                numbers.add((in_year, "year"))
            numbers.update(((str(month), "calendar month"), (str(int(in_day)), "day")))
            return "\0"

        text = pattern.sub(date, text)
    return text


def _timed(text: str, exact: set[str], numbers: set[tuple[str, str | None]]) -> str:
    def time(found: re.Match[str]) -> str:
        group = found.groupdict()
        hour, minute = int(found["h"]), int(group.get("m") or (30 if group.get("past") else 0))
        half = group.get("half") or ""
        if half.startswith(("午後", "p")) and hour < 12:
            hour += 12
        elif half.startswith("a") and hour == 12:
            hour = 0
        if hour > 24 or minute > 59:
            return found[0]
        exact.add(f"time {hour}:{minute:02}")
        return "\0"

    for pattern in _TIMES[1:] if text.isascii() else _TIMES:  # the first needs 時
        text = pattern.sub(time, text)
    return text


def _names(text: str) -> Iterator[str]:
    """Names of persons, companies and products, casefolded and without spaces.

    Japanese: what is called 様, さん or 氏, companies, and words in Latin letters. English: words with a capital
    that do not begin a sentence.
    """
    japanese = re.search(r"[\u3040-\u30ff]", text) is not None
    text = _ADDRESS.sub(" ", text)
    if japanese:
        for found in _NAME_JA.finditer(text):
            name = next(group for group in found.groups() if group)
            if not name.endswith(_NOBODY):
                yield name.casefold()
        for found in _LATIN.finditer(text):
            if found[0].casefold() not in _COMMON and _UNIT.match(found[0].casefold()) is None:
                yield found[0].casefold()
        return
    for found in _WORD.finditer(text):
        word = found[0]
        before = text[: found.start()].rstrip(" \t*_#>")
        if word[0].isupper() and before and before[-1] not in ".!?:;\"“'‘(（[-–—•・\n|/>" and not before.endswith("]"):
            plain = re.sub(r"['’]s$|['’]$", "", word).casefold()
            if plain not in _COMMON and plain.removesuffix("s") not in _COMMON and len(plain) > 1 and plain.isalpha():
                yield plain
