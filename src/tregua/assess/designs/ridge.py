r"""Weights that a ridge moves off the simplex, after Ben-Michael, Feller & Rothstein (2021).

Where no mixture reaches the place, what is missed is regressed on the donors,

$$ w^{aug} = w + (y - X w)' (X X' + \lambda I)^{-1} X , $$

on series centred on the mean of the donors, period by period, so that the sum of the weights stays.
A large $\lambda$ leaves them as they are; a small one buys a better fit with negative weights, that
is, by going beyond the donors.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.assess.designs.simplex import simplex_weights

__all__ = ["ridge_penalties", "ridge_weights"]

Floats = NDArray[np.float64]

_PENALTIES = 20
_SMALLEST_PENALTY = 1e-8


def ridge_weights(target: Floats, donors: Floats, weights: Floats, penalty: float) -> Floats:
    r"""Weights on the simplex, corrected by a ridge regression for what they miss.

    Parameters
    ----------
    target
        (periods,) series of the place before the event.
    donors
        (periods, donors) series of the donors.
    weights
        (donors,) weights to be corrected.
    penalty
        The ridge $\lambda$, above 0, in squared units of the series. A large one leaves the
        weights as they are; a small one matches the target at the price of negative weights.

    Returns
    -------
    numpy.ndarray
        (donors,) weights; their sum is that of the weights given.
    """
    means = donors.mean(axis=1)
    aim, given = target - means, donors - means[:, None]
    square = given @ given.T + penalty * np.eye(len(target))
    return np.asarray(weights + np.linalg.solve(square, aim - given @ weights) @ given)


def ridge_penalties(target: Floats, donors: Floats) -> tuple[float, pd.DataFrame]:
    """The ridge that predicts a left-out period best, to within one standard error.

    Parameters
    ----------
    target
        (periods,) series of the place before the event, at least 3.
    donors
        (periods, donors) series of the donors.

    Returns
    -------
    tuple[float, pandas.DataFrame]
        The largest penalty whose mean squared error is within one standard error of the least,
        the rule of Ben-Michael, Feller & Rothstein, and penalty, error, standard_error of each of
        21 penalties, the grid of the R package augsynth: from 2.5 times the largest squared
        singular value of the centred donors down to 2.5e-8 of it. Every period is left out once;
        augsynth never leaves out the last.
    """
    centred = donors - donors.mean(axis=1, keepdims=True)
    largest = float(np.linalg.svd(centred, compute_uv=False)[0] ** 2) or 1.0
    penalties = largest * _SMALLEST_PENALTY ** ((np.arange(_PENALTIES + 1) - 1) / _PENALTIES)
    errors = np.empty((len(target), len(penalties)))
    for left in range(len(target)):
        kept = np.arange(len(target)) != left
        base = simplex_weights(target[kept], donors[kept]).weights
        for place, penalty in enumerate(penalties):
            weights = ridge_weights(target[kept], donors[kept], base, float(penalty))
            errors[left, place] = (target[left] - donors[left] @ weights) ** 2
    mean = errors.mean(axis=0)
    spread = errors.std(axis=0, ddof=1) / np.sqrt(len(target))
    best = int(np.argmin(mean))
    chosen = int(np.argmax(mean <= mean[best] + spread[best]))
    table = pd.DataFrame({"penalty": penalties, "error": mean, "standard_error": spread})
    return float(penalties[chosen]), table
