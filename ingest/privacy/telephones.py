"""Telephone numbers by their forms, and those that are meant to be called: of companies and their offices."""

from __future__ import annotations

import re

from ingest.privacy.check_digits import digits_in
from ingest.privacy.common import UNIT, Span

IPV4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_EXTENSION = r"(?: ?(?:の?\(?内線(?:番号)?[は:]?|ext\.?|extension|x|#) ?\d{1,6}(?!\d)\)?)?"
_TRUNK = re.compile(  # a number with its 0: 03-…, (03) …, 03(…)…, 090…
    rf"(?:\(0\d{{1,4}}\)[ .-]?\d{{1,4}}[ .-]?\d{{3,4}}|0\d{{1,4}}[ -]?\(\d{{1,4}}\)[ -]?\d{{3,4}}"
    rf"|0\d{{1,4}}(?:[ .・/-]| - )\d{{1,4}}(?:[ .・/-]| - )\d{{3,4}}|0\d{{2,4}}[ -]\d{{6,8}}"
    rf"|0\d{{9,10}})(?!-?\d){_EXTENSION}"
)
_PARTLY_SPACED = re.compile(rf"0\d{{1,3}}[-/]\d{{2,4}}(?: \d{{2,4}}){{1,3}}(?!-?\d){_EXTENSION}")  # 08-123 45 67
_AFTER_AREA = re.compile(rf"\d{{2}} (?!(?:19|20)\d\d-(?:19|20))9?\d{{4}}-\d{{4}}(?!-?\d){_EXTENSION}")  # 11 91234-5678
_COUNTRY = re.compile(rf"\+ ?\d{{1,3}}(?:[ .-]?\(?\d{{1,5}}\)?){{1,6}}(?!\d){_EXTENSION}")
_EXIT = re.compile(rf"(?:00|010-)[1-9]\d{{0,2}}(?:[ .-]?\(?\d{{1,5}}\)?){{2,6}}(?!\d){_EXTENSION}")
_AMERICAN = re.compile(
    rf"(?:1[ .-])?(?:\(\d{{3}}\) ?\d{{3}}[ .-]?|\d{{3}}[ .-]\d{{3}}[ .-]|\d{{3}}[.-]\d{{3}})\d{{4}}(?!-?\d){_EXTENSION}"
)
_GROUPED = re.compile(rf"\d{{2,5}}(?:([ .-])\d{{2,10}}(?:\1\d{{2,5}}){{0,4}})(?!-?\d|[.]\d){_EXTENSION}")
_LABELLED_PHONE = re.compile(rf"\(?\d[\d ()./-]{{5,20}}\d(?!-?\d){_EXTENSION}")
_COMPANY_LINE = re.compile(r"\(?0(?:120|570|990|800)\)?[ .-]?\d[\d ()-]{4,10}$|\+81[ -]?(?:120|570|800)[ -]")
TOLL_FREE = re.compile(  # North America's numbers that cost the caller nothing
    r"(?:1[ .-]?)?(?:\(8(?:00|88|77|66|55|44|33)\) ?|8(?:00|88|77|66|55|44|33)[ .-])\d{3}[ .-]?\d{4}(?![\d-])"
)
# What leads to an office's number, which is meant to be called; nobody's mobile telephone is one.
_OFFICE = re.compile(
    r"(?:センター|窓口|相談室|サポートデスク|ヘルプデスク|ダイヤル|弊社|当社|当店)"
    r"(?:の|は|が|[:( 、)]|お?電話|番号|代表|まで|へ|お?問い?合わ?せ先?|tel|TEL)*$"
    r"|\b(?:our|the) (?:\w+ ){0,2}?(?:support|service|help ?desk|hotline|helpline|office|store|reception|care|sales)"
    r"(?: (?:line|number|team|phone|desk|telephone|centre|center|department))*(?:,? is|:| at| on| by phone)* ?\(?\+?$",
    re.IGNORECASE,
)
_MOBILE = re.compile(r"\(?0[789]0")


def is_of_an_office(found: Span, plain: str) -> bool:
    """Whether what stands before a telephone number says that it is an office's."""
    kind, start, _ = found
    return (
        kind == "PHONE"
        and _MOBILE.match(plain, start) is None
        and bool(_OFFICE.search(plain, max(0, start - 48), start))
    )


def country_phone(plain: str, at: int, floor: int) -> Span | None:
    """A number after a + and the country's."""
    for plus in range(at - 1, max(floor, at - 3) - 1, -1):
        if plain[plus] == "+":
            return _phone(_COUNTRY, plain, plus, least=8)
    return None


def home_phone(plain: str, at: int, floor: int) -> Span | None:
    """A number as it is written at home, in Japan or America."""
    start = at - (at > floor and plain[at - 1] == "(")
    before = plain[max(0, start - 1) : start]
    if before == "-" or before == ".":
        return None
    return (
        _phone(_EXIT, plain, start) or _phone(_PARTLY_SPACED, plain, start, 8, 11)
        or _phone(_TRUNK, plain, start, 9, 11) or _phone(_AMERICAN, plain, start) or _phone(_AFTER_AREA, plain, start)
    )  # fmt: skip


def labelled_phone(plain: str, start: int) -> Span | None:
    """What a label says is a telephone number, in whatever groups."""
    return _phone(_LABELLED_PHONE, plain, start - (start > 0 and plain[start - 1] == "("), least=7)


def _phone(pattern: re.Pattern[str], plain: str, at: int, least: int = 10, most: int = 15) -> Span | None:
    match = pattern.match(plain, at)
    if match is None:
        return None
    own = re.split(r"内線|ext|x|#", match.group())[0]
    if is_company_line(match.group()) or not least <= digits_in(own) <= most or UNIT.match(plain, match.end()):
        return None
    return "PHONE", at, match.end()


def grouped(plain: str, at: int) -> Span | None:
    """Digits in groups that are no date, no amount and no code of a product are most likely a telephone."""
    match = _GROUPED.match(plain, at)
    if match is None or IPV4.match(plain, at) is not None or plain[at - 1 : at] in ("-", ".", "/"):
        return None
    count, mark = digits_in(re.split(r"内線|ext|x|#", match.group())[0]), match.group(1)
    groups = re.split(r"[ .-]", match.group())
    doubtful = mark == " " and ((len(groups) == 2 and len(groups[-1]) < 6) or count < 8)
    code = (groups[0] in ("978", "979", "45", "49") and count >= 10) or (mark == "." and len(groups) < 4)
    if not 7 <= count <= 12 or doubtful or code or UNIT.match(plain, match.end()):
        return None
    if is_company_line(match.group()) or (groups[0][:2] in ("19", "20") and len(groups) == 2):
        return None
    return "PHONE", at, match.end()


def is_company_line(number: str) -> bool:
    """A number that only companies have; 080-0… is a mobile telephone, 0800-… is not."""
    digits = digits_in(number)
    return _COMPANY_LINE.match(number) is not None and digits in (10, 11, 12)
