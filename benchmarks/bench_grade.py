"""How long each design takes to answer about one simulated world.

Run `python benchmarks/bench_grade.py`; it prints seconds per answer, the median over some worlds.
"""

from __future__ import annotations

import statistics
import time

from tregua.assess.grade import ASK, GRADED, SCENARIOS, available, worlds_of

WORLDS = 5


def seconds(design: str) -> float:
    """Median seconds of an answer, after one that is not counted."""
    scenario = SCENARIOS["secret_pact"]
    known = worlds_of(scenario, WORLDS + 1, seed=1)
    taken = []
    for world in known:
        begun = time.perf_counter()
        ASK[design](world, scenario)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken[1:])


def main() -> None:
    """Print a line a design."""
    begun = time.perf_counter()
    worlds_of(SCENARIOS["secret_pact"], 40, seed=1)
    print(f"{'40 worlds':20} {time.perf_counter() - begun:8.3f} s")
    for design in GRADED:
        if available(design):
            print(f"{design:20} {seconds(design):8.3f} s an answer")


if __name__ == "__main__":
    main()
