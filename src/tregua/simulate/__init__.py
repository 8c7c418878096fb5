"""Many worlds: run the game for every draw of its parameters.

`run` is the entry. It takes draws, and a script or strategies, and returns an `Ensemble`: monthly
figures with labels, and the state from which the run can be continued, bit for bit.
"""

from tregua.simulate.ensemble import DEFAULT_VARIABLES, GANGS, PERIODS, VARIABLES, Ensemble
from tregua.simulate.kernel import UNORDERED
from tregua.simulate.worlds import SimulationError, needs_compilation, part_of, run

__all__ = [
    "DEFAULT_VARIABLES",
    "GANGS",
    "PERIODS",
    "UNORDERED",
    "VARIABLES",
    "Ensemble",
    "SimulationError",
    "needs_compilation",
    "part_of",
    "run",
]
