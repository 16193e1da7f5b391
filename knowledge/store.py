"""A generation opened for reading, and the commit that makes the next one from it."""

from __future__ import annotations

import hashlib
import json
import mmap
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge import generations, lexical
from knowledge.analysis import Analyzer
from knowledge.background import Background
from knowledge.dense import DenseIndex, Rows
from knowledge.embeddings import Embedder, Vectors
from knowledge.errors import DamagedIndex, NoKnowledge, WrongIndex
from knowledge.generations import Manifest
from knowledge.lexical import LexicalIndex
from knowledge.passages import Document, Passage

Languages = NDArray[np.bytes_]
LANGUAGE = "S3"  # ISO 639 codes, as NumPy keeps them


@dataclass(frozen=True, slots=True)
class Entry:
    """A document with its passages and their vectors, in the same order."""

    document: Document
    passages: Sequence[Passage]
    vectors: Vectors


@dataclass(slots=True)
class Changes:
    """What the next generation holds other than the present one; an entry replaces the document of its id."""

    entries: list[Entry] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)  # document ids

    def __bool__(self) -> bool:
        return bool(self.entries or self.removed)


class Generation:
    """One immutable state of the knowledge base."""

    def __init__(self, place: Path, manifest: Manifest, analyzer: Analyzer) -> None:
        self.manifest = manifest
        self.place = place
        self._offsets: Rows = np.load(place / "offsets.npy", allow_pickle=False)
        self.keys: Rows = np.load(place / "keys.npy", allow_pickle=False)
        self._by_key = np.argsort(self.keys)
        self._sorted_keys = self.keys[self._by_key]
        self._lines = _map(place / "passages.jsonl")
        self.documents: dict[str, Document] = {}
        self._first_row: dict[str, int] = {}
        row = 0
        for line in (place / "documents.jsonl").read_text("utf-8").splitlines():
            document = Document(**json.loads(line))
            self.documents[document.id] = document
            self._first_row[document.id] = row
            row += document.passages
        self.dense = DenseIndex.load(place / "dense.faiss")
        self.lexical = LexicalIndex.load(place / "lexical", analyzer)
        kinds = [document.kind for document in self.documents.values()]
        self.kinds = np.repeat(np.array(kinds, "U8"), [document.passages for document in self.documents.values()])
        self.languages: Languages = np.load(place / "languages.npy", allow_pickle=False)
        self.background = Background(self.dense, self.languages)
        self._rows_of_collection: dict[str, Rows] = {}

    @classmethod
    def open(cls, data: Path, analyzer: Analyzer, embedding: str | None = None, name: str | None = None) -> Generation:
        """Open the generation that serves, or the one called `name`, after checking every byte of it.

        Raises NoKnowledge, DamagedIndex, or WrongIndex when it was built by another model than `embedding`.
        """
        serving = name or generations.current(data)
        if serving is None:
            raise NoKnowledge(f"Nothing has been ingested into {data} yet. Run: madoguchi ingest PATH")
        try:
            return cls._open(data, analyzer, embedding, serving)
        except DamagedIndex:
            if name is not None or generations.current(data) == serving:
                raise
        return cls.open(data, analyzer, embedding)  # it was removed while it was read: another serves by now

    @classmethod
    def _open(cls, data: Path, analyzer: Analyzer, embedding: str | None, name: str) -> Generation:
        manifest = generations.check(data, name)
        if embedding is not None and manifest.embedding != embedding:
            raise WrongIndex(
                f"The index in {data} was built with the embedding model {manifest.embedding}, but {embedding} is "
                "configured. Vectors of two models cannot be compared: set MADOGUCHI_EMBEDDING back, or read "
                "everything again with the new model: madoguchi ingest --rebuild PATH..."
            )
        place = generations.folder(data, name)
        try:
            return cls(place, manifest, analyzer)
        except (OSError, ValueError) as error:  # ValueError: Tantivy's and NumPy's word for a file that is gone
            raise DamagedIndex(f"{place} cannot be opened: {error}.") from None

    @property
    def name(self) -> str:
        return self.manifest.name

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def deleted(self) -> int:
        """How many removed passages the lexical index still holds words of, though it finds none of them."""
        return lexical.deleted(self.place / "lexical")

    def line(self, row: int) -> bytes:
        """A passage as it is stored."""
        return self._lines[self._offsets[row] : self._offsets[row + 1]]

    def passage(self, row: int) -> Passage:
        """The passage of a row."""
        return parse(self.line(row))

    def passages(self, document_id: str) -> list[Passage]:
        """All passages of a document, in reading order."""
        return [self.passage(int(row)) for row in self.rows(document_id)]

    def rows(self, document_id: str) -> Rows:
        """The rows of a document."""
        first = self._first_row[document_id]
        return np.arange(first, first + self.documents[document_id].passages)

    def rows_in(self, collection: str) -> Rows:
        """The rows of all documents of a collection."""
        if collection not in self._rows_of_collection:
            chosen = [
                self.rows(document.id) for document in self.documents.values() if document.collection == collection
            ]
            self._rows_of_collection[collection] = np.concatenate(chosen) if chosen else np.empty(0, np.int64)
        return self._rows_of_collection[collection]

    def row_of_key(self, key: int) -> int:
        """The row of a passage that the lexical index found."""
        return int(self._by_key[np.searchsorted(self._sorted_keys, key)])


def key_of(passage_id: str) -> int:
    """A passage's key in the lexical index: 63 bits of the SHA-256 of its id."""
    return int.from_bytes(hashlib.sha256(passage_id.encode()).digest()[:8], "big") >> 1


def render(passage: Passage) -> bytes:
    """A passage as one line of JSON; fields without a value are left out."""
    fields = {name: value for name, value in asdict(passage).items() if value not in (None, ())}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def parse(line: bytes) -> Passage:
    """The passage that `render` wrote."""
    fields = json.loads(line)
    fields["headings"] = tuple(fields.get("headings", ()))
    return Passage(**fields)


def commit(data: Path, changes: Changes, embedder: Embedder, analyzer: Analyzer, base: Generation | None) -> Manifest:
    """Write the generation that follows `base` and let it serve. The caller holds the writer's lock.

    Whatever fails, `base` goes on serving; a disk that is full or fails raises CannotWrite. Unchanged passages keep
    their vectors and their words as they are.
    """
    replaced = changes.removed | {entry.document.id for entry in changes.entries}
    kept = [] if base is None else [document for document in base.documents.values() if document.id not in replaced]
    with generations.new_generation(data) as place:
        documents, keys, offsets, vectors, languages = [], [], [0], [], []
        with (place / "passages.jsonl").open("xb") as lines:
            for document, stored in _stored(base, kept):
                documents.append(document)
                for line in stored:
                    offsets.append(offsets[-1] + lines.write(line))
            for entry in changes.entries:
                documents.append(entry.document)
                for passage in entry.passages:
                    offsets.append(offsets[-1] + lines.write(render(passage)))
        if base is not None and kept:
            rows = np.concatenate([base.rows(document.id) for document in kept])
            keys.append(base.keys[rows])
            languages.append(base.languages[rows])
            vectors.append(base.dense.vectors(rows))
        for entry in changes.entries:
            keys.append(np.array([key_of(passage.id) for passage in entry.passages], np.int64))
            languages.append(np.array([passage.read_as for passage in entry.passages], LANGUAGE))
            vectors.append(entry.vectors)
        all_keys: Rows = np.concatenate(keys) if keys else np.empty(0, np.int64)
        all_vectors = np.concatenate(vectors) if vectors else np.empty((0, embedder.dimensions), np.float32)
        np.save(place / "offsets.npy", np.array(offsets, np.int64), allow_pickle=False)
        np.save(place / "keys.npy", all_keys, allow_pickle=False)
        all_languages: Languages = np.concatenate(languages) if languages else np.empty(0, LANGUAGE)
        np.save(place / "languages.npy", all_languages, allow_pickle=False)
        DenseIndex.build(all_vectors, embedder.dimensions).save(place / "dense.faiss")
        _write_documents(place / "documents.jsonl", documents)
        _write_words(place / "lexical", analyzer, base, replaced, changes.entries)
        return generations.publish(
            data,
            place,
            embedding=embedder.fingerprint,
            dimensions=embedder.dimensions,
            documents=len(documents),
            passages=len(all_keys),
        )


def compact(data: Path, analyzer: Analyzer, base: Generation) -> Manifest:
    """Write `base` anew without the words of removed passages, and let it serve. The caller holds the writer's lock.

    Everything else in a generation is written whole at each commit, and so holds nothing that was removed.
    """
    with generations.new_generation(data) as place:
        for relative in base.manifest.files:
            if not relative.startswith("lexical/"):
                shutil.copyfile(base.place / relative, place / relative)
        (place / "lexical").mkdir()
        added = ((int(key), base.passage(row)) for row, key in enumerate(base.keys))
        _write_index(place / "lexical", analyzer, (), added)
        return generations.publish(
            data,
            place,
            embedding=base.manifest.embedding,
            dimensions=base.manifest.dimensions,
            documents=base.manifest.documents,
            passages=base.manifest.passages,
        )


def _stored(base: Generation | None, kept: Sequence[Document]) -> Iterator[tuple[Document, Iterator[bytes]]]:
    if base is not None:
        for document in kept:
            yield document, (base.line(int(row)) for row in base.rows(document.id))


def _write_documents(path: Path, documents: Sequence[Document]) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(document), ensure_ascii=False) + "\n" for document in documents)


def _write_words(
    place: Path, analyzer: Analyzer, base: Generation | None, replaced: set[str], entries: Sequence[Entry]
) -> None:
    place.mkdir()
    gone: list[int] = []
    if base is not None:
        # By name: a reader that opens the same generation makes a lock file there for a moment.
        for relative in base.manifest.files:
            if relative.startswith("lexical/"):
                shutil.copyfile(base.place / relative, place.parent / relative)
        for document_id in replaced & base.documents.keys():
            gone += base.keys[base.rows(document_id)].tolist()
    added = ((key_of(passage.id), passage) for entry in entries for passage in entry.passages)
    _write_index(place, analyzer, gone, added)


def _write_index(place: Path, analyzer: Analyzer, gone: Iterable[int], added: Iterable[tuple[int, Passage]]) -> None:
    lexical.write(place, analyzer, gone, added)
    for lock in place.glob(".tantivy-*.lock"):
        lock.unlink()


def _map(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return b""  # an empty file cannot be mapped
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
