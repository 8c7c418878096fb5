"""Are number and places of breaks what every way of cutting the series, summed by hand, gives?

On eight months all cuts are enumerated, and for each cut all ways in which its steps may matter or
not. The number of breaks that matter and the probability of a set of dates agree to rounding; drawn
paths agree within sampling error (largest of the frequencies compared below 4.5 standard errors,
fewer than 1 false alarm in 1,000 fresh seeds; seeds are fixed).
"""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp
from tests.exact.test_segments import LENGTH, log_cut, monthly

from tregua.assess.designs import DesignError, count_series
from tregua.assess.designs.breaks import break_dates
from tregua.infer import RuleChange, segments
from tregua.infer.counts.joint import (
    changes_at,
    number_that_matters,
    probability_of,
    sampled_breaks,
)
from tregua.infer.counts.segments import lattice_of, log_likelihoods, monthly_counts, weigh

VALUES = [90, 110, 95, 30, 41, 33, 88, 97]
LOW = [0, 3, 0, 1, 0, 9, 7, 0]


def every_set(table, size, least=0.15, least_deaths=1.0):
    """Probability of every set of months in which a break that matters begins."""
    the = monthly_counts(table)
    grid = lattice_of(the)
    likelihood = log_likelihoods(the, grid, size)
    deaths = np.exp(grid)
    cells = np.arange(grid.size)
    matters = (np.abs(cells[:, None] - cells) >= round(least / 0.05)) & (
        np.abs(deaths[:, None] - deaths) >= least_deaths
    )
    months, weights = len(the.months), {}
    for number in range(months):
        for cuts in itertools.combinations(range(1, months), number):
            log_prior = log_cut(cuts, months)
            if log_prior == -math.inf:
                continue
            edges = [0, *cuts, months]
            by_level = [
                likelihood[a:b].sum(axis=0) - math.log(grid.size)
                for a, b in itertools.pairwise(edges)
            ]
            top = sum(one.max() for one in by_level)
            for kinds in itertools.product([True, False], repeat=number):
                carried = np.exp(by_level[0] - by_level[0].max())
                for kind, one in zip(kinds, by_level[1:], strict=True):
                    carried = (carried @ (matters if kind else ~matters)) * np.exp(one - one.max())
                where = tuple(cut for cut, kind in zip(cuts, kinds, strict=True) if kind)
                if carried.sum() > 0:
                    log_weight = log_prior + top + math.log(carried.sum())
                    weights.setdefault(where, []).append(log_weight)
    total = logsumexp(np.concatenate([np.array(logs) for logs in weights.values()]))
    return {where: math.exp(logsumexp(logs) - total) for where, logs in weights.items()}


@pytest.fixture(scope="module", params=[VALUES, LOW], ids=["many", "few"])
def enumerated(request):
    table = monthly(request.param)
    weighed = weigh(monthly_counts(table), LENGTH, sizes=(25.0,), size_prior=(1.0,))
    return weighed, every_set(table, 25.0)


def test_the_number_of_breaks_that_matter_is_the_enumerated_one(enumerated):
    weighed, sets = enumerated
    expected = np.zeros(31)
    for where, probability in sets.items():
        expected[len(where)] += probability
    np.testing.assert_allclose(number_that_matters(weighed), expected, atol=1e-12)


def test_the_probability_of_a_set_of_dates_is_the_enumerated_one(enumerated):
    weighed, sets = enumerated
    for where, probability in sets.items():
        assert probability_of(weighed, where) == pytest.approx(probability, abs=1e-12)
    assert sum(sets.values()) == pytest.approx(1)


def test_drawn_paths_have_the_enumerated_dates(enumerated):
    weighed, sets = enumerated
    draws = 20_000
    begins = sampled_breaks(weighed, draws=draws, seed=3).begins
    for where, probability in sets.items():
        if probability < 0.002:
            continue
        pattern = np.zeros(8, dtype=bool)
        pattern[list(where)] = True
        share = (begins == pattern).all(axis=1).mean()
        error = math.sqrt(probability * (1 - probability) / draws)
        assert abs(share - probability) < 4.5 * error, where


def test_drawn_levels_have_the_exact_mean():
    table = monthly(VALUES)
    weighed = weigh(monthly_counts(table), LENGTH)
    exact = segments(table, length=LENGTH).months["level"]
    drawn = np.exp(sampled_breaks(weighed, draws=8000, seed=5).log_level)
    error = drawn.std(axis=0) / math.sqrt(8000)
    assert (np.abs(drawn.mean(axis=0) - exact) < 4.5 * error).all()


def test_a_break_cannot_begin_in_the_first_month():
    weighed = weigh(monthly_counts(monthly(VALUES)), LENGTH)
    with pytest.raises(ValueError, match="months 1 to 7, not in 0"):
        probability_of(weighed, [0])


@pytest.mark.parametrize("level", [0, 1, 60, 1000])
def test_a_constant_series_has_most_probably_no_break(level):
    rng = np.random.default_rng(level)
    values = np.full(60, level) if level in (0, 1000) else rng.poisson(level, 60)
    found = break_dates(monthly(values), lengths=(36.0,))
    assert found.number["probability"].idxmax() == 0
    assert found.dates.empty
    assert np.isfinite(found.months.drop(columns=["month", "observed"]).to_numpy()).all()


def test_from_none_to_a_thousand_and_back():
    found = break_dates(monthly([0] * 20 + [1000] * 20 + [0] * 20), lengths=(36.0,))
    assert found.likeliest["dates"][0].count(";") == 1
    assert found.dates["direction"].tolist() == ["rise", "fall"]
    assert (found.dates["low"] == found.dates["high"]).all()
    assert found.number["probability"].sum() == pytest.approx(1)


def two_levels(before=300, after=150, months=24, seed=1):
    rng = np.random.default_rng(seed)
    return monthly(np.r_[rng.poisson(before, months), rng.poisson(after, months)])


@pytest.fixture(scope="module")
def halved():
    return break_dates(two_levels())


def test_a_planted_break_is_found_with_its_size(halved):
    row = halved.dates.iloc[0]
    planted = halved.months["month"][24]
    assert row["low"] <= planted <= row["high"]
    assert row["ratio_low"] < 0.5 < row["ratio_high"]
    assert row["mass_lowest"] > 0.95
    assert row["median_lowest"] == row["median_highest"] == planted
    assert halved.number["probability"].idxmax() == 1
    assert halved.undated < 0.3


def test_the_estimate_at_the_date_holds_the_planted_ratio(halved):
    month = f"{halved.months['month'][24]:%Y-%m}"
    estimate = halved.estimate_at(month)
    assert estimate.low < 0.5 < estimate.high < 0.6
    assert estimate.p_placebo == 0.0
    assert estimate.placebos > 3
    assert estimate.settings["recorded"] == halved.months["observed"][24:36].sum()
    _, low, high = estimate.averted()
    assert low < estimate.settings["recorded"] < high  # halved: as many averted as recorded
    after = estimate.path[24:]
    assert (after["low"] <= after["counterfactual"]).all()
    assert estimate.path["counterfactual"][:24].isna().all()


def test_where_nothing_happens_the_estimate_holds_one(halved):
    estimate = halved.estimate_at(f"{halved.months['month'][10]:%Y-%m}", months=6)
    assert estimate.low <= 1 <= estimate.high
    assert estimate.value == pytest.approx(1, abs=0.1)
    assert estimate.settings["p_break"] < 0.2
    assert any("within three months of it with probability" in c for c in estimate.cautions["en"])


def test_a_date_is_answered_from_its_two_sides_alone():
    """Counts after the window, and whether a break is likely, do not enter the ratio."""
    counts = np.r_[np.full(24, 300), np.full(12, 240), np.full(24, 20)]
    whole = break_dates(monthly(counts), lengths=(36.0,))
    cut = break_dates(monthly(np.r_[counts[:36], np.full(24, 900)]), lengths=(36.0,))
    month = f"{whole.months['month'][24]:%Y-%m}"
    one, two = whole.estimate_at(month), cut.estimate_at(month)
    assert one.low < 0.8 < one.high
    assert one.value == pytest.approx(two.value, abs=0.03)


def test_no_interval_is_shorter_than_the_lattice_can_tell():
    constant = break_dates(monthly(np.r_[np.full(30, 1000), np.full(30, 500)]), lengths=(36.0,))
    estimate = constant.estimate_at(f"{constant.months['month'][30]:%Y-%m}")
    assert estimate.high / estimate.low > 1.03
    assert constant.dates["ratio_high"][0] / constant.dates["ratio_low"][0] > 1.03


def test_a_change_of_rules_near_a_break_is_said():
    table = two_levels()
    months = pd.to_datetime(table["date"])
    rules = (RuleChange(months[23], 0.2), RuleChange(months[3], 0.2))
    found = break_dates(table, lengths=(36.0,), rules=rules)
    said = [text for text in found.cautions("en") if "rules of counting" in text]
    assert len(said) == 1 and f"{months[23]:%Y-%m}" in said[0]
    at = found.estimate_at(f"{months[24]:%Y-%m}").cautions
    assert len([text for text in at["en"] if "rules of counting" in text]) == 1
    assert len(at["en"]) == len(at["es"])


def test_cuts_that_cannot_be_are_refused():
    the = monthly_counts(monthly(VALUES))
    with pytest.raises(ValueError, match="months 1 to 7 with at least 1 month after it; given"):
        changes_at(the, {0: 10}, months=3)


def test_a_cut_window_and_coinciding_events_are_said(halved):
    month = halved.months["month"][40]
    events = pd.DataFrame({"date": [month + pd.Timedelta(days=20)], "type": ["crackdown"]})
    estimate = halved.estimate_at(f"{month:%Y-%m}", events=events)
    said = " ".join(estimate.cautions["en"])
    assert "The data end after 8 of the 12 months." in said
    assert f"crackdown ({month:%Y-%m}-21)" in said
    assert len(estimate.cautions["en"]) == len(estimate.cautions["es"])


def test_totals_are_left_out_and_said():
    table = two_levels()
    edges = pd.DataFrame(
        {
            "start": pd.to_datetime(table["date"]),
            "end": pd.to_datetime(table["date"]) + pd.offsets.MonthBegin(1),
            "value": table["count"],
        }
    )
    year = edges.iloc[[30]].assign(end=edges["end"].iloc[32], value=edges["value"][30:33].sum())
    found = break_dates(pd.concat([edges[:30], year, edges[33:]], ignore_index=True))
    assert found.unused == 1
    assert "Totals over several months are not used (here 1)" in found.summary()
    estimate = found.estimate_at(f"{found.months['month'][24]:%Y-%m}")
    assert "3 months of the window have no count of their own." in estimate.cautions["en"]
    assert "recorded" not in estimate.settings


def test_the_order_of_the_lengths_does_not_matter():
    table = two_levels(months=15)
    one, two = break_dates(table, lengths=(24, 60, 36)), break_dates(table, lengths=(60, 24, 36))
    pd.testing.assert_frame_equal(one.dates, two.dates)
    assert one.main == two.main == 36
    assert one.lengths["share"].sum() == pytest.approx(1)


def test_the_detector_stands_beside():
    found = break_dates(two_levels(), lengths=(36.0,), detector=True)
    assert found.crosscheck is not None
    assert found.crosscheck["found_by"].tolist() == ["both"]


def test_a_count_series_is_taken_as_it_is(halved):
    series = count_series(two_levels())
    pd.testing.assert_frame_equal(break_dates(series).dates, halved.dates)


def refused(call, text):
    with pytest.raises(DesignError, match=text) as caught:
        call()
    assert caught.value.text["en"] != caught.value.text["es"]


def test_what_cannot_be_answered_says_what_is_missing(halved):
    refused(lambda: break_dates(monthly([5] * 11)), "at least 12 months .* there are 11")
    first, last = (f"{halved.months['month'].iloc[i]:%Y-%m}" for i in (0, -1))
    after = f"{halved.months['month'].iloc[-1] + pd.offsets.MonthBegin(1):%Y-%m}"
    refused(lambda: halved.estimate_at(after), f"{after} lies outside .* {first} to {last}")
    refused(lambda: halved.estimate_at(first), "there must be counts before and after")
    refused(lambda: halved.estimate_at(last), "47 single months .* and 1 in")
    refused(lambda: halved.estimate_at("spring"), "'spring' is no date")
    refused(lambda: break_dates(two_levels(), first="1900-01"), "reaches beyond the data")
    with pytest.raises(ValueError, match="given level 1,"):
        break_dates(two_levels(), level=1.0)


def test_both_languages_say_as_much(halved):
    assert len(halved.summary().splitlines()) == len(halved.summary("es").splitlines())
