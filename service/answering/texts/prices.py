"""Whether a question asks what something costs, and whether a text tells anything of that."""

from __future__ import annotations

import re
import unicodedata

from knowledge.passages import Hit, titles
from service.answering.texts.steps import matter
from service.answering.texts.terms import terms

LONGEST = 200  # characters of a message that asks for a price: a longer one asks for other things as well
_NAMES = "値段|料金|価格|費用|代金"
_ASKS = re.compile(
    r"いくら(?:です|でしょう|になり|かか|する|なの|だ|[?？。!！]|\s|$)|何円(?!何)"
    rf"|(?:{_NAMES})(?:は|って)?(?:どの[くぐ]らい|どれ[くぐ]らい|[?？。]|\s|$)|(?:{_NAMES})[をがも]?(?:教え|おしえ|知り|しり)"
    r"|\bhow much (?:is|are|for|to)\b|\bhow much (?:does|do|will|would)\b.*\b(?:costs?|charged?|pay)\b"
    r"|(?:料金|費用|お?金|追加料金)(?:[はがも]|って)?(?:別に|追加で)?(?:かかり|掛かり|かかる|掛かる)"
    r"|(?:有料|無料|タダ)(?:です|なの|でしょう)|\bcosts? (?:extra|more|anything|money|me)\b"
    r"|\b(?:price|cost)s? (?:of|for)\b|\bwhat(?:'s| is| are| does)\b.*\b(?:price|cost)s?\b",
    re.IGNORECASE,
)
# An amount of money, or a word for what is paid: "free of charge" tells of a price, too.
_TELLS = re.compile(
    r"[円￥¥$€£₩]|ドル|ユーロ|ポンド|\d元|ウォン|無料|有料|料金|価格|費用|代金|金額|実費|負担|割引|見積|手数料"
    r"|\b(?:free|charge[sd]?|fees?|costs?|prices?|paid|pay|refund\w*|discount\w*|quot(?:e|ation)s?|yen|dollars?|euros?|pounds?|cents?"
    r"|USD|EUR|JPY|GBP|AUD|CAD|CHF|CNY|HKD|KRW|SGD|TWD)\b",
    re.IGNORECASE,
)

_CODES = re.compile(r"[\w-]*\d[\w-]*", re.ASCII)
_OF_ASKING = terms("how much 幾らですか")  # of any question for an amount


def asks_price(question: str) -> bool:
    """Whether a question may ask what something costs."""
    return len(question) <= LONGEST and _ASKS.search(unicodedata.normalize("NFKC", question)) is not None


def tells_price(text: str) -> bool:
    """Whether a text tells of an amount of money, or that something is free or charged for."""
    return _TELLS.search(text) is not None


def is_silent(question: str, hit: Hit) -> bool:
    """Whether a hit cannot tell the price that is asked for: it names none, and no other amount that may be meant.

    "How much is the rated torque of the MT-40?" asks for no price, and is told of the torque; of "How much is the
    MT-40?" nothing is left without the name.
    """
    passage = hit.passage
    above = titles(passage)
    own = f"{passage.question or ''} {passage.text}"
    amount = matter(_CODES.sub(" ", question)) - _OF_ASKING - (terms(above) - terms(passage.question or ""))
    return not tells_price(f"{above} {own}") and not (amount and amount <= terms(own))
