r"""What is uncertain, what may be chosen, what matters: the three lists of an exploration.

A conclusion about strategies holds for the worlds in which it was tried. To ask what becomes of it
elsewhere, one first writes down, before any run,

* the *uncertainties* $X$: a parameter with a range, or a switch between rival ways to see things
  (an optional mechanism, a reading of history, a family of priors),
* the *levers* $L$: strategies among which somebody can choose,
* the *outcomes* $M$: entries of the harm ledger after some years, each with the direction that is
  better and, if the reader has one, the threshold that would be good enough.

This is the vocabulary of Lempert, Popper and Bankes 2003 (Shaping the next one hundred years, RAND
MR-1626); the model itself is their fourth letter, the relation $R$. Outcomes are never added up.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from tregua.decide.comparison import LEDGER
from tregua.decide.robustness.families import FAMILIES
from tregua.decide.strategies import named
from tregua.model import MECHANISMS, PARAMETERS, Parameter, Timeline
from tregua.model.strategy import GovernmentStrategy

__all__ = [
    "CORE_UNCERTAINTIES",
    "OUTCOMES",
    "Lever",
    "Outcome",
    "Problem",
    "ProblemError",
    "Uncertainty",
]

Kind = Literal["parameter", "mechanism", "reading", "family"]
Law = Literal["prior", "even"]

OUTCOMES: tuple[str, ...] = (*LEDGER, "killed")
"""Outcomes that an exploration may ask for: the harm ledger, and all killings."""

CORE_UNCERTAINTIES: tuple[str, ...] = (
    *("recruitment", "return_share", "retention_loss", "release_time"),
    *("command_ceiling", "restraint", "hidden_pact", "killing", "deterrence"),
    *("leak", "breach", "pressing_effect", "backlash_time"),
    *("reform_time", "reform_recruitment"),
)
"""Parameters declared uncertain unless others are named.

They are those on which the article's argument turns: growth, return from prison, retention by the
courts, command, hiding, how pacts end, and what reform does.
"""

_EDGE = 1e-6  # a prior has no value at the quantiles 0 and 1
_Z95 = 1.6448536269514722
_LEAST_YEARS, _MOST_YEARS = 1, 50


class ProblemError(ValueError):
    """An exploration that makes no sense as it was declared; the message lists every reason.

    Attributes
    ----------
    problems
        The reasons, one sentence each.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"- {problem}" for problem in self.problems)
        super().__init__(f"This exploration cannot be run:\n{lines}")


@dataclass(frozen=True)
class Uncertainty:
    """Something nobody knows, with the values that it may take.

    Use the constructors `parameter`, `mechanism`, `reading` and `family`. What is wrong with one is
    told by `Problem`, together with everything else.

    Attributes
    ----------
    name
        The parameter's or mechanism's name; "reading" or "family" for these two.
    kind
        "parameter", "mechanism", "reading" or "family".
    low, high
        Of a parameter: the ends of its range (`law` "even"), or the 5 and 95 % quantiles of its
        prior (`law` "prior"). NaN for switches.
    law
        Of a parameter: "even" makes every value of the range equally likely, "prior" draws from the
        standard family of the parameter's support.
    choices
        Of a switch: the positions it may take, all equally likely.
    """

    name: str
    kind: Kind
    low: float = math.nan
    high: float = math.nan
    law: Law = "prior"
    choices: tuple[str, ...] = ()

    @classmethod
    def parameter(
        cls, name: str, low: float | None = None, high: float | None = None, *, law: Law = "even"
    ) -> Uncertainty:
        """A parameter over a range, or with its declared prior if no range is given.

        Parameters
        ----------
        name
            Name of the parameter (`model.PARAMETERS`).
        low, high
            Ends of the range; both or none.
        law
            How values lie in the range ("even"), or "prior": the range is the middle 90 %.
        """
        if low is None and high is None and name in Parameter.__members__:
            return cls(name, "parameter", Parameter[name].low, Parameter[name].high, "prior")
        lower, upper = (math.nan if end is None else float(end) for end in (low, high))
        return cls(name, "parameter", lower, upper, law)

    @classmethod
    def mechanism(cls, name: str) -> Uncertainty:
        """An optional mechanism (`model.MECHANISMS`), off or on."""
        return cls(name, "mechanism", choices=("off", "on"))

    @classmethod
    def reading(cls, *names: str) -> Uncertainty:
        """Rival readings of history, by their names in the case; "script" is the main one."""
        return cls("reading", "reading", choices=names)

    @classmethod
    def family(cls, *names: str) -> Uncertainty:
        """Families of priors (`FAMILIES`) from which the worlds before the origin are drawn."""
        return cls("family", "family", choices=names)

    @property
    def is_switch(self) -> bool:
        """Whether it takes one of a few positions rather than a number."""
        return self.kind != "parameter"

    def at(self, unit: ArrayLike) -> NDArray[Any]:
        """Values at points of the unit interval.

        Parameters
        ----------
        unit
            Numbers in [0, 1]: quantiles of the law, or shares of the positions.

        Returns
        -------
        ndarray
            float64 for a parameter, text for a switch; same shape.
        """
        u = np.asarray(unit, dtype=np.float64)
        if self.is_switch:
            places = np.minimum((u * len(self.choices)).astype(np.int64), len(self.choices) - 1)
            return np.asarray(self.choices, dtype=object)[places]
        if self.law == "even":
            return np.asarray(self.low + (self.high - self.low) * u)
        declared = Parameter[self.name]
        low, high = (float(declared.to_normal(end)) for end in (self.low, self.high))
        z = ndtri(np.clip(u, _EDGE, 1.0 - _EDGE))
        return declared.from_normal((low + high) / 2.0 + (high - low) / (2.0 * _Z95) * z)

    def problems(self) -> list[str]:
        """What is wrong with it, one sentence each; empty if nothing is."""
        if self.kind == "parameter":
            return self._parameter_problems()
        if self.kind == "mechanism":
            return [] if self.name in MECHANISMS else [_unknown("mechanism", self.name, MECHANISMS)]
        found = []
        if len(set(self.choices)) < 2:
            found.append(f"{self.kind}: a switch needs two positions, not {len(set(self.choices))}")
        if len(set(self.choices)) != len(self.choices):
            found.append(f"{self.kind}: a position is named twice in {', '.join(self.choices)}")
        if self.kind == "family":
            known = FAMILIES
            found += [_unknown("family", name, known) for name in self.choices if name not in known]
        return found

    def _parameter_problems(self) -> list[str]:
        if self.name not in Parameter.__members__:
            return [_unknown("parameter", self.name, [p.name for p in PARAMETERS])]
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            return [f"{self.name}: give both ends of its range as finite numbers"]
        found = []
        if self.low >= self.high:
            found.append(f"{self.name}: the range {self.low:g} to {self.high:g} holds nothing")
        if self.law not in ("prior", "even"):
            found.append(f"{self.name}: law must be 'prior' or 'even', not {self.law!r}")
        if not self._within_support():
            allowed = Parameter[self.name].allowed
            inside = " and inside it, being quantiles" if self.law == "prior" else ""
            found.append(
                f"{self.name}: the range {self.low:g} to {self.high:g} must lie {allowed}{inside}"
            )
        if self.name.endswith("_at_start"):
            found.append(f"{self.name}: acts on the first day of history only, not from the origin")
        return found

    def _within_support(self) -> bool:
        declared = Parameter[self.name]
        if declared.support == "real":
            return True
        strictly = self.law == "prior" or declared.divides
        above = self.low > 0.0 if strictly else self.low >= 0.0
        if declared.support == "positive":
            return above
        return above and (self.high < 1.0 if self.law == "prior" else self.high <= 1.0)

    def needs(self) -> str:
        """The optional mechanism without which this parameter does nothing; "" if none."""
        if self.name not in Parameter.__members__ or self.kind != "parameter":
            return ""
        first = Parameter[self.name].meaning.split(":")[0]
        return first if first in MECHANISMS else ""


@dataclass(frozen=True)
class Lever:
    """A strategy that somebody could choose.

    Attributes
    ----------
    strategy
        The government strategy or timeline.
    """

    strategy: GovernmentStrategy | Timeline

    @property
    def name(self) -> str:
        """Name of the strategy."""
        return self.strategy.name

    @classmethod
    def named(cls, *names: str) -> tuple[Lever, ...]:
        """Levers by the names of their strategies in `CATALOGUE`. Raises ValueError."""
        return tuple(cls(strategy) for strategy in named(names))


@dataclass(frozen=True)
class Outcome:
    """An entry of the harm ledger after some years.

    Attributes
    ----------
    name
        One of `OUTCOMES`.
    years
        Years after the origin, from 1 on.
    better
        Which direction is better: "lower" (as for every harm) or "higher".
    threshold
        Total that would be good enough, in the outcome's unit; None if the reader states none.
    guard
        Least denominator of a relative regret, in the outcome's unit, above 0.
    """

    name: str
    years: int
    better: Literal["lower", "higher"] = "lower"
    threshold: float | None = None
    guard: float = 1.0

    @property
    def label(self) -> str:
        """Name and years, for tables: "killed, 10 years"."""
        return f"{self.name}, {self.years} {'year' if self.years == 1 else 'years'}"

    def problems(self) -> list[str]:
        """What is wrong with it, one sentence each; empty if nothing is."""
        found = []
        if self.name not in OUTCOMES:
            found.append(_unknown("outcome", self.name, OUTCOMES))
        if isinstance(self.years, bool) or not isinstance(self.years, (int, np.integer)):
            found.append(f"{self.name}: the horizon must be whole years, not {self.years!r}")
        elif not _LEAST_YEARS <= self.years <= _MOST_YEARS:
            found.append(
                f"{self.name}: the horizon must be {_LEAST_YEARS} to {_MOST_YEARS} years after the "
                f"origin, not {self.years}"
            )
        if self.better not in ("lower", "higher"):
            found.append(f"{self.name}: better must be 'lower' or 'higher', not {self.better!r}")
        if self.threshold is not None and not math.isfinite(self.threshold):
            found.append(f"{self.name}: the threshold must be a finite number")
        if not (math.isfinite(self.guard) and self.guard > 0.0):
            found.append(f"{self.name}: the guard must be a number above 0, not {self.guard!r}")
        return found


@dataclass(frozen=True)
class Problem:
    """Uncertainties, levers and outcomes of one exploration.

    Attributes
    ----------
    uncertainties
        What is uncertain; may be empty, when only the worlds themselves differ.
    levers
        At least two strategies with names of their own; the first is what others are held against.
    outcomes
        At least one.

    Raises
    ------
    ProblemError
        If anything makes no sense; the message lists everything that does not.

    Examples
    --------
    >>> problem = Problem(
    ...     (Uncertainty.parameter("return_share", 0.2, 0.9), Uncertainty.mechanism("fringe")),
    ...     Lever.named("reform", "secret_pact"),
    ...     (Outcome("killed", 10),),
    ... )
    >>> problem.names
    ('return_share', 'fringe')
    >>> Problem((Uncertainty.parameter("leek", 3, 1),), Lever.named("reform"), ())
    Traceback (most recent call last):
    ...
    tregua.decide.robustness.space.ProblemError: This exploration cannot be run:
    - no parameter named 'leek'; did you mean 'leak'?
    - at least two levers are needed, to have a choice: given are reform
    - at least one outcome is needed
    """

    uncertainties: tuple[Uncertainty, ...]
    levers: tuple[Lever, ...]
    outcomes: tuple[Outcome, ...]

    def __post_init__(self) -> None:
        """Refuse what makes no sense, all of it at once."""
        found = [problem for part in self.uncertainties for problem in part.problems()]
        found += self._switch_problems()
        found += _repeated("uncertainty", [part.name for part in self.uncertainties])
        names = [lever.name for lever in self.levers]
        if len(names) < 2:
            given = ", ".join(names) or "none"
            found.append(f"at least two levers are needed, to have a choice: given are {given}")
        found += _repeated("lever", names)
        if not self.outcomes:
            found.append("at least one outcome is needed")
        found += [problem for outcome in self.outcomes for problem in outcome.problems()]
        found += _repeated("outcome", [outcome.label for outcome in self.outcomes])
        if found:
            raise ProblemError(found)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the uncertainties."""
        return tuple(part.name for part in self.uncertainties)

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names of the levers."""
        return tuple(lever.name for lever in self.levers)

    @property
    def switches(self) -> tuple[Uncertainty, ...]:
        """Uncertainties that take one of a few positions."""
        return tuple(part for part in self.uncertainties if part.is_switch)

    @property
    def years(self) -> int:
        """Length of the runs: the longest horizon."""
        return max(outcome.years for outcome in self.outcomes)

    def _switch_problems(self) -> list[str]:
        """Parameters that would do nothing, their mechanism being no uncertainty."""
        switched = {part.name for part in self.uncertainties if part.kind == "mechanism"}
        return [
            f"{part.name}: does nothing without the mechanism {part.needs()}; declare it too"
            for part in self.uncertainties
            if part.needs() and part.needs() not in switched
        ]


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(names)}"
    return f"no {what} named '{name}'{hint}"


def _repeated(what: str, names: list[str]) -> list[str]:
    twice = dict.fromkeys(name for name in names if names.count(name) > 1)
    return [f"the {what} '{name}' is declared {names.count(name)} times" for name in twice]
