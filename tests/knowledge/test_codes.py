"""Vectors as small whole numbers: how far they err, and that they stay what they were."""

import faiss
import numpy as np
import pytest

from knowledge.index import part as part_module
from knowledge.index.background import Background
from knowledge.index.codes import CELLS, EIGHTS, PAIRS, Ranges, places
from knowledge.index.dense import DenseIndex

DIMENSIONS = 97  # an odd number, and no whole number of eights: the last of the first half has no other beside it


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def some(count: int) -> np.ndarray:
    return unit(np.random.default_rng(3).standard_normal((count, DIMENSIONS)).astype(np.float32))


def decoded(ranges: Ranges, vectors: np.ndarray, kept_as: str) -> np.ndarray:
    cells, halves = ranges.encode(vectors, kept_as)
    return ranges.lowest + (places(cells, halves, DIMENSIONS, kept_as) + 0.5) * ranges.step / 2


@pytest.mark.parametrize("kept_as", [EIGHTS, PAIRS])
def test_what_was_decoded_is_encoded_to_the_same_numbers_again(kept_as):
    vectors = some(400)
    ranges = Ranges.of(vectors)
    again = decoded(ranges, vectors, kept_as)
    for first, second in zip(ranges.encode(vectors, kept_as), ranges.encode(unit(again), kept_as), strict=True):
        assert np.count_nonzero(first != second) <= 0.02 * first.size, "its length alone moves a few"
    for first, second in zip(ranges.encode(again, kept_as), ranges.encode(vectors, kept_as), strict=True):
        assert (first == second).all()


@pytest.mark.parametrize(("kept_as", "error"), [(PAIRS, 1 / 24), (EIGHTS, 0.0717 / 2)])
def test_half_a_bit_for_each_number_errs_as_its_lattice_does(kept_as, error):
    """Four bits alone err by a twelfth of a step, squared."""
    vectors = some(2000)
    ranges = Ranges.of(vectors)
    within = (np.abs(vectors - ranges.lowest - CELLS / 2 * ranges.step) < CELLS / 2 * ranges.step).all(axis=1)
    off = (decoded(ranges, vectors[within], kept_as) - vectors[within]) / ranges.step
    in_whole_eights = [*range(48), *range(49, DIMENSIONS)]
    assert np.square(off[:, in_whole_eights]).mean() == pytest.approx(error, rel=0.02)


def test_one_bit_codes_are_whole_after_the_room_behind_them_was_given_back(monkeypatch):
    (part,) = DenseIndex.build(some(11_000), DIMENSIONS)._parts.values()  # 0.2 MB of codes, in room for 0.3
    given = [faiss.serialize_index(part_module._coarse(part._flat))]
    monkeypatch.setattr(part_module, "_give_back", lambda _: None)
    given.append(faiss.serialize_index(part_module._coarse(part._flat)))
    assert (given[0] == given[1]).all()


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
