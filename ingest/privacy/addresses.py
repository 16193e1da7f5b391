"""Finds addresses: Japanese ones from a prefecture, a town or a postal code to the flat, others by street or code."""

from __future__ import annotations

import re

from ingest.privacy.common import KANJI, KATAKANA, SMALL_WORDS, UNIT, Span

_PREFECTURE = (
    r"(?:東京都|北海道|(?:京都|大阪)府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟"
    r"|富山|石川|福井"
    r"|山梨|長野|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡"
    r"|佐賀|長崎|熊本"
    r"|大分|宮崎|鹿児島|沖縄)県)"
)
_PLACE = rf"[{KANJI}{KATAKANA}ぁ-ん]"
_BLOCKS = (
    r"(?:\d{1,5}|[一二三四五六七八九十]{1,3})(?:(?:丁目?|番地の?|番町?|条[東西南北]?|号|-|の| - )(?:\d{1,4}"
    r"|[一二三四五六七八九十]{1,3})?){0,5}"
    r"(?:番地|号室|号)?"
)
_NAMED = rf"[A-Za-z{KANJI}{KATAKANA}・]"
_BUILDINGS = (
    "マンション|ハイツ|コーポ|アパート|ビル|荘|レジデンス|タワー|"
    "ハウス|メゾン|パレス|寮|団地|ハイム|コート|ヒルズ|テラス"
)
_BUILDING = (
    rf"(?:[ 、]?(?:第\d{{1,2}})?{_NAMED}{{0,12}}(?:{_BUILDINGS}){_NAMED}{{0,8}}"
    rf"(?: ?[A-Z]?\d{{1,4}}(?:号室|号|階|F)?(?![\d-]))?"
    rf"| [A-Za-z{KANJI}{KATAKANA}][A-Za-z{KANJI}{KATAKANA}ぁ-ん・ー]{{1,14}}\d{{3,4}}(?![\d:時月日円年個-])"
    rf"| [A-Za-z{KANJI}{KATAKANA}ぁ-ん・ー]{{2,20}} ?\d{{1,4}}(?:号室|階|F)"
    rf"|[ ]?{_NAMED}{{2,15}} ?\d{{1,4}}(?:号室|号|階|F)?(?![\d:時月日円年個-])| ?\d{{1,4}}号室?)?"
)
_BLOCK_FOLLOWS = re.compile(
    r"\d{1,4}(?:丁目|丁\d|番地|番\d|番町|の\d| - \d|-\d{1,4}(?![\d年月日時円]))|\d{1,3}条"
    r"|[一二三四五六七八九十]{1,3}(?:丁目|番地)|\d{3,5}番?(?!\d)"
)
_STRONG_BLOCK = re.compile(
    r"\d{1,4}(?:丁目|丁\d|番地|番\d|-\d{1,4}-\d|-\d{1,4}(?![\d年月日時円-]))|\d{1,3}条"
    r"|[一二三四五六七八九十]{1,3}(?:丁目|番地)"
)
KANJI_BLOCK = re.compile(r"[一二三四五六七八九十]{1,3}(?:丁目|番地)")  # 三丁目: no digit begins it
_HOUSE = re.compile(_BLOCKS + _BUILDING)
_FROM_PREFECTURE = re.compile(rf"{_PREFECTURE} ?{_PLACE}{{1,8}}[市区町村郡][^\n。、「」()\dはをでも]{{0,20}} ?$")
_FROM_TOWN = re.compile(
    rf"(?:[{KANJI}ノケ]{{1,6}}|[ぁ-ん]{{2,5}}|[{KATAKANA}]{{2,8}})(?:市|区|町|村"
    rf"|郡)[^\n。、「」()\dはをでにも]{{0,20}} ?$"
)
_AFTER_POSTCODE = re.compile(
    rf"[ \n]{{0,2}}(?:住所[: ]{{0,2}})?(?={_PREFECTURE}"
    rf"|{_PLACE}{{1,6}}[市区郡町村])[^\n。、「」()\d]{{2,30}}?(?:{_BLOCKS}{_BUILDING}"
    r"|[町村通丁](?=[ \n。、]|へ|に|を|まで|宛|です|$))"  # of Kyoto, or of a village: no number follows
)
_STREETS = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|terrace|square|way|place|pl"
    r"|parkway|pkwy"
    r"|highway|hwy|circle|crescent)"
)
_STREET = re.compile(
    rf"\d{{1,5}}[a-z]?,? (?:[nsew]\.? |no?rth |south |east |west )?((?:[\w'’.-]+ ){{1,3}}?){_STREETS}\b\.?"
    rf"(?:,? (?:apt|apartment|suite|unit|flat|floor|#)\.? ?\w{{1,6}}\b)?"
    rf"(?:,? [a-z][a-z .'-]{{1,30}}?,? [a-z]{{2}},? \d{{4,5}}(?:-\d{{4}})?\b|,? ?[a-z]{{2}} \d{{5}}\b"
    rf"|, ?[A-Z][\w .'-]{{1,28}}(?:, ?[\w .'-]{{2,28}})?)?",
    re.IGNORECASE,
)
# Whatever the street is called: a state and its code, or a code that no other word looks like, end it.
_TO_POSTCODE = re.compile(
    r"\d{1,6}[A-Za-z]?,? (?:[\w'’.#&/-]+,?[ \n]){1,9}?(?:"
    r"(?:A[AEKLPRSZ]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]|O[HKR]|P[ARW]|RI|S[CD]|T[NX]|UT"
    r"|V[AIT]|W[AIVY]),? \d{5}(?:-\d{4})?(?!\d)"
    r"|(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT),? \d{4}(?!\d)"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?![A-Za-z0-9])|[A-Z]\d[A-Z] ?\d[A-Z]\d(?![A-Za-z0-9]))"
)
_A_POSTCODE = re.compile(r"[A-Z]{2},? \d{4}|[A-Z]\d[A-Z\d]? ?\d[A-Z]")  # what may be one: to look no further else
_LONGEST = 120  # characters
_FLAT_BEFORE = re.compile(r"(?:flat|apt|apartment|unit|suite|room|floor|level)\.? #?(?:\w{1,5}, ?)?$", re.IGNORECASE)
_BOX_BEFORE = re.compile(r"(?:P\.? ?O\.? ?|Post Office )?Box $")
_POST_BOX = re.compile(r"(?<=Box )\d{1,6}(?:,? [A-Z][\w ,.-]{0,40}?\d{4,5}\b)?")


def address_at(plain: str, at: int, floor: int) -> Span | None:
    """The address whose house number, post box or block begins at `at`; nothing before `floor` is part of it."""
    before = plain[at - 1 : at].strip() or plain[max(0, at - 2) : at].strip()
    if before and not before.isascii():
        if (address := japanese_address(plain, at)) is not None:
            return address
    elif plain[max(0, at - 4) : at] == "Box " and (box := _POST_BOX.match(plain, at)) is not None:
        before_it = _BOX_BEFORE.search(plain, floor, at)
        return "ADDRESS", at if before_it is None else before_it.start(), box.end()
    if at > floor and plain[at - 1] in "-#$€£¥.":
        return None
    if _A_POSTCODE.search(plain, at, at + _LONGEST) is not None:
        whole = _TO_POSTCODE.match(plain, at, at + _LONGEST)
        if whole is not None:
            return "ADDRESS", _with_flat(plain, at, floor), whole.end()
    street = _STREET.match(plain, at)
    if street is None:
        return None
    words = street.group(1).split()
    if any(word.lower() in SMALL_WORDS for word in words):
        return None
    return "ADDRESS", _with_flat(plain, at, floor), at + len(street.group().rstrip(" ,."))


def _with_flat(plain: str, at: int, floor: int) -> int:
    """Where an address begins whose house number stands at `at`: "Flat 4, 18 Rose Lane" begins with its flat."""
    flat = _FLAT_BEFORE.search(plain, max(floor, at - 20), at)
    return at if flat is None else flat.start()


def japanese_address(plain: str, at: int) -> Span | None:
    """The Japanese address whose block of houses begins at `at`."""
    if _BLOCK_FOLLOWS.match(plain, at) is None:
        return None
    floor = max(0, at - 44)
    before = plain[floor:at]
    place = _FROM_PREFECTURE.search(before)
    if place is None and _STRONG_BLOCK.match(plain, at) is not None:
        place = _FROM_TOWN.search(before)
    house = _HOUSE.match(plain, at)
    if place is None or house is None or UNIT.match(plain, house.end()):
        return None
    return "ADDRESS", floor + place.start(), house.end()


def with_postcode(plain: str, start: int, end: int) -> Span:
    """A Japanese postal code, with the address that follows it, if one does."""
    address = _AFTER_POSTCODE.match(plain, end)
    return ("POSTCODE", start, end) if address is None else ("ADDRESS", start, address.end())
