"""An answer without a model: the quotation, and before it the words that say how it is to be taken."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.language.languages import language
from knowledge.passages import Found
from knowledge.staff import instructs_staff
from service.answering.messages.handover import is_upset
from service.answering.messages.own_affairs import asks_about_own
from service.answering.passages import choosing
from service.answering.quotations import extractive, lists
from service.answering.texts.inert import inert
from service.profile import Texts

DOUBTED = 0.5  # of the way from refusing to certainty: with less, a quotation may well be beside the point


@dataclass(frozen=True, slots=True)
class Situation:
    """What a customer needs besides the words of documents; nothing of it is for a draft that an agent reads first."""

    own: bool = False  # that something of their own be looked up or changed
    upset: bool = False
    may_choose: bool = False  # among other passages that may have been meant
    message: str = ""  # in the customer's own last words, which may ask several questions
    again: bool = False  # to see once more what was said last, and where it stands
    of_several: bool = False  # that other questions of the message be answered, too: briefly
    otherwise: bool = False  # that it be put in other words, more simply or more technically

    @classmethod
    def of(cls, question: str) -> Situation:
        """What a message tells of it."""
        return cls(asks_about_own(question), is_upset(question), may_choose=True, message=question)


def quoted(
    question: str, found: Found, lang: str, texts: Texts, situation: Situation, refuse_below: float
) -> tuple[str, list[int]]:
    """Quotations with their numbers, if there is a word in them, and the places of their passages in `found.hits`.

    Words before them say that they may not be what was asked for, are in the other language, are for staff, or cannot
    tell of the customer's own order or account; a list after them names others that may have been meant.
    """
    text, used = lists.marked_rows(question, found.hits, lang)
    rows = bool(used)
    if not rows:
        text, used = lists.branches(question, found.hits, lang)
    series = bool(used)
    if not series:
        text, used = extractive.quote(question, found.hits, lang, situation.message, briefly=situation.of_several)
    text = inert(text)
    if not any(letter.isalpha() for letter in text):
        return "", []
    quoted_from = found.hits[used[0] - 1].passage
    source = quoted_from.lang
    doubtful = is_doubtful(found.confidence, refuse_below)
    before = (
        (situation.upset, texts.upset),
        (situation.again and not doubtful, texts.asked_again),
        (situation.own, texts.own_affairs),
        (situation.otherwise and bool(texts.level_quoted), texts.level_quoted),
        (doubtful, texts.doubtful),
        # "Ask the customer …" tells a shop that has customers of its own, where its people are whom it is for.
        (instructs_staff(text) and not quoted_from.attributes.audience, texts.procedure),
        # A passage that is mostly in the other language may be quoted where it is not.
        ({source, lang} == {"ja", "en"} and language(text) == source, texts.other_language),
    )
    lines = [words for holds, words in before if holds]
    others = choosing.beside(found.hits, used, lang) if situation.may_choose and not series else {}
    if rows and situation.may_choose:
        others = choosing.last_beside(found.hits, used)
    item = "・{}[{}]" if lang == "ja" else "- {} [{}]"
    named = [item.format(inert(name), number) for number, name in others.items()]
    return "\n".join((*lines, text, *(["", texts.beside, *named] if named else []))), [*used, *others]


def is_doubtful(confidence: float, refuse_below: float) -> bool:
    """Whether a quotation that is not refused may well be beside the point."""
    return confidence < refuse_below + DOUBTED * (1 - refuse_below)
