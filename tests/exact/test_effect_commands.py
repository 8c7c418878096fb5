"""Do `tregua effect breaks` and `tregua effect did` say what the designs found, and refuse well?

Tables are synthetic. Values on the screen and in JSON are those of the design asked in Python; each
wrong table ends in one message that names what is wrong with it, all at once, and in exit code 1.
"""

import json
import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from tregua import infer
from tregua.assess.designs import break_dates, differences
from tregua.cli import main
from tregua.report import breaks_figure, event_study_figure

MONTHS = pd.date_range("2010-01", periods=48, freq="MS")


def halved():
    rng = np.random.default_rng(1)
    counts = np.r_[rng.poisson(300, 24), rng.poisson(150, 24)]
    return pd.DataFrame({"date": MONTHS.strftime("%Y-%m"), "count": counts})


def places():
    rng = np.random.default_rng(2)
    rows = [
        {
            "unit": f"place {unit}",
            "month": f"{month:%Y-%m}",
            "count": rng.poisson(40 * (0.6 if unit % 2 and place >= 24 + unit else 1)),
            "treated_from": f"{MONTHS[24 + unit]:%Y-%m}" if unit % 2 else "",
        }
        for unit in range(12)
        for place, month in enumerate(MONTHS)
    ]
    return pd.DataFrame(rows)


def run(*words):
    return CliRunner().invoke(main, ["effect", *map(str, words)])


@pytest.fixture
def series_file(tmp_path):
    path = tmp_path / "counts.csv"
    halved().to_csv(path, index=False)
    return path


@pytest.fixture
def panel_file(tmp_path):
    path = tmp_path / "panel.csv"
    places().to_csv(path, index=False)
    return path


# Break dates.


def test_breaks_prints_what_the_design_found(series_file, tmp_path):
    done = run(
        *("breaks", series_file, "--length", 36, "--at", "2012-01", "--json"),
        *("--out", tmp_path / "o", "--picture", tmp_path / "p" / "breaks.svg"),
    )
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    found = break_dates(infer.read_table(series_file), lengths=(36.0,))
    assert [row["median"] for row in document["breaks"]] == ["2012-01-01"]
    assert document["breaks"][0]["ratio"] == pytest.approx(found.dates["ratio"][0])
    estimate = found.estimate_at("2012-01")
    for name in ("value", "low", "high", "p_placebo"):
        assert document["estimate"][name] == pytest.approx(getattr(estimate, name))
    assert document["estimate"]["p_break"] == estimate.settings["p_break"] > 0.99
    assert len(pd.read_csv(tmp_path / "o" / "months.csv")) == 48
    assert "When the level broke" in (tmp_path / "p" / "breaks.svg").read_text()


def test_the_screen_of_breaks_is_in_both_languages(series_file):
    english = run("breaks", series_file, "--length", 36, "--at", "2012-01")
    spanish = run("breaks", series_file, "--length", 36, "--at", "2012-01", "--lang", "es")
    assert english.exit_code == spanish.exit_code == 0
    assert re.search(r"fall +2012-01", english.stdout)
    assert re.search(r"caída +2012-01", spanish.stdout)
    assert "within three months of it has probability 100%" in " ".join(english.stdout.split())
    assert "tiene probabilidad 100%" in " ".join(spanish.stdout.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--first", "2001-01"], "reaches beyond the data, which cover 2010-01 to 2013-12"),
        (["--first", "2013-06"], "at least 12 months with a count of their own; there are 7"),
        (["--at", "2014-03"], "2014-03 lies outside .* 2010-01 to 2013-12"),
        (["--at", "2013-12"], "47 single months with a count before and 1 in the window"),
        (["--at", "soon"], "'soon' is no date"),
        (["--picture", "breaks.pdf"], "ends in .svg or .png"),
    ],
)
def test_breaks_refuses_with_one_sentence(series_file, words, expected):
    done = run("breaks", series_file, "--length", 36, *words)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert re.search(expected, done.stderr), done.stderr


def test_breaks_names_all_that_is_wrong_with_a_table(tmp_path):
    table = halved().astype({"count": object})
    table.loc[3, "count"], table.loc[5, "count"], table.loc[8, "date"] = -4, "abc", "spring"
    table.to_csv(tmp_path / "wrong.csv", index=False)
    done = run("breaks", tmp_path / "wrong.csv")
    assert done.exit_code == 1
    for expected in ("cannot be negative", "'abc' is no number", "'spring' is no date"):
        assert expected in done.stderr
    missing = run("breaks", "none.csv")
    assert missing.exit_code == 1 and "There is no file none.csv" in missing.stderr
    unknown = run("breaks", "el-slavador")
    assert unknown.exit_code == 1 and "Did you mean 'el-salvador'" in unknown.stderr


# Differences in differences.


def test_did_prints_what_the_design_found(panel_file, tmp_path):
    picture = tmp_path / "study.png"
    done = run("did", panel_file, "--window", 6, "--json", "--picture", picture)
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    found = differences(pd.read_csv(panel_file), window=6)
    assert document["overall"]["value"] == pytest.approx(found.overall.value)
    assert 0.5 < document["overall"]["low"] < 0.6 < document["overall"]["high"] < 0.7
    assert [row["k"] for row in document["event_time"]] == found.event_time["k"].tolist()
    assert document["pretrend_p"] == pytest.approx(found.pretrend_p)
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_the_screen_of_did_shows_the_months_after(panel_file):
    done = run("did", panel_file, "--window", 3, "--lang", "es")
    assert done.exit_code == 0, done.output
    assert "Meses desde" in done.stdout
    assert re.findall(r"^ +\+(\d)", done.stdout, re.MULTILINE) == ["0", "1", "2"]
    assert "Antes del tratamiento" in done.stdout


def refused(tmp_path, table, *expected):
    table.to_csv(tmp_path / "wrong.csv", index=False)
    done = run("did", tmp_path / "wrong.csv")
    assert done.exit_code == 1 and done.stdout == ""
    for text in expected:
        assert text in done.stderr, done.stderr


def test_did_names_all_that_is_wrong_with_a_panel(tmp_path):
    table = places().astype({"count": object})
    table.loc[1, "month"] = "2010-01"
    table.loc[60, "count"] = -1
    table.loc[70, "count"] = "x"
    table.loc[table["unit"] == "place 3", "treated_from"] = "2009-05"
    refused(
        tmp_path,
        table,
        "occurs twice: place 0 2010-01",
        "not in: place 1 2011-01, place 1 2011-11",
        "nothing is known of before: place 3",
    )
    refused(tmp_path, table.rename(columns={"unit": "Unit"}), "The panel lacks unit")


def test_did_says_why_nothing_can_be_compared(tmp_path):
    table = places()
    treated = table["treated_from"] != ""
    empty = table.assign(count=table["count"].where(treated, 0))
    empty.loc[treated, "treated_from"] = "2012-03"
    refused(tmp_path, empty, "(place 0, place 10, place 2 (+3)) have no deaths")
    alike = table[treated].assign(treated_from="2012-03")
    refused(tmp_path, alike, "Every place is treated by 2012-03")
    refused(tmp_path, table.assign(treated_from="2030-01"), "No place is treated within 2010-01")


def test_did_refuses_files_that_are_no_tables(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00\x01" * 9)
    for name, expected in (
        ("empty.csv", "is no CSV table"),
        ("bytes.csv", "is not UTF-8 text"),
        ("none.csv", "There is no file"),
    ):
        done = run("did", tmp_path / name)
        assert done.exit_code == 1 and expected in done.stderr, done.stderr


# Pictures.


def test_pictures_hold_their_tables():
    found = break_dates(halved().assign(date=MONTHS), lengths=(36.0,))
    figure = breaks_figure(found, "es", theme="dark")
    data = figure["datasets"]
    assert len(data["break_months"]) == 48
    assert [row["label"] for row in data["break_dates"]] == ["2012-01"]
    assert sum(row["mass"] for row in data["break_mass"]) == pytest.approx(-1, abs=0.1)
    assert "var(--" not in json.dumps(figure)
    study = differences(places().replace({"treated_from": {"": None}}), window=6)
    rows = event_study_figure(study)["datasets"]["event_study"]
    assert [row["k"] for row in rows] == study.event_time["k"].tolist()
    assert sum(row["moment"] == "base" for row in rows) == 12
    for draw, given in ((breaks_figure, found), (event_study_figure, study)):
        with pytest.raises(ValueError, match="No language 'fr'"):
            draw(given, "fr")
