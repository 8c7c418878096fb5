r"""Simple forecasts of counts, each as its literature defines it: what a model has to beat.

- *persistence*: the last month again. The count *h* months ahead is negative binomial around it,
  with the size under which past changes over *h* months are most likely.
- *seasonal*: the mean of the same calendar month over the past, with a size fitted likewise.
- *smoothing*: exponential smoothing of :math:`\log(1 + y)` with additive errors, without trend or
  with a damped one, whichever has the lower corrected Akaike criterion (Hyndman et al. 2008,
  Forecasting with Exponential Smoothing). Paths are drawn. It is fitted once a year, to what was
  known at the end of the year before, and filters every month since.
- *last_year*: the empirical distribution of the last twelve months. Hegre et al. (2022,
  "conflictology") found it hard to beat in forecasts of deaths in armed conflict.

The first three compare months of different length by deaths per 30.44 days. All know what the
filter knows: a total over several months is known once it has ended, and is then divided evenly
over its months. Months before the last total over a year or more are left out, for an even year has
no months to learn from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.infer.counts.partition import Tiles
from tregua.infer.forecasts.predictive import Drawn, Predictive, fit_size, negative_binomial

__all__ = ["BASELINES", "TARGETS", "Forecaster", "Known", "Panel"]

Floats = NDArray[np.float64]
Found = Mapping[tuple[str, int], Predictive]

TARGETS: tuple[str, ...] = ("month", "total")
"""What is forecast: the month h ahead, or the sum of the next h months."""

_LONGEST = 120  # months of the past that simple forecasts look at
_DAYS = 30.44
_A_YEAR = 12
_PATHS = 1000
_LEAST_MEAN = 0.5  # deaths a month; after a month without deaths another is not certain


@dataclass(frozen=True)
class Known:
    """Counts as known at the end of one month.

    Attributes
    ----------
    origin : Timestamp
        The last month that has passed.
    months : DatetimeIndex
        Months up to the last one of which anything is known.
    single : ndarray, (months,)
        Counts of single months; NaN elsewhere.
    filled : ndarray, (months,)
        The same with totals divided evenly by days, and gaps closed by straight lines.
    """

    origin: pd.Timestamp
    months: pd.DatetimeIndex
    single: Floats
    filled: Floats

    @cached_property
    def scale(self) -> Floats:
        """Length of each month in standard months of 30.44 days."""
        return np.asarray(self.months.days_in_month, dtype=np.float64) / _DAYS

    @cached_property
    def rate(self) -> Floats:
        """Deaths per standard month."""
        return self.filled / self.scale

    @cached_property
    def alone(self) -> NDArray[np.bool_]:
        """Months counted alone, if they are twelve or more; else all.

        Months of an evenly divided total vary too little to learn a spread from.
        """
        alone = ~np.isnan(self.single)
        return alone if alone.sum() >= _A_YEAR else _all(alone.size)

    def ahead(self, horizon: int) -> pd.Timestamp:
        """The month `horizon` after the origin."""
        return self.origin + pd.DateOffset(months=horizon)

    def steps(self, horizon: int) -> int:
        """Months from the last known one to the one `horizon` after the origin."""
        late = (self.origin.year - self.months[-1].year) * 12
        return horizon + late + self.origin.month - self.months[-1].month

    def scale_ahead(self, target: str, horizon: int) -> float:
        """Length of what is forecast, in standard months."""
        first = 1 if target == "total" else horizon
        days = [self.ahead(month).days_in_month for month in range(first, horizon + 1)]
        return sum(days) / _DAYS

    @property
    def top(self) -> float:
        """Largest monthly count thought possible: eight times the largest so far, and 60."""
        return 60.0 + 8.0 * float(self.filled.max())


Forecaster = Callable[[Known, Sequence[int], int], Found]
"""A simple forecast: of (known, months ahead, seed), distributions by target and horizon."""


@dataclass(frozen=True)
class Panel:
    """Tiles as months, and when each became known.

    Attributes
    ----------
    months : DatetimeIndex
        Every month from the first to the last with a count.
    single : ndarray, (months,)
        Counts of single months; NaN elsewhere.
    share : ndarray, (months,)
        The count, or the month's share by days of its total; NaN where there is none.
    closes : ndarray of int, (months,)
        Place of the month at whose end the count became known; beyond the last if never.
    tile : ndarray of int, (months,)
        Number of the tile that holds the month, -1 if none.
    value : ndarray, (tiles,)
        Count of each tile; NaN where it is only a bound ("more than 300").
    first : int
        Place after the last total over a year or more.
    """

    months: pd.DatetimeIndex
    single: Floats
    share: Floats
    closes: NDArray[np.int64]
    tile: NDArray[np.int64]
    value: Floats
    first: int

    @classmethod
    def of(cls, tiles: Tiles) -> Panel:
        """Lay tiles on a monthly axis."""
        months = pd.date_range(tiles.first, tiles.last, freq="MS")
        where = {month: index for index, month in enumerate(months)}
        single, share = np.full(len(months), np.nan), np.full(len(months), np.nan)
        closes = np.full(len(months), len(months))
        tile = np.full(len(months), -1)
        first = 0
        for number, (members, value) in enumerate(
            zip(tiles.frame["months"], tiles.frame["value"], strict=True)
        ):
            index = np.array([where[month] for month in members])
            days = months[index].days_in_month.to_numpy(dtype=float)
            share[index] = value * days / days.sum()
            closes[index], tile[index] = index[-1], number
            if len(index) == 1:
                single[index] = value
            if len(index) >= _A_YEAR:
                first = max(first, int(index[-1]) + 1)
        value = tiles.frame["value"].to_numpy(dtype=np.float64)
        if "at_least" in tiles.frame:
            value = np.where(tiles.frame["at_least"].to_numpy(dtype=bool), np.nan, value)
        return cls(months, single, share, closes, tile, value, first)

    def known(self, origin: pd.Timestamp) -> Known:
        """What is known at the end of month `origin`.

        Raises
        ------
        ValueError
            If fewer than twelve months are known.
        """
        place = int(self.months.get_indexer(pd.DatetimeIndex([origin]))[0])
        known = np.flatnonzero(self.closes[: place + 1] <= place)
        begin = self.first if self.first <= place - _A_YEAR else 0
        known = known[known >= max(begin, place + 1 - _LONGEST)]
        if known.size < _A_YEAR:
            raise ValueError(f"Only {known.size} months are known at the end of {origin:%Y-%m}.")
        span = np.arange(known[0], known[-1] + 1)
        single = np.where(self.closes[span] == span, self.single[span], np.nan)
        filled = np.interp(span, known, self.share[known])
        return Known(origin, self.months[span], single, filled)

    def seen(self, origin: pd.Timestamp, target: str, horizon: int) -> float:
        """What came: the count of a single month or a sum over whole tiles; NaN if not known.

        A figure that is only a bound is no count to score by.
        """
        place = int(self.months.get_indexer(pd.DatetimeIndex([origin]))[0])
        if place + horizon >= len(self.months):
            return float("nan")
        if target == "month":
            tile = int(self.tile[place + horizon])
            alone = not np.isnan(self.single[place + horizon])
            return float(self.value[tile]) if alone else float("nan")
        inside = self.tile[place + 1 : place + horizon + 1]
        outside = np.r_[self.tile[: place + 1], self.tile[place + horizon + 1 :]]
        if (inside < 0).any() or np.isin(inside, outside).any():
            return float("nan")
        return float(self.value[np.unique(inside)].sum())


def _all(size: int) -> NDArray[np.bool_]:
    return np.ones(size, dtype=np.bool_)


def _sums(values: Floats, window: int) -> Floats:
    """Sums over every `window` neighbouring values."""
    return np.convolve(values, np.ones(window), mode="valid")


def persistence(known: Known, horizons: Sequence[int], seed: int) -> Found:  # noqa: ARG001
    """The last month again, with errors from past changes."""
    rate, found = known.rate, {}
    for target in TARGETS:
        for horizon in horizons:
            steps = known.steps(horizon)
            window = horizon if target == "total" else 1
            later = _sums(rate, window)[steps - window + 1 :]
            before = np.maximum(window * rate[: later.size], _LEAST_MEAN)
            alone = known.alone[steps:] if target == "month" else _all(later.size)
            size = fit_size(later[alone], before[alone])
            mean = max(rate[-1] * known.scale_ahead(target, horizon), _LEAST_MEAN)
            found[target, horizon] = negative_binomial(mean, size)
    return found


def seasonal(known: Known, horizons: Sequence[int], seed: int) -> Found:  # noqa: ARG001
    """The mean of the same calendar month over the past."""
    rate, month = known.rate, np.asarray(known.months.month)
    means = np.array([rate[month == m].mean() for m in range(1, 13)])
    means = np.maximum(means, _LEAST_MEAN)
    expected, found = means[month - 1], {}
    for horizon in horizons:
        scales = [known.scale_ahead("month", h) for h in range(1, horizon + 1)]
        ahead = [means[known.ahead(h).month - 1] * scales[h - 1] for h in range(1, horizon + 1)]
        spread = fit_size(rate[known.alone], expected[known.alone])
        found["month", horizon] = negative_binomial(ahead[-1], spread)
        size = fit_size(_sums(rate, horizon), _sums(expected, horizon))
        found["total", horizon] = negative_binomial(sum(ahead), size)
    return found


def last_year(known: Known, horizons: Sequence[int], seed: int) -> Found:  # noqa: ARG001
    """What the last twelve months held, each value as likely as another."""
    values, found = known.filled, {}
    for horizon in horizons:
        found["month", horizon] = Drawn.of(values[-_A_YEAR:], known.top)
        sums = _sums(values, min(horizon, values.size))[-_A_YEAR:]
        found["total", horizon] = Drawn.of(sums, horizon * known.top)
    return found


def smoothing(known: Known, horizons: Sequence[int], seed: int) -> Found:
    """Exponential smoothing of log(1 + count), by paths."""
    steps = known.steps(max(horizons))
    late = steps - max(horizons)
    paths = _smoothed_paths(known, steps, seed)[late:]
    scales = [known.scale_ahead("month", h) for h in range(1, max(horizons) + 1)]
    counts = np.maximum(np.expm1(np.minimum(paths, 20.0)), 0.0) * np.array(scales)[:, None]
    sums = np.cumsum(counts, axis=0)
    found: dict[tuple[str, int], Predictive] = {}
    for horizon in horizons:
        found["month", horizon] = Drawn.of(np.round(counts[horizon - 1]), known.top)
        found["total", horizon] = Drawn.of(np.round(sums[horizon - 1]), horizon * known.top)
    return found


def _smoothed_paths(known: Known, steps: int, seed: int) -> Floats:
    """Paths of log(1 + deaths per standard month) from the last known month: (steps, paths)."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    series = np.log1p(known.rate)
    fitted_to = int((known.months.year < known.origin.year).sum())
    if fitted_to < 2 * _A_YEAR:
        fitted_to = series.size
    best, least = None, np.inf
    for damped in (False, True):
        options = {"error": "add", "trend": "add" if damped else None, "damped_trend": damped}
        fit = ETSModel(series[:fitted_to], **options).fit(disp=False, maxiter=200)
        if best is None or fit.aicc < least:
            best, least = (options, fit.params), fit.aicc
    assert best is not None
    state = ETSModel(series, **best[0]).smooth(best[1])
    stream = np.random.Generator(
        np.random.Philox(key=[seed, known.origin.year * 12 + known.origin.month])
    )
    errors = np.sqrt(state.mse) * stream.standard_normal((steps, _PATHS))
    paths = state.simulate(steps, anchor="end", repetitions=_PATHS, random_errors=errors)
    return np.asarray(paths, dtype=np.float64).reshape(steps, _PATHS)


BASELINES: Mapping[str, Forecaster] = {
    "persistence": persistence,
    "seasonal": seasonal,
    "smoothing": smoothing,
    "last_year": last_year,
}
"""Simple forecasts by name."""
