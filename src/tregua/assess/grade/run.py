"""Grade designs: make worlds, ask, compare with the truth."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd

from tregua.assess.grade.marks import marks_of, reputations
from tregua.assess.grade.questions import (
    ASK,
    GRADED,
    LEAST_WORLDS,
    Answer,
    Question,
    asked,
    available,
    truth_for,
)
from tregua.assess.grade.worlds import SCENARIOS, Known, Scenario, worlds_of
from tregua.assess.verdict import NotTestable

__all__ = ["FULL", "QUICK", "answers_of", "grade"]

FULL, QUICK = 300, 40
"""Worlds of each kind, in full and quickly."""

_BREAKS_ONLY = frozenset({"segments", "detector"})
Progress = Callable[[int, int], None]


def grade(
    designs: Sequence[str] = GRADED,
    *,
    scenarios: Sequence[str] = (),
    worlds: int | None = None,
    quick: bool = False,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Mapping[str, pd.DataFrame]:
    """Grade designs on simulated worlds whose truth is known.

    Parameters
    ----------
    designs
        Names from `GRADED`; one that is not installed is left out and listed in `left_out`.
    scenarios
        Names from `SCENARIOS`; all if none.
    worlds
        Worlds of each kind, at least 2; 300 by default. Slow designs are shown fewer.
    quick
        40 worlds by default.
    seed
        Seed of every random number.
    threads
        Questions asked side by side; one per processor if None. Changes no number.
    progress
        Called as ``progress(done, total)`` in answers.

    Returns
    -------
    Mapping
        `marks` (see `marks_of`); `reputations` (see `reputations`); `scenarios` (name, title in
        both languages, effect, fair, worlds, and median, 5 % and 95 % quantile of both true
        ratios); `left_out` (design); `answers` (one row a design, scenario and world).

    Raises
    ------
    ValueError
        For an unknown name, with the nearest known one, fewer than 2 worlds, or designs that can
        be asked about none of the scenarios.
    """
    _refuse_unknown(designs, GRADED, "design")
    _refuse_unknown(scenarios, tuple(SCENARIOS), "scenario")
    number = worlds if worlds is not None else QUICK if quick else FULL
    if number < 2:
        raise ValueError(f"worlds must be at least 2, not {number}.")
    kinds = [SCENARIOS[name] for name in SCENARIOS if name in scenarios or not scenarios]
    chosen = {name: ASK[name] for name in GRADED if name in designs and available(name)}
    steps = _Steps(progress, sum(_tasks(kind, chosen, number) for kind in kinds))
    answers, told = [], []
    for kind in kinds:
        known = worlds_of(kind, number, seed=seed)
        told.append(_told(kind, known))
        answers.append(answers_of(chosen, kind, known, threads=threads, step=steps.one))
    frame = pd.concat(answers, ignore_index=True)
    if frame.empty:
        raise ValueError(
            f"None of these designs can be asked about these worlds: {', '.join(designs)}."
        )
    fair = [kind.name for kind in kinds if kind.fair and kind.effect]
    absent = [name for name in designs if not available(name)]
    return {
        "marks": marks_of(frame),
        "reputations": pd.DataFrame(list(reputations(frame, seed=seed, fair=fair))),
        "scenarios": pd.DataFrame(told),
        "left_out": pd.DataFrame({"design": absent}, dtype=object),
        "answers": frame,
    }


def answers_of(
    designs: Mapping[str, Question],
    scenario: Scenario,
    known: Sequence[Known],
    *,
    threads: int | None = None,
    step: Callable[[], None] | None = None,
) -> pd.DataFrame:
    """What designs answer in worlds of one scenario, beside the truth.

    Parameters
    ----------
    designs
        Questions by name, such as those of `ASK`, or one's own.
    scenario
        The scenario.
    known
        Its worlds.
    threads
        Questions asked side by side.
    step
        Called after each answer.

    Returns
    -------
    DataFrame
        The columns that `marks_of` takes.
    """
    tasks = [
        (name, world)
        for name in designs
        if asked(name, scenario)
        for world in known[: LEAST_WORLDS.get(name, len(known))]
    ]

    def one(task: tuple[str, Known]) -> dict[str, Any]:
        name, world = task
        try:
            answer = designs[name](world, scenario)
        except NotTestable:
            answer = Answer(np.nan)
        return {
            "design": name,
            "scenario": scenario.name,
            "world": world.world,
            "effect": scenario.effect,
            "dates_breaks": name in _BREAKS_ONLY,
            "recorded": truth_for(name, world),
            "killed": world.killed,
            "value": answer.value,
            "low": answer.low,
            "high": answer.high,
            "says": answer.says(),
        }

    rows = []
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        try:
            for row in pool.map(one, tasks):
                rows.append(row)
                if step is not None:
                    step()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return pd.DataFrame(rows)


class _Steps:
    """Counts answers and tells of them."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def one(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def _tasks(scenario: Scenario, designs: Mapping[str, Question], worlds: int) -> int:
    return sum(
        min(worlds, LEAST_WORLDS.get(name, worlds)) for name in designs if asked(name, scenario)
    )


def _refuse_unknown(given: Sequence[str], known: Sequence[str], what: str) -> None:
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ValueError(f"No {what} '{name}'.{hint} Known: {', '.join(known)}.")


def _told(scenario: Scenario, known: Sequence[Known]) -> dict[str, Any]:
    """A row about a scenario and its truths."""
    row: dict[str, Any] = {
        "scenario": scenario.name,
        "en": scenario.title["en"],
        "es": scenario.title["es"],
        "effect": scenario.effect,
        "fair": scenario.fair,
        "worlds": len(known),
    }
    for name in ("recorded", "killed"):
        ratios = [getattr(world, name) for world in known]
        for label, share in (("low", 0.05), ("middle", 0.5), ("high", 0.95)):
            row[f"{name}_{label}"] = float(np.quantile(ratios, share))
    return row
