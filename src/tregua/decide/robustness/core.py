"""Does the pact that works for a year lose in the long run, and where? The core claim.

The source article holds that a secret pact lowers killing at first and not in the end. Whether a
model says so hangs on things that nobody has measured: how fast gangs would have grown, how many
prisoners return, how many arrests courts retain, how far leaders command, how much killing is
hidden. These five *factors* are spread here over declared ranges, wider than their priors; what is
not declared (all other parameters, the past up to the origin, luck) is drawn from a prior or a
posterior. Every strategy meets the same worlds.

Three sets of points are run together. *Spread*: a Latin hypercube over the factors. *Drawn*: the
factors as the worlds have them. *Alone*: one factor after the other at fixed levels, the rest as
drawn, for the value at which the sign of the median difference changes. A share of spread points is
no probability: the ranges are ours. That is why shares with factors as drawn stand beside it.

No conclusion is built in: the same rules on planted totals give the planted answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.decide.robustness.designs import Design, as_given, latin_hypercube
from tregua.decide.robustness.discovery import Box, discover
from tregua.decide.robustness.explore import Experiments, explore, given
from tregua.decide.robustness.signs import influence, share_lower, sign_of, turning_point
from tregua.decide.robustness.space import (
    OUTCOMES,
    Lever,
    Outcome,
    Problem,
    ProblemError,
    Uncertainty,
)
from tregua.decide.robustness.words import LANGUAGES, box_in_words, box_notes
from tregua.model import Draws, History

__all__ = [
    "CORE_FACTORS",
    "CORE_HORIZONS",
    "CORE_REFERENCES",
    "CoreFinding",
    "CorePlan",
    "chief_factors",
    "core_finding",
]

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

CORE_FACTORS: tuple[Uncertainty, ...] = (
    Uncertainty.parameter("recruitment", 0.1, 0.9),
    Uncertainty.parameter("return_share", 0.1, 1.0),
    Uncertainty.parameter("retention_loss", 0.5, 0.99),
    Uncertainty.parameter("command_ceiling", 0.4, 1.0),
    Uncertainty.parameter("hidden_pact", 0.0, 0.8),
)
"""Growth, return from prison, retention by courts, command of leaders, hiding; ranges are judged.

Each holds the middle 90 % of its prior with room on both sides, as far as shares allow.
"""

CORE_HORIZONS: tuple[int, ...] = (1, 3, 5, 10, 15)
"""Years after the origin at which the sign is read."""

CORE_REFERENCES: tuple[str, ...] = ("reform", "mano_dura", "status_quo")
"""What the pact is held against: reform, crackdown, nothing done."""

PACT = "secret_pact"
_MAPPED = "killed"  # recorded and hidden together: what a pact may shift from one to the other
_TURNED = ("killed", "recorded")
_POINTS_A_CELL = 60  # a share of 0.8 is then known to 0.05
_LEAST_CELLS, _MOST_CELLS = 3, 6
_LEAST = 20


@dataclass(frozen=True)
class CorePlan:
    """Points at which the core claim is tried, before anything is run.

    Attributes
    ----------
    design
        All points: spread, then drawn, then alone (factor by factor, level by level).
    points
        Points of the spread part.
    worlds
        Points of the drawn part, and worlds at each level of the alone part.
    levels
        float64[factors, levels]: the values tried of each factor alone.
    """

    design: Design
    points: int
    worlds: int
    levels: Array

    @classmethod
    def of(
        cls,
        draws: Draws,
        *,
        points: int = 1000,
        worlds: int = 100,
        levels: int = 7,
        horizons: Sequence[int] = CORE_HORIZONS,
        references: Sequence[str] = CORE_REFERENCES,
        factors: Sequence[Uncertainty] = CORE_FACTORS,
        outcomes: Sequence[str] = OUTCOMES,
        seed: int = 1,
    ) -> CorePlan:
        """A plan over the worlds of some draws.

        Parameters
        ----------
        draws
            Parameters of the worlds.
        points
            Points of the Latin hypercube, at least 20.
        worlds
            Worlds with factors as drawn and at each level of a factor alone, at least 20.
        levels
            Values tried of each factor alone, from one end of its range to the other, at least 2.
        horizons
            Years after the origin, whole and distinct; sorted here.
        references
            Strategies that the pact is held against, by their names in `CATALOGUE`.
        factors
            At least two parameters over ranges.
        outcomes
            Of `OUTCOMES`; `killed` and `recorded` are always among them.
        seed
            Seed of the hypercube.

        Raises
        ------
        ProblemError
            If anything makes no sense; the message lists what.
        """
        problem = _problem(horizons, references, factors, outcomes)
        found = [
            f"{what}: give a whole number, at least {least}, not {number!r}"
            for what, number, least in (
                ("points", points, _LEAST),
                ("worlds", worlds, _LEAST),
                ("levels", levels, 2),
            )
            if not isinstance(number, (int, np.integer)) or number < least
        ]
        if found:
            raise ProblemError(found)
        spread = latin_hypercube(problem, points, seed=seed)
        drawn = as_given(problem, draws, worlds)
        tried = np.stack([part.at(np.linspace(0.0, 1.0, levels)) for part in factors])
        alone = []
        for place, name in enumerate(problem.names):
            alone += [drawn.inputs.assign(**{name: level}) for level in tried[place]]
        design = Design(
            problem,
            pd.concat([spread.inputs, drawn.inputs, *alone], ignore_index=True),
            np.concatenate([spread.place, np.tile(drawn.place, 1 + len(alone))]),
            f"{spread.how}; {worlds} worlds as drawn, and at {levels} levels of each factor",
        )
        return cls(design, points, worlds, tried)

    @property
    def spread(self) -> slice:
        """Rows of the design in which all factors are spread."""
        return slice(0, self.points)

    @property
    def drawn(self) -> slice:
        """Rows in which the factors are as drawn."""
        return slice(self.points, self.points + self.worlds)

    def alone(self, values: Array) -> Array:
        """One number a row of the design, of the alone part: float64[factors, levels, worlds]."""
        return values[self.points + self.worlds :].reshape(*self.levels.shape, self.worlds)


def _problem(
    horizons: Sequence[int],
    references: Sequence[str],
    factors: Sequence[Uncertainty],
    outcomes: Sequence[str],
) -> Problem:
    found = []
    if len(factors) < 2 or any(part.is_switch for part in factors):
        found.append("at least two factors are needed, all of them parameters over ranges")
    if not horizons:
        found.append("at least one horizon is needed")
    if PACT in references or not references:
        found.append(f"the pact is held against other strategies, at least one, not {PACT} itself")
    if found:
        raise ProblemError(found)
    names = dict.fromkeys((*_TURNED, *outcomes))
    return Problem(
        tuple(factors),
        Lever.named(PACT, *references),
        tuple(Outcome(name, years) for years in sorted(horizons) for name in names),
    )


@dataclass(frozen=True)
class CoreFinding:
    """What the points of a plan say of the core claim.

    Attributes
    ----------
    plan
        The points.
    runs
        Totals of every strategy at every point.
    worlds_from
        Where the worlds were drawn: "prior", "posterior", "cloud" or "given".
    seed
        Seed of resamples.
    """

    plan: CorePlan
    runs: Experiments
    worlds_from: str = "given"
    seed: int = 1

    @property
    def origin(self) -> str:
        """Month from which strategies act and factors are set, `YYYY-MM`."""
        return self.runs.origin

    @property
    def references(self) -> tuple[str, ...]:
        """Strategies that the pact is held against."""
        return self.runs.problem.strategies[1:]

    @property
    def factors(self) -> tuple[Uncertainty, ...]:
        """What is spread."""
        return self.runs.problem.uncertainties

    @property
    def horizons(self) -> tuple[int, ...]:
        """Years after the origin, rising."""
        return tuple(dict.fromkeys(each.years for each in self.runs.problem.outcomes))

    def gap(self, reference: str, outcome: str, years: int) -> Array:
        """Total under the pact less that under a reference, one number a point of the plan."""
        # `Experiments.gap` is above 0 where the strategy does better.
        return -self.runs.gap(PACT, reference, Outcome(outcome, years))

    def shares(self) -> pd.DataFrame:
        """In how many worlds the pact has less of each harm.

        Returns
        -------
        DataFrame
            Columns worlds_from, origin, factors ("spread" or "drawn"), reference, horizon, outcome,
            share (of points at which the pact has less; a tie counts one half), mc_error (by
            world), q05, q50, q95 (pact less reference) and sign (`sign_of`; "equal" where both have
            the same in every world).
        """
        rows = []
        for factors, part in (("spread", self.plan.spread), ("drawn", self.plan.drawn)):
            for reference, each in product(self.references, self.runs.problem.outcomes):
                gap = self.gap(reference, each.name, each.years)[part]
                found = share_lower(gap, self.runs.worlds[part])
                rows.append(
                    self._about(reference, each.years, each.name)
                    | {
                        "factors": factors,
                        "share": found.value,
                        "mc_error": found.error,
                        "q05": found.q05,
                        "q50": found.q50,
                        "q95": found.q95,
                        "sign": "equal" if found.always_equal else found.sign,
                    }
                )
        return pd.DataFrame(rows)

    def flips(self, *, resamples: int = 400) -> pd.DataFrame:
        """Where each factor alone turns the sign of the median difference.

        Parameters
        ----------
        resamples
            As `turning_point` takes them.

        Returns
        -------
        DataFrame
            Columns worlds_from, origin, reference, horizon, outcome (killed and recorded), factor,
            range_low, range_high, then the attributes of a `TurningPoint`.
        """
        rows = []
        for outcome, reference, years in product(_TURNED, self.references, self.horizons):
            gaps = self.plan.alone(self.gap(reference, outcome, years))
            for factor, levels, table in zip(self.factors, self.plan.levels, gaps, strict=True):
                found = turning_point(levels, table.T, seed=self.seed, resamples=resamples)
                rows.append(
                    self._about(reference, years, outcome)
                    | {"factor": factor.name, "range_low": levels[0], "range_high": levels[-1]}
                    | vars(found)
                )
        return pd.DataFrame(rows)

    def influences(self) -> pd.DataFrame:
        """How much of the sign of all killings hangs on each factor alone, over spread points.

        Returns
        -------
        DataFrame
            Columns worlds_from, origin, reference, horizon, outcome, factor and influence.
        """
        spread, inputs = self.plan.spread, self.runs.inputs
        return pd.DataFrame(
            self._about(reference, years, _MAPPED)
            | {
                "factor": factor.name,
                "influence": influence(
                    inputs[factor.name].to_numpy()[spread],
                    self.gap(reference, _MAPPED, years)[spread],
                ),
            }
            for reference, years, factor in product(self.references, self.horizons, self.factors)
        )

    def sign_map(self, factors: tuple[str, str] | None = None) -> pd.DataFrame:
        """The sign of all killings over a plane of two factors, the other three spread.

        Parameters
        ----------
        factors
            Names of the factors across and up; None takes the `chief_factors` of these worlds.

        Returns
        -------
        DataFrame
            One row a cell: worlds_from, origin, reference, horizon, outcome, x_factor, y_factor,
            x_low, x_high, y_low, y_high, points, share (NaN without a point) and sign.
        """
        names = chief_factors(self.influences()) if factors is None else factors
        count = math.isqrt(self.plan.points // _POINTS_A_CELL)
        count = min(max(count, _LEAST_CELLS), _MOST_CELLS)
        parts = [self._sliced(name, count) for name in names]
        place = parts[0][1] * count + parts[1][1]
        number = np.bincount(place, minlength=count * count)
        rows = []
        for reference, years in product(self.references, self.horizons):
            gap = self.gap(reference, _MAPPED, years)[self.plan.spread]
            lower = np.bincount(
                place, (gap < 0) + 0.5 * (gap == 0), minlength=count * count
            ) / np.where(number, number, np.nan)
            for i, j in product(range(count), range(count)):
                share = float(lower[i * count + j])
                rows.append(
                    self._about(reference, years, _MAPPED)
                    | {"x_factor": names[0], "y_factor": names[1]}
                    | {"x_low": parts[0][0][i], "x_high": parts[0][0][i + 1]}
                    | {"y_low": parts[1][0][j], "y_high": parts[1][0][j + 1]}
                    | {"points": int(number[i * count + j]), "share": share}
                    | {"sign": sign_of(share)}
                )
        return pd.DataFrame(rows)

    def _sliced(self, name: str, count: int) -> tuple[Array, NDArray[np.int64]]:
        """Ends of equal slices of a factor's range, and the slice of each spread point."""
        factor = self.factors[self.runs.problem.names.index(name)]
        edges = np.linspace(factor.low, factor.high, count + 1)
        values = self.runs.inputs[name].to_numpy(dtype=np.float64)[self.plan.spread]
        inner = np.searchsorted(edges[1:-1], values, side="right")
        return edges, np.asarray(inner, dtype=np.int64)

    def boxes(
        self, *, years: int | None = None, density: float = 0.8, halves: int = 20
    ) -> pd.DataFrame:
        """The corner of the factors in which the pact has fewer killings, and in which it has more.

        Parameters
        ----------
        years
            Horizon; None takes the longest.
        density, halves
            As `discover` takes them.

        Returns
        -------
        DataFrame
            Columns worlds_from, origin, horizon, outcome, strategy (that does better), reference,
            everywhere (share of all spread points), coverage, density, held_out, held_out_error
            (NaN without a box), limits (names joined by commas), sentence_en, sentence_es, notes_en
            and notes_es (empty without a box).
        """
        horizon = self.horizons[-1] if years is None else years
        inputs = self.runs.inputs.iloc[self.plan.spread].reset_index(drop=True)
        rows = []
        for other in self.references:
            gap = self.gap(other, _MAPPED, horizon)[self.plan.spread]
            for strategy, reference, won in ((PACT, other, gap < 0), (other, PACT, gap > 0)):
                box = discover(inputs, won, density=density, halves=halves, seed=self.seed)
                rows.append(
                    {"worlds_from": self.worlds_from, "origin": self.origin, "horizon": horizon}
                    | {"outcome": _MAPPED, "strategy": strategy, "reference": reference}
                    | {"everywhere": float(won.mean())}
                    | _told(box, strategy, reference, Outcome(_MAPPED, horizon))
                )
        return pd.DataFrame(rows)

    def _about(self, reference: str, years: int, outcome: str) -> dict[str, Any]:
        return {
            "worlds_from": self.worlds_from,
            "origin": self.origin,
            "reference": reference,
            "horizon": years,
            "outcome": outcome,
        }


def chief_factors(influences: pd.DataFrame) -> tuple[str, str]:
    """The two factors on which the sign hangs most, over references, horizons and sources together.

    Parameters
    ----------
    influences
        As `CoreFinding.influences`, those of several sources of worlds one below the other.

    Examples
    --------
    >>> table = pd.DataFrame({"factor": ["a", "b", "c"], "influence": [0.1, 0.3, 0.2]})
    >>> chief_factors(table)
    ('b', 'c')
    """
    means = influences.groupby("factor", sort=False)["influence"].mean()
    first, second = means.sort_values(ascending=False, kind="stable").index[:2]
    return str(first), str(second)


def _told(box: Box | None, strategy: str, reference: str, outcome: Outcome) -> dict[str, Any]:
    nothing = float("nan")
    found: dict[str, Any] = dict.fromkeys(
        ("coverage", "density", "held_out", "held_out_error"), nothing
    )
    found["limits"] = ""
    if box is not None:
        found |= {"coverage": box.coverage, "density": box.density}
        found |= {"held_out": box.held_out_density, "held_out_error": box.held_out_error}
        found["limits"] = ",".join(limit.name for limit in box.limits)
    for language in LANGUAGES:
        found[f"sentence_{language}"] = (
            "" if box is None else box_in_words(box, strategy, reference, outcome, language)
        )
        found[f"notes_{language}"] = "" if box is None else " ".join(box_notes(box, language))
    return found


def core_finding(
    draws: Draws,
    history: History,
    *,
    origin: str,
    seed: int,
    worlds_from: str = "given",
    plan: CorePlan | None = None,
    progress: Progress | None = None,
) -> CoreFinding:
    """Run the core claim's points in simulated worlds.

    Parameters
    ----------
    draws
        Parameters of the worlds.
    history
        What the case tells of its past.
    origin
        Month from which strategies act and factors are set, `YYYY-MM`.
    seed
        Seed of the noise.
    worlds_from
        Where the draws come from; only words depend on it.
    plan
        The points; None takes `CorePlan.of(draws, seed=seed)`.
    progress
        Called with (points run, points to run).

    Returns
    -------
    CoreFinding

    Raises
    ------
    ValueError
        If the origin is no month after the beginning of the worlds.
    """
    chosen = CorePlan.of(draws, seed=seed) if plan is None else plan
    runs = explore(
        chosen.design, given(draws, history), origin=origin, seed=seed, progress=progress
    )
    return CoreFinding(chosen, runs, worlds_from, seed)
