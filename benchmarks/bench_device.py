"""Worlds a second on a graphics card beside the processor, under the script of El Salvador.

The source is the same in both. Where there is no card, one line says so. On a card the first run
compiles, which takes minutes, and is timed apart; the two then take turns. Means of both are
printed with their standard error: they draw the same numbers, but round differently.
"""

import statistics
import time

from tregua import model, record, simulate

ROUNDS = 5
WORLDS = 100_000
KEPT = ("recorded", "killed")


def main() -> None:
    """Print the table, or why there is none."""
    problem = simulate.device_problem()
    if problem:
        print(f"no CUDA device: skipped ({problem})")
        return
    past = model.History.of(record.load("el-salvador"))
    draws = model.prior_draws(WORLDS, seed=1)
    given = {"script": past.script, "setting": past.setting, "seed": 1, "every": "year"}
    given |= {"start": past.first_day, "end": "2013-01-01", "variables": KEPT}
    runs = {"processor": simulate.run, "card": simulate.run_on_device}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    means = {}
    for round_ in range(ROUNDS + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            found = run(draws, **given)
            took = time.perf_counter() - start
            if round_ == 0:
                print(f"{name}, first run: {took:.1f} s")
                total = found.kept["recorded"].sum(found.every)
                means[name] = (float(total.mean()), float(total.std()) / WORLDS**0.5)
            else:
                seconds[name].append(took)
    print(f"{'':<12}{'worlds a second':>18}{'recorded in ten years':>26}")
    for name, times in seconds.items():
        mean, error = means[name]
        print(f"{name:<12}{WORLDS / statistics.median(times):>18,.0f}{mean:>18,.1f} ± {error:.1f}")
    pairs = zip(seconds["processor"], seconds["card"], strict=True)
    print(f"ratio: {statistics.median(here / there for here, there in pairs):.1f}")


if __name__ == "__main__":
    main()
