"""Finds personal data that is written in digits: telephones, cards, My Numbers, accounts, postal codes, addresses, ids.

Every number is looked at once: what stands before it (a label such as 口座番号 or "card number"), its own form and
check digits, and what follows (a unit, a price). The text must be in its plain form: ASCII digits and hyphens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.privacy.addresses import KANJI_BLOCK, address_at, japanese_address, with_postcode
from ingest.privacy.check_digits import (
    DIGIT,
    digits_in,
    is_article_number,
    is_card,
    is_company_number,
    is_iban,
    is_my_number,
)
from ingest.privacy.common import LETTERS, SMALL_WORDS, UNIT, Span
from ingest.privacy.labels import label_before
from ingest.privacy.telephones import (
    IPV4,
    TOLL_FREE,
    country_phone,
    grouped,
    home_phone,
    is_company_line,
    is_of_an_office,
    labelled_phone,
)

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
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}(?![\d-])")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_POSTCODE = re.compile(r"\d{3}-?\d{4}(?![\d-])")
_ANY_POSTCODE = re.compile(
    r"\d{3}-\d{4}(?!\d)|\d{5}-\d{4}(?!\d)|\d{2}-\d{3}(?!\d)|\d{3,4} \d{2}(?!\d)|\d{4,7}(?: [A-Z]{2}\b)?(?!\d)"
    r"|\d{3}(?!\d)"
)
_BRITISH_POSTCODE = re.compile(r"(?:[A-Z]{1,2}\d[A-Z0-9]?) \d[A-Z]{2}(?![A-Za-z0-9])")
_OTHER_POSTCODE = re.compile(  # in Britain and Canada, in whatever case where a label announces them
    rf"{_BRITISH_POSTCODE.pattern}|[A-Z]\d[A-Z] ?\d[A-Z]\d(?![A-Za-z0-9])", re.IGNORECASE
)
_LETTERS_AND_SLASH = re.compile(r"(?<![A-Za-z])[A-Za-z]{1,5}/$")  # HX/2209/88131
_PAGE = re.compile(r"https?://[^\s?#]{3,150}/$")  # before a number in its path: a page for all
_OF_SOMEBODY = re.compile(r"order|invoice|track|user|account|member|customer|booking|reserv|ticket|request|pay|session")
_LABELLED_ID = re.compile(r"(?=[A-Za-z_/-]{0,20}\d)[A-Za-z0-9][A-Za-z0-9_/-]{1,28}[A-Za-z0-9]")
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
    while (digit := DIGIT.search(plain, place)) is not None:
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
        toll_free = TOLL_FREE.match(plain, digit - (plain[digit - 1 : digit] == "("))
        if toll_free is not None:
            return None, toll_free.end()
    if start == digit and plain[digit - 1 : digit] == "/" and "://" in plain[max(0, digit - 200) : digit]:
        page = _PAGE.search(lowered, max(0, digit - 200), digit)
        if page is not None and _OF_SOMEBODY.search(page.group()) is None:
            return None, digit + _digits_at(plain, digit)
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
        return (None if is_of_an_office(found, plain) else found), found[2]
    found = _by_form(plain, start, digit, floor)
    if found is None:
        return None, 0
    return (None if is_of_an_office(found, plain) else found), found[2]


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
    parted = _LETTERS_AND_SLASH.search(plain, max(floor, start - 7), start) if plain[start - 1] == "/" else None
    if parted is not None and label_before(plain, lowered, parted.start(), floor) == "ID":
        return parted.start(), "ID"
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
            if (match := pattern.match(plain, digit)) is not None and IPV4.match(plain, digit) is None:
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
            return labelled_phone(plain, start)
        case "CARD":
            found = _ACCOUNT.match(plain, digit)
            return ("CARD", digit, found.end()) if found and 12 <= digits_in(found.group()) <= 19 else None
        case "MY_NUMBER":
            found = _MY_NUMBER.match(plain, digit)
        case "SSN":
            found = _ACCOUNT.match(plain, digit)
        case "BANK":
            iban = _IBAN.match(plain, start)
            found = iban if iban is not None and is_iban(iban.group()) else _ACCOUNT.match(plain, digit)
            if found is not None and found is not iban and not 3 <= digits_in(found.group()) <= 17:
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
            if found is not None and UNIT.match(plain, found.end()) and digits_in(found.group()) < 5:
                return None
            if found is not None and is_company_number(found.group()):
                return None
            if label == "SOME_ID":
                if found is None or digits_in(plain[found.start() : _further(_MORE_OF_ID, plain, found.end())]) < 5:
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
        if (iban := _IBAN.match(plain, start)) is not None and is_iban(iban.group()):
            return "BANK", start, iban.end()
        if (code := _BRITISH_POSTCODE.match(plain, start)) is not None:
            return "POSTCODE", start, code.end()
        if (name := _BARE_ID.match(plain, start)) is not None and not is_company_number(name.group()):
            return "ID", start - (before == "#"), name.end()
        if plain[digit - 1] in LETTERS and plain[start:digit].lower() not in ("tel", "fax", "phone", "mob"):
            return None
    run = _RUN.match(plain, digit)
    assert run is not None, "a digit begins it"
    count = digits_in(run.group())
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
        _ip(plain, digit) or _my_number(plain, digit) or _card(plain, digit) or country_phone(plain, digit, floor)
        or _social(plain, digit) or home_phone(plain, digit, floor) or _bare_postcode(plain, digit)
        or grouped(plain, digit) or _long(plain, digit)
    )  # fmt: skip


def _ip(plain: str, at: int) -> Span | None:
    match = IPV4.match(plain, at)
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
    if is_card(match.group()):
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


def _bare_postcode(plain: str, at: int) -> Span | None:
    """150-0001 in Japanese text, or before an address."""
    match = _POSTCODE.match(plain, at)
    if match is None or plain[at + 3] != "-" or plain[at - 1 : at] in ("-", "."):
        return None
    around = plain[max(0, at - 1) : at].strip() + plain[match.end() : match.end() + 2].strip()
    if around.isascii() or UNIT.match(plain, match.end()):
        return None
    return with_postcode(plain, at, match.end())


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
    if is_company_line(digits) or is_article_number(digits):
        return None
    return "NUMBER", at, match.end()


def _digits_at(plain: str, at: int) -> int:
    """How many digits stand together."""
    end = at
    while plain[end : end + 1].isdigit():
        end += 1
    return end - at
