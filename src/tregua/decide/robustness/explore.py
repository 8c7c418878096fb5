"""Run every strategy at every point of a design, in the same worlds.

A point is a world of the cloud (its undeclared parameters, its past up to the origin, its noise)
whose declared parameters are set, from the origin on, to the point's values, and whose switches
stand as the point says. All strategies meet the same points, so that what differs between two of
them at a point is theirs. Points that share reading, family and mechanisms run together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.decide.compare import compare, state_at
from tregua.decide.from_origin import set_from_origin
from tregua.decide.robustness.designs import Design, rows_at
from tregua.decide.robustness.regret import regret_table
from tregua.decide.robustness.space import Outcome, Problem
from tregua.model import Draws, History, State, answer_in_kind
from tregua.model.strategy import GangStrategy

__all__ = ["Experiments", "Worlds", "explore", "given"]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

Worlds = Callable[[str, str], tuple[Draws, History]]
"""From a reading of history and a family of priors to the worlds before the origin."""

_BLOCK = 4096  # points run at once: bounds the memory that monthly results need


def given(draws: Draws, history: History) -> Worlds:
    """Worlds of one reading and the declared priors, for problems that switch neither.

    Parameters
    ----------
    draws
        The worlds.
    history
        What the case tells of its past.

    Returns
    -------
    callable
        To be passed to `explore`; it refuses other readings and families with a ValueError.
    """

    def worlds(reading: str, family: str) -> tuple[Draws, History]:
        if (reading, family) != ("script", "declared"):
            raise ValueError(
                f"These worlds know one reading and the declared priors, not '{reading}' with "
                f"'{family}'; pass a function that makes worlds for each."
            )
        return draws, history

    return worlds


@dataclass(frozen=True)
class Experiments:
    """What every strategy did at every point of a design.

    Attributes
    ----------
    problem
        What was explored.
    inputs
        One row a point: the values of the uncertainties.
    worlds
        int64[n]: the number of the world on which a point was tried.
    totals
        For each outcome of the problem, in order: float64[n, strategies].
    origin
        Month from which the strategies act, `YYYY-MM`.
    how
        How the points were chosen.
    """

    problem: Problem
    inputs: pd.DataFrame
    worlds: NDArray[np.int64]
    totals: tuple[Array, ...]
    origin: str
    how: str

    def __len__(self) -> int:
        """Number of points."""
        return len(self.worlds)

    def total(self, outcome: Outcome, strategy: str) -> Array:
        """Totals of an outcome under a strategy, one a point. Raises ValueError."""
        table = self.totals[self.problem.outcomes.index(outcome)]
        return table[:, self.problem.strategies.index(strategy)]

    def gap(self, strategy: str, reference: str, outcome: Outcome) -> Array:
        """How much better a strategy does than a reference at each point (negative: worse)."""
        gap = self.total(outcome, reference) - self.total(outcome, strategy)
        return gap if outcome.better == "lower" else -gap

    def better(self, strategy: str, reference: str, outcome: Outcome) -> NDArray[np.bool_]:
        """Where a strategy does strictly better than a reference."""
        return self.gap(strategy, reference, outcome) > 0.0

    def regret(self, *, level: float = 0.9, seed: int = 1) -> pd.DataFrame:
        """Regret of every strategy in every outcome, never summed over outcomes.

        Parameters
        ----------
        level, seed
            As `regret_table` takes them.

        Returns
        -------
        DataFrame
            As `regret_table`, outcomes one below the other.
        """
        tables = [
            regret_table(totals, self.problem.strategies, outcome, level=level, seed=seed)
            for outcome, totals in zip(self.problem.outcomes, self.totals, strict=True)
        ]
        return pd.concat(tables, ignore_index=True)


def explore(
    design: Design,
    worlds: Worlds,
    *,
    origin: str,
    seed: int,
    gangs: GangStrategy = answer_in_kind,
    mechanisms: Sequence[str] = (),
    progress: Progress | None = None,
) -> Experiments:
    """Run every lever of a problem at every point of a design.

    Parameters
    ----------
    design
        The points, with the problem that they belong to.
    worlds
        Makes the worlds of a reading and a family (`given` for one of each). Called once for each
        pair that the design holds.
    origin
        Month from which strategies act and uncertainties are set, `YYYY-MM`.
    seed
        Seed of the noise.
    gangs
        The gangs' reply, the same to every strategy.
    mechanisms
        Optional mechanisms that are on at every point; a switch of the problem overrides it.
    progress
        Called with (points run, points to run), now and then while history is run too.

    Returns
    -------
    Experiments

    Raises
    ------
    ValueError
        If worlds, origin or mechanisms are not what a comparison takes.
    """
    problem, inputs = design.problem, design.inputs
    readings = _column(inputs, "reading", "script", len(design))
    families = _column(inputs, "family", "declared", len(design))
    totals = [np.empty((len(design), len(problem.levers))) for _ in problem.outcomes]
    numbers = np.empty(len(design), dtype=np.int64)
    done = 0
    for reading, family in dict.fromkeys(zip(readings, families, strict=True)):
        places = np.flatnonzero((readings == reading) & (families == family))
        draws, history = worlds(reading, family)
        before = _within(progress, done, 0, len(design))
        state = state_at(origin, draws, history, seed=seed, progress=before)
        past = _Past(draws, history, state, origin, seed)
        for on, points in _by_mechanisms(problem, inputs, places, mechanisms):
            for block in np.array_split(points, max(1, -(-len(points) // _BLOCK))):
                tell = _within(progress, done, len(block), len(design))
                found, numbers[block] = past.run(design, block, gangs, on, tell)
                for table, values in zip(totals, found, strict=True):
                    table[block] = values
                done += len(block)
                if progress is not None:
                    progress(done, len(design))
    return Experiments(problem, inputs, numbers, tuple(totals), origin, design.how)


@dataclass(frozen=True)
class _Past:
    """Worlds up to the origin."""

    draws: Draws
    history: History
    state: State
    origin: str
    seed: int

    def run(
        self,
        design: Design,
        points: NDArray[np.int64],
        gangs: GangStrategy,
        mechanisms: Sequence[str],
        progress: Progress | None,
    ) -> tuple[list[Array], NDArray[np.int64]]:
        """Totals of every outcome at some points, and the worlds on which they were tried."""
        problem = design.problem
        rows = rows_at(design.place[points], self.draws.weights)
        pinned = {
            part.name: design.inputs[part.name].to_numpy(dtype=np.float64)[points]
            for part in problem.uncertainties
            if not part.is_switch
        }
        draws, state = set_from_origin(self.draws.select(rows), self.state.select(rows), **pinned)
        comparison = compare(
            [lever.strategy for lever in problem.levers],
            replace(draws, weights=np.ones(len(draws))),
            self.history,
            origin=self.origin,
            seed=self.seed,
            years=problem.years,
            initial=state,
            gangs=gangs,
            mechanisms=mechanisms,
            progress=progress,
        )
        totals = [
            np.stack(
                [comparison.total(each.name, name, each.years) for name in problem.strategies],
                axis=1,
            )
            for each in problem.outcomes
        ]
        return totals, draws.worlds


def _within(progress: Progress | None, done: int, size: int, of: int) -> Progress | None:
    """Progress of a block, counted in points of the whole; its last is told by the caller."""
    if progress is None:
        return None

    def tell(run: int, to_run: int) -> None:
        if run < to_run:
            progress(done + size * run // to_run, of)

    return tell


def _column(inputs: pd.DataFrame, name: str, otherwise: str, n: int) -> NDArray[np.object_]:
    if name in inputs:
        return inputs[name].to_numpy(dtype=object)
    return np.full(n, otherwise, dtype=object)


def _by_mechanisms(
    problem: Problem,
    inputs: pd.DataFrame,
    places: NDArray[np.int64],
    always: Sequence[str],
) -> list[tuple[tuple[str, ...], NDArray[np.int64]]]:
    """Points that share their mechanisms, in the order of their first appearance."""
    names = [part.name for part in problem.uncertainties if part.kind == "mechanism"]
    fixed = tuple(name for name in always if name not in names)
    if not names:
        return [(fixed, places)]
    on = (inputs[names].to_numpy(dtype=object)[places] == "on").astype(np.int64)
    codes = on @ (1 << np.arange(len(names)))
    groups = []
    for code in dict.fromkeys(codes.tolist()):
        chosen = tuple(name for bit, name in enumerate(names) if code >> bit & 1)
        groups.append(((*fixed, *chosen), places[codes == code]))
    return groups
