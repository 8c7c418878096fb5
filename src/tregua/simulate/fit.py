"""How well the model's mean reading agrees with the record, and how its defaults were fitted.

The mean reading is deterministic, so that agreement with annual recorded homicides and prison
stocks is one sum of squares. `adequacy` prints it year by year. `refit` looks for the default
parameters and the script's shares of pressing and restraining gangs that make it small, holding
each parameter near the middle of its prior (maximum a posteriori, errors of logarithms).

As many numbers are fitted as there are years. A good fit shows that the physical layer *can* draw
this history with plausible numbers; it is no evidence that it draws it for the right reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import expit, logit

from tregua.model import PARAMETERS, Draws, Parameter, Script, Setting, defaults
from tregua.record import Record
from tregua.simulate.worlds import run

__all__ = ["FITTED", "Adequacy", "Refit", "adequacy", "refit"]

FITTED: tuple[str, ...] = tuple(p.name for p in PARAMETERS if p.kind == "fitted")
"""Parameters that `refit` moves."""

_ERROR_DEATHS = 0.10
_ERROR_PRISONERS = 0.07
_PRIOR_WEIGHT = 1.0
_SHARE_SPREAD = 1.5  # of a share's log-odds around its scripted value


@dataclass(frozen=True)
class Adequacy:
    """Agreement of the mean reading with the record.

    Attributes
    ----------
    table
        series ("homicides", "prisoners"), date (first day of the year, or day of the stock),
        low, high, recorded (range over agencies and its median), model, ratio (model / recorded).
    homicides, prisoners
        Root mean square of log ratio: 0.1 is about 10 %.
    """

    table: pd.DataFrame
    homicides: float
    prisoners: float


def _annual(record: Record, first: int, last: int) -> pd.DataFrame:
    years = record.by_year("homicides").loc[first:last]
    dates = pd.to_datetime(years.index.astype(str) + "-01-01")
    columns = {"low": years["low"], "high": years["high"], "recorded": years["middle"]}
    table = pd.DataFrame(columns).set_index(dates).rename_axis("date").reset_index()
    table.insert(0, "series", "homicides")
    return table


def _stocks(record: Record, first: int, last: int) -> pd.DataFrame:
    rows = record.select("prison_population", first=f"{first}-01-01", last=f"{last + 1}-01-01")
    return _range(rows, "prisoners")


def _range(rows: pd.DataFrame, series: str) -> pd.DataFrame:
    table = rows.groupby("start")["value"].agg(["min", "max", "median"]).reset_index()
    table.columns = pd.Index(["date", "low", "high", "recorded"])
    table.insert(0, "series", series)
    return table


def _observed(record: Record, first: int, last: int) -> pd.DataFrame:
    both = [_annual(record, first, last), _stocks(record, first, last)]
    return pd.concat(both, ignore_index=True)


def _modelled(
    observed: pd.DataFrame, draws: Draws, script: Script, setting: Setting, years: tuple[int, int]
) -> NDArray[np.float64]:
    ensemble = run(
        draws,
        script=script,
        setting=setting,
        start=f"{years[0]}-01-01",
        end=f"{years[1] + 1}-01-01",
        seed=0,
        reading="mean",
        variables=("recorded", "prisoners"),
        threads=1,
    )
    deaths = ensemble.monthly["recorded"].values[0].reshape(-1, 12).sum(axis=1)
    stock = ensemble.monthly["prisoners"].values[0]
    # Stocks are those of month ends; a count of a day lies between two of them.
    ends = np.arange(1, len(stock) + 1) / 12.0 + years[0]
    when = observed["date"].dt.year + (observed["date"].dt.day_of_year - 1) / 365.25
    deaths_by_row = deaths[np.clip(observed["date"].dt.year - years[0], 0, len(deaths) - 1)]
    is_deaths = (observed["series"] == "homicides").to_numpy()
    return np.asarray(np.where(is_deaths, deaths_by_row, np.interp(when, ends, stock)))


def adequacy(
    record: Record,
    *,
    script: Script | None = None,
    draws: Draws | None = None,
    first: int = 2003,
    last: int = 2024,
) -> Adequacy:
    """Compare the mean reading at one draw with the record.

    Parameters
    ----------
    record
        A case with a script.
    script
        Reading of history; None is the case's own.
    draws
        One row; None takes the defaults, with the case's overrides.
    first, last
        Years, both included.
    """
    script = Script.of(record.case) if script is None else script
    draws = default_draw(record) if draws is None else draws
    table = _observed(record, first, last)
    table["model"] = _modelled(table, draws, script, Setting.of(record), (first, last))
    table["ratio"] = table["model"] / table["recorded"]
    error = np.log(table["ratio"])

    def rms(series: str) -> float:
        return float(np.sqrt(np.mean(error[table["series"] == series] ** 2)))

    return Adequacy(table, rms("homicides"), rms("prisoners"))


def default_draw(record: Record) -> Draws:
    """The defaults, with the case's overrides."""
    return defaults({name: {"default": p.default} for name, p in record.case.priors.items()})


@dataclass(frozen=True)
class Refit:
    """What the fit suggests; nothing is changed by it.

    Attributes
    ----------
    parameters
        name, default, fitted, low, high (the prior range).
    eras
        start, stance, pressing, restraining as fitted.
    script, draws
        The same, to be run.
    adequacy
        Agreement at the fitted numbers.
    """

    parameters: pd.DataFrame
    eras: pd.DataFrame
    script: Script
    draws: Draws
    adequacy: Adequacy


def refit(
    record: Record,
    *,
    names: Sequence[str] = FITTED,
    first: int = 2003,
    last: int = 2024,
    evaluations: int = 60,
) -> Refit:
    """Fit parameters and the script's non-zero shares to annual homicides and prison stocks.

    Parameters
    ----------
    record
        A case with a script.
    names
        Parameters to move.
    first, last
        Years, both included.
    evaluations
        Largest number of steps of the least squares.
    """
    setting, script, draws = Setting.of(record), Script.of(record.case), default_draw(record)
    observed = _observed(record, first, last)
    spread = np.where(observed["series"] == "homicides", _ERROR_DEATHS, _ERROR_PRISONERS)
    moved = [Parameter[name] for name in names]
    shares = _shares(script)

    def read(z: NDArray[np.float64]) -> tuple[Draws, Script]:
        values = {p.name: _at(p, z[i]) for i, p in enumerate(moved)}
        return draws.with_(**values), _with_shares(script, shares, z[len(moved) :])

    def residuals(z: NDArray[np.float64]) -> NDArray[np.float64]:
        here, eras = read(z)
        model = _modelled(observed, here, eras, setting, (first, last))
        misfit = np.log(np.maximum(model, 1e-3) / observed["recorded"].to_numpy()) / spread
        return np.concatenate([misfit, _PRIOR_WEIGHT * z])

    start = np.array([_place(p, draws.column(p.name)[0]) for p in moved] + [0.0] * len(shares))
    best = least_squares(residuals, start, diff_step=1e-3, max_nfev=evaluations)
    fitted, eras = read(best.x)
    found = adequacy(record, script=eras, draws=fitted, first=first, last=last)
    table = pd.DataFrame(
        {
            "name": [p.name for p in moved],
            "default": [draws.column(p.name)[0] for p in moved],
            "fitted": [fitted.column(p.name)[0] for p in moved],
            "low": [p.low for p in moved],
            "high": [p.high for p in moved],
        }
    )
    columns = ("start", "stance", "enforcement", "pressing", "restraining")
    rows = [[getattr(era, name) for name in columns] for era in eras.eras]
    listed = pd.DataFrame(rows, columns=list(columns))
    listed["stance"] = [era.stance.name.lower() for era in eras.eras]
    return Refit(table, listed, eras, fitted, found)


def _place(parameter: Parameter, value: float) -> float:
    """Standard score of a value under its prior."""
    centre, spread = parameter.scale
    return (float(parameter.to_normal(value)) - centre) / spread


def _at(parameter: Parameter, z: float) -> float:
    """Value at a standard score of the prior."""
    centre, spread = parameter.scale
    return float(parameter.from_normal(centre + spread * z))


def _shares(script: Script) -> list[tuple[int, str, float]]:
    """The shares that may move: era, name, log-odds now. A share of 0 or 1 stays."""
    return [
        (index, name, float(logit(getattr(era, name))))
        for index, era in enumerate(script.eras)
        for name in ("pressing", "restraining")
        if 0.0 < getattr(era, name) < 1.0
    ]


def _with_shares(
    script: Script, shares: list[tuple[int, str, float]], z: NDArray[np.float64]
) -> Script:
    eras = list(script.eras)
    for (index, name, now), score in zip(shares, z, strict=True):
        share = float(expit(now + _SHARE_SPREAD * score))
        eras[index] = (
            replace(eras[index], pressing=share)
            if name == "pressing"
            else replace(eras[index], restraining=share)
        )
    return replace(script, eras=tuple(eras))
