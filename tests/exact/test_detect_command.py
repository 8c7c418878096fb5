"""Does `tregua detect` show, explain and write what was asked for, and refuse what cannot be?"""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from tregua.cli import main
from tregua.cli.opinions import factor, odds_of, percent


def run(*words):
    return CliRunner().invoke(main, ["detect", *words])


@pytest.fixture(scope="module")
def counts(tmp_path_factory):
    """A file with one fall, January 2013, from 300 to 120 a month."""
    rng = np.random.default_rng(4)
    dates = pd.date_range("2010-01", periods=60, freq="MS")
    values = np.r_[rng.poisson(300, 36), rng.poisson(120, 24)]
    path = tmp_path_factory.mktemp("counts") / "mine.csv"
    pd.DataFrame({"date": dates, "count": values}).to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="module")
def el_salvador():
    result = run("el-salvador", "--first", "2010-01", "--explain", "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_plain_screen_stays_as_compact_as_it_was(counts):
    result = run(counts)
    assert result.exit_code == 0, result.output
    for absent in ("Segments", "Pact against", "second model"):
        assert absent not in result.stdout


def test_segments_show_both_dates_and_the_band(counts):
    result = run(counts, "--segments")
    assert result.exit_code == 0, result.output
    assert "Segments, as a cross-check" in result.stdout
    assert result.stdout.count("2013-01") >= 3
    assert "of that 12 to 36 months" in " ".join(result.stdout.split())


@pytest.mark.parametrize(("lang", "word"), [("en", "What moved it"), ("es", "Lo que la sostiene")])
def test_a_file_is_explained_without_indicators(counts, lang, word):
    result = run(counts, "--explain", "--lang", lang)
    assert result.exit_code == 0, result.output
    assert word in result.stdout
    assert "P(pact" not in result.stdout


def test_a_month_is_explained_with_its_count_left_out_and_changed(counts):
    result = run(counts, "--month", "2013-01", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)["explanation"]["month"]
    assert said["month"] == "2013-01-01"
    text = " ".join(said["lines"])
    assert "Without the month's own count" in text
    assert "the level before the last fall" in text


def test_a_case_has_indicators_for_each_fall(el_salvador):
    found = el_salvador["indicators"]
    falls = {row["fall"] for row in found["summary"]}
    assert {"2012-03-01", "2016-04-01", "2022-04-01"} <= falls
    assert {row["median"] for row in el_salvador["breaks"]} == falls
    for row in found["summary"]:
        assert row["capped_low"] <= row["capped"] <= row["capped_high"]
        assert 0 < row["p_low"] <= row["p_even"] <= row["p_high"] < 1
        assert row["verdict"] in found["verdicts"]
    sources = {row["indicator"]: row["sources"] for row in found["table"] if row["rows"]}
    assert all(sources[name] for name in sources if name != "counts")
    assert {one["name"] for one in found["catalogue"]} == {
        row["indicator"] for row in found["table"]
    }


def test_explanations_name_every_indicator_with_data(el_salvador):
    table = el_salvador["indicators"]["table"]
    for part in el_salvador["explanation"]["falls"]:
        told = {piece["indicator"] for piece in part["indicators"]}
        assert told == {
            row["indicator"] for row in table if row["fall"] == part["fall"] and row["data"]
        }
        assert part["lines"]
        assert part["together"]


def test_everything_that_was_asked_for_is_written(counts, tmp_path):
    out = tmp_path / "out"
    result = run(counts, "--segments", "--out", str(out))
    assert result.exit_code == 0, result.output
    names = {path.name for path in out.iterdir()}
    assert {"segments.csv", "segment_breaks.csv", "cross_check.csv", "level_band.csv"} <= names
    document = json.loads((out / "detection.json").read_text(encoding="utf-8"))
    assert len(document["segments"]["number_of_breaks"]) == 31


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--indicators"], "a file of counts holds"),
        (["--month", "1999-01"], "lies outside"),
        (["--month", "spring"], "is no month"),
        (["--segments", "--prior-odds", "0:1", "--no-indicators"], "are no odds"),
        (["--rule-change", "spring"], "rules"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(counts, words, message):
    result = run(counts, *words)
    assert result.exit_code == 1
    assert message in result.output
    assert "Traceback" not in result.output


def test_numbers_are_short():
    shown = [factor(x) for x in (1e-9, 0.0055, 0.5, 1.44, 4, 31.7, 682, 40_000)]
    assert shown == ["<1/9999", "1/180", "0.50", "1.4", "4.0", "32", "680", ">9999"]
    assert [percent(x) for x in (0.001, 0.5, 0.9999)] == ["<1%", "50%", ">99%"]
    assert odds_of(["1:4", "2"]) == (0.25, 2.0)
    assert odds_of([]) == (1 / 3, 1.0, 3.0)
