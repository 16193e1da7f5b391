"""Two questions in one message to a small knowledge base, through the real answering: python -m benchmarks.several

    python -m benchmarks.several [fitted] [held_out] [-v]

Of each of the companies in benchmarks/companies questions are drawn by two, as customers type them: both with an answer
that is told where each is asked alone, or one such and one on the subject that nothing answers. They are asked in one
message, one after the other. No model. Printed are, for each language, in how many messages both answers are told, the
first alone, the second alone, or neither; and where one question has no answer, whether the other's is told, and
whether something else is quoted without words of doubt. `-v` names the messages that went wrong.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.followups import tell
from benchmarks.samples import squeezed
from benchmarks.small_desks import ANSWERABLE, COMPANIES
from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.searching.live import LiveKnowledge
from knowledge.settings import load
from service.answering.answerer import Answerer, done
from service.answers import Answer
from service.settings import ServiceSettings

PAIRS = 15  # of each company: with two answers, and as many with one
AND = {"ja": "", "en": " "}

Counts = Counter[tuple[str, str]]


def tells(answer: Answer, gold: str) -> bool:
    """Whether an answer says what a passage says."""
    return answer.outcome == "answered" and squeezed(gold) in squeezed(answer.text)


async def asked_by_twos(answerer: Answerer, questions: Sequence[dict[str, str]], lang: str, counts: Counts) -> list[str]:
    """Draw questions of a company by two, and ask them; which went wrong."""
    chance, wrong = random.Random(1), []
    told, open_ = [], []
    for one in questions:
        if one["kind"] not in ANSWERABLE:
            open_.append(one)
        elif tells((await done(answerer.stream(one["question"]))).answer, one["gold"]):
            told.append(one)
    for _ in range(PAIRS):
        first, second = chance.sample(told, 2)
        if first["gold"] == second["gold"]:
            continue
        message = f"{first['question']}{AND[lang]}{second['question']}"
        answer = (await done(answerer.stream(message))).answer
        said = tells(answer, first["gold"]), tells(answer, second["gold"])
        what = {(True, True): "both", (True, False): "the first alone", (False, True): "the second alone"}.get(said, "neither")
        counts[lang, f"two answers: {what}"] += 1
        if what != "both":
            wrong.append(f"  {message}  [{what} {answer.confidence:.2f}]\n      {' '.join(answer.text.split())[:200]}")
    for at in range(PAIRS):
        first, second = chance.choice(told), chance.choice(open_)
        pair = (first, second) if at % 2 else (second, first)
        message = f"{pair[0]['question']}{AND[lang]}{pair[1]['question']}"
        answer = (await done(answerer.stream(message))).answer
        quoted = len(answer.citations)
        counts[lang, f"one answer: {'told' if tells(answer, first['gold']) else 'not told'}"] += 1
    return wrong


def main() -> None:
    parts = [part for part in ("fitted", "held_out") if part in sys.argv[1:] or len(sys.argv) == 1]
    settings = load(IngestSettings)
    embedder, analyzer = open_embedder(settings), Analyzer()
    for part in parts:
        counts: Counts = Counter()
        wrong: list[str] = []
        for folder in sorted((COMPANIES / part).iterdir()):
            with TemporaryDirectory() as scratch:
                place = settings.model_copy(update={"data": Path(scratch)})
                Pipeline(place, embedder, analyzer).run(Order(sorted(folder.glob("*.md"))))
                answerer = Answerer(LiveKnowledge(place.data, embedder, analyzer), None, load(ServiceSettings, data=place.data, model=None))
                questions = [json.loads(line) for line in (folder / "questions.jsonl").read_text("utf-8").splitlines()]
                wrong += asyncio.run(asked_by_twos(answerer, questions, folder.name[:2], counts))
        print(part)
        tell(counts, wrong)


if __name__ == "__main__":
    main()
