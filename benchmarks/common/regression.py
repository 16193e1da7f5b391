"""Logistic regression by Newton's method."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDS = 100


def newton(
    rows: NDArray[Any],
    good: NDArray[Any],
    weight: NDArray[Any],
    penalty: NDArray[Any],
    beside: NDArray[Any] | float = 0.0,
    longest: float = math.inf,
) -> NDArray[np.float64]:
    """The coefficients of columns that tell which rows are good; `penalty` is on their squares.

    `beside` is added to each row's sum. No step is longer than `longest`: the method leaps where nearly all is told
    already.
    """
    beta = np.zeros(rows.shape[1])
    for _ in range(ROUNDS):
        p = 1 / (1 + np.exp(-rows @ beta - beside))
        hessian = (rows * (weight * p * (1 - p))[:, None]).T @ rows + penalty
        step = np.linalg.solve(hessian, rows.T @ (weight * (p - good)) + penalty @ beta)
        beta -= step * min(1.0, longest / max(float(np.linalg.norm(step)), 1e-300))
    return beta
