"""Answers without a model: quotes the passage that answers best, with its number."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.languages import language
from knowledge.passages import Hit
from knowledge.sentences import sentence_spans
from service.citing import disarmed, pairs

WHOLE = 600  # characters: a FAQ's answer up to this length is quoted whole, as its author meant it
SECTION = 400  # characters quoted of a document's section: about five sentences
FADING = 0.8  # how much less each further sentence of a quote counts in choosing it
NEARLY = 0.9  # of the best score: a second passage that good may well be the one that was meant
SAME = 0.7  # share of its letter pairs: a second passage that holds as much of the first one adds nothing


def quote(question: str, hits: Sequence[Hit], lang: str | None = None) -> tuple[str, list[int]]:
    """The words of the best passage that answer the question, and of a second one where it is nearly as good.

    A passage in the language `lang` is preferred to one of the other that is hardly better. Each quote ends with its
    number, which is the place of its passage in `hits`; the numbers come along.
    """
    first = next(
        (n for n, hit in enumerate(hits) if hit.passage.lang == lang and hit.score >= NEARLY * hits[0].score > 0), 0
    )
    best, text = hits[first], _excerpt(question, hits[first])
    quotes = {first + 1: _numbered(text, first + 1)}
    for number, hit in enumerate(hits, 1):
        if number == first + 1 or hit.passage.lang != best.passage.lang:
            continue
        if hit.passage.document_id != best.passage.document_id and hit.score >= NEARLY * best.score > 0:
            second = _excerpt(question, hit)
            if len(pairs(second) & pairs(text)) < SAME * len(pairs(second)):
                quotes[number] = _numbered(second, number)
            break
    return "\n\n".join(quotes.values()), list(quotes)


def _excerpt(question: str, hit: Hit) -> str:
    """What to quote of a passage: all of it, or the stretch of sentences most like the question."""
    passage = hit.passage
    limit = WHOLE if passage.question else SECTION
    if len(passage.text) <= limit:
        return disarmed(passage.text.strip())
    return excerpt(question, passage.text, limit)


def excerpt(question: str, text: str, limit: int) -> str:
    """The unbroken run of sentences, at most `limit` characters long, that shares most with the question.

    What a run begins with counts most: the answer should come first, and its conditions and steps after it.
    """
    spans = sentence_spans(text, language(text))
    asked = pairs(question)
    worth = [len(pairs(text[start:end]) & asked) for start, end in spans]
    best, chosen = -1.0, (0, 0)
    for first, (start, _) in enumerate(spans):
        last = first
        while last + 1 < len(spans) and spans[last + 1][1] - start <= limit:
            last += 1
        if (total := sum(w * FADING**n for n, w in enumerate(worth[first : last + 1]))) > best:
            best, chosen = total, (start, spans[last][1])
    start, end = chosen
    return disarmed(text[start:end].strip()[:limit])


def _numbered(text: str, number: int) -> str:
    """A quote with its number before the full stop, as a person would write it."""
    if text.endswith("。"):
        return f"{text[:-1]}[{number}]。"
    if text.endswith("."):
        return f"{text[:-1]} [{number}]."
    return f"{text} [{number}]"
