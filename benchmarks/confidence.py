"""Fits the weights of `knowledge/confidence.py` on evaluation sets, and prints what they achieve.

    python benchmarks/confidence.py FAQ_SET[:FOREIGN.jsonl] ...

One set for each language: the weights are fitted set by set. Each FAQ_SET is a folder as `madoguchi evaluate` takes it.
Its questions (those of grade 2, where grades are given) should be answered; those of its oos_queries.jsonl, or of
FOREIGN.jsonl ({"text": …} a line, 300 of them drawn), not.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ingest.pipeline import Order, Pipeline
from ingest.settings import IngestSettings
from knowledge import retrieval
from knowledge.analysis import Analyzer
from knowledge.embeddings import open_embedder
from knowledge.settings import load
from knowledge.store import Generation
from tuning import evaluation, metrics

FEATURES = {"built-in encoder": ["cosine", "share"], "any other": ["deviation", "share"]}
FALSE_REFUSALS = 0.05  # of the answerable questions: where a confidence of 0.5 is put


def main() -> None:
    if not sys.argv[1:]:
        print((__doc__ or "").strip())
        return
    settings = load(IngestSettings)
    embedder, analyzer = open_embedder(settings), Analyzer()
    rows: list[tuple[dict[str, float], bool, str]] = []
    for argument in sys.argv[1:]:
        folder, _, foreign = argument.partition(":")
        good = [q.text for q in evaluation.questions(Path(folder)) if q.meta.get("best_grade", 2) >= 2]
        if foreign:
            lines = Path(foreign).read_text("utf-8").splitlines()
            bad = [json.loads(line)["text"] for line in random.Random(1).sample(lines, 300)]
        else:
            bad = [q.text for q in evaluation.questions(Path(folder), "oos_queries.jsonl")]
        with tempfile.TemporaryDirectory() as scratch:
            here = settings.model_copy(update={"data": Path(scratch)})
            Pipeline(here, embedder, analyzer).run(Order([evaluation.corpus_file(Path(folder))]))
            generation = Generation.open(here.data, analyzer, embedder.fingerprint)
            for answerable, texts in ((True, good), (False, bad)):
                rows += [(seen(generation, embedder, text), answerable, folder) for text in texts]
    for name, features in FEATURES.items():
        for folder in dict.fromkeys(folder for _, _, folder in rows):
            of_set = [row for row in rows if row[2] == folder]
            weights, _ = fit(of_set, features)
            good = sorted(weights @ [row[0][name] for name in features] for row in of_set if row[1])
            constant = -good[int(FALSE_REFUSALS * len(good))]
            print(f"\n{name}: {dict(zip(features, weights.round(2).tolist(), strict=True))}, constant {constant:.2f}")
            report(folder, of_set, features, weights, constant)


def seen(generation: Generation, embedder, question: str) -> dict[str, float]:
    """What a search sees of a question."""
    found = retrieval.search(generation, embedder, question, 1).seen
    assert found is not None
    return asdict(found)


def fit(rows, features: list[str], ridge: float = 1e-3) -> tuple[np.ndarray, float]:
    """Logistic regression by Newton's method; every set's answerable and unanswerable questions weigh the same."""
    x = np.array([[row[0][name] for name in features] for row in rows])
    y = np.array([row[1] for row in rows], float)
    groups = [row[1:] for row in rows]
    weight = np.array([1 / groups.count(group) for group in groups])
    weight /= weight.sum()
    mean, spread = x.mean(0), x.std(0)
    z = np.c_[(x - mean) / spread, np.ones(len(x))]
    penalty = np.diag([ridge] * len(features) + [1e-9])
    beta = np.zeros(z.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-z @ beta))
        hessian = (z * (weight * p * (1 - p))[:, None]).T @ z + penalty
        beta -= np.linalg.solve(hessian, z.T @ (weight * (p - y)) + penalty @ beta)
    weights = beta[:-1] / spread
    return weights, float(beta[-1] - weights @ mean)


def report(folder: str, rows, features: list[str], weights: np.ndarray, constant: float) -> None:
    scores = {
        wanted: [weights @ [row[0][name] for name in features] + constant for row in rows if row[1] is wanted]
        for wanted in (True, False)
    }
    print(
        f"  {folder}: AUROC {metrics.auroc(scores[True], scores[False]):.3f}, "
        f"wrongly refused {np.mean(np.array(scores[True]) < 0):.3f}, "
        f"rightly refused {np.mean(np.array(scores[False]) < 0):.3f}"
    )


if __name__ == "__main__":
    main()
