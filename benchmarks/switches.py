"""Changes of subject with small knowledge bases, through the real answering: python -m benchmarks.switches

    python -m benchmarks.switches [fitted] [held_out] [-v]

Each question to the invented companies of benchmarks/companies is asked alone, and after each of three others with
another answer that the same company was asked, drawn by chance, and answered: a customer who turns to another matter
without a word. No model. Printed for each language is what became of a question after another one, where that is not
what becomes of it alone: of those with an answer whether it is said (in doubt, or not), something else is, or
nothing; of those without one whether they are answered. Before that, how many are as they are alone, and how many are
right, alone and after another: the answer says what was asked for, or there is none where nothing answers. The rules
for messages that lean were chosen on the companies in fitted/, those in held_out/ had no part in it. `-v` names the
questions.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common.bases import answering
from benchmarks.common.places import records
from benchmarks.conversations import RIGHT, judged
from benchmarks.followups import tell
from benchmarks.small_desks import COMPANIES
from ingest.settings import IngestSettings
from knowledge.embedder import ManyEmbedder
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.settings import load
from service.answering.answerer import Answerer, done
from service.answers import Answer, Turn
from service.settings import ServiceSettings

OTHERS = 3  # questions that each is asked after

Message = dict[str, object]  # as in conversations.jsonl


def messages(company: Path) -> list[Message]:
    """The questions of a company, as those of conversations are written down."""
    return [
        {"text": one["question"], "expected": "answer", "gold": [one["gold"]]}
        if one["gold"]
        else {"text": one["question"], "expected": "none"}
        for one in records(company / "questions.jsonl")
    ]


def ask(answerer: Answerer, message: Message, history: Sequence[Turn] = ()) -> Answer:
    """The whole answer."""
    return asyncio.run(done(answerer.stream(str(message["text"]), history))).answer


def measure(company: Path, embedder: ManyEmbedder, analyzer: Analyzer, counts: Counter[tuple[str, str]]) -> list[str]:
    """Ask a company; those questions that end otherwise after another, with it."""
    lang, refuse_below, chance = company.name[:2], load(ServiceSettings).refuse_below, random.Random(company.name)
    asked, changed = messages(company), []
    with answering(sorted(company.glob("*.md")), embedder, analyzer) as (_, answerer):
        alone = [ask(answerer, message) for message in asked]
        told = [(m, answer) for m, answer in zip(asked, alone, strict=True) if "gold" in m and answer.citations]
        for message, answer in zip(asked, alone, strict=True):
            kind, before = message["expected"], judged(message, answer, refuse_below)
            others = [(m, said) for m, said in told if m is not message and m["gold"] != message.get("gold")]
            for other, said in chance.sample(others, OTHERS):
                history = [Turn("user", str(other["text"])), Turn("assistant", said.text, said.outcome)]
                after = judged(message, ask(answerer, message, history), refuse_below)
                counts[lang, f"{kind}"] += 1
                counts[lang, f"{kind}, as alone"] += after == before
                counts[lang, f"{kind}, right alone"] += before in RIGHT
                counts[lang, f"{kind}, right alone and after another"] += before in RIGHT and after in RIGHT
                if after != before:
                    counts[lang, f"{kind}: {before} > {after}"] += 1
                    changed.append(f"{company.name} {before} > {after}: {other['text']} / {message['text']}")
    return changed


def main() -> None:
    embedder, analyzer = open_embedder(load(IngestSettings)), Analyzer()
    for part in [part for part in ("fitted", "held_out") if part in sys.argv[1:] or not {*sys.argv[1:]} - {"-v"}]:
        counts: Counter[tuple[str, str]] = Counter()
        changed: list[str] = []
        for company in sorted(place for place in (COMPANIES / part).iterdir() if place.is_dir()):
            changed += measure(company, embedder, analyzer, counts)
        print(part)
        tell(counts, changed)


if __name__ == "__main__":
    main()
