"""The record of a case: all that is known, and who says so.

One table of observations holds days, months, years to date and rival agencies alike, because each
is a count or a value over an interval. What to leave out is the reader's choice, made in `select`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from tregua.record.problems import RecordError, nearest
from tregua.record.schema import STATUSES, Case

__all__ = ["Record"]

_UNUSABLE = ("derived", "recalled")
_SHORTEST_YEAR = 365  # days


@dataclass(frozen=True, eq=False, repr=False)
class Record:
    """What is known of a case.

    Attributes
    ----------
    case
        Its actors, calendar, counting rules and history.
    observations
        Columns series, start, end, value, unit, place, agency, source, status, verified, note.
        Intervals are half-open, [start, end); a stock has end = start.
    events
        Columns date, end, type, actors, description, description_es, source, status, verified.
        The event happened within [date, end).
    sources
        Columns id, title, publisher, url, date, seen_as.
    digest
        16 hexadecimal digits that change if any of the above does.
    """

    case: Case
    observations: pd.DataFrame
    events: pd.DataFrame
    sources: pd.DataFrame
    digest: str

    def __repr__(self) -> str:
        return (
            f"Record('{self.case.name}', {len(self.observations)} observations,"
            f" {len(self.events)} events, {len(self.sources)} sources, digest {self.digest})"
        )

    def select(
        self,
        series: str,
        *,
        agency: str | None = None,
        place: str | None = None,
        usable: bool = True,
        first: date | str | None = None,
        last: date | str | None = None,
    ) -> pd.DataFrame:
        """Return the observations of a series.

        Parameters
        ----------
        series
            Name of the series, such as `homicides`.
        agency
            Only what this agency counted; None = all agencies.
        place
            Where; None = the whole country (`case.place`).
        usable
            Leave out what was derived, recalled or not verified.
        first, last
            Only intervals that lie within [first, last); a stock on `last` is left out.

        Returns
        -------
        DataFrame
            The columns of `observations`, sorted by start, end and agency, with a fresh index.

        Raises
        ------
        RecordError
            If the series, the place or the agency is unknown; the message names the nearest one.

        Examples
        --------
        >>> from tregua import record
        >>> known = record.load("el-salvador")
        >>> known.select("homicides", agency="IML", last="2012-02-01").value.tolist()
        [172.0, 4367.0, 413.0]
        """
        rows = self.observations
        rows = rows[_known(rows, "series", series, "series")]
        rows = rows[_known(rows, "place", self.case.place if place is None else place, "places")]
        if agency is not None:
            rows = rows[_known(rows, "agency", agency, "agencies")]
        if usable:
            rows = rows[usable_rows(rows)]
        if first is not None:
            rows = rows[rows["start"] >= pd.Timestamp(first)]
        if last is not None:
            until = pd.Timestamp(last)
            rows = rows[(rows["end"] <= until) & (rows["start"] < until)]
        return rows.sort_values(["start", "end", "agency"], kind="stable").reset_index(drop=True)

    def by_year(self, series: str) -> pd.DataFrame:
        """Return what agencies say of each year, for the whole country.

        Parameters
        ----------
        series
            A count, of which the usable figures of whole years are taken, or a stock, of which all
            usable figures dated to the year are.

        Returns
        -------
        DataFrame
            Index year; columns low, middle (median) and high over the figures, and figures (their
            number). A year without a usable figure has no row.

        Raises
        ------
        RecordError
            If the series is unknown.

        Examples
        --------
        >>> from tregua import record
        >>> record.load("el-salvador").by_year("homicides").loc[2015, ["low", "high"]].tolist()
        [6656.0, 6661.0]
        """
        rows = self.select(series)
        days = (rows["end"] - rows["start"]).dt.days
        rows = rows[(days == 0) | (days >= _SHORTEST_YEAR)]
        years = rows.groupby(rows["start"].dt.year)["value"]
        columns = {
            "low": years.min(),
            "middle": years.median(),
            "high": years.max(),
            "figures": years.size(),
        }
        return pd.DataFrame(columns).rename_axis("year")

    def overview(self) -> pd.DataFrame:
        """Return one row for each series: how much is known of it, from when, and from whom.

        Returns
        -------
        DataFrame
            Columns series, rows, places, first, last, agencies (number), usable (share, 0 to 1).
        """
        usable = usable_rows(self.observations)
        grouped = self.observations.assign(usable=usable).groupby("series", sort=True)
        return grouped.agg(
            rows=("value", "size"),
            places=("place", "nunique"),
            first=("start", "min"),
            last=("end", "max"),
            agencies=("agency", "nunique"),
            usable=("usable", "mean"),
        ).reset_index()


def usable_rows(rows: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which observations may be used for inference: verified, not derived, not recalled."""
    mask = ~rows["status"].isin(_UNUSABLE) & rows["verified"]
    return mask.to_numpy(dtype=bool)


def best_status_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows ordered from the best status to the weakest, order kept within a status."""
    rank = rows["status"].map({status: index for index, status in enumerate(STATUSES)})
    return rows.loc[rank.sort_values(kind="stable").index]


def _known(rows: pd.DataFrame, column: str, name: str, kind: str) -> pd.Series[bool]:
    """Return which rows hold `name`, or say which names there are."""
    mask = rows[column] == name
    if not mask.any():
        message = f"No {column} named '{name}' here."
        raise RecordError(f"{message} {nearest(name, rows[column], kind=kind)}")
    return mask
