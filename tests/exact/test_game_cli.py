"""Does `tregua game` print what the functions behind it return, and refuse what makes no sense?"""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from tregua import cli, decide, model
from tregua.cli import game

GANGS = model.el_salvador().gangs


def run(*arguments):
    return CliRunner().invoke(cli.main, ["game", *arguments])


def test_the_game_of_a_month_is_printed_as_one_document():
    result = run("el-salvador", "--stage", "--worlds", "16", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["players"][0] == "government" and len(document["players"]) == 4
    profiles = 3**3 * len(document["actions"]["government"])
    assert len(document["payoffs"]) == profiles
    shares = pd.DataFrame(document["logit_equilibrium"])
    sums = shares.groupby("player")["probability"].sum()
    assert sums.to_numpy() == pytest.approx(1.0)
    assert {row["player"] for row in document["correlated_range"]} == set(document["players"])


def test_the_game_of_a_month_is_printed_for_people():
    result = run("--worlds", "16", "--from", "2011-06")
    assert result.exit_code == 0, result.output
    assert "Logit equilibrium" in result.stdout and "status_quo" in result.stdout


@pytest.mark.parametrize("as_json", [True, False])
def test_a_best_reply_says_that_it_is_a_lower_bound(as_json):
    given = ["--exploit", "secret_pact", "--worlds", "16", "--years", "1", "--rounds", "1"]
    result = run(*given, *(["--json"] if as_json else []))
    assert result.exit_code == 0, result.output
    if as_json:
        document = json.loads(result.stdout)
        assert document["lower_bound"] is True and document["actor"] == "gangs"
        assert document["worlds_found"] + document["worlds_tried"] == 16
        assert [row["gang"] for row in document["alone"]] == list(GANGS)
    else:
        assert "lower bound" in result.stdout and "One gang alone" in result.stdout


@pytest.mark.parametrize("as_json", [True, False])
def test_of_a_profile_it_is_said_who_gains_by_leaving_it(as_json):
    given = ["--exploit", "secret_pact/tit_for_tat", "--worlds", "16", "--years", "1"]
    result = run(*given, "--rounds", "0", *(["--json"] if as_json else []))
    assert result.exit_code == 0, result.output
    if as_json:
        rows = json.loads(result.stdout)["deviations"]
        assert [row["actor"] for row in rows] == ["government", *["gangs"] * (1 + len(GANGS))]
        assert [row["gang"] for row in rows] == ["", "", *GANGS]
        # Without a round of search the gangs find the same reply, and may gain the same.
        assert any(row["most"] for row in rows if row["gang"])
        assert sum(row["margin"] is not None for row in rows) == 1
    else:
        assert "Sides that gain beyond the error" in result.stdout


@pytest.mark.parametrize("as_json", [True, False])
def test_replies_to_several_are_one_table(as_json, monkeypatch):
    two = [decide.CATALOGUE["status_quo"], decide.GANG_STRATEGIES["indifferent"]]
    monkeypatch.setattr(game, "_strategies", lambda name: two)
    given = ["--exploit", "all", "--worlds", "16", "--years", "1", "--rounds", "0", "--together"]
    result = run(*given, *(["--json"] if as_json else []))
    assert result.exit_code == 0, result.output
    if as_json:
        rows = json.loads(result.stdout)["exploitability"]
        assert [row["strategy"] for row in rows] == ["status_quo", "indifferent"]
    else:
        assert "lower bounds" in result.stdout


def test_all_means_every_shipped_strategy_of_both_sides():
    every = game._strategies("all")
    assert len(every) == len(decide.CATALOGUE) + len(decide.GANG_STRATEGIES)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--exploit", "secret_pakt"], "Did you mean 'secret_pact'?"),
        (["--exploit", "grim", "--stage"], "two questions"),
        (["--exploit", "secret_pact/titfortat"], "Did you mean 'tit_for_tat'?"),
        (["--exploit", "tit_for_tat/secret_pact"], "That is a strategy of the gangs"),
        (["--from", "2012"], "give a month as YYYY-MM"),
        (["--from", "1990-01"], "give a later month"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, says):
    result = run(*arguments)
    assert result.exit_code != 0
    assert says in " ".join(result.output.split())
