"""Sections of one name on pages of their own: what each branch, model or hotel says of the same matter.

Who asks which of them has something is told of all that speak of it, and who asks on with another's name of that one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from knowledge.passages import Found, Hit
from service.answering.texts.steps import OF_GOING_ON, matter
from service.answering.texts.terms import terms

WIDER = 6  # times as many passages are looked at for siblings as an answer may rest on
FEWEST, MOST = 2, 8  # of them that are told; of more, a list would leave out some
LIFTED = 1.1  # times the score of the one that would have been quoted, which then counts as left behind
_OF_PLACES = terms(
    "which where branch branches store stores shop shops location locations place places club clubs office offices "
    "hotel hotels site sites have has offer any all list building buildings "
    "店 店舗 支店 店名 場所 所 全店 一覧 教 施設 拠点 会場 建物 物件 棟"
)
_NAMES_PLACES = re.compile(
    r"どの(?:店|支店|営業所|校|教室|施設|会場|拠点|ショップ|建物|物件|マンション|アパート|棟)"
    r"|(?:店|店舗|支店|営業所|校|教室|施設|会場|拠点|ショップ|建物|物件)(?:は|を|って|が)?"
    r"(?:おしえ|教え|あります|ある|一覧|知りた|どこ|どれ|$|[?？。])|\bany (?:branch|store|location|club|hotel)"
    r"|\b(?:which|what) (?:[a-z]+ )?"
    r"(?:branch(?:es)?|stores?|locations?|shops?|clubs?|gyms?|offices?|hotels?|buildings?)\b",
    re.IGNORECASE,
)
_ASKS_WHERE = re.compile(
    r"どこ(?!まで|から)|どちらの|どの(?!よう|ぐらい|くらい|程度)|とこ(?:ろ)?(?:は|って|を|ある|教|おしえ|$|[?？。])"
    r"|\bwhich (?:ones?|of)\b|\bwhere (?:can|do|could) (?:i|we|you)\b",
    re.IGNORECASE,
)

# A page as a whole is asked for.
_ASKS_ABOUT = re.compile(
    r"について|とは|どんな|どういう|何です|\babout\b|\bwhat(?:'s| is| are)\b|\btell me\b", re.IGNORECASE
)


def asks_which(question: str) -> bool:
    """Whether a question may ask which of several places has something."""
    return _NAMES_PLACES.search(question) is not None or _ASKS_WHERE.search(question) is not None


def with_named(messages: Sequence[str], found: Found, limit: int) -> Found:
    """The `limit` best hits, first the best one's sibling that a message names and the best does not speak of.

    Of the messages, the latest first, the first that names one counts: "and Shinjuku?" goes on for "and on Saturday?".
    """
    if not found.hits:
        return found
    best = found.hits[0]
    for message in messages:
        if (number := _sibling(message, found.hits)) is not None:
            named = replace(found.hits[number], score=max(best.score * LIFTED, best.score))
            others = (hit for at, hit in enumerate(found.hits) if at != number)
            return replace(found, hits=(named, *others)[:limit])
        if terms(message) & terms(_above(best)):
            break  # it names the page that the best one is of
    return replace(found, hits=found.hits[:limit])


def _sibling(message: str, hits: Sequence[Hit]) -> int | None:
    """Which sibling of the first hit a message names, by what that one does not speak of."""
    best = hits[0]
    new = terms(message) - OF_GOING_ON - terms(" ".join((_above(best), *best.passage.headings, best.passage.text)))
    held = [len(new & terms(_above(hit))) if _are_siblings(best, hit) else 0 for hit in hits]
    return held.index(max(held)) if max(held) else None


def is_not_meant(message: str, best: Hit, other: Hit) -> bool:
    """Whether a hit is of the page of another thing than the one that a message names, which the best hit is of."""
    named, mine, its = terms(message), terms(_above(best)), terms(_above(other))
    return bool(named & (mine - its)) and not named & (its - mine) and _are_siblings(best, other)


def speaks_of(message: str, hit: Hit) -> bool:
    """Whether a hit speaks of all that a message names."""
    named = terms(message) - OF_GOING_ON
    return bool(named) and named <= terms(" ".join((_above(hit), *hit.passage.headings, hit.passage.text)))


def is_named_alone(message: str, found: Found) -> bool:
    """Whether a message names the page that the best hit stands on, and says nothing besides: "When is it at Shinjuku?"

    Who was told of another page's section asks for the same of this one.
    """
    spoken = terms(message) - OF_GOING_ON
    if not found.hits or not spoken or _ASKS_ABOUT.search(message):
        return False
    passage = found.hits[0].passage
    return passage.kind == "document" and spoken <= terms(" ".join((passage.title, *passage.headings[:1])))


def asked_of_each(question: str) -> frozenset[str]:
    """What a question asks of several places, without the words for places."""
    return matter(question) - _OF_PLACES


def series(question: str, hits: Sequence[Hit]) -> list[int]:
    """The hits that are sections of one name and hold all that is asked about; none where a question asks no such.

    "Where do I change it?" may ask for the place in a program as well: where no word for branches is said, the best hit
    that is no question and answer must be one of them, lest the notes of many pages stand for the page that tells it.
    """
    asked = asked_of_each(question)
    if not asked or not asks_which(question):
        return []
    groups: dict[tuple[str, str], list[int]] = {}
    for number, hit in enumerate(hits):
        passage = hit.passage
        if passage.kind == "document" and passage.headings:
            own = terms(f"{passage.headings[-1]}\n{passage.text}")
            if asked <= own and not asked & terms(_above(hit)):
                groups.setdefault((passage.headings[-1], passage.lang), []).append(number)
    several = [group for group in groups.values() if len({_above(hits[number]) for number in group}) >= FEWEST]
    if not _NAMES_PLACES.search(question):
        first = next((number for number, hit in enumerate(hits) if hit.passage.kind == "document"), None)
        several = [group for group in several if first in group]
    best = max(several, key=len, default=[])
    return best if len(best) <= MOST else []


def with_series(question: str, found: Found, limit: int) -> Found:
    """The hits with those of a series before all others, and no fewer than there are of it."""
    numbers = series(question, found.hits)
    others = [number for number in range(len(found.hits)) if number not in numbers]
    kept = [*numbers, *others][: max(limit, len(numbers))]
    return replace(found, hits=tuple(found.hits[number] for number in kept))


def _above(hit: Hit) -> str:
    """What tells a section from its siblings: the page that it stands on and the headings above its own."""
    return " ".join((hit.passage.title, *hit.passage.headings[:-1]))


def _are_siblings(one: Hit, other: Hit) -> bool:
    mine, theirs = one.passage, other.passage
    named_alike = bool(mine.headings) and mine.headings[-1:] == theirs.headings[-1:]
    return named_alike and mine.kind == theirs.kind == "document" and _above(one) != _above(other)
