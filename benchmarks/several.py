"""Two questions in one message to a small knowledge base, through the real answering: python -m benchmarks.several

    python -m benchmarks.several [fitted] [held_out] [-v]

For each of the companies in benchmarks/companies questions are drawn by two, as customers type them, and asked in one
message, one after the other, with or without a word between them. First both have an answer, which is told where they
are asked alone; then one has such an answer, and of the other, on the subject, the documents say nothing. No model.
Printed for each language are in how many messages both answers are told, one, or none; and where one has none, whether
the other's is told, and how many of the passages that are quoted are not its. `-v` names the messages that went wrong.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Sequence

from benchmarks.common.bases import answering
from benchmarks.common.places import records
from benchmarks.followups import tell
from benchmarks.samples import squeezed
from benchmarks.small_desks import ANSWERABLE, COMPANIES
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.settings import load
from service.answering.answerer import Answerer, done
from service.answers import Answer

PAIRS = 15  # of each company: with two answers, and as many with one
END = {"ja": "？", "en": "?"}  # of a question that was typed without
BETWEEN = {"ja": ("", "", "あと、", "それと、"), "en": (" ", " ", " Also, ", " And ")}

Counts = Counter[tuple[str, str]]
Questions = Sequence[dict[str, str]]


def joined(chance: random.Random, lang: str, *questions: dict[str, str]) -> str:
    """Questions as one message."""
    first, second = (
        text if (text := one["question"].strip())[-1] in "?？。.!！" else text + END[lang] for one in questions
    )
    return f"{first}{chance.choice(BETWEEN[lang])}{second}"


def tells(answer: Answer, gold: str) -> bool:
    """Whether an answer says what a passage says."""
    return answer.outcome == "answered" and squeezed(gold) in squeezed(answer.text)


async def asked(answerer: Answerer, message: str) -> Answer:
    """The answer to a message."""
    return (await done(answerer.stream(message))).answer


async def asked_by_twos(answerer: Answerer, questions: Questions, lang: str, counts: Counts) -> list[str]:
    """Draw a company's questions by two, and ask them; those that went wrong."""
    chance, wrong = random.Random(1), []
    without = [one for one in questions if one["kind"] not in ANSWERABLE]
    told = [
        one
        for one in questions
        if one["kind"] in ANSWERABLE and tells(await asked(answerer, one["question"]), one["gold"])
    ]
    for _ in range(PAIRS):
        pair = chance.sample(told, 2)
        answer = await asked(answerer, message := joined(chance, lang, *pair))
        said = sum(tells(answer, one["gold"]) for one in pair)
        counts[lang, f"of two answers told: {said}"] += 1
        if said < len(pair):
            wrong.append(f"  {message}  [{said} of 2, {answer.confidence:.2f}]\n      {' '.join(answer.text.split())}")
    for _ in range(PAIRS):
        one, other = chance.choice(told), chance.choice(without)
        answer = await asked(answerer, joined(chance, lang, *chance.sample([one, other], 2)))
        counts[lang, f"of one answer told: {tells(answer, one['gold']):d}"] += 1
        counts[lang, "passages quoted beside it"] += sum(
            f"[{cited.n}]" in answer.text and squeezed(one["gold"]) not in squeezed(cited.quote)
            for cited in answer.citations
        )
    return wrong


def main() -> None:
    parts = [part for part in ("fitted", "held_out") if part in sys.argv[1:]] or ["fitted", "held_out"]
    embedder, analyzer = open_embedder(load(IngestSettings)), Analyzer()
    for part in parts:
        counts: Counts = Counter()
        wrong: list[str] = []
        for folder in sorted((COMPANIES / part).iterdir()):
            questions = records(folder / "questions.jsonl")
            with answering(sorted(folder.glob("*.md")), embedder, analyzer) as (_, answerer):
                wrong += asyncio.run(asked_by_twos(answerer, questions, folder.name[:2], counts))
        print(part)
        tell(counts, wrong)


if __name__ == "__main__":
    main()
