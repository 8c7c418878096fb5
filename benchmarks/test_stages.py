"""Stages side by side under pytest-benchmark: `pytest benchmarks`.

Times belong to the machine; read them as ratios to the first row, which only loads the record.
"""

from pathlib import Path

import pandas as pd
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tregua import infer, model, record, report, simulate

KNOWN = record.load("el-salvador")
SCRIPT, SETTING = model.Script.of(KNOWN.case), model.Setting.of(KNOWN)


def test_load_and_check_the_record(benchmark: BenchmarkFixture) -> None:
    known = benchmark(record.load, "el-salvador")
    assert len(known.observations) > 1000


@pytest.mark.parametrize("reading", ["stochastic", "mean"])
def test_hundred_worlds_of_ten_years(benchmark: BenchmarkFixture, reading: str) -> None:
    draws = model.prior_draws(100, seed=1)
    run = benchmark(
        simulate.run,
        draws,
        script=SCRIPT,
        setting=SETTING,
        start="2003-01-01",
        end="2013-01-01",
        seed=1,
        reading=reading,
    )
    assert run.monthly["recorded"].shape == (100, 120)


def test_detect_ten_years_of_months(benchmark: BenchmarkFixture) -> None:
    months = pd.date_range("2000-01-01", periods=120, freq="MS")
    counts = pd.DataFrame({"date": months, "count": [300 if n < 60 else 150 for n in range(120)]})
    found = benchmark(infer.detect, counts)
    assert len(found.breaks) == 1


def test_draw_a_figure(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    spec = {
        "data": {"values": [{"x": n, "y": n * n} for n in range(100)]},
        "mark": "line",
        "encoding": {"x": {"field": "x"}, "y": {"field": "y"}},
    }
    benchmark(report.save_figure, spec, tmp_path / "figure.svg")
    assert (tmp_path / "figure.svg").read_text(encoding="utf-8").startswith("<svg")
