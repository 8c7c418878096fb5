r"""Designs: which points of the uncertain space to try.

A design of $n$ points over $k$ uncertainties fills the unit cube and is carried through the laws of
the uncertainties. Three are offered:

* *Latin hypercube*: each of the $n$ slices of every uncertainty holds one point (McKay, Beckman and
  Conover 1979, Technometrics 21(2));
* *Sobol*: a scrambled low-discrepancy sequence (Sobol 1967; scrambling by Owen 1998, as SciPy has
  it), whose balance needs a power of two;
* *factorial*: every combination of the switches, and in each the *same* Latin hypercube of the
  parameters, so that two combinations differ by their switches alone.

One more coordinate chooses the world on which a point is tried: its undeclared parameters, its past
and its noise. It is stratified like the others, and `as_given` uses nothing else.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import qmc

from tregua.decide.robustness.space import Problem, ProblemError
from tregua.model import Draws

__all__ = [
    "DESIGNS",
    "Design",
    "as_given",
    "factorial",
    "latin_hypercube",
    "rows_at",
    "sobol_points",
    "through_laws",
]

Array = NDArray[np.float64]

_MOST_POINTS = 10_000_000
_LATIN, _SCRAMBLED = 1, 2  # purposes of the keyed generators

DESIGNS: dict[str, str] = {
    "lhs": "Latin hypercube: every slice of every uncertainty is tried once",
    "sobol": "scrambled Sobol sequence, in powers of two",
    "factorial": "all combinations of switches, the same parameters in each",
}
"""Designs by their short names."""


@dataclass(frozen=True)
class Design:
    """Points of the uncertain space to be tried.

    Attributes
    ----------
    problem
        Whose uncertainties they are.
    inputs
        One row a point, one column an uncertainty: numbers, or the position of a switch.
    place
        float64[n] in [0, 1): chooses the world on which a point is tried, by its place among the
        cumulative weights of the worlds.
    how
        Name of the design, its size and seed.
    """

    problem: Problem
    inputs: pd.DataFrame
    place: Array
    how: str

    def __len__(self) -> int:
        """Number of points."""
        return len(self.place)


def latin_hypercube(problem: Problem, points: int, *, seed: int) -> Design:
    """A Latin hypercube over all uncertainties; switches get equally many points each.

    Parameters
    ----------
    problem
        Whose uncertainties to cover.
    points
        Number of points, at least 2.
    seed
        Seed, at least 0.

    Returns
    -------
    Design

    Raises
    ------
    ProblemError
        For a number of points or a seed that makes no sense; the message lists both.
    """
    _check(points, seed)
    unit = _latin(len(problem.uncertainties) + 1, points, seed)
    return through_laws(problem, unit, f"lhs of {points} points, seed {seed}")


def sobol_points(problem: Problem, points: int, *, seed: int) -> Design:
    """Points of a scrambled Sobol sequence.

    Parameters
    ----------
    problem, seed
        As `latin_hypercube` takes them.
    points
        Number of points, a power of two: other numbers lose the balance for which one takes it.

    Returns
    -------
    Design

    Raises
    ------
    ProblemError
        As `latin_hypercube`, and for a number that is no power of two.
    """
    _check(points, seed, power_of_two=True)
    engine = qmc.Sobol(len(problem.uncertainties) + 1, seed=_generator(seed, _SCRAMBLED))
    unit = engine.random_base2(points.bit_length() - 1)
    return through_laws(problem, unit, f"sobol of {points} points, seed {seed}")


def factorial(problem: Problem, points: int, *, seed: int) -> Design:
    """Every combination of the switches, each with the same points of the parameters.

    Parameters
    ----------
    problem, seed
        As `latin_hypercube` takes them.
    points
        Points in each combination, at least 2; the design holds as many times the combinations.

    Returns
    -------
    Design
        Combinations one after another, in the order in which switches and positions were declared.

    Raises
    ------
    ProblemError
        As `latin_hypercube`; also without a switch, and for more than ten million points.
    """
    cells = list(itertools.product(*(part.choices for part in problem.switches)))
    extra = [] if problem.switches else ["a factorial design needs a switch; none is declared"]
    _check(points, seed, times=len(cells), extra=extra)
    numbers = [part for part in problem.uncertainties if not part.is_switch]
    unit = _latin(len(numbers) + 1, points, seed)
    columns = {part.name: part.at(unit[:, i]) for i, part in enumerate(numbers)}
    frames = []
    for cell in cells:
        positions = dict(zip((part.name for part in problem.switches), cell, strict=True))
        frames.append(pd.DataFrame(columns | positions, index=range(points)))
    inputs = pd.concat(frames, ignore_index=True)[list(problem.names)]
    how = f"factorial of {len(cells)} combinations x {points} points, seed {seed}"
    return Design(problem, inputs, np.tile(unit[:, -1], len(cells)), how)


def as_given(problem: Problem, draws: Draws, points: int | None = None) -> Design:
    """The worlds as they are: every uncertainty keeps the value that it has in the draws.

    On draws that follow the record this is the cloud on which strategies are judged; parameters
    keep the dependence that data gave them.

    Parameters
    ----------
    problem
        Its uncertainties must be parameters.
    draws
        The worlds; with unequal weights, worlds are chosen in proportion.
    points
        How many; None takes one for each draw.

    Returns
    -------
    Design

    Raises
    ------
    ProblemError
        If a switch is declared: draws hold no position for it.
    """
    switches = [f"{part.name}: worlds as given have no switch" for part in problem.switches]
    if switches:
        raise ProblemError(switches)
    n = len(draws) if points is None else points
    _check(n, 0)
    place = (np.arange(n) + 0.5) / n
    rows = rows_at(place, draws.weights)
    inputs = pd.DataFrame({name: draws.column(name)[rows] for name in problem.names})
    return Design(problem, inputs, place, f"{n} worlds as given")


def rows_at(place: Array, weights: Array) -> NDArray[np.int64]:
    """The rows whose shares of the cumulative weights hold the given places.

    Parameters
    ----------
    place
        Numbers in [0, 1).
    weights
        float64[m], at least 0, not all 0.

    Examples
    --------
    >>> rows_at(np.array([0.1, 0.4, 0.9]), np.array([1.0, 1.0, 2.0]))
    array([0, 1, 2])
    """
    shares = np.cumsum(weights) / np.sum(weights)
    last = np.flatnonzero(weights)[-1]
    return np.asarray(np.minimum(np.searchsorted(shares, place, side="right"), last))


def through_laws(problem: Problem, unit: Array, how: str) -> Design:
    """Points of the unit cube, carried through the laws of the uncertainties.

    Parameters
    ----------
    problem
        Whose uncertainties they are.
    unit
        float64[n, k + 1] in [0, 1]: a column an uncertainty, and the place of the world.
    how
        Name of the design.
    """
    columns = {part.name: part.at(unit[:, i]) for i, part in enumerate(problem.uncertainties)}
    inputs = pd.DataFrame(columns, index=range(len(unit)), columns=list(problem.names))
    return Design(problem, inputs, unit[:, -1].copy(), how)


def _latin(dimensions: int, points: int, seed: int) -> Array:
    sampler = qmc.LatinHypercube(dimensions, seed=_generator(seed, _LATIN))
    return np.asarray(sampler.random(points), dtype=np.float64)


def _generator(seed: int, purpose: int) -> np.random.Generator:
    # SciPy spawns from it, which a generator made from a bare key cannot do.
    return np.random.default_rng(np.random.SeedSequence([seed, purpose]))


def _check(
    points: int,
    seed: int,
    *,
    times: int = 1,
    power_of_two: bool = False,
    extra: list[str] | None = None,
) -> None:
    found = list(extra or ())
    whole = isinstance(points, (int, np.integer)) and not isinstance(points, bool)
    if not whole or points < 2:
        found.append(f"a design needs a whole number of points, at least 2, not {points!r}")
    elif points * times > _MOST_POINTS:
        found.append(
            f"{times:,} combinations x {points:,} points are more than {_MOST_POINTS:,}; "
            "declare fewer switches or take fewer points"
        )
    elif power_of_two and points & (points - 1):
        below = 1 << (int(points).bit_length() - 1)
        found.append(f"Sobol points come in powers of two: {below} or {2 * below}, not {points}")
    if not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**63:
        found.append(f"the seed must be a whole number from 0 to 2**63 - 1, not {seed!r}")
    if found:
        raise ProblemError(found)
