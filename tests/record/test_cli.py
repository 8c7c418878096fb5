"""Do the commands of the record answer people, machines and mistakes?"""

import json

import pytest
from click.testing import CliRunner

from tregua import record
from tregua.cli.case import case_command
from tregua.cli.record import record_command


def call(command, *arguments, columns=100):
    return CliRunner().invoke(command, arguments, env={"COLUMNS": str(columns)})


def answer(*arguments):
    """Return the document a command prints; nothing else may be on standard output."""
    result = call(record_command, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_show_lists_each_series_once():
    document, known = answer("show"), record.load("el-salvador")
    assert document["digest"] == known.digest
    assert (document["events"], document["sources"]) == (len(known.events), len(known.sources))
    series = {row["series"]: row for row in document["series"]}
    assert set(series) == set(known.observations.series)
    assert len(series) == len(document["series"])
    assert sum(row["rows"] for row in document["series"]) == document["observations"] > 1000
    assert series["homicides"]["first"] == "1994-01-01"
    assert series["gang_members.barrio18.jailed"]["usable"] == 0


def test_show_a_series_gives_its_rows():
    rows = answer("show", "--series", "homicides", "--agency", "IML")["rows"]
    assert rows[0]["value"] == 172
    assert {row["agency"] for row in rows} == {"IML"}
    everything = answer("show", "--series", "homicides", "--agency", "IML", "--all")["rows"]
    assert len(everything) > len(rows)


@pytest.mark.parametrize("columns", [80, 140])
def test_tables_fit_the_terminal(columns):
    commands = [
        ("show",),
        ("show", "--series", "homicides"),
        ("diff", "PNC", "IML"),
        ("sources",),
        ("check",),
    ]
    for arguments in commands:
        result = call(record_command, *arguments, columns=columns)
        assert result.exit_code == 0
        assert max(map(len, result.stdout.splitlines())) <= max(columns, 95), arguments


def test_notes_are_shown_where_there_is_room():
    narrow = call(record_command, "show", "--series", "armed_clashes", columns=80).stdout
    wide = call(record_command, "show", "--series", "prison_population", columns=140).stdout
    assert "note" not in narrow.splitlines()[2]
    assert "dated to the year 2008" in wide


def test_intervals_are_written_as_people_write_them():
    text = call(record_command, "show", "--series", "homicides", "--agency", "PNC").stdout
    for written in ("2003 ", "2012-03 ", "2012-03-12 ", "2012-03-09 – 2012-03-15"):
        assert f"\n{written}" in text


def test_diff_prints_months_and_a_picture(tmp_path):
    result = call(record_command, "diff", "PNC", "IML", "--out", str(tmp_path / "d.svg"))
    assert result.exit_code == 0
    line = next(line for line in result.stdout.splitlines() if line.startswith("2002-02"))
    assert line.split()[:4] == ["2002-02", "135", "172", "-21.5%"]
    assert "█│" in line  # the police counted fewer: the bar is left of the middle
    svg = (tmp_path / "d.svg").read_text(encoding="utf-8")
    assert svg.startswith("<svg")
    assert "PNC below or above IML" in svg
    assert "Wrote" in result.stderr


def test_diff_writes_a_png_and_refuses_another_ending(tmp_path):
    assert (
        call(record_command, "diff", "PNC", "IML", "--out", str(tmp_path / "d.png")).exit_code == 0
    )
    assert (tmp_path / "d.png").read_bytes().startswith(b"\x89PNG")
    result = call(record_command, "diff", "PNC", "IML", "--out", str(tmp_path / "d.pdf"))
    assert result.exit_code == 1
    assert "End it in .svg or .png" in result.stderr


def test_diff_as_json_is_the_table():
    months = answer("diff", "PNC", "IML")["months"]
    assert len(months) == 13
    assert months[0]["month"] == "2002-02-01"
    assert months[0]["ratio"] == pytest.approx(135 / 172)


def test_diff_of_agencies_without_a_common_month_says_so(tmp_path):
    result = call(record_command, "diff", "PNC", "mesa tecnica", "--series", "homicides")
    assert result.exit_code == 0
    lonely = call(record_command, "diff", "PNC", "tripartite")
    assert "share no month" in lonely.stdout
    drawn = call(record_command, "diff", "PNC", "tripartite", "--out", str(tmp_path / "x.svg"))
    assert drawn.exit_code == 1
    assert "nothing to draw" in drawn.stderr


def test_sources_of_a_series():
    assert len(answer("sources")["sources"]) == len(record.load("el-salvador").sources)
    ids = {row["id"] for row in answer("sources", "--used-by", "zero_homicide_days")["sources"]}
    assert ids == {"CRONIO_202206", "ELBLOG_202211", "DIARIOES_202309", "DIARIOES_202409"} | {
        "CRONIO_202510"
    }
    events = answer("sources", "--used-by", "events")["sources"]
    assert "WIKI_TRUCE" in {row["id"] for row in events}


def test_check_lists_problems_and_ends_with_one(tmp_path):
    assert call(record_command, "check").exit_code == 0
    assert {p["severity"] for p in answer("check")["problems"]} == {"warning"}
    case = record.new_case(tmp_path / "case")
    with (case / "events.csv").open("a") as handle:
        handle.write("soon,later,election,,,,NO,told,yes\n")
    result = call(record_command, "check", str(case), columns=200)
    assert result.exit_code == 1
    assert result.stdout.count("error events.csv, line 4") == 5
    document = json.loads(call(record_command, "check", str(case), "--json").stdout)
    assert document["ok"] is False
    assert {p["column"] for p in document["problems"] if p["severity"] == "error"} == {
        "date",
        "end",
        "description",
        "source",
        "status",
    }


@pytest.mark.parametrize("form", record.FORMATS)
def test_export_writes_every_format(tmp_path, form):
    document = answer("export", "--format", form, "--out", str(tmp_path / "out"))
    assert document["format"] == form
    again = call(record_command, "export", "--format", form, "--out", str(tmp_path / "out"))
    assert again.exit_code == 1
    assert "already there" in again.stderr
    forced = ("export", "--format", form, "--out", str(tmp_path / "out"), "--force")
    assert call(record_command, *forced).exit_code == 0


def test_a_new_case_passes_its_check_and_overwrites_nothing(tmp_path):
    path = str(tmp_path / "Mi Caso")
    result = call(case_command, "new", path, "--json")
    assert json.loads(result.stdout)["ok"] is True
    assert record.load(path).case.name == "mi-caso"
    assert call(record_command, "check", path).exit_code == 0
    again = call(case_command, "new", path)
    assert again.exit_code == 1
    assert "not empty" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "el-salvdor"), "Did you mean 'el-salvador'"),
        (("show", "--series", "homicide"), "Did you mean 'homicides'"),
        (("show", "--agency", "PNC"), "need --series"),
        (("sources", "--used-by", "prisons"), "Known series"),
        (("diff", "PNC", "ILM"), "Did you mean 'IML'"),
        (("diff", "PNC", "IML", "--case", "nowhere"), "No case named 'nowhere'"),
        (("check", "nowhere"), "No case named 'nowhere'"),
        (("export",), "Missing option '--out'"),
    ],
)
def test_a_mistake_gets_one_message_and_no_traceback(arguments, message):
    result = call(record_command, *arguments)
    assert result.exit_code in (1, 2)
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
