r"""What a policy can be made of: levers with ranges, and how they become one strategy.

A *plan* has at most four parts: the status quo until it begins, a phase (a pact, open or secret,
alone or behind a crackdown; a crackdown alone; an exception), what comes after the phase, and
reform for good. The phase ends on a date, or earlier when something is seen (a *trigger*); what was
left is not taken up again.

    status quo | phase ............ | after .............. | reform
               ^ begin              ^ begin + length,      ^ reform
                                      or the trigger

All plans are one compiled rule with different numbers (`model.GovernmentStrategy.with_numbers`), so
that trying ten thousand of them compiles nothing. The triggers are those of `decide.triggers`, each
with a threshold of its own instead of a fixed one.

A concession is a level, in the model's own terms: nothing; the leaders' prison regime; or early
release and non-extradition as well, to an *extent* of what the model's `second_concession` gives.
The extent multiplies the three numbers of that mechanism: how much faster members are released,
what that is worth to leaders, and the foreign pressure that refused extraditions raise; at 0 it
would be the leaders' regime alone. A secret pact may leak; an open one cannot, and pays for
openness.

What the model does not divide, no lever divides. How hard a crackdown is can be set where it
belongs to the stance: in a crackdown behind a pact, and in an exception. That of a crackdown
without a pact is what parties promised at the last election.

A point of the cube may hold parts that contradict each other; `Plan.plain` keeps what acts. A plan
that somebody wrote is not run in another sense than it was written: `Plan.strategy` refuses it with
everything that contradicts (`Plan.conflicts`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tregua.compiled import compiled
from tregua.model import Draws, GangView, Stance, View, government, in_view
from tregua.model.strategy import GovernmentStrategy

__all__ = ["LEVERS", "TRIGGERS", "Lever", "Plan", "Trigger", "lever_table", "plan_of"]

Array = NDArray[np.float64]
Row = NDArray[np.float64]

_YEAR_DAYS = 365.25
_NEVER = 1e6  # years: a date that no run reaches
_HARD = 1.5  # an effort from which on policing is a crackdown
_BEGIN, _STOP, _REFORM, _INSIDE, _AFTER, _KIND, _THRESHOLD = range(7)
_COUNT = 7
_SECOND = ("early_release", "second_value", "second_pressure")  # what `extent` multiplies


@dataclass(frozen=True)
class Lever:
    """One thing that a plan decides.

    Attributes
    ----------
    name
        Field of `Plan` that it sets.
    unit
        Unit of its values, empty for choices.
    meaning
        What it decides, in a sentence.
    low, high
        Range of a number; of years, `high` is the run's length where that is shorter.
    choices
        What can be chosen, for a lever that is no number.
    """

    name: str
    unit: str
    meaning: str
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trigger:
    """What ends a phase before its date.

    Attributes
    ----------
    name
        Name of the trigger.
    unit
        Unit of its threshold; empty if it has none.
    low, high
        Range of the threshold.
    meaning
        What is seen, with `{}` where the threshold stands.
    """

    name: str
    unit: str
    low: float
    high: float
    meaning: str


_TRIGGERS = (
    Trigger("none", "", 0.0, 0.0, "nothing but the date"),
    Trigger("leak", "", 0.0, 0.0, "the pact becomes public"),
    Trigger("break", "", 0.0, 0.0, "the pact is broken"),
    Trigger("strike", "", 0.0, 0.0, "gangs strike"),
    Trigger("election", "years", 0.1, 2.0, "an election is less than {} years away"),
    Trigger("spike", "times", 1.2, 3.0, "a month is {} times as deadly as its year"),
    Trigger("calm", "per 100,000", 5.0, 60.0, "fewer than {} per 100,000 are recorded in a year"),
    Trigger("fear", "share", 0.1, 0.6, "crime is the main worry of more than {} of people"),
    Trigger("pressing", "share", 0.1, 0.9, "gangs that press hold more than {} of the members"),
)

TRIGGERS: MappingProxyType[str, Trigger] = MappingProxyType({each.name: each for each in _TRIGGERS})
"""What may end a phase early, by name."""

LEVERS: tuple[Lever, ...] = (
    Lever("begin", "years", "when the phase begins, after the origin", 0.0, 5.0),
    Lever("length", "years", "how long it lasts unless a trigger ends it", 0.0, 30.0),
    Lever(
        "concession",
        "",
        "what gangs are given in it: nothing, the leaders' regime, or early release and "
        "non-extradition as well",
        choices=("none", "regime", "release"),
    ),
    Lever(
        "extent",
        "of the model's second concession",
        "how much of early release and non-extradition is given, where it is given",
        0.1,
        1.0,
    ),
    Lever("visibility", "", "whether a pact is open or secret", choices=("secret", "open")),
    Lever(
        "effort",
        "ordinary policing = 1",
        f"how hard; from {_HARD:g} on it is a crackdown",
        1.0,
        6.0,
    ),
    Lever(
        "courts",
        "",
        "whether a crackdown without a pact keeps ordinary courts or is a state of exception",
        choices=("kept", "suspended"),
    ),
    Lever(
        "after",
        "",
        "what follows the phase until reform",
        choices=("status_quo", "mano_dura", "exception", "reform"),
    ),
    Lever("reform", "years", "when reform begins for good; the run's length: never", 0.0, 30.0),
    Lever("trigger", "", "what ends the phase early", choices=tuple(TRIGGERS)),
    Lever("threshold", "share of its range", "threshold of the trigger"),
)
"""The levers of a plan, in the order of a point in their unit cube."""


@compiled
def _seen(view: Row, kind: int, threshold: float, since: float) -> bool:
    """Whether the trigger of this number is seen; `since` years of the phase have passed."""
    seen: bool = False
    if kind == 1:
        seen = view[View.LEAKED] > 0.5
    elif kind == 2:
        seen = view[View.BREACHED] > 0.0 or view[View.SINCE_BREAK] < since
    elif kind == 3:
        seen = view[View.STRUCK] > 0.0
    elif kind == 4:
        seen = view[View.TO_ELECTION] < threshold
    elif kind == 5:
        seen = view[View.RECORDED_MONTH] > threshold * view[View.RECORDED_YEAR]
    elif kind == 6:
        seen = view[View.RECORDED_YEAR] < threshold
    elif kind == 7:
        seen = view[View.FEAR] > threshold
    elif kind == 8:
        seen = _pressing(view) > threshold
    return seen


@compiled
def _pressing(view: Row) -> float:
    """Share of the members who belong to gangs that press."""
    pressing = 0.0
    for gang in range(int(view[View.GANGS])):
        share = view[in_view(GangView.SHARE, gang)]
        pressing += share * view[in_view(GangView.PRESSING, gang)]
    return pressing


@government
def _planned(view: Row) -> int:
    """Follow the plan whose seven numbers stand at the end of the view."""
    first = len(view) - _COUNT
    years = view[View.YEARS] + 0.5 * view[View.LENGTH]  # dates are those of the nearest week
    if years >= view[first + _REFORM]:
        return Stance.REFORM
    since = years - view[first + _BEGIN]
    if since < 0.0:
        return Stance.STATUS_QUO
    inside, after = int(view[first + _INSIDE]), int(view[first + _AFTER])
    if years >= view[first + _STOP]:
        return after
    if since >= view[View.LENGTH] and int(view[View.STANCE]) != inside:
        return after  # left before, and for good
    kind, threshold = int(view[first + _KIND]), view[first + _THRESHOLD]
    seen = _seen(view, kind, threshold, since)
    return after if seen else inside


@dataclass(frozen=True)
class Plan:
    """A policy timeline: one setting of every lever.

    Attributes
    ----------
    begin
        Months from the origin to the phase.
    length
        Months that the phase lasts unless its trigger ends it; 0 for no phase.
    concession
        "none", "regime" (the leaders' prison regime) or "release" (also early release and
        non-extradition: the model's mechanism `second_concession`).
    extent
        How much of early release and non-extradition is given, 0 to 1: the factor on the model's
        `early_release`, `second_value` and `second_pressure`. Says nothing without "release".
    visibility
        "secret" or "open"; says nothing without a concession.
    effort
        Arrest effort, ordinary policing being 1 (0 to 50). From 1.5 on a crackdown, which an open
        pact does not combine with.
    courts
        "kept" or "suspended"; says something of a crackdown without a concession only.
    after
        Name of the stance after the phase: "status_quo", "mano_dura", "exception" or "reform".
    reform
        Months from the origin to reform for good; None for never.
    trigger
        Name in `TRIGGERS`.
    threshold
        Threshold of the trigger, in its unit; 0 if it has none.

    Raises
    ------
    ValueError
        For a name that is no choice, or a number outside its range; all problems in one message.

    Examples
    --------
    >>> Plan(length=24, concession="regime", effort=1.0, reform=24).stance.name
    'SECRET_PACT'
    >>> print(Plan(length=24, concession="regime", effort=1.0, reform=24))
    secret pact from month 0 to 24; reform from month 24
    """

    begin: int = 0
    length: int = 0
    concession: str = "none"
    extent: float = 1.0
    visibility: str = "secret"
    effort: float = 1.0
    courts: str = "kept"
    after: str = "status_quo"
    reform: int | None = None
    trigger: str = "none"
    threshold: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no plan."""
        problems = [*_unknown_choices(self), *_outside(self)]
        if problems:
            raise ValueError("Plan: " + "; ".join(problems) + ".")

    @property
    def stance(self) -> Stance:
        """The stance of the phase."""
        hard = self.effort >= _HARD
        if self.concession == "none":
            if not hard:
                return Stance.STATUS_QUO
            return Stance.EXCEPTION if self.courts == "suspended" else Stance.MANO_DURA
        if self.visibility == "open":
            return Stance.OPEN_PACT
        return Stance.BOTH if hard else Stance.SECRET_PACT

    @property
    def last(self) -> int | None:
        """First month after the phase at the latest, counted from the origin."""
        stop = self.begin + self.length
        return stop if self.reform is None else min(stop, self.reform)

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """Optional mechanisms that this plan itself sets in motion."""
        return ("second_concession",) if self.concession == "release" else ()

    def plain(self) -> Plan:
        """The same policy with every lever that has no say at its neutral value.

        Plans that differ only in levers without a say have the same plain form.
        """
        plan = self
        if plan.trigger == "leak" and plan.stance not in (Stance.SECRET_PACT, Stance.BOTH):
            plan = replace(plan, trigger="none", threshold=0.0)  # nothing is there to leak
        if plan.stance == Stance.STATUS_QUO and plan.trigger == "none":
            plan = Plan(begin=plan.begin + plan.length, after=plan.after, reform=plan.reform)
        if plan.reform is not None and plan.reform <= plan.begin:
            plan = Plan(reform=plan.reform)
        if plan.length == 0:
            begin = 0 if plan.after == "status_quo" else plan.begin
            return Plan(begin=begin, after=plan.after, reform=plan.reform)
        return _quiet(plan)

    def strategy(self, origin: str) -> GovernmentStrategy:
        """The plan as a strategy that takes over at an origin.

        Parameters
        ----------
        origin
            Month from which it acts, `YYYY-MM`.

        Raises
        ------
        ValueError
            If parts of the plan contradict each other (`conflicts`); the message lists them.
        """
        conflicts = self.conflicts()
        if conflicts:
            raise ValueError(
                f"This plan contradicts itself: {'; '.join(conflicts)}. `plain()` keeps what acts."
            )
        stop = self.begin + self.length
        numbers = (
            _years_to(origin, self.begin),
            _years_to(origin, stop),
            _NEVER if self.reform is None else _years_to(origin, self.reform),
            float(self.stance),
            float(Stance[self.after.upper()]),
            float(list(TRIGGERS).index(self.trigger)),
            self.threshold,
        )
        return _planned.with_numbers(numbers, str(self))

    def draws(self, draws: Draws) -> Draws:
        """Worlds in which crackdowns are as hard, and concessions as large, as this plan says.

        The parameters that say how hard a government would be behind a pact, or in an exception,
        are replaced in every world; those of early release and non-extradition are multiplied by
        the extent. A plan that leaves them alone returns the worlds as they are.
        """
        held = {Stance.BOTH: "enforcement_both", Stance.EXCEPTION: "enforcement_exception"}
        name = held.get(self.stance)
        changed = {} if name is None else {name: np.full(len(draws), self.effort)}
        if self.concession == "release" and self.extent < 1.0:
            changed |= {part: self.extent * draws.column(part) for part in _SECOND}
        return draws.with_(**changed) if changed else draws

    def conflicts(self) -> tuple[str, ...]:
        """What in this plan contradicts itself, one clause each; empty for a plain plan.

        Examples
        --------
        >>> Plan(begin=24, length=12, concession="regime", reform=12).conflicts()[0]
        'reform from month 12 on is for good, but the phase lasts from month 24 to 36'
        """
        return tuple(_conflicts(self))

    def __str__(self) -> str:
        """The plan in words."""
        parts = []
        if self.length and not (self.reform is not None and self.reform <= self.begin):
            parts.append(_phase_in_words(self))
        if self.after != "status_quo" and (self.reform is None or self.reform > self.begin):
            start = f"from month {self.begin + self.length}" if not self.length else "then"
            parts.append(f"{start} {self.after.replace('_', ' ')}")
        if self.reform is not None:
            parts.append(f"reform from month {self.reform}")
        return "; ".join(parts) or "status quo throughout"


def _phase_in_words(plan: Plan) -> str:
    words = plan.stance.name.lower().replace("_", " ")
    if plan.stance == Stance.BOTH:
        words = "secret pact behind a crackdown"
    if plan.stance in (Stance.BOTH, Stance.EXCEPTION):
        words += f" (effort {plan.effort:.1f})"
    if plan.concession == "release":
        some = "" if plan.extent == 1.0 else f" ({plan.extent:.0%} of it)"
        words += f" with early release{some}"
    words += f" from month {plan.begin} to {plan.last}"
    if plan.trigger == "none":
        return words
    return f"{words}, or until {TRIGGERS[plan.trigger].meaning.format(f'{plan.threshold:.2g}')}"


def _conflicts(plan: Plan) -> list[str]:
    found = []
    stop, stance = plan.begin + plan.length, plan.stance
    if plan.length and plan.reform is not None and plan.reform < stop:
        found.append(
            f"reform from month {plan.reform} on is for good, but the phase lasts from month "
            f"{plan.begin} to {stop}"
        )
    if plan.concession == "none" and plan.visibility == "open":
        found.append("nothing is conceded that could be open")
    if plan.concession != "none" and plan.visibility == "open" and plan.effort >= _HARD:
        found.append(f"an open pact does not combine with a crackdown (effort {plan.effort:g})")
    if plan.courts == "suspended" and stance != Stance.EXCEPTION:
        found.append("courts are suspended in a crackdown without a pact only")
    if plan.concession != "release" and plan.extent != 1.0:
        found.append(f"an extent of {plan.extent:g} belongs to the concession 'release'")
    if plan.trigger == "leak" and stance not in (Stance.SECRET_PACT, Stance.BOTH):
        found.append("the trigger 'leak' waits for a secret pact, and there is none")
    if not plan.length and plan.trigger != "none":
        found.append(f"the trigger '{plan.trigger}' ends a phase, and there is none")
    return found


def _quiet(plan: Plan) -> Plan:
    """Levers without a say in a phase that takes place, set to what is neutral."""
    stance = plan.stance
    changes: dict[str, Any] = {}
    if plan.concession == "none":
        changes["visibility"] = "secret"
    if plan.concession != "release":
        changes["extent"] = 1.0
    if stance != Stance.EXCEPTION:
        changes["courts"] = "kept"
    if stance not in (Stance.BOTH, Stance.EXCEPTION):
        changes["effort"] = 2.0 if stance == Stance.MANO_DURA else 1.0
    if plan.reform is not None and plan.reform <= plan.begin + plan.length:
        changes["length"] = plan.reform - plan.begin
        if plan.trigger == "none":
            changes["after"] = "status_quo"
    if TRIGGERS[plan.trigger].low == TRIGGERS[plan.trigger].high:
        changes["threshold"] = 0.0
    return replace(plan, **changes)


def plan_of(point: ArrayLike, months: int) -> Plan:
    """The plan at a point of the unit cube of the levers.

    Parameters
    ----------
    point
        float64[levers] in [0, 1], in the order of `LEVERS`. Years are cut to whole months, effort
        and extent to tenths, and choices take equal parts of their side.
    months
        Length of the run: what would come after it is left out.

    Returns
    -------
    Plan
        In its plain form.

    Raises
    ------
    ValueError
        If the point lies outside the cube or has another number of coordinates.

    Examples
    --------
    >>> str(plan_of([0, 0, 0, 0, 0, 0, 0, 0, 0.5, 0, 0], 120))
    'reform from month 60'
    """
    where = np.asarray(point, dtype=np.float64)
    if where.shape != (len(LEVERS),) or not np.all((where >= 0.0) & (where <= 1.0)):
        raise ValueError(
            f"A point has {len(LEVERS)} coordinates from 0 to 1, not {np.asarray(point)!r}."
        )
    values: dict[str, Any] = {
        lever.name: _value(lever, float(share), months)
        for lever, share in zip(LEVERS, where, strict=True)
    }
    trigger = TRIGGERS[values["trigger"]]
    values["threshold"] = round(trigger.low + values["threshold"] * (trigger.high - trigger.low), 3)
    values["effort"], values["extent"] = round(values["effort"], 1), round(values["extent"], 1)
    values["length"] = min(values["length"], months - values["begin"])
    values["reform"] = None if values["reform"] >= months else values["reform"]
    return Plan(**values).plain()


def _value(lever: Lever, share: float, months: int) -> Any:
    if lever.choices:
        return lever.choices[min(int(share * len(lever.choices)), len(lever.choices) - 1)]
    if lever.unit == "years":
        return round(share * min(12 * lever.high, months))
    return lever.low + share * (lever.high - lever.low)


def lever_table(months: int) -> pd.DataFrame:
    """What a search tries.

    Parameters
    ----------
    months
        Length of the runs, which bounds all dates.

    Returns
    -------
    DataFrame
        One row a lever: columns lever, unit, low and high (missing for choices), choices, meaning.
    """
    rows = []
    for lever in LEVERS:
        high = min(lever.high, months / 12) if lever.unit == "years" else lever.high
        numbers = {} if lever.choices else {"low": lever.low, "high": high}
        chosen = ", ".join(lever.choices)
        rows.append(
            {
                "lever": lever.name,
                "unit": lever.unit,
                **numbers,
                "choices": chosen,
                "meaning": lever.meaning,
            }
        )
    return pd.DataFrame(rows, columns=["lever", "unit", "low", "high", "choices", "meaning"])


def _years_to(origin: str, months: int) -> float:
    """Years of the calendar from the origin to a month, as the simulator counts them."""
    first = pd.Timestamp(f"{origin}-01")
    return float((first + pd.DateOffset(months=months) - first).days / _YEAR_DAYS)


def _unknown_choices(plan: Plan) -> list[str]:
    found = []
    for lever in LEVERS:
        given = getattr(plan, lever.name)
        if lever.choices and given not in lever.choices:
            near = get_close_matches(str(given), lever.choices, n=1)
            hint = f" (did you mean '{near[0]}'?)" if near else ""
            found.append(f"no {lever.name} '{given}'{hint}; known: {', '.join(lever.choices)}")
    return found


def _outside(plan: Plan) -> list[str]:
    found = []
    for field in fields(plan):
        given = getattr(plan, field.name)
        if field.name in ("begin", "length", "reform") and given is not None:
            whole = isinstance(given, (int, np.integer)) and not isinstance(given, bool)
            if not whole or not 0 <= given <= 1200:
                found.append(f"{field.name} must be whole months from 0 to 1200, not {given!r}")
    if not 0.0 <= plan.extent <= 1.0:
        found.append(f"extent must lie between 0 and 1, not {plan.extent!r}")
    if not 0.0 <= plan.effort <= 50.0:
        found.append(f"effort must lie between 0 and 50, not {plan.effort!r}")
    if not np.isfinite(plan.threshold):
        found.append(f"threshold must be a finite number, not {plan.threshold!r}")
    return found
