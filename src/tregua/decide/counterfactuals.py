"""Under which assumptions does the sign hold? The core claim over several counterfactuals.

What a secret pact does in the long run depends on things nobody has measured: how fast gangs would
have grown without it, how many prisoners return, how much killing is hidden, how soon a pact leaks,
how much command leaders gain. Each counterfactual pins one of them, from the origin on, to an end
of its prior range; history up to the origin stays as it was. The sign of the difference counts as
known where 8 of 10 worlds agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from tregua.decide.compare import compare
from tregua.decide.comparison import Comparison
from tregua.decide.strategies import mano_dura, reform, secret_pact, status_quo
from tregua.model import Draws, History, State
from tregua.simulate import part_of

__all__ = ["COUNTERFACTUALS", "Counterfactual", "core_claim"]

Progress = Callable[[int, int], None]

_LIKELY, _UNLIKELY = 0.8, 0.2
_REFERENCES = (status_quo, mano_dura, reform)


@dataclass(frozen=True)
class Counterfactual:
    """An assumption pinned from the origin on.

    Attributes
    ----------
    name
        Short name, in words joined by underscores.
    pinned
        Parameter name = value.
    """

    name: str
    pinned: Mapping[str, float] = field(default_factory=dict)


COUNTERFACTUALS = (
    Counterfactual("slow_growth", {"recruitment": 0.2}),
    Counterfactual("fast_growth", {"recruitment": 0.6}),
    Counterfactual("few_return", {"return_share": 0.4}),
    Counterfactual("most_return", {"return_share": 0.95}),
    Counterfactual("little_hidden", {"hidden_pact": 0.1}),
    Counterfactual("much_hidden", {"hidden_pact": 0.6}),
    Counterfactual("kept_secret", {"leak": 0.15}),
    Counterfactual("soon_leaked", {"leak": 3.3}),
    Counterfactual("mild_backlash", {"pressing_effect": 0.5, "backlash_time": 0.5}),
    Counterfactual("hard_backlash", {"pressing_effect": 2.5, "backlash_time": 2.0}),
)
"""The assumptions tried; values are the 5 and 95 % quantiles of the parameters' priors."""


def core_claim(
    central: Comparison,
    draws: Draws,
    history: History,
    *,
    initial: State,
    seed: int,
    years: int = 10,
    counterfactuals: Sequence[Counterfactual] = COUNTERFACTUALS,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Effect of a secret pact on all killings, against three references, by assumption.

    Parameters
    ----------
    central
        Comparison of at least the pact and its references, nothing pinned: the central setting.
    draws, history, initial, seed, years
        As `compare` takes them; the worlds in which assumptions are tried.
    counterfactuals
        The assumptions to try, from the origin of `central`.
    progress
        Called with (worlds run, worlds to run).

    Returns
    -------
    DataFrame
        Columns origin, counterfactual, reference, horizon, q05, q50, q95 (killings, recorded and
        hidden, pact minus reference), p_lower, mc_error, sign (lower, higher or unclear).
    """
    frames = [_signs(central, "central")]
    for index, assumed in enumerate(counterfactuals):
        comparison = compare(
            (secret_pact, *_REFERENCES),
            draws.with_(**assumed.pinned),
            history,
            origin=central.origin,
            initial=initial,
            seed=seed,
            years=years,
            progress=part_of(progress, index, len(counterfactuals)),
        )
        frames.append(_signs(comparison, assumed.name))
    return pd.concat(frames, ignore_index=True)


def _signs(comparison: Comparison, name: str) -> pd.DataFrame:
    rows = []
    for reference in (strategy.name for strategy in _REFERENCES):
        for horizon in comparison.horizons():
            paired = comparison.difference("secret_pact", reference, horizon, "killed")
            rows.append(
                {
                    "origin": comparison.origin,
                    "counterfactual": name,
                    "reference": reference,
                    "horizon": horizon,
                    "q05": paired.q05,
                    "q50": paired.q50,
                    "q95": paired.q95,
                    "p_lower": paired.p_lower,
                    "mc_error": paired.mc_error,
                    "sign": _sign(paired.p_lower),
                }
            )
    return pd.DataFrame(rows)


def _sign(p_lower: float) -> str:
    if p_lower >= _LIKELY:
        return "lower"
    return "higher" if p_lower <= _UNLIKELY else "unclear"
