"""A block of worlds, side by side: how a week is laid out in memory.

Worlds never meet, so a machine may take them one at a time or many in step. Here up to `LANES`
worlds form a block: every quantity is a *row* of numbers, one number (lane) a world, and the week's
transition is a sequence of short loops along rows, which a compiler turns into vector
instructions. A block of one world is the scalar simulator; nothing else changes, and no bit of any
result (`tests/exact/test_blocks.py`).

All rows of a block lie in one array, the country's rows first, then a group of rows for each gang:

    state (Slot) | parameters (Parameter) | ledger (Quantity) | scratch (Scratch)
    state (GangSlot) | ledger (GangQuantity) | scratch (GangScratch)          for each gang

so that one pointer serves all and a compiler can see that two rows never overlap.
"""

from __future__ import annotations

from enum import auto
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import inlined
from tregua.model.ledger import GangQuantity, Quantity
from tregua.model.parameters import Parameter
from tregua.model.places import Places
from tregua.model.state import GangSlot, Slot

__all__ = [
    "LANES",
    "Block",
    "GangScratch",
    "Scratch",
    "gang_ledger",
    "gang_scratch",
    "gang_state",
    "ledger",
    "parameter",
    "rows_of",
    "scratch",
    "state",
]

LANES = 64
"""Worlds in a block, at most; also the distance between two rows."""


class Scratch(Places):
    """Rows for numbers that live within a week."""

    U = auto()  # uniform numbers
    V = auto()
    MEAN = auto()  # what is asked of a sampler
    SIZE = auto()
    SHARE = auto()
    COUNT = auto()  # what it answered
    TERM = auto()  # samplers' own
    TOTAL = auto()
    SMALL = auto()
    REACH = auto()
    PARTED_MEAN = auto()
    PARTED_SHARE = auto()
    PARTED_ODDS = auto()
    PARTED_LOG = auto()
    PARTED_U = auto()
    PARTED_COUNT = auto()
    STREET = auto()  # members in the streets
    MEMBERS = auto()  # members, free and imprisoned
    STRONGEST = auto()  # street members of the largest gang
    EXPOSURE = auto()  # deterrence times the week's length
    BY_GANGS = auto()  # killed by gangs in the week
    HIDDEN = auto()
    STRUCK = auto()
    AMBIENT = auto()
    FRINGE = auto()
    POLICE = auto()
    DEAD = auto()  # members among the dead, still to be placed
    LEFT = auto()  # members among whom they are placed
    RECRUITMENT = auto()
    DESISTANCE = auto()
    UNDONE = auto()  # expected arrests that courts undo within the week
    # Shares that serve in many draws, each with two rows for `chance.prepare`.
    ONCE = auto()  # a share used once
    _ONCE_ODDS = auto()
    _ONCE_LOG = auto()
    LEAVING = auto()  # members leave the street
    _LEAVING_ODDS = auto()
    _LEAVING_LOG = auto()
    CAUGHT = auto()  # those who leave are captured
    _CAUGHT_ODDS = auto()
    _CAUGHT_LOG = auto()
    ISOLATED = auto()  # those captured go to isolation
    _ISOLATED_ODDS = auto()
    _ISOLATED_LOG = auto()
    # The following change with the length of the week only (`transition.set_pace`).
    RELEASED = auto()  # gang prisoners leave
    _RELEASED_ODDS = auto()
    _RELEASED_LOG = auto()
    DYING = auto()  # those who leave are dead
    _DYING_ODDS = auto()
    _DYING_LOG = auto()
    RETURNING = auto()  # those alive return to the gang
    _RETURNING_ODDS = auto()
    _RETURNING_LOG = auto()
    VICTIM = auto()  # the dead of gangs were members
    _VICTIM_ODDS = auto()
    _VICTIM_LOG = auto()
    ORDINARY_LEAVING = auto()
    _ORDINARY_LEAVING_ODDS = auto()
    _ORDINARY_LEAVING_LOG = auto()
    ORDINARY_DYING = auto()
    _ORDINARY_DYING_ODDS = auto()
    _ORDINARY_DYING_LOG = auto()
    WRONGLY_LEAVING = auto()
    _WRONGLY_LEAVING_ODDS = auto()
    _WRONGLY_LEAVING_LOG = auto()
    WRONGLY_DYING = auto()
    _WRONGLY_DYING_ODDS = auto()
    _WRONGLY_DYING_LOG = auto()
    ORDINARY_INFLOW = auto()  # expected imprisonments
    # What is left of a distance after a week, and beliefs at rest.
    RISE = auto()
    FALL = auto()
    FORGET = auto()
    FEAR = auto()
    APPROVAL = auto()
    DEMOCRACY_FALL = auto()
    DEMOCRACY_RECOVERY = auto()
    FILTER_FALL = auto()
    FILTER_RECOVERY = auto()
    CONTROL = auto()
    REFORM = auto()
    DECAY = auto()
    PRESSURE = auto()
    TRUST = auto()
    RELIANCE = auto()


class GangScratch(Places):
    """A gang's rows for numbers that live within a week."""

    BASE = auto()  # expected killings of business
    KILLED = auto()
    HIDDEN = auto()
    RETURNED = auto()
    ENDING = auto()  # breaches that end the pact


_STATE = 0
_PARAMETERS = len(Slot)
_LEDGER = _PARAMETERS + len(Parameter)
_SCRATCH = _LEDGER + len(Quantity)
_COUNTRY = _SCRATCH + len(Scratch)
_GANG_LEDGER = len(GangSlot)
_GANG_SCRATCH = _GANG_LEDGER + len(GangQuantity)
_GANG = _GANG_SCRATCH + len(GangScratch)


class Block(NamedTuple):
    """Up to `LANES` worlds in one week.

    Attributes
    ----------
    rows
        float64[rows * LANES], as laid out above.
    low, high
        int64[LANES]: the worlds' numbers, their low 32 bits and the 16 bits above.
    place
        int64[LANES], working space of the samplers.
    lanes
        Number of worlds, 1 to `LANES`.
    gangs
        Number of gangs.
    on
        Optional mechanisms that are on (`Mechanism`, as a sum of bits).
    rivalry_at_start
        1 - sum of squared shares of the gangs at the start; 0 for a single gang.
    mean
        1 for the mean reading (means instead of draws), 0 for draws.
    key_low, key_high
        The seed's two 32-bit halves.
    step
        Number of the week on the calendar (weeks since January 1970).
    """

    rows: NDArray[np.float64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    place: NDArray[np.int64]
    lanes: int
    gangs: int
    on: int
    rivalry_at_start: float
    mean: int
    key_low: int
    key_high: int
    step: int


def rows_of(gangs: int) -> int:
    """Rows of a block with this many gangs."""
    return _COUNTRY + gangs * _GANG


@inlined
def _row(rows: NDArray[np.float64], place: int) -> NDArray[np.float64]:
    return rows[place * LANES : (place + 1) * LANES]


@inlined
def state(b: Block, slot: int) -> NDArray[np.float64]:
    """A row of the country's state."""
    return _row(b.rows, _STATE + slot)


@inlined
def parameter(b: Block, which: int) -> NDArray[np.float64]:
    """A parameter's row."""
    return _row(b.rows, _PARAMETERS + which)


@inlined
def ledger(b: Block, quantity: int) -> NDArray[np.float64]:
    """A row of the country's ledger."""
    return _row(b.rows, _LEDGER + quantity)


@inlined
def scratch(b: Block, which: int) -> NDArray[np.float64]:
    """A row of the country's scratch."""
    return _row(b.rows, _SCRATCH + which)


@inlined
def gang_state(b: Block, slot: int, gang: int) -> NDArray[np.float64]:
    """A row of a gang's state."""
    return _row(b.rows, _COUNTRY + gang * _GANG + slot)


@inlined
def gang_ledger(b: Block, quantity: int, gang: int) -> NDArray[np.float64]:
    """A row of a gang's ledger."""
    return _row(b.rows, _COUNTRY + gang * _GANG + _GANG_LEDGER + quantity)


@inlined
def gang_scratch(b: Block, which: int, gang: int) -> NDArray[np.float64]:
    """A row of a gang's scratch."""
    return _row(b.rows, _COUNTRY + gang * _GANG + _GANG_SCRATCH + which)
