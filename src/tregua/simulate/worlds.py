"""Run many worlds: the one entry of the stage."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.compiled import is_warm
from tregua.model import (
    Draws,
    Profile,
    Script,
    Setting,
    State,
    el_salvador,
    initial_state,
)
from tregua.model.script import WEEKS_PER_MONTH, calendar, month_number, months_between
from tregua.model.strategy import IDLE
from tregua.simulate.ensemble import DEFAULT_VARIABLES, VARIABLES, Ensemble, label, layout
from tregua.simulate.kernel import Failure, advance

__all__ = ["SimulationError", "needs_compilation", "part_of", "run"]

Reading = Literal["stochastic", "mean"]
Progress = Callable[[int, int], None]

_CHUNK = 64


class SimulationError(ValueError):
    """A run that was asked for wrongly, or that failed in some worlds."""


def needs_compilation() -> bool:
    """Whether the first run of this installation will compile before it starts (half a minute)."""
    return not is_warm("advance")


def run(
    draws: Draws,
    *,
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    seed: int,
    script: Script | None = None,
    profile: Profile | None = None,
    since: str | pd.Timestamp | None = None,
    initial: State | None = None,
    reading: Reading = "stochastic",
    setting: Setting | None = None,
    variables: Sequence[str] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    weeks_per_month: int = WEEKS_PER_MONTH,
) -> Ensemble:
    """Run one world for each draw.

    A script alone drives the whole run; a profile alone drives it from `start`; with both, the
    script drives before `since` and the strategies from then on. Noise is keyed by (seed, world,
    week, purpose): two runs that differ in strategy only meet the same luck, and are identical
    until the strategies first act differently.

    Parameters
    ----------
    draws
        Parameters, one row a world.
    start, end
        First days of months; the run covers [start, end).
    seed
        Seed of the noise, 0 to 2**63 - 1.
    script, profile, since
        What drives (above).
    initial
        State to continue from, `Ensemble.final` of a run that ended at `start` with the same
        worlds. None starts afresh, which makes sense at the date to which the parameters of the
        start refer (2003 in El Salvador).
    reading
        "stochastic" draws; "mean" is the mean-field limit of the same transition (deterministic:
        the seed is not used).
    setting
        The case's population, elections and counting rules; None is the embedded El Salvador.
    variables
        Names of the variables to keep (`simulate.VARIABLES`); None keeps the usual ones.
    threads
        Threads; None uses all processors available. Changes no bit of the result.
    progress
        Called with (worlds done, worlds in all), from this thread.
    weeks_per_month
        Steps a month; other numbers than 4 serve to test the step length.

    Returns
    -------
    Ensemble
        Worlds in the order of the draws.

    Raises
    ------
    SimulationError
        If what is asked for makes no sense, or a world failed; the message says which, where, why.

    Examples
    --------
    >>> from tregua import model, simulate
    >>> era = model.Era(pd.Timestamp("2003-01-01"), model.Stance.STATUS_QUO)
    >>> script = model.Script((era,))
    >>> one = simulate.run(
    ...     model.defaults(), script=script, start="2003-01-01", end="2004-01-01", seed=1
    ... )
    >>> one.monthly["recorded"].shape
    (1, 12)
    """
    setting = el_salvador() if setting is None else setting
    first, last = _date("start", start), _date("end", end)
    takes_over = None if since is None else _date("since", since)
    takes_over = _who_drives(script, profile, takes_over, first)
    _check(draws, first, last, seed, reading, weeks_per_month)
    kept = _known_variables(variables)
    state = _first_state(initial, draws, setting, first)
    table = calendar(
        setting, first, last, script=script, since=takes_over, weeks_per_month=weeks_per_month
    )
    gangs = len(setting.gangs)
    columns, summaries, places = layout(kept, gangs)
    months = months_between(first, last)
    values = state.values.copy()
    out = np.zeros((len(draws), len(months), len(columns)))
    failures = np.zeros((len(draws), 2), dtype=np.int64)
    strategies = profile or IDLE
    strategies.compile()  # here, not in several threads at once

    def chunk(rows: slice) -> int:
        advance(
            values[rows],
            draws.values[rows],
            draws.worlds[rows],
            table,
            month_number(first) * weeks_per_month,
            weeks_per_month,
            seed,
            int(reading == "mean"),
            setting.rivalry_at_start,
            gangs,
            columns,
            summaries,
            strategies.government,
            strategies.gangs,
            out[rows],
            failures[rows],
        )
        return len(values[rows])

    _in_threads(chunk, len(draws), threads, progress)
    _refuse_failures(failures, draws, weeks_per_month, months, strategies)
    final = State(values, draws.worlds.copy(), last, setting.gangs, seed, reading)
    monthly = label(out, places, worlds=draws.worlds, months=months, gangs=setting.gangs)
    made = _provenance(script, profile, takes_over, first, last, seed, reading, setting)
    return Ensemble(monthly, final, draws, made)


def _date(what: str, given: str | pd.Timestamp) -> pd.Timestamp:
    try:
        when = pd.Timestamp(given)
        month_number(when)
    except (ValueError, TypeError):
        raise SimulationError(
            f"{what} must be the first day of a month, as 2012-01-01, not {given!r}."
        ) from None
    return when


def _who_drives(
    script: Script | None,
    profile: Profile | None,
    since: pd.Timestamp | None,
    first: pd.Timestamp,
) -> pd.Timestamp | None:
    """When the strategies take over; None if never."""
    if script is None and profile is None:
        raise SimulationError("Nothing drives this run: give a script, a profile, or both.")
    if script is not None and script.eras[0].start > first and since != first:
        raise SimulationError(
            f"The script '{script.name}' begins on {script.eras[0].start:%Y-%m-%d}, "
            f"after the run's start, {first:%Y-%m-%d}."
        )
    if profile is None:
        if since is not None:
            raise SimulationError("`since` is the strategies' first day; give a profile too.")
        return None
    if script is not None and since is None:
        raise SimulationError(
            "With a script and a profile, say since when the strategies drive (since=...)."
        )
    return first if since is None else since


def _check(
    draws: Draws,
    first: pd.Timestamp,
    last: pd.Timestamp,
    seed: int,
    reading: str,
    weeks_per_month: int,
) -> None:
    if last <= first:
        raise SimulationError(f"end ({last:%Y-%m-%d}) must come after start ({first:%Y-%m-%d}).")
    if not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**63:
        raise SimulationError(f"The seed must be a whole number from 0 to 2**63 - 1, not {seed!r}.")
    if reading not in ("stochastic", "mean"):
        raise SimulationError(f"reading must be 'stochastic' or 'mean', not {reading!r}.")
    if weeks_per_month < 1:
        raise SimulationError(f"A month needs at least one step, not {weeks_per_month}.")
    if draws.worlds.max() >= 2**48:
        raise SimulationError("World numbers must be below 2**48.")


def _known_variables(variables: Sequence[str] | None) -> tuple[str, ...]:
    if variables is None:
        return DEFAULT_VARIABLES
    for name in variables:
        if name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise SimulationError(
                f"No variable named '{name}'.{hint} Known: {', '.join(VARIABLES)}."
            )
    return tuple(dict.fromkeys(variables))


def _first_state(
    initial: State | None, draws: Draws, setting: Setting, first: pd.Timestamp
) -> State:
    if initial is None:
        return initial_state(draws, setting, first)
    if initial.date != first:
        raise SimulationError(
            f"The initial state is of {initial.date:%Y-%m-%d}, but the run starts on "
            f"{first:%Y-%m-%d}."
        )
    if not np.array_equal(initial.worlds, draws.worlds):
        raise SimulationError("The initial state and the draws hold different worlds.")
    if initial.gangs != setting.gangs:
        raise SimulationError(f"The initial state has gangs {initial.gangs}, not {setting.gangs}.")
    return initial


def processors() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _chunks(n: int, threads: int) -> list[slice]:
    size = max(1, min(_CHUNK, -(-n // threads)))
    return [slice(first, min(first + size, n)) for first in range(0, n, size)]


def _in_threads(
    chunk: Callable[[slice], int], n: int, threads: int | None, progress: Progress | None
) -> None:
    """Run all chunks; an interruption drops those not begun and waits for those that run."""
    workers = processors() if threads is None else threads
    if workers < 1:
        raise SimulationError(f"At least one thread is needed, not {threads}.")
    rows = _chunks(n, workers)
    done = 0
    if workers == 1 or len(rows) == 1:
        for part in rows:
            done += chunk(part)
            _tell(progress, done, n)
        return
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures: list[Future[int]] = [pool.submit(chunk, part) for part in rows]
        try:
            for future in as_completed(futures):
                done += future.result()
                _tell(progress, done, n)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def part_of(progress: Progress | None, index: int, count: int) -> Progress | None:
    """Progress of one of several equal parts, told as progress of the whole.

    Parameters
    ----------
    progress
        Who is told; None tells nobody.
    index, count
        Which part this is, from 0, and of how many.
    """
    if progress is None:
        return None
    return lambda done, total: progress(index * total + done, count * total)


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _refuse_failures(
    failures: NDArray[np.int64],
    draws: Draws,
    weeks_per_month: int,
    months: NDArray[np.datetime64],
    strategies: Profile,
) -> None:
    failed = np.flatnonzero(failures[:, 0])
    if len(failed) == 0:
        return
    world = failed[0]
    failure, week = Failure(failures[world, 0]), int(failures[world, 1])
    month = months[week // weeks_per_month]
    raise SimulationError(
        f"{len(failed)} of {len(draws)} worlds failed under '{strategies.name}'. World "
        f"{draws.worlds[world]}, week {week % weeks_per_month + 1} of {month}: "
        f"{failure.sentence}."
    )


def _provenance(
    script: Script | None,
    profile: Profile | None,
    since: pd.Timestamp | None,
    first: pd.Timestamp,
    last: pd.Timestamp,
    seed: int,
    reading: str,
    setting: Setting,
) -> dict[str, str | int]:
    return {
        "case": setting.name,
        "script": "" if script is None else script.name,
        "profile": "" if profile is None else profile.name,
        "since": "" if since is None else f"{since:%Y-%m-%d}",
        "start": f"{first:%Y-%m-%d}",
        "end": f"{last:%Y-%m-%d}",
        "seed": int(seed),
        "reading": reading,
    }
