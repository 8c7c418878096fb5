"""Outlets: who prints which series, how often, and what of the world it sees.

The list is read off the record of El Salvador: the agencies that print, the dates between which
the record holds figures of theirs, and what their rules leave out. Other cases get the same sights
under plain names, or a list of one's own. Adding an outlet changes the figures of no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

import pandas as pd

__all__ = ["OUTLETS", "Outlet", "Sight", "outlets_of"]

Form = Literal["count", "stock", "poll"]


class Sight(Enum):
    """What of a world an outlet sees.

    Attributes
    ----------
    form
        "count" (people in an interval), "stock" (people on a day) or "poll" (per cent on a day).
    unit
        Unit of the figure.
    meaning
        What it is, in words.
    needs
        Variables of the ledger that must have been kept.
    """

    form: Form
    unit: str
    meaning: str
    needs: tuple[str, ...]

    def __new__(cls, form: Form, unit: str, meaning: str, *needs: str) -> Sight:
        """Number the sights in the order in which they are declared."""
        member = object.__new__(cls)
        member._value_ = len(cls.__members__)
        member.form, member.unit, member.meaning, member.needs = form, unit, meaning, needs
        return member

    # fmt: off
    # -- Deaths -------------------------------------------------------------------------------
    TALLY = (
        "count", "persons", "the official tally under its counting rules",
        "recorded", "uncounted", "struck", "police_killings")
    TALLY_AND_POLICE_UNTIL_EXCEPTION = (
        "count", "persons", "the tally and people killed by police, until it undercounts",
        "recorded", "uncounted", "struck", "police_killings")
    TALLY_AND_POLICE = (
        "count", "persons", "the tally and people killed by police, always",
        "recorded", "uncounted", "struck", "police_killings")
    # -- Disappearances -----------------------------------------------------------------------
    COMPLAINTS = ("count", "complaints", "complaints of disappearance", "hidden")
    UNRESOLVED = ("count", "persons", "complaints that a list holds as unresolved", "hidden")
    # -- Arrests, prisons, members ------------------------------------------------------------
    DETENTIONS = ("count", "persons", "arrests in the fight against gangs", "detained")
    PRISONERS = ("stock", "persons", "all prisoners", "prisoners")
    GANG_PRISONERS = ("stock", "members", "gang members in prison", "gang_prisoners")
    STREET_MEMBERS = ("stock", "members", "gang members in the streets", "street")
    MEMBERS_AND_COLLABORATORS = (
        "stock", "members or collaborators", "members, free or not, and collaborators",
        "street", "gang_prisoners")
    # -- Polls --------------------------------------------------------------------------------
    FEAR = ("poll", "%", "share for whom crime is the main problem", "fear")
    APPROVAL = ("poll", "%", "share that approves of the government", "approval")
    BELIEF = ("poll", "%", "share that believes in an exposed pact", "leaked")
    # fmt: on


@dataclass(frozen=True)
class Outlet:
    """One series of one agency.

    Attributes
    ----------
    series, agency
        Names, as in the record.
    sight
        What of the world it sees.
    rhythm
        How often it prints, unless intervals are asked for: one of day, week, month, quarter,
        half-year, year and year-to-date.
    first, last
        It prints what lies within [first, last), ISO dates; None = no bound.
    """

    series: str
    agency: str
    sight: Sight
    rhythm: str = "month"
    first: str | None = None
    last: str | None = None

    def __post_init__(self) -> None:
        """Refuse names that are none and dates that are no dates."""
        if not self.series or not self.agency:
            raise ValueError("An outlet needs a series and an agency.")
        bounds = [pd.Timestamp(day) for day in (self.first, self.last) if day is not None]
        if len(bounds) == 2 and bounds[1] <= bounds[0]:
            raise ValueError(
                f"{self.agency}, {self.series}: last ({self.last}) must come after first "
                f"({self.first})."
            )


OUTLETS: tuple[Outlet, ...] = (
    Outlet("homicides", "PNC", Sight.TALLY),
    Outlet("homicides", "IML", Sight.TALLY_AND_POLICE, last="2019-07-01"),
    # Prosecution, police and forensic institute print one number for each month of late 2019, so
    # the prosecution follows the tally. The rule of April 2022, which names it, could be read
    # otherwise: Sight.TALLY_AND_POLICE_UNTIL_EXCEPTION is that reading.
    Outlet("homicides", "FGR", Sight.TALLY, first="2014-07-01"),
    Outlet(
        *("homicides", "PNC tally by El Mundo", Sight.TALLY_AND_POLICE),
        # Its figure for 2021 is not above the official one; that for 2022 is, by 15 %.
        first="2022-01-01",
        last="2023-10-01",
    ),
    Outlet("disappearance_complaints", "FGR", Sight.COMPLAINTS, first="2010-01-01"),
    Outlet("disappearances", "PNC", Sight.UNRESOLVED, first="2010-01-01"),
    Outlet("detentions", "Government", Sight.DETENTIONS),
    Outlet("prison_population", "Government", Sight.PRISONERS, "year"),
    Outlet("gang_members.jailed", "Government", Sight.GANG_PRISONERS, "year"),
    Outlet("gang_members.street", "PNC", Sight.STREET_MEMBERS, "year"),
    Outlet("gang_members", "not stated", Sight.MEMBERS_AND_COLLABORATORS, "year"),
    Outlet(
        "opinion.main_problem.main_problem_is_security_related", "LPG Datos", Sight.FEAR, "quarter"
    ),
    Outlet("opinion.approval.approves_president", "LPG Datos", Sight.APPROVAL, "quarter"),
    Outlet(
        "opinion.truce.believes_there_is_a_deal_government_gangs",
        "LPG Datos",
        Sight.BELIEF,
        "quarter",
    ),
)
"""Who prints in El Salvador, as the record shows it."""

_PLAIN = {
    "PNC": "police",
    "IML": "forensic institute",
    "FGR": "prosecution",
    "Government": "government",
    "LPG Datos": "poll",
}


def outlets_of(case: str) -> tuple[Outlet, ...]:
    """Who prints in a case.

    Parameters
    ----------
    case
        Name of the case. For El Salvador these are `OUTLETS`; for any other the same sights under
        the names of police, forensic institute, prosecution, government and poll, at all dates.
    """
    if case == "el-salvador":
        return OUTLETS
    return tuple(
        Outlet(outlet.series, _PLAIN[outlet.agency], outlet.sight, outlet.rhythm)
        for outlet in OUTLETS
        if outlet.agency in _PLAIN
    )
