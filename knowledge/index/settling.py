"""Settles before a commit what is searched: logs that say the same are folded, and what another overrules yields.

A resolved conversation is folded into an earlier one when their vectors are close, their resolutions are of nearly the
same words, and neither a number nor a "not" differs. Each of these alone takes "14 days" for "30 days"; together they
hardly ever do (`python -m benchmarks.folding`). What was indexed earlier speaks for what comes later, and within a run
the first by file and row, so that the same files in the same order always give the same.

A log yields to a FAQ that contradicts it. Of two FAQs, or two sections of documents, that answer the very same question
otherwise the older yields where both have a day and speak of one thing (`knowledge.index.outdated`); else both are
searched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from knowledge.embedder import Vectors
from knowledge.filters import NAMES
from knowledge.index import outdated
from knowledge.index.asides import Aside
from knowledge.index.committing import Changes, Entry
from knowledge.index.contradictions import contradicts
from knowledge.index.known import Candidate, Known, of_kind
from knowledge.index.overlaps import close_to, folded, overruled
from knowledge.index.settled import Outdated, Rival, Settled, days_of, place
from knowledge.index.store import Generation
from knowledge.passages import KINDS, Document, Kind, Passage

SAME_SECTION = 0.97  # cosine of two sections under the same headings, of which the newer may be the rule: parts of
# one long section that are about other things reach 0.965 (help pages of GnuCash and LibreOffice)
MOST_OTHERS = 20  # answers to the very same question that one is compared with
LINKS = 5  # conversations that a passage names of those that it stands for
T = TypeVar("T")


def settle(changes: Changes, base: Generation | None) -> Settled:
    """Decide which passages are searched after these changes, and complete the changes by that.

    Passages that yield move from the entries to `changes.asides`; they come back when what they yielded to is gone.
    Documents of `base` whose passages are touched by either become entries too, with the vectors that they have.
    """
    run = _Settling(changes, base)
    if run.has_nothing_to_do():
        return Settled()
    return run.result()


def unsettled(base: Generation, document_id: str) -> list[Passage]:
    """All passages of a document, searched or held, as they were read."""
    held = [(aside.at, aside.passage) for aside in base.asides().get(document_id, ())]
    whole = _whole(base.passages(document_id), held, lambda passage: passage)
    return [replace(each, conversations=None, alike=()) for each in whole]


def _whole(searched: Sequence[T], held: Iterable[tuple[int | None, T]], passage: Callable[[T], Passage]) -> list[T]:
    """All that belongs to a document in reading order: what is searched, and what is held at its place."""
    found = list(searched)
    unplaced = [each for at, each in held if at is None]
    for at, each in sorted(((at, each) for at, each in held if at is not None), key=lambda pair: pair[0]):
        found.insert(at, each)
    return sorted([*found, *unplaced], key=lambda each: passage(each).row or 0) if unplaced else found


class _Settling:
    def __init__(self, changes: Changes, base: Generation | None) -> None:
        self._changes, self._base = changes, base
        self._entries = {entry.document.id: entry for entry in changes.entries}
        self._replaced = changes.removed | {entry.document.id for entry in changes.entries}
        self._before = [aside for held in base.asides().values() for aside in held] if base is not None else []
        self._new_ids = {passage.id for entry in changes.entries for passage in entry.passages}

    def has_nothing_to_do(self) -> bool:
        """Whether nothing is touched that may yield, or that something may yield to."""
        passages = (passage for entry in self._changes.entries for passage in entry.passages)
        return not self._before and not any(passage.kind != "document" or passage.updated for passage in passages)

    def result(self) -> Settled:
        settled = Settled()
        kept = [aside for aside in self._before if aside.passage.document_id not in self._replaced]
        held = [aside for aside in kept if self._stands(aside)]
        back = [aside for aside in kept if not self._stands(aside)]
        new_faqs = self._entries_of("faq") + of_kind(back, "faq")
        new_sections = [each for each in self._entries_of("document") if each.passage.updated]
        new_sections += of_kind(back, "document")
        of_base = self._rows_of_base() if new_faqs or new_sections or self._touches_logs(back) else {}
        faqs = Known(self._base, of_base.get("faq", []), new_faqs)
        older = self._outdated(new_faqs, faqs, settled)
        if new_sections:
            sections = Known(self._base, self._dated(of_base.get("document", [])), new_sections)
            older += self._outdated(new_sections, sections, settled)
        out = {aside.passage.id for aside in older}
        # What a log was compared with is out of date itself: it is compared with what is in force.
        again = [aside for aside in held if aside.to in out and aside.passage.kind == "log"]
        held = [aside for aside in held if aside not in again]
        back += again
        candidates = self._candidates([aside for aside in back if aside.passage.kind == "log"])
        logs = Known(self._base, of_base.get("log", []), [])
        yielding = []
        for candidate in candidates + close_to([each for each in new_faqs if each.passage.id not in out], logs):
            if (found := overruled(candidate, faqs, out)) is not None:
                aside, conflict = found
                yielding.append(aside)
                settled.conflicts.append(conflict)
        gone = {aside.passage.id for aside in yielding}
        standing = [row for row in of_base.get("log", []) if not gone or self._id_of(row) not in gone]
        left = [each for each in candidates if each.passage.id not in gone]
        same = list(folded(left, Known(self._base, standing, [])))
        settled.folded = sum(aside.passage.id in self._new_ids for aside in same)
        moved = {aside.passage.id: aside.to for aside in same}
        held = [replace(aside, to=moved.get(aside.to, aside.to)) for aside in held]
        self._changes.asides = held + older + yielding + same
        self._rewrite(self._changes.asides, back)
        return settled

    def _touches_logs(self, back: Sequence[Aside]) -> bool:
        return bool(self._entries_of("log")) or any(aside.passage.kind == "log" for aside in back)

    def _stands(self, aside: Aside) -> bool:
        """Whether the passage that another yields to will still be there, searched or held, and as it was."""
        document = document_of(aside.to)
        if document in self._replaced:
            return aside.to in self._new_ids and aside.because != "older"  # its day may be another now
        return self._base is not None and document in self._base.documents

    def _document(self, name: str) -> Document:
        if name in self._entries:
            return self._entries[name].document
        assert self._base is not None, "it has the document"
        return self._base.documents[name]

    def _dated(self, rows: Sequence[int]) -> list[int]:
        """The rows of documents of which any passage has a day."""
        if self._base is None:
            return []
        dated = [
            self._base.rows(name) for name, document in self._base.documents.items() if document.updated is not None
        ]
        return sorted(set(rows).intersection(np.concatenate(dated).tolist())) if dated else []

    def _outdated(self, new: Sequence[Candidate], known: Known, settled: Settled) -> list[Aside]:
        """The passages that newer ones overrule, of pairs of which one is new; FAQs of which none does are rivals."""
        yields: dict[str, Aside] = {}
        newest: dict[str, Outdated] = {}
        rivals: list[tuple[Rival, set[str]]] = []
        for one, other, many in self._same_questions(new, known):
            passage, another = known.passage(one), known.passage(other)
            pair = None if many else outdated.older_of(passage, another)
            documents = {each.document_id: self._document(each.document_id) for each in (passage, another)}
            if pair is not None and (
                passage.kind != "document" or known.vector(one) @ known.vector(other) >= SAME_SECTION
            ):
                older, newer = pair
                why = outdated.overruled(older, newer, documents[older.document_id], documents[newer.document_id])
                if why is not None:
                    best = newest.get(older.id)
                    if best is None or best.since < str(newer.updated):
                        at = other if older is another else one
                        newest[older.id] = _told_outdated(older, newer, why)
                        yields[older.id] = Aside(older, known.vector(at), newer.id, "older", why, self._place(older))
                    continue
            if passage.kind == "faq":
                question = outdated.asked(passage)
                if (why := contradicts(question, another.text, passage.text)) is not None:
                    rival = Rival(question, passage.source, place(another), why + days_of(another, passage))
                    rivals.append((rival, {passage.id, another.id}))
        settled.outdated += newest.values()
        settled.rivals += [rival for rival, pair in rivals if not pair & yields.keys()]
        return list(yields.values())

    def _same_questions(self, new: Sequence[Candidate], known: Known) -> Iterator[tuple[int, int, bool]]:
        """Pairs of a new passage and another document's that answers the same question, each once, as numbers.

        With each comes whether so many documents answer it that it is asked of as many things.
        """
        fresh = {each.passage.id for each in new}
        wanted = {outdated.question_of(each.passage) for each in new}
        asking: dict[outdated.Key, list[tuple[int, Passage]]] = defaultdict(list)
        for number in range(len(known) if new else 0):
            passage = known.passage(number)
            if (key := outdated.question_of(passage)) in wanted:
                asking[key].append((number, passage))
        for answers in asking.values():
            many = len({passage.document_id for _, passage in answers}) > outdated.MOST
            for at, (number, passage) in enumerate(answers):
                if passage.id not in fresh:
                    continue
                others = [
                    another
                    for place, (another, other) in enumerate(answers)
                    if other.document_id != passage.document_id and (place > at or other.id not in fresh)
                ]
                yield from ((number, another, many) for another in others[:MOST_OTHERS])

    def _place(self, passage: Passage) -> int:
        """Where a passage stands among all of its document, those that are held included."""
        name = passage.document_id
        if name in self._entries:
            return [each.id for each in self._entries[name].passages].index(passage.id)
        assert self._base is not None, "it has the document"
        return [each.id for each in unsettled(self._base, name)].index(passage.id)

    def _entries_of(self, kind: Kind) -> list[Candidate]:
        return [
            Candidate(passage, vector, False)
            for entry in self._changes.entries
            for passage, vector in zip(entry.passages, entry.vectors, strict=True)
            if passage.kind == kind
        ]

    def _candidates(self, back: Iterable[Aside]) -> list[Candidate]:
        """The passages of logs that are new, read again or back; those that were searched before come first."""
        stood: set[str] = set()
        if self._base is not None:
            for document in self._replaced & self._base.documents.keys():
                stood |= {passage.id for passage in self._base.passages(document)}
        found = [replace(each, stood=each.passage.id in stood) for each in self._entries_of("log")]
        found += [Candidate(aside.passage, aside.vector, False) for aside in back]
        return sorted(
            found, key=lambda each: (not each.stood, each.passage.source, each.passage.row or 0, each.passage.id)
        )

    def _rows_of_base(self) -> dict[Kind, list[int]]:
        """The rows that stay, by kind."""
        if self._base is None:
            return {}
        stays = np.zeros(len(self._base), bool)
        for document in self._base.documents.keys() - self._replaced:
            stays[self._base.rows(document)] = True
        kinds = np.array([group[NAMES.index("kind")][0] for group in self._base.groups])[self._base.group]
        return {kind: np.flatnonzero(stays & (kinds == kind)).tolist() for kind in KINDS}

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
        touched = {document_of(aside.to) for aside in (*self._before, *asides) if aside.because == "same"}
        touched |= {aside.passage.document_id for aside in (*back, *asides)}
        for name in sorted((touched & self._base.documents.keys()) - self._replaced):
            before = list(zip(self._base.passages(name), self._base.dense.vectors(self._base.rows(name)), strict=True))
            beside = [(aside.at, (aside.passage, aside.vector)) for aside in self._base.asides().get(name, ())]
            pairs = _whole(before, beside, lambda pair: pair[0])
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


def _told_outdated(older: Passage, newer: Passage, why: str) -> Outdated:
    return Outdated(outdated.asked(newer), place(older), str(older.updated), place(newer), str(newer.updated), why)
