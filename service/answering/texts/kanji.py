"""Numbers that are written in kanji."""

from __future__ import annotations

_DIGITS = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
MYRIADS = {"万": 10**4, "億": 10**8, "兆": 10**12}


def in_digits(text: str) -> str:
    """A number in plain kanji in digits: 十三 is 13."""
    total = section = digit = 0
    positional = all(c in _DIGITS for c in text)
    if positional:  # as long as somebody likes to write them
        return "".join(str(_DIGITS[c]) for c in text).lstrip("0") or "0"
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _UNITS:
            section += (digit or 1) * _UNITS[c]
            digit = 0
        else:
            total += (section + digit or 1) * MYRIADS[c]
            section = digit = 0
    return str(total + section + digit)
