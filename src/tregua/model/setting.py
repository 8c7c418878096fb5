"""The setting: what a case gives the game from outside, and never changes with play.

Population, the gangs and their shares of the members, the dates of elections and inaugurations,
and the counting rules of the official tally.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tregua.record import Record, load

__all__ = ["Setting", "el_salvador"]

_TERM = pd.DateOffset(years=5)
_GROWTH_BEYOND = 0.004


@dataclass(frozen=True)
class Setting:
    """What a case gives the game from outside.

    Attributes
    ----------
    name
        The case.
    gangs
        Names of the gangs.
    shares
        Each gang's share of the members at the start; they sum to 1.
    population
        (year, persons at its middle), in order of years. Interpolated between; beyond the last
        year it grows by 0.4 % a year, before the first it stays.
    elections
        Days of presidential elections, in order; beyond the last, one every five years.
    inaugurations
        Days on which a new government takes office, in order; likewise extended.
    police_counted_until
        From this day people killed by police are no longer in the official tally.
    undercounted_from
        From this day the tally holds only a share of the countable killings (parameter
        `counted_exception`).
    rate_before
        Recorded killings per 100,000 in the year before the first.
    """

    name: str
    gangs: tuple[str, ...]
    shares: tuple[float, ...]
    population: tuple[tuple[int, float], ...]
    elections: tuple[pd.Timestamp, ...]
    inaugurations: tuple[pd.Timestamp, ...]
    police_counted_until: pd.Timestamp | None
    undercounted_from: pd.Timestamp | None
    rate_before: float

    def __post_init__(self) -> None:
        """Refuse shares that are none."""
        if not self.gangs or len(self.gangs) != len(self.shares):
            raise ValueError(
                f"{self.name}: {len(self.gangs)} gangs need as many shares, not {len(self.shares)}."
            )
        if min(self.shares) < 0 or abs(sum(self.shares) - 1.0) > 1e-9:
            raise ValueError(f"{self.name}: the gangs' shares must sum to 1, not {self.shares}.")

    @classmethod
    def of(cls, record: Record, *, first_year: int = 2003) -> Setting:
        """The setting that a record gives.

        Parameters
        ----------
        record
            A case with gangs, and with population and yearly homicides among its observations.
        first_year
            Year to which the parameters of the start refer.

        Raises
        ------
        RecordError
            If the record has no `population` or `homicides`.
        """
        case = record.case
        shares = np.array([gang.share for gang in case.gangs], dtype=np.float64)
        population = _years(record, "population")
        counts = _years(record, "homicides")
        before = max((year for year in counts if year < first_year), default=min(counts))
        nearest = min(population, key=lambda year: abs(year - before))
        return cls(
            name=case.name,
            gangs=tuple(gang.name for gang in case.gangs),
            shares=tuple(float(share) for share in shares / shares.sum()),
            population=tuple(sorted(population.items())),
            elections=tuple(
                pd.Timestamp(e.date) for e in case.elections if e.kind == "presidential"
            ),
            inaugurations=tuple(pd.Timestamp(term.start) for term in case.administrations),
            police_counted_until=_rule(record, "police_killings"),
            undercounted_from=_rule(record, "part"),
            rate_before=counts[before] / population[nearest] * 1e5,
        )

    @property
    def rivalry_at_start(self) -> float:
        """1 - sum of squared shares: the chance that two members belong to different gangs."""
        return 1.0 - sum(share * share for share in self.shares)

    def population_in(self, times: ArrayLike) -> NDArray[np.float64]:
        """Persons at times given as years (2012.5 = the middle of 2012)."""
        years = np.array([year + 0.5 for year, _ in self.population])
        persons = np.array([count for _, count in self.population])
        when = np.asarray(times, dtype=np.float64)
        beyond = np.maximum(0.0, when - years[-1])
        return np.asarray(np.interp(when, years, persons) * np.exp(_GROWTH_BEYOND * beyond))

    def elections_until(self, end: pd.Timestamp) -> list[pd.Timestamp]:
        """Presidential elections up to and beyond a day (one more than needed)."""
        return _extended(self.elections, end)

    def inaugurations_until(self, end: pd.Timestamp) -> list[pd.Timestamp]:
        """Inaugurations up to and beyond a day (one more than needed)."""
        return _extended(self.inaugurations, end)


def _extended(dates: tuple[pd.Timestamp, ...], end: pd.Timestamp) -> list[pd.Timestamp]:
    every = list(dates)
    while every and every[-1] <= end:
        every.append(every[-1] + _TERM)
    return every


def _years(record: Record, series: str) -> dict[int, float]:
    """Median over agencies of a national yearly figure, by year."""
    medians = record.by_year(series)["middle"]
    return {int(year): float(value) for year, value in zip(medians.index, medians, strict=True)}


def _rule(record: Record, effect: str) -> pd.Timestamp | None:
    """Date of the first counting rule with this effect."""
    dates = [rule.date for rule in record.case.counting_rules if rule.leaves_out == effect]
    return pd.Timestamp(min(dates)) if dates else None


@cache
def el_salvador() -> Setting:
    """The setting of the embedded case."""
    return Setting.of(load("el-salvador"))
