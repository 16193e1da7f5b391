"""How many words a question shares with each of some known ones, of which no text is kept.

Customers who want the same often say it in the same words, which vectors of meaning blur: a name, a form, a fault. The
likeness is the cosine of the questions' words, each weighted by how rare it is among the known ones (tf-idf; Salton and
Buckley, 1988). A word is kept as 16 bits of a checksum, which many words have in common.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 16
_FLAT = 1e-6  # the length of a question without words
Words = NDArray[np.uint16]


class Wording:
    """The words of known questions. Safe to use from several threads."""

    def __init__(self, words: Words, counts: NDArray[np.int32]) -> None:
        """`words` are those of one question after the other, `counts` how many each has."""
        self.words, self.counts = words, counts
        self._of = np.repeat(np.arange(len(counts)), counts)
        held = np.bincount(words, minlength=BUCKETS)  # by how many questions
        self._rarity = np.log((len(counts) + 1) / np.maximum(held, 1))
        self._weights = np.square(self._rarity[words])
        self._lengths = np.maximum(np.sqrt(self._summed(self._weights)), _FLAT)

    @classmethod
    def of(cls, questions: Sequence[Iterable[str]]) -> Wording:
        """From the terms of each question."""
        each = [digests(terms) for terms in questions]
        return cls(np.concatenate([np.empty(0, np.uint16), *each]), np.array([len(words) for words in each], np.int32))

    def likeness(self, terms: Iterable[str]) -> NDArray[np.float32]:
        """Of each known question with one of some terms: 1 for the very same words, 0 where none is shared."""
        words = digests(terms)
        asked = np.zeros(BUCKETS, np.bool_)
        asked[words] = True
        length = max(float(np.linalg.norm(self._rarity[words])), _FLAT)
        shared = self._summed(self._weights * asked[self.words])
        return (shared / (self._lengths * length)).astype(np.float32)

    def _summed(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum over each question's words."""
        found: NDArray[np.float64] = np.bincount(self._of, values, minlength=len(self.counts)).astype(np.float64)
        return found


def digests(terms: Iterable[str]) -> Words:
    """The different terms, 16 bits each."""
    return np.unique(np.array([zlib.crc32(term.encode("utf-8", "replace")) % BUCKETS for term in terms], np.uint16))
