"""Whole conversations with small knowledge bases, through the real answering: python -m benchmarks.conversations

    python -m benchmarks.conversations [held_out] [-v]

companies/conversations.jsonl has conversations of three to five messages with the invented companies of
companies/fitted/, and conversations_held_out.jsonl with those of companies/held_out/, which had no part in any choice.
They are as customers type them: messages that lean on what was said, changes of subject, corrections, thanks,
and questions that no document answers, of which many lean too. Each message follows the answers that the program really
gave to those before it. No model. Printed for each language are, of the messages with an answer, how many answers say
what was asked for (with words of doubt before it, or without), say something else, or are none; and of those without
one, how many get none, a quotation with words of doubt, or one without: in the conversation, and asked alone. `-v`
names those that went wrong.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter

from benchmarks.common.bases import answering
from benchmarks.common.places import records
from benchmarks.followups import tell
from benchmarks.samples import squeezed
from benchmarks.small_desks import COMPANIES
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.settings import load
from service.answering.answerer import Answerer, done
from service.answering.quotations.quoting import is_doubtful
from service.answers import Answer, Turn
from service.settings import ServiceSettings

SETS = {"fitted": COMPANIES / "conversations.jsonl", "held_out": COMPANIES / "conversations_held_out.jsonl"}
RIGHT = frozenset(("said", "said, in doubt", "none", "courtesy"))

Counts = Counter[tuple[str, str]]


def judged(message: dict[str, object], answer: Answer, refuse_below: float) -> str:
    """What became of a message."""
    if message["expected"] == "thanks":
        return "courtesy" if answer.outcome == "answered" and not answer.citations else "no courtesy"
    doubt = ", in doubt" if is_doubtful(answer.confidence, refuse_below) else ""
    quoted = answer.outcome == "answered" and bool(answer.citations)
    if message["expected"] == "none":
        return f"answered{doubt}" if quoted else "none"
    if not quoted:
        return "asked back" if answer.outcome == "clarify" else "refused"
    gold = message["gold"]
    assert isinstance(gold, list)
    text = squeezed(answer.text).casefold()
    said = [squeezed(part).casefold() in text for part in gold]
    return f"said{doubt}" if all(said) else f"half said{doubt}" if any(said) else f"beside{doubt}"


async def held(answerer: Answerer, talk: dict[str, object], refuse_below: float, counts: Counts) -> list[str]:
    """Hold a conversation; what was said in it, each message with what became of it."""
    history: list[Turn] = []
    lines = [f"{talk['id']} {talk['company']}"]
    messages = talk["messages"]
    assert isinstance(messages, list)
    wrong = False
    for message in messages:
        answer = (await done(answerer.stream(message["text"], history))).answer
        what, kind = judged(message, answer, refuse_below), message["expected"]
        counts[str(talk["lang"]), f"{kind}: {what}"] += 1
        if kind == "none":
            alone = (await done(answerer.stream(message["text"]))).answer
            counts[str(talk["lang"]), f"none, alone: {judged(message, alone, refuse_below)}"] += 1
        if what not in RIGHT:
            wrong = True
        mark = " " if what in RIGHT else "!"
        lines.append(f"  {mark} {message['text']}  [{kind}: {what} {answer.confidence:.2f}]")
        if mark == "!":
            lines.append(f"        {' '.join(answer.text.split())[:160]}")
        history += [Turn("user", message["text"]), Turn("assistant", answer.text, answer.outcome)]
    return lines if wrong else []


def main() -> None:
    part = "held_out" if "held_out" in sys.argv[1:] else "fitted"
    talks = records(SETS[part])
    embedder, analyzer = open_embedder(load(IngestSettings)), Analyzer()
    refuse_below = load(ServiceSettings).refuse_below
    counts: Counts = Counter()
    wrong: list[str] = []
    for company in sorted({talk["company"] for talk in talks}):
        folder = COMPANIES / part / company
        with answering([folder / "faq.md", folder / "guide.md"], embedder, analyzer) as (_, answerer):
            for talk in talks:
                if talk["company"] == company:
                    wrong += asyncio.run(held(answerer, talk, refuse_below, counts))
    tell(counts, wrong)


if __name__ == "__main__":
    main()
