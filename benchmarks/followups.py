"""Follow-up questions on the sample company, asked through the real answering: python -m benchmarks.followups

A hundred conversations of two turns, written for this project in Japanese and English: the second message is
understood by the first one only. Prints how often the passage that answers it comes first and among five, how often
the answer says what was asked for, with and without the conversation, and what became of it. No model.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.samples import SAMPLES, squeezed
from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.searching.live import LiveKnowledge
from knowledge.settings import load
from service.answering.answerer import Answerer
from service.answers import Answer, Done, Sources, Turn
from service.settings import ServiceSettings

SET = Path(__file__).parent.parent / "tests" / "service" / "follow_ups.jsonl"


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
    counts: Counter[tuple[str, str]] = Counter()
    for line in SET.read_text("utf-8").split("\n"):
        if not line:
            continue
        item = json.loads(line)
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
            if name == "with" and right[:1] != [True]:
                wrong.append(f"{item['id']} {answer.outcome}: {item['before']} / {item['question']}")
        counts[item["lang"], "questions"] += 1
    return counts


def main() -> None:
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        settings = load(IngestSettings, data=Path(scratch))
        embedder, analyzer = open_embedder(settings), Analyzer()
        Pipeline(settings, embedder, analyzer).run(Order([SAMPLES / "knowledge"]))
        knowledge = LiveKnowledge(settings.data, embedder, analyzer)
        answerer = Answerer(knowledge, None, load(ServiceSettings, data=Path(scratch), model=None))
        counts = asyncio.run(measured(answerer, wrong))
    print(f"{'':<22}{'ja':>6}{'en':>6}")
    for what in sorted({what for _, what in counts}):
        print(f"{what:<22}{counts['ja', what]:>6}{counts['en', what]:>6}")
    if "-v" in sys.argv:
        print(*wrong, sep="\n")


if __name__ == "__main__":
    main()
