"""Worlds made by hand: an ensemble whose ledger holds given numbers, for tests of what is read."""

import numpy as np
import xarray as xr

from tregua.model import Quantity, defaults
from tregua.simulate import Ensemble


def by_hand(start, months, *, worlds=1, first_world=0, reading="stochastic", **variables):
    """An ensemble of `months` months from `start`; each variable is one number or an array."""
    dates = (np.datetime64(start, "M") + np.arange(months)).astype("datetime64[ns]")
    data = {
        name: (
            ("world", "month"),
            np.broadcast_to(np.asarray(values, dtype=float), (worlds, months)).copy(),
            {"kind": Quantity[name].kind},
        )
        for name, values in variables.items()
    }
    coordinates = {"world": first_world + np.arange(worlds), "month": dates}
    monthly = xr.Dataset(data, coords=coordinates)
    made = {"case": "el-salvador", "reading": reading}
    return Ensemble(monthly, None, defaults(worlds=worlds), made)


def deaths(start, months, recorded, *, uncounted=0.0, struck=0.0, police_killings=0.0, **more):
    """By hand, with all that the outlets of deaths see."""
    parts = {"uncounted": uncounted, "struck": struck, "police_killings": police_killings}
    return by_hand(start, months, recorded=recorded, **parts, **more)
