"""Finds texts that say nearly the same, in any language: MinHash over character trigrams, then an exact comparison.

Candidates by locality-sensitive hashing of MinHash signatures (Broder, 1997; Leskovec, Rajaraman and Ullman, Mining of
Massive Datasets, chapter 3); each candidate pair is then compared exactly, so that no pair is a guess.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

GRAM = 3  # characters: words of any language share some, sentences share many
BANDS, ROWS = 32, 4  # of a signature: pairs as alike as 0.7 are candidates in 99.98 of 100 cases
LARGE = 50  # texts in one bucket: from here on each is compared with the first only, as they are alike through it
_PRIME = (1 << 31) - 1
_IGNORED = re.compile(r"[\W_]+")


def normal(text: str) -> str:
    """A text without what two ways of typing the same may differ in: width, case, spaces and punctuation."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).lower())


def likeness(one: str, other: str) -> float:
    """How much two texts share: the Jaccard index of their trigrams, 0 to 1."""
    return _jaccard(_grams(one), _grams(other))


def pairs(texts: Sequence[str], at_least: float) -> Iterator[tuple[int, int, float]]:
    """All pairs of positions whose texts are at least so alike, the smaller position first, with their likeness."""
    grams = [_grams(text) for text in texts]
    for first, second in sorted(_candidates([_signature(each) for each in grams])):
        alike = _jaccard(grams[first], grams[second])
        if alike >= at_least:
            yield first, second, alike


def _grams(text: str) -> frozenset[int]:
    plain = normal(text)
    pieces = {plain[start : start + GRAM] for start in range(max(1, len(plain) - GRAM + 1))} if plain else set()
    return frozenset(zlib.crc32(piece.encode()) & _PRIME for piece in pieces)


def _jaccard(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _signature(grams: frozenset[int]) -> NDArray[np.int64]:
    if not grams:
        return np.empty(0, np.int64)
    factors, offsets = _permutations()
    hashes = np.fromiter(grams, np.int64, len(grams))
    return np.asarray(((hashes[:, None] * factors + offsets) % _PRIME).min(axis=0), np.int64)


def _candidates(signatures: Sequence[NDArray[np.int64]]) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for band in range(BANDS):
        buckets: dict[bytes, list[int]] = {}
        for position, signature in enumerate(signatures):
            if len(signature):
                piece = signature[band * ROWS : (band + 1) * ROWS].tobytes()
                buckets.setdefault(piece, []).append(position)
        for bucket in buckets.values():
            found.update(combinations(bucket, 2) if len(bucket) <= LARGE else ((bucket[0], one) for one in bucket[1:]))
    return found


@cache
def _permutations() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    chance = np.random.default_rng(0)
    return chance.integers(1, _PRIME, BANDS * ROWS, np.int64), chance.integers(0, _PRIME, BANDS * ROWS, np.int64)
