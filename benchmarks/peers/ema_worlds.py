"""Short experiments by EMA Workbench on tregua's compiled kernel, one line of JSON a batch.

An experiment is one world, one strategy and one year of months: ten uncertain parameters, the
others at their defaults, and the yearly totals of four outcomes. EMA Workbench hands a function one
experiment at a time, so the function calls the compiled kernel with one world and everything that
does not change prepared beforehand: that is the least a good user of it can pay. It answers

    {"experiments": 1000, "processes": 1, "seed": 1}

with seconds by the clock and of processor time, children included.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import time
import warnings

import numpy as np
import pandas as pd

from tregua import decide, model
from tregua.model.block import LANES, rows_of
from tregua.model.mechanisms import switches
from tregua.model.observation import view_length
from tregua.model.script import calendar, month_number, period_starts
from tregua.simulate.ensemble import layout
from tregua.simulate.kernel import advance

OUTCOMES = ("killed", "recorded", "detained", "prisoners")
START, END = pd.Timestamp("2003-01-01"), pd.Timestamp("2004-01-01")


@functools.cache
def prepared(strategy: str) -> tuple:
    """What does not change between experiments."""
    setting, profile = model.el_salvador(), model.Profile(decide.CATALOGUE[strategy])
    profile.compile()
    table = calendar(setting, START, END, script=None, since=START, every="month")
    columns, _ = layout(OUTCOMES, len(setting.gangs))
    months = len(period_starts(START, END, "month", 4))
    size = rows_of(len(setting.gangs)) * LANES
    rooms = np.empty(size), np.zeros((LANES, view_length(len(setting.gangs))))
    return setting, profile, table, columns, months, rooms, model.defaults()


def experiment(strategy: str = "status_quo", luck: float = 0.0, **uncertain: float) -> dict:
    """One world for one year: the year's totals."""
    setting, profile, table, columns, months, rooms, usual = prepared(strategy)
    draws = usual.values.copy()
    for name, value in uncertain.items():
        draws[0, usual.names.index(name)] = value
    given = model.Draws(draws, usual.names, np.ones(1), np.array([int(luck)]))
    state = model.initial_state(given, setting, START).values.copy()
    kept, failures = np.empty((1, months, len(columns))), np.zeros((1, 2), dtype=np.int64)
    advance(
        state,
        given.values,
        given.worlds,
        table,
        month_number(START) * 4,
        4,
        1,
        0,
        setting.rivalry_at_start,
        len(setting.gangs),
        switches(()),
        columns,
        np.zeros((0, 0), dtype=np.int64),
        profile.called,
        profile.gangs,
        rooms[0],
        rooms[1],
        kept,
        failures,
        1,
    )
    return dict(zip(OUTCOMES, kept[0].sum(axis=0), strict=True))


def uncertainties() -> list[tuple[str, float, float]]:
    """Ten parameters that are free within a range, and the ranges."""
    free = [p for p in model.PARAMETERS if p.low < p.high][:10]
    return [(p.name, float(p.low), float(p.high)) for p in free]


def batch(experiments: int, processes: int, seed: int) -> None:
    """Run experiments by EMA Workbench."""
    import ema_workbench as ema

    problem = ema.Model("tregua", function=experiment)
    free = [*uncertainties(), ("luck", 0.0, 1e6)]
    problem.uncertainties = [ema.RealParameter(*each) for each in free]
    problem.levers = [ema.CategoricalParameter("strategy", ("status_quo", "mano_dura"))]
    problem.outcomes = [ema.ScalarOutcome(name) for name in OUTCOMES]
    np.random.seed(seed)  # noqa: NPY002  (the library's own way)
    policies = [ema.Policy("mano_dura", strategy="mano_dura")]
    if processes == 1:
        ema.perform_experiments(problem, experiments, policies)
        return
    with ema.MultiprocessingEvaluator(problem, n_processes=processes) as evaluator:
        evaluator.perform_experiments(experiments, policies)


def processor() -> float:
    """Processor seconds of this process and its finished children."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def alone(experiments: int) -> None:
    """The same function without the library."""
    ranges = uncertainties()
    for number in range(experiments):
        experiment("mano_dura", number, **{name: low for name, low, _ in ranges})


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        asked = json.loads(line)
        run = alone if asked.pop("alone", False) else batch
        clock, worked = time.perf_counter(), processor()
        sys.stdout, shown = sys.stderr, sys.stdout
        run(**asked)
        sys.stdout = shown
        took = {"clock": time.perf_counter() - clock, "processor": processor() - worked}
        sys.stdout.write(json.dumps(took) + "\n")
        sys.stdout.flush()
