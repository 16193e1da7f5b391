"""From files to a committed generation, step by step."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from ingest.looking import Looking
from ingest.order import Order
from ingest.passages.drafting import Draft, Drafter, Task, draft_key
from ingest.preparing import Embedding, Reading, vector_key
from ingest.privacy.redaction_rules import load_rules
from ingest.runs import journal as journals
from ingest.runs.journal import Journal
from ingest.runs.report import Report
from ingest.runs.room import Room
from ingest.settings import IngestSettings
from ingest.web.downloads import Downloads
from ingest.web.fetched import Memory
from ingest.web.fetching import Fetcher
from ingest.workers.isolation import ReadingPool
from ingest.workers.piles import Hands, OwnHands
from knowledge.confidence import is_measured
from knowledge.embedder import ManyEmbedder, Vectors
from knowledge.errors import Busy, DamagedIndex, EmbeddingUnavailable, UnreadableFile
from knowledge.index import generations
from knowledge.index.committing import Changes, Entry, commit
from knowledge.index.gauge import Gauge
from knowledge.index.generations import Manifest, ingesting, writing
from knowledge.index.removing import remove
from knowledge.index.settled import Rival
from knowledge.index.settling import settle, unsettled
from knowledge.index.store import Generation
from knowledge.language.analysis import Analyzer
from knowledge.passages import Document, Passage
from knowledge.progress import Progress, Silent
from knowledge.scratch import throwaway

WAITING = "waiting for another ingest"  # a stage of its own, where there is one to wait for
MOST_RIVALS = 20  # questions of a file that are named where another file answers them otherwise


class Pipeline:
    """Reads, cuts, embeds and commits. One at a time for a knowledge base: the writer's lock sees to that."""

    def __init__(
        self, settings: IngestSettings, embedder: ManyEmbedder, analyzer: Analyzer, fetcher: Fetcher | None = None
    ) -> None:
        self._settings, self._embedder, self._analyzer = settings, embedder, analyzer
        self._fetcher = fetcher

    @property
    def data(self) -> Path:
        """The folder of the knowledge base."""
        return self._settings.data

    def run(self, order: Order, progress: Progress | None = None, hands: Hands | None = None) -> Report:
        """Do what was ordered and tell what happened.

        One bad file is reported and the rest goes on. When the operator stops the run, what was embedded by then is
        committed; running it again does the rest, and so it does after a run that was killed: what that had read and
        embedded is in the journal. With `rebuild` the present generation may be of another embedding model; its
        documents that are not read anew are taken over, their passages embedded anew, and a run that is stopped
        changes nothing. `hands` share the work. Raises Busy, WrongIndex, DamagedIndex, EmbeddingUnavailable or
        CannotWrite; the old generation then goes on serving.
        """
        data, wait_s = self._settings.data, self._settings.lock_wait_s
        progress = progress or Silent()
        with ExitStack() as stack:
            if not order.dry_run:
                try:
                    stack.enter_context(ingesting(data))
                except Busy:
                    progress.stage(WAITING, 1)
                    stack.enter_context(ingesting(data, wait_s))
                    progress.advance(1, WAITING)
            if order.rebuild:
                stack.enter_context(writing(data, wait_s))  # what everything is made anew from must not change
            journal = Journal(data / journals.NAME) if order.dry_run else Journal.open(data)
            stack.callback(journal.close)
            run = _Run(self._settings, self._embedder, self._analyzer, order, progress, journal, hands)
            if not order.addresses:
                return run.result()
            scratch = stack.enter_context(throwaway("pages"))
            return run.result(run.downloads(self._fetcher or Fetcher(), scratch))

    def remove(self, document_ids: Iterable[str]) -> list[str]:
        """Take documents out of the knowledge base; returns the sources of those that were there."""
        settings = self._settings
        gone = remove(settings.data, document_ids, self._embedder, self._analyzer, settings.lock_wait_s)
        return [document.source for document in gone]


class _Run:
    def __init__(
        self,
        settings: IngestSettings,
        embedder: ManyEmbedder,
        analyzer: Analyzer,
        order: Order,
        progress: Progress,
        journal: Journal,
        hands: Hands | None,
    ) -> None:
        self._settings, self._embedder, self._analyzer = settings, embedder, analyzer
        self._order, self._progress, self._journal, self._hands = order, progress, journal, hands or OwnHands()
        self._report = Report(dry_run=order.dry_run)
        self._rules = load_rules(settings.redaction)
        self._base = None
        if generations.current(settings.data) is not None:
            self._base = self._present()
        self._known = self._base.documents if self._base else {}
        how = (
            f"{order.kind} {settings.passage_tokens} {embedder.fingerprint} "
            f"{self._rules.fingerprint} {order.attributes}{'' if settings.ocr else ' without OCR'}"
        )
        self._looking = Looking(settings, order, how, self._known, self._report, progress)

    def _present(self) -> Generation | None:
        """The generation that serves; one that is damaged is as good as none to a run that makes everything anew."""
        data = self._settings.data
        try:
            return Generation.open(data, self._analyzer, None if self._order.rebuild else self._embedder.fingerprint)
        except DamagedIndex as error:
            if not self._order.rebuild:
                raise
            message = f"Only what these paths hold is kept. {error}"
            self._report.warnings.append((str(data), message))
            return None

    def downloads(self, fetcher: Fetcher, scratch: Path) -> Downloads:
        """What fetches the pages that were ordered, into `scratch`."""
        memory = Memory.open(self._settings.data)
        return Downloads(fetcher, scratch, memory, self._looking.is_current, self._progress)

    def result(self, downloads: Downloads | None = None) -> Report:
        """Run all stages."""
        manifest: Manifest | None
        report, changes = self._report, Changes()
        with self._timed("looking"):
            tasks = self._looking.tasks(changes)
        if downloads is not None:
            with self._timed("fetching"):
                tasks += self._looking.fetched(downloads, changes)
        self._looking.tell()
        read: set[str] = set()  # ids of the documents that were read in this run
        drafts = self._read(tasks, read)
        try:
            if report.dry_run:
                self._count((draft.document, draft.passages) for draft in drafts)
            else:
                base = None if self._order.rebuild else self._base
                replaced = {task.document_id for task in tasks} | changes.removed
                room = Room(self._settings.data, self._embedder.dimensions, base, replaced)
                changes.entries.extend(self._embed(drafts, read, changes, room))
        except KeyboardInterrupt:
            report.stopped = True
            if self._order.rebuild:
                changes = Changes()  # a part of everything must not replace everything
        finally:
            drafts.close()  # and with it the reading children
        changes.entries.sort(key=lambda entry: entry.document.source)  # whoever was done first
        self._count((entry.document, entry.passages) for entry in changes.entries if entry.document.id in read)
        if changes and not report.dry_run:
            with self._timed("committing"):
                self._progress.stage("committing", 1)
                done = list(self._done(tasks, changes))
                manifest = self._commit(changes)
                self._progress.advance(1, "committing")
            self._journal.settle(done)
        else:
            manifest = self._base.manifest if self._base else None
            if not (report.dry_run or report.stopped):
                self._journal.settle([] if self._journal.is_empty else list(self._committed()))
        if self._journal.trouble:
            report.warnings.append((str(self._settings.data), self._journal.trouble))
        if manifest is not None:
            report.generation = manifest.name
            report.total_documents, report.total_passages = manifest.documents, manifest.passages
        report.quarantined.sort(key=lambda item: item.source)
        report.warnings.sort(key=lambda told: told[0])
        if downloads is not None and not report.dry_run:
            self._looking.remember(downloads.memory, [entry.document.source for entry in changes.entries])
        return report

    def _read(self, tasks: Sequence[Task], read: set[str]) -> Generator[Draft]:
        """Read and cut; files that cannot be read are reported, the others are named in `read`."""
        if not tasks:
            return
        self._progress.stage("reading", len(tasks))
        settings = self._settings
        drafter = Drafter(
            self._order.collection, settings.passage_tokens, self._embedder.count_tokens, self._order.attributes
        )
        with (
            self._timed("reading"),
            ReadingPool(
                settings.readers, settings.file_seconds, settings.file_memory_mb, self._rules, settings.ocr
            ) as pool,
            self._hands.reading(drafter, self._order.kind, self._rules, settings.ocr) as pile,
        ):
            for task, outcome in Reading(pool, drafter, self._order.kind, self._journal, pile).outcomes(tasks):
                self._progress.advance(1, "reading")
                if isinstance(outcome, UnreadableFile):
                    self._report.leave_out(task.file.source, outcome)
                    continue
                self._report.redacted.update(outcome.redacted)
                self._report.warnings += [(task.file.source, warning) for warning in outcome.warnings]
                read.add(task.document_id)
                yield outcome

    def _embed(self, drafts: Iterable[Draft], read: set[str], changes: Changes, room: Room) -> Iterator[Entry]:
        """Give every passage its vector, while later drafts still come in and as long as there is room for them.

        A passage that the document held before keeps the one it had. In a rebuild the documents that were not read
        follow at the end.
        """
        with (
            self._timed("embedding"),
            self._hands.embedding() as pile,
            Embedding(self._embedder, self._journal, self._progress, pile) as embedding,
        ):
            try:
                for draft in drafts:
                    room.take(len(draft.passages))
                    yield from embedding.add(draft.document, draft.passages, self._vectors_of(draft.document))
                for document, passages in self._taken_over(read, changes):
                    room.take(len(passages))
                    yield from embedding.add(document, passages, {})
                yield from embedding.rest()
            finally:
                self._report.embedded = embedding.embedded

    def _commit(self, changes: Changes) -> Manifest:
        """Let what was prepared serve, beside what others have removed or gone back to meanwhile."""
        data, rebuild = self._settings.data, self._order.rebuild
        gauge = self._gauge()
        with nullcontext() if rebuild else writing(data, self._settings.lock_wait_s):
            base = None if rebuild else self._base
            if not rebuild and generations.current(data) != (base.name if base else None):
                base = self._present()
            settled = settle(changes, base)
            self._report.folded, self._report.conflicts = settled.folded, settled.conflicts
            self._report.outdated = settled.outdated
            self._report.warnings += _contradicted(settled.rivals)
            return commit(data, changes, self._embedder, self._analyzer, base, gauge)

    def _gauge(self) -> Gauge | None:
        """What the model's cosines mean, where nobody has told yet."""
        known = self._base and self._base.gauge and not self._order.rebuild
        if known or is_measured(self._embedder.fingerprint):
            return None
        try:
            return Gauge.measured(self._embedder)
        except EmbeddingUnavailable as error:
            message = "What its cosines mean could not be measured, so questions that nothing answers are refused less "
            message += f"surely. The next run that changes something tries again. {error}"
            self._report.warnings.append((self._embedder.fingerprint, message))
            return None

    def _done(self, tasks: Sequence[Task], changes: Changes) -> Iterator[tuple[str, ...]]:
        """What the journal need not keep when these changes are committed."""
        committed = {entry.document.id for entry in changes.entries}
        yield from (task.key for task in tasks if task.document_id in committed)
        for entry in changes.entries:
            yield from (vector_key(self._embedder, passage) for passage in entry.passages)

    def _committed(self) -> Iterator[tuple[str, ...]]:
        """What a run left in the journal that was killed just after its commit."""
        if self._base is None:
            return
        for document in self._base.documents.values():
            yield draft_key(document.id, document.content_hash, document.origin, document.url)
            yield from (vector_key(self._embedder, passage) for passage in unsettled(self._base, document.id))

    def _taken_over(self, read: set[str], changes: Changes) -> list[tuple[Document, list[Passage]]]:
        """In a rebuild, the documents of the present generation that were neither read anew nor removed."""
        if self._base is None or not self._order.rebuild:
            return []
        done = read | changes.removed
        rest = [document for document in self._base.documents.values() if document.id not in done]
        if rest:
            message = f"Taken over as they were, with new vectors: {len(rest)} documents that were not read this time."
            self._report.warnings.append((str(self._settings.data), message))
        return [(document, unsettled(self._base, document.id)) for document in rest]

    def _vectors_of(self, document: Document) -> dict[str, Vectors]:
        if self._order.rebuild or self._base is None or document.id not in self._base.documents:
            return {}
        rows = self._base.rows(document.id).tolist()
        ids = [passage.id for passage in self._base.passages(document.id)]
        held = {aside.passage.id: aside.vector for aside in self._base.asides().get(document.id, ())}
        return held | dict(zip(ids, self._base.dense.vectors(rows), strict=True))

    def _count(self, documents: Iterable[tuple[Document, Sequence[Passage]]]) -> None:
        removed = self._report.removed
        holds = {each.content_hash: each.source for each in self._known.values() if each.source not in removed}
        for document, passages in sorted(documents, key=lambda pair: pair[0].source):
            if (other := holds.setdefault(document.content_hash, document.source)) != document.source:
                self._report.copies.append((document.source, other))
            (self._report.changed if document.id in self._known else self._report.added).append(document.source)
            self._report.passages += len(passages)
            self._report.languages.update(passage.lang for passage in passages)

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self._report.seconds[stage] = round(time.monotonic() - started, 2)


def _contradicted(rivals: Sequence[Rival]) -> Iterator[tuple[str, str]]:
    """Of each file, what some other file answers otherwise."""
    of_file: dict[str, list[Rival]] = {}
    for rival in rivals:
        of_file.setdefault(rival.source, []).append(rival)
    for source, found in of_file.items():
        for rival in found[:MOST_RIVALS]:
            yield (
                source,
                f"It answers “{rival.question}” otherwise than {rival.other} ({rival.why}). Both are quoted to "
                "customers: correct or remove one.",
            )
        if len(found) > MOST_RIVALS:
            yield source, f"{len(found) - MOST_RIVALS} more of its questions are answered otherwise in other files."
