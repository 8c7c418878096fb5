"""Weights that a reader states, applied to the ledger and shown with every result.

tregua weighs nothing against anything. Whoever must decide does, and a weight that is written down
can be disputed. So weights are taken only from the reader, one a harm, and the weighted sum is
never given without them and never instead of the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from tregua.decide.comparison import Comparison, known_outcomes, shares_of_least

__all__ = ["WeightsError", "counted_twice", "stated_weights", "weighed"]

# Outcomes, a whole and a part, that hold some of the same persons.
_OVERLAPS = (
    ("killed", "recorded"),
    ("killed", "hidden"),
    ("killed", "uncounted"),
    ("killed", "police_killings"),
    ("recorded", "police_killings"),
    ("uncounted", "police_killings"),
    ("killed", "disappeared"),
    ("hidden", "disappeared"),
    ("detained", "wrongly_detained"),
)


class WeightsError(ValueError):
    """Weights that make no sense, with everything that is wrong with them.

    Attributes
    ----------
    problems
        One sentence each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problems))


def stated_weights(text: str) -> dict[str, float]:
    """Weights from their short form.

    Parameters
    ----------
    text
        As `killed=1,wrongly_detained=0.1`: what one unit of each harm weighs.

    Raises
    ------
    WeightsError
        If it cannot be read, an outcome is unknown or named twice, or a weight is negative or
        infinite; also if all are 0. A ValueError that lists everything.

    Examples
    --------
    >>> stated_weights("killed=1,wrongly_detained=0.1")
    {'killed': 1.0, 'wrongly_detained': 0.1}
    """
    found: dict[str, float] = {}
    problems: list[str] = []
    for part in text.split(","):
        name, sign, value = (piece.strip() for piece in part.partition("="))
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not sign or np.isnan(number):
            problems.append(
                f"Weights are given as killed=1,wrongly_detained=0.1; '{part.strip()}' is not so."
            )
        elif name in found:
            problems.append(f"The weight of {name} is given twice.")
        else:
            found[name] = number
    return _checked(found, problems)


def _checked(weights: Mapping[str, float], before: Sequence[str] = ()) -> dict[str, float]:
    problems = list(before)
    for name, weight in weights.items():
        try:
            known_outcomes([name])
        except ValueError as error:
            problems.append(str(error))
        if not (np.isfinite(weight) and weight >= 0):
            problems.append(f"A weight must be finite and at least 0; {name} has {weight:g}.")
    if weights and not any(weights.values()):
        problems.append("At least one weight must be above 0.")
    if problems or not weights:
        raise WeightsError(problems or ["State one weight at least, as killed=1."])
    return dict(weights)


def counted_twice(weights: Mapping[str, float]) -> tuple[str, ...]:
    """Pairs of weighted outcomes that hold some of the same persons, in words; empty if none.

    Parameters
    ----------
    weights
        Outcome = weight.

    Examples
    --------
    >>> counted_twice({"killed": 1.0, "hidden": 1.0})
    ('hidden and killed share persons, who are weighed twice',)
    """
    used = {name for name, weight in weights.items() if weight > 0}
    return tuple(
        f"{part} and {whole} share persons, who are weighed twice"
        for whole, part in _OVERLAPS
        if {whole, part} <= used
    )


def weighed(comparison: Comparison, weights: Mapping[str, float]) -> pd.DataFrame:
    """The ledger under weights that a reader states.

    Parameters
    ----------
    comparison
        Strategies in the same worlds; the first is the reference.
    weights
        Outcome = what one unit of it weighs, at least 0: persons, and index years for
        `democracy_lost`.

    Returns
    -------
    DataFrame
        A row a strategy and horizon: columns weights (as stated, in words), strategy, reference,
        horizon, q05, q50, q95, mean, mc_error (of the weighted sum), difference, difference_error
        (mean paired difference to the reference), p_lower (share of worlds in which the sum is
        less than the reference's), p_lower_error, p_best and p_best_error. To be shown beside the
        ledger, not instead of it.

    Raises
    ------
    WeightsError
        As `stated_weights`.
    """
    used = _checked(weights)
    words = ", ".join(f"{name} {weight:g}" for name, weight in used.items())
    reference = comparison.strategies[0]
    rows = []
    for horizon in comparison.horizons():
        sums = np.stack(
            [
                sum(
                    (
                        weight * comparison.total(name, each, horizon)
                        for name, weight in used.items()
                    ),
                    start=np.zeros(len(comparison.weights)),
                )
                for each in comparison.strategies
            ]
        )
        for strategy, own, best in zip(
            comparison.strategies, sums, shares_of_least(sums), strict=True
        ):
            alone, paired = comparison.paired(own), comparison.paired(own - sums[0])
            p_best, p_best_error = comparison.mean_of(best)
            rows.append(
                {
                    "weights": words,
                    "strategy": strategy,
                    "reference": reference,
                    "horizon": horizon,
                    "q05": alone.q05,
                    "q50": alone.q50,
                    "q95": alone.q95,
                    "mean": alone.mean,
                    "mc_error": alone.mean_error,
                    "difference": paired.mean,
                    "difference_error": paired.mean_error,
                    "p_lower": paired.p_lower,
                    "p_lower_error": paired.mc_error,
                    "p_best": min(1.0, p_best),
                    "p_best_error": p_best_error,
                }
            )
    return pd.DataFrame(rows)
