"""How fast is the detector, and how much does compilation buy?

Prints one table. Ratios compare two runs on the same machine within one process; seconds depend on
the machine. Run: python benchmarks/bench_detect.py [--quick]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from tregua import infer, record
from tregua.infer.counts.evidence import evidence, plan
from tregua.infer.counts.generate import generate
from tregua.infer.counts.lattice import chain
from tregua.infer.counts.recursion import backward, forward
from tregua.infer.counts.reference import dense_smoother


def best(function: Callable[[], Any], repeats: int) -> float:
    """Shortest of several wall times, seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def compare_with_numpy() -> list[tuple[str, float, float]]:
    """One pair of hyper-parameters, compiled and as dense NumPy matrices."""
    settings = infer.Settings(cells=24)
    rows = []
    for name, blocks in (("60 months", False), ("48 months and a year's total", True)):
        table = generate(60, seed=1, level=80).table
        intervals = pd.DataFrame(
            {
                "start": table["date"],
                "end": table["date"] + pd.offsets.MonthBegin(1),
                "value": table["count"],
            }
        )
        if blocks:
            year = intervals.iloc[[24]].assign(
                end=intervals["end"].iloc[35], value=intervals["value"].iloc[24:36].sum()
            )
            intervals = pd.concat([intervals.iloc[:24], year, intervals.iloc[36:]])
        tiles = infer.partition(intervals.assign(agency="a", source="s", status="final"))
        the = plan(tiles.frame, tiles.first, tiles.last, settings)
        known, _ = evidence(the, 80.0)
        one = chain(settings, 0.05)

        def compiled() -> Any:
            return backward(one, known, forward(one, known))  # noqa: B023

        compiled()
        slow = best(lambda: dense_smoother(one, known), 1)  # noqa: B023
        rows.append((name, slow, best(compiled, 5)))
    return rows


def main() -> None:
    """Print the table."""
    quick = "--quick" in sys.argv
    print(f"{'one pair of hyper-parameters':42}{'NumPy s':>10}{'compiled s':>12}{'ratio':>8}")
    for name, slow, fast in compare_with_numpy():
        print(f"{name:42}{slow:10.2f}{fast:12.4f}{slow / fast:8.0f}")
    print(f"\n{'whole detection (12 pairs, 3 prior odds)':42}{'1 thread':>10}{'2 threads':>12}")
    rng = np.random.default_rng(0)
    for months in (120, 384):
        table = generate(months, seed=3, level=float(rng.integers(100, 200))).table
        infer.detect(table)
        times = [best(lambda n=n: infer.detect(table, threads=n), 2) for n in (1, 2)]  # noqa: B023
        print(f"{f'{months} monthly counts (synthetic)':42}{times[0]:10.2f}{times[1]:12.2f}")
    tiles = infer.tiles(record.load("el-salvador"))
    spans = [("2016-01", "El Salvador 2016-2025")]
    if not quick:
        spans.append(("1994-01", "El Salvador 1994-2025, annual totals to 2005"))
    for first, name in spans:
        times = [
            best(lambda n=n: infer.detect(tiles, first=first, last="2025-12", threads=n), 1)  # noqa: B023
            for n in (1, 2)
        ]
        print(f"{name:42}{times[0]:10.2f}{times[1]:12.2f}")


if __name__ == "__main__":
    main()
