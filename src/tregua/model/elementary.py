"""Exponential, logarithm and normal quantile in plain arithmetic.

A compiler cannot spread a call of the C library over the lanes of a vector unit, and two C
libraries need not agree in the last bit. The functions here are a few multiplications and
additions in a fixed order, without a branch: they run in many worlds at once, and give the same
bits compiled, in plain Python and on every machine that computes in IEEE 754 doubles.

Accuracy (`tests/accuracy/test_elementary.py`): `exp` and `log` within 4e-16 relative of the true
value (`log` absolute near 1), `normal_quantile` within 3e-9 relative.
"""

from __future__ import annotations

import math

import numpy as np

from tregua.compiled import inlined

__all__ = [
    "central_normal_quantile",
    "exp",
    "log",
    "log1p",
    "log_odds",
    "logistic",
    "normal_quantile",
    "power",
]

_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.6931471803691238  # the leading 33 bits of ln 2, so that k times it is exact
_LN2_LOW = 1.9082149292705877e-10
_TO_WHOLE = 6755399441055744.0  # 1.5 * 2**52: adding it rounds a double to a whole number
_BIAS = 1023 << 52
_MANTISSA = (1 << 52) - 1
_FROM_BITS = 4503599627370496.0  # 2**52
_FROM_BITS_PATTERN = 0x4330000000000000
_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD
_HALF_BITS = 0x3FE0000000000000
_LARGEST = 709.0


@inlined
def exp(x: float) -> float:
    """e**x. Below -708 it gives 3e-308, in place of a smaller number; above 709, e**709.

    The argument is reduced to |r| <= ln(2) / 2 and the exponential of r summed as its series to
    r**13 / 13!, which leaves less than the last bit.
    """
    x = _LARGEST if x > _LARGEST else x
    x = -708.0 if x < -708.0 else x
    shifted = np.float64(x * _LOG2_E + _TO_WHOLE)
    k = shifted - _TO_WHOLE
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    e = 1.0 / 6227020800.0
    e = e * r + 1.0 / 479001600.0
    e = e * r + 1.0 / 39916800.0
    e = e * r + 1.0 / 3628800.0
    e = e * r + 1.0 / 362880.0
    e = e * r + 1.0 / 40320.0
    e = e * r + 1.0 / 5040.0
    e = e * r + 1.0 / 720.0
    e = e * r + 1.0 / 120.0
    e = e * r + 1.0 / 24.0
    e = e * r + 1.0 / 6.0
    e = e * r + 0.5
    e = e * r + 1.0
    e = e * r + 1.0
    power_of_two = np.int64((shifted.view(np.int64) << 52) + _BIAS)
    return float(e * power_of_two.view(np.float64))


@inlined
def log(x: float) -> float:
    """Natural logarithm of a positive, normal number.

    With x = 2**k m, m in [sqrt(1/2), sqrt(2)) and s = (m - 1) / (m + 1), ln m is the series
    2 (s + s**3 / 3 + s**5 / 5 + ...), |s| <= 0.172.
    """
    bits = np.float64(x).view(np.int64) + (_HALF_BITS - _ROOT_HALF_BITS)
    k = np.int64((bits >> 52) | _FROM_BITS_PATTERN).view(np.float64) - (_FROM_BITS + 1022.0)
    m = np.int64((bits & _MANTISSA) + _ROOT_HALF_BITS).view(np.float64)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    series = 2.0 / 23.0
    series = series * z + 2.0 / 21.0
    series = series * z + 2.0 / 19.0
    series = series * z + 2.0 / 17.0
    series = series * z + 2.0 / 15.0
    series = series * z + 2.0 / 13.0
    series = series * z + 2.0 / 11.0
    series = series * z + 2.0 / 9.0
    series = series * z + 2.0 / 7.0
    series = series * z + 2.0 / 5.0
    series = series * z + 2.0 / 3.0
    half_square = 0.5 * f * f
    tail = s * (half_square + series * z) + k * _LN2_LOW
    return float(k * _LN2_HIGH + (f - (half_square - tail)))


@inlined
def log1p(x: float) -> float:
    """ln(1 + x) for x > -1, exact for small x: the rounding of 1 + x is put back."""
    y = 1.0 + x
    return log(y) + (x - (y - 1.0)) / y


@inlined
def power(base: float, exponent: float) -> float:
    """base**exponent for a positive base."""
    return exp(exponent * log(base))


@inlined
def logistic(z: float) -> float:
    """1 / (1 + exp(-z))."""
    return 1.0 / (1.0 + exp(-z))


@inlined
def log_odds(probability: float) -> float:
    """ln(p / (1 - p)), with p held within [1e-6, 1 - 1e-6]."""
    bounded = min(max(probability, 1e-6), 1.0 - 1e-6)
    return log(bounded / (1.0 - bounded))


@inlined
def central_normal_quantile(u: float) -> float:
    """`normal_quantile` for u within (0.000228, 0.999772), where |quantile| < 3.5; else nonsense.

    Phi^-1(u) = (2 u - 1) h(t) with t = -ln(4 u (1 - u)); h is smooth, and was fitted with a
    Chebyshev polynomial for t up to 7.
    """
    z = -log(4.0 * u * (1.0 - u)) * (2.0 / 7.0) - 1.0
    h = 2.0129043575832406e-05
    h = h * z - 3.0329591736354666e-05
    h = h * z - 0.00010117832861874232
    h = h * z + 0.00031115471836166693
    h = h * z - 9.112599050092697e-05
    h = h * z - 0.0011856151938373553
    h = h * z + 0.0029320057343830536
    h = h * z - 0.0009906013966657135
    h = h * z - 0.011735651532883402
    h = h * z + 0.03364964546395764
    h = h * z - 0.02918224968356039
    h = h * z - 0.11636721194232001
    h = h * z + 1.1649646880009892
    h = h * z + 2.464733712410985
    return (2.0 * u - 1.0) * h


@inlined
def normal_quantile(u: float) -> float:
    """The number below which a standard normal variable falls with probability u, 0 < u < 1.

    Beyond the centre a second polynomial in the root of t serves, for u as small as 2**-53.
    """
    t = -log(4.0 * u * (1.0 - u))
    z = (math.sqrt(t if t > 0.0 else 0.0) - 4.364256920681405) * 0.5819009227575208
    h = 0.0001244181150016385
    h = h * z - 0.00011023004018012054
    h = h * z - 0.0004055242546595455
    h = h * z + 0.0006011742073525831
    h = h * z - 0.0001793576718602859
    h = h * z + 0.00014053964863620163
    h = h * z - 0.0004587041126646534
    h = h * z + 0.0006411604311878229
    h = h * z - 0.0010788578297442838
    h = h * z + 0.002198392963045861
    h = h * z - 0.0037250578314502953
    h = h * z + 0.0021729292639597188
    h = h * z + 2.454925472030756
    h = h * z + 5.950485798187013
    return central_normal_quantile(u) if t < 7.0 else (2.0 * u - 1.0) * h
