r"""Weights of particles: their mean, how many are worth something, and who goes on.

Particles come in rows: one row a parameter draw, one column a particle. With weights :math:`w_j`
of a row, the mean weight is an unbiased estimate of the likelihood of the observation that made
them (Del Moral 2004), and :math:`(\sum w_j)^2 / \sum w_j^2` is the effective sample size (Kong, Liu
and Wong 1994). Systematic resampling gives particle *j* either the whole part or the next whole
number of :math:`m w_j / \sum w` copies, from one uniform number a row (Carpenter, Clifford and
Fearnhead 1999).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled

__all__ = ["systematic", "weigh_rows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled
def weigh_rows(log_weights: Floats) -> tuple[Floats, Floats]:
    """Log mean weight and effective sample size of each row.

    Parameters
    ----------
    log_weights
        float64[rows, particles]; minus infinity is allowed, NaN is read as minus infinity.

    Returns
    -------
    log_mean : ndarray
        float64[rows]; minus infinity where no particle has weight.
    effective : ndarray
        float64[rows], 1 to the number of particles; 0 where no particle has weight.
    """
    rows, particles = log_weights.shape
    log_mean, effective = np.empty(rows), np.zeros(rows)
    for row in range(rows):
        top = -np.inf
        for j in range(particles):
            top = max(top, log_weights[row, j])
        log_mean[row] = -np.inf
        if not np.isfinite(top):
            continue
        total, squares = 0.0, 0.0
        for j in range(particles):
            if log_weights[row, j] >= -np.inf:
                weight = np.exp(log_weights[row, j] - top)
                total += weight
                squares += weight * weight
        log_mean[row] = top + np.log(total / particles)
        effective[row] = total * total / squares
    return log_mean, effective


@compiled
def systematic(log_weights: Floats, uniforms: Floats) -> Ints:
    """Ancestors of each row's particles by systematic resampling, in order of their places.

    Parameters
    ----------
    log_weights
        float64[rows, particles].
    uniforms
        float64[rows], in [0, 1).

    Returns
    -------
    ndarray
        int64[rows, particles]: places within the row. A row in which no particle has weight keeps
        its particles.
    """
    rows, particles = log_weights.shape
    ancestors = np.empty((rows, particles), dtype=np.int64)
    weights = np.empty(particles)
    for row in range(rows):
        top = -np.inf
        for j in range(particles):
            top = max(top, log_weights[row, j])
        if not np.isfinite(top):
            for j in range(particles):
                ancestors[row, j] = j
            continue
        total, last = 0.0, 0
        for j in range(particles):
            weight = 0.0
            if log_weights[row, j] >= -np.inf:
                weight = np.exp(log_weights[row, j] - top)
            weights[j] = weight
            total += weight
            last = j if weight > 0.0 else last
        spacing, place, reached = total / particles, 0, weights[0]
        for j in range(particles):
            target = (uniforms[row] + j) * spacing
            while reached <= target and place < last:
                place += 1
                reached += weights[place]
            ancestors[row, j] = place
    return ancestors
