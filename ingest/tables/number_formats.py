"""Shows a number as a cell's format does, as far as text needs it: thousands, decimals, currencies and units."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

GENERAL = "General"  # the format of a cell that has none
LONGEST = 255  # characters of a format, as Excel takes them: the patterns below are made for that
FINEST = 9  # decimals
LARGEST = 1e15  # of which Excel keeps all digits
_LITERAL = re.compile(r'"([^"]*)"|\[\$([^\]-]*)(?:-[^\]]*)?\]|\\(.)|([$¥£€円%])')
_UNREAD = re.compile(r"_.|\*.|\[(?!\$)[^\]]*\]")  # widths to leave, fillings, colours and conditions
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.([#0?]+))?")
_PARTS = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')  # not within quotes
_NOTHING = re.compile(r'(?:[_*].|""|\s)*')
POSITIVE, NEGATIVE, ZERO, TEXT = range(4)  # the parts of a pattern
_KNOWN = re.compile(r"[\s()+-]*")


def hides(value: object, pattern: str) -> bool:
    """Whether the pattern shows nothing of a value: the part for its kind is there, and empty, as in `0;-0;;@` of 0."""
    if ";" not in pattern or "[<" in pattern or "[>" in pattern or "[=" in pattern:  # or its parts have conditions
        return False
    parts = _PARTS.split(pattern)
    match value:
        case bool():
            return False  # formats leave it as it is
        case str():
            part = TEXT
        case int() | float():
            part = NEGATIVE if value < 0 else ZERO if value == 0 and len(parts) > ZERO else POSITIVE
        case _:
            return False
    return part < len(parts) and _NOTHING.fullmatch(parts[part]) is not None


def shown(value: float, pattern: str) -> str | None:
    """The number as the pattern shows it; None where it is one of those that only Excel understands."""
    parts = _PARTS.split(_UNREAD.sub("", pattern))
    part = parts[1] if value < 0 and len(parts) > 1 else parts[0]
    literals: list[str] = []

    def keep(found: re.Match[str]) -> str:
        literals.append(next(filter(None, found.groups()), ""))
        return "\0"

    marked = _LITERAL.sub(keep, part)
    digits = list(_DIGITS.finditer(marked))
    if len(digits) != 1 or not _KNOWN.fullmatch(_DIGITS.sub("", marked).replace("\0", "")):
        return None
    found = digits[0]
    if "%" in literals or abs(value) >= LARGEST or len(found[1] or "") > FINEST:
        return None
    places = found[1] or ""
    rounded = Decimal(repr(abs(value))).quantize(Decimal(1).scaleb(-len(places)), ROUND_HALF_UP)
    number = f"{rounded:,f}" if "," in found[0].rstrip(",") else f"{rounded:f}"
    for optional in reversed(places):
        if optional == "0" or not number.endswith("0"):
            break
        number = number[:-1]
    if found[0].endswith(","):  # thousands that are left out
        return None
    before, after = marked[: found.start()], marked[found.end() :]
    told = iter(literals)
    wrapped = "".join(next(told) if sign == "\0" else sign for sign in f"{before}\x01{after}")
    sign = "-" if value < 0 and len(parts) < 2 else ""
    return sign + wrapped.replace("\x01", number.rstrip(".")).strip()
