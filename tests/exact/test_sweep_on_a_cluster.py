"""Does a cluster give the same bytes, also when a worker dies, and say what is wrong otherwise?

The cluster is real: a scheduler and two processes of Dask distributed on this machine.
"""

import contextlib
import os
import signal
import time
from concurrent.futures import CancelledError
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from tests._sweep import HOLD, PRESS, sweep, tree

from tregua import scale
from tregua.scale import schedule

distributed = pytest.importorskip("distributed")


def cluster_of(**options):
    """A local cluster. Dask gives its own loop ten seconds to begin, too few on a busy machine."""
    for _ in range(5):
        with contextlib.suppress(AssertionError):
            return distributed.LocalCluster(**options)
    raise AssertionError("Dask's loop did not begin five times in a row.")


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes of one thread each."""
    with cluster_of(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=50,
    ) as running:
        yield running


@pytest.fixture
def client(cluster):
    """A client of its own for each test."""
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as one:
        one.wait_for_workers(2, timeout=600)
        yield one


def large():
    """Twelve shards, long enough for a worker to be killed within one."""
    return sweep(worlds=12 * 64, strategies=(HOLD, PRESS), years=6)


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    """The same run in this thread."""
    folder = tmp_path_factory.mktemp("serial") / "run"
    scale.run_sweep(large(), folder, scheduler="serial")
    return tree(folder)


def test_an_address_serves_as_well(cluster, client, serial, tmp_path):
    scale.run_sweep(large(), tmp_path / "run", scheduler=cluster.scheduler_address)
    assert tree(tmp_path / "run") == serial


def test_workers_with_other_versions_are_refused(client, tmp_path, monkeypatch):
    here = scale.sweep.installed()
    monkeypatch.setattr(schedule, "installed", lambda: here | {"numpy": "9.9", "tregua code": "ab"})
    with pytest.raises(scale.SchedulerError, match=r"numpy \S+ there, 9.9 here"):
        scale.run_sweep(sweep(), tmp_path / "run", scheduler=client)
    assert not (tmp_path / "run").exists()


def test_a_worker_that_joins_later_with_other_versions_is_refused(client):
    wanted = schedule.fingerprint() | {"numba": "0.1"}
    future = client.submit(schedule._shard_of_worker, sweep(), 0, wanted)
    with pytest.raises(scale.SchedulerError, match=r"numba \S+ there, 0.1 here"):
        future.result()


def test_a_scheduler_that_is_not_there_is_told_in_seconds(tmp_path):
    begun = time.monotonic()
    with pytest.raises(scale.SchedulerError, match="No scheduler answers at tcp://127"):
        scale.run_sweep(sweep(), tmp_path / "run", scheduler="tcp://127.0.0.1:9")
    assert time.monotonic() - begun < 60
    assert not (tmp_path / "run").exists()
    with pytest.raises(scale.SchedulerError, match="No scheduler answers at tcp://"):
        scale.run_sweep(sweep(), tmp_path / "run", scheduler="tcp://")


def test_a_scheduler_without_workers_is_told(tmp_path):
    with (
        cluster_of(n_workers=0, host="127.0.0.1", dashboard_address=None, silence_logs=50) as empty,
        pytest.raises(scale.SchedulerError, match="has no workers"),
    ):
        scale.run_sweep(sweep(), tmp_path / "run", scheduler=empty.scheduler_address)


class Vanishing:
    """A pool whose scheduler goes away after the second shard."""

    size = 1

    def __init__(self, error):
        self.done, self.error = 0, error
        self.cluster = schedule._Cluster(self, None, "", {}, 1)
        self.as_current = nullcontext

    def submit(self, number):
        return number

    def next_of(self, pending):
        self.done += 1
        if self.done > 2:
            return self.cluster.next_of({Broken(self.error)})
        number = min(pending)
        return number, scale.run_shard(sweep(), number)

    def cancel(self, pending):
        pending.clear()


class Broken:
    """A future that ends in an error."""

    def __init__(self, error):
        self.error = error

    def result(self):
        raise self.error


@pytest.mark.parametrize("error", [CancelledError(), OSError("gone")])
def test_a_scheduler_that_goes_away_is_told_and_finished_shards_stay(error, tmp_path, monkeypatch):
    at_once = SimpleNamespace
    monkeypatch.setattr(distributed, "wait", lambda pending, **_: at_once(done=pending))
    archive = scale.Archive.open(tmp_path / "run", sweep())
    pool = Vanishing(error)
    with pytest.raises(
        scale.SchedulerError, match=r"went away .* 2 of 4 shards are finished; call again with"
    ):
        for result in schedule._computed(pool, sweep(), archive.unfinished(), archive):
            archive.write(result)
    again = scale.run_sweep(sweep(), tmp_path / "run", resume=True)
    assert again.taken == 2 and not again.damaged


def test_a_worker_killed_in_mid_run_changes_no_byte(client, serial, tmp_path):
    killed = []

    def progress(done, total):
        busy = [name for name, tasks in client.processing().items() if tasks]
        if done >= 1 and busy and not killed:
            pids = client.run(os.getpid)
            os.kill(pids[busy[0]], signal.SIGKILL)
            killed.append(pids[busy[0]])

    done = scale.run_sweep(large(), tmp_path / "run", scheduler=client, progress=progress)
    assert killed and done.computed == 12
    assert tree(tmp_path / "run") == serial
    assert killed[0] not in client.run(os.getpid).values()
