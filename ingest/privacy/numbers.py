"""Finds personal data that is written in digits: telephones, cards, My Numbers, accounts, postal codes, addresses, ids.

Every number is looked at once: what stands before it (a label such as 口座番号 or "card number"), its own form and
check digits, and what follows (a unit, a price). The text must be in its plain form: ASCII digits and hyphens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.privacy.addresses import KANJI_BLOCK, address_at, japanese_address, with_postcode
from ingest.privacy.common import LETTERS, SMALL_WORDS, UNIT, Span
from ingest.privacy.labels import label_before

_DIGIT = re.compile(r"[0-9]")
_GROUP = re.compile(r"[A-Za-z0-9]+")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_RUN = re.compile(r"[0-9][0-9()./ +-]{0,24}")
# What numbers mostly are: dates, times, amounts. Tried first, so that the rest is spent on few.
_DATE = re.compile(
    r"(?:19|20)\d\d(?:[-/.年]) ?(?:0?[1-9]|1[0-2])(?:[-/.月]) ?(?:0?[1-9]|[12]\d|3[01])(?![\d-])日?"
    r"(?:[T ]+\d{1,2}:\d\d(?::\d\d)?)?"
    r"|(?:0?[1-9]|[12]\d|3[01])[/.-](?:0?[1-9]|[12]\d|3[01])[/.-](?:19|20)\d\d(?![\d/-])"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]"
    r"|1[0-2])(?:19|20)\d\d(?!\d)|(?:明治|大正|昭和|平成|令和)\d{1,2}年\d{1,2}月\d{1,2}日"
)
_BIRTHDAY = re.compile(  # where a label announces it: without the year, with two digits of it, or with an era's letter
    r"\d{1,2}月 ?\d{1,2}日|[MTSHR]\d{1,2}([./年-]) ?\d{1,2}[./月-] ?\d{1,2}日?"
    r"|\d{1,2}([./-])\d{1,2}\2(?:\d{2})?\d\d(?!\d)|\d{1,2}/\d{1,2}(?![\d/])"
)
_TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d)?(?: ?[-~〜～から]+ ?\d{1,2}:\d\d)?(?![:\d])")
_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d-])|\d{1,6}\.\d{1,6}(?![\d.])")
_MONEY_BEFORE = ("¥", "$", "€", "£", "￥", "\\", "usd ", "jpy ", "eur ", ".", ",")

_CARD = re.compile(r"\d(?:[ -]?\d){11,18}(?![\d-])")
_IN_FOURS = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}")  # a card that was mistyped, most likely
_MY_NUMBER = re.compile(r"\d{4}([ -]?)\d{4}\1\d{4}(?![\d-])")
_SHORT = re.compile(r"[0-9]{1,2}(?=[^0-9A-Za-z()・./ :,丁番条年月のー+-]|$)")
_ERAS = ("明治", "大正", "昭和", "平成", "令和")
_LETTERS_APART = re.compile(r"(?<![a-z])([a-z]{1,4}) $")
_NAME_BEFORE_DIGITS = re.compile(r"[A-Za-z][A-Za-z0-9]*_$")  # yamada_1985
_WORD_APART = re.compile(r"(?<![a-z])([a-z]{3,12}) $")
_ENDS_THERE = re.compile(r"[0-9]{2,6}(?=[.,;!\n]|$)")
_MORE_DIGITS = re.compile(r" \d{2,8}(?![\d:.,/-])")
_AMOUNT_OF = re.compile(r" (?:second|minute|hour|day|week|month|year|time|item)s?\b", re.IGNORECASE)
_MORE_OF_ID = re.compile(r" (?:\d{2,8}|(?=[A-Z]{0,4}\d)[A-Z0-9]{2,8}|[A-Z]{1,4}\d[A-Z0-9]*)(?![\w:.,/-])")
_LONGER_ID = re.compile(r"(?:[A-Za-z]{1,4} )?(?=[A-Za-z-]{0,20}\d)[A-Za-z0-9][A-Za-z0-9_/-]{1,28}[A-Za-z0-9]")
_CONTINUES = re.compile(r"[0-9][ -]$|-$")
_IPV4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}(?![\d-])")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
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
_TOLL_FREE = re.compile(  # North America's numbers that cost the caller nothing
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
_POSTCODE = re.compile(r"\d{3}-?\d{4}(?![\d-])")
_ANY_POSTCODE = re.compile(
    r"\d{3}-\d{4}(?!\d)|\d{5}-\d{4}(?!\d)|\d{2}-\d{3}(?!\d)|\d{3,4} \d{2}(?!\d)|\d{4,7}(?: [A-Z]{2}\b)?(?!\d)"
    r"|\d{3}(?!\d)"
)
_BRITISH_POSTCODE = re.compile(r"(?:[A-Z]{1,2}\d[A-Z0-9]?) \d[A-Z]{2}(?![A-Za-z0-9])")
_OTHER_POSTCODE = re.compile(  # in Britain and Canada, in whatever case where a label announces them
    rf"{_BRITISH_POSTCODE.pattern}|[A-Z]\d[A-Z] ?\d[A-Z]\d(?![A-Za-z0-9])", re.IGNORECASE
)
_LABELLED_ID = re.compile(r"(?=[A-Za-z_-]{0,20}\d)[A-Za-z0-9][A-Za-z0-9_/-]{1,28}[A-Za-z0-9]")
_BARE_ID = re.compile(r"(?:[A-Z]{1,6}-?(?:\d{5,}|(?:19|20)\d\d-\d{3,})[A-Z]?(?:-[A-Z0-9]+)*)(?![A-Za-z0-9])")
_SECRET = re.compile(r"[!-~]{3,40}")
_ACCOUNT = re.compile(r"\d[\d -]{1,20}\d(?!\d)")
_HASHED = re.compile(r"\d{5,}(?!\d)")
_LONG = re.compile(r"\d{7,}(?!\d)")


def number_spans(plain: str) -> Iterator[Span]:
    """What the numbers of a text in its plain form are, from left to right; innocent ones are passed over."""
    lowered = plain.lower()
    if len(lowered) != len(plain):
        lowered = plain  # a letter that grows in lower case: then only labels in lower case are known
    floor = place = 0  # up to where all is known, and from where to look on
    while (digit := _DIGIT.search(plain, place)) is not None:
        found, known = _look(plain, lowered, digit.start(), floor)
        if known:
            floor = place = known
        else:
            group = _GROUP.match(plain, digit.start())
            assert group is not None, "a digit begins it"
            place = group.end()
        if found is not None:
            yield found
    if "丁目" in plain or "番地" in plain:
        for match in KANJI_BLOCK.finditer(plain):
            if (address := japanese_address(plain, match.start())) is not None:
                yield address


def _look(plain: str, lowered: str, digit: int, floor: int) -> tuple[Span | None, int]:
    """What begins with the number at `digit`, and where the known ends; 0 when it is nothing that is known."""
    start = digit
    while start > floor and digit - start < 30 and (plain[start - 1] in LETTERS or plain[start - 1] == "-"):
        start -= 1
    while start < digit and plain[start] == "-":
        start += 1
    alone = plain[digit - 1 : digit] in " ,\n" or not plain[digit - 1 : digit].isascii()
    if start == digit and alone and _SHORT.match(plain, digit) is not None:  # one or two digits: at most a house number
        return None, 0
    if start == digit and plain[digit] in "18":
        toll_free = _TOLL_FREE.match(plain, digit - (plain[digit - 1 : digit] == "("))
        if toll_free is not None:
            return None, toll_free.end()
    if plain[max(floor, digit - 2) : digit] in _ERAS:
        start = digit - 2
    label = label_before(plain, lowered, start, floor)
    if label is None and start > floor and plain[start - 1].isascii():
        start, label = _from_further_left(plain, lowered, start, floor)
    if label is None or label == "INNOCENT":
        innocent = _innocent(plain, start, digit, label)
        if innocent:
            return None, innocent
    elif (found := _labelled(label, plain, start, digit)) is not None:
        return (None if _is_of_an_office(found, plain) else found), found[2]
    found = _by_form(plain, start, digit, floor)
    if found is None:
        return None, 0
    return (None if _is_of_an_office(found, plain) else found), found[2]


def _is_of_an_office(found: Span, plain: str) -> bool:
    kind, start, _ = found
    return (
        kind == "PHONE"
        and _MOBILE.match(plain, start) is None
        and bool(_OFFICE.search(plain, max(0, start - 48), start))
    )


def _from_further_left(plain: str, lowered: str, start: int, floor: int) -> tuple[int, str | None]:
    """Passwords hold any sign, and customers part the letters of an id from its digits: "claim no ytg 856"."""
    begin = start
    while begin > floor and "!" <= plain[begin - 1] <= "~" and plain[begin - 1] not in ":=" and start - begin < 30:
        begin -= 1
    if begin < start and label_before(plain, lowered, begin, floor) == "SECRET":
        return begin, "SECRET"
    name = _NAME_BEFORE_DIGITS.search(plain, max(floor, start - 30), start) if plain[start - 1] == "_" else None
    if name is not None and label_before(plain, lowered, name.start(), floor) == "ID":
        return name.start(), "ID"
    letters = _LETTERS_APART.search(lowered[max(floor, start - 5) : start])
    if letters is not None and letters.group(1) not in SMALL_WORDS:
        begin = start - len(letters.group())
        if (label := label_before(plain, lowered, begin, floor)) in ("ID", "SECRET", "INNOCENT"):
            return begin, label
    word = _WORD_APART.search(lowered[max(floor, start - 13) : start])
    if word is not None and _ENDS_THERE.match(plain, start) is not None:
        begin = start - len(word.group())
        if word.group(1) not in SMALL_WORDS and label_before(plain, lowered, begin, floor) == "SECRET":
            return begin, "SECRET"  # a word and a number: "password is winter 2019"
    return start, None


def _innocent(plain: str, start: int, digit: int, label: str | None) -> int:
    """Where a date, a time, an amount or a product's number ends; 0 when it is none of these."""
    if label == "INNOCENT":
        token = _TOKEN.match(plain, start)
        return max(token.end() if token is not None else 0, digit + 1)
    if start == digit:
        for pattern in (_DATE, _TIME, _AMOUNT):
            if (match := pattern.match(plain, digit)) is not None and _IPV4.match(plain, digit) is None:
                return match.end()
    return 0


def _labelled(label: str, plain: str, start: int, digit: int) -> Span | None:
    """What a label says that the number is, if it looks like that at all."""
    match label:
        case "SECRET":
            while start > 0 and "!" <= plain[start - 1] <= "~" and plain[start - 1] not in ":=\"'([":
                start -= 1
            if start < digit and plain[digit - 1] == " ":  # a word and a number: see _from_further_left
                return "SECRET", start, digit + _digits_at(plain, digit)
            found = _SECRET.match(plain, start)
            groups = _further(_MORE_DIGITS, plain, digit + _digits_at(plain, digit))
            if found is None:
                return ("SECRET", start, groups) if groups > digit + 3 else None
            end = start + len(found.group().rstrip(".,)]'\""))
            return "SECRET", start, max(end, groups) if plain[start:end].isdigit() else end
        case "PHONE":
            return _phone(_LABELLED_PHONE, plain, start - (start > 0 and plain[start - 1] == "("), least=7)
        case "CARD":
            found = _ACCOUNT.match(plain, digit)
            return ("CARD", digit, found.end()) if found and 12 <= _digits(found.group()) <= 19 else None
        case "MY_NUMBER":
            found = _MY_NUMBER.match(plain, digit)
        case "SSN":
            found = _ACCOUNT.match(plain, digit)
        case "BANK":
            iban = _IBAN.match(plain, start)
            found = iban if iban is not None and _is_iban(iban.group()) else _ACCOUNT.match(plain, digit)
            if found is not None and found is not iban and not 3 <= _digits(found.group()) <= 17:
                return None
            if found is not None and plain[found.end() : found.end() + 1] in ("円", "件", "点", "個"):
                return None
        case "POSTCODE":
            found = _POSTCODE.match(plain, digit)
            if found is not None:
                return with_postcode(plain, start - (plain[start - 1 : start] == "〒"), found.end())
            found = _OTHER_POSTCODE.match(plain, start) or _ANY_POSTCODE.match(plain, digit)
        case "BIRTHDATE":
            found = _DATE.match(plain, start) or _BIRTHDAY.match(plain, start)
        case _:
            found = (
                _LONGER_ID.match(plain, start)
                if start < digit and plain[digit - 1] == " "
                else _LABELLED_ID.match(plain, start)
            )
            if found is not None and UNIT.match(plain, found.end()) and _digits(found.group()) < 5:
                return None
            if found is not None and _is_company_number(found.group()):
                return None
            if label == "SOME_ID":
                if found is None or _digits(plain[found.start() : _further(_MORE_OF_ID, plain, found.end())]) < 5:
                    return None
                return "ID", found.start(), _further(_MORE_OF_ID, plain, found.end())
            if found is not None:
                return label, found.start(), _further(_MORE_OF_ID, plain, found.end())
    return None if found is None else (label, found.start(), found.end())


def _further(more: re.Pattern[str], plain: str, end: int) -> int:
    """Where the last of the groups ends that follow, as when a number is read out; a group with a unit is an amount."""
    while (group := more.match(plain, end)) is not None:
        if UNIT.match(plain, group.end()) is not None or _AMOUNT_OF.match(plain, group.end()) is not None:
            break
        end = group.end()
    return end


def _by_form(plain: str, start: int, digit: int, floor: int) -> Span | None:
    """What a number without a label is by its form and its check digits."""
    before = plain[start - 1 : start]
    if start < digit:  # letters before the digits
        if before.isascii() and before.isalnum():
            return None
        if (iban := _IBAN.match(plain, start)) is not None and _is_iban(iban.group()):
            return "BANK", start, iban.end()
        if (code := _BRITISH_POSTCODE.match(plain, start)) is not None:
            return "POSTCODE", start, code.end()
        if (name := _BARE_ID.match(plain, start)) is not None and not _is_company_number(name.group()):
            return "ID", start - (before == "#"), name.end()
        if plain[digit - 1] in LETTERS and plain[start:digit].lower() not in ("tel", "fax", "phone", "mob"):
            return None
    run = _RUN.match(plain, digit)
    assert run is not None, "a digit begins it"
    count = _digits(run.group())
    if before == "〒" and (code := _POSTCODE.match(plain, digit)) is not None:
        return with_postcode(plain, digit - 1, code.end())
    address = address_at(plain, digit, floor)
    if address is not None or count < 5:
        return address
    if before == "#" and (found := _HASHED.match(plain, digit)) is not None:
        return "ID", digit - 1, found.end()
    if count < 7:
        return _ip(plain, digit)
    if plain[max(0, digit - 4) : digit].lower().endswith(_MONEY_BEFORE):
        return None
    if _CONTINUES.search(plain[max(floor, digit - 2) : digit]) is not None:  # groups of a number that is nothing whole
        return _long(plain, digit)
    return (
        _ip(plain, digit) or _my_number(plain, digit) or _card(plain, digit) or _country_phone(plain, digit, floor)
        or _social(plain, digit) or _home_phone(plain, digit, floor) or _bare_postcode(plain, digit)
        or _grouped(plain, digit) or _long(plain, digit)
    )  # fmt: skip


def _ip(plain: str, at: int) -> Span | None:
    match = _IPV4.match(plain, at)
    if match is None or plain[max(0, at - 1) : at] in (".", "v", "V", "/"):
        return None
    parts = [int(part) for part in match.groups()]
    one, two = parts[:2]
    local = one in (0, 10, 127, 255) or (one, two) == (192, 168) or (one == 172 and 16 <= two < 32)
    return None if local or max(parts) > 255 else ("IP", at, match.end())


def _card(plain: str, at: int) -> Span | None:
    match = _CARD.match(plain, at)
    if match is None:
        return None
    if _is_card(match.group()):
        return "CARD", at, match.end()
    return ("NUMBER", at, match.end()) if _IN_FOURS.fullmatch(match.group()) else None


def _my_number(plain: str, at: int) -> Span | None:
    match = _MY_NUMBER.match(plain, at)
    if match is None or not is_my_number(match.group()):
        return None
    card = _card(plain, at)  # its first twelve digits may pass by chance
    return card if card is not None and card[2] > match.end() else ("MY_NUMBER", at, match.end())


def _social(plain: str, at: int) -> Span | None:
    match = _SSN.match(plain, at)
    return ("SSN", at, match.end()) if match is not None and plain[max(0, at - 1) : at] != "-" else None


def _country_phone(plain: str, at: int, floor: int) -> Span | None:
    for plus in range(at - 1, max(floor, at - 3) - 1, -1):
        if plain[plus] == "+":
            return _phone(_COUNTRY, plain, plus, least=8)
    return None


def _home_phone(plain: str, at: int, floor: int) -> Span | None:
    start = at - (at > floor and plain[at - 1] == "(")
    before = plain[max(0, start - 1) : start]
    if before == "-" or before == ".":
        return None
    return (
        _phone(_EXIT, plain, start) or _phone(_PARTLY_SPACED, plain, start, 8, 11)
        or _phone(_TRUNK, plain, start, 9, 11) or _phone(_AMERICAN, plain, start) or _phone(_AFTER_AREA, plain, start)
    )  # fmt: skip


def _phone(pattern: re.Pattern[str], plain: str, at: int, least: int = 10, most: int = 15) -> Span | None:
    match = pattern.match(plain, at)
    if match is None:
        return None
    own = re.split(r"内線|ext|x|#", match.group())[0]
    if _is_company_line(match.group()) or not least <= _digits(own) <= most or UNIT.match(plain, match.end()):
        return None
    return "PHONE", at, match.end()


def _bare_postcode(plain: str, at: int) -> Span | None:
    """150-0001 in Japanese text, or before an address."""
    match = _POSTCODE.match(plain, at)
    if match is None or plain[at + 3] != "-" or plain[at - 1 : at] in ("-", "."):
        return None
    around = plain[max(0, at - 1) : at].strip() + plain[match.end() : match.end() + 2].strip()
    if around.isascii() or UNIT.match(plain, match.end()):
        return None
    return with_postcode(plain, at, match.end())


def _grouped(plain: str, at: int) -> Span | None:
    """Digits in groups that are no date, no amount and no code of a product are most likely a telephone."""
    match = _GROUPED.match(plain, at)
    if match is None or _IPV4.match(plain, at) is not None or plain[at - 1 : at] in ("-", ".", "/"):
        return None
    count, mark = _digits(re.split(r"内線|ext|x|#", match.group())[0]), match.group(1)
    groups = re.split(r"[ .-]", match.group())
    doubtful = mark == " " and ((len(groups) == 2 and len(groups[-1]) < 6) or count < 8)
    code = (groups[0] in ("978", "979", "45", "49") and count >= 10) or (mark == "." and len(groups) < 4)
    if not 7 <= count <= 12 or doubtful or code or UNIT.match(plain, match.end()):
        return None
    if _is_company_line(match.group()) or (groups[0][:2] in ("19", "20") and len(groups) == 2):
        return None
    return "PHONE", at, match.end()


def _long(plain: str, at: int) -> Span | None:
    match = _LONG.match(plain, at)
    if (
        match is not None
        and plain[at - 1 : at] == "第"
        and plain[at - 2 : at - 1] not in ("は", ":")
        and plain[match.end() : match.end() + 1] == "号"
    ):
        return None  # a patent, a permission
    if match is None or UNIT.match(plain, match.end()) or _DATE.fullmatch(match.group()):
        return None
    digits = match.group()
    if _is_company_line(digits) or _is_article_number(digits):
        return None
    return "NUMBER", at, match.end()


def _digits_at(plain: str, at: int) -> int:
    """How many digits stand together."""
    end = at
    while plain[end : end + 1].isdigit():
        end += 1
    return end - at


def _digits(text: str) -> int:
    return len(_DIGIT.findall(text))


def _is_card(number: str) -> bool:
    digits = [int(digit) for digit in _DIGIT.findall(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    plausible = digits[0] in (2, 3, 4, 5, 6) or digits[:4] == [1, 8, 0, 0]
    return plausible and len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_my_number(number: str) -> bool:
    """Whether the last of twelve digits is the check digit of a My Number."""
    digits = [int(digit) for digit in _DIGIT.findall(number)]
    if len(digits) != 12 or len(set(digits)) < 3:
        return False
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11
    return digits[-1] == (0 if rest <= 1 else 11 - rest)


def _is_company_line(number: str) -> bool:
    """A number that only companies have; 080-0… is a mobile telephone, 0800-… is not."""
    digits = _digits(number)
    return _COMPANY_LINE.match(number) is not None and digits in (10, 11, 12)


def _is_iban(text: str) -> bool:
    packed = text.replace(" ", "")
    if not 15 <= len(packed) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in packed[4:] + packed[:4])) % 97 == 1


def _is_article_number(digits: str) -> bool:
    """A Japanese article number (JAN), as printed under the bar code: 13 digits with a check digit."""
    if len(digits) != 13 or digits[:2] not in ("45", "49"):
        return False
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def _is_company_number(text: str) -> bool:
    """The number under which a company is registered for consumption tax: T and 13 digits."""
    return re.fullmatch(r"T-?\d{13}", text) is not None
