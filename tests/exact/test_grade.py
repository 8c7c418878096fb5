"""Marks worked out by hand, designs whose mark is known beforehand, and truths that are exact."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from tregua.assess.designs import DesignError
from tregua.assess.grade import NOMINAL, SCENARIOS, Answer, grade, marks_of, reputations, worlds_of
from tregua.assess.grade.marks import MARK_COLUMNS
from tregua.assess.grade.questions import ASK, asked, truth_for
from tregua.assess.grade.run import answers_of
from tregua.cli import main

WORLDS = 8
STILL, PACT = SCENARIOS["no_effect"], SCENARIOS["secret_pact"]


@pytest.fixture(scope="module")
def still():
    return worlds_of(STILL, WORLDS, seed=1)


@pytest.fixture(scope="module")
def pact():
    return worlds_of(PACT, WORLDS, seed=1)


def knows(world, scenario):
    """A design that is told the truth."""
    return Answer(world.recorded, world.recorded * 0.99, world.recorded * 1.01)


def halves(world, scenario):
    """A design that answers one half whatever it sees."""
    return Answer(0.5, 0.4, 0.6)


def refuses(world, scenario):
    raise DesignError("nothing to be said", "nada que decir")


# Truth.


def test_where_nothing_happens_the_truth_is_exactly_one(still):
    for world in still:
        for name in ("recorded", "killed", "shared_recorded", "neighbours_recorded"):
            assert getattr(world, name) == 1.0


def test_both_runs_agree_until_the_event_and_differ_from_it(still, pact):
    months = still[0].months
    before = months < pd.Timestamp(PACT.event)
    for quiet, changed in zip(still, pact, strict=True):
        np.testing.assert_array_equal(quiet.printed[before], changed.printed[before])
        assert changed.printed[~before].sum() < quiet.printed[~before].sum()
        assert changed.recorded < 1


def test_the_truth_is_near_the_ratio_of_what_was_printed(still, pact):
    # Printing errors are the same in both runs, so that they nearly cancel.
    inside = still[0].months >= pd.Timestamp(PACT.event)
    for quiet, changed in zip(still, pact, strict=True):
        printed = changed.printed[inside].sum() / quiet.printed[inside].sum()
        assert printed == pytest.approx(changed.recorded, rel=0.1)


def test_a_world_does_not_depend_on_how_many_there_are(pact):
    few = worlds_of(PACT, 2, seed=1)
    np.testing.assert_array_equal(few[1].printed, pact[1].printed)
    assert few[1].recorded == pact[1].recorded
    np.testing.assert_array_equal(few[1].donors, pact[1].donors)


def test_hiding_parts_the_two_truths():
    # Not in every world: where other killing prevails there is little to hide.
    ratios = [(w.recorded, w.killed) for w in worlds_of(SCENARIOS["hiding"], WORLDS, seed=1)]
    recorded, killed = np.median(ratios, axis=0)
    assert recorded < killed - 0.05
    assert killed < 1


def test_a_rule_of_counting_changes_the_tally_and_not_the_truth(still):
    ruled = worlds_of(SCENARIOS["counting_rules"], WORLDS, seed=1)
    after = ruled[0].months >= pd.Timestamp("2011-01")
    share = sum(w.printed[after].sum() for w in ruled) / sum(w.printed[after].sum() for w in still)
    assert 0.75 < share < 0.85
    assert {world.recorded for world in ruled} == {1.0}


def test_which_scenarios_ask_for_size():
    without = {name for name, one in SCENARIOS.items() if not one.effect}
    assert without == {
        "no_effect",
        "crackdown_alone",
        "counting_rules",
        "counting_rules_told",
    }
    assert not SCENARIOS["coinciding_crackdown"].fair


def test_panels_hold_the_world_its_donors_and_its_dates(pact):
    world = pact[0]
    others = world.others
    assert others["unit"].nunique() == 13
    own = others.loc[others["unit"] == "treated", "value"].to_numpy()
    np.testing.assert_array_equal(own, np.round(world.printed * world.shared))
    panel = world.panel(PACT.event)
    dated = panel.groupby("unit")["treated_from"].first()
    assert (dated.dropna() == pd.Timestamp(PACT.event)).all()
    assert dated.notna().sum() == 6
    assert dated.isna().sum() == 12


# Designs whose mark is known.


def test_a_design_that_knows_is_right_and_one_that_guesses_is_not(still, pact):
    designs = {"knows": knows, "halves": halves, "refuses": refuses}
    answers = pd.concat(
        [
            answers_of(designs, STILL, still, threads=1),
            answers_of(designs, PACT, pact, threads=1),
        ]
    )
    marks = marks_of(answers).set_index(["design", "scenario"])
    assert tuple(marks.reset_index().columns) == MARK_COLUMNS
    right, wrong = marks.loc[("knows", "no_effect")], marks.loc[("halves", "no_effect")]
    assert (right["bias"], right["coverage"], right["found"]) == (0.0, 1.0, 0.0)
    assert not right["exceeds"]
    assert (wrong["coverage"], wrong["found"], wrong["nominal"]) == (0.0, 1.0, NOMINAL)
    assert wrong["exceeds"]
    assert wrong["bias"] == pytest.approx(math.log(0.5))
    assert marks.loc[("knows", "secret_pact"), "found"] == 1.0
    assert marks.loc[("knows", "secret_pact"), "asks"] == "power"
    silent = marks.loc[("refuses", "secret_pact")]
    assert silent["answered"] == 0.0
    assert math.isnan(silent["found"])
    assert math.isnan(silent["coverage"])


def test_truth_of_another_world_is_noticed(pact):
    answers = answers_of({"knows": knows}, PACT, pact, threads=1)
    moved = answers.assign(recorded=np.roll(answers["recorded"], 1))
    assert marks_of(answers)["coverage"].item() == 1.0
    assert marks_of(moved)["coverage"].item() < 0.5


def table(**columns):
    base = {"design": "d", "scenario": "s", "effect": False, "dates_breaks": False}
    return pd.DataFrame({**base, "killed": 1.0, **columns})


def test_marks_by_hand():
    answers = table(
        recorded=[1.0, 1.0, 1.0, 1.0],
        value=[1.0, math.e, np.nan, math.e**2],
        low=[0.5, 1.5, np.nan, 5.0],
        high=[2.0, 9.0, np.nan, 20.0],
        says=[0.0, 1.0, np.nan, 1.0],
    )
    row = marks_of(answers).iloc[0]
    assert row["answered"] == 0.75
    assert row["bias"] == pytest.approx(1.0)
    assert row["spread"] == pytest.approx(1.0)
    # Three answers with standard deviation 1: t(2) at 0.95 is 2.92.
    assert row["bias_high"] == pytest.approx(1 + 2.91999 / math.sqrt(3), abs=1e-4)
    assert row["coverage"] == pytest.approx(1 / 3)
    assert row["found"] == pytest.approx(2 / 3)
    assert row["width"] == pytest.approx(math.log(4))


def test_power_counts_only_the_side_of_the_truth():
    answers = table(
        effect=True,
        recorded=[0.5, 0.5],
        value=[0.5, 1.5],
        low=[0.4, 1.2],
        high=[0.6, 1.9],
        says=[-1.0, 1.0],
    )
    assert marks_of(answers)["found"].item() == 0.5


def test_one_that_dates_breaks_promises_no_level():
    answers = table(
        dates_breaks=True, recorded=1.0, value=[0.5] * 9, low=0.4, high=0.6, says=[-1.0] * 9
    )
    row = marks_of(answers).iloc[0]
    assert row["found"] == 1.0
    assert math.isnan(row["nominal"])
    assert not row["exceeds"]
    assert reputations(answers, seed=1, fair=["s"], size_of="s") == []


def test_a_reputation_has_the_fields_that_a_summary_reads(still, pact):
    from dataclasses import fields

    from tregua.assess.designs import Reputation

    frames = [
        answers_of({"halves": halves}, kind, w, threads=1)
        for kind, w in ((STILL, still), (PACT, pact))
    ]
    (entry,) = reputations(pd.concat(frames), seed=3, fair=["secret_pact"])
    assert set(entry) == {field.name for field in fields(Reputation)}
    found = Reputation(**entry)
    assert found.size == 1.0
    assert found.exceeds()
    assert (found.worlds, found.seed) == (WORLDS, 3)


# Asking.


def test_a_rate_ratio_finds_the_pact(pact):
    answers = answers_of({"rate_ratio": ASK["rate_ratio"]}, PACT, pact, threads=1)
    assert (answers["says"] == -1).mean() > 0.5
    assert answers["value"].notna().all()


def test_what_an_answer_claims():
    assert Answer(0.5, 0.4, 0.6).says() == -1
    assert Answer(2.0, 1.5, 3.0).says() == 1
    assert Answer(0.9, 0.5, 1.5).says() == 0
    assert math.isnan(Answer(0.9).says())
    assert Answer(0.9, found=True).says() == -1
    assert Answer(1.0, found=False).says() == 0


def test_the_detector_is_not_asked_for_a_rise(pact):
    assert not asked("detector", SCENARIOS["backlash"])
    assert asked("segments", SCENARIOS["backlash"])
    assert truth_for("differences", pact[0]) == pact[0].neighbours_recorded
    assert truth_for("synthetic_control", pact[0]) == pact[0].shared_recorded


def test_the_number_of_threads_changes_nothing():
    wanted = {"designs": ["rate_ratio", "segments"], "scenarios": ["secret_pact"], "worlds": 3}
    one, four = (grade(**wanted, threads=number) for number in (1, 4))
    pd.testing.assert_frame_equal(one["answers"], four["answers"])


# Bad input.


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'rate_ratio'"):
        grade(["rate_ratios"])
    with pytest.raises(ValueError, match="Did you mean 'backlash'"):
        grade(["rate_ratio"], scenarios=["backlashes"])
    with pytest.raises(ValueError, match="at least 2"):
        grade(["rate_ratio"], worlds=1)
    with pytest.raises(ValueError, match="can be asked"):
        grade(["detector"], scenarios=["backlash"], worlds=2)
    with pytest.raises(ValueError, match="at least 1"):
        worlds_of(STILL, 0, seed=1)


# The command.


def test_the_command_prints_writes_and_refuses(tmp_path):
    given = [
        "grade",
        "--only",
        "rate_ratio",
        "--scenario",
        "no_effect",
        "--scenario",
        "secret_pact",
    ]
    shown = CliRunner().invoke(main, [*given, "--worlds", "3", "--out", str(tmp_path), "--json"])
    assert shown.exit_code == 0, shown.output
    document = json.loads(shown.stdout)
    assert [row["scenario"] for row in document["tables"]["marks"]] == ["no_effect", "secret_pact"]
    assert json.loads((tmp_path / "grade.json").read_text())["tables"] == document["tables"]
    told = document["tables"]["reputations"]
    assert told[0]["design"] == "rate_ratio"
    assert len(pd.read_csv(tmp_path / "answers.csv")) == 6
    spoken = CliRunner().invoke(main, [*given, "--worlds", "2", "--lang", "es"])
    assert "no pasa nada" in spoken.output
    wrong = CliRunner().invoke(main, ["grade", "--only", "rate_ratoi"])
    assert wrong.exit_code == 1
    assert "Did you mean 'rate_ratio'" in wrong.stderr
