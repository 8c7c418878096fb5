"""What a simulated week costs: compiled beside plain Python, one thread beside two, by reading.

The same source runs in all columns. Plain Python is the kernel with compilation switched off, in a
process of its own, timed on few weeks; everything else is timed in this process, in turn, and the
median of the pairs is printed. Microseconds belong to the machine; ratios do not.
"""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from tregua import decide, model, record, simulate

ROUNDS = 5
WEEKS = 48

PLAIN = """
import time
from benchmarks.bench_kernel import simulated
simulated(1, 1, "stochastic")
start = time.perf_counter()
simulated(2, 1, "stochastic")
print((time.perf_counter() - start) / (2 * 48))
"""


def simulated(worlds: int, years: int, reading: str, threads: int = 1) -> None:
    """Run some worlds of El Salvador under its script from 2003 on."""
    simulate.run(
        model.prior_draws(worlds, seed=1),
        script=model.Script.of(record.load("el-salvador").case),
        start="2003-01-01",
        end=f"{2003 + years}-01-01",
        seed=1,
        reading=reading,
        threads=threads,
    )


def seconds(worlds: int, years: int, reading: str, threads: int = 1) -> float:
    """Wall time per world and week, without the cost of asking for a run at all."""
    start = time.perf_counter()
    simulated(1, years, reading)
    fixed = time.perf_counter() - start
    start = time.perf_counter()
    simulated(worlds, years, reading, threads)
    return max(1e-12, time.perf_counter() - start - fixed) / (worlds * years * WEEKS)


def plain() -> float:
    """Wall time per world and week of the same source, not compiled."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    result = subprocess.run(
        [sys.executable, "-c", PLAIN], env=environment, capture_output=True, text=True, check=True
    )
    return float(result.stdout)


def row(name: str, first: list[float], second: list[float] | None = None) -> None:
    """Print the median, and the median ratio of pairs timed one after the other."""
    ratio = ""
    if second is not None:
        ratio = f"{statistics.median(b / a for a, b in zip(first, second, strict=True)):>10.2f}"
    print(f"{name:<46}{statistics.median(first) * 1e6:>12.2f}{ratio}")


def main() -> None:
    """Print one table."""
    begun = time.perf_counter()
    cold = simulate.needs_compilation()
    simulated(2, 1, "stochastic")
    first = time.perf_counter() - begun
    print(f"first run: {first:.1f} s ({'compiling' if cold else 'machine code kept'})")
    print(f"{'':<46}{'us a week':>12}{'ratio':>10}")

    one, two, mean = [], [], []
    for _ in range(ROUNDS):
        one.append(seconds(400, 22, "stochastic", 1))
        two.append(seconds(400, 22, "stochastic", 2))
        mean.append(seconds(400, 22, "mean", 1))
    row("stochastic, 1 thread", one)
    row("stochastic, 2 threads (ratio: speed-up)", two, one)
    row("mean reading, 1 thread (ratio: speed-up)", mean, one)
    slow = plain()
    faster = slow / statistics.median(one)
    print(
        f"{'plain Python, 1 thread (ratio: compiled faster)':<46}{slow * 1e6:>12.0f}{faster:>10.0f}"
    )

    print_growth()
    print_waits()


def place(gangs: int) -> model.Setting:
    """El Salvador with another number of gangs of equal size."""
    names = tuple(f"gang{number}" for number in range(gangs))
    return replace(model.el_salvador(), gangs=names, shares=(1.0 / gangs,) * gangs)


def timed(worlds: int, years: int, setting: model.Setting | None = None) -> float:
    """Seconds of one run on all processors that keeps one variable by the year."""
    draws = model.defaults(worlds=worlds)
    start = time.perf_counter()
    simulate.run(
        draws,
        script=model.Script.of(record.load("el-salvador").case),
        start="2003-01-01",
        end=f"{2003 + years}-01-01",
        seed=1,
        setting=setting,
        variables=("recorded",),
        every="year",
    )
    return time.perf_counter() - start


def grown(name: str, worlds: int, years: int, took: float) -> None:
    """Print what a world-week costs in one run."""
    print(f"{name:<46}{took / worlds / years / WEEKS * 1e6:>12.2f}{took:>10.2f}")


def print_growth() -> None:
    """Cost by worlds, years and gangs, all processors, a year's totals kept."""
    print(f"\n{'growth':<46}{'us a week':>12}{'seconds':>10}")
    for worlds in (100, 1_000, 10_000, 100_000, 1_000_000):
        grown(f"{worlds:,} worlds, 1 year", worlds, 1, timed(worlds, 1))
    for years in (5, 20, 80):
        grown(f"{years} years, 1,000 worlds", 1_000, years, timed(1_000, years))
    for gangs in (1, 2, 3, 6, 12):
        grown(f"{gangs} gangs, 1,000 worlds, 10 years", 1_000, 10, timed(1_000, 10, place(gangs)))


def print_waits() -> None:
    """What a person waits for: a redrawn fan, and the first result of a shell."""
    strategy = model.Profile(decide.STRATEGIES["secret_pact"])
    draws = model.prior_draws(200, seed=1)
    waits = []
    for _ in range(9):
        start = time.perf_counter()
        simulate.run(draws, profile=strategy, start="2010-01-01", end="2025-01-01", seed=1)
        waits.append(time.perf_counter() - start)
    wait = statistics.median(waits) * 1e3
    print(f"\n200 worlds x 15 years under a strategy, warm: {wait:.0f} ms")
    shells = []
    command = [str(Path(sys.executable).with_name("tregua")), "simulate", "--worlds", "200"]
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        shells.append(time.perf_counter() - start)
    print(f"tregua simulate --worlds 200 from a cold shell: {statistics.median(shells):.2f} s")


if __name__ == "__main__":
    main()
