"""Do the scores say what is so, where it can be known another way?"""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tregua import infer
from tregua.infer.scores import inside, measures
from tregua.infer.scores.calibrated import calibrated, drawn
from tregua.infer.scores.elsewhere import elsewhere
from tregua.infer.scores.misspecified import CONDITIONS, misspecified
from tregua.infer.scores.options import Options
from tregua.infer.scores.turning_points import POINTS, judge_points


def test_the_rank_of_an_interval_end_is_its_level():
    truth = drawn(3, seed=5)
    months = infer.detect(truth.table, threads=1).months
    for place in (10, 60, 119):
        row = months.iloc[place]
        # Ends are drawn through cells of 6 %, so that a rank may be off by a part of a cell.
        assert inside.rank(truth.table, place, row["level_low"]) == pytest.approx(0.05, abs=0.01)
        assert inside.rank(truth.table, place, row["level_high"]) == pytest.approx(0.95, abs=0.01)


def test_the_checks_hold_on_the_detectors_own_series():
    # Six checks that fail by chance in 1 of 1,000 runs each; the seed is fixed.
    checks = calibrated(Options(seed=11, worlds=16))["checks"].set_index("check")
    assert len(checks) == 8
    assert checks["holds"].all(), checks


def test_the_checks_can_fail():
    # The same ranks, as if every level had been said a third too high.
    ranks = np.array(
        [
            inside.rank(truth.table, 50, truth.level[50] / 1.3)
            for truth in (drawn(world, seed=11) for world in range(20))
        ]
    )
    held = measures.uniform(ranks, classes=4)
    assert not held.passed


def test_broken_assumptions_and_mechanistic_worlds_are_scored():
    tables = misspecified(Options(seed=1, worlds=2))
    bent, worlds = tables["bent"], tables["mechanistic"]
    assert bent["condition"].tolist() == list(CONDITIONS)
    assert bent["level_covered"].between(0.4, 1).all()
    quiet = worlds.iloc[-1]
    assert (quiet["found"], quiet["found_online"]) == (0, 0)  # there is no pact in these
    assert worlds["left_of_deaths"].iloc[0] < 0.8 < quiet["left_of_deaths"]


def found(masses):
    """A detection of 2003 to 2022 with these dated falls, made by hand."""
    months = pd.date_range("2003-01", "2022-12", freq="MS")
    frame = pd.DataFrame({"month": months, "suppressed_filtered": 0.0, "p_escalation": 0.1})
    frame["onset"] = 0.0
    rows = []
    for month, mass in masses.items():
        at = months.get_loc(f"{month}-01")
        frame.loc[at, "onset"] = mass
        frame.loc[at + 1, "suppressed_filtered"] = 0.9
        rows.append({**dict.fromkeys(("median", "low", "high"), months[at]), "mass": mass})
    return SimpleNamespace(months=frame, breaks=pd.DataFrame(rows))


def test_turning_points_found_missed_and_unknown():
    tables = judge_points(
        found({"2012-03": 0.9, "2016-05": 0.9, "2019-07": 0.6, "2021-07": 0.7, "2022-04": 1.0})
    )
    points = tables["points"].set_index("month")
    assert points.loc["2016-04", "mass_month"] == 0.9
    assert points.loc["2012-03", ["found", "mass", "delay_online"]].tolist() == [True, 0.9, 1.0]
    assert not points.loc["2004-08", "found"]
    assert points.loc["2021-07", "en"] == "no known turning point"
    assert len(points) == len(POINTS) + 1
    reached = tables["targets"].set_index("target")["figure"]
    # 2019-07 lacks mass, 2016-05 is a month late and counts; 2021-07 is one too many.
    assert (reached["four_dates"], reached["no_other"]) == (3, 1)


def test_a_sharp_date_keeps_what_lies_beside_it():
    one = found({"2012-03": 0.83})
    one.months.loc[one.months["month"] == pd.Timestamp("2012-04"), "onset"] = 0.04
    one.months.loc[one.months["month"] == pd.Timestamp("2012-05"), "onset"] = 0.02
    tables = judge_points(one)
    row = tables["points"].set_index("month").loc["2012-03"]
    # The printed window holds the peak alone; a month beside it counts, two months off does not.
    assert [row["mass"], row["mass_month"], row["mass_near"]] == pytest.approx([0.83, 0.87, 0.89])
    assert tables["targets"].set_index("target")["figure"]["four_dates"] == 1


def test_other_places_give_events_and_alarms(tmp_path):
    months = pd.date_range("2010-01", periods=60, freq="MS")
    rng = np.random.default_rng(4)
    level = np.where(np.arange(60) < 36, 200, 80)
    falls = pd.DataFrame({"date": months, "homicides": rng.poisson(level)})
    falls.to_csv(tmp_path / "monthly_here_city.csv", index=False)
    event = {"date": "2013-01-05", "event_type": "pact_start", "description": "An invented pact"}
    vague = {**event, "date": "2013"}
    other = {**event, "event_type": "election"}
    pd.DataFrame([event, vague, other]).to_csv(tmp_path / "events_here.csv", index=False)
    panel = [
        pd.DataFrame({"date": months, "homicides": rng.poisson(40, 60), "state": name})
        for name in ("A", "B")
    ]
    pd.concat(panel).to_csv(tmp_path / "monthly_flat.csv", index=False)
    tables = elsewhere(Options(cases=tmp_path))
    assert tables["events"]["month"].tolist() == ["2013-01"]
    row = tables["events"].iloc[0]
    assert row["found"]
    assert row["delay_detector_online_suppressed"] <= 1
    alarms = tables["alarms"]
    assert set(alarms["group"]) == {"flat", "all panels"}
    assert (alarms["decades"] == 1.0).all()
    sure = alarms[(alarms["threshold"] == 0.8) & (alarms["group"] == "all panels")]
    assert sure["alarms"].sum() == 0
