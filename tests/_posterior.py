"""A made-up posterior on disk, for commands that draw their worlds from one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from tregua import infer
from tregua.infer.bayes.coordinates import every_name
from tregua.infer.bayes.smc import Sampled
from tregua.model import PHYSICAL


def saved_posteriors(folder: Path) -> Path:
    """Folders `mine` and `elsewhere`: 60 draws of the prior, saved as a calibration would."""
    space = infer.Coordinates.of(tuple(parameter.name for parameter in PHYSICAL), {})
    generator = np.random.Generator(np.random.Philox(key=4))
    stages = pd.DataFrame(
        {"stage": [1], "log_score": -3.0, "error": 0.1, "powers": 1, "sweeps": 2}
        | {"acceptance": 0.3, "effective": 40.0, "particles": 8, "ancestors": 3, "spread": 1.0}
    )
    sampled = Sampled(
        names=space.names,
        scores=generator.standard_normal((60, len(space.names))),
        log_likelihood=np.zeros((60, 1)),
        effective=np.full(len(space.names), 60.0),
        log_evidence=-3.0,
        error=0.1,
        stages=stages,
        moves=pd.DataFrame(),
        diagnostics=pd.DataFrame({"date": pd.to_datetime(["2003-01-01"]), "degenerate": [False]}),
        particles=8,
    )
    made = infer.Posterior.of(
        "el-salvador",
        sampled,
        space,
        seed=1,
        observed=pd.DataFrame({"stage": [1], "year": [2003], "homicides": [12]}),
        provenance={},
    )
    assert set(every_name()) >= set(made.asked)
    made.save(folder / "mine")
    replace(made, case="elsewhere").save(folder / "elsewhere")
    return folder
