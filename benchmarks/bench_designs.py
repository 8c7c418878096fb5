"""Break dates and differences in differences: seconds here, and the answers of other libraries.

    python benchmarks/bench_designs.py              print seconds for 120 and 384 months
    python benchmarks/bench_designs.py --references write what the accuracy tests compare with
    python benchmarks/bench_designs.py --coverage   count how often intervals hold planted ratios

The references are made in an environment of their own, which needs nothing of this project: what
it holds is in `benchmarks/peers/requirements-{ruptures,diff-diff}.txt`. A peer that is not
installed is left as it was in the file. Data are synthetic and written beside the answers.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

TARGET = Path(__file__).parents[1] / "tests" / "accuracy" / "design_references.json"

STEPS = (
    ([300, 150, 260], [40, 30, 50], 1),
    ([80, 30], [36, 48], 2),
    ([20, 45, 12, 60], [30, 30, 30, 30], 3),
)


def series() -> list[dict[str, Any]]:
    """Poisson counts around steps that nobody could overlook."""
    made = []
    for levels, lengths, seed in STEPS:
        rng = np.random.default_rng(seed)
        counts = rng.poisson(np.repeat(levels, lengths)).tolist()
        made.append({"counts": counts, "breaks": np.cumsum(lengths)[:-1].tolist()})
    return made


def faint(seed: int = 4) -> list[int]:
    """One step that leaves its month in doubt."""
    rng = np.random.default_rng(seed)
    return [int(count) for count in rng.poisson(np.repeat([20, 13], 16))]


def panel(seed: int = 11) -> list[dict[str, Any]]:
    """Twelve places in 30 months, treated in months 10, 16 or 22 or never; time counts from 1."""
    rng = np.random.default_rng(seed)
    rows = []
    for unit in range(12):
        treated = (10, 16, 22, 0)[unit % 4]
        level = rng.uniform(20, 60)
        for month in range(1, 31):
            mean = level * (1 + 0.01 * month) * (0.7 if treated and month >= treated else 1)
            count = int(rng.poisson(mean))
            rows.append({"unit": unit, "month": month, "count": count, "treated": treated})
    return rows


def of_ruptures(given: list[dict[str, Any]]) -> list[list[int]]:
    """Break places by Pelt on square roots, penalty of a Bayesian information criterion."""
    import ruptures

    found = []
    for entry in given:
        roots = np.sqrt(np.array(entry["counts"], dtype=float) + 0.375)
        penalty = 3 * 0.25 * np.log(roots.size)  # variance of a root of a Poisson count is 1/4
        model = ruptures.Pelt(model="l2", min_size=2, jump=1).fit(roots)
        found.append([int(place) for place in model.predict(pen=penalty)[:-1]])
    return found


def of_bayesloop(counts: list[int]) -> list[float]:
    """Probability of the place of one break, Poisson counts, levels log-uniform."""
    import bayesloop as bl

    study = bl.ChangepointStudy()
    study.load_data(np.array(counts))
    top = 2.0 * max(counts)
    rate = bl.cint(0.1, top, 4000)
    study.set(bl.om.Poisson("rate", rate, prior=lambda x: 1.0 / x))
    study.set(bl.tm.ChangePoint("change", "all"))
    study.fit()
    places, chances = study.get_hyper_parameter_distribution("change")
    result = np.zeros(len(counts) + 1)
    for place, chance in zip(places, chances, strict=True):
        result[int(place) + 1] = chance  # the new level holds from the next month on
    return [float(value) for value in result]


def of_diff_diff(rows: list[dict[str, Any]]) -> dict[str, list[list[float]]]:
    """Contrasts of cohort and month, never and not yet treated as comparison."""
    import pandas as pd
    from diff_diff import CallawaySantAnna

    table = pd.DataFrame(rows)
    found = {}
    for name, group in (("never", "never_treated"), ("not_yet", "not_yet_treated")):
        model = CallawaySantAnna(control_group=group, base_period="universal")
        result = model.fit(table, outcome="count", unit="unit", time="month", first_treat="treated")
        found[name] = [
            [int(cohort), int(month), float(cell["effect"])]
            for (cohort, month), cell in result.group_time_effects.items()
        ]
    return found


def of_sun_abraham(rows: list[dict[str, Any]]) -> list[list[float]]:
    """Effects by months since treatment: one saturated regression, never treated as comparison."""
    import pandas as pd
    from diff_diff import SunAbraham

    model = SunAbraham(control_group="never_treated")
    result = model.fit(
        pd.DataFrame(rows), outcome="count", unit="unit", time="month", first_treat="treated"
    )
    return [[int(k), float(cell["effect"])] for k, cell in result.event_study_effects.items()]


def write_references() -> None:
    """Ask every library that is installed and write its answers."""
    known = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}
    known["command"] = "python benchmarks/bench_designs.py --references"
    known["series"], known["panel"] = series(), panel()
    short = known["short"] = faint()
    peers: dict[str, tuple[str, Callable[[], Any]]] = {
        "ruptures": ("ruptures", lambda: of_ruptures(known["series"])),
        "bayesloop": ("bayesloop", lambda: of_bayesloop(short)),
        "diff_diff": ("diff_diff", lambda: of_diff_diff(known["panel"])),
        "sun_abraham": ("diff_diff", lambda: of_sun_abraham(known["panel"])),
    }
    for name, (library, ask) in peers.items():
        if find_spec(library) is None:
            print(f"{name}: not installed, left as it was")
            continue
        known[name] = ask()
        print(f"{name}: written")
    TARGET.write_text(json.dumps(known) + "\n", encoding="utf-8")


def seconds(function: Callable[[], Any], rounds: int = 5) -> tuple[float, float]:
    """Shortest wall and processor time of some rounds, after one that may compile."""
    function()
    walls, processors = [], []
    for _ in range(rounds):
        wall, processor = time.perf_counter(), time.process_time()
        function()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return min(walls), min(processors)


def coverage(series: int = 80) -> None:
    """Print in how many synthetic series the interval at the true date holds the planted ratio."""
    import pandas as pd

    from tregua.assess.designs.breaks import break_dates

    months = pd.date_range("2000-01", periods=72, freq="MS")
    for before, after in ((60, 42), (12, 6), (300, 240), (60, 60)):
        held = 0
        for seed in range(series):
            rng = np.random.default_rng(seed)
            at = int(rng.integers(24, 48))
            mean = np.where(np.arange(72) < at, before, after)
            counts = rng.negative_binomial(40, 40 / (40 + mean))
            found = break_dates(pd.DataFrame({"date": months, "count": counts}), lengths=(36.0,))
            estimate = found.estimate_at(f"{months[at]:%Y-%m}")
            held += estimate.low <= after / before <= estimate.high
        print(f"{before:4d} to {after:3d} deaths a month: held in {held} of {series}")


def main() -> None:
    """Write references, count coverage, or print seconds."""
    if "--references" in sys.argv:
        write_references()
        return
    if "--coverage" in sys.argv:
        coverage()
        return
    import pandas as pd

    from tregua import infer
    from tregua.assess.designs.breaks import break_dates
    from tregua.assess.designs.differences import differences
    from tregua.infer.counts.segments import monthly_counts

    print(f"{'synthetic data':44}{'wall s':>10}{'processor s':>14}")
    for months in (120, 384):
        rng = np.random.default_rng(months)
        levels = np.repeat([300, 150, 400, 60], months // 4)
        table = pd.DataFrame(
            {
                "date": pd.date_range("1994-01", periods=months, freq="MS"),
                "count": rng.poisson(levels),
            }
        )
        monthly = monthly_counts(table)
        rows: dict[str, Callable[[], Any]] = {
            "reading a table": lambda t=table: monthly_counts(t),
            "posterior of number and places": lambda t=monthly: infer.segments(t),
            "break dates, one length": lambda t=table: break_dates(t, lengths=(36.0,)),
            "break dates, three lengths": lambda t=table: break_dates(t),
        }
        for name, function in rows.items():
            wall, processor = seconds(function)
            print(f"{f'{months} months: {name}':44}{wall:10.3f}{processor:14.3f}")
    start = pd.Timestamp("2010-01-01")
    frame = pd.DataFrame(panel())
    frame["treated_from"] = [
        start + pd.DateOffset(months=int(t) - 1) if t else pd.NaT for t in frame["treated"]
    ]
    frame["month"] = [start + pd.DateOffset(months=int(m) - 1) for m in frame["month"]]
    wall, processor = seconds(lambda: differences(frame, base=6, window=6), 3)
    print(f"{'differences, 12 places, 30 months':44}{wall:10.3f}{processor:14.3f}")


if __name__ == "__main__":
    main()
