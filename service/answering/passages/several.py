"""Several questions in one message: which of them a quotation leaves open, and which other passage answers it."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from knowledge.language.answer_types import asks_price, tells_price
from knowledge.language.sentences import split_sentences
from knowledge.passages import Hit
from service.answering.texts.terms import terms

FEWEST_TERMS = 2  # of a question that says enough by itself to be looked for anywhere
HELD = 0.6  # share of its terms that a passage must hold to be its answer
FEWEST_QUESTIONS = 2
_ASKS = re.compile(r"(?:[?？]|か)[\s。.!！」』）)]*$")
# Between two questions in one sentence: "How do I pay, and when does it arrive?", 使えますか、あと硬度は？
_AND = re.compile(
    r",? and (?:also )?(?=(?:how|when|where|what|which|who|can|could|do|does|is|are|will)\b)"
    r"|(?<=[すた]か)[、,]\s*(?:あと|それと|それから|また)?[、,]?",
    re.IGNORECASE,
)


def asked_apart(message: str) -> list[str]:
    """The questions of a message that asks several; none of a message that asks one."""
    asking = [sentence for sentence in split_sentences(message) if _ASKS.search(sentence)]
    found = [part for sentence in asking for part in _AND.split(sentence) if part.strip()]
    return found if len(found) >= FEWEST_QUESTIONS else []


def left_open(message: str, said: str, hits: Sequence[Hit], used: Set[int]) -> list[tuple[str, int]]:
    """Questions of a message that the words `said` do not touch, each with the number of the hit that answers it."""
    spoken, taken, found = terms(said), set(used), []
    for question in asked_apart(message):
        asked = terms(question)
        if not asked and (number := _price(question, message, said, hits, taken)):
            taken.add(number)
            found.append((question, number))
        if not asked or _share(asked, spoken) >= HELD:
            continue
        says_enough = len(asked) >= FEWEST_TERMS  # else only a FAQ's own question tells that it is the one
        free = [
            number
            for number, hit in enumerate(hits, 1)
            if number not in taken and (says_enough or asked <= terms(hit.passage.question or ""))
        ]
        shares = {number: _share(asked, _held(hits[number - 1])) for number in free}
        best = max(free, key=lambda number: shares[number], default=0)
        # What answers another question of the message in the same words leaves nothing open.
        if best and shares[best] >= HELD and all(shares[best] > _share(asked, _held(hits[at - 1])) for at in taken):
            taken.add(best)
            found.append((question, best))
    return found


def _price(question: str, message: str, said: str, hits: Sequence[Hit], taken: Set[int]) -> int:
    """The hit whose own question is what the thing costs that a message speaks of, where "And how much?" stays open."""
    if not asks_price(question) or tells_price(said):
        return 0
    about = terms(message)
    shares = {
        number: len(about & terms(hit.passage.question))
        for number, hit in enumerate(hits, 1)
        if number not in taken and hit.passage.question and asks_price(hit.passage.question)
    }
    best = max(shares, key=lambda number: shares[number], default=0)
    return best if best and shares[best] else 0


def _held(hit: Hit) -> frozenset[str]:
    passage = hit.passage
    return terms("\n".join((passage.question or passage.title, *passage.headings, passage.text)))


def _share(asked: Set[str], held: Set[str]) -> float:
    return len(asked & held) / len(asked)
