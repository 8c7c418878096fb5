r"""What counts say about levels, on the lattice.

A month's count is negative binomial with mean :math:`\mu = e^{level} d/30.44` (*d* its days) and
size :math:`\phi`; agencies that count the same deaths with relative error *s* widen it:
:math:`1/\phi' = 1/\phi + s^2`. One month in a hundred is an outlier whose mean is multiplied by the
exponential of a Laplace variate. A total over *n* months has the sum of their means and size
:math:`n\phi`, widened likewise. The accumulator's linear splitting adds a variance of its own,
about :math:`n g^2/6` for cells of width *g*; it is taken off again.

Of a figure that is only a bound ("more than 300") the likelihood is :math:`P(Y \ge y)`, a
regularised incomplete beta function. No state is ever ruled out altogether: likelihoods stop at a
floor of :math:`10^{-200}` of the best state's, so that a jump from nothing to a thousand leaves
numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc, gammaln

from tregua.infer.counts.lattice import WALK, lattice
from tregua.infer.counts.recursion import Evidence
from tregua.infer.counts.rules import RuleChange, spreads_by_month
from tregua.infer.counts.season import season_factors
from tregua.infer.counts.settings import Settings

__all__ = ["Plan", "evidence", "log_at_least", "log_negative_binomial", "plan"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAYS = 30.44
_BELOW, _ABOVE = 1.2, 0.6  # lattice margins beyond the pooled levels seen, log units
_NEIGHBOURS = 2  # tiles either side whose levels a block's part of the lattice must hold
_POOL = 6  # months over which levels are pooled to place the lattice
_FLOOR = 1e-200  # least likelihood of a state, of the best one's


@dataclass(frozen=True)
class Plan:
    """Months, lattice and blocks of a run; the same for every hyper-parameter.

    `log_exposure` is the log of each month's days over 30.44 and of its `season`; `walk` the kernel
    of its random step, `spreads` the extra steps that these kernels hold.
    """

    months: pd.DatetimeIndex
    grid: Floats
    effective: Floats
    season: Floats
    log_exposure: Floats
    walk: Ints
    spreads: tuple[float, ...]
    single: Ints
    count: Floats
    at_least: NDArray[np.bool_]
    spread: Floats
    block: Ints
    member: Ints
    first: Ints
    last: Ints
    total: Floats
    total_spread: Floats
    total_at_least: NDArray[np.bool_]
    low: Ints
    high: Ints
    settings: Settings


def log_negative_binomial(count: float, mean: Floats, size: float) -> Floats:
    """Log probability of a count (Gamma-extended to fractions) given mean and size."""
    result: Floats = (
        gammaln(count + size)
        - gammaln(size)
        - gammaln(count + 1)
        + size * (np.log(size) - np.log(size + mean))
        + count * (np.log(mean) - np.log(size + mean))
    )
    return result


def log_at_least(count: float, mean: Floats, size: float) -> Floats:
    """Log probability of at least a count, given mean and size; finite however small.

    Where the incomplete beta function underflows, the tail is its first term over one less the
    ratio of the next to it: a bound from above that is close so far out.
    """
    if count <= 0:
        return np.zeros_like(mean)
    share = mean / (size + mean)
    tail = betainc(count, size, share)
    ratio = np.minimum((count + size) / (count + 1) * share, 1 - 1e-9)
    far = log_negative_binomial(count, mean, size) - np.log1p(-ratio)
    result: Floats = np.where(tail > 1e-290, np.log(np.maximum(tail, 1e-300)), np.minimum(far, 0.0))
    return result


def _log_likelihood(count: float, at_least: bool, mean: Floats, size: float) -> Floats:
    likelihood = log_at_least if at_least else log_negative_binomial
    return likelihood(count, mean, size)


def _pooled(frame: pd.DataFrame) -> Floats:
    """Deaths per standard month, pooled over about half a year; never zero."""
    length = frame["months"].map(len).to_numpy()
    rate = np.repeat(frame["value"].to_numpy(dtype=float) / length, length)
    window = min(_POOL, rate.size)
    means = np.convolve(rate, np.ones(window) / window, mode="valid")
    return np.maximum(means, 0.3)


def _windows(frame: pd.DataFrame, grid: Floats, above: float) -> tuple[Ints, Ints]:
    """Lattice cells kept inside each block: the lattice's own margins around the levels nearby."""
    length = frame["months"].map(len).to_numpy()
    level = np.log(np.maximum(frame["value"].to_numpy(dtype=float) / length, 0.3))
    lows, highs = [], []
    for number in np.flatnonzero(length > 1):
        near = level[max(number - _NEIGHBOURS, 0) : number + _NEIGHBOURS + 1]
        lows.append(np.searchsorted(grid, near.min() - _BELOW))
        highs.append(np.searchsorted(grid, near.max() + above))
    low = np.array(lows, dtype=np.int64)
    high = np.minimum(np.array(highs, dtype=np.int64) + 1, grid.size)
    return np.maximum(low - 1, 0), high


def _bounds(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Which tiles are bounds; none in a frame without that column."""
    if "at_least" not in frame:
        return np.zeros(len(frame), dtype=bool)
    return frame["at_least"].to_numpy(dtype=bool)


def _steps(rules: Sequence[RuleChange], months: pd.DatetimeIndex) -> tuple[Ints, tuple[float, ...]]:
    """Kernel of each month's random step, and the extra steps that the kernels hold."""
    extra = spreads_by_month(rules, months)
    spreads = tuple(dict.fromkeys(extra.values()))
    walk = np.full(len(months), WALK, dtype=np.int64)
    for place, spread in extra.items():
        walk[place] = WALK + 3 * (spreads.index(spread) + 1)
    return walk, spreads


def plan(
    frame: pd.DataFrame,
    first: pd.Timestamp,
    last: pd.Timestamp,
    settings: Settings,
    rules: Sequence[RuleChange] = (),
) -> Plan:
    """Lay tiles on a monthly axis and place the lattice of levels.

    Parameters
    ----------
    frame
        Tiles within `first` and `last`; columns as in `Tiles.frame`.
    first, last
        First and last month.
    settings
        The model's assumptions.
    rules
        Breaks in the rules of counting.

    Returns
    -------
    Plan
    """
    months = pd.date_range(first, last, freq="MS")
    where = {month: index for index, month in enumerate(months)}
    size = len(months)
    single = np.full(size, -1, dtype=np.int64)
    block = np.full(size, -1, dtype=np.int64)
    member = np.zeros(size, dtype=np.int64)
    spans: list[tuple[int, int, float, float]] = []
    for number, (tile_months, value, sd) in enumerate(
        zip(frame["months"], frame["value"], frame["relative_sd"], strict=True)
    ):
        index = [where[month] for month in tile_months]
        if len(index) == 1:
            single[index[0]] = number
            continue
        block[index[0] : index[-1] + 1] = len(spans)
        member[index] = 1
        spans.append((index[0], index[-1], float(value), float(sd)))
    levels = np.log(_pooled(frame))
    deepest = max(settings.depths)
    grid = lattice(levels.min() - _BELOW, levels.max() + _ABOVE + deepest, settings)
    low, high = _windows(frame, grid, _ABOVE + deepest)
    below = round(deepest / settings.step)
    above = round(max(settings.spike_heights, default=0.0) / settings.step)
    effective = grid[0] + settings.step * np.arange(-below, grid.size + above)
    values = frame["value"].to_numpy(dtype=float)
    spreads = frame["relative_sd"].to_numpy(dtype=float)
    bounds = _bounds(frame)
    alone = single >= 0
    count = np.where(alone, values[np.maximum(single, 0)], 0.0)
    at_least = alone & bounds[np.maximum(single, 0)]
    season = season_factors(np.where(alone & ~at_least, count, np.nan), months, settings)
    walk, extra = _steps(rules, months)
    return Plan(
        months=months,
        grid=grid,
        effective=effective,
        season=season,
        log_exposure=season + np.log(months.days_in_month.to_numpy(dtype=float) / DAYS),
        walk=walk,
        spreads=extra,
        single=single,
        count=count,
        at_least=at_least,
        spread=np.where(alone, spreads[np.maximum(single, 0)], 0.0),
        block=block,
        member=member,
        first=np.array([s[0] for s in spans], dtype=np.int64),
        last=np.array([s[1] for s in spans], dtype=np.int64),
        total=np.array([s[2] for s in spans], dtype=np.float64),
        total_spread=np.array([s[3] for s in spans], dtype=np.float64),
        total_at_least=bounds[frame["months"].map(len).to_numpy() > 1],
        low=low,
        high=high,
        settings=settings,
    )


def _own(the: Plan, size: float, log_scale: Floats) -> Floats:
    """Likelihood of each month's own count over effective levels, its log scale taken out."""
    settings = the.settings
    reach = int(np.ceil(5 * settings.outlier_scale / settings.step))
    own = np.ones((len(the.months), the.effective.size))
    steps = settings.step * np.arange(-reach, reach + 1)
    outlier = np.exp(-np.abs(steps) / settings.outlier_scale)
    outlier *= settings.outlier / outlier.sum()
    low = the.effective[0] - reach * settings.step
    wide = low + settings.step * np.arange(the.effective.size + 2 * reach)
    for month in np.flatnonzero(the.single >= 0):
        widened = 1.0 / (1.0 / size + the.spread[month] ** 2)
        log_p = _log_likelihood(
            float(the.count[month]),
            bool(the.at_least[month]),
            np.exp(wide + the.log_exposure[month]),
            float(widened),
        )
        top = log_p.max()
        likelihood = np.exp(log_p - top)
        own[month] = (1 - settings.outlier) * likelihood[reach:-reach]
        own[month] += np.convolve(likelihood, outlier, mode="valid")
        log_scale[month] += top
    return np.maximum(own, _FLOOR)


def _excess(the: Plan, size: float) -> Floats:
    """Relative variance of each total beyond Poisson's: overdispersion and agencies."""
    members = np.array(
        [the.member[a : b + 1].sum() for a, b in zip(the.first, the.last, strict=True)]
    )
    excess: Floats = 1.0 / (np.maximum(members, 1) * size) + the.total_spread**2
    return excess


def _moves(the: Plan, excess: Floats) -> tuple[Ints, Floats, Floats]:
    """Accumulator cells that each month's mean adds, whole and rest; width of a block's cell."""
    cells = the.settings.cells
    sd = np.sqrt(the.total + 1.0 + excess * the.total**2)
    width = (the.total + the.settings.reach * sd) / (cells - 1)
    whole = np.zeros((len(the.months), the.effective.size), dtype=np.int64)
    part = np.zeros(whole.shape)
    for month in np.flatnonzero(the.member):
        mean = np.exp(the.effective + the.log_exposure[month])
        moved = np.minimum(mean / width[the.block[month]], float(cells))
        whole[month] = np.floor(moved).astype(np.int64)
        part[month] = moved - whole[month]
    return whole, part, width


def evidence(the: Plan, size: float) -> tuple[Evidence, Floats]:
    """Likelihoods for one size of the negative binomial.

    Parameters
    ----------
    the
        Months, lattice and blocks.
    size
        Size (inverse overdispersion) of a month's count, above 0.

    Returns
    -------
    Evidence
        Ready for the recursion.
    ndarray, (months,)
        Logarithm of the scale taken out so far; add it to the cumulative log evidence.
    """
    log_scale = np.zeros(len(the.months))
    own = _own(the, size, log_scale)
    excesses = _excess(the, size)
    whole, part, width = _moves(the, excesses)
    cells = the.settings.cells
    total = np.zeros((the.total.size, cells))
    for block in range(the.total.size):
        value = float(the.total[block])
        members = int(the.member[the.first[block] : the.last[block] + 1].sum())
        split = members * width[block] ** 2 / 6
        excess = max(excesses[block] - split / max(value, 1.0) ** 2, 1e-6)
        mean = np.maximum(width[block] * np.arange(cells), 0.05 * width[block])
        log_p = _log_likelihood(value, bool(the.total_at_least[block]), mean, 1.0 / excess)
        total[block] = np.maximum(np.exp(log_p - log_p.max()), _FLOOR)
        log_scale[the.last[block]] += log_p.max()
    return (
        Evidence(
            own=own,
            block=the.block,
            member=the.member,
            first=the.first,
            last=the.last,
            whole=whole,
            part=part,
            total=total,
            low=the.low,
            high=the.high,
            walk=the.walk,
        ),
        np.cumsum(log_scale),
    )
