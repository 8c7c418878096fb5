"""Very many worlds: short experiments, the same beside EMA Workbench, a whole sweep, schedulers.

    python benchmarks/bench_scale.py --ema-python PATH [--worlds N] [--only short|ema|whole|pools]

or TREGUA_EMA_PYTHON; what that environment holds is in `benchmarks/peers/requirements-ema.txt`, and
without one its rows are skipped. Rates are given by the clock and by processor time (one core at
work); on a machine that is shared only the second says what the code costs, and ratios within a
round may be read.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tregua import decide, model, record, scale, simulate  # noqa: E402

ROUNDS = 5
SHORT = 20_000
LEDGER = scale.SWEEP_VARIABLES


def processor() -> float:
    """Processor seconds of this process and its finished children."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of processor time."""
    clock, worked = time.perf_counter(), processor()
    work()
    return time.perf_counter() - clock, processor() - worked


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
    print(f"\n{'1 year, monthly, 10 variables':<40}{'a second, clock':>18}{'a core-second':>16}")
    for (reading, threads), seconds in took.items():
        clock = statistics.median(SHORT / s[0] for s in seconds)
        core = statistics.median(SHORT / s[1] for s in seconds)
        name = f"{reading}, {threads} thread{'s' if threads > 1 else ''}"
        print(f"{name:<40}{clock:>18,.0f}{core:>16,.0f}")
    drawn = statistics.median(timed(lambda: model.prior_draws(SHORT, seed=1))[1] for _ in range(3))
    print(f"{'drawing their parameters':<40}{'':>18}{SHORT / drawn:>16,.0f}")


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
        clock, core = timed(lambda: done.append(scale.run_sweep(one, Path(room) / "sweep")))
        disk = done[0].archive.size()
        files = sum(1 for file in (Path(room) / "sweep").rglob("*") if file.is_file())
        checked, _ = timed(done[0].archive.verify)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f"\n{worlds:,} worlds x {one.years} years x {len(one.strategies)} strategies, {cores} cores"
    )
    print(f"{'':<28}{'estimated':>14}{'measured':>14}{'ratio':>8}")
    for name, wanted, found in (
        ("processor seconds", told.core_hours * 3600, core),
        ("seconds by the clock", told.hours * 3600, clock),
        ("peak memory, MB", told.memory / 1e6, peak / 1e6),
        ("disk, MB", told.disk / 1e6, disk / 1e6),
        ("files", told.files, files),
    ):
        print(f"{name:<28}{wanted:>14,.1f}{found:>14,.1f}{wanted / found:>8.2f}")
    print(f"all hashes computed anew: {checked:.2f} s")
    for many in (10**5, 10**6, 10**9):
        more = fitted.of(sweep(many), cores=cores)
        print(
            f"{many:,} worlds, extrapolated: {more.core_hours:,.2f} core-hours, "
            f"{more.memory / 1e9:,.2f} GB of memory, {more.disk / 1e9:,.2f} GB in "
            f"{more.files:,} files"
        )


# -- Threads, processes, a cluster ---------------------------------------------------------------


def print_pools(shards: int) -> None:
    """The same shards of about a second by every scheduler: clock and processor time."""
    one = sweep(shards * 256, worlds_a_shard=256)
    rows: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory() as room:
        simple = [("serial", 1), ("threads", 2), ("processes", 1), ("processes", 2)]
        for scheduler, workers in simple:
            folder = Path(room) / f"{scheduler}{workers}"
            rows[f"{scheduler}, {workers}"] = timed(
                lambda f=folder, s=scheduler, w=workers: scale.run_sweep(  # type: ignore[misc]
                    one, f, scheduler=s, workers=w
                )
            )
        for workers in (1, 2):
            rows[f"Dask, {workers} process(es)"] = on_dask(
                one, Path(room) / f"dask{workers}", workers
            )
    base = rows["serial, 1"]
    print(f"\n{f'{shards} shards, {base[1] / shards:.2f} core-s':<30}{'clock, s':>10}", end="")
    print(f"{'speed-up':>10}{'processor, s':>14}{'overhead':>10}")
    for name, (clock, core) in rows.items():
        more = f"{100 * (core / base[1] - 1):>9.1f}%"
        print(f"{name:<30}{clock:>10.2f}{base[0] / clock:>10.2f}{core:>14.2f}{more}")


def on_dask(one: scale.Sweep, folder: Path, workers: int) -> tuple[float, float]:
    """Clock and processor time of a sweep on a warm cluster here, all processes added."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        few = sweep(64 * workers, worlds_a_shard=64)  # imports, machine code
        scale.run_sweep(few, folder.with_name(f"{folder.name}-warm"), scheduler=client)
        before = sum(client.run(time.process_time).values())
        clock, here = timed(lambda: scale.run_sweep(one, folder, scheduler=client))
        return clock, here + sum(client.run(time.process_time).values()) - before


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ema-python", default=os.environ.get("TREGUA_EMA_PYTHON"))
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--shards", type=int, default=12)
    parser.add_argument("--only", choices=("short", "ema", "whole", "pools"))
    asked = parser.parse_args()
    parts = {
        "short": print_short,
        "ema": lambda: print_ema(asked.ema_python),
        "whole": lambda: print_whole(asked.worlds),
        "pools": lambda: print_pools(asked.shards),
    }
    for name, part in parts.items():
        if asked.only in (None, name):
            part()


if __name__ == "__main__":
    main()
