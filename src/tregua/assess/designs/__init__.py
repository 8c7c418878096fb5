"""Causal designs for counts of deaths: what an event changed, and what that answer leans on.

Every design takes a `CountSeries` (or a panel), answers with an `Estimate`, and says in plain words
what it assumes. None can turn a coincidence into a cause: `coinciding` lists what else happened in
the same months. How often a design errs where the truth is known is its `Reputation`.
"""

from tregua.assess.designs.estimate import DESIGNS, Estimate, Reputation, reputation
from tregua.assess.designs.series import CountSeries, DesignError, coinciding, count_series

__all__ = [
    "DESIGNS",
    "CountSeries",
    "DesignError",
    "Estimate",
    "Reputation",
    "coinciding",
    "count_series",
    "reputation",
]
