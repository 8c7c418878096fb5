"""Do bounds, seasons, breaks in the rules of counting and spikes say what they should?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tregua import infer, record
from tregua.infer.counts.evidence import evidence, log_at_least, log_negative_binomial, plan
from tregua.infer.counts.generate import generate
from tregua.infer.counts.lattice import WALK, chain, spikes_from
from tregua.infer.counts.recursion import forward
from tregua.infer.counts.reference import dense_month
from tregua.infer.counts.rules import RULE_SPREADS, spreads_by_month
from tregua.infer.counts.season import season_factors
from tregua.infer.counts.settings import Settings
from tregua.infer.counts.table import tiles_of_table

MEANS = np.array([0.5, 3.0, 40.0, 300.0, 1e5])
TEN_YEARS = pd.date_range("2001-01", periods=120, freq="MS")


@pytest.mark.parametrize("size", [8.0, 400.0])
@pytest.mark.parametrize("count", [1, 7, 300])
def test_a_bound_has_the_likelihood_of_all_counts_from_it_on(count, size):
    share = size / (size + MEANS)
    expected = stats.nbinom.sf(count - 1, size, share)
    np.testing.assert_allclose(np.exp(log_at_least(count, MEANS, size)), expected, rtol=1e-9)


@pytest.mark.parametrize(("count", "size"), [(1e6, 400.0), (5000.0, 8.0), (1e7, 25.0)])
def test_a_bound_far_out_stays_finite_and_close(count, size):
    mean = np.exp(np.linspace(0, np.log(count), 40))
    log_p = log_at_least(count, mean, size)
    assert np.isfinite(log_p).all()
    assert (np.diff(log_p) > 0).all()  # the more deaths are expected, the likelier
    # Where nothing else can be computed the tail is its first term and little more.
    far = log_p < -700
    first = log_negative_binomial(count, mean[far], size)
    assert ((log_p[far] >= first) & (log_p[far] < first + np.log(count))).all()


def test_at_least_nothing_is_certain():
    assert (log_at_least(0.0, MEANS, 8.0) == 0.0).all()


def intervals(counts, start="2010-01"):
    starts = pd.date_range(start, periods=len(counts), freq="MS")
    return pd.DataFrame(
        {"start": starts, "end": starts + pd.offsets.MonthBegin(1), "value": counts}
    )


def test_a_bound_keeps_higher_levels_open_and_an_exact_figure_does_not():
    table = pd.DataFrame(
        {"date": pd.date_range("2010-01", periods=40, freq="MS"), "count": [100] * 40}
    )
    table["at_least"] = np.arange(40) >= 39
    vague = infer.detect(table).months.iloc[-1]
    exact = infer.detect(table[["date", "count"]]).months.iloc[-1]
    assert vague["level_high"] > 1.05 * exact["level_high"]
    assert vague["level_low"] == pytest.approx(exact["level_low"], rel=0.05)
    assert bool(vague["at_least"])
    assert not exact["at_least"]


def test_a_total_that_is_a_bound_equals_the_sum_over_all_exact_totals():
    # P(at least 30) = 1 - sum of P(0) to P(29), each from the same recursion.
    settings = Settings(cells=48)
    months = intervals([10] * 12)
    total = pd.DataFrame({"start": ["2011-01-01"], "end": ["2011-04-01"], "value": [30]})

    def log_evidence(value, at_least):
        rows = pd.concat([months, total.assign(value=value)], ignore_index=True)
        rows = rows.assign(start=pd.to_datetime(rows["start"]), end=pd.to_datetime(rows["end"]))
        tiles = infer.partition(
            rows.assign(
                agency="a",
                source="s",
                status="final",
                at_least=[False] * 12 + [at_least],
            )
        )
        # One accumulator and one lattice for all: only the likelihood of the total differs.
        the = plan(tiles.frame, tiles.first, tiles.last, settings)
        known, scale = evidence(the, 1e4)
        return forward(chain(settings, 0.05), known).log_evidence[-1] + scale[-1]

    alone = intervals([10] * 12).assign(agency="a", source="s", status="final")
    tiles = infer.partition(alone)
    the = plan(tiles.frame, tiles.first, tiles.last, settings)
    known, scale = evidence(the, 1e4)
    without = forward(chain(settings, 0.05), known).log_evidence[-1] + scale[-1]
    below = sum(np.exp(log_evidence(value, False) - without) for value in range(30))
    assert np.exp(log_evidence(30, True) - without) == pytest.approx(1 - below, abs=0.03)


def test_no_months_factor_knows_its_own_count_or_a_later_one():
    rng = np.random.default_rng(2)
    counts = rng.poisson(100 * np.exp(0.4 * np.sin(np.arange(120) * np.pi / 6))).astype(float)
    before = season_factors(counts, TEN_YEARS, Settings())
    for month in (50, 75, 119):
        changed = counts.copy()
        changed[month:] = 1000.0
        after = season_factors(changed, TEN_YEARS, Settings())
        np.testing.assert_array_equal(before[: month + 1], after[: month + 1])
        assert not np.array_equal(before[month + 1 :], after[month + 1 :]) or month > 110


def test_seasons_are_learnt_shrunk_and_only_when_there_is_enough():
    wave = 0.4 * np.sin(np.arange(120) * np.pi / 6)
    counts = np.random.default_rng(3).poisson(100 * np.exp(wave)).astype(float)
    factors = season_factors(counts, TEN_YEARS, Settings())
    assert (factors[:48] == 0).all()
    assert factors[-12:] == pytest.approx(wave[-12:], abs=0.08)
    assert (season_factors(counts / 20, TEN_YEARS, Settings()) == 0).all()  # five a month
    assert (season_factors(counts, TEN_YEARS, Settings(season_learnt=False)) == 0).all()
    flat = np.random.default_rng(4).poisson(100, 120).astype(float)
    assert np.abs(season_factors(flat, TEN_YEARS, Settings())).max() < 0.08
    holes = np.where(np.arange(120) % 7 == 3, np.nan, counts)
    assert season_factors(holes, TEN_YEARS, Settings())[-12:] == pytest.approx(wave[-12:], abs=0.1)


def test_a_changed_rule_lets_the_level_jump_by_the_stated_step():
    the_chain = chain(Settings(), 0.05, spreads=(0.15,))
    taps = the_chain.kernels[WALK + 3, : the_chain.sizes[WALK + 3]]
    cells = the_chain.lows[WALK + 3] + np.arange(taps.size)
    assert taps.sum() == pytest.approx(1.0)
    assert taps @ (0.06 * cells) ** 2 == pytest.approx(0.05**2 + 0.15**2, rel=1e-6)


def test_a_fall_that_the_rule_explains_is_no_fall():
    counts = np.r_[[300] * 36, [225] * 36]  # a quarter less, in the month of the rule
    table = pd.DataFrame({"date": pd.date_range("2010-01", periods=72, freq="MS"), "count": counts})
    rule = infer.RuleChange("2013-01", 0.3)
    blind, told = infer.detect(table), infer.detect(table, rules=[rule])
    assert blind.months["onset"][34:39].sum() > 0.6
    assert told.months["onset"][34:39].sum() < 0.4
    assert told.settings["rules"] == [{"date": "2013-01", "spread": 0.3}]
    # A jump that goes far beyond the rule remains a fall, and says that the rule changed there.
    table["count"] = np.r_[[300] * 36, [80] * 36]
    deep = infer.detect(table, rules=[infer.RuleChange("2013-01-15", 0.1)])
    assert deep.breaks["mass"].max() > 0.9
    assert "rule-changed-at-a-fall" in {notice.key for notice in deep.notices}


def test_rules_come_from_the_case_and_add_up_by_month():
    rules = infer.rules_of(record.load("el-salvador"))
    assert [(f"{r.month:%Y-%m}", r.spread) for r in rules] == [
        ("2019-07", RULE_SPREADS["police_killings"]),
        ("2022-04", RULE_SPREADS["part"]),
    ]
    twice = [infer.RuleChange("2001-03", 0.3), infer.RuleChange("2001-03-20", 0.4)]
    outside = [infer.RuleChange("2000-12", 0.1), infer.RuleChange("2001-01", 0.1)]
    assert spreads_by_month([*twice, *outside], TEN_YEARS) == {2: pytest.approx(0.5)}


@pytest.mark.parametrize(
    ("date", "spread", "message"),
    [
        ("spring", 0.1, "is 'spring'"),
        (None, 0.1, "is missing"),
        ("2020-01", 0.0, "above 0"),
        ("2020-01", float("nan"), "above 0"),
        ("2020-01", 3.0, "at most 2"),
    ],
)
def test_an_impossible_rule_is_refused(date, spread, message):
    with pytest.raises(ValueError, match=message):
        infer.RuleChange(date, spread)


def test_a_spike_lasts_two_months_or_more_and_ends_by_about_eight():
    settings = Settings(
        spike_heights=(0.36,),
        spike_prior=(1.0,),
        spike_hazard=1e-12,  # one spike only
        fall_hazard=0.0,
        decline_hazard=0.0,
        escalation_hazard=0.0,
    )
    month, *_ = dense_month(chain(settings, 0.05), 5)
    rows = month.reshape(-1, 5, len(month) // 5, 5)[:, 2].sum(axis=2)  # levels left aside
    state = np.zeros(len(rows))
    state[spikes_from(settings)] = 1.0
    still = []
    for _ in range(9):
        still.append(state[spikes_from(settings) :].sum())
        state = state @ rows
    assert still[1] == pytest.approx(1.0)  # the second month
    assert still[2] < 0.7
    assert still[8] == pytest.approx(0.013, abs=0.001)  # the ninth month


def test_a_spike_and_its_return_are_no_fall():
    counts = np.r_[[150] * 40, [300] * 4, [150] * 28]
    table = pd.DataFrame({"date": pd.date_range("2010-01", periods=72, freq="MS"), "count": counts})
    found = infer.detect(table)
    assert found.months["p_spike"][40:44].min() > 0.8
    assert found.months["suppressed"][44:50].max() < 0.1
    assert found.breaks.empty
    assert "spikes-are-no-baseline" in {notice.key for notice in found.notices}
    off = Settings(spike_heights=(), spike_prior=(), spike_hazard=0.0)
    blind = infer.detect(table, settings=off)
    assert blind.months["suppressed"][44:50].min() > 0.5  # what the regime is for
    assert (blind.months["p_spike"] == 0).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"spike_heights": (0.35,), "spike_prior": (1.0,)}, "spike height 0.35"),
        ({"spike_heights": (0.36,)}, "1 values but 3 prior shares"),
        ({"spike_prior": (0.5, 0.5, 0.5)}, "spike_prior must add up to 1"),
        ({"spike_duration": 1.0}, "at least 2 months"),
        ({"walk_sd": (0.02,)}, "walk_sd has 1 values"),
    ],
)
def test_impossible_settings_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Settings(**changes)


def test_the_evidence_of_a_month_adds_up_to_one_over_all_its_counts():
    table = generate(30, seed=4, level=6.0).table[["date", "count"]]
    tiles = tiles_of_table(table)
    the = plan(tiles.frame, tiles.first, tiles.last, Settings())
    one = chain(Settings(), 0.05)

    def log_evidence(changed):
        known, scale = evidence(changed, 25.0)
        return forward(one, known).log_evidence[-1] + scale[-1]

    def last(count):
        return replace(the, count=np.r_[the.count[:-1], float(count)])

    without = log_evidence(replace(the, single=np.r_[the.single[:-1], -1]))
    total = sum(np.exp(log_evidence(last(count)) - without) for count in range(150))
    assert total == pytest.approx(1.0, abs=1e-3)
    # And a bound is the sum over all counts from it on.
    bound = replace(last(9), at_least=np.arange(30) == 29)
    above = sum(np.exp(log_evidence(last(count)) - without) for count in range(9, 150))
    assert np.exp(log_evidence(bound) - without) == pytest.approx(above, abs=1e-3)


@pytest.mark.parametrize(
    "counts",
    [[0] * 36, [0] * 30 + [1000] * 6, [1000] * 30 + [0] * 6, [0] * 35 + [1], [1, 1000] * 18],
)
def test_any_counts_from_nothing_to_a_thousand_leave_numbers(counts):
    found = infer.detect(
        pd.DataFrame({"date": pd.date_range("2010-01", periods=36, freq="MS"), "count": counts})
    )
    assert not found.months.drop(columns="observed").isna().to_numpy().any()
    assert np.isfinite(found.settings["log_evidence"])


def test_a_census_of_years_after_months_leaves_numbers():
    months = intervals([0] * 24)
    years = pd.DataFrame(
        {
            "start": pd.to_datetime(["2012-01-01", "2013-01-01", "2013-01-01"]),
            "end": pd.to_datetime(["2013-01-01", "2013-04-01", "2014-01-01"]),
            "value": [9000, 0, 5],
        }
    )
    found = infer.detect(tiles_of_table(pd.concat([months, years], ignore_index=True)))
    assert len(found.months) == 48
    assert not found.months.drop(columns="observed").isna().to_numpy().any()
