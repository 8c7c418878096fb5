r"""Where abrupt falls began: windows around the peaks of their expected number.

The recursion gives, for each month, the expected number of abrupt falls that begin in it, split by
kind and size. Neighbouring months share one fall where counts cannot date inside a month, so they
are taken together: from the highest month outwards as long as a tenth of the peak is reached, at
most three months either way, or through the whole of a multi-month total. Inside a window the
likelihood of the record is linear in the two entry rates, so

.. math:: \frac{\text{mass, reversible}}{\text{mass, persistent}}
          \Big/ \frac{\text{rate, reversible}}{\text{rate, persistent}}

is the factor by which the counts moved the odds of the two kinds: a Bayes factor up to the chance
of other falls nearby.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["BREAK_COLUMNS", "LEAST_MASS", "Falls", "find_breaks", "windows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_MASS = 0.3
_REACH = 3
_SHARE_OF_PEAK = 0.1
_NEAR = 3  # months before and after a window over which its levels are averaged

BREAK_COLUMNS = (
    "median",
    "low",
    "high",
    "mass",
    "before",
    "after",
    "ratio",
    "ratio_low",
    "ratio_high",
    "bayes_factor_low",
    "bayes_factor",
    "bayes_factor_high",
    "inside_total",
)


class Falls(NamedTuple):
    """Expected abrupt falls by month and size.

    `reversible` is (months, depths), `persistent` (months, jumps); `depths` and `jumps` are the log
    sizes of their columns; `odds` are the prior odds of the two kinds.
    """

    reversible: Floats
    persistent: Floats
    depths: Floats
    jumps: Floats
    odds: float

    @property
    def onset(self) -> Floats:
        """Expected number of abrupt falls that begin in each month."""
        total: Floats = self.reversible.sum(axis=1) + self.persistent.sum(axis=1)
        return total

    def bayes_factor(self, begin: int, end: int) -> float:
        """Odds of reversible against persistent falls in months [begin, end), over prior odds."""
        persistent = self.persistent[begin:end].sum()
        return float(self.reversible[begin:end].sum() / persistent / self.odds)


def windows(onset: Floats, block: Ints, least: float = LEAST_MASS) -> list[tuple[int, int]]:
    """Half-open month ranges that each hold one abrupt fall, in order of time.

    Parameters
    ----------
    onset
        Expected number of abrupt falls that begin in each month.
    block
        Multi-month total that holds each month, -1 if none.
    least
        Least expected number in a window.
    """
    free = np.ones(onset.size, dtype=bool)
    found = []
    for peak in np.argsort(-onset, kind="stable"):
        if not free[peak]:
            continue

        def belongs(month: int, peak: int = int(peak)) -> bool:
            near = abs(month - peak) <= _REACH
            same = block[peak] >= 0 and block[month] == block[peak]
            return bool(free[month] and (near or same)) and bool(
                onset[month] >= _SHARE_OF_PEAK * onset[peak]
            )

        begin, end = int(peak), int(peak) + 1
        while begin > 0 and belongs(begin - 1):
            begin -= 1
        while end < onset.size and belongs(end):
            end += 1
        free[begin:end] = False
        if onset[begin:end].sum() >= least:
            found.append((begin, end))
    return sorted(found)


def _quantile(values: Floats, weights: Floats, level: float) -> float:
    """Smallest value whose cumulative share of weight reaches `level`."""
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    index = min(int(np.searchsorted(share, level - 1e-12)), order.size - 1)
    return float(values[order][index])


def find_breaks(
    months: pd.DatetimeIndex, level: Floats, block: Ints, falls: Mapping[str, Falls]
) -> pd.DataFrame:
    """Table of abrupt falls.

    Parameters
    ----------
    months
        Month starts.
    level
        Posterior mean level of each month.
    block
        Multi-month total that holds each month, -1 if none.
    falls
        Expected falls at each of the prior odds "low", "even" and "high".

    Returns
    -------
    DataFrame
        Columns `BREAK_COLUMNS`, sorted by time; no rows if nothing fell.
    """
    base = falls["even"]
    onset = base.onset
    rows = []
    for begin, end in windows(onset, block):
        inside = np.arange(begin, end, dtype=float)
        low, median, high = (
            int(_quantile(inside, onset[begin:end], level)) for level in (0.05, 0.5, 0.95)
        )
        sizes = np.r_[base.depths, base.jumps]
        mass = np.r_[base.reversible[begin:end].sum(axis=0), base.persistent[begin:end].sum(axis=0)]
        ratio_low, ratio, ratio_high = (
            _quantile(np.exp(-sizes), mass, level) for level in (0.05, 0.5, 0.95)
        )
        rows.append(
            {
                "median": months[median],
                "low": months[low],
                "high": months[high],
                "mass": float(onset[begin:end].sum()),
                "before": float(level[max(low - _NEAR, 0) : max(low, 1)].mean()),
                "after": float(level[high : high + _NEAR].mean()),
                "ratio": ratio,
                "ratio_low": ratio_low,
                "ratio_high": ratio_high,
                "bayes_factor_low": falls["low"].bayes_factor(begin, end),
                "bayes_factor": falls["even"].bayes_factor(begin, end),
                "bayes_factor_high": falls["high"].bayes_factor(begin, end),
                "inside_total": bool((block[low : high + 1] >= 0).any()),
            }
        )
    frame = pd.DataFrame(rows, columns=list(BREAK_COLUMNS))
    dates = dict.fromkeys(("median", "low", "high"), "datetime64[ns]")
    return frame.astype({**dates, "inside_total": bool})
