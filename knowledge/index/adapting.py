"""
What this desk's own questions have taught the search: a file beside the generations, made by `madoguchi tune transfer`.

    DATA/tuning/transfer/adapter.npz    arrays, and a head in JSON with their SHA-256; replaced whole
    DATA/tuning/transfer/adapter.off    the same, while it is put aside

Passages that answered known questions are put in another order among themselves: by a bilinear form of the question's
vector and the passage's, which says what questions of this desk look for, and by how near the nearest question is that
a passage answered, in its meaning and in its words. As a whole they stay as strong before all other passages as the
search alone had them, moved by what tells that the question wants one of them (`evidence`). So passages that nobody has
asked for yet do not fall behind for that. How near the known question is also makes the search surer of what it found.

Passages are named by their document and what is said of them there (an anchor, a question), so that an adapter outlives
another ingest and corrected answers. What is not there any more is passed over.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from knowledge.embedder import Vectors
from knowledge.errors import CannotWrite, DamagedIndex, WrongIndex
from knowledge.files import replacing, stamp
from knowledge.index.generations import Manifest
from knowledge.index.lexical import LexicalIndex
from knowledge.index.part import Mask, Rows
from knowledge.index.wording import Wording
from knowledge.passages import Document, Passage

FORMAT = 5
SAME = 0.9999  # the cosine of a question with itself, but for rounding
REMEMBERED = 50  # passages that known questions add to those found by vectors and by words
LEADING = 30  # of the known passages, and of the others: so many stand for how strong each are as a whole
NEIGHBOURS = 3  # known questions that are evidence
EVIDENCE = 7  # numbers
SURER = 2.5  # power of the nearness: to be surer of what was found takes a nearer question than to look there
_FOLDER, _FILE, _OFF = "tuning/transfer", "adapter.npz", "adapter.off"
Target = tuple[str, str]  # a document's id, and what names the passage in it


def target_of(passage: Passage) -> Target:
    """What names a passage whatever its text becomes; the pieces of one long answer have one name.

    It is a digest: nothing that was removed from the knowledge base can be read in an adapter.
    """
    name = passage.anchor or passage.question or passage.id
    return passage.document_id, hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]


def level(scores: NDArray[Any]) -> NDArray[Any]:
    """How strong passages are as a whole: the log of the best scores' summed exponentials, along the last axis."""
    best = np.sort(scores, axis=-1)[..., -LEADING:]
    found: NDArray[Any] = best[..., -1] + np.log(np.exp(best - best[..., -1:]).sum(axis=-1))
    return found


def evidence(
    known: NDArray[Any], lifted: NDArray[Any], others: NDArray[Any], nearness: NDArray[Any], likeness: NDArray[Any]
) -> NDArray[np.float64]:
    """What tells that a question wants a passage that is known from another: `EVIDENCE` numbers, along the last axis.

    `known` and `others` are the search's own scores of both kinds of passages, `lifted` those of the known ones with
    what was learnt; `nearness` is that of the known questions, `likeness` that of their words.
    """
    near, like = (np.sort(each, axis=-1)[..., -NEIGHBOURS:] for each in (nearness, likeness))
    found = np.zeros((*near.shape[:-1], EVIDENCE))
    if known.shape[-1] and others.shape[-1]:
        first = others.max(axis=-1)
        found[..., 0], found[..., 1] = known.max(axis=-1) - first, level(known) - level(others)
        found[..., 2] = lifted.max(axis=-1) - first
    found[..., 3], found[..., 4] = near[..., -1], near.mean(axis=-1)
    found[..., 5], found[..., 6] = like[..., -1], like.mean(axis=-1)
    return found


class Searched(Protocol):
    """What an adapter must know of the generation that it helps to search."""

    @property
    def manifest(self) -> Manifest: ...

    @property
    def lexical(self) -> LexicalIndex: ...

    @property
    def documents(self) -> Mapping[str, Document]: ...

    def __len__(self) -> int: ...

    def rows(self, document_id: str) -> Rows: ...

    def passages(self, document_id: str) -> Sequence[Passage]: ...


def targets_of(generation: Searched, document_id: str) -> list[Target]:
    """The targets of a document's passages, in the order of its rows."""
    return [target_of(passage) for passage in generation.passages(document_id)]


@dataclass(frozen=True, slots=True)
class Head:
    """What an adapter says of itself."""

    embedding: str  # the fingerprint of the model whose vectors it is made for
    created_at: str  # ISO 8601, UTC
    data: str  # SHA-256 of the questions and judgements that it was made from
    questions: int
    targets: tuple[Target, ...]  # passages that answered a known question
    width: float  # how far from a known question it still counts: cosines fall off as exp((cosine - 1) / width)
    memory: float  # standard deviations that a question of the very same meaning is worth
    words: float  # standard deviations that one of the very same words is worth besides
    gate: tuple[float, ...]  # standard deviations that targets get for each part of `evidence`, and always
    sure: float  # log-odds of being answered that the very same question is worth
    scores: dict[str, Any]  # cross-validated


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter as it is on disk; `Bound` knows where its passages are in a generation."""

    head: Head
    asks: Vectors  # the vectors of the known questions: n x dimensions
    wording: Wording  # their words
    pairs: NDArray[np.int32]  # which known question has which target, ordered by target: m x 2
    grades: NDArray[np.float32]  # how well it is answered there, 0 to 1: m
    mean_question: Vectors
    mean_passage: Vectors
    form: NDArray[np.float32]  # dimensions x dimensions: (question - mean) @ form @ (passage - mean) is a bonus

    @property
    def fingerprint(self) -> str:
        """What the search does with it: two with the same one find the same, whenever they were made."""
        fields = {name: value for name, value in asdict(self.head).items() if name not in ("created_at", "scores")}
        return _digest(fields, self._arrays())

    def save(self, data: Path) -> Path:
        """Let it serve: running programs take it up within seconds. Raises CannotWrite."""
        place = data / _FOLDER / _FILE
        arrays = self._arrays()
        head = json.dumps({"format": FORMAT, "sha256": _digest(asdict(self.head), arrays)} | asdict(self.head))
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with replacing(place, mode=0o600) as file:
                np.savez(file, allow_pickle=False, head=np.frombuffer(head.encode(), np.uint8), **arrays)
        except OSError as error:
            raise CannotWrite(f"{place} could not be written: {error.strerror or error}.") from error
        return place

    def _arrays(self) -> dict[str, NDArray[Any]]:
        names = ("asks", "pairs", "grades", "mean_question", "mean_passage", "form")
        held = {name: getattr(self, name) for name in names}
        held |= {"words": self.wording.words, "word_counts": self.wording.counts}
        return {name: np.ascontiguousarray(array) for name, array in held.items()}


class Bound:
    """An adapter over one generation. Safe to use from several threads."""

    def __init__(
        self, adapter: Adapter, generation: Searched, named: Mapping[str, Sequence[Target]] | None = None
    ) -> None:
        """Raises WrongIndex when the generation was embedded by another model.

        `named` saves reading the passages: by document, what `targets_of` gives.
        """
        made_for, embedding = adapter.head.embedding, generation.manifest.embedding
        if made_for != embedding:
            raise WrongIndex(
                f"The adapter was made for the embedding model {made_for}, the index by {embedding}: "
                "the search does without it. Make it anew: madoguchi tune transfer"
            )
        self._adapter, self._terms = adapter, generation.lexical.terms
        columns: dict[Target, int] = {target: column for column, target in enumerate(adapter.head.targets)}
        self._column = np.full(len(generation), -1, np.int64)
        for document_id in dict.fromkeys(document for document, _ in columns):
            if document_id in generation.documents:
                targets = named[document_id] if named else targets_of(generation, document_id)
                self._column[generation.rows(document_id)] = [columns.get(target, -1) for target in targets]
        self._known_rows = np.flatnonzero(self._column >= 0)
        self._begins = np.searchsorted(adapter.pairs[:, 1], np.arange(len(columns)))

    def __len__(self) -> int:
        """How many passages it knows questions of; where none is left, it does not count."""
        return len(self._known_rows)

    @property
    def fingerprint(self) -> str:
        """The adapter's."""
        return self._adapter.fingerprint

    def has_learnt(self, query: Vectors) -> bool:
        """Whether this very question was among those that it was made from."""
        return bool((self._adapter.asks @ query).max() > SAME)

    def asked(self, query: Vectors, question: str) -> Asked:
        """What is known of a question, given with its vector."""
        made = self._adapter
        nearness: Vectors = (made.asks @ query - 1) / np.float32(made.head.width)
        return Asked(self, query, nearness, made.wording.likeness(self._terms(question)))

    @property
    def adapter(self) -> Adapter:
        """What it binds."""
        return self._adapter

    def columns(self, rows: Rows) -> NDArray[np.int64]:
        """The targets that rows are, by their numbers; -1 for passages that answered no known question."""
        found: NDArray[np.int64] = self._column[rows]
        return found

    def known_rows(self, allowed: Mask | None) -> Rows:
        """The rows that answered a known question."""
        return self._known_rows if allowed is None else self._known_rows[allowed[self._known_rows]]

    def best(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each target the best of the known questions' values, times how well it answered that question."""
        graded = values[self._adapter.pairs[:, 0]] * self._adapter.grades
        found: NDArray[np.float32] = np.maximum.reduceat(graded, self._begins)
        return found


class Asked:
    """A question before what an adapter knows."""

    def __init__(self, bound: Bound, query: Vectors, nearness: Vectors, likeness: NDArray[np.float32]) -> None:
        """`nearness` is 0 for a known question of the very same meaning and less for others, `likeness` of words 1."""
        self._bound, self._query, self._nearness, self._likeness = bound, query, nearness, likeness
        self._memory = bound.best(np.exp(nearness))  # of each target

    def remembered(self, allowed: Mask | None) -> list[int]:
        """The rows that answered the known questions nearest to this one, the nearest first."""
        rows = self._bound.known_rows(allowed)
        known = self._memory[self._bound.columns(rows)]
        best: list[int] = rows[np.argsort(-known, kind="stable")[:REMEMBERED]].tolist()
        return best

    def bonus(self, rows: Rows, vectors: Vectors, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """What to add to the scores of some rows, in standard deviations; `vectors` has one for each row."""
        made, head = self._bound.adapter, self._bound.adapter.head
        columns = self._bound.columns(rows)
        is_known = columns >= 0
        added = np.zeros(len(rows))
        if not is_known.any():
            return added
        looked_for = (self._query - made.mean_question) @ made.form
        known, others = scores[is_known], scores[~is_known]
        lifted = known + (vectors[is_known] - made.mean_passage) @ looked_for
        recalled = head.memory * self._memory + head.words * self._bound.best(self._likeness)
        lifted += recalled[columns[is_known]]
        seen = evidence(known, lifted, others, self._nearness, self._likeness)
        added[is_known] = lifted - level(lifted) + level(known) - known + seen @ head.gate[:-1] + head.gate[-1]
        return added

    def confidence(self, sure: float, row: int) -> float:
        """The confidence with what is known of the row that was found first."""
        column, head = int(self._bound.columns(np.array([row]))[0]), self._bound.adapter.head
        if column < 0 or not head.sure or not 0 < sure < 1:
            return sure
        odds = math.log(sure / (1 - sure)) + head.sure * float(self._memory[column]) ** SURER
        return 1 / (1 + math.exp(-odds))


def load(data: Path) -> Adapter | None:
    """The adapter that serves; None when there is none. Raises DamagedIndex in words."""
    place = data / _FOLDER / _FILE
    if not place.exists():
        return None
    try:
        with np.load(place, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if name != "head"}
            fields = json.loads(file["head"].tobytes())
        found, checksum = fields.pop("format"), fields.pop("sha256")
        if found == FORMAT and checksum == _digest(fields, arrays):
            fields["targets"] = tuple((document, name) for document, name in fields["targets"])
            fields["gate"] = tuple(fields["gate"])
            wording = Wording(arrays.pop("words"), arrays.pop("word_counts"))
            return Adapter(Head(**fields), wording=wording, **arrays)
    except (OSError, ValueError, KeyError, TypeError, BadZipFile, EOFError) as error:
        raise DamagedIndex(f"{place} cannot be read ({error}). {_MEND}") from None
    wrong = f"is of format {found}" if found != FORMAT else "has changed since it was written"
    raise DamagedIndex(f"{place} {wrong}. {_MEND}")


_MEND = "The search does without it. Make it anew: madoguchi tune transfer"


def put_aside(data: Path) -> bool:
    """Let the search do without the adapter; False when there was none."""
    return _moved(data / _FOLDER / _FILE, data / _FOLDER / _OFF)


def take_up(data: Path) -> bool:
    """Let the adapter serve that was put aside; False when there is none."""
    return _moved(data / _FOLDER / _OFF, data / _FOLDER / _FILE)


def state(data: Path) -> tuple[int, ...] | None:
    """Changes whenever another adapter serves; None when none does."""
    return stamp(data / _FOLDER / _FILE)


def _moved(old: Path, new: Path) -> bool:
    try:
        old.replace(new)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise CannotWrite(f"{old} could not be moved: {error.strerror or error}.") from error
    return True


def _digest(fields: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256(json.dumps(fields, sort_keys=True).encode())
    for name in sorted(arrays):
        digest.update(f"{name}{arrays[name].shape}{arrays[name].dtype}".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
