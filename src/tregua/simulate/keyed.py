"""Keyed noise of the printed figures: what an agency's error depends on, and nothing else.

Every number is a pure function of (seed, world, date, series and agency, purpose) through the same
Philox bijection as the game's. The name enters the counter as a checksum, so that a further series
or agency changes no other; purposes start at 128, where the game's purposes do not reach. A policy
does not enter: two policies meet the same errors of measurement.

Counts are drawn by inversion of their distribution function. Where its terms would underflow the
count is the sum of several draws, which is exact for the Poisson and the binomial law alike.
"""

from __future__ import annotations

import math
import zlib
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.model.chance import philox

__all__ = ["Errand", "binomials", "days_within", "key_of", "poissons", "uniforms"]

_LOW = 0xFFFFFFFF
_TO_UNIT = 2.0**-52
_LARGEST_SIZE = 1000.0  # 0.5**1000 is still a normal double
_LARGEST_MEAN = 500.0  # and so is exp(-500)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Errand(IntEnum):
    """What a number of measurement noise is for; never renumber."""

    ERROR = 128
    SHARED = 129
    KEPT = 130
    ADDED = 131
    SHARED_KEPT = 132
    SHARED_ADDED = 133
    DAY = 134
    STRIKE_DAY = 135
    COMPLAINTS = 136
    COMPLAINT_COUNT = 137
    UNRESOLVED = 138
    OPINION = 139
    ANSWERS = 140
    MISSING = 141
    AT_LEAST = 142
    EVENT_DAY = 143
    STRUCK = 144


def key_of(*names: str) -> int:
    """Key of a series, an agency or both: 32 bits that depend on the names alone."""
    return zlib.crc32("/".join(names).encode())


@compiled
def _uniform(seed: int, world: int, when: int, name: int, errand: int, trial: int) -> float:
    """One uniform number strictly between 0 and 1."""
    a, b, _, _ = philox(
        when & _LOW,
        world & _LOW,
        errand | ((trial & 0xFF) << 8) | ((world >> 32) << 16),
        name,
        seed & _LOW,
        seed >> 32,
    )
    return (((a << 20) | (b >> 12)) + 0.5) * _TO_UNIT


@compiled
def _invert_binomial(u: float, n: float, p: float) -> float:
    """Smallest k whose cumulative binomial probability reaches u (p <= 1/2)."""
    odds = p / (1.0 - p)
    term = math.exp(n * math.log1p(-p))
    total = term
    k = 0.0
    while u > total and k < n:
        k += 1.0
        term *= odds * (n - k + 1.0) / k
        if term < 1e-18 and k > n * p:
            break
        total += term
    return k


@compiled
def _binomial(
    seed: int, world: int, when: int, name: int, errand: int, n: float, p: float
) -> float:
    if n <= 0.0 or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return n
    small = p if p <= 0.5 else 1.0 - p
    count, left, trial = 0.0, n, 0
    while left > 0.0:
        size = min(left, _LARGEST_SIZE)
        u = _uniform(seed, world, when, name, errand, trial)
        count += _invert_binomial(u, size, small)
        left -= size
        trial += 1
    return count if p <= 0.5 else n - count


@compiled
def _invert_poisson(u: float, mean: float) -> float:
    """Smallest k whose cumulative Poisson probability reaches u."""
    k = 0.0
    term = math.exp(-mean)
    total = term
    while u > total:
        k += 1.0
        term *= mean / k
        if term < 1e-18 and k > mean:
            break
        total += term
    return k


@compiled
def _poisson(seed: int, world: int, when: int, name: int, errand: int, mean: float) -> float:
    count, left, trial = 0.0, mean, 0
    while left > 0.0:
        size = min(left, _LARGEST_MEAN)
        u = _uniform(seed, world, when, name, errand, trial)
        count += _invert_poisson(u, size)
        left -= size
        trial += 1
    return count


@compiled
def uniforms(seed: int, worlds: Integers, dates: Integers, name: int, errand: int) -> Floats:
    """One uniform number for each world and date, float64[worlds, dates]."""
    out = np.empty((len(worlds), len(dates)))
    for i in range(len(worlds)):
        for j in range(len(dates)):
            out[i, j] = _uniform(seed, worlds[i], dates[j], name, errand, 0)
    return out


@compiled
def binomials(
    seed: int, worlds: Integers, dates: Integers, name: int, errand: int, n: Floats, p: Floats
) -> Floats:
    """Binomial counts out of n with probability p, both float64[worlds, dates]."""
    out = np.empty(n.shape)
    for i in range(len(worlds)):
        for j in range(len(dates)):
            out[i, j] = _binomial(seed, worlds[i], dates[j], name, errand, n[i, j], p[i, j])
    return out


@compiled
def poissons(
    seed: int, worlds: Integers, dates: Integers, name: int, errand: int, mean: Floats
) -> Floats:
    """Poisson counts of the given means, float64[worlds, dates]."""
    out = np.empty(mean.shape)
    for i in range(len(worlds)):
        for j in range(len(dates)):
            out[i, j] = _poisson(seed, worlds[i], dates[j], name, errand, mean[i, j])
    return out


@compiled
def days_within(
    seed: int,
    worlds: Integers,
    first_days: Integers,
    name: int,
    counts: Floats,
    starts: Integers,
    lengths: Integers,
) -> Floats:
    """Deal each month's count out to days: how many fall before each day of the month.

    Each person falls on any day of a window with equal chance, which makes the days multinomial;
    they are drawn one after the other from what is left. A count that is no whole number (an
    expected one) is dealt out evenly.

    Parameters
    ----------
    seed, worlds, name
        Where the noise comes from.
    first_days
        Day number of each month's first day.
    counts
        What falls in the month, float64[worlds, months].
    starts, lengths
        First day of the window counted from 0, and its days, int64[worlds, months].

    Returns
    -------
    numpy.ndarray
        float64[worlds, months, 32]; entry d is what falls before day d + 1 of the month.
    """
    out = np.zeros((counts.shape[0], counts.shape[1], 32))
    for i in range(counts.shape[0]):
        for j in range(counts.shape[1]):
            left = counts[i, j]
            whole = left == math.floor(left)
            for d in range(31):
                remaining = starts[i, j] + lengths[i, j] - d
                fallen = 0.0
                if d >= starts[i, j] and remaining > 0:
                    share = 1.0 / remaining
                    if whole:
                        when = first_days[j] + d
                        fallen = _binomial(seed, worlds[i], when, name, Errand.DAY, left, share)
                    else:
                        fallen = left * share
                left -= fallen
                out[i, j, d + 1] = out[i, j, d] + fallen
    return out
