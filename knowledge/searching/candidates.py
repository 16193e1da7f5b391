"""Gathers the passages that may answer a question: those near to it in meaning, and those that share its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat

import numpy as np

from knowledge.embedder import Embedder, Vectors
from knowledge.filters import Filters
from knowledge.index.part import Mask, Rows
from knowledge.index.store import Generation
from knowledge.language.languages import UNKNOWN as NO_LANGUAGE
from knowledge.language.sentences import split_sentences
from knowledge.searching.ordering import Scores
from knowledge.searching.reading import LONG, at_most, ends, is_short, parts, said_once

CANDIDATES = 50  # from each side: the right passage is among them or is not found at all
MATCHES = 100  # passages whose words are compared: those found by meaning alone would else seem to share none
MEANT = 0.8  # of a word's worth: what it may be called in the other language says less than the word itself
FOREIGN = 20  # candidates in other languages than the question's
OF_A_PART = 10  # candidates at least, of each part of a long message
HISTORY_WEIGHT = 0.1  # of the words of the customer's message before this one
MOST_SENTENCES, BEST_SENTENCES = 16, 3  # of a long message: searched for their words, and counted for a passage


@dataclass(frozen=True, slots=True)
class Sought:
    """A question as it is searched for, and among which passages."""

    generation: Generation
    text: str
    lang: str
    vector: Vectors  # of a long message the mean of its parts
    parts: Vectors  # the vectors of a long message's parts, n x d; of another its own alone
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
        asked = np.stack([embedder.embed_query(part) for part in parts(text, lang)])
        together = asked.sum(axis=0)
        return cls(
            generation=generation,
            text=text,
            lang=lang,
            vector=together / np.sqrt(together @ together) if len(asked) > 1 else asked[0],
            parts=asked,
            is_short=short,
            rarity=generation.lexical.rarities(text) if short else {},
            filters=filters,
            allowed=allowed,
            passing=len(generation) if allowed is None else int(np.count_nonzero(allowed)),
        )

    @property
    def is_long(self) -> bool:
        """Whether it has several parts."""
        return len(self.parts) > 1

    def words(self, text: str, most: int) -> dict[int, float]:
        """Rows that share words with a text, the best first, and their shares."""
        rows, shares = self.generation.by_words(text, most, self.filters, self.allowed)
        return dict(zip(rows.tolist(), shares.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Candidates:
    """What is known of the passages that a question is compared with, a row of each array each."""

    rows: Rows
    vectors: Vectors
    cosines: Vectors  # with the question; with that part of a long message that fits best
    deviations: Scores  # of the cosines from what is usual for the passage's language
    nearness: Scores  # the deviations; of a long message those from all of its parts together
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
    of_each = max(OF_A_PART, most // len(sought.parts))
    of_parts = (
        generation.dense.near(part, of_each, sought.allowed).tolist() for part in sought.parts if sought.is_long
    )
    found = (near.tolist(), islice(share_of, most), meaning[:FOREIGN].tolist(), remembered, *of_parts)
    places = list(dict.fromkeys(chain.from_iterable(found)))
    rows = np.array(places, np.int64)
    vectors = generation.dense.vectors(rows)
    cosines = sought.parts @ vectors.T
    deviations = np.array([
        generation.background.deviations(part, rows, own) for part, own in zip(sought.parts, cosines, strict=True)
    ])  # fmt: skip
    return Candidates(
        rows=rows,
        vectors=vectors,
        cosines=cosines.max(axis=0),
        deviations=deviations.max(axis=0),
        nearness=_together(deviations),
        shares=np.array([*map(share_of.get, places, repeat(0.0))]),
        foreign=is_foreign(generation, rows, lang),
    )


def _together(deviations: Scores) -> Scores:
    """How near passages are to all parts of a message: the log of the summed exponentials of their deviations.

    A passage that answers one part well goes before those that fit several a little, and after those that fit several
    well: some letters are about one matter, and some about many.
    """
    most = deviations.max(axis=0)
    together: Scores = most + np.log(np.exp(deviations - most).sum(axis=0))
    return together


def is_foreign(generation: Generation, rows: Rows, lang: str) -> Mask:
    """Which rows are in another language than a question; none where the question has no letters to tell it by."""
    foreign: Mask = np.zeros(len(rows), bool) if lang == NO_LANGUAGE else generation.languages[rows] != lang.encode()
    return foreign


def _shares(sought: Sought, before: str, most: int) -> dict[int, float]:
    """Rows that share words with the question, the best first, with their shares; then those of what was asked before.

    In a long message no passage shares more than a little with the whole: what counts is how well a passage fits the
    sentence that it fits best, and in the mean the `BEST_SENTENCES` best.
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
        shares = {row: _of_sentences(sorted(all_of)[-BEST_SENTENCES:]) for row, all_of in per_row.items()}
        shares = dict(sorted(shares.items(), key=lambda item: -item[1])[:most])
    if before:
        for row, share in sought.words(ends(before, lang), most).items():
            shares[row] = shares.get(row, 0.0) + HISTORY_WEIGHT * share
    return shares


def _of_sentences(best: Sequence[float]) -> float:
    """Of the shares of the sentences that a passage fits best, the best one last."""
    return (best[-1] + sum(best) / BEST_SENTENCES) / 2
