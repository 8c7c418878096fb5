"""An ensemble: what many worlds left behind, labelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from tregua.model import Draws, GangQuantity, Quantity, State
from tregua.shown import Shown

__all__ = ["DEFAULT_VARIABLES", "GANGS", "PERIODS", "VARIABLES", "Ensemble"]

PERIODS: tuple[str, ...] = ("week", "month", "quarter", "year")
"""Periods that a run can keep; a "week" is a quarter of a month."""

GANGS: tuple[str, ...] = tuple(entry.name for entry in GangQuantity)
"""Names of the variables that have a dimension `gang`."""

VARIABLES: tuple[str, ...] = tuple(entry.name for entry in Quantity) + GANGS
"""Names of all variables that a run can keep."""

DEFAULT_VARIABLES: tuple[str, ...] = (
    *("killed", "recorded", "hidden", "uncounted", "struck", "police_killings"),
    *("custody_deaths", "detained", "wrongly_detained"),
    *("prisoners", "gang_prisoners", "wrongly_held", "street"),
    *("democracy", "judicial_filter", "fear", "approval", "institutions"),
    *("pact", "leaked", "command"),
)
"""Variables kept unless others are asked for."""


def entry_of(name: str) -> Quantity | GangQuantity:
    """The ledger's entry of this name. Raises KeyError."""
    return Quantity[name] if name in Quantity.__members__ else GangQuantity[name]


def column_of(entry: Quantity | GangQuantity, gang: int = 0) -> int:
    """Place of an entry among the kernel's: the country's entries, then each gang's."""
    if isinstance(entry, Quantity):
        return int(entry)
    return len(Quantity) + gang * len(GangQuantity) + int(entry)


def layout(variables: Sequence[str], gangs: int) -> tuple[NDArray[np.int64], dict[str, slice]]:
    """Columns of the ledger to keep, and where each variable lands."""
    columns: list[int] = []
    places: dict[str, slice] = {}
    for name in variables:
        entry = entry_of(name)
        count = 1 if isinstance(entry, Quantity) else gangs
        places[name] = slice(len(columns), len(columns) + count)
        columns += [column_of(entry, gang) for gang in range(count)]
    return np.array(columns, dtype=np.int64), places


def label(
    out: NDArray[Any],
    places: Mapping[str, slice],
    *,
    worlds: NDArray[np.int64],
    starts: NDArray[np.datetime64],
    every: str,
    gangs: Sequence[str],
) -> xr.Dataset:
    """Give names to what the kernel kept; nothing is copied."""
    data: dict[str, Any] = {}
    for name, place in places.items():
        entry = entry_of(name)
        about = {"unit": entry.unit, "meaning": entry.meaning, "kind": entry.kind}
        if isinstance(entry, Quantity):
            data[name] = (("world", every), out[:, :, place.start], about)
        else:
            data[name] = (("world", every, "gang"), out[:, :, place], about)
    coordinates = {"world": worlds, every: starts, "gang": list(gangs)}
    return xr.Dataset(data, coords=coordinates)


@dataclass(frozen=True)
class Ensemble(Shown):
    """Many worlds of one run.

    Attributes
    ----------
    kept
        xarray.Dataset with dimensions (world, month), or (world, month, gang) for the variables in
        `simulate.GANGS`; "month" is "week", "quarter" or "year" if the run kept these. Flows are
        sums over the period, stocks its end, shares means over its weeks; each variable carries
        its unit and meaning.
    final
        The state after the last month; pass it as `initial` to continue, bit for bit.
    draws
        The parameters of the worlds, and their weights.
    provenance
        How the run was made: names of script and strategies, dates, seed, reading.
    """

    kept: xr.Dataset
    final: State
    draws: Draws
    provenance: Mapping[str, str | int]

    def __len__(self) -> int:
        """Number of worlds."""
        return len(self.draws)

    @property
    def every(self) -> str:
        """The periods kept: "week", "month", "quarter" or "year"."""
        return next(dim for dim in PERIODS if dim in self.kept.dims)

    @property
    def monthly(self) -> xr.Dataset:
        """What a run by months kept (`kept`). Raises ValueError after a run by other periods."""
        if self.every != "month":
            raise ValueError(f"This run kept every {self.every}, not months; see `kept`.")
        return self.kept

    def annual(self) -> xr.Dataset:
        """The same by calendar year: dimension `year` in place of `month`.

        Flows are summed, stocks are those of the last period, shares are means over periods. A
        year of which only a part was run holds that part only.
        """
        years = self.kept[self.every].dt.year.values
        starts = np.flatnonzero(np.r_[True, years[1:] != years[:-1]])
        counts = np.diff(np.r_[starts, len(years)])
        data = {}
        for name, variable in self.kept.data_vars.items():
            values = variable.values
            kind = variable.attrs["kind"]
            if kind == "stock":
                yearly = values[:, starts + counts - 1]
            else:
                yearly = np.add.reduceat(values, starts, axis=1)
            if kind == "share":
                shape = (1, -1) + (1,) * (values.ndim - 2)
                yearly = yearly / counts.reshape(shape)
            dims = tuple("year" if dim == self.every else dim for dim in variable.dims)
            data[name] = (dims, yearly, variable.attrs)
        coordinates = {
            "world": self.kept["world"].values,
            "year": years[starts],
            "gang": self.kept["gang"].values,
        }
        return xr.Dataset(data, coords=coordinates)

    def to_frame(self) -> pd.DataFrame:
        """One row a world and month (or other period kept), one column a variable.

        Columns world, month, weight, then the variables; one with gangs has a column for each, such
        as `command.ms13`.
        """
        n, periods = self.kept.sizes["world"], self.kept.sizes[self.every]
        columns: dict[str, NDArray[Any]] = {
            "world": np.repeat(self.kept["world"].values, periods),
            self.every: np.tile(self.kept[self.every].values, n),
            "weight": np.repeat(self.draws.weights, periods),
        }
        for name, variable in self.kept.data_vars.items():
            if "gang" not in variable.dims:
                columns[str(name)] = variable.values.reshape(-1)
                continue
            for place, gang in enumerate(self.kept["gang"].values):
                columns[f"{name}.{gang}"] = variable.values[:, :, place].reshape(-1)
        return pd.DataFrame(columns)

    def quantiles(
        self, variable: str, levels: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)
    ) -> pd.DataFrame:
        """Weighted quantiles over worlds by year of a variable without gangs.

        Returns
        -------
        pandas.DataFrame
            Index year; columns named after the levels, 0.05 as "q05".
        """
        yearly = self.annual()[variable]
        frame = weighted_quantiles(yearly.values, self.draws.weights, levels)
        return pd.DataFrame(
            frame,
            index=pd.Index(yearly["year"].values, name="year"),
            columns=[f"q{round(100 * level):02d}" for level in levels],
        )


def weighted_quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], levels: Sequence[float]
) -> NDArray[np.float64]:
    """Quantiles over the first axis under weights (inverse of the weighted distribution function).

    Returns
    -------
    numpy.ndarray
        float64[columns, levels].
    """
    if np.all(weights == weights[0]):
        return np.quantile(values, levels, axis=0).T
    order = np.argsort(values, axis=0, kind="stable")
    out = np.empty((values.shape[1], len(levels)))
    for column in range(values.shape[1]):
        ranked = order[:, column]
        cumulative = np.cumsum(weights[ranked])
        rows = np.searchsorted(cumulative, np.asarray(levels) * cumulative[-1])
        out[column] = values[ranked[np.minimum(rows, len(ranked) - 1)], column]
    return out
