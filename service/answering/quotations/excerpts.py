"""Cuts from a passage what answers a question: whole sentences, whole lists, and nothing that is beside the point."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from itertools import chain, pairwise

from knowledge.language.languages import language
from knowledge.language.sentences import sentence_spans
from service.answering.passages.rows import CAPTION, ROW
from service.answering.texts.marks import disarmed
from service.answering.texts.steps import FEWEST, ITEM, STEP, asks_how, matter
from service.answering.texts.terms import pairs, terms

WHOLE = 600  # characters: a FAQ's answer up to this length is quoted whole, as its author meant it
NEARLY = 0.8  # of the best run's worth: the beginning of the text that is as good is quoted instead
STEPS = 1200  # characters: numbered steps up to this length are quoted whole
TERM = 2  # times as much as a pair of letters that is shared counts a term that is
VERY = 0.7  # of what is asked must be in a FAQ's question that asks the same
LONGEST_TITLE = 40  # characters
FADING = 0.8  # how much less each further sentence of a quote counts in choosing it
_LEADS_ON = re.compile(r"[次下]の|以下|下記|\b(?:following|below|as follows|these)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"(?:[?？]|(?:です|ます|せん|しょう|した|るの|の)か[。．]?|(?:知りたい|教えて(?:ください|ほしい)?)[。．]?)\s*$"
)

_ENDS = re.compile(r"[。．.!?！？:：;；、,][)）」』\"”]?\s*$")
_LINE = re.compile(r"[^\n]*\S[^\n]*")

Span = tuple[int, int]


def to_the_point(question: str, text: str) -> str:
    """A short section without the last paragraphs that share nothing with the question, if those before them do.

    A list stays with what announces it, and what stands below a title with that.
    """
    paragraphs = text.split("\n\n")
    asked = terms(question)
    titled = [*map(_is_title, paragraphs)]
    tied = [_announces(above) or bool(ITEM.match(below)) for above, below in pairwise(paragraphs)]
    shares = [bool(terms(paragraph) & asked) for paragraph in paragraphs]
    last = len(paragraphs) - 1
    while any(shares) and not shares[last] and not tied[last - 1] and not (titled[last - 1] and shares[last - 1]):
        last -= 1
    return "\n\n".join(paragraphs[: last + 1])


def excerpt(question: str, text: str, limit: int, answers: str = "") -> str:
    """The unbroken run of sentences, at most `limit` characters long, that shares most with the question.

    What a run begins with counts most: the answer should come first, and its conditions and steps after it. The
    beginning of the text is quoted unless a later run fits clearly better: authors say first what matters. Who asks how
    something is done is told of the steps, if there are any. A FAQ's answer to what is asked (most of it stands in the
    question that it `answers`) is always quoted from its beginning.
    """
    spans = sentence_spans(text, language(text))
    worth = _worths([text[start:end] for start, end in spans], question)
    steps = [STEP.match(text[start:end]) is not None for start, end in spans]
    wants_steps = sum(steps) >= FEWEST and asks_how(question)
    runs: list[tuple[float, Span]] = []  # what each is worth, with its first and its last sentence
    for first, (start, _) in enumerate(spans):
        last = first
        while last + 1 < len(spans) and spans[last + 1][1] - start <= limit:
            last += 1
        if not wants_steps or any(steps[first : last + 2]):
            runs.append((sum(w * FADING**n for n, w in enumerate(worth[first : last + 1])), (first, last)))
    best = max(runs, key=lambda run: run[0])
    asked = matter(question)
    # Where all that is asked stands above the text, or nothing of it in it, letters shared by chance tell nothing.
    is_told_above = bool(asked) and (not asked & terms(text) or len(asked & terms(answers)) >= VERY * len(asked))
    chosen = runs[0][1] if runs[0][0] >= NEARLY * best[0] or is_told_above else best[1]
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
    start, end = spans[chosen[0]][0], spans[chosen[1]][1]
    lines = [match.span() for match in _LINE.finditer(text)]
    if not lines:
        return text
    tied = _ties([text[left:right] for left, right in lines])
    first = next((n for n, (_, right) in enumerate(lines) if right > start), len(lines) - 1)
    last = max((n for n, (left, _) in enumerate(lines) if left < end), default=first)
    room = STEPS if any(STEP.match(text[left:right]) for left, right in lines[first : last + 2]) else WHOLE
    most = max(limit, room)
    if tied[first] and end - lines[first][0] <= room:
        start = lines[first][0]
    while first and tied[first - 1] and end - lines[first - 1][0] <= room:
        first -= 1
        start = lines[first][0]
    if not tied[last] and not (last and tied[last - 1]):
        return text[start:end].strip()[:most]
    goes_on = lines[last][1] - start > room
    if not goes_on:
        end = max(end, lines[last][1])
        while last + 1 < len(lines) and tied[last] and not goes_on:
            goes_on = lines[last + 1][1] - start > room
            if not goes_on:
                last += 1
                end = lines[last][1]
    while goes_on and last > first and _announces(text[start:end]):
        last -= 1
        end = lines[last][1]
    return text[start:end].strip()[:most] + ("\n…" if goes_on else "")


def _ties(lines: Sequence[str]) -> list[bool]:
    """Of each line, whether it without the next is half of something: what announces a list, or one of its items.

    An item's further lines are indented.
    """
    listed = [ITEM.match(line) is not None for line in lines]
    for number, line in enumerate(lines[1:], 1):
        listed[number] = listed[number] or (listed[number - 1] and line.startswith("  "))
    return [
        _announces(above) or (listed[n + 1] and (listed[n] or bool(_LEADS_ON.search(above))))
        for n, above in enumerate(lines[:-1])
    ] + [False]


def breaks_off(text: str, following: str) -> bool:
    """Whether a text ends within a list that the following one goes on with, or announces what stands there."""
    above, below = _LINE.findall(text), _LINE.search(following)
    return bool(above) and below is not None and _ties([*above, below.group()])[-2]


def _is_title(paragraph: str) -> bool:
    """Whether a paragraph is a table's caption, or a short line that is no sentence, no item and no row of a table."""
    is_short = "\n" not in paragraph and len(paragraph) <= LONGEST_TITLE * (1 + paragraph.isascii())
    if is_short and CAPTION.match(paragraph):
        return True
    return is_short and not _ENDS.search(paragraph) and not ITEM.match(paragraph) and not ROW.match(paragraph)


def _announces(line: str) -> bool:
    return line.rstrip().endswith((":", "："))
