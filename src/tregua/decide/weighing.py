r"""Weighing the weights of decisions: which of them make histories of the known kind.

`match_decisions` finds one set of weights that meets eight moments. Here all sets are asked, in
proportion to how well they do (approximate Bayesian computation: Beaumont, Zhang and Balding 2002).
A set of weights makes a small group of worlds, the group has moments :math:`m_i`, and with targets
:math:`t_i` and tolerances :math:`\sigma_i`, both those of `DECISION_MOMENTS`, it counts as

.. math:: \ell = \exp\Big(-\tfrac12\sum_i \frac{(\ln m_i - \ln t_i)^2}{\sigma_i^2}\Big),

an unbiased estimate of the approximate likelihood, because the group is simulated from the weights
(Sisson, Fan and Beaumont 2018). A sampler that takes estimates therefore aims at the exact
posterior *of these eight numbers and tolerances*; few worlds a group make it slower, and add the
scatter of a group's moments to the tolerance.

Eight numbers against some thirty-five weights: for nearly all of them the answer is the prior.
Killing and prisons are not weighed again. Groups take them from the draws they are given (a cut:
decisions learn from the physical layer and teach it nothing).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.decide.matching import (
    DECISION_MOMENTS,
    DECISION_WEIGHTS,
    decision_worlds,
    driven_months,
    misses,
    moments_of,
)
from tregua.model import Draws
from tregua.record import Record

__all__ = ["WeighingEngine", "WeighingSwarm", "weighed_moments"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WORLDS_AT_A_TIME = 2_048


@dataclass(frozen=True)
class WeighingEngine:
    """Asks groups of worlds for their moments; stands behind a sampler like a filter of one stage.

    Attributes
    ----------
    record
        A case whose script reaches June 2009.
    base
        Draws of all parameters; those of killing and prisons are kept.
    worlds
        Worlds of a group, at least 1.
    names
        The weights.
    threads
        Threads; None uses all processors available. Changes no bit of the result.
    """

    record: Record
    base: Draws
    worlds: int = 48
    names: tuple[str, ...] = DECISION_WEIGHTS
    threads: int | None = None

    def begin(self, draws: Mapping[str, Floats], *, seed: int, errand: int) -> WeighingSwarm:
        """Groups that have not been asked yet.

        Parameters
        ----------
        draws
            Name of a weight = float64[n], a value for each group.
        seed, errand
            Key the luck of the groups.
        """
        values = np.stack([np.asarray(draws[name]) for name in self.names], axis=1)
        moments = np.full((len(values), len(DECISION_MOMENTS)), np.nan)
        return WeighingSwarm(self, values, moments, 0, seed, errand)

    def restore(self, arrays: dict[str, NDArray[Any]]) -> WeighingSwarm:
        """The swarm that left these arrays."""
        stage, seed, errand = (int(number) for number in arrays["place"])
        return WeighingSwarm(self, arrays["values"], arrays["moments"], stage, seed, errand)

    def moments(self, values: Floats, seed: int, errand: int) -> Floats:
        """Moments of each group: float64[n, 8].

        Parameters
        ----------
        values
            float64[n, weights].
        seed, errand
            Key the luck.
        """
        per = max(1, _WORLDS_AT_A_TIME // self.worlds)
        parts = [
            self._some(values[first : first + per], seed, errand * len(values) + first)
            for first in range(0, len(values), per)
        ]
        return np.concatenate(parts)

    def _some(self, values: Floats, seed: int, first: int) -> Floats:
        groups, worlds = len(values), self.worlds
        numbers = first * worlds + np.arange(groups * worlds, dtype=np.int64)
        rows = self.base.select(numbers % len(self.base))
        draws = replace(rows, worlds=numbers, weights=np.ones(len(numbers)))
        draws = draws.with_(
            **{name: values[:, place].repeat(worlds) for place, name in enumerate(self.names)}
        )
        run = decision_worlds(self.record, draws, seed=seed, threads=self.threads)
        at = driven_months(run)
        return np.array(
            [
                list(
                    moments_of(
                        {k: v[g * worlds : (g + 1) * worlds] for k, v in at.items()}
                    ).values()
                )
                for g in range(groups)
            ]
        )


@dataclass
class WeighingSwarm:
    """Groups of worlds, one for each set of weights.

    Attributes
    ----------
    engine
        What made it.
    values
        float64[n, weights].
    moments
        float64[n, 8]; not numbers before the groups were asked.
    stage
        1 once they were asked.
    seed, errand
        Key of the luck.
    """

    engine: WeighingEngine
    values: Floats
    moments: Floats
    stage: int
    seed: int
    errand: int

    @property
    def stages(self) -> int:
        """One: all moments at once."""
        return 1

    @property
    def diagnostics(self) -> pd.DataFrame:
        """Moments of the groups: columns moment, target, low, middle, high."""
        return weighed_moments(self.moments)

    def advance(self) -> Floats:
        """Ask the groups; log of each one's approximate likelihood, float64[n]."""
        if self.stage:
            raise ValueError("The moments were taken in already.")
        self.moments = self.engine.moments(self.values, self.seed, self.errand)
        self.stage = 1
        return np.array([-0.5 * float(np.sum(misses(row) ** 2)) for row in self.moments])

    def take(self, places: Ints) -> WeighingSwarm:
        """These groups, in this order."""
        return replace(self, values=self.values[places], moments=self.moments[places])

    def replace(self, rows: NDArray[np.bool_], other: WeighingSwarm) -> WeighingSwarm:
        """The same with some groups from another swarm."""
        mask = rows[:, None]
        return replace(
            self,
            values=np.where(mask, other.values, self.values),
            moments=np.where(mask, other.moments, self.moments),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that is needed to go on later."""
        place = np.array([self.stage, self.seed, self.errand], dtype=np.int64)
        return {"values": self.values, "moments": self.moments, "place": place}


def weighed_moments(moments: Floats, before: Floats | None = None) -> pd.DataFrame:
    """Moments of groups beside their targets.

    Parameters
    ----------
    moments
        float64[n, 8] of the weighed groups.
    before
        The same of groups of the prior, if they are to stand beside them.

    Returns
    -------
    DataFrame
        Columns moment, unit, target, tolerance (log standard deviation), low, middle, high (5, 50,
        95 % over groups), and prior_low, prior_middle, prior_high if asked for. What never
        happened in a group is left out of its quantiles.
    """
    table = pd.DataFrame(
        {
            "moment": [moment.name for moment in DECISION_MOMENTS],
            "unit": [moment.unit for moment in DECISION_MOMENTS],
            "target": [moment.target for moment in DECISION_MOMENTS],
            "tolerance": [moment.spread for moment in DECISION_MOMENTS],
        }
    )
    for prefix, values in (("", moments), ("prior_", before)):
        if values is not None:
            ends = np.array([_ends(column) for column in values.T])
            for place, name in enumerate(("low", "middle", "high")):
                table[f"{prefix}{name}"] = ends[:, place]
    return table


def _ends(values: Floats) -> Floats:
    seen = values[np.isfinite(values)]
    return np.asarray(np.quantile(seen, (0.05, 0.5, 0.95))) if len(seen) else np.full(3, np.nan)
