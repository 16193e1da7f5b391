"""Cuts from a passage what answers a question: whole sentences, whole lists, and nothing that is beside the point."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from itertools import chain, pairwise

from knowledge.languages import language
from knowledge.sentences import sentence_spans
from service.citing import disarmed, pairs
from service.grounding import terms

WHOLE = 600  # characters: a FAQ's answer up to this length is quoted whole, as its author meant it
NEARLY = 0.8  # of the best run's worth: the beginning of the text that is as good is quoted instead
STEPS = 1000  # characters: numbered steps up to this length are quoted whole
TERM = 2  # times as much as a pair of letters that is shared counts a term that is
FADING = 0.8  # how much less each further sentence of a quote counts in choosing it
_ITEM = re.compile(r"[ \t\u3000]*(?:[-*•・●○■◆▪‣]|\(?\d{1,2}[.)、）]|[①-⑳])")
_STEP = re.compile(r"[ \t\u3000]*(?:\(?\d{1,2}[.)、）]|[①-⑳])")
_ASKS = re.compile(
    r"(?:[?？]|(?:です|ます|せん|しょう|した|るの|の)か[。．]?|(?:知りたい|教えて(?:ください|ほしい)?)[。．]?)\s*$"
)

Span = tuple[int, int]


def to_the_point(question: str, text: str) -> str:
    """A short section without the last paragraphs that share nothing with the question, if those before them do.

    A list stays with what announces it.
    """
    paragraphs = text.split("\n\n")
    asked = terms(question)
    tied = [_go_together(above, below) or bool(_ITEM.match(below)) for above, below in pairwise(paragraphs)]
    shares = [bool(terms(paragraph) & asked) for paragraph in paragraphs]
    last = len(paragraphs) - 1
    while any(shares) and not shares[last] and not tied[last - 1]:
        last -= 1
    return "\n\n".join(paragraphs[: last + 1])


def excerpt(question: str, text: str, limit: int) -> str:
    """The unbroken run of sentences, at most `limit` characters long, that shares most with the question.

    What a run begins with counts most: the answer should come first, and its conditions and steps after it. The
    beginning of the text is quoted unless a later run fits clearly better: authors say first what matters.
    """
    spans = sentence_spans(text, language(text))
    worth = _worths([text[start:end] for start, end in spans], question)
    best, chosen = -1.0, (0, 0)  # the first and the last sentence of the run
    for first, (start, _) in enumerate(spans):
        last = first
        while last + 1 < len(spans) and spans[last + 1][1] - start <= limit:
            last += 1
        total = sum(w * FADING**n for n, w in enumerate(worth[first : last + 1]))
        if total > (best if chosen[0] else best / NEARLY):
            best, chosen = total, (first, last)
    return disarmed(_rounded(text, spans, chosen, limit))


def _worths(sentences: Sequence[str], question: str) -> list[float]:
    """What each sentence shares with the question, the more the fewer others share it; what it speaks of counts most.

    One that is a question itself, such as a link to a related one, answers nothing.
    """
    tell = [sentence if not _ASKS.search(sentence) else "" for sentence in sentences]
    letters = _rarity([pairs(sentence) for sentence in tell], pairs(question))
    named = _rarity([terms(sentence) for sentence in tell], terms(question))
    return [of_letters + TERM * of_terms for of_letters, of_terms in zip(letters, named, strict=True)]


def _rarity(held: Sequence[Set[str]], asked: Set[str]) -> list[float]:
    shared = [of_sentence & asked for of_sentence in held]
    holding = Counter(chain.from_iterable(shared))
    return [sum(1 / holding[each] for each in of_sentence) for of_sentence in shared]


def _rounded(text: str, spans: Sequence[Span], chosen: tuple[int, int], limit: int) -> str:
    """The chosen run of sentences, with the rest of a list that it would break off where there is room for it.

    What still breaks off is said to: by "…" at its end, and never behind a colon that announces what does not come.
    """
    first, last = chosen
    lines = [text[start:end] for start, end in spans]
    room = STEPS if any(map(_STEP.match, lines[first : last + 2])) else WHOLE
    while first and _go_together(lines[first - 1], lines[first]) and spans[last][1] - spans[first - 1][0] <= room:
        first -= 1
    while last + 1 < len(lines) and _go_together(lines[last], lines[last + 1]):
        if spans[last + 1][1] - spans[first][0] > room:
            while last > first and _announces(lines[last]):
                last -= 1
            return text[spans[first][0] : spans[last][1]].strip()[: max(limit, room)] + "\n…"
        last += 1
    return text[spans[first][0] : spans[last][1]].strip()[: max(limit, room)]


def _go_together(line: str, following: str) -> bool:
    """Whether one without the other is half of something: a list and what announces it, or two of its items."""
    return _announces(line) or bool(_ITEM.match(following) and _ITEM.match(line))


def _announces(line: str) -> bool:
    return line.rstrip().endswith((":", "："))
