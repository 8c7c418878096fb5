"""Are forecasts right where the truth is known, and do sums agree with the exact recursion?"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import logsumexp

from tregua import record
from tregua.infer import Settings, tiles
from tregua.infer.counts.evidence import evidence, plan
from tregua.infer.counts.generate import generate
from tregua.infer.counts.lattice import chain
from tregua.infer.counts.recursion import forward
from tregua.infer.counts.table import tiles_of_table
from tregua.infer.forecasts.forecast import forecast
from tregua.infer.forecasts.mechanistic import mechanistic
from tregua.infer.scores.forecasts import rolling_scores

SERIES = 60


@pytest.fixture(scope="module")
def places():
    """Place of one count in its forecast, for independent series and horizons 1 and 6."""
    own, found = Settings(), {1: [], 6: []}
    rng = np.random.default_rng(4)
    for world in range(SERIES):
        table = generate(
            56,
            seed=11,
            world=world,
            level=(200, 60, 20)[world % 3],
            walk_sd=rng.choice(own.walk_sd, p=own.walk_prior),
            size=rng.choice(own.size, p=own.size_prior),
        ).table
        origin = table["date"][49]
        ahead = forecast(table, horizon=[1, 6], origins=[origin], threads=1)
        for horizon, luck in zip((1, 6), rng.random(2), strict=True):
            seen = float(table["count"][49 + horizon])
            found[horizon].append(ahead.months[origin, horizon].pit(seen, luck))
    return found


@pytest.mark.parametrize("horizon", [1, 6])
def test_counts_fall_anywhere_in_their_forecast_alike(places, horizon):
    # Kolmogorov-Smirnov on 60 independent places: a false alarm in 1 of 1,000 runs a horizon.
    assert stats.kstest(places[horizon], "uniform").pvalue > 0.001


def test_nine_in_ten_fall_inside(places):
    # 120 outcomes, two by two from one series. Even if those two always agreed, fewer than 42 of
    # 60 would have probability 1e-5.
    inside = np.mean([0.05 <= u <= 0.95 for found in places.values() for u in found])
    assert 42 / 60 <= inside <= 1.0


def test_drawn_sums_agree_with_the_recursion_over_totals():
    table = generate(60, seed=3, level=40).table
    counts = tiles_of_table(table)
    settings = Settings(cells=240)
    months = pd.date_range(counts.last + pd.offsets.MonthBegin(1), periods=6, freq="MS")
    ahead = {
        **counts.frame.iloc[-1].to_dict(),
        "start": months[0],
        "end": months[-1] + pd.offsets.MonthBegin(1),
        "months": tuple(months),
    }
    drawn = forecast(table, horizon=[6], totals=True, paths=20_000).totals[counts.last, 6]
    for level in (0.05, 0.3, 0.6, 0.95):
        total = drawn.quantile(level)
        frame = pd.concat([counts.frame, pd.DataFrame([ahead | {"value": total}])])
        frame = frame.reset_index(drop=True)
        the = plan(frame, counts.first, months[-1], settings)
        before, after = [], []
        for sd, sd_share in zip(settings.walk_sd, settings.walk_prior, strict=True):
            for size, share in zip(settings.size, settings.size_prior, strict=True):
                known, scale = evidence(the, size)
                path = np.log(sd_share * share) + scale
                path += forward(chain(settings, sd), known).log_evidence
                before.append(path[59])
                after.append(path[-1])
        exact = logsumexp(after) - logsumexp(before)
        # Drawn by 20,000 paths and cut into 240 cells: 0.06 is some four standard errors.
        assert -drawn.log_score(total) == pytest.approx(exact, abs=0.06)


def test_where_its_assumptions_hold_the_filter_beats_its_rivals():
    # Twelve series; the gain over each rival is 10 % or more, its error about 3 %.
    frames = []
    for world in range(12):
        table = generate(100, seed=21, world=world, level=80).table
        origins = list(table["date"][59:-1:8])
        scores = rolling_scores(
            tiles_of_table(table), origins, horizons=(1, 6), paths=200, threads=1
        )
        frames.append(scores)
    means = pd.concat(frames).groupby("method")[["crps_log", "log_score"]].mean()
    for rival in means.index.drop("filter"):
        assert (means.loc["filter"] < means.loc[rival]).all(), means


def test_el_salvador_is_forecast_from_a_rolling_origin():
    counts = tiles(record.load("el-salvador"))
    late = counts.frame[counts.frame["start"] >= "2012-01-01"].reset_index(drop=True)
    counts = type(counts)(late, counts.refused, counts.name)
    origins = pd.date_range("2016-01", "2018-12", freq="6MS")
    scores = rolling_scores(counts, list(origins), horizons=(1, 3), paths=200, threads=1)
    assert set(scores["method"]) == {
        *("filter", "persistence", "seasonal", "smoothing", "last_year")
    }
    assert (scores["month"] > scores["origin"]).all()
    months = scores[scores["target"] == "month"]
    assert months.groupby("method")["crps"].mean()["filter"] < 100


def test_simulated_worlds_forecast_a_year_from_what_came_before():
    known = record.load("el-salvador")
    found = mechanistic(known, [2015, 2016], (1, 12), worlds=50, seed=1)
    december = pd.Timestamp("2014-12-01")
    assert set(found) == {
        (origin, target, horizon)
        for origin in (december, pd.Timestamp("2015-12-01"))
        for target in ("month", "total")
        for horizon in (1, 12)
    }
    assert found[december, "total", 12].values.size == 50
    assert found[december, "total", 12].mean > 4 * found[december, "month", 1].mean
    alone = mechanistic(known, [2015], (12,), worlds=50, seed=1)
    assert (found[december, "total", 12].values == alone[december, "total", 12].values).all()
