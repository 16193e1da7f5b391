"""What a passage is about, for a customer who does not see the page that it stands on."""

from __future__ import annotations

import re
from pathlib import PurePath

from knowledge.language.subjects import BETWEEN, subjects
from knowledge.passages import Hit, Passage
from service.answering.texts.terms import terms

_BESIDE = re.compile(r"\s*[|｜–—»]\s*|\s+-\s+|[:：]\s*")
LABEL = 120  # characters of what is said before a quotation that does not say itself what it is about
RIVAL = 0.5  # share of two questions' terms that are the same: the same matter of two things


def about(passage: Passage) -> str:
    """What a passage is about: its page's title and its own heading; empty when they say nothing.

    A title that is but the file's name says nothing.
    """
    file = PurePath(passage.source)
    titled = not passage.question and passage.title not in (file.name, file.stem) and not _only_adds_site(passage)
    names = subjects((passage.title, *passage.headings) if titled else passage.headings)
    told = BETWEEN.join(dict.fromkeys((names[0], names[-1]))) if names else ""
    if len(told) > LABEL:
        told = names[0]
    return shortened(told)


def _only_adds_site(passage: Passage) -> bool:
    """Whether the title is the first heading with the name of the site beside it, as on most web pages."""
    return bool(passage.headings) and passage.headings[0] in _BESIDE.split(passage.title)


def shortened(name: str) -> str:
    """A name of a length that can stand in a line."""
    return name if len(name) <= LABEL else name[: LABEL - 1].rstrip() + "…"


def is_rival(hit: Hit, other: Hit) -> bool:
    """Whether another page speaks of much the same as the hit's question, of another thing."""
    mine, theirs = hit.passage, other.passage
    if not mine.question or mine.document_id == theirs.document_id or mine.lang != theirs.lang:
        return False
    asked, also = terms(mine.question), terms(theirs.question or theirs.about)
    return len(asked & also) >= RIVAL * min(len(asked), len(also)) and about(mine) != about(theirs)
