"""Which measure tells conversations that say the same from those that differ in what matters, and questions likewise.

    python -m benchmarks.folding

Two small labelled sets, Japanese and English, written by who wrote the rules: `alike_conversations.jsonl` (groups of
the same conversation, beside others that differ in a number, a "not" or a product) and `contradictions.jsonl` (a FAQ
and a log that contradict each other or do not). For the first: the best recall at which a measure takes no pair wrongly
(with and without the rule that numbers must agree), and what the shipped rule does. For the second: what is found.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.common.places import ROOT, records
from knowledge.embedder import Embedder, Vectors
from knowledge.embedding.embeddings import open_embedder
from knowledge.index.contradictions import contradicts
from knowledge.index.overlaps import NEAR, SAME_QUESTION, SAME_WORDS
from knowledge.language.likeness import jaccard, negations, numbers, shingles
from knowledge.settings import KnowledgeSettings, load

SETS = ROOT / "tests" / "knowledge"
Pairs = list[tuple[int, int]]


def vectors(embedder: Embedder, said: list[dict[str, Any]]) -> Vectors:
    """As the pipeline makes them: the normalised mean of the question, and the question with the text."""
    texts = [text for each in said for text in (each["question"], f"{each['question']}\n{each['text']}")]
    found = embedder.embed_passages(texts)
    means = found[0::2] + found[1::2]
    unit: Vectors = means / np.linalg.norm(means, axis=1, keepdims=True)
    return unit


def at_no_mistake(scores: np.ndarray, same: np.ndarray) -> tuple[float, float]:
    """The lowest threshold that takes no wrong pair, and the recall there."""
    threshold = float(scores[~same].max())
    return threshold, float((scores[same] > threshold).mean())


def folding(embedder: Embedder, console: Console) -> None:
    said = records(SETS / "alike_conversations.jsonl")
    pairs: Pairs = list(itertools.combinations(range(len(said)), 2))
    same = np.array([said[a]["group"] == said[b]["group"] for a, b in pairs])
    agree = np.array([numbers(said[a]["text"]) == numbers(said[b]["text"]) for a, b in pairs])
    found = vectors(embedder, said)

    def measured(score: Callable[[int, int], float]) -> np.ndarray:
        return np.array([score(a, b) for a, b in pairs])

    words = [shingles(each["text"]) for each in said]
    asked = [shingles(each["question"]) for each in said]
    cosines = measured(lambda a, b: float(found[a] @ found[b]))
    by_words = measured(lambda a, b: jaccard(words[a], words[b]))
    both = measured(lambda a, b: min(jaccard(words[a], words[b]), jaccard(asked[a], asked[b])))
    table = Table("measure", "numbers must agree", "threshold", "recall without a mistake")
    for name, scores in (
        ("cosine", cosines),
        ("words of the resolution", by_words),
        ("words of resolution and question, the lesser", both),
        (f"words of the resolution where the cosine is {NEAR} or more", np.where(cosines >= NEAR, by_words, -1)),
    ):
        for strict in (False, True):
            threshold, recall = at_no_mistake(np.where(agree, scores, -1) if strict else scores, same)
            table.add_row(name, "yes" if strict else "no", f"{threshold:.3f}", f"{recall:.2f}")
    console.print(f"{len(said)} conversations, {same.sum()} pairs that say the same, {(~same).sum()} that do not")
    console.print(table)
    as_often = measured(lambda a, b: float(negations(said[a]["text"]) == negations(said[b]["text"]))) > 0
    taken = (cosines >= NEAR) & (by_words >= SAME_WORDS) & agree & as_often
    console.print(f"Shipped: {(taken & same).sum()} of {same.sum()} pairs folded, {(taken & ~same).sum()} wrongly")


def contradicting(embedder: Embedder, console: Console) -> None:
    told = records(SETS / "contradictions.jsonl")
    cosines = (vectors(embedder, [each["faq"] for each in told]) * vectors(embedder, [e["log"] for e in told])).sum(1)
    right = wrong = 0
    for each, cosine in zip(told, cosines, strict=True):
        faq, log = each["faq"], each["log"]
        found = cosine >= SAME_QUESTION and contradicts(faq["question"], faq["text"], log["text"]) is not None
        right += found and each["contradicts"]
        wrong += found and not each["contradicts"]
    wanted = sum(each["contradicts"] for each in told)
    console.print(f"Contradictions: {right} of {wanted} found, {wrong} of {len(told) - wanted} others taken for one")


def main() -> None:
    embedder, console = open_embedder(load(KnowledgeSettings)), Console()
    folding(embedder, console)
    contradicting(embedder, console)


if __name__ == "__main__":
    main()
