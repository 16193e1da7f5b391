"""A message that asks several questions: each is looked for as if it were asked after the one before, and quoted."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from knowledge.passages import Found, Hit, Passage
from service.answering.messages import followups
from service.answering.messages.own_affairs import asks_about_own
from service.answering.quotations.extractive import headed
from service.answering.texts.inert import inert
from service.answering.texts.labels import about
from service.answering.texts.marks import disarmed
from service.answering.texts.terms import terms
from service.answering.understanding import Understanding
from service.answers import Turn
from service.profile import Texts

FEWEST_TERMS = 2  # of a question that says enough to be told that nothing was found for it
HELD = 0.6  # share of its terms that what was said must hold to be about it, too
_NUMBER = re.compile(r"\[(\d+)\]")

Look = Callable[[str, Sequence[Turn]], Awaitable[Understanding]]
Quote = Callable[[str, str, Found], tuple[str, list[int]]]


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a message, with what is quoted for it."""

    question: str
    found: Found
    text: str  # nothing where the search is not sure
    used: list[int]  # the hits that it is from, by their numbers

    @property
    def told(self) -> tuple[Hit, ...]:
        """The hits that are quoted."""
        return tuple(self.found.hits[number - 1] for number in self.used)

    @property
    def passages(self) -> list[Passage]:
        """Their passages."""
        return [hit.passage for hit in self.told]


@dataclass(frozen=True, slots=True)
class Several:
    """What is found and quoted for all questions of a message."""

    found: Found
    text: str
    used: list[int]


async def looked_for(
    questions: Sequence[str], history: Sequence[Turn], look: Look, quote: Quote, enough: float
) -> list[Part]:
    """Look for each question, in the conversation as it would be by then; `quote` gets it with what found it."""
    parts: list[Part] = []
    so_far = [*history]
    for question in questions:
        understood = await look(question, so_far)
        found = understood.found
        text, used = quote(question, understood.asked, found) if found.confidence >= enough else ("", [])
        parts.append(Part(question, found, text, used))
        so_far += [Turn("user", question), Turn("assistant", text, "answered" if used else "refused")]
    return parts


def together(
    parts: Sequence[Part], limit: int, texts: Texts, *, whole: bool, for_staff: bool = False
) -> Several | None:
    """The quotations of all questions, and `limit` passages; None where they are no better than one for the message.

    That is so where not two are told apart, if the message as a `whole` finds something. What is quoted for one
    question is not quoted again for another, and a heading stands above what follows the first. A question that says
    enough, and of which nothing is told, is named at the end; where it is about the customer's own order or account,
    they are told first that this cannot be looked up.
    """
    told: list[Part] = []
    for part in parts:
        if part.used and part.passages[0] not in [other.passages[0] for other in told]:
            told.append(part)
    said = terms("\n".join(part.text for part in told))
    left = [part.question for part in parts if not part.used and _is_left(part.question, said)]
    own = [] if for_staff else [part.question for part in parts if not part.used and asks_about_own(part.question)]
    if not told or (whole and len(told) + len({*left, *own}) < 2):
        return None
    hits = _hits(told, limit)
    places = {hit.passage.id: number for number, hit in enumerate(hits, 1)}
    blocks: list[str] = []
    used: list[int] = []
    for part in told:
        numbers = {number: places[passage.id] for number, passage in zip(part.used, part.passages, strict=True)}
        text, first = _renumbered(part.text, numbers), part.passages[0]
        heading = disarmed(inert(first.question or about(first)))
        blocks.append(headed(heading, text, first.lang) if blocks and heading and heading not in text else text)
        used += [number for number in numbers.values() if number not in used]
    open_ones = [disarmed(inert(question.strip())) for question in left if question not in own]
    blocks += [texts.left_open.replace("{question}", question) for question in open_ones]
    if own and texts.own_affairs not in blocks[0]:
        blocks[0] = f"{texts.own_affairs}\n{blocks[0]}"
    sure = min(part.found.confidence for part in told)
    return Several(replace(told[0].found, hits=tuple(hits), confidence=sure), "\n\n".join(blocks), used)


def _hits(told: Sequence[Part], limit: int) -> list[Hit]:
    """What is quoted, and of the rest the best for each question by turns."""
    quoted = chain.from_iterable(part.told for part in told)
    others = (hit for hits in zip_longest(*(part.found.hits for part in told)) for hit in hits if hit)
    hits: list[Hit] = []
    most = max(limit, sum(len(part.used) for part in told))
    for hit in chain(quoted, others):
        if len(hits) < most and not any(hit.passage.id == other.passage.id for other in hits):
            hits.append(hit)
    return hits


def _renumbered(text: str, numbers: Mapping[int, int]) -> str:
    return _NUMBER.sub(lambda found: f"[{numbers.get(int(found[1]), found[1])}]", text)


def _is_left(question: str, said: frozenset[str]) -> bool:
    """Whether a question says enough by itself, and what was said does not touch it."""
    asked = terms(question)
    return len(asked) >= FEWEST_TERMS and len(asked & said) < HELD * len(asked) and not followups.leans(question)
