"""Run several strategies from one date, in the same worlds, against one reply or several.

History is run once under its script, each strategy from there with the same noise. Before their
date all strategies share every bit; after it they differ only by what they do, and by how the gangs
answer. What is asked for is checked before the first world is run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import overload

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from tregua import simulate
from tregua.decide.comparison import LEDGER, WORLDS_FROM, Comparison, month_of_horizon
from tregua.decide.crossing import Crossing
from tregua.model import (
    Draws,
    History,
    Profile,
    Setting,
    Slot,
    State,
    Timeline,
    answer_in_kind,
)
from tregua.model.strategy import GangStrategy, GovernmentStrategy
from tregua.scale.harm import democracy_lost, disappeared

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


Government = GovernmentStrategy | Timeline


@overload
def compare(
    strategies: Sequence[Government],
    draws: Draws,
    history: History,
    *,
    origin: str,
    seed: int,
    years: float = ...,
    initial: State | None = ...,
    gangs: GangStrategy = ...,
    mechanisms: Sequence[str] = ...,
    worlds_from: str = ...,
    progress: Progress | None = ...,
) -> Comparison: ...
@overload
def compare(
    strategies: Sequence[Government],
    draws: Draws,
    history: History,
    *,
    origin: str,
    seed: int,
    years: float = ...,
    initial: State | None = ...,
    gangs: Sequence[GangStrategy],
    mechanisms: Sequence[str] = ...,
    worlds_from: str = ...,
    progress: Progress | None = ...,
) -> Crossing: ...
def compare(
    strategies: Sequence[Government],
    draws: Draws,
    history: History,
    *,
    origin: str,
    seed: int,
    years: float = 10,
    initial: State | None = None,
    gangs: GangStrategy | Sequence[GangStrategy] = answer_in_kind,
    mechanisms: Sequence[str] = (),
    worlds_from: str = "given",
    progress: Progress | None = None,
) -> Comparison | Crossing:
    """Outcomes of several strategies in the same worlds.

    Parameters
    ----------
    strategies
        Government strategies or timelines, each with a name of its own. A timeline must say
        something of every month of the run.
    draws
        Parameters of the worlds.
    history
        What the case tells of its past. The counting rules in force at the origin hold for good.
    origin
        Month from which the strategies act, `YYYY-MM`, later than that at which worlds begin.
    seed
        Seed of the noise.
    years
        Length of the runs, a whole number of months: 1.5 for 18 months.
    initial
        State of the worlds at the origin, from `state_at` with the same seed; None runs history.
    gangs
        The gangs' reply, the same to every strategy; or several, each to every strategy.
    mechanisms
        Optional mechanisms that are on from the origin (`model.MECHANISMS`); history runs without.
    worlds_from
        Where the draws come from, one of `WORLDS_FROM`; only words depend on it.
    progress
        Called with (worlds run, worlds to run) over all strategies and replies together.

    Returns
    -------
    Comparison or Crossing
        Cumulative ledger and fans, paired by world: a `Comparison` for one reply, a `Crossing` for
        a sequence of them.

    Raises
    ------
    ValueError
        If strategies or replies share a name or there is none, the origin is no month or not after
        the start of the worlds, the horizon is no whole number of months, a timeline leaves a month
        of the run open, or `worlds_from` is not known.
    """
    replies = (gangs,) if isinstance(gangs, GangStrategy) else tuple(gangs)
    months = month_of_horizon(years)
    check_question(strategies, replies, history, origin=origin, months=months)
    if worlds_from not in WORLDS_FROM:
        raise ValueError(f"worlds_from must be one of {', '.join(WORLDS_FROM)}; not {worlds_from}.")
    begin = state_at(origin, draws, history, seed=seed) if initial is None else initial
    setting = history.rules_of(origin)
    people = _population(setting, origin, months)
    found = []
    for place, reply in enumerate(replies):
        runs = [
            _one_run(
                simulate.run(
                    draws,
                    profile=Profile(strategy, reply),
                    start=f"{origin}-01",
                    end=_end(origin, months),
                    seed=seed,
                    initial=begin,
                    setting=setting,
                    variables=_RUN_VARIABLES,
                    mechanisms=mechanisms,
                    progress=simulate.part_of(
                        progress, place * len(strategies) + index, len(replies) * len(strategies)
                    ),
                ).monthly,
                begin.values[:, Slot.DEMOCRACY],
                people,
            )
            for index, strategy in enumerate(strategies)
        ]
        found.append(
            Comparison(
                origin=origin,
                strategies=tuple(strategy.name for strategy in strategies),
                cumulative=_stack([cumulative for cumulative, _ in runs]),
                monthly=_stack([drawn for _, drawn in runs]),
                months=_months(origin, months).to_numpy(),
                weights=draws.weights / draws.weights.sum(),
                reply=reply.name,
                worlds_from=worlds_from,
            )
        )
    return found[0] if isinstance(gangs, GangStrategy) else Crossing(tuple(found))


def check_question(
    strategies: Sequence[Government],
    replies: Sequence[GangStrategy],
    history: History,
    *,
    origin: str,
    months: int,
) -> None:
    """Refuse a comparison that makes no sense, before anything is run. Raises ValueError."""
    check_names(strategies, replies)
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", origin):
        raise ValueError(
            f"The origin must be a month as YYYY-MM, for example 2012-01; not {origin}."
        )
    if origin <= history.start:
        raise ValueError(f"The worlds begin in {history.start}; {origin} is not after that.")
    for strategy in strategies:
        if isinstance(strategy, Timeline):
            _refuse_gaps(strategy, origin, months)


def check_names(strategies: Sequence[Government], replies: Sequence[GangStrategy]) -> None:
    """Refuse strategies or replies that share a name, or of which there is none."""
    for what, names in (
        ("Strategies", tuple(strategy.name for strategy in strategies)),
        ("Replies", tuple(reply.name for reply in replies)),
    ):
        if not names or len(set(names)) != len(names):
            given = ", ".join(names) or "none"
            raise ValueError(f"{what} need names of their own; given: {given}.")


def _refuse_gaps(timeline: Timeline, origin: str, months: int) -> None:
    run = _months(origin, months).to_numpy()
    open_months = run[timeline.stance_at(run) < 0]
    if not len(open_months):
        return
    first, last = (str(run[place].astype("datetime64[M]")) for place in (0, -1))
    missing = str(open_months[0].astype("datetime64[M]"))
    raise ValueError(
        f"The timeline '{timeline.name}' says nothing of {missing}; it must cover {first} to "
        f"{last}, the months compared."
    )


def _months(origin: str, months: int) -> pd.DatetimeIndex:
    # Ten times faster than a range of dates made by steps, and asked for at every move of a slider.
    return pd.DatetimeIndex((np.datetime64(origin, "M") + np.arange(months)).astype("M8[ns]"))


def _end(origin: str, months: int) -> pd.Timestamp:
    return pd.Timestamp(f"{origin}-01") + pd.DateOffset(months=months)


def _population(setting: Setting, origin: str, months: int) -> Array:
    """Inhabitants in the middle of each month."""
    month = _months(origin, months)
    return np.asarray(setting.population_in(month.year + (month.month - 0.5) / 12))


def _one_run(
    run: xr.Dataset, democracy_at_origin: Array, people: Array
) -> tuple[dict[str, Array], dict[str, Array]]:
    return _cumulative(run, democracy_at_origin), _drawn(run, people)


def _stack(runs: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    return {name: np.stack([run[name] for run in runs]) for name in runs[0]}


def _cumulative(run: xr.Dataset, democracy_at_origin: Array) -> dict[str, Array]:
    """Running totals of every outcome of the ledger, and of all killings."""
    flows = {name: run[name].values for name in (*LEDGER, "killed") if name in run}
    flows["disappeared"] = disappeared(flows["hidden"])
    flows["democracy_lost"] = democracy_lost(run["democracy"].values, democracy_at_origin)
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
