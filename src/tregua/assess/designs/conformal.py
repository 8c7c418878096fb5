r"""Intervals from permutations in time, after Chernozhukov, Wüthrich & Zhu (2021).

Suppose the effect were $\theta$ in every period after the event. Taking it away gives what would
have been, $y_t - \theta$; the counterfactual is then fitted to **all** periods, so that those after
the event are treated like the others, and the residuals $u_t$ should look alike before and after.
The statistic $S(u) = |\sum_{t > T_0} u_t|$ is compared with that of every shift of the residuals
around the clock:

$$ p(\theta) = \frac{1}{T} \#\{ \text{shifts } k : S(u^{(k)}) \ge S(u) \} . $$

Shifts keep neighbours together, so that serial correlation is respected. An interval of level
$1 - \alpha$ holds every $\theta$ with $p(\theta) > \alpha$. No $p$ can be below $1/T$: with fewer
than $1/\alpha$ periods nothing can be excluded, and no interval is given.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["confidence_set", "permutation_p", "shortest_series"]

Floats = NDArray[np.float64]

_STEPS = 30
"""Halvings that place an end of the set between two points of the grid."""

_TIES = 1e-9


def permutation_p(residuals: Floats, after: int) -> float:
    """Share of the shifts in time whose last residuals weigh at least as much.

    Parameters
    ----------
    residuals
        (periods,) in order of time, the periods after the event last.
    after
        Periods after the event, at least 1 and fewer than all.

    Returns
    -------
    float
        Between 1 / periods and 1. The unshifted series is one of the shifts.

    Examples
    --------
    >>> permutation_p(np.array([0.1, -0.2, 0.1, 3.0]), 1)
    0.25
    """
    doubled = np.concatenate([residuals, residuals])
    sums = np.cumsum(np.concatenate([[0.0], doubled]))
    count = len(residuals)
    starts = np.arange(count)
    weights = np.abs(sums[starts + after] - sums[starts])  # every run of `after` residuals
    own = weights[count - after]
    tolerance = _TIES * max(float(np.abs(residuals).sum()), 1e-300)
    return float(np.mean(weights >= own - tolerance))


def shortest_series(level: float) -> int:
    """Fewest periods, before and after together, from which an interval of `level` can be had."""
    return int(np.ceil(1 / (1 - level) - _TIES))


def confidence_set(
    p_value: Callable[[float], float], grid: Floats, level: float
) -> tuple[float, float]:
    """Lowest and highest effect that the permutations do not exclude.

    Parameters
    ----------
    p_value
        Gives $p$ of an effect.
    grid
        (points,) effects to try, rising. Ends of the set are placed between its points.
    level
        Probability content, between 0 and 1.

    Returns
    -------
    tuple[float, float]
        Minus or plus infinity where the end of the grid is not excluded; NaN, NaN where every
        point of the grid is. Holes inside the set are not shown.
    """
    alpha = 1 - level + _TIES
    kept = np.array([p_value(float(effect)) > alpha for effect in grid])
    if not kept.any():
        return float("nan"), float("nan")
    first, last = int(np.argmax(kept)), len(kept) - 1 - int(np.argmax(kept[::-1]))
    low, high = -np.inf, np.inf
    if first > 0:
        low = _end(p_value, alpha, inside=float(grid[first]), outside=float(grid[first - 1]))
    if last < len(grid) - 1:
        high = _end(p_value, alpha, inside=float(grid[last]), outside=float(grid[last + 1]))
    return low, high


def _end(
    p_value: Callable[[float], float], alpha: float, *, inside: float, outside: float
) -> float:
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        if middle in (inside, outside):
            break
        if p_value(middle) > alpha:
            inside = middle
        else:
            outside = middle
    return inside
