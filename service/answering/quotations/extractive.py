"""Answers without a model: quotes the passage that answers best, with its number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from knowledge.passages import Hit, Passage, all_of, titles
from service.answering.passages import siblings
from service.answering.passages.choosing import best_hit, next_part
from service.answering.passages.rows import rows_asked_for
from service.answering.quotations.excerpts import WHOLE, breaks_off, excerpt, to_the_point
from service.answering.texts.days import days
from service.answering.texts.labels import about, is_rival
from service.answering.texts.marks import disarmed, numbered
from service.answering.texts.steps import matter
from service.answering.texts.terms import pairs, terms

SECTION = 400  # characters quoted of a longer section of a document: about five sentences
FEW = 20  # characters by which an end is known
TIED = 0.95  # of the best score: a second passage that good may as well be the one that was meant; others are named
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# An answer that is understood with its question alone.
_YES_OR_NO = re.compile(
    r"\s*(?:(?:yes|no)\b|はい(?:[、。,.]|$)|いいえ|いえ[、。]|(?:でき|あり|可能で|頂け|いただけ)(?:ます|ません|す|ない)[。、])",
    re.IGNORECASE,
)
SAME = 0.7  # share of its letter pairs: a second passage that holds as much of the first one adds nothing


def quote(
    question: str, hits: Sequence[Hit], lang: str | None = None, message: str = "", *, briefly: bool = False
) -> tuple[str, list[int]]:
    """The words of the best passage that answer the question, and of a second one as good if not `briefly`.

    A passage in the language `lang` is preferred to one of the other that is hardly better. Each quote ends with its
    number, which is the place of its passage in `hits`; the numbers come along. What a quote is about stands before it
    where neither the question nor the quote names it. `message` is the customer's own last words.
    """
    latest = message if message and question != message else ""
    first = best_hit(question, hits, lang, latest)
    best = hits[first]
    text, parts = _whole(question, hits, first, latest)
    numbers = [number + 1 for number in parts]
    quotes = [_labelled(numbered(text, numbers), text, question, best, hits)]
    on_day = bool(days(latest or question) & days(text))  # what holds on other days would contradict it
    for number, hit in enumerate(() if on_day or briefly else hits, 1):
        if number in numbers or hit.passage.lang != best.passage.lang or hit.passage.kind == "log":
            continue  # one agent's words to one customer are said only where nothing is nearer
        if hit.passage.document_id != best.passage.document_id and hit.score >= TIED * best.score > 0:
            if siblings.is_not_meant(latest or question, best, hit):
                continue
            second = _excerpt(question, hit.passage, latest)
            adds = len(pairs(second) & pairs(text)) < SAME * len(pairs(second))
            if adds or _tells_otherwise(second, hit.passage, text, best.passage):
                quotes.append(_labelled(numbered(second, [number]), second, question, hit, hits))
                numbers.append(number)
            break
    return "\n\n".join(quotes), numbers


def _tells_otherwise(second: str, of: Passage, first: str, best: Passage) -> bool:
    """Whether two quotations are of two things, and tell other numbers of them: 24 hours of one, 40 of the other."""
    return about(of) != about(best) and set(_NUMBER.findall(second)) != set(_NUMBER.findall(first))


def _whole(question: str, hits: Sequence[Hit], first: int, latest: str) -> tuple[str, list[int]]:
    """The excerpt of a hit, read on into the next part of its section where the list ends there; with the hits used."""
    text, number = _excerpt(question, hits[first].passage, latest), next_part(hits, first)
    passage = hits[first].passage
    if number is None or not passage.text.rstrip().endswith(text[-FEW:]):
        return text, [first]
    following = hits[number].passage.text
    if not breaks_off(text, following):
        return text, [first]
    whole = replace(passage, text=f"{passage.text.rstrip()}\n{following.lstrip(chr(10))}")
    longer = _excerpt(question, whole, latest)
    goes_on = longer.startswith(text) and len(longer) > len(text) + FEW
    return (longer, [first, number]) if goes_on else (f"{text}\n…", [first])


def _excerpt(question: str, passage: Passage, latest: str = "") -> str:
    """What to quote of a passage: all of it, rows of a table, or the stretch of sentences most like the question.

    `latest` is the customer's last message, where the question holds earlier ones, too.
    """
    if not passage.question and (rows := rows_asked_for(question, passage.text, latest, titles(passage))):
        return disarmed("\n".join(rows))
    if passage.question and len(passage.text) <= WHOLE:
        return disarmed(passage.text.strip())
    if len(passage.text) <= WHOLE:
        return disarmed(to_the_point(question, passage.text.strip()))
    return excerpt(question, passage.text, WHOLE if passage.question else SECTION, passage.question or "")


def _labelled(quoted: str, text: str, question: str, hit: Hit, hits: Sequence[Hit]) -> str:
    """A quotation with what it is about before it, if it would not be understood without.

    A FAQ's answer is understood with its question, unless other pages ask the same of other things; and a "yes" is not
    said to what a customer asks besides.
    """
    passage = hit.passage
    if passage.kind != "log" and passage.question and _YES_OR_NO.match(text):
        return headed(passage.question, quoted, passage.lang) if _asks_more(question, passage) else quoted
    if passage.kind == "log" or (passage.question and not any(is_rival(hit, other) for other in hits)):
        return quoted
    label = about(passage)
    if terms(label) <= terms(question) | terms(text):
        return quoted
    return headed(label, quoted, passage.lang)


def _asks_more(question: str, passage: Passage) -> bool:
    """Whether a question speaks of something that a FAQ says nothing of."""
    return not matter(question) <= terms(all_of(passage))


def headed(label: str, quoted: str, lang: str) -> str:
    """A quotation below what it is about."""
    if lang == "ja":
        return f"【{label}】\n{quoted}"
    return f"{label}{'' if label[-1] in '?!:…' else ':'}\n{quoted}"
