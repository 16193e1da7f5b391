"""How fast and how large the index is here: python -m benchmarks.search [--size 100000] [--textbook] [--data FOLDER]

Searches real text (what the Python library and the installed packages say) by words and by meaning, one question after
another, on one thread. The vectors stand in for an embedding model: a random projection of each text's terms weighted
by their rarity, which keeps likeness of real texts and costs nothing; embedding a question is not part of the times.
With --textbook the same questions go to LangChain's documented hybrid search (FAISS flat and rank_bm25), on up to
100,000 of the same passages in the same run. --data keeps the index in a folder: a run that is interrupted goes on
from its last commit, and the next run of the same size needs not build it again.

Each figure that has a goal stands beside it. Odd questions come last: none may take longer than 50 ms.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from knowledge.embedder import Progress, Vectors
from knowledge.filters import Filters
from knowledge.index import committing, generations
from knowledge.index.committing import Changes, Entry
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.passages import Attributes, Document, Passage, document_id, passage_id
from knowledge.searching import retrieval
from knowledge.searching.candidates import CANDIDATES, MATCHES

DIMENSIONS, CHUNK, QUESTIONS, LIMIT = 776, 600, 1_000, 10  # as many as the built-in encoders
TIMED = 300  # of the questions: what is found of the exact order takes all of them to tell 0.95 from 0.94
PER_DOCUMENT = 50  # passages
FEW = 4_000  # passages of an index that is opened before memory is looked at: enough for both stages of the search
TEXTBOOK_SIZE, TEXTBOOK_QUESTIONS = 100_000, 20  # it takes a fifth of a second for each
BLOCK, AGAIN = 20_000, 20  # passages embedded at a time, and how often an odd one is asked
SEED = 11
AS_NEAR = 1e-6  # of a cosine: passages of the same words are as near as one another, and any of them is right
COMMITTED = 100_000  # passages at a time: their vectors are in memory until then
GOALS = {5_000: 1, 100_000: 3, 1_000_000: 25}  # passages, and milliseconds in which 95 of 100 questions are answered
GOAL_TIMES, GOAL_RECALL, GOAL_MEMORY, GOAL_DISK, GOAL_ODD = 50, 0.95, 700, 1000, 50
ODD = {
    "one character": "a",
    "one character, Japanese": "返",
    "only punctuation": "?!…。、",
    "emoji": "🙂🙂🙂🎉",
    "full-width Latin": "ＲＥＦＵＮＤ　ＰＯＬＩＣＹ",
    "mixed scripts": "returnの方法をtell me 어떻게 كيف",
    "SQL": "'; DROP TABLE passages; --",
    "query syntax": 'title:refund AND (body:* OR "unclosed',
    "another language": "Comment puis-je retourner un article ?",
    "10,000 characters, English": "the return of an unused item value error import " * 210,
    "10,000 characters, Japanese": "返品の送料はお客様のご負担となりますか。" * 500,
    "10,000 different letters": "".join(chr(0x4E00 + number) for number in range(10_000)),
}
MEMORY = {"RssAnon": "its own", "RssFile": "pages of files"}
WORD = re.compile(r"[A-Za-z]{3,}")
Timings = list[float]


class ProjectionEmbedder:
    """Vectors of texts without a model: each word has a random direction and a weight by how rare it is."""

    fingerprint, dimensions = "benchmark-projection", DIMENSIONS

    def __init__(self, texts: Sequence[str]) -> None:
        counts: dict[str, int] = {}
        for text in texts:
            for word in set(WORD.findall(text.lower())):
                counts[word] = counts.get(word, 0) + 1
        words = sorted(counts)  # the same directions in the next run, whose index may be this one's
        self._number = {word: number for number, word in enumerate(words)}
        self._weight = np.log(len(texts) / np.array([counts[word] for word in words], np.float32))
        directions = np.random.default_rng(SEED).standard_normal((len(counts), DIMENSIONS), dtype=np.float32)
        self._directions = directions * self._weight[:, None]
        self._mean = self._directions.mean(axis=0) + 1e-3

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 4 for text in texts]

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        numbers = [self._number[word] for word in set(WORD.findall(text.lower())) if word in self._number]
        total = self._directions[numbers].sum(axis=0) + self._mean
        vector: NDArray[np.float32] = total / np.linalg.norm(total)
        return vector


class Asked(ProjectionEmbedder):
    """Knows its questions' vectors already; only of the odd long ones, which are shortened first, it does not."""

    def __init__(self, embedder: ProjectionEmbedder, questions: Sequence[str]) -> None:
        self._embedder = embedder
        self.vectors = {question: embedder.embed_query(question) for question in questions}

    def embed_query(self, text: str) -> NDArray[np.float32]:
        known = self.vectors.get(text)
        return self._embedder.embed_query(text) if known is None else known


def texts() -> Iterator[str]:
    """Pieces of the text files of the Python library and of what is installed."""
    roots = [Path(os.__file__).parent, *map(Path, (path for path in sys.path if path.endswith("-packages")))]
    for root in roots:
        for file in sorted(root.rglob("*")):
            if file.suffix in (".py", ".md", ".rst", ".txt", ".pyi", ".h") and file.is_file():
                text = " ".join(file.read_text("utf-8", "replace").split())
                yield from (text[start : start + CHUNK] for start in range(0, len(text) - CHUNK // 2, CHUNK))


def chunks(size: int) -> list[str]:
    """`size` different pieces; where there are fewer, some come again with a word of their own."""
    found: dict[str, None] = {}
    for text in texts():
        found[text] = None
        if len(found) >= size + QUESTIONS:
            break
    pieces = list(found)
    random.Random(SEED).shuffle(pieces)
    while len(pieces) < size + QUESTIONS:
        copy = len(pieces)
        pieces.append(f"{pieces[copy % len(found)]} copy{copy}")
    return pieces[: size + QUESTIONS]


def entries(pieces: Sequence[str], embedder: ProjectionEmbedder, first: int = 0) -> Iterator[Entry]:
    """Documents of some passages each, numbered from `first`, of ten products in turn."""
    for number, start in enumerate(range(0, len(pieces), PER_DOCUMENT), first):
        source = f"manual-{number}.txt"
        name = document_id(source)
        about = Attributes(product=(f"product-{number % 10}",))
        passages = [
            Passage(
                passage_id(name, text), name, "document", "default", "en", source, source, text, attributes=about
            )
            for text in pieces[start : start + PER_DOCUMENT]
        ]  # fmt: skip
        document = Document(
            name, source, f"/{source}", "document", "default", source, "en", "", len(passages), "2026-01-01"
        )
        yield Entry(document, passages, embedder.embed_passages([passage.text for passage in passages]))


def timed(ask: Callable[[str], object], questions: Sequence[str]) -> Timings:
    """Milliseconds of the processor for each question, sorted."""
    times = []
    for question in questions:
        began = time.thread_time()
        ask(question)
        times.append((time.thread_time() - began) * 1000)
    return sorted(times)


def memory(kind: str) -> int:
    """Bytes of this process in memory now: "RssAnon" is its own, "RssFile" pages of files, which others share.

    What was freed is given back first: it would count as used, or be used again unseen.
    """
    ctypes.CDLL(None).malloc_trim(0)
    status = Path("/proc/self/status").read_text("ascii")
    return int(re.search(rf"{kind}:\s+(\d+) kB", status)[1]) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed and size of the index.")
    parser.add_argument("--size", type=int, default=20_000, help="passages")
    parser.add_argument("--textbook", action="store_true", help="compare with LangChain's EnsembleRetriever")
    parser.add_argument("--data", type=Path, help="where the index is kept; else it is removed at the end")
    options = parser.parse_args()
    pieces = chunks(options.size)
    embedder = ProjectionEmbedder(pieces[:50_000])
    chance = random.Random(SEED)
    every = [asked for text in pieces[options.size :] if (asked := _question(text, chance))]
    questions = every[:TIMED]
    stored = pieces[: options.size]
    table = Table(title=f"{options.size:,} passages, {len(questions)} questions, one thread, embedding excluded")
    table.add_column()
    for heading in ("p50 ms", "p95 ms", "goal"):
        table.add_column(heading, justify="right")
    folder = options.data or Path(tempfile.mkdtemp(prefix="madoguchi-search-"))
    try:
        ours = measure(folder, stored, embedder, questions, every, table)
        if options.textbook:
            theirs = textbook(stored[:TEXTBOOK_SIZE], embedder, Asked(embedder, questions), questions)
            _add(table, f"LangChain EnsembleRetriever, {min(len(stored), TEXTBOOK_SIZE):,} passages", theirs)
            ratio = statistics.median(theirs) / statistics.median(ours)
            table.add_row("times as fast, at the median", f"{ratio:.0f}", "", f"{GOAL_TIMES} or more")
    finally:
        if not options.data:
            shutil.rmtree(folder)
    Console(width=120).print(table)


def measure(
    data: Path,
    pieces: Sequence[str],
    embedder: ProjectionEmbedder,
    questions: Sequence[str],
    every: Sequence[str],
    table: Table,
) -> Timings:
    """Build, open and search; returns the times of the whole search.

    `questions` are those that are timed, `every` those of which what is found is compared with the exact order.
    """
    analyzer, asked = Analyzer(), Asked(embedder, [*questions, *ODD.values()])
    made = _seconds(lambda: build(data, pieces, embedder, analyzer))
    last = (len(pieces) - 1) // PER_DOCUMENT  # it goes to the end again, and rows stay those of the pieces
    again = next(entries(pieces[last * PER_DOCUMENT :], embedder, last))
    with tempfile.TemporaryDirectory(prefix="madoguchi-search-") as small:  # what any index needs is no passage's
        build(Path(small), pieces[:FEW], embedder, analyzer)
        timed(lambda question: retrieval.search(Generation.open(Path(small), analyzer), asked, question), questions[:9])
    before = {kind: memory(kind) for kind in MEMORY}
    opening = time.perf_counter()
    generation = Generation.open(data, analyzer)
    opened = time.perf_counter() - opening
    timed(lambda question: retrieval.search(generation, asked, question, LIMIT), questions)  # pages come into memory
    whole = timed(lambda question: retrieval.search(generation, asked, question, LIMIT), questions)
    grown = {kind: memory(kind) - before[kind] for kind in MEMORY}
    exact = _recall(generation, Asked(embedder, every), every, pieces, embedder)  # after memory is looked at
    goal = next((f"{limit}" for size, limit in GOALS.items() if len(pieces) <= size), "")
    _add(table, "search", whole, goal)
    _add(table, "  by meaning", timed(lambda one: generation.dense.search(asked.vectors[one], CANDIDATES), questions))
    _add(table, "  by words", timed(lambda one: generation.by_words(one, MATCHES), questions))
    for product in (("product-1",), tuple(f"product-{number}" for number in range(7))):
        filters = Filters(product=product)
        times = timed(lambda one, kept=filters: retrieval.search(generation, asked, one, LIMIT, kept), questions)
        _add(table, f"search within {len(product) * 10} % of the passages", times)
    table.add_section()
    worst = 0.0
    generation.prepare()  # as a service does when it opens one
    for name, question in ODD.items():
        times = timed(lambda one: retrieval.search(generation, asked, one, LIMIT), [question] * AGAIN)
        worst = max(worst, times[-1])
        _add(table, f"  {name}", times)
    table.add_row("the slowest of all odd questions", f"{worst:.2f}", "", f"{GOAL_ODD}")
    changed = _seconds(lambda: committing.commit(data, Changes([again]), embedder, analyzer, generation))
    place = generations.folder(data, generation.name)
    sizes = {path.name: path.stat().st_size for path in place.rglob("*") if path.is_file()}
    words = sum(path.stat().st_size for path in (place / "lexical").iterdir())
    table.add_section()
    count = len(pieces)
    of_vectors = sum(size for name, size in sizes.items() if name.startswith(("dense-", "eights-", "coarse-")))
    for name, value, wanted in (
        ("recall@10 of the exact order by meaning", f"{exact:.3f}", f"{GOAL_RECALL}"),
        ("memory grown while opening and searching, bytes a passage", f"{sum(grown.values()) / count:.0f}",
         f"{GOAL_MEMORY}"),
        *((f"  {name}", f"{grown[kind] / count:.0f}", "") for kind, name in MEMORY.items()),
        ("  in all, MB", f"{sum(grown.values()) / 1e6:.1f}", ""),
        ("disk, bytes a passage", f"{sum(sizes.values()) / count:.0f}", f"{GOAL_DISK}"),
        ("  of which vectors", f"{of_vectors / count:.0f}", ""),
        ("  of which words", f"{words / count:.0f}", ""),
        (f"  of which texts ({statistics.mean(len(text.encode()) for text in pieces):.0f} bytes each)",
         f"{sizes['passages.bin'] / count:.0f}", ""),
        ("building what was not there, s", f"{made:.1f}", ""),
        ("commit of one changed document, s", f"{changed:.2f}", ""),
        ("opening, every checksum included, s", f"{opened:.2f}", ""),
    ):  # fmt: skip
        table.add_row(name, value, "", wanted)
    table.add_section()
    return whole


def build(data: Path, pieces: Sequence[str], embedder: ProjectionEmbedder, analyzer: Analyzer) -> None:
    """Commit what is not there yet, `COMMITTED` passages at a time."""
    base = Generation.open(data, analyzer) if generations.current(data) else None
    for start in range(0 if base is None else len(base), len(pieces), COMMITTED):
        parts = list(entries(pieces[start : start + COMMITTED], embedder, start // PER_DOCUMENT))
        committing.commit(data, Changes(parts), embedder, analyzer, base)
        base = Generation.open(data, analyzer)


def textbook(pieces: Sequence[str], embedder: ProjectionEmbedder, asked: Asked, questions: Sequence[str]) -> Timings:
    """LangChain's documented hybrid search over the same passages and vectors."""
    from langchain_classic.retrievers import EnsembleRetriever
    from langchain_community.retrievers import BM25Retriever
    from langchain_community.vectorstores import FAISS
    from langchain_core.embeddings import Embeddings

    class Known(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = embedder.embed_passages(texts).tolist()
            return vectors

        def embed_query(self, text: str) -> list[float]:
            return [float(value) for value in asked.vectors[text]]

    dense = FAISS.from_texts(list(pieces), Known()).as_retriever(search_kwargs={"k": LIMIT})
    words = BM25Retriever.from_texts(list(pieces), k=LIMIT)
    both = EnsembleRetriever(retrievers=[words, dense], weights=[0.5, 0.5])
    return timed(both.invoke, questions[:TEXTBOOK_QUESTIONS])


def _recall(
    generation: Generation, asked: Asked, questions: Sequence[str], pieces: Sequence[str], embedder: ProjectionEmbedder
) -> float:
    """How much of what is found is as near as the true ten nearest, by the vectors as they were before storing."""
    asked_for = np.stack([asked.vectors[question] for question in questions])
    best = np.empty((len(questions), 0), np.float32)
    for start in range(0, len(pieces), BLOCK):
        best = np.concatenate([best, asked_for @ embedder.embed_passages(pieces[start : start + BLOCK]).T], axis=1)
        best = -np.partition(-best, LIMIT - 1, axis=1)[:, :LIMIT] if best.shape[1] > LIMIT else best
    right = 0
    for one, tenth in zip(asked_for, best.min(axis=1), strict=True):
        rows, _ = generation.dense.search(one, CANDIDATES)
        found = embedder.embed_passages([pieces[row] for row in rows[:LIMIT].tolist()])
        right += int(np.count_nonzero(found @ one >= tenth - AS_NEAR))
    return right / best.size


def _question(text: str, chance: random.Random) -> str:
    words = list(dict.fromkeys(WORD.findall(text)))
    return " ".join(chance.sample(words, min(len(words), chance.randint(4, 10)))) if len(words) > 5 else ""


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _add(table: Table, name: str, times: Timings, goal: str = "") -> None:
    table.add_row(name, f"{statistics.median(times):.2f}", f"{times[len(times) * 95 // 100]:.2f}", goal)


if __name__ == "__main__":
    main()
