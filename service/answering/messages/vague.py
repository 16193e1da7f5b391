"""Knows messages that are too short, or say too little, to be answered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from service.answering.texts.typed import typed
from service.answers import Turn

SHORT = {"ja": 6, "en": 14}  # characters of a message that is one word
_ONE_JA = re.compile(r"(?:[一-鿿々]+|[ァ-ヶー]+)(?:[はがをも]|って|とか|について)?")
_VAGUE_JA = re.compile(
    r"(?:助けて(?:ください)?|(?:とても|すごく)?困って(?:い)?(?:ます|る)|困った|(?:やり方|使い方)?(?:が|は)?(?:全然|まったく|全く)?"
    r"(?:使え|動か|でき|出来|わから|分から|わかり|分かり|つなが|繋が|うまくいか|上手くいか)(?:ない|ません)|(?:壊れ|故障し)(?:た|ました)|おかしい)"
    r"(?:んです|のです|です)?(?:が|けど|よ|ね)?"
)
_VAGUE_EN = re.compile(
    r"(?:please )?help(?: me)?(?: please)?|i(?: really)? need (?:some )?help|i have an? (?:problem|issue|question)"
    r"|(?:it|this|it still)(?: (?:does not|doesn't|doesnt|won't|wont|is not|isn't|isnt|will not|did not|didn't))? "
    r"(?:work(?:ing)?|broke|is broken)|not working|something(?:'s| is) wrong|it(?:'s| is) broken"
)


def is_one_word(question: str) -> bool:
    """Whether a message is too short to say what is wanted."""
    text = unicodedata.normalize("NFKC", question).strip(" 　。、.,!?！？\n")
    if text.isascii():
        return text.isalnum() and not text.isdigit() and len(text) <= SHORT["en"]  # a code is a word too
    return _ONE_JA.fullmatch(text) is not None and len(text) <= SHORT["ja"]


def is_vague(message: str) -> bool:
    """Whether a message says that something is wrong, or asks for help, without a word of what it is about."""
    text = typed(message).strip(" 　。、.,!?…\n")
    return bool(_VAGUE_JA.fullmatch(text) or _VAGUE_EN.fullmatch(text))


def says_nothing(message: str, history: Sequence[Turn]) -> bool:
    """Whether a message has no word to search for: signs only, or numbers that nothing was said about before."""
    text = unicodedata.normalize("NFKC", message)
    if any(letter.isalpha() and not "ぁ" <= letter <= "ゖ" for letter in text):
        return False
    kana = sum("ぁ" <= letter <= "ゖ" for letter in text)
    return kana < 2 and not (history and any(letter.isdigit() for letter in text))
