r"""Months of the year, learnt as they come: no month's factor knows its own count or a later one.

Deaths may follow the calendar. The log ratio of a month's count to the mean of the thirteen months
around it (half weight for the outer two) is known six months later. Month *t*'s factor is the mean
ratio of its month of the year over all ratios known before *t*, shrunk by

.. math:: \max\left(0,\; 1 - \frac{c}{F}\right), \qquad
   F = \frac{\text{variance between months of the year}}{\text{variance within}},

a positive-part estimator (James and Stein 1961) with :math:`c = 1.5` rather than their smaller
constant, so that a series without seasons mostly gets factors of 1. Because each factor is a
function of earlier counts only, the product of the months' likelihoods is a prequential one
(Dawid 1984): filtered results hold no leak, and hyper-parameters are still weighed by evidence.

Totals over several months and figures that are bounds do not teach; missing months are left out of
the means around them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.infer.counts.settings import Settings

__all__ = ["season_factors"]

Floats = NDArray[np.float64]

_HALF = 6  # months either side of the mean that a count is compared with
_LEAST_SHARE = 0.7  # of the weight around a month that must be known
_CLIP = 0.7  # a ratio beyond e^0.7 is an outlier or a break; it counts as this much


def _ratios(log_rate: Floats) -> Floats:
    """Log ratio of each month to the mean around it; NaN where that is not known."""
    weights = np.r_[0.5, np.ones(2 * _HALF - 1), 0.5]
    padded = np.pad(log_rate, _HALF, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, weights.size)
    known = np.isfinite(around) * weights
    total = known.sum(axis=1)
    mean = np.nansum(around * weights, axis=1) / np.maximum(total, 1e-12)
    enough = total >= _LEAST_SHARE * weights.sum()
    return np.where(enough, np.clip(log_rate - mean, -_CLIP, _CLIP), np.nan)


def _before(values: Floats, lag: int) -> Floats:
    """Running sums along time of what was known `lag` months before each month."""
    total = np.cumsum(values, axis=0)
    return np.concatenate([np.zeros_like(total[:lag]), total[:-lag]])[: len(values)]


def season_factors(counts: Floats, months: pd.DatetimeIndex, settings: Settings) -> Floats:
    """Log factor of each month, from the counts before it.

    Parameters
    ----------
    counts : ndarray, (months,)
        Deaths of single months; NaN where there is none or only a bound.
    months
        Month starts, consecutive.
    settings
        The model's assumptions.

    Returns
    -------
    ndarray, (months,)
        Log factors; 0 while nothing may be learnt.
    """
    nothing = np.zeros(counts.size)
    if not settings.season_learnt or counts.size <= settings.season_least_months:
        return nothing
    seen = _before(np.isfinite(counts).astype(float), 1)
    mean = _before(np.nan_to_num(counts), 1) / np.maximum(seen, 1.0)
    ratio = _ratios(np.log((counts + 0.5) / months.days_in_month.to_numpy(dtype=float)))
    place = np.eye(12)[months.month.to_numpy() - 1]
    known = np.isfinite(ratio)[:, None] * place
    value = np.nan_to_num(ratio)[:, None] * place
    lag = _HALF + 1
    number, total, squares = (_before(part, lag) for part in (known, value, value**2))
    size, groups = number.sum(axis=1), (number > 0).sum(axis=1)
    grand = total.sum(axis=1) / np.maximum(size, 1.0)
    centred = np.where(number > 0, total / np.maximum(number, 1.0) - grand[:, None], 0.0)
    between = (number * centred**2).sum(axis=1)
    within = squares.sum(axis=1) - size * grand**2 - between
    ready = (seen >= settings.season_least_months) & (mean > settings.season_least_mean)
    ready &= (groups == 12) & (size > 24) & (between > 0.0)
    odds = (within / np.maximum(size - 12, 1.0)) / np.maximum(between / 11, 1e-300)
    shrunk = np.clip(1.0 - settings.season_caution * np.maximum(odds, 0.0), 0.0, None)
    factor = (centred * place).sum(axis=1)
    return np.where(ready, shrunk * factor, nothing)
