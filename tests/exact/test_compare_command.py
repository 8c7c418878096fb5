"""`tregua compare`: what it prints, what it refuses, and where its worlds come from."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from tests._posterior import saved_posteriors

from tregua.cli import main

SMALL = ("--strategies", "status_quo,reform", "--horizon", "6m", "--worlds", "50")


def call(*arguments: str):
    return CliRunner().invoke(main, ["compare", *arguments])


def document(*arguments: str) -> dict:
    result = call(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def posterior(tmp_path_factory) -> Path:
    """A made-up posterior of 60 draws: the prior, saved as a calibration would."""
    return saved_posteriors(tmp_path_factory.mktemp("posterior"))


def test_json_holds_every_table_apart_and_weights_beside_them() -> None:
    weights = "killed=1,hidden=2"
    found = document(*SMALL, "--gangs", "answer_in_kind,always_press", "--weights", weights)
    assert found["worlds"] == {
        "from": "cloud",
        "used": 50,
        "cap": 50,
        "reached": None,
        "effective": pytest.approx(50),
    }
    for table in ("ledger", "differences", "best", "best_for_most", "sentences", "weighed"):
        assert {row["reply"] for row in found[table]} == {"answer_in_kind", "always_press"}, table
    assert {row["horizon"] for row in found["ledger"]} == {0.5}
    assert found["weights"] == {"killed": 1.0, "hidden": 2.0}
    assert {row["weights"] for row in found["weighed"]} == {"killed 1, hidden 2"}
    assert found["notes"] == ["Weights: hidden and killed share persons, who are weighed twice."]
    assert {row["outcome"] for row in found["sentences"]} == {"killed"}
    assert "weighed" not in document(*SMALL)


def test_people_are_shown_the_ledger_whatever_weights_they_state() -> None:
    result = call(*SMALL, "--weights", "killed=1", "--lang", "es")
    assert result.exit_code == 0, result.output
    for part in (
        "After 6 months from 2012-01: killed, less status_quo",
        "Harm ledger after 6 months, median of worlds, never summed",
        "Best in most worlds after 6 months",
        "Under your weights (killed 1)",
        "What may be printed",
        "los 6 meses que empiezan en enero de 2012",
    ):
        assert part in " ".join(result.output.split()), part
    assert "Under your weights" not in call(*SMALL).output


def test_replies_are_set_side_by_side() -> None:
    result = call(*SMALL, "--gangs", "answer_in_kind,always_press")
    shown = " ".join(result.output.split())
    assert "Gangs: always_press" in shown
    assert "Under every reply, after 6 months, less status_quo" in shown


def test_a_timeline_is_one_more_strategy() -> None:
    found = document(*SMALL, "--timeline", "plan=2012-01:reform", "--outcomes", "killed,detained")
    rows = pd.DataFrame(found["ledger"]).set_index("strategy")
    assert (rows.loc["plan", "mean"].to_numpy() == rows.loc["reform", "mean"].to_numpy()).all()
    assert any("the strategy “plan”" in row["en"] for row in found["sentences"])


def test_a_timeline_sets_how_hard_its_first_day_is() -> None:
    plans = ("--timeline", "as_promised=2012-01:mano_dura", "--timeline", "p=2012-01:mano_dura:5")
    found = document(*SMALL, *plans, "--outcomes", "detained")
    mean = pd.DataFrame(found["ledger"]).set_index(["strategy", "outcome"])["mean"]
    assert mean["p", "detained"] > 1.3 * mean["as_promised", "detained"]


def test_precision_stops_early_and_says_how_many_were_used() -> None:
    arguments = ("--strategies", "status_quo,reform", "--horizon", "6m", "--worlds", "150")
    found = document(*arguments, "--precision", "killed=100000", "--batch", "50")
    assert (found["worlds"]["used"], found["worlds"]["cap"]) == (50, 150)
    assert found["worlds"]["reached"] is True
    assert [row["worlds"] for row in found["errors"]] == [50]
    result = call(*arguments, "--precision", "0.000001", "--batch", "75")
    assert "150 of at most 150 worlds: the cap, before the errors." in result.output


def test_worlds_of_the_prior_differ_from_those_of_the_cloud(posterior: Path) -> None:
    prior, cloud = document(*SMALL, "--worlds-from", "prior"), document(*SMALL)
    assert prior["worlds"]["from"] == "prior"
    assert prior["ledger"] != cloud["ledger"]
    assert "assumptions alone" in prior["sentences"][0]["en"]


def test_worlds_of_a_posterior_are_its_draws(posterior: Path) -> None:
    arguments = ("--strategies", "status_quo,reform", "--horizon", "6m")
    found = document(*arguments, "--posterior", str(posterior / "mine"))
    assert (found["worlds"]["from"], found["worlds"]["used"]) == ("posterior", 60)
    assert "calibrated worlds" in found["sentences"][0]["en"]
    assert "descend from 3 of the first cloud" in found["notes"][0]


def test_a_posterior_that_does_not_fit_is_refused(posterior: Path, tmp_path: Path) -> None:
    for arguments, said in (
        (("--posterior", str(posterior / "elsewhere")), "of the case 'elsewhere', not of 'el-salv"),
        (("--posterior", str(tmp_path)), "holds no posterior. Make one: tregua calibrate el-salv"),
        (("--posterior", str(posterior / "mine"), "--worlds", "61"), "holds 60 draws, fewer than"),
        (("--posterior", str(posterior / "mine"), "--worlds-from", "prior"), "prior uses none"),
    ):
        result = call("--strategies", "status_quo,reform", "--horizon", "6m", *arguments)
        assert result.exit_code == 1
        assert said in result.output, result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--strategies", "statusquo"), "Did you mean 'status_quo'"),
        (("--gangs", "titfortat"), "Did you mean 'tit_for_tat'"),
        (("--gangs", "reform"), "That is a strategy of a government"),
        (("--outcomes", "kiled"), "Did you mean 'killed'"),
        (("--outcomes", ","), "Name one outcome at least"),
        (("--weights", "killd=1"), "Did you mean 'killed'"),
        (("--precision", "high"), "A precision is 1% or 200"),
        (("--horizon", "2011-12"), "ends before it begins: --from is 2012-01"),
        (("--horizon", "-3y"), "ends before it begins"),
        (("--horizon", "0m"), "ends before it begins"),
        (("--horizon", "soon"), "give years (15y), months (18m) or a month (2034-06)"),
        (("--horizon", "70y"), "at most 50 years"),
        (("--horizon", "5y", "--years", "5"), "say the same"),
        (("--timeline", "plan"), "give NAME=MONTH:STANCE"),
        (("--timeline", "p=2012-01:pact"), "no stance 'pact'"),
        (("--timeline", "p=2012-01:mano_dura:hard"), "enforcement must be a number from 0 to 50"),
        (("--timeline", "p=2012-01:mano_dura:3:4"), "give NAME=MONTH:STANCE"),
        (("--timeline", "p=2012-01:reform,2012-01:mano_dura"), "two phases begin in 2012-01"),
        (("--timeline", "p=2013-01:reform"), "The timeline 'p' says nothing of 2012-01"),
        (("--timeline", "reform=2012-01:reform"), "names of their own"),
        (("--from", "2002-05"), "the worlds begin in 2003-01"),
    ],
)
def test_what_makes_no_sense_gets_one_clear_message(arguments: tuple[str, ...], said: str) -> None:
    length = () if "--horizon" in arguments else ("--horizon", "1y")
    result = call("--worlds", "50", *length, *arguments)
    assert result.exit_code == 1
    assert said in " ".join(result.output.split()), result.output
    assert "Traceback" not in result.output


def listed(output: str) -> list[str]:
    """The problems of a refusal, one a line."""
    return [line[2:] for line in output.splitlines() if line.startswith("- ")]


def test_all_that_is_wrong_is_told_at_once() -> None:
    result = call(
        *("--strategies", "statusquo,reform,reform,bth", "--gangs", "titfortat,grim"),
        *("--outcomes", "kiled,detained,hiden", "--weights", "killd=1,hidden=x,detained=-1"),
        *("--horizon", "2011-01", "--mechanism", "fringes", "--timeline", "plan"),
        *("--precision", "high", "--worlds-from", "prior", "--posterior", "nowhere"),
    )
    assert result.exit_code == 1
    told = listed(result.output)
    expected = (
        "No outcome named 'kiled'. Did you mean 'killed'? Known: killed, recorded",
        "No outcome named 'hiden'. Did you mean 'hidden'?",
        "Weights are given as killed=1,wrongly_detained=0.1; 'hidden=x' is not so.",
        "No outcome named 'killd'. Did you mean 'killed'?",
        "A weight must be finite and at least 0; detained has -1.",
        "No strategy named 'statusquo'. Did you mean 'status_quo'? Known: status_quo",
        "No strategy named 'bth'. Did you mean 'both'?",
        "--timeline 'plan': give NAME=MONTH:STANCE",
        "No reply of gangs named 'titfortat'. Did you mean 'tit_for_tat'? Known: answer_in_kind",
        "No reply of gangs named 'grim'. That is a strategy of a government.",
        "No mechanism named 'fringes'. Did you mean 'fringe'?",
        "A precision is 1% or 200",
        "--horizon 2011-01 ends before it begins: --from is 2012-01.",
        "Strategies need names of their own; given: reform, reform.",
        "--posterior names a posterior; --worlds-from prior uses none.",
    )
    assert f"{len(expected)} things are wrong; nothing was run" in result.output
    assert len(told) == len(expected)
    for line, beginning in zip(told, expected, strict=True):
        assert line.startswith(beginning)


def test_what_depends_on_a_wrong_option_is_not_guessed() -> None:
    result = call("el-salvadr", "--from", "12", "--horizon", "2013-01", "--gangs", ",")
    assert [line.split(":")[0].split(".")[0] for line in listed(result.output)] == [
        "Replies need names of their own; given",
        "No case named 'el-salvadr', and no folder of that path",
        "--from 12",
    ]
    plans = ("--timeline", "p=2013-01:reform", "--timeline", "q=2014-01:reform")
    alone = call("--strategies", "", *plans, "--horizon", "2y")
    assert listed(alone.output) == [
        f"The timeline '{name}' says nothing of 2012-01; it must cover 2012-01 to 2013-12, the "
        "months compared."
        for name in "pq"
    ]
    unread = call("--strategies", "status_quo", *plans, "--horizon", "soon")
    assert unread.exit_code == 1 and "The timeline" not in unread.output


def test_scenario_files_that_disagree_are_told_with_all_else(tmp_path: Path) -> None:
    texts = {
        "a": 'origin = "2019-06"\nworlds = 100\n',
        "b": 'origin = "2018-06"\nworlds = 100\nseed = 4\n',
        "c": 'origin = "2012-13"\nyear = 5\n',
    }
    files = []
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        files += ["--scenario", str(tmp_path / f"{name}.toml")]
    result = call(*files, "--outcomes", "kiled", "--weights", "x")
    assert result.exit_code == 1
    told = listed(result.output)
    assert len(told) == 5
    assert told[0].startswith("No outcome named 'kiled'") and "'x' is not so" in told[1]
    assert told[2].startswith(f"{tmp_path / 'c.toml'}: year: Not known here")
    assert told[3].startswith(f"{tmp_path / 'c.toml'}: origin: '2012-13' is no month")
    for part in ("the same worlds", "origin is 2018-06", "seed is 4"):
        assert part in told[4]


@pytest.mark.parametrize(
    ("horizon", "end"), [("1y", 1), ("18m", 1.5), ("2012-06", 0.5), ("12 months", 1)]
)
def test_a_horizon_in_years_months_or_by_its_last_month(horizon: str, end: float) -> None:
    from tregua.cli.horizon import years_of

    assert years_of("2012-01", horizon, None) == end
    assert years_of("2012-01", None, 7) == 7
    assert years_of("2012-01", None, None) == 10
