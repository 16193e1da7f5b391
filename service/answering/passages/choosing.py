"""Chooses among the passages found: which one to quote, which goes on with it, and which to name beside it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from knowledge.language.answer_types import asks_price, tells_price
from knowledge.language.identifiers import identifiers
from knowledge.passages import Found, Hit, Passage, all_of, titles
from service.answering.passages.rows import told
from service.answering.texts.days import days
from service.answering.texts.labels import about, shortened
from service.answering.texts.marks import disarmed
from service.answering.texts.steps import OF_GOING_ON, asks_how, matter, only_names, tells_how
from service.answering.texts.terms import terms

NEARLY = 0.9  # of the best score: as good, but for something that the score does not know
HALF = 0.5  # and more of what the latest message says must be in a passage that is quoted for it instead
PART = 0.75  # the same for another part of its section, where the text holds nothing of what is asked
MOST = 0.6  # of what the best passage says of the question must be in the one with steps that is quoted instead
OF_DAY = 0.6  # of the best score: what tells of the day that is asked about is far behind where many tell of the place
BESIDE = 0.7  # of the best score: what has less was never the answer where the best passage was not
_BOUND = re.compile(r"(\d[\d,.]{0,20}[千万億]?[^\W\d_]{1,2}?)(以上|以下|以内|未満|超|を超え)")  # 10万円以上, 18歳未満
_OF_DAYS = terms("月 日 曜 年 day month")
MOST_BESIDE = 3  # passages that are named beside a quotation, or a refusal
# The confidence from which what was found may be about what is asked, though it does not answer it, where it shares as
# much of the question's words; and the one from which it may be without.
NEAR, SHARED, RATHER_NEAR = 0.2, 0.1, 0.35
_CODES = re.compile(r"[\w-]*\d[\w-]*", re.ASCII)
_OF_ASKING = terms("how much 幾らですか")  # of any question for an amount


def best_hit(question: str, hits: Sequence[Hit], lang: str | None = None, latest: str = "") -> int:
    """Which hit to quote: the best, unless one close behind is in the language `lang`, tells how or comes before it.

    Who names a code that the best does not hold is told of one close behind that does; and so is who asks on, where the
    best holds nothing of the `latest` message and speaks of what was asked before alone.
    """
    first = _in_language(question, hits, lang)
    first = _dated(latest or question, hits, _bounded(question, hits, _naming(question, hits, first)))
    first = _saying_more(question, hits, _asked_on(latest, hits, first))
    first = _priced(latest or question, hits, first)
    return _beginning(question, hits, _telling_how(question, hits, first))


def _in_language(question: str, hits: Sequence[Hit], lang: str | None) -> int:
    """Which hit is the best in a language, where it is nearly as good as any or speaks of all that is asked about."""
    asked = matter(question)
    for number, hit in enumerate(hits):
        tells_all = bool(asked) and hit.passage.kind != "log" and asked <= terms(all_of(hit.passage))
        if hit.passage.lang == lang and hit.score >= (BESIDE if tells_all else NEARLY) * hits[0].score > 0:
            return number
    return 0


def _asked_on(latest: str, hits: Sequence[Hit], first: int) -> int:
    best = hits[first].passage
    asked = told(latest) - OF_GOING_ON - told(titles(best))
    if not asked or asked & _own(hits[first]):
        return first
    near = _near(hits, hits[first])
    return next((n for n in near if len(asked & _own(hits[n])) > HALF * len(asked)), first)


def _saying_more(question: str, hits: Sequence[Hit], first: int) -> int:
    """Which hit to quote where the best says little of the question: the first that says all that it does, and more.

    That is so of a section that is found by its heading alone, such as a page's first words, and of what an agent once
    wrote to another customer. Of other passages the score knows better.
    """
    best, asked = hits[first], matter(question)
    above = terms(" ".join((best.passage.title, *best.passage.headings[-1:])))
    only_headed = best.passage.kind == "document" and not (asked - above) & terms(best.passage.text)
    if best.passage.kind != "log" and not only_headed:
        return first
    said = asked & terms(all_of(best.passage))
    near = (n for n in _near(hits, best) if n != first and hits[n].passage.kind != "log")
    others = (n for n in near if hits[n].passage.lang == best.passage.lang)
    return next((n for n in others if said < asked & terms(all_of(hits[n].passage))), first)


def _near(hits: Sequence[Hit], best: Hit, share: float = BESIDE) -> list[int]:
    """The hits that have such a share of the score of one, itself included."""
    return [number for number, hit in enumerate(hits) if hit.score >= share * best.score > 0]


def _own(hit: Hit) -> frozenset[str]:
    passage = hit.passage
    return told(" ".join((*passage.headings, passage.question or "", passage.text)))


def _naming(question: str, hits: Sequence[Hit], first: int) -> int:
    if not (named := identifiers(question)):
        return first
    held = [len(named & identifiers(all_of(hit.passage))) for hit in hits]
    return max([first, *_near(hits, hits[first], NEARLY)], key=lambda n: held[n])


def _bounded(question: str, hits: Sequence[Hit], first: int) -> int:
    """Which hit tells of the amount that is asked for, on the side of it that is: 10万円以上, where the best says 未満.

    What stands at the same amount on another side is of another case.
    """
    asked = _bounds(question)
    if not asked or asked & (held := _bounds(all_of(hits[first].passage))) or not _amounts(asked) & _amounts(held):
        return first
    return next((n for n in _near(hits, hits[first]) if asked & _bounds(all_of(hits[n].passage))), first)


def lacks_price(question: str, asked: str, hits: Sequence[Hit], lang: str | None, *, quoted: bool) -> bool:
    """Whether a price is asked for that the hit to be `quoted` does not tell, or none of those for a model does."""
    if not hits or not asks_price(question):
        return False
    latest = question if asked != question else ""
    told = (hits[best_hit(asked, hits, lang, latest)],) if quoted else hits
    return all(_is_silent(asked, hit.passage) for hit in told)


def tells_price_of(question: str, hits: Sequence[Hit], lang: str | None) -> bool:
    """Whether the hit to be quoted tells a price."""
    return bool(hits) and tells_price(hits[best_hit(question, hits, lang)].passage.text)


def _priced(message: str, hits: Sequence[Hit], first: int) -> int:
    """Which hit tells what something costs, where that is asked and the best does not, and speaks of all that is."""
    if not asks_price(message) or not _is_silent(message, hits[first].passage):
        return first
    asked = matter(message)
    telling = (n for n in _near(hits, hits[first]) if tells_price(hits[n].passage.text))
    return next((n for n in telling if asked <= terms(all_of(hits[n].passage))), first)


def _is_silent(question: str, passage: Passage) -> bool:
    """Whether a passage cannot tell the price that is asked for: it names none, nor another amount that may be meant.

    "How much is the rated torque of the MT-40?" asks for no price, and is told of the torque; of "How much is the
    MT-40?" nothing is left without the name.
    """
    own = f"{passage.question or ''} {passage.text}"
    named = terms(titles(passage)) - terms(passage.question or "")
    amount = matter(_CODES.sub(" ", question)) - _OF_ASKING - named
    return not tells_price(all_of(passage)) and not (amount and amount <= terms(own))


def _dated(message: str, hits: Sequence[Hit], first: int) -> int:
    """Which hit tells of the day that is asked about, where the best names none and says no more of the question."""
    number = _of_day(message, hits, hits[first])
    return first if number is None else number


def with_day(message: str, hits: Sequence[Hit], wide: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits with the one that tells of the day that is asked about in the place of the last, where `wide` has it."""
    known = {hit.passage.id for hit in hits}
    number = _of_day(message, wide, hits[0])
    if number is None or wide[number].passage.id in known or _of_day(message, hits, hits[0]) is not None:
        return tuple(hits)
    return (*hits[: max(1, len(hits) - 1)], wide[number])


def _of_day(message: str, hits: Sequence[Hit], best: Hit) -> int | None:
    asked = days(message)
    if not asked or asked & days(best.passage.text):
        return None
    spoken = matter(message) & terms(all_of(best.passage)) - _OF_DAYS
    on_day = (number for number in _near(hits, best, OF_DAY) if asked & days(hits[number].passage.text))
    return next((number for number in on_day if spoken <= terms(all_of(hits[number].passage))), None)


def _bounds(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(_BOUND.findall(unicodedata.normalize("NFKC", text)))


def _amounts(bounds: frozenset[tuple[str, str]]) -> frozenset[str]:
    return frozenset(amount for amount, _ in bounds)


def next_part(hits: Sequence[Hit], first: int) -> int | None:
    """Which hit goes on with the section that another was cut from, if it was found too."""
    place, section = hits[first].place, hits[first].passage.section
    following = None if place is None else place + 1
    found = (n for n, hit in enumerate(hits) if following is not None and hit.place == following)
    return next((n for n in found if hits[n].passage.section == section), None)


def beside(hits: Sequence[Hit], used: Sequence[int], lang: str | None = None) -> dict[int, str]:
    """Other passages that may be what was meant, by their numbers: what a FAQ's one asks, what a section is about.

    None where the best one leaves all others far behind. Those in a language that was neither asked in nor quoted from
    are left out, and so are conversations, whose words nobody chose for others to read, and parts without a name.
    """
    best = hits[used[0] - 1]
    known = {_name(hits[number - 1].passage) for number in used}
    named: dict[int, str] = {}
    for number, hit in enumerate(hits, 1):
        passage = hit.passage
        if number in used or passage.kind == "log" or passage.lang not in (lang, best.passage.lang):
            continue
        name = _name(passage)
        if hit.score >= BESIDE * best.score > 0 and name and name not in known:
            known.add(name)
            named[number] = disarmed(name)
    return dict(list(named.items())[:MOST_BESIDE])


def nearest(found: Found, lang: str) -> dict[int, str]:
    """What the passages that come nearest to a question are about, by their numbers, where none answers it.

    None where the question is about something else than they are; none that shares hardly a word with it, but where
    the search is half sure; none in another language than the customer's, and no conversations.
    """
    least = 0.0 if found.confidence >= RATHER_NEAR else SHARED
    named: dict[str, int] = {}
    for number, hit in enumerate(found.hits if found.confidence >= NEAR else (), 1):
        if (
            hit.lexical >= least
            and hit.passage.lang == lang
            and hit.passage.kind != "log"
            and (name := _name(hit.passage))
        ):
            named.setdefault(disarmed(name), number)
    return {number: name for name, number in list(named.items())[:MOST_BESIDE]}


def last_beside(hits: Sequence[Hit], used: Sequence[int]) -> dict[int, str]:
    """The last hit by its number and name, if it is no part of what is told and somebody chose its words for others."""
    passage = hits[-1].passage
    if len(hits) in used or passage.kind == "log" or not (name := _name(passage)):
        return {}
    return {len(hits): disarmed(name)}


def _name(passage: Passage) -> str:
    return shortened(passage.question) if passage.question else about(passage)


def _telling_how(question: str, hits: Sequence[Hit], best: int) -> int:
    """Which hit to quote to who asks how something is done: the first with steps that is nearly as good as the best.

    A menu's entry named like the question ("Lamp: resets the lamp") stands before the instructions for it.
    """
    chosen = hits[best]
    if chosen.passage.kind != "document" or not asks_how(question) or not only_names(chosen.passage.text):
        return best
    asked = matter(question) & terms(all_of(chosen.passage))
    for number, hit in enumerate(hits):
        if (
            hit.passage.kind == "document"
            and hit.passage.lang == chosen.passage.lang
            and hit.score >= NEARLY * chosen.score
            and tells_how(hit.passage.text)
            and len(asked & terms(all_of(hit.passage))) >= MOST * len(asked)
        ):
            return number
    return best


def _beginning(question: str, hits: Sequence[Hit], best: int) -> int:
    """Which hit to quote of a section that was cut: the first part that says as much of the question as the best.

    What its parts share, such as the heading, brings all of them, in no order. The rows of a sheet are no parts of a
    text: each is of another thing.
    """
    chosen = hits[best]
    if chosen.passage.kind != "document" or chosen.place is None or chosen.passage.row is not None:
        return best
    asked = matter(question) & terms(all_of(chosen.passage))
    named = identifiers(question) & identifiers(chosen.passage.text)
    near = NEARLY if named or asked & terms(chosen.passage.text) else PART
    parts = [
        (hit.place, number)
        for number, hit in enumerate(hits)
        if hit.place is not None
        and hit.passage.section == chosen.passage.section
        and hit.score >= near * chosen.score
        and asked <= terms(all_of(hit.passage))
        and named <= identifiers(hit.passage.text)
    ]
    return min(parts)[1]
