"""Cuts a section into passages of at most so many tokens, at paragraphs and sentences."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, islice, pairwise
from typing import NamedTuple

from ingest.texts.extracts import Section
from knowledge.language.sentences import sentence_spans

CountTokens = Callable[[Sequence[str]], list[int]]
Span = tuple[int, int]

PARAGRAPH, LINE, SENTENCE, WITHIN = 3, 2, 1, 0  # how good a place each is to cut at
SLAB = 200_000  # letters that are looked at together: what a hostile text costs in memory ends here
LONGEST_TOKEN = 50  # letters; what has more than this times the tokens that fit is not counted, it does not fit
LETTERS, SIGNS = 4, 2  # of Latin and of Japanese that a token stands for, about
LONG_RUN = 2.0  # limits: running text longer than this gets an overlap, since its parts lean on one another
LONGEST_LEAD = 120  # letters of a question or of words before a list, which stay with what follows
_ASKS = re.compile(r"(?:[QＱ]|質問|問)\s?[0-9０-９]{0,3}\s?[.．:：、)）]")
OVERLAP = 0.25  # of the limit: a sentence longer than this is not said twice
# A blank line ends a paragraph, and a line that ends a sentence does as well.
_PARAGRAPH_END = re.compile(r"\n\s*\n|[。｡！？!?．.…][」』）)］\]〉》”’\"']*[ \t\u3000]*\n\s*")
# Finer and finer places in a sentence longer than a passage: a sentence within a quotation, a clause, a word.
_FINER = (
    re.compile(r"(?<=[。！？!?｡])[」』）)”’\"]*"),
    re.compile(r"(?<=[、；;，：])|(?<=[,:])(?=\s)"),
    re.compile(r"(?<=\s)(?=\S)"),
)


class _Unit(NamedTuple):  # made by the ten thousand, for which a frozen dataclass takes twice as long
    start: int
    end: int
    tokens: int
    before: int  # how good a place its beginning is to cut at
    holds: int  # of which places it has none inside: a PARAGRAPH may hold lines, a LINE sentences


def cut(sections: Sequence[tuple[Section, int]], count_tokens: CountTokens) -> list[list[str]]:
    """The text of each section in pieces of at most so many tokens, in order; together they hold all of it.

    A piece ends where a paragraph does if that leaves it at least half full, else after a line, else after a
    sentence; only a sentence longer than a whole piece is divided, at a clause, a word, and at last anywhere. In long
    running text a piece begins with the last sentence of the one before. Tokens are counted for all sections together.
    """
    (blank,) = count_tokens([""])
    # What is left beside the prefix and the markers, which every count includes.
    tasks = [(section.text.strip(), limit, max(1, limit - blank)) for section, limit in sections]
    whole = iter(_counts([text for text, _, room in tasks if _may_fit(text, room)], count_tokens))
    done: list[list[str]] = [[] for _ in sections]
    slabs: list[tuple[int, str, list[Span], int]] = []
    for number, (text, limit, room) in enumerate(tasks):
        if _surely_fits(text, room) or (_may_fit(text, room) and next(whole) <= limit):
            done[number] = [text] if text else []
        else:
            slabs += ((number, slab, _paragraphs(slab), room) for slab in _slabs(text))
    first = [(slab[start:end], room) for _, slab, spans, room in slabs for start, end in spans]
    counts = iter(_counted(first, blank, count_tokens))
    pieces: list[tuple[int, str, bool]] = []
    for number, slab, spans, room in slabs:
        for start, end, sure in _pieces(slab, spans, list(islice(counts, len(spans))), room, blank, count_tokens):
            if piece := slab[start:end].strip():
                pieces.append((number, piece, sure and sections[number][1] > blank))
    unsure = iter(_counts([piece for _, piece, sure in pieces if not sure], count_tokens))
    for number, piece, sure in pieces:
        limit = sections[number][1]
        done[number] += [piece] if sure or next(unsure) <= limit else _halved(piece, limit, count_tokens)
    return done


def _counts(texts: Sequence[str], count_tokens: CountTokens) -> list[int]:
    return count_tokens(texts) if texts else []


def _surely_fits(text: str, room: int) -> bool:
    """No tokenizer makes more of a text than one token a letter, and one for the beginning."""
    return len(text) < room and text.isascii()


def _may_fit(text: str, room: int) -> bool:
    """Whether to count the whole before its parts: that answers for all of them when it fits."""
    return len(text) <= room * (LETTERS if text.isascii() else SIGNS) and not _surely_fits(text, room)


def _slabs(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > SLAB:
        ends = (text.rfind(sign, start, start + SLAB) for sign in ("\n\n", "\n", "。", " "))
        end = next((end + 1 for end in ends if end > start), start + SLAB)
        yield text[start:end]
        start = end
    yield text[start:]


def _halved(piece: str, limit: int, count_tokens: CountTokens) -> Iterator[str]:
    """Tokens of parts do not always add up to the tokens of the whole: what came out too long is halved."""
    if len(piece) == 1:
        yield piece
        return
    spans = sentence_spans(piece)
    if len(spans) > 1:
        middle = spans[len(spans) // 2][0]
    else:
        space = piece.rfind(" ", 1, len(piece) // 2 + 1)
        middle = space if space > 0 else len(piece) // 2
    halves = [half for half in (piece[:middle].strip(), piece[middle:].strip()) if half]
    for half, tokens in zip(halves, count_tokens(halves), strict=True):
        yield from [half] if tokens <= limit else _halved(half, limit, count_tokens)


def _pieces(
    text: str, paragraphs: Sequence[Span], tokens: Sequence[int], room: int, blank: int, count_tokens: CountTokens
) -> Iterator[tuple[int, int, bool]]:
    """Fill one piece after another with paragraphs; only one that does not fit is looked into.

    With each piece comes whether its tokens are sure to fit, being counted and not added up.
    """
    before = list(accumulate(tokens, initial=0))  # the tokens before each paragraph
    running = before[-1] > LONG_RUN * room
    at = 0  # the next paragraph
    waiting: deque[_Unit] = deque()  # what comes before that, of one that was looked into
    piece: list[_Unit] = []
    held = 0
    while waiting or at < len(paragraphs):
        if not piece and not waiting:
            fitting = bisect_right(before, before[at] + room) - 1
            while at + 1 < fitting < len(paragraphs) and _leads(text, paragraphs[fitting - 1]):
                if (before[fitting - 1] - before[at]) * 2 < room:
                    break
                fitting -= 1
            held = before[fitting] - before[at]
            if fitting == len(paragraphs) or held * 2 >= room:
                yield paragraphs[at][0], paragraphs[fitting - 1][1], fitting - at == 1
                at = fitting
                continue
            piece = [_paragraph(paragraphs, tokens, number) for number in range(at, fitting)]
            at = fitting
        if not waiting:
            waiting.append(_paragraph(paragraphs, tokens, at))
            at += 1
        unit = waiting.popleft()
        if held + unit.tokens <= room or (unit.holds == WITHIN and not piece):
            piece.append(unit)
            held += unit.tokens
        elif held * 2 >= room or (piece and unit.holds == WITHIN):
            waiting.appendleft(unit)
            while len(piece) > 1 and piece[-1].holds == PARAGRAPH and _leads(text, (piece[-1].start, piece[-1].end)):
                if (held - piece[-1].tokens) * 2 < room:
                    break
                held -= piece[-1].tokens
                waiting.appendleft(piece.pop())
            yield piece[0].start, piece[-1].end, len(piece) == 1 and held <= room
            piece = piece[-1:] if running and _leans_back(piece[-1], waiting[0], room) else []
            held = sum(each.tokens for each in piece)
        else:
            waiting.extendleft(reversed(_finer(text, unit, room, blank, count_tokens)))
    if piece:
        yield piece[0].start, piece[-1].end, len(piece) == 1 and held <= room


def _paragraph(spans: Sequence[Span], tokens: Sequence[int], number: int) -> _Unit:
    return _Unit(*spans[number], tokens[number], PARAGRAPH, PARAGRAPH)


def _leads(text: str, span: Span) -> bool:
    """Whether a paragraph only leads to the next one, as a question leads to its answer and a colon to a list."""
    if span[1] - span[0] > LONGEST_LEAD:
        return False
    said = text[span[0] : span[1]].strip()
    return said.endswith(("?", "？", ":", "：")) or _ASKS.match(said) is not None


def _leans_back(last: _Unit, unit: _Unit, room: int) -> bool:
    return (
        unit.before == SENTENCE
        and last.before == SENTENCE
        and last.tokens <= OVERLAP * room
        and last.tokens + unit.tokens <= room
    )


def _paragraphs(text: str) -> list[Span]:
    ends = [end.end() for end in _PARAGRAPH_END.finditer(text)]
    return list(pairwise([0, *ends, len(text)]))


def _finer(text: str, unit: _Unit, room: int, blank: int, count_tokens: CountTokens) -> list[_Unit]:
    """A paragraph as lines, a line as sentences, a sentence as parts that fit."""
    if unit.holds == PARAGRAPH:
        ends = accumulate(map(len, text[unit.start : unit.end].splitlines(keepends=True)), initial=unit.start)
        spans, holds = list(pairwise(ends)), LINE
    elif unit.holds == LINE:
        spans = [(unit.start + left, unit.start + right) for left, right in sentence_spans(text[unit.start : unit.end])]
        holds = SENTENCE
    elif unit.tokens <= room:
        return [unit._replace(holds=WITHIN)]
    else:
        return list(_divided(text, (unit.start, unit.end), unit.before, room, blank, count_tokens))
    tokens = _counted([(text[start:end], room) for start, end in spans], blank, count_tokens)
    return _units(spans, tokens, unit.before, holds)


def _units(spans: Sequence[Span], tokens: Sequence[int], before: int, holds: int) -> list[_Unit]:
    units = []
    for (start, end), each in zip(spans, tokens, strict=True):
        units.append(_Unit(start, end, each, before, holds))
        before = holds
    return units


def _counted(parts: Sequence[tuple[str, int]], blank: int, count_tokens: CountTokens) -> list[int]:
    """The tokens of each text, which has that much room."""
    tokens = iter(_counts([text.strip() for text, room in parts if len(text) <= LONGEST_TOKEN * room], count_tokens))
    return [max(next(tokens) - blank, 0) if len(text) <= LONGEST_TOKEN * room else room + 1 for text, room in parts]


def _divided(text: str, span: Span, before: int, room: int, blank: int, count_tokens: CountTokens) -> Iterator[_Unit]:
    """A sentence longer than a passage, in parts that fit, each as coarse as possible."""
    waiting = [(span, 0)]
    while waiting:
        (start, end), fineness = waiting.pop()
        parts = _parts(text, start, end, fineness)
        tokens = _counted([(text[left:right], room) for left, right in parts], blank, count_tokens)
        later: list[tuple[Span, int]] = []
        for (left, right), each in zip(parts, tokens, strict=True):
            fits = each <= room or right - left == 1
            if fits and not later:
                yield _Unit(left, right, each, before, WITHIN)
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
