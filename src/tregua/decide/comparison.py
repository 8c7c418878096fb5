r"""What each strategy did to the same worlds: the harm ledger, paired differences, and who is best.

Two strategies meet the same worlds: the same draw of parameters and the same noise, keyed by
(seed, world, time, purpose). Their difference in one world is therefore the strategy's, and the
spread over worlds says how sure we can be. For $n$ worlds with weights $w$, the share in which one
strategy does better carries the Monte-Carlo error $\sqrt{p(1-p)/n_\mathrm{eff}}$ with
$n_\mathrm{eff} = (\sum w)^2/\sum w^2$ (Kish 1965, Survey Sampling, section 8.2).

A strategy is best in a world, for one outcome, if no other has less of it; strategies that tie
share the world equally, so that the probabilities of being best add to one. They answer another
question than a paired difference does: among many strategies, the one that is best in most worlds
may still be so in a minority of them.

The harm ledger is never summed: a killing, a wrongful detention and a year of democracy lost have
no common unit, and giving them one is the reader's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.shown import Shown

__all__ = [
    "FAN_QUANTILES",
    "HORIZONS",
    "LEDGER",
    "OUTCOMES",
    "WORLDS_FROM",
    "Comparison",
    "Paired",
    "known_outcomes",
    "month_of_horizon",
]

Array = NDArray[np.float64]

HORIZONS = (1, 3, 5, 10, 15)
"""Years after the origin at which the ledger is read, and at the end of the run."""

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

OUTCOMES = ("killed", *LEDGER)
"""Outcomes that can be asked about: all killings and those of the ledger. Less is always better."""

WORLDS_FROM = ("given", "prior", "cloud", "posterior")
"""Where worlds come from: given by the caller, the prior, the ensemble smoother, a posterior."""

FAN_QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)

_LEDGER_QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
_BEYOND_CHANCE = 1.96  # standard errors that 19 of 20 chance differences stay within


def known_outcomes(names: Iterable[str]) -> tuple[str, ...]:
    """Names of outcomes, checked.

    Parameters
    ----------
    names
        Names out of `OUTCOMES`.

    Raises
    ------
    ValueError
        For a name that is not known; the message gives the nearest and all known ones.

    Examples
    --------
    >>> known_outcomes(["killed", "detained"])
    ('killed', 'detained')
    """
    given = tuple(names)
    for name in given:
        if name not in OUTCOMES:
            near = get_close_matches(name, OUTCOMES, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ValueError(f"No outcome named '{name}'.{hint} Known: {', '.join(OUTCOMES)}.")
    return given


def month_of_horizon(years: float) -> int:
    """Months in a horizon of so many years.

    Parameters
    ----------
    years
        Years, a whole number of months: 1.5 for 18 months.

    Raises
    ------
    ValueError
        If it is not at least one month, or no whole number of months.

    Examples
    --------
    >>> month_of_horizon(1.5)
    18
    """
    months = round(12 * years)
    if months < 1 or abs(12 * years - months) > 1e-6:
        raise ValueError(
            f"A horizon must be a whole number of months, at least one, not {years:g} years."
        )
    return months


def _quantiles(values: Array, weights: Array, levels: tuple[float, ...]) -> Array:
    """Weighted quantiles over the first axis: (levels, ...)."""
    return np.asarray(np.quantile(values, levels, axis=0, weights=weights, method="inverted_cdf"))


def _column(level: float) -> str:
    return f"q{round(level * 100):02d}"


@dataclass(frozen=True)
class Comparison(Shown):
    """Outcomes of several strategies in the same worlds, against one reply of the gangs.

    Attributes
    ----------
    origin
        Month from which the strategies act, as `YYYY-MM`.
    strategies
        Names of the strategies.
    cumulative
        For every outcome of `OUTCOMES`: array (strategy, world, month), total from the origin to
        the end of the month.
    monthly
        For every variable drawn as a fan: array (strategy, world, month), in its own unit.
    months
        First days of the months.
    weights
        Weight of each world, summing to 1.
    reply
        Name of the gangs' strategy.
    worlds_from
        Where the worlds come from, one of `WORLDS_FROM`.
    """

    origin: str
    strategies: tuple[str, ...]
    cumulative: dict[str, Array]
    monthly: dict[str, Array]
    months: NDArray[np.datetime64]
    weights: Array
    reply: str = "answer_in_kind"
    worlds_from: str = "given"

    @classmethod
    def joined(cls, parts: Sequence[Comparison], weights: Array) -> Comparison:
        """One comparison from those of the same strategies in different worlds.

        Parameters
        ----------
        parts
            At least one; the same strategies, months and reply.
        weights
            Weight of each world of all parts, in their order; any positive scale.

        Raises
        ------
        ValueError
            If the parts do not belong together, or weights do not fit.
        """
        if not parts:
            raise ValueError("There is nothing to join.")
        first = parts[0]
        for part in parts[1:]:
            alike = (part.origin, part.strategies, part.reply, len(part.months))
            if alike != (first.origin, first.strategies, first.reply, len(first.months)):
                raise ValueError(
                    "Only comparisons of the same strategies and months can be joined."
                )
        if len(weights) != sum(len(part.weights) for part in parts):
            raise ValueError("One weight a world is needed.")
        return cls(
            origin=first.origin,
            strategies=first.strategies,
            cumulative=_end_to_end([part.cumulative for part in parts]),
            monthly=_end_to_end([part.monthly for part in parts]),
            months=first.months,
            weights=weights / weights.sum(),
            reply=first.reply,
            worlds_from=first.worlds_from,
        )

    @property
    def effective_worlds(self) -> float:
        """Kish's effective number of worlds, between 1 and their number."""
        return float(1.0 / np.sum(self.weights**2))

    def total(self, outcome: str, strategy: str, horizon: float) -> Array:
        """Total of an outcome after `horizon` years, one number a world.

        Raises
        ------
        ValueError
            If the run is shorter than the horizon, or a name is not known.
        """
        last = month_of_horizon(horizon) - 1
        if last >= len(self.months):
            raise ValueError(
                f"A horizon of {horizon:g} years needs {last + 1} months; the run has "
                f"{len(self.months)}."
            )
        if outcome not in self.cumulative:
            known_outcomes([outcome])
        return self.cumulative[outcome][self._place(strategy), :, last]

    def _place(self, strategy: str) -> int:
        if strategy in self.strategies:
            return self.strategies.index(strategy)
        near = get_close_matches(strategy, self.strategies, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        known = ", ".join(self.strategies)
        raise ValueError(f"No strategy '{strategy}' was compared.{hint} Compared: {known}.")

    def horizons(self) -> tuple[float, ...]:
        """Horizons of `HORIZONS` that the run reaches, and its end, in years."""
        end = len(self.months) / 12
        reached: tuple[float, ...] = tuple(h for h in HORIZONS if h <= end)
        if end in reached:
            return reached
        return (*reached, int(end) if end.is_integer() else end)

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
                    mean, error = self.mean_of(total)
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

    def difference(self, strategy: str, reference: str, horizon: float, outcome: str) -> Paired:
        """Paired difference of two strategies in one outcome, over worlds."""
        return self.paired(
            self.total(outcome, strategy, horizon) - self.total(outcome, reference, horizon)
        )

    def paired(self, gap: Array) -> Paired:
        """What the worlds say of a difference, one number a world."""
        # Weights add to one only up to rounding; a share is never above one.
        lower = min(1.0, float(self.weights @ ((gap < 0) + 0.5 * (gap == 0))))
        q05, q50, q95 = _quantiles(gap, self.weights, (0.05, 0.50, 0.95))
        mean, mean_error = self.mean_of(gap)
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

    def shares_of_best(self, outcome: str, horizon: float) -> Array:
        """How far each strategy is best in each world: (strategy, world), each world adding to 1.

        A strategy is best where no other has less of the outcome; those that tie share the world.
        """
        return shares_of_least(np.stack([self.total(outcome, s, horizon) for s in self.strategies]))

    def best(self) -> pd.DataFrame:
        """Probability of being best, outcome by outcome.

        Returns
        -------
        DataFrame
            Columns origin, strategy, horizon, outcome (`killed`, then the ledger), p_best and
            mc_error (its Monte-Carlo standard error). Over the strategies p_best adds to 1.
        """
        rows = []
        for horizon in self.horizons():
            for outcome in ("killed", *self.outcomes()):
                shares = self.shares_of_best(outcome, horizon)
                for strategy, share in zip(self.strategies, shares, strict=True):
                    p_best, error = self.mean_of(share)
                    rows.append(
                        {
                            "origin": self.origin,
                            "strategy": strategy,
                            "horizon": horizon,
                            "outcome": outcome,
                            "p_best": min(1.0, p_best),
                            "mc_error": error,
                        }
                    )
        return pd.DataFrame(rows)

    def best_for_most(self) -> pd.DataFrame:
        """The strategy that is best in most worlds, outcome by outcome, and how clearly.

        Returns
        -------
        DataFrame
            Columns origin, horizon, outcome, strategy, p_best, runner_up (empty if there is one
            strategy only), margin (p_best less the runner-up's), margin_error (Monte-Carlo standard
            error of the margin, paired by world) and clear (whether the margin exceeds 1.96 errors;
            if not, the worlds do not tell which of the two is best for most). Of many strategies
            the leader is picked for its score, so that a margin near the border flatters it.
        """
        rows = []
        for horizon in self.horizons():
            for outcome in ("killed", *self.outcomes()):
                shares = self.shares_of_best(outcome, horizon)
                p_best = shares @ self.weights
                order = np.argsort(-p_best, kind="stable")
                row = {
                    "origin": self.origin,
                    "horizon": horizon,
                    "outcome": outcome,
                    "strategy": self.strategies[order[0]],
                    "p_best": min(1.0, float(p_best[order[0]])),
                }
                rows.append(row | self._lead(shares, order))
        return pd.DataFrame(rows)

    def _lead(self, shares: Array, order: NDArray[np.intp]) -> dict[str, object]:
        """The leader before the runner-up."""
        if len(order) == 1:
            return {"runner_up": "", "margin": 1.0, "margin_error": 0.0, "clear": True}
        margin, error = self.mean_of(shares[order[0]] - shares[order[1]])
        return {
            "runner_up": self.strategies[order[1]],
            "margin": margin,
            "margin_error": error,
            "clear": bool(margin > _BEYOND_CHANCE * error),
        }

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

    def mean_of(self, values: Array) -> tuple[float, float]:
        """Weighted mean of one number a world, and its Monte-Carlo standard error."""
        mean = float(self.weights @ values)
        spread = float(self.weights @ (values - mean) ** 2)
        return mean, float(np.sqrt(spread / self.effective_worlds))


def shares_of_least(totals: Array) -> Array:
    """For each column, 1 at its least row; rows that tie for it share the 1 equally."""
    least = totals == totals.min(axis=0)
    return np.asarray(least / least.sum(axis=0))


def _end_to_end(parts: Sequence[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}


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

    @property
    def always_equal(self) -> bool:
        """Whether the two have the same in every world."""
        return self.q05 == self.q95 == self.mean == self.mean_error == 0.0
