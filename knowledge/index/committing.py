"""The commit: makes the next generation out of the one that serves and what has changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import Embedder, Vectors
from knowledge.filters import ALWAYS, Group, group_of, validity_of
from knowledge.index import asides, generations, lexical
from knowledge.index.asides import Aside
from knowledge.index.dense import LANGUAGE, DenseIndex, Languages
from knowledge.index.gauge import Gauge
from knowledge.index.generations import Manifest
from knowledge.index.part import Rows
from knowledge.index.priors import Priors
from knowledge.index.store import Generation, narrow, render
from knowledge.index.texts import TextsWriter
from knowledge.language.analysis import Analyzer
from knowledge.passages import Document, Passage

COUNTED = 1 << 40  # keys from here on are of earlier versions
MEASURED = "bilingual"  # how the fingerprint of the encoder begins whose vectors a prior was measured on


@dataclass(frozen=True, slots=True)
class Entry:
    """A document with its passages and the vector of each, in the same order."""

    document: Document
    passages: Sequence[Passage]
    vectors: Vectors


@dataclass(slots=True)
class Changes:
    """What the next generation holds other than the present one; an entry replaces the document of its id."""

    entries: list[Entry] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)  # document ids
    asides: list[Aside] | None = None  # all that are held and not searched; None: those of documents that stay

    def __bool__(self) -> bool:
        return bool(self.entries or self.removed)


def commit(
    data: Path,
    changes: Changes,
    embedder: Embedder,
    analyzer: Analyzer,
    base: Generation | None,
    gauge: Gauge | None = None,
) -> Manifest:
    """Write the generation that follows `base` and let it serve. The caller holds the writer's lock.

    `gauge` is what the embedder's cosines mean, where that was measured; that of `base` stays otherwise.

    Whatever fails, `base` goes on serving; a disk that is full or fails raises CannotWrite. Unchanged passages keep
    their vectors, their words and their packed texts as they are: they are copied in a few large pieces, not read.
    """
    replaced = changes.removed | {entry.document.id for entry in changes.entries}
    kept = [] if base is None else [document for document in base.documents.values() if document.id not in replaced]
    documents = kept + [entry.document for entry in changes.entries]
    added = [passage for entry in changes.entries for passage in entry.passages]
    rows = np.concatenate([base.rows(document.id) for document in kept]) if base and kept else np.empty(0, np.int64)
    with generations.new_generation(data) as place:
        added_lines = ([render(passage) for passage in entry.passages] for entry in changes.entries)
        TextsWriter(place).write(chain(base.packed(kept) if base else (), added_lines))
        keys = _next_key(base) + np.arange(len(added))
        all_keys = np.concatenate([base.keys[rows], keys]) if base else keys
        _save_keys(place, all_keys)
        languages: Languages = np.array([passage.read_as for passage in added], LANGUAGE)
        all_languages = languages if base is None else np.concatenate([base.languages[rows], languages])
        np.save(place / "languages.npy", all_languages, allow_pickle=False)
        _write_groups(place, base, rows, added)
        dense = DenseIndex.build(
            _joined([entry.vectors for entry in changes.entries if len(entry.passages)], embedder.dimensions),
            embedder.dimensions,
            base.dense if base else None,
            rows,
            languages,
        )
        dense.save(place)
        if embedder.fingerprint.startswith(MEASURED):
            _priors(base, rows, added, dense, all_languages, embedder).save(place)
        gauge = gauge or (base.gauge if base else None)
        if gauge:
            gauge.save(place)
        _write_documents(place / "documents.jsonl", documents)
        asides.save(place, _held(base, changes, replaced))
        _write_words(place / "lexical", analyzer, base, replaced, zip(keys.tolist(), added, strict=True))
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

    Everything else in a generation holds nothing that was removed.
    """
    with generations.new_generation(data) as place:
        for relative in base.manifest.files:
            if not relative.startswith("lexical/") and relative != "keys.npy":
                shutil.copyfile(base.place / relative, place / relative)
        _save_keys(place, np.arange(len(base)))
        (place / "lexical").mkdir()
        passages = (passage for document in base.documents for passage in base.passages(document))
        _write_index(place / "lexical", analyzer, (), enumerate(passages))
        return generations.publish(
            data,
            place,
            embedding=base.manifest.embedding,
            dimensions=base.manifest.dimensions,
            documents=base.manifest.documents,
            passages=base.manifest.passages,
        )


def _joined(vectors: Sequence[Vectors], dimensions: int) -> Vectors:
    return np.concatenate(vectors) if vectors else np.empty((0, dimensions), np.float32)


def _write_groups(place: Path, base: Generation | None, rows: Rows, added: Sequence[Passage]) -> None:
    """What the filters ask of each row: its group, and its days where any row has some."""
    numbers: dict[Group, int] = {}
    of_kept: NDArray[np.int32] = np.empty(0, np.int32)
    if base is not None and len(rows):
        used, of_rows = np.unique(base.group[rows], return_inverse=True)
        numbers = {base.groups[old]: new for new, old in enumerate(used.tolist())}
        of_kept = of_rows.astype(np.int32)
    of_added = np.array([numbers.setdefault(group_of(passage), len(numbers)) for passage in added], np.int32)
    (place / "groups.json").write_text(json.dumps(list(numbers), ensure_ascii=False), "utf-8")
    np.save(place / "groups.npy", narrow(np.concatenate([of_kept, of_added])), allow_pickle=False)
    validity = np.full((len(rows) + len(added), 2), ALWAYS, np.int32)
    if base is not None and base.validity is not None:
        validity[: len(rows)] = base.validity[rows]
    if added:
        validity[len(rows) :] = [validity_of(passage) for passage in added]
    if (validity == ALWAYS).all():
        validity = validity[:0]
    np.save(place / "validity.npy", validity, allow_pickle=False)


def _priors(
    base: Generation | None,
    rows: Rows,
    added: Sequence[Passage],
    dense: DenseIndex,
    languages: Languages,
    embedder: Embedder,
) -> Priors:
    """Of an index of the `rows` of `base` and of what was added behind them."""

    def questions(of: Rows) -> list[str]:
        passages = [base.passage(int(rows[n])) if base and n < len(rows) else added[n - len(rows)] for n in of.tolist()]
        return [passage.question or passage.title for passage in passages]

    is_pair = np.array([passage.kind == "faq" for passage in added], np.bool_)
    if base is not None:
        is_pair = np.concatenate([base.is_faq(rows), is_pair])
    before = base.priors if base else None
    return Priors.learnt(languages, is_pair, before, dense.vectors, questions, embedder.embed_query)


def _held(base: Generation | None, changes: Changes, replaced: set[str]) -> Sequence[Aside]:
    if changes.asides is not None or base is None:
        return changes.asides or ()
    return [aside for name, held in base.asides().items() if name not in replaced for aside in held]


def _write_documents(path: Path, documents: Sequence[Document]) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(document), ensure_ascii=False) + "\n" for document in documents)


def _write_words(
    place: Path,
    analyzer: Analyzer,
    base: Generation | None,
    replaced: set[str],
    added: Iterable[tuple[int, Passage]],
) -> None:
    place.mkdir()
    gone: list[int] = []
    if base is not None:
        # By name: a reader that opens the same generation makes a lock file there for a moment.
        for relative in base.manifest.files:
            if relative.startswith("lexical/"):
                shutil.copyfile(base.place / relative, place.parent / relative)
        keys = base.keys
        for document_id in replaced & base.documents.keys():
            gone += keys[base.rows(document_id)].tolist()
    _write_index(place, analyzer, gone, added)


def _write_index(place: Path, analyzer: Analyzer, gone: Iterable[int], added: Iterable[tuple[int, Passage]]) -> None:
    lexical.write(place, analyzer, gone, added)
    for lock in place.glob(".tantivy-*.lock"):
        lock.unlink()


def _next_key(base: Generation | None) -> int:
    """What the next passage is known by in the lexical index: keys are counted, as small numbers in a row cost little.

    Those of earlier versions were 63 random bits; they are passed over, and stay.
    """
    return 0 if base is None else int(base.keys[base.keys < COUNTED].max(initial=-1)) + 1


def _save_keys(place: Path, keys: Rows) -> None:
    np.save(place / "keys.npy", narrow(keys), allow_pickle=False)
