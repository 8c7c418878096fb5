"""The scripted week written for other libraries, beside tregua: NumPy, JAX, Mesa, GillesPy2.

Each peer is the same law in the words of its library (`benchmarks/peers`) and runs in a process of
its own, with the interpreter named by an option or an environment variable:

    python benchmarks/bench_peers.py --jax-python PATH --mesa-python PATH --gillespy-python PATH

or TREGUA_JAX_PYTHON, TREGUA_MESA_PYTHON, TREGUA_GILLESPY_PYTHON. What each environment holds is in
`benchmarks/peers/requirements-*.txt`; a peer without an interpreter is skipped and said to be. All
run the script of El Salvador from 2003 to 2025, the same calendar and the same draws of the prior.

Times are microseconds a week of one world; ratios are medians over rounds of pairs timed one after
the other. On a machine that is shared, ratios of processor time are the steadier ones for what runs
on one core; what runs on two is compared by the clock. First calls hold compilation.

`z` says whether a peer is the same law: each world's difference to tregua's world with the same
parameters, averaged over worlds, in standard errors; the largest over the four variables, in every
month and in the mean of all months. All means being equal, it exceeds 4.5 in fewer than 1 run of
100. GillesPy2 knows neither script nor calendar; its demographic core is compared with the NumPy
peer's in ordinary weeks, and the largest relative difference of a year's mean is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # run as a file, as a module or by a test

from benchmarks.peers import numpy_worlds  # noqa: E402
from benchmarks.peers.given import VARIABLES, Given, Monthly, processor_time  # noqa: E402

from tregua import model, record, simulate  # noqa: E402
from tregua.model.script import Cal, calendar  # noqa: E402

START, END = "2003-01-01", "2025-01-01"
ALARM = 4.5
"""1,060 normal numbers, however they depend on each other, exceed it in fewer than 1 run of 100."""

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def script() -> model.Script:
    """The script of El Salvador."""
    return model.Script.of(record.load("el-salvador").case)


def given_of(worlds: int, start: str = START, end: str = END) -> Given:
    """The game as arrays, from tregua's public functions."""
    setting = model.el_salvador()
    table = calendar(setting, pd.Timestamp(start), pd.Timestamp(end), script=script(), since=None)
    draws = model.prior_draws(worlds, seed=1)
    return Given(
        {place.name: table[:, place].copy() for place in Cal},
        {name: draws.column(name).copy() for name in draws.names},
        np.array(setting.shares),
        setting.rate_before,
    )


def tregua_worlds(
    worlds: int, seed: int, threads: int = 1, start: str = START, end: str = END
) -> Monthly:
    """The same worlds by tregua: variable -> float64[worlds, months]."""
    ensemble = simulate.run(
        model.prior_draws(worlds, seed=1),
        script=script(),
        start=start,
        end=end,
        seed=seed,
        threads=threads,
        variables=VARIABLES,
    )
    return {name: ensemble.monthly[name].values for name in VARIABLES}


def agreement(first: Monthly, second: Monthly) -> tuple[float, str]:
    """Largest z of the mean difference of worlds over variables and months, and where it is.

    The mean of all months is compared like a month: what is rare shows there.

    Both hold the same parameters row by row; noise is independent. With n worlds a difference has
    Student's law of n - 1 degrees; the normal number of the same tail is returned.
    """
    largest, where = 0.0, ""
    for name in VARIABLES:
        by_month = first[name] - second[name]
        difference = np.column_stack([by_month, by_month.mean(axis=1)])
        error = difference.std(axis=0, ddof=1) / np.sqrt(len(difference))
        z = np.divide(difference.mean(axis=0), error, out=np.zeros_like(error), where=error > 0)
        normal = stats.norm.isf(stats.t.sf(np.abs(z), len(difference) - 1))
        month = int(normal.argmax())
        if normal[month] > largest:
            when = f"month {month}" if month < by_month.shape[1] else "mean of all months"
            largest, where = float(normal[month]), f"{name}, {when}"
    return largest, where


def core_difference(theirs: Monthly, core: Given) -> float:
    """Largest relative difference of yearly means to the NumPy peer in ordinary weeks."""
    ours = numpy_worlds.prepare(core, core.worlds)(1)
    largest = 0.0
    for name, values in theirs.items():
        mine, other = (v.mean(axis=0).reshape(-1, 12).mean(axis=1) for v in (ours[name], values))
        largest = max(largest, float(np.abs(other / mine - 1.0).max()))
    return largest


@dataclass
class Timed:
    """Rounds of one row: seconds a world-week by the clock and of processor time."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def add(self, clock: float, processor: float, units: int) -> None:
        """Add a round of so many world-weeks."""
        self.clock.append(clock / units)
        self.processor.append(processor / units)

    def cells(self, own: dict[int, Timed]) -> list[str]:
        """Medians in microseconds, and ratios to tregua."""
        medians = [statistics.median(times) * 1e6 for times in (self.clock, self.processor)]
        ratios = [
            ratio(self.processor, own[1].processor),
            ratio(self.clock, own[1].clock),
            ratio(self.clock, own[2].clock),
        ]
        return [figure(value) for value in medians + ratios]


@dataclass
class Peer:
    """A process that answers requests, and what it answered.

    Attributes
    ----------
    name
        As printed.
    module
        Module of `benchmarks.peers`.
    python
        Interpreter; empty: not installed.
    worlds
        Worlds of a timed run.
    note
        What differs from the law, if anything.
    checked
        Worlds of the comparison of means; 0 for none.
    core
        Whether it plays ordinary weeks only.
    """

    name: str
    module: str
    python: str
    worlds: int
    environment: dict[str, str] = field(default_factory=dict)
    cores: frozenset[int] | None = None
    note: str = ""
    checked: int = 0
    core: bool = False
    process: subprocess.Popen[str] | None = None
    first: float = 0.0
    timed: Timed = field(default_factory=Timed)
    z: str = ""

    def start(self, given: str) -> None:
        """Start the process; its library is imported on the way."""
        command = [self.python, "-m", f"benchmarks.peers.{self.module}", given]
        if self.cores is not None:
            # Before the library starts its threads: some size their pool by the affinity.
            pin = f"import os, runpy, sys; os.sched_setaffinity(0, {set(self.cores)}); "
            pin += f"sys.argv = ['', {given!r}]; "
            pin += f"runpy.run_module('benchmarks.peers.{self.module}', run_name='__main__')"
            command = [self.python, "-c", pin]
        # A library may call programs of its own environment.
        path = {"PATH": f"{Path(self.python).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | path | self.environment,
        )

    def ask(self, seed: int, worlds: int, keep: str | None = None) -> dict[str, Any]:
        """One run; returns what the process says of it."""
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"seed": seed, "worlds": worlds, "keep": keep}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name}: the process ended; its message is above.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.communicate()


def peers(chosen: argparse.Namespace) -> list[Peer]:
    """All peers, in the order of the table."""
    core = frozenset(sorted(os.sched_getaffinity(0))[:1])
    many, few = (100, 0) if chosen.quick else (400, 40)
    plain = {"JAX_PLATFORMS": "cpu"}
    alone = ONE_THREAD | plain
    alone |= {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
    split = plain | {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "PEER_DEVICES": "2"}
    library = alone | {"PEER_SAMPLERS": "library"}
    large, small = (ONE_THREAD | {"PEER_CLIQUE": size} for size in ("1000", "50"))
    jax, mesa, gillespy = chosen.jax_python, chosen.mesa_python, chosen.gillespy_python
    here = sys.executable
    listed = [
        Peer("NumPy, 1 core", "numpy_worlds", here, many, ONE_THREAD, core, checked=many),
        Peer("JAX, 1 core", "jax_worlds", jax, many, alone, core, checked=many),
        Peer("JAX, threads as they come", "jax_worlds", jax, many, plain),
        Peer("JAX, 2 host devices", "jax_worlds", jax, many, split, checked=many),
        Peer("JAX, jax.random, 1 core", "jax_worlds", jax, many, library, core, checked=many),
        Peer("Mesa, cliques of 1,000", "mesa_worlds", mesa, 1, large, core, checked=few),
        Peer("Mesa, cliques of 50", "mesa_worlds", mesa, 1, small, core),
        Peer("GillesPy2, 1 core", "gillespy_worlds", gillespy, 20, ONE_THREAD, core, "core only"),
    ]
    listed[-1].core, listed[-1].checked = True, 100
    return [peer for peer in listed if chosen.only in peer.name]


def check(peer: Peer, path: Path, here: Monthly, core: Given) -> None:
    """Compare a peer's means with tregua's; print and keep the result."""
    kept = path / "kept.npz"
    peer.ask(7, peer.checked, str(kept))
    with np.load(kept) as file:
        theirs = {name: file[name] for name in file.files}
    if peer.core:
        difference = core_difference(theirs, core)
        peer.note += f", means within {100.0 * difference:.1f} %"
        print(f"{peer.name}: {peer.checked} worlds, largest difference {100 * difference:.2f} %")
        return
    z, where = agreement(theirs, {name: here[name][: peer.checked] for name in VARIABLES})
    peer.z = f"{z:.1f}"
    print(f"{peer.name}: {peer.checked} worlds, largest z {z:.2f} ({where})", flush=True)


def measure(listed: list[Peer], rounds: int, many: int) -> dict[int, Timed]:
    """Time all peers and tregua in turn, seconds a world-week; tregua's by number of threads."""
    own = {1: Timed(), 2: Timed()}
    running = [peer for peer in listed if peer.python]
    given = given_of(many)
    core = given.ordinary(200)
    here = tregua_worlds(many, 5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        given.save(str(path / "given.npz"))
        core.save(str(path / "core.npz"))
        try:
            for peer in running:
                peer.start(str(path / ("core.npz" if peer.core else "given.npz")))
                peer.first = float(peer.ask(0, peer.worlds)["seconds"])
                if peer.checked:
                    check(peer, path, here, core)
            for seed in range(1, rounds + 1):
                time_round(seed, running, own, many, given.weeks)
        finally:
            for peer in running:
                peer.stop()
    return own


def time_round(
    seed: int, running: list[Peer], own: dict[int, Timed], worlds: int, weeks: int
) -> None:
    """Time tregua and every peer once."""
    for threads, timed in own.items():
        clock, processor = time.perf_counter(), processor_time()
        tregua_worlds(worlds, seed, threads)
        timed.add(time.perf_counter() - clock, processor_time() - processor, worlds * weeks)
    for peer in running:
        answer = peer.ask(seed, peer.worlds)
        units = answer["worlds"] * answer["weeks"]
        peer.timed.add(answer["seconds"], answer["processor"], units)


def ratio(first: list[float], second: list[float]) -> float:
    """Median of the ratios of pairs timed one after the other."""
    return statistics.median(a / b for a, b in zip(first, second, strict=True))


def figure(value: float) -> str:
    """Three digits, or all digits of a large number."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def main() -> None:
    """Print one table."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name in ("jax", "mesa", "gillespy"):
        options.add_argument(
            f"--{name}-python",
            metavar="PATH",
            default=os.environ.get(f"TREGUA_{name.upper()}_PYTHON", ""),
            help=f"interpreter with benchmarks/peers/requirements-{name}.txt",
        )
    options.add_argument("--quick", action="store_true", help="fewer worlds and rounds")
    options.add_argument("--only", default="", metavar="TEXT", help="peers whose name holds TEXT")
    chosen = options.parse_args()
    rounds, many = (2, 100) if chosen.quick else (5, 400)
    listed = peers(chosen)
    begun = time.perf_counter()
    tregua_worlds(2, 1)
    first = time.perf_counter() - begun
    own = measure(listed, rounds, many)
    print_table(listed, own, first)


def print_table(listed: list[Peer], own: dict[int, Timed], first: float) -> None:
    """Print tregua's rows, then the peers'."""
    over = ("us a week", "processor", "processor", "clock", "clock", "first", "largest")
    under = ("by the clock", "us a week", "/ 1 thread", "/ 1 thread", "/ 2 threads", "call s", "z")
    for titles in (over, under):
        print(f"{'':<28}" + "".join(f"{title:>13}" for title in titles))
    for threads, timed in own.items():
        cells = [*timed.cells(own), f"{first:.1f}" if threads == 1 else ""]
        name = "tregua, 1 thread" if threads == 1 else f"tregua, {threads} threads"
        print(f"{name:<28}" + "".join(f"{cell:>13}" for cell in cells))
    for peer in listed:
        if not peer.python:
            print(f"{peer.name:<28}{'not installed: skipped':>26}")
            continue
        cells = [*peer.timed.cells(own), f"{peer.first:.1f}", peer.z or "-"]
        print(f"{peer.name:<28}" + "".join(f"{cell:>13}" for cell in cells) + f"  {peer.note}")


if __name__ == "__main__":
    main()
