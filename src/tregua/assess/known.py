"""What is known of a case, as tables: the data behind the first figures of a report."""

from __future__ import annotations

import pandas as pd

from tregua.model import parameter_table
from tregua.record import Record, RecordError, diff, lane
from tregua.shelf import Tables

__all__ = ["frequency", "known_tables"]

# Up to how many days an interval of each frequency lasts.
_FREQUENCIES = ((1, "day"), (26, "days"), (31, "month"), (88, "months"), (92, "quarter"))
_YEAR = (365, 366)


def frequency(days: int) -> str:
    """What an interval of so many days is called: day, days, month, months, quarter or year.

    Parameters
    ----------
    days
        Length of the interval, at least 1.
    """
    if days in _YEAR:
        return "year"
    return next((name for longest, name in _FREQUENCIES if days <= longest), "months")


def _homicides(record: Record) -> pd.DataFrame:
    try:
        rows = record.select("homicides", usable=False)
    except RecordError:
        rows = record.observations.iloc[:0]
    usable = rows["verified"] & ~rows["status"].isin(["derived", "recalled"])
    days = (rows["end"] - rows["start"]).dt.days
    kept = rows[["start", "end", "value", "agency", "status", "source"]]
    return kept.assign(
        usable=usable, note=rows["note"], frequency=[frequency(int(day)) for day in days]
    )


def _events(record: Record) -> pd.DataFrame:
    rows = record.events
    kept = rows[["date", "end", "type", "actors", "description", "description_es"]]
    return kept.assign(
        lane=[lane(kind) for kind in rows["type"]],
        source=rows["source"],
        verified=rows["verified"],
    ).reset_index(drop=True)


def _disagreements(record: Record) -> pd.DataFrame:
    """Months for which two agencies published a usable count, every pair of agencies."""
    homicides = _homicides(record)
    monthly = homicides[homicides["usable"] & (homicides["frequency"] == "month")]
    agencies = sorted(monthly["agency"].unique())
    frames = []
    for index, first in enumerate(agencies):
        for second in agencies[index + 1 :]:
            frame = diff(record, first, second)
            if not frame.empty:
                frames.append(frame)
    if not frames:
        columns = ["month", "agency_a", "agency_b", "value_a", "value_b", "ratio"]
        return pd.DataFrame(columns=[*columns, "source_a", "source_b"])
    return pd.concat(frames, ignore_index=True).sort_values(
        ["month", "agency_a", "agency_b"], kind="stable", ignore_index=True
    )


def known_tables(record: Record) -> Tables:
    """What is known, as tables.

    Parameters
    ----------
    record
        All that is known of a case.

    Returns
    -------
    Tables
        `homicides` (start, end, value, agency, status, source, usable, note, frequency), `events`
        (date, end, type, actors, description, description_es, lane, source, verified),
        `disagreements` (month, agency_a, agency_b, value_a, value_b, ratio, source_a, source_b) and
        `parameters` (name, symbol, default, low, high, unit, kind, meaning, source).
    """
    return {
        "homicides": _homicides(record),
        "events": _events(record),
        "disagreements": _disagreements(record),
        "parameters": parameter_table(),
    }
