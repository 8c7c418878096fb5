r"""Synthetic series drawn from the detector's own assumptions.

A detector that is right about its assumptions is calibrated on series drawn from them: over many
series the expected number of falls it reports equals the number planted. Levels move on a
continuous scale here, so the lattice is tested too. All of this is synthetic data.

Breaks in the rules of counting move the level as they do in the model. Seasons are the generator's
own: the detector has to learn them. A figure becomes a bound when it exceeds a threshold that was
set by the month before, so that the bound says nothing beyond itself.

Every uniform number belongs to a place (series, month, purpose), never to an order of calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from tregua.infer.counts.lattice import (
    CLIMB,
    DECLINE,
    FIRST,
    NONE,
    PERSISTENT,
    RISE,
    chain,
    spikes_from,
)
from tregua.infer.counts.rules import RuleChange, spreads_by_month
from tregua.infer.counts.settings import Settings

__all__ = ["Synthetic", "generate"]

Floats = NDArray[np.float64]

_PURPOSES = 11
_CHANGE, _SIZE, _EXTRA, _STEP, _IS_OUTLIER, _OUTLIER, _RATE, _COUNT, _RULE, _BOUND, _WHERE = range(
    _PURPOSES
)
_LOW, _HIGH = 0.6, 1.2  # a threshold lies between these shares of the last count


@dataclass(frozen=True)
class Synthetic:
    """A synthetic series and its truth.

    Attributes
    ----------
    table : DataFrame
        `date` (month starts), `count` and `at_least`, as `detect` reads them.
    suppressed : ndarray of bool, (months,)
        Whether a reversible or persistent fall was in force.
    spike : ndarray of bool, (months,)
        Whether a spike was.
    falls : ndarray of int, (months,)
        1 where an abrupt fall began.
    drop : ndarray, (months,)
        Log size of the fall that began in the month, 0 elsewhere.
    level : ndarray, (months,)
        True deaths per month of 30.44 days, without the season.
    """

    table: pd.DataFrame
    suppressed: NDArray[np.bool_]
    spike: NDArray[np.bool_]
    falls: NDArray[np.int64]
    drop: Floats
    level: Floats


def _chosen(shares: Sequence[float], u: float) -> int:
    """Place that a uniform number falls on among prior shares."""
    return min(int(np.searchsorted(np.cumsum(shares), u)), len(shares) - 1)


@dataclass
class _Walker:
    """State of one series on its way."""

    settings: Settings
    row: int
    level: float
    drop: float = 0.0

    def leap(self, u: float) -> float:
        return self.settings.jump_least - self.settings.jump_mean * float(np.log1p(-u))

    def begin(self, kind: int, u: Floats) -> None:
        """Enter a regime: 0 reversible, 1 persistent, 2 decline, 3 rise, 4 climb, 5 spike."""
        settings = self.settings
        if kind == 0:
            depth = _chosen(settings.depth_prior, float(u[_SIZE]))
            self.row, self.drop = FIRST + depth, settings.depths[depth]
        elif kind == 5:
            self.row = spikes_from(settings) + _chosen(settings.spike_prior, float(u[_SIZE]))
        elif kind == 1:
            self.fall(u)
        elif kind == 2:
            self.row = DECLINE
        elif kind == 3:
            self.row, self.level = RISE, self.level + self.leap(float(u[_SIZE]))
        else:
            self.row = CLIMB

    def fall(self, u: Floats) -> None:
        self.drop = self.leap(float(u[_SIZE]))
        self.row, self.level = PERSISTENT, self.level - self.drop

    def change(self, u: Floats, rates: Floats) -> None:
        """Step 1 of the month, as in the recursion."""
        self.drop = 0.0
        draw = float(u[_CHANGE])
        depths, spikes = len(self.settings.depths), spikes_from(self.settings)
        if self.row < FIRST or self.row >= spikes:
            edges = np.cumsum(rates[[0, 1, 2, 3, 4, 11] if self.row < spikes else slice(5)])
            kind = int(np.searchsorted(edges, draw, side="right"))
            if kind < edges.size:
                self.begin(kind, u)
            elif self.row >= spikes:
                self.stay_in_spike((draw - edges[-1]) / (1 - edges[-1]), u, rates)
            elif self.row != NONE and draw < edges[-1] + rates[5]:
                self.row = NONE
        elif self.row < FIRST + depths:
            self.row += depths if draw < rates[6] else 0
        elif draw < rates[6]:
            self.end(draw / rates[6], u)
        elif draw < rates[6] + rates[7]:
            self.row = self.row - 1 if self.row > FIRST + depths else NONE

    def end(self, draw: float, u: Floats) -> None:
        """End a reversible fall: back, kept, or followed by a further fall."""
        settings = self.settings
        depth = settings.depths[self.row - FIRST - len(settings.depths)]
        if draw < settings.ends_back:
            self.back(u)
        elif draw < settings.ends_back + settings.ends_kept:
            self.row, self.level = PERSISTENT, self.level - depth
        else:
            self.level -= depth
            self.fall(u)

    def back(self, u: Floats) -> None:
        """Return to the baseline; half of the returns overshoot or undershoot."""
        self.row = NONE
        if u[_EXTRA] < 0.5:
            self.level += self.settings.rebound_sd * float(stats.norm.ppf(u[_SIZE]))

    def stay_in_spike(self, draw: float, u: Floats, rates: Floats) -> None:
        """Next stage of a spike, or its end, if its time has come."""
        if draw >= rates[12]:
            return
        heights = len(self.settings.spike_heights)
        if self.row < spikes_from(self.settings) + heights:
            self.row += heights
        else:
            self.back(u)

    def seen(self) -> float:
        """Log level with the regime's depth taken off, or its height put on."""
        spikes = spikes_from(self.settings)
        if self.row < FIRST:
            return self.level
        if self.row >= spikes:
            heights = self.settings.spike_heights
            return self.level + heights[(self.row - spikes) % len(heights)]
        return self.level - self.settings.depths[(self.row - FIRST) % len(self.settings.depths)]


def _bounded(
    count: NDArray[np.int64], uniform: Floats, bounds: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Replace counts beyond a threshold by it, in a share of the months."""
    share = _LOW + (_HIGH - _LOW) * uniform[:, _WHERE]
    threshold = np.floor(np.r_[count[:1], count[:-1]] * share).astype(np.int64)
    at_least = (uniform[:, _BOUND] < bounds) & (count >= threshold) & (threshold > 0)
    at_least[:1] = False
    return np.where(at_least, threshold, count), at_least


def generate(
    months: int,
    *,
    seed: int,
    world: int = 0,
    level: float = 150.0,
    walk_sd: float = 0.05,
    size: float = 80.0,
    settings: Settings | None = None,
    rules: Sequence[RuleChange] = (),
    season: Sequence[float] | None = None,
    bounds: float = 0.0,
) -> Synthetic:
    """Draw one synthetic series from the detector's assumptions.

    Parameters
    ----------
    months
        Length of the series.
    seed, world
        Same seed and world, same series.
    level
        Baseline at the start, deaths per month.
    walk_sd, size
        Standard deviation of the random step; size of the negative binomial.
    settings
        Assumptions; the published ones if None.
    rules
        Breaks in the rules of counting; the series begins in January 2000.
    season
        Log factors of January to December; none if None.
    bounds
        Share of months in which a count beyond a threshold is stated as "at least" that threshold;
        the threshold is drawn around the last count.

    Returns
    -------
    Synthetic

    Raises
    ------
    ValueError
        If `season` does not have 12 factors or `bounds` is no share.
    """
    settings = settings or Settings()
    if season is not None and len(season) != 12:
        raise ValueError(f"season needs 12 log factors, January to December, not {len(season)}.")
    if not 0.0 <= bounds <= 1.0:
        raise ValueError(f"bounds is a share from 0 to 1, not {bounds}.")
    random = np.random.Generator(np.random.Philox(key=[seed, world]))
    uniform = random.random((months + 1, _PURPOSES))
    the = chain(settings, walk_sd)
    start = int(np.searchsorted(np.cumsum(the.initial), uniform[months, 0]))
    walker = _Walker(settings, min(start, the.initial.size - 1), float(np.log(level)))
    dates = pd.date_range("2000-01", periods=months, freq="MS")
    jumps = spreads_by_month(rules, dates)
    rows, logs, drops = np.zeros(months, dtype=np.int64), np.zeros(months), np.zeros(months)
    for month in range(months):
        u = uniform[month]
        if month > 0:
            walker.change(u, the.rates)
            drift = {DECLINE: -settings.drift, CLIMB: settings.drift}.get(walker.row, 0.0)
            walker.level += drift + walk_sd * float(stats.norm.ppf(u[_STEP]))
            walker.level += jumps.get(month, 0.0) * float(stats.norm.ppf(u[_RULE]))
        rows[month], logs[month], drops[month] = walker.row, walker.seen(), walker.drop
    odd = uniform[:months, _IS_OUTLIER] < settings.outlier
    laplace = stats.laplace.ppf(uniform[:months, _OUTLIER], scale=settings.outlier_scale)
    factors = np.zeros(12) if season is None else np.asarray(season, dtype=float)
    logs_seen = logs + np.where(odd, laplace, 0.0) + factors[dates.month.to_numpy() - 1]
    mean = np.exp(logs_seen) * dates.days_in_month / 30.44
    rate = stats.gamma.ppf(uniform[:months, _RATE], size) * mean / size
    count = stats.poisson.ppf(uniform[:months, _COUNT], rate).astype(np.int64)
    count, at_least = _bounded(count, uniform[:months], bounds)
    spikes = spikes_from(settings)
    return Synthetic(
        table=pd.DataFrame({"date": dates, "count": count, "at_least": at_least}),
        suppressed=(rows == PERSISTENT) | ((rows >= FIRST) & (rows < spikes)),
        spike=rows >= spikes,
        falls=(drops > 0).astype(np.int64),
        drop=drops,
        level=np.exp(logs),
    )
