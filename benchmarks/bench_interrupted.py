"""Seconds of processor for an interrupted time series, and its size under serial correlation.

    python benchmarks/bench_interrupted.py                 one fit, placebos, Bayes, the curve
    python benchmarks/bench_interrupted.py --size 200      share of false alarms, 200 series a row

All series are synthetic: 144 or 384 months, a level of 8 deaths a day, errors that follow an AR(1).
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from tregua.assess.designs.interrupted import Interruption, Law, interrupted
from tregua.assess.designs.interrupted_bayes import interrupted_bayes
from tregua.assess.designs.series import count_series
from tregua.assess.designs.specification import interrupted_curve


def series(seed: int, months: int, correlation: float, spread: float = 0.2) -> pd.DataFrame:
    """Monthly counts without any effect."""
    random = np.random.default_rng([seed, 7])
    edges = pd.date_range("2000-01", periods=months + 1, freq="MS")
    error = np.empty(months)
    error[0] = random.normal()
    for month in range(1, months):
        fresh = math.sqrt(1 - correlation**2) * random.normal()
        error[month] = correlation * error[month - 1] + fresh
    days = edges[:-1].days_in_month.to_numpy(dtype=float)
    value = random.poisson(8 * days * np.exp(spread * error))
    return pd.DataFrame({"start": edges[:-1], "end": edges[1:], "value": value})


def seconds(run: Callable[[], object]) -> float:
    begin = time.process_time()
    run()
    return time.process_time() - begin


def times() -> None:
    table = series(1, 384, 0.5)
    cut = [Interruption("2016-01", name="event")]
    asked = {"question": "event", "window": ("2016-01", "2019-12")}
    counts = count_series(table)
    interrupted(counts, cut, **asked, placebos=False)
    for name, run in {
        "one fit, 384 months": lambda: interrupted(counts, cut, **asked, placebos=False),
        "with placebo dates": lambda: interrupted(counts, cut, **asked),
        "by Bayes": lambda: interrupted_bayes(counts, cut, **asked),
        "the curve, 144 fits": lambda: interrupted_curve(table, cut, **asked),
    }.items():
        print(f"{name:24} {seconds(run):8.3f} s")


def sizes(worlds: int) -> None:
    cut = [Interruption("2006-01", name="event")]
    asked = {"question": "event", "window": ("2006-01", "2011-12")}
    print("correlation  lags  classical  Bayes   (false alarms at a nominal 10 %)")
    for correlation in (0.0, 0.5, 0.8):
        tables = [count_series(series(seed, 144, correlation)) for seed in range(worlds)]
        bayes = [interrupted_bayes(c, cut, **asked, law=Law(season="none")) for c in tables]
        for lags in (0, None):
            law = Law(season="none", lags=lags)
            found = [interrupted(c, cut, **asked, law=law, placebos=False) for c in tables]
            rates = [np.mean([e.low > 1 or e.high < 1 for e in group]) for group in (found, bayes)]
            print(f"{correlation:11.1f}  {'own' if lags is None else lags!s:>4}  "
                  f"{rates[0]:9.1%}  {rates[1]:5.1%}")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, metavar="SERIES")
    chosen = parser.parse_args()
    times() if chosen.size is None else sizes(chosen.size)
