"""A scene: simulated worlds by month, and how those who print figures look at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import gammaincinv

from tregua.model import Setting, el_salvador
from tregua.model.measurement import measures
from tregua.simulate.ensemble import Ensemble
from tregua.simulate.keyed import Errand, binomials, key_of, poissons, uniforms

__all__ = ["Part", "Scene", "scene_of"]

Floats = NDArray[np.float64]

_MONTHS_A_YEAR = 12.0


@dataclass(frozen=True)
class Part:
    """People of a month who fall on any day of a window alike; all float64 or int64[n, months]."""

    counts: Floats
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]


@dataclass(frozen=True)
class Scene:
    """Worlds by month, and how they are looked at."""

    seed: int
    worlds: NDArray[np.int64]
    months: NDArray[np.datetime64]  # datetime64[M]
    ledger: Mapping[str, Floats]
    drawn: bool  # whether the ledger holds draws, not expected numbers
    exact: bool
    measures: Mapping[str, float]
    setting: Setting

    @property
    def first(self) -> np.datetime64:
        """First day that worlds cover."""
        return np.datetime64(self.months[0], "D")

    @property
    def end(self) -> np.datetime64:
        """First day that they no longer cover."""
        return np.datetime64(self.months[-1] + 1, "D")

    @cached_property
    def first_days(self) -> NDArray[np.int64]:
        """Day number of each month's first day."""
        return self.months.astype("datetime64[D]").astype(np.int64)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Days of each month."""
        after = (self.months + 1).astype("datetime64[D]").astype(np.int64)
        return after - self.first_days

    def since(self, date: pd.Timestamp | None) -> NDArray[np.bool_]:
        """Months that begin on a date or later; none if there is no date."""
        if date is None:
            return np.zeros(len(self.months), dtype=bool)
        return self.months.astype("datetime64[D]") >= np.datetime64(date, "D")

    @property
    def rules_change(self) -> pd.Timestamp | None:
        """When the counting rules first changed."""
        dates = [self.setting.police_counted_until, self.setting.undercounted_from]
        known = [date for date in dates if date is not None]
        return min(known) if known else None

    def uniforms(self, dates: NDArray[np.int64], name: int, errand: Errand) -> Floats:
        """One uniform number for each world and date, float64[n, dates]."""
        return uniforms(self.seed, self.worlds, dates, name, int(errand))

    def whole_month(self, counts: Floats) -> Part:
        """People who fall on any day of their month."""
        starts = np.zeros(counts.shape, dtype=np.int64)
        return Part(counts, starts, np.broadcast_to(self.lengths, counts.shape).copy())

    @cached_property
    def strike_window(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First day (from 0) and number of days of each month's strike; all agencies agree."""
        u = self.uniforms(self.first_days, key_of("strike"), Errand.STRIKE_DAY)
        wanted = round(self.measures["strike_days"])
        lengths = np.broadcast_to(np.minimum(wanted, self.lengths), u.shape).copy()
        return np.floor(u * (self.lengths - lengths + 1)).astype(np.int64), lengths

    def recounted(
        self, counts: Floats, factor: Floats, name: int, kept: Errand, added: Errand, drawn: bool
    ) -> Floats:
        """Counts times a factor, as a count: some left out, or some added."""
        where = (self.seed, self.worlds, self.first_days, name)
        factor = np.broadcast_to(factor, counts.shape)
        if not drawn:
            return poissons(*where, int(added), counts * factor)
        out = binomials(*where, int(kept), counts, np.minimum(factor, 1.0))
        return out + poissons(*where, int(added), counts * np.maximum(factor - 1.0, 0.0))

    @cached_property
    def register(self) -> dict[str, Floats]:
        """What reaches registers each month: struck, others of the tally, police beside it."""
        parts = self._components()
        if self.exact:
            return parts
        factor = np.ones((len(self.worlds), len(self.months)))
        size = self.measures["count_size"]
        if np.isfinite(size):
            u = self.uniforms(self.first_days, key_of("homicides"), Errand.SHARED)
            factor = gammaincinv(size, u) / size
        return {
            name: self.recounted(
                counts,
                factor,
                key_of("homicides", name),
                Errand.SHARED_KEPT,
                Errand.SHARED_ADDED,
                self.drawn,
            )
            for name, counts in parts.items()
        }

    def _components(self) -> dict[str, Floats]:
        recorded, struck = self.ledger["recorded"], self.ledger["struck"]
        police = self.ledger["police_killings"] * self.since(self.setting.police_counted_until)
        # What the tally left out besides police killings came from all it should hold alike.
        left_out = np.maximum(self.ledger["uncounted"] - police, 0.0)
        held = self._struck_in_tally(recorded, np.minimum(struck, recorded + left_out), left_out)
        return {"struck": held, "others": recorded - held, "police": police}

    def _struck_in_tally(self, recorded: Floats, struck: Floats, left_out: Floats) -> Floats:
        if not self.drawn:
            return struck * recorded / np.maximum(recorded + left_out, 1e-300)
        held = struck.copy()
        split = (struck > 0.0) & (left_out > 0.0)
        if split.any():
            u = self.uniforms(self.first_days, key_of("homicides"), Errand.STRUCK)[split]
            countable = (recorded + left_out)[split]
            # Imported here: it takes longer than many a run.
            from scipy.stats import hypergeom

            held[split] = hypergeom.ppf(u, countable, struck[split], recorded[split])
        return np.asarray(held)

    @cached_property
    def complaints(self) -> tuple[Floats, Floats]:
        """Expected and printed complaints of disappearance by month."""
        m = self.measures
        mean = m["found_alive"] / _MONTHS_A_YEAR + m["hidden_reported"] * self.ledger["hidden"]
        if self.exact:
            return mean, mean
        name, extra = key_of("disappearances"), m["complaint_ratio"] - 1.0
        rate = mean
        if extra > 0.0:
            u = self.uniforms(self.first_days, name, Errand.COMPLAINTS)
            rate = np.where(mean > 0.0, gammaincinv(np.maximum(mean, 1e-9) / extra, u) * extra, 0.0)
        counts = poissons(
            self.seed, self.worlds, self.first_days, name, int(Errand.COMPLAINT_COUNT), rate
        )
        return mean, counts


def scene_of(
    ensemble: Ensemble,
    seed: int,
    overrides: Mapping[str, float] | None,
    setting: Setting | None,
    exact: bool,
) -> Scene:
    """The scene that an ensemble gives; see `tregua.simulate.published`."""
    case = str(ensemble.provenance["case"])
    if setting is None and case != el_salvador().name:
        raise ValueError(
            f"These worlds are of '{case}'; give the setting in which they were run (setting=...)."
        )
    months, ledger = _by_month(ensemble.kept)
    return Scene(
        seed=int(seed),
        worlds=np.asarray(ensemble.kept["world"].values, dtype=np.int64),
        months=months,
        ledger=ledger,
        drawn=ensemble.provenance["reading"] != "mean",
        exact=exact,
        measures=measures(overrides),
        setting=el_salvador() if setting is None else setting,
    )


def _by_month(kept: xr.Dataset) -> tuple[NDArray[np.datetime64], dict[str, Floats]]:
    """Months, and each of the country's variables by world and month."""
    (time,) = (name for name in kept.dims if name not in ("world", "gang"))
    dates = kept[time].values
    months = dates.astype("datetime64[M]")
    begins = np.flatnonzero(np.r_[True, months[1:] != months[:-1]])
    present = months[begins]
    if (np.diff(present).astype(np.int64) != 1).any():
        raise ValueError(
            "Figures are printed of worlds kept by month or week, without gaps; these are kept by "
            f"{time}."
        )
    last = np.r_[begins[1:], len(months)] - 1
    ledger = {}
    for name, variable in kept.data_vars.items():
        if "gang" in variable.dims:
            continue
        values = np.asarray(variable.values, dtype=np.float64)
        if variable.attrs["kind"] == "flow":
            values = np.add.reduceat(values, begins, axis=1)
        elif variable.attrs["kind"] == "stock":
            values = values[:, last]
        else:
            values = np.add.reduceat(values, begins, axis=1) / (last - begins + 1)
        ledger[str(name)] = values
    return present, ledger
