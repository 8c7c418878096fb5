"""`tregua explore` on what people and machines type: right and wrong."""

import json

import pytest
from click.testing import CliRunner
from tests._posterior import saved_posteriors

from tregua.cli import main

SMALL = ("explore", "--from", "2004-01", "--horizon", "1y", "--worlds", "50")


def call(*arguments):
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--strategies", "reform,secret_pcat"), "Did you mean 'secret_pact'?"),
        (("--strategies", "reform"), "at least two levers"),
        (("--uncertain", "leek", "--outcome", "kiled"), "did you mean 'leak'?"),
        (("--uncertain", "leek", "--outcome", "kiled"), "did you mean 'killed'?"),
        (("--uncertain", "leak=1"), "NAME=LOW:HIGH"),
        (("--uncertain", "leak=3:1"), "holds nothing"),
        (("--outcome", "killed:many"), "NAME:TOTAL"),
        (("--timeline", "p=2005-01:reform"), "The timeline 'p' says nothing of 2004-01"),
        (("--timeline", "p=2004-01:reform,2004-01:both"), "two phases begin in 2004-01"),
        (("--timeline", "reform=2004-01:reform"), "'reform' is declared 2 times"),
        (("--from", "2019-13"), "YYYY-MM"),
        (("--horizon", "2003-12"), "ends before it begins: --from is 2004-01"),
        (("--years", "1"), "say the same"),
        (("--from", "1999-01"), "the worlds begin in 2003-01"),
        (("--design", "sobol"), "32 or 64, not 50"),
        (("--design", "factorial"), "needs a switch"),
        (("--design", "given", "--uncertain", "fringe"), "have no switch"),
        (("--density", "0"), "0.0<x<=1.0"),
    ],
)
def test_wrong_input_gets_one_clear_message(arguments, said):
    result = call(*SMALL, *arguments)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output


def test_one_document_holds_every_table():
    result = call(
        *SMALL,
        *("--strategies", "reform,mano_dura", "--uncertain", "arrest", "--uncertain", "fringe"),
        *("--outcome", "killed:3000", "--discover", "--no-rivals", "--json"),
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["design"] == "lhs of 50 points, seed 1"
    assert [row["strategy"] for row in found["regret"]] == ["reform", "mano_dura"]
    assert {row["strategy"]: row["satisficing"] is not None for row in found["regret"]} == {
        "reform": True,
        "mano_dura": True,
    }
    assert [box["strategy"] for box in found["boxes"]] == ["mano_dura", "reform"]
    assert sum(box["share"] for box in found["boxes"]) <= 1.0
    assert "rivals" not in found


def test_the_page_for_people_says_what_was_tried():
    result = call(
        *SMALL,
        "--strategies",
        "reform,mano_dura",
        "--uncertain",
        "arrest",
        "--lang",
        "es",
        "--discover",
        "--no-rivals",
    )
    assert result.exit_code == 0, result.output
    assert "Regret after 1 year from 2004-01: killed (lhs of 50 points, seed 1)" in result.output
    assert "Least greatest regret:" in result.output


@pytest.fixture(scope="module")
def posterior(tmp_path_factory):
    """Posteriors of 60 draws, of El Salvador (`mine`) and of another case (`elsewhere`)."""
    return saved_posteriors(tmp_path_factory.mktemp("posterior"))


SHORT = ("explore", "--from", "2004-01", "--years", "1", "--strategies", "reform,mano_dura")


def document(*arguments):
    result = call(*SHORT, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_worlds_of_a_posterior_are_explored_as_they_are(posterior):
    found = document("--posterior", str(posterior / "mine"), "--uncertain", "arrest")
    assert found["worlds"] == {"from": "posterior", "used": 60}
    assert found["design"] == "60 worlds as given"
    assert "descend from 3 of the first cloud" in found["notes"][0]
    assert "mechanisms are tried" in found["notes"][-1]
    kinds = {row["kind"] for row in found["rivals"]}
    assert kinds == {"central", "mechanism"}


def test_the_regret_in_worlds_of_a_posterior_is_that_of_its_draws(posterior):
    import numpy as np

    from tregua import decide, infer, model, record

    found = document("--posterior", str(posterior / "mine"), "--uncertain", "arrest", "--no-rivals")
    history = model.History.of(record.load("el-salvador"))
    draws = infer.Posterior.load(posterior / "mine").draws
    pair = decide.named(["reform", "mano_dura"])
    both = decide.compare(pair, draws, history, origin="2004-01", seed=1, years=1)
    reform, hard = (both.total("killed", name, 1) for name in ("reform", "mano_dura"))
    rows = {row["strategy"]: row["expected"] for row in found["regret"]}
    assert rows["reform"] == pytest.approx(np.maximum(0, reform - hard).mean())
    assert rows["mano_dura"] == pytest.approx(np.maximum(0, hard - reform).mean())


def test_a_design_over_a_posterior_says_that_it_sets_parameters_anew(posterior):
    given = ("--posterior", str(posterior / "mine"), "--uncertain", "arrest", "--no-rivals")
    found = document(*given, "--design", "lhs")
    assert found["design"] == "lhs of 60 points, seed 1"
    assert "sets its parameters anew" in found["notes"][-1]
    switched = document(*given, "--uncertain", "fringe")
    assert switched["design"] == "lhs of 60 points, seed 1"


def test_worlds_of_the_prior_are_not_those_of_the_cloud():
    few = ("--worlds", "50", "--uncertain", "arrest", "--no-rivals")
    prior, cloud = document(*few, "--worlds-from", "prior"), document(*few)
    assert (prior["worlds"]["from"], cloud["worlds"]["from"]) == ("prior", "cloud")
    assert prior["regret"] != cloud["regret"] and cloud["notes"] == []


def test_a_timeline_is_one_more_lever():
    few = ("--worlds", "50", "--uncertain", "arrest", "--no-rivals", "--worlds-from", "prior")
    found = document(*few, "--timeline", "plan=2004-01:mano_dura")
    rows = {row["strategy"]: row["expected"] for row in found["regret"]}
    assert rows["plan"] == rows["mano_dura"]


def test_a_posterior_that_does_not_fit_is_refused(posterior, tmp_path):
    mine = ("--posterior", str(posterior / "mine"))
    for arguments, said in (
        (("--posterior", str(posterior / "elsewhere")), "of the case 'elsewhere', not of 'el-salv"),
        (("--posterior", str(tmp_path)), "holds no posterior. Make one: tregua calibrate el-salv"),
        ((*mine, "--worlds", "61"), "holds 60 draws, fewer than"),
        ((*mine, "--worlds-from", "prior"), "prior uses none"),
        ((*mine, "--uncertain", "reading"), "made under one reading of history and one prior"),
        ((*mine, "--uncertain", "family"), "or take --worlds-from cloud"),
    ):
        result = call(*SHORT, *arguments)
        assert result.exit_code == 1
        assert said in " ".join(result.output.split()), result.output
