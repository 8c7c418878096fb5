r"""Predictive distributions of counts, and scores that reward an honest one.

A forecast of a count is a distribution, not a number. A score compares it with what came; it is
*proper* if nobody can improve it on average by stating anything but what they believe (Gneiting and
Raftery 2007, Journal of the American Statistical Association 102:359-378). Lower is better:

- the continuous ranked probability score, :math:`\sum_k (F(k) - 1\{k \ge y\})^2` for counts, in
  units of counts. A wrong number that is certain costs its distance. The same on the scale
  :math:`\log(1 + y)` weighs a miss by its proportion (Bosse et al. 2023, PLOS Computational
  Biology 19:e1011393);
- the log score, :math:`-\log p(y)`;
- the interval score of the central interval [l, u] that should hold a share :math:`1 - \alpha`:
  :math:`(u - l) + \frac{2}{\alpha}(l - y)^+ + \frac{2}{\alpha}(y - u)^+`.

A distribution is held either by its probabilities (`Tabulated`) or by draws (`Drawn`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats
from scipy.special import gammaln, logsumexp

__all__ = [
    "Drawn",
    "Predictive",
    "Tabulated",
    "fit_size",
    "interval_score",
    "negative_binomial",
]

Floats = NDArray[np.float64]

LEAST_PROBABILITY = 1e-12
"""No log score is taken of less: a count that a forecast rules out costs 27.6, not infinity."""
_TAIL = 1e-10  # probability that a grid of counts may leave out
_LARGEST = 200_000  # counts in the longest grid


class Predictive(Protocol):
    """What is asked of a predictive distribution."""

    @property
    def mean(self) -> float:
        """Expected count."""

    def quantile(self, level: float) -> float:
        """Smallest count whose cumulative probability reaches `level`, in (0, 1)."""

    def crps(self, seen: float, *, logs: bool = False) -> float:
        """Continuous ranked probability score of what was seen, on counts or on log(1 + count)."""

    def log_score(self, seen: float) -> float:
        """Minus the log probability of what was seen."""

    def pit(self, seen: float, luck: float) -> float:
        """Place of what was seen in the distribution, uniform on (0, 1) if it is right.

        `luck`, uniform on (0, 1), spreads a count over its own probability.
        """


def interval_score(low: float, high: float, seen: float, level: float) -> float:
    """Interval score of a central interval.

    Parameters
    ----------
    low, high
        Ends of the interval.
    seen
        What came.
    level
        Share of outcomes that the interval should hold, in (0, 1), such as 0.9.

    Returns
    -------
    float
        Width plus the penalty of a miss; lower is better.
    """
    penalty = 2.0 / (1.0 - level)
    return (high - low) + penalty * max(low - seen, 0.0) + penalty * max(seen - high, 0.0)


@dataclass(frozen=True)
class Tabulated:
    """A distribution over the counts 0, 1, ..., K.

    Attributes
    ----------
    pmf : ndarray, (K + 1,)
        Probability of each count; the last cell stands for K or more. Adds up to 1.
    """

    pmf: Floats

    @cached_property
    def cdf(self) -> Floats:
        """Cumulative probability of each count."""
        return np.minimum(np.cumsum(self.pmf), 1.0)

    @property
    def mean(self) -> float:
        """Expected count; the last cell counts as K."""
        return float(self.pmf @ np.arange(self.pmf.size))

    def quantile(self, level: float) -> float:
        """Smallest count whose cumulative probability reaches `level`, in (0, 1)."""
        return float(min(int(np.searchsorted(self.cdf, level)), self.pmf.size - 1))

    def crps(self, seen: float, *, logs: bool = False) -> float:
        """Continuous ranked probability score of `seen`; on log(1 + count) with `logs`."""
        edges = np.arange(self.pmf.size + 1, dtype=np.float64)
        if logs:
            edges, seen = np.log1p(edges), float(np.log1p(seen))
        # F is flat from one count to the next; the step at `seen` may fall inside a cell.
        before = np.clip(seen - edges[:-1], 0.0, np.diff(edges))
        after = np.diff(edges) - before
        beyond = max(seen - float(edges[-1]), 0.0)
        return float(before @ self.cdf**2 + after @ (1.0 - self.cdf) ** 2) + beyond

    def log_score(self, seen: float) -> float:
        """Minus the log probability of the nearest whole count."""
        count = round(seen)
        inside = count < self.pmf.size
        return -float(np.log(max(self.pmf[count] if inside else 0.0, LEAST_PROBABILITY)))

    def pit(self, seen: float, luck: float) -> float:
        """Cumulative probability below `seen` plus the share `luck` of its own."""
        count = min(round(seen), self.pmf.size - 1)
        return float(self.cdf[count] - (1.0 - luck) * self.pmf[count])


@dataclass(frozen=True)
class Drawn:
    """A distribution held by draws.

    Draws give a log score only once each is widened. Here each is the mean of a negative binomial;
    unless `means` are given the draw itself is the mean and the count around it is Poisson. With
    `top`, one share in n + 1 of the probability is spread evenly over 0 to `top`: what n draws
    never held may still come.

    Attributes
    ----------
    values : ndarray, (n,)
        Draws of the count, each as likely as another, in increasing order.
    means, sizes : ndarray, (n,), optional
        Mean and size of the negative binomial that each draw stands for, in any order.
    top : float, optional
        Largest count that is thought possible, for the log score alone.
    """

    values: Floats
    means: Floats | None = None
    sizes: Floats | None = None
    top: float | None = None

    @classmethod
    def of(cls, values: ArrayLike, top: float | None = None) -> Drawn:
        """Hold draws, whatever their order."""
        return cls(np.sort(np.asarray(values, dtype=np.float64)), top=top)

    @property
    def mean(self) -> float:
        """Expected count."""
        return float(self.values.mean())

    def quantile(self, level: float) -> float:
        """Smallest draw below or at which a share `level` of the draws lies."""
        place = int(np.ceil(level * self.values.size - 1e-9)) - 1
        return float(self.values[min(max(place, 0), self.values.size - 1)])

    def crps(self, seen: float, *, logs: bool = False) -> float:
        r"""Continuous ranked probability score, :math:`E|X - y| - E|X - X'|/2` over the draws."""
        values = np.log1p(self.values) if logs else self.values
        seen = float(np.log1p(seen)) if logs else seen
        n = values.size
        apart = float((2 * np.arange(1, n + 1) - n - 1) @ values) / n**2
        return float(np.abs(values - seen).mean()) - apart

    def log_score(self, seen: float) -> float:
        """Minus the log probability of the nearest whole count, each draw widened."""
        count, n = float(round(seen)), self.values.size
        means = np.maximum(self.values, 0.5) if self.means is None else self.means
        sizes = np.full(n, 1e7) if self.sizes is None else self.sizes
        log_p = float(logsumexp(_log_negative_binomial(count, means, sizes))) - np.log(n)
        if self.top is not None:
            even = 1.0 / (np.floor(self.top) + 1.0) if count <= self.top else 0.0
            log_p = float(np.log(n / (n + 1) * np.exp(log_p) + even / (n + 1) + 1e-300))
        return float(-max(log_p, np.log(LEAST_PROBABILITY)))

    def pit(self, seen: float, luck: float) -> float:
        """Share of the draws below `seen` plus the share `luck` of those at it."""
        below = float((self.values < seen).mean())
        return below + luck * float((self.values == seen).mean())


def _log_negative_binomial(count: float | Floats, means: Floats, sizes: Floats) -> Floats:
    """Log probability of a count, by mean and size."""
    result: Floats = (
        gammaln(count + sizes)
        - gammaln(sizes)
        - gammaln(np.asarray(count) + 1.0)
        - sizes * np.log1p(means / sizes)
        + count * (np.log(means) - np.log(means + sizes))
    )
    return result


def negative_binomial(mean: float, size: float) -> Tabulated:
    """The negative binomial with a mean and a size (inverse overdispersion), both above 0.

    Parameters
    ----------
    mean
        Expected count.
    size
        The variance is mean + mean^2 / size.

    Returns
    -------
    Tabulated
        On a grid that leaves out less than 1e-10 of the probability, or 200,000 counts.
    """
    most = stats.nbinom.isf(_TAIL, size, size / (size + mean))
    last = int(min(np.nan_to_num(most, nan=_LARGEST), _LARGEST)) + 1
    counts = np.arange(last + 1, dtype=np.float64)
    pmf = np.exp(_log_negative_binomial(counts, np.array(mean), np.array(size)))
    pmf[-1] += max(1.0 - pmf.sum(), 0.0)
    return Tabulated(pmf / pmf.sum())


def fit_size(counts: Floats, means: Floats) -> float:
    """Size of the negative binomial under which counts around given means are most likely.

    Parameters
    ----------
    counts, means
        What came and what was expected, (cases,); means above 0.

    Returns
    -------
    float
        Between 0.1 and 10,000; 5 with fewer than three cases, which say nothing of spread.
    """
    if counts.size < 3:
        return 5.0

    def badness(log_size: float) -> float:
        sizes = np.full(counts.size, np.exp(log_size))
        return -float(_log_negative_binomial(counts, means, sizes).sum())

    found = optimize.minimize_scalar(badness, bounds=(np.log(0.1), np.log(1e4)), method="bounded")
    return float(np.exp(found.x))
