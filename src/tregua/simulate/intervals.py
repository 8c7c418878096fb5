"""Intervals of printed figures: days, weeks, months, years to date, or any list of one's own.

An interval is half-open, [start, end), as everywhere in the record.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["RHYTHMS", "Spans", "spans"]

Days = NDArray[np.datetime64]
Spans = tuple[Days, Days]
"""Starts and ends, datetime64[D]."""

_STEPS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
RHYTHMS: tuple[str, ...] = ("day", "week", *_STEPS, "year-to-date")
"""Names of rhythms; a week begins on Monday."""

_SHOWN = 8


def spans(given: str | Sequence[Any], first: np.datetime64, end: np.datetime64) -> Spans:
    """Intervals of a rhythm that lie wholly within [first, end), or a list of one's own.

    Parameters
    ----------
    given
        One of `RHYTHMS`, or pairs (start, end).
    first, end
        Days between which figures can be printed.

    Raises
    ------
    ValueError
        If the rhythm is unknown or pairs are no intervals within [first, end); lists all of them.
    """
    if isinstance(given, str):
        if given not in RHYTHMS:
            near = difflib.get_close_matches(given, RHYTHMS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ValueError(f"No rhythm named '{given}'.{hint} Known: {', '.join(RHYTHMS)}.")
        starts, ends = _of_rhythm(given, first, end)
        inside = (starts >= first) & (ends <= end)
        return starts[inside], ends[inside]
    return _of_pairs(given, first, end)


def _of_rhythm(rhythm: str, first: np.datetime64, end: np.datetime64) -> Spans:
    if rhythm in ("day", "week"):
        step = 1 if rhythm == "day" else 7
        # Day 0, 1 January 1970, was a Thursday: Mondays are 4 modulo 7.
        number = first.astype("datetime64[D]").astype(np.int64)
        begin = number if step == 1 else number + (4 - number) % 7
        starts = np.arange(begin, end.astype("datetime64[D]").astype(np.int64), step)
        return starts.astype("datetime64[D]"), (starts + step).astype("datetime64[D]")
    months = np.arange(first.astype("datetime64[Y]"), end.astype("datetime64[M]"), dtype="M8[M]")
    if rhythm == "year-to-date":
        return _days(months.astype("datetime64[Y]")), _days(months + 1)
    step = _STEPS[rhythm]
    return _days(months[::step]), _days(months[::step] + step)


def _days(dates: NDArray[np.datetime64]) -> Days:
    return dates.astype("datetime64[D]")


def _of_pairs(given: Sequence[Any], first: np.datetime64, end: np.datetime64) -> Spans:
    pairs, problems = [], []
    for pair in given:
        try:
            begin, stop = (np.datetime64(pd.Timestamp(day), "D") for day in pair)
        except (TypeError, ValueError):
            problems.append(f"{pair!r} is no pair of dates")
            continue
        if stop <= begin:
            problems.append(f"[{begin}, {stop}) ends before it begins")
        elif begin < first or stop > end:
            problems.append(f"[{begin}, {stop}) is not within [{first}, {end})")
        pairs.append((begin, stop))
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise ValueError(
            "These intervals cannot be printed: " + "; ".join(problems[:_SHOWN]) + more
        )
    columns = np.array(pairs, dtype="datetime64[D]").reshape(-1, 2)
    return columns[:, 0], columns[:, 1]
