r"""The level now against that of one to three years ago: a description, for gradual change.

An abrupt fall has a date; a slow decline has none, and `detect` rightly calls it drift. This band
compares two windows: the last few months, and the months 12 to 36 before. In each the counts are
negative binomial around one level :math:`\lambda` with a log-flat prior, so that the level is a
gamma variate widened by overdispersion; the band is the 90 % interval of the ratio of the two
levels, the size of the negative binomial summed out by the evidence of both windows. Within the
long window drift counts as overdispersion and widens the band.

The band describes. A ratio below one is no suppression and has no cause attached.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp

from tregua.infer.counts.partition import Tiles
from tregua.infer.counts.segments import (
    SIZE_PRIOR,
    SIZES,
    STEP,
    lattice_of,
    log_likelihoods,
    monthly_counts,
)

__all__ = ["level_band"]

Floats = NDArray[np.float64]

_LEAST_BEFORE = 6  # months with a count in the long window


def _window_sums(log_likelihood: Floats, width: int) -> Floats:
    """Sums over `width` months that end with each month; shorter at the beginning."""
    total = np.vstack([np.zeros(log_likelihood.shape[1]), np.cumsum(log_likelihood, axis=0)])
    end = np.arange(1, total.shape[0])
    return np.asarray(total[end] - total[np.maximum(end - width, 0)])


def level_band(
    counts: Tiles | pd.DataFrame,
    *,
    first: pd.Timestamp | str | None = None,
    last: pd.Timestamp | str | None = None,
    recent: int = 3,
    near: int = 12,
    far: int = 36,
) -> pd.DataFrame:
    """Compare each month's level with that of one to three years before.

    Parameters
    ----------
    counts
        Tiles, or a plain table with columns date,count or start,end,value. Only counts of single
        months are used.
    first, last
        First and last month; those of the counts if None.
    recent
        Months of "now", the month itself included.
    near, far
        The months compared with lie `near` to `far` months before: near <= lag < far.

    Returns
    -------
    DataFrame
        One row a month: `month`, `now`, `before` (median levels, deaths per month of 30.44 days),
        `ratio`, `ratio_low`, `ratio_high` (now over before, median and 90 % interval), `counted`
        (months with a count in the long window). NaN without a count now, or with fewer than six
        in the long window.

    Raises
    ------
    ValueError
        If the windows do not follow each other, or no single month has a count.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> months = pd.date_range("2010-01", periods=48, freq="MS")
    >>> counts = np.round(400 * 0.98 ** np.arange(48))
    >>> band = level_band(pd.DataFrame({"date": months, "count": counts}))
    >>> bool(band["ratio_high"].iloc[-1] < 0.8)
    True
    """
    if not 1 <= recent <= near < far:
        raise ValueError(
            f"The windows must follow each other, 1 <= recent <= near < far; given were {recent}, "
            f"{near} and {far}."
        )
    the = monthly_counts(counts, first=first, last=last)
    grid = lattice_of(the)
    seen = np.isfinite(the.count).astype(float)[:, None]
    months = len(the.months)
    now_counted = _window_sums(seen, recent)[:, 0]
    long = _window_sums(seen, far - near)[:, 0]
    counted = np.r_[np.zeros(min(near, months)), long[: max(months - near, 0)]]
    usable = np.flatnonzero((now_counted > 0) & (counted >= _LEAST_BEFORE))
    known = [log_likelihoods(the, grid, size) for size in SIZES]
    now = np.array([_window_sums(one, recent)[usable] for one in known])
    before = np.array([_window_sums(one, far - near)[usable - near] for one in known])
    columns = {name: np.full(months, np.nan) for name in ("now", "before")}
    columns |= {name: np.full(months, np.nan) for name in ("ratio", "ratio_low", "ratio_high")}
    for place, month in enumerate(usable):
        now_p, before_p, weights = _posteriors(now[:, place], before[:, place])
        columns["now"][month] = _quantile(np.exp(grid), weights @ now_p, 0.5)
        columns["before"][month] = _quantile(np.exp(grid), weights @ before_p, 0.5)
        steps = sum(
            weight * np.correlate(a, b, mode="full")
            for weight, a, b in zip(weights, now_p, before_p, strict=True)
        )
        ratios = np.exp(STEP * (np.arange(2 * grid.size - 1) - (grid.size - 1)))
        for name, share in (("ratio", 0.5), ("ratio_low", 0.05), ("ratio_high", 0.95)):
            columns[name][month] = _quantile(ratios, np.asarray(steps), share)
    return pd.DataFrame({"month": the.months, **columns, "counted": counted.astype(int)})


def _posteriors(now: Floats, before: Floats) -> tuple[Floats, Floats, Floats]:
    """Posteriors of both levels by size, and the posterior shares of the sizes."""
    log_now, log_before = logsumexp(now, axis=1), logsumexp(before, axis=1)
    log_weights = np.log(SIZE_PRIOR) + log_now + log_before
    weights = np.exp(log_weights - logsumexp(log_weights))
    return np.exp(now - log_now[:, None]), np.exp(before - log_before[:, None]), weights


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    """Value at which the cumulative weight reaches `share`, lattice points spread out evenly."""
    reached = np.cumsum(weights) / weights.sum()
    index = int(np.searchsorted(reached, share))
    if index == 0:
        return float(values[0])
    index = min(index, values.size - 1)
    low, high = reached[index - 1], reached[index]
    part = (share - low) / (high - low) if high > low else 0.5
    # Weight of a lattice point lies half a step either side of it.
    return float(values[index] * math.exp(STEP * (part - 0.5)))
