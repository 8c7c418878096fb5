r"""What each strategy did to the same worlds: the harm ledger, paired differences, and fans.

Two strategies meet the same worlds: the same draw of parameters and the same noise, keyed by
(seed, world, time, purpose). Their difference in one world is therefore the strategy's, and the
spread over worlds says how sure we can be. For $n$ worlds with weights $w$, the share in which one
strategy does better carries the Monte-Carlo error $\sqrt{p(1-p)/n_\mathrm{eff}}$ with
$n_\mathrm{eff} = (\sum w)^2/\sum w^2$ (Kish 1965, Survey Sampling, section 8.2).

The harm ledger is never summed: a killing, a wrongful detention and a year of democracy lost have
no common unit, and giving them one is the reader's business.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["FAN_QUANTILES", "HORIZONS", "LEDGER", "Comparison"]

Array = NDArray[np.float64]

HORIZONS = (1, 3, 5, 10)
"""Years after the origin at which the ledger is read."""

LEDGER = (
    "recorded",
    "hidden",
    "uncounted",
    "disappeared",
    "detained",
    "wrongly_detained",
    "custody_deaths",
    "police_killings",
    "democracy_lost",
)
"""Outcomes of the harm ledger over a horizon: persons, and index years for democracy lost.

`recorded`, `hidden` (as disappearances) and `uncounted` (left out by the counting rules) are parts
of all killings; `disappeared` are persons reported missing, found alive or not.
"""

FAN_QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)

_LEDGER_QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)


def _quantiles(values: Array, weights: Array, levels: tuple[float, ...]) -> Array:
    """Weighted quantiles over the first axis: (levels, ...)."""
    return np.asarray(np.quantile(values, levels, axis=0, weights=weights, method="inverted_cdf"))


def _column(level: float) -> str:
    return f"q{round(level * 100):02d}"


@dataclass(frozen=True)
class Comparison:
    """Outcomes of several strategies in the same worlds.

    Attributes
    ----------
    origin
        Month from which the strategies act, as `YYYY-MM`.
    strategies
        Names of the strategies.
    cumulative
        For every outcome of `LEDGER` and for `killed` (recorded and hidden): array (strategy,
        world, month), total from the origin to the end of the month.
    monthly
        For every variable drawn as a fan: array (strategy, world, month), in its own unit.
    months
        First days of the months.
    weights
        Weight of each world, summing to 1.
    """

    origin: str
    strategies: tuple[str, ...]
    cumulative: dict[str, Array]
    monthly: dict[str, Array]
    months: NDArray[np.datetime64]
    weights: Array

    @property
    def effective_worlds(self) -> float:
        """Kish's effective number of worlds, between 1 and their number."""
        return float(1.0 / np.sum(self.weights**2))

    def total(self, outcome: str, strategy: str, horizon: int) -> Array:
        """Total of an outcome after `horizon` years, one number a world.

        Raises
        ------
        ValueError
            If the run is shorter than the horizon.
        """
        last = 12 * horizon - 1
        if last >= len(self.months):
            raise ValueError(
                f"A horizon of {horizon} years needs {last + 1} months; the run has "
                f"{len(self.months)}."
            )
        return self.cumulative[outcome][self.strategies.index(strategy), :, last]

    def horizons(self) -> tuple[int, ...]:
        """Horizons of `HORIZONS` that the run reaches."""
        return tuple(h for h in HORIZONS if 12 * h <= len(self.months))

    def outcomes(self) -> tuple[str, ...]:
        """Outcomes of the ledger; `uncounted` only where the counting rules leave something out."""
        nothing_left_out = not self.cumulative["uncounted"].any()
        return tuple(o for o in LEDGER if not (o == "uncounted" and nothing_left_out))

    def ledger(self) -> pd.DataFrame:
        """Harm ledger of every strategy at every horizon.

        Returns
        -------
        DataFrame
            Columns origin, strategy, horizon (years), outcome, q05, q25, q50, q75, q95, mean and
            mc_error (Monte-Carlo standard error of the mean).
        """
        rows = []
        for strategy in self.strategies:
            for horizon in self.horizons():
                for outcome in self.outcomes():
                    total = self.total(outcome, strategy, horizon)
                    mean, error = self._mean(total)
                    quantiles = _quantiles(total, self.weights, _LEDGER_QUANTILES)
                    rows.append(
                        {
                            "origin": self.origin,
                            "strategy": strategy,
                            "horizon": horizon,
                            "outcome": outcome,
                            **dict(zip(map(_column, _LEDGER_QUANTILES), quantiles, strict=True)),
                            "mean": mean,
                            "mc_error": error,
                        }
                    )
        return pd.DataFrame(rows)

    def difference(self, strategy: str, reference: str, horizon: int, outcome: str) -> Paired:
        """Paired difference of two strategies in one outcome, over worlds."""
        gap = self.total(outcome, strategy, horizon) - self.total(outcome, reference, horizon)
        # Weights add to one only up to rounding; a share is never above one.
        lower = min(1.0, float(self.weights @ ((gap < 0) + 0.5 * (gap == 0))))
        q05, q50, q95 = _quantiles(gap, self.weights, (0.05, 0.50, 0.95))
        mean, mean_error = self._mean(gap)
        error = float(np.sqrt(lower * (1 - lower) / self.effective_worlds))
        return Paired(float(q05), float(q50), float(q95), lower, error, mean, mean_error)

    def differences(self) -> pd.DataFrame:
        """Paired differences of every strategy to every other.

        Returns
        -------
        DataFrame
            Columns origin, strategy, reference, horizon, outcome, q05, q50, q95 (strategy minus
            reference), p_lower (share of worlds in which the strategy has less of the outcome; a
            tie counts one half), mc_error (Monte-Carlo standard error of p_lower), mean and
            mean_error.
        """
        rows = []
        for strategy in self.strategies:
            for reference in self.strategies:
                if strategy == reference:
                    continue
                for horizon in self.horizons():
                    for outcome in (*self.outcomes(), "killed"):
                        paired = self.difference(strategy, reference, horizon, outcome)
                        rows.append(
                            {
                                "origin": self.origin,
                                "strategy": strategy,
                                "reference": reference,
                                "horizon": horizon,
                                "outcome": outcome,
                                **vars(paired),
                            }
                        )
        return pd.DataFrame(rows)

    def fans(self) -> pd.DataFrame:
        """Quantiles by month: columns origin, strategy, month, variable, q05 ... q95."""
        frames = []
        for variable, values in self.monthly.items():
            for index, strategy in enumerate(self.strategies):
                bands = _quantiles(values[index], self.weights, FAN_QUANTILES)
                frame = pd.DataFrame(bands.T, columns=[_column(q) for q in FAN_QUANTILES])
                frame.insert(0, "variable", variable)
                frame.insert(0, "month", self.months)
                frame.insert(0, "strategy", strategy)
                frame.insert(0, "origin", self.origin)
                frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def _mean(self, values: Array) -> tuple[float, float]:
        mean = float(self.weights @ values)
        spread = float(self.weights @ (values - mean) ** 2)
        return mean, float(np.sqrt(spread / self.effective_worlds))


@dataclass(frozen=True)
class Paired:
    """Difference of two strategies in the same worlds, strategy minus reference.

    Attributes
    ----------
    q05, q50, q95
        Quantiles over worlds.
    p_lower
        Share of worlds in which the strategy has less; a tie counts one half.
    mc_error
        Monte-Carlo standard error of `p_lower`.
    mean, mean_error
        Mean difference and its Monte-Carlo standard error.
    """

    q05: float
    q50: float
    q95: float
    p_lower: float
    mc_error: float
    mean: float
    mean_error: float
