"""Planted suppressions: series in which what happened is known, shown to all methods.

How the answers are judged stands in `judging`, how the series are made in `worlds`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tregua import infer
from tregua.infer.scores import methods
from tregua.infer.scores.judging import Examined, judge
from tregua.infer.scores.options import Options, Tables, each
from tregua.infer.scores.worlds import STRATA, World, plant

__all__ = ["examine", "planted"]

_RULE_SPREAD = 0.15


def examine(world: World) -> Examined:
    """Ask all methods about one world.

    Parameters
    ----------
    world
        The world. A change of counting rules is told to a detector that can be told.
    """
    told: dict[str, Any] = {}
    change: Any = getattr(infer, "RuleChange", None)
    if world.rule >= 0 and change is not None:
        told["rules"] = (change(world.months[world.rule], _RULE_SPREAD),)
    found = infer.detect(
        world.table, first=world.months[0], last=world.months[-1], threads=1, **told
    )
    level = found.months["level"].to_numpy(dtype=np.float64)
    return Examined(world, methods.answers(found), level)


def planted(options: Options) -> Tables:
    """Score the detector and its rivals on planted worlds.

    Parameters
    ----------
    options
        Seed, number of worlds a stratum (300, or 60 when quick; half as many hard ones), threads.

    Returns
    -------
    Tables
        See `judge`.
    """
    number = options.number(300, 60)
    numbers = {"plain": number, "hard": max(1, number // 2)}
    worlds = [
        plant(world, seed=options.seed, stratum=stratum)
        for stratum in STRATA
        for world in range(numbers[stratum])
    ]
    return judge(each(examine, worlds, options))
