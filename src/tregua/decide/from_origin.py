"""Parameters set from an origin on: in the worlds, and in what their state remembers of them.

A state at an origin is what history left. Most parameters act anew every week, so that setting them
in the draws is enough. One is remembered: how hard a crackdown is (`enforcement_mano_dura`) is what
parties promised at the last election, and the promise is part of the state. Setting the parameter
alone would change nothing, since the promise was made before. Set from an origin on, it is the
promise in force there; the next election makes another, as the model has it
(`platform_slope`: one plus a slope times fear).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from tregua.model import Draws, Slot, State

__all__ = ["set_from_origin"]

_REMEMBERED = {"enforcement_mano_dura": Slot.PLATFORM}


def set_from_origin(draws: Draws, state: State, **values: ArrayLike) -> tuple[Draws, State]:
    """Worlds whose parameters have given values from an origin on.

    Parameters
    ----------
    draws
        Parameters of the worlds.
    state
        Their state at the origin; unchanged.
    **values
        Parameter = a number, or float64[n], one a world.

    Returns
    -------
    tuple
        Draws and state, to be passed to `compare` together.

    Raises
    ------
    ValueError
        For a name that is no parameter, or another number of values than of worlds.

    Examples
    --------
    >>> import pandas as pd
    >>> from tregua import model, record
    >>> draws = model.defaults(worlds=2)
    >>> setting = model.History.of(record.load("el-salvador")).setting
    >>> state = model.initial_state(draws, setting, pd.Timestamp("2012-01-01"))
    >>> harder = set_from_origin(draws, state, enforcement_mano_dura=3.0)[1]
    >>> harder.get(model.Slot.PLATFORM).tolist()
    [3.0, 3.0]
    """
    changed = draws.with_(**values)
    remembered = {name: slot for name, slot in _REMEMBERED.items() if name in values}
    if not remembered:
        return changed, state
    held = state.values.copy()
    for name, slot in remembered.items():
        held[:, slot] = np.asarray(changed.column(name))
    return changed, replace(state, values=held)
