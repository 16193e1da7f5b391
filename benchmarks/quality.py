"""Retrieval, refusal and conversations on evaluation sets, in one table each.

    python -m benchmarks.quality [--small] [--keep FOLDER] [SET_DIR ...]

Without SET_DIR it takes the public sets beside this repository (../shared/data), where they are. --small leaves out the
one whose documents take more than some minutes to embed. Each set goes through the real ingest, once, and the real
search: `madoguchi ingest` and `madoguchi evaluate`. The knowledge bases are thrown away, or kept in FOLDER and used
again while neither the documents nor the way of reading them have changed; what was stopped there goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.common.places import there
from tuning.evaluating.evaluation import corpus_file

SMALL = ("localgovfaq", "stackfaq", "tau_banking", "jsquad")
LARGE = ("mtrag_cloud",)
COLUMNS = ("P@1", "MRR@10", "nDCG@10", "R@5", "R@10", "MAP")
REFUSALS = ("auroc", "refused_at_5_percent_false", "false_refusals", "false_answers")


def main() -> None:
    wanted = argparse.ArgumentParser()
    wanted.add_argument("sets", nargs="*", type=Path)
    wanted.add_argument("--small", action="store_true")
    wanted.add_argument("--keep", type=Path)
    given = wanted.parse_args()
    names = SMALL if given.small else SMALL + LARGE
    folders = there(given.sets, names)
    if not folders:
        print("No evaluation set here: name folders with corpus.jsonl, queries.jsonl and qrels.tsv.")
        return
    refusals, conversations = {}, {}
    head = "".join(f"{name:>9}" for name in COLUMNS)
    print(f"{'set':<14}{'passages':>9}{'queries':>8}{head}{'ms p50':>8}{'ms p95':>8}{'minutes':>9}")
    with tempfile.TemporaryDirectory(prefix="madoguchi-quality-") as scratch:
        for folder in folders:
            began = time.monotonic()
            data = (given.keep or Path(scratch)) / folder.name
            passages = command("ingest", str(corpus_file(folder)), data=data)["total_passages"]
            of = str(folder), "--knowledge", str(data)
            scores = command("evaluate", "retrieval", *of, data=data)
            if (folder / "oos_queries.jsonl").exists():
                refusals[folder.name] = command("evaluate", "refusal", *of, data=data)
            if has_turns(folder):
                conversations[folder.name] = command("evaluate", "conversation", *of, data=data)
            cells = "".join(f"{scores[name]['value']:>9.3f}" for name in COLUMNS)
            times = f"{scores['ms_per_query_p50']:>8.1f}{scores['ms_per_query_p95']:>8.1f}"
            minutes = (time.monotonic() - began) / 60
            print(f"{folder.name:<14}{passages:>9}{scores['queries']:>8}{cells}{times}{minutes:>9.1f}", flush=True)
    if refusals:
        print(f"\n{'refusal':<14}" + "".join(f"{name:>28}" for name in REFUSALS))
    for name, scores in refusals.items():
        print(f"{name:<14}" + "".join(f"{scores[each]:>28.3f}" for each in REFUSALS))
    if conversations:
        print(f"\n{'conversations':<14}{'turns':>8}{head}  refused, of")
    for name, told in conversations.items():
        cells = "".join(f"{told['all_turns'][each]['value']:>9.3f}" for each in COLUMNS)
        refused = ", ".join(f"{kind.lower()} {of[0]}/{of[1]}" for kind, of in told["refused"].items())
        print(f"{name:<14}{told['turns']:>8}{cells}  {refused}")


def has_turns(folder: Path) -> bool:
    """Whether the set's tasks are turns of conversations; those of some sets are told to a customer who is played."""
    tasks = folder / "tasks.jsonl"
    return tasks.exists() and "question" in json.loads(tasks.read_text("utf-8").partition("\n")[0])


def command(*words: str, data: Path) -> Any:
    """What a command of ours answers with --json, for the knowledge base in `data`."""
    run = [sys.executable, "-m", "madoguchi", *words, "--json"]
    done = subprocess.run(run, check=True, stdout=subprocess.PIPE, env=os.environ | {"MADOGUCHI_DATA": str(data)})
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
