"""What `madoguchi tune transfer` brings on evaluation sets: python -m benchmarks.transfer [SET_DIR ...]

Cross-validated nDCG@10 by the real search, before and after, with intervals; for questions whose passages other
questions wanted too, for those where none did, and by folds that share no passage. Without a SET_DIR it takes public
sets beside this repository (../shared/data). --keep FOLDER leaves the knowledge bases there, so that the next run need
not embed them again. --seeds 5 folds five times otherwise and prints the mean of all at the end: one way of folding is
lucky or unlucky by half a point, so that no change should be judged by one.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import fmean

from benchmarks.common.bases import ingest
from benchmarks.common.places import there
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.index import generations
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.settings import load
from madoguchi.tune import transferring
from tuning.evaluating import evaluation
from tuning.transferring import labels, transfer

NAMES = ("localgovfaq", "stackfaq")


def main() -> None:
    parser = argparse.ArgumentParser(description="What transfer brings, cross-validated.")
    parser.add_argument("--keep", type=Path, help="a folder for the knowledge bases")
    parser.add_argument("--seeds", type=int, default=1, help="how often to fold, each time otherwise")
    parser.add_argument("folders", nargs="*", type=Path, metavar="SET_DIR")
    options = parser.parse_args()
    folders = there(options.folders, NAMES)
    if not folders:
        print("No evaluation set here: name folders with corpus.jsonl, queries.jsonl and qrels.tsv.")
    with tempfile.TemporaryDirectory(prefix="madoguchi-transfer-") as scratch:
        for folder in folders:
            measure(folder, (options.keep or Path(scratch)) / folder.name, options.seeds)


def measure(folder: Path, data: Path, seeds: int) -> None:
    settings = load(IngestSettings, data=data)
    embedder, analyzer = open_embedder(settings), Analyzer()
    if generations.current(data) is None:
        ingest([evaluation.corpus_file(folder)], data, embedder, analyzer)
    generation = Generation.open(data, analyzer, embedder.fingerprint)
    found = labels.read([folder], generation, embedder)
    outcomes = []
    for seed in range(seeds):
        began = time.perf_counter()
        outcome = transfer.transfer(generation, embedder, found.labelled, lambda steps: None, seed)
        took = time.perf_counter() - began
        print(f"\n{folder.name}, seed {seed}: {outcome.questions} questions, {took:.0f} s; {outcome.reason or 'kept'}")
        transferring.show(outcome)
        if outcome.adapter is not None:
            head = outcome.adapter.head
            gate = " ".join(f"{each:+.2f}" for each in head.gate)
            print(f"memory {head.memory:g} within {head.width:.4f}, words {head.words:g}, gate {gate}", flush=True)
        outcomes.append(outcome)
    if seeds > 1:
        print(f"\n{folder.name}, mean of {seeds} ways of folding:")
        for name in outcomes[0].groups:
            groups = [outcome.groups[name] for outcome in outcomes if name in outcome.groups]
            before, after = (fmean(getattr(group, when).value for group in groups) for when in ("before", "after"))
            print(f"{name:<8}{before:.4f} to {after:.4f}")


if __name__ == "__main__":
    main()
