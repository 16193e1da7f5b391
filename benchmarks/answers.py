"""What customers would be told: every question of an evaluation set through the real answering, without a model.

    python -m benchmarks.answers [SET_DIR]

Prints how many are answered and refused, how many answers cite a source, and how many cite one that was judged right.
Without an argument it takes localgovfaq of the public sets beside this repository, where they are.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks.common.bases import answering
from benchmarks.common.places import DATA
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.settings import load
from service.answering.answerer import done
from tuning.evaluating import evaluation


def main() -> None:
    folder = Path(sys.argv[1]) if sys.argv[1:] else DATA / "localgovfaq"
    if not folder.is_dir():
        print(f"There is no evaluation set {folder}.")
        return
    embedder = open_embedder(load(IngestSettings))
    with answering([evaluation.corpus_file(folder)], embedder, Analyzer()) as (knowledge, answerer):
        anchors = {
            passage.id: passage.anchor
            for document in knowledge.generation.documents
            for passage in knowledge.generation.passages(document)
        }
        judged, counts, took = evaluation.judgements(folder), Counter[str](), []
        for question in evaluation.questions(folder):
            started = time.perf_counter()
            told = asyncio.run(done(answerer.stream(question.text))).answer
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
