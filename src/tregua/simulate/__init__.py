"""Many worlds: run the game for every draw of its parameters.

`run` is the entry. It takes draws, and a script or strategies, and returns an `Ensemble`: monthly
figures with labels, and the state from which the run can be continued, bit for bit. `published`
turns worlds into what agencies, polls and press would have printed of them.
"""

from tregua.simulate.ensemble import DEFAULT_VARIABLES, GANGS, PERIODS, VARIABLES, Ensemble
from tregua.simulate.kernel import UNORDERED
from tregua.simulate.outlets import OUTLETS, Outlet, Sight, outlets_of
from tregua.simulate.published import (
    EVENT_VARIABLES,
    PUBLISHED_VARIABLES,
    published,
    published_events,
)
from tregua.simulate.worlds import SimulationError, needs_compilation, part_of, run

__all__ = [
    "DEFAULT_VARIABLES",
    "EVENT_VARIABLES",
    "GANGS",
    "OUTLETS",
    "PERIODS",
    "PUBLISHED_VARIABLES",
    "UNORDERED",
    "VARIABLES",
    "Ensemble",
    "Outlet",
    "Sight",
    "SimulationError",
    "needs_compilation",
    "outlets_of",
    "part_of",
    "published",
    "published_events",
    "run",
]
