"""Particle filters beside other libraries: `particles`, `pypomp`, and a loop written in an hour.

    python benchmarks/bench_particles.py --particles-python PATH --pypomp-python PATH

or TREGUA_PARTICLES_PYTHON, TREGUA_POMP_PYTHON. What each environment holds is in
`benchmarks/peers/requirements-{particles,pypomp}.txt`; a peer without an interpreter is skipped and
said to be. Every filter resamples at every time, systematically, and gives a log-likelihood for
each parameter draw; its mean over draws and rounds is printed with its standard error, so that a
filter of another law would be seen.

Rows are timed one after the other in rounds; ratios are medians over rounds of pairs. On a shared
machine the ratio of processor time is the steadier one for what runs on one core. What runs on two
is compared by the clock. First calls hold compilation.

`--references FILE` runs the small models with one parameter vector many times in both libraries and
writes the file that `tests/accuracy/test_filter_against_peers.py` reads.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # run as a file, as a module or by a test

from benchmarks.bench_peers import ONE_THREAD, figure, ratio  # noqa: E402
from benchmarks.peers import filtered  # noqa: E402
from benchmarks.peers.filtered import Floats, Task  # noqa: E402
from benchmarks.peers.given import Given, processor_time  # noqa: E402

from tregua import infer, model, simulate  # noqa: E402
from tregua.infer.particles.resampling import systematic, weigh_rows  # noqa: E402
from tregua.model.script import WEEKS_PER_MONTH, Cal, calendar  # noqa: E402

SMALL = {"autoregression": infer.AUTOREGRESSION, "small_gangs": infer.SMALL_GANGS}
POINTS = {
    "autoregression": {"persistence": 0.9, "shock": 0.5, "noise": 0.3},
    "small_gangs": {
        "stay": 0.9,
        "restraining": 0.3,
        "pressing": 0.2,
        "effect": 0.6,
        "usual": 5.0,
        "persistence": 0.9,
        "shock": 0.08,
        "size": 30.0,
    },
}
START = "2003-01-01"
COUNT_SIZE = 20.0
REFERENCE_TIMES, REFERENCE_RUNS, REFERENCE_PARTICLES = 40, 1000, 500


# -- the models ------------------------------------------------------------------------------------


def made_up(name: str, times: int) -> Floats:
    """Synthetic data of a small model at its point, from a fixed seed."""
    p, rng = POINTS[name], np.random.default_rng(20)
    level = rng.normal() * p["shock"] / np.sqrt(1.0 - p["persistence"] ** 2)
    action, seen = 0.0, []
    for _ in range(times):
        if name == "autoregression":
            seen.append(level + p["noise"] * rng.normal())
        else:
            u = rng.random(2)
            if u[0] > p["stay"]:
                action = 2.0 if u[1] > 1.0 - p["pressing"] else float(u[1] < p["restraining"])
            sign = -1.0 if action == 1.0 else 0.5 * action
            mean = np.exp(p["usual"] + level + p["effect"] * sign)
            chance = p["size"] / (p["size"] + mean)
            seen.append(float(rng.negative_binomial(p["size"], chance)))
        level = p["persistence"] * level + p["shock"] * rng.normal()
    return np.array(seen)


def around(name: str, draws: int) -> dict[str, Floats]:
    """Parameter draws near a small model's point: each number within 5 % of it."""
    rng = np.random.default_rng(21)
    return {k: v * rng.uniform(0.95, 1.05, draws) for k, v in POINTS[name].items()}


def session(particles: int, months: int, row: int, seed: int) -> simulate.Session:
    """Worlds of one parameter vector under ordinary policing; a row's luck is its own."""
    same = model.defaults(worlds=particles)
    worlds = np.arange(row * particles, (row + 1) * particles, dtype=np.int64)
    draws = model.Draws(same.values, same.names, same.weights, worlds)
    end = pd.Timestamp(START) + pd.DateOffset(months=months)
    return simulate.Session(draws, start=START, end=end, seed=seed, variables=("recorded",))


def weekly_task(months: int) -> Task:
    """The week's data: recorded killings of one synthetic world."""
    setting = model.el_salvador()
    end = pd.Timestamp(START) + pd.DateOffset(months=months)
    table = calendar(setting, pd.Timestamp(START), end, script=None, since=None)
    one = model.defaults()
    given = Given(
        {place.name: table[:, place].copy() for place in Cal},
        {name: one.column(name).copy() for name in one.names},
        np.array(setting.shares),
        setting.rate_before,
    )
    world = session(1, months, 10**6, 99)
    data = [float(world.advance(WEEKS_PER_MONTH)[0, 0]) for _ in range(months)]
    return Task("weekly_gangs", np.array(data), {"size": np.full(2, COUNT_SIZE)}, given)


# -- our filters -----------------------------------------------------------------------------------


def weekly_row(task: Task, particles: int, seed: int, row: int) -> float:
    """A bootstrap filter over the kernel, one parameter vector."""
    worlds = session(particles, len(task.data), row, seed)
    luck = np.random.default_rng((seed, row)).random((len(task.data), 1))
    total = 0.0
    for month, count in enumerate(task.data):
        recorded = worlds.advance(WEEKS_PER_MONTH)[:, 0]
        log_weights = filtered.count_density(count, recorded + 0.5, COUNT_SIZE)[None, :]
        total += float(weigh_rows(log_weights)[0][0])
        if month < len(task.data) - 1:
            worlds.choose(systematic(log_weights, luck[month])[0])
    return total


def weekly_ours(task: Task, draws: int, particles: int, seed: int, threads: int) -> Floats:
    """Rows are filters of their own; threads take one each."""
    with ThreadPoolExecutor(threads) as pool:
        return np.array(
            list(pool.map(lambda row: weekly_row(task, particles, seed, row), range(draws)))
        )


def small_ours(task: Task, draws: int, particles: int, seed: int, threads: int) -> Floats:
    """`infer.particle_filter`."""
    return infer.particle_filter(
        SMALL[task.name],
        pd.DataFrame({k: v[:draws] for k, v in task.parameters.items()}),
        task.data,
        particles=particles,
        seed=seed,
        resample_below=1.0,
        means=False,
        threads=threads,
    ).log_likelihood


@numba.njit(nogil=True)  # type: ignore[misc]
def naive_row(y: Floats, p: Floats, particles: int, seed: int) -> float:
    """The filter of a first course, compiled: one loop, multinomial resampling."""
    np.random.seed(seed)  # noqa: NPY002
    persistence, shock, noise = p
    x, new, sums = np.empty(particles), np.empty(particles), np.empty(particles)
    logs, total = np.empty(particles), 0.0
    for j in range(particles):
        x[j] = np.random.normal() * shock / np.sqrt(1.0 - persistence**2)  # noqa: NPY002
    for t in range(len(y)):
        if t > 0:
            for j in range(particles):
                x[j] = persistence * x[j] + shock * np.random.normal()  # noqa: NPY002
        for j in range(particles):
            logs[j] = -0.5 * ((y[t] - x[j]) / noise) ** 2 - np.log(noise) - 0.9189385332046727
        top, reached = logs.max(), 0.0
        for j in range(particles):
            reached += np.exp(logs[j] - top)
            sums[j] = reached
        total += top + np.log(reached / particles)
        for j in range(particles):
            place = np.searchsorted(sums, np.random.random() * reached)  # noqa: NPY002
            new[j] = x[min(place, particles - 1)]
        x, new = new, x
    return total


def naive(task: Task, draws: int, particles: int, seed: int, threads: int) -> Floats:  # noqa: ARG001
    """A loop over draws."""
    p = np.column_stack([task.parameters[k] for k in POINTS["autoregression"]])
    return np.array([naive_row(task.data, p[i], particles, 1000 * seed + i) for i in range(draws)])


Ours = Callable[[Task, int, int, int, int], Floats]


# -- rows of the tables ----------------------------------------------------------------------------


@dataclass
class Row:
    """A filter, ours or a peer's, and what was measured of it.

    Attributes
    ----------
    name
        As printed.
    threads
        1 or 2: what it may use.
    """

    name: str
    threads: int
    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    found: list[float] = field(default_factory=list)
    first: float = 0.0

    def run(self, task: str, seed: int, draws: int, particles: int) -> tuple[float, float, Floats]:
        """Seconds by the clock, of processor time, and log-likelihoods."""
        raise NotImplementedError

    def stop(self) -> None:
        """Leave nothing running."""


@dataclass
class Here(Row):
    """A filter in this process."""

    function: Ours = small_ours
    tasks: dict[str, Task] = field(default_factory=dict)

    def run(self, task: str, seed: int, draws: int, particles: int) -> tuple[float, float, Floats]:
        clock, processor = time.perf_counter(), processor_time()
        found = self.function(self.tasks[task], draws, particles, seed, self.threads)
        return time.perf_counter() - clock, processor_time() - processor, found


@dataclass
class Apart(Row):
    """A peer in one process or two; two share the draws between them."""

    module: str = ""
    python: str = ""
    file: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    processes: int = 1
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> None:
        path = f"{Path(self.python).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        cores = sorted(os.sched_getaffinity(0))
        for number in range(self.processes):
            wanted = set(cores[:1]) if self.threads == 1 else set(cores[:2])
            wanted = {cores[number % len(cores)]} if self.processes > 1 else wanted
            name = f"benchmarks.peers.{self.module}"
            pin = f"import os, runpy, sys; os.sched_setaffinity(0, {wanted}); "
            pin += f"sys.path.insert(0, '.'); sys.argv = ['', {self.file!r}]; "
            pin += f"runpy.run_module({name!r}, run_name='__main__')"
            self.running.append(
                subprocess.Popen(
                    [self.python, "-c", pin],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=ROOT,
                    env=os.environ | {"PATH": path, "PYTHONPATH": ""} | self.environment,
                )
            )

    def run(self, task: str, seed: int, draws: int, particles: int) -> tuple[float, float, Floats]:
        if not self.running:
            self.start()
        share = draws // self.processes
        begun = time.perf_counter()
        for number, process in enumerate(self.running):
            assert process.stdin is not None
            request = {"task": task, "seed": 100 * seed + number}
            request |= {"first": number * share, "draws": share}
            process.stdin.write(json.dumps(request | {"particles": particles}) + "\n")
            process.stdin.flush()
        answers: list[dict[str, Any]] = []
        for process in self.running:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"{self.name}: the process ended; its message is above.")
            answers.append(json.loads(line))
        clock = time.perf_counter() - begun
        found = np.concatenate([answer["log_likelihoods"] for answer in answers])
        return clock, sum(answer["processor"] for answer in answers), found

    def stop(self) -> None:
        for process in self.running:
            process.communicate()
        self.running.clear()


def peers(chosen: argparse.Namespace, file: str, task: str) -> list[Apart]:
    """The peers of one model."""
    plain = {"JAX_PLATFORMS": "cpu"} | ({"PEER_WEEK": "1"} if task == "weekly_gangs" else {})
    alone = ONE_THREAD | plain
    alone |= {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
    split = plain | {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    of_particles = {"module": "particles_filter", "python": chosen.particles_python, "file": file}
    of_pomp = {"module": "pypomp_filter", "python": chosen.pypomp_python, "file": file}
    listed = [
        Apart("particles, 1 core", 1, environment=ONE_THREAD, **of_particles),
        Apart("particles, 2 processes", 2, environment=ONE_THREAD, processes=2, **of_particles),
        Apart("pypomp, 1 core", 1, environment=alone, **of_pomp),
        Apart("pypomp, 2 host devices", 2, environment=split, **of_pomp),
    ]
    return [peer for peer in listed if chosen.only in peer.name]


def measure(rows: list[Row], task: str, draws: int, particles: int, rounds: int) -> None:
    """Time all rows in turn; a first call of each is kept apart."""
    try:
        for row in rows:
            row.first = row.run(task, 0, draws, particles)[0]
        for seed in range(1, rounds + 1):
            for row in rows:
                clock, processor, found = row.run(task, seed, draws, particles)
                row.clock.append(clock)
                row.processor.append(processor)
                row.found.extend(found)
    finally:
        for row in rows:
            row.stop()


def print_rows(rows: list[Row], missing: list[str], units: int, unit: str) -> None:
    """One table in Markdown; ratios are to our row of as many threads."""
    own = {row.threads: row for row in reversed(rows) if row.name.startswith("tregua")}
    print(
        f"| Row | {unit}, thousands a second | processor ns each | processor / tregua, 1 thread "
        "| clock / tregua, as many threads | first call, s | mean log-likelihood |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        found = np.array(row.found)
        # Draws of parameters differ from each other; chance is what varies between rounds.
        by_draw = found.reshape(len(row.clock), -1)
        error = np.sqrt(by_draw.var(axis=0, ddof=1).mean() / found.size)
        cells = [
            figure(units / statistics.median(row.clock) / 1e3),
            figure(statistics.median(row.processor) / units * 1e9),
            figure(ratio(row.processor, own[1].processor)),
            figure(ratio(row.clock, own[row.threads].clock)),
            f"{row.first:.1f}",
            f"{found.mean():.3f} ± {error:.3f}",
        ]
        print(f"| {row.name} | " + " | ".join(cells) + " |", flush=True)
    for name in missing:
        print(f"| {name} | not installed: skipped |")


def compare(
    chosen: argparse.Namespace,
    tasks: dict[str, Task],
    file: str,
    task: str,
    draws: int,
    particles: int,
    rounds: int,
) -> None:
    """One model's table."""
    function = weekly_ours if task == "weekly_gangs" else small_ours
    rows: list[Row] = [
        Here("tregua, 1 thread", 1, function=function, tasks=tasks),
        Here("tregua, 2 threads", 2, function=function, tasks=tasks),
    ]
    if task == "autoregression":
        rows.append(Here("a naive compiled filter, 1 thread", 1, function=naive, tasks=tasks))
    others = peers(chosen, file, task)
    rows += [peer for peer in others if peer.python]
    measure(rows, task, draws, particles, rounds)
    times = len(tasks[task].data)
    weeks = WEEKS_PER_MONTH if task == "weekly_gangs" else 1
    print(f"\n{task}: {draws} parameter draws, {particles} particles, {times} times\n")
    missing = [peer.name for peer in others if not peer.python]
    unit = "particle-weeks" if task == "weekly_gangs" else "particle-times"
    print_rows(rows, missing, draws * particles * times * weeks, unit)


# -- growth, memory, bits --------------------------------------------------------------------------


def same_bits(tasks: dict[str, Task]) -> None:
    """Any number of threads, the same bits."""
    seen = {}
    for name, function in (("small_gangs", small_ours), ("weekly_gangs", weekly_ours)):
        bits = {
            hashlib.sha256(function(tasks[name], 2, 200, 1, threads).tobytes()).hexdigest()
            for threads in (1, 2, 3)
        }
        seen[name] = len(bits) == 1
    print(
        "\nThe same bits on 1, 2 and 3 threads: " + ", ".join(f"{k} {v}" for k, v in seen.items())
    )


def growth(tasks: dict[str, Task], rounds: int) -> None:
    """Nanoseconds of processor time over draws and particles."""
    print("\n| Growth, autoregression, 1 thread | ns a particle and time |\n| --- | --- |")
    task = tasks["autoregression"]
    for draws, particles in ((256, 64), (256, 256), (256, 1024), (64, 4096), (4, 65536)):
        spent = []
        for seed in range(rounds):
            processor = processor_time()
            small_ours(task, draws, particles, seed, 1)
            spent.append((processor_time() - processor) / (draws * particles * len(task.data)))
        print(f"| {draws} draws, {particles:,} particles | {figure(min(spent) * 1e9)} |")


def memory(chosen: argparse.Namespace) -> None:
    """Peak memory of fresh processes."""
    print("\n| Memory, autoregression, 2 threads | peak MiB |\n| --- | --- |")
    cases = [(1, 100), (256, 1000), (4096, 1000), (16, 100_000), (2, 1_000_000)]
    for draws, particles in cases[: 3 if chosen.quick else None]:
        asked = [sys.executable, __file__, "--peak", str(draws), str(particles)]
        out = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
        print(f"| {draws:,} draws, {particles:,} particles, 20 times | {float(out):.0f} |")


def print_peak(draws: int, particles: int) -> None:
    """Peak memory of this process after one run, MiB."""
    task = Task("autoregression", made_up("autoregression", 20), around("autoregression", draws))
    small_ours(task, draws, particles, 1, 2)
    # Not ru_maxrss: a child inherits its parent's peak there.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    print(int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024)  # type: ignore[index]


# -- references ------------------------------------------------------------------------------------


def version_of(python: str, package: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run(
        [python, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def write_references(chosen: argparse.Namespace) -> None:
    """Log-likelihoods of both libraries at one parameter vector, many times."""
    runs, particles = REFERENCE_RUNS, REFERENCE_PARTICLES
    tasks = [
        Task(name, made_up(name, REFERENCE_TIMES), {k: np.full(runs, v) for k, v in p.items()})
        for name, p in POINTS.items()
    ]
    out: dict[str, Any] = {
        "command": "python benchmarks/bench_particles.py --references "
        "tests/accuracy/filter_references.json --particles-python PATH --pypomp-python PATH",
        "runs": runs,
        "particles": particles,
        "resampling": "systematic, at every time",
        "synthetic": True,
        "models": {},
    }
    exact = {"JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "1"} | ONE_THREAD
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "tasks.npz")
        filtered.save(file, tasks)
        for task in tasks:
            entry: dict[str, Any] = {
                "parameters": POINTS[task.name],
                "data": task.data.tolist(),
                "peers": {},
            }
            for package, python in (
                ("particles", chosen.particles_python),
                ("pypomp", chosen.pypomp_python),
            ):
                module = f"{package}_filter"
                peer = Apart(package, 1, module=module, python=python, file=file, environment=exact)
                _, _, found = peer.run(task.name, 1, runs, particles)
                peer.stop()
                entry["peers"][package] = {
                    "version": version_of(python, package),
                    "numpy": version_of(python, "numpy"),
                    "mean": found.mean(),
                    "standard_error": found.std(ddof=1) / np.sqrt(runs),
                    "standard_deviation": found.std(ddof=1),
                }
                print(task.name, entry["peers"][package], flush=True)
            out["models"][task.name] = entry
    Path(chosen.references).write_text(json.dumps(out, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name, variable in (("particles", "PARTICLES"), ("pypomp", "POMP")):
        options.add_argument(
            f"--{name}-python",
            metavar="PATH",
            default=os.environ.get(f"TREGUA_{variable}_PYTHON", ""),
            help=f"interpreter with benchmarks/peers/requirements-{name}.txt",
        )
    options.add_argument("--quick", action="store_true", help="fewer particles and rounds")
    options.add_argument("--only", default="", metavar="TEXT", help="peers whose name holds TEXT")
    options.add_argument("--model", default="", metavar="NAME", help="one model only")
    options.add_argument("--references", metavar="FILE", help="write reference log-likelihoods")
    options.add_argument("--peak", nargs=2, type=int, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.peak:
        print_peak(*chosen.peak)
        return
    if chosen.references:
        write_references(chosen)
        return
    rounds = 3 if chosen.quick else 7
    months, particles = (24, 500) if chosen.quick else (60, 1000)
    tasks = {name: Task(name, made_up(name, 100), around(name, 256)) for name in POINTS}
    tasks["weekly_gangs"] = weekly_task(months)
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "tasks.npz")
        filtered.save(file, list(tasks.values()))
        for name in ("weekly_gangs", *POINTS):
            if chosen.model in name:
                few = name == "weekly_gangs"
                draws, many = (2, particles) if few else (256, 256)
                compare(chosen, tasks, file, name, draws, many, rounds)
    if not chosen.model:
        growth(tasks, rounds)
        memory(chosen)
        same_bits(tasks)


if __name__ == "__main__":
    main()
