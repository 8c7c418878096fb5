"""Does `tregua forecast` say what counts lead to expect, and what it cannot say?"""

import json

import pytest
from click.testing import CliRunner

from tregua.cli import main
from tregua.infer.counts.generate import generate


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("counts") / "counts.csv"
    generate(48, seed=1, level=60).table.to_csv(path, index=False)
    return str(path)


def call(*arguments):
    return CliRunner().invoke(main, ["forecast", *arguments])


def test_a_fan_a_sum_and_the_limits_are_printed(file):
    result = call(file, "--horizon", "3")
    assert result.exit_code == 0, result.output
    for month in ("2004-01", "2004-02", "2004-03"):
        assert month in result.output
    for words in ("Together", "9 in 10 within", "│", "conditional on nothing"):
        assert words in result.output
    spanish = call(file, "--horizon", "1", "--lang", "es").output
    assert "9 de cada 10 en" in spanish
    assert "no depende de nada" in " ".join(spanish.replace("│", " ").split())


def test_json_and_files_hold_the_same_table(file, tmp_path):
    result = call(file, "--horizon", "2", "--origin", "2003-06", "--json", "--out", str(tmp_path))
    document = json.loads(result.stdout)
    assert document["origin"] == "2003-06-01"
    assert [row["target"] for row in document["forecast"]] == ["month"] * 2 + ["total"] * 2
    for row in document["forecast"]:
        assert row["q05"] <= row["q25"] <= row["q50"] <= row["q75"] <= row["q95"]
    assert document["notices"][0]["key"] == "forecast-by-counts-alone"
    assert json.loads((tmp_path / "forecast.json").read_text(encoding="utf-8")) == document
    lines = (tmp_path / "forecast.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("el-salvadro",), "el-salvador"),
        (("nothing.csv",), "There is no file"),
        (("el-salvador", "--world", "3"), "is a case"),
        (("el-salvador", "--horizon", "0"), "1<=x<=60"),
    ],
)
def test_wrong_input_gets_one_clear_message(arguments, said):
    result = call(*arguments)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output


def test_an_origin_outside_the_counts_is_refused(file):
    result = call(file, "--origin", "2050-01")
    assert result.exit_code == 1
    assert "lies after the last count (2003-12)" in result.output
