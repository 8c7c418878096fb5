"""A user's own series: a plain table of counts becomes tiles.

Two forms are read. One row a month: `date`, `count` (dates such as 2012-03 or 2012-03-01). Any
intervals: `start`, `end`, `value`, half-open, so that January is 2012-01-01 to 2012-02-01. Missing
months are simply left out; nothing is filled in. All problems are reported at once.

Rows of `date`, `count` may be days too; a month counts once all its days are there. Weeks do not
fit months and are refused. A figure that is only a bound is written ">300", "300+" or "at least
300", or has "true" in a column `at_least`; all are read as at least the figure.

A table in the shape of the record is read too, such as the printed figures of simulated worlds: of
a column `series` the homicides are taken, of a column `world` one world, and agencies are kept
apart by a column `agency`.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tregua.infer.counts.partition import Tiles, partition, states_bound

__all__ = ["read_table", "tiles_of_table"]

_FORMS = (("start", "end", "value"), ("date", "count"))
_ALSO = {"month": "date", "deaths": "count", "homicides": "count", "n": "count"}
_MORE = ("at_least", "agency", "status", "note")
_SHOWN = 12
_MOST = 1e7  # deaths in one interval
_WEEK = 7
_NO_TIME = pd.Timedelta(0)
_WEEKS = (
    "{rows} are weeks, and weeks do not fit months. Give counts by day, which are added up to "
    "months, or by month"
)
_TRUE = {"true", "yes", "1", "1.0", "sí", "si", "verdadero"}
_FALSE = {"false", "no", "0", "0.0", "", "nan", "none", "falso"}
_BOUND = r"^(?:>=?|≥|more than|at least|más de|al menos)\s*(\d+)$|^(\d+)\s*\+$"


def _fail(where: str, problems: list[str]) -> None:
    if not problems:
        return
    more = len(problems) - _SHOWN
    lines = "".join(f"\n  - {problem}" for problem in problems[:_SHOWN])
    raise ValueError(
        f"{where} cannot be used:{lines}" + (f"\n  - and {more} more" if more > 0 else "")
    )


def _columns(table: pd.DataFrame, where: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rename known synonyms and find out which form the table has."""
    names = [str(name).strip().lower() for name in table.columns]
    for wanted in (names, [_ALSO.get(name, name) for name in names]):
        for form in _FORMS:
            if set(form) <= set(wanted):
                named = table.set_axis(wanted, axis=1)
                twice = [name for name in form if wanted.count(name) > 1]
                if twice:
                    raise ValueError(f"{where} has more than one column '{twice[0]}'. Keep one.")
                return named[[*form, *(name for name in _MORE if name in named)]].copy(), form
    known = sorted({name for form in _FORMS for name in form})
    guesses = [
        f"'{name}' (did you mean '{near[0]}'?)"
        for name in names
        if name not in known and (near := difflib.get_close_matches(name, known, 1))
    ]
    hint = f" Unknown: {', '.join(guesses)}." if guesses else ""
    raise ValueError(
        f"{where} has columns {', '.join(names) or 'none'}. It needs date,count (one row a month) "
        f"or start,end,value (half-open intervals).{hint}"
    )


def _of_one_world(table: pd.DataFrame, where: str, world: int | None) -> pd.DataFrame:
    """The homicides of one world, where a table tells series and worlds apart."""
    table = table.rename(columns=lambda name: str(name).strip().lower())
    if not {"start", "end", "value"} <= set(table.columns):
        return table
    if "series" in table:
        deaths = table["series"].astype(str).str.strip() == "homicides"
        if not deaths.any():
            listed = ", ".join(sorted(set(table["series"].astype(str))))
            raise ValueError(f"{where} has no rows of the series 'homicides', but of {listed}.")
        table = table[deaths]
    if "world" not in table:
        if world is not None:
            raise ValueError(f"{where} has no column 'world' to choose world {world} from.")
        return table.reset_index(drop=True)
    worlds = table["world"].astype(str).str.strip()
    known = list(dict.fromkeys(worlds))
    if world is None and len(known) > 1:
        raise ValueError(
            f"{where} holds {len(known)} worlds, {known[0]} to {known[-1]}. Choose one of them "
            f"(--world {known[0]})."
        )
    chosen = known[0] if world is None else str(world)
    if chosen not in known:
        raise ValueError(
            f"{where} holds no world {chosen}, but {len(known)} worlds from {known[0]} to "
            f"{known[-1]}."
        )
    return table[worlds == chosen].reset_index(drop=True)


def _rows(wrong: pd.Series) -> list[int]:
    """Numbers of the rows that are wrong, from 1, the header not counted."""
    return [int(place) + 1 for place in np.flatnonzero(wrong.to_numpy(dtype=bool))]


def _counts(frame: pd.DataFrame, column: str) -> tuple[pd.Series, pd.Series, list[str]]:
    """Counts, which of them are bounds, and what is wrong with them."""
    raw = frame[column]
    values = pd.to_numeric(raw, errors="coerce").astype(float)
    stated = raw[values.isna()].astype(str).str.strip().str.lower()
    found = stated.str.extract(_BOUND)
    numbers = found[0].fillna(found[1]).astype(float).dropna()
    values.loc[numbers.index] = numbers
    at_least = pd.Series(False, index=frame.index)
    at_least.loc[numbers.index] = True
    problems = []
    if "at_least" in frame:
        words = frame["at_least"].astype(str).str.strip().str.lower()
        at_least |= words.isin(_TRUE)
        problems = [
            f"row {row}: at_least is '{frame['at_least'].iloc[row - 1]}'; write true or false"
            for row in _rows(~words.isin(_TRUE | _FALSE))
        ]
    if "note" in frame:
        notes = frame["note"].astype(str)
        near = notes.str.contains("more than|at least", case=False)
        stated_there = [
            bool(one) and states_bound(note, value)
            for one, note, value in zip(near, notes, values, strict=True)
        ]
        at_least |= np.array(stated_there, dtype=bool)
    return values, at_least, problems + _count_problems(values, raw)


def _count_problems(values: pd.Series, raw: pd.Series) -> list[str]:
    """What is wrong with each count."""
    wrong = ~(values.between(0, _MOST) & (values == values.round()))
    problems = []
    for row in _rows(wrong):
        value, text = values.iloc[row - 1], raw.iloc[row - 1]
        if pd.isna(value):
            problems.append(f"row {row}: '{text}' is no number; leave out months without a count")
        elif value < 0:
            problems.append(f"row {row}: a count cannot be negative ({text})")
        elif value > _MOST:
            problems.append(f"row {row}: {text} deaths in one interval cannot be right")
        else:
            problems.append(f"row {row}: a count must be a whole number ({text}); rates do not fit")
    return problems


def _dates(column: pd.Series) -> tuple[pd.Series, list[str]]:
    if pd.api.types.is_datetime64_dtype(column):
        dates = column
    else:
        text = column.astype(str).str.strip()
        dates = pd.to_datetime(text, format="ISO8601", errors="coerce")
    problems = [
        f"row {row}: '{column.iloc[row - 1]}' is no date; write 2012-03 or 2012-03-01"
        for row in _rows(dates.isna())
    ]
    return dates, problems


def _in_order(dates: pd.Series, form: str) -> list[str]:
    """Rows must come in order, each date once."""
    gap = dates.diff()
    problems = [
        f"row {row}: {dates.iloc[row - 1]:{form}} appears twice" for row in _rows(gap == _NO_TIME)
    ]
    return problems + [
        f"row {row}: {dates.iloc[row - 1]:{form}} comes after {dates.iloc[row - 2]:{form}}; sort "
        "by date"
        for row in _rows(gap < _NO_TIME)
    ]


def _ends_of_dates(dates: pd.Series) -> tuple[pd.Series, list[str]]:
    """Ends of the months or of the days that begin at given dates, and what is wrong with them."""
    months = dates + pd.offsets.MonthBegin(1)
    known = dates.dropna()
    first = known.dt.day == 1
    if first.all():
        return months, _in_order(dates, "%Y-%m")
    gap = known.diff().dt.days
    if (gap == _WEEK).mean() > 0.5:
        return months, [_WEEKS.format(rows=f"rows 1 to {len(dates)}")]
    if (gap == 1).mean() > 0.5:
        return dates + pd.Timedelta(days=1), _in_order(dates, "%Y-%m-%d")
    problems = [
        f"row {row}: {dates.iloc[row - 1]:%Y-%m-%d} is not the first of a month"
        for row in _rows((dates.dt.day != 1) & dates.notna())
    ]
    return months, problems + _in_order(dates[dates.dt.day == 1], "%Y-%m")


def _interval_problems(starts: pd.Series, ends: pd.Series) -> list[str]:
    """Intervals must end after they start, and be no weeks."""
    problems = [
        f"row {row}: the interval ends ({ends.iloc[row - 1]:%Y-%m-%d}) before it starts "
        f"({starts.iloc[row - 1]:%Y-%m-%d})"
        for row in _rows(ends <= starts)
    ]
    weeks = (ends - starts).dt.days == _WEEK
    if weeks.mean() > 0.5:
        rows = _rows(weeks)
        problems.append(_WEEKS.format(rows=f"rows {rows[0]} to {rows[-1]}"))
    return problems


def _repeated(observations: pd.DataFrame) -> list[str]:
    """Rows that repeat or contradict an earlier one of the same agency and interval."""
    keys = ["start", "end", "agency", "status"]
    again = observations.duplicated(keys, keep="first")
    if not again.any():
        return []
    numbered = observations.assign(row=np.arange(1, len(observations) + 1))
    both = numbered[again].merge(
        numbered[~observations.duplicated(keys, keep="first")], on=keys, suffixes=("", "_first")
    )
    problems = []
    rows: list[Any] = list(both.sort_values("row").itertuples())
    for row in rows:
        span = f"{row.start:%Y-%m-%d} to {row.end:%Y-%m-%d}"
        if row.value == row.value_first and row.at_least == row.at_least_first:
            problems.append(
                f"row {row.row} repeats row {row.row_first} ({span}); delete one of them"
            )
        else:
            problems.append(
                f"rows {row.row_first} and {row.row} give {row.value_first:.0f} and "
                f"{row.value:.0f} for {span}; keep one, or name their agencies"
            )
    return problems


def _overdrawn(observations: pd.DataFrame) -> list[str]:
    """Exact totals that are less than the sum of shorter rows of the same agency inside them."""
    numbered = observations.assign(row=np.arange(1, len(observations) + 1))
    problems = []
    for _, group in numbered.groupby("agency", sort=False):
        spans = group.sort_values(["start", "end"])
        if not (spans["start"].iloc[1:].to_numpy() < spans["end"].iloc[:-1].to_numpy()).any():
            continue  # nothing lies inside anything
        length = group["end"] - group["start"]
        laid = _Laid()
        ordered = group.assign(length=length).sort_values(["length", "start"])
        rows: list[Any] = list(ordered.itertuples())
        for row in rows:
            inside = laid.inside(row.start, row.end)
            total = sum(part.value for part in inside)
            if not row.at_least and total > row.value:
                parts = sorted(part.row for part in inside)
                named = ", ".join(map(str, parts[:3])) + (" and others" if len(parts) > 3 else "")
                problems.append(
                    f"row {row.row}: {row.value:.0f} from {row.start:%Y-%m-%d} to "
                    f"{row.end:%Y-%m-%d} is less than the {total:.0f} of the rows inside it "
                    f"({named})"
                )
            laid.add(row)
    return problems


class _Laid:
    """Rows that do not overlap, in order of time."""

    def __init__(self) -> None:
        self._starts: list[pd.Timestamp] = []
        self._rows: list[Any] = []

    def inside(self, start: pd.Timestamp, end: pd.Timestamp) -> list[Any]:
        """Rows that lie wholly within an interval."""
        begin, finish = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return [row for row in self._rows[begin:finish] if row.end <= end]

    def add(self, row: Any) -> None:
        """Add a row unless it overlaps one that is laid."""
        place = bisect_left(self._starts, row.start)
        free = place == 0 or self._rows[place - 1].end <= row.start
        if free and (place == len(self._rows) or row.end <= self._starts[place]):
            self._starts.insert(place, row.start)
            self._rows.insert(place, row)


def tiles_of_table(table: pd.DataFrame, *, name: str = "table", world: int | None = None) -> Tiles:
    """Make tiles of a plain table.

    Parameters
    ----------
    table
        Columns date,count (one row a month, or one a day) or start,end,value (half-open intervals);
        either may have a column at_least, the latter series, world, agency, status and note too.
    name
        Whose counts these are; used in messages.
    world
        Which world, if the table holds several.

    Returns
    -------
    Tiles

    Raises
    ------
    ValueError
        If columns, dates or counts are not usable, rows repeat or contradict each other, a total is
        less than its parts, or rows are weeks; lists all problems with their rows.
    """
    table = _of_one_world(table, name, world)
    frame, form = _columns(table, name)
    if frame.empty:
        _fail(name, ["no rows"])
    frame = frame.reset_index(drop=True)
    values, at_least, problems = _counts(frame, form[-1])
    starts, more = _dates(frame[form[0]])
    problems = more + problems
    if form[0] == "date":
        ends, more = _ends_of_dates(starts)
    else:
        ends, wrong = _dates(frame["end"])
        more = wrong + _interval_problems(starts, ends)
    _fail(name, problems + more)
    observations = pd.DataFrame(
        {
            "start": starts,
            "end": ends,
            "value": values,
            "agency": frame["agency"].astype(str) if "agency" in frame else name,
            "source": name,
            "status": frame["status"].astype(str) if "status" in frame else "final",
            "at_least": at_least,
        }
    )
    # A record's own rows are rivals that statuses settle; in a plain table they are mistakes.
    _fail(
        name, [*_repeated(observations), *([] if "status" in frame else _overdrawn(observations))]
    )
    return partition(observations.assign(status="final"), name=name)


def read_table(path: Path, *, world: int | None = None) -> Tiles:
    """Read a CSV file of counts.

    Parameters
    ----------
    path
        UTF-8, comma separated, with a header.
    world
        Which world, if the file holds several.

    Returns
    -------
    Tiles

    Raises
    ------
    ValueError
        If the file cannot be read as such a table.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is not UTF-8 text: {error.reason}.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(f"{path.name} is no CSV table: {error}.") from error
    return tiles_of_table(table, name=path.name, world=world)
