"""
Reads, cuts and embeds: files in, documents with their vectors out.

Reading children, cutting and the embedding model work at the same time, so that no core waits for a stage to end: the
first passages are embedded, in a thread of their own, while later files are still read. Whatever is done goes into the
journal at once, and what the journal holds is not done again.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from ingest.passages.drafting import Draft, Drafter, Outcome, Task, outcomes_of_bytes, unit_vectors
from ingest.runs.journal import Journal
from ingest.workers.isolation import ReadingPool, Wanted
from ingest.workers.piles import Part, Pile
from knowledge.embedder import Embedder, Vectors
from knowledge.index.committing import Entry
from knowledge.passages import Document, Passage
from knowledge.progress import Progress

FILES_TOGETHER = 8  # of a part: few enough that none waits long for the others
BYTES_TOGETHER = 1_000_000  # of a part's files
EMBED_TOGETHER = 128  # passages: enough to fill batches, few enough to lose
LOOK_EVERY_S = 0.05  # seconds between looks for work or results where there are none


def parts_of(tasks: Sequence[Task]) -> Iterator[list[Task]]:
    """Files in parts of like size."""
    part: list[Task] = []
    size = 0
    for task in tasks:
        part.append(task)
        size += task.size
        if len(part) == FILES_TOGETHER or size >= BYTES_TOGETHER:
            yield part
            part, size = [], 0
    if part:
        yield part


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads and cuts the files of a pile."""

    pool: ReadingPool
    drafter: Drafter
    kind: Wanted
    journal: Journal
    pile: Pile[Task]

    def outcomes(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Outcome]]:
        """What came of each file, in the order in which they are done."""
        fresh = []
        for task in tasks:
            kept = self.journal.get(*task.key)
            if kept is None:
                fresh.append(task)
            else:
                yield task, Draft.of_bytes(kept)
        for part in parts_of(fresh):
            self.pile.put(part)
        seen: set[str] = set()  # a worker that was taken for dead may bring what was then done by another
        while self.pile.left:
            for task, outcome in self._done():
                if task.document_id not in seen:
                    seen.add(task.document_id)
                    if isinstance(outcome, Draft) and self.journal.keeps:
                        self.journal.put([(task.key, outcome.to_bytes())])
                    yield task, outcome
            if self.pile.left:
                time.sleep(LOOK_EVERY_S)

    def _done(self) -> Iterator[tuple[Task, Outcome]]:
        doing: dict[str, tuple[Part[Task], Task]] = {}
        unread: Counter[int] = Counter()

        def files() -> Iterator[tuple[str, Path, Wanted]]:
            while (part := self.pile.take()) is not None:
                unread[part.number] = len(part.load)
                for task in part.load:
                    doing[task.document_id] = part, task
                    yield task.document_id, task.file.path, self.kind

        for name, result in self.pool.read_all(files()):
            part, task = doing.pop(name)
            unread[part.number] -= 1
            if not unread[part.number]:
                self.pile.done(part)
            yield task, self.drafter.outcome(task, result)
            yield from self._others()
        yield from self._others()

    def _others(self) -> Iterator[tuple[Task, Outcome]]:
        for part, result in self.pile.collect():
            yield from zip(part.load, outcomes_of_bytes(result), strict=True)


@dataclass(slots=True)
class _Half:
    """A document of which some passages are not embedded yet."""

    document: Document
    passages: Sequence[Passage]
    have: dict[str, Vectors]
    missing: int

    def entry(self) -> Entry:
        return Entry(self.document, self.passages, np.stack([self.have[passage.id] for passage in self.passages]))


class Stopped(Exception):
    """Raised within the embedding thread, between two batches, when the run ends early."""


class Embedding:
    """Embeds passages in a thread of its own. Use it in a `with` block; leaving it early stops the thread soon."""

    def __init__(self, embedder: Embedder, journal: Journal, progress: Progress, pile: Pile[Passage]) -> None:
        self._embedder, self._journal, self._progress, self._pile = embedder, journal, progress, pile
        self._halves: dict[str, _Half] = {}
        self._gathered: list[Passage] = []  # not enough for a part yet
        self._results: queue.SimpleQueue[tuple[Part[Passage], Vectors]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._working: Future[None] | None = None
        self.embedded = 0  # passages whose vectors were computed in this run

    def __enter__(self) -> Self:
        try:
            self._working = self._thread.submit(self._work)
        except BaseException:  # a signal while the thread begins: nobody would leave the block, and it would never end
            self._stopping.set()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.shutdown()

    def add(self, document: Document, passages: Sequence[Passage], have: dict[str, Vectors]) -> Iterator[Entry]:
        """Take on a document of which some vectors are known; yields the documents that are done by now."""
        fresh = []
        have = dict(have)
        for passage in passages:
            if passage.id not in have:
                kept = self._journal.get(*self._key(passage))
                if kept is None:
                    fresh.append(passage)
                else:
                    have[passage.id] = np.frombuffer(kept, np.float32)
        half = _Half(document, passages, have, len(fresh))
        if not fresh:
            yield half.entry()
            return
        self._halves[document.id] = half
        self._progress.stage("embedding", len(fresh))
        self._gathered += fresh
        while len(self._gathered) >= EMBED_TOGETHER or (self._gathered and not self._pile.left):  # or it would idle
            self._pile.put(self._gathered[:EMBED_TOGETHER])
            del self._gathered[:EMBED_TOGETHER]
        yield from self._done()

    def rest(self) -> Iterator[Entry]:
        """The documents that are still to be embedded, as they get done."""
        if self._gathered:
            self._pile.put(self._gathered)
            self._gathered = []
        while self._halves:
            yield from self._done()
            if self._halves:
                time.sleep(LOOK_EVERY_S)

    def _done(self) -> Iterator[Entry]:
        assert self._working is not None, "within the block"
        self._journal.check()
        ended = self._working.done()  # looked at first: what was done before the end must not be lost
        while not self._results.empty():
            yield from self._taken_in(*self._results.get())
        if ended:
            self._working.result()  # raises what ended it
        for part, data in self._pile.collect():
            vectors = np.frombuffer(data, np.float32).reshape(len(part.load), -1)
            self._keep(part, vectors)
            self._progress.advance(len(part.load), "embedding")
            yield from self._taken_in(part, vectors)

    def _taken_in(self, part: Part[Passage], vectors: Vectors) -> Iterator[Entry]:
        self.embedded += len(part.load)
        for passage, vector in zip(part.load, vectors, strict=True):
            half = self._halves[passage.document_id]
            half.have[passage.id] = vector
            half.missing -= 1
            if not half.missing:
                yield self._halves.pop(passage.document_id).entry()

    def _work(self) -> None:
        with suppress(Stopped):
            while not self._stopping.is_set():
                self._journal.check()  # here too: the next part would be lost before the other thread looks
                part = self._pile.take()
                if part is None:
                    self._stopping.wait(LOOK_EVERY_S)
                    continue
                views = [passage.views() for passage in part.load]
                vectors = unit_vectors(self._embedder, views, self._passages_of(sum(map(len, views)), len(views)))
                if self._pile.done(part):
                    self._keep(part, vectors)
                    self._results.put((part, vectors))

    def _passages_of(self, texts: int, passages: int) -> Callable[[int], None]:
        """Told of texts, it tells of passages: one has up to two views, and the report counts passages."""
        done = told = 0

        def advance(steps: int) -> None:
            nonlocal done, told
            if self._stopping.is_set():
                raise Stopped
            done += steps
            now = done * passages // texts
            self._progress.advance(now - told, "embedding")
            told = now

        return advance

    def _keep(self, part: Part[Passage], vectors: Vectors) -> None:
        self._journal.put(
            (self._key(passage), np.asarray(vector, np.float32).tobytes())
            for passage, vector in zip(part.load, vectors, strict=True)
        )

    def _key(self, passage: Passage) -> tuple[str, ...]:
        return vector_key(self._embedder, passage)


def vector_key(embedder: Embedder, passage: Passage) -> tuple[str, ...]:
    """Under which a journal keeps a passage's vector."""
    return "vector", embedder.fingerprint, passage.id
