"""Do two other libraries' filters give the same log-likelihoods?

`filter_references.json` holds the mean log-likelihood of many runs of `particles` and of `pypomp`
at one parameter vector of each small model, on synthetic data, resampled systematically at every
time. The same filter has the same law, so that means and standard deviations must agree. Means are
compared in standard errors of their difference: a fresh seed would exceed 4 in 1 run of 16,000
for each of four comparisons. Standard deviations are compared by the ratio: with 1,000 runs each
its logarithm has standard error 0.03, so that 0.15 is five of them.

The file is written by `benchmarks/bench_particles.py --references`.
"""

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tregua import infer

FOLDER = Path(__file__).parent
REFERENCES = json.loads((FOLDER / "filter_references.json").read_text(encoding="utf-8"))
MODELS = {"autoregression": infer.AUTOREGRESSION, "small_gangs": infer.SMALL_GANGS}
PEERS = ("particles", "pypomp")
CASES = [(name, peer) for name in MODELS for peer in PEERS]


@cache
def ours(name):
    entry, small = REFERENCES["models"][name], MODELS[name]
    point = [entry["parameters"][each] for each in small.parameters]
    return infer.particle_filter(
        small,
        np.tile(point, (1000, 1)),
        entry["data"],
        particles=REFERENCES["particles"],
        seed=17,
        resample_below=1.0,
        means=False,
    ).log_likelihood


def z_between(found, reference):
    error = np.hypot(found.std(ddof=1) / np.sqrt(len(found)), reference["standard_error"])
    return (found.mean() - reference["mean"]) / error


@pytest.mark.parametrize(("name", "peer"), CASES)
def test_the_mean_log_likelihood_is_theirs(name, peer):
    assert abs(z_between(ours(name), REFERENCES["models"][name]["peers"][peer])) < 4.0


@pytest.mark.parametrize(("name", "peer"), CASES)
def test_the_spread_over_runs_is_theirs(name, peer):
    theirs = REFERENCES["models"][name]["peers"][peer]["standard_deviation"]
    assert abs(np.log(ours(name).std(ddof=1) / theirs)) < 0.15


@pytest.mark.parametrize(
    ("name", "parameter"), [("autoregression", "shock"), ("small_gangs", "stay")]
)
def test_another_parameter_would_be_seen(name, parameter):
    entry, small = REFERENCES["models"][name], MODELS[name]
    point = entry["parameters"] | {parameter: 0.7 * entry["parameters"][parameter]}
    found = infer.particle_filter(
        small,
        np.tile([point[each] for each in small.parameters], (1000, 1)),
        entry["data"],
        particles=REFERENCES["particles"],
        seed=17,
        resample_below=1.0,
        means=False,
    ).log_likelihood
    assert all(abs(z_between(found, entry["peers"][peer])) > 4.0 for peer in PEERS)


def test_the_file_says_where_its_numbers_come_from():
    assert "benchmarks/bench_particles.py --references" in REFERENCES["command"]
    assert REFERENCES["runs"] >= 50
    assert REFERENCES["synthetic"] is True
    assert set(REFERENCES["models"]) == set(MODELS)
    for name, entry in REFERENCES["models"].items():
        assert tuple(entry["parameters"]) == MODELS[name].parameters
        assert len(entry["data"]) >= 20
        assert np.isfinite(entry["data"]).all()
        assert set(entry["peers"]) == set(PEERS)
        for peer, kept in entry["peers"].items():
            wanted = (FOLDER.parents[1] / f"benchmarks/peers/requirements-{peer}.txt").read_text()
            assert f"{peer}=={kept['version']}\n" in wanted
            assert re.search(rf"^numpy=={re.escape(kept['numpy'])}$", wanted, re.MULTILINE)
            spread = kept["standard_deviation"] / np.sqrt(REFERENCES["runs"])
            assert kept["standard_error"] == pytest.approx(spread)
