"""Cuts a section into passages of at most so many tokens, at paragraphs and sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.extracts import Section
from knowledge.sentences import sentence_spans

CountTokens = Callable[[Sequence[str]], list[int]]
Span = tuple[int, int]

PARAGRAPH, LINE, SENTENCE, WITHIN = 3, 2, 1, 0  # how good a place each is to cut at
LONG_RUN = 2.0  # limits: running text longer than this gets an overlap, since its parts lean on one another
OVERLAP = 0.25  # of the limit: a sentence longer than this is not said twice
# Finer and finer places in a sentence longer than a passage: a sentence within a quotation, a clause, a word.
_FINER = (
    re.compile(r"(?<=[。！？!?｡])[」』）)”’\"]*"),
    re.compile(r"(?<=[、；;，：])|(?<=[,:])(?=\s)"),
    re.compile(r"(?<=\s)(?=\S)"),
)


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    tokens: int
    before: int  # how good a place its beginning is to cut at


def cut(section: Section, limit: int, count_tokens: CountTokens) -> list[str]:
    """The section's text in pieces of at most `limit` tokens, in order; together they hold all of it.

    A piece ends where a paragraph does if that leaves it at least half full, else after a line, else after a
    sentence; only a sentence longer than a whole piece is divided, at a clause, a word, and at last anywhere. In long
    running text a piece begins with the last sentence of the one before.
    """
    text = section.text.strip()
    if not text:
        return []
    blank, whole = count_tokens(["", text])
    if whole <= limit:
        return [text]
    room = max(1, limit - blank)  # what is left beside the prefix and the markers, which every count includes
    pieces: list[str] = []
    for start, end in _pieces(text, room, blank, count_tokens):
        piece = text[start:end].strip()
        if piece:
            pieces.append(piece)
    return list(_held(pieces, limit, count_tokens))


def _held(pieces: list[str], limit: int, count_tokens: CountTokens) -> Iterator[str]:
    """Tokens of parts do not always add up to the tokens of the whole: what came out too long is halved."""
    for piece, tokens in zip(pieces, count_tokens(pieces), strict=True):
        if tokens <= limit or len(piece) == 1:
            yield piece
            continue
        spans = sentence_spans(piece)
        if len(spans) > 1:
            middle = spans[len(spans) // 2][0]
        else:
            space = piece.rfind(" ", 1, len(piece) // 2 + 1)
            middle = space if space > 0 else len(piece) // 2
        halves = [half for half in (piece[:middle].strip(), piece[middle:].strip()) if half]
        yield from _held(halves, limit, count_tokens)


def _pieces(text: str, room: int, blank: int, count_tokens: CountTokens) -> Iterator[Span]:
    units = _units(text, room, blank, count_tokens)
    running = sum(unit.tokens for unit in units) > LONG_RUN * room
    first, held = 0, 0
    for number, unit in enumerate(units):
        if held and held + unit.tokens > room:
            cut_at = _best(units, first, number, room)
            yield units[first].start, units[cut_at - 1].end
            first = cut_at
            held = sum(each.tokens for each in units[first:number])
            if running and cut_at == number and _leans_back(units, cut_at, unit.tokens, room):
                first -= 1
                held += units[first].tokens
        held += unit.tokens
    yield units[first].start, units[-1].end


def _best(units: list[_Unit], first: int, number: int, room: int) -> int:
    """The unit to begin the next piece with: the best place that leaves this piece at least half full."""
    best, filled = number, 0
    for candidate in range(first + 1, number + 1):
        filled += units[candidate - 1].tokens
        if filled * 2 >= room and units[candidate].before >= units[best].before:
            best = candidate
    return best


def _leans_back(units: list[_Unit], cut_at: int, next_tokens: int, room: int) -> bool:
    last = units[cut_at - 1]
    return (
        units[cut_at].before == SENTENCE
        and last.before == SENTENCE
        and last.tokens <= OVERLAP * room
        and last.tokens + next_tokens <= room
    )


def _units(text: str, room: int, blank: int, count_tokens: CountTokens) -> list[_Unit]:
    spans = list(_places(text))
    tokens = count_tokens([text[start:end].strip() for start, end, _ in spans])
    units: list[_Unit] = []
    for (start, end, before), each in zip(spans, tokens, strict=True):
        if each - blank <= room:
            units.append(_Unit(start, end, max(each - blank, 1), before))
        else:
            units += _divided(text, (start, end), before, room, blank, count_tokens)
    return units


def _places(text: str) -> Iterator[tuple[int, int, int]]:
    """The sentences, each with how good a place its beginning is."""
    before = PARAGRAPH
    for start, end in sentence_spans(text):
        if not text[start:end].strip():
            before = PARAGRAPH  # a blank line; pieces are slices of the text, so nothing is lost
            continue
        yield start, end, before
        before = LINE if text[end - 1] == "\n" else SENTENCE


def _divided(text: str, span: Span, before: int, room: int, blank: int, count_tokens: CountTokens) -> Iterator[_Unit]:
    """A sentence longer than a passage, in parts that fit, each as coarse as possible."""
    waiting = [(span, 0)]
    while waiting:
        (start, end), fineness = waiting.pop()
        parts = _parts(text, start, end, fineness)
        tokens = count_tokens([text[left:right].strip() for left, right in parts])
        later: list[tuple[Span, int]] = []
        for (left, right), each in zip(parts, tokens, strict=True):
            fits = each - blank <= room or right - left == 1
            if fits and not later:
                yield _Unit(left, right, max(each - blank, 1), before)
                before = WITHIN
            else:
                later.append(((left, right), fineness if fits else fineness + 1))
        waiting += reversed(later)


def _parts(text: str, start: int, end: int, fineness: int) -> list[Span]:
    if fineness < len(_FINER):
        places = [match.end() for match in _FINER[fineness].finditer(text, start, end)]
    else:
        places = [start + (end - start) // 2]
    places = [start, *(place for place in places if start < place < end), end]
    return list(pairwise(places))
