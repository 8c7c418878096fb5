"""Does an interrupted time series find what was planted, and say what it cannot answer?

All series are synthetic. Nothing is drawn but in the last group, which states its false alarms.
"""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tregua.assess.designs.interrupted import (
    Interruption,
    Law,
    interrupted,
    power,
    prepare,
    truce_like_katz,
    truce_phases,
)
from tregua.assess.designs.interrupted_bayes import interrupted_bayes
from tregua.assess.designs.placebo import placebo_dates
from tregua.assess.designs.regression import fit_counts, means_of, within
from tregua.assess.designs.series import DesignError, count_series
from tregua.assess.designs.specification import (
    Choice,
    agreeing,
    interrupted_curve,
    specification_curve,
)

PLAIN = Law("poisson", trend="none", season="none")


def monthly(values, first="2000-01"):
    edges = pd.date_range(first, periods=len(values) + 1, freq="MS")
    return pd.DataFrame({"start": edges[:-1], "end": edges[1:], "value": np.asarray(values)})


def days(many, first="2000-01"):
    return pd.date_range(first, periods=many, freq="MS").days_in_month.to_numpy(dtype=float)


def in_totals(table, cuts):
    """The same deaths, as totals between places of the monthly table."""
    sums = np.add.reduceat(table["value"].to_numpy(), cuts)
    ends = [*(table["start"].iloc[cut] for cut in cuts[1:]), table["end"].iloc[-1]]
    return pd.DataFrame({"start": table["start"].iloc[cuts].to_numpy(), "end": ends, "value": sums})


def ask(table, *, law=PLAIN, at="2003-01", window=("2003-01", "2004-12"), **more):
    return interrupted(
        count_series(table),
        [Interruption(at, name="event")],
        question="event",
        window=window,
        law=law,
        **{"placebos": False, **more},
    )


STEP = monthly(np.r_[10 * days(36), 4 * days(24, "2003-01")])


def test_a_step_is_the_ratio_of_mean_rates():
    noisy = STEP.assign(value=STEP["value"] + np.tile([7.0, -3.0, 0.0, 11.0, -9.0], 12))
    before, after = noisy["value"][:36].sum() / days(36).sum(), noisy["value"][36:].sum()
    found = ask(noisy)
    assert found.value == pytest.approx(after / days(24, "2003-01").sum() / before, rel=1e-9)
    assert found.low < found.value < found.high
    assert found.settings["recorded"] == pytest.approx(after)
    assert found.averted()[0] == pytest.approx(after / found.value - after)


def test_totals_of_noise_free_months_change_nothing():
    law = Law("poisson", trend="linear", season="harmonics")
    months = np.arange(96)
    rate = np.exp(2 + 0.004 * months + 0.2 * np.sin(2 * np.pi * months / 12))
    table = monthly(rate * days(96) * np.where(months >= 60, 0.6, 1.0))
    cuts = [0, *range(12, 36, 6), *range(36, 80), 83, *range(86, 96)]
    for counts in (table, in_totals(table, cuts)):
        found = ask(counts, law=law, at="2005-01", window=("2005-01", "2007-12"))
        assert found.value == pytest.approx(0.6, abs=2e-4)
    # Sums in which the trend bends are used as sums, not as so many equal months.
    equal = table.copy()
    for begin, end in zip(cuts, [*cuts[1:], 96], strict=True):
        share = days(96)[begin:end] / days(96)[begin:end].sum()
        equal.loc[begin : end - 1, "value"] = share * table["value"][begin:end].sum()
    apart = ask(equal, law=law, at="2005-01", window=("2005-01", "2007-12"))
    assert abs(apart.value - 0.6) > 2e-3


def test_the_gradient_and_the_information_are_the_derivatives():
    cuts = [0, 6, 12, *range(24, 60)]
    table = in_totals(STEP.assign(value=STEP["value"] + np.tile([5.0, -8.0, 3.0], 20)), cuts)
    series = count_series(table)
    asked = prepare(
        series,
        [Interruption("2003-01", slope=True, name="event")],
        question="event",
        window=("2003-01", "2004-12"),
        law=Law(season="none"),
    )
    fit = fit_counts(series, asked.columns, asked.names)

    def score(coefficients):
        means = means_of(series, asked.columns, coefficients)
        variance = means.count * (1 + means.count / fit.size)
        return means.jacobian.T @ ((series.value - means.count) / variance)

    many = len(fit.coefficients)
    assert np.abs(score(fit.coefficients)).max() < 1e-5
    step = 1e-6
    turned = [
        (score(fit.coefficients - step * row) - score(fit.coefficients + step * row)) / (2 * step)
        for row in np.eye(many)
    ]
    np.testing.assert_allclose(fit.information, np.array(turned), rtol=1e-5, atol=1e-3)


def test_an_event_within_a_month_counts_for_the_rest_of_it():
    series = count_series(STEP)
    for date, share in (("2003-01-01", 1.0), ("2003-01-17", 15 / 31), ("2003-01-31", 1 / 31)):
        asked = prepare(
            series,
            [Interruption(date, until="2004-01-11", name="event")],
            question="event",
            window=("2003-01", "2003-12"),
            law=PLAIN,
        )
        force = asked.columns[:, asked.asked][:, 0]
        assert force[35:38] == pytest.approx([0.0, share, 1.0])
        assert force[47:50] == pytest.approx([1.0, 10 / 31, 0.0])


def test_known_interruptions_keep_out_of_the_answer():
    months = np.arange(96)
    factor = np.where(months >= 48, 0.5, 1.0) * np.where(months >= 72, 0.8, 1.0)
    table = monthly(20 * days(96) * factor)
    cuts = [Interruption("2004-01", name="event"), Interruption("2006-01", name="new rule")]
    for question, ratio in (("event", 0.5), ("new rule", 0.8), ("2006-01", 0.8)):
        found = interrupted(
            count_series(table), cuts, question=question, window=("2006-01", "2007-12"),
            law=PLAIN, placebos=False,
        )  # fmt: skip
        assert found.value == pytest.approx(ratio, rel=1e-6)


def test_a_slope_is_found_and_answers_by_window():
    months = np.arange(96)
    since = np.clip((months - 47.5) / 12, 0, None)
    table = monthly(20 * days(96) * np.exp(-0.5 * since))
    cut = [Interruption("2004-01", level=False, slope=True, name="event")]
    early, late = (
        interrupted(
            count_series(table), cut, question="event", window=window, law=PLAIN, placebos=False
        ).value
        for window in (("2004-01", "2004-12"), ("2007-01", "2007-12"))
    )
    assert early == pytest.approx(np.exp(-0.25), rel=0.02)
    assert late == pytest.approx(np.exp(-1.75), rel=0.02)


BUMPY = STEP.assign(value=np.round(STEP["value"] * np.exp(0.15 * np.sin(np.arange(60) * 2.3))))


def test_both_laws_speak_and_a_difference_is_said():
    first = ask(BUMPY, law=Law(season="none"))
    second = ask(BUMPY, law=Law("poisson", season="none"))
    assert first.value == pytest.approx(second.value, rel=0.1)
    assert first.settings["size"] < 1000 and math.isinf(second.settings["size"])


def test_the_answer_is_told_with_what_it_assumes_in_both_languages():
    events = pd.DataFrame({"date": ["2002-12-20", "2009-01-01"], "type": ["crackdown", "leak"]})
    found = ask(in_totals(BUMPY, [0, 3, *range(5, 60)]), events=events, placebos=True)
    for lang, word in (("en", "Without event"), ("es", "Sin event")):
        text = found.summary(lang)
        assert word in text and "2002-12-20 crackdown" in text and "leak" not in text
        assert "2 " in text.split("totals" if lang == "en" else "totales")[0][-30:]
    names = ["month", "observed", "fitted", "counterfactual", "low", "high", "covers"]
    assert list(found.path) == names
    assert len(found.path) == 60
    before = found.path["month"] < "2003-01"
    np.testing.assert_allclose(found.path["fitted"][before], found.path["counterfactual"][before])


# -- Placebos, curve and power ---------------------------------------------------------------------


def test_placebos_see_only_what_came_before():
    series = count_series(STEP)
    seen = []

    def look(earlier, date):
        seen.append((earlier.months[-1], earlier.value.sum(), date))
        return float(len(seen))

    found = placebo_dates(look, series, before="2003-01", margin=12)
    assert {(last, total) for last, total, _ in seen} == {
        (pd.Timestamp("2002-12-01"), 10 * days(36).sum())
    }
    assert [date for *_, date in seen] == [f"2001-{month:02d}" for month in range(1, 13)]
    assert found["value"].tolist() == list(range(1, 13))

    def refuse(earlier, date):
        if date > "2001-03":
            raise DesignError("no", "no")
        return 0.0

    assert len(placebo_dates(refuse, series, before="2003-01")) == 3


def test_a_step_stands_out_from_its_placebos_and_a_wave_does_not():
    clear = ask(BUMPY, placebos=True)
    assert clear.placebos == 12 and clear.p_placebo == 0.0
    wave = monthly(np.round(20 * days(96) * np.exp(0.5 * np.sin(np.arange(96) / 8))))
    lost = ask(wave, at="2004-01", window=("2004-01", "2004-12"), placebos=True)
    assert lost.placebos > 12 and lost.p_placebo > 0.3


def test_a_curve_holds_every_combination_and_its_failures():
    def make(*, scale, kind):
        if kind == "broken":
            raise DesignError("Nothing there.", "No hay nada.")
        found = ask(STEP)
        return replace(found, value=scale, low=scale - 0.1, high=scale + 0.1)

    words = {"en": "why", "es": "por qué"}
    choices = [
        Choice("scale", {"much": 0.5, "little": 0.95, "some": 0.7}, words),
        Choice("kind", {"a": "whole", "b": "broken"}, words),
    ]
    curve = specification_curve(make, choices)
    assert curve["scale"].tolist()[:3] == ["much", "some", "little"]
    assert curve["value"].tolist()[:3] == [0.5, 0.7, 0.95] and curve["value"][3:].isna().all()
    assert set(curve["failed"][3:]) == {"Nothing there."} and (curve["failed"][:3] == "").all()
    assert agreeing(curve) == pytest.approx(2 / 3)
    assert agreeing(curve, reference=0.2) == pytest.approx(1.0)
    assert math.isnan(agreeing(curve[curve["failed"] != ""]))
    with pytest.raises(ValueError, match="different names"):
        specification_curve(make, [choices[0], choices[0]])


def test_the_usual_curve_runs_all_choices_of_a_clear_step():
    table = monthly(np.round(np.r_[10 * days(60), 4 * days(24, "2005-01")] + 20))
    curve = interrupted_curve(
        table,
        [Interruption("2005-01", name="event")],
        question="event",
        window=("2005-01", "2006-12"),
        starts=2,
    )
    assert len(curve) == 2 * 3 * 3 * 2 * 2
    answered = curve[curve["failed"] == ""]
    assert len(answered) > 60 and agreeing(curve) > 0.9
    assert answered["value"].between(0.3, 0.7).all()


def test_power_grows_with_the_effect_and_size_is_near_its_level():
    # Size: 60 worlds at a nominal 10 %; above 0.3 with probability below 1e-5.
    found = power(
        count_series(BUMPY),
        Interruption("2003-01"),
        law=Law(trend="none", season="none"),
        effects=(0.9, 0.6),
        worlds=60,
    )
    assert found["effect"].tolist() == [1.0, 0.9, 0.6]
    assert found["power"][0] < 0.3 and found["power"][2] > 0.95
    assert found["power"].is_monotonic_increasing
    assert ((found["low"] <= found["power"]) & (found["power"] <= found["high"])).all()
    with pytest.raises(ValueError, match="at least 10 worlds"):
        power(count_series(BUMPY), Interruption("2003-01"), worlds=5)


# -- What cannot be answered -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"at": "1999-05"}, "does not lie within the data, which cover 2000-01 to 2004-12"),
        ({"at": "2000-01"}, "counts on both sides"),
        ({"at": "2005-01"}, "does not lie within the data"),
        ({"at": "soon"}, "'soon' is no date"),
        ({"window": ("2003-01", "2005-06")}, "must lie within the data"),
        ({"window": ("2004-01", "2003-06")}, "end after it begins"),
        ({"window": ("2001-01", "2001-06")}, "not in force in any month of the window"),
        ({"at": "2000-04"}, "Too few counts around event: 3 before and 57 after, where 6"),
        ({"at": "2001-06", "law": Law()}, "17 before and 43 after, where 24"),
        ({"at": "2004-09", "window": ("2004-09", "2004-12")}, "56 before and 4 after"),
    ],
)
def test_a_question_that_the_data_cannot_answer_says_what_is_missing(changes, message):
    with pytest.raises(DesignError, match=message):
        ask(STEP, **changes)


def test_no_deaths_on_a_side_are_named_with_a_bound():
    with pytest.raises(DesignError, match="No deaths are recorded before event"):
        ask(STEP.assign(value=np.r_[np.zeros(36), np.ones(24)]))
    with pytest.raises(DesignError, match=r"put it below 0\.0[01]") as caught:
        ask(STEP.assign(value=np.r_[10 * days(36), np.zeros(24)]))
    assert "confianza del 95 %" in caught.value.text["es"]


def test_interruptions_that_cannot_be_told_apart_are_named():
    cuts = [Interruption("2003-01", name="event"), Interruption("2003-03", name="law")]
    window = ("2003-01", "2003-06")
    near = "cannot tell event from law: they differ in 2 counts, where 6 are needed"
    with pytest.raises(DesignError, match=near):
        interrupted(count_series(STEP), cuts, question="event", window=window, law=PLAIN)
    far = [cuts[0], replace(cuts[1], date="2003-07")]
    interrupted(count_series(STEP), far, question="event", window=window, law=PLAIN, placebos=False)
    both = [replace(each, date="2003-01", level=False, slope=True) for each in cuts]
    apart = "cannot tell these apart: the slope after event, the slope after law"
    with pytest.raises(DesignError, match=apart):
        interrupted(count_series(STEP), both, question="event", window=window, law=PLAIN)
    with pytest.raises(DesignError, match="are called event; give each"):
        interrupted(
            count_series(STEP), [cuts[0], cuts[0]], question="event",
            window=("2003-01", "2003-12"), law=PLAIN,
        )  # fmt: skip


def test_other_slips_are_named():
    series, cut = count_series(STEP), Interruption("2003-01", name="event")
    more = {"question": "event", "window": ("2003-01", "2003-12"), "law": PLAIN}
    with pytest.raises(DesignError, match=r"called 'evnt'. Given: event"):
        interrupted(series, [cut], **{**more, "question": "evnt"})
    with pytest.raises(DesignError, match="neither level nor slope"):
        interrupted(series, [replace(cut, level=False)], **more)
    with pytest.raises(DesignError, match="before it begins"):
        interrupted(series, [replace(cut, until="2002-01")], **more)
    with pytest.raises(ValueError, match="between 0 and 1"):
        interrupted(series, [cut], **more, level=90)
    with pytest.raises(ValueError, match="at least 100"):
        interrupted_bayes(series, [cut], **more, draws=3)
    with pytest.raises(DesignError, match="No count lies wholly"):
        within(series, pd.Timestamp("1990-01"), pd.Timestamp("1991-01"))
    with pytest.raises(ValueError, match="at least 1 month"):
        placebo_dates(lambda *_: 0.0, series, before="2003-01", margin=0)


# -- El Salvador's windows, on hand-made counts ----------------------------------------------------


def test_the_truce_by_published_windows_and_by_phases():
    many = 17 * 12
    level = np.full(many, 10.0)
    months = pd.date_range("1999-01", periods=many, freq="MS")
    level[(months >= "2012-03") & (months < "2013-05")] *= 0.5
    level[months >= "2015-02"] *= 1.5
    table = monthly(level * days(many, "1999-01"), "1999-01")
    katz = truce_like_katz(table)
    after = (months >= "2012-03") & (months < "2014-01")
    lengths = days(many, "1999-01")[after]
    assert katz.value == pytest.approx((level[after] @ lengths) / lengths.sum() / 10)
    assert katz.level == 0.95
    phases = truce_phases(table, starts=("2006-01",))
    assert len(phases) == 6 and phases["first"].tolist()[:3] == ["2012-03", "2013-05", "2015-02"]
    flat = phases[phases["trend"] == "none"]
    np.testing.assert_allclose(flat["ratio"], [0.5, 1.0, 1.5], rtol=1e-3)
    assert flat["averted"].iloc[0] == pytest.approx(flat["recorded"].iloc[0], rel=1e-2)
    assert flat["averted"].iloc[2] < 0


# -- Errors: coverage under serial correlation, and the two schools --------------------------------


def wandering(seed, months=144, correlation=0.5, spread=0.2):
    random = np.random.default_rng([seed, 7])
    error = np.empty(months)
    error[0] = random.normal()
    for month in range(1, months):
        fresh = math.sqrt(1 - correlation**2) * random.normal()
        error[month] = correlation * error[month - 1] + fresh
    rate = 8 * days(months) * np.exp(spread * error)
    return monthly(random.poisson(rate))


def excluded(lags, worlds=60):
    """Share of series without an effect whose 90 % interval excludes none."""
    law = Law(trend="linear", season="none", lags=lags)
    found = [ask(wandering(seed), law=law, at="2006-01", window=("2006-01", "2011-12"))
             for seed in range(worlds)]  # fmt: skip
    return float(np.mean([each.low > 1 or each.high < 1 for each in found]))


def test_intervals_allow_for_errors_that_follow_each_other():
    # Of 60 series at a nominal 10 %: above 0.25 with probability 2e-4 if the size is right.
    assert excluded(None) <= 0.25
    # Without lags the size is about a third: the test above would fail.
    assert excluded(0) > 0.25


@pytest.mark.parametrize("seed", [1, 2])
def test_bayesian_and_classical_answers_agree_where_data_are_many(seed):
    random = np.random.default_rng([seed, 11])
    months = np.arange(240)
    mean = 10 * days(240) * np.exp(-0.001 * months) * np.where(months >= 150, 0.7, 1.0)
    size = 80.0
    table = monthly(random.negative_binomial(size, size / (size + mean)))
    cut = [Interruption("2012-07", name="event")]
    more = {"question": "event", "window": ("2012-07", "2019-12"), "law": Law(season="none")}
    one = interrupted(count_series(table), cut, **more, placebos=False)
    two = interrupted_bayes(count_series(table), cut, **more)
    assert abs(math.log(two.value / one.value)) < 0.15 * one.settings["error"] + 0.004
    widths = [math.log(each.high / each.low) for each in (one, two)]
    assert 0.6 < widths[1] / widths[0] < 1.6


def test_the_bayesian_answer_widens_where_the_level_wanders():
    cut = [Interruption("2006-01", name="event")]
    more = {"question": "event", "window": ("2006-01", "2011-12"), "law": Law(season="none")}
    widths = []
    for spread in (0.0, 0.3):
        table = wandering(3, correlation=0.9, spread=spread)
        found = interrupted_bayes(count_series(table), cut, **more, draws=500)
        widths.append(math.log(found.high / found.low))
        assert found.design == "interrupted_bayes" and found.placebos == 0
    assert widths[1] > 3 * widths[0]
