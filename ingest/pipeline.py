"""From files to a committed generation, step by step."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, Protocol
from urllib.parse import quote

import numpy as np

from ingest import fetched, sources
from ingest.attributes import over
from ingest.cutting import cut
from ingest.downloads import Downloads, Unmodified
from ingest.extracts import Extract, Section
from ingest.fetched import Memory
from ingest.fetching import Fetcher
from ingest.isolation import ReadingPool
from ingest.reading import suffix
from ingest.redaction_rules import load_rules
from ingest.report import Quarantined, Report
from ingest.settings import IngestSettings
from ingest.sources import SourceFile
from knowledge import generations
from knowledge.analysis import Analyzer
from knowledge.embeddings import Embedder, Vectors
from knowledge.errors import DamagedIndex, UnreadableFile
from knowledge.generations import Manifest, writing
from knowledge.languages import language
from knowledge.passages import (
    DEFAULT_COLLECTION,
    NO_ATTRIBUTES,
    VIEWS,
    Attributes,
    Document,
    Kind,
    Passage,
    document_id,
    passage_id,
)
from knowledge.store import Changes, Entry, Generation, commit

READING = 5  # raised when readers or cutting change, so that unchanged files are read again
EMBED_TOGETHER = 256  # passages
LONGEST_ANSWER = 4  # times the passage limit: a FAQ's answer stays whole up to here


Draft = tuple[Document, list[Passage]]  # a document that was read and cut, without its vectors


class Progress(Protocol):
    """Told how a run gets on."""

    def stage(self, name: str, total: int) -> None:
        """A stage of so many steps begins; the one before has ended."""

    def advance(self, steps: int) -> None:
        """So many steps of the present stage are done."""


class Silent:
    """A Progress that tells nobody."""

    def stage(self, name: str, total: int) -> None:
        """Nothing."""

    def advance(self, steps: int) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the operator asked for."""

    paths: Sequence[Path]
    kind: Kind | Literal["auto"] = "auto"
    collection: str = DEFAULT_COLLECTION
    prune: bool = False  # remove documents that were read from these folders earlier and are gone from them
    dry_run: bool = False
    addresses: Sequence[str] = ()  # of web pages and sitemaps
    rebuild: bool = False  # read and embed everything anew, into a generation that owes nothing to the present one
    attributes: Attributes = NO_ATTRIBUTES  # of all of it, where a file does not say otherwise


@dataclass(frozen=True, slots=True)
class _Task:
    file: SourceFile
    document_id: str
    content_hash: str


class Pipeline:
    """Reads, cuts, embeds and commits. One at a time for a knowledge base: the writer's lock sees to that."""

    def __init__(
        self, settings: IngestSettings, embedder: Embedder, analyzer: Analyzer, fetcher: Fetcher | None = None
    ) -> None:
        self._settings, self._embedder, self._analyzer = settings, embedder, analyzer
        self._fetcher = fetcher

    def run(self, order: Order, progress: Progress | None = None) -> Report:
        """Do what was ordered and tell what happened.

        One bad file is reported and the rest goes on. When the operator stops the run, what was embedded by then is
        committed; running it again does the rest. With `rebuild` the present generation may be of another embedding
        model; its documents that are not read anew are taken over, their passages embedded anew, and a run that is
        stopped changes nothing. Raises Busy, WrongIndex, DamagedIndex, EmbeddingUnavailable or CannotWrite; the old
        generation then goes on serving.
        """
        with writing(self._settings.data, self._settings.lock_wait_s):
            run = _Run(self._settings, self._embedder, self._analyzer, order, progress or Silent())
            if not order.addresses:
                return run.result()
            with TemporaryDirectory(prefix="madoguchi-") as scratch:
                return run.result(run.downloads(self._fetcher or Fetcher(), Path(scratch)))

    def remove(self, document_ids: Iterable[str]) -> list[str]:
        """Take documents out of the knowledge base; returns the sources of those that were there."""
        with writing(self._settings.data, self._settings.lock_wait_s):
            base = Generation.open(self._settings.data, self._analyzer, self._embedder.fingerprint)
            gone = [base.documents[name] for name in document_ids if name in base.documents]
            if gone:
                changes = Changes(removed={document.id for document in gone})
                commit(self._settings.data, changes, self._embedder, self._analyzer, base)
            return [document.source for document in gone]


class _Run:
    def __init__(
        self, settings: IngestSettings, embedder: Embedder, analyzer: Analyzer, order: Order, progress: Progress
    ) -> None:
        self._settings, self._embedder, self._analyzer = settings, embedder, analyzer
        self._order, self._progress = order, progress
        self._report = Report(dry_run=order.dry_run)
        self._rules = load_rules(settings.redaction)
        self._base = None
        if generations.current(settings.data) is not None:
            self._base = self._present()

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
        return Downloads(fetcher, scratch, memory, self._is_current, self._progress)

    def result(self, downloads: Downloads | None = None) -> Report:
        """Run all stages."""
        manifest: Manifest | None
        report, changes = self._report, Changes()
        with self._timed("looking"):
            tasks = self._tasks(changes)
        if downloads is not None:
            with self._timed("fetching"):
                tasks += self._fetched(downloads, changes)
        drafts: list[Draft] = []
        try:
            with self._timed("reading"):
                drafts.extend(self._read(tasks))
            if not report.dry_run:
                with self._timed("embedding"):
                    changes.entries.extend(self._embed(drafts + self._taken_over(drafts, changes)))
        except KeyboardInterrupt:
            report.stopped = True
            if self._order.rebuild:
                changes = Changes()  # a part of everything must not replace everything
        read = {document.id for document, _ in drafts}
        held = drafts if report.dry_run else [(entry.document, entry.passages) for entry in changes.entries]
        self._count([(document, passages) for document, passages in held if document.id in read])
        if changes and not report.dry_run:
            with self._timed("committing"):
                self._progress.stage("committing", 1)
                base = None if self._order.rebuild else self._base
                manifest = commit(self._settings.data, changes, self._embedder, self._analyzer, base)
                self._progress.advance(1)
        else:
            manifest = self._base.manifest if self._base else None
        if manifest is not None:
            report.generation = manifest.name
            report.total_documents, report.total_passages = manifest.documents, manifest.passages
        if downloads is not None and not report.dry_run:
            self._remember(downloads.memory, [entry.document.source for entry in changes.entries])
        return report

    def _tasks(self, changes: Changes) -> list[_Task]:
        """The files that are new or have changed; removals go to `changes`."""
        known = self._base.documents if self._base else {}
        tasks: dict[str, _Task] = {}
        seen: set[str] = set()
        listed = list(sources.files(self._order.paths))
        self._progress.stage("looking", len(listed))
        for item in listed:
            self._progress.advance(1)
            if not isinstance(item, SourceFile):
                source, error = item
                self._quarantine(source, error)
                continue
            name = document_id(item.source, self._order.collection)
            if name in seen:
                message = (
                    f"Another file of this run is called {item.source} too. Ingest the folder above both, "
                    "or give one another --collection."
                )
                self._quarantine(str(item.path), UnreadableFile("same-name", message))
                continue
            seen.add(name)
            try:
                content_hash = self._hash(item.path)
            except (OSError, UnreadableFile) as error:
                reason = error if isinstance(error, UnreadableFile) else _cannot_open(error)
                self._quarantine(item.source, reason)
                continue
            old = known.get(name)
            if old is not None and old.origin != str(item.path):
                message = f"It replaces the file of the same name that was read from {old.origin} earlier."
                self._report.warnings.append((item.source, message))
            same = old is not None and old.content_hash == content_hash and old.origin == str(item.path)
            if same and not self._order.rebuild:
                self._report.unchanged += 1
            else:
                tasks[name] = _Task(item, name, content_hash)
        if self._order.prune:
            roots = [path.resolve() for path in self._order.paths]
            for document in known.values():
                origin = Path(document.origin)
                inside = any(origin == root or root in origin.parents for root in roots)
                if inside and document.collection == self._order.collection and document.id not in seen:
                    changes.removed.add(document.id)
                    self._report.removed.append(document.source)
        return list(tasks.values())

    def _fetched(self, downloads: Downloads, changes: Changes) -> list[_Task]:
        """The pages that are new or have changed. When the operator stops it, what was fetched by then is read."""
        known = self._base.documents if self._base else {}
        tasks = []
        try:
            for item in downloads.pages(self._order.addresses):
                match item:
                    case Unmodified():
                        self._report.unchanged += 1
                    case SourceFile():
                        name = document_id(item.source, self._order.collection)
                        content_hash = self._hash(item.path)
                        if name in known and known[name].content_hash == content_hash:
                            self._report.unchanged += 1
                        else:
                            tasks.append(_Task(item, name, content_hash))
                    case source, error:
                        self._quarantine(source, error)
            if self._order.prune:
                self._prune_pages(downloads, known.values(), changes)
        except KeyboardInterrupt:
            self._report.stopped = True
        self._report.warnings += downloads.warnings
        return tasks

    def _remember(self, memory: Memory, read: Sequence[str]) -> None:
        known = self._base.documents if self._base else {}
        try:
            memory.save(self._settings.data, {*read, *(document.source for document in known.values())})
        except OSError as error:
            message = f"It cannot be written: {error.strerror}. The pages will be fetched once more next time."
            self._report.warnings.append((str(self._settings.data / fetched.NAME), message))

    def _prune_pages(self, downloads: Downloads, known: Iterable[Document], changes: Changes) -> None:
        for document in known:
            if document.collection == self._order.collection and downloads.is_gone(document.source):
                changes.removed.add(document.id)
                self._report.removed.append(document.source)

    def _is_current(self, source: str, sha256: str) -> bool:
        known = self._base.documents if self._base else {}
        document = known.get(document_id(source, self._order.collection))
        return document is not None and document.content_hash == self._way_of_reading(sha256)

    def _hash(self, path: Path) -> str:
        size = path.stat().st_size
        if size > self._settings.file_mb * 1_000_000:
            message = (
                f"It has {size / 1e6:.0f} MB; the limit is {self._settings.file_mb} MB. "
                "Split it, or raise MADOGUCHI_FILE_MB."
            )
            raise UnreadableFile("too-large", message)
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        return self._way_of_reading(content)

    def _way_of_reading(self, content: str) -> str:
        """The hash of a content's hash and of how it is read and cut."""
        how = (
            f"{READING} {self._order.kind} {self._settings.passage_tokens} {self._embedder.fingerprint} "
            f"{self._rules.fingerprint} {self._order.attributes}"
        )
        return hashlib.sha256(f"{content} {how}".encode()).hexdigest()

    def _read(self, tasks: Sequence[_Task]) -> Iterator[Draft]:
        """Read and cut; files that cannot be read are reported."""
        if not tasks:
            return
        by_id = {task.document_id: task for task in tasks}
        self._progress.stage("reading", len(tasks))
        settings = self._settings
        with ReadingPool(settings.readers, settings.file_seconds, settings.file_memory_mb, self._rules) as pool:
            wanted = ((task.document_id, task.file.path, self._order.kind) for task in tasks)
            for name, result in pool.read_all(wanted):
                self._progress.advance(1)
                task = by_id[name]
                if isinstance(result, UnreadableFile):
                    self._quarantine(task.file.source, result)
                    continue
                self._report.redacted.update(result.redacted)
                self._report.warnings += [(task.file.source, warning) for warning in result.warnings]
                passages = self._passages(task, result)
                if not passages:
                    self._quarantine(task.file.source, UnreadableFile("no-text", "There is no text to answer from."))
                    continue
                yield self._document(task, result, passages), passages

    def _passages(self, task: _Task, extract: Extract) -> list[Passage]:
        passages: dict[str, Passage] = {}
        limit = self._settings.passage_tokens
        for section in extract.sections:
            section = _whole(section)
            whole = LONGEST_ANSWER * limit if section.question else limit
            for text in cut(section, whole, self._embedder.count_tokens):
                passage = self._passage(task, extract, section, text)
                passages.setdefault(passage.id, passage)
        return list(passages.values())

    def _passage(self, task: _Task, extract: Extract, section: Section, text: str) -> Passage:
        question, kind = section.question, section.kind or extract.kind
        title = question or extract.title
        # Where two sections of a file say the same, the place tells them apart.
        place = (section.anchor or "", str(section.page or ""), str(section.row or ""))
        return Passage(
            id=passage_id(task.document_id, VIEWS, kind, title, *section.headings, text, *place),
            document_id=task.document_id,
            kind=kind,
            collection=self._order.collection,
            lang=_primary(section.lang or extract.lang) or language(f"{question or ''}{text}"),
            source=task.file.source,
            title=title,
            text=text,
            question=question,
            headings=section.headings,
            page=section.page,
            anchor=section.anchor,
            row=section.row,
            url=section.url or _place(task.file, section),
            attributes=over(section.attributes, over(extract.attributes, self._order.attributes)),
        )

    def _document(self, task: _Task, extract: Extract, passages: Sequence[Passage]) -> Document:
        languages = [passage.lang for passage in passages]
        return Document(
            id=task.document_id,
            source=task.file.source,
            origin=task.file.url or str(task.file.path),
            kind=extract.kind,
            collection=self._order.collection,
            title=extract.title,
            lang=max(set(languages), key=languages.count),
            content_hash=task.content_hash,
            passages=len(passages),
            ingested_at=datetime.now(UTC).isoformat(timespec="seconds"),
            url=task.file.url,
        )

    def _embed(self, drafts: Sequence[Draft]) -> Iterator[Entry]:
        """Give every passage its vector; a passage that the document held before keeps the one it had."""
        kept = [self._vectors_of(document) for document, _ in drafts]
        fresh = [
            [passage for passage in passages if passage.id not in old]
            for old, (_, passages) in zip(kept, drafts, strict=True)
        ]
        if any(fresh):
            self._progress.stage("embedding", sum(len(passage.views()) for of_one in fresh for passage in of_one))
        for group in _groups([len(of_one) for of_one in fresh]):
            wanted = [passage for number in group for passage in fresh[number]]
            vectors = dict(zip((passage.id for passage in wanted), self._vectors(wanted), strict=True))
            self._report.embedded += len(wanted)
            for number in group:
                document, passages = drafts[number]
                have = kept[number] | vectors
                of_each = [have[passage.id] for passage in passages]
                yield Entry(document, passages, np.concatenate(of_each), [len(one) for one in of_each])

    def _taken_over(self, drafts: Sequence[Draft], changes: Changes) -> list[Draft]:
        """In a rebuild, the documents of the present generation that were neither read anew nor removed."""
        if self._base is None or not self._order.rebuild:
            return []
        done = {document.id for document, _ in drafts} | changes.removed
        rest = [document for document in self._base.documents.values() if document.id not in done]
        if rest:
            message = f"Taken over as they were, with new vectors: {len(rest)} documents that were not read this time."
            self._report.warnings.append((str(self._settings.data), message))
        return [(document, self._base.passages(document.id)) for document in rest]

    def _vectors_of(self, document: Document) -> dict[str, Vectors]:
        if self._order.rebuild or self._base is None or document.id not in self._base.documents:
            return {}
        rows = self._base.rows(document.id).tolist()
        ids = [passage.id for passage in self._base.passages(document.id)]
        return {name: self._base.dense.vectors_of(row) for name, row in zip(ids, rows, strict=True)}

    def _vectors(self, passages: Sequence[Passage]) -> list[Vectors]:
        """The unit vectors of each passage, one or more: here the normalised mean of its views."""
        views = [passage.views() for passage in passages]
        texts = [text for of_passage in views for text in of_passage]
        if not texts:
            return []
        vectors = self._embedder.embed_passages(texts, self._progress.advance)
        starts = np.cumsum([0] + [len(of_passage) for of_passage in views[:-1]])
        sums = np.add.reduceat(vectors, starts, axis=0)
        return list((sums / np.linalg.norm(sums, axis=1, keepdims=True))[:, None])

    def _count(self, documents: Iterable[tuple[Document, Sequence[Passage]]]) -> None:
        known = self._base.documents if self._base else {}
        for document, passages in documents:
            (self._report.changed if document.id in known else self._report.added).append(document.source)
            self._report.passages += len(passages)
            self._report.languages.update(passage.lang for passage in passages)

    def _quarantine(self, source: str, error: UnreadableFile) -> None:
        self._report.quarantined.append(Quarantined(source, error.reason, str(error)))

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self._report.seconds[stage] = round(time.monotonic() - started, 2)


def _groups(sizes: Sequence[int]) -> Iterator[range]:
    """Runs of documents that are embedded together: enough passages to fill batches, few enough to lose on a stop."""
    start, held = 0, 0
    for number, size in enumerate(sizes):
        held += size
        if held >= EMBED_TOGETHER:
            yield range(start, number + 1)
            start, held = number + 1, 0
    if start < len(sizes):
        yield range(start, len(sizes))


def _primary(tag: str | None) -> str:
    """The language of a tag such as ja-JP, when it is one."""
    found = re.match(r"([A-Za-z]{2,3})(?:[-_]|$)", tag or "")
    return found[1].lower() if found else ""


def _whole(section: Section) -> Section:
    """The section without halves of surrogate pairs, which JSON can hold and no index can."""
    question = section.question
    return replace(
        section,
        text=section.text.encode("utf-8", "replace").decode(),
        question=None if question is None else question.encode("utf-8", "replace").decode(),
    )


def _place(file: SourceFile, section: Section) -> str | None:
    """The address of a section within a web page."""
    if file.url is None:
        return None
    match suffix(file.path.name):
        case ".html" if section.anchor:
            return f"{file.url}#{quote(section.anchor)}"
        case ".pdf" if section.page:
            return f"{file.url}#page={section.page}"
    return file.url


def _cannot_open(error: OSError) -> UnreadableFile:
    return UnreadableFile("unreadable", f"It cannot be opened: {error.strerror}.")
