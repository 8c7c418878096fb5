r"""Where a difference has which sign: shares with their error, turning points, influence.

All of it is about a gap: a strategy's total less a reference's in the same world, so that below 0
means less harm. Nothing here knows a simulator, and each rule can be tried on gaps whose answer is
known.

*Share.* Worlds in which the gap is below 0; a tie counts one half. Points that share a world share
its luck, so that the error comes from sums by world: with residuals $e$ of $n$ points in $G$
worlds, $\sqrt{\tfrac{G}{G-1} \sum_g (\sum_{i \in g} e_i)^2} / n$ (Liang and Zeger 1986,
Biometrika 73(1)).

*Turning point.* One factor is moved over levels while the same worlds meet each level. The median
of the gap over worlds, joined by straight lines, is below 0 on a part of the range; if it changes
sign once, the length of that part tells where. Its interval comes from worlds drawn again with
replacement (Efron 1979, Annals of Statistics 7(1)), every world with all its levels.

*Influence.* The share of the variance of the sign that the mean sign in slices of a factor explains
(Pearson's correlation ratio), less what slices explain by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Share", "Sign", "TurningPoint", "influence", "share_lower", "sign_of", "turning_point"]

Array = NDArray[np.float64]
Sign = Literal["lower", "higher", "unclear"]
Kind = Literal["rises", "falls", "lower", "higher", "several", "equal"]

_LIKELY, _UNLIKELY = 0.8, 0.2
_RESAMPLED = 31  # purpose of the keyed generator
_SLICES = 8


@dataclass(frozen=True)
class Share:
    """In how many worlds a gap is below 0.

    Attributes
    ----------
    value
        Share, 0 to 1; ties count one half.
    error
        Its Monte-Carlo standard error, points of one world taken together; NaN for one world.
    q05, q50, q95
        Quantiles of the gap.
    always_equal
        Whether the gap is 0 everywhere.
    """

    value: float
    error: float
    q05: float
    q50: float
    q95: float
    always_equal: bool

    @property
    def sign(self) -> Sign:
        """As `sign_of` the value."""
        return sign_of(self.value)


def sign_of(share: float) -> Sign:
    """The sign that 8 of 10 worlds share, or "unclear".

    Parameters
    ----------
    share
        Share of worlds in which the gap is below 0.

    Examples
    --------
    >>> sign_of(0.85), sign_of(0.5), sign_of(0.1)
    ('lower', 'unclear', 'higher')
    """
    if share >= _LIKELY:
        return "lower"
    return "higher" if share <= _UNLIKELY else "unclear"


def share_lower(gap: ArrayLike, worlds: ArrayLike) -> Share:
    """Share of points with a gap below 0.

    Parameters
    ----------
    gap
        float64[n], strategy less reference.
    worlds
        int[n], the world of each point.

    Raises
    ------
    ValueError
        Without a point, or if the lengths differ.

    Examples
    --------
    >>> found = share_lower([-1.0, -2.0, 3.0, 0.0], [0, 1, 2, 3])
    >>> found.value, round(found.error, 3)
    (0.625, 0.239)
    """
    values, names = np.asarray(gap, dtype=np.float64), np.asarray(worlds)
    if not len(values) or values.shape != names.shape:
        raise ValueError(f"A share needs points, each with a world: {len(values)}, {len(names)}.")
    lower = (values < 0) + 0.5 * (values == 0)
    share = float(lower.mean())
    _, place = np.unique(names, return_inverse=True)
    sums = np.bincount(place, lower - share)
    groups = len(sums)
    error = float("nan")
    if groups > 1:
        error = float(np.sqrt(groups / (groups - 1) * (sums @ sums)) / len(values))
    q05, q50, q95 = (float(q) for q in np.quantile(values, (0.05, 0.5, 0.95)))
    return Share(share, error, q05, q50, q95, not values.any())


@dataclass(frozen=True)
class TurningPoint:
    """Where along one factor the median of a gap changes sign, if it does.

    Attributes
    ----------
    kind
        "rises": below 0 up to the value and above 0 from there; "falls": the other way round;
        "lower", "higher": one sign over the whole range; "several": more than one change; "equal":
        the median is 0 throughout.
    value
        Where the sign changes; NaN unless it changes once.
    low, high
        90 % interval of the value. An end that equals an end of the range may lie beyond it.
    sure
        Share of resamples of the worlds that are of the same kind.
    first, last
        Median of the gap at the lowest and the highest level.
    """

    kind: Kind
    value: float
    low: float
    high: float
    sure: float
    first: float
    last: float


def turning_point(
    levels: ArrayLike, gaps: ArrayLike, *, seed: int, resamples: int = 400
) -> TurningPoint:
    """Where the median gap over worlds changes its sign as one factor moves.

    Parameters
    ----------
    levels
        float64[k], rising.
    gaps
        float64[w, k]: one row a world, the same world at every level.
    seed
        Seed of the resamples.
    resamples
        How often the worlds are drawn again.

    Raises
    ------
    ValueError
        For fewer than two levels or worlds, levels that do not rise, or shapes that do not fit.

    Examples
    --------
    >>> levels = np.array([0.0, 0.5, 1.0])
    >>> found = turning_point(levels, np.array([[-1.0, 0.0, 1.0], [-0.5, 0.5, 1.5]]), seed=1)
    >>> found.kind, found.value
    ('rises', 0.375)
    """
    at, table = np.asarray(levels, dtype=np.float64), np.asarray(gaps, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(at) or min(table.shape) < 2:
        raise ValueError(f"{len(at)} levels and gaps of shape {table.shape} do not fit.")
    if not (np.diff(at) > 0).all():
        raise ValueError("The levels must rise.")
    median = np.median(table, axis=0)
    kind = _kind(median)
    generator = np.random.Generator(np.random.Philox(key=[seed, _RESAMPLED]))
    drawn = generator.integers(0, len(table), (resamples, len(table)))
    again = np.median(table[drawn], axis=1)
    sure = float(np.mean([_kind(row) == kind for row in again]))
    value = low = high = float("nan")
    if kind in ("rises", "falls"):
        side = 1.0 if kind == "falls" else -1.0
        value = float(at[0] + _length(at, side * median[None, :])[0])
        ends = at[0] + _length(at, side * again)
        low, high = (float(q) for q in np.quantile(ends, (0.05, 0.95)))
    return TurningPoint(kind, value, low, high, sure, float(median[0]), float(median[-1]))


def _kind(median: Array) -> Kind:
    """What the signs of the median do along the levels; zeros have none."""
    signs = np.sign(median)
    signs = signs[signs != 0]
    if not len(signs):
        return "equal"
    changes = int(np.count_nonzero(np.diff(signs)))
    if changes > 1:
        return "several"
    if changes:
        return "rises" if signs[0] < 0 else "falls"
    return "lower" if signs[0] < 0 else "higher"


def _length(at: Array, height: Array) -> Array:
    """How much of the range lies above 0, rows joined by straight lines; a zero counts half."""
    left, right, width = height[:, :-1], height[:, 1:], np.diff(at)
    rise = np.abs(left) + np.abs(right)
    with np.errstate(invalid="ignore", divide="ignore"):
        part = (np.maximum(left, 0) + np.maximum(right, 0)) / rise
    return np.asarray(np.where(rise == 0, 0.5, part) @ width)


def influence(factor: ArrayLike, gap: ArrayLike, *, slices: int = _SLICES) -> float:
    """Share of the variance of the sign that one factor alone explains.

    Parameters
    ----------
    factor
        float64[n], values of the factor, spread without regard to the others.
    gap
        float64[n].
    slices
        Slices of the factor with equally many points, at least 2.

    Returns
    -------
    float
        At most 1; about 0, and possibly below, if the factor explains nothing.

    Examples
    --------
    >>> even = np.linspace(0.0, 1.0, 80)
    >>> influence(even, even - 0.5)
    1.0
    """
    signs = np.sign(np.asarray(gap, dtype=np.float64))
    total = float(((signs - signs.mean()) ** 2).sum())
    if total == 0.0:
        return 0.0
    parts = np.array_split(signs[np.argsort(np.asarray(factor), kind="stable")], slices)
    within = float(sum(((part - part.mean()) ** 2).sum() for part in parts))
    n = len(signs)
    return 1.0 - (within / (n - slices)) / (total / (n - 1))
