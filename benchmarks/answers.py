"""What customers would be told: every question of an evaluation set through the real answering, without a model.

    python -m benchmarks.answers [SET_DIR]

Prints how many are answered and refused, how many answers cite a source, and how many cite one that was judged right.
Without an argument it takes localgovfaq of the public sets beside this repository, where they are.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.searching.live import LiveKnowledge
from knowledge.settings import load
from service.answering.answerer import Answerer
from service.answers import Answer, Done
from service.settings import ServiceSettings
from tuning.evaluating import evaluation

LOCALGOV = Path(__file__).parents[2] / "shared" / "data" / "localgovfaq"


async def answer(answerer: Answerer, question: str) -> Answer:
    events = [event async for event in answerer.stream(question)]
    assert isinstance(events[-1], Done)
    return events[-1].answer


def main() -> None:
    folder = Path(sys.argv[1]) if sys.argv[1:] else LOCALGOV
    if not folder.is_dir():
        print(f"There is no evaluation set {folder}.")
        return
    with tempfile.TemporaryDirectory() as scratch:
        settings = load(IngestSettings, data=Path(scratch))
        embedder, analyzer = open_embedder(settings), Analyzer()
        Pipeline(settings, embedder, analyzer).run(Order([evaluation.corpus_file(folder)]))
        knowledge = LiveKnowledge(settings.data, embedder, analyzer)
        anchors = {
            passage.id: passage.anchor
            for document in knowledge.generation.documents
            for passage in knowledge.generation.passages(document)
        }
        answerer = Answerer(knowledge, None, load(ServiceSettings, data=Path(scratch)))
        judged, counts, took = evaluation.judgements(folder), Counter[str](), []
        for question in evaluation.questions(folder):
            started = time.perf_counter()
            told = asyncio.run(answer(answerer, question.text))
            took.append(1000 * (time.perf_counter() - started))
            counts[told.outcome] += 1
            cited = {anchors[citation.passage_id] for citation in told.citations}
            counts["with a citation"] += bool(cited)
            counts["citing a right document"] += bool(cited & judged.get(question.id, {}).keys())
    print(f"{folder.name}: {len(took)} questions, median {statistics.median(took):.0f} ms")
    for what, count in counts.most_common():
        print(f"{what:<26}{count:>6}{count / len(took):>8.1%}")


if __name__ == "__main__":
    main()
