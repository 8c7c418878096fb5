"""What decision leaves for the stages after it, as tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tregua.decide.compare import compare, state_at
from tregua.decide.counterfactuals import core_claim
from tregua.decide.strategies import STRATEGIES
from tregua.decide.threshold import return_threshold
from tregua.model import Draws, History
from tregua.shelf import Tables

__all__ = ["strategy_tables"]

Progress = Callable[[int, int], None]

# Counterfactuals run in the first worlds only: their number multiplies the work by ten.
_WORLDS_A_COUNTERFACTUAL = 150


def strategy_tables(
    draws: Draws,
    history: History,
    *,
    origin: str,
    seed: int,
    years: int = 10,
    progress: Progress | None = None,
) -> Tables:
    """Five strategies and the core claim's counterfactuals from one date.

    Parameters
    ----------
    draws
        Parameters of the worlds, plausible at the origin.
    history
        What the case tells of its past.
    origin
        Month from which the strategies act, `YYYY-MM`.
    seed
        Seed of the noise.
    years
        Length of the runs.
    progress
        Called with (worlds run, worlds to run), for the strategies and then for the
        counterfactuals.

    Returns
    -------
    Tables
        `ledger`, `differences`, `fans` (see `Comparison`), `core_claim` (see `core_claim`) and
        `return_threshold` (see `return_threshold`).
    """
    initial = state_at(origin, draws, history, seed=seed)
    comparison = compare(
        tuple(STRATEGIES.values()),
        draws,
        history,
        origin=origin,
        seed=seed,
        years=years,
        initial=initial,
        progress=progress,
    )
    few = np.arange(min(_WORLDS_A_COUNTERFACTUAL, len(draws)))
    signs = core_claim(
        comparison,
        draws.select(few),
        history,
        initial=initial.select(few),
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
