r"""The regime model on a lattice: rows are regimes, columns are log levels of the baseline.

A state is a pair (regime row, level cell). One month forward is a change of regime, perhaps with a
jump of the level, followed by a random step of the level. Both are short convolutions along the
level, with mass beyond either end kept in the end cell. A random step of standard deviation
:math:`\sigma` is a Gaussian cut into cells, narrowed until the *discrete* variance equals
:math:`\sigma^2`; without that the lattice would add about a twelfth of a squared step each month.

Rows: 0 none, 1 persistent, 2 decline, 3 rise, 4 climb, then the first and the second stage of a
reversible fall, one row a depth, then the first and the second stage of a spike, one row a
height. A jump is 0.15 plus an exponential of mean 0.45 (log units). In a month in which the rule of
counting changed the level takes a wider random step: variances add.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from tregua.infer.counts.settings import Settings

__all__ = [
    "CLIMB",
    "DECLINE",
    "DOWN",
    "DROP",
    "FIRST",
    "LEAP",
    "NONE",
    "PERSISTENT",
    "REBOUND",
    "RISE",
    "UP",
    "WALK",
    "Chain",
    "chain",
    "lattice",
    "random_step",
    "spikes_from",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NONE, PERSISTENT, DECLINE, RISE, CLIMB, FIRST = range(6)
DROP, REBOUND, LEAP, WALK, DOWN, UP = range(6)
_LANES = 4  # taps that the compiled convolution takes at a time
_TAIL = 1e-3  # share of a jump's exponential tail that is cut off
_REACH = 5.5  # standard deviations at which Gaussian taps are cut off


class Chain(NamedTuple):
    """One month's transition, ready for the compiled recursion.

    Attributes
    ----------
    rates : ndarray
        Per month: reversible, persistent, decline, rise, climb, forget, stage change, erosion,
        the shares of the three ways in which a reversible fall ends, spike, a spike's stage change.
    shifts : ndarray of int
        Depth of each reversible fall in cells.
    depth_prior : ndarray
        Prior share of each depth.
    heights : ndarray of int
        Height of each spike in cells.
    height_prior : ndarray
        Prior share of each height.
    offsets : ndarray of int
        Effective cell at which each regime row's lowest baseline cell lies.
    kernels, lows, sizes : ndarray
        Convolution kernels, one a row in the order `DROP`, `REBOUND`, `LEAP`, `WALK`, `DOWN`, `UP`,
        then the last three once more for each break in the rules of counting; offset in cells of
        each first tap; number of taps, a multiple of four (the last ones may be zero).
    below, above : ndarray
        Share of each kernel's shifts that are lower than minus the column, higher than the column:
        what falls off the lattice from a cell so many cells from its end.
    initial : ndarray
        Stationary share of each regime row.
    """

    rates: Floats
    shifts: Ints
    depth_prior: Floats
    heights: Ints
    height_prior: Floats
    offsets: Ints
    kernels: Floats
    lows: Ints
    sizes: Ints
    below: Floats
    above: Floats
    initial: Floats


def spikes_from(settings: Settings) -> int:
    """First regime row of a spike."""
    return FIRST + 2 * len(settings.depths)


def lattice(low: float, high: float, settings: Settings) -> Floats:
    """Log levels from `low` to `high` in lattice steps; both ends are inside."""
    count = int(np.ceil((high - low) / settings.step)) + 1
    grid: Floats = low + settings.step * np.arange(count, dtype=np.float64)
    return grid


def _gaussian(sd: float, mean: float, step: float) -> tuple[Floats, int]:
    """Cut a Gaussian into cells: share of each cell and the first cell's offset."""
    low = int(np.floor((mean - _REACH * sd) / step + 0.5))
    high = int(np.ceil((mean + _REACH * sd) / step - 0.5))
    edges = (np.arange(low, high + 2) - 0.5) * step
    taps = np.diff(stats.norm.cdf(edges, mean, sd))
    return taps / taps.sum(), low


def _walk(sd: float, step: float) -> float:
    """Width of the Gaussian whose cut version has standard deviation `sd`."""

    def excess(width: float) -> float:
        taps, low = _gaussian(width, 0.0, step)
        cells = low + np.arange(taps.size)
        return float(taps @ (cells * step) ** 2 - sd**2)

    smallest = 0.05 * step
    if excess(smallest) >= 0:
        return smallest
    return float(optimize.brentq(excess, smallest, 2 * sd + step, xtol=1e-12))


def random_step(sd: float, step: float) -> tuple[Floats, int]:
    """Share of each size of a random step, and the first size, in cells.

    Parameters
    ----------
    sd
        Standard deviation of the step, log units; the cut step has just this one, but for steps
        far smaller than a cell.
    step
        Width of a cell, log units.
    """
    return _gaussian(_walk(sd, step), 0.0, step)


def _leap(settings: Settings) -> tuple[Floats, int]:
    """Sizes of an abrupt jump in cells, and their shares."""
    least, mean, step = settings.jump_least, settings.jump_mean, settings.step
    low = round(least / step)
    high = int(np.ceil((least - mean * np.log(_TAIL)) / step))
    edges = (np.arange(low, high + 2) - 0.5) * step
    taps = np.diff(stats.expon.cdf(edges, least, mean))
    return taps / taps.sum(), low


def _rates(settings: Settings) -> Floats:
    """Rates per month in the order that `Chain.rates` states."""
    reversible = settings.reversible_odds / (1 + settings.reversible_odds)
    return np.array(
        [
            settings.fall_hazard * reversible,
            settings.fall_hazard * (1 - reversible),
            settings.decline_hazard,
            settings.escalation_hazard / 2,
            settings.escalation_hazard / 2,
            settings.forget,
            2 / settings.duration,
            settings.erosion,
            settings.ends_back,
            settings.ends_kept,
            settings.ends_deeper,
            settings.spike_hazard if settings.spike_heights else 0.0,
            2 / settings.spike_duration,
        ]
    )


def _stationary(rates: Floats, weights: Floats, heights: Floats) -> Floats:
    """Long-run share of each regime row, the level left aside."""
    depths, spikes = weights.size, FIRST + 2 * weights.size
    move = np.zeros((spikes + 2 * heights.size,) * 2)  # move[from, to]
    starts = np.zeros(len(move))
    starts[[PERSISTENT, DECLINE, RISE, CLIMB]] = rates[1:5]
    starts[FIRST : FIRST + depths] = rates[0] * weights
    starts[spikes : spikes + heights.size] = rates[11] * heights
    for row in range(FIRST):
        forget = 0.0 if row == NONE else rates[5]
        move[row] = starts
        move[row, row] += 1 - starts.sum() - forget
        move[row, NONE] += forget
    for depth in range(depths):
        first, second = FIRST + depth, FIRST + depths + depth
        move[first, [first, second]] = 1 - rates[6], rates[6]
        move[second, second] = 1 - rates[6] - rates[7]
        move[second, second - 1 if depth else NONE] += rates[7]
        move[second, NONE] += rates[6] * rates[8]
        move[second, PERSISTENT] += rates[6] * (rates[9] + rates[10])
    for height in range(heights.size):
        first, second = spikes + height, spikes + heights.size + height
        for stage, later in ((first, second), (second, NONE)):
            move[stage, :spikes] = starts[:spikes]  # no spike begins in a spike
            move[stage, stage] += (1 - starts[:spikes].sum()) * (1 - rates[12])
            move[stage, later] += (1 - starts[:spikes].sum()) * rates[12]
    system = np.vstack([move.T - np.eye(len(move)), np.ones(len(move))])
    share: Floats = np.linalg.lstsq(system, np.r_[np.zeros(len(move)), 1.0], rcond=None)[0]
    return np.asarray(np.clip(share, 0, None) / np.clip(share, 0, None).sum())


def _steps(settings: Settings, sd: float) -> list[tuple[Floats, int]]:
    """Random step of one standard deviation, without drift, downwards and upwards."""
    width = _walk(sd, settings.step)
    drift = settings.drift
    return [_gaussian(width, mean, settings.step) for mean in (0.0, -drift, drift)]


def _falling_off(taps: Floats, low: int, columns: int) -> tuple[Floats, Floats]:
    """Shares of a kernel's shifts below minus each column and above it."""
    shift = low + np.arange(taps.size)
    column = np.arange(columns)[:, None]
    return (shift < -column) @ taps, (shift > column) @ taps


def chain(settings: Settings, walk_sd: float, spreads: Sequence[float] = ()) -> Chain:
    """Build one month's transition for one standard deviation of the random step.

    Parameters
    ----------
    settings
        The model's assumptions.
    walk_sd
        Standard deviation of the monthly step of the log level, above 0.
    spreads
        Standard deviation of the extra step at each kind of break in the rules of counting.

    Returns
    -------
    Chain
        Kernels whose shares each add up to 1, and the stationary share of each regime.
    """
    step = settings.step
    rebound, rebound_low = _gaussian(settings.rebound_sd, 0.0, step)
    rebound *= 0.5
    rebound[-rebound_low] += 0.5
    leap, leap_low = _leap(settings)
    kernels = [
        (leap[::-1], -(leap_low + leap.size - 1)),
        (rebound, rebound_low),
        (leap, leap_low),
        *_steps(settings, walk_sd),
    ]
    for spread in spreads:
        kernels += _steps(settings, float(np.hypot(walk_sd, spread)))
    sizes = np.array([-(-taps.size // _LANES) * _LANES for taps, _ in kernels], dtype=np.int64)
    lows = np.array([low for _, low in kernels], dtype=np.int64)
    columns = int(np.abs(np.r_[lows, lows + sizes]).max())
    table = np.zeros((len(kernels), sizes.max()))
    below, above = np.zeros((2, len(kernels), columns))
    for row, (taps, low) in enumerate(kernels):
        table[row, : taps.size] = taps
        below[row], above[row] = _falling_off(taps, low, columns)
    rates, weights = _rates(settings), np.array(settings.depth_prior)
    shifts = np.array([round(depth / step) for depth in settings.depths], dtype=np.int64)
    heights = np.array([round(height / step) for height in settings.spike_heights], dtype=np.int64)
    lowered = np.r_[np.zeros(FIRST, dtype=np.int64), shifts, shifts, -heights, -heights]
    height_prior = np.array(settings.spike_prior, dtype=np.float64)
    return Chain(
        rates=rates,
        shifts=shifts,
        depth_prior=weights,
        heights=heights,
        height_prior=height_prior,
        offsets=shifts.max() - lowered,
        kernels=table,
        lows=lows,
        sizes=sizes,
        below=below,
        above=above,
        initial=_stationary(rates, weights, height_prior),
    )
