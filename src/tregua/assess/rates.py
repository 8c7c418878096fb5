r"""How many times the rate of deaths changed between two periods, from counts over any intervals.

Counts over intervals $i$ with exposure $e_i$ (days) in two periods are taken as quasi-Poisson with
one rate a period (McCullagh & Nelder, Generalized Linear Models, 2nd ed. 1989, section 6.2). With
totals $Y_0, Y_1$ and exposures $E_0, E_1$ the log rate ratio and its variance are

$$ \log \hat R = \log\frac{Y_1/E_1}{Y_0/E_0}, \qquad
   \operatorname{var} = \hat\phi \, c \left(\frac{1}{Y_0} + \frac{1}{Y_1}\right), $$

with $\hat\phi$ the Pearson dispersion and $c = (1+\rho)/(1-\rho)$ an inflation for serial
correlation of neighbouring residuals (Bence 1995, Ecology 76:628). A count whose interval crosses
the edge of a period is shared out by days. The ratio compares two periods; it does not say why
they differ, and it takes the earlier rate as what would have gone on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

__all__ = ["Period", "RateRatio", "exposure_days", "rate_ratio"]

Array = NDArray[np.float64]

# A month split at an edge keeps at least this share of itself, else the sliver would enter the
# dispersion as if it were an observation of its own.
_SMALLEST_SHARE = 0.2
_HIGHEST_CORRELATION = 0.8


@dataclass(frozen=True)
class Period:
    """A half-open span of time.

    Attributes
    ----------
    start, end
        ISO dates; `start` is in, `end` is out.
    """

    start: str
    end: str


@dataclass(frozen=True)
class RateRatio:
    """A rate in one period over the rate in another.

    Attributes
    ----------
    ratio, low, high
        Estimate and interval; positive.
    before, after
        Rates of the two periods, per 30.44 days.
    dispersion
        Pearson dispersion, at least 1 (1 is Poisson).
    correlation
        Lag-one correlation of residuals used for the inflation, 0 to 0.8.
    counts
        Number of counts used in the two periods together.
    """

    ratio: float
    low: float
    high: float
    before: float
    after: float
    dispersion: float
    correlation: float
    counts: int


def _inside(counts: pd.DataFrame, period: Period) -> tuple[Array, Array]:
    """Counts and days of each interval that fall into a period."""
    if "months" in counts:
        return _inside_months(counts, period)
    start, end = (np.datetime64(date, "D") for date in (period.start, period.end))
    first = counts["start"].to_numpy(dtype="datetime64[D]")
    last = counts["end"].to_numpy(dtype="datetime64[D]")
    days = (np.minimum(last, end) - np.maximum(first, start)).astype(np.float64)
    share = days / (last - first).astype(np.float64)
    kept = (days > 0) & (share >= _SMALLEST_SHARE)
    value = counts["value"].to_numpy(dtype=np.float64)
    return (value * share)[kept], days[kept]


def _inside_months(counts: pd.DataFrame, period: Period) -> tuple[Array, Array]:
    """The same for tiles, whose months need not follow each other: only whole months are in."""
    start, end = pd.Timestamp(period.start), pd.Timestamp(period.end)
    value, exposure = [], []
    for deaths, listed in zip(counts["value"], counts["months"], strict=True):
        months = pd.DatetimeIndex(listed.split(";"))
        days = months.days_in_month.to_numpy(dtype=np.float64)
        inside = float(days[(months >= start) & (months < end)].sum())
        if inside / days.sum() >= _SMALLEST_SHARE:
            value.append(deaths * inside / days.sum())
            exposure.append(inside)
    return np.array(value, dtype=np.float64), np.array(exposure, dtype=np.float64)


def exposure_days(counts: pd.DataFrame) -> Array:
    """Days that each count covers (see `rate_ratio` for the columns)."""
    if "months" in counts:
        listed = [pd.DatetimeIndex(months.split(";")) for months in counts["months"]]
        return np.array([float(np.sum(months.days_in_month)) for months in listed])
    return np.asarray((counts["end"] - counts["start"]).dt.days, dtype=np.float64)


def _residuals(counts: Array, days: Array) -> Array:
    mean = days * counts.sum() / days.sum()
    return np.asarray((counts - mean) / np.sqrt(mean))


def _lag_one(residuals: list[Array]) -> float:
    products = sum(float(r[1:] @ r[:-1]) for r in residuals)
    squares = sum(float(r @ r) for r in residuals)
    return float(np.clip(products / squares if squares > 0 else 0.0, 0.0, _HIGHEST_CORRELATION))


def rate_ratio(
    counts: pd.DataFrame, before: Period, after: Period, *, level: float = 0.9
) -> RateRatio:
    """Rate in a later period over the rate in an earlier one.

    Parameters
    ----------
    counts
        Non-overlapping intervals: columns `start`, `end` (dates, half-open), `value` (deaths). With
        a column `months` (`YYYY-MM` joined by semicolons) a count covers these months only.
    before, after
        The two periods.
    level
        Probability content of the interval, between 0 and 1.

    Returns
    -------
    RateRatio
        The ratio with its interval.

    Raises
    ------
    ValueError
        If a period holds fewer than two counts or no deaths.

    Examples
    --------
    >>> months = pd.date_range("2000-01-01", periods=5, freq="MS")
    >>> counts = pd.DataFrame({"start": months[:4], "end": months[1:], "value": [31, 29, 62, 60]})
    >>> round(rate_ratio(counts, Period("2000-01-01", "2000-03-01"),
    ...                  Period("2000-03-01", "2000-05-01")).ratio, 2)
    2.0
    """
    sides = [_inside(counts, before), _inside(counts, after)]
    for period, (deaths, _) in zip((before, after), sides, strict=True):
        if len(deaths) < 2 or deaths.sum() <= 0:
            raise ValueError(
                f"A rate needs two counts with at least one death in {period.start} to "
                f"{period.end}; the record has {len(deaths)} counts there."
            )
    residuals = [_residuals(*side) for side in sides]
    freedom = sum(len(r) for r in residuals) - 2
    dispersion = max(1.0, sum(float(r @ r) for r in residuals) / max(freedom, 1))
    correlation = _lag_one(residuals)
    rates = [deaths.sum() / days.sum() for deaths, days in sides]
    inflation = (1 + correlation) / (1 - correlation)
    error = np.sqrt(dispersion * inflation * sum(1 / deaths.sum() for deaths, _ in sides))
    reach = float(stats.t.ppf(0.5 + level / 2, max(freedom, 1)) * error)
    ratio = float(rates[1] / rates[0])
    return RateRatio(
        ratio=ratio,
        low=ratio * float(np.exp(-reach)),
        high=ratio * float(np.exp(reach)),
        before=float(rates[0] * 30.44),
        after=float(rates[1] * 30.44),
        dispersion=dispersion,
        correlation=correlation,
        counts=freedom + 2,
    )
