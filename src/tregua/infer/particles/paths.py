"""Paths: what the record as a whole says of each month that has passed.

A filter weighs a month by the figures up to it. Later figures speak of it too: a total of prisoners
in July tells of June's arrests, and a month of 918 dead of what gangs had decided before. Each
particle has ancestors, and the ancestors of the particles that explain later figures well are
those that were right earlier. `smooth` weighs month t by the figures up to t + lag: with more,
all particles come to share a few ancestors and the picture would be drawn by chance (Kitagawa and
Sato 2001, "Monte Carlo smoothing and self-organising state-space model").
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.infer.particles.filtering import KEPT, KernelEngine
from tregua.infer.particles.sightings import Theta
from tregua.model import Draws
from tregua.record import Record

__all__ = ["smooth"]

Floats = NDArray[np.float64]
Path = list[tuple[Floats, NDArray[np.int64], Floats]]

_QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
_DEATHS = ("killed", "recorded", "hidden", "uncounted")
_STOCKS = ("prisoners", "gang_prisoners", "street", "fear")
_ERROR = len(KEPT)
_ACTS = len(KEPT) + 2


def smooth(
    record: Record,
    theta: Theta | Draws,
    *,
    seed: int,
    particles: int = 256,
    lag: int = 18,
    errand: int = 0,
    **options: Any,
) -> pd.DataFrame:
    """Posterior of each month's deaths, actions and stocks, over rows of parameters.

    Parameters
    ----------
    record
        A case with a script and homicides.
    theta
        Rows of parameters, alike in weight: draws of their posterior, or one row.
    seed, errand, particles, **options
        As for `KernelEngine`.
    lag
        Months of later figures that speak of a month, at least 0.

    Returns
    -------
    pandas.DataFrame
        Columns date, quantity, mean, q05, q25, q50, q75, q95. Quantities are `killed`, `recorded`,
        `hidden` and `uncounted` (persons, the model's own error included), `error` (its log),
        `prisoners`, `gang_prisoners`, `street`, `fear`, and `restraining.GANG` and `pressing.GANG`
        (share of the month).

    Raises
    ------
    ValueError
        If the lag is negative, or in some row no particle can have printed the record.
    """
    if lag < 0:
        raise ValueError(f"The lag must be at least 0 months, not {lag}.")
    engine = KernelEngine(record, particles=particles, **options)
    swarm, path = engine.begin(theta, seed=seed, errand=errand), []  # type: ignore[var-annotated]
    while swarm.stage < swarm.stages:
        swarm.advance_keeping(path)
    if not np.isfinite(swarm.log_likelihood).all():
        lost = int(np.sum(~np.isfinite(swarm.log_likelihood)))
        raise ValueError(
            f"In {lost} of {len(swarm)} rows no particle can have printed the record; "
            "use more particles or other parameters."
        )
    gangs = engine.filter.history.setting.gangs
    dates = [month.date for month in engine.filter.months]
    frames = [_month(dates[at], *_seen_from(path, at, lag), gangs) for at in range(len(path))]
    return pd.concat(frames, ignore_index=True)


def _seen_from(path: Path, at: int, lag: int) -> tuple[Floats, Floats]:
    """Summaries of a month's particles that have descendants `lag` months on, and weights."""
    end = min(at + lag, len(path) - 1)
    places = np.arange(len(path[end][0]))
    for month in range(end, at, -1):
        places = path[month][1][places]
    weights = np.exp(path[end][2]).ravel()
    return path[at][0][places], weights / weights.sum()


def _month(
    date: pd.Timestamp, summary: Floats, weights: Floats, gangs: tuple[str, ...]
) -> pd.DataFrame:
    factor = np.exp(summary[:, _ERROR])
    values = {name: summary[:, KEPT.index(name)] * factor for name in _DEATHS}
    values |= {"error": summary[:, _ERROR]}
    values |= {name: summary[:, KEPT.index(name)] for name in _STOCKS}
    for place, gang in enumerate(gangs):
        values[f"restraining.{gang}"] = summary[:, _ACTS + place]
        values[f"pressing.{gang}"] = summary[:, _ACTS + len(gangs) + place]
    rows = []
    for name, drawn in values.items():
        order = np.argsort(drawn, kind="stable")
        reached = np.cumsum(weights[order])
        places = np.searchsorted(reached, np.array(list(_QUANTILES.values())) * reached[-1])
        found = drawn[order][np.minimum(places, len(order) - 1)]
        rows.append([date, name, float(weights @ drawn), *found])
    return pd.DataFrame(rows, columns=["date", "quantity", "mean", *_QUANTILES])
