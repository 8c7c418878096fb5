"""Who computes the shards: this thread, threads, processes, or the workers of a cluster.

A shard is a pure function, so it does not matter who computes it or how often. A few shards more
than there are workers are under way at any time; a result is written by the process that called,
as soon as it is there, so that workers need no common disk and memory stays bounded. Between
machines the shards are handed out by Dask distributed (Rocklin 2015, SciPy), which gives a shard
to another worker when the first one dies.
"""

from __future__ import annotations

import concurrent.futures as futures
import importlib
import multiprocessing
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from tregua.scale.apart import compile_apart
from tregua.scale.archive import Archive, Damage, sweep_out
from tregua.scale.shards import ShardResult, run_shard
from tregua.scale.summary import write_tables
from tregua.scale.sweep import Sweep, SweepError, installed
from tregua.simulate.worlds import processors

__all__ = ["Finished", "SchedulerError", "check_scheduler", "fingerprint", "run_sweep"]

Progress = Callable[[int, int], None]

_WAIT_FOR_SCHEDULER = 8  # seconds
_AHEAD = 2  # shards under way for each worker, so that none waits for the writer
_RETRIES = 3


class SchedulerError(SweepError):
    """No scheduler, no workers, or workers that would not give the same bytes."""


@dataclass(frozen=True)
class Finished:
    """What a call of `run_sweep` did.

    Attributes
    ----------
    archive
        The archive, every shard of it finished.
    computed
        Shards computed by this call.
    taken
        Shards that were finished before and are whole.
    damaged
        Shards that were finished before and had to be computed again.
    seconds
        Wall time of the call.
    tables
        The summaries (`summarise`).
    """

    archive: Archive
    computed: int
    taken: int
    damaged: tuple[Damage, ...]
    seconds: float
    tables: dict[str, pd.DataFrame]


def run_sweep(
    sweep: Sweep,
    folder: str | Path,
    *,
    resume: bool = False,
    scheduler: Any = "threads",
    workers: int | None = None,
    progress: Progress | None = None,
    damage: Callable[[Damage], None] | None = None,
) -> Finished:
    """Run a sweep into an archive, or finish one that was begun.

    Parameters
    ----------
    sweep
        What to run.
    folder
        Where results go; see `Archive.open`.
    resume
        Whether to go on with what is there: hashes are computed anew, and what is missing or
        damaged is computed.
    scheduler
        "serial", "threads" (of this process), "processes" (of this machine), the address of a Dask
        scheduler such as "tcp://10.0.0.1:8786", or a `distributed.Client`.
    workers
        Threads or processes; None is one for each processor. Not for a cluster, which has its own.
    progress
        Called with (shards finished, shards in all), from this thread.
    damage
        Called with each damaged shard before it is computed again.

    Returns
    -------
    Finished
        The archive and what was done.

    Raises
    ------
    ArchiveError
        If the folder cannot serve, the disk is full, or a result was altered on its way.
    SchedulerError
        If there is no such scheduler, it has no workers, their code or libraries differ from those
        of this process, or it went away. Finished shards stay finished.
    SimulationError
        If a world failed; the message says which, where and why.
    """
    begun = time.perf_counter()
    with _pool(scheduler, workers, sweep) as pool:  # first: no folder is made for a run that cannot
        archive = Archive.open(folder, sweep, resume=resume)
        with archive.locked():
            sweep_out(archive.folder)
            damaged = archive.verify()
            for each in damaged:
                if damage is not None:
                    damage(each)
                archive.discard(each.shard.number)
            missing = archive.unfinished()
            done = len(sweep) - len(missing)
            taken = done
            _tell(progress, done, len(sweep))
            if missing and not isinstance(pool, _Cluster):
                compile_apart(sweep)
            for result in _computed(pool, sweep, missing, archive):
                archive.write(result)
                done += 1
                _tell(progress, done, len(sweep))
            tables = write_tables(archive)
    seconds = time.perf_counter() - begun
    return Finished(archive, len(missing), taken, tuple(damaged), seconds, tables)


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def check_scheduler(scheduler: Any = "threads", *, workers: int | None = None) -> None:
    """Refuse a scheduler that could not serve a run, before anything is computed for it.

    Parameters
    ----------
    scheduler, workers
        As `run_sweep` takes them.

    Raises
    ------
    SchedulerError
        If there is no such scheduler, or it does not answer; if it has no workers, or their code or
        libraries differ from those of this process.
    """
    _check_count(workers)
    if _is_client(scheduler):
        _check_workers(scheduler)
    elif _is_address(scheduler):
        with _client(scheduler) as client:
            _check_workers(client)
    elif scheduler not in ("serial", "threads", "processes"):
        raise _unknown(scheduler)


# -- The window of shards under way --------------------------------------------------------------


class _Pool(Protocol):
    """Computes shards somewhere."""

    @property
    def size(self) -> int:
        """Number of shards computed at a time."""

    def submit(self, number: int) -> Any:
        """Begin a shard."""

    def next_of(self, pending: set[Any]) -> tuple[Any, ShardResult]:
        """Wait for one of those under way; returns it and its result."""

    def cancel(self, pending: set[Any]) -> None:
        """Drop what has not begun."""


def _computed(
    pool: _Pool, sweep: Sweep, missing: list[int], archive: Archive
) -> Iterator[ShardResult]:
    """Results as they come, no more than a few shards ahead of who writes them."""
    waiting, pending = iter(missing), set()
    try:
        for number in waiting:
            pending.add(pool.submit(number))
            if len(pending) >= _AHEAD * pool.size:
                finished, result = pool.next_of(pending)
                pending.discard(finished)
                yield result
        while pending:
            finished, result = pool.next_of(pending)
            pending.discard(finished)
            yield result
    except SchedulerError as error:
        raise SchedulerError(
            f"{error} {archive.finished_count():,} of {len(sweep):,} shards are finished; call "
            "again with --resume (resume=True)."
        ) from error
    finally:
        pool.cancel(pending)


@dataclass(frozen=True)
class _Serial:
    """One shard after the other, in the thread that called."""

    sweep: Sweep
    size: int = 1

    def submit(self, number: int) -> Any:
        return number

    def next_of(self, pending: set[Any]) -> tuple[Any, ShardResult]:
        number = min(pending)
        return number, run_shard(self.sweep, number)

    def cancel(self, pending: set[Any]) -> None:
        pending.clear()


@dataclass(frozen=True)
class _Local:
    """Threads or processes of this machine."""

    compute: Callable[[int], ShardResult]
    executor: futures.Executor
    size: int

    def submit(self, number: int) -> Any:
        return self.executor.submit(self.compute, number)

    def next_of(self, pending: set[Any]) -> tuple[Any, ShardResult]:
        done, _ = futures.wait(pending, return_when=futures.FIRST_COMPLETED)
        first = next(iter(done))
        try:
            return first, first.result()
        except futures.BrokenExecutor:
            raise SchedulerError("A process that computed a shard ended without a word.") from None

    def cancel(self, pending: set[Any]) -> None:
        for future in pending:
            future.cancel()


_RECEIVED: list[Sweep] = []


def _receive(sweep: Sweep) -> None:
    """Take the sweep once, at the start of a process: a cloud of draws may be large."""
    _RECEIVED[:] = [sweep]


def _shard_of_process(number: int) -> ShardResult:
    return run_shard(_RECEIVED[0], number)


@dataclass(frozen=True)
class _Cluster:
    """Workers of a Dask cluster."""

    client: Any
    sent: Any  # the sweep, sent to the workers once
    digest: str
    wanted: dict[str, str]  # what a worker must have
    size: int

    def submit(self, number: int) -> Any:
        return self.client.submit(
            _shard_of_worker,
            self.sent,
            number,
            self.wanted,
            key=f"tregua-{self.digest}-{number}",
            retries=_RETRIES,
            pure=True,
        )

    def next_of(self, pending: set[Any]) -> tuple[Any, ShardResult]:
        distributed = _distributed()
        try:
            with self.client.as_current():
                done = distributed.wait(pending, return_when="FIRST_COMPLETED").done
            first = next(iter(done))
            return first, first.result()
        except distributed.KilledWorker as error:
            raise SchedulerError(
                "Several workers died while they computed one shard, most often for want of "
                f"memory ({error})."
            ) from error
        except (OSError, futures.CancelledError) as error:
            raise SchedulerError(f"The scheduler went away ({type(error).__name__}).") from error

    def cancel(self, pending: set[Any]) -> None:
        if pending and self.client.status == "running":
            self.client.cancel(list(pending))


def _shard_of_worker(sweep: Sweep, number: int, wanted: dict[str, str]) -> ShardResult:
    """A shard, computed by a worker that makes sure that it would give the same bytes."""
    differences = _differences(wanted, fingerprint())
    if differences:
        raise SchedulerError(f"A worker differs from this process: {differences}.")
    return run_shard(sweep, number)


# -- Pools ---------------------------------------------------------------------------------------


@contextmanager
def _pool(scheduler: Any, workers: int | None, sweep: Sweep) -> Iterator[_Pool]:
    _check_count(workers)
    count = processors() if workers is None else workers
    if _is_client(scheduler):
        yield _cluster(scheduler, sweep)
    elif scheduler == "serial":
        yield _Serial(sweep)
    elif scheduler == "threads":
        with futures.ThreadPoolExecutor(count) as threads:
            yield _Local(lambda number: run_shard(sweep, number), threads, count)
    elif scheduler == "processes":
        fresh = multiprocessing.get_context("spawn")
        with futures.ProcessPoolExecutor(count, fresh, _receive, (sweep,)) as processes:
            yield _Local(_shard_of_process, processes, count)
    elif _is_address(scheduler):
        with _client(scheduler) as client:
            yield _cluster(client, sweep)
    else:
        raise _unknown(scheduler)


def _is_client(scheduler: Any) -> bool:
    return hasattr(scheduler, "submit") and hasattr(scheduler, "scheduler_info")


def _is_address(scheduler: Any) -> bool:
    return isinstance(scheduler, str) and "://" in scheduler


def _unknown(scheduler: Any) -> SchedulerError:
    return SchedulerError(
        f"No scheduler {scheduler!r}. Known: serial, threads, processes, an address such as "
        "tcp://10.0.0.1:8786, or a distributed.Client."
    )


def _check_count(workers: int | None) -> None:
    if workers is not None and workers < 1:
        raise SchedulerError(f"At least one worker is needed, not {workers}.")


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """A client of the scheduler at an address, or an error within seconds."""
    try:
        client = _distributed().Client(
            address, timeout=_WAIT_FOR_SCHEDULER, set_as_default=False, direct_to_workers=False
        )
    except (OSError, ValueError, TimeoutError) as error:
        raise SchedulerError(
            f"No scheduler answers at {address} within {_WAIT_FOR_SCHEDULER} seconds "
            f"({type(error).__name__}). Is it running, and is the port reachable from here?"
        ) from None
    try:
        yield client
    finally:
        client.close()


def _distributed() -> Any:
    """The library, which is optional and has no types."""
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise SchedulerError(
            "A cluster needs Dask distributed: pip install 'tregua[distributed]'."
        ) from None


def _cluster(client: Any, sweep: Sweep) -> _Cluster:
    """The workers of a client, after a look at what is installed on them."""
    _check_workers(client)
    # One shard at a time for each of a worker's threads.
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    threads = sum(int(worker["nthreads"]) for worker in workers)
    sent = client.scatter(sweep, broadcast=True, hash=False)
    return _Cluster(client, sent, sweep.digest, fingerprint(), max(1, threads))


def _check_workers(client: Any) -> None:
    """Refuse a cluster without workers, and workers that would not give the same bytes."""
    here = fingerprint()
    try:
        there = client.run(fingerprint)
    except Exception as error:
        raise SchedulerError(
            f"The workers cannot import tregua ({type(error).__name__}: {error}); install the same "
            "version on each of them."
        ) from error
    if not there:
        raise SchedulerError(
            f"The scheduler at {client.scheduler.address} has no workers; start some, then call "
            "again."
        )
    for worker, found in sorted(there.items()):
        differences = _differences(here, found)
        if differences:
            raise SchedulerError(
                f"The worker {worker} differs from this process: {differences}. Install the same "
                "versions everywhere; other code would give other bytes."
            )


def fingerprint() -> dict[str, str]:
    """What must agree between machines for the same bytes: code, libraries, Python."""
    return installed() | {"python": ".".join(platform.python_version_tuple()[:2])}


def _differences(here: dict[str, str], there: dict[str, str]) -> str:
    return ", ".join(
        f"{name} {there.get(name, 'missing')} there, {value} here"
        for name, value in here.items()
        if there.get(name) != value
    )
