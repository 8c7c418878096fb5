"""Run several strategies from one date, in the same worlds.

History is run once under its script, each strategy from there with the same noise. Before their
date all strategies share every bit; after it they differ only by what they do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from tregua import simulate
from tregua.decide.comparison import LEDGER, Comparison
from tregua.model import Draws, History, Profile, Slot, State, Timeline, answer_in_kind
from tregua.model.strategy import GangStrategy, GovernmentStrategy

__all__ = ["compare", "state_at"]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

_RUN_VARIABLES = (
    "killed",
    "recorded",
    "hidden",
    "uncounted",
    "detained",
    "wrongly_detained",
    "custody_deaths",
    "police_killings",
    "democracy",
    "prisoners",
)

# Reports of disappearance: about 3,000 a year in 2016-18, of whom about half were found alive; the
# rest follows the killings hidden, of which about half are ever reported (both judged).
_FOUND_ALIVE_A_YEAR = 1500.0
_SHARE_REPORTED = 0.5


def state_at(
    origin: str,
    draws: Draws,
    history: History,
    *,
    seed: int,
    progress: Progress | None = None,
) -> State:
    """State of every world at a date, after the history that the script tells.

    Parameters
    ----------
    origin
        Month at whose start the state is wanted, `YYYY-MM`.
    draws
        Parameters of the worlds.
    history
        What the case tells of its past.
    seed
        Seed of the noise.
    progress
        Called with (worlds run, worlds to run).

    Returns
    -------
    State
        To be passed to `compare`.
    """
    run = simulate.run(
        draws,
        script=history.script,
        start=history.first_day,
        end=f"{origin}-01",
        seed=seed,
        setting=history.setting,
        variables=("recorded",),
        progress=progress,
    )
    return run.final


def compare(
    strategies: Sequence[GovernmentStrategy | Timeline],
    draws: Draws,
    history: History,
    *,
    origin: str,
    seed: int,
    years: int = 10,
    initial: State | None = None,
    gangs: GangStrategy = answer_in_kind,
    mechanisms: Sequence[str] = (),
    progress: Progress | None = None,
) -> Comparison:
    """Outcomes of several strategies in the same worlds.

    Parameters
    ----------
    strategies
        Government strategies or timelines, each with a name of its own.
    draws
        Parameters of the worlds.
    history
        What the case tells of its past. The counting rules in force at the origin hold for good.
    origin
        Month from which the strategies act, `YYYY-MM`.
    seed
        Seed of the noise.
    years
        Length of the runs, at least 1.
    initial
        State of the worlds at the origin, from `state_at` with the same seed; None runs history.
    gangs
        The gangs' reply, the same to every strategy.
    mechanisms
        Optional mechanisms that are on from the origin (`model.MECHANISMS`); history runs without.
    progress
        Called with (worlds run, worlds to run) over all strategies together.

    Returns
    -------
    Comparison
        Cumulative ledger and fans, paired by world.

    Raises
    ------
    ValueError
        If two strategies share a name or there is none.
    """
    names = tuple(strategy.name for strategy in strategies)
    if not names or len(set(names)) != len(names):
        given = ", ".join(names) or "none"
        raise ValueError(f"Strategies need names of their own; given: {given}.")
    begin = state_at(origin, draws, history, seed=seed) if initial is None else initial
    setting = history.rules_of(origin)
    runs = [
        simulate.run(
            draws,
            profile=Profile(strategy, gangs),
            start=f"{origin}-01",
            end=pd.Timestamp(f"{origin}-01") + pd.DateOffset(years=years),
            seed=seed,
            initial=begin,
            setting=setting,
            variables=_RUN_VARIABLES,
            mechanisms=mechanisms,
            progress=simulate.part_of(progress, index, len(strategies)),
        ).monthly
        for index, strategy in enumerate(strategies)
    ]
    months = pd.DatetimeIndex(runs[0]["month"].values)
    people = setting.population_in(months.year + (months.month - 0.5) / 12)
    democracy = begin.values[:, Slot.DEMOCRACY]
    return Comparison(
        origin=origin,
        strategies=names,
        cumulative=_stack([_cumulative(run, democracy) for run in runs]),
        monthly=_stack([_drawn(run, people) for run in runs]),
        months=runs[0]["month"].values,
        weights=draws.weights / draws.weights.sum(),
    )


def _stack(runs: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    return {name: np.stack([run[name] for run in runs]) for name in runs[0]}


def _cumulative(run: xr.Dataset, democracy_at_origin: Array) -> dict[str, Array]:
    """Running totals of every outcome of the ledger, and of all killings."""
    flows = {name: run[name].values for name in (*LEDGER, "killed") if name in run}
    flows["disappeared"] = _FOUND_ALIVE_A_YEAR / 12 + _SHARE_REPORTED * flows["hidden"]
    flows["democracy_lost"] = (democracy_at_origin[:, None] - run["democracy"].values) / 12
    return {name: np.cumsum(values, axis=1) for name, values in flows.items()}


def _drawn(run: xr.Dataset, people: Array) -> dict[str, Array]:
    """What is drawn as a fan: killings per 100,000 a year, and prisoners."""
    month = pd.DatetimeIndex(run["month"].values)
    rate = 1e5 * 365.25 / month.days_in_month.to_numpy() / people
    return {
        "recorded": run["recorded"].values * rate,
        "killed": run["killed"].values * rate,
        "prisoners": run["prisoners"].values,
    }
