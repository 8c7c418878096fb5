"""Does `tregua effect its` print what the design found, in tables, JSON, files and pictures?

Counts are synthetic: 10 deaths a day and 4 from January 2006 on, so that the ratio is 0.4 by hand.
What the design itself answers is tested in `test_interrupted.py`.
"""

from __future__ import annotations

import json
from functools import partial
from importlib import import_module
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from tregua import report
from tregua.assess.designs import (
    Interruption,
    Law,
    by_option,
    count_series,
    interrupted,
    specification,
)
from tregua.assess.designs.interrupted import counts_apart
from tregua.cli.effect_its import its_command

MONTHS = pd.date_range("2000-01", periods=120, freq="MS")
its = import_module("tregua.assess.designs.interrupted")  # the package names a function so
RATE = np.where(MONTHS >= "2006-01", 4.0, 10.0)
COUNTS = (RATE * MONTHS.days_in_month.to_numpy()).astype(int)
RUN = ("--at", "2006-01")


CURVE = pd.DataFrame(
    {
        "trend": ["linear", "none", "linear", "none"],
        "start": ["2001-01", "2001-01", "2002-01", "2002-01"],
        "level": "one",
        "value": [0.5, 0.6, 0.9, float("nan")],
        "low": [0.4, 0.5, 0.001, float("nan")],
        "high": [0.6, 0.7, 900.0, float("nan")],
        "p_placebo": float("nan"),
        "failed": ["", "", "", "too few counts"],
    }
)


@pytest.fixture
def monthly(tmp_path):
    return write(tmp_path / "monthly.csv", COUNTS)


def write(path, values):
    pd.DataFrame({"date": MONTHS.strftime("%Y-%m"), "count": values}).to_csv(path, index=False)
    return path


def totals(path):
    """The same deaths: a total of each year before 2003, half-years in 2003, months from 2004."""
    cuts = [0, 12, 24, 36, 42, *range(48, 121)]
    edges = [*MONTHS, pd.Timestamp("2010-01-01")]
    rows = [(edges[a], edges[b], COUNTS[a:b].sum()) for a, b in pairwise(cuts)]
    pd.DataFrame(rows, columns=["start", "end", "value"]).to_csv(path, index=False)
    return path


def run(target, *options):
    return CliRunner().invoke(its_command, [str(target), *options])


def answer(target, *options):
    result = run(target, *options, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# -- Values ----------------------------------------------------------------------------------------


def test_the_ratio_and_the_deaths_averted_are_those_by_hand(monthly):
    estimate = answer(monthly, *RUN, "--season", "none")["estimate"]
    after = MONTHS >= "2006-01"
    assert estimate["value"] == pytest.approx(0.4, abs=1e-3)
    assert estimate["settings"]["recorded"] == pytest.approx(COUNTS[after].sum())
    would = 10.0 * MONTHS.days_in_month[after].to_numpy().sum()
    assert estimate["averted"]["value"] == pytest.approx(would - COUNTS[after].sum(), rel=5e-3)
    assert estimate["low"] < 0.4 < estimate["high"] and estimate["level"] == 0.9
    assert estimate["p_placebo"] == 0 and estimate["placebos"] > 20
    assert estimate["settings"]["window_first"] == "2006-01"
    assert estimate["settings"]["window_last"] == "2009-12"


def test_totals_of_any_length_give_the_answer_of_their_months(monthly, tmp_path):
    one = answer(monthly, *RUN, "--season", "none")["estimate"]
    mixed = answer(totals(tmp_path / "mixed.csv"), *RUN, "--season", "none")["estimate"]
    assert mixed["value"] == pytest.approx(one["value"], rel=2e-3)
    assert any("5 of 77 counts are totals" in text for text in mixed["cautions"]["en"])
    covers = [row["covers"] for row in mixed["path"]]
    assert covers[0] == 12 and covers[40] == 6 and covers[-1] == 1


def test_the_first_month_of_the_window_is_one_that_the_event_fills_for_the_most_part(monthly):
    for day, first in (("2006-01-09", "2006-01"), ("2006-01-27", "2006-02")):
        found = answer(monthly, "--at", day, "--season", "none")["estimate"]
        assert found["settings"]["window_first"] == first


def test_an_end_bounds_the_window_and_what_comes_after_is_another_matter(monthly):
    found = answer(monthly, *RUN, "--until", "2007-01", "--also", "2007-01", "--season", "none")
    settings = found["estimate"]["settings"]
    assert (settings["window_first"], settings["window_last"]) == ("2006-01", "2006-12")
    assert found["estimate"]["value"] == pytest.approx(0.4, abs=2e-3)
    assert settings["others"] == "2007-01"


def test_bayes_curve_and_power_come_with_the_answer(monthly, monkeypatch):
    fewer = partial(specification.interrupted_curve, starts=1)
    monkeypatch.setattr(specification, "interrupted_curve", fewer)
    monkeypatch.setattr(its, "power", partial(its.power, worlds=20, effects=(0.5,)))
    found = answer(monthly, *RUN, "--season", "none", "--bayes", "--curve", "--power")
    assert list(found) == ["estimate", "bayes", "curve", "power", "curve_summary"]
    assert found["bayes"]["value"] == pytest.approx(found["estimate"]["value"], rel=0.02)
    assert len(found["curve"]) == 36
    values = [row["value"] for row in found["curve"]]
    assert values == sorted(values) and all(0.3 < value < 0.5 for value in values)
    assert [row["effect"] for row in found["power"]] == [1, 0.5]
    assert found["power"][0]["power"] <= 0.3 and found["power"][1]["power"] >= 0.9


# -- What people read ------------------------------------------------------------------------------


@pytest.fixture
def short_curve(monkeypatch):
    """A curve of four combinations in the stead of 144 fits."""
    monkeypatch.setattr(specification, "interrupted_curve", lambda *_, **__: CURVE)


def test_the_screen_gives_the_answer_first_in_both_languages(monthly, short_curve):
    for lang, words in {
        "en": ("1 is no effect", "deaths averted", "Placebos", "What the answer leans on"),
        "es": ("1 es ningún efecto", "muertes evitadas", "Supone", "En qué se apoya la respuesta"),
    }.items():
        result = run(monthly, *RUN, "--season", "none", "--curve", "--lang", lang)
        assert result.exit_code == 0
        assert "0.40" in result.stdout.splitlines()[1]
        for word in words:
            assert word in result.stdout
        assert "nan" not in result.stdout.lower().split()


def test_deaths_added_are_told_as_added(tmp_path):
    path = write(tmp_path / "rise.csv", COUNTS[::-1])
    result = run(path, "--at", "2004-01", "--season", "none")
    assert result.exit_code == 0
    assert "deaths added (" in result.stdout and "deaths averted" not in result.stdout


def test_tables_and_pictures_are_written(monthly, short_curve, tmp_path):
    picture = tmp_path / "figures" / "effect.svg"
    options = ("--curve", "--picture", str(picture), "--out", str(tmp_path / "out"))
    result = run(monthly, *RUN, *options)
    assert result.exit_code == 0, result.output
    for file in (picture, picture.with_name("effect-curve.svg")):
        text = file.read_text(encoding="utf-8")
        assert text.startswith("<svg") and "without 2006-01" in text
    assert "Would have been" in picture.read_text(encoding="utf-8")
    path = pd.read_csv(tmp_path / "out" / "path.csv")
    np.testing.assert_allclose(path["observed"], COUNTS)
    assert len(pd.read_csv(tmp_path / "out" / "curve.csv")) == len(CURVE)


# -- A change of rules beside the event ------------------------------------------------------------


def test_a_change_of_rules_next_to_the_event_is_not_fitted_but_said():
    """The exception of March 2022: a step of April 2022 beside it would take all of the fall."""
    found = answer("el-salvador", "--at", "2022-03-27", "--first", "2011-01")["estimate"]
    assert found["settings"]["others"] == "2019-07-01"
    assert found["high"] < 0.5
    assert any("rules changed in 2022-04" in text for text in found["cautions"]["en"])
    assert any("reglas del conteo" in text for text in found["cautions"]["es"])
    alone = answer("el-salvador", "--at", "2022-03-27", "--first", "2011-01", "--no-rules")
    assert alone["estimate"]["settings"]["others"] == ""
    assert not any("rules changed" in text for text in alone["estimate"]["cautions"]["en"])


def test_counts_that_tell_two_steps_apart_are_counted_by_most_of_their_days(monthly, tmp_path):
    one, later = Interruption("2006-01"), Interruption("2006-04-20")
    frame = pd.read_csv(monthly)
    assert counts_apart(count_series(frame), one, later) == 4  # January to April: 19 of 30 days
    assert counts_apart(count_series(frame), later, one) == 4
    assert counts_apart(count_series(frame), one, Interruption("2006-01", until="2009-12")) == 1
    years = pd.date_range("2000-01", periods=11, freq="YS")
    yearly = pd.DataFrame({"start": years[:-1], "end": years[1:], "value": range(10, 20)})
    assert counts_apart(count_series(yearly), one, later) == 0
    assert counts_apart(count_series(yearly), one, Interruption("2007-07-10")) == 2


# -- Bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--at", "2011-01"), "2011-01 does not lie within the data, which cover 2000-01 to"),
        (("--at", "2009-12"), "119 before and 1 after, where 24 and 6 are needed"),
        ((*RUN, "--first", "2005-01"), "Begin the series earlier, or leave out season or trend"),
        ((*RUN, "--first", "1990-01"), "reaches beyond the data, which cover 2000-01 to 2009-12"),
        ((*RUN, "--window", "2006-01:2012-01"), "must lie within the data"),
        ((*RUN, "--window", "2001-01:2002-01"), "not in force in any month of the window"),
        ((*RUN, "--window", "2006-01"), "Write first and last month"),
        ((*RUN, "--also", "2006-01"), "Two interruptions are called 2006-01"),
        ((*RUN, "--also", "2006-03"), "cannot tell 2006-01 from 2006-03: they differ in 2 counts"),
        ((*RUN, "--until", "2005-01"), "ends on 2005-01, before it begins"),
        (("--at", "yesterday"), "'yesterday' is no date"),
        ((*RUN, "--picture", "effect.pdf"), "ends in .svg or .png"),
    ],
)
def test_a_question_without_an_answer_is_refused_in_one_message(monthly, options, message):
    result = run(monthly, *options)
    assert result.exit_code == 1 and result.stdout == ""
    assert message in result.stderr and result.stderr.count("Error:") == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.where(MONTHS < "2006-01", COUNTS, 0), "put it below"),
        (np.where(MONTHS < "2006-01", 0, COUNTS), "there is no level to compare with"),
        (np.where(MONTHS.month == 3, 0, COUNTS), "the season (month 3) has no finite value"),
    ],
)
def test_perfect_separation_is_refused_and_named(tmp_path, values, message):
    result = run(write(tmp_path / "given.csv", values), *RUN, "--season", "months")
    assert result.exit_code == 1 and message in result.stderr


def test_files_that_cannot_be_read_are_refused_with_their_rows(tmp_path):
    values = [str(value) for value in COUNTS]
    values[5], values[7] = "-3", "many"
    result = run(write(tmp_path / "given.csv", values), *RUN)
    assert result.exit_code == 1
    assert "row 6: a count cannot be negative" in result.stderr and "row 8" in result.stderr
    missing = run(tmp_path / "nothing.csv", *RUN)
    assert missing.exit_code == 1 and "There is no file" in missing.stderr
    spanish = run(write(tmp_path / "given.csv", COUNTS), "--at", "2011-01", "--lang", "es")
    assert "no queda dentro de los datos" in spanish.stderr


# -- Pictures and the table of options -------------------------------------------------------------


def estimate(**changes):
    edges = [*MONTHS, pd.Timestamp("2010-01-01")]
    table = pd.DataFrame({"start": edges[:-1], "end": edges[1:], "value": COUNTS})
    more = {"question": "event", "window": ("2006-01", "2009-12"), "placebos": False}
    cuts = [Interruption("2004-01"), Interruption("2006-01", name="event")]
    return interrupted(count_series(table), cuts, law=Law(season="none"), **more, **changes)


def test_the_picture_holds_the_path_from_the_event_on():
    found = estimate()
    for lang, word in (("en", "Would have been"), ("es", "Habría habido")):
        spec = report.effect_figure(found, lang, theme="dark")
        assert word in json.dumps(spec, ensure_ascii=False) and "var(--" not in json.dumps(spec)
        rows = spec["datasets"]["path"]
        assert len(rows) == 120
        assert [row["after"] for row in rows] == [False] * 72 + [True] * 48
        assert rows[100]["counterfactual"] == pytest.approx(
            10 * MONTHS.days_in_month[100], rel=0.01
        )
    assert "2004-01" in json.dumps(spec["layer"])
    with pytest.raises(ValueError, match="No theme"):
        report.effect_figure(found, theme="sepia")


def test_a_path_without_dates_is_not_drawn():
    from dataclasses import replace

    found = estimate()
    by_number = replace(found, path=found.path.assign(month=range(120)))
    with pytest.raises(ValueError, match="no dates to draw"):
        report.effect_figure(by_number)


def test_options_are_told_alone_the_simplest_first():
    table = by_option(CURVE)
    assert table["option"].tolist() == ["none", "linear", "2001-01", "2002-01"]
    assert table["combinations"].tolist() == [2, 2, 2, 2]
    assert table["answered"].tolist() == [1, 2, 2, 1]
    np.testing.assert_allclose(table["median"], [0.6, 0.7, 0.55, 0.9])
    np.testing.assert_allclose(table["agreeing"], [1.0, 0.5, 1.0, 0.0])
    assert by_option(CURVE[CURVE["value"].isna()]).empty


def test_the_curve_is_drawn_with_its_cut_intervals_and_its_options():
    spec = report.curve_figure(CURVE, title="What was asked")
    rows = spec["datasets"]["curve"]
    assert [row["side"] for row in rows] == ["below", "below", "holds"]
    assert rows[2]["low"] == pytest.approx(0.5 / 2.5) and rows[2]["high"] == pytest.approx(2.5)
    assert len(spec["datasets"]["options"]) == 6  # three answers, two choices with options
    text = json.dumps(spec)
    assert "3 of 4 combinations" in text and "67\\u00a0%" in text and "What was asked" in text
    with pytest.raises(ValueError, match="nothing to draw"):
        report.curve_figure(CURVE[CURVE["value"].isna()])
