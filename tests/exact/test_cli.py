"""Commands on what people and machines type: right, wrong and hostile."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tregua.cli import main


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_claims_are_listed_and_one_is_shown_whole() -> None:
    listed = call("claims")
    assert listed.exit_code == 0
    assert "A secret pact lowers killing" in listed.output
    one = call("claims", "44", "--lang", "es")
    assert "Lecturas rivales" in one.output
    document = json.loads(call("claims", "44", "--json").stdout)
    assert document[0]["number"] == "44"
    assert set(document[0]["sentence"]) == {"en", "es"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("claims", "440"), "Did you mean '44'?"),
        (("assess", "el-salvadro"), "el-salvador"),
        (("assess", "--worlds", "3"), "50<=x<=100000"),
        (("assess", "--worlds", "many"), "not a valid integer"),
        (("assess", "--seed", "-1"), "0<=x"),
        (("assess", "--lang", "fr"), "'en', 'es'"),
        (("compare", "--strategies", "reformm"), "Did you mean 'reform'?"),
        (("compare", "--from", "2012-13"), "give a month as YYYY-MM"),
        (("compare", "--from", "1999-01"), "the worlds begin in 2003-01"),
        (("asess",), "No such command"),
    ],
)
def test_wrong_input_gets_one_clear_message(arguments: tuple[str, ...], said: str) -> None:
    result = call(*arguments)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_folder_that_is_no_case_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    result = call("assess", str(tmp_path), "--out", str(tmp_path / "out"))
    assert result.exit_code != 0
    assert "case.toml" in result.output
    assert not (tmp_path / "out").exists()


def test_compare_prints_paired_differences() -> None:
    arguments = ("--strategies", "status_quo,reform", "--years", "1", "--worlds", "50")
    result = call("compare", *arguments)
    assert result.exit_code == 0
    assert "of 10 worlds" in result.output
    document = json.loads(call("compare", *arguments, "--json").stdout)
    strategies = {row["strategy"] for row in document["ledger"]}
    assert strategies == {"status_quo", "reform"}
    mirrored = [row["p_lower"] for row in document["differences"] if row["outcome"] == "killed"]
    assert sum(mirrored) == pytest.approx(1.0)


def test_simulated_worlds_begin_where_their_parameters_do() -> None:
    # The years shown are a choice; the worlds and their numbers are not.
    arguments = ("simulate", "--worlds", "50", "--to", "2006", "--json")
    every = {row["year"]: row for row in json.loads(call(*arguments).stdout)["years"]}
    later = json.loads(call(*arguments, "--from", "2005").stdout)["years"]
    assert [row["year"] for row in later] == [2005, 2006]
    assert all(row == every[row["year"]] for row in later)
    refused = call(*arguments, "--from", "1999")
    assert refused.exit_code != 0
    assert "the worlds begin in 2003-01" in refused.output


def test_a_terminal_starts_the_same_command_and_collects_rarely() -> None:
    code = (
        "import atexit, gc, sys; sys.argv = ['tregua', '--version']\n"
        "from tregua.cli import start\n"
        "atexit.register(lambda: print(gc.get_threshold()[0], gc.get_freeze_count() > 0))\n"
        "gc.unfreeze(); start()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    version, collected = done.stdout.splitlines()
    assert version.startswith("tregua, version")
    assert collected == "100000 True"
