"""Seconds of processor for an interrupted time series, and its size under serial correlation.

    python benchmarks/bench_interrupted.py                 one fit, placebos, Bayes, the curve
    python benchmarks/bench_interrupted.py --size 200      share of false alarms, 200 series a row
    causalpy-env/bin/python benchmarks/bench_interrupted.py --references
                                                           what CausalPy answers, for the tests

The references need the environment of `benchmarks/peers/requirements-causalpy.txt` and not tregua.
CausalPy fits a Gaussian line before the event and carries it on, so it is given log rates; what it
then calls impact is a mean log ratio. It is asked twice: by least squares and by sampling.

All series are synthetic: 144 or 384 months, a level of 8 deaths a day, errors that follow an AR(1).
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TARGET = Path(__file__).parents[1] / "tests" / "accuracy" / "interrupted_references.json"
_FIRST, _EVENT, _MONTHS = "2000-01", "2010-01", 180
_PLANTED = {"a step": (0.6, 0.0), "a step and a slope": (0.8, -0.15), "nothing": (1.0, 0.0)}


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


def planted(seed: int, ratio: float, slope: float) -> list[int]:
    """Monthly counts with a trend and, from the event on, a step and a change of slope a year."""
    random = np.random.default_rng([seed, 17])
    months = pd.date_range(_FIRST, periods=_MONTHS, freq="MS")
    after = np.clip((np.asarray(months.year) - 2010) + (months.month - 1) / 12, 0, None)
    log_rate = np.log(9.0) - 0.0015 * np.arange(_MONTHS) + slope * after
    log_rate = log_rate + np.where(months >= _EVENT, math.log(ratio), 0.0)
    mean = months.days_in_month.to_numpy(dtype=float) * np.exp(log_rate)
    return [int(value) for value in random.negative_binomial(60.0, 60.0 / (60.0 + mean))]


def of_causalpy(counts: list[int]) -> dict[str, Any]:
    """Mean log ratio after the event: least squares, and the posterior with its 90 % interval."""
    import causalpy
    from sklearn.linear_model import LinearRegression

    months = pd.date_range(_FIRST, periods=_MONTHS, freq="MS")
    rates = np.array(counts) / months.days_in_month.to_numpy(dtype=float)
    years = np.arange(_MONTHS) / 12
    table = pd.DataFrame({"log_rate": np.log(rates), "years": years}, index=months)
    event = pd.Timestamp(_EVENT)
    formula = "log_rate ~ 1 + years"
    least = causalpy.InterruptedTimeSeries(
        table, event, formula=formula, model=LinearRegression(fit_intercept=False)
    )
    settings = {"random_seed": 1, "chains": 2, "cores": 1, "progressbar": False}
    sampled = causalpy.InterruptedTimeSeries(
        table,
        event,
        formula=formula,
        model=causalpy.pymc_models.LinearRegression(sample_kwargs=settings),
    )
    draws = np.asarray(sampled.post_impact.mean("obs_ind")).ravel()
    return {
        "least_squares": float(np.mean(np.asarray(least.post_impact))),
        "posterior": [float(value) for value in np.quantile(draws, [0.05, 0.5, 0.95])],
    }


def write_references() -> None:
    """Ask CausalPy of three synthetic series and write its answers."""
    from importlib.metadata import version

    found = {
        "command": "python benchmarks/bench_interrupted.py --references",
        "causalpy": version("CausalPy"),
        "first": _FIRST,
        "event": _EVENT,
        "series": {},
    }
    for seed, (name, (ratio, slope)) in enumerate(_PLANTED.items(), 1):
        counts = planted(seed, ratio, slope)
        found["series"][name] = {"counts": counts, **of_causalpy(counts)}
        print(f"{name}: {found['series'][name]['least_squares']:.4f}")
    TARGET.write_text(json.dumps(found) + "\n", encoding="utf-8")


def times() -> None:
    from tregua.assess.designs.interrupted import Interruption, interrupted
    from tregua.assess.designs.interrupted_bayes import interrupted_bayes
    from tregua.assess.designs.series import count_series
    from tregua.assess.designs.specification import interrupted_curve

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
    from tregua.assess.designs.interrupted import Interruption, Law, interrupted
    from tregua.assess.designs.interrupted_bayes import interrupted_bayes
    from tregua.assess.designs.series import count_series

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
    parser.add_argument("--references", action="store_true")
    chosen = parser.parse_args()
    if chosen.references:
        write_references()
        raise SystemExit
    times() if chosen.size is None else sizes(chosen.size)
