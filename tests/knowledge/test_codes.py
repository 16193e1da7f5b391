"""Vectors as small whole numbers: how far they err, and that they stay what they were."""

import numpy as np
import pytest

from knowledge.background import Background
from knowledge.codes import CELLS, Ranges, places
from knowledge.dense import DenseIndex

DIMENSIONS = 97  # an odd number: the last of the first half shares its bit with none


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def some(count: int) -> np.ndarray:
    return unit(np.random.default_rng(3).standard_normal((count, DIMENSIONS)).astype(np.float32))


def decoded(ranges: Ranges, vectors: np.ndarray) -> np.ndarray:
    cells, halves = ranges.encode(vectors)
    return ranges.lowest + (places(cells, halves, DIMENSIONS) + 0.5) * ranges.step / 2


def test_what_was_decoded_is_encoded_to_the_same_numbers_again():
    vectors = some(400)
    ranges = Ranges.of(vectors)
    again = decoded(ranges, vectors)
    for first, second in zip(ranges.encode(vectors), ranges.encode(unit(again)), strict=True):
        assert np.count_nonzero(first != second) <= 0.02 * first.size, "its length alone moves a few"
    for first, second in zip(ranges.encode(again), ranges.encode(vectors), strict=True):
        assert (first == second).all()


def test_a_bit_for_two_numbers_halves_the_error_of_four_bits():
    vectors = some(2000)
    ranges = Ranges.of(vectors)
    within = (np.abs(vectors - ranges.lowest - CELLS / 2 * ranges.step) < CELLS / 2 * ranges.step).all(axis=1)
    off = (decoded(ranges, vectors[within]) - vectors[within]) / ranges.step
    assert np.square(off[:, : DIMENSIONS - 1]).mean() == pytest.approx(1 / 24, rel=0.1)


def test_all_languages_together_are_looked_at_only_for_languages_too_rare_to_tell():
    vectors = some(40)
    dense = DenseIndex.build(vectors, DIMENSIONS)
    for languages, spread_over in (([0] * 20 + [1] * 20, 0), ([0] * 37 + [1] * 3, 40), ([0] * 40, 40)):
        background = Background(dense, np.array(languages))
        together = background._spreads[0]
        assert np.any(together.mean) == (spread_over > 0)
        cosines = vectors @ vectors[0]
        told = background.deviations(vectors[0], np.arange(40), cosines)
        assert np.isfinite(told).all()
        assert abs(told[1:].mean()) < 0.5
