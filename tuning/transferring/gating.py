"""Learns from labelled questions which of them want a passage that is known from others: logistic regression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RIDGE = 0.01  # on weights of standardised evidence, beside the mean loss
ITERATIONS = 25  # of Newton's method
_FLAT = 1e-6  # evidence that spreads less says nothing
Floats = NDArray[np.float64]


def fit(evidence: Floats, known: NDArray[np.bool_]) -> Floats:
    """The weights of n x k numbers, and a constant behind them: log-odds that what is wanted is known.

    Zeros where all are known or none is: nothing tells then what these look like.
    """
    if known.all() or not known.any():
        return np.zeros(evidence.shape[1] + 1)
    mean, spread = evidence.mean(axis=0), np.maximum(evidence.std(axis=0), _FLAT)
    columns = np.column_stack([(evidence - mean) / spread, np.ones(len(evidence))])
    ridge = RIDGE * np.eye(columns.shape[1])
    ridge[-1, -1] = _FLAT  # the constant is free
    weights = np.zeros(columns.shape[1])
    for _ in range(ITERATIONS):
        likely = 1 / (1 + np.exp(-np.clip(columns @ weights, -30, 30)))
        slope = columns.T @ (likely - known) / len(known) + ridge @ weights
        bend = (columns.T * (likely * (1 - likely))) @ columns / len(known) + ridge
        weights = weights - np.linalg.solve(bend, slope)
    scaled = weights[:-1] / spread
    return np.append(scaled, weights[-1] - scaled @ mean)
