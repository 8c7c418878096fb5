"""Where two agencies disagree, month by month.

The police count what they see at a scene, the forensic institute counts bodies, the prosecution
counts cases. The ratio of two of them says how far a figure can be trusted; a break in the ratio
says that one of them changed its rule.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tregua.record.problems import RecordError, nearest
from tregua.record.record import Record, best_status_first

__all__ = ["diff"]

_COLUMNS = (
    "month",
    "agency_a",
    "agency_b",
    "value_a",
    "value_b",
    "ratio",
    "source_a",
    "source_b",
)


def diff(
    record: Record,
    agency_a: str,
    agency_b: str,
    series: str = "homicides",
    *,
    place: str | None = None,
    usable: bool = True,
) -> pd.DataFrame:
    """Compare two agencies in every month that both have counted.

    Where an agency has several figures for a month, the one of best status stands (final, revised,
    reported, preliminary); among equals the source printed last.

    Parameters
    ----------
    record
        The record of a case.
    agency_a, agency_b
        Names of agencies, such as PNC (police) and IML (forensic institute).
    series
        Series to compare.
    place
        Where; None = the whole country.
    usable
        Leave out what was derived, recalled or not verified.

    Returns
    -------
    DataFrame
        Columns month (first day), agency_a, agency_b, value_a, value_b, ratio (value_a / value_b;
        NaN if value_b is 0), source_a, source_b. Months in order; only those that both counted.

    Raises
    ------
    RecordError
        If an agency, the series or the place is unknown, or the agencies are the same.
    """
    if agency_a == agency_b:
        raise RecordError(f"'{agency_a}' cannot be compared with itself. Name two agencies.")
    rows = record.select(series, place=place, usable=False)
    for agency in (agency_a, agency_b):
        if agency not in set(rows["agency"]):
            hint = nearest(agency, rows["agency"], kind=f"agencies for {series}")
            raise RecordError(f"No agency named '{agency}' here. {hint}")
    rows = record.select(series, place=place, usable=usable)
    a, b = (_months(record, rows[rows["agency"] == agency]) for agency in (agency_a, agency_b))
    both = a.merge(b, on="month", suffixes=("_a", "_b")).sort_values("month")
    both["agency_a"], both["agency_b"] = agency_a, agency_b
    both["ratio"] = both["value_a"] / both["value_b"].replace(0.0, np.nan)
    return both[list(_COLUMNS)].reset_index(drop=True)


def _months(record: Record, rows: pd.DataFrame) -> pd.DataFrame:
    """Return one figure for each whole month: columns month, value, source."""
    start, end = rows["start"], rows["end"]
    rows = rows[(start.dt.day == 1) & (end == start + pd.offsets.MonthBegin(1))]
    printed = record.sources.set_index("id")["date"]
    rows = rows.assign(printed=rows["source"].map(printed))
    rows = best_status_first(rows.sort_values("printed", ascending=False, kind="stable"))
    rows = rows.drop_duplicates("start")
    return rows[["start", "value", "source"]].rename(columns={"start": "month"})
