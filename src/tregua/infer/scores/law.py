r"""The law of planted worlds turned round: what could be known of a pact at best.

A score of 0.3 means little until one knows what could be had. Here the generator itself is the
model: given a world's counts, the probability of each history that :func:`worlds.plant` may have
made is summed exactly, over every begin, length, effect and manner of ending of the pact, every
place and size of the decoys, and every path of the level on a lattice. No method that sees only the
counts has a smaller expected Brier score, and it is right on average by construction (the posterior
mean minimises squared error).

What a world is like apart from its pact and decoys (walk, overdispersion, trend, season, level at
the beginning) is *told*, so the skill is a bound from above: nobody is told these. Two things are
taken at their mean: the number of places left to a second decoy, and, in filtered results only, the
number of pairs of places left to two decoys that both lie ahead, before the pact.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.infer.counts.lattice import random_step
from tregua.infer.scores.passes import WAIT, Law, Moves, View, run_law
from tregua.infer.scores.worlds import (
    APART,
    DURATIONS,
    EARLIEST,
    EFFECTS,
    MONTHS,
    SHARE_FALL,
    SHARE_RISE,
    STEP_LEFT,
    Surroundings,
    World,
)

__all__ = ["Inverted", "invert"]

Floats = NDArray[np.float64]

STEP = 0.04
"""Width of a lattice cell, log units."""
_GRAIN = 8  # fine cells in a cell, on which effects of pacts lie
_DAYS = 30.44
_FIRST, _LAST = APART, MONTHS - APART
_POOL = 3  # months either side over which counts are pooled to place the lattice
_MARGIN = 0.5  # of the lattice beyond pooled counts, log units
_DEEPEST = -float(np.log(min(EFFECTS)))
_JUMP = -float(np.log(STEP_LEFT[0]))
_SMALLEST = 1e-6  # shares of a random step below it are cut off


@dataclass(frozen=True)
class Inverted:
    """What the law says of a world.

    Attributes
    ----------
    in_force, in_force_online : ndarray, (months,)
        Probability that the pact is in force, given all counts and given those up to the month.
    open_end, open_end_online : ndarray, (months,)
        The same for somebody who holds a world without a pact as likely as one with a pact.
    log_sum : float
        Log of the sum over all histories, but for a scale that depends on the counts alone.
    gap : float
        Relative difference of two ways to take that sum, forwards and from both ends: rounding.
    """

    in_force: Floats
    in_force_online: Floats
    open_end: Floats
    open_end_online: Floats
    log_sum: float
    gap: float


def _places(begin: int, length: int) -> NDArray[np.int64]:
    """Months in which a decoy may begin around a pact."""
    month = np.arange(_FIRST, _LAST)
    return month[(month + 1 + APART <= begin) | (month >= begin + length + APART)]


def _second(places: NDArray[np.int64]) -> float:
    """Mean number of places left to a second decoy."""
    return float((np.abs(places[:, None] - places) > APART).sum() / places.size)


def _pairs(places: int) -> int:
    """Ordered pairs of places at least `APART` + 1 apart, of so many places in a row."""
    return max(0, places - APART) * max(0, places - APART - 1)


def _shares(first: int, second: float) -> tuple[float, float, float, float]:
    """Prior of no decoy, and of one place of the fall alone, of the rise alone, of a pair."""
    return (
        (1 - SHARE_FALL) * (1 - SHARE_RISE),
        SHARE_FALL * (1 - SHARE_RISE) / first,
        SHARE_RISE * (1 - SHARE_FALL) / first,
        SHARE_FALL * SHARE_RISE / (first * second),
    )


def _after(month: int, slot: int) -> int:
    """First month after `month` in which a decoy may begin, `slot` months after the last thing."""
    return month + 1 if slot == WAIT else max(month + 1, month - slot + WAIT + 1)


@cache
def prior() -> Law:
    """Prior shares of pacts and decoys, as the generator draws them; depths are left at zero."""
    lengths = np.array(DURATIONS, dtype=np.int64)
    pact, open_ = np.zeros((MONTHS, lengths.size, 4, 4)), np.zeros((MONTHS, lengths.size, 4))
    before, never = np.zeros((2, MONTHS, 4, WAIT + 1))
    for place, length in enumerate(DURATIONS):
        begins = range(EARLIEST, MONTHS - length - APART)
        share = 1.0 / (lengths.size * len(begins))
        for begin in begins:
            free = _places(begin, length)
            none, fall, rise, both = _shares(free.size, _second(free))
            pact[begin, place] = share * np.array(
                [
                    [none, fall, rise, both],
                    [fall, 0.0, both, 0.0],
                    [rise, both, 0.0, 0.0],
                    [both, 0.0, 0.0, 0.0],
                ]
            )
            rest = max(0, _LAST - (begin + length + APART))
            open_[begin, place] = pact[begin, place] @ [1, rest, rest, _pairs(rest)]
            _add_before(before, share, begin, free, _shares(free.size, _second(free)))
    _add_never(never)
    ahead = np.zeros((MONTHS, 4, WAIT + 1))
    for month in range(MONTHS):
        for slot in range(WAIT + 1):
            left = max(0, _LAST - _after(month, slot))
            ahead[month, :, slot] = 1, left, left, _pairs(left)
    return Law(lengths, np.zeros(len(EFFECTS)), pact, open_, before, never, ahead)


def _add_before(
    before: Floats,
    share: float,
    begin: int,
    free: NDArray[np.int64],
    shares: tuple[float, float, float, float],
) -> None:
    """Add the share of a pact and of the decoys after each month before it."""
    none, fall, rise, both = shares
    for month in range(begin):
        left = int((free > month).sum())
        pairs = left**2 * _second(free) / free.size
        before[month, 0, WAIT] += share * (none + (fall + rise) * left + both * pairs)
        for slot in range(WAIT + 1):
            if begin < _after(month, slot):
                continue
            left = int((free >= _after(month, slot)).sum())
            before[month, 1, slot] += share * (fall + both * left)
            before[month, 2, slot] += share * (rise + both * left)
            before[month, 3, slot] += share * both


def _add_never(never: Floats) -> None:
    """Set the share of the decoys after each month in a world without a pact."""
    places = np.arange(_FIRST, _LAST)
    none, fall, rise, both = _shares(places.size, _second(places))
    for month in range(MONTHS):
        left = int((places > month).sum())
        never[month, 0, WAIT] = none + (fall + rise) * left + both * _pairs(left)
        for slot in range(WAIT + 1):
            left = int((places >= _after(month, slot)).sum())
            never[month, 1, slot] = fall + both * left
            never[month, 2, slot] = rise + both * left
            never[month, 3, slot] = both


def _jumps(step: float) -> tuple[Floats, int]:
    """Sizes of a permanent fall in cells: what it leaves is even between the two ends."""
    low, high = STEP_LEFT
    first, last = int(np.floor(np.log(low) / step)), int(np.ceil(np.log(high) / step))
    edges = np.exp((np.arange(first, last + 2) - 0.5) * step)
    taps = np.diff(np.clip((edges - low) / (high - low), 0.0, 1.0))
    return taps, first


def moves(walk_sd: float, step: float) -> Moves:
    """Random step, permanent fall and permanent rise on a lattice."""
    walk, low = random_step(walk_sd, step)
    kept = np.flatnonzero(walk > _SMALLEST)
    walk, low = walk[kept[0] : kept[-1] + 1], low + int(kept[0])
    fall, first = _jumps(step)
    return Moves(walk / walk.sum(), low, fall, first, fall[::-1].copy(), -(first + fall.size - 1))


def view(world: World, around: Surroundings, step: float) -> View:
    """Likelihood of a world's counts, month by month, over log levels against what is told."""
    month = np.arange(MONTHS)
    told = np.log(world.base) + around.trend_at(month) + around.season_at(month)
    told += np.log(world.months.days_in_month.to_numpy(dtype=np.float64) / _DAYS)
    count = np.full(MONTHS, np.nan)
    count[world.months.get_indexer(pd.DatetimeIndex(world.table["date"]))] = world.table["count"]
    known = np.isfinite(count)
    low, high = _span(np.where(known, np.log(count + 0.5) - told, np.nan), around, step)
    start, cells = round(-low / step), round((high - low) / step) + 1
    fine = step / _GRAIN
    origin = int(np.ceil(_DEEPEST / fine))
    level = fine * (np.arange(origin + cells * _GRAIN) - origin) + low
    seen = np.where(known, count, 0.0)[:, None]
    mean = np.exp(told[:, None] + level)
    log_p = seen * np.log(mean) - (seen + around.size) * np.log(around.size + mean)
    likelihood = np.exp(log_p - log_p.max(axis=1, keepdims=True))
    likelihood[~known] = 1.0
    own = likelihood[:, origin::_GRAIN][:, :cells].copy()
    return View(likelihood, own, origin, _GRAIN, start)


def _span(log_ratio: Floats, around: Surroundings, step: float) -> tuple[float, float]:
    """Lowest and highest level of the lattice, whole cells from the level at the beginning."""
    reach = 4 * around.walk_sd * np.sqrt(MONTHS) + _JUMP
    padded = np.pad(log_ratio, _POOL, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _POOL + 1)
    filled = np.isfinite(windows).any(axis=1)
    pooled = np.nanmean(windows[filled], axis=1) if filled.any() else np.array([-reach, reach])
    noise = 1.0 / np.sqrt(around.size)
    low = np.clip(pooled.min() - _MARGIN - noise, -reach, -2 * step)
    high = np.clip(pooled.max() + _DEEPEST + _MARGIN / 2 + noise, 2 * step, reach)
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step)


def invert(world: World, around: Surroundings, *, step: float = STEP) -> Inverted:
    """Probability that the pact is in force, under the law that planted the world.

    Parameters
    ----------
    world
        A planted world of the stratum "plain". Only its counts and its level at the beginning are
        read.
    around
        Its surroundings.
    step
        Width of a lattice cell, log units.

    Returns
    -------
    Inverted

    Raises
    ------
    ValueError
        If the world is of another stratum: spikes and changes of rule are not in this law.
    """
    if world.stratum != "plain":
        raise ValueError(
            f"Only worlds of the stratum 'plain' can be turned round, not '{world.stratum}'."
        )
    depths = np.log(np.array(EFFECTS)) / (step / _GRAIN)
    sums = run_law(
        view(world, around, step), moves(around.walk_sd, step), prior()._replace(depths=depths)
    )
    total, none = float(sums.pact.sum()), float(sums.never[-1])
    mass = np.zeros(MONTHS)
    for place, length in enumerate(DURATIONS):
        for begin in np.flatnonzero(sums.pact[:, place]):
            mass[begin : begin + length] += sums.pact[begin, place]
    online = sums.before + sums.inside + sums.after
    return Inverted(
        in_force=mass / total,
        in_force_online=sums.inside / online,
        open_end=mass / (total + none),
        open_end_online=sums.inside / (online + sums.never),
        log_sum=float(np.log(total)),
        gap=abs(sums.total / total - 1.0),
    )
