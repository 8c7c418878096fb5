"""Chance: random numbers that belong to a world, a week and a purpose, and to nothing else.

A generator that is called in order gives different numbers as soon as one call is added or left
out; two strategies could then never meet the same worlds. Here a number is a pure function of
(seed, world, step, purpose, gang): the Philox 4x32-10 bijection (Salmon, Moraes, Dror and Shaw,
2011, "Parallel random numbers: as easy as 1, 2, 3") scrambles those coordinates into 128 bits. No
state is carried, any number can be made again alone, and threads cannot change a bit.

Counts come from two exact samplers each: inversion while the mean is small, Hörmann's transformed
rejection above (PTRS for the Poisson, BTRS for the binomial law; W. Hörmann 1993, "The transformed
rejection method for generating Poisson random variables" and "The generation of binomial random
variates"). Trial numbers enter the counter, so that rejection needs no state either.

Every sampler has a second reading: with `noise.mean` set it returns the mean instead of a draw.
The week's transition is written once in terms of these functions and is then both the stochastic
simulator and its mean-field limit.

All arithmetic is on 64-bit integers kept below 2**32 by masks and on doubles, in an order that
plain Python repeats exactly.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import NamedTuple

from tregua.compiled import compiled

__all__ = [
    "Noise",
    "Purpose",
    "binomial",
    "event",
    "normal",
    "philox",
    "poisson",
    "uniform",
    "uniform_pair",
]

_LOW = 0xFFFFFFFF
_MULTIPLIER_A = 0xD2511F53
_MULTIPLIER_B = 0xCD9E8D57
_WEYL_A = 0x9E3779B9
_WEYL_B = 0xBB67AE85
_ROUNDS = 10

_TO_UNIT = 2.0**-52
_SMALL_MEAN = 10.0
_MAX_TRIALS = 1000
_LOG_ROOT_2PI = 0.9189385332046727

# ln k! - Stirling's formula, for k below 10.
_STIRLING = (
    0.08106146679532726,
    0.04134069595540929,
    0.02767792568499834,
    0.02079067210376509,
    0.01664469118982119,
    0.01387612882307075,
    0.01189670994589177,
    0.01041126526197209,
    0.009255462182712733,
    0.008330563433362871,
)


class Purpose(IntEnum):
    """What a random number is for. Numbers are never shared between purposes; never renumber."""

    PRIOR = 1
    ACTION = 2
    GOVERNMENT = 3
    ADMINISTRATION = 4
    ELECTION = 5
    HONOUR = 6
    LEAK = 7
    SANCTION = 8
    SANCTION_ENDS = 9
    PROSECUTION = 10
    BREACH = 11
    BREACH_ENDS = 12
    STRIKE = 13
    STRIKE_DEATHS = 14
    KILLINGS = 15
    HIDDEN = 16
    AMBIENT = 17
    POLICE_KILLINGS = 18
    COUNTED = 19
    MEMBER_VICTIMS = 20
    VICTIM_GANG = 21
    RECRUITS = 22
    STREET_EXITS = 23
    CAPTURED = 24
    SEGREGATED = 25
    PRISON_EXITS = 26
    PRISON_DEATHS = 27
    RETURNS = 28
    ISOLATION_EXITS = 29
    ISOLATION_DEATHS = 30
    ISOLATION_RETURNS = 31
    BRIEF_ARRESTS = 32
    WRONGLY_DETAINED = 33
    WRONGLY_EXITS = 34
    WRONGLY_DEATHS = 35
    ORDINARY_INFLOW = 36
    ORDINARY_EXITS = 37
    ORDINARY_DEATHS = 38


class Noise(NamedTuple):
    """Where a random number comes from.

    Attributes
    ----------
    mean
        1 for the mean reading (means instead of draws), 0 for draws.
    key_low, key_high
        The seed's two 32-bit halves.
    world_low, world_high
        The world's number: low 32 bits, and the 16 bits above them.
    step
        Number of the week on the calendar (weeks since January 1970), any 32-bit value.
    """

    mean: int
    key_low: int
    key_high: int
    world_low: int
    world_high: int
    step: int


@compiled
def philox(
    c0: int, c1: int, c2: int, c3: int, key_low: int, key_high: int
) -> tuple[int, int, int, int]:
    """Scramble a counter of four 32-bit words with a key of two: Philox 4x32-10.

    Returns
    -------
    tuple of int
        Four words, each in [0, 2**32).
    """
    for _ in range(_ROUNDS):
        first = _MULTIPLIER_A * c0
        second = _MULTIPLIER_B * c2
        # A product may pass 2**63 and turn negative; bits 32 to 63 are right all the same.
        c0 = ((second >> 32) & _LOW) ^ c1 ^ key_low
        c1 = second & _LOW
        c2 = ((first >> 32) & _LOW) ^ c3 ^ key_high
        c3 = first & _LOW
        key_low = (key_low + _WEYL_A) & _LOW
        key_high = (key_high + _WEYL_B) & _LOW
    return c0, c1, c2, c3


@compiled
def uniform_pair(noise: Noise, purpose: int, gang: int, trial: int) -> tuple[float, float]:
    """Two independent uniform numbers, strictly between 0 and 1, of 52 bits each.

    `gang` is 0 to 255; `trial` counts the attempts of a rejection sampler.
    """
    a, b, c, d = philox(
        noise.step & _LOW,
        noise.world_low,
        purpose | (gang << 8) | (noise.world_high << 16),
        trial,
        noise.key_low,
        noise.key_high,
    )
    first = ((a << 20) | (b >> 12)) + 0.5
    second = ((c << 20) | (d >> 12)) + 0.5
    return first * _TO_UNIT, second * _TO_UNIT


@compiled
def uniform(noise: Noise, purpose: int, gang: int) -> float:
    """One uniform number strictly between 0 and 1; 0.5 in the mean reading."""
    if noise.mean == 1:
        return 0.5
    return uniform_pair(noise, purpose, gang, 0)[0]


@compiled
def normal(noise: Noise, purpose: int, gang: int) -> float:
    """One standard normal number (Box and Muller 1958); 0 in the mean reading."""
    if noise.mean == 1:
        return 0.0
    u, v = uniform_pair(noise, purpose, gang, 0)
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)


@compiled
def event(noise: Noise, purpose: int, gang: int, probability: float) -> float:
    """1.0 if an event of this probability happens, else 0.0; the probability in the mean reading.

    Returned as a float because the mean reading carries the share of worlds in which it happened.
    """
    if noise.mean == 1:
        return probability
    return 1.0 if uniform_pair(noise, purpose, gang, 0)[0] < probability else 0.0


@compiled
def _log_factorial(k: float) -> float:
    """Natural logarithm of k!, by Stirling's formula with its correction (k >= 0 and whole)."""
    if k < 10.0:
        tail = _STIRLING[int(k)]
    else:
        square = (k + 1.0) * (k + 1.0)
        fourth = 1.0 / 1260.0 - 1.0 / 1680.0 / square
        tail = (1.0 / 12.0 - (1.0 / 360.0 - fourth / square) / square) / (k + 1.0)
    return (k + 0.5) * math.log(k + 1.0) - (k + 1.0) + _LOG_ROOT_2PI + tail


@compiled
def _poisson_inversion(u: float, mean: float) -> float:
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
def _poisson_rejection(noise: Noise, purpose: int, gang: int, mean: float) -> float:
    """Poisson count by transformed rejection with squeeze (PTRS), mean >= 10."""
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2.0)
    for trial in range(_MAX_TRIALS):
        u, v = uniform_pair(noise, purpose, gang, trial)
        u -= 0.5
        us = 0.5 - abs(u)
        k = float(math.floor((2.0 * a / us + b) * u + mean + 0.43))
        if us >= 0.07 and v <= v_r:
            return k
        if k < 0.0 or (us < 0.013 and v > us):
            continue
        left = math.log(v * inverse_alpha / (a / (us * us) + b))
        if left <= k * math.log(mean) - mean - _log_factorial(k):
            return k
    return float(math.floor(mean))  # not reached: each trial succeeds with probability above 0.7


@compiled
def poisson(noise: Noise, purpose: int, gang: int, mean: float) -> float:
    """Poisson count of the given mean (>= 0, whole number as a float); the mean itself if asked.

    Exact up to double rounding. A mean of 0 or below gives 0.
    """
    if mean <= 0.0:
        return 0.0
    if noise.mean == 1:
        return mean
    if mean < _SMALL_MEAN:
        return _poisson_inversion(uniform_pair(noise, purpose, gang, 0)[0], mean)
    return _poisson_rejection(noise, purpose, gang, mean)


@compiled
def _binomial_inversion(u: float, n: float, p: float) -> float:
    """Smallest k whose cumulative binomial probability reaches u (n p below 10, p <= 1/2)."""
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
def _binomial_rejection(noise: Noise, purpose: int, gang: int, n: float, p: float) -> float:
    """Binomial count by transformed rejection with squeeze (BTRS), n p >= 10 and p <= 1/2."""
    q = 1.0 - p
    spread = math.sqrt(n * p * q)
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    centre = n * p + 0.5
    v_r = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * spread
    mode = float(math.floor((n + 1.0) * p))
    for trial in range(_MAX_TRIALS):
        u, v = uniform_pair(noise, purpose, gang, trial)
        u -= 0.5
        us = 0.5 - abs(u)
        k = float(math.floor((2.0 * a / us + b) * u + centre))
        if us >= 0.07 and v <= v_r:
            return k
        if k < 0.0 or k > n:
            continue
        # Six logarithms, needed in about one trial of seven only.
        left = math.log(v * alpha / (a / (us * us) + b))
        right = _log_factorial(mode) + _log_factorial(n - mode)
        right += (k - mode) * math.log(p / q) - _log_factorial(k) - _log_factorial(n - k)
        if left <= right:
            return k
    return float(math.floor(n * p))  # not reached: each trial succeeds with probability above 0.7


@compiled
def binomial(noise: Noise, purpose: int, gang: int, n: float, p: float) -> float:
    """Binomial count out of n (a whole number held as a float); n p in the mean reading.

    Exact up to double rounding. `p` outside [0, 1] is read as the nearest bound.
    """
    if n <= 0.0 or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return n
    if noise.mean == 1:
        return n * p
    small = p if p <= 0.5 else 1.0 - p
    if n * small < _SMALL_MEAN:
        count = _binomial_inversion(uniform_pair(noise, purpose, gang, 0)[0], n, small)
    else:
        count = _binomial_rejection(noise, purpose, gang, n, small)
    return count if p <= 0.5 else n - count
