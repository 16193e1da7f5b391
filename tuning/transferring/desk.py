"""The labelled questions of a desk before the passages that matter to them."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.confidence import Evidence
from knowledge.embedder import Embedder
from knowledge.index import adapting
from knowledge.index.adapting import Adapter, Head, Target
from knowledge.index.store import Generation
from knowledge.index.wording import Wording
from knowledge.language.languages import language
from knowledge.searching import assurance, candidates, scoring

MOST_COMPARED = 3000  # passages that a form is trained among: those wanted, and the strongest that are not
STRONGEST = 30  # of each question
WIDTH = 2.5  # of the memory, in standard deviations of the cosines between questions
MEMORY = 3.0  # standard deviations that a question of the very same meaning is worth
WORDS = 2.0  # standard deviations that one of the very same words is worth besides
FLAT = 1e-6  # a dimension that spreads less says nothing
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question and how well passages answer it: grades above 0."""

    text: str
    grades: Mapping[Target, int]


class Desk:
    """The labelled questions before the passages that matter to them."""

    def __init__(self, generation: Generation, embedder: Embedder, labelled: Sequence[Labelled]) -> None:
        self.generation, self.embedder, self.labelled = generation, _Remembering(embedder, labelled), labelled
        self.asks: Floats = np.stack([self.embedder.embed_query(one.text) for one in labelled])
        documents = {document for one in labelled for document, _ in one.grades}
        self.named = {document: adapting.targets_of(generation, document) for document in sorted(documents)}
        self.rows_of = self._rows_of()
        pool = self.pool = self._pool()
        self.vectors = generation.dense.vectors(pool)
        place = {row: number for number, row in enumerate(pool.tolist())}
        self.base = np.empty((len(labelled), len(pool)), np.float32)
        self.shares = np.zeros_like(self.base)
        self.gains = np.zeros_like(self.base)
        for number, one in enumerate(labelled):
            self.base[number], self.shares[number] = self._scores(number, pool)
            for target, grade in one.grades.items():
                self.gains[number, [place[row] for row in self.rows_of[target]]] = grade
        self.ideal = dcg(self.gains, self.gains)
        self.mean_question, self.mean_passage = self.asks.mean(axis=0), self.vectors.mean(axis=0)
        self.questions = self.asks - self.mean_question
        self.passages = self.vectors - self.mean_passage
        varied = (self.questions.std(axis=0) > FLAT) & (self.passages.std(axis=0) > FLAT)
        self.varied = np.flatnonzero(varied)  # dimensions: an encoder may keep some for languages that do not occur
        self.scale = np.float32(_length(self.questions) * _length(self.passages))
        cosines = self.asks @ self.asks.T
        self.width = WIDTH * max(float(cosines[np.triu_indices(len(labelled), 1)].std()), 1e-6)
        self.nearness = (cosines - 1) / np.float32(self.width)
        self.terms = [generation.lexical.terms(one.text) for one in labelled]

    def _rows_of(self) -> dict[Target, list[int]]:
        rows: dict[Target, list[int]] = {target: [] for one in self.labelled for target in one.grades}
        for document, targets in self.named.items():
            for row, target in zip(self.generation.rows(document).tolist(), targets, strict=True):
                if target in rows:
                    rows[target].append(row)
        return rows

    def _scores(self, number: int, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Of some rows: what the search makes of a question, and the shares of words."""
        generation, vector = self.generation, self.asks[number]
        lang = language(self.labelled[number].text)
        stored = generation.dense.vectors(rows)
        found = generation.background.deviations(vector, rows, stored @ vector)
        matching, matched = generation.by_words(self.labelled[number].text, candidates.MATCHES)
        share_of = dict(zip(matching.tolist(), matched.tolist(), strict=True))
        shares = np.array([share_of.get(row, 0.0) for row in rows.tolist()])
        foreign = candidates.is_foreign(generation, rows, lang)
        found += scoring.words_and_handicaps(generation, rows, stored, lang, found, shares, foreign)
        return found.astype(np.float32), shares.astype(np.float32)

    def confidence(self, number: int, cosines: Floats, share: float) -> float:
        """What the search would make of a question's cosines with passages, and of the best one's share of words."""
        nearest = np.argsort(-cosines)[: assurance.NEAREST]
        near = cosines[nearest]
        [deviation] = self.generation.background.deviations(self.asks[number], self.pool[nearest[:1]], near[:1])
        seen = Evidence(assurance.nearness(near, len(self.generation)), float(deviation), share)
        lang = language(self.labelled[number].text)
        return assurance.confidence(self.generation, self.embedder.fingerprint, lang, seen)

    def _pool(self) -> NDArray[np.int64]:
        """The rows that are compared: all that a question wants, and the strongest that it does not, in turns."""
        wanted = {row for rows in self.rows_of.values() for row in rows}
        ranked: list[list[int]] = []
        for number, one in enumerate(self.labelled):
            near, _ = self.generation.dense.search(self.asks[number], STRONGEST)
            matching, _ = self.generation.by_words(one.text, STRONGEST)
            ranked.append([row for pair in itertools.zip_longest(near.tolist(), matching.tolist()) for row in pair])
        pool = dict.fromkeys(sorted(wanted))
        for rank in itertools.zip_longest(*ranked):
            if len(pool) >= MOST_COMPARED:
                break
            pool.update(dict.fromkeys(row for row in rank if row is not None))
        return np.array(list(pool), np.int64)

    def wording(self, train: NDArray[np.int64]) -> Wording:
        """The words of some of the questions."""
        return Wording.of([self.terms[number] for number in train.tolist()])

    def adapter(
        self,
        train: NDArray[np.int64],
        form: Floats,
        gate: NDArray[np.float64],
        sure: float = 0.0,
        scores: dict[str, Any] | None = None,
    ) -> Adapter:
        """An adapter from some of the questions."""
        known = [self.labelled[number] for number in train.tolist()]
        targets = {target: column for column, target in enumerate(sorted({t for one in known for t in one.grades}))}
        pairs = sorted(
            (targets[target], number, grade / max(one.grades.values()))
            for number, one in enumerate(known)
            for target, grade in one.grades.items()
        )
        head = Head(
            embedding=self.embedder.fingerprint,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            data=digest(self.labelled),
            questions=len(known),
            targets=tuple(targets),
            width=self.width,
            memory=MEMORY,
            words=WORDS,
            gate=tuple(gate.tolist()),
            sure=sure,
            scores=scores or {},
        )
        return Adapter(
            head,
            asks=self.asks[train],
            wording=self.wording(train),
            pairs=np.array([(number, column) for column, number, _ in pairs], np.int32).reshape(-1, 2),
            grades=np.array([grade for _, _, grade in pairs], np.float32),
            mean_question=self.mean_question,
            mean_passage=self.mean_passage,
            form=form,
        )


class _Remembering:
    """An Embedder that embeds each labelled question once."""

    def __init__(self, embedder: Embedder, labelled: Sequence[Labelled]) -> None:
        self.fingerprint, self.dimensions = embedder.fingerprint, embedder.dimensions
        self.count_tokens = embedder.count_tokens
        self.embed_passages, self._embed = embedder.embed_passages, embedder.embed_query
        self._known: dict[str, Floats] = {}

    def embed_query(self, text: str) -> Floats:
        """The vector of a question."""
        if text not in self._known:
            self._known[text] = self._embed(text)
        return self._known[text]


def dcg(scores: Floats, gains: Floats) -> Floats:
    """DCG@10 of each row, ordered by its scores."""
    first = min(10, scores.shape[1])
    top = np.argpartition(scores, -first, axis=1)[:, -first:]
    order = np.take_along_axis(top, np.argsort(-np.take_along_axis(scores, top, 1), axis=1, kind="stable"), 1)
    discount = (1 / np.log2(np.arange(2, first + 2))).astype(np.float32)
    found: Floats = np.take_along_axis(gains, order, 1) @ discount
    return found


def _length(vectors: Floats) -> float:
    return max(float(np.linalg.norm(vectors, axis=1).mean()), 1e-6)


def digest(labelled: Sequence[Labelled]) -> str:
    """The SHA-256 of questions and judgements, whatever their order."""
    lines: Iterator[str] = (json.dumps([one.text, sorted(map(list, one.grades.items()))]) for one in labelled)
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
