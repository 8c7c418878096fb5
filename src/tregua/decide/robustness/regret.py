r"""Regret: how much worse a strategy did than the best one for that very world.

With $y_{ws}$ the outcome in world $w$ under strategy $s$, lower being better, the regret is

$$R_{ws} = y_{ws} - \min_{s'} y_{ws'} \ge 0,$$

and its relative form divides by $\max(|\min_{s'} y_{ws'}|, g)$ with a guard $g > 0$, since a best
outcome of zero would make any regret infinite. Savage 1951 (Journal of the American Statistical
Association 46(253)) chooses the strategy whose greatest regret is least. Beside the greatest stand
the mean, and the mean of the worst share $1-\alpha$, the conditional value at risk (Rockafellar and
Uryasev 2002, Journal of Banking and Finance 26(7)). Satisficing asks in which share of worlds an
outcome meets a threshold that the reader states (Simon 1956, Psychological Review 63(2)).

Monte-Carlo errors, for weights $w$ with $\sum w = 1$ and $1/\sum w^2$ effective worlds: a mean has
its standard error; CVaR has that of the delta method,
$\mathrm{sd}[(R-q_\alpha)_+]/((1-\alpha)\sqrt{n_\mathrm{eff}})$ (Trindade and others 2007, Journal
of Banking and Finance 31(11)); a share has the binomial's. A *maximum* has none: it grows with the
number of worlds, and no resampling knows the worst world that was not drawn. Told instead is what
the last doubling of the worlds added, $\max_n - \mathrm{E}\max_{n/2}$, the expectation being over
all halves of the worlds. It is exact, from order statistics: with the regrets in ascending order,

$$\mathrm{E}\max_m = \sum_{j=m}^{n} R_{(j)} \binom{j-1}{m-1}\Big/\binom{n}{m}.$$

Regrets are taken outcome by outcome and never summed over outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from tregua.decide.robustness.space import Outcome

__all__ = [
    "absolute_regret",
    "cvar",
    "expected_maximum",
    "minimax_regret",
    "regret_table",
    "relative_regret",
]

Array = NDArray[np.float64]

_HALVES = 200
_PURPOSE = 11


def absolute_regret(totals: ArrayLike, *, better: str = "lower") -> Array:
    """How much worse than the best strategy of each world.

    Parameters
    ----------
    totals
        float64[worlds, strategies]: an outcome.
    better
        "lower" or "higher".

    Returns
    -------
    ndarray
        float64[worlds, strategies], at least 0; the best strategy of a world has 0.

    Examples
    --------
    >>> absolute_regret([[3, 5], [4, 1]])
    array([[0., 2.],
           [3., 0.]])
    """
    values = _table(totals)
    if better not in ("lower", "higher"):
        raise ValueError(f"better must be 'lower' or 'higher', not {better!r}.")
    if better == "lower":
        return np.asarray(values - values.min(axis=1, keepdims=True))
    return np.asarray(values.max(axis=1, keepdims=True) - values)


def relative_regret(totals: ArrayLike, *, better: str = "lower", guard: float = 1.0) -> Array:
    """Regret as a share of the best outcome of each world.

    Parameters
    ----------
    totals, better
        As `absolute_regret` takes them.
    guard
        Least denominator, above 0 and in the outcome's unit.

    Examples
    --------
    >>> relative_regret([[3, 6], [0, 2]], guard=4)
    array([[0.  , 0.75],
           [0.  , 0.5 ]])
    """
    if not guard > 0.0:
        raise ValueError(f"The guard must be above 0, not {guard!r}.")
    values = _table(totals)
    best = values.min(axis=1) if better == "lower" else values.max(axis=1)
    found = absolute_regret(values, better=better) / np.maximum(np.abs(best), guard)[:, None]
    return np.asarray(found)


def cvar(
    regrets: ArrayLike, level: float = 0.9, weights: ArrayLike | None = None
) -> tuple[float, float]:
    """Mean of the worst share `1 - level` of regrets, and its Monte-Carlo standard error.

    Parameters
    ----------
    regrets
        float64[worlds], larger being worse.
    level
        Share of worlds left out, in [0, 1); 0 gives the mean.
    weights
        float64[worlds], at least 0; None weighs all alike.

    Returns
    -------
    (value, error)

    Examples
    --------
    >>> round(cvar([0, 0, 0, 0, 1, 2, 3, 4, 5, 9], 0.8)[0], 9)
    7.0
    """
    if not 0.0 <= level < 1.0:
        raise ValueError(f"The level must lie in [0, 1), not {level!r}.")
    values = np.asarray(regrets, dtype=np.float64)
    w = _weights(weights, len(values))
    order = np.argsort(values, kind="stable")
    # The tail is filled from the worst world down; the world on its edge counts in part.
    above = np.concatenate([np.cumsum(w[order][::-1])[::-1][1:], [0.0]])
    part = np.clip((1.0 - level) - above, 0.0, w[order])
    value = float(part @ values[order] / part.sum())
    edge = float(values[order][np.flatnonzero(part)[0]])
    beyond = np.maximum(values - edge, 0.0)
    mean = float(w @ beyond)
    spread = float(w @ (beyond - mean) ** 2)
    return value, float(np.sqrt(spread * np.sum(w**2)) / (1.0 - level))


def expected_maximum(regrets: ArrayLike, size: int) -> float:
    """Mean of the maximum over all subsets of a size, in closed form.

    Parameters
    ----------
    regrets
        float64[n].
    size
        Worlds in a subset, 1 to n.

    Examples
    --------
    >>> round(expected_maximum([1.0, 2.0, 3.0], 2), 12)  # 2, 3, 3
    2.666666666667
    """
    ordered = np.sort(np.asarray(regrets, dtype=np.float64))
    n = len(ordered)
    if not 1 <= size <= n:
        raise ValueError(f"A subset of {n} worlds holds 1 to {n}, not {size}.")
    rank = np.arange(size, n + 1)
    log_share = _log_choose(rank - 1, size - 1) - _log_choose(np.array(n), size)
    return float(np.exp(log_share) @ ordered[size - 1 :])


def minimax_regret(
    totals: ArrayLike,
    strategies: Sequence[str],
    *,
    better: str = "lower",
    seed: int = 1,
) -> tuple[str, float]:
    """The strategy whose greatest regret is least, and how often half of the worlds agree.

    Parameters
    ----------
    totals, better
        As `absolute_regret` takes them.
    strategies
        Names of the columns.
    seed
        Seed of the halves.

    Returns
    -------
    tuple
        The choice (the first of equals), and the share of 200 random halves of the worlds that
        choose the same. A bootstrap would not do: it repeats worlds and so never sees a worse one.
    """
    regrets = absolute_regret(totals, better=better)
    shares = _choices(regrets, seed)
    choice = int(np.argmin(regrets.max(axis=0)))
    return strategies[choice], float(shares[choice])


def regret_table(
    totals: ArrayLike,
    strategies: Sequence[str],
    outcome: Outcome,
    *,
    weights: ArrayLike | None = None,
    level: float = 0.9,
    seed: int = 1,
) -> pd.DataFrame:
    """Every measure of regret for one outcome, a row a strategy.

    Parameters
    ----------
    totals
        float64[worlds, strategies]: the outcome.
    strategies
        Names of the columns.
    outcome
        Direction, threshold and guard.
    weights
        float64[worlds]; None weighs all alike.
    level
        Level of the CVaR, in [0, 1).
    seed
        Seed of the halves that judge the minimax choice.

    Returns
    -------
    DataFrame
        Columns outcome, years, strategy; expected, expected_error; relative, relative_error (mean
        relative regret); guarded (share of worlds where the guard replaced the best outcome);
        cvar, cvar_error; maximal, last_doubling (what the second half of the worlds added to it);
        relative_maximal; best (share of worlds in which the strategy is best, ties shared),
        best_error; chosen (whether it is the minimax-regret choice), chosen_in (share of halves of
        the worlds that choose it); satisficing, satisficing_error (NaN without a threshold).
    """
    values = _table(totals)
    if values.shape[1] != len(strategies):
        raise ValueError(
            f"{len(strategies)} strategies need as many columns, not {values.shape[1]}."
        )
    w = _weights(weights, len(values))
    kept = values[w > 0.0]
    regrets = absolute_regret(values, better=outcome.better)
    relative = relative_regret(values, better=outcome.better, guard=outcome.guard)
    best = values.min(axis=1) if outcome.better == "lower" else values.max(axis=1)
    ties = (regrets == 0.0) / (regrets == 0.0).sum(axis=1, keepdims=True)
    greatest = absolute_regret(kept, better=outcome.better)
    chosen = int(np.argmin(greatest.max(axis=0)))
    shares = _choices(greatest, seed)
    rows = []
    for index, name in enumerate(strategies):
        mean, mean_error = _mean(regrets[:, index], w)
        relative_mean, relative_error = _mean(relative[:, index], w)
        tail, tail_error = cvar(regrets[:, index], level, w)
        maximal = float(greatest[:, index].max())
        half = expected_maximum(greatest[:, index], max(1, len(greatest) // 2))
        share, share_error = _mean(ties[:, index], w)
        met, met_error = _satisficing(values[:, index], outcome, w)
        rows.append(
            {
                "outcome": outcome.name,
                "years": outcome.years,
                "strategy": name,
                "expected": mean,
                "expected_error": mean_error,
                "relative": relative_mean,
                "relative_error": relative_error,
                "guarded": float(w @ (np.abs(best) < outcome.guard)),
                "cvar": tail,
                "cvar_error": tail_error,
                "maximal": maximal,
                "last_doubling": maximal - half,
                "relative_maximal": float(relative[w > 0.0, index].max()),
                "best": share,
                "best_error": share_error,
                "chosen": index == chosen,
                "chosen_in": float(shares[index]),
                "satisficing": met,
                "satisficing_error": met_error,
            }
        )
    return pd.DataFrame(rows)


def _satisficing(values: Array, outcome: Outcome, weights: Array) -> tuple[float, float]:
    if outcome.threshold is None:
        return float("nan"), float("nan")
    met = values <= outcome.threshold if outcome.better == "lower" else values >= outcome.threshold
    return _mean(met.astype(np.float64), weights)


def _choices(regrets: Array, seed: int) -> Array:
    """Share of random halves of the worlds in which each strategy is the minimax choice."""
    generator = np.random.Generator(np.random.Philox(key=[seed, _PURPOSE]))
    n, counts = len(regrets), np.zeros(regrets.shape[1])
    for _ in range(_HALVES):
        half = generator.permutation(n)[: max(1, n // 2)]
        counts[np.argmin(regrets[half].max(axis=0))] += 1
    return counts / _HALVES


def _mean(values: Array, weights: Array) -> tuple[float, float]:
    mean = float(weights @ values)
    spread = float(weights @ (values - mean) ** 2)
    return mean, float(np.sqrt(spread * np.sum(weights**2)))


def _log_choose(n: NDArray[np.int64], k: int) -> Array:
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))


def _table(totals: ArrayLike) -> Array:
    values = np.asarray(totals, dtype=np.float64)
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(f"Regret needs an array worlds x strategies, not shape {values.shape}.")
    if not np.isfinite(values).all():
        raise ValueError("Regret needs finite outcomes.")
    return values


def _weights(weights: ArrayLike | None, n: int) -> Array:
    if weights is None:
        return np.full(n, 1.0 / n)
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != (n,) or not np.isfinite(w).all() or w.min() < 0.0 or w.sum() == 0.0:
        raise ValueError(f"Weights must be {n} numbers of at least 0, not all 0.")
    return np.asarray(w / w.sum())
