"""Whether a short message goes on with what was said before, or turns to another matter.

"Can I bring my dog?" is short enough to lean on "How much is a room?", and what both find together is the room.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from knowledge.passages import Found, Hit, all_of
from service.answering.messages import followups
from service.answering.passages.rows import told
from service.answering.texts.steps import OF_GOING_ON
from service.answers import Turn

TIED = 0.9  # of the best score: what was said before tells which one is meant

_NUMBERS = re.compile(r"\[\d{1,2}\]")  # of citations
_OF_AMOUNTS = told("much long many soon often far old")


def turns(message: str, alone: Found, joined: Found) -> bool:
    """Whether a message is better understood alone, though the search with what was said before is surer.

    It is a question of its own, nothing of which is in what that search finds first: that is of the earlier question
    only. What the message finds alone speaks of all of it, and is found with the earlier question too.
    """
    own = told(message) - OF_GOING_ON - _OF_AMOUNTS
    if not own or not alone.hits or not joined.hits or not followups.is_whole(message):
        return False
    mine, theirs = alone.hits[0], joined.hits[0]
    known = {hit.passage.id for hit in joined.hits}
    return not own & told(all_of(theirs.passage)) and own <= told(all_of(mine.passage)) and mine.passage.id in known


def settles(alone: Found, joined: Found) -> bool:
    """Whether what was said before tells which one of the passages is meant that a message finds about as well."""
    if not joined.hits or joined.confidence < alone.confidence:
        return False
    return joined.hits[0].passage.id in {hit.passage.id for hit in rivals(alone)}


def rivals(found: Found) -> tuple[Hit, ...]:
    """The passages that are found nearly as well as the best, without it."""
    return tuple(hit for hit in found.hits[1:] if hit.score >= TIED * found.hits[0].score > 0)


def helps(message: str, joined: Found) -> bool:
    """Whether what is found with what was said before speaks of what a message says."""
    return bool(joined.hits) and bool((told(message) - OF_GOING_ON) & told(all_of(joined.hits[0].passage)))


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
