"""The same source on a graphics card: one world a thread.

Worlds never meet, so a card may take a hundred thousand at once. Nothing of the week is written
again again here (`tregua.simulate.card` hands the model's own functions to the card's compiler).

Rows of `LANES` worlds lie interleaved (`tregua.model.block`), and a thread is a block of one world
that begins at its own lane: `rows[group * size + lane:]`. Threads that stand side by side then read
and write side by side, which is what a card is quick at.

Scripts only: a strategy is called by its address, and a card has no address for it.

The card's compiler joins a multiplication and an addition into one rounding. The last bits of an
expectation may therefore differ from the processor's, very seldom a count, and from there on a
world takes another course. Expect agreement in distribution, and the same bits only in the
simulator of the card (`NUMBA_ENABLE_CUDASIM=1`), in which the tests run this file.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.model import (
    MECHANISMS,
    Draws,
    Profile,
    Script,
    Setting,
    State,
    el_salvador,
)
from tregua.model.block import LANES, rows_of
from tregua.model.mechanisms import switches
from tregua.model.script import (
    WEEKS_PER_MONTH,
    Every,
    calendar,
    month_number,
    months_between,
    period_starts,
)
from tregua.model.strategy import IDLE
from tregua.simulate.ensemble import Ensemble, label, layout
from tregua.simulate.worlds import (
    Reading,
    SimulationError,
    _check,
    _check_shape,
    _date,
    _first_state,
    _known_variables,
    _provenance,
    _refuse_failures,
    _room,
    _who_drives,
)

__all__ = ["device_problem", "run_on_device"]

_THREADS = LANES  # of a block of threads: lanes of one group stand side by side


def device_problem() -> str:
    """Why worlds cannot be run on a graphics card here, in a sentence; empty if they can.

    Examples
    --------
    >>> from tregua.simulate import device_problem
    >>> isinstance(device_problem(), str)
    True
    """
    if importlib.util.find_spec("numba_cuda") is None:
        return "numba-cuda is not installed: pip install 'tregua[cuda]'"
    cuda = importlib.import_module("numba.cuda")
    if not cuda.is_available():
        return "No CUDA device was found, or no driver and toolkit for it."
    return ""


def run_on_device(
    draws: Draws,
    *,
    script: Script,
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    seed: int,
    initial: State | None = None,
    reading: Reading = "stochastic",
    setting: Setting | None = None,
    variables: Sequence[str] | None = None,
    mechanisms: Sequence[str] = (),
    every: Every = "month",
    dtype: Literal["float64", "float32"] = "float64",
    profile: Profile | None = None,
) -> Ensemble:
    """Run one world for each draw on a graphics card, under a script.

    Parameters
    ----------
    draws, script, start, end, seed, initial, reading, setting
        As `run` takes them.
    variables, mechanisms, every, dtype
        Likewise.
    profile
        None: strategies cannot be called on a card.

    Returns
    -------
    Ensemble
        As `run` returns it: equal in distribution, in the card's simulator bit for bit.

    Raises
    ------
    SimulationError
        If there is no card, a profile is given, or for the reasons of `run`.
    """
    if profile is not None:
        raise SimulationError(
            "A graphics card runs scripts only: strategies are called by their address, and a card "
            "has none for them. Use `run` with this profile."
        )
    problem = device_problem()
    if problem:
        raise SimulationError(problem)
    setting = el_salvador() if setting is None else setting
    first, last = _date("start", start), _date("end", end)
    _who_drives(script, None, None, first)
    _check(draws, first, last, seed, reading, WEEKS_PER_MONTH)
    _check_shape(every, LANES)
    names = _known_variables(variables)
    gangs = len(setting.gangs)
    given = _first_state(initial, draws, setting, first)
    columns, places = layout(names, gangs)
    starts = period_starts(first, last, every)
    out = _room((len(draws), len(starts), len(columns)), dtype)
    table = calendar(setting, first, last, script=script, since=None, every=every)
    numbers = np.array(
        [
            rows_of(gangs) * LANES,
            month_number(first) * WEEKS_PER_MONTH,
            WEEKS_PER_MONTH,
            gangs,
            switches(mechanisms),
            int(reading == "mean"),
            seed & 0xFFFFFFFF,
            (seed >> 32) & 0xFFFFFFFF,
        ],
        dtype=np.int64,
    )
    values, failures = _travel(
        given.values, draws, table, columns, numbers, setting.rivalry_at_start, out
    )
    months = months_between(first, last)
    _refuse_failures(failures, draws, WEEKS_PER_MONTH, months, IDLE)
    final = State(values, draws.worlds.copy(), last, setting.gangs, seed, reading)
    kept = label(out, places, worlds=draws.worlds, starts=starts, every=every, gangs=setting.gangs)
    made = _provenance(script, None, None, first, last, seed, reading, setting)
    made["mechanisms"] = ", ".join(name for name in MECHANISMS if name in tuple(mechanisms))
    made["device"] = "cuda"
    return Ensemble(kept, final, draws, made)


def _travel(
    states: NDArray[np.float64],
    draws: Draws,
    table: NDArray[np.float64],
    columns: NDArray[np.int64],
    numbers: NDArray[np.int64],
    rivalry_at_start: float,
    out: NDArray[Any],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Take the worlds to the card, through the calendar, and back."""
    from tregua.simulate.card import cuda, travel

    n = len(draws)
    groups = -(-n // LANES)
    low, high = draws.worlds & 0xFFFFFFFF, (draws.worlds >> 32) & 0xFFFF
    on_card = cuda.to_device(states.copy())
    kept = cuda.to_device(np.zeros_like(out))
    failed = cuda.to_device(np.zeros((n, 2), dtype=np.int64))
    # The last group's last lane reaches LANES - 1 numbers past its rows.
    rows = cuda.to_device(np.zeros(groups * int(numbers[0]) + LANES))
    travel[groups, _THREADS](
        on_card,
        cuda.to_device(draws.values.copy()),
        cuda.to_device(low),
        cuda.to_device(high),
        cuda.to_device(np.zeros(n, dtype=np.int64)),
        cuda.to_device(table),
        cuda.to_device(columns),
        cuda.to_device(numbers),
        rivalry_at_start,
        rows,
        kept,
        failed,
    )
    kept.copy_to_host(out)
    return np.asarray(on_card.copy_to_host()), np.asarray(failed.copy_to_host())
