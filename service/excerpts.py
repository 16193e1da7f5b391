"""Cuts from a passage what answers a question: whole sentences, whole lists, and nothing that is beside the point."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain, pairwise

from knowledge.languages import language
from knowledge.sentences import sentence_spans
from service.citing import disarmed, pairs
from service.grounding import terms

WHOLE = 600  # characters: a FAQ's answer up to this length is quoted whole, as its author meant it
NEARLY = 0.8  # of the best run's worth: the beginning of a FAQ's answer that is as good is quoted instead
FADING = 0.8  # how much less each further sentence of a quote counts in choosing it
_ITEM = re.compile(r"[ \t\u3000]*(?:[-*•・●○■◆▪‣]|\(?\d{1,2}[.)、）]|[①-⑳])")
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


def excerpt(question: str, text: str, limit: int, is_answer: bool = False) -> str:
    """The unbroken run of sentences, at most `limit` characters long, that shares most with the question.

    What a run begins with counts most: the answer should come first, and its conditions and steps after it. Of a FAQ's
    answer (`is_answer`) the beginning is quoted unless a later run fits clearly better.
    """
    spans = sentence_spans(text, language(text))
    worth = _worths([text[start:end] for start, end in spans], pairs(question))
    best, chosen = -1.0, (0, 0)  # the first and the last sentence of the run
    for first, (start, _) in enumerate(spans):
        last = first
        while last + 1 < len(spans) and spans[last + 1][1] - start <= limit:
            last += 1
        total = sum(w * FADING**n for n, w in enumerate(worth[first : last + 1]))
        if total > (best / NEARLY if is_answer and not chosen[0] else best):
            best, chosen = total, (first, last)
    return disarmed(_rounded(text, spans, chosen, limit))


def _worths(sentences: Sequence[str], asked: set[str]) -> list[float]:
    """What each sentence shares with the question, the more the fewer others share it.

    One that is a question itself, such as a link to a related one, answers nothing.
    """
    shared = [set() if _ASKS.search(sentence) else pairs(sentence) & asked for sentence in sentences]
    holding = Counter(chain.from_iterable(shared))
    return [sum(1 / holding[pair] for pair in of_sentence) for of_sentence in shared]


def _rounded(text: str, spans: Sequence[Span], chosen: tuple[int, int], limit: int) -> str:
    """The chosen run of sentences, with the rest of a list that it would break off where there is room for it.

    What still breaks off is said to: by "…" at its end, and never behind a colon that announces what does not come.
    """
    first, last = chosen
    lines = [text[start:end] for start, end in spans]
    while first and _go_together(lines[first - 1], lines[first]) and spans[last][1] - spans[first - 1][0] <= WHOLE:
        first -= 1
    while last + 1 < len(lines) and _go_together(lines[last], lines[last + 1]):
        if spans[last + 1][1] - spans[first][0] > WHOLE:
            while last > first and _announces(lines[last]):
                last -= 1
            return text[spans[first][0] : spans[last][1]].strip()[: max(limit, WHOLE)] + "\n…"
        last += 1
    return text[spans[first][0] : spans[last][1]].strip()[: max(limit, WHOLE)]


def _go_together(line: str, following: str) -> bool:
    """Whether one without the other is half of something: a list and what announces it, or two of its items."""
    return _announces(line) or bool(_ITEM.match(following) and _ITEM.match(line))


def _announces(line: str) -> bool:
    return line.rstrip().endswith((":", "："))
