"""Many worlds: run the game for every draw of its parameters.

`run` is the entry. It takes draws, and a script or strategies, and returns an `Ensemble`: monthly
figures with labels, and the state from which the run can be continued, bit for bit. `Session`
advances worlds a few weeks at a time, under orders. `published` turns worlds into what agencies,
polls and press would have printed of them. `run_on_device` runs scripts on a graphics card.
"""

from tregua.simulate.device import device_problem, run_on_device
from tregua.simulate.ensemble import DEFAULT_VARIABLES, GANGS, PERIODS, VARIABLES, Ensemble
from tregua.simulate.kernel import UNORDERED
from tregua.simulate.outlets import OUTLETS, Outlet, Sight, outlets_of
from tregua.simulate.published import (
    EVENT_VARIABLES,
    PUBLISHED_VARIABLES,
    published,
    published_events,
)
from tregua.simulate.session import Session
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
    "Session",
    "Sight",
    "SimulationError",
    "device_problem",
    "needs_compilation",
    "outlets_of",
    "part_of",
    "published",
    "published_events",
    "run",
    "run_on_device",
]
