"""Names in what is said, by how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.answering.checking.numerals import UNIT

_NAME_JA = re.compile(
    r"([一-鿿々ァ-ヶー]{2,10}?)(?:様|さん|氏)(?![一-鿿])|(?:株式会社|合同会社|有限会社)([一-鿿ァ-ヶーA-Za-z]{2,20})|"
    r"([一-鿿ァ-ヶーA-Za-z]{2,20}?)(?:株式会社|合同会社)"
)
_NOBODY = tuple(str.split("客 皆 子 患者 業者 奥 旦那 親御 相手 大家 医者 看護師 店員 学生 利用者"))
_LATIN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z]+(?![A-Za-z0-9])")
_WORD = re.compile(r"[A-Za-z][\w'’-]*")
# Before a word that begins its sentence: marks of Markdown, and pictures such as a warning's.
_SIGN = re.compile(r"[ \t*_#>\u2190-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]")
_COMMON = frozenset(
    str.split(
        "i i'm i'll i'd i've ok faq url web pdf id app sms am pm mr mrs ms dr english japanese japan internet "
        "wi-fi usb e-mail email qr pc tel fax no yes cm mm kg ml http https www and or the a an to of in on "
        "for with by at from if please you your we our it this that mail sorry note however also january "
        "february march april may june july august september october november december monday tuesday "
        "wednesday thursday friday saturday sunday celsius fahrenheit"
    )
)


def names(text: str) -> Iterator[str]:
    """Names of persons, companies and products in a text without addresses, casefolded and without spaces.

    Japanese: what is called 様, さん or 氏, companies, and words in Latin letters. English: words with a capital
    that do not begin a sentence.
    """
    japanese = re.search(r"[\u3040-\u30ff]", text) is not None
    if japanese:
        for found in _NAME_JA.finditer(text):
            name = next(group for group in found.groups() if group)
            if not name.endswith(_NOBODY):
                yield name.casefold()
        for found in _LATIN.finditer(text):
            if found[0].casefold() not in _COMMON and UNIT.match(found[0].casefold()) is None:
                yield found[0].casefold()
        return
    for found in _WORD.finditer(text):
        word = found[0]
        if word[0].isupper() and _before(text, found.start()) not in ".!?:;\"“'‘(（[]-–—•・\n|/>":
            plain = re.sub(r"['’]s$|['’]$", "", word).casefold()
            if plain not in _COMMON and plain.removesuffix("s") not in _COMMON and len(plain) > 1 and plain.isalpha():
                yield plain


def _before(text: str, place: int) -> str:
    """The character before a place that is no mark; nothing at the beginning."""
    while place and _SIGN.match(text, place - 1):
        place -= 1
    return text[max(0, place - 1) : place]
