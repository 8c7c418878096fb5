"""Scripts and the calendar: what is given for each week of a run.

A script is a list of *eras*: from a date on, the government's stance, the enforcement, and the
shares of gangs that press and restrain. It drives history; strategies drive from their own date on.

**Weeks.** A week here is a quarter of a month, 7 to 7.75 days long. Every week then belongs to one
month and every month to one year, so that monthly and annual totals are exact sums of weeks and
nothing is split. Rates use the true number of days. An era begins with the week whose first day is
nearest to its date (at most 3.9 days away).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import auto
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua import record
from tregua.model.actor import Stance
from tregua.model.places import Places
from tregua.model.setting import Setting
from tregua.model.timeline import Timeline
from tregua.record import Case

__all__ = [
    "WEEKS_PER_MONTH",
    "Cal",
    "Era",
    "Every",
    "Script",
    "calendar",
    "month_number",
    "months_between",
    "period_starts",
]

Every = Literal["week", "month", "quarter", "year"]
_MONTHS = {"month": 1, "quarter": 3, "year": 12}

WEEKS_PER_MONTH = 4
BY_STANCE = -1.0
"""In a script's columns: take the value that the stance implies."""
_YEAR = 365.25
_NEVER = 99.0


class Cal(Places):
    """Columns of the calendar: what is given for a week from outside."""

    LENGTH = auto()  # years
    TIME = auto()  # calendar year at the week's start, 2012.25 = April 2012
    POPULATION = auto()
    MONTH = auto()  # calendar month, 0 = January
    LAST = auto()  # 1 in the last week of a month
    OPENS = auto()  # 1 in the first week of a period that a run keeps
    CLOSES = auto()  # 1 in its last
    SHARE = auto()  # the week's part of its period
    MONTH_LENGTH = auto()  # years
    INAUGURATION = auto()  # 1 in the week in which a new government takes office
    TO_ELECTION = auto()  # years to the next presidential election
    POLICE_COUNTED = auto()  # 1 while the tally holds people killed by police
    UNDERCOUNTED = auto()  # 1 while the tally holds a share of killings only
    YEARS = auto()  # years since the strategies took over
    SCRIPTED = auto()  # 1 while the script drives
    # 1 while the stance is a timeline's and gangs reply; in a scripted week, if orders count
    GIVEN = auto()
    STANCE = auto()
    ENFORCEMENT = auto()  # negative: by stance
    PRESSING = auto()
    RESTRAINING = auto()
    SEGREGATED = auto()  # negative: by stance
    FILTER = auto()  # target of the judicial filter; negative: by stance


@dataclass(frozen=True)
class Era:
    """What holds from a date on.

    Attributes
    ----------
    start
        First day.
    stance
        The government's stance.
    enforcement
        Arrest effort, ordinary policing being 1 (at least 0); None for the stance's own.
    pressing, restraining
        Shares of gangs that press and restrain; their sum is at most 1.
    segregated
        Share of new gang prisoners held in isolation; None for the stance's own.
    judicial_filter
        Level towards which the judicial filter moves; None for the stance's own.
    """

    start: pd.Timestamp
    stance: Stance
    enforcement: float | None = None
    pressing: float = 0.0
    restraining: float = 0.0
    segregated: float | None = None
    judicial_filter: float | None = None

    def problems(self) -> list[str]:
        """What is wrong with this era, if anything."""
        found = []
        for name in ("pressing", "restraining", "segregated", "judicial_filter"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                found.append(f"{name} = {value} is no share")
        if self.pressing + self.restraining > 1.0 + 1e-9:
            total = self.pressing + self.restraining
            found.append(f"pressing + restraining = {total:g} is above 1")
        if self.enforcement is not None and not 0.0 <= self.enforcement <= 50.0:
            found.append(f"enforcement = {self.enforcement} is not between 0 and 50")
        return [f"era of {self.start:%Y-%m-%d}: {problem}" for problem in found]


@dataclass(frozen=True)
class Script:
    """Eras in order of their dates.

    Attributes
    ----------
    eras
        At least one; dates strictly increasing.
    name
        Name of the reading of history it stands for.
    """

    eras: tuple[Era, ...]
    name: str = "default"

    def __post_init__(self) -> None:
        """Refuse a script with problems, naming all of them."""
        problems = [problem for era in self.eras for problem in era.problems()]
        if not self.eras:
            problems.append("a script needs at least one era")
        for before, after in zip(self.eras, self.eras[1:], strict=False):
            if after.start <= before.start:
                problems.append(
                    f"era of {after.start:%Y-%m-%d} does not come after {before.start:%Y-%m-%d}"
                )
        if problems:
            raise ValueError(f"Script '{self.name}': " + "; ".join(problems) + ".")

    @classmethod
    def of(cls, case: Case, reading: str = "script") -> Script:
        """The script of a case, or one of its rival readings of history.

        Parameters
        ----------
        case
            A case with a script.
        reading
            "script", or the name of a reading in the case.

        Raises
        ------
        ValueError
            If the case has no such reading, or a stance that the model does not know.
        """
        known = {"script": case.script, **case.readings}
        if reading not in known or not known[reading]:
            names = ", ".join(name for name, eras in known.items() if eras) or "none"
            near = difflib.get_close_matches(reading, known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near and near[0] != reading else ""
            raise ValueError(
                f"The case '{case.name}' has no reading '{reading}'.{hint} Known: {names}."
            )
        return cls(tuple(_era(era) for era in known[reading]), reading)


def _era(given: record.Era) -> Era:
    stance = given.stance.upper().replace("-", "_")
    if stance not in Stance.__members__:
        names = [member.name.lower() for member in Stance]
        near = difflib.get_close_matches(given.stance, names, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(
            f"era of {given.start:%Y-%m-%d}: no stance named '{given.stance}'.{hint} "
            f"Known: {', '.join(names)}."
        )
    return Era(
        pd.Timestamp(given.start),
        Stance[stance],
        given.enforcement,
        given.pressing,
        given.restraining,
        given.segregated,
        given.judicial_filter,
    )


def month_number(when: pd.Timestamp) -> int:
    """Months since January 1970. Raises ValueError unless `when` is the first day of a month."""
    if when != when.normalize() or when.day != 1:
        raise ValueError(f"{when} is not the first day of a month.")
    return (when.year - 1970) * 12 + when.month - 1


def calendar(
    setting: Setting,
    start: pd.Timestamp,
    end: pd.Timestamp,
    *,
    script: Script | None,
    since: pd.Timestamp | None,
    weeks_per_month: int = WEEKS_PER_MONTH,
    every: Every = "month",
    timeline: Timeline | None = None,
) -> NDArray[np.float64]:
    """What is given for each week of a run.

    Parameters
    ----------
    setting
        The case.
    start, end
        First days of months; the run covers [start, end).
    script
        What drives before `since`; None if strategies drive from the start.
    since
        First day of the strategies; None if the script drives to the end.
    weeks_per_month
        Steps a month; 4 is the model, other numbers test its step length.
    every
        Length of the periods that the run keeps.
    timeline
        The government's stances where the script does not drive; None leaves them to a strategy.

    Returns
    -------
    numpy.ndarray
        float64[weeks, columns], columns as in `Cal`.
    """
    months = months_between(start, end)
    bounds = np.append(months, np.datetime64(end, "M")).astype("datetime64[D]").astype(np.int64)
    days = np.diff(bounds).astype(np.float64)
    part = np.tile(np.arange(weeks_per_month), len(days))
    first = bounds[:-1].repeat(weeks_per_month).astype(np.float64)
    length = (days / weeks_per_month).repeat(weeks_per_month)
    begins = first + part * length
    number = months.astype(np.int64).repeat(weeks_per_month)
    table = np.zeros((len(first), len(Cal)))
    table[:, Cal.LENGTH] = length / _YEAR
    table[:, Cal.TIME] = 1970.0 + (number + part / weeks_per_month) / 12.0
    table[:, Cal.POPULATION] = setting.population_in(1970.0 + number / 12.0)
    table[:, Cal.MONTH] = number % 12
    table[:, Cal.LAST] = part == weeks_per_month - 1
    table[:, Cal.MONTH_LENGTH] = days.repeat(weeks_per_month) / _YEAR
    took_over = _day(start if since is None else since)
    table[:, Cal.YEARS] = np.maximum(0.0, (begins - took_over) / _YEAR)
    _mark_elections(table, setting, begins, end)
    _mark_counting(table, setting, first)
    _mark_periods(table, number, every)
    _write_script(table, script, since, begins, length)
    if timeline is not None:
        _write_timeline(table, timeline, months.repeat(weeks_per_month))
    return table


def period_starts(
    start: pd.Timestamp, end: pd.Timestamp, every: Every, weeks_per_month: int = WEEKS_PER_MONTH
) -> NDArray[np.datetime64]:
    """First days of the periods of a run, as datetime64[ns]; of weeks, the day they begin on."""
    months = months_between(start, end)
    if every != "week":
        opens = months.astype(np.int64) % _MONTHS[every] == 0
        opens[0] = True
        return np.asarray(months[opens].astype("datetime64[ns]"))
    bounds = np.append(months, np.datetime64(end, "M")).astype("datetime64[D]").astype(np.int64)
    part = np.tile(np.arange(weeks_per_month), len(months)) / weeks_per_month
    days = bounds[:-1].repeat(weeks_per_month) + part * np.diff(bounds).repeat(weeks_per_month)
    return np.asarray(np.floor(days).astype("datetime64[D]").astype("datetime64[ns]"))


def _mark_periods(table: NDArray[np.float64], number: NDArray[np.int64], every: Every) -> None:
    """Mark where kept periods begin and end; a run may begin or end within one."""
    if every == "week":
        first = np.ones(len(table), dtype=bool)
    else:
        period = number // _MONTHS[every]
        first = np.r_[True, period[1:] != period[:-1]]
    last = np.r_[first[1:], True]
    weeks = np.diff(np.r_[np.flatnonzero(first), len(table)])
    table[:, Cal.OPENS] = first
    table[:, Cal.CLOSES] = last
    table[:, Cal.SHARE] = (1.0 / weeks).repeat(weeks)


def _write_timeline(
    table: NDArray[np.float64], timeline: Timeline, months: NDArray[np.datetime64]
) -> None:
    names = [str(month) for month in months]
    stances = timeline.stance_at(names)
    free = table[:, Cal.SCRIPTED] == 0.0
    missing = free & (stances < 0)
    if missing.any():
        gap = names[int(np.argmax(missing))]
        raise ValueError(f"The timeline '{timeline.name}' says nothing of {gap}.")
    table[free, Cal.GIVEN] = 1.0
    table[free, Cal.STANCE] = stances[free]
    table[free, Cal.ENFORCEMENT] = timeline.enforcement_at(names)[free]


def months_between(start: pd.Timestamp, end: pd.Timestamp) -> NDArray[np.datetime64]:
    """First days of the months in [start, end), as datetime64[M]."""
    return np.arange(np.datetime64(start, "M"), np.datetime64(end, "M"))


def _day(when: pd.Timestamp) -> float:
    """Days since January 1970."""
    return (when - pd.Timestamp(0)) / pd.Timedelta(days=1)


def _mark_elections(
    table: NDArray[np.float64], setting: Setting, begins: NDArray[np.float64], end: pd.Timestamp
) -> None:
    for when in setting.inaugurations_until(end):
        if begins[0] <= _day(when) < _day(end):
            week = begins.searchsorted(_day(when), side="right") - 1
            table[week, Cal.INAUGURATION] = 1.0
    elections = np.array([_day(when) for when in setting.elections_until(end)])
    if len(elections) == 0:
        table[:, Cal.TO_ELECTION] = _NEVER
        return
    upcoming = elections[elections.searchsorted(begins, side="left")]
    table[:, Cal.TO_ELECTION] = (upcoming - begins) / _YEAR


def _mark_counting(
    table: NDArray[np.float64], setting: Setting, first: NDArray[np.float64]
) -> None:
    until, undercounted = setting.police_counted_until, setting.undercounted_from
    table[:, Cal.POLICE_COUNTED] = 1.0 if until is None else first < _day(until)
    table[:, Cal.UNDERCOUNTED] = 0.0 if undercounted is None else first >= _day(undercounted)


def _write_script(
    table: NDArray[np.float64],
    script: Script | None,
    since: pd.Timestamp | None,
    begins: NDArray[np.float64],
    length: NDArray[np.float64],
) -> None:
    table[:, [Cal.ENFORCEMENT, Cal.SEGREGATED, Cal.FILTER]] = BY_STANCE
    if script is None:
        return
    driven = np.ones(len(table), dtype=bool) if since is None else begins < _day(since)
    table[:, Cal.SCRIPTED] = driven
    for era in script.eras:
        # The first week whose middle lies after the era's date is the one that begins nearest.
        rows = (begins + length / 2.0 > _day(era.start)) & driven
        table[rows, Cal.STANCE] = era.stance
        table[rows, Cal.ENFORCEMENT] = _or_by_stance(era.enforcement)
        table[rows, Cal.PRESSING] = era.pressing
        table[rows, Cal.RESTRAINING] = era.restraining
        table[rows, Cal.SEGREGATED] = _or_by_stance(era.segregated)
        table[rows, Cal.FILTER] = _or_by_stance(era.judicial_filter)


def _or_by_stance(value: float | None) -> float:
    return BY_STANCE if value is None else value
