"""Without error, do figures equal the ledger? With it, do the laws equal those they name?"""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats
from tests._worlds import by_hand, deaths

from tregua import infer, model, simulate
from tregua.cli import main
from tregua.simulate import OUTLETS, Outlet, Sight, keyed, published, published_events

QUIET = {
    **{measure.name: 0.0 for measure in model.MEASURES if measure.unit == "log sd"},
    "count_size": np.inf,
}


def figures(rows, agency, series="homicides"):
    chosen = rows[(rows["agency"] == agency) & (rows["series"] == series)]
    return chosen["value"].tolist()


def by_world(rows):
    """One row a world, one column a date."""
    return rows.set_index(["world", "start"])["value"].unstack()  # noqa: PD010


# -- Deaths ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{"exact": True}, {"measures": QUIET}])
def test_without_error_the_police_print_the_official_tally(how):
    counts = np.arange(2 * 36).reshape(2, 36) * 7.0
    worlds = deaths("2010-01", 36, counts, worlds=2, struck=counts // 3)
    rows = published(worlds, seed=1, series=["homicides"], **how)
    assert figures(rows, "PNC") == counts.reshape(-1).tolist()
    assert figures(rows, "IML") == counts.reshape(-1).tolist()
    yearly = published(worlds, seed=1, series=["homicides"], intervals="year", **how)
    assert figures(yearly, "PNC") == counts.reshape(6, 12).sum(axis=1).tolist()


def test_each_agency_follows_its_own_rules_of_counting():
    # Police killings are 9 a month: in the tally until June 2019, beside it from July 2019, when
    # the ledger moves them to `uncounted`; from April 2022 another 20 are left out.
    months = pd.period_range("2019-05", "2022-05", freq="M")
    after, exception = months >= "2019-07", months >= "2022-04"
    recorded = np.where(exception, 80.0, np.where(after, 100.0, 109.0))
    uncounted = np.where(exception, 29.0, np.where(after, 9.0, 0.0))
    worlds = deaths("2019-05", len(months), recorded, uncounted=uncounted, police_killings=9.0)
    rival = Outlet("homicides", "rival", Sight.TALLY_AND_POLICE_UNTIL_EXCEPTION)
    outlets = [*OUTLETS, rival]
    rows = published(worlds, seed=1, series=["homicides"], exact=True, outlets=outlets)

    def at(agency):
        chosen = rows[rows["agency"] == agency]
        values = dict(zip(chosen["start"].dt.strftime("%Y-%m"), chosen["value"], strict=True))
        return [values.get(m) for m in ("2019-06", "2019-07", "2021-01", "2022-03", "2022-04")]

    assert at("PNC") == [109, 100, 100, 100, 80]
    assert at("IML") == [109, None, None, None, None]
    assert at("FGR") == [109, 100, 100, 100, 80]
    assert at("PNC tally by El Mundo") == [None, None, None, 109, 89]
    assert at("rival") == [109, 109, 109, 109, 80]


def test_under_the_rules_of_an_origin_no_agency_changes_its_rule():
    # Kept as in January 2019, the ledger never moves police killings out of the tally.
    setting = model.History.rules_of(
        model.History(None, model.el_salvador(), "2003-01"),
        "2019-01",
    )
    worlds = deaths("2019-01", 48, 109.0, police_killings=9.0)
    rows = published(worlds, seed=1, series=["homicides"], exact=True, setting=setting)
    assert set(rows["value"]) == {109.0}


def test_the_error_of_agencies_grows_when_the_rules_change():
    worlds = deaths("2018-01", 36, 1e5, worlds=400)
    rows = published(worlds, seed=1, series=["homicides"], measures={"count_size": np.inf})
    police = by_world(rows[rows["agency"] == "PNC"])
    spread = np.log(police / 1e5).std()
    assert spread["2019-06-01"] == pytest.approx(0.03, rel=0.15)
    assert spread["2019-07-01"] == pytest.approx(0.15, rel=0.15)
    # One luck a year: the error of July 2019 is five times that of June, not a new one.
    logs = np.log(police / 1e5)
    ratio = logs["2019-07-01"] / logs["2019-06-01"]
    assert ratio[logs["2019-06-01"].abs() > 0.01].between(4.5, 5.5).all()
    assert abs(logs["2018-06-01"].corr(logs["2019-06-01"])) < 0.2


def test_undercounted_strikes_share_the_fate_of_all_deaths():
    # 60 of 100 countable deaths are recorded; of 50 struck about 30, never more than there were.
    worlds = deaths("2022-04", 1, 60.0, worlds=500, uncounted=40.0, struck=50.0)
    days = published(worlds, seed=3, series=["homicides"], intervals="day", exact=True)
    days = days[days["agency"] == "PNC"]
    assert (days.groupby("world")["value"].sum() == 60.0).all()
    # The largest three days in a row hold the strike: 30 of 60, and 3 of the other 30.
    table = by_world(days)
    largest = table.T.rolling(3).sum().max()
    assert largest.mean() == pytest.approx(30 + 3, abs=3)


def test_a_strike_falls_on_the_days_that_the_press_names():
    parts = {"strikes": 1.0, "leaks": 0.0, "sanctions": 0.0, "prosecuted": 0.0}
    worlds = deaths("2012-01", 12, 80.0, worlds=3, struck=80.0, **parts)
    days = published(worlds, seed=5, series=["homicides"], intervals="day", exact=True)
    days = days[(days["agency"] == "PNC") & (days["value"] > 0)]
    events = published_events(worlds, seed=5)
    assert set(events["type"]) == {"massacre"}
    assert set(events["description"]) == {"80 killed in a strike"}
    assert len(events) == 36
    named = {
        (row.world, row.date + pd.Timedelta(days=day))
        for row in events.itertuples()
        for day in range(3)
    }
    assert set(zip(days["world"], days["start"], strict=True)) <= named


# -- Other series ----------------------------------------------------------------------------


def test_the_unresolved_are_the_hidden_and_some_of_the_others():
    worlds = by_hand("2012-01", 12, hidden=40.0)
    rows = published(worlds, seed=1, intervals="year", exact=True)
    assert figures(rows, "FGR", "disappearance_complaints") == pytest.approx([1500 + 240])
    assert figures(rows, "PNC", "disappearances") == pytest.approx([0.8 * 1500 + 240])


def test_a_stock_lies_between_two_ends_of_months():
    worlds = by_hand("2012-01", 3, prisoners=[[1000.0, 1310.0, 1620.0]])
    ends = [("2012-01-01", day) for day in ("2012-01-15", "2012-02-01", "2012-02-15", "2012-04-01")]
    rows = published(worlds, seed=1, intervals=ends, exact=True)
    assert rows["start"].equals(rows["end"])
    # Nothing is known of 15 January; 14 of 29 days into February.
    assert rows["start"].dt.strftime("%m-%d").tolist() == ["02-01", "02-15", "04-01"]
    assert rows["value"].tolist() == pytest.approx([1000, 1000 + 310 * 14 / 29, 1620])


def test_a_stock_carries_one_error_for_each_year():
    worlds = by_hand("2012-01", 24, prisoners=1e6)
    rows = published(worlds, seed=1, intervals="month")
    by_year = (rows["start"] - pd.Timedelta(days=1)).dt.year
    assert rows.groupby(by_year)["value"].nunique().tolist() == [1, 1]
    assert rows["value"].nunique() == 2


def test_members_are_told_with_their_definition():
    worlds = by_hand("2012-01", 12, street=30_000.0, gang_prisoners=10_000.0)
    rows = published(worlds, seed=1, exact=True)
    assert dict(zip(rows["series"], rows["value"], strict=True)) == {
        "gang_members.jailed": 10_000,
        "gang_members.street": 30_000,
        "gang_members": 64_000,
    }


def test_polls_are_in_per_cent_and_belief_is_asked_once_the_pact_is_public():
    leaked = np.r_[np.zeros(4), np.ones(5), np.zeros(3)][None]
    worlds = by_hand("2012-01", 12, fear=0.4, approval=0.25, leaked=leaked)
    rows = published(worlds, seed=1, exact=True)
    assert figures(rows, "LPG Datos", "opinion.approval.approves_president") == [25.0] * 4
    belief = rows[rows["series"].str.startswith("opinion.truce")]
    assert belief["start"].dt.strftime("%Y-%m-%d").tolist() == ["2012-07-01", "2012-10-01"]
    assert belief["value"].tolist() == [23.0, 23.0]


def test_events_are_printed_once_with_their_month():
    leaks = np.zeros((1, 12))
    leaks[0, 3] = 1.0
    prosecuted = np.r_[np.zeros(6), np.ones(6)][None]
    zero = {"sanctions": 0.0, "strikes": 0.0, "struck": 0.0}
    worlds = by_hand("2012-01", 12, leaks=leaks, prosecuted=prosecuted, **zero)
    events = published_events(worlds, seed=1)
    assert events["type"].tolist() == ["exposure_by_press", "prosecution_of_negotiators"]
    assert events["date"].dt.strftime("%Y-%m").tolist() == ["2012-04", "2012-07"]
    assert (events["end"] - events["date"] == pd.Timedelta(days=1)).all()
    assert (events["status"] == "simulated").all()
    with pytest.raises(ValueError, match="mean reading holds shares"):
        mean = by_hand("2012-01", 12, reading="mean", leaks=0, prosecuted=0, **zero)
        published_events(mean, seed=1)


# -- Intervals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rhythm", "first", "last", "number"),
    [
        ("day", ("2011-02-01", "2011-02-02"), ("2012-11-30", "2012-12-01"), 669),
        ("week", ("2011-02-07", "2011-02-14"), ("2012-11-19", "2012-11-26"), 94),
        ("month", ("2011-02-01", "2011-03-01"), ("2012-11-01", "2012-12-01"), 22),
        ("quarter", ("2011-04-01", "2011-07-01"), ("2012-07-01", "2012-10-01"), 6),
        ("half-year", ("2011-07-01", "2012-01-01"), ("2012-01-01", "2012-07-01"), 2),
        ("year-to-date", ("2012-01-01", "2012-02-01"), ("2012-01-01", "2012-12-01"), 11),
    ],
)
def test_a_rhythm_prints_whole_intervals_only(rhythm, first, last, number):
    rows = published(deaths("2011-02", 22, 5.0), seed=1, series=["homicides"], intervals=rhythm)
    rows = rows[rows["agency"] == "PNC"]
    spans = [(f"{row.start:%Y-%m-%d}", f"{row.end:%Y-%m-%d}") for row in rows.itertuples()]
    assert (spans[0], spans[-1], len(spans)) == (first, last, number)


def test_worlds_kept_by_week_print_the_same_months():
    by_month = deaths("2012-01", 3, [[40.0, 80.0, 20.0]])
    weekly = deaths("2012-01", 12, [[10.0] * 4 + [20.0] * 4 + [5.0] * 4])
    days = [f"2012-{month:02d}-{day:02d}" for month in (1, 2, 3) for day in (1, 8, 16, 23)]
    renamed = weekly.monthly.assign_coords(month=pd.to_datetime(days)).rename(month="week")
    weekly = simulate.Ensemble(renamed, None, weekly.draws, weekly.provenance)
    pd.testing.assert_frame_equal(published(weekly, seed=1), published(by_month, seed=1))


def test_more_than_is_a_round_number_below():
    counts = np.array([[4.0, 10.0, 11.0, 100.0, 5200.0, 5201.0, 99_999.0, 12.0]])
    worlds = deaths("2010-01", 8, counts)
    rows = published(worlds, seed=1, series=["homicides"], exact=True, at_least=1.0)
    assert figures(rows, "PNC") == [4, 9, 10, 99, 5100, 5200, 99_000, 11]
    assert rows["note"].tolist()[:3] == ["", "more than", "more than"]


# -- Refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"series": ["homicide"]}, "Did you mean 'homicides'"),
        ({"intervals": "quarters"}, "Did you mean 'quarter'"),
        ({"intervals": [("2012-03-01", "2012-02-01")]}, "ends before it begins"),
        ({"intervals": [("2009-01-01", "2012-02-01")]}, "is not within"),
        ({"intervals": [("then", "2012-02-01")]}, "no pair of dates"),
        ({"series": ["prison_population"]}, "run without prisoners"),
        ({"measures": {"prison_eror": 0.1}}, "Did you mean 'prison_error'"),
        ({"measures": {"prison_error": -0.1, "poll_design": 0.5}}, "at least 0.*at least 1"),
        ({"measures": {"hidden_reported": 1.5}}, "between 0 and 1"),
        ({"seed": -1}, "whole number"),
        ({"missing": 1.0}, "missing is a share"),
        ({"at_least": 1.1}, "at_least is a share"),
    ],
)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        published(deaths("2012-01", 12, 10.0), **({"seed": 1} | options))


def test_other_cases_have_plain_agencies_and_need_their_setting():
    worlds = deaths("2012-01", 12, 10.0)
    worlds.provenance["case"] = "elsewhere"
    with pytest.raises(ValueError, match="give the setting"):
        published(worlds, seed=1)
    rows = published(worlds, seed=1, setting=model.el_salvador())
    assert set(rows["agency"]) == {"police", "forensic institute", "prosecution"}


def test_an_outlet_needs_names_and_an_order_of_dates():
    with pytest.raises(ValueError, match="a series and an agency"):
        Outlet("homicides", "", Sight.TALLY)
    with pytest.raises(ValueError, match="must come after"):
        Outlet("homicides", "PNC", Sight.TALLY, first="2012-01-01", last="2011-01-01")


# -- Laws ------------------------------------------------------------------------------------


def test_densities_are_those_of_scipy():
    y = np.arange(0, 60)
    np.testing.assert_allclose(
        model.log_negative_binomial(y, 20.0, 7.0),
        stats.nbinom.logpmf(y, 7.0, 7.0 / 27.0),
        rtol=1e-11,
    )
    np.testing.assert_allclose(
        model.log_negative_binomial(y, 20.0, np.inf), stats.poisson.logpmf(y, 20.0), rtol=1e-11
    )
    a, b = model.beta_shapes(0.3, 50, 2.0)
    np.testing.assert_allclose(
        model.log_beta_binomial(np.arange(51), 0.3, 50, 2.0),
        stats.betabinom.logpmf(np.arange(51), 50, a, b),
        rtol=1e-9,
    )
    np.testing.assert_allclose(
        model.log_beta_binomial(np.arange(51), 0.3, 50, 1.0),
        stats.binom.logpmf(np.arange(51), 50, 0.3),
        rtol=1e-9,
    )
    x = np.array([0.5, 1.0, 3.0])
    np.testing.assert_allclose(
        model.log_log_normal(x, 2.0, 0.35), stats.lognorm.logpdf(x, 0.35, scale=2.0), rtol=1e-12
    )


def test_what_cannot_be_printed_has_no_probability():
    assert np.isneginf(model.log_negative_binomial([-1, 0.5], 3.0, 10.0)).all()
    assert np.isneginf(model.log_beta_binomial([-1, 11, 0.5], 0.5, 10, 2.0)).all()
    assert np.isneginf(model.log_log_normal([0.0, -1.0], 1.0, 0.1)).all()
    assert model.log_negative_binomial(0, 0.0, 10.0) == 0.0
    assert model.log_beta_binomial([0, 1], 0.0, 10, 2.0).tolist() == [0.0, -np.inf]
    assert model.log_beta_binomial([9, 10], 1.0, 10, 2.0).tolist() == [-np.inf, 0.0]


def test_the_design_effect_multiplies_the_variance():
    y = np.arange(1251)
    p = np.exp(model.log_beta_binomial(y, 0.3, 1250, 2.0))
    mean = (p * y).sum()
    assert p.sum() == pytest.approx(1.0, abs=1e-9)
    assert mean == pytest.approx(375.0)
    assert (p * (y - mean) ** 2).sum() == pytest.approx(2.0 * 1250 * 0.3 * 0.7)


def test_compiled_samplers_give_the_bits_of_their_plain_python():
    worlds, dates = np.array([0, 7, 2**40]), np.array([12_000, 12_031])
    n, p = np.array([[3.0, 0.0], [450.0, 2600.0], [10.0, 5.0]]), np.full((3, 2), 0.7)
    where = (11, worlds, dates, 123, 130)
    fast, slow = keyed.binomials(*where, n, p), keyed.binomials.py_func(*where, n, p)
    assert (fast == slow).all()
    assert (keyed.poissons(*where, 3 * n) == keyed.poissons.py_func(*where, 3 * n)).all()
    starts, lengths = np.zeros((3, 2), dtype=np.int64), np.full((3, 2), 31)
    where = (11, worlds, dates, 123, n, starts, lengths)
    assert (keyed.days_within(*where) == keyed.days_within.py_func(*where)).all()


def test_errands_never_meet_the_purposes_of_the_game():
    from tregua.model.chance import Purpose

    assert min(keyed.Errand) > max(Purpose)
    assert max(keyed.Errand) < 256


def test_measures_lie_within_their_ranges_and_are_explained():
    table = model.measure_table()
    assert (table["low"] <= table["default"]).all()
    assert (table["default"] <= table["high"]).all()
    assert (table["meaning"].str.len() > 10).all()
    assert (table["source"].str.len() > 10).all()


def test_the_reference_page_lists_the_measures_as_declared():
    from write_measures import MEASURES_PAGE, measures_page

    written = MEASURES_PAGE.read_text(encoding="utf-8")
    assert written == measures_page(), "run python docs/_ext/write_measures.py"


# -- From end to end -------------------------------------------------------------------------


def test_printed_figures_are_read_by_the_detector(tmp_path):
    run = CliRunner().invoke
    file = tmp_path / "figures.csv"
    options = ["--worlds", "2", "--from", "2010", "--to", "2014", "--published", str(file)]
    assert run(main, ["simulate", *options, "--json"]).exit_code == 0
    table = pd.read_csv(file)
    assert set(table["status"]) == {"simulated"}
    assert set(table["world"]) == {0, 1}

    several = run(main, ["detect", str(file)])
    assert several.exit_code == 1
    assert "--world 0" in several.output
    found = run(main, ["detect", str(file), "--world", "1", "--json"])
    assert found.exit_code == 0, found.output
    document = json.loads(found.stdout)
    assert len(document["months"]) == 60
    assert document["tiles"][0]["families"] == ["IML", "PNC"]
    assert any(found["median"].startswith("2012-0") for found in document["breaks"])

    frame = infer.read_table(file, world=1).frame
    chosen = table[(table["world"] == 1) & (table["series"] == "homicides")]
    two = chosen[chosen["start"] == "2010-01-01"]["value"].to_numpy()
    assert frame["value"].iloc[0] == pytest.approx(np.expm1(np.log1p(two).mean()))
    with pytest.raises(ValueError, match="holds no world 9"):
        infer.read_table(file, world=9)
    assert run(main, ["detect", "el-salvador", "--world", "1"]).exit_code == 1
    assert run(main, ["simulate", "--published", "figures.txt"]).exit_code == 2
