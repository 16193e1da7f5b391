"""Retrieval and refusal on evaluation sets, in one table.

    python benchmarks/quality.py [--small] [SET_DIR ...]

Without arguments it takes the public sets beside this repository (../shared/data), where they are. --small leaves out
those that take more than some minutes.
Each set goes through the real ingest and the real search: `madoguchi evaluate`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SETS = Path(__file__).parents[2] / "shared" / "data"
SMALL = ("localgovfaq", "stackfaq", "tau_banking", "jsquad")
LARGE = ("mtrag_cloud",)
COLUMNS = ("P@1", "MRR@10", "nDCG@10", "R@5", "R@10", "MAP")


def main() -> None:
    given = [argument for argument in sys.argv[1:] if argument != "--small"]
    names = SMALL if "--small" in sys.argv[1:] else SMALL + LARGE
    folders = [Path(argument) for argument in given] or [SETS / name for name in names if (SETS / name).is_dir()]
    if not folders:
        print("No evaluation set here: name folders with corpus.jsonl, queries.jsonl and qrels.tsv.")
        return
    print(f"{'set':<16}{'queries':>8}" + "".join(f"{name:>10}" for name in COLUMNS) + f"{'ms p50':>10}{'ms p95':>10}")
    for folder in folders:
        scores = evaluate("retrieval", folder)
        cells = "".join(f"{scores[name]['value']:>10.3f}" for name in COLUMNS)
        times = f"{scores['ms_per_query_p50']:>10.1f}{scores['ms_per_query_p95']:>10.1f}"
        print(f"{folder.name:<16}{scores['queries']:>8}{cells}{times}", flush=True)
    for folder in folders:
        if (folder / "oos_queries.jsonl").exists():
            print(f"refusal, {folder.name}:", json.dumps(evaluate("refusal", folder)), flush=True)
    for folder in folders:
        if (folder / "tasks.jsonl").exists():
            told = evaluate("conversation", folder)
            values = {name: round(one["value"], 3) for name, one in told["all_turns"].items()}
            print(f"conversation, {folder.name}:", json.dumps(values | {"refused": told["refused"]}), flush=True)


def evaluate(what: str, folder: Path) -> dict:
    command = [sys.executable, "-m", "madoguchi", "evaluate", what, str(folder), "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


if __name__ == "__main__":
    main()
