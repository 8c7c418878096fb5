"""Breaks in the rules of counting: dates on which a series may jump without any change in deaths.

Where an office stops counting some of the deaths, its series falls by a share that is known only
roughly. At such a date the level may take an extra step, normal with mean 0 and a stated standard
deviation in log units; that step is no fall. Whatever goes beyond it still is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tregua.record import Record

__all__ = ["RULE_SPREADS", "RuleChange", "rules_of"]

RULE_SPREADS: Mapping[str, float] = {"police_killings": 0.06, "part": 0.15}
"""Standard deviation of the step by what a case says the new rule leaves out.

El Salvador's official counts and those that hold all deaths differ by about 6 % from July 2019 and
by 15 % from April 2022: the spreads between its families of agencies.
"""
_WIDEST = 2.0


@dataclass(frozen=True)
class RuleChange:
    """A break in the rule of counting.

    Attributes
    ----------
    date : Timestamp
        The month from which the new rule holds; the month that holds the date.
    spread : float
        Standard deviation of the extra step of the level, log units, above 0 and at most 2.

    Raises
    ------
    ValueError
        If the date is none or the spread out of range.
    """

    date: pd.Timestamp
    spread: float

    def __post_init__(self) -> None:
        try:
            date = pd.Timestamp(self.date)
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"The date of a change of rule is '{self.date}'. Write year and month, such as "
                "2022-04."
            ) from error
        if pd.isna(date):
            raise ValueError("The date of a change of rule is missing.")
        if not (np.isfinite(self.spread) and 0 < self.spread <= _WIDEST):
            raise ValueError(
                f"The spread of a change of rule is {self.spread}; it must be above 0 and at most "
                f"{_WIDEST:g} (log units; 0.1 lets the level jump by about 10 %)."
            )
        object.__setattr__(self, "date", date)

    @property
    def month(self) -> pd.Timestamp:
        """Start of the month that holds the date."""
        return self.date.to_period("M").start_time


def rules_of(record: Record, series: str = "homicides") -> tuple[RuleChange, ...]:
    """Breaks in the rules of counting that a case states for a series.

    Parameters
    ----------
    record
        A loaded case.
    series
        Name of a series of counts.

    Returns
    -------
    tuple of RuleChange
        One for each rule that says what it leaves out, in order of time; the sizes are
        `RULE_SPREADS`.
    """
    found = [
        RuleChange(pd.Timestamp(rule.date), RULE_SPREADS[rule.leaves_out])
        for rule in record.case.counting_rules
        if rule.series == series and rule.leaves_out is not None
    ]
    return tuple(sorted(found, key=lambda rule: rule.date))


def spreads_by_month(rules: Sequence[RuleChange], months: pd.DatetimeIndex) -> dict[int, float]:
    """Place of each month with a change of rule, and the standard deviation of its extra step.

    Changes outside the months, or in the very first of them, say nothing and are left out; of
    several in one month the variances add.
    """
    variance: dict[int, float] = {}
    for rule in rules:
        place = int(months.get_indexer(pd.DatetimeIndex([rule.month]))[0])
        if place > 0:
            variance[place] = variance.get(place, 0.0) + rule.spread**2
    return {place: float(np.sqrt(value)) for place, value in sorted(variance.items())}
