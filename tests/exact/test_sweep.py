"""Does a sweep give the same bytes, whoever computes it, whatever interrupts it?"""

import errno
import json
import pickle
import random
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from tests._sweep import BLOCK, HOLD, PRESS, WORLDS, history, mine, sweep, tree

from tregua import decide, infer, model, record, scale, simulate
from tregua.cli import main
from tregua.scale import archive as archives
from tregua.scale import cost, summary

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished archive, computed one shard after the other."""
    folder = tmp_path_factory.mktemp("sweep") / "serial"
    return scale.run_sweep(sweep(), folder, scheduler="serial")


@pytest.fixture
def copied(finished, tmp_path):
    """A copy of the finished archive to be maltreated."""
    shutil.copytree(finished.archive.folder, tmp_path / "copy")
    return tmp_path / "copy"


# -- The same numbers as without shards ------------------------------------------------------------


def whole(strategy, source=None):
    """The same run without shards."""
    then = sweep()
    draws = (source or then.source).stretch(0, WORLDS)
    past = simulate.run(
        draws, script=then.history.script, start="2003-01-01", end="2003-03-01", seed=7
    )
    return simulate.run(
        draws,
        profile=model.Profile(strategy),
        start="2003-03-01",
        end="2004-03-01",
        seed=7,
        initial=past.final,
        setting=then.history.rules_of("2003-03"),
        variables=then.variables,
        every="quarter",
        dtype="float32",
    ).kept


def test_shards_hold_what_one_run_holds(finished):
    with xr.open_zarr(finished.archive.store, consolidated=True) as kept:
        for strategy in (HOLD, PRESS):
            expected = whole(strategy)
            for name in sweep().variables:
                found = kept[name].sel(strategy=strategy.name).values
                assert np.array_equal(found, expected[name].values), name
        assert kept["killed"].dims == ("strategy", "world", "quarter")
        assert kept["command"].dims == ("strategy", "world", "quarter", "gang")
        assert list(kept["gang"].values) == list(history().setting.gangs)
        assert list(pd.DatetimeIndex(kept["quarter"].values)) == list(expected["quarter"].values)
        assert kept["killed"].attrs["unit"] == "persons"


def test_groups_of_strategies_change_no_number(finished, tmp_path):
    apart = scale.run_sweep(sweep(strategies_a_shard=1), tmp_path / "apart")
    assert len(apart.archive.sweep) == 2 * len(finished.archive.sweep)
    for block in range(apart.archive.sweep.blocks):
        for name in sweep().variables:
            same = apart.archive.read(name, block), finished.archive.read(name, block)
            assert np.array_equal(*same)
    pd.testing.assert_frame_equal(apart.tables["outcomes"], finished.tables["outcomes"])


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_the_same_bytes_whoever_computes(finished, tmp_path, scheduler):
    scale.run_sweep(sweep(), tmp_path / "other", scheduler=scheduler, workers=2)
    assert tree(tmp_path / "other") == tree(finished.archive.folder)


def test_a_shard_alone_and_in_another_process_is_the_same(finished):
    shard = scale.run_shard(pickle.loads(pickle.dumps(sweep())), 2)
    receipt = json.loads((finished.archive.folder / "receipts/0000/0000002.json").read_text())
    assert shard.hashes == {path: told["sha256"] for path, told in receipt["files"].items()}


# -- The harm ledger -------------------------------------------------------------------------------


def test_a_sweep_keeps_the_whole_ledger_unless_told_otherwise():
    assert set(decide.OUTCOMES) <= set(scale.SWEEP_VARIABLES)
    assert sweep(variables=scale.SWEEP_VARIABLES).variables == scale.SWEEP_VARIABLES


@pytest.mark.parametrize("every", ["month", "quarter", "year"])
def test_the_ledger_of_a_sweep_is_that_of_a_comparison(tmp_path, every):
    """Under an exception, from a month within a quarter, so that the first period is short."""
    strategies = decide.named(["status_quo", "exception"])
    one = sweep(
        worlds=40, strategies=strategies, years=2, every=every, variables=scale.SWEEP_VARIABLES
    )
    archive = scale.run_sweep(one, tmp_path / every, scheduler="serial").archive
    asked = {"origin": one.origin, "seed": one.seed, "years": 2}
    compared = decide.compare(strategies, one.source.stretch(0, 40), one.history, **asked)
    for outcome in decide.OUTCOMES:
        totals = archive.read(outcome, 0).astype(float).sum(axis=2)
        for place, strategy in enumerate(strategies):
            expected = compared.total(outcome, strategy.name, 2)
            assert totals[place] == pytest.approx(expected, rel=1e-5, abs=1e-5), outcome
    assert totals[1].min() > 0.1  # democracy, the last of them, is lost under an exception


def test_what_a_sweep_derives_may_be_kept_alone(finished, tmp_path):
    alone = scale.run_sweep(sweep(variables=("disappeared", "prisoners")), tmp_path / "alone")
    with xr.open_zarr(alone.archive.store, consolidated=True) as kept:
        assert (
            kept["disappeared"].attrs["meaning"] == "persons reported missing, found alive or not"
        )
        by_quarter = kept["disappeared"].values
        prisoners = kept["prisoners"].values
    # March 2003 alone, three quarters, two months: 1,500 a year are found alive.
    assert np.all(by_quarter >= 125.0 * np.array([1, 3, 3, 3, 2]))
    assert np.all(by_quarter.min(axis=(0, 1)) < 125.0 * np.array([1, 3, 3, 3, 2]) + 60.0)
    with xr.open_zarr(finished.archive.store, consolidated=True) as kept:
        assert np.array_equal(prisoners, kept["prisoners"].values)


def test_periods_made_of_months_are_those_that_the_simulator_makes(finished, tmp_path):
    names = (*sweep().variables, "democracy_lost")
    gathered = scale.run_sweep(sweep(variables=names), tmp_path / "gathered").archive
    assert gathered.sweep.needs_months and not finished.archive.sweep.needs_months
    for block in range(gathered.sweep.blocks):
        for name in sweep().variables:
            expected = finished.archive.read(name, block)
            assert gathered.read(name, block) == pytest.approx(expected, rel=1e-6), name


# -- Sources ---------------------------------------------------------------------------------------


def test_a_stretch_of_the_prior_is_the_prior():
    whole_of = model.prior_draws(50, seed=3)
    part = scale.FromPrior(50, seed=3).stretch(17, 31)
    assert np.array_equal(part.values, whole_of.values[17:31])
    assert np.array_equal(part.worlds, np.arange(17, 31))
    with pytest.raises(ValueError, match="at least 0, not -1"):
        model.prior_draws(2, seed=1, first=-1)


def test_a_cloud_gives_rows_by_their_weights():
    cloud = model.prior_draws(4, seed=1).reweighted([1.0, 0.0, 2.0, 5.0])
    source = scale.FromCloud(cloud, worlds=40_000, seed=9)
    rows = source.rows(0, 40_000)
    shares = np.bincount(rows, minlength=4) / 40_000
    # Four shares; each within 4.5 standard errors: false alarm in fewer than 1 of 30,000 seeds.
    expected = np.array([1, 0, 2, 5]) / 8
    assert np.all(np.abs(shares - expected) <= 4.5 * np.sqrt(expected * (1 - expected) / 40_000))
    assert np.array_equal(source.rows(123, 456), rows[123:456])
    part = source.stretch(123, 125)
    assert np.array_equal(part.values, cloud.values[rows[123:125]])
    assert list(part.worlds) == [123, 124]


def test_draws_at_hand_keep_their_numbers_and_weights(tmp_path):
    draws = model.prior_draws(90, seed=2).select(np.arange(89, -1, -1)).reweighted(np.arange(90.0))
    done = scale.run_sweep(sweep(source=scale.FromDraws(draws)), tmp_path / "draws")
    with xr.open_zarr(done.archive.store, consolidated=True) as kept:
        assert np.array_equal(kept["world_number"].values, draws.worlds)
        assert np.array_equal(kept["weight"].values, np.arange(90.0))
        last = kept["killed"].sum("quarter").sel(strategy="status_quo").values
    row = (
        done.tables["outcomes"].query("variable == 'killed' and strategy == 'status_quo'").iloc[-1]
    )
    assert row["mean"] == pytest.approx(np.average(last, weights=np.arange(90.0)), rel=1e-6)


# -- Summaries -------------------------------------------------------------------------------------


def test_tables_hold_the_moments_of_all_worlds(finished):
    values = {s.name: whole(s)["killed"].values.astype(float).cumsum(axis=1) for s in (HOLD, PRESS)}
    outcomes = pd.read_parquet(finished.archive.folder / "tables/outcomes.parquet")
    rows = outcomes.query("variable == 'killed' and strategy == 'mano_dura'")
    expected = values["mano_dura"]
    assert rows["mean"].to_numpy() == pytest.approx(expected.mean(axis=0), rel=1e-12)
    assert rows["sd"].to_numpy() == pytest.approx(expected.std(axis=0, ddof=1), rel=1e-12)
    assert rows["q50"].to_numpy() == pytest.approx(
        np.quantile(expected, 0.5, axis=0, method="inverted_cdf"), rel=1e-6
    )
    gap = values["mano_dura"] - values["status_quo"]
    differences = pd.read_parquet(finished.archive.folder / "tables/differences.parquet")
    rows = differences.query("variable == 'killed'")
    assert set(rows["strategy"]) == {"mano_dura"} and set(rows["reference"]) == {"status_quo"}
    assert rows["mean"].to_numpy() == pytest.approx(gap.mean(axis=0), rel=1e-9)
    error = gap.std(axis=0, ddof=1) / np.sqrt(WORLDS)
    assert rows["mc_error"].to_numpy() == pytest.approx(error, rel=1e-9)
    assert rows["lower"].to_numpy() == pytest.approx((gap < 0).mean(axis=0), rel=1e-12)
    assert "command.ms13" in set(outcomes["variable"])


# -- Killed, damaged, full -------------------------------------------------------------------------


def test_a_killed_run_resumes_to_the_same_bytes(finished, tmp_path):
    """Killed without warning, again and again, at moments drawn from a fixed seed."""
    folder, moments = tmp_path / "killed", random.Random(5)
    command = [sys.executable, "-m", "tests._sweep", str(folder), "0.03"]
    kills, left = 0, []
    for lines in (1, 2, 2):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
            for _ in range(lines):
                if not running.stdout.readline():
                    break
            time.sleep(moments.uniform(0.0, 0.3))
            running.kill()
            kills += running.wait() == -9
        left.append(scale.Archive.existing(folder, sweep()).finished_count())
    assert kills >= 2 and left[0] < len(sweep())  # the run was long enough to be killed
    again = scale.run_sweep(sweep(), folder, resume=True)
    assert again.taken == left_count(again) and not again.damaged
    assert tree(folder) == tree(finished.archive.folder)


def left_count(done):
    return len(done.archive.sweep) - done.computed


@pytest.mark.parametrize("hurt", ["altered", "truncated", "missing", "receipt"])
def test_a_damaged_shard_is_named_and_computed_alone(finished, copied, hurt):
    chunk = copied / "worlds.zarr/killed/c/0/1/0"
    if hurt == "altered":
        data = bytearray(chunk.read_bytes())
        data[len(data) // 2] ^= 1
        chunk.write_bytes(data)
    elif hurt == "truncated":
        chunk.write_bytes(chunk.read_bytes()[:-7])
    elif hurt == "missing":
        chunk.unlink()
    else:
        (copied / "receipts/0000/0000001.json").write_text("{")
    damaged = scale.Archive.existing(copied, sweep()).verify()
    assert [each.shard.number for each in damaged] == [1]
    assert "shard 1 (worlds 64 to 127)" in str(damaged[0])
    again = scale.run_sweep(sweep(), copied, resume=True)
    assert (again.computed, again.taken) == (1, 3)
    assert tree(copied) == tree(finished.archive.folder)


def test_a_damaged_description_is_written_again(finished, copied):
    (copied / "worlds.zarr/killed/zarr.json").write_text("nonsense")
    (copied / "worlds.zarr/strategy/c/0").unlink()
    scale.run_sweep(sweep(), copied, resume=True)
    assert tree(copied) == tree(finished.archive.folder)


def test_a_full_disk_is_one_message_and_loses_nothing(finished, tmp_path, monkeypatch):
    written = []

    def full(path, data):
        if "/c/0/2/" in path.as_posix():
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        whole_file(path, data)

    whole_file = archives.write_whole
    monkeypatch.setattr(archives, "write_whole", full)
    with pytest.raises(scale.ArchiveError, match="is full: 2 of 4 shards are finished, and none"):
        scale.run_sweep(sweep(), tmp_path / "full", scheduler="serial")
    monkeypatch.undo()
    again = scale.run_sweep(sweep(), tmp_path / "full", resume=True)
    assert (again.computed, again.taken) == (2, 2)
    assert tree(tmp_path / "full") == tree(finished.archive.folder)


def test_a_disk_that_is_full_at_the_last_table_is_one_message(finished, tmp_path, monkeypatch):
    def full(path, data):
        if path.name == "differences.parquet":
            raise OSError(errno.ENOSPC, "No space left on device")
        whole_file(path, data)

    whole_file = archives.write_whole
    monkeypatch.setattr(summary, "write_whole", full)
    with pytest.raises(scale.ArchiveError, match="is full: 4 of 4 shards are finished, and none"):
        scale.run_sweep(sweep(), tmp_path / "full", scheduler="serial")
    monkeypatch.undo()
    again = scale.run_sweep(sweep(), tmp_path / "full", resume=True)
    assert again.computed == 0
    assert tree(tmp_path / "full") == tree(finished.archive.folder)


def test_a_limit_of_the_system_in_mid_run_is_one_message_and_loses_nothing(finished, tmp_path):
    """A real write that fails: no file of the process may be larger than 300 bytes."""
    resource = pytest.importorskip("resource")
    folder = tmp_path / "limited"
    begun = scale.Archive.open(folder, sweep())
    begun.write(scale.run_shard(sweep(), 0))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, before[1]))
    try:
        with pytest.raises(scale.ArchiveError, match=r"File too large.* 1 of 4 shards are finishe"):
            scale.run_sweep(sweep(), folder, resume=True, scheduler="serial")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(folder.rglob("*.part-*"))
    again = scale.run_sweep(sweep(), folder, resume=True)
    assert (again.computed, again.taken) == (3, 1) and not again.damaged
    assert tree(folder) == tree(finished.archive.folder)


def test_a_disk_that_is_too_small_is_refused_before_the_run(tmp_path):
    with pytest.raises(scale.ArchiveError, match=r"write about 1,000,000,000.0 GB"):
        scale.refuse_full_disk(1e18, tmp_path / "not" / "there")
    scale.refuse_full_disk(1.0, tmp_path)


def test_a_result_altered_on_its_way_is_refused(copied):
    archive = scale.Archive.existing(copied, sweep())
    result = scale.run_shard(sweep(), 0)
    path = next(iter(result.files))
    with pytest.raises(scale.ArchiveError, match="altered on its way"):
        archive.write(replace(result, files=result.files | {path: b"other"}))
    with pytest.raises(scale.ArchiveError, match="another sweep"):
        archive.write(replace(result, digest="0"))


# -- Folders ---------------------------------------------------------------------------------------


def test_a_folder_of_another_run_is_refused_and_left_alone(copied):
    before = tree(copied)
    for other, told in (
        ({"seed": 8}, "seed there 7, here 8"),
        ({"worlds": 201}, "worlds 200"),
        ({"strategies": (HOLD,)}, "strategies there status_quo, mano_dura, here status_quo"),
        ({"years": 2}, "years there 1, here 2"),
    ):
        with pytest.raises(scale.ArchiveError, match=told):
            scale.run_sweep(sweep(**other), copied, resume=True)
    with pytest.raises(scale.ArchiveError, match="this very run, 4 of 4 shards finished"):
        scale.run_sweep(sweep(), copied)
    assert tree(copied) == before


def test_a_folder_with_something_else_in_it_is_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("keep me")
    for resume in (False, True):
        with pytest.raises(scale.ArchiveError, match=r"holds no archive \(letter.txt\)"):
            scale.run_sweep(sweep(), tmp_path, resume=resume)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(scale.ArchiveError, match="is a file"):
        scale.run_sweep(sweep(), tmp_path / "letter.txt")


def test_a_second_run_is_kept_out(copied):
    archive = scale.Archive.existing(copied, sweep())
    with archive.locked(), pytest.raises(scale.ArchiveError, match="Another run is writing"):
        scale.run_sweep(sweep(), copied, resume=True)


# -- What cannot be asked --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"strategies": ()}, "names of their own; given: none"),
        ({"strategies": (HOLD, HOLD)}, "given: status_quo, status_quo"),
        ({"origin": "2002-12"}, "2002-12, is before the worlds begin, 2003-01"),
        ({"origin": "2012-13"}, "must be a month, as 2019-06, not '2012-13'"),
        ({"years": 0}, "at least 1, not 0"),
        ({"variables": ("kiled",)}, "No variable named 'kiled'. Did you mean 'killed'"),
        ({"variables": ("killed", "killed")}, "named once"),
        ({"every": "weeks"}, "No period named 'weeks'"),
        ({"worlds_a_shard": 0}, "worlds_a_shard must be at least 1"),
        ({"source": None}, None),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_runs(other, told):
    if told is None:
        with pytest.raises(ValueError, match=r"between 1 and 2\*\*48, not 0"):
            scale.FromPrior(0, seed=1)
        return
    with pytest.raises(scale.SweepError, match=told):
        sweep(**other)


def test_an_unknown_scheduler_or_shard_is_refused(tmp_path):
    with pytest.raises(scale.SchedulerError, match="No scheduler 'thread'"):
        scale.run_sweep(sweep(), tmp_path / "none", scheduler="thread")
    assert not (tmp_path / "none").exists()
    with pytest.raises(scale.SweepError, match="run from 0 to 3"):
        sweep().shard(4)


def test_a_strategy_that_cannot_travel_says_so():
    @model.government
    def local(view):
        return 0

    with pytest.raises(scale.SweepError, match="'local' cannot travel"):
        pickle.dumps(sweep(strategies=(local,)))


def test_a_strategy_of_ones_own_travels_by_its_address():
    there = pickle.loads(pickle.dumps(sweep(strategies=(HOLD, mine))))
    assert there.strategies[1] is mine and there.gangs is model.answer_in_kind
    assert there.digest == sweep(strategies=(HOLD, mine)).digest


def test_a_timeline_travels():
    plan = model.Timeline.of([("2003-03", "mano_dura")], name="plan")
    there = pickle.loads(pickle.dumps(sweep(strategies=(HOLD, plan))))
    assert there.digest == sweep(strategies=(HOLD, plan)).digest


def test_a_failing_world_is_told_and_finished_shards_stay(tmp_path):
    @model.government
    def nowhere(view):
        return 99

    with pytest.raises(simulate.SimulationError, match="nowhere"):
        scale.run_sweep(sweep(strategies=(nowhere,)), tmp_path / "bad")


# -- Shards ----------------------------------------------------------------------------------------


def test_shards_cover_every_world_under_every_strategy_once():
    for worlds, block, group in ((200, 64, 1), (64, 64, 2), (1, None, None), (129, 100, 2)):
        one = sweep(worlds=worlds, worlds_a_shard=block, strategies_a_shard=group)
        seen = np.zeros((len(one.strategies), worlds), dtype=int)
        for number in range(len(one)):
            shard = one.shard(number)
            assert shard.number == number
            seen[list(shard.strategies), shard.first : shard.last] += 1
        assert np.all(seen == 1)


def test_large_runs_have_few_shards_that_fit_into_memory():
    large = sweep(worlds=10**9, worlds_a_shard=None, years=15, every="year")
    assert len(large) < 60_000 and large.block_size % BLOCK == 0
    rows = large.block_size * large.columns * large.periods * 4 * len(large.strategies)
    assert rows < 300e6


# -- What it costs ---------------------------------------------------------------------------------


def test_the_cost_model_finds_the_line_that_made_the_points():
    points = [
        scale.CostPoint(n, 0.5 + 0.01 * n, 300 + 40 * n, 1e6 + 2e3 * n) for n in (64, 256, 999)
    ]
    fitted = scale.CostModel.fitted(points)
    assert fitted.seconds == pytest.approx((0.5, 0.01))
    assert fitted.disk == pytest.approx((300, 40))
    assert fitted.memory == pytest.approx((1e6, 2e3))
    assert fitted.misfit < 1e-9
    one = fitted.of(sweep(), cores=2, price=36.0, efficiency=0.5)
    assert one.core_hours * 3600 == pytest.approx(4 * 0.5 + 200 * 0.01)
    assert one.hours == pytest.approx(one.core_hours)  # two cores, each half of use
    assert one.money == pytest.approx(4.0 * 36.0 / 3600)
    assert fitted.error() < 1e-9 and one.core_hours_between == pytest.approx(
        (one.core_hours, one.core_hours)
    )
    with pytest.raises(scale.SweepError, match="two sizes"):
        scale.CostModel.fitted(points[:1])
    with pytest.raises(scale.SweepError, match="at least 1"):
        fitted.of(sweep(), cores=0)


def test_each_point_is_foretold_by_the_others():
    """By hand: of 1, 2, 3 and 4 seconds the last is really 5, and foretold as 4."""
    points = [scale.CostPoint(n, n / 100, n, n) for n in (100, 200, 300)]
    fitted = scale.CostModel.fitted([*points, scale.CostPoint(400, 5.0, 400, 400)])
    apart = [
        abs((m.seconds[0] + m.seconds[1] * p.worlds) / p.seconds - 1)
        for m, p in zip(fitted.without_one, fitted.points, strict=True)
    ]
    assert apart[3] == pytest.approx(1 - 4 / 5)
    assert fitted.error() == pytest.approx(max(apart)) and fitted.error("disk") < 1e-9
    one = fitted.of(sweep())
    low, high = one.core_hours_between
    per_world = [m.of(sweep()).core_hours for m in fitted.without_one]
    assert low == pytest.approx(min(*per_world, one.core_hours) * (1 - max(apart)))
    assert high == pytest.approx(max(*per_world, one.core_hours) * (1 + max(apart)))
    assert low < one.core_hours < high and one.hours_between[0] < one.hours < one.hours_between[1]
    assert scale.CostModel.fitted(points[:2]).error() == float("inf")


def test_four_points_are_measured_however_dear_they_are(monkeypatch):
    def slow(sweep, size):
        return scale.CostPoint(size, float(size), 1.0 * size, 1.0 * size)

    monkeypatch.setattr(cost, "_measured", slow)
    found = scale.measured_cost(sweep()).points
    assert [point.worlds for point in found] == [64, 128, 192, 256]
    monkeypatch.setattr(cost, "_measured", lambda sweep, size: replace(slow(0, size), seconds=0.1))
    assert len(scale.measured_cost(sweep()).points) == 7


def test_disk_and_files_are_as_estimated(finished):
    model_of = scale.measured_cost(sweep(), sizes=(16, 32, 48, 64))
    estimate = model_of.of(sweep())
    folder = finished.archive.folder
    shards = [file for file in folder.rglob("*") if file.is_file()]
    chunks = sum(f.stat().st_size for f in shards if "/c/0/" in f.as_posix())
    receipts = sum(f.stat().st_size for f in folder.glob("receipts/*/*"))
    assert estimate.disk == pytest.approx(chunks + receipts, rel=0.15)
    assert estimate.files == pytest.approx(len(shards), abs=12)


# -- From a terminal -------------------------------------------------------------------------------

ASKED = ["el-salvador", "--strategies", "status_quo,reform", "--from", "2003-02", "--years", "1"]


def test_the_command_runs_verifies_and_resumes(tmp_path):
    out = str(tmp_path / "out")
    asked = [*ASKED, "--worlds", "1.3e2", "--shard", "64", "--out", out]
    first = CliRunner().invoke(main, ["sweep", *asked, "--json"])
    assert first.exit_code == 0, first.output
    told = json.loads(first.stdout)
    assert (told["shards"], told["computed"]) == (3, 3)
    assert {row["strategy"] for row in told["differences"]} == {"reform"}
    (Path(out) / "worlds.zarr/killed/c/0/1/0").write_bytes(b"")
    checked = CliRunner().invoke(main, ["sweep", *asked, "--verify"])
    assert checked.exit_code == 1 and "shard 1 (worlds 64 to 127)" in checked.output
    again = CliRunner().invoke(main, ["sweep", *asked, "--resume"])
    assert again.exit_code == 0 and "1 computed, 2 taken as they were" in again.output
    refused = CliRunner().invoke(main, ["sweep", *asked, "--seed", "2", "--resume"])
    assert refused.exit_code == 1 and "holds another run" in refused.output


def test_the_plan_counts_worlds_and_money(monkeypatch):
    asked = ["plan", *ASKED, "--worlds", "1e9", "--cores", "1000", "--price", "0.05"]
    told = CliRunner().invoke(main, [*asked, "--json"])
    assert told.exit_code == 0, told.output
    estimate = json.loads(told.stdout)["estimate"]
    assert estimate["worlds"] == 10**9 and estimate["cores"] == 1000
    assert estimate["money"] == pytest.approx(0.05 * estimate["core_hours"])
    assert estimate["disk"] > 1e9
    low, high = estimate["core_hours_between"]
    assert 0 < low <= estimate["core_hours"] <= high
    found = json.loads(told.stdout)
    assert len(found["points"]) >= 4 and 0 <= found["errors"]["seconds"] < 10
    points = [scale.CostPoint(**point) for point in found["points"]]
    monkeypatch.setattr(scale, "measured_cost", lambda sweep: scale.CostModel.fitted(points))
    seen = CliRunner().invoke(main, asked)
    assert seen.exit_code == 0 and " to " in seen.output.split("Core-hours")[1].split("\n")[0]
    assert "Each foretold by the others" in seen.output
    wrong = CliRunner().invoke(main, ["plan", "--worlds", "1.5"])
    assert wrong.exit_code == 2 and "no whole number" in wrong.output


def test_worlds_of_the_posterior_are_its_draws(tmp_path):
    out = tmp_path / "posterior"
    asked = ["sweep", *ASKED, "--worlds", "70", "--shard", "64", "--out", str(out), "--json"]
    told = CliRunner().invoke(main, [*asked, "--worlds-from", "posterior"])
    assert told.exit_code == 0, told.output
    draws = infer.posterior("el-salvador").draws
    source = json.loads(told.stdout)["sweep"]["source"]
    assert (source["from"], source["worlds"], source["rows"]) == ("cloud", 70, len(draws))
    strategies = decide.named(["status_quo", "reform"])
    history = model.History.of(record.load("el-salvador"))
    compared = decide.compare(
        strategies,
        scale.FromCloud(draws, 70, seed=1).stretch(0, 70),
        history,
        origin="2003-02",
        seed=1,
        years=1,
    )
    with xr.open_zarr(out / "worlds.zarr", consolidated=True) as kept:
        killed = kept["killed"].sum("year").sel(strategy="reform").values
    assert np.array_equal(killed, compared.total("killed", "reform", 1))
    prior = CliRunner().invoke(main, [*asked, "--resume"])
    assert prior.exit_code == 1 and "holds another run: source there" in prior.output


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--posterior", "nowhere-to-be-found"], "holds no posterior. Make one: tregua calibrate"),
        (["--posterior", ".", "--worlds-from", "prior"], "--worlds-from prior uses none"),
    ],
)
def test_a_posterior_that_does_not_serve_is_refused(tmp_path, given, told):
    asked = ["sweep", *ASKED, "--worlds", "70", "--out", str(tmp_path / "out"), *given]
    refused = CliRunner().invoke(main, asked)
    assert refused.exit_code == 1 and told in " ".join(refused.output.split())
    assert not (tmp_path / "out").exists()
