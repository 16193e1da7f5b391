"""Answers without a model: quotes the passage that answers best, with its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from knowledge.passages import Hit, Passage
from service.citing import disarmed, pairs
from service.excerpts import WHOLE, breaks_off, excerpt, to_the_point
from service.grounding import terms
from service.labels import about, is_rival
from service.rows import rows_asked_for
from service.steps import asks_how, matter, only_names, tells_how

SECTION = 400  # characters quoted of a longer section of a document: about five sentences
NEARLY = 0.9  # of the best score: a second passage that good may well be the one that was meant
PART = 0.75  # the same for another part of its section, where the text holds nothing of what is asked
FEW = 20  # characters by which an end is known
MOST = 0.6  # of what the best passage says of the question must be in the one with steps that is quoted instead
SAME = 0.7  # share of its letter pairs: a second passage that holds as much of the first one adds nothing


def quote(question: str, hits: Sequence[Hit], lang: str | None = None) -> tuple[str, list[int]]:
    """The words of the best passage that answer the question, and of a second one where it is nearly as good.

    A passage in the language `lang` is preferred to one of the other that is hardly better. Each quote ends with its
    number, which is the place of its passage in `hits`; the numbers come along. What a quote is about stands before it
    where neither the question nor the quote names it.
    """
    first = next(
        (n for n, hit in enumerate(hits) if hit.passage.lang == lang and hit.score >= NEARLY * hits[0].score > 0), 0
    )
    first = _beginning(question, hits, _telling_how(question, hits, first))
    best = hits[first]
    text, parts = _whole(question, hits, first)
    numbers = [number + 1 for number in parts]
    quotes = [_labelled(_numbered(text, numbers), text, question, best, hits)]
    for number, hit in enumerate(hits, 1):
        if number in numbers or hit.passage.lang != best.passage.lang:
            continue
        if hit.passage.document_id != best.passage.document_id and hit.score >= NEARLY * best.score > 0:
            second = _excerpt(question, hit.passage)
            if len(pairs(second) & pairs(text)) < SAME * len(pairs(second)):
                quotes.append(_labelled(_numbered(second, [number]), second, question, hit, hits))
                numbers.append(number)
            break
    return "\n\n".join(quotes), numbers


def _whole(question: str, hits: Sequence[Hit], first: int) -> tuple[str, list[int]]:
    """The excerpt of a hit, read on into the next part of its section where the list ends there; with the hits used."""
    hit = hits[first]
    text = _excerpt(question, hit.passage)
    if hit.place is None or not hit.passage.text.rstrip().endswith(text[-FEW:]):
        return text, [first]
    for number, other in enumerate(hits):
        if other.place == hit.place + 1 and _section(other) == _section(hit):
            if not breaks_off(text, other.passage.text):
                break
            both = f"{hit.passage.text.rstrip()}\n{other.passage.text.lstrip(chr(10))}"
            longer = _excerpt(question, replace(hit.passage, text=both))
            goes_on = longer.startswith(text) and len(longer) > len(text) + FEW
            return (longer, [first, number]) if goes_on else (f"{text}\n…", [first])
    return text, [first]


def _telling_how(question: str, hits: Sequence[Hit], best: int) -> int:
    """Which hit to quote to who asks how something is done: the first with steps that is nearly as good as the best.

    A menu's entry named like the question ("Lamp: resets the lamp") stands before the instructions for it.
    """
    chosen = hits[best]
    if chosen.passage.kind != "document" or not asks_how(question) or not only_names(chosen.passage.text):
        return best
    asked = matter(question) & terms(_all_of(chosen))
    for number, hit in enumerate(hits):
        if (
            hit.passage.kind == "document"
            and hit.passage.lang == chosen.passage.lang
            and hit.score >= NEARLY * chosen.score
            and tells_how(hit.passage.text)
            and len(asked & terms(_all_of(hit))) >= MOST * len(asked)
        ):
            return number
    return best


def _beginning(question: str, hits: Sequence[Hit], best: int) -> int:
    """Which hit to quote of a section that was cut: the first part that says as much of the question as the best.

    What its parts share, such as the heading, brings all of them, in no order.
    """
    chosen = hits[best]
    if chosen.passage.kind != "document" or chosen.place is None:
        return best
    asked = matter(question) & terms(_all_of(chosen))
    near = NEARLY if asked & terms(chosen.passage.text) else PART
    parts = [
        (hit.place, number)
        for number, hit in enumerate(hits)
        if hit.place is not None
        and _section(hit) == _section(chosen)
        and hit.score >= near * chosen.score
        and asked <= terms(_all_of(hit))
    ]
    return min(parts)[1]


def _section(hit: Hit) -> tuple[str, tuple[str, ...]]:
    return hit.passage.document_id, hit.passage.headings


def _all_of(hit: Hit) -> str:
    return " ".join((hit.passage.title, *hit.passage.headings, hit.passage.text))


def _excerpt(question: str, passage: Passage) -> str:
    """What to quote of a passage: all of it, rows of a table, or the stretch of sentences most like the question."""
    if not passage.question and (rows := rows_asked_for(question, passage.text)):
        return disarmed("\n".join(rows))
    if passage.question and len(passage.text) <= WHOLE:
        return disarmed(passage.text.strip())
    if len(passage.text) <= WHOLE:
        return disarmed(to_the_point(question, passage.text.strip()))
    return excerpt(question, passage.text, WHOLE if passage.question else SECTION, passage.question or "")


def _labelled(quoted: str, text: str, question: str, hit: Hit, hits: Sequence[Hit]) -> str:
    """A quotation with what it is about before it, if it would not be understood without.

    A FAQ's answer is understood with its question, unless other pages ask the same of other things.
    """
    passage = hit.passage
    if passage.kind == "log" or (passage.question and not any(is_rival(hit, other) for other in hits)):
        return quoted
    label = about(passage)
    if terms(label) <= terms(question) | terms(text):
        return quoted
    if passage.lang == "ja":
        return f"【{label}】\n{quoted}"
    return f"{label}{'' if label[-1] in '?!:…' else ':'}\n{quoted}"


def _numbered(text: str, numbers: Sequence[int]) -> str:
    """A quote with its numbers before the full stop, as a person would write them."""
    marks = "".join(f"[{number}]" for number in numbers)
    if text.endswith("。"):
        return f"{text[:-1]}{marks}。"
    if text.endswith("."):
        return f"{text[:-1]} {marks}."
    return f"{text} {marks}"
