"""Tells when it is better to ask one short question back than to answer or to refuse."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.passages import Hit
from service.answering.messages.vague import is_one_word
from service.answering.texts.labels import about, is_rival
from service.answering.texts.steps import asks_how, tells_how
from service.answering.texts.terms import terms
from service.answers import Turn
from service.profile import Texts

CLOSE = 0.93  # of the best score: as likely to be meant
ALIKE = 0.5  # share of two labels' terms that are the same: the same matter of two things
ABOUT = 0.5  # share of the question's terms that both labels have: less, and the question says what it is about itself
OPTIONS = 3  # at most
LABEL = 80  # characters
PATIENCE = 2  # questions back in a row


def options(question: str, hits: Sequence[Hit], lang: str) -> list[str]:
    """What the question may be about, when two or more things fit equally well; otherwise none.

    Either the question is a single word that several passages are about, or the passages answer the same question for
    different things (two shops, two products) of which it names none. What a customer once wrote is no option.
    """
    near = [
        hit
        for hit in hits
        if hit.passage.lang == lang and hit.score >= CLOSE * hits[0].score > 0 and hit.passage.kind != "log"
    ]
    labels: dict[str, Hit] = {}
    for hit in near:
        labels.setdefault(label(hit, near), hit)
    names = list(labels)
    if len(names) < 2 or hits[0] is not near[0]:
        return []
    asked = terms(question)
    if is_one_word(question):
        return names[:OPTIONS]
    first = terms(names[0])
    is_told = asks_how(question) and tells_how(labels[names[0]].passage.text)  # how it is done, and by the best
    rivals = [names[0]]
    for name in names[1:]:
        if _is_part_of(labels[names[0]], labels[name]) or (is_told and not tells_how(labels[name].passage.text)):
            continue
        other = terms(name)
        apart, apart_too = first - other, other - first
        if (
            len(first & other) >= ALIKE * min(len(first), len(other))
            and len(first & other & asked) > ABOUT * len(asked)
            and apart
            and apart_too
            and not (apart | apart_too) & asked
            and labels[names[0]].passage.text != labels[name].passage.text
        ):
            rivals.append(name)
    return rivals[:OPTIONS] if len(rivals) > 1 else []


def _is_part_of(hit: Hit, other: Hit) -> bool:
    """Whether one of two passages is of a section within the other's."""
    mine, its = hit.passage, other.passage
    shared = min(len(mine.headings), len(its.headings))
    return (
        mine.document_id == its.document_id
        and mine.kind == its.kind == "document"
        and mine.headings[:shared] == its.headings[:shared]
    )


def label(hit: Hit, others: Sequence[Hit] = ()) -> str:
    """What a passage is about, for a customer to choose from; with its page's subject where another asks the same."""
    passage = hit.passage
    text = passage.question or (passage.headings[-1] if passage.headings else passage.title)
    if any(is_rival(hit, other) for other in others) and (subject := about(passage)):
        text = f"{subject}: {text}"
    text = " ".join(text.split())
    return text if len(text) <= LABEL else text[: LABEL - 1] + "…"


def asking(texts: Texts, names: Sequence[str]) -> str:
    """The question back."""
    if not names:
        return texts.clarify
    return texts.clarify_between.replace("{options}", _numbered(names))


def refusing(texts: Texts, names: Sequence[str]) -> str:
    """A refusal, with what comes near to the question."""
    return f"{texts.refusal}\n\n{texts.near}\n{_numbered(names)}" if names else texts.refusal


def _numbered(names: Sequence[str]) -> str:
    """Names that can be chosen by their numbers."""
    return "\n".join(f"{n}. {name}" for n, name in enumerate(names, 1))


def asked_back(history: Sequence[Turn], both: Sequence[Texts]) -> int:
    """How many questions back in a row the conversation ends with."""
    openings = [text.partition("{options}")[0] for texts in both for text in (texts.clarify, texts.clarify_between)]
    count = 0
    for turn in reversed(history):
        if turn.role == "user":
            continue
        # Conversations that a client brings along do not say how each answer ended.
        if turn.outcome != "clarify" and not (turn.outcome is None and turn.text.startswith(tuple(openings))):
            break
        count += 1
    return count
