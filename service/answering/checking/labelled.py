"""Facts that a passage tells of one thing, and a sentence of another: a row's price beside the next row's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from service.answering.checking.facts import Facts, facts
from service.answering.checking.quantities import measured
from service.answering.texts.terms import terms

FEWEST = 2  # labels that make a list of things
NAMED = 0.6  # share of a label's content words that names it
_ROW = re.compile(r"(?:[-・*•|] ?)?([^\s:：|｜。][^:：|｜。]{0,29}?)(?:(?<!\d) ?[:：](?!//)| ?[|｜])(.+)")
_PIECE = re.compile(r"\n|。|；|;|(?<=[^\d\s])\. |(?<=\d)\. (?=[A-Z])|(?<![\d/])/(?![\d/])")


@dataclass(frozen=True, slots=True)
class Row:
    """What stands behind a label, such as a table's row behind its first cell."""

    label: str  # in small letters, without blanks
    of: frozenset[str]  # its content words
    facts: Facts
    terms: frozenset[str]


@lru_cache(maxsize=4096)
def rows(text: str) -> tuple[Row, ...]:
    """The labelled parts of a passage; none where there is but one."""
    pieces = (" ".join(piece.split()) for piece in _PIECE.split(text))
    found = [match for piece in pieces if (match := _ROW.match(piece))]
    many = [Row(_plain(match[1]), terms(match[1]), facts(match[2]), terms(match[2])) for match in found]
    return tuple(many) if len({row.label for row in many}) >= FEWEST else ()


def swapped(text: str, said: Facts, of: frozenset[str], many: Sequence[Row], others: Facts) -> bool:
    """Whether a sentence, of these facts and content words, tells of a thing what only another thing's row does.

    `others` are the facts of the passages that it may be about as well. Facts count where the thing's own row has one
    of their kind and the sentence does not tell it; words, where it has none of that row's.
    """
    named = _named(_plain(text), of, many)
    if not named or len(named) == len(many):
        return False
    rest = [row for row in many if row not in named]
    own, foreign, loose = (
        _told(each) for each in ([row.facts for row in named], [row.facts for row in rest], [others])
    )
    told = _told([said])
    own_kinds = {kind for kind, _ in own} - {kind for kind, _ in told & own}
    if any(each[0] in own_kinds and each in foreign and each not in own | loose for each in told):
        return True
    theirs = frozenset().union(*(row.terms - row.of for row in rest))
    ours = frozenset().union(*(row.terms | row.of for row in named))
    rows_own = frozenset().union(*(row.terms - row.of for row in named))
    return bool(of & theirs - ours) and bool(rows_own) and not of & rows_own and not told & own


def _named(text: str, of: frozenset[str], many: Sequence[Row]) -> list[Row]:
    """The rows that a sentence is about: whose labels it holds, else those whose words it names best."""
    held = [row for row in many if row.label in text]
    held = [row for row in held if not any(row.label in each.label and row != each for each in held)]
    exact = tuple(row.label for row in held)
    shares = [len(row.of & of) / len(row.of) if row.of else 0.0 for row in many]
    least = NAMED if exact else max([NAMED, *shares])
    return [
        row for row, share in zip(many, shares, strict=True) if (exact and row.label.endswith(exact)) or share >= least
    ]


def _told(many: Iterable[Facts]) -> set[tuple[str, str]]:
    """Facts with their kinds: times, codes, yen, lengths."""
    found: set[tuple[str, str]] = set()
    for each in many:
        found |= {(kind, value) for kind, _, value in (fact.partition(" ") for fact in each.exact) if value}
        found |= {("name", name) for name in each.names}
        for value, unit in each.numbers:
            value, kind = measured(value, unit) or (value, unit)
            if kind:
                found.add((kind, value))
    return found


def _plain(text: str) -> str:
    return "".join(text.casefold().split())
