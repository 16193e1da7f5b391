"""Tells which files and pages are new or have changed since they were last read, and which documents are gone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ingest.files import sources
from ingest.files.sources import SourceFile, Unlisted, kind_of, shown
from ingest.order import Order
from ingest.passages.drafting import READING, Task
from ingest.runs.gone import gone, is_emptied, still_known
from ingest.runs.report import Report
from ingest.settings import IngestSettings
from ingest.web import fetched
from ingest.web.downloads import Downloads, Unmodified
from ingest.web.fetched import Memory
from knowledge.counting import counted
from knowledge.errors import UnreadableFile
from knowledge.index.committing import Changes
from knowledge.passages import Document, document_id
from knowledge.progress import Progress


class Looking:
    """Looks at what was ordered; what it finds goes to the run's report and its changes."""

    def __init__(
        self,
        settings: IngestSettings,
        order: Order,
        how: str,
        known: Mapping[str, Document],
        report: Report,
        progress: Progress,
    ) -> None:
        """`how` tells the way of reading and cutting beside this version's: what is read in another way has changed."""
        self._settings, self._order, self._how, self._known = settings, order, how, known
        self._report, self._progress = report, progress
        self._read_otherwise = 0  # files that an earlier version read in its way, and that have not changed since

    def tasks(self, changes: Changes) -> list[Task]:
        """The files that are new or have changed; removals go to `changes`."""
        tasks: dict[str, Task] = {}
        seen: dict[str, SourceFile] = {}
        stored = [each for each in self._known.values() if each.collection == self._order.collection]
        listed = sources.as_stored(
            list(sources.files(self._order.paths, self._settings.data)), [(each.origin, each.source) for each in stored]
        )
        self._progress.stage("looking", len(listed))
        for item in listed:
            self._progress.advance(1)
            if isinstance(item, Unlisted):
                self._report.leave_out(item.source, item.error)
                continue
            name = document_id(item.source, self._order.collection)
            first = seen.setdefault(name, item)
            if first is not item:
                if first.path != item.path:
                    message = (
                        f"Another file of this run is called {item.source} too. Ingest the folder above both, "
                        "or give one another --collection."
                    )
                    self._report.leave_out(item.origin, UnreadableFile("same-name", message))
                continue
            if (task := self._task(item, name)) is None:
                continue
            old = self._known.get(name)
            if old is not None and old.origin != item.origin:
                message = f"It replaces the file of the same name that was read from {old.origin} earlier."
                self._report.warnings.append((item.source, message))
            same = old is not None and old.content_hash == task.content_hash and old.origin == item.origin
            if same and not self._order.rebuild:
                self._report.unchanged += 1
            else:
                tasks[name] = task
        unseen = [document for document in stored if document.id not in seen]
        changes.removed.update(self._look_for_gone(unseen, listed))
        if not listed:
            empty = "There is no file in it."
            self._report.warnings += [(shown(path), empty) for path in self._order.paths if kind_of(path) == "folder"]
        return list(tasks.values())

    def _look_for_gone(self, unseen: Iterable[Document], listed: Sequence[SourceFile | Unlisted]) -> Iterator[str]:
        """The ids of documents to be removed; tells of those that stay although their files are gone."""
        for given, documents in gone(unseen, self._order.paths, listed):
            is_empty = is_emptied(given)
            if self._order.prune and not is_empty:
                self._report.removed += [document.source for document in documents]
                yield from (document.id for document in documents)
            elif kind_of(given) == "folder":
                self._report.warnings.append((shown(given), still_known(documents, is_empty and self._order.prune)))

    def fetched(self, downloads: Downloads, changes: Changes) -> list[Task]:
        """The pages that are new or have changed. When the operator stops it, what was fetched by then is read."""
        tasks = []
        try:
            for item in downloads.pages(self._order.addresses):
                match item:
                    case Unmodified():
                        self._report.unchanged += 1
                    case SourceFile():
                        task = self._task(item, document_id(item.source, self._order.collection))
                        old = self._known.get(task.document_id) if task else None
                        if task and old and old.content_hash == task.content_hash:
                            self._report.unchanged += 1
                        elif task:
                            tasks.append(task)
                    case source, error:
                        self._report.leave_out(source, error)
            if self._order.prune:
                self._prune_pages(downloads, changes)
        except KeyboardInterrupt:
            self._report.stopped = True
        self._report.warnings += downloads.warnings
        return tasks

    def tell(self) -> None:
        """Say why much is read that has not changed: after an upgrade."""
        if self._read_otherwise and not self._order.rebuild:
            files = counted(self._read_otherwise, "file")
            message = f"{files} read anew without having changed: this version of the program reads otherwise."
            self._report.warnings.append((str(self._settings.data), message))

    def remember(self, memory: Memory, read: Sequence[str]) -> None:
        """Keep what pages were when they were fetched: those just read, and those that are known."""
        try:
            memory.save(self._settings.data, {*read, *(document.source for document in self._known.values())})
        except OSError as error:
            message = f"It cannot be written: {error.strerror}. The pages will be fetched once more next time."
            self._report.warnings.append((str(self._settings.data / fetched.NAME), message))

    def _prune_pages(self, downloads: Downloads, changes: Changes) -> None:
        for document in self._known.values():
            if document.collection == self._order.collection and downloads.is_gone(document.source):
                changes.removed.add(document.id)
                self._report.removed.append(document.source)

    def is_current(self, source: str, sha256: str) -> bool:
        """Whether the knowledge base holds this very content of a page, read as it would be read now."""
        document = self._known.get(document_id(source, self._order.collection))
        return document is not None and document.content_hash == self._way_of_reading(sha256, READING)

    def _task(self, file: SourceFile, name: str) -> Task | None:
        """A file to be read, with the hash of its content and the way it is read; None where that is not possible."""
        try:
            content, size = self._hash(file)
            task, old = Task(file, name, self._way_of_reading(content, READING), size), self._known.get(name)
            if old and old.content_hash != task.content_hash:
                earlier = (self._way_of_reading(content, version) for version in range(READING))
                self._read_otherwise += old.content_hash in earlier
            return task
        except UnreadableFile as error:
            self._report.leave_out(file.source, error)
        except OSError as error:
            message = f"It cannot be opened: {error.strerror}."
            self._report.leave_out(file.source, UnreadableFile("unreadable", message))
        return None

    def _hash(self, file: SourceFile) -> tuple[str, int]:
        size = file.path.stat().st_size
        if size > self._settings.file_mb * 1_000_000:
            message = (
                f"It has {size / 1e6:.0f} MB; the limit is {self._settings.file_mb} MB. "
                "Split it, or raise MADOGUCHI_FILE_MB."
            )
            raise UnreadableFile("too-large", message)
        with file.path.open("rb") as opened:
            content = hashlib.file_digest(opened, "sha256").hexdigest()
        return content if file.is_copy or not file.url else f"{content} {file.url}", size

    def _way_of_reading(self, content: str, version: int) -> str:
        """The hash of a content's hash and of how it is read and cut."""
        return hashlib.sha256(f"{content} {version} {self._how}".encode()).hexdigest()
