"""What could be had at best on planted worlds: the detector beside the law that planted them.

Four methods see the same plain worlds. *The law* turns the generator round (`law`): it is told the
walk, the overdispersion, the trend, the season and the level at the beginning, and knows that there
is exactly one pact, how long pacts last, how they end and what decoys look like. *The law, a pact
uncertain* knows all this but holds a world without a pact as likely as one with a pact. *Detector,
told* is the detector with the world's own walk and overdispersion as its only pair. *Detector* is
the detector. No method that sees the counts alone has a better Brier skill than the law, up to
chance; what lies between is the worth of knowing the generator, which nobody knows of a real
series.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua import infer
from tregua.infer.scores import measures
from tregua.infer.scores.law import invert
from tregua.infer.scores.options import Options, Tables, each
from tregua.infer.scores.worlds import EFFECTS, plant, surroundings

__all__ = ["BOUND_METHODS", "bound"]

Floats = NDArray[np.float64]
Said = Mapping[str, tuple[Floats, Floats]]

BOUND_METHODS = ("law", "law, a pact uncertain", "detector, told", "detector")
"""Methods, each with hindsight and online."""
_LEAST_WALK = 0.003  # the lattice knows no smaller step


def bound(options: Options) -> Tables:
    """Score the generator's own posterior beside the detector.

    Parameters
    ----------
    options
        Seed, number of plain worlds (300, or 60 when quick), threads. They are those of `planted`.

    Returns
    -------
    Tables
        `bound` (a row for each method, with hindsight and online: `worlds`, `auc`, `brier`,
        `skill`, `log_score`, `calibration_error`) and `bound_effects` (Brier skill by effect of the
        pact, with hindsight, one column a method).
    """
    numbers = range(options.number(300, 60))

    def one(number: int) -> tuple[float, NDArray[np.bool_], Said]:
        world = plant(number, seed=options.seed)
        return world.effect, world.in_force, _said(number, options.seed)

    found = each(one, numbers, options)
    truth = np.array([in_force for _, in_force, _ in found])
    effect = np.array([left for left, _, _ in found])
    said = {
        method: np.array([one_world[method] for _, _, one_world in found])
        for method in BOUND_METHODS
    }
    return {"bound": _table(said, truth), "bound_effects": _effects(said, truth, effect)}


def _said(number: int, seed: int) -> Said:
    """What each method says of a world, with hindsight and online."""
    world, around = plant(number, seed=seed), surroundings(number, seed=seed)
    law = invert(world, around)
    told = infer.Settings(
        walk_sd=(max(around.walk_sd, _LEAST_WALK),),
        walk_prior=(1.0,),
        size=(around.size,),
        size_prior=(1.0,),
    )
    answers = {
        "law": (law.in_force, law.in_force_online),
        "law, a pact uncertain": (law.open_end, law.open_end_online),
    }
    for method, settings in (("detector, told", told), ("detector", None)):
        found = infer.detect(
            world.table,
            first=world.months[0],
            last=world.months[-1],
            threads=1,
            settings=settings,
        ).months
        answers[method] = (
            found["p_reversible"].to_numpy(dtype=np.float64),
            found["f_reversible"].to_numpy(dtype=np.float64),
        )
    return answers


def _table(said: Mapping[str, Floats], truth: NDArray[np.bool_]) -> pd.DataFrame:
    rows = []
    for online in (False, True):
        for method, both in said.items():
            score = both[:, int(online)]
            rows.append(
                {
                    "method": method,
                    "online": online,
                    "worlds": len(truth),
                    "auc": measures.auc(score, truth),
                    "brier": measures.brier(score, truth),
                    "skill": measures.brier_skill(score, truth),
                    "log_score": measures.log_score(score, truth),
                    "calibration_error": measures.calibration_error(
                        measures.reliability(score, truth)
                    ),
                }
            )
    return pd.DataFrame(rows)


def _effects(said: Mapping[str, Floats], truth: NDArray[np.bool_], effect: Floats) -> pd.DataFrame:
    """Brier skill with hindsight by effect, against the base rate among worlds of that effect."""
    rows = []
    for left in EFFECTS:
        here = effect == left
        skills = {
            method: measures.brier_skill(both[here, 0], truth[here])
            for method, both in said.items()
        }
        rows.append({"effect": left, "worlds": int(here.sum()), **skills})
    return pd.DataFrame(rows)
