"""`tregua explore` on what people and machines type: right and wrong."""

import json

import pytest
from click.testing import CliRunner

from tregua.cli import main

SMALL = ("explore", "--from", "2004-01", "--years", "1", "--worlds", "50")


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
        (("--from", "2019-13"), "YYYY-MM"),
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
