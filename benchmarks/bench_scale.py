"""Very many worlds: short experiments, the same beside EMA Workbench, a whole sweep, schedulers.

    python benchmarks/bench_scale.py --ema-python PATH [--worlds N] [--only PART]

with PART short, parts, ema, whole or pools, or TREGUA_EMA_PYTHON for PATH; what that environment
holds is in `benchmarks/peers/requirements-ema.txt`, and without one its rows are skipped. Rates are
given by the clock and by processor time (one core at work); on a machine that is shared only the
second says what the code costs, and ratios within a round may be read.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tregua import decide, model, record, scale, simulate  # noqa: E402
from tregua.scale import harm  # noqa: E402
from tregua.scale.cost import resident_memory  # noqa: E402

ROUNDS = 5
SHARD = 256  # worlds; about a second under five strategies over 15 years
SHORT = 20_000
LEDGER = harm.counted(scale.SWEEP_VARIABLES)


def processor() -> float:
    """Processor seconds of this process and its finished children."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of processor time."""
    clock, worked = time.perf_counter(), processor()
    work()
    return time.perf_counter() - clock, processor() - worked


def note(text: str) -> None:
    """Say how far a long part is, where tables do not go."""
    print(text, file=sys.stderr, flush=True)


def sweep(worlds: int, years: int = 15, **other: object) -> scale.Sweep:
    """Five strategies in worlds of the prior, from 2012."""
    known = record.load("el-salvador")
    given = {
        "strategies": tuple(decide.STRATEGIES.values()),
        "source": scale.FromPrior(worlds, 1, known.case.prior_ranges),
        "history": model.History.of(known),
        "origin": "2012-01",
        "years": years,
        "seed": 1,
    }
    return scale.Sweep(**(given | other))  # type: ignore[arg-type]


# -- Short experiments ---------------------------------------------------------------------------


def short(worlds: int, reading: str, threads: int, draws: model.Draws | None = None) -> None:
    """One year of months in many worlds under one strategy."""
    simulate.run(
        model.prior_draws(worlds, seed=1) if draws is None else draws,
        profile=model.Profile(decide.STRATEGIES["mano_dura"]),
        start=pd.Timestamp("2003-01-01"),
        end=pd.Timestamp("2004-01-01"),
        seed=1,
        reading=reading,  # type: ignore[arg-type]
        variables=LEDGER,
        dtype="float32",
        threads=threads,
    )


def print_short() -> None:
    """Experiments a second by reading and threads; draws of the prior are made beforehand."""
    draws = model.prior_draws(SHORT, seed=1)
    rows = [(reading, threads) for reading in ("stochastic", "mean") for threads in (1, 2)]
    took: dict[tuple[str, int], list[tuple[float, float]]] = {row: [] for row in rows}
    for reading, threads in rows:
        short(64, reading, threads)
    for _ in range(ROUNDS):
        for row in rows:
            took[row].append(timed(lambda row=row: short(SHORT, row[0], row[1], draws)))  # type: ignore[misc]
    title = f"1 year, monthly, {len(LEDGER)} variables"
    print(f"\n{title:<40}{'a second, clock':>18}{'a core-second':>16}")
    for (reading, threads), seconds in took.items():
        clock = statistics.median(SHORT / s[0] for s in seconds)
        core = statistics.median(SHORT / s[1] for s in seconds)
        name = f"{reading}, {threads} thread{'s' if threads > 1 else ''}"
        print(f"{name:<40}{clock:>18,.0f}{core:>16,.0f}")
    drawn = statistics.median(timed(lambda: model.prior_draws(SHORT, seed=1))[1] for _ in range(3))
    print(f"{'drawing their parameters':<40}{'':>18}{SHORT / drawn:>16,.0f}")


def print_parts() -> None:
    """What a world-year costs with one thing changed at a time: is it the week, or what is kept?"""
    worlds = 4000
    draws = model.prior_draws(worlds, seed=1)
    changes: dict[str, dict[str, Any]] = {
        "a strategy, ten variables by month": {},
        "the status quo": {"strategy": "status_quo"},
        "one variable": {"variables": ("killed",)},
        "by year": {"every": "year"},
        "5 years": {"years": 5},
        "mean reading": {"reading": "mean"},
        "64 worlds": {"worlds": 64},
    }

    def work(
        strategy: str = "mano_dura", years: int = 1, worlds: int = worlds, **other: Any
    ) -> float:
        given = {"reading": "stochastic", "variables": LEDGER, "every": "month"} | other
        begun = time.process_time()
        simulate.run(
            draws.select(range(worlds)),
            profile=model.Profile(decide.STRATEGIES[strategy]),
            start=pd.Timestamp("2003-01-01"),
            end=pd.Timestamp(f"{2003 + years}-01-01"),
            seed=1,
            dtype="float32",
            threads=1,
            **given,
        )
        return (time.process_time() - begun) / worlds / years * 1e6

    took: dict[str, list[float]] = {name: [] for name in changes}
    for change in changes.values():
        work(**{**change, "worlds": 64})
    for _ in range(ROUNDS):
        for name, change in changes.items():
            took[name].append(work(**change))
    print(f"\n{'us of processor a world-year':<40}{'median':>10}{'least':>10}")
    for name, found in took.items():
        print(f"{name:<40}{statistics.median(found):>10.1f}{min(found):>10.1f}")


# -- Beside EMA Workbench ------------------------------------------------------------------------


def print_ema(python: str | None) -> None:
    """The same kernel, world by world through EMA Workbench, and in blocks here."""
    if python is None:
        print("\nEMA Workbench: no interpreter given (--ema-python), skipped")
        return
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [python, "-m", "benchmarks.peers.ema_worlds"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as peer:

        def ask(**asked: object) -> tuple[float, float]:
            assert peer.stdin is not None and peer.stdout is not None
            peer.stdin.write(json.dumps(asked) + "\n")
            peer.stdin.flush()
            told = json.loads(peer.stdout.readline())
            return told["clock"], told["processor"]

        ask(experiments=20, processes=1, seed=0)  # imports and machine code
        draws, count = model.prior_draws(SHORT, seed=1), 1000
        short(64, "stochastic", 1)
        rows: dict[str, list[tuple[float, float]]] = {}
        for number in range(ROUNDS):
            ours = {t: timed(lambda t=t: short(SHORT, "stochastic", t, draws)) for t in (1, 2)}  # type: ignore[misc]
            theirs = {p: ask(experiments=count, processes=p, seed=number) for p in (1, 2)}
            bare = ask(experiments=count, alone=True)
            for cores in (1, 2):
                rows.setdefault(f"tregua, {cores} core(s)", []).append(per(ours[cores], SHORT))
                rows.setdefault(f"EMA Workbench, {cores} process(es)", []).append(
                    per(theirs[cores], count)
                )
            rows.setdefault("its function, without the library", []).append(per(bare, count))
        peer.stdin.close()  # type: ignore[union-attr]
    base = rows["tregua, 1 core(s)"], rows["tregua, 2 core(s)"]
    print(f"\n{'one experiment':<40}{'us, clock':>12}{'us, processor':>16}{'ratio, processor':>18}")
    for name, seconds in rows.items():
        one = base[1] if name.endswith("2 process(es)") else base[0]
        ratio = statistics.median(s[1] / o[1] for s, o in zip(seconds, one, strict=True))
        clock, core = (statistics.median(s[i] for s in seconds) * 1e6 for i in (0, 1))
        print(f"{name:<40}{clock:>12,.1f}{core:>16,.1f}{ratio:>18,.1f}")


def per(seconds: tuple[float, float], count: int) -> tuple[float, float]:
    """Seconds of one experiment."""
    return seconds[0] / count, seconds[1] / count


# -- A whole sweep, beside its plan --------------------------------------------------------------


def print_whole(worlds: int) -> None:
    """Estimate a sweep, run it, and say how far the estimate was off."""
    one = sweep(worlds)
    fitted = scale.measured_cost(one)
    cores = scale.processors()
    told = fitted.of(one, cores=cores)
    with tempfile.TemporaryDirectory() as room:
        done: list[scale.Finished] = []
        held: list[float] = []

        def watch(finished: int, total: int) -> None:
            held.append(resident_memory() or float("nan"))
            if finished % 10 == 0 or finished == total:
                note(f"{finished} of {total} shards, {held[-1] / 1e6:,.0f} MB")

        clock, core = timed(
            lambda: done.append(scale.run_sweep(one, Path(room) / "sweep", progress=watch))
        )
        disk = done[0].archive.size()
        files = sum(1 for file in (Path(room) / "sweep").rglob("*") if file.is_file())
        checked, _ = timed(done[0].archive.verify)
    peak = resident_memory(peak=True) or float("nan")
    print(
        f"\n{worlds:,} worlds x {one.years} years x {len(one.strategies)} strategies, {cores} cores"
    )
    print(f"{'':<28}{'estimated':>12}{'between':>20}{'measured':>12}{'ratio':>8}")
    for name, wanted, between, found in (
        ("processor seconds", told.core_hours * 3600, by(told.core_hours_between, 3600), core),
        ("seconds by the clock", told.hours * 3600, by(told.hours_between, 3600), clock),
        ("peak memory, MB", told.memory / 1e6, by(told.memory_between, 1e-6), peak / 1e6),
        ("disk, MB", told.disk / 1e6, by(told.disk_between, 1e-6), disk / 1e6),
        ("files", told.files, "", files),
    ):
        print(f"{name:<28}{wanted:>12,.1f}{between:>20}{found:>12,.1f}{wanted / found:>8.2f}")
    print(f"fitted to {len(fitted.points)} shards; error by leaving one out {fitted.error():.3f}")
    print(f"all hashes computed anew: {checked:.2f} s")
    halves = held[: len(held) // 2], held[len(held) // 2 :]
    print(
        "most memory in the halves of the run, MB:", *(f"{max(h) / 1e6:,.1f}" for h in halves if h)
    )
    for many in (10**5, 10**6, 10**9):
        more = fitted.of(sweep(many), cores=cores)
        print(
            f"{many:,} worlds, estimated: {more.core_hours:,.2f} core-hours "
            f"({by(more.core_hours_between, 1)}), "
            f"{more.memory / 1e9:,.2f} GB of memory, {more.disk / 1e9:,.2f} GB in "
            f"{more.files:,} files"
        )


def by(between: tuple[float, float], factor: float) -> str:
    """An interval in another unit."""
    return f"{between[0] * factor:,.1f} to {between[1] * factor:,.1f}"


# -- Threads, processes, a cluster ---------------------------------------------------------------


def print_pools(shards: int, rounds: int) -> None:
    """The same shards of about a second by every way of handing them out, in turns.

    Overhead is processor time of all processes beyond that of the same shards one after the other,
    as a median of rounds; each round runs every row once, beginning with another one. Six shards
    and five rounds take four minutes on two free cores.
    """
    one = sweep(shards * SHARD, worlds_a_shard=SHARD)
    with tempfile.TemporaryDirectory() as room, contextlib.ExitStack() as clusters:
        rows: dict[str, Callable[[Path], tuple[float, float]]] = {
            "serial": lambda folder: here(one, folder, "serial", 1),
            "serial, again": lambda folder: here(one, folder, "serial", 1),
            "threads, 2": lambda folder: here(one, folder, "threads", 2),
            "processes, 2, with their start": lambda folder: here(one, folder, "processes", 2),
        }
        for workers in (1, 2):
            client = warm_cluster(workers, Path(room), clusters)
            rows[f"Dask, {workers} process(es)"] = lambda folder, client=client: on_dask(  # type: ignore[misc]
                one, folder, client
            )
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in rows}
        here(sweep(64, worlds_a_shard=64), Path(room) / "warm", "serial", 1)
        for number in range(rounds):
            order = [*rows][number % len(rows) :] + [*rows][: number % len(rows)]
            for name in order:
                folder = Path(room) / f"{number}-{name}"
                took[name].append(rows[name](folder))
                shutil.rmtree(folder)
                clock, core = took[name][-1]
                note(f"round {number + 1} of {rounds}, {name}: {clock:.1f} s, {core:.1f} core-s")
    base = took["serial"]
    each = statistics.median(core for _, core in base) / shards
    title = f"{shards} shards of {each:.2f} core-s, {rounds} rounds"
    print(
        f"\n{title:<36}{'clock, s':>10}{'speed-up':>10}{'processor, s':>14}{'overhead':>10}", end=""
    )
    print(f"{'lowest, highest':>20}")
    for name, found in took.items():
        clock, core = (statistics.median(pair[i] for pair in found) for i in (0, 1))
        faster = statistics.median(b[0] / f[0] for b, f in zip(base, found, strict=True))
        more = sorted(100 * (f[1] / b[1] - 1) for b, f in zip(base, found, strict=True))
        print(
            f"{name:<36}{clock:>10.2f}{faster:>10.2f}{core:>14.2f}{statistics.median(more):>9.1f}%",
            end="",
        )
        print(f"{more[0]:>10.1f}, {more[-1]:.1f}")


def here(one: scale.Sweep, folder: Path, scheduler: str, workers: int) -> tuple[float, float]:
    """Clock and processor time of a sweep by this machine's own means."""
    return timed(lambda: scale.run_sweep(one, folder, scheduler=scheduler, workers=workers))


def warm_cluster(workers: int, room: Path, clusters: contextlib.ExitStack) -> Any:
    """A client of so many processes of one thread, with everything imported and compiled.

    Dask's own profiler looks at a busy worker a hundred times a second; it is off, as
    docs/how-to/run-at-scale.md says.
    """
    import dask
    from distributed import Client, LocalCluster

    with dask.config.set({"distributed.worker.profile.enabled": False}):
        cluster = clusters.enter_context(
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                silence_logs=50,
            )
        )
    client = clusters.enter_context(Client(cluster, set_as_default=False))
    few = sweep(64 * 2 * workers, worlds_a_shard=64)
    scale.run_sweep(few, room / f"warm{workers}", scheduler=client)
    return client


def on_dask(one: scale.Sweep, folder: Path, client: Any) -> tuple[float, float]:
    """Clock and processor time of a sweep on a warm cluster, workers and scheduler added."""
    before = sum(client.run(time.process_time).values())
    clock, core = timed(lambda: scale.run_sweep(one, folder, scheduler=client))
    return clock, core + sum(client.run(time.process_time).values()) - before


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ema-python", default=os.environ.get("TREGUA_EMA_PYTHON"))
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--shards", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", choices=("short", "parts", "ema", "whole", "pools"))
    asked = parser.parse_args()
    parts = {
        "short": print_short,
        "parts": print_parts,
        "ema": lambda: print_ema(asked.ema_python),
        "whole": lambda: print_whole(asked.worlds),
        "pools": lambda: print_pools(asked.shards, asked.rounds),
    }
    for name, part in parts.items():
        if asked.only in (None, name):
            part()


if __name__ == "__main__":
    main()
