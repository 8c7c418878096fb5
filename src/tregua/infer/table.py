"""A user's own series: a plain table of counts becomes tiles.

Two forms are read. One row a month: `date`, `count` (dates such as 2012-03 or 2012-03-01). Any
intervals: `start`, `end`, `value`, half-open, so that January is 2012-01-01 to 2012-02-01. Missing
months are simply left out; nothing is filled in. All problems are reported at once.

A table in the shape of the record is read too, such as the printed figures of simulated worlds: of
a column `series` the homicides are taken, of a column `world` one world, and agencies are kept
apart by a column `agency`.
"""

from __future__ import annotations

import difflib
from pathlib import Path

import pandas as pd

from tregua.infer.partition import Tiles, partition

__all__ = ["read_table", "tiles_of_table"]

_FORMS = (("start", "end", "value"), ("date", "count"))
_ALSO = {"month": "date", "deaths": "count", "homicides": "count", "n": "count"}
_SHOWN = 12


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
    for form in _FORMS:
        if set(form) <= set(names):
            return table.set_axis(names, axis=1)[list(form)].copy(), form
    named = [_ALSO.get(name, name) for name in names]
    for form in _FORMS:
        if set(form) <= set(named):
            return table.set_axis(named, axis=1)[list(form)].copy(), form
    wanted = sorted({name for form in _FORMS for name in form})
    guesses = [
        f"'{name}' (did you mean '{near[0]}'?)"
        for name in names
        if name not in wanted and (near := difflib.get_close_matches(name, wanted, 1))
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


def _count_problems(values: pd.Series, raw: pd.Series) -> list[str]:
    """What is wrong with each count; rows are numbered from 1, the header not counted."""
    problems = []
    for row, (value, text) in enumerate(zip(values, raw, strict=True), start=1):
        if pd.isna(value):
            problems.append(f"row {row}: '{text}' is no number; leave out months without a count")
        elif value < 0:
            problems.append(f"row {row}: a count cannot be negative ({text})")
        elif value != round(value):
            problems.append(f"row {row}: a count must be a whole number ({text}); rates do not fit")
        elif value > 1e7:
            problems.append(f"row {row}: {text} deaths in one interval cannot be right")
    return problems


def _dates(column: pd.Series) -> tuple[pd.Series, list[str]]:
    dates = pd.to_datetime(column.astype(str).str.strip(), format="ISO8601", errors="coerce")
    problems = [
        f"row {row}: '{text}' is no date; write 2012-03 or 2012-03-01"
        for row, (date, text) in enumerate(zip(dates, column, strict=True), start=1)
        if pd.isna(date)
    ]
    return dates, problems


def _monthly_problems(dates: pd.Series) -> list[str]:
    """Monthly rows must start months, in order, each month once."""
    problems = []
    previous = None
    for row, date in enumerate(dates, start=1):
        if pd.isna(date):
            continue
        if date.day != 1:
            problems.append(f"row {row}: {date:%Y-%m-%d} is not the first of a month")
        if previous is not None and date == previous:
            problems.append(f"row {row}: {date:%Y-%m} appears twice")
        elif previous is not None and date < previous:
            problems.append(f"row {row}: {date:%Y-%m} comes after {previous:%Y-%m}; sort by date")
        previous = date
    return problems


def tiles_of_table(table: pd.DataFrame, *, name: str = "table", world: int | None = None) -> Tiles:
    """Make tiles of a plain table.

    Parameters
    ----------
    table
        Columns date,count (one row a month) or start,end,value (half-open intervals); the latter
        may have columns series, world and agency too.
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
        If columns, dates or counts are not usable; lists all problems with their rows.
    """
    table = _of_one_world(table, name, world)
    frame, form = _columns(table, name)
    values = pd.to_numeric(frame[form[-1]], errors="coerce")
    starts, problems = _dates(frame[form[0]])
    problems += _count_problems(values, frame[form[-1]])
    if form[0] == "date":
        problems += _monthly_problems(starts)
        ends = starts + pd.offsets.MonthBegin(1)
    else:
        ends, more = _dates(frame["end"])
        problems += more
        problems += [
            f"row {row}: the interval ends ({end:%Y-%m-%d}) before it starts ({start:%Y-%m-%d})"
            for row, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
            if not pd.isna(start) and not pd.isna(end) and end <= start
        ]
    if frame.empty:
        problems.append("no rows")
    _fail(name, problems)
    observations = pd.DataFrame(
        {
            "start": starts,
            "end": ends,
            "value": values.astype(float),
            "agency": table["agency"].astype(str) if "agency" in table else name,
            "source": name,
            "status": "final",
        }
    )
    return partition(observations, name=name)


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
