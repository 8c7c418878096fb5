r"""A log-linear regression for counts of which some are totals over several months.

Each month $m$ has the expected deaths $d_m e^{x_m \beta}$, with $d_m$ its days. A count $c$ has the
*sum* of its months as its mean,

$$ \mu_c = \sum_{m \in c} d_m e^{x_m \beta}, \qquad
   \frac{\partial \mu_c}{\partial \beta} = J_c = \sum_{m \in c} d_m e^{x_m \beta} x_m, $$

and is Poisson, or negative binomial with variance $\mu + \mu^2/k$ and the size $k$ of greatest
likelihood. For counts of single months this is the usual generalized linear model (McCullagh &
Nelder 1989); a total of twelve months is used as it is and is not taken for twelve equal months.

The error of a contrast allows for any spread and for serial correlation: a sandwich with Bartlett
weights over counts in order of time (Newey & West 1987, *Econometrica* 55:703). In short series it
is too small, because residuals are smaller than errors and long correlations are cut off. So it is
scaled, and given degrees of freedom, as if errors were an AR(1) with the correlation of the
residuals (Bell & McCaffrey 2002, *Survey Methodology* 28:169, for such a working covariance).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import linalg, optimize, special

from tregua.assess.designs.series import CountSeries, DesignError

__all__ = [
    "Family",
    "Fit",
    "Means",
    "Reach",
    "correlation_of",
    "fit_counts",
    "likelihood_of",
    "means_of",
    "residual_maker",
    "within",
]

Floats = NDArray[np.float64]
Family = Literal["poisson", "negative_binomial"]
"""Law of a count around its mean."""

_SIZES = (math.log(0.02), math.log(1e7))
_STEPS = 200
_ROUNDS = 100
_FAR = 25.0  # a coefficient beyond this has left for infinity
_HIGHEST_CORRELATION = 0.95


def within(series: CountSeries, first: pd.Timestamp, last: pd.Timestamp) -> CountSeries:
    """The part of a series between two months, both in; a count that reaches beyond is left out.

    Raises
    ------
    DesignError
        If no count is left.
    """
    inside = (series.months >= first) & (series.months <= last)
    beyond = set(series.owner[~inside].tolist())
    kept = [
        count for count in np.unique(series.owner[inside]) if count >= 0 and count not in beyond
    ]
    if not kept:
        raise DesignError(
            f"No count lies wholly between {first:%Y-%m} and {last:%Y-%m}.",
            f"Ningún recuento queda por completo entre {first:%Y-%m} y {last:%Y-%m}.",
        )
    place = np.full(len(series.value) + 1, -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    return replace(
        series,
        value=series.value[kept],
        months=series.months[inside],
        owner=place[series.owner[inside]],
        days=series.days[inside],
    )


@dataclass(frozen=True, eq=False)
class Means:
    """Means of counts and how they move with the coefficients.

    Attributes
    ----------
    monthly
        (months,) expected deaths of each month, covered or not.
    count
        (counts,) expected deaths of each count.
    jacobian
        (counts, coefficients) derivative of `count`.
    """

    monthly: Floats
    count: Floats
    jacobian: Floats


def _summed(series: CountSeries, values: Floats) -> Floats:
    """Sums over the months of each count, of one column or several."""
    covered = np.flatnonzero(series.owner >= 0)
    order = covered[np.argsort(series.owner[covered], kind="stable")]
    starts = np.searchsorted(series.owner[order], np.arange(len(series.value)))
    return np.asarray(np.add.reduceat(values[order], starts, axis=0))


def means_of(series: CountSeries, columns: Floats, coefficients: Floats) -> Means:
    """Means of counts under given coefficients.

    Parameters
    ----------
    series
        The counts.
    columns
        (months, coefficients) what moves the log rate.
    coefficients
        (coefficients,) in log units.
    """
    monthly = series.days * np.exp(np.clip(columns @ coefficients, -60.0, 60.0))
    return Means(
        monthly, _summed(series, monthly), _summed(series, monthly[:, np.newaxis] * columns)
    )


@dataclass(frozen=True)
class Reach:
    """How far a contrast of coefficients may lie from its estimate.

    Attributes
    ----------
    error
        Standard error, corrected for a short series.
    plain
        The sandwich's standard error before that correction.
    freedom
        Degrees of freedom of the t distribution.
    """

    error: float
    plain: float
    freedom: float


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted regression.

    Attributes
    ----------
    series, columns
        What it was fitted to.
    coefficients
        (coefficients,) log units.
    size
        Size of the negative binomial; infinite for Poisson.
    means
        Means at the coefficients.
    information
        (coefficients, coefficients) observed information, the negative second derivative.
    log_likelihood
        At the coefficients.
    """

    series: CountSeries
    columns: Floats
    coefficients: Floats
    size: float
    means: Means
    information: Floats
    log_likelihood: float

    def variance(self) -> Floats:
        """(counts,) variance of each count under its law."""
        return np.asarray(self.means.count * (1 + self.means.count / self.size))

    def residuals(self) -> Floats:
        """(counts,) Pearson residuals."""
        return np.asarray((self.series.value - self.means.count) / np.sqrt(self.variance()))

    def lags(self) -> int:
        """Lags of the sandwich where none are given: 0.75 n^(1/3), rounded up."""
        return math.ceil(0.75 * math.cbrt(len(self.series.value)))

    def covariance(self, lags: int | None = None, *, correction: bool = True) -> Floats:
        """(coefficients, coefficients) Newey-West sandwich.

        Parameters
        ----------
        lags
            Counts over which residuals may be correlated; 0 is White's sandwich.
        correction
            Whether to multiply by n / (n - coefficients).
        """
        lags = self.lags() if lags is None else lags
        weights = ((self.series.value - self.means.count) / self.variance())[:, np.newaxis]
        scores = weights * self.means.jacobian
        middle = scores.T @ scores
        for lag in range(1, min(lags, len(scores) - 1) + 1):
            crossed = scores[lag:].T @ scores[:-lag]
            middle += (1 - lag / (lags + 1)) * (crossed + crossed.T)
        outer = np.linalg.inv(self.information)
        counts, many = self.means.jacobian.shape
        factor = counts / (counts - many) if correction else 1.0
        return np.asarray(factor * outer @ middle @ outer)

    def reach(self, contrast: Floats, lags: int | None = None) -> Reach:
        """Error of a contrast of the coefficients, with its degrees of freedom.

        Parameters
        ----------
        contrast
            (coefficients,) gradient of what is asked for.
        lags
            As `covariance` takes them; 0 takes residuals for independent.
        """
        lags = self.lags() if lags is None else lags
        plain = float(contrast @ self.covariance(lags, correction=False) @ contrast)
        scaled = self.means.jacobian / np.sqrt(self.variance())[:, np.newaxis]
        influence = scaled @ np.linalg.solve(self.information, contrast)
        left = residual_maker(self)
        correlation = correlation_of(self.residuals(), left) if lags > 0 else 0.0
        places = np.arange(len(influence))
        working = linalg.toeplitz(correlation**places)
        kernel = linalg.toeplitz(np.clip(1 - places / (lags + 1), 0.0, None))
        kernel *= np.outer(influence, influence)
        product = kernel @ (left @ working @ left)
        expected = float(np.trace(product))
        if not expected > 0 or not plain > 0:
            return Reach(math.nan, math.nan, math.nan)
        scale = max(float(influence @ working @ influence) / expected, 1.0)
        freedom = max(expected**2 / float(np.sum(product * product.T)), 1.0)
        return Reach(math.sqrt(scale * plain), math.sqrt(plain), freedom)


def residual_maker(fit: Fit) -> Floats:
    """(counts, counts) matrix that makes Pearson residuals of errors, to first order."""
    scaled = fit.means.jacobian / np.sqrt(fit.variance())[:, np.newaxis]
    basis = np.linalg.qr(scaled)[0]
    return np.asarray(np.eye(len(basis)) - basis @ basis.T)


def correlation_of(residuals: Floats, maker: Floats) -> float:
    """Lag-one correlation of errors, 0 to 0.95, whose residuals would be as correlated as seen.

    Residuals of a regression are less correlated than the errors; the expected ratio of quadratic
    forms is solved for the correlation of an AR(1).

    Parameters
    ----------
    residuals
        (counts,) Pearson residuals in order of time.
    maker
        (counts, counts) matrix that makes residuals of errors.
    """
    seen = float(residuals[1:] @ residuals[:-1]) / float(residuals @ residuals)
    moved = np.zeros_like(maker)
    moved[1:] += maker[:-1]
    moved[:-1] += maker[1:]
    above, below = _by_distance(maker @ moved / 2), _by_distance(maker)
    powers = np.arange(len(above))

    def gap(correlation: float) -> float:
        factors = correlation**powers
        return float(factors @ above / (factors @ below)) - seen

    if gap(0.0) >= 0:
        return 0.0
    if gap(_HIGHEST_CORRELATION) <= 0:
        return _HIGHEST_CORRELATION
    return float(optimize.brentq(gap, 0.0, _HIGHEST_CORRELATION, xtol=1e-6))


def _by_distance(matrix: Floats) -> Floats:
    """Sums of a matrix over all entries of equal distance to the diagonal."""
    places = np.arange(len(matrix))
    distance = np.abs(places[:, np.newaxis] - places[np.newaxis, :])
    return np.asarray(
        np.bincount(distance.ravel(), weights=matrix.ravel(), minlength=len(matrix)),
        dtype=np.float64,
    )


def fit_counts(
    series: CountSeries,
    columns: Floats,
    names: Sequence[str],
    *,
    family: Family = "negative_binomial",
    size: float | None = None,
) -> Fit:
    """Fit by greatest likelihood: Newton's steps on the exact gradient, the size by its profile.

    Parameters
    ----------
    series
        The counts.
    columns
        (months, coefficients) what moves the log rate.
    names
        Names of the columns, for errors.
    family
        Law of a count around its mean.
    size
        A known size of the negative binomial; estimated by default.

    Returns
    -------
    Fit
        The fit; `size` is infinite for Poisson.

    Raises
    ------
    DesignError
        If the columns cannot be told apart, or a coefficient leaves for infinity.
    """
    _refuse_alike(series, columns, names)
    begin = _start(series, columns)
    if family == "poisson" or size is not None:
        fixed = math.inf if family == "poisson" or size is None else size
        return _fit_at(series, columns, names, fixed, begin)
    size, found = math.exp(4.0), begin
    for _ in range(_ROUNDS):
        fit = _fit_at(series, columns, names, size, found)
        found = fit.coefficients
        before, size = size, _likeliest_size(series.value, fit.means.count)
        if abs(math.log(size / before)) < 1e-9:
            break
    return _fit_at(series, columns, names, size, found)


def _start(series: CountSeries, columns: Floats) -> Floats:
    """Least squares on log rates, each count with the mean of its months' columns."""
    exposure = series.exposure()
    rows = _summed(series, columns * series.days[:, np.newaxis]) / exposure[:, np.newaxis]
    return np.asarray(np.linalg.lstsq(rows, np.log((series.value + 0.5) / exposure), rcond=None)[0])


def _refuse_alike(series: CountSeries, columns: Floats, names: Sequence[str]) -> None:
    """Columns of which one is a sum of others, as far as the counts can see, have no answer."""
    rows = _summed(series, columns * series.days[:, np.newaxis])
    rows = rows / np.sqrt(series.exposure())[:, np.newaxis]
    lengths = np.linalg.norm(rows, axis=0)
    singular, directions = np.linalg.svd(rows / np.where(lengths > 0, lengths, 1.0))[1:]
    if len(rows) >= len(names) and singular[-1] > 1e-7 * singular[0]:
        return
    involved = np.abs(directions[-1]) > 0.1
    alike = ", ".join(name for name, part in zip(names, involved, strict=True) if part)
    raise DesignError(
        f"The counts cannot tell these apart: {alike}. Leave one out, or give counts of single "
        "months where they differ.",
        f"Los recuentos no distinguen entre: {alike}. Quite uno, o use recuentos de meses sueltos "
        "donde difieran.",
    )


def likelihood_of(value: Floats, mean: Floats, size: float) -> float:
    """Log likelihood of counts around their means; an infinite size is Poisson."""
    if math.isinf(size):
        return float(np.sum(special.xlogy(value, mean) - mean - special.gammaln(value + 1)))
    return float(
        np.sum(
            special.gammaln(value + size)
            - special.gammaln(size)
            - special.gammaln(value + 1)
            + special.xlogy(value, mean / (mean + size))
            - size * np.log1p(mean / size)
        )
    )


def _likeliest_size(value: Floats, mean: Floats) -> float:
    """Size of greatest likelihood at given means; the upper bound is as good as Poisson."""

    def slope(log_size: float) -> float:
        size = math.exp(log_size)
        terms = special.digamma(value + size) - special.digamma(size) - np.log1p(mean / size)
        return float(np.sum(terms + (mean - value) / (mean + size)))

    grid = np.linspace(*_SIZES, 12)
    best = grid[int(np.argmax([likelihood_of(value, mean, math.exp(point)) for point in grid]))]
    low, high = max(best - 2.0, _SIZES[0]), min(best + 2.0, _SIZES[1])
    if slope(low) <= 0:
        return math.exp(low)
    if slope(high) >= 0:
        return math.exp(high)
    return math.exp(float(optimize.brentq(slope, low, high, xtol=1e-12)))


def _fit_at(
    series: CountSeries, columns: Floats, names: Sequence[str], size: float, begin: Floats
) -> Fit:
    """Scoring steps, halved while the likelihood falls."""
    coefficients = begin
    means = means_of(series, columns, coefficients)
    value = likelihood_of(series.value, means.count, size)
    for _ in range(_STEPS):
        weight = 1 / (means.count * (1 + means.count / size))
        gradient = means.jacobian.T @ ((series.value - means.count) * weight)
        expected = (means.jacobian * weight[:, np.newaxis]).T @ means.jacobian
        try:
            step = np.linalg.solve(expected, gradient)
        except np.linalg.LinAlgError:
            raise _left_for_infinity(coefficients, begin, names) from None
        if float(gradient @ step) < 1e-18 * (1 + abs(value)):
            break
        for _ in range(40):
            tried = means_of(series, columns, coefficients + step)
            reached = likelihood_of(series.value, tried.count, size)
            if reached >= value - 1e-12 * abs(value):
                break
            step = step / 2
        coefficients, means, value = coefficients + step, tried, reached
        if np.max(np.abs(coefficients - begin)) > _FAR:
            raise _left_for_infinity(coefficients, begin, names)
        if np.max(np.abs(step)) < 1e-12:
            break
    information = _observed(series, columns, means, size)
    return Fit(series, columns, coefficients, size, means, information, value)


def _left_for_infinity(reached: Floats, begin: Floats, names: Sequence[str]) -> DesignError:
    name = names[int(np.argmax(np.abs(reached - begin)))]
    return DesignError(
        f"The coefficient of {name} has no finite value: the counts that it stands for hold no "
        "deaths, or all of them.",
        f"El coeficiente de {name} no tiene un valor finito: los recuentos a los que corresponde "
        "no contienen muertes, o las contienen todas.",
    )


def _observed(series: CountSeries, columns: Floats, means: Means, size: float) -> Floats:
    """Negative second derivative; that of the mean itself enters where counts miss it."""
    mean, value = means.count, series.value
    curve = value / mean**2
    first = value / mean - 1.0
    if not math.isinf(size):
        curve = curve - (value + size) / (mean + size) ** 2
        first = value / mean - (value + size) / (mean + size)
    covered = series.owner >= 0
    weight = np.zeros(len(series.months))
    weight[covered] = means.monthly[covered] * first[series.owner[covered]]
    inner = (columns * weight[:, np.newaxis]).T @ columns
    return np.asarray((means.jacobian * curve[:, np.newaxis]).T @ means.jacobian - inner)
