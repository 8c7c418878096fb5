"""Are the posterior probabilities of segments those of every cut, summed by hand?"""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp

from tregua.infer import cross_check, detect, level_band, segments
from tregua.infer.counts.segments import STEP, lattice_of, log_likelihoods, monthly_counts

LENGTH, STAGES, GAP = 6.0, 2, 3  # months, waits, lattice steps of a fall


def monthly(values, start="2010-01"):
    dates = pd.date_range(start, periods=len(values), freq="MS")
    table = pd.DataFrame({"date": dates, "count": values})
    return table[np.isfinite(table["count"].astype(float))].astype({"count": int})


def log_length(months):
    """Log probability that a whole segment lasts so many months: the sum of two waits."""
    a = STAGES / LENGTH
    return math.log((months - 1) * a**2 * (1 - a) ** (months - 2)) if months > 1 else -math.inf


def log_at_least(months):
    a = STAGES / LENGTH
    return math.log((1 - a) ** (months - 1) + (months - 1) * a * (1 - a) ** (months - 2))


def log_cut(cuts, months):
    """Log prior of change points; the first segment was under way, the last goes on."""
    edges = [0, *cuts, months]
    lengths = [b - a for a, b in itertools.pairwise(edges)]
    a = STAGES / LENGTH
    if len(lengths) == 1:  # under way at the start and not ended: either wait, one stage or two
        stays = (1 - a) ** (months - 1)
        return math.log(0.5 * stays + 0.5 * (stays + (months - 1) * a * (1 - a) ** (months - 2)))
    first = log_at_least(lengths[0]) - math.log(LENGTH)  # residual life of a stationary process
    middle = sum(log_length(length) for length in lengths[1:-1])
    return first + middle + log_at_least(lengths[-1])


def every_cut(table, sizes, prior):
    """Enumerate all sets of change points; levels are summed over the lattice."""
    the = monthly_counts(table)
    grid = lattice_of(the)
    months = len(the.months)
    totals: dict[str, list] = {"weight": [], "cuts": [], "fall": [], "lower": [], "reversed": []}
    for size, share in zip(sizes, prior, strict=True):
        log_likelihood = log_likelihoods(the, grid, size)
        for number in range(months):
            for cuts in itertools.combinations(range(1, months), number):
                log_prior = log_cut(cuts, months)
                if log_prior == -math.inf:
                    continue
                edges = [0, *cuts, months]
                by_level = [
                    log_likelihood[a:b].sum(axis=0) - math.log(grid.size)
                    for a, b in itertools.pairwise(edges)
                ]
                weight = math.log(share) + log_prior + sum(logsumexp(one) for one in by_level)
                levels = [np.exp(one - logsumexp(one)) for one in by_level]
                fall, lower, turned = directions(levels, edges, months)
                for name, value in zip(totals, (weight, cuts, fall, lower, turned), strict=True):
                    totals[name].append(value)
    weights = np.exp(np.array(totals["weight"]) - logsumexp(totals["weight"]))
    change = np.zeros(months)
    number = np.zeros(31)
    for weight, cuts in zip(weights, totals["cuts"], strict=True):
        change[list(cuts)] += weight
        number[len(cuts)] += weight
    means = {name: weights @ np.array(totals[name]) for name in ("fall", "lower", "reversed")}
    return {"change": change, "number": number, **means}


def directions(levels, edges, months):
    """For one set of cuts: chances of a fall at each month, of lying lower, and of that undone."""
    fall, lower, turned = np.zeros(months), np.zeros(months), np.zeros(months)
    for i in range(1, len(levels)):
        joint = np.multiply.outer(levels[i - 1], levels[i])
        below = np.tril(np.ones_like(joint), -GAP)  # old at least GAP steps above new
        down = (joint * below).sum()
        fall[edges[i]] = down
        lower[edges[i] : edges[i + 1]] = down
        if i + 1 < len(levels):
            risen = np.tril(np.ones_like(joint), -GAP).T @ levels[i + 1]
            turned[edges[i] : edges[i + 1]] = ((joint * below).sum(axis=0) * risen).sum()
    return fall, lower, turned


@pytest.mark.parametrize(
    "values",
    [
        [90, 110, 95, 30, 41, 33, 88, 97],
        [0, 0, 0, 0, 5, 9, 0, 0],
        [200, np.nan, 190, 205, np.nan, np.nan, 60, 71],
        [7],
    ],
)
def test_every_cut_summed_by_hand_gives_the_same_probabilities(values):
    sizes, prior = (8.0, 80.0), (0.4, 0.6)
    table = monthly(values)
    found = segments(table, length=LENGTH, stages=STAGES, sizes=sizes, size_prior=prior)
    expected = every_cut(table, sizes, prior)
    # Sizes with less than 1e-4 of the evidence are left out, hence the tolerance.
    for name in ("change", "fall", "lower", "reversed"):
        np.testing.assert_allclose(found.months[name], expected[name], atol=2e-4, err_msg=name)
    np.testing.assert_allclose(found.number, expected["number"], atol=2e-4)


def test_one_size_agrees_to_rounding():
    table = monthly([90, 110, 95, 30, 41, 33, 88, 97])
    found = segments(table, length=LENGTH, sizes=(25.0,), size_prior=(1.0,))
    expected = every_cut(table, (25.0,), (1.0,))
    for name in ("change", "fall", "lower", "reversed"):
        np.testing.assert_allclose(found.months[name], expected[name], atol=1e-12, err_msg=name)
    np.testing.assert_allclose(found.number, expected["number"], atol=1e-12)


def test_breaks_split_into_falls_rises_and_small_changes():
    rng = np.random.default_rng(3)
    months = segments(monthly(rng.poisson(80, 60))).months
    assert (months["fall"] + months["rise"] <= months["change"] + 1e-12).all()
    assert months["change"].iloc[0] == 0


def test_filtered_and_smoothed_agree_in_the_last_month():
    rng = np.random.default_rng(5)
    values = np.r_[rng.poisson(300, 30), rng.poisson(140, 12)]
    last = segments(monthly(values)).months.iloc[-1]
    assert last["lower"] == pytest.approx(last["lower_filtered"], abs=1e-3)


@pytest.mark.parametrize("level", [0, 1, 60, 1000])
def test_a_constant_series_has_no_break_that_stands_out(level):
    rng = np.random.default_rng(level)
    found = segments(monthly(rng.poisson(level, 384)))
    assert not found.months.drop(columns="observed").isna().to_numpy().any()
    assert found.breaks.empty
    assert found.number.sum() == pytest.approx(1.0)


def test_a_clear_fall_is_dated_and_measured():
    rng = np.random.default_rng(8)
    values = np.r_[rng.poisson(400, 40), rng.poisson(200, 20), rng.poisson(400, 40)]
    found = segments(monthly(values))
    (fall,) = found.falls.to_dict("records")
    assert f"{fall['median']:%Y-%m}" == "2013-05"
    assert fall["low"] == fall["median"] == fall["high"]
    assert fall["ratio_low"] <= 0.5 <= fall["ratio_high"]
    assert fall["reversed"] > 0.99
    assert found.months["reversed"][45] > 0.99


def test_a_censored_count_is_no_exact_count():
    table = monthly(np.r_[np.full(20, 100), [100], np.full(20, 100)])
    from tregua.infer.counts.table import tiles_of_table

    tiles = tiles_of_table(table)
    frame = tiles.frame.assign(at_least=False)
    frame.loc[20, ["value", "at_least"]] = [10, True]
    censored = type(tiles)(frame, tiles.refused, tiles.name)
    exact = type(tiles)(frame.assign(at_least=False), tiles.refused, tiles.name)
    # "More than 10" fits a level of 100; exactly 10 does not.
    assert segments(censored).months["level_low"][20] > 90
    assert (
        segments(exact).months["change"][19:23].sum()
        > segments(censored).months["change"][19:23].sum()
    )


def test_totals_over_several_months_are_left_out_and_counted():
    table = pd.DataFrame(
        {
            "start": ["2010-01-01", "2010-02-01", "2010-05-01"],
            "end": ["2010-02-01", "2010-05-01", "2010-06-01"],
            "value": [30, 90, 31],
        }
    )
    found = segments(table)
    assert found.unused == 1
    assert found.months["observed"].isna().sum() == 3
    with pytest.raises(ValueError, match="no count of a single month"):
        segments(table.iloc[[1]])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stages": 0}, "stages must be 1"),
        ({"length": 2.0}, "longer than its 2 stages"),
        ({"least": 0.01}, "least must be"),
        ({"sizes": (), "size_prior": ()}, "sizes must be positive"),
        ({"first": "spring"}, "'spring' is no month"),
    ],
)
def test_settings_out_of_range_say_what_is_valid(changes, message):
    with pytest.raises(ValueError, match=message):
        segments(monthly([10] * 30), **changes)


def test_the_two_models_are_compared_fall_by_fall():
    rng = np.random.default_rng(1)
    values = np.r_[rng.poisson(400, 40), rng.poisson(180, 40)]
    table = monthly(values)
    found, cut = detect(table, threads=1), segments(table)
    check = cross_check(found, cut)
    assert list(check["found_by"]) == ["both"]
    assert check["months_apart"].tolist() == [0.0]
    assert check["overlap"].all()
    # Nothing is matched beyond six months, and what one model alone has dated stays.
    late = found.breaks.assign(
        **{name: found.breaks[name] + pd.DateOffset(months=7) for name in ("median", "low", "high")}
    )
    moved = type(found)(found.months, late, found.settings, found.tiles, found.notices)
    assert list(cross_check(moved, cut)["found_by"]) == ["segments", "detector"]


def test_the_band_holds_the_true_ratio_as_often_as_it_says():
    # Counts with size 25, levels constant in both windows: 90 % intervals, 120 tries. With a true
    # coverage of 0.9, fewer than 97 or more than 118 hits have a chance of about 0.2 %.
    rng = np.random.default_rng(13)
    hits = 0
    for _ in range(120):
        before, ratio = rng.uniform(20, 400), rng.uniform(0.3, 1.2)
        mean = before * np.r_[np.ones(36), np.full(3, ratio)]
        values = rng.negative_binomial(25, 25 / (25 + mean))
        row = level_band(monthly(values)).iloc[-1]
        hits += row["ratio_low"] <= ratio <= row["ratio_high"]
    assert 97 <= hits <= 118


def test_the_band_of_huge_counts_closes_on_the_ratio():
    values = np.r_[np.full(36, 100_000), np.full(3, 50_000)]
    row = level_band(monthly(values)).iloc[-1]
    assert row["ratio"] == pytest.approx(0.5, rel=STEP)
    assert row["ratio_high"] / row["ratio_low"] < 1.2
    assert row["counted"] == 24


def test_the_band_compares_the_months_that_it_says():
    values = np.full(39, 90_000)
    values[3:27] = 20_000  # 12 to 35 months before the last
    values[36:] = 10_000
    row = level_band(monthly(values)).iloc[-1]
    assert row["ratio"] == pytest.approx(0.5, rel=STEP)
    assert row["before"] == pytest.approx(20_000, rel=STEP)


def test_the_band_says_nothing_where_too_little_is_counted():
    values = np.r_[np.full(3, 100.0), np.full(9, np.nan), np.full(12, 100.0)]
    band = level_band(monthly(values))
    assert band["ratio"].isna().all()
    with pytest.raises(ValueError, match="must follow each other"):
        level_band(monthly([5] * 40), near=12, far=6)


def test_the_lattice_step_is_the_stated_one():
    assert np.diff(lattice_of(monthly_counts(monthly([3, 900])))) == pytest.approx(STEP)
