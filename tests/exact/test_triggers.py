"""Do strategies that answer what they see play the moves that they describe?"""

import json

import pytest
from click.testing import CliRunner
from tests.views import view_of

from tregua import decide, model
from tregua.cli import main
from tregua.model import GangAction, Stance

SQ, DURA, PACT, BOTH, OPEN, SOE, REFORM = Stance
PRESSED = {"PRESSING": [1.0, 0.0, 0.0]}

GOVERNMENTS = [
    ("open_pact", {}, {}, OPEN),
    ("open_pact", {"LEAKED": 1.0, "BREACHED": 1.0}, PRESSED, OPEN),
    ("exception", {}, {}, SOE),
    ("exception", {"FEAR": 0.0, "RECORDED_YEAR": 1.0}, {}, SOE),
    ("pact_until_leak", {}, {}, PACT),
    ("pact_until_leak", {"BREACHED": 1.0, "STANCE": SQ}, {}, PACT),
    ("pact_until_leak", {"LEAKED": 1.0}, {}, SQ),
    ("pact_until_election", {"TO_ELECTION": 1.01}, {}, PACT),
    ("pact_until_election", {"TO_ELECTION": 0.99}, {}, SQ),
    ("pact_for_votes", {"TO_ELECTION": 2.01}, {}, SQ),
    ("pact_for_votes", {"TO_ELECTION": 1.99}, {}, PACT),
    ("grim", {}, {}, PACT),
    ("grim", {"BREACHED": 1.0}, {}, DURA),
    ("grim", {"YEARS": 3.0, "SINCE_BREAK": 2.9}, {}, DURA),
    ("grim", {"YEARS": 3.0, "SINCE_BREAK": 3.1}, {}, PACT),
    ("grim", {"YEARS": 0.0, "SINCE_BREAK": 0.0}, {}, PACT),
    ("territorial_then_exception", {}, {}, BOTH),
    ("territorial_then_exception", {"BREACHED": 1.0}, {}, BOTH),
    ("territorial_then_exception", {"STRUCK": 1.0}, {}, SOE),
    ("territorial_then_exception", {"STANCE": SOE}, {}, SOE),
    ("exception_on_spike", {"RECORDED_MONTH": 89.0}, {}, SQ),
    ("exception_on_spike", {"RECORDED_MONTH": 91.0}, {}, SOE),
    ("exception_on_spike", {"STANCE": SOE, "SINCE_CHANGE": 47.0}, {}, SOE),
    ("exception_on_spike", {"STANCE": SOE, "SINCE_CHANGE": 48.0}, {}, SQ),
    ("exception_on_spike", {"STANCE": DURA, "SINCE_CHANGE": 3.0}, {}, SQ),
    ("conditional_crackdown", {}, {}, SQ),
    ("conditional_crackdown", {}, PRESSED, DURA),
    ("conditional_crackdown", {}, {"PRESSING": [0.0, 1.0, 1.0]}, SQ),
    ("follow_fear", {"FEAR": 0.34}, {}, SQ),
    ("follow_fear", {"FEAR": 0.36}, {}, DURA),
    ("reform_after_calm", {"RECORDED_YEAR": 31.0}, {}, PACT),
    ("reform_after_calm", {"RECORDED_YEAR": 29.0}, {}, REFORM),
    ("reform_after_calm", {"RECORDED_YEAR": 80.0, "STANCE": REFORM}, {}, REFORM),
    ("wind_down", {"YEARS": 1.99}, {}, SOE),
    ("wind_down", {"YEARS": 2.0}, {}, DURA),
    ("wind_down", {"YEARS": 3.0}, {}, REFORM),
]

RESTRAIN, BUSINESS, PRESS = GangAction.RESTRAIN, GangAction.BUSINESS, GangAction.PRESS
KEPT = {"PACT": 1.0, "STANCE": PACT}
OUT = {"INCLUDED": [1.0, 0.0, 1.0]}

GANGS = [
    ("always_press", {}, {}, PRESS),
    ("always_press", KEPT, {}, PRESS),
    ("tit_for_tat", {}, {}, BUSINESS),
    ("tit_for_tat", KEPT, {}, RESTRAIN),
    ("tit_for_tat", {**KEPT, "STANCE": BOTH}, {}, RESTRAIN),
    ("tit_for_tat", {**KEPT, "BREACHED": 1.0}, {}, PRESS),
    ("tit_for_tat", KEPT, OUT, BUSINESS),
    ("tit_for_tat", {"STANCE": DURA}, {}, PRESS),
    ("tit_for_tat", {"STANCE": BOTH}, {}, PRESS),
    ("tit_for_tat", {"STANCE": SOE}, {}, PRESS),
    ("tit_for_tat", {"STANCE": REFORM, "SINCE_BREAK": 0.1}, {}, BUSINESS),
    ("grim_gang", {}, {}, BUSINESS),
    ("grim_gang", KEPT, {}, RESTRAIN),
    ("grim_gang", KEPT, OUT, BUSINESS),
    ("grim_gang", {**KEPT, "BREACHED": 1.0}, {}, PRESS),
    ("grim_gang", {**KEPT, "YEARS": 3.0, "SINCE_BREAK": 2.9}, {}, PRESS),
    ("grim_gang", {**KEPT, "YEARS": 3.0, "SINCE_BREAK": 3.1}, {}, RESTRAIN),
    ("envious", {}, {}, BUSINESS),
    ("envious", KEPT, {}, RESTRAIN),
    ("envious", KEPT, {"TRUST": 0.3}, BUSINESS),
    ("envious", KEPT, OUT, BUSINESS),
    ("envious", KEPT, {**OUT, "ENVIOUS": [0.0, 1.0, 0.0]}, PRESS),
]


@pytest.mark.parametrize(("name", "country", "gang", "stance"), GOVERNMENTS)
def test_a_government_plays_these_moves(name, country, gang, stance):
    assert decide.CATALOGUE[name](view_of(country, gang)) == stance


@pytest.mark.parametrize(("name", "country", "gang", "action"), GANGS)
def test_gangs_play_these_moves(name, country, gang, action):
    assert decide.GANG_STRATEGIES[name](view_of(country, gang), 1) == action


def test_every_strategy_is_tested_by_its_moves_and_says_what_it_does():
    elsewhere = {*decide.STRATEGIES, "quantal_response", "best_response"}
    assert {name for name, *_ in GOVERNMENTS} | elsewhere == set(decide.CATALOGUE)
    elsewhere = {"answer_in_kind", "indifferent", "quantal_reply", "best_reply"}
    assert {name for name, *_ in GANGS} | elsewhere == set(decide.GANG_STRATEGIES)
    for strategy in (*decide.CATALOGUE.values(), *decide.GANG_STRATEGIES.values()):
        summary = strategy.source.split("\n\n")[0]
        assert summary.endswith(".")
        assert len(summary) > 40


def test_only_choosers_by_the_week_mix():
    everything = {**decide.CATALOGUE, **decide.GANG_STRATEGIES}
    assert {name for name, strategy in everything.items() if strategy.mixes} == {
        "quantal_response",
        "best_response",
        "quantal_reply",
        "best_reply",
    }
    profile = model.Profile(everything["quantal_response"], everything["best_reply"])
    assert profile.mixing == ("quantal_response", "best_reply")
    assert model.Profile(everything["grim"]).mixing == ()


def test_the_catalogue_begins_with_the_strategies_that_a_study_compares():
    assert tuple(decide.CATALOGUE)[:5] == tuple(decide.STRATEGIES)
    assert next(iter(decide.GANG_STRATEGIES)) == "answer_in_kind"
    assert decide.named(["grim", "reform"]) == (
        decide.CATALOGUE["grim"],
        decide.STRATEGIES["reform"],
    )
    assert decide.reply_named("envious") is decide.GANG_STRATEGIES["envious"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda: decide.named(["grmi"]), r"No strategy named 'grmi'\. Did you mean 'grim'\?"),
        (lambda: decide.named(["tit_for_tat"]), "That is a strategy of the gangs"),
        (lambda: decide.reply_named("envous"), r"Did you mean 'envious'\?"),
        (lambda: decide.reply_named("mano_dura"), "That is a strategy of a government"),
        (lambda: decide.reply_named("zzz"), r"named 'zzz'\. Known: answer_in_kind, indifferent"),
    ],
)
def test_an_unknown_name_is_told_the_nearest(asked, message):
    with pytest.raises(ValueError, match=message):
        asked()


def test_the_command_lists_every_strategy_and_refuses_unknown_gangs():
    listed = CliRunner().invoke(main, ["compare", "--list", "--json"])
    assert listed.exit_code == 0, listed.output
    names = [row["name"] for row in json.loads(listed.output)]
    assert names == [*decide.CATALOGUE, *decide.GANG_STRATEGIES, *model.MECHANISMS]
    shown = CliRunner().invoke(main, ["compare", "--list"]).output
    assert all(name in shown for name in names)
    refused = CliRunner().invoke(main, ["compare", "--gangs", "envous"])
    assert refused.exit_code == 1
    assert "Did you mean 'envious'?" in refused.output
