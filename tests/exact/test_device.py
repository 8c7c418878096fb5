"""Does the source that runs on a graphics card give the processor's bits?

In the card's simulator: no card is at hand where tests run. On a real one the compiler contracts
multiplications and additions, and worlds agree in distribution (`benchmarks/bench_device.py`).
"""

import os
import subprocess
import sys

import pytest

from tregua import model, record, simulate
from tregua.simulate import SimulationError, device_problem, run_on_device

pytest.importorskip("numba_cuda")

RUN = """
import numpy as np
from tregua import model, record, simulate

past = model.History.of(record.load("el-salvador"))
draws = model.prior_draws(3, seed=1)
given = dict(script=past.script, seed=3, setting=past.setting)
begin = simulate.run(draws, start=past.first_day, end="2014-05-01", **given).final
given |= dict(start="2014-05-01", end="2014-08-01", initial=begin, variables=simulate.VARIABLES)
for more in ({}, {"mechanisms": tuple(model.MECHANISMS), "reading": "mean", "every": "week"}):
    here = simulate.run(draws, **given, **more)
    there = simulate.run_on_device(draws, **given, **more)
    for name, kept in here.kept.data_vars.items():
        assert np.array_equal(kept.values, there.kept[name].values), name
    assert np.array_equal(here.final.values, there.final.values)
    assert here.kept.drop_vars(list(here.kept.data_vars)).identical(
        there.kept.drop_vars(list(there.kept.data_vars))
    )
print("equal")
"""


@pytest.mark.filterwarnings("ignore")
def test_the_card_s_simulator_gives_the_same_bits():
    # Through an inauguration (June 2014), drawn with every mechanism off and averaged with all on.
    environment = os.environ | {"NUMBA_ENABLE_CUDASIM": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "equal", done.stderr[-2000:]


def given():
    past = model.History.of(record.load("el-salvador"))
    return {"script": past.script, "start": "2003-01-01", "end": "2003-02-01", "seed": 1}


def test_strategies_are_refused_before_anything_else():
    with pytest.raises(SimulationError, match="scripts only: strategies are called by their add"):
        run_on_device(
            model.defaults(),
            **given(),
            profile=model.Profile(model.Timeline.of([("2003-01", "status_quo")])),
        )


@pytest.mark.skipif(not device_problem(), reason="a card is here")
def test_without_a_card_one_sentence_says_so():
    with pytest.raises(SimulationError, match="No CUDA device was found"):
        run_on_device(model.defaults(), **given())
    assert simulate.device_problem().startswith("No CUDA device")
