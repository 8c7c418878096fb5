"""Measures on inputs small enough to be worked out by hand, and the rules that judge."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from write_scores import SCORES_PAGE, scores_page

from tregua.cli import main
from tregua.infer import scores
from tregua.infer.scores import judging, measures, methods, shipped, targets, worlds
from tregua.infer.scores.elsewhere import series_of
from tregua.infer.scores.judging import Examined
from tregua.infer.scores.methods import Answer
from tregua.infer.scores.options import Options, each, luck

NAN = float("nan")


# Measures.


def test_brier_and_its_skill_by_hand():
    said, true = [0.9, 0.2, 0.6, NAN], [True, False, False, True]
    assert measures.brier(said, true) == pytest.approx((0.01 + 0.04 + 0.36) / 3)
    # Base rate 1/3: always saying it scores 1/3 x 2/3 = 2/9.
    assert measures.brier_skill(said, true) == pytest.approx(1 - (0.41 / 3) / (2 / 9))
    assert measures.brier_skill([0.5, 0.5], [True, False]) == pytest.approx(0.0)
    assert np.isnan(measures.brier_skill([0.5, 0.5], [True, True]))


def test_the_log_score_by_hand():
    assert measures.log_score([0.5, 0.25], [True, False]) == pytest.approx(
        -(np.log(0.5) + np.log(0.75)) / 2
    )
    # What was held impossible and happened costs log of a million, not infinity.
    assert measures.log_score([0.0], [True]) == pytest.approx(np.log(1e6))


def test_auc_counts_pairs():
    score, true = [0.9, 0.4, 0.4, 0.1], [True, True, False, False]
    # Pairs: .9>.4, .9>.1, .4=.4 (half), .4>.1.
    assert measures.auc(score, true) == pytest.approx(3.5 / 4)
    rng = np.random.default_rng(3)
    many, truth = rng.integers(0, 6, 60) / 5, rng.random(60) < 0.3
    above = many[truth][:, None] - many[~truth][None, :]
    assert measures.auc(many, truth) == pytest.approx(((above > 0) + 0.5 * (above == 0)).mean())


def test_reliability_and_calibration_error_by_hand():
    table = measures.reliability([0.1, 0.3, 0.7, 1.0], [False, True, True, True], classes=2)
    assert table["months"].tolist() == [2, 2]
    assert table["said"].tolist() == pytest.approx([0.2, 0.85])
    assert table["observed"].tolist() == [0.5, 1.0]
    assert measures.calibration_error(table) == pytest.approx((2 * 0.3 + 2 * 0.15) / 4)


def test_wilson_by_the_quadratic_it_solves():
    # The ends p solve (share - p)^2 = z^2 p (1 - p) / n.
    low, high = measures.wilson(3, 10)
    for end in (low, high):
        assert (0.3 - end) ** 2 == pytest.approx(1.6448536**2 * end * (1 - end) / 10, rel=1e-5)
    assert measures.wilson(0, 5)[0] == 0.0
    assert measures.wilson(5, 5)[1] == 1.0
    assert np.isnan(measures.wilson(0, 0)).all()


def test_alarms_per_decade():
    rate, low, high = measures.per_decade(3, 240)
    assert rate == 1.5
    # Garwood: at the ends, three events or more (or fewer) have a chance of 5 %.
    from scipy import stats

    assert stats.poisson.sf(2, low * 2) == pytest.approx(0.05)
    assert stats.poisson.cdf(3, high * 2) == pytest.approx(0.05)
    assert measures.per_decade(0, 120)[1] == 0.0


def test_crossings_and_delay():
    values = [0.9, 0.2, 0.5, 0.6, NAN, 0.7, 0.1]
    # The first month is no crossing; after a month without a value one begins again.
    assert measures.crossings(values, 0.5).tolist() == [2, 5]
    assert measures.delay(values, 0.5, 1, 4) == 1
    assert np.isnan(measures.delay(values, 0.5, 3, 5))


def test_a_logistic_curve_meets_the_shares_it_was_fitted_on():
    x = np.repeat([0.0, 1.0], 10)
    truth = np.r_[np.arange(10) < 2, np.arange(10) < 7]
    curve = measures.logistic(x, truth, ridge=0.0)
    assert curve.at([0.0, 1.0]) == pytest.approx([0.2, 0.7])
    assert curve.at(curve.where(0.5)) == pytest.approx(0.5)
    flat = measures.logistic([1.0, 2.0], [True, True])
    assert flat.slope == 0.0
    assert np.isnan(flat.where(0.5))
    steep = measures.logistic([0.0, 0.0, 1.0, 1.0], [False, False, True, True])
    assert np.isfinite(steep.slope)


def test_recalibration_never_sees_its_own_fold():
    score = np.array([0.0, 1.0, 0.0, 1.0])
    truth, fold = np.array([False, True, True, False]), np.array([0, 0, 1, 1])
    first = measures.recalibrated(score, truth, fold)
    second = measures.recalibrated(score, [True, False, True, False], fold)
    # The other fold's truth is unchanged, so are the probabilities of fold 0.
    assert first[:2].tolist() == second[:2].tolist()
    assert first[0] > first[1]  # learnt from fold 1, where the score points the other way


def test_uniform_ranks_by_the_sum_of_squares():
    check = measures.uniform([0.05, 0.15, 0.25, 0.35], classes=2)
    assert check.figure == pytest.approx((4 - 2) ** 2 / 2 + (0 - 2) ** 2 / 2)
    assert measures.uniform(np.arange(100) / 100 + 0.005).passed
    assert not measures.uniform(np.full(100, 0.5)).passed


def test_shares_and_means_are_checked():
    assert measures.share_is(90, 100, 0.9).passed
    assert not measures.share_is(60, 100, 0.9).passed
    assert measures.share_is(45, 100, 0.5).low <= 0.45
    assert measures.mean_is_zero([-1.0, 1.0, -2.0, 2.0]).passed
    assert not measures.mean_is_zero(np.r_[np.full(20, 1.0), 1.1]).passed


# Worlds.


def test_a_world_is_its_seed_number_and_stratum():
    one, again = worlds.plant(7, seed=3), worlds.plant(7, seed=3)
    pd.testing.assert_frame_equal(one.table, again.table)
    assert not one.table.equals(worlds.plant(7, seed=4).table)
    assert not one.table.equals(worlds.plant(7, seed=3, stratum="hard").table)
    # A change of these numbers is a change of every planted score.
    assert one.table["count"].head(6).tolist() == FIRST_COUNTS
    with pytest.raises(ValueError, match="Known: plain, hard"):
        worlds.plant(1, seed=1, stratum="soft")


FIRST_COUNTS = [728, 563, 651, 599, 687, 628]


def test_every_combination_is_planted_once_in_150_worlds():
    planted = [worlds.plant(number, seed=1) for number in range(150)]
    cells = {(w.base, w.effect, w.duration) for w in planted}
    assert len(cells) == 150
    early = planted[:60]
    assert len({(w.base, w.effect) for w in early}) == 30
    assert {w.duration for w in early} == set(worlds.DURATIONS)


def test_the_shares_of_decoys_are_those_stated():
    planted = [worlds.plant(number, seed=2, stratum="hard") for number in range(300)]
    falls = np.mean([w.fall >= 0 for w in planted])
    spikes = np.mean([w.spike >= 0 for w in planted])
    # Standard error .028; room for worlds without room. False alarm below 1 in 1,000.
    assert 0.30 < falls < 0.50
    assert 0.45 < spikes < 0.70
    assert all(w.fall == -1 or abs(w.fall - w.onset) >= 18 for w in planted)
    plain = [worlds.plant(number, seed=2) for number in range(50)]
    assert all(w.spike == w.rule == w.spike_end == -1 for w in plain)


def world(**changes):
    """A world of 60 months without luck: a pact in months 30 to 41, a fall in month 5."""
    months = pd.date_range("2000-01", periods=60, freq="MS")
    level = np.full(60, 100.0)
    level[30:42] = 50.0
    about = {
        "number": 0,
        "stratum": "plain",
        "table": pd.DataFrame({"date": months, "count": level.astype(int)}),
        "months": months,
        "level": level,
        "base": 100,
        "effect": 0.5,
        "duration": 12,
        "erodes": False,
        "onset": 30,
        "fall": 5,
        "rise": -1,
        "spike": 48,
        "spike_end": 51,
        "rule": -1,
    }
    return worlds.World(**{**about, **changes})


def test_an_alarm_is_due_to_what_lies_before_it():
    here = world()
    expected = {27: "nothing", 28: "pact", 41: "pact", 42: "nothing", 3: "permanent fall"}
    expected |= {16: "permanent fall", 17: "nothing", 47: "nothing", 48: "spike", 56: "spike"}
    expected |= {57: "nothing"}
    assert {month: here.origin(month) for month in expected} == expected


# The rules that judge.


def detector(place=31, factor=4.0):
    score = np.zeros(60)
    score[31:40] = 0.9
    score[6] = score[55] = 0.6
    onset = np.zeros(60)
    onset[place], onset[place + 1] = 0.5, 0.3
    falls = pd.DataFrame(
        [(place, place, place + 1, place, place + 1, 0.8, 1.0, factor)],
        columns=list(methods._FALL_COLUMNS),
    )
    return Answer(methods.SMOOTHED, score, 0.5, True, False, falls, onset)


def online():
    score = np.zeros(60)
    score[33:36], score[20] = 0.7, 0.6
    return Answer(methods.ONLINE_SUPPRESSED, score, 0.5, True, True)


def judged(*answers, **changes):
    level = np.where(np.arange(60) < 30, 100.0, 60.0)
    return judging.judge(
        [Examined(world(number=n, **changes), list(answers), level) for n in (0, 1)]
    )


def test_a_pact_found_dated_and_waited_for():
    table = judged(detector(), online())["methods"].set_index("method")
    hindsight, live = table.loc[methods.SMOOTHED], table.loc[methods.ONLINE_SUPPRESSED]
    assert (hindsight["planted"], hindsight["found"], hindsight["within_a_month"]) == (2, 2, 1.0)
    assert (live["found"], live["delay"]) == (2, 3.0)
    # 24 months were under a pact, 9 of 12 in each world said with .9.
    brier = (9 * 0.01 + 3 * 1.0 + 2 * 0.36) / 60
    assert hindsight["brier"] == pytest.approx(brier)
    assert hindsight["skill"] == pytest.approx(1 - brier / 0.16)


def test_a_fall_dated_four_months_late_is_not_found():
    table = judged(detector(place=34), online())["methods"].set_index("method")
    assert table.loc[methods.SMOOTHED, "found"] == 0


def test_false_alarms_are_counted_per_decade_outside_pacts():
    alarms = judged(detector(), online())["alarms"]
    row = alarms[(alarms["method"] == methods.SMOOTHED) & (alarms["threshold"] == 0.5)].iloc[0]
    # In each world an alarm at the pact, one at the permanent fall, which is no false one, and one
    # at month 55, within half a year of the spike's end.
    assert row["at_permanent_fall"] == 2
    assert (row["at_pact"], row["at_spike"], row["false_alarms"]) == (2, 2, 2)
    assert row["per_decade"] == pytest.approx(120 * 2 / 96)
    sure = alarms[(alarms["method"] == methods.SMOOTHED) & (alarms["threshold"] == 0.8)].iloc[0]
    assert sure["false_alarms"] == 0


def test_intervals_effects_and_labels():
    tables = judged(detector(), online())
    nominal = tables["dates"].set_index("nominal")["covered"]
    assert nominal.to_dict() == {0.5: 0.0, 0.9: 0.0}  # the onset is month 30, the interval 31-32
    assert judged(detector(place=30), online())["dates"]["covered"].tolist() == [1.0, 1.0]
    effect = tables["effects"].iloc[0]
    assert effect["bias"] == pytest.approx(np.log(0.6) - np.log(0.5))
    kinds = tables["kinds"].set_index("label")
    assert kinds.loc["leans reversible", ["falls", "at_pact"]].tolist() == [2, 2]
    assert kinds.loc["cannot tell", "falls"] == 0


def test_targets_are_met_missed_or_not_measured():
    table = targets.target_table(
        [
            targets.Target("clear_recall", 0.81, least=0.8),
            targets.Target("intervals", 0.99, least=0.85, most=0.97),
            targets.Target("skill_online", NAN, least=0.15),
        ]
    )
    assert table["met"].tolist() == ["met", "missed", "not measured"]
    assert table["asked"].tolist() == ["≥ 0.8", "0.85 to 0.97", "≥ 0.15"]


# Rivals.


def test_the_twelve_month_ratio_by_hand():
    counts = np.r_[np.full(12, 20.0), np.full(12, 10.0)]
    ratio = methods.twelve_months(counts)
    assert np.isnan(ratio[:22]).all()
    assert ratio[23] == pytest.approx(10.5 / 20.5)


def test_the_sum_of_shortfalls_by_hand():
    counts = np.r_[np.tile([90.0, 110.0], 12), 80.0, 80.0]
    known = counts[:24]
    spread = known.std(ddof=1)
    found = methods.cusum(counts)
    assert np.isnan(found[:12]).all()
    assert found[24] == pytest.approx(found[23] * 0 + max(0, found[23] + 20 / spread - 0.5))
    assert (methods.cusum(np.full(40, 50.0))[12:] == 0).all()


def test_binary_segmentation_cuts_where_the_level_falls():
    rng = np.random.default_rng(5)
    counts = np.r_[rng.poisson(200, 40), rng.poisson(90, 40)].astype(float)
    counts[10] = NAN
    _, falls = methods._cuts(counts)
    assert falls["place"].tolist() == [40]
    assert methods._cuts(rng.poisson(50, 80).astype(float))[1].empty


# Registry, threads and the command.


def test_threads_change_no_bit_and_order_is_kept():
    def draw(number):
        return luck(1, 2, number, 3)

    one = each(draw, range(20), Options(threads=1))
    four = each(draw, range(20), Options(threads=4))
    assert np.array_equal(one, four)
    assert np.array_equal(one[5], luck(1, 2, 5, 3))
    assert not np.array_equal(luck(1, 3, 5, 3), one[5])


def test_an_unknown_score_is_refused_with_the_nearest():
    assert [score.name for score in scores.chosen(["planted"])] == ["planted"]
    assert [score.name for score in scores.chosen([])] == list(scores.SCORES)
    with pytest.raises(ValueError, match="Did you mean 'planted'"):
        scores.chosen(["plantd"])


def test_every_score_has_both_languages():
    for score in scores.SCORES.values():
        assert set(score.title) == set(score.asks) == {"en", "es"}
        assert score.title["en"] != score.title["es"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "plantd"), "Did you mean 'planted'"),
        (("--only", "elsewhere"), "--cases FOLDER"),
        (("--only", "elsewhere", "--cases", "no-such-folder"), "There is no folder"),
        (("--worlds", "1"), "x>=2"),
        (("--seed", "-1"), "is not in the range"),
    ],
)
def test_wrong_input_gets_one_clear_message(arguments, said):
    result = CliRunner().invoke(main, ["score", *arguments])
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output


def test_the_command_writes_tables_and_how_to_make_them_again(tmp_path):
    arguments = ["score", "--only", "planted", "--quick", "--worlds", "4", "--seed", "3"]
    result = CliRunner().invoke(main, [*arguments, "--json", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document == json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    again = CliRunner().invoke(main, [*arguments, "--json", "--threads", "1"])
    assert json.loads(again.stdout) == document
    made = document["provenance"]
    assert made["command"] == "tregua score --only planted --quick --worlds 4 --seed 3"
    table = pd.read_csv(tmp_path / "planted-methods.csv")
    assert set(table["stratum"]) == {"plain", "hard"}
    assert (table["planted"] > 0).all()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_screen_is_no_wider_than_a_hundred_columns(lang):
    arguments = ["--only", "planted", "--worlds", "2", "--lang", lang]
    result = CliRunner().invoke(main, ["score", *arguments])
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert "…" not in result.stdout


# Series of other places.


def test_series_are_read_by_the_form_of_their_files(tmp_path):
    months = pd.date_range("2010-01", periods=30, freq="MS")
    single = pd.DataFrame({"date": months, "homicides": 50, "area": "Somewhere"})
    single.to_csv(tmp_path / "monthly_somewhere.csv", index=False)
    panel = pd.concat(
        [single.assign(area=name, homicides=n) for name, n in (("A", 9), ("B", 1), ("C", 4))]
    )
    panel.to_csv(tmp_path / "monthly_panel.csv", index=False)
    single[["date"]].to_csv(tmp_path / "monthly_empty.csv", index=False)
    found = {(one.group, one.name): one.panel for one in series_of(tmp_path)}
    # B has too few deaths to say anything.
    assert found == {("panel", "A"): True, ("panel", "C"): True, ("somewhere", "Somewhere"): False}


# What is shipped.


def test_the_page_says_what_is_shipped():
    page = SCORES_PAGE.read_text(encoding="utf-8")
    assert page == scores_page(), "run python docs/_ext/write_scores.py"


def test_what_is_shipped_rests_on_no_series_of_other_places():
    made = shipped.shipped_provenance()
    assert "--cases" not in made["command"]
    with pytest.raises(ValueError, match="No shipped table 'alarms' of 'elsewhere'"):
        shipped.shipped("elsewhere", "alarms")


def test_shipped_targets_are_those_that_were_asked():
    table = shipped.shipped_targets()
    assert set(table["target"]) <= set(targets.ASKS)
    assert set(table["met"]) <= {"met", "missed", "not measured"}
