"""Is a forecast the filter's own law carried on, from nothing but the counts up to its origin?"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import logsumexp

from tregua import infer
from tregua.infer.counts.evidence import evidence, plan
from tregua.infer.counts.generate import generate
from tregua.infer.counts.lattice import FIRST, chain
from tregua.infer.counts.recursion import forward
from tregua.infer.counts.reference import dense_month, dense_smoother
from tregua.infer.counts.settings import Settings
from tregua.infer.counts.table import tiles_of_table
from tregua.infer.forecasts.baselines import BASELINES, Panel
from tregua.infer.forecasts.forecast import forecast
from tregua.infer.scores.forecasts import block_bootstrap, skill_table, summary

TINY = {"depths": (0.36,), "depth_prior": (1.0,), "step": 0.18, "jump_mean": 0.1}
TINY |= {"walk_sd": (0.1,), "walk_prior": (1.0,), "size": (20.0,), "size_prior": (1.0,)}
TINY |= {"spike_heights": (0.36,), "spike_prior": (1.0,)}


def series(months=40, **options):
    return generate(months, seed=3, level=30.0, **options).table


def stamp(month):
    return pd.Timestamp(month)


def test_months_ahead_equal_powers_of_a_dense_matrix():
    settings, table = Settings(**TINY), series(30)
    counts = tiles_of_table(table)
    the = plan(counts.frame, counts.first, counts.last, settings)
    the_chain = chain(settings, 0.1)
    known, _ = evidence(the, 20.0)
    cells = the.grid.size
    # Smoothed and filtered agree in the last month.
    state = dense_smoother(the_chain, known)["state"][-1].ravel()
    month, *_ = dense_month(the_chain, cells)
    rows = np.arange(the_chain.initial.size)
    # One depth, then one height: two stages each.
    lowered = np.array([0.0] * FIRST + [0.36, 0.36, -0.36, -0.36])[rows]
    level = the.grid[None, :] - lowered[:, None]
    steps = 0.18 * np.arange(-14, 15)  # outliers: five scales of 0.5, in cells
    odd = np.exp(-np.abs(steps) / 0.5)
    odd = 0.01 * odd / odd.sum() + 0.99 * (steps == 0)
    found = forecast(table, horizon=4, settings=settings)
    last = counts.last
    spread = float(counts.frame["relative_sd"].iloc[0])
    size = 1 / (1 / 20 + spread**2)
    for horizon in range(1, 5):
        state = state @ month
        days = (last + pd.DateOffset(months=horizon)).days_in_month
        means = np.exp(level[:, :, None] + steps) * days / 30.44
        law = found.months[last, horizon]
        shares = state.reshape(level.shape)[:, :, None] * odd
        for count in (0, 3, 25, 31, 90):
            by_hand = (shares * stats.nbinom.pmf(count, size, size / (size + means))).sum()
            assert law.pmf[count] == pytest.approx(by_hand, rel=1e-7, abs=1e-13)


def test_log_scores_one_month_ahead_add_up_to_the_log_evidence():
    table = series(60)
    counts = tiles_of_table(table)
    settings = Settings()
    origins = list(table["date"][:-1])
    found = forecast(table, horizon=1, origins=origins)
    ahead = -sum(
        found.months[origin, 1].log_score(count)
        for origin, count in zip(origins, table["count"][1:], strict=True)
    )
    the = plan(counts.frame, counts.first, counts.last, settings)
    pairs = []
    for sd, sd_share in zip(settings.walk_sd, settings.walk_prior, strict=True):
        for size, size_share in zip(settings.size, settings.size_prior, strict=True):
            known, scale = evidence(the, size)
            past = forward(chain(settings, sd), known)
            pairs.append(np.log(sd_share * size_share) + past.log_evidence + scale)
    total = logsumexp(np.array(pairs), axis=0)
    assert ahead == pytest.approx(total[-1] - total[0], abs=1e-9)


def quarterly(table):
    """The same counts, of months 28 to 30 only a total and the count of month 29 alone."""
    dates = pd.date_range(table["date"].iloc[0], periods=len(table) + 1, freq="MS")
    rows = pd.DataFrame({"start": dates[:-1], "end": dates[1:], "value": table["count"]})
    total = pd.DataFrame(
        {"start": [dates[28]], "end": [dates[31]], "value": [table["count"][28:31].sum()]}
    )
    return pd.concat([rows.drop([28, 30]), total], ignore_index=True)


def far_apart(one, two):
    """Largest gap between two distribution functions."""
    width = min(one.pmf.size, two.pmf.size) - 1
    return np.abs(one.cdf[:width] - two.cdf[:width]).max()


def test_inside_a_running_total_only_months_counted_alone_are_known():
    table = series(45)
    origins = [table["date"][place] for place in (27, 28, 29, 36)]
    found = forecast(tiles_of_table(quarterly(table)), horizon=[1, 2], origins=origins).months
    # At the end of month 28 nothing is known of it, so the month after is two months ahead.
    assert far_apart(found[origins[1], 1], found[origins[0], 2]) < 1e-9
    # At the end of month 29 its own count is known: as if month 28 had never been counted.
    without = tiles_of_table(table.drop(index=28).reset_index(drop=True))
    alone = forecast(without, horizon=1, origins=[origins[2]]).months[origins[2], 1]
    assert far_apart(found[origins[2], 1], alone) < 2e-3
    # Later the total has told nearly as much as the months in it.
    full = forecast(table, horizon=1, origins=[origins[3]]).months[origins[3], 1]
    assert far_apart(found[origins[3], 1], full) < 0.03


def test_counts_after_the_origin_change_nothing():
    table = series(48)
    origin = table["date"][35]
    changed = table.assign(count=np.where(table["date"] > origin, 900, table["count"]))
    one = forecast(table, horizon=6, origins=[origin], totals=True, paths=50)
    two = forecast(changed, horizon=6, origins=[origin], totals=True, paths=50)
    pd.testing.assert_frame_equal(one.table(), two.table())
    # With a later origin beside it the lattice may be placed otherwise, and nothing more.
    beside = forecast(table, horizon=6, origins=[origin, table["date"][46]])
    for horizon in range(1, 7):
        assert far_apart(one.months[origin, horizon], beside.months[origin, horizon]) < 2e-3


def test_simple_forecasts_do_not_see_what_comes_later():
    table = series(60)
    origin = table["date"][40]
    changed = table.assign(count=np.where(table["date"] > origin, 900, table["count"]))
    for rival in BASELINES.values():
        one, two = (
            rival(Panel.of(tiles_of_table(each)).known(origin), (1, 6), 1)
            for each in (table, changed)
        )
        for key, law in one.items():
            assert law.quantile(0.9) == two[key].quantile(0.9)
            assert law.crps(40.0) == two[key].crps(40.0)


def test_threads_and_repetition_change_no_bit():
    table = series(36)
    tables = [
        forecast(table, horizon=5, totals=True, paths=100, seed=4, threads=n).table()
        for n in (1, 3)
    ]
    pd.testing.assert_frame_equal(*tables)
    other = forecast(table, horizon=5, totals=True, paths=100, seed=5).table()
    assert not other.equals(tables[0])


def test_the_sum_of_one_month_is_that_month_up_to_chance():
    found = forecast(series(60), horizon=1, totals=True, paths=20_000)
    month, total = next(iter(found.months.values())), next(iter(found.totals.values()))
    # 20,000 draws: the largest gap of two distribution functions exceeds 1.63 / sqrt(20,000) by
    # chance in 1 of 100 runs; half as much again in fewer than 1 in 1,000.
    counts = np.arange(month.pmf.size)
    drawn = np.searchsorted(total.values, counts, side="right") / total.values.size
    assert np.abs(drawn - month.cdf).max() < 1.5 * 1.63 / 20_000**0.5
    for level in (0.1, 0.5, 0.9):
        count = month.quantile(level)
        assert total.log_score(count) == pytest.approx(month.log_score(count), abs=0.05)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"horizon": 0}, "Give 1 to 60 months"),
        ({"horizon": [1, 61]}, "Give 1 to 60 months"),
        ({"origins": ["2003-13"]}, "Write year and month"),
        ({"origins": []}, "at least one origin"),
        ({"origins": ["2040-01"]}, "lies after the last count"),
        ({"origins": ["2000-03", "2002-12"], "first": "2000-06"}, "before the first month"),
        ({"origins": ["2000-09"]}, "At least 24 are needed"),
    ],
)
def test_wrong_input_is_refused_with_what_would_be_right(options, said):
    with pytest.raises(ValueError, match=said):
        forecast(series(), **options)


def test_a_forecast_says_that_it_knows_of_no_policy():
    found = forecast(series(), horizon=1)
    assert "conditional on nothing that governments" in found.notices[0].en
    assert "no depende de nada de lo que hagan gobiernos" in found.notices[0].es
    assert list(found.table()["month"]) == [stamp("2003-05-01")]


# -- Simple forecasts ---------------------------------------------------------------------------


def known_of(values, start="2015-01"):
    months = pd.date_range(start, periods=len(values), freq="MS")
    panel = Panel.of(tiles_of_table(pd.DataFrame({"date": months, "count": values})))
    return panel.known(months[-1])


def test_each_simple_forecast_is_what_its_name_says():
    rng = np.random.default_rng(2)
    values = rng.poisson(100 + 40 * np.sin(np.arange(72) * np.pi / 6))
    known = known_of(values)  # ends in December 2020
    found = {name: rival(known, (1, 6), 1) for name, rival in BASELINES.items()}
    january = 31 / 30.44
    assert found["persistence"]["month", 1].mean == pytest.approx(values[-1], rel=1e-6)
    rates = values / known.scale
    assert found["seasonal"]["month", 1].mean == pytest.approx(
        rates[0::12].mean() * january, rel=1e-6
    )
    assert found["seasonal"]["total", 6].mean == pytest.approx(
        sum(rates[m::12].mean() * d / 30.44 for m, d in enumerate([31, 28, 31, 30, 31, 30])),
        rel=1e-6,
    )
    assert list(found["last_year"]["month", 6].values) == sorted(values[-12:])
    sums = [values[n - 6 : n].sum() for n in range(61, 73)]
    assert list(found["last_year"]["total", 6].values) == sorted(sums)
    for name in BASELINES:
        spread = [
            found[name]["month", h].quantile(0.95) - found[name]["month", h].quantile(0.05)
            for h in (1, 6)
        ]
        assert spread[0] > 0
        if name in ("persistence", "smoothing"):
            assert spread[1] > spread[0]  # the further away, the less is known


def test_smoothing_follows_a_level_and_is_drawn_by_its_own_stream():
    values = np.random.default_rng(3).poisson(80, 60)
    known = known_of(values)
    one, two, other = (BASELINES["smoothing"](known, (3,), seed) for seed in (1, 1, 2))
    assert one["month", 3].quantile(0.5) == pytest.approx(80, rel=0.1)
    assert one["total", 3].quantile(0.5) == pytest.approx(240, rel=0.1)
    assert (one["month", 3].values == two["month", 3].values).all()
    assert (one["month", 3].values != other["month", 3].values).any()


def test_a_total_is_known_when_it_has_ended_and_scored_as_a_whole():
    table = series(45)
    panel = Panel.of(tiles_of_table(quarterly(table)))
    dates, counts = table["date"], table["count"]
    assert panel.known(dates[28]).months[-1] == dates[27]
    assert panel.known(dates[28]).steps(1) == 2
    inside = panel.known(dates[29])
    assert inside.months[-1] == dates[29]
    assert inside.single[-1] == counts[29]
    assert np.isnan(inside.single[-2])
    after = panel.known(dates[30])
    days = dates.dt.days_in_month
    rest = counts[28] + counts[30]
    assert after.filled[-1] == pytest.approx(rest * days[30] / (days[28] + days[30]))
    assert np.isnan(panel.seen(dates[27], "month", 1))
    assert panel.seen(dates[27], "month", 2) == counts[29]
    assert np.isnan(panel.seen(dates[27], "total", 2))  # ends inside the total
    assert panel.seen(dates[27], "total", 3) == counts[28:31].sum()
    assert panel.seen(dates[5], "total", 4) == counts[6:10].sum()
    assert np.isnan(panel.seen(dates[43], "month", 3))  # after the end


def test_a_bound_is_no_count_to_score_by():
    counts = tiles_of_table(series(30))
    bounded = counts.frame.assign(at_least=[n == 20 for n in range(30)])
    panel = Panel.of(dataclasses.replace(counts, frame=bounded))
    date = bounded["start"][19]
    assert np.isnan(panel.seen(date, "month", 1))
    assert np.isnan(panel.seen(date, "total", 3))
    assert panel.seen(date, "month", 2) == bounded["value"][21]


def test_too_short_a_past_is_refused():
    panel = Panel.of(tiles_of_table(series(30)))
    with pytest.raises(ValueError, match="Only 5 months are known"):
        panel.known(stamp("2000-05-01"))


# -- Tables of scores -----------------------------------------------------------------------------


def scores_of(method, values):
    origins = pd.date_range("2010-01", periods=len(values), freq="MS")
    columns = ("crps", "crps_log", "log_score", "interval50", "interval90", "error")
    frame = pd.DataFrame({"method": method, "origin": origins, "target": "month", "horizon": 1})
    for column in columns:
        frame[column] = values
    return frame.assign(inside50=1.0, inside90=0.0)


def test_means_and_skill_by_hand():
    scores = pd.concat([scores_of("filter", [1.0, 2.0, 3.0]), scores_of("naive", [4.0, 4.0, 4.0])])
    table = summary(scores)
    assert list(table["method"]) == ["filter", "naive"]
    assert list(table["crps"]) == [2.0, 4.0]
    assert list(table["cover50"]) == [1.0, 1.0]
    assert list(table["cases"]) == [3, 3]
    skill = skill_table(scores)
    assert list(skill["skill"]) == [0.5, 0.5]
    assert skill["best"].all()
    assert (skill["low"] <= 0.5).all()
    assert (skill["high"] >= 0.5).all()


def test_the_block_bootstrap_keeps_means_and_neighbours():
    values = np.arange(12.0)
    # One block of all cases is the series itself, turned round: every mean is the mean.
    assert block_bootstrap(values, 12, seed=1, resamples=9) == pytest.approx(np.full(9, 5.5))
    pairs = np.stack([values, 2 * values], axis=1)
    means = block_bootstrap(pairs, 4, seed=1, resamples=2000)
    assert means[:, 1] == pytest.approx(2 * means[:, 0])
    # Three blocks of four, each with variance of block means as below; sd of the mean is theirs
    # over sqrt(3). 2,000 resamples: standard error of a standard deviation 1.6 %.
    blocks = np.array([np.roll(values, -s)[:4].mean() for s in range(12)])
    assert means[:, 0].std() == pytest.approx(blocks.std() / 3**0.5, rel=0.08)


def test_public_names_hold_the_forecast():
    assert infer.forecast is forecast
