"""The same question put to every design, each in its own terms.

A design is shown a `Known` world and the month of an event, and answers by which factor deaths in
the window were changed. Some are shown more than the series, because they are made for it: a
synthetic control the donors, differences in differences several places. The detector and its
cross-check are asked whether a break lies within three months of the event; they know no date, and
have no level that they promise. A design that is not installed is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, Literal, Protocol

import pandas as pd

from tregua import infer
from tregua.assess.designs import DESIGNS, count_series
from tregua.assess.grade.worlds import Known, Scenario

__all__ = ["ASK", "GRADED", "LEAST_WORLDS", "Answer", "available", "truth_for"]

GRADED: tuple[str, ...] = (*DESIGNS, "segments", "detector")
"""Everything that is graded: the designs, and two that look for breaks without a date."""

LEAST_WORLDS: Mapping[str, int] = MappingProxyType(
    {"interrupted_bayes": 60, "synthetic_control": 60, "augmented_control": 60}
)
"""Worlds of each kind that slow designs are shown at most."""

_LEVEL = 0.9
_RULE_SPREAD = 0.15
_NEAR = 3  # months between an event and a break that counts as its own
_SURE = 0.5  # expected breaks
_NAN = float("nan")


class Ratio(Protocol):
    """What a design answers: an estimate with its interval."""

    @property
    def value(self) -> float:
        """Estimate; NaN where there is none."""

    @property
    def low(self) -> float:
        """Lower end of the interval."""

    @property
    def high(self) -> float:
        """Upper end of the interval."""


@dataclass(frozen=True)
class Answer:
    """An answer to the question.

    Attributes
    ----------
    value, low, high
        Ratio and interval; NaN where a design gives none.
    found
        Whether a break was found, by those that look for breaks; None for the others, who find an
        effect if the interval leaves out 1.
    """

    value: float
    low: float = _NAN
    high: float = _NAN
    found: bool | None = None

    @classmethod
    def of(cls, answer: Ratio) -> Answer:
        """The answer within any estimate."""
        return cls(float(answer.value), float(answer.low), float(answer.high))

    @property
    def interval(self) -> bool:
        """Whether there is an interval."""
        return not (math.isnan(self.low) or math.isnan(self.high))

    def says(self) -> float:
        """The effect that is claimed: -1 a fall, 1 a rise, 0 none; NaN without an interval."""
        if self.found is not None:
            return float(self.found) * (1.0 if self.value > 1 else -1.0)
        if not self.interval:
            return _NAN
        return float(self.low > 1) - float(self.high < 1)


Question = Callable[[Known, Scenario], Answer]


def _length(scenario: Scenario) -> int:
    first, last = (pd.Period(month, "M") for month in scenario.window)
    return int((last - first).n) + 1


def _rate_ratio(known: Known, scenario: Scenario) -> Answer:
    """The window against as many months before the event."""
    from tregua.assess.designs.two_periods import before_and_after

    length = _length(scenario)
    return Answer.of(before_and_after(known.counts, scenario.event, months=length, level=_LEVEL))


def _interruptions(scenario: Scenario) -> list[Any]:
    from tregua.assess.designs.interrupted import Interruption

    told = [Interruption(date, name=f"told {date}") for date in scenario.told]
    return sorted([*told, Interruption(scenario.event, name="event")], key=lambda one: one.date)


def _interrupted(known: Known, scenario: Scenario) -> Answer:
    from tregua.assess.designs.interrupted import interrupted

    return Answer.of(
        interrupted(
            count_series(known.counts),
            _interruptions(scenario),
            question="event",
            window=scenario.window,
            level=_LEVEL,
            placebos=False,
        )
    )


def _interrupted_bayes(known: Known, scenario: Scenario) -> Answer:
    from tregua.assess.designs.interrupted_bayes import interrupted_bayes

    return Answer.of(
        interrupted_bayes(
            count_series(known.counts),
            _interruptions(scenario),
            question="event",
            window=scenario.window,
            level=_LEVEL,
        )
    )


def _breaks(known: Known, scenario: Scenario) -> Answer:
    from tregua.assess.designs.breaks import break_dates

    found = break_dates(known.counts, level=_LEVEL)
    return Answer.of(found.estimate_at(scenario.event, months=_length(scenario)))


def _synthetic(ridge: Literal["none", "cross_validated"]) -> Question:
    def ask(known: Known, scenario: Scenario) -> Answer:
        from tregua.assess.designs.donors import panel_of_table
        from tregua.assess.designs.synthetic_control import synthetic_control

        table = known.others.assign(time=lambda frame: frame["time"].dt.strftime("%Y-%m"))
        found = synthetic_control(
            panel_of_table(table),
            treated="treated",
            event=scenario.event,
            until=scenario.window[1],
            ridge=ridge,
            level=_LEVEL,
            placebos=False,
            by_period=False,
        )
        return Answer.of(found.estimate)

    return ask


def _differences(known: Known, scenario: Scenario) -> Answer:
    from tregua.assess.designs.differences import differences

    panel = known.panel(scenario.event)
    return Answer.of(differences(panel, window=_length(scenario), level=_LEVEL).overall)


def _near(scenario: Scenario) -> tuple[pd.Timestamp, pd.Timestamp]:
    event, reach = pd.Timestamp(scenario.event), pd.DateOffset(months=_NEAR)
    return event - reach, event + reach


def _strongest(breaks: pd.DataFrame, scenario: Scenario) -> Answer:
    """The break nearest to sure within three months of the event; no break is a ratio of 1."""
    first, last = _near(scenario)
    inside = breaks[
        (breaks["median"] >= first) & (breaks["median"] <= last) & (breaks["mass"] >= _SURE)
    ]
    if inside.empty:
        return Answer(1.0, found=False)
    row = inside.sort_values("mass", kind="stable").iloc[-1]
    low, high = float(row["ratio_low"]), float(row["ratio_high"])
    return Answer(float(row["ratio"]), low, high, found=True)


def _segments(known: Known, scenario: Scenario) -> Answer:
    return _strongest(infer.segments(known.counts).breaks, scenario)


def _detector(known: Known, scenario: Scenario) -> Answer:
    rules = [infer.RuleChange(pd.Timestamp(scenario.rule), _RULE_SPREAD)] if scenario.rule else []
    told = rules if scenario.rule in scenario.told else []
    found = infer.detect(known.counts, threads=1, rules=tuple(told))
    return _strongest(found.breaks, scenario)


ASK: Mapping[str, Question] = MappingProxyType(
    {
        "rate_ratio": _rate_ratio,
        "interrupted": _interrupted,
        "interrupted_bayes": _interrupted_bayes,
        "breaks": _breaks,
        "synthetic_control": _synthetic("none"),
        "augmented_control": _synthetic("cross_validated"),
        "differences": _differences,
        "segments": _segments,
        "detector": _detector,
    }
)
"""How each design is asked; a function of a world and its scenario."""

_MODULES = {
    "rate_ratio": "two_periods",
    "interrupted": "interrupted",
    "interrupted_bayes": "interrupted_bayes",
    "breaks": "breaks",
    "synthetic_control": "synthetic_control",
    "augmented_control": "synthetic_control",
    "differences": "differences",
}

# The detector dates falls only, and is not asked for a rise.
_NOT_ASKED = frozenset({("detector", "backlash")})


def available(design: str) -> bool:
    """Whether a design is part of this installation.

    Parameters
    ----------
    design
        Name from `GRADED`.
    """
    module = _MODULES.get(design)
    return module is None or find_spec(f"tregua.assess.designs.{module}") is not None


def asked(design: str, scenario: Scenario) -> bool:
    """Whether a design can be asked about a scenario at all."""
    return (design, scenario.name) not in _NOT_ASKED


def truth_for(design: str, known: Known) -> float:
    """The true ratio of recorded deaths in what a design was shown."""
    if design in ("synthetic_control", "augmented_control"):
        return known.shared_recorded
    return known.neighbours_recorded if design == "differences" else known.recorded
