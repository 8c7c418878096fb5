"""Causal designs for counts of deaths: what an event changed, and what that answer leans on.

Every design takes a `CountSeries` (or a panel), answers with an `Estimate`, and says in plain words
what it assumes. None can turn a coincidence into a cause: `coinciding` lists what else happened in
the same months. How often a design errs where the truth is known is its `Reputation`.

`before_and_after` compares two periods and no more. `interrupted` and `interrupted_bayes` fit a
series with dated interruptions. `break_dates` asks when a series broke without being told.
`differences` compares units that an event reached at different times, `synthetic_control` one unit
with a mixture of others.

`specification_curve` repeats an answer over every reasonable choice behind it. Each design that
rests on choices has a curve of its own: `interrupted_curve`, `breaks_curve`, `differences_curve`,
`control_curve`. `curve_summary`, `by_option` and `by_reason` say what a curve holds: how far the
answers agree, which choices move them, and why some combinations have none.
"""

from tregua.assess.designs.breaks import BreakDates, break_dates
from tregua.assess.designs.breaks_curve import breaks_curve
from tregua.assess.designs.control_curve import control_curve
from tregua.assess.designs.control_question import ControlFit
from tregua.assess.designs.differences import Staggered, differences
from tregua.assess.designs.differences_curve import differences_curve
from tregua.assess.designs.donors import Panel, donor_panel, panel_of_table
from tregua.assess.designs.estimate import DESIGNS, Estimate, Reputation, reputation
from tregua.assess.designs.interrupted import (
    Interruption,
    Law,
    interrupted,
    power,
    truce_like_katz,
    truce_phases,
)
from tregua.assess.designs.interrupted_bayes import interrupted_bayes
from tregua.assess.designs.placebo import placebo_dates
from tregua.assess.designs.series import CountSeries, DesignError, coinciding, count_series
from tregua.assess.designs.specification import (
    Choice,
    CurveSummary,
    agreeing,
    by_option,
    by_reason,
    curve_summary,
    interrupted_curve,
    specification_curve,
    usual_choices,
)
from tregua.assess.designs.synthetic_control import Control, synthetic_control
from tregua.assess.designs.two_periods import before_and_after

__all__ = [
    "DESIGNS",
    "BreakDates",
    "Choice",
    "Control",
    "ControlFit",
    "CountSeries",
    "CurveSummary",
    "DesignError",
    "Estimate",
    "Interruption",
    "Law",
    "Panel",
    "Reputation",
    "Staggered",
    "agreeing",
    "before_and_after",
    "break_dates",
    "breaks_curve",
    "by_option",
    "by_reason",
    "coinciding",
    "control_curve",
    "count_series",
    "curve_summary",
    "differences",
    "differences_curve",
    "donor_panel",
    "interrupted",
    "interrupted_bayes",
    "interrupted_curve",
    "panel_of_table",
    "placebo_dates",
    "power",
    "reputation",
    "specification_curve",
    "synthetic_control",
    "truce_like_katz",
    "truce_phases",
    "usual_choices",
]
