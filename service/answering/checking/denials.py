"""What a passage denies, and sentences that say the same of the same things without a no.

Told by words alone, and only where little doubt is left: a clause of the passage has a negation, the sentence names
most of what it speaks of, and has none. What a limit divides (not after May, until May) can be said either way.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from service.answering.texts.terms import terms

NAMED = 0.55  # share of a denial's content words that the sentence must name
ABOUT = 0.5  # share of the sentence's that the denial must hold
FEWEST = 2  # content words of a denial
_NO = re.compile(
    r"(?<!すみ)(?<!かもしれ)(?<!ければなり)ません(?!か)|(?<![少危もつわ])ない(?!と(?:いけ|なり)|か[、。]|ように)|(?<=[さけかれらわげめねせえ])ず(?=[、。に]|\Z)|"
    r"不可|禁止|お断り|遠慮|対象外|"
    r"\b(?:not|no|never|cannot|none|neither|nor|unable|prohibited|excluded|forbidden)\b|n't\b"
)
_LIMIT = re.compile(
    r"以[降外上内]|過ぎ|超え|未満|まで|場合|とき|たら|れば|ないと|限り|なく|必要|"
    r"\b(?:after|before|until|unless|without|if|when|while|later|longer|more|less|only|except|older|need|have to)\b"
)
_ONLY = re.compile(r"のみ|(?<!いた)だけ|に限|限定|\bonly\b|\bexclusively\b")
_ALL = re.compile(
    r"すべて|全て|全(?:プラン|店|員|品|商品|種)|いずれ(?:の.{1,8})?も|どの.{1,8}でも|\b(?:both|all|any|every|each)\b"
)
_CLAUSE = re.compile(r"[。.!?！？;；:\n]|、|, | but | and |が、")
_NEITHER = re.compile(
    r"不要|以外|除[いくき]|ないように|避け|控え|やめ|"
    r"\b(?:without|except|unless|free|avoid|fail|wrong|unavailable|impossible|refused?)\b"
)


@dataclass(frozen=True, slots=True)
class Denial:
    """A clause that says that something is not so, or only for some."""

    of: frozenset[str]  # its content words
    only: bool


@lru_cache(maxsize=4096)
def denials(text: str) -> tuple[Denial, ...]:
    """What a passage with this text denies."""
    found: list[Denial] = []
    text = _plain(text)
    if not (_NO.search(text) or _ONLY.search(text)):
        return ()
    for clause in _CLAUSE.split(text):
        of_first = clause.partition(" or ")[0]  # "not admitted on weekends or holidays" is not on weekends
        for part in dict.fromkeys((clause, of_first)):
            only = _ONLY.search(part) is not None
            of = terms(part)
            if len(of) >= FEWEST and (only or (len(_NO.findall(part)) == 1 and not _LIMIT.search(part))):
                found.append(Denial(of, only))
    return tuple(found)


def denied(text: str, of: frozenset[str], passage: str) -> bool:
    """Whether a sentence with these content words says what a passage denies."""
    if not (held := denials(passage)):
        return False
    text = _plain(text)
    if _NO.search(text) or _NEITHER.search(text) or _ONLY.search(text) or _LIMIT.search(text):
        return False
    of_all = _ALL.search(text) is not None
    both = [(each, len(each.of & of)) for each in held if of_all or not each.only]
    return any(same >= NAMED * len(each.of) and same >= ABOUT * len(of) for each, same in both)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
