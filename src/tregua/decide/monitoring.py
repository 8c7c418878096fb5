r"""Who can be watched? False alarms and detection from a monthly count.

A government sees counts, not orders. It suspends a gang whose count $y$ in a month exceeds a
threshold $\bar y$, so that

$$ \alpha = P(y > \bar y \mid \text{complies}), \qquad \beta = P(y > \bar y \mid \text{cheats}). $$

Counts are negative binomial with a variance of $\varphi$ times their mean: arrests, quarrels and
weekends come in bursts. With $v$ killings a month, an effect $\rho\kappa$ of restraint, and shares
$\eta$ that are hidden, the means are

$$ m_C = a + v(1-\rho\kappa)(1-\eta_C), \qquad m_D = a + v(1-\eta_D), $$

where $a$ is what else the same count holds. A gang that is small beside $a$ can hide in the
aggregate: attribution of killings is part of the technology of a pact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

__all__ = ["expected_counts", "monitoring_errors"]

Array = NDArray[np.float64]


def expected_counts(
    killings: ArrayLike,
    stopped: ArrayLike,
    hidden_cheating: ArrayLike = 0.0,
    hidden_complying: ArrayLike = 0.0,
    *,
    elsewhere: ArrayLike = 0.0,
) -> tuple[Array, Array]:
    r"""Expected monthly counts of a gang that complies and of one that cheats.

    Parameters
    ----------
    killings
        Killings by the gang in a month without a pact, v, at least 0.
    stopped
        Share that restraint stops, :math:`\rho\kappa`, within [0, 1].
    hidden_cheating, hidden_complying
        Shares of its killings that enter no count, :math:`\eta_D` and :math:`\eta_C`, within [0,
        1].
    elsewhere
        Other killings in the same count, a.

    Returns
    -------
    tuple of numpy.ndarray
        :math:`m_C` and :math:`m_D`.

    Raises
    ------
    ValueError
        For a number outside its range; one message lists all.
    """
    _refuse(
        [
            ("killings", killings, 0.0, np.inf),
            ("stopped", stopped, 0.0, 1.0),
            ("hidden_cheating", hidden_cheating, 0.0, 1.0),
            ("hidden_complying", hidden_complying, 0.0, 1.0),
            ("elsewhere", elsewhere, 0.0, np.inf),
        ]
    )
    base, other = np.asarray(killings, dtype=np.float64), np.asarray(elsewhere, dtype=np.float64)
    left = (1 - np.asarray(stopped)) * (1 - np.asarray(hidden_complying))
    complying: Array = np.asarray(other + base * left)[()]
    cheating: Array = np.asarray(other + base * (1 - np.asarray(hidden_cheating)))[()]
    return complying, cheating


def monitoring_errors(
    threshold: ArrayLike,
    complying: ArrayLike,
    cheating: ArrayLike,
    dispersion: ArrayLike = 1.0,
    *,
    exact: bool = True,
) -> tuple[Array, Array]:
    r"""Chances that a count exceeds a threshold if the gang complies and if it cheats.

    Parameters
    ----------
    threshold
        The pact is suspended if a month's count is above it.
    complying, cheating
        Expected counts, at least 0: `expected_counts` gives them.
    dispersion
        Variance over mean, :math:`\varphi`, at least 1; at 1 counts are Poisson.
    exact
        True: tails of the negative binomial. False: of the normal with the same mean and variance.

    Returns
    -------
    tuple of numpy.ndarray
        :math:`\alpha` and :math:`\beta`.

    Raises
    ------
    ValueError
        For a number outside its range; one message lists all.

    Examples
    --------
    A gang that would kill 181 a month and is held to 25, in a national count of 139 or 295:

    >>> alpha, beta = monitoring_errors(201.5, 139, 295, 6.0, exact=False)
    >>> print(f"{alpha:.3f} {beta:.3f}")
    0.015 0.987
    """
    _refuse(
        [
            ("threshold", threshold, -np.inf, np.inf),
            ("complying", complying, 0.0, np.inf),
            ("cheating", cheating, 0.0, np.inf),
            ("dispersion", dispersion, 1.0, np.inf),
        ]
    )
    tail = _exact_tail if exact else _normal_tail
    return tail(threshold, complying, dispersion), tail(threshold, cheating, dispersion)


def _exact_tail(threshold: ArrayLike, mean: ArrayLike, dispersion: ArrayLike) -> Array:
    cut, m, phi = np.broadcast_arrays(np.floor(threshold), mean, dispersion)
    bursts = phi > 1
    size = m / np.where(bursts, phi - 1, 1.0)
    # A mean of 0 counts nothing, which the library's negative binomial does not allow.
    negative = stats.nbinom.sf(cut, np.where(m > 0, size, 1.0), 1 / phi)
    tail = np.where(bursts, negative, stats.poisson.sf(cut, m))
    result: Array = np.where(m > 0, tail, (cut < 0).astype(np.float64))[()]
    return result


def _normal_tail(threshold: ArrayLike, mean: ArrayLike, dispersion: ArrayLike) -> Array:
    cut, m, phi = np.broadcast_arrays(np.asarray(threshold, dtype=np.float64), mean, dispersion)
    spread = np.sqrt(phi * m)
    tail = stats.norm.sf((cut - m) / np.where(spread > 0, spread, 1.0))
    result: Array = np.where(spread > 0, tail, (cut < 0).astype(np.float64))[()]
    return result


def _refuse(given: list[tuple[str, ArrayLike, float, float]]) -> None:
    problems = []
    for name, value, low, high in given:
        array = np.asarray(value, dtype=np.float64)
        valid = np.isfinite(array) & (array >= low) & (array <= high)
        if not valid.all():
            wrong = np.atleast_1d(array)[~np.atleast_1d(valid)].flat[0]
            within = f"at least {low:g}" if np.isinf(high) else f"within [{low:g}, {high:g}]"
            problems.append(f"{name} = {wrong:g} (must be {'finite' if np.isinf(low) else within})")
    if problems:
        raise ValueError("Monitoring cannot have " + "; ".join(problems) + ".")
