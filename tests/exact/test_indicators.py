"""Is each likelihood ratio the one that its model states, and the combination the stated rule?"""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.integrate import quad

from tregua import record
from tregua.infer import (
    INDICATORS,
    Counts,
    Effect,
    Events,
    Fall,
    Indicator,
    Notice,
    Spikes,
    Stock,
    ZeroDays,
    detect,
    indicators,
)
from tregua.infer.cause.indicators import CAP, verdict_of

DAY = pd.Timestamp("2016-01-01")
MADE = {"status": "reported", "source": "S", "verified": True, "note": "", "agency": "A"}


def case(rows=(), events=()):
    """El Salvador's frame around made-up rows, (series, start, end, value) and (date, type)."""
    known = record.load("el-salvador")
    columns = known.observations.columns
    made = [
        {**MADE, "series": s, "start": a, "end": b, "value": v, "unit": "persons"}
        for s, a, b, v in rows
    ]
    observations = pd.DataFrame(made, columns=columns)
    observations["place"] = known.case.place
    seen = [
        {**MADE, "date": d, "end": pd.Timestamp(d) + pd.Timedelta(days=1), "type": t}
        for d, t in events
    ]
    happened = pd.DataFrame(seen, columns=known.events.columns)
    for frame, names in ((observations, ("start", "end")), (happened, ("date", "end"))):
        for name in names:
            frame[name] = pd.to_datetime(frame[name])
    observations = observations.astype({"value": float, "verified": bool})
    return replace(known, observations=observations, events=happened.astype({"verified": bool}))


def fall(**changes):
    levels = pd.Series(60.0, index=pd.date_range("2013-01", "2018-12", freq="MS"))
    plain = Fall(
        since=pd.Timestamp("2013-01-01"),
        start=DAY,
        day=DAY,
        finish=pd.Timestamp("2016-02-01"),
        until=pd.Timestamp("2018-01-01"),
        levels=levels,
        factors=(1.0, 1.0, 1.0),
    )
    return plain._replace(**changes)


def t4(value, effect):
    return stats.t.pdf((value - effect.mean) / effect.spread, 4) / effect.spread


PACT, CRACKDOWN = Effect(0.2, 0.25), Effect(-0.3, 0.4)
COUNTS = Counts(("complaints",), pact=PACT, crackdown=CRACKDOWN, size=30.0)
# A year before, the year of the fall in which nothing is known, a year across, a year after.
ROWS = (
    ("complaints", "2014-01-01", "2015-01-01", 1200),
    ("complaints", "2015-07-01", "2016-07-01", 1250),
    ("complaints", "2016-07-01", "2017-07-01", 1500),
)


def test_counts_before_across_and_after_a_fall_have_the_stated_likelihood_ratio():
    days = [(365, 0), (184, 182), (0, 365)]

    log_rate, theta = np.meshgrid(np.linspace(-0.5, 3.5, 401), np.linspace(-2.5, 2.5, 801))
    likelihood = np.ones_like(theta)
    for (before, after), value in zip(days, (1200, 1250, 1500), strict=True):
        mean = np.exp(log_rate) * (before + after * np.exp(theta))
        likelihood *= stats.nbinom.pmf(value, 30, 30 / (30 + mean))

    def marginal(effect):
        return (likelihood * t4(theta, effect)).sum()

    expected = math.log(marginal(PACT) / marginal(CRACKDOWN))
    reading = COUNTS.read(case(ROWS), fall())
    assert reading.rows == 3
    assert reading.log_factors[1] == pytest.approx(expected, abs=2e-3)
    assert reading.log_factors[1] > 0


def test_more_than_is_read_as_more_than():
    day = pd.Timestamp("2016-01-01")
    rows = pd.DataFrame(
        {
            "start": pd.to_datetime(["2015-01-01", "2016-01-01"]),
            "end": pd.to_datetime(["2016-01-01", "2017-01-01"]),
            "value": [1000.0, 500.0],
            "note": ["", "more than"],
        }
    )
    theta, censored = COUNTS.profile(rows, rows.iloc[:0], day)
    _, exact = COUNTS.profile(rows.assign(note=""), rows.iloc[:0], day)
    assert abs(theta[exact.argmax()] - math.log(0.5)) < 0.03
    assert censored[theta > 1].min() > censored[theta < -1.2].max()


def test_yearly_changes_are_used_where_no_counts_are():
    rows = (("complaints.growth", "2016-01-01", "2017-01-01", 50.0),)
    reading = COUNTS.read(case(rows), fall())
    assert reading.rows == 1

    def marginal(effect):
        return quad(
            lambda x: t4(x, effect) * stats.norm.pdf(math.log(1.5) - x, 0, math.sqrt(2 / 30)), -3, 3
        )[0]

    expected = math.log(marginal(PACT) / marginal(CRACKDOWN))
    assert reading.log_factors[1] == pytest.approx(expected, abs=1e-3)


def test_counts_of_one_side_only_are_no_data():
    assert COUNTS.read(case(ROWS[:1]), fall()) is None
    assert COUNTS.read(case(ROWS), fall(since=pd.Timestamp("2016-06-01"))) is None


def test_counts_of_two_agencies_are_never_multiplied():
    rival = [("complaints", a, b, v * 1.3) for _, a, b, v in ROWS]
    both = case([*ROWS, *rival])
    agencies = np.where(np.arange(6) < 3, "A", "B")
    twice = replace(both, observations=both.observations.assign(agency=agencies))
    one = COUNTS.read(case(ROWS), fall())
    assert COUNTS.read(twice, fall()).log_factors == pytest.approx(one.log_factors)


def test_a_stock_has_the_stated_likelihood_ratio():
    stock = Stock(("jail",), pact=Effect(0.05, 0.08), crackdown=Effect(0.2, 0.15), error=0.0)
    rows = (
        ("jail", "2015-07-01", "2015-07-01", 10_000),
        ("jail", "2017-07-01", "2017-07-01", 12_000),
    )
    growth = math.log(1.2) / (731 / 365.25)
    expected = math.log(t4(growth, stock.pact) / t4(growth, stock.crackdown))
    assert stock.read(case(rows), fall()).log_factors[1] == pytest.approx(expected, abs=1e-9)
    assert stock.read(case(rows[:1]), fall()) is None


def test_expectations_have_heavy_tails():
    # A prison population that doubles in a year moves the odds, but not by a billion.
    (one,) = (one for one in INDICATORS if one.name == "prisoners")
    assert 1e-3 < math.exp(one.measure.log_factor(0.7, 1.0)) < 0.2


def test_events_count_when_seen_in_the_window_and_when_absent():
    events = Events(("talk",), before=2, after=3, pact=0.6, crackdown=0.2)
    seen = events.read(case(events=[("2015-12-01", "talk")]), fall())
    absent = events.read(case(events=[("2015-12-01", "other")]), fall())
    early = events.read(case(events=[("2015-10-30", "talk")]), fall())
    assert seen.log_factors[1] == pytest.approx(math.log(0.6 / 0.2))
    assert absent.log_factors[1] == pytest.approx(math.log(0.4 / 0.8))
    assert early.seen is False
    assert seen.seen is True
    # No event at all on record near the fall: the record is silent, and so is the indicator.
    assert events.read(case(), fall()) is None
    assert events.read(case(events=[("2010-01-01", "talk")]), fall()) is None


def test_events_dated_too_coarsely_or_recalled_are_left_out():
    events = Events(("talk",), before=2, after=3, pact=0.6, crackdown=0.2)
    known = case(events=[("2015-12-01", "talk"), ("2015-12-05", "other")])
    long = known.events.assign(end=known.events["date"] + pd.Timedelta(days=400))
    other = known.events["type"] == "other"
    long.loc[other, "end"] = known.events.loc[other, "end"]
    assert events.read(replace(known, events=long), fall()).seen is False
    recalled = known.events.assign(status=np.where(other, "reported", "recalled"))
    assert events.read(replace(known, events=recalled), fall()).seen is False


def test_spikes_are_poisson():
    spikes = Spikes(("massacre",), pact=0.6, crackdown=0.2)
    known = case(events=[("2016-05-01", "massacre"), ("2016-01-20", "massacre")])
    years = (pd.Timestamp("2018-01-01") - pd.Timestamp("2016-02-01")).days / 365.25
    expected = stats.poisson.logpmf(1, 0.6 * years) - stats.poisson.logpmf(1, 0.2 * years)
    assert spikes.read(known, fall()).log_factors[1] == pytest.approx(expected)


def test_days_without_a_death_are_a_clustered_process():
    zero = ZeroDays("zero", pact=Effect(0.4, 0.3), crackdown=Effect(0.1, 0.3))
    rows = (("zero", "2016-01-01", "2017-01-01", 100),)

    def marginal(effect):
        def integrand(log_size):
            free = math.exp(-60 / 30.44 / math.exp(log_size))
            return stats.binom.pmf(100, 366, free) * t4(log_size, effect)

        return quad(integrand, -0.5, 2.0, points=[0.42])[0]

    expected = math.log(marginal(zero.pact) / marginal(zero.crackdown))
    assert zero.read(case(rows), fall()).log_factors[1] == pytest.approx(expected, abs=5e-3)


@pytest.mark.parametrize("one", INDICATORS, ids=[one.name for one in INDICATORS])
def test_strength_zero_would_tell_nothing_and_more_strength_tells_more(one):
    measure = one.measure
    if isinstance(measure, Events):
        factors = [abs(measure.log_factor(True, scale)) for scale in (0.0, 0.5, 1.0, 2.0)]
    elif isinstance(measure, Spikes):
        factors = [abs(measure.log_factor(3, 2.0, scale)) for scale in (0.0, 0.5, 1.0, 2.0)]
    else:
        return  # differ in spread too, so that they tell something without a difference of means
    assert factors[0] == pytest.approx(0.0, abs=1e-12)
    assert factors == sorted(factors)


def flat(months=48, fallen=24):
    """Counts with one clear fall in January 2016."""
    dates = pd.date_range("2014-01", periods=months, freq="MS")
    values = np.r_[np.full(fallen, 300), np.full(months - fallen, 120)]
    return detect(pd.DataFrame({"date": dates, "count": values}), threads=1)


@pytest.fixture(scope="module")
def found():
    return flat()


def test_without_any_data_nothing_moves_but_the_counts_own_factor(found):
    looked = indicators(case(), found)
    rows = looked.table[looked.table["indicator"] != "counts"]
    assert (rows[["factor", "factor_half", "factor_double"]] == 1).all().all()
    assert not rows["data"].any()
    assert set(rows["words_en"]) == {"no data"}
    own = math.sqrt(found.breaks["bayes_factor"][0])  # at half weight
    assert looked.summary["product"][0] == pytest.approx(own)
    assert looked.summary["verdict"][0] == "cannot-tell"


def test_the_product_is_the_product_and_the_cap_holds_by_group(found):
    known = case(
        ROWS,
        events=[
            ("2015-12-10", "transfer_of_leaders"),
            ("2015-12-20", "negotiation"),
            ("2016-02-01", "denial"),
        ],
    )
    looked = indicators(known, found)
    whole = looked.summary.iloc[0]
    table = looked.table
    assert whole["product"] == pytest.approx(table["factor"].prod())
    by_group = table.groupby("group")["factor"].prod()
    assert by_group["talks"] > CAP
    capped = by_group.clip(1 / CAP, CAP).prod()
    assert whole["capped"] == pytest.approx(capped)
    assert whole["capped_low"] <= whole["capped"] <= whole["capped_high"]
    for row in looked.odds.to_dict("records"):
        odds = row["prior_odds"] * whole["capped"]
        assert row["p_capped"] == pytest.approx(odds / (1 + odds))


def test_half_and_double_strength_bound_the_combination(found):
    whole = indicators(case(events=[("2015-12-10", "transfer_of_leaders")]), found)
    table = whole.table
    half = table.groupby("group")["factor_half"].prod().clip(CAP**-0.5, CAP**0.5).prod()
    double = table.groupby("group")["factor_double"].prod().clip(1 / CAP, CAP).prod()
    row = whole.summary.iloc[0]
    assert row["capped_low"] == pytest.approx(min(half, row["capped"], double))
    assert row["capped_high"] == pytest.approx(max(half, row["capped"], double))


@pytest.mark.parametrize(
    ("capped", "product", "talks", "verdict"),
    [
        ((4, 9, 20), 50, True, "leans-pact"),
        ((4, 9, 20), 50, False, "leans-pact-without-events"),
        ((2, 9, 20), 50, True, "cannot-tell"),
        ((4, 9, 20), 2, True, "cannot-tell"),
        ((0.1, 0.2, 0.3), 0.1, True, "leans-crackdown"),
        ((0.1, 0.2, 0.4), 0.1, False, "cannot-tell"),
        ((3, 3, 3), 3, True, "cannot-tell"),
    ],
)
def test_a_verdict_needs_every_factor_beyond_three(capped, product, talks, verdict):
    assert verdict_of(capped, product, talks) == verdict


def test_the_word_pact_needs_an_event_of_the_bargain(found):
    # Indirect signs alone, however strong, are not called a pact.
    hinted = case(events=[("2016-06-01", "exposure_by_press"), ("2016-02-01", "denial")])
    strong = Events(("exposure_by_press",), 0, 24, pact=0.99, crackdown=0.001)
    plain = Notice("x", "x", "x")
    made = [
        Indicator(name, group, plain, "m", strong, "elicited", "r", direct=direct)
        for name, group, direct in (("a", "talks", False), ("b", "hidden", False))
    ]
    looked = indicators(hinted, found, catalogue=made)
    assert looked.summary["verdict"][0] == "leans-pact-without-events"
    direct = [replace(made[0], direct=True), made[1]]
    assert indicators(hinted, found, catalogue=direct).summary["verdict"][0] == "leans-pact"


def test_a_fall_that_is_not_sure_is_not_explained(found):
    weak = replace(found, breaks=found.breaks.assign(mass=0.45))
    inside = replace(found, breaks=found.breaks.assign(inside_total=True))
    known = case(ROWS, events=[("2015-12-10", "transfer_of_leaders")])
    for unsure in (weak, inside):
        assert indicators(known, unsure).summary["verdict"][0] == "uncertain-fall"


def test_leaving_one_out_equals_never_having_looked(found):
    known = case(ROWS, events=[("2015-12-10", "transfer_of_leaders"), ("2016-02-01", "denial")])
    whole = indicators(known, found)
    for name in ("transfers", "denial", "counts"):
        alone = indicators(known, found, without=[name]).summary
        pd.testing.assert_frame_equal(whole.without(name), alone)


def test_unknown_names_and_odds_are_refused_with_what_would_be_valid(found):
    with pytest.raises(ValueError, match="Did you mean 'talks'"):
        indicators(case(), found, which=["talk"])
    with pytest.raises(ValueError, match="No indicator is left"):
        indicators(case(), found, which=["talks"], without=["talks"])
    with pytest.raises(ValueError, match="must be positive"):
        indicators(case(), found, prior_odds=[0.0])
    with pytest.raises(ValueError, match="temper of 'x'"):
        replace(INDICATORS[0], name="x", temper=2.0)
    with pytest.raises(ValueError, match="is no group"):
        replace(INDICATORS[0], group="none")


def test_every_indicator_is_declared_in_full():
    names = [one.name for one in INDICATORS]
    assert len(names) == len(set(names))
    for one in INDICATORS:
        assert one.question.en.endswith("?")
        assert one.question.es.startswith("¿")
        assert one.reason.endswith(".")
        assert one.strength in {"elicited", "the counts"}
        known = record.LANES
        types = getattr(one.measure, "types", ())
        assert set(types) <= set(known), f"{one.name} asks for events that no record may hold"
