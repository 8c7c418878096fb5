r"""Interrupted time series by Bayes: errors that wander, and priors that are stated.

To the log rate of `interrupted` comes a latent error $u_m$ that follows an AR(1) with standard
deviation $\sigma$ and correlation $\varrho$ from month to month,

$$ \log r_m = x_m \beta + u_m, \qquad \operatorname{cov}(u_m, u_{m+h}) = \sigma^2 \varrho^h, $$

and counts are negative binomial around the sums of their months. Coefficients are normal with
standard deviation 2.5, the level around the mean rate; $\sigma$, $\varrho$ and the size lie on a
small grid, each point equally likely beforehand. At each point the coefficients and errors are
summed out by Laplace's approximation (Rue, Martino & Chopin 2009, *Journal of the Royal Statistical
Society B* 71:319); the points are weighed by their evidence.

Where errors are small and data many the answer must agree with the classical one. Where a level
wanders, this design says so by a wider interval instead of a corrected error.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import linalg

from tregua.assess.designs.estimate import Estimate
from tregua.assess.designs.interrupted import (
    UNIT,
    Interruption,
    Law,
    Question,
    asked_in,
    assumptions,
    cautions_of,
    estimand,
    joined,
    path_of,
    prepare,
    recorded,
)
from tregua.assess.designs.regression import fit_counts, likelihood_of, means_of
from tregua.assess.designs.series import CountSeries, DesignError

__all__ = ["interrupted_bayes"]

Floats = NDArray[np.float64]
Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]

_PRIOR = 2.5
_SPREADS = (0.01, 0.05, 0.1, 0.2, 0.4)
_CORRELATIONS = (0.3, 0.6, 0.8, 0.92, 0.98)
_SIZES = (8.0, 25.0, 80.0, 400.0, math.inf)
_STEPS = 60
_PURPOSE = 54
_VISIBLE = 1e-5


@dataclass(frozen=True, eq=False)
class _Mode:
    """Laplace's approximation at one point of the grid."""

    spread: float
    correlation: float
    size: float
    coefficients: Floats
    errors: Floats
    follow: Floats
    """(months, coefficients) how errors move where coefficients do."""
    precision: Floats
    """(coefficients, coefficients) precision of the coefficients, errors summed out."""
    evidence: float


def interrupted_bayes(
    series: CountSeries,
    interruptions: Sequence[Interruption],
    *,
    question: str,
    window: tuple[str, str],
    law: Law | None = None,
    level: float = 0.9,
    seed: int = 1,
    draws: int = 2000,
    events: pd.DataFrame | None = None,
) -> Estimate:
    """Posterior of the ratio of deaths in a window to what they would have been.

    Parameters
    ----------
    series, interruptions, question, window, law, level, events
        As `interrupted` takes them; the lags of the law are not used.
    seed
        Seed of the posterior draws.
    draws
        How many, at least 100.

    Returns
    -------
    Estimate
        Median and equal-tailed interval; without placebos. `settings` holds the posterior means of
        `spread` (standard deviation of the latent error, log units) and `correlation`.

    Raises
    ------
    DesignError
        As `interrupted` raises it.
    ValueError
        If the level does not lie between 0 and 1, or there are fewer than 100 draws.
    """
    law = law or Law()
    if not 0 < level < 1 or draws < 100:
        raise ValueError(
            f"A level lies between 0 and 1 and draws number at least 100; given {level:g} and "
            f"{draws}."
        )
    asked = prepare(series, interruptions, question=question, window=window, law=law)
    fit = fit_counts(series, asked.columns, asked.names, family=law.family)
    modes = _modes(asked, law, fit.coefficients)
    evidence = np.array([mode.evidence for mode in modes])
    weights = np.exp(evidence - evidence.max())
    weights /= weights.sum()
    ratios = _drawn(asked, modes, weights, draws, seed)
    low, middle, high = np.quantile(ratios, [0.5 - level / 2, 0.5, 0.5 + level / 2])
    spread = float(weights @ [mode.spread for mode in modes])
    correlation = float(weights @ [mode.correlation for mode in modes])
    at_edge = float(weights[[mode.spread == _SPREADS[-1] for mode in modes]].sum())
    return Estimate(
        design="interrupted_bayes",
        estimand=estimand(asked),
        unit=UNIT,
        value=float(middle),
        low=float(low),
        high=float(high),
        level=level,
        p_placebo=math.nan,
        placebos=0,
        assumptions=assumptions(asked, law),
        cautions=joined(series.cautions, cautions_of(asked, events), _at_the_edge(at_edge)),
        settings={
            "recorded": recorded(asked, fit),
            "family": law.family,
            "trend": law.trend,
            "season": law.season,
            "first": f"{series.months[0]:%Y-%m}",
            "last": f"{series.months[-1]:%Y-%m}",
            "counts": len(series.value),
            **asked_in(asked, interruptions),
            "spread": spread,
            "correlation": correlation,
            "draws": draws,
            "seed": seed,
        },
        path=path_of(asked, fit, law, level),
    )


def _at_the_edge(share: float) -> dict[str, tuple[str, ...]]:
    if share < 0.5:
        return {"en": (), "es": ()}
    return {
        "en": ("Errors are as large as the grid allows (0.4); the interval may be too narrow.",),
        "es": (
            "Los errores son tan grandes como permite la rejilla (0,4); el intervalo puede ser "
            "demasiado estrecho.",
        ),
    }


def _modes(asked: Question, law: Law, begin: Floats) -> list[_Mode]:
    """Every point of the grid, but for those without any weight."""
    sizes = _SIZES if law.family == "negative_binomial" else (math.inf,)
    found: list[_Mode] = []
    pairs = _pairs(asked.series)
    for spread, size in itertools.product(_SPREADS, sizes):
        coefficients, errors = begin, np.zeros(len(asked.series.months))
        for correlation in _CORRELATIONS:
            mode = _mode(asked, (spread, correlation, size), coefficients, errors, pairs)
            if mode is not None:
                coefficients, errors = mode.coefficients, mode.errors
                found.append(mode)
    if not found:
        raise DesignError(
            "No point of the grid of error laws could be fitted to these counts.",
            "Ningún punto de la rejilla de leyes del error pudo ajustarse a estos recuentos.",
        )
    best = max(mode.evidence for mode in found)
    return [mode for mode in found if mode.evidence > best + math.log(_VISIBLE)]


def _mode(
    asked: Question,
    law: tuple[float, float, float],
    coefficients: Floats,
    errors: Floats,
    pairs: Pairs,
) -> _Mode | None:
    """Coefficients and errors of greatest posterior density at one point of the grid."""
    spread, correlation, size = law
    series, columns = asked.series, asked.columns
    centre = np.zeros(columns.shape[1])
    centre[0] = math.log(series.value.sum() / series.exposure().sum())
    height = -math.inf
    for _ in range(_STEPS):
        step = _step(asked, law, coefficients, errors, centre, pairs)
        moved, best, scale = False, height, 1.0
        if math.isinf(height):
            height = best = _density(asked, law, coefficients, errors, centre)
        for _ in range(30):
            tried = coefficients + scale * step.coefficients, errors + scale * step.errors
            best = _density(asked, law, *tried, centre)
            if best >= height - 1e-10 * abs(height):
                moved = True
                break
            scale /= 2
        if not moved:
            return None
        coefficients, errors = tried
        gained, height = best - height, best
        if abs(gained) < 1e-8:
            break
    final = _step(asked, law, coefficients, errors, centre, pairs)
    many = len(series.months)
    prior_scale = -many * math.log(spread) - (many - 1) / 2 * math.log(1 - correlation**2)
    evidence = height + prior_scale - final.log_determinant / 2
    return _Mode(
        spread, correlation, size, coefficients, errors, final.follow, final.precision, evidence
    )


def _precision(months: int, spread: float, correlation: float) -> tuple[Floats, float]:
    """Diagonal and next diagonal of the precision of an AR(1)."""
    scale = 1 / (spread**2 * (1 - correlation**2))
    diagonal = np.full(months, scale * (1 + correlation**2))
    diagonal[[0, -1]] = scale
    return diagonal, -scale * correlation


def _density(
    asked: Question,
    law: tuple[float, float, float],
    coefficients: Floats,
    errors: Floats,
    centre: Floats,
) -> float:
    """Log posterior density, but for constants."""
    spread, correlation, size = law
    columns = np.column_stack([asked.columns, errors])
    mean = means_of(asked.series, columns, np.append(coefficients, 1.0)).count
    diagonal, beside = _precision(len(errors), spread, correlation)
    wandering = float(diagonal @ errors**2 + 2 * beside * (errors[1:] @ errors[:-1]))
    prior = float(np.sum((coefficients - centre) ** 2)) / _PRIOR**2
    return likelihood_of(asked.series.value, mean, size) - (wandering + prior) / 2


@dataclass(frozen=True, eq=False)
class _Step:
    coefficients: Floats
    errors: Floats
    follow: Floats
    precision: Floats
    log_determinant: float


def _pairs(series: CountSeries) -> Pairs:
    """Pairs of months that one count holds, the earlier first, each with itself too."""
    first, second = [], []
    for count in range(len(series.value)):
        places = np.flatnonzero(series.owner == count)
        for early, late in itertools.combinations_with_replacement(places.tolist(), 2):
            first.append(early)
            second.append(late)
    return np.array(first, dtype=np.int64), np.array(second, dtype=np.int64)


def _step(
    asked: Question,
    law: tuple[float, float, float],
    coefficients: Floats,
    errors: Floats,
    centre: Floats,
    pairs: Pairs,
) -> _Step:
    """One scoring step of coefficients and errors together; the errors by a banded Cholesky."""
    spread, correlation, size = law
    series, columns = asked.series, asked.columns
    means = means_of(series, np.column_stack([columns, errors]), np.append(coefficients, 1.0))
    weight = 1 / (means.count * (1 + means.count / size))
    gap = (series.value - means.count) * weight
    covered = series.owner >= 0
    owner = series.owner[covered]
    monthly = np.where(covered, means.monthly, 0.0)
    first, second = pairs
    band = np.zeros((int(np.max(second - first)) + 2, len(errors)))
    diagonal, beside = _precision(len(errors), spread, correlation)
    band[0], band[1, :-1] = diagonal, beside
    joint = weight[series.owner[first]] * monthly[first] * monthly[second]
    np.add.at(band, (second - first, first), joint)
    jacobian = means.jacobian[:, :-1]
    across = np.zeros_like(columns)
    across[covered] = (monthly[covered] * weight[owner])[:, np.newaxis] * jacobian[owner]
    pull = np.zeros(len(errors))
    pull[covered] = monthly[covered] * gap[owner]
    pull -= diagonal * errors
    pull[1:] -= beside * errors[:-1]
    pull[:-1] -= beside * errors[1:]
    factor = linalg.cholesky_banded(band, lower=True, check_finite=False)
    solved = linalg.cho_solve_banded(
        (factor, True), np.column_stack([across, pull]), check_finite=False
    )
    inner = (jacobian * weight[:, np.newaxis]).T @ jacobian + np.eye(len(centre)) / _PRIOR**2
    precision = inner - across.T @ solved[:, :-1]
    gradient = jacobian.T @ gap - (coefficients - centre) / _PRIOR**2
    move = np.linalg.solve(precision, gradient - across.T @ solved[:, -1])
    determinant = 2 * float(np.log(factor[0]).sum()) + float(np.linalg.slogdet(precision)[1])
    follow = -solved[:, :-1]
    return _Step(move, solved[:, -1] + follow @ move, follow, precision, determinant)


def _drawn(
    asked: Question, modes: Sequence[_Mode], weights: Floats, draws: int, seed: int
) -> Floats:
    """Draws of the ratio; errors follow the coefficients at their conditional mean."""
    random = np.random.default_rng([seed, _PURPOSE])
    chosen = np.sort(random.choice(len(modes), size=draws, p=weights))
    normal = random.standard_normal((draws, asked.columns.shape[1]))
    inside = asked.inside & (asked.series.owner >= 0)
    with_it, without = asked.columns[inside], asked.without()[inside]
    log_days = np.log(asked.series.days[inside])
    ratios = np.empty(draws)
    for place in np.unique(chosen):
        mode, mine = modes[place], chosen == place
        upper = np.linalg.cholesky(mode.precision).T
        shift = linalg.solve_triangular(upper, normal[mine].T)
        coefficients = mode.coefficients[:, np.newaxis] + shift
        errors = mode.errors[inside][:, np.newaxis] + mode.follow[inside] @ shift
        base = log_days[:, np.newaxis] + errors
        ratios[mine] = np.exp(with_it @ coefficients + base).sum(axis=0)
        ratios[mine] /= np.exp(without @ coefficients + base).sum(axis=0)
    return ratios
