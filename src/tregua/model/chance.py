"""Chance: counts and events of a block of worlds, from keyed uniform numbers.

**Every count is the quantile of one uniform number**, so it never falls when its mean rises: two
strategies in one world differ by what they do and by nothing else. Two ways to the same quantile:

* a mean below 10: probabilities are summed from zero, all worlds of a block in step;
* above: the quantile's Cornish-Fisher expansion (Fisher and Cornish 1960, Technometrics 2(2)) to
  the fourth order, around cumulants corrected for the steps of a count (k2 - 1/12, k4 + 1/120,
  k6 - 1/252). Where it falls so near a step that its error could matter (about one draw in a
  thousand), the distribution function itself is summed and decides.

Every sampler has a second reading: in the mean reading of a block it returns the mean. The week's
transition is written once in terms of these functions and is then both the stochastic simulator and
its mean-field limit.

Accuracy (`tests/accuracy/test_samplers.py`): the quantiles are those of the exact law, but for
uniform numbers within about 1e-12 of a step.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled, inlined
from tregua.model.block import Block, Scratch, scratch
from tregua.model.elementary import central_normal_quantile, exp, log, log1p, normal_quantile
from tregua.model.noise import Noise, Purpose, philox, scramble, uniform_pair

__all__ = [
    "Noise",
    "Purpose",
    "binomial",
    "binomial_of",
    "fill_uniforms",
    "happens",
    "philox",
    "poisson",
    "prepare",
    "uniform_pair",
]

Row = NDArray[np.float64]

_LOW = 0xFFFFFFFF
_TO_UNIT = 2.0**-52
_SMALL_MEAN = 10.0
_MOST_STEPS = 200
_TAIL = 0.00023  # beyond it the quick normal quantile does not serve
_NEGLIGIBLE = 1e-17
_ALMOST_ONE = 1.0 - 4e-15  # sums of probabilities are sure to reach it
_TO_WHOLE = 6755399441055744.0  # adding and taking away 1.5 * 2**52 rounds to a whole number
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


@compiled
def fill_uniforms(b: Block, purpose: int, gang: int, u: Row, v: Row) -> None:
    """Write each world's pair of uniform numbers for a purpose; 0.5 in the mean reading."""
    if b.mean == 1:
        for i in range(b.lanes):
            u[i] = 0.5
            v[i] = 0.5
        return
    step = b.step & _LOW
    for i in range(b.lanes):
        word = purpose | (gang << 8) | (b.high[i] << 16)
        a, c, d, e = scramble(step, b.low[i], word, 0, b.key_low, b.key_high)
        u[i] = (((a << 20) | (c >> 12)) + 0.5) * _TO_UNIT
        v[i] = (((d << 20) | (e >> 12)) + 0.5) * _TO_UNIT


@inlined
def happens(b: Block, u: float, probability: float) -> float:
    """1.0 if u falls below a probability, else 0.0; the probability itself in the mean reading.

    A float, because the mean reading carries the share of worlds in which it happened.
    """
    if b.mean == 1:
        return probability
    return 1.0 if u < probability else 0.0


@compiled
def poisson(b: Block, count: Row, mean: Row, u: Row) -> None:
    """Write each world's Poisson count of a mean (>= 0): the quantile at u, or the mean itself.

    A mean of 0 or below gives 0. Rows must differ.
    """
    if b.mean == 1:
        for i in range(b.lanes):
            count[i] = max(0.0, mean[i])
        return
    large = 0
    for i in range(b.lanes):
        large += 1 if mean[i] >= _SMALL_MEAN else 0
    if large == 0:
        _poisson_summed(b, b.lanes, count, mean, u)
    elif large == b.lanes:
        _poisson_expanded(b.lanes, count, mean, u)
    else:
        _poisson_parted(b, b.lanes - large, count, mean, u)


@compiled
def _poisson_parted(b: Block, small: int, count: Row, mean: Row, u: Row) -> None:
    """Put small means first and large ones last, so that each way of drawing meets only its own."""
    means, us = scratch(b, Scratch.PARTED_MEAN), scratch(b, Scratch.PARTED_U)
    counts, place = scratch(b, Scratch.PARTED_COUNT), b.place
    first, last = 0, small
    for i in range(b.lanes):
        large = mean[i] >= _SMALL_MEAN
        place[i] = last if large else first
        last += 1 if large else 0
        first += 0 if large else 1
    for i in range(b.lanes):
        means[place[i]] = mean[i]
        us[place[i]] = u[i]
    _poisson_summed(b, small, counts, means, us)
    _poisson_expanded(b.lanes - small, counts[small:], means[small:], us[small:])
    for i in range(b.lanes):
        count[i] = counts[place[i]]


@compiled
def _poisson_summed(b: Block, n: int, count: Row, mean: Row, u: Row) -> None:
    """Sum probabilities from zero, in step: the count is the number of partial sums below u."""
    term, total = scratch(b, Scratch.TERM), scratch(b, Scratch.TOTAL)
    small, reach = scratch(b, Scratch.SMALL), scratch(b, Scratch.REACH)
    for i in range(n):
        small[i] = max(0.0, mean[i])
        reach[i] = min(u[i], _ALMOST_ONE)
        term[i] = exp(-small[i])
        total[i] = term[i]
        count[i] = 0.0
    for k in range(1, _MOST_STEPS):
        inverse, left = 1.0 / k, 0
        for i in range(n):
            more = reach[i] > total[i]
            count[i] += 1.0 if more else 0.0
            left += 1 if more else 0
            term[i] *= small[i] * inverse
            total[i] += term[i]
        if left == 0:
            return


@inlined
def _expansion(w: float, k2: float, k3: float, k4: float, k5: float, k6: float) -> float:
    """Cornish-Fisher quantile about the mean, from a normal quantile and cumulants 2 to 6.

    Divisions are multiplications by constants: this is the innermost of all loops.
    """
    s = math.sqrt(k2)
    r = 1.0 / s
    c3 = k3 * r * r * r
    c4 = k4 * r * r * r * r
    c5 = k5 * r * r * r * r * r
    c6 = k6 * r * r * r * r * r * r
    v, c33 = w * w, c3 * c3
    x = w + c3 * (v - 1.0) * (1.0 / 6.0)
    x += w * (c4 * (v - 3.0) * (1.0 / 24.0) - c33 * (2.0 * v - 5.0) * (1.0 / 36.0))
    x += c5 * ((v - 6.0) * v + 3.0) * (1.0 / 120.0)
    x -= c3 * c4 * ((v - 5.0) * v + 2.0) * (1.0 / 24.0)
    x += c33 * c3 * ((12.0 * v - 53.0) * v + 17.0) * (1.0 / 324.0)
    y = c6 * ((v - 10.0) * v + 15.0) * (1.0 / 720.0)
    y -= c3 * c5 * ((2.0 * v - 17.0) * v + 21.0) * (1.0 / 180.0)
    y -= c4 * c4 * ((3.0 * v - 24.0) * v + 29.0) * (1.0 / 384.0)
    y += c33 * c4 * ((14.0 * v - 103.0) * v + 107.0) * (1.0 / 288.0)
    y -= c33 * c33 * ((252.0 * v - 1688.0) * v + 1511.0) * (1.0 / 7776.0)
    return s * (x + w * y)


@inlined
def _step_above(x: float, u: float, w: float, k2: float) -> float:
    """Smallest k with k + 1/2 >= x; a negative number where the expansion's error may decide.

    Its error was measured below 0.7 times the doubt for k2 >= 5. The tails (4 draws in 10,000) are
    left to sums.
    """
    y = x - 0.5
    nearest = (y + _TO_WHOLE) - _TO_WHOLE
    v = w * w
    doubt = (0.0005 + 0.0025 * v * v) / k2 + 4e-9 * (1.0 + v) * k2
    doubt = doubt if (u > _TAIL) & (u < 1.0 - _TAIL) else 1e300
    k = nearest if nearest >= y else nearest + 1.0
    k = k if k > 0.0 else 0.0
    return -1.0 - k if abs(y - nearest) < doubt else k


@compiled
def _poisson_expanded(n: int, count: Row, mean: Row, u: Row) -> None:
    doubtful = 0
    for i in range(n):
        m = mean[i]
        w = central_normal_quantile(u[i])
        k2 = m - 1.0 / 12.0
        x = m + _expansion(w, k2, m, m + 1.0 / 120.0, m, m - 1.0 / 252.0)
        count[i] = _step_above(x, u[i], w, k2)
        doubtful += 1 if count[i] < 0.0 else 0
    if doubtful == 0:
        return
    for i in range(n):
        if count[i] < 0.0:
            count[i] = _poisson_quantile(u[i], mean[i])


@compiled
def prepare(b: Block, place: int) -> None:
    """Write ln(1 - p) and p / (1 - p) of the rarer outcome after a row of shares in scratch.

    `place` is a member of `Scratch` that is followed by two rows of its own for this. A share
    outside [0, 1] is read as the nearest bound.
    """
    share = scratch(b, place)
    odds, logarithm = scratch(b, place + 1), scratch(b, place + 2)
    for i in range(b.lanes):
        p = min(max(share[i], 0.0), 1.0)
        p = p if p <= 0.5 else 1.0 - p
        other = 1.0 - p
        inverse = 1.0 / other
        odds[i] = p * inverse
        # the rounding of 1 - p is put back
        logarithm[i] = log(other) + ((1.0 - other) - p) * inverse


@compiled
def binomial(b: Block, count: Row, size: Row, share: Row, u: Row) -> None:
    """Write each world's binomial count out of `size`: the quantile at u, or the mean itself.

    Sizes are whole numbers held as floats (any numbers in the mean reading). A share outside
    [0, 1] is read as the nearest bound, a size below 0 as 0. Rows must differ.
    """
    if b.mean == 0:
        once = scratch(b, Scratch.ONCE)
        for i in range(b.lanes):
            once[i] = share[i]
        prepare(b, Scratch.ONCE)
        binomial_of(b, count, size, Scratch.ONCE, u)
        return
    for i in range(b.lanes):
        count[i] = max(0.0, size[i]) * min(max(share[i], 0.0), 1.0)


@compiled
def binomial_of(b: Block, count: Row, size: Row, place: int, u: Row) -> None:
    """Like `binomial`, with shares in scratch for which `prepare` was called: they serve often."""
    share = scratch(b, place)
    if b.mean == 1:
        for i in range(b.lanes):
            count[i] = max(0.0, size[i]) * min(max(share[i], 0.0), 1.0)
        return
    odds, logarithm = scratch(b, place + 1), scratch(b, place + 2)
    large = 0
    for i in range(b.lanes):
        large += 1 if size[i] * min(share[i], 1.0 - share[i]) >= _SMALL_MEAN else 0
    if large == 0:
        _binomial_summed(b, b.lanes, count, size, share, odds, logarithm, u)
    elif large == b.lanes:
        _binomial_expanded(b.lanes, count, size, share, u)
    else:
        _binomial_parted(b, b.lanes - large, count, size, share, odds, logarithm, u)


@compiled
def _binomial_parted(
    b: Block, small: int, count: Row, size: Row, share: Row, odds: Row, logarithm: Row, u: Row
) -> None:
    """Put small means first and large ones last, so that each way of drawing meets only its own."""
    sizes, shares = scratch(b, Scratch.PARTED_MEAN), scratch(b, Scratch.PARTED_SHARE)
    all_odds, logarithms = scratch(b, Scratch.PARTED_ODDS), scratch(b, Scratch.PARTED_LOG)
    us, counts, place = scratch(b, Scratch.PARTED_U), scratch(b, Scratch.PARTED_COUNT), b.place
    first, last = 0, small
    for i in range(b.lanes):
        large = size[i] * min(share[i], 1.0 - share[i]) >= _SMALL_MEAN
        place[i] = last if large else first
        last += 1 if large else 0
        first += 0 if large else 1
    for i in range(b.lanes):
        sizes[place[i]] = size[i]
        shares[place[i]] = share[i]
        all_odds[place[i]] = odds[i]
        logarithms[place[i]] = logarithm[i]
        us[place[i]] = u[i]
    _binomial_summed(b, small, counts, sizes, shares, all_odds, logarithms, us)
    _binomial_expanded(b.lanes - small, counts[small:], sizes[small:], shares[small:], us[small:])
    for i in range(b.lanes):
        count[i] = counts[place[i]]


@compiled
def _binomial_summed(
    b: Block, n: int, count: Row, size: Row, share: Row, odds: Row, logarithm: Row, u: Row
) -> None:
    """Sum probabilities from zero, in step, of the rarer of the two outcomes."""
    term, total = scratch(b, Scratch.TERM), scratch(b, Scratch.TOTAL)
    small, reach = scratch(b, Scratch.SMALL), scratch(b, Scratch.REACH)
    for i in range(n):
        reach[i] = min(u[i] if share[i] <= 0.5 else 1.0 - u[i], _ALMOST_ONE)
        trials = max(0.0, size[i])
        small[i] = trials + 1.0
        term[i] = exp(trials * logarithm[i])
        total[i] = term[i]
        count[i] = 0.0
    for k in range(1, _MOST_STEPS):
        inverse, left = 1.0 / k, 0
        for i in range(n):
            more = reach[i] > total[i]
            count[i] += 1.0 if more else 0.0
            left += 1 if more else 0
            term[i] *= odds[i] * (small[i] - k) * inverse
            total[i] += term[i]
        if left == 0:
            break
    for i in range(n):
        count[i] = count[i] if share[i] <= 0.5 else max(0.0, size[i]) - count[i]


@compiled
def _binomial_expanded(n: int, count: Row, size: Row, share: Row, u: Row) -> None:
    doubtful = 0
    for i in range(n):
        rare = share[i] <= 0.5
        p = share[i] if rare else 1.0 - share[i]
        reached = u[i] if rare else 1.0 - u[i]
        w = central_normal_quantile(reached)
        spread = p * (1.0 - p)
        v, skew = size[i] * spread, 1.0 - 2.0 * p
        k2 = v - 1.0 / 12.0
        k4 = v * (1.0 - 6.0 * spread) + 1.0 / 120.0
        k6 = v * (1.0 - 30.0 * spread + 120.0 * spread * spread) - 1.0 / 252.0
        x = size[i] * p + _expansion(w, k2, v * skew, k4, v * skew * (1.0 - 12.0 * spread), k6)
        k = _step_above(x, reached, w, k2)
        k = k if k <= size[i] else -1.0
        doubtful += 1 if k < 0.0 else 0
        count[i] = k if rare | (k < 0.0) else size[i] - k
    if doubtful == 0:
        return
    for i in range(n):
        if count[i] < 0.0:
            p = min(share[i], 1.0 - share[i])
            reached = u[i] if share[i] <= 0.5 else 1.0 - u[i]
            k = _binomial_quantile(reached, size[i], p)
            count[i] = k if share[i] <= 0.5 else size[i] - k


# -- where an expansion cannot decide: the distribution function, summed ---------------------------


@compiled
def _log_factorial(k: float) -> float:
    """Natural logarithm of k!, by Stirling's formula with its correction (k >= 0 and whole)."""
    if k < 10.0:
        tail = _STIRLING[int(k)]
    else:
        square = (k + 1.0) * (k + 1.0)
        fourth = 1.0 / 1260.0 - 1.0 / 1680.0 / square
        tail = (1.0 / 12.0 - (1.0 / 360.0 - fourth / square) / square) / (k + 1.0)
    return (k + 0.5) * log(k + 1.0) - (k + 1.0) + _LOG_ROOT_2PI + tail


@compiled
def _poisson_reaches(u: float, mean: float, k: float) -> bool:
    """Whether the Poisson distribution function at k reaches u; sums the lighter tail."""
    below = k <= mean
    start = k if below else k + 1.0
    term = exp(start * log(mean) - mean - _log_factorial(start))
    total = term
    while term > _NEGLIGIBLE * total and start > 0.0:
        if below:
            term *= start / mean
            start -= 1.0
        else:
            start += 1.0
            term *= mean / start
        total += term
    return u <= total if below else 1.0 - u >= total


@compiled
def _poisson_quantile(u: float, mean: float) -> float:
    """Smallest k whose distribution function reaches u, from a guess nearby."""
    k = max(0.0, float(math.floor(mean + normal_quantile(u) * math.sqrt(mean))))
    while k > 0.0 and _poisson_reaches(u, mean, k - 1.0):
        k -= 1.0
    while not _poisson_reaches(u, mean, k):
        k += 1.0
    return k


@compiled
def _binomial_reaches(u: float, n: float, p: float, k: float) -> bool:
    """Whether the binomial distribution function at k reaches u; sums the lighter tail."""
    if k >= n:
        return True
    below = k <= n * p
    start = k if below else k + 1.0
    odds = p / (1.0 - p)
    term = _log_factorial(n) - _log_factorial(start) - _log_factorial(n - start)
    term = exp(term + start * log(p) + (n - start) * log1p(-p))
    total = term
    while term > _NEGLIGIBLE * total and 0.0 < start < n:
        if below:
            term *= start / ((n - start + 1.0) * odds)
            start -= 1.0
        else:
            start += 1.0
            term *= odds * (n - start + 1.0) / start
        total += term
    return u <= total if below else 1.0 - u >= total


@compiled
def _binomial_quantile(u: float, n: float, p: float) -> float:
    """Smallest k whose distribution function reaches u, from a guess nearby."""
    guess = n * p + normal_quantile(u) * math.sqrt(n * p * (1.0 - p))
    k = min(n, max(0.0, float(math.floor(guess))))
    while k > 0.0 and _binomial_reaches(u, n, p, k - 1.0):
        k -= 1.0
    while not _binomial_reaches(u, n, p, k):
        k += 1.0
    return k
