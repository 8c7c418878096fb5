"""Placebo dates: what a design finds where nothing is known to have happened.

A design is asked of every month before the event, on the data before the event only. If many of
these dates yield as large an effect, the series moves by itself as far as the event seems to have
moved it. Neighbouring dates share most of their data, so the share of placebos that lie as far is
a description and no p-value.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from tregua.assess.designs.regression import within
from tregua.assess.designs.series import CountSeries, DesignError

__all__ = ["placebo_dates"]


def placebo_dates(
    fit: Callable[[CountSeries, str], float],
    series: CountSeries,
    *,
    before: str,
    margin: int = 12,
) -> pd.DataFrame:
    """Ask a design of each month before an event.

    Parameters
    ----------
    fit
        Takes the counts before the event and a month (YYYY-MM); returns the estimate there, or
        raises `DesignError` where it cannot answer.
    series
        The counts.
    before
        Month of the event; no count of this month or later is shown to the design.
    margin
        Months kept free of placebos at either end, at least 1.

    Returns
    -------
    pandas.DataFrame
        date (start of the month) and value; dates at which the design cannot answer are absent.

    Raises
    ------
    DesignError
        If the data hold no count before the event.
    ValueError
        If the margin is below 1.
    """
    if margin < 1:
        raise ValueError(f"A margin is at least 1 month; given {margin}.")
    last = pd.Timestamp(before).to_period("M").start_time - pd.DateOffset(months=1)
    earlier = within(series, series.months[0], last)
    rows = []
    for month in earlier.months[margin : max(len(earlier.months) - margin, 0)]:
        try:
            rows.append((month, fit(earlier, f"{month:%Y-%m}")))
        except DesignError:
            continue
    return pd.DataFrame(rows, columns=["date", "value"]).astype({"value": "float64"})
