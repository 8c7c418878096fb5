"""Who is best, and what may be printed: the tables that a report shows of one comparison.

The worlds are the caller's: draws of a posterior where a case has one, the prior where it has none.
Each table carries where its worlds come from and how many they are, so that a reader is told beside
the numbers and not elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tregua.decide.compare import compare, state_at
from tregua.decide.comparison import Comparison
from tregua.decide.printable import sentences
from tregua.decide.strategies import STRATEGIES
from tregua.model import Draws, History
from tregua.shelf import Tables

__all__ = ["MOST_WORLDS", "comparison_tables"]

Progress = Callable[[int, int], None]

MOST_WORLDS = 512
"""Worlds of a report's comparison at most: a share of one half then has an error of 0.022."""


def comparison_tables(
    draws: Draws,
    history: History,
    *,
    origin: str,
    seed: int,
    worlds_from: str,
    years: int = 15,
    progress: Progress | None = None,
) -> Tables:
    """Probability of being best and printable sentences of the five strategies, from one date.

    Parameters
    ----------
    draws
        Parameters of the worlds; of more than `MOST_WORLDS`, as many are taken, evenly along them.
    history
        What the case tells of its past.
    origin
        Month from which the strategies act, `YYYY-MM`.
    seed
        Seed of the noise.
    worlds_from
        Where the draws come from, one of `WORLDS_FROM`.
    years
        Length of the runs.
    progress
        Called with (worlds run, worlds to run).

    Returns
    -------
    Tables
        `best`: columns origin, horizon, outcome, strategy, p_best, mc_error, leads (best in most
        worlds, by more than 1.96 errors of the lead), worlds_from and worlds. `printed`: columns
        origin, horizon, outcome, strategy, reference, reply, tells, en and es (the sentence).

    Raises
    ------
    ValueError
        As `compare`.
    """
    most = min(MOST_WORLDS, len(draws))
    some = draws.select(np.linspace(0, len(draws) - 1, most).astype(np.int64))
    comparison = compare(
        tuple(STRATEGIES.values()),
        some,
        history,
        origin=origin,
        seed=seed,
        years=years,
        initial=state_at(origin, some, history, seed=seed),
        worlds_from=worlds_from,
        progress=progress,
    )
    return tables_of_comparison(comparison)


def tables_of_comparison(comparison: Comparison) -> Tables:
    """The two tables of a comparison that was run."""
    keys = ["origin", "horizon", "outcome"]
    leaders = comparison.best_for_most()
    leaders = leaders.loc[leaders["clear"], [*keys, "strategy"]].assign(leads=True)
    best = comparison.best().merge(leaders, on=[*keys, "strategy"], how="left")
    best = best.assign(
        leads=best["leads"].notna(),
        worlds_from=comparison.worlds_from,
        worlds=len(comparison.weights),
    )
    printed = sentences(comparison).assign(origin=comparison.origin)
    about = ["strategy", "reference", "reply", "tells", "en", "es"]
    return {
        "best": best[[*keys, "strategy", "p_best", "mc_error", "leads", "worlds_from", "worlds"]],
        "printed": printed[[*keys, *about]],
    }
