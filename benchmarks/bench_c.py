"""What compiled Python costs beside C written by hand: the core week, one world or many in step.

The yardsticks in `benchmarks/c` play the same weeks by the same random numbers: `scalar.c` one
world at a time, `lanes.c` blocks of worlds in lock-step. Before anything is timed, every variable
of every month and the final states are held against `simulate.run`: the bits must be equal. Scalar
C is also built with the C library's exponential and logarithm (then equal in law only), lane C with
several numbers of lanes and widths of vectors; the fastest build of each that is right is the
yardstick. Without a C compiler nothing is run.

    .venv/bin/python benchmarks/bench_c.py [--worlds 200 1000] [--rounds 9] [--check-only]

Times of one thread are CPU time of that thread, the row of two threads is wall time. Yardsticks and
tregua run in turn, and a ratio is the median of the ratios of neighbours in time. `tregua, kernel`
is the compiled loop alone, over the chunks of worlds that `simulate.run` makes; the rows
`simulate.run` add what a user pays for the call: the calendar, the first states, the labels.
"""

from __future__ import annotations

import argparse
import ctypes
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua import model, record, simulate
from tregua.model.block import LANES, rows_of
from tregua.model.ledger import GangQuantity, Quantity
from tregua.model.observation import view_length
from tregua.model.parameters import Parameter
from tregua.model.script import WEEKS_PER_MONTH, Cal, calendar, month_number
from tregua.model.state import GangSlot, Slot
from tregua.model.strategy import IDLE
from tregua.simulate.ensemble import VARIABLES, layout
from tregua.simulate.kernel import advance
from tregua.simulate.worlds import _aligned, _chunks

SOURCES = Path(__file__).parent / "c"
START, END, SEED = "2003-01-01", "2033-01-01", 1
FEW = ("recorded", "killed", "prisoners", "street")
# No flag here changes a bit: a product and a sum are not fused, and the last two let the compiler
# forget errno and traps, without which no loop with a root or a condition becomes a vector loop.
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math")
WIDE = "-mprefer-vector-width=512"

Job = Callable[[], None]


@dataclass(frozen=True)
class Build:
    """One way to build a yardstick."""

    name: str
    source: str
    flags: tuple[str, ...] = ()
    exact: bool = True


@dataclass(frozen=True)
class Inputs:
    """What tregua and the yardsticks are given."""

    draws: model.Draws
    setting: model.Setting
    script: model.Script
    table: NDArray[np.float64]
    first: pd.Timestamp

    @property
    def world_weeks(self) -> int:
        return len(self.draws) * len(self.table)

    @property
    def first_step(self) -> int:
        return month_number(self.first) * WEEKS_PER_MONTH

    def states(self) -> NDArray[np.float64]:
        return model.initial_state(self.draws, self.setting, self.first).values.copy()


def inputs(worlds: int, script: model.Script | None = None) -> Inputs:
    """El Salvador from 2003 on, under its own script or another."""
    setting, case = model.el_salvador(), record.load("el-salvador").case
    script = script or model.Script.of(case)
    first, last = pd.Timestamp(START), pd.Timestamp(END)
    table = calendar(setting, first, last, script=script, since=None)
    return Inputs(model.prior_draws(worlds, seed=SEED), setting, script, table, first)


def every_stance() -> model.Script:
    """A script that nobody lived, which leads through every branch of a week."""
    stance = model.Stance

    def era(month: str, *given: object, **shares: float) -> model.Era:
        return model.Era(pd.Timestamp(f"{month}-01"), *given, **shares)

    eras = (
        era("2003-01", stance.SECRET_PACT, restraining=0.7),
        era("2005-01", stance.BOTH, pressing=0.5, restraining=0.3),
        era("2007-05", stance.MANO_DURA, 3.0, segregated=0.4),
        era("2008-01", stance.OPEN_PACT, restraining=0.9),
        era("2010-01", stance.REFORM, judicial_filter=0.3),
        era("2012-01", stance.EXCEPTION, 0.5),
        era("2013-07", stance.MANO_DURA),
        era("2014-07", stance.BOTH),
        era("2016-07", stance.STATUS_QUO),
        era("2020-07", stance.SECRET_PACT, pressing=1.0),
        era("2026-07", stance.EXCEPTION),
    )
    return model.Script(eras, "every stance")


# -- the yardsticks ------------------------------------------------------------------------------


def places(gangs: int) -> str:
    """The header that tells C what lies where, from the package's enumerations."""

    def fields(names: Iterable[str], each: str) -> str:
        return "".join(f"    {each.format(name.lower())}\n" for name in names)

    def of(enum: Iterable[Slot | GangSlot | Parameter | Quantity | GangQuantity]) -> str:
        return fields((member.name for member in enum), "FIELD({})")

    week = fields((member.name for member in Cal), "double {};")
    return (
        f"#define GANGS {gangs}\n"
        f"struct week {{\n{week}}};\n"
        f"struct parameters {{\n{of(Parameter)}}};\n"
        f"struct gang {{\n{of(GangSlot)}}};\n"
        f"struct state {{\n{of(Slot)}    struct gang gangs[GANGS];\n}};\n"
        f"struct gang_ledger {{\n{of(GangQuantity)}}};\n"
        f"struct ledger {{\n{of(Quantity)}    struct gang_ledger gangs[GANGS];\n}};\n"
    )


def compiler() -> str | None:
    """A C compiler, if there is one."""
    return shutil.which("gcc") or shutil.which("cc")


def built(cc: str, build: Build, folder: Path) -> ctypes.CDLL:
    """Compile a yardstick and load it."""
    library = folder / f"{build.name.replace(' ', '_').replace(',', '')}.so"
    command = [cc, "-std=c11", *FLAGS, *build.flags, "-shared", "-fPIC", "-Wall", "-Wextra"]
    command += ["-Wno-unused-function", f"-I{folder}", "-o", str(library)]
    subprocess.run([*command, str(SOURCES / build.source), "-lm"], check=True)
    made = ctypes.CDLL(str(library))
    made.advance.restype = ctypes.c_int64
    return made


def pointer(array: NDArray[np.float64] | NDArray[np.int64]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def run_c(
    library: ctypes.CDLL,
    given: Inputs,
    states: NDArray[np.float64],
    columns: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Let a yardstick run all worlds; states and out are written."""
    values, worlds = given.draws.values, given.draws.worlds
    number = ctypes.c_int64
    failed = library.advance(
        pointer(states),
        pointer(values),
        pointer(worlds),
        number(len(worlds)),
        pointer(given.table),
        number(len(given.table)),
        number(given.first_step),
        number(WEEKS_PER_MONTH),
        number(SEED),
        ctypes.c_double(given.setting.rivalry_at_start),
        pointer(columns),
        number(len(columns)),
        number(out.shape[1]),
        pointer(out),
    )
    if failed:
        raise RuntimeError(f"{failed} worlds failed in C.")


# -- tregua ---------------------------------------------------------------------------------------


def run_tregua(given: Inputs, variables: tuple[str, ...], threads: int = 1) -> simulate.Ensemble:
    return simulate.run(
        given.draws,
        script=given.script,
        start=START,
        end=END,
        seed=SEED,
        setting=given.setting,
        variables=variables,
        threads=threads,
    )


def kernel_job(given: Inputs) -> Job:
    """Tregua's compiled loop alone, one thread, over the chunks that `simulate.run` makes."""
    gangs = len(given.setting.gangs)
    columns, _ = layout(FEW, gangs)
    fresh, worlds = given.states(), len(given.draws)
    states, failures = np.empty_like(fresh), np.zeros((worlds, 2), dtype=np.int64)
    out = np.empty((worlds, len(given.table) // WEEKS_PER_MONTH, len(columns)))
    orders = np.zeros((0, 0), dtype=np.int64)
    rows, views = _aligned(rows_of(gangs) * LANES), np.zeros((LANES, view_length(gangs)))

    def job() -> None:
        states[:] = fresh
        for part in _chunks(worlds, 1, LANES):
            advance(
                states[part],
                given.draws.values[part],
                given.draws.worlds[part],
                given.table,
                given.first_step,
                WEEKS_PER_MONTH,
                SEED,
                0,
                given.setting.rivalry_at_start,
                gangs,
                0,
                columns,
                orders,
                IDLE.called,
                IDLE.gangs,
                rows,
                views,
                out[part],
                failures[part],
                LANES,
            )

    return job


# -- equality --------------------------------------------------------------------------------------


def same_bits(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    """Whether two arrays hold the same bits; 0 and -0 count as one number."""
    return bool(np.array_equal((a + 0.0).view(np.int64), (b + 0.0).view(np.int64)))


def verdict(build: Build, library: ctypes.CDLL, given: Inputs, true: simulate.Ensemble) -> str:
    """Hold a yardstick against tregua: all variables of all months, and the final states."""
    columns, where = layout(VARIABLES, len(given.setting.gangs))
    states = given.states()
    out = np.zeros((len(given.draws), len(given.table) // WEEKS_PER_MONTH, len(columns)))
    run_c(library, given, states, columns, out)
    if build.exact:
        wrong = [
            name
            for name, place in where.items()
            if not same_bits(out[:, :, place].reshape(-1), true.monthly[name].values.reshape(-1))
        ]
        if not same_bits(states, true.final.values):
            wrong.append("final states")
        return f"DIFFERS in {', '.join(wrong)}" if wrong else "every bit equal"
    # In law: totals of each world, compared as pairs of the same world.
    worst = 0.0
    for name in FEW:
        mine = out[:, :, where[name].start].mean(axis=1)
        theirs = true.monthly[name].values.mean(axis=1)
        error = np.std(mine - theirs) / np.sqrt(len(mine))
        worst = max(worst, abs(float(np.mean(mine - theirs))) / max(error, 1e-12))
    equal = float(np.mean(out[:, :, where["killed"].start] == true.monthly["killed"].values))
    text = f"equal in law: largest difference of a mean {worst:.1f} standard errors"
    text += f", {100 * equal:.1f} % of months equal"
    return text if worst < 4.0 else f"DIFFERS: {text}"


# -- time ------------------------------------------------------------------------------------------


def c_job(library: ctypes.CDLL, given: Inputs) -> Job:
    columns, _ = layout(FEW, len(given.setting.gangs))
    fresh = given.states()
    states = np.empty_like(fresh)
    out = np.empty((len(given.draws), len(given.table) // WEEKS_PER_MONTH, len(columns)))

    def job() -> None:
        states[:] = fresh
        run_c(library, given, states, columns, out)

    return job


def timed(job: Job, clock: Callable[[], float], world_weeks: int) -> float:
    """Nanoseconds a world-week of one call."""
    start = clock()
    job()
    return (clock() - start) / world_weeks * 1e9


def in_turn(
    jobs: dict[str, tuple[Job, Callable[[], float]]], rounds: int, world_weeks: int
) -> dict[str, list[float]]:
    """Time all jobs one after the other, many times over."""
    for job, _ in jobs.values():
        job()
    found: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(rounds):
        names = list(jobs) if number % 2 == 0 else list(jobs)[::-1]
        for name in names:
            job, clock = jobs[name]
            found[name].append(timed(job, clock, world_weeks))
    return found


def fastest(found: dict[str, list[float]], builds: list[Build], source: str) -> str:
    names = [build.name for build in builds if build.source == source and build.name in found]
    return min(names, key=lambda name: statistics.median(found[name]))


def ratio(found: dict[str, list[float]], one: str, other: str) -> str:
    pairs = [a / b for a, b in zip(found[one], found[other], strict=True)]
    low, high = np.quantile(pairs, [0.25, 0.75])
    return f"{statistics.median(pairs):.2f} ({low:.2f} to {high:.2f})"


def print_table(worlds: int, found: dict[str, list[float]], builds: list[Build]) -> None:
    """One row a way to run, with its ratios to the fastest yardsticks."""
    scalar, lanes = (fastest(found, builds, source) for source in ("scalar.c", "lanes.c"))
    print(f"\n{worlds:,} worlds, 30 years, {len(found[scalar])} rounds; in brackets the quartiles")
    print(f"scalar C is '{scalar}', lane C is '{lanes}'")
    heading = f"{'':<40}{'ns a week':>10}{'us':>8}"
    print(f"{heading}{'time / scalar C':>24}{'time / lane C':>24}")
    for name, values in found.items():
        middle = statistics.median(values)
        line = f"{name:<40}{middle:>10.0f}{middle / 1e3:>8.3f}"
        print(f"{line}{ratio(found, name, scalar):>24}{ratio(found, name, lanes):>24}")


def machine(cc: str) -> str:
    version = subprocess.run([cc, "--version"], capture_output=True, text=True, check=True)
    return f"{version.stdout.splitlines()[0]}; {' '.join(FLAGS)}; {platform.machine()}"


def check(builds: list[Build], libraries: dict[str, ctypes.CDLL], worlds: int) -> bool:
    """Hold all builds against tregua, print what was found; whether any is wrong."""
    wrong = False
    for script in (None, every_stance()):
        given = inputs(worlds, script)
        true = run_tregua(given, VARIABLES)
        print(f"\n{worlds:,} worlds, script '{given.script.name}': all variables, all months")
        for build in builds:
            said = verdict(build, libraries[build.name], given, true)
            wrong |= said.startswith("DIFFERS")
            print(f"{build.name:<40}{said}")
    return wrong


def all_builds() -> list[Build]:
    """The builds that compete; those with another vector width only where the processor has it."""
    builds = [
        Build("scalar C", "scalar.c"),
        Build("scalar C, libm", "scalar.c", ("-DLIBM",), exact=False),
    ]
    # The same with nothing kept from week to week, as tregua does: what the keeping is worth.
    every = ("-DLANES=32", "-DEVERY_WEEK")
    builds.append(Build("lane C, 32 lanes, rates every week", "lanes.c", every))
    for lanes in (16, 32, 64):
        builds.append(Build(f"lane C, {lanes} lanes", "lanes.c", (f"-DLANES={lanes}",)))
        if platform.machine() in ("x86_64", "AMD64"):
            wide = (f"-DLANES={lanes}", WIDE)
            builds.append(Build(f"lane C, {lanes} lanes, 512 bits", "lanes.c", wide))
    return builds


def main() -> int:
    """Check, time and print."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--worlds", type=int, nargs="+", default=[200, 1000])
    words.add_argument(
        "--rounds", type=int, default=9, help="interleaved pairs, at least 7 to report"
    )
    words.add_argument(
        "--check-only", action="store_true", help="hold results together, time nothing"
    )
    asked = words.parse_args()
    cc = compiler()
    if cc is None:
        print("no C compiler: skipped")
        return 0
    print(machine(cc))
    builds = [b for b in all_builds() if (SOURCES / b.source).exists()]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "places.h").write_text(places(len(model.el_salvador().gangs)))
        libraries = {build.name: built(cc, build, Path(folder)) for build in builds}
        if check(builds, libraries, asked.worlds[0]):
            return 1
        for worlds in [] if asked.check_only else asked.worlds:
            given = inputs(worlds)
            jobs: dict[str, tuple[Job, Callable[[], float]]] = {
                name: (c_job(library, given), time.thread_time)
                for name, library in libraries.items()
            }
            jobs["tregua, kernel"] = (kernel_job(given), time.thread_time)
            for threads, clock in ((1, time.thread_time), (2, time.perf_counter)):
                label = "1 thread" if threads == 1 else "2 threads, wall"
                jobs[f"tregua, simulate.run, {label}"] = (
                    lambda threads=threads, given=given: run_tregua(given, FEW, threads),
                    clock,
                )
            print_table(worlds, in_turn(jobs, asked.rounds, given.world_weeks), builds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
