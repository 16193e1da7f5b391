"""Questions that are misspelled: python -m benchmarks.spelling [SET_DIR ...]

Questions of the sample company, asked as they are written; the Japanese ones with every second word in hiragana, by
chance, and as they are read aloud (all in hiragana, by the dictionary's readings); the English ones with one or two
words mistyped (two letters changed places, one left out, typed twice, or its neighbour on the keyboard instead). Each
with and without what knowledge/language/kana.py and knowledge/language/typos.py make of it. Prints how often a right
passage comes first and among ten, how many are answered, and how long a search takes. Sets in the form of `madoguchi
evaluate` are asked too, by default localgovFAQ and StackFAQ beside this repository, where they are.
"""

from __future__ import annotations

import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import product
from pathlib import Path
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from benchmarks.common.bases import generation
from benchmarks.common.places import SAMPLES, sample_questions, there
from benchmarks.samples import is_right
from ingest.settings import IngestSettings
from knowledge.embedding.embeddings import open_embedder
from knowledge.language.analysis import Analyzer
from knowledge.language.kana import Spelling
from knowledge.language.languages import language
from knowledge.language.typos import Typos
from knowledge.passages import Passage
from knowledge.searching import retrieval
from knowledge.settings import load
from tuning.evaluating.evaluation import corpus_file, judgements, questions

SETS = ("localgovfaq", "stackfaq")
TEN = 10
SHORTEST = 4  # letters of a word that is mistyped
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

Question = tuple[str, Callable[[Passage], bool]]  # with what tells whether a passage is right
Writing = Callable[[str, Analyzer, random.Random], str]  # what becomes of a question


def main() -> None:
    settings = load(IngestSettings)
    embedder, analyzer = open_embedder(settings), Analyzer()
    table = Table("", "questions", "", "put right", "first", "in ten", "answered", "ms a search, median")
    for name, corpus, asked in sets(there([Path(each) for each in sys.argv[1:]], SETS)):
        lang = language(" ".join(text for text, _ in asked))
        with generation(corpus, embedder, analyzer) as held:
            for (how, write), put_right in product(WRITINGS[lang].items(), (False, True)):
                chance = random.Random(1)
                first = among = answered = 0
                took = []
                with ExitStack() as stack:
                    if not put_right:
                        stack.enter_context(patch.object(Spelling, "is_wanted", lambda _, question: False))
                        stack.enter_context(patch.object(Typos, "mended", lambda _, question: question))
                    for text, is_answer in asked:
                        question = write(text, analyzer, chance)
                        began = time.perf_counter()
                        found = retrieval.search(held, embedder, question, TEN)
                        took.append(time.perf_counter() - began)
                        right = [is_answer(hit.passage) for hit in found.hits]
                        first += right[:1] == [True]
                        among += any(right)
                        answered += found.confidence >= settings.refuse_below
                told = map(str, (first, among, answered))
                with_it = "yes" if put_right else "no"
                table.add_row(name, str(len(asked)), how, with_it, *told, f"{1000 * statistics.median(took):.0f}")
    Console(width=120).print(table)


def as_written(text: str, analyzer: Analyzer, chance: random.Random) -> str:
    return text


def in_hiragana(text: str, analyzer: Analyzer, chance: random.Random, share: float) -> str:
    """A question with a share of its words, taken by chance, in hiragana."""
    words = analyzer.read_aloud(text)
    return "".join(reading if reading and chance.random() < share else word for word, reading, _ in words)


def mistyped(text: str, analyzer: Analyzer, chance: random.Random, words: int) -> str:
    """A question with a slip of the fingers in so many of its words, taken by chance."""
    found = list(re.finditer(rf"[A-Za-z]{{{SHORTEST},}}", text))
    for word in sorted(chance.sample(found, min(words, len(found))), key=lambda word: -word.start()):
        at = word.start() + chance.randrange(1, len(word[0]) - 1)
        slips = (
            text[at + 1] + text[at] + text[at + 2 :],
            text[at + 1 :],
            text[at] + text[at:],
            _beside(text[at].lower(), chance) + text[at + 1 :],
        )
        text = text[:at] + chance.choice(slips)
    return text


def _beside(letter: str, chance: random.Random) -> str:
    row = next(letters for letters in ROWS if letter in letters)
    at = row.index(letter)
    return chance.choice([row[place] for place in (at - 1, at + 1) if 0 <= place < len(row)])


WRITINGS: dict[str, dict[str, Writing]] = {
    "ja": {
        "as written": as_written,
        "half in hiragana": partial(in_hiragana, share=0.5),
        "in hiragana": partial(in_hiragana, share=1.0),
    },
    "en": {
        "as written": as_written,
        "one word mistyped": partial(mistyped, words=1),
        "two words mistyped": partial(mistyped, words=2),
    },
}


def sets(folders: list[Path]) -> Iterator[tuple[str, list[Path], list[Question]]]:
    """The sample company's answerable questions and those of sets: a name, the documents, and the questions."""
    items = sample_questions()
    for lang in WRITINGS:
        ours = [each for each in items if each["answerable"] and each["lang"] == lang and not each.get("cross")]
        asked = [(each["question"], partial(is_right, each)) for each in ours]
        yield f"the sample company, {lang}", [SAMPLES / "knowledge"], asked
    for folder in folders:
        judged = judgements(folder)
        asked = [(each.text, _is_judged(judged[each.id])) for each in questions(folder) if judged.get(each.id)]
        yield folder.name, [corpus_file(folder)], asked


def _is_judged(grades: Mapping[str, int]) -> Callable[[Passage], bool]:
    return lambda passage: grades.get(passage.anchor or passage.id, 0) > 0


if __name__ == "__main__":
    main()
