"""How alike two questions must be to be one gap of `madoguchi sessions gaps`: measured on questions with labels.

    python -m benchmarks.alike [--sets FOLDER]

English: StackFAQ's questions, of which those of one thread ask the same. Japanese: localgovFAQ's that have an answer
of their own in common (one that at most eight of them share); pairs with a weaker answer in common are passed over.
For each threshold: the share of pairs that are put together rightly, the share of alike ones that are, and how many
groups are made; the shipped threshold is marked. Across the languages: the sample company's FAQs, which are
translations; half of each language's questions have none in the other (the mean of many draws).
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.common.places import DATA, SAMPLES, records
from knowledge.embedder import ManyEmbedder
from knowledge.searching import alike
from knowledge.settings import KnowledgeSettings, load

GRID = {"en": (0.80, 0.82, 0.84, 0.86, 0.88), "ja": (0.94, 0.945, 0.95, 0.955, 0.96)}
ACROSS = (0.58, 0.59, 0.60, 0.61)
SHARED_BY, BEST = 8, 2  # questions that have an answer of their own in common, and its grade
DRAWS = 200


def stackfaq(folder: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The questions, in an order by chance, which pairs ask the same, and which pairs count."""
    asked = records(folder / "stackfaq" / "queries.jsonl")
    asked = [asked[place] for place in np.random.default_rng(0).permutation(len(asked))]
    threads = np.array([each["meta"]["thread"] for each in asked])
    same = threads[:, None] == threads[None]
    return [each["text"] for each in asked], same, np.ones_like(same)


def localgovfaq(folder: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The same of localgovFAQ."""
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for line in (folder / "localgovfaq" / "qrels.tsv").read_text("utf-8").splitlines()[1:]:
        query, answer, grade = line.split("\t")
        grades[query][answer] = int(grade)
    held = Counter(answer for answers in grades.values() for answer in answers)
    asked, own, anyhow = [], [], []
    for query in records(folder / "localgovfaq" / "queries.jsonl"):
        answers = grades[query["id"]]
        if best := {each for each, grade in answers.items() if grade == BEST and held[each] <= SHARED_BY}:
            asked.append(query["text"])
            own.append(best)
            anyhow.append(set(answers))
    same = np.array([[bool(one & other) for other in own] for one in own])
    related = np.array([[bool(one & other) for other in anyhow] for one in anyhow])
    return asked, same, same | ~related


def within(lang: str, questions: list[str], same: np.ndarray, counts: np.ndarray, embedder: ManyEmbedder) -> Table:
    vectors, pairs = embedder.embed_queries(questions), np.triu(np.ones_like(same), 1) & counts
    shipped = alike.ALIKE.get(lang, alike.OTHERWISE)
    table = Table(f"{lang}: cosine", "rightly together", "of alike pairs", f"groups of {len(questions)}")
    for threshold in GRID[lang]:
        led = np.array(alike.led(vectors, threshold))
        together = (led[:, None] == led[None]) & pairs
        right = (together & same).sum()
        mark = " (shipped)" if threshold == shipped else ""
        table.add_row(
            f"{threshold}{mark}", f"{right / together.sum():.2f}", f"{right / (same & pairs).sum():.2f}",
            f"{len(set(led.tolist()))}",
        )  # fmt: skip
    return table


def across(embedder: ManyEmbedder) -> Table:
    ja, en = (_questions(f"faq_{lang}.csv", column) for lang, column in (("ja", "質問"), ("en", "question")))
    both = [id for id in ja if id in en]
    vectors = np.concatenate([embedder.embed_queries([of[id] for id in both]) for of in (ja, en)])
    size, chance = 2 * len(both) // 3, np.random.default_rng(0)
    table = Table("ja and en: cosine", "rightly together", "of translations")
    counts: dict[float, list[int]] = {threshold: [0, 0, 0] for threshold in ACROSS}
    for _ in range(DRAWS):
        order = chance.permutation(len(both))
        mine = order[:size]
        its = np.concatenate([order[: size // 2], order[size:]]) + len(both)
        for threshold, count in counts.items():
            found = alike.across(vectors, mine.tolist(), its.tolist(), threshold)
            right = sum(other - one == len(both) for one, other in found)
            counts[threshold] = [a + b for a, b in zip(count, (right, len(found), size // 2), strict=True)]
    for threshold, (right, found_in_all, there) in counts.items():
        mark = " (shipped)" if threshold == alike.ACROSS else ""
        table.add_row(f"{threshold}{mark}", f"{right / found_in_all:.2f}", f"{right / there:.2f}")
    return table


def _questions(name: str, column: str) -> dict[str, str]:
    with (SAMPLES / "knowledge" / "faq" / name).open(encoding="utf-8-sig", newline="") as rows:
        return {row["id"]: row[column] for row in csv.DictReader(rows)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=Path, default=DATA, help="The folder with stackfaq/ and localgovfaq/.")
    folder = parser.parse_args().sets
    embedder, console = alike.comparing(load(KnowledgeSettings)), Console()
    for lang, read in (("en", stackfaq), ("ja", localgovfaq)):
        console.print(within(lang, *read(folder), embedder))
    console.print(across(embedder))


if __name__ == "__main__":
    main()
