"""Whether a short message goes on with what was said before, or turns to another matter.

"Can I bring my dog?" is short enough to lean on "How much is a room?", and what both find together is the room.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from knowledge.language import generic
from knowledge.language.answer_types import asked_for, asks_price, is_told, tells_price
from knowledge.passages import Found, Hit, Passage, all_of
from service.answering.messages import followups
from service.answering.passages.choosing import BESIDE
from service.answering.texts.steps import OF_GOING_ON
from service.answering.texts.terms import terms, words
from service.answers import Turn

TIED = 0.9  # of the best score: what was said before tells which one is meant

SEVERAL = 2  # words; one alone may be called otherwise there: "for kids" is told under-18s
HALF = 0.5  # of what a message says: with no more, a passage speaks of another matter
_OF_ANY = terms(generic.WORDS) | OF_GOING_ON | terms("amount number 金額 数")
_OF_PRICES = terms("値段 料金 価格 費用 代金 お金 cost price fee charge pay")

_COUNTED = re.compile(r"(?:[\d,.]+|何)[か一-鿿]?")  # 2枚, 何歳
_NUMBERS = re.compile(r"\[\d{1,2}\]")  # of citations


def turns(message: str, alone: Found, joined: Found) -> bool:
    """Whether a message is better understood alone, though the search with what was said before is surer.

    What that search finds first says little of the message, and so is of the earlier question only. What the message
    finds alone speaks of it, and is found with the earlier question too: near the first, where the message points back.
    """
    if not alone.hits or not joined.hits:
        return False
    mine, theirs = alone.hits[0].passage, joined.hits[0]
    again = next((hit for hit in joined.hits[1:] if hit.passage.id == mine.id), None)
    if again is None or (followups.points(message) and again.score < BESIDE * theirs.score):
        return False
    return spoken_of(message, mine) - spoken_of(message, theirs.passage) >= HALF


def spoken_of(message: str, passage: Passage) -> float:
    """How much of what a message says a passage speaks of, from 0 to 1; all of it where it says nothing of its own.

    Words of nearly any question count for nothing, nor does one that asks for a kind of thing that the passage tells.
    """
    text = all_of(passage)
    own = _own(message, _OF_ANY | _OF_PRICES if asks_price(message) and tells_price(text) else _OF_ANY)
    held = terms(text) | frozenset(text)  # a single kanji is held in any word
    if not own or (len(own) == 1 and (types := asked_for(message)) and is_told(types, text)):
        return 1.0
    return sum(len(word & held) >= HALF * len(word) for word in own) / len(own)


def _own(message: str, passed: frozenset[str]) -> list[frozenset[str]]:
    """The words that a message says of its own, each by its terms."""
    return [rest for word in words(_COUNTED.sub(" ", message)) if (rest := terms(word) - passed)]


def is_of_another(message: str, joined: Found, *, whole: bool = False) -> bool:
    """Whether what is found with the earlier question tells nothing of the several things that a message says.

    Of a `whole` question, which could stand alone, one thing is enough.
    """
    said = len(_own(message, _OF_ANY)) >= (1 if whole else SEVERAL)
    return said and bool(joined.hits) and not spoken_of(message, joined.hits[0].passage)


def tells_more(message: str, alone: Found, joined: Found) -> bool:
    """Whether what is found with the earlier question speaks of most of a message, and of more than what it finds."""
    if not alone.hits or not joined.hits:
        return False
    told = spoken_of(message, joined.hits[0].passage)
    return told > max(HALF, spoken_of(message, alone.hits[0].passage))


def settles(alone: Found, joined: Found) -> bool:
    """Whether what was said before tells which one of the passages is meant that a message finds about as well."""
    if not joined.hits or joined.confidence < alone.confidence:
        return False
    return joined.hits[0].passage.id in {hit.passage.id for hit in rivals(alone)}


def rivals(found: Found) -> tuple[Hit, ...]:
    """The passages that are found nearly as well as the best, without it."""
    return tuple(hit for hit in found.hits[1:] if hit.score >= TIED * found.hits[0].score > 0)


def as_told(message: str, found: Found, history: Sequence[Turn]) -> Found:
    """The passages with the one first that was quoted last, where a message points to it and it is as good as any."""
    if not history or not found.hits or not followups.points(message):
        return found
    told_last = _squeezed(_NUMBERS.sub("", history[-1].text))
    for number, hit in enumerate(found.hits):
        if hit.score < TIED * found.hits[0].score:
            break
        if _squeezed(hit.passage.text) in told_last:
            others = (other for at, other in enumerate(found.hits) if at != number)
            first = replace(hit, score=max(hit.score, found.hits[0].score))
            return replace(found, hits=(first, *others))
    return found


def _squeezed(text: str) -> str:
    return "".join(text.split())
