"""What decision leaves for the stages after it, as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from tregua.decide.compare import compare, state_at
from tregua.decide.comparison import Comparison
from tregua.decide.counterfactuals import core_claim
from tregua.decide.strategies import STRATEGIES
from tregua.decide.threshold import return_threshold
from tregua.model import Draws, Script, Setting
from tregua.model.strategy import GovernmentStrategy
from tregua.shelf import Tables

__all__ = ["compare_from", "strategy_tables"]

Progress = Callable[[int, int], None]

# Counterfactuals run in the first worlds only: their number multiplies the work by ten.
_WORLDS_A_COUNTERFACTUAL = 150


def _rules_of(setting: Setting, origin: str) -> Setting:
    """The setting with the counting rules in force at the origin for good.

    A change of rules later in history belongs to that history; kept, it would credit every
    strategy with a fall on paper.
    """
    since = pd.Timestamp(f"{origin}-01")
    police, part = setting.police_counted_until, setting.undercounted_from
    return replace(
        setting,
        police_counted_until=None if police is not None and police > since else police,
        undercounted_from=None if part is not None and part > since else part,
    )


def compare_from(
    strategies: Sequence[GovernmentStrategy],
    draws: Draws,
    *,
    origin: str,
    script: Script,
    setting: Setting,
    start: str,
    seed: int,
    years: int = 10,
    progress: Progress | None = None,
) -> Comparison:
    """Tell history up to the origin, then compare strategies under the counting rules of then.

    Parameters and errors are those of `state_at` and `compare`.

    Returns
    -------
    Comparison
        Outcomes of the strategies in the same worlds.
    """
    setting = _rules_of(setting, origin)
    initial = state_at(origin, draws, script=script, setting=setting, start=start, seed=seed)
    return compare(
        strategies,
        draws,
        origin=origin,
        initial=initial,
        setting=setting,
        seed=seed,
        years=years,
        progress=progress,
    )


def strategy_tables(
    draws: Draws,
    *,
    origin: str,
    script: Script,
    setting: Setting,
    start: str,
    seed: int,
    years: int = 10,
    progress: Progress | None = None,
) -> Tables:
    """Five strategies and the core claim's counterfactuals from one date.

    Parameters
    ----------
    draws
        Parameters of the worlds, plausible at the origin.
    origin
        Month from which the strategies act, `YYYY-MM`.
    script, setting, start, seed
        The case's history, setting, the month at which its worlds begin, and the seed.
    years
        Length of the runs.
    progress
        Called with (worlds run, worlds to run).

    Returns
    -------
    Tables
        `ledger`, `differences`, `fans` (see `Comparison`), `core_claim` (see `core_claim`) and
        `return_threshold` (see `return_threshold`).
    """
    setting = _rules_of(setting, origin)
    initial = state_at(origin, draws, script=script, setting=setting, start=start, seed=seed)
    comparison = compare(
        tuple(STRATEGIES.values()),
        draws,
        origin=origin,
        initial=initial,
        setting=setting,
        seed=seed,
        years=years,
        progress=progress,
    )
    few = np.arange(min(_WORLDS_A_COUNTERFACTUAL, len(draws)))
    signs = core_claim(
        comparison,
        draws.select(few),
        initial=initial.select(few),
        setting=setting,
        seed=seed,
        years=years,
        progress=progress,
    )
    return {
        "ledger": comparison.ledger(),
        "differences": comparison.differences(),
        "fans": comparison.fans(),
        "core_claim": signs,
        "return_threshold": return_threshold(draws).assign(origin=origin),
    }
