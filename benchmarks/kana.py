"""Questions in hiragana: python -m benchmarks.kana [SET_DIR ...]

Japanese questions of the sample company, asked as they are written, as they are read aloud (all in hiragana, by the
dictionary's readings), and with every second word so, by chance; each with and without what knowledge/kana.py makes of
it. Prints how often a right passage comes first and among ten, how many are answered, and how long a search takes. Sets
in the form of `madoguchi evaluate` are asked too, by default localgovFAQ beside this repository, where it is.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from benchmarks.confidence import generation
from benchmarks.samples import SAMPLES, squeezed
from ingest.settings import IngestSettings
from knowledge import retrieval
from knowledge.analysis import Analyzer
from knowledge.embeddings import open_embedder
from knowledge.kana import Spelling
from knowledge.passages import Passage
from knowledge.settings import load
from tuning.evaluation import corpus_file, judgements, questions

SETS = (Path(__file__).parents[2] / "shared" / "data" / "localgovfaq",)
TEN = 10
HOW = {"as written": 0.0, "half in hiragana": 0.5, "in hiragana": 1.0}  # the share of words

Question = tuple[str, Callable[[Passage], bool]]  # with what tells whether a passage is right


def main() -> None:
    settings = load(IngestSettings)
    embedder, analyzer = open_embedder(settings), Analyzer()
    table = Table("", "questions", "", "spelled", "first", "in ten", "answered", "ms a search, median")
    for name, corpus, asked in sets([Path(each) for each in sys.argv[1:]] or [each for each in SETS if each.is_dir()]):
        with generation(corpus, embedder, analyzer) as held:
            for how, spelled in product(HOW, (False, True)):
                chance, wanted = random.Random(1), Spelling.is_wanted if spelled else lambda _, question: False
                first = among = answered = 0
                took = []
                with patch.object(Spelling, "is_wanted", wanted):
                    for text, is_right in asked:
                        question = in_kana(text, HOW[how], analyzer, chance)
                        began = time.perf_counter()
                        found = retrieval.search(held, embedder, question, TEN)
                        took.append(time.perf_counter() - began)
                        right = [is_right(hit.passage) for hit in found.hits]
                        first += right[:1] == [True]
                        among += any(right)
                        answered += found.confidence >= settings.refuse_below
                told = map(str, (first, among, answered))
                with_it = "yes" if spelled else "no"
                table.add_row(name, str(len(asked)), how, with_it, *told, f"{1000 * statistics.median(took):.0f}")
    Console(width=120).print(table)


def in_kana(text: str, share: float, analyzer: Analyzer, chance: random.Random) -> str:
    """A question with a share of its words, taken by chance, in hiragana."""
    words = analyzer.read_aloud(text)
    return "".join(reading if reading and chance.random() < share else word for word, reading, _ in words)


def sets(folders: list[Path]) -> Iterator[tuple[str, list[Path], list[Question]]]:
    """The sample company's answerable questions and those of sets: a name, the documents, and the questions."""
    items = map(json.loads, (SAMPLES / "questions.jsonl").read_text("utf-8").splitlines())
    ours = [each for each in items if each["answerable"] and each["lang"] == "ja" and not each.get("cross")]
    yield "the sample company", [SAMPLES / "knowledge"], [(each["question"], _is_right_for(each)) for each in ours]
    for folder in folders:
        judged = judgements(folder)
        asked = [(each.text, _is_judged(judged[each.id])) for each in questions(folder) if judged.get(each.id)]
        yield folder.name, [corpus_file(folder)], asked


def _is_right_for(item: dict[str, Any]) -> Callable[[Passage], bool]:
    sources = item["source"] if isinstance(item["source"], list) else [item["source"]]

    def is_right(passage: Passage) -> bool:
        text = squeezed(f"{passage.question}{passage.text}")
        return passage.source in sources and all(squeezed(part) in text for part in item["must_contain"])

    return is_right


def _is_judged(grades: Mapping[str, int]) -> Callable[[Passage], bool]:
    return lambda passage: grades.get(passage.anchor or passage.id, 0) > 0


if __name__ == "__main__":
    main()
