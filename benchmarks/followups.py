"""Follow-up questions on the sample company, asked through the real answering: python -m benchmarks.followups

A hundred conversations of two turns, written for this project in Japanese and English: the second message is
understood by the first one only. Prints how often the passage that answers it comes first and among five, how often
the answer says what was asked for, with and without the conversation, and what became of it. No model. Then, how many
of the sample's questions that no document answers are answered all the same, alone and after another question.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from itertools import cycle

from benchmarks.common.bases import answering
from benchmarks.common.places import ROOT, SAMPLES, records, sample_questions
from benchmarks.samples import squeezed
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.settings import load
from service.answering.answerer import Answerer
from service.answering.quotations.quoting import is_doubtful
from service.answers import Answer, Done, Sources, Turn
from service.settings import ServiceSettings

SET = ROOT / "tests" / "service" / "follow_ups.jsonl"


async def asked(answerer: Answerer, question: str, history: list[Turn]) -> tuple[list[str], Answer]:
    """The texts that were offered, best first, and the answer."""
    offered: list[str] = []
    async for event in answerer.stream(question, history):
        if isinstance(event, Sources):
            offered = [f"{citation.title}{citation.quote}" for citation in event.citations]
        elif isinstance(event, Done):
            return offered, event.answer
    raise AssertionError("a stream ends with the whole answer")


async def measured(answerer: Answerer, wrong: list[str]) -> Counter[tuple[str, str]]:
    """Counts by language and what happened."""
    refuse_below = load(ServiceSettings).refuse_below
    counts: Counter[tuple[str, str]] = Counter()
    for item in records(SET):
        _, first = await asked(answerer, item["before"], [])
        history = [Turn("user", item["before"]), Turn("assistant", first.text, first.outcome)]
        wanted = [squeezed(text) for text in item["must_contain"]]
        for name, before in (("alone", []), ("with", history)):
            texts, answer = await asked(answerer, item["question"], before)
            right = [all(text in squeezed(offered) for text in wanted) for offered in texts]
            counts[item["lang"], f"first {name}"] += right[:1] == [True]
            counts[item["lang"], f"in five {name}"] += any(right[:5])
            counts[item["lang"], f"said {name}"] += all(text in squeezed(answer.text) for text in wanted)
            counts[item["lang"], f"{answer.outcome} {name}"] += 1
            doubtful = answer.outcome == "answered" and is_doubtful(answer.confidence, refuse_below)
            counts[item["lang"], f"answered in doubt {name}"] += doubtful
            if name == "with" and (right[:1] != [True] or doubtful):
                wrong.append(
                    f"{item['id']} {answer.outcome}{' in doubt' * doubtful}: {item['before']} / {item['question']}"
                )
        counts[item["lang"], "questions"] += 1
    await unanswerable(answerer, counts)
    return counts


async def unanswerable(answerer: Answerer, counts: Counter[tuple[str, str]]) -> None:
    """Add how many are answered, after the earlier questions of the set by turns."""
    befores = {lang: cycle(one["before"] for one in records(SET) if one["lang"] == lang) for lang in ("ja", "en")}
    for item in sample_questions():
        if item["answerable"]:
            continue
        before = next(befores[item["lang"]])
        _, first = await asked(answerer, before, [])
        history = [Turn("user", before), Turn("assistant", first.text, first.outcome)]
        for name, said in (("alone", []), ("after another", history)):
            _, answer = await asked(answerer, item["question"], said)
            counts[item["lang"], f"without an answer, answered {name}"] += answer.outcome == "answered"
        counts[item["lang"], "without an answer"] += 1


def main() -> None:
    wrong: list[str] = []
    with answering([SAMPLES / "knowledge"], open_embedder(load(IngestSettings)), Analyzer()) as (_, answerer):
        counts = asyncio.run(measured(answerer, wrong))
    tell(counts, wrong)


def tell(counts: Counter[tuple[str, str]], wrong: list[str]) -> None:
    """Print counts by language and what happened, and with `-v` what went wrong."""
    print(f"{'':<40}{'ja':>6}{'en':>6}")
    for what in sorted({what for _, what in counts}):
        print(f"{what:<40}{counts['ja', what]:>6}{counts['en', what]:>6}")
    if "-v" in sys.argv:
        print(*wrong, sep="\n")


if __name__ == "__main__":
    main()
