"""Does the memory of a sweep stay where its plan says, however many worlds, shards, strategies?

What the system says of a process is read from one that does nothing else, in `_sweep_memory`.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests._sweep import HOLD, sweep

from tregua import model, scale
from tregua.scale import apart, cost, schedule, summary

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1e6

told_by_system = pytest.mark.skipif(
    cost.resident_memory() is None, reason="this system does not tell what a process occupies"
)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A plan and the whole run beside it, in a process of its own."""
    folder = tmp_path_factory.mktemp("memory")
    command = [sys.executable, "-m", "tests._sweep_memory", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


# -- The plan beside a whole run -------------------------------------------------------------------


@told_by_system
def test_the_peak_of_a_whole_run_lies_within_its_plan(measured):
    low, high = measured["memory_between"]
    assert low <= measured["peak"] <= high
    assert low < measured["memory"] < high
    assert high - low < 0.2 * measured["memory"]  # an interval that holds anything says nothing


def test_disk_and_processor_time_of_a_whole_run_lie_within_its_plan(measured):
    low, high = measured["disk_between"]
    assert low <= measured["shards_on_disk"] <= high
    # Other work on the machine tells in the time even of a processor: half and twice are allowed.
    low, high = measured["seconds_between"]
    assert low / 2 <= measured["seconds"] <= 2 * high


@told_by_system
def test_shards_leave_nothing_behind(measured):
    first, last = measured["after_a_few"], measured["after_all"]
    assert measured["shards"] >= 100
    assert last - first < 10 * MEGABYTE


# -- What the plan is made of ----------------------------------------------------------------------


def test_memory_is_that_of_shards_under_way_or_of_tables():
    points = [scale.CostPoint(n, 1.0, 1.0, 1e6 + 2e3 * n) for n in (64, 256, 999)]
    fitted = scale.CostModel.fitted(points, base=1e8)
    one = sweep()  # 64 worlds a shard
    held = 1e6 + 2e3 * 64
    assert fitted.of(one, cores=1).memory == pytest.approx(1e8 + held)
    assert fitted.of(one, cores=3).memory == pytest.approx(1e8 + 3 * held)
    assert fitted.of(one, cores=99).memory == pytest.approx(1e8 + 4 * held)  # it has four shards
    low, high = fitted.of(one, cores=3).memory_between
    tables = 4.0 * 2 * 5 * 200 + 6 * 8.0 * 2 * 5 * 64
    assert low == pytest.approx(0.95e8 + held)
    assert high == pytest.approx(1.05e8 + 2 * 3 * held + tables)
    many = replace(one, source=scale.FromPrior(10**6, seed=1))
    light = scale.CostModel.fitted([replace(p, memory=1.0) for p in points], base=1e8)
    tables = 4.0 * 2 * 5 * 100_000 + 6 * 8.0 * 2 * 5 * 64
    assert light.of(many).memory == pytest.approx(1e8 + tables)


def test_quantiles_are_of_no_more_worlds_than_can_be_held():
    def worlds(worlds, **other):
        return summary.worlds_of_quantiles(sweep(worlds=worlds, **other))

    def strategies(count):
        plans = [model.Timeline.of([("2003-03", "reform")], name=f"plan{n}") for n in range(count)]
        return tuple(plans)

    assert worlds(200) == 200
    assert worlds(10**6) == 100_000
    assert worlds(10**6, years=15, every="month") == 16_000_000 // (2 * 180)
    sixteen = {"strategies": strategies(16), "years": 15, "every": "month"}
    assert worlds(10**6, **sixteen) == 16_000_000 // (16 * 180)
    assert worlds(10**6, **(sixteen | {"strategies": strategies(160)})) == 16_000_000 // (16 * 180)
    assert worlds(10**6, **(sixteen | {"years": 100})) == 1000
    assert worlds(500, **(sixteen | {"years": 100})) == 500


def test_quantiles_are_those_of_the_first_worlds(tmp_path, monkeypatch):
    """By hand, where the sample ends within a block."""
    monkeypatch.setattr(summary, "worlds_of_quantiles", lambda sweep: 100)
    done = scale.run_sweep(sweep(variables=("killed",)), tmp_path / "run", scheduler="serial")
    first = np.concatenate([done.archive.read("killed", block) for block in (0, 1)], axis=1)
    expected = np.quantile(
        first[:, :100].astype(float).cumsum(axis=2), 0.25, axis=1, method="inverted_cdf"
    )
    assert done.tables["outcomes"]["q25"].to_numpy() == pytest.approx(
        expected.reshape(-1), rel=1e-6
    )


def test_tables_read_one_group_of_strategies_at_a_time(tmp_path, monkeypatch):
    asked = []
    one = sweep(strategies_a_shard=1, variables=("killed",))
    read = scale.Archive.read

    def watched(self, variable, block, group=None):
        asked.append(group)
        return read(self, variable, block, group)

    monkeypatch.setattr(scale.Archive, "read", watched)
    scale.run_sweep(one, tmp_path / "run", scheduler="serial")
    assert set(asked) == {0, 1}


# -- Machine code --------------------------------------------------------------------------------


@pytest.fixture
def cold(monkeypatch):
    """As if nothing had been compiled yet."""
    monkeypatch.setattr(apart.simulate, "needs_compilation", lambda: True)


def test_machine_code_is_made_in_another_process(cold):
    assert apart.compile_apart(sweep())


def test_nothing_is_started_where_machine_code_is_there(monkeypatch):
    monkeypatch.setattr(apart.simulate, "needs_compilation", lambda: False)
    monkeypatch.setattr(subprocess, "run", None)
    assert not apart.compile_apart(sweep())


def test_what_cannot_travel_or_fails_is_left_to_the_run(cold, monkeypatch):
    @model.government
    def local(view):
        return 0

    assert not apart.compile_apart(sweep(strategies=(HOLD, local)))
    monkeypatch.setattr(apart, "_WORK", "raise SystemExit(3)")
    assert not apart.compile_apart(sweep())


def test_plans_and_runs_compile_before_they_hold_anything(tmp_path, monkeypatch):
    begun = []
    monkeypatch.setattr(schedule, "compile_apart", lambda one: begun.append("run"))
    monkeypatch.setattr(cost, "compile_apart", lambda one: begun.append("plan"))
    scale.run_sweep(sweep(), tmp_path / "run", scheduler="serial")
    scale.run_sweep(sweep(), tmp_path / "run", resume=True)  # nothing is left to compute
    scale.measured_cost(sweep(), sizes=(16, 32))
    assert begun == ["run", "plan"]
