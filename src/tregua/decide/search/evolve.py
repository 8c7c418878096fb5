"""Many-outcome search by a library, one generation at a time, and everything that was tried.

The optimiser is pymoo's: NSGA-II (Deb et al. 2002, IEEE Transactions on Evolutionary Computation
6(2)) or NSGA-III for many outcomes (Deb and Jain 2014, the same journal 18(4)). It proposes points
of the unit cube and is told their values. A search is a pure function of its seed and of those
values: an interrupted one is replayed from the values that were kept, and goes on where they end,
so that nothing of the optimiser itself needs to be kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tregua.decide.search.pareto import SearchLibraryError, nondominated

__all__ = ["SEARCH_ALGORITHMS", "Archive", "evolve"]

Array = NDArray[np.float64]

SEARCH_ALGORITHMS = ("nsga2", "nsga3")
"""Optimisers by name."""

# Distribution index of crossover and mutation; the usual 15 and 20 take steps so small that a lever
# of a few choices would seldom change.
_SPREAD = 3.0
_LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Archive:
    """Everything that a search tried.

    Attributes
    ----------
    points
        float64[n, levers], in the unit cube, in the order in which they were tried.
    values
        float64[n, outcomes], less is better.
    generation
        int64[n], from 1.
    """

    points: Array
    values: Array
    generation: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of points tried, repeats counted."""
        return len(self.points)

    @property
    def front(self) -> NDArray[np.int64]:
        """Rows that no other dominates; of rows with the same values the first."""
        rows = np.flatnonzero(nondominated(self.values))
        _, first = np.unique(self.values[rows], axis=0, return_index=True)
        return np.asarray(rows[np.sort(first)])


def evolve(
    evaluate: Callable[[Array], Array],
    levers: int,
    outcomes: int,
    *,
    population: int,
    generations: int,
    seed: int,
    algorithm: str = "nsga2",
) -> Archive:
    """Search the unit cube for points that no other dominates.

    Parameters
    ----------
    evaluate
        Values float64[n, outcomes] of points float64[n, levers]; less is better. Called once a
        generation. What it gives for a point must not change.
    levers, outcomes
        Sides of the cube, and values of a point.
    population
        Points a generation, at least 4.
    generations
        How many, at least 1. A longer search begins with the shorter one.
    seed
        Seed of the optimiser.
    algorithm
        "nsga2" or "nsga3".

    Returns
    -------
    Archive
        All points, at most `population` times `generations`.

    Raises
    ------
    SearchLibraryError
        If pymoo is not installed.
    ValueError
        If a number or the algorithm is none of these, or values are not numbers.
    """
    if population < 4 or generations < 1:
        raise ValueError(
            "A search needs a population of at least 4 and at least one generation, not "
            f"{population} and {generations}."
        )
    search = _optimiser(algorithm, population, outcomes)
    problem, evaluator, given = _problem(levers, outcomes)
    search.setup(
        problem, termination=("n_gen", generations + 1), seed=seed % _LARGEST_SEED, verbose=False
    )
    points, values, numbers = [], [], []
    for generation in range(1, generations + 1):
        proposed = search.ask()
        if proposed is None or len(proposed) == 0:
            break
        cube = np.clip(np.asarray(proposed.get("X"), dtype=np.float64), 0.0, 1.0)
        found = _valid(evaluate(cube), len(cube), outcomes)
        evaluator(given(problem, F=found), proposed)
        search.tell(infills=proposed)
        points.append(cube)
        values.append(found)
        numbers.append(np.full(len(cube), generation))
    return Archive(np.concatenate(points), np.concatenate(values), np.concatenate(numbers))


def _valid(found: Any, points: int, outcomes: int) -> Array:
    values = np.asarray(found, dtype=np.float64)
    if values.shape != (points, outcomes) or not np.all(np.isfinite(values)):
        raise ValueError(
            f"{points} points need {outcomes} finite values each, not an array of shape "
            f"{values.shape} or one with numbers that are none."
        )
    return values


def _optimiser(algorithm: str, population: int, outcomes: int) -> Any:
    if algorithm not in SEARCH_ALGORITHMS:
        raise ValueError(f"No algorithm '{algorithm}'. Known: {', '.join(SEARCH_ALGORITHMS)}.")
    try:
        from pymoo.algorithms.moo.nsga2 import NSGA2
        from pymoo.algorithms.moo.nsga3 import NSGA3
        from pymoo.operators.crossover.sbx import SBX
        from pymoo.operators.mutation.pm import PM
        from pymoo.util.ref_dirs import get_reference_directions
    except ImportError as error:
        raise SearchLibraryError from error
    moves = {"crossover": SBX(eta=_SPREAD, prob=0.9), "mutation": PM(eta=_SPREAD)}
    if algorithm == "nsga2":
        return NSGA2(pop_size=population, **moves)
    parts = 1
    while comb(parts + outcomes, outcomes - 1) <= population:
        parts += 1
    directions = get_reference_directions("das-dennis", outcomes, n_partitions=parts)
    return NSGA3(ref_dirs=directions, pop_size=max(population, len(directions)), **moves)


def _problem(levers: int, outcomes: int) -> tuple[Any, Callable[..., Any], Any]:
    """What the library is told of the problem: the cube only; values are handed over."""
    from pymoo.core.evaluator import Evaluator
    from pymoo.core.problem import Problem
    from pymoo.problems.static import StaticProblem

    problem = Problem(n_var=levers, n_obj=outcomes, xl=np.zeros(levers), xu=np.ones(levers))
    return problem, Evaluator().eval, StaticProblem
