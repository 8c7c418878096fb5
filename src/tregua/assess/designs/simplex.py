r"""The mixture of donors that lies nearest to a target, solved to the end.

A synthetic control looks for shares $w \ge 0$, $\sum_j w_j = 1$ that minimise

$$ \lVert s \cdot (y - X w) \rVert^2 , $$

with $y$ the target over some periods, a column of $X$ for each donor, and weights $s$ for periods.
Since the shares sum to one, $y - X w = -(X - y 1') w$: what is sought is the point of the convex
hull of the columns $a_j = s \cdot (x_j - y)$ that lies nearest to the origin. Non-negative least
squares finds it without a penalty. Write $v = t w$ with a scale $t > 0$; then

$$ \min_t \; \lVert t A w \rVert^2 + (t - 1)^2
   = \frac{\lVert A w \rVert^2}{1 + \lVert A w \rVert^2} , $$

which grows with $\lVert A w \rVert^2$, so that the best $v$ of the system with one row of ones is
the best $w$ up to its scale (Lawson & Hanson 1974, chapter 23). A last step solves the equations on
the donors in use exactly. What is left is certified: for a convex loss $f$,

$$ f(w) - f(w^*) \le \nabla f(w)' w - \min_j \nabla f(w)_j , $$

and this gap is returned with the shares (Frank & Wolfe 1956).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

__all__ = ["SimplexFit", "simplex_weights"]

Floats = NDArray[np.float64]

_PATIENCE = 30
"""Steps of the non-negative solver for each donor before it gives up."""

_IN_USE = 1e-12
_TIED = 1e-7
"""Donors whose derivative lies within this share of the squared scale could be in use."""


@dataclass(frozen=True, eq=False)
class SimplexFit:
    """Shares of donors and how far they can be from the best.

    Attributes
    ----------
    weights
        (donors,) shares, at least 0, that sum to 1.
    loss
        Sum of squared, scaled differences between the target and the mixture.
    gap
        What the loss could fall by at most, in the unit of the loss; a certificate, not a guess.
    unique
        Whether these shares are the only best ones. Where they are not, the mixture after the
        event depends on which of them a solver happens to return.
    """

    weights: Floats
    loss: float
    gap: float
    unique: bool


def simplex_weights(target: Floats, donors: Floats, *, scale: Floats | None = None) -> SimplexFit:
    """Shares of donors, at least 0 and summing to 1, whose mixture lies nearest to a target.

    Parameters
    ----------
    target
        (periods,) what is to be matched: periods, or predictors.
    donors
        (periods, donors) the same of each donor.
    scale
        (periods,) factors by which differences are multiplied before they are squared, at least 0;
        by default 1. Predictors with importances $v$ take the square roots of $v$.

    Returns
    -------
    SimplexFit
        With the certified distance from the optimum.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is missing, or there is no donor.

    Examples
    --------
    >>> fit = simplex_weights(np.array([2.0, 3.0]), np.array([[0.0, 4.0], [3.0, 3.0]]))
    >>> fit.weights.tolist(), fit.loss
    ([0.5, 0.5], 0.0)
    """
    columns = _columns(np.asarray(target, float), np.asarray(donors, float), scale)
    size = float(np.abs(columns).max(initial=0.0))
    if size == 0.0:  # every donor is the target
        count = columns.shape[1]
        return SimplexFit(np.full(count, 1 / count), 0.0, 0.0, unique=count == 1)
    columns = columns / size
    weights = _polished(columns, _nearest(columns))
    point = columns @ weights
    slope = columns.T @ point  # half of the gradient
    gap = max(2 * float(slope @ weights - slope.min()), 0.0)
    tied = slope - slope.min() <= _TIED
    unique = _independent(columns[:, tied | (weights > _IN_USE)])
    return SimplexFit(weights, float(point @ point) * size**2, gap * size**2, unique)


def _columns(target: Floats, donors: Floats, scale: Floats | None) -> Floats:
    """(periods, donors) scaled differences of donors to the target."""
    if donors.ndim != 2 or target.shape != donors.shape[:1] or donors.shape[1] == 0:
        raise ValueError(
            f"The target needs one number for each row of the donors, and there must be a donor; "
            f"given {target.shape} and {donors.shape}."
        )
    factors = np.ones(len(target)) if scale is None else np.asarray(scale, float)
    if factors.shape != target.shape or (factors < 0).any():
        raise ValueError(f"The scale needs {len(target)} numbers of at least 0.")
    columns = factors[:, None] * (donors - target[:, None])
    if not np.isfinite(columns).all():
        raise ValueError("Target, donors and scale must be finite numbers; some are missing.")
    return np.asarray(columns)


def _nearest(columns: Floats) -> Floats:
    """Shares of the point of the hull nearest to the origin, up to rounding."""
    count = columns.shape[1]
    system = np.vstack([columns, np.ones(count)])
    aim = np.zeros(len(system))
    aim[-1] = 1.0
    scaled, _ = nnls(system, aim, maxiter=_PATIENCE * count)
    return np.asarray(scaled / scaled.sum())


def _polished(columns: Floats, weights: Floats) -> Floats:
    """The exact solution on the donors in use, if it is one; else the shares as they are."""
    used = np.flatnonzero(weights > _IN_USE)
    if len(used) < 2:
        exact = np.zeros_like(weights)
        exact[used] = 1.0
        return exact
    kept = columns[:, used]
    directions = kept[:, :-1] - kept[:, -1:]  # the last share is one minus the others
    others, *_ = np.linalg.lstsq(directions, -kept[:, -1], rcond=None)
    candidate = np.append(others, 1.0 - others.sum())
    if (candidate < 0).any():
        return weights
    exact = np.zeros_like(weights)
    exact[used] = candidate
    better = np.linalg.norm(columns @ exact) <= np.linalg.norm(columns @ weights)
    return exact if better else weights


def _independent(columns: Floats) -> bool:
    """Whether no mixture of these donors can be had in two ways."""
    system = np.vstack([columns, np.ones(columns.shape[1])])
    return bool(np.linalg.matrix_rank(system, tol=1e-9) == columns.shape[1])
