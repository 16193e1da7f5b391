"""How much a learner knows already, and the words by which one asks to be spoken to so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import Field

from service.written import Part, Pattern

_CLAUSE = re.compile(r"[^\s。、,.!?;:](?:[^。、,.!?;:\n]*[^\s。、,.!?;:])?")
_BORDER = re.compile(r"(?:^|[。、,.!?;:\n])\s*\Z")  # before a clause
_BORDER_AFTER = re.compile(r"\s*(?:$|[。、,.!?;:\n])")
# Says nothing of a matter, beside a wish.
_FILLING = re.compile(
    r"\b(?:please|thanks|thank you|sorry|ok|okay|hmm+|well|and|but|so|can you|could you"
    r"|what|whoa|oh|hey|no|again|then|now|it|me)\b"
    r"|ください|下さい|お願い(?:し|いたし|致し)ます|お願い|すみません|ごめんなさい|もう一度|もう一回|ちょっと|でも|だから|ので|です|ます|ん|が|け(?:れ)?ど|ね|よ|か|な",
    re.IGNORECASE,
)


class Level(Part):
    """How much a learner knows already."""

    name: str = Field(pattern=r"^[a-z][a-z_-]{0,31}$")
    when: tuple[Pattern, ...] = Field(min_length=1)  # what a customer says to be spoken to so
    alone: tuple[Pattern, ...] = ()  # the same, where it is a clause of its own
    instruction: str = Field(min_length=1)

    def wished(self, text: str) -> list[tuple[int, int]]:
        """Where a text asks for it."""
        found = [match for pattern in self.when for match in re.finditer(pattern, text, re.IGNORECASE)]
        for clause in _CLAUSE.finditer(text):
            whole = (re.compile(pattern, re.IGNORECASE).fullmatch(text, *clause.span()) for pattern in self.alone)
            found += filter(None, whole)
        return sorted(match.span() for match in found if match[0].strip())


class Wish(NamedTuple):
    """A learner's wish for a level."""

    level: Level
    question: str  # what else was asked for, in words that can be searched; empty when nothing was
    apart: bool  # the wish was said beside it, and not of it


def wish(levels: Sequence[Level], message: str) -> Wish | None:
    """The level that a message asks for, and what else the message says."""
    text = "".join(map(_even, message))
    for level in levels:
        if spans := level.wished(text):
            return Wish(level, *_beside(message, text, spans))
    return None


def _even(letter: str) -> str:
    """A letter as it is compared, in one place: what is found in a text is taken out of it as it was written."""
    plain = "'" if letter == "’" else unicodedata.normalize("NFKC", letter)
    return plain if len(plain) == 1 else letter


def _beside(message: str, text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, bool]:
    """What a message says besides these parts of its evened text, and whether they are clauses of their own.

    A part of a sentence is not taken out: what is left would be no question.
    """
    ends, pieces, apart = 0, [], True
    for start, end in spans:
        if start > ends:
            pieces.append(message[ends:start])
            apart = apart and _BORDER.search(text, 0, start) is not None
        ends = max(ends, end)
        apart = apart and (_BORDER_AFTER.match(text, ends) is not None or any(at <= ends < to for at, to in spans))
    pieces.append(message[ends:])
    if not any(letter.isalnum() for letter in _FILLING.sub(" ", " ".join(pieces))):
        return "", True
    return (" ".join(pieces).strip(" \u3000、。,.!！;") if apart else message.strip()), apart
