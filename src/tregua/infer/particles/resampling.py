r"""Weights of particles: their mean, how many are worth something, and who goes on.

Particles come in rows: one row a parameter draw, one column a particle. With weights :math:`w_j`
of a row, the mean weight is an unbiased estimate of the likelihood of the observation that made
them (Del Moral 2004), and :math:`(\sum w_j)^2 / \sum w_j^2` is the effective sample size (Kong, Liu
and Wong 1994). Systematic resampling gives particle *j* either the whole part or the next whole
number of :math:`m w_j / \sum w` copies, from one uniform number a row (Carpenter, Clifford and
Fearnhead 1999).

Sums are kept in sixteen interleaved parts, added up in a fixed order: a vector unit takes them in
step, and every machine gets the same bits.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.model.elementary import exp, log

__all__ = ["lean_rows", "scatter_ancestors", "systematic", "weigh_row", "weigh_rows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PARTS = 16
_BLIND = 0.1  # part of a leaning target that goes by weights alone
_NEGLIGIBLE = -700.0  # a weight e**700 times smaller than the largest is none


@compiled
def _largest(log_weights: Floats, parts: Floats) -> float:
    """Largest entry; NaN is passed over."""
    parts[:] = -np.inf
    whole = len(log_weights) - len(log_weights) % _PARTS
    for first in range(0, whole, _PARTS):
        for k in range(_PARTS):
            value = log_weights[first + k]
            parts[k] = value if value > parts[k] else parts[k]
    top = -np.inf
    for k in range(_PARTS):
        top = parts[k] if parts[k] > top else top
    for j in range(whole, len(log_weights)):
        top = log_weights[j] if log_weights[j] > top else top
    return top


@compiled
def _summed(weights: Floats, parts: Floats) -> tuple[float, float]:
    """Sum and sum of squares."""
    total, squares = 0.0, 0.0
    whole = len(weights) - len(weights) % _PARTS
    parts[:] = 0.0
    for first in range(0, whole, _PARTS):
        for k in range(_PARTS):
            parts[k] += weights[first + k]
    for k in range(_PARTS):
        total += parts[k]
    parts[:] = 0.0
    for first in range(0, whole, _PARTS):
        for k in range(_PARTS):
            parts[k] += weights[first + k] * weights[first + k]
    for k in range(_PARTS):
        squares += parts[k]
    for j in range(whole, len(weights)):
        total += weights[j]
        squares += weights[j] * weights[j]
    return total, squares


@compiled
def weigh_row(log_weights: Floats, weights: Floats, parts: Floats) -> tuple[float, float, float]:
    """Write a row's weights relative to the largest, and sum them up.

    Parameters
    ----------
    log_weights
        float64[particles]; minus infinity is allowed, NaN is read as minus infinity.
    weights
        float64[particles], overwritten: 0 to 1.
    parts
        float64[16], working space.

    Returns
    -------
    log_mean : float
        Log of the mean weight; minus infinity where no particle has weight.
    total : float
        Sum of `weights`; 0 where no particle has weight.
    effective : float
        Effective sample size; 0 where no particle has weight.
    """
    top = _largest(log_weights, parts)
    if not np.isfinite(top):
        weights[:] = 0.0
        return -np.inf, 0.0, 0.0
    for j in range(len(weights)):
        below = log_weights[j] - top
        weight = exp(below)
        weights[j] = weight if below > _NEGLIGIBLE else 0.0
    total, squares = _summed(weights, parts)
    return top + math.log(total / len(weights)), total, total * total / squares


@compiled
def scatter_ancestors(weights: Floats, total: float, u: float, ancestors: Ints) -> None:
    """Systematic resampling of one row, without a branch.

    Particle *j* is the ancestor of the places *k* with :math:`u + k` between its and the next
    particle's bound on the scale of sums. It is written to the first of them only; a running
    maximum then fills the rest.

    Parameters
    ----------
    weights
        float64[particles], at least 0 and not all 0.
    total
        Their sum; only the scale of the first bounds depends on its rounding.
    u
        Uniform number in [0, 1).
    ancestors
        int64[particles + 1], overwritten: the ancestor of each place, in order; the last entry is
        working space.
    """
    particles = len(weights)
    for j in range(particles + 1):
        ancestors[j] = 0
    scale, most = particles / total, np.float64(particles)
    reached = 0.0
    for j in range(particles):
        # Weightless particles share their bound with the next one, which overwrites them.
        bound = np.ceil(reached * scale - u)
        bound = bound if bound < most else most
        bound = bound if weights[j] > 0.0 else most
        ancestors[np.int64(bound if bound > 0.0 else 0.0)] = j
        reached += weights[j]
    highest = np.int64(0)
    for j in range(particles):
        highest = ancestors[j] if ancestors[j] > highest else highest
        ancestors[j] = highest


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
    weights, parts = np.empty(particles), np.empty(_PARTS)
    for row in range(rows):
        log_mean[row], _, effective[row] = weigh_row(log_weights[row], weights, parts)
    return log_mean, effective


@compiled
def lean_rows(log_weights: Floats, expected: Floats) -> Floats:
    r"""Log targets to resample by: weights, nine tenths of them times what is expected of them.

    .. math:: v_j = 0.9\,\frac{w_j e^{\eta_j}}{\sum_i w_i e^{\eta_i}} + 0.1\,\frac{w_j}{\sum_i w_i}

    The tenth bounds the correction w / v by ten times the sum of weights.

    Parameters
    ----------
    log_weights
        float64[rows, particles], log of w; minus infinity is allowed, NaN is read as it.
    expected
        float64[rows, particles]: log of what later observations are expected to multiply the weight
        by, up to a constant of the row; minus infinity is allowed, NaN is read as it.

    Returns
    -------
    ndarray
        float64[rows, particles]: log of v, which sums to 1 in each row. Minus infinity throughout
        a row in which no particle has weight.
    """
    rows, particles = log_weights.shape
    targets = np.full((rows, particles), -np.inf)
    blind, leaning, parts = np.empty(particles), np.empty(particles), np.empty(_PARTS)
    for row in range(rows):
        _, total, _ = weigh_row(log_weights[row], blind, parts)
        if total == 0.0:
            continue
        _, seen, _ = weigh_row(log_weights[row] + expected[row], leaning, parts)
        looks = seen > 0.0
        a = (1.0 - _BLIND) / seen if looks else 0.0
        b = (_BLIND if looks else 1.0) / total
        for j in range(particles):
            target = a * leaning[j] + b * blind[j]
            targets[row, j] = log(target) if target > 0.0 else -np.inf
    return targets


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
    chosen = np.empty(particles + 1, dtype=np.int64)
    weights, parts = np.empty(particles), np.empty(_PARTS)
    for row in range(rows):
        _, total, _ = weigh_row(log_weights[row], weights, parts)
        if total == 0.0:
            for j in range(particles):
                ancestors[row, j] = j
            continue
        scatter_ancestors(weights, total, uniforms[row], chosen)
        ancestors[row] = chosen[:particles]
    return ancestors
