r"""Synthetic series drawn from the detector's own assumptions.

A detector that is right about its assumptions is calibrated on series drawn from them: over many
series the expected number of falls it reports equals the number planted. Levels move on a
continuous scale here, so the lattice is tested too. All of this is synthetic data.

Every uniform number belongs to a place (series, month, purpose), never to an order of calls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from tregua.infer.lattice import CLIMB, DECLINE, FIRST, NONE, PERSISTENT, RISE, chain
from tregua.infer.settings import Settings

__all__ = ["Synthetic", "generate"]

Floats = NDArray[np.float64]

_CHANGE, _SIZE, _EXTRA, _STEP, _IS_OUTLIER, _OUTLIER, _RATE, _COUNT = range(8)


@dataclass(frozen=True)
class Synthetic:
    """A synthetic series and its truth.

    Attributes
    ----------
    table : DataFrame
        `date` (month starts) and `count`, as `detect` reads them.
    suppressed : ndarray of bool, (months,)
        Whether a reversible or persistent fall was in force.
    falls : ndarray of int, (months,)
        1 where an abrupt fall began.
    drop : ndarray, (months,)
        Log size of the fall that began in the month, 0 elsewhere.
    level : ndarray, (months,)
        True deaths per month of 30.44 days.
    """

    table: pd.DataFrame
    suppressed: NDArray[np.bool_]
    falls: NDArray[np.int64]
    drop: Floats
    level: Floats


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
        """Enter a regime: 0 reversible, 1 persistent, 2 decline, 3 rise, 4 climb."""
        settings = self.settings
        if kind == 0:
            depth = int(np.searchsorted(np.cumsum(settings.depth_prior), u[_SIZE]))
            depth = min(depth, len(settings.depths) - 1)
            self.row, self.drop = FIRST + depth, settings.depths[depth]
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
        depths = len(self.settings.depths)
        if self.row < FIRST:
            edges = np.cumsum(rates[:5])
            kind = int(np.searchsorted(edges, draw, side="right"))
            if kind < 5:
                self.begin(kind, u)
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
            self.row = NONE
            if u[_EXTRA] < 0.5:
                self.level += settings.rebound_sd * float(stats.norm.ppf(u[_SIZE]))
        elif draw < settings.ends_back + settings.ends_kept:
            self.row, self.level = PERSISTENT, self.level - depth
        else:
            self.level -= depth
            self.fall(u)

    def seen(self) -> float:
        """Log level with the regime's depth taken off."""
        if self.row < FIRST:
            return self.level
        return self.level - self.settings.depths[(self.row - FIRST) % len(self.settings.depths)]


def generate(
    months: int,
    *,
    seed: int,
    world: int = 0,
    level: float = 150.0,
    walk_sd: float = 0.05,
    size: float = 80.0,
    settings: Settings | None = None,
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

    Returns
    -------
    Synthetic
    """
    settings = settings or Settings()
    uniform = np.random.Generator(np.random.Philox(key=[seed, world])).random((months + 1, 8))
    the = chain(settings, walk_sd)
    start = int(np.searchsorted(np.cumsum(the.initial), uniform[months, 0]))
    walker = _Walker(settings, min(start, the.initial.size - 1), float(np.log(level)))
    dates = pd.date_range("2000-01", periods=months, freq="MS")
    rows, logs, drops = np.zeros(months, dtype=np.int64), np.zeros(months), np.zeros(months)
    for month in range(months):
        u = uniform[month]
        if month > 0:
            walker.change(u, the.rates)
            drift = {DECLINE: -settings.drift, CLIMB: settings.drift}.get(walker.row, 0.0)
            walker.level += drift + walk_sd * float(stats.norm.ppf(u[_STEP]))
        rows[month], logs[month], drops[month] = walker.row, walker.seen(), walker.drop
    odd = uniform[:months, _IS_OUTLIER] < settings.outlier
    laplace = stats.laplace.ppf(uniform[:months, _OUTLIER], scale=settings.outlier_scale)
    mean = np.exp(logs + np.where(odd, laplace, 0.0)) * dates.days_in_month / 30.44
    rate = stats.gamma.ppf(uniform[:months, _RATE], size) * mean / size
    count = stats.poisson.ppf(uniform[:months, _COUNT], rate).astype(np.int64)
    return Synthetic(
        table=pd.DataFrame({"date": dates, "count": count}),
        suppressed=(rows == PERSISTENT) | (rows >= FIRST),
        falls=(drops > 0).astype(np.int64),
        drop=drops,
        level=np.exp(logs),
    )
