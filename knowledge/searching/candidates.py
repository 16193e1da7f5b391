"""Gathers the passages that may answer a question: those near to it in meaning, and those that share its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat

import numpy as np

from knowledge.embedder import Embedder, Vectors
from knowledge.filters import Filters
from knowledge.index.dense import Mask, Rows
from knowledge.index.store import Generation
from knowledge.language.languages import UNKNOWN as NO_LANGUAGE
from knowledge.language.sentences import split_sentences
from knowledge.searching.ordering import Scores
from knowledge.searching.reading import LONG, at_most, ends, is_short, parts, said_once

CANDIDATES = 50  # from each side: the right passage is among them or is not found at all
MATCHES = 100  # passages whose words are compared: those found by meaning alone would else seem to share none
MEANT = 0.8  # of a word's worth: what it may be called in the other language says less than the word itself
FOREIGN = 20  # candidates in other languages than the question's
HISTORY_WEIGHT = 0.1  # of the words of the customer's message before this one
MOST_SENTENCES = 16  # of a long message: searched for their words
BEST = 3  # of these, and of its parts: those that a passage fits best count for it


@dataclass(frozen=True, slots=True)
class Sought:
    """A question as it is searched for, and among which passages."""

    generation: Generation
    text: str
    lang: str
    vector: Vectors
    parts: tuple[Vectors, ...]  # the vectors of a long message's parts; none of another
    is_short: bool
    rarity: dict[str, float]  # how rare its words are; none of a long message
    filters: Filters | None
    allowed: Mask | None  # the rows that pass the filters, None where all do
    passing: int  # how many do

    @classmethod
    def of(
        cls,
        generation: Generation,
        embedder: Embedder,
        question: str,
        lang: str,
        filters: Filters | None,
        allowed: Mask | None,
    ) -> Sought:
        """Reads and embeds a question. Raises what the embedder raises."""
        text = said_once(question, lang)
        short = is_short(text, lang)
        return cls(
            generation=generation,
            text=text,
            lang=lang,
            vector=embedder.embed_query(ends(text, lang)),
            parts=tuple(map(embedder.embed_query, parts(text, lang))),
            is_short=short,
            rarity=generation.lexical.rarities(text) if short else {},
            filters=filters,
            allowed=allowed,
            passing=len(generation) if allowed is None else int(np.count_nonzero(allowed)),
        )

    def words(self, text: str, most: int) -> dict[int, float]:
        """Rows that share words with a text, the best first, and their shares."""
        rows, shares = self.generation.by_words(text, most, self.filters, self.allowed)
        return dict(zip(rows.tolist(), shares.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Candidates:
    """What is known of the passages that a question is compared with, a row of each array each."""

    rows: Rows
    vectors: Vectors
    cosines: Vectors
    deviations: Scores  # of the cosines from what is usual for the passage's language
    by_parts: Scores | None  # the deviations from the parts of a long message that fit best
    shares: Scores  # of the BM25 score that the question itself would get
    foreign: Mask  # whether they are in another language than the question


def gathered(sought: Sought, before: str, limit: int, remembered: Sequence[int]) -> Candidates:
    """`CANDIDATES` by meaning and as many by words, or four times as many as are wanted, and those `remembered`.

    `before` is what the customer said before: its words help a little.
    """
    generation, lang, vector = sought.generation, sought.lang, sought.vector
    most = max(CANDIDATES, 4 * limit)
    matches = max(MATCHES, most)
    # A question is nearer to any passage of its own language: where there are many, none of another would be looked at.
    near = generation.dense.near(vector, most, sought.allowed, besides=(lang, FOREIGN))
    share_of = _shares(sought, before, matches)
    meaning, meant = generation.by_meanings(sought.text, lang, matches, sought.filters, sought.allowed)
    for row, share in zip(meaning.tolist(), (MEANT * meant).tolist(), strict=True):
        share_of[row] = max(share, share_of.get(row, 0.0))
    of_parts = [generation.dense.near(part, most // len(sought.parts), sought.allowed) for part in sought.parts]
    found = (
        near.tolist(),
        islice(share_of, most),
        meaning[:FOREIGN].tolist(),
        remembered,
        *map(np.ndarray.tolist, of_parts),
    )
    places = list(dict.fromkeys(chain.from_iterable(found)))
    rows = np.array(places, np.int64)
    vectors = generation.dense.vectors(rows)
    cosines = vectors @ vector
    return Candidates(
        rows=rows,
        vectors=vectors,
        cosines=cosines,
        deviations=generation.background.deviations(vector, rows, cosines),
        by_parts=_by_parts(sought, rows, vectors) if sought.parts else None,
        shares=np.array([*map(share_of.get, places, repeat(0.0))]),
        foreign=is_foreign(generation, rows, lang),
    )


def _by_parts(sought: Sought, rows: Rows, vectors: Vectors) -> Scores:
    """How well passages fit the parts of a long message that they fit best, in deviations as those of a whole one."""
    background = sought.generation.background
    of_each = np.array([background.deviations(part, rows, vectors @ part) for part in sought.parts])
    best: Scores = np.sort(of_each, axis=0)[-BEST:].mean(axis=0)
    return best


def is_foreign(generation: Generation, rows: Rows, lang: str) -> Mask:
    """Which rows are in another language than a question; none where the question has no letters to tell it by."""
    foreign: Mask = np.zeros(len(rows), bool) if lang == NO_LANGUAGE else generation.languages[rows] != lang.encode()
    return foreign


def _shares(sought: Sought, before: str, most: int) -> dict[int, float]:
    """Rows that share words with the question, the best first, with their shares; then those of what was asked before.

    In a long message no passage shares more than a little with the whole: what counts is how well a passage fits the
    `BEST` sentences that it fits best.
    """
    text, lang = sought.text, sought.lang
    if len(text) <= at_most(LONG, lang):
        shares = sought.words(text, most)
    else:
        per_row: dict[int, list[float]] = {}
        sentences = sorted(split_sentences(text, lang), key=len)[-MOST_SENTENCES:]
        for sentence in sentences:
            for row, share in sought.words(sentence, most).items():
                per_row.setdefault(row, []).append(share)
        shares = {row: sum(sorted(all_of)[-BEST:]) / BEST for row, all_of in per_row.items()}
        shares = dict(sorted(shares.items(), key=lambda item: -item[1])[:most])
    if before:
        for row, share in sought.words(ends(before, lang), most).items():
            shares[row] = shares.get(row, 0.0) + HISTORY_WEIGHT * share
    return shares
