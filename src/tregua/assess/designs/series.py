r"""Counts over months, as every design reads them.

A record counts deaths by month, by half-year, or by "the rest of the year". A design must not take
a total of six months for one month of many deaths, and must not leave it out either where little
else is known. With $d_m$ the days of month $m$ and $r_m$ its daily rate, a count $c$ has the mean

$$ \mu_c = \sum_{m \in c} d_m r_m, $$

so that all a design needs beside the counts is which count owns which month. A count given only as
"more than 300" is no count and is left out, and the series says how many were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.assess.verdict import NotTestable

if TYPE_CHECKING:
    from tregua.infer import Tiles

__all__ = ["CountSeries", "DesignError", "coinciding", "count_series"]

Floats = NDArray[np.float64]
Cautions = Mapping[str, tuple[str, ...]]
Rows = list[tuple[float, tuple[pd.Timestamp, ...], tuple[str, ...]]]

_NONE: Cautions = MappingProxyType({"en": (), "es": ()})
_SHOWN = 3


class DesignError(NotTestable):
    """What a design was given cannot answer its question.

    Parameters
    ----------
    en, es
        What is missing, in each language.
    """


@dataclass(frozen=True, eq=False)
class CountSeries:
    """Counts over months: a count may cover several months, which need not be adjacent.

    Attributes
    ----------
    value
        (counts,) deaths, at least 0, in the order of their first months.
    months
        (months,) every month from the first to the last, covered or not.
    owner
        (months,) index of the count that covers the month; -1 where none does.
    days
        (months,) days of the month.
    name
        Whose counts these are; may be empty.
    sources
        Ids of the sources behind the counts; may be empty.
    cautions
        What was left out on the way, by language.
    """

    value: Floats
    months: pd.DatetimeIndex
    owner: NDArray[np.int64]
    days: Floats
    name: str
    sources: tuple[str, ...]
    cautions: Cautions = field(default_factory=lambda: _NONE)

    def single(self) -> NDArray[np.bool_]:
        """(counts,) whether a count covers one month only."""
        return np.asarray(self._of_counts(None) == 1)

    def exposure(self) -> Floats:
        """(counts,) days that a count covers."""
        return self._of_counts(self.days)

    def _of_counts(self, weights: Floats | None) -> Floats:
        covered = self.owner >= 0
        chosen = None if weights is None else weights[covered]
        sums = np.bincount(self.owner[covered], weights=chosen, minlength=len(self.value))
        return np.asarray(sums, dtype=np.float64)


def count_series(
    counts: Tiles | pd.DataFrame,
    *,
    first: str | None = None,
    last: str | None = None,
    name: str = "",
) -> CountSeries:
    """Counts over months, ready for a design.

    Parameters
    ----------
    counts
        Tiles; the table `tiles` (columns value, months, and sources and at_least if there are any);
        or a plain table: start, end, value (half-open intervals) or date, count.
    first, last
        First and last month, YYYY-MM, both in; by default all that the counts cover. A count that
        reaches beyond them is left out, with a caution.
    name
        Whose counts these are; by default the name of the tiles.

    Returns
    -------
    CountSeries
        With a caution for every kind of count that was left out.

    Raises
    ------
    DesignError
        If a month is counted twice, a count is negative or no number, the table cannot be read, or
        the window is empty, or reaches beyond the data; the message names months and ranges.

    Examples
    --------
    >>> edges = pd.to_datetime(["2012-01-01", "2012-02-01", "2012-03-01", "2012-06-01"])
    >>> counts = pd.DataFrame({"start": edges[:-1], "end": edges[1:], "value": [31, 29, 60]})
    >>> series = count_series(counts)
    >>> series.owner.tolist(), series.exposure().tolist(), series.single().tolist()
    ([0, 1, 2, 2, 2], [31.0, 29.0, 92.0], [True, True, False])
    """
    frame = counts if isinstance(counts, pd.DataFrame) else counts.frame
    name = name or str(getattr(counts, "name", ""))
    rows, bounds = _rows_of(frame, name)
    _refuse_wrong(rows)
    begin, end = _window(rows, first, last)
    inside = [row for row in rows if begin <= min(row[1]) and max(row[1]) <= end]
    across = sum(any(begin <= m <= end for m in row[1]) for row in rows) - len(inside)
    if not inside:
        raise DesignError(
            f"No count lies wholly between {begin:%Y-%m} and {end:%Y-%m}. "
            f"The data cover {_span(rows)}.",
            f"Ningún recuento queda por completo entre {begin:%Y-%m} y {end:%Y-%m}. "
            f"Los datos cubren {_span(rows, 'a')}.",
        )
    return _laid_out(inside, begin, end, name, _left_out(bounds, across))


def _rows_of(frame: pd.DataFrame, name: str) -> tuple[Rows, int]:
    """Counts with their months and sources, and how many were only bounds."""
    if frame.empty:
        raise DesignError("There are no counts.", "No hay recuentos.")
    if "months" not in frame and not _plain(frame):
        frame = _read(frame, name)
    listed = frame["months"] if "months" in frame else _months_between(frame)
    months = [_as_months(value) for value in listed]
    sources = frame["sources"] if "sources" in frame else [()] * len(frame)
    bound = _flags(frame)
    rows = [
        (float(value), owned, _as_ids(ids))
        for value, owned, ids, bounded in zip(frame["value"], months, sources, bound, strict=True)
        if not bounded
    ]
    if not rows:
        raise DesignError(
            'All figures are only bounds ("more than"); a design needs counts.',
            'Todas las cifras son solo cotas ("más de"); un diseño necesita recuentos.',
        )
    return sorted(rows, key=lambda row: row[1]), int(bound.sum())


def _flags(frame: pd.DataFrame) -> NDArray[np.bool_]:
    if "at_least" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return frame["at_least"].fillna(False).to_numpy(dtype=bool)


def _plain(frame: pd.DataFrame) -> bool:
    """Whether a table has whole months between dates, so that nothing needs reading."""
    if not {"start", "end", "value"} <= set(frame.columns) or "series" in frame:
        return False
    if not pd.api.types.is_numeric_dtype(frame["value"]):
        return False
    edges = [frame["start"], frame["end"]]
    return all(
        pd.api.types.is_datetime64_dtype(edge)
        and bool(((edge.dt.day == 1) & (edge == edge.dt.normalize())).all())
        for edge in edges
    ) and bool((frame["end"] > frame["start"]).all())


def _read(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    from tregua.infer.counts.table import tiles_of_table

    try:
        return tiles_of_table(frame, name=name or "table").frame
    except ValueError as error:
        raise DesignError(str(error), f"La tabla no puede leerse: {error}") from error


def _months_between(frame: pd.DataFrame) -> list[pd.DatetimeIndex]:
    return [
        pd.date_range(start, end, freq="MS", inclusive="left")
        for start, end in zip(frame["start"], frame["end"], strict=True)
    ]


def _as_months(listed: Any) -> tuple[pd.Timestamp, ...]:
    values = listed.split(";") if isinstance(listed, str) else listed
    return tuple(sorted(pd.Timestamp(value) for value in values))


def _as_ids(listed: Any) -> tuple[str, ...]:
    values = listed.split(";") if isinstance(listed, str) else listed
    return tuple(str(value) for value in values if str(value))


def _refuse_wrong(rows: Rows) -> None:
    wrong = [(value, months) for value, months, _ in rows if not 0 <= value < np.inf]
    if wrong:
        where = _some([f"{value:g} in {months[0]:%Y-%m}" for value, months in wrong])
        donde = _some([f"{value:g} en {months[0]:%Y-%m}" for value, months in wrong])
        raise DesignError(
            f"A count must be a number of at least 0; given: {where}.",
            f"Un recuento debe ser un número de al menos 0; se dio: {donde}.",
        )
    every = pd.Series([month for _, months, _ in rows for month in months])
    twice = sorted(every[every.duplicated()].unique())
    if twice:
        named = _some([f"{pd.Timestamp(month):%Y-%m}" for month in twice])
        raise DesignError(
            f"Months are counted twice: {named}. Give counts that do not overlap.",
            f"Hay meses contados dos veces: {named}. Use recuentos que no se solapen.",
        )


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" (+{more})" if more > 0 else "")


def _span(rows: Rows, joined: str = "to") -> str:
    first, last = min(min(row[1]) for row in rows), max(max(row[1]) for row in rows)
    return f"{first:%Y-%m} {joined} {last:%Y-%m}"


def _window(rows: Rows, first: str | None, last: str | None) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last month asked for, which must lie within the data."""
    known = min(min(row[1]) for row in rows), max(max(row[1]) for row in rows)
    begin = known[0] if first is None else _month(first)
    end = known[1] if last is None else _month(last)
    if begin > end:
        raise DesignError(
            f"The window {begin:%Y-%m} to {end:%Y-%m} is empty: it ends before it begins. "
            f"The data cover {_span(rows)}.",
            f"La ventana {begin:%Y-%m} a {end:%Y-%m} está vacía: termina antes de empezar. "
            f"Los datos cubren {_span(rows, 'a')}.",
        )
    if begin < known[0] or end > known[1]:
        raise DesignError(
            f"The window {begin:%Y-%m} to {end:%Y-%m} reaches beyond the data, which cover "
            f"{_span(rows)}.",
            f"La ventana {begin:%Y-%m} a {end:%Y-%m} excede los datos, que cubren "
            f"{_span(rows, 'a')}.",
        )
    return begin, end


def _month(text: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(pd.to_datetime(text, format="ISO8601").to_period("M").start_time)
    except ValueError as error:
        raise DesignError(
            f"'{text}' is no month; write 2012-03.", f"'{text}' no es un mes; escriba 2012-03."
        ) from error


def _left_out(bounds: int, across: int) -> Cautions:
    english, spanish = [], []
    if bounds:
        english.append(f'{bounds} figures that are only bounds ("more than") were left out.')
        spanish.append(f'Se dejaron fuera {bounds} cifras que son solo cotas ("más de").')
    if across:
        english.append(f"{across} totals that reach beyond the window were left out.")
        spanish.append(f"Se dejaron fuera {across} totales que exceden la ventana.")
    return MappingProxyType({"en": tuple(english), "es": tuple(spanish)})


def _laid_out(
    rows: Rows, begin: pd.Timestamp, end: pd.Timestamp, name: str, cautions: Cautions
) -> CountSeries:
    months = pd.date_range(begin, end, freq="MS")
    owner = np.full(len(months), -1, dtype=np.int64)
    for index, (_, owned, _) in enumerate(rows):
        owner[months.get_indexer(pd.DatetimeIndex(owned))] = index
    return CountSeries(
        value=np.array([value for value, _, _ in rows], dtype=np.float64),
        months=months,
        owner=owner,
        days=months.days_in_month.to_numpy(dtype=np.float64),
        name=name,
        sources=tuple(sorted({source for _, _, ids in rows for source in ids})),
        cautions=cautions,
    )


def listed(problems: Sequence[str]) -> str:
    """One problem as a sentence, several as a list, a line each."""
    return problems[0] if len(problems) == 1 else "\n".join(["", *(f"- {p}" for p in problems)])


def coinciding(events: pd.DataFrame, date: str, *, months: int = 3) -> pd.DataFrame:
    """Events near a date: what else could have moved deaths then.

    Parameters
    ----------
    events
        Events of a record, with a column `date`.
    date
        Day or month, ISO; a month stands for its first day.
    months
        How far away an event may lie, in calendar months, on either side.

    Returns
    -------
    pandas.DataFrame
        The events of the span, both ends in, in order of time, with all their columns.

    Examples
    --------
    >>> events = pd.DataFrame({"date": pd.to_datetime(["2012-03-08", "2013-05-30"]),
    ...                        "type": ["prison_transfer", "resignation"]})
    >>> coinciding(events, "2012-03")["type"].tolist()
    ['prison_transfer']
    """
    centre, reach = pd.Timestamp(date), pd.DateOffset(months=months)
    dates = pd.to_datetime(events["date"])
    near = (dates >= centre - reach) & (dates <= centre + reach)
    return events[near].sort_values("date", kind="stable").reset_index(drop=True)
