"""What is usual for a question, told from few directions, against what all vectors say."""

import numpy as np
import pytest

from knowledge.index.background import DIRECTIONS, Spread


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def like_embeddings(count: int, dimensions: int = 300) -> np.ndarray:
    """Vectors about a common mean that spread less and less from direction to direction, in half of the dimensions."""
    chance = np.random.default_rng(5)
    half = dimensions // 2
    turned, _ = np.linalg.qr(chance.standard_normal((half, half)))
    spreads = np.arange(1, half + 1) ** -0.5
    vectors = np.zeros((count, dimensions))
    vectors[:, :half] = 2 * turned[0] + (chance.standard_normal((count, half)) * spreads) @ turned
    return unit(vectors)


def test_mean_and_deviation_of_cosines_are_those_of_all_vectors():
    vectors = like_embeddings(1500)
    stored, questions = vectors[:1000], vectors[1000:]
    spread = Spread.of(stored)
    cosines = questions @ stored.T
    told = np.array([spread.usual(question) for question in questions])
    assert told[:, 0] == pytest.approx(cosines.mean(axis=1), abs=1e-4)
    assert told[:, 1] == pytest.approx(cosines.std(axis=1), rel=0.1)


def test_fewer_vectors_than_directions_are_told_exactly():
    vectors = like_embeddings(DIRECTIONS)
    spread = Spread.of(vectors[:7])
    for question in vectors[7:20]:
        cosines = vectors[:7] @ question
        assert spread.usual(question) == pytest.approx((cosines.mean(), cosines.std()), rel=1e-3)


def test_no_vector_and_equal_vectors_do_not_divide_by_nothing():
    for vectors in (np.empty((0, 20), np.float32), np.full((9, 20), 20**-0.5, np.float32)):
        mean, deviation = Spread.of(vectors).usual(unit(np.arange(20.0)))
        assert np.isfinite(mean)
        assert deviation > 0
