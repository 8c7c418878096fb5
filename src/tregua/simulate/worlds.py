"""Run many worlds: the one entry of the stage."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tregua.compiled import is_warm
from tregua.model import (
    MECHANISMS,
    Draws,
    GangAction,
    Mechanism,
    Profile,
    Script,
    Setting,
    Stance,
    State,
    Timeline,
    el_salvador,
    initial_state,
)
from tregua.model.block import LANES, rows_of
from tregua.model.mechanisms import switches
from tregua.model.observation import view_length
from tregua.model.script import (
    WEEKS_PER_MONTH,
    Every,
    calendar,
    month_number,
    months_between,
    period_starts,
)
from tregua.model.strategy import IDLE
from tregua.simulate.ensemble import (
    DEFAULT_VARIABLES,
    PERIODS,
    VARIABLES,
    Ensemble,
    label,
    layout,
)
from tregua.simulate.kernel import UNORDERED, Failure, advance

__all__ = ["SimulationError", "needs_compilation", "part_of", "run"]

Reading = Literal["stochastic", "mean"]
Progress = Callable[[int, int], None]

_VECTOR = 8  # numbers in the longest vectors of today's processors


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
    mechanisms: Sequence[str] = (),
    every: Every = "month",
    dtype: Literal["float64", "float32"] = "float64",
    orders: ArrayLike | None = None,
    width: int = LANES,
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
    mechanisms
        Names of optional mechanisms to switch on (`model.MECHANISMS`); none unless named.
    every
        Length of the periods kept: "week" (a quarter of a month), "month", "quarter" or "year".
        With `variables` and `dtype` it decides the memory that the run needs: worlds x periods x
        variables x 8 or 4 bytes.
    dtype
        Type in which results are kept.
    orders
        int[n, 1 + gangs] or int[1 + gangs]: a stance for the government and an action for each
        gang, which hold while the strategies drive; `simulate.UNORDERED` leaves one to its
        strategy.
    width
        Worlds that a thread takes in step, 1 to 64; changes speed, and no bit of the result.

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
    _check_shape(every, width)
    _refuse_mixing(profile, reading)
    kept = _known_variables(variables)
    state = _first_state(initial, draws, setting, first)
    table = calendar(
        setting,
        first,
        last,
        script=script,
        since=takes_over,
        weeks_per_month=weeks_per_month,
        every=every,
        timeline=_timeline_of(profile),
    )
    gangs = len(setting.gangs)
    columns, places = layout(kept, gangs)
    on = switches(mechanisms)
    starts = period_starts(first, last, every, weeks_per_month)
    out = _room((len(draws), len(starts), len(columns)), dtype)
    values = state.values.copy()
    failures = np.zeros((len(draws), 2), dtype=np.int64)
    given = _orders(orders, len(draws), gangs)
    strategies = profile or IDLE
    strategies.compile()  # here, not in several threads at once

    def chunk(rows: slice) -> int:
        # One type for the compiler; what is kept in single precision is rounded after the run.
        whole = dtype == "float64"
        kept_here = out[rows] if whole else np.empty(out[rows].shape, dtype=np.float64)
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
            on,
            columns,
            given[rows] if len(given) else given,
            strategies.called,
            strategies.gangs,
            _aligned(rows_of(gangs) * LANES),
            _room_for_views(LANES, gangs, strategies),
            kept_here,
            failures[rows],
            width,
        )
        if not whole:
            out[rows] = kept_here
        return len(values[rows])

    _in_threads(chunk, len(draws), threads, progress, width)
    _refuse_failures(failures, draws, weeks_per_month, months_between(first, last), strategies)
    final = State(values, draws.worlds.copy(), last, setting.gangs, seed, reading)
    monthly = label(
        out, places, worlds=draws.worlds, starts=starts, every=every, gangs=setting.gangs
    )
    made = _provenance(script, profile, takes_over, first, last, seed, reading, setting)
    made["mechanisms"] = ", ".join(name for name in MECHANISMS if on & Mechanism[name.upper()])
    return Ensemble(monthly, final, draws, made)


def _room_for_views(worlds: int, gangs: int, profile: Profile) -> NDArray[np.float64]:
    """Room for what is seen in some worlds, with the numbers of the government's rule at its end.

    The kernel fills the front and leaves the end alone.
    """
    numbers = profile.called.numbers
    views = np.zeros((worlds, view_length(gangs) + len(numbers)))
    views[:, view_length(gangs) :] = numbers
    return views


def _aligned(size: int) -> NDArray[np.float64]:
    """Room for a block that begins where a vector does: 7 to 14 % faster than elsewhere."""
    space = np.empty(size + _VECTOR)
    first = -space.ctypes.data // space.itemsize % _VECTOR
    return space[first : first + size]


def _room(shape: tuple[int, int, int], dtype: str) -> NDArray[Any]:
    """Room for the results, or an error before anything is computed."""
    if dtype not in ("float64", "float32"):
        raise SimulationError(f"dtype must be 'float64' or 'float32', not {dtype!r}.")
    size = float(np.prod([float(count) for count in shape])) * np.dtype(dtype).itemsize
    free = _free_memory()
    if size > free:
        raise SimulationError(
            f"The results asked for need {size / 2**30:,.1f} GiB ({shape[0]:,} worlds x "
            f"{shape[1]:,} periods x {shape[2]} columns), and {free / 2**30:,.1f} GiB are free. "
            "Keep fewer variables, longer periods (every='year'), dtype='float32', or fewer worlds."
        )
    return np.empty(shape, dtype=dtype)


def _free_memory() -> float:
    """Bytes of memory that are free; without limit where the system does not tell."""
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return float("inf")


def _orders(orders: ArrayLike | None, worlds: int, gangs: int) -> NDArray[np.int64]:
    """Orders for each world, or an empty table for none."""
    if orders is None:
        return np.zeros((0, 0), dtype=np.int64)
    table = np.asarray(orders)
    if table.dtype.kind not in "iu" or table.shape not in ((1 + gangs,), (worlds, 1 + gangs)):
        raise SimulationError(
            f"orders must be whole numbers of shape ({1 + gangs},) or ({worlds}, {1 + gangs}), "
            f"not {table.dtype} of shape {table.shape}."
        )
    stances, actions = table[..., 0], table[..., 1:]
    if stances.min() < UNORDERED or stances.max() >= len(Stance):
        raise SimulationError(f"An ordered stance must lie between 0 and {len(Stance) - 1}.")
    if actions.min() < UNORDERED or actions.max() >= len(GangAction):
        raise SimulationError(f"An ordered action must lie between 0 and {len(GangAction) - 1}.")
    # A copy: a read-only view would be another type to the compiler, and another compilation.
    return np.array(np.broadcast_to(table, (worlds, 1 + gangs)), dtype=np.int64, order="C")


def _date(what: str, given: str | pd.Timestamp) -> pd.Timestamp:
    try:
        when = pd.Timestamp(given)
        month_number(when)
    except (ValueError, TypeError, AttributeError):  # the last of a date that is none
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
    if not isinstance(weeks_per_month, (int, np.integer)) or weeks_per_month < 1:
        raise SimulationError(
            f"A month needs a whole number of steps, at least one, not {weeks_per_month!r}."
        )
    if draws.worlds.max() >= 2**48:
        raise SimulationError("World numbers must be below 2**48.")


def _check_shape(every: str, width: int) -> None:
    if every not in PERIODS:
        near = difflib.get_close_matches(str(every), PERIODS, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise SimulationError(f"No period '{every}'.{hint} Known: {', '.join(PERIODS)}.")
    if not isinstance(width, (int, np.integer)) or not 1 <= width <= LANES:
        raise SimulationError(f"width must be a whole number from 1 to {LANES}, not {width!r}.")


def _timeline_of(profile: Profile | None) -> Timeline | None:
    given = None if profile is None else profile.government
    return given if isinstance(given, Timeline) else None


def _refuse_mixing(profile: Profile | None, reading: str) -> None:
    """Refuse to average a strategy over random numbers that the mean reading does not have."""
    if profile is None or reading != "mean":
        return
    if profile.mixing:
        raise SimulationError(
            f"{' and '.join(profile.mixing)}: a strategy that mixes week by week has no mean "
            "reading; run it with reading='stochastic'."
        )


def _known_variables(variables: Sequence[str] | None) -> tuple[str, ...]:
    if variables is None:
        return DEFAULT_VARIABLES
    named = (variables,) if isinstance(variables, str) else tuple(variables)
    for name in named:
        if name not in VARIABLES:
            near = difflib.get_close_matches(str(name), VARIABLES, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise SimulationError(
                f"No variable named '{name}'.{hint} Known: {', '.join(VARIABLES)}."
            )
    return tuple(dict.fromkeys(named))


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


def _chunks(n: int, threads: int, width: int) -> list[slice]:
    """Slices of at most `width` worlds, as even as whole vectors allow."""
    even = -(-n // (threads * -(-n // (threads * width))))
    size = min(width, -(-even // _VECTOR) * _VECTOR)
    return [slice(first, min(first + size, n)) for first in range(0, n, size)]


def _in_threads(
    chunk: Callable[[slice], int],
    n: int,
    threads: int | None,
    progress: Progress | None,
    width: int,
) -> None:
    """Run all chunks; an interruption drops those not begun and waits for those that run."""
    workers = processors() if threads is None else threads
    if not isinstance(workers, (int, np.integer)) or workers < 1:
        raise SimulationError(f"At least one thread is needed, a whole number, not {threads!r}.")
    rows = _chunks(n, workers, width)
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
