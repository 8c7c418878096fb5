"""Forecasts by simulated worlds: what the mechanistic model says of the year to come.

At the end of each year worlds are moved to where their mean path follows the record so far
(`plausible`), and run one year on with the last stance of the script held. Their recorded deaths,
month by month, are the forecast.

Read its scores with two reservations. The defaults around which worlds are drawn were once fitted
to the whole record, so it knows more than it should; and the stance held is the one that history
names for the last day of the year, whether or not anybody knew it then (a secret pact was secret).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from tregua import simulate
from tregua.infer.forecasts.predictive import Drawn, Predictive
from tregua.infer.tables import plausible_draws
from tregua.model import Draws, History, Script, prior_draws
from tregua.record import Record

__all__ = ["Cloud", "followed_cloud", "mechanistic"]

Cloud = Callable[[int], Draws]
"""Worlds that know the record before a year: of the year, draws of parameters."""


def followed_cloud(record: Record, history: History, *, worlds: int, seed: int) -> Cloud:
    """Worlds moved to follow the record's annual figures before a year.

    Parameters
    ----------
    record, history
        The case and its past.
    worlds
        Worlds in the cloud, at least 50.
    seed
        Seed of the prior and of the smoother's noise.
    """
    prior = prior_draws(worlds, seed=seed, overrides=record.case.prior_ranges)

    def cloud(year: int) -> Draws:
        return plausible_draws(record, prior, history, until=year, seed=seed)

    return cloud


def _held(script: Script, until: pd.Timestamp) -> Script:
    """The script up to a day, its last era held for good."""
    return Script(tuple(era for era in script.eras if era.start < until), script.name)


def mechanistic(
    record: Record,
    years: Sequence[int],
    horizons: Sequence[int],
    *,
    worlds: int = 300,
    seed: int = 0,
    cloud: Cloud | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[tuple[pd.Timestamp, str, int], Predictive]:
    """Forecast the months of each year from the December before it.

    Parameters
    ----------
    record
        A case with a script.
    years
        Years to forecast, each from what is known before it.
    horizons
        Months ahead, 1 to 12.
    worlds, seed
        Worlds in the cloud, and the seed of all of them.
    cloud
        Where worlds come from; `followed_cloud` if None. A posterior fitted to the years before
        can be passed here.
    progress
        Called with (years done, years).

    Returns
    -------
    dict
        Distributions by (December before, "month" or "total", months ahead).
    """
    history = History.of(record)
    cloud = cloud or followed_cloud(record, history, worlds=worlds, seed=seed)
    found: dict[tuple[pd.Timestamp, str, int], Predictive] = {}
    for number, year in enumerate(years):
        begin = pd.Timestamp(year=year, month=1, day=1)
        run = simulate.run(
            cloud(year),
            script=_held(history.script, begin),
            start=history.first_day,
            end=f"{year + 1}-01-01",
            seed=seed,
            setting=history.rules_of(f"{year}-01"),
            variables=("recorded",),
        )
        monthly = np.asarray(run.monthly["recorded"].values, dtype=np.float64)
        found |= _laws(begin - pd.offsets.MonthBegin(1), monthly, horizons)
        if progress is not None:
            progress(number + 1, len(years))
    return found


def _laws(
    origin: pd.Timestamp, monthly: np.ndarray, horizons: Sequence[int]
) -> Mapping[tuple[pd.Timestamp, str, int], Predictive]:
    """Distributions over worlds, whose last twelve months are the year forecast."""
    ahead, past = monthly[:, -12:], monthly[:, :-12]
    top = 60.0 + 8.0 * float(np.quantile(past, 0.99)) if past.size else float(ahead.max())
    sums = np.cumsum(ahead, axis=1)
    found: dict[tuple[pd.Timestamp, str, int], Predictive] = {}
    for horizon in horizons:
        found[origin, "month", horizon] = Drawn.of(ahead[:, horizon - 1], top)
        found[origin, "total", horizon] = Drawn.of(sums[:, horizon - 1], horizon * top)
    return found
