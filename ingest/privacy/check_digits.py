"""Numbers that prove themselves by their digits: cards, My Numbers, accounts (IBAN), articles and companies."""

from __future__ import annotations

import re

DIGIT = re.compile(r"[0-9]")


def digits_in(text: str) -> int:
    """How many digits a text has."""
    return len(DIGIT.findall(text))


def is_card(number: str) -> bool:
    """Whether it may be a payment card's, by its beginning and its check digit (Luhn)."""
    digits = [int(digit) for digit in DIGIT.findall(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    plausible = digits[0] in (2, 3, 4, 5, 6) or digits[:4] == [1, 8, 0, 0]
    return plausible and len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_my_number(number: str) -> bool:
    """Whether the last of twelve digits is the check digit of a My Number."""
    digits = [int(digit) for digit in DIGIT.findall(number)]
    if len(digits) != 12 or len(set(digits)) < 3:
        return False
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11
    return digits[-1] == (0 if rest <= 1 else 11 - rest)


def is_iban(text: str) -> bool:
    """Whether it is an IBAN, by its length and its check digits."""
    packed = text.replace(" ", "")
    if not 15 <= len(packed) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in packed[4:] + packed[:4])) % 97 == 1


def is_article_number(digits: str) -> bool:
    """A Japanese article number (JAN), as printed under the bar code: 13 digits with a check digit."""
    if len(digits) != 13 or digits[:2] not in ("45", "49"):
        return False
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def is_company_number(text: str) -> bool:
    """The number under which a company is registered for consumption tax: T and 13 digits."""
    return re.fullmatch(r"T-?\d{13}", text) is not None
