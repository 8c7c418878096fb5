r"""A plane of two numbers as a few tables that a chart can draw.

A picture of ten thousand cells is ten thousand marks. Cells of one row that are alike are drawn as
one bar instead (run-length encoding), so that the file stays small and its borders sharp. A name is
written inside an area at the point that lies furthest from its border, if there is room for it:
the greatest value of the Euclidean distance transform, in units of the name's own size. The border
of the self-enforcing area is the line at which the margin is 0, found within each cell by linear
interpolation (marching squares, Lorensen and Cline 1987).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

__all__ = ["plane_tables"]

Array = NDArray[np.float64]

_NAME_WIDTH, _NAME_HEIGHT = 200.0, 44.0  # pixels that a name of two lines takes
_MARK, _MARK_NAME = 12.0, 110.0  # pixels around the present point, and right of it


def plane_tables(
    region: xr.Dataset, *, width: float = 820, height: float = 400
) -> dict[str, pd.DataFrame]:
    """The tables behind the picture of a region.

    Parameters
    ----------
    region
        What `tregua.decide.feasible_region` gives: `binding` over y and x.
    width, height
        Size of the picture in pixels, from which the room for names follows.

    Returns
    -------
    dict
        `plane`: columns x, x2, y, y2, binding, one row for each run of equal cells. `labels`: x, y,
        binding, where a name fits. `border`: x, y, x2, y2, short lines at which the margin is 0.
        `now`: one row with x, y, the names and ranges of both axes, the binding there, and the
        share of cells in which a pact holds.
    """
    binding = np.asarray(region["binding"].transpose("y", "x").values, dtype=str)
    across, up = _edges(region["x"].values), _edges(region["y"].values)
    plane = pd.DataFrame(_runs(binding, across, up), columns=["x", "x2", "y", "y2", "binding"])
    taken = _beside_now(region, across, up, width, height)
    labels = pd.DataFrame(
        _places(binding, taken, across, up, width, height), columns=["x", "y", "binding"]
    )
    margin = np.clip(region["margin"].transpose("y", "x").values, -1.0, 1.0)
    border = pd.DataFrame(
        _border(margin, region["x"].values, region["y"].values), columns=["x", "y", "x2", "y2"]
    )
    now = _now(region, binding, across, up)
    return {"plane": plane, "labels": labels, "border": border, "now": now}


def _edges(values: Array) -> Array:
    """Borders of cells around values: half way between them, and as far outside."""
    middle = (values[1:] + values[:-1]) / 2
    return np.concatenate([[values[0]], middle, [values[-1]]])


def _runs(
    binding: NDArray[np.str_], across: Array, up: Array
) -> Iterator[tuple[float, float, float, float, str]]:
    for row, names in enumerate(binding):
        starts = np.flatnonzero(np.concatenate([[True], names[1:] != names[:-1]]))
        ends = np.append(starts[1:], len(names))
        for start, end in zip(starts, ends, strict=True):
            low, high = float(across[start]), float(across[end])
            yield low, high, float(up[row]), float(up[row + 1]), str(names[start])


def _border(margin: Array, x: Array, y: Array) -> Iterator[tuple[float, float, float, float]]:
    """Lines between the points at which the margin changes its sign on the sides of a cell."""
    holds = margin >= 0
    corners = holds[:-1, :-1], holds[:-1, 1:], holds[1:, 1:], holds[1:, :-1]
    mixed = np.logical_or.reduce(corners) & ~np.logical_and.reduce(corners)
    for row, column in np.argwhere(mixed):
        ring = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
        sides = zip(ring, [*ring[1:], ring[0]], strict=True)
        points = [
            _zero(margin[a], margin[b], (x[a[1]], y[a[0]]), (x[b[1]], y[b[0]]))
            for a, b in sides
            if holds[a] != holds[b]
        ]
        for start, end in zip(points[::2], points[1::2], strict=True):
            yield (*start, *end)


def _zero(
    before: float, after: float, start: tuple[float, float], end: tuple[float, float]
) -> tuple[float, float]:
    """Where a line through two values of unlike sign is 0."""
    part = before / (before - after)
    x, y = (a + part * (b - a) for a, b in zip(start, end, strict=True))
    return float(x), float(y)


def _beside_now(
    region: xr.Dataset, across: Array, up: Array, width: float, height: float
) -> NDArray[np.bool_]:
    """Cells that the mark of the present point and its name cover."""
    middle = (across[:-1] + across[1:]) / 2, (up[:-1] + up[1:]) / 2
    pixels = width / (across[-1] - across[0]), height / (up[-1] - up[0])
    right = (middle[0] - region["x"].attrs["now"]) * pixels[0]
    above = (middle[1] - region["y"].attrs["now"]) * pixels[1]
    columns = (right > -_MARK) & (right < _MARK_NAME)
    rows = (above > -_MARK) & (above < 2 * _MARK)
    return np.asarray(rows[:, None] & columns[None, :])


def _places(
    binding: NDArray[np.str_],
    taken: NDArray[np.bool_],
    across: Array,
    up: Array,
    width: float,
    height: float,
) -> Iterator[tuple[float, float, str]]:
    """Where a name lies inside its area with room all around it."""
    rows, columns = binding.shape
    cell = height / rows / (_NAME_HEIGHT / 2), width / columns / (_NAME_WIDTH / 2)
    for name in np.unique(binding):
        area = np.pad((binding == name) & ~taken, 1)  # the frame is a border too
        room = distance_transform_edt(area, sampling=cell)[1:-1, 1:-1]
        row, column = np.unravel_index(int(np.argmax(room)), room.shape)
        if room[row, column] >= 1:
            x = (across[column] + across[column + 1]) / 2
            y = (up[row] + up[row + 1]) / 2
            yield float(x), float(y), str(name)


def _now(region: xr.Dataset, binding: NDArray[np.str_], across: Array, up: Array) -> pd.DataFrame:
    row: dict[str, object] = {}
    for axis, edges in (("x", across), ("y", up)):
        about = region[axis].attrs
        row |= {axis: about["now"], f"{axis}_name": about["name"]}
        row |= {f"{axis}_low": float(edges[0]), f"{axis}_high": float(edges[-1])}
    nearest = region["binding"].sel(x=row["x"], y=row["y"], method="nearest")
    row |= {"binding": str(nearest.item()), "share": float(np.mean(binding == "none"))}
    return pd.DataFrame([row])
