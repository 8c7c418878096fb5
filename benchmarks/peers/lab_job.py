"""The Lab's job for pages written in other frameworks, in tregua's own functions.

Four assumptions, a fan of 200 worlds over ten years beside the record, and a run of many worlds
that tells how far it is. Every page asks the same functions with the same numbers, and the compiled
kernel takes as many threads as there are processors: what differs is the framework. Draws and
states at the origin are kept, as tregua's own server keeps them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from tregua import assess, decide, infer, model, record

__all__ = ["FIRST_SHOWN", "MANY", "PLAN", "SLIDERS", "WORLDS", "Job", "said"]

WORLDS, MANY = 200, 2_000
FIRST_SHOWN = "2016-06"
SLIDERS = ("return_share", "retention_loss", "command_ceiling", "leak")
PLAN: dict[str, Any] = {
    "origin": "2019-06",
    "years": 10,
    "worlds": WORLDS,
    "blocks": [
        {"lane": "pact", "start": "2019-07", "end": "2022-04"},
        {"lane": "exception", "start": "2022-04", "end": None},
    ],
}

Tell = Callable[[int, int], None]


class Job:
    """What a page computes; safe to use from many threads."""

    def __init__(self) -> None:
        self.places = ThreadPoolExecutor(os.cpu_count() or 1)
        """Runs that go on at once, as many as processors."""
        self._lock = threading.Lock()
        self._worlds: dict[int, tuple[model.Draws, model.State]] = {}

    @cached_property
    def _case(self) -> tuple[record.Record, model.History]:
        known = record.load("el-salvador")
        return known, model.History.of(known)

    @cached_property
    def _posterior(self) -> model.Draws:
        return infer.posterior().draws

    def slider(self, name: str) -> tuple[float, float, float, float]:
        """Least and largest value of an assumption, its step, and where it stands at first."""
        low, middle, high = np.quantile(self._posterior.column(name), (0.001, 0.5, 0.999))
        step = float(f"{(high - low) / 100:.1g}")
        ends = np.floor(low / step), np.ceil(high / step), np.round(middle / step)
        first, last, value = (round(float(step * end), 10) for end in ends)
        return first, last, step, value

    def assumed(self) -> dict[str, float]:
        """Where the four sliders stand at first."""
        return {name: self.slider(name)[3] for name in SLIDERS}

    def worlds(self, number: int) -> tuple[model.Draws, model.State]:
        """Draws and their states at the origin, made once."""
        with self._lock:
            if number not in self._worlds:
                draws = decide.worlds_of_posterior(self._posterior, number)
                state = decide.state_at(PLAN["origin"], draws, self._case[1], seed=1)
                self._worlds[number] = draws, state
            return self._worlds[number]

    def fan(self, assumptions: Mapping[str, float]) -> decide.ScenarioFan:
        """The plan alone, drawn while a slider moves."""
        draws, state = self.worlds(WORLDS)
        scenario = decide.Scenario.of({**PLAN, "assumptions": dict(assumptions)})
        return decide.run_fan(scenario, draws=draws, state=state, history=self._case[1])

    def run(
        self, assumptions: Mapping[str, float], number: int = MANY, tell: Tell | None = None
    ) -> decide.ScenarioRun:
        """The plan and the status quo in many worlds."""
        given = {**PLAN, "worlds": number, "assumptions": dict(assumptions)}
        draws, state = self.worlds(number)

        def told(done: int, total: int, _: decide.ScenarioRun | None) -> None:
            if tell is not None:
                tell(done, total)

        return decide.run_scenario(
            decide.Scenario.of(given),
            draws=draws,
            state=state,
            history=self._case[1],
            progress=told,
        )

    def points(self) -> tuple[list[str], list[float]]:
        """The record: months, and homicides per 100,000 a year."""
        known, history = self._case
        rows = assess.known_tables(known)["homicides"]
        rows = rows[(rows["frequency"] == "month") & rows["usable"].astype(bool)]
        rows = rows[rows["start"] >= FIRST_SHOWN]
        when = pd.DatetimeIndex(rows["start"])
        people = np.asarray(history.setting.population_in(when.year + (when.month - 0.5) / 12))
        rates = rows["value"].to_numpy() * 1e5 * 365.25 / when.days_in_month.to_numpy() / people
        return [f"{month:%Y-%m-%d}" for month in when], rates.tolist()

    def warm(self) -> None:
        """Make what a page needs first, in a thread of its own."""
        threading.Thread(target=lambda: self.fan(self.assumed()), daemon=True).start()


def said(found: decide.ScenarioFan | decide.ScenarioRun, seconds: float) -> str:
    """What stands below the chart."""
    more = f" {found.headline.en}" if isinstance(found, decide.ScenarioRun) else ""
    return f"{found.worlds:,} worlds in {seconds:.2f} s.{more}"
