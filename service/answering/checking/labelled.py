"""Facts that a passage tells of one thing, and a sentence of another: a row's price beside the next row's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.answering.checking.facts import Facts, facts
from service.answering.checking.quantities import measured

FEWEST = 2  # labels that make a list of things
_ROW = re.compile(r"[^\S\n]*[-・*•|]?[^\S\n]*([^:：|｜\n。]{1,30}?)(?:(?<!\d)[^\S\n]*[:：](?!//)|[^\S\n]*[|｜])(.+)")
_PIECE = re.compile(r"\n|。|；|;|(?<=[^\d\s])\. |(?<=\d)\. (?=[A-Z])|(?<![\d/])/(?![\d/])")


@dataclass(frozen=True, slots=True)
class Row:
    """What stands behind a label, such as a table's row behind its first cell."""

    label: str  # in small letters, without blanks
    facts: Facts


def rows(text: str) -> tuple[Row, ...]:
    """The labelled parts of a passage; none where there is but one."""
    found = [match for piece in _PIECE.split(text) if (match := _ROW.match(piece))]
    labels = [_plain(match[1]) for match in found]
    if len(set(labels)) < FEWEST:
        return ()
    return tuple(Row(label, facts(match[2])) for label, match in zip(labels, found, strict=True) if label)


def swapped(text: str, said: Facts, of: Sequence[Row], others: Facts) -> bool:
    """Whether a sentence tells of a thing what its row tells otherwise, and only another thing's row so.

    `others` are the facts of the passages that it may be about as well. A fact counts where the thing's own row has one
    of its kind.
    """
    text = _plain(text)
    named = [row for row in of if row.label in text]
    named = [row for row in named if not any(row.label in each.label and row != each for each in named)]
    if not named or len(named) == len(of):
        return False
    told, foreign = _told(row.facts for row in named), _told(row.facts for row in of if row not in named)
    kinds, loose = {kind for kind, _ in told}, _told([others])
    return any(each[0] in kinds and each not in told | loose and each in foreign for each in _told([said]))


def _told(many: Iterable[Facts]) -> set[tuple[str, str]]:
    """Facts with their kinds: times, codes, yen, lengths."""
    found: set[tuple[str, str]] = set()
    for each in many:
        found |= {(kind, value) for kind, _, value in (fact.partition(" ") for fact in each.exact) if value}
        for value, unit in each.numbers:
            value, kind = measured(value, unit) or (value, unit)
            if kind:
                found.add((kind, value))
    return found


def _plain(text: str) -> str:
    return "".join(text.casefold().split())
