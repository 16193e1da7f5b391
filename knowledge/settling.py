"""Settles what support logs may say before a commit: the same said again is folded, what contradicts a FAQ yields.

A resolved conversation is folded into an earlier one when their vectors are close, their resolutions are of nearly the
same words, and neither a number nor a "not" differs. Each of these alone takes "14 days" for "30 days"; together they
hardly ever do (`python -m benchmarks.folding`). What was indexed earlier speaks for what comes later, and within a run
the first by file and row, so that the same files in the same order always give the same.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from knowledge.asides import Aside
from knowledge.contradictions import contradicts
from knowledge.embeddings import Vectors
from knowledge.likeness import jaccard, negations, numbers, shingles
from knowledge.passages import Document, Kind, Passage
from knowledge.store import Changes, Entry, Generation

NEAR = 0.96  # cosine of two conversations that may be the same; chosen with SAME_WORDS by benchmarks/folding.py
SAME_WORDS = 0.7  # of the pairs of letters in two resolutions
SAME_QUESTION = 0.965  # cosine of a conversation and a FAQ that answer the same question, by the same benchmark
BLOCK = 128  # passages that are compared at once with all others
LINKS = 5  # conversations that a passage names of those that it stands for


@dataclass(frozen=True, slots=True)
class Conflict:
    """A support conversation whose answer a FAQ contradicts: the FAQ is searched, the conversation is not."""

    question: str  # the customer's
    log: str  # where the conversation stands: source#conversation
    faq: str  # where the FAQ stands
    why: str  # in words for the operator


@dataclass(frozen=True, slots=True)
class Rival:
    """Two FAQs of different documents that answer the very same question otherwise: both are searched."""

    question: str
    source: str  # the file of the one that is new
    other: str  # where the other one stands
    why: str  # in words for the operator


@dataclass(slots=True)
class Settled:
    """What settling found."""

    folded: int = 0  # conversations of this run that another passage stands for
    conflicts: list[Conflict] = field(default_factory=list)
    rivals: list[Rival] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A log's passage whose standing is to be decided."""

    passage: Passage
    vector: Vectors
    stood: bool  # it was searched before this run


def settle(changes: Changes, base: Generation | None) -> Settled:
    """Decide which passages of support logs are searched after these changes, and complete the changes by that.

    Passages that yield move from the entries to `changes.asides`; they come back when what they yielded to is gone.
    Documents of `base` whose passages are touched by either become entries too, with the vectors that they have.
    """
    run = _Settling(changes, base)
    if run.has_nothing_to_do():
        return Settled()
    return run.result()


def unsettled(base: Generation, document_id: str) -> list[Passage]:
    """All passages of a document, searched or held, as they were read."""
    held = [aside.passage for aside in base.asides().get(document_id, ())]
    found = [replace(each, conversations=None, alike=()) for each in (*base.passages(document_id), *held)]
    return sorted(found, key=lambda passage: passage.row or 0)


def place(passage: Passage) -> str:
    """Where a passage stands, for a person: its source, and the place in it."""
    at = passage.anchor or passage.row or passage.page
    return passage.source if at is None else f"{passage.source}#{at}"


class _Known:
    """Passages with their vectors, in rows of the base and beyond them; those of the base are read when asked for."""

    def __init__(self, base: Generation | None, rows: Sequence[int], more: Sequence[_Candidate]) -> None:
        self._base, self._rows, self._more = base, rows, [each.passage for each in more]
        of_more = [each.vector for each in more]
        of_base = [] if base is None or not rows else list(base.dense.vectors(np.array(rows, np.int64)))
        self.vectors: Vectors = np.array(of_base + of_more, np.float32)

    def __len__(self) -> int:
        return len(self._rows) + len(self._more)

    def passage(self, number: int) -> Passage:
        if number >= len(self._rows):
            return self._more[number - len(self._rows)]
        assert self._base is not None, "it has rows"
        return self._base.passage(self._rows[number])


class _Settling:
    def __init__(self, changes: Changes, base: Generation | None) -> None:
        self._changes, self._base = changes, base
        self._replaced = changes.removed | {entry.document.id for entry in changes.entries}
        self._before = [aside for held in base.asides().values() for aside in held] if base is not None else []
        self._new_ids = {passage.id for entry in changes.entries for passage in entry.passages}

    def has_nothing_to_do(self) -> bool:
        """Whether neither logs nor what they yield to are touched."""
        new = any(passage.kind != "document" for entry in self._changes.entries for passage in entry.passages)
        return not new and not self._before

    def result(self) -> Settled:
        settled = Settled()
        kept = [aside for aside in self._before if aside.passage.document_id not in self._replaced]
        held = [aside for aside in kept if self._stands(aside.to)]
        back = [aside for aside in kept if not self._stands(aside.to)]
        candidates = self._candidates(back)
        new_faqs = self._entries_of("faq")
        of_base = self._rows_of_base() if candidates or new_faqs else {}
        faqs = _Known(self._base, of_base.get("faq", []), new_faqs)
        logs = _Known(self._base, of_base.get("log", []), [])
        settled.rivals = list(_rivals([each.passage for each in new_faqs], faqs))
        overruled = []
        for candidate in candidates + _close_to(new_faqs, logs):
            if (found := _overruled(candidate, faqs)) is not None:
                aside, conflict = found
                overruled.append(aside)
                settled.conflicts.append(conflict)
        gone = {aside.passage.id for aside in overruled}
        standing = [row for row in of_base.get("log", []) if not gone or self._id_of(row) not in gone]
        folded = list(
            _folded([each for each in candidates if each.passage.id not in gone], _Known(self._base, standing, []))
        )
        settled.folded = sum(aside.passage.id in self._new_ids for aside in folded)
        moved = {aside.passage.id: aside.to for aside in folded}
        held = [replace(aside, to=moved.get(aside.to, aside.to)) for aside in held]
        self._changes.asides = held + overruled + folded
        self._rewrite(self._changes.asides, back)
        return settled

    def _stands(self, passage_id: str) -> bool:
        """Whether a passage will still be there, searched or held."""
        document = document_of(passage_id)
        if document in self._replaced:
            return passage_id in self._new_ids
        return self._base is not None and document in self._base.documents

    def _entries_of(self, kind: Kind) -> list[_Candidate]:
        return [
            _Candidate(passage, vector, False)
            for entry in self._changes.entries
            for passage, vector in zip(entry.passages, entry.vectors, strict=True)
            if passage.kind == kind
        ]

    def _candidates(self, back: Iterable[Aside]) -> list[_Candidate]:
        """The passages of logs that are new, read again or back; those that were searched before come first."""
        stood: set[str] = set()
        if self._base is not None:
            for document in self._replaced & self._base.documents.keys():
                stood |= {passage.id for passage in self._base.passages(document)}
        found = [replace(each, stood=each.passage.id in stood) for each in self._entries_of("log")]
        found += [_Candidate(aside.passage, aside.vector, False) for aside in back]
        return sorted(
            found, key=lambda each: (not each.stood, each.passage.source, each.passage.row or 0, each.passage.id)
        )

    def _rows_of_base(self) -> dict[Kind, list[int]]:
        """The rows that stay, by kind."""
        rows: dict[Kind, list[int]] = defaultdict(list)
        if self._base is not None:
            for document in self._base.documents.keys() - self._replaced:
                for row in self._base.rows(document):
                    rows[self._base.passage(int(row)).kind].append(int(row))
        return {kind: sorted(numbers) for kind, numbers in rows.items()}

    def _id_of(self, row: int) -> str:
        assert self._base is not None, "it has rows"
        return self._base.passage(row).id

    def _rewrite(self, asides: Sequence[Aside], back: Sequence[Aside]) -> None:
        """Give every document of the changes, and every other that is touched, the passages that are searched."""
        held = {aside.passage.id for aside in asides}
        spoken_for: dict[str, list[str]] = defaultdict(list)
        for aside in asides:
            if aside.because == "same":
                spoken_for[aside.to].append(place(aside.passage))

        def told(passage: Passage) -> Passage:
            others = sorted(spoken_for[passage.id]) if passage.id in spoken_for else []
            return replace(passage, conversations=len(others) + 1 if others else None, alike=tuple(others[:LINKS]))

        def entry(document: Document, pairs: Iterable[tuple[Passage, Vectors]]) -> Entry:
            searched = [(told(passage), vector) for passage, vector in pairs if passage.id not in held]
            vectors = np.stack([vector for _, vector in searched]) if searched else self._no_vectors()
            passages = [passage for passage, _ in searched]
            return Entry(replace(document, passages=len(passages)), passages, vectors)

        self._changes.entries[:] = [
            entry(each.document, zip(each.passages, each.vectors, strict=True)) for each in self._changes.entries
        ]
        if self._base is None:
            return
        back_in: dict[str, list[Aside]] = defaultdict(list)
        for aside in back:
            back_in[aside.passage.document_id].append(aside)
        touched = {document_of(aside.to) for aside in (*self._before, *asides) if aside.because == "same"}
        touched |= {*back_in, *(aside.passage.document_id for aside in asides)}
        for name in sorted((touched & self._base.documents.keys()) - self._replaced):
            before = list(zip(self._base.passages(name), self._base.dense.vectors(self._base.rows(name)), strict=True))
            pairs = before + [(aside.passage, aside.vector) for aside in back_in[name]]
            pairs.sort(key=lambda pair: pair[0].row or 0)
            made = entry(self._base.documents[name], pairs)
            if made.passages != [passage for passage, _ in before]:
                self._changes.entries.append(made)

    def _no_vectors(self) -> Vectors:
        dimensions = (
            self._base.manifest.dimensions if self._base is not None else self._changes.entries[0].vectors.shape[1]
        )
        return np.empty((0, dimensions), np.float32)


def document_of(passage_id: str) -> str:
    """The id of the document that a passage belongs to."""
    return passage_id.rpartition("-")[0]


def _close_to(faqs: Sequence[_Candidate], logs: _Known) -> list[_Candidate]:
    """The passages of logs that may answer the question of one of these FAQs."""
    found: set[int] = set()
    if len(logs):
        for start in range(0, len(faqs), BLOCK):
            block = np.array([faq.vector for faq in faqs[start : start + BLOCK]], np.float32)
            found.update(np.nonzero((block @ logs.vectors.T).max(axis=0) >= SAME_QUESTION)[0].tolist())
    return [_Candidate(logs.passage(number), logs.vectors[number], True) for number in sorted(found)]


def _rivals(new: Sequence[Passage], faqs: _Known) -> Iterator[Rival]:
    """The new FAQs that another document's FAQ of the very same question contradicts, each pair once."""
    asking: dict[tuple[object, ...], list[Passage]] = defaultdict(list)
    wanted = {_asked(passage) for passage in new}
    for number in range(len(faqs) if new else 0):
        passage = faqs.passage(number)
        if (asked := _asked(passage)) in wanted:
            asking[asked].append(passage)
    told: set[frozenset[str]] = set()
    for passage in new:
        for other in asking[_asked(passage)]:
            pair = frozenset((passage.id, other.id))
            if other.document_id == passage.document_id or pair in told:
                continue
            told.add(pair)
            question = passage.question or passage.title
            if (why := contradicts(question, other.text, passage.text)) is not None:
                yield Rival(question, passage.source, place(other), why)


def _asked(passage: Passage) -> tuple[object, ...]:
    """Whom a FAQ is for and what it asks, without the signs and blanks by which copies differ."""
    question = unicodedata.normalize("NFKC", passage.question or passage.title).lower()
    words = "".join(sign for sign in question if sign.isalnum())
    return passage.collection, passage.lang, passage.attributes.audience, passage.attributes.product, words


def _overruled(log: _Candidate, faqs: _Known) -> tuple[Aside, Conflict] | None:
    """What the FAQ that asks the same as a log's passage has against it."""
    if not len(faqs):
        return None
    cosines = faqs.vectors @ log.vector
    for number in np.argsort(-cosines, kind="stable")[:BLOCK]:
        if cosines[number] < SAME_QUESTION:
            return None
        faq = faqs.passage(int(number))
        if faq.collection != log.passage.collection:
            continue
        why = contradicts(faq.question or faq.title, faq.text, log.passage.text)
        if why is None:
            return None
        conflict = Conflict(log.passage.question or log.passage.title, place(log.passage), place(faq), why)
        return Aside(log.passage, log.vector, faq.id, "contradicts", why), conflict
    return None


def _folded(candidates: Sequence[_Candidate], known: _Known) -> Iterator[Aside]:
    """The candidates that a known passage, or a candidate before them, speaks for."""
    leaders: list[_Candidate] = []  # among the candidates
    for start in range(0, len(candidates), BLOCK):
        block = candidates[start : start + BLOCK]
        vectors = np.array([each.vector for each in block], np.float32)
        to_known = vectors @ known.vectors.T if len(known) else np.empty((len(block), 0), np.float32)
        earlier = len(leaders)
        to_leaders = (
            vectors @ np.array([each.vector for each in leaders], np.float32).T
            if leaders
            else np.empty((len(block), 0), np.float32)
        )
        for number, candidate in enumerate(block):
            near = [
                (float(to_known[number, at]), known.passage(int(at))) for at in np.nonzero(to_known[number] >= NEAR)[0]
            ]
            near += [
                (float(to_leaders[number, at]), leaders[at].passage) for at in np.nonzero(to_leaders[number] >= NEAR)[0]
            ]
            near += [
                (cosine, each.passage)
                for each in leaders[earlier:]
                if (cosine := float(each.vector @ candidate.vector)) >= NEAR
            ]
            near.sort(key=lambda pair: -pair[0])
            leader = next((passage for _, passage in near if _say_the_same(passage, candidate.passage)), None)
            if leader is None:
                leaders.append(candidate)
            else:
                yield Aside(candidate.passage, candidate.vector, leader.id, "same")


def _say_the_same(one: Passage, other: Passage) -> bool:
    return (
        one.collection == other.collection
        and numbers(one.text) == numbers(other.text)
        and negations(one.text) == negations(other.text)
        and jaccard(shingles(one.text), shingles(other.text)) >= SAME_WORDS
    )
