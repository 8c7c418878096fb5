"""Is each kind of slip found, on its line, with what would be right?"""

import shutil

import pandas as pd
import pytest

from tregua import record

HEADER = "series,start,end,value,unit,place,agency,source,status,verified,note"
MONTH = "homicides,2000-05-01,2000-06-01,40,persons,Exampleland,Police,EXAMPLE_2001,reported,yes,"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return record.new_case(tmp_path_factory.mktemp("case") / "example")


@pytest.fixture
def case(template, tmp_path):
    return shutil.copytree(template, tmp_path / "example")


def add(case, *rows, file="observations.csv"):
    """Append rows; the first of them is line 13 of observations.csv."""
    with (case / file).open("a", encoding="utf-8") as handle:
        handle.writelines(f"{row}\n" for row in rows)


def errors(case):
    return record.check(case).errors


def test_a_new_case_passes(case):
    report = record.check(case)
    assert report.errors == ()
    assert report.rows == {"observations.csv": 11, "events.csv": 2, "sources.csv": 2}


@pytest.mark.parametrize(
    ("old", "new", "column", "what", "valid"),
    [
        ("2000-05-01", "2000/05/01", "start", "'2000/05/01' is not a date.", "2012-03-31"),
        ("2000-05-01", "20000501", "start", "'20000501' is not a date.", "2012-03-31"),
        ("2000-05-01", "2000-02-30", "start", "'2000-02-30' does not exist", "calendar"),
        ("2000-05-01", "0999-05-01", "start", "impossible date", "1800 to 2200"),
        ("2000-06-01", "2000-04-01", "end", "2000-04-01 is before the start 2000-05-01", "first"),
        (",40,", ",-1,", "value", "The count -1 is negative.", "0 or more"),
        (",40,", ",40.5,", "value", "The count 40.5 is not whole.", "persons"),
        (",40,", ",nan,", "value", "'nan' is not a number.", "1234 or 12.5"),
        (",40,", ",inf,", "value", "'inf' is not a number.", "1234 or 12.5"),
        (",40,", ",1e999,", "value", "'1e999' is not a number.", "1234 or 12.5"),
        (",40,", ",,", "value", "No number is given.", "Leave the row out"),
        (",40,", ',"1,234",', "value", "'1,234' has thousands separators.", "1234"),
        (",40,", ",1 234,", "value", "'1 234' has thousands separators.", "1234"),
        (",40,", ',"12,5",', "value", "'12,5' is not a number.", "decimal point"),
        ("persons", "person", "unit", "Unknown unit 'person'.", "Did you mean 'persons'?"),
        ("EXAMPLE_2001", "EXAMPLE_2002", "source", "Unknown source", "Did you mean 'EXAMPLE_2001'"),
        ("EXAMPLE_2001", "", "source", "No source is given.", "a number without one is refused"),
        ("reported", "reporte", "status", "Unknown status 'reporte'.", "Did you mean 'reported'?"),
        (",yes,", ",maybe,", "verified", "'maybe' is neither yes nor no.", "a page was seen"),
        ("homicides", "Homicides", "series", "'Homicides' is not a name", "lower-case"),
        ("Exampleland", "", "place", "This cell is empty.", "Write a text."),
        ("Police", " ", "agency", "This cell is empty.", "Write a text."),
        ("EXAMPLE_2001", "MEMORY", "status", "'MEMORY' was recalled", "Write recalled."),
        ("reported", "recalled", "verified", "cannot be verified", "Write no."),
    ],
)
def test_a_wrong_cell_of_an_observation_is_named(case, old, new, column, what, valid):
    assert old in MONTH
    add(case, MONTH.replace(old, new, 1))
    (problem,) = errors(case)
    assert (problem.file, problem.line, problem.column) == ("observations.csv", 13, column)
    assert what in problem.what
    assert valid in problem.valid
    with pytest.raises(record.RecordError, match="line 13"):
        record.load(case)


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        (HEADER.replace(",note", ""), 1, "note", "Column 'note' is missing."),
        (HEADER + ",rate", 1, "rate", "Unknown column 'rate'."),
        (HEADER.replace("value", "values"), 1, "values", "Unknown column 'values'."),
        (HEADER.replace("note", "unit"), 1, "unit", "Column 'unit' is there twice."),
        (HEADER.replace("start,end", "end,start"), 1, "", "another order"),
        (HEADER.replace(",", ";"), 1, "", "separated by semicolons"),
        (f"{HEADER}\n{MONTH}\n{HEADER}", 3, "", "The header is repeated"),
        (f"{HEADER}\n{MONTH}\n\n\n{MONTH}x,y", 5, "", "The row has 12 cells."),
        (f"{HEADER}\n{MONTH}\nhomicides,2000-05-01", 3, "", "The row has 2 cells."),
        (f'{HEADER}\n{MONTH}\n{MONTH}"cut o', 3, "", "breaks off"),
        (f"{HEADER}\n{MONTH}\0", 2, "", "null byte"),
        ("", 1, "", "The file is empty."),
        (HEADER, 1, "", "The file has no rows."),
    ],
)
def test_a_file_that_is_no_table_of_the_record_is_named(case, text, line, column, what):
    (case / "observations.csv").write_text(text, encoding="utf-8")
    found = [(p.line, p.column) for p in errors(case) if what in p.what]
    assert found == [(line, column)]


def test_a_note_may_hold_commas_quotation_marks_and_lines(case):
    add(case, MONTH + '"one, ""two""\nthree"', MONTH.replace("40", "-1").replace("05-01", "05-02"))
    (problem,) = errors(case)
    assert problem.line == 15  # the row before it took two lines
    (case / "observations.csv").write_text(
        f'{HEADER}\n{MONTH}"one, ""two""\nthree"\n', encoding="utf-8"
    )
    assert record.load(case).observations.note.tolist() == ['one, "two"\nthree']


def test_a_byte_order_mark_and_windows_lines_are_accepted(case):
    content = (case / "observations.csv").read_bytes().replace(b"\n", b"\r\n")
    before = record.load(case)
    (case / "observations.csv").write_bytes(b"\xef\xbb\xbf" + content)
    assert record.load(case).digest == before.digest


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_another_encoding_is_named_with_its_byte_and_line(case, mark):
    content = mark + f"{HEADER}\n{MONTH}".encode() + "Cabañas".encode("latin-1") + b"\n"
    (case / "observations.csv").write_bytes(content)
    (problem,) = errors(case)
    assert problem.line == 2
    assert f"Byte 0xf1 at position {content.index(0xF1)}" in problem.what


def test_a_huge_file_is_refused_unread(case):
    with (case / "observations.csv").open("r+b") as handle:
        handle.truncate(51 * 1024 * 1024)
    (problem,) = errors(case)
    assert problem.what == "The file has 51 MiB."


@pytest.mark.parametrize("file", ["case.toml", "observations.csv", "events.csv", "sources.csv"])
def test_a_missing_file_is_named(case, file):
    (case / file).unlink()
    assert [p.file for p in errors(case) if p.what == "The file is missing."] == [file]


@pytest.mark.parametrize(
    ("old", "new", "column", "what"),
    [
        ('name = "example"', "name = example", "", "not TOML"),
        ("population = 1_000_000", "population = 0", "population", "greater than 0"),
        ("share = 0.6 ", "share = 1.6 ", "actors.1.share", "less than or equal to 1"),
        ("share = 0.4", "shaer = 0.4", "actors.2.shaer", "Unknown key 'shaer'"),
        ('kind = "presidential"', 'kind = "royal"', "elections.0.kind", "'presidential'"),
        ("start = 2000-06-01", 'start = "June"', "administrations.0.start", "not a date"),
        ('_source = "EXAMPLE_2001"', '_source = "NO"', "population_source", "Unknown source 'NO'"),
    ],
)
def test_a_wrong_key_of_a_case_is_named_with_its_line(case, old, new, column, what):
    text = (case / "case.toml").read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    (case / "case.toml").write_text(text, encoding="utf-8")
    line = text[: text.index(new)].count("\n") + 1
    assert (line, column) in [(p.line, p.column) for p in errors(case) if what in p.what]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("first = 2000-01-01", "first = 2002-01-01", "`last` is not after `first`"),
        ("share = 0.6", "share = 0.7", "add to 1.1"),
        ('kind = "government"', 'kind = "gang"', "lacks its share"),
        ("start = 2000-06-01", "start = 2000-06-01\nend = 2000-05-01", "ends before it starts"),
    ],
)
def test_a_case_that_does_not_hang_together_is_refused(case, old, new, what):
    text = (case / "case.toml").read_text(encoding="utf-8")
    (case / "case.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    (problem,) = errors(case)
    assert what in problem.what


def test_events_and_sources_are_checked_too(case):
    add(
        case,
        "2000-07-01,2000-07-01,truce,Gang A,A truce,Una tregua,NOWHERE,reported,yes",
        file="events.csv",
    )
    add(case, "EXAMPLE_2001,Twice,none,ftp://x,2001,page", file="sources.csv")
    found = {(p.file, p.line, p.column) for p in errors(case)}
    assert found == {
        ("events.csv", 4, "type"),
        ("events.csv", 4, "end"),
        ("events.csv", 4, "source"),
        ("sources.csv", 4, "url"),
        ("sources.csv", 4, "id"),
    }


def test_a_repeated_row_is_named_and_a_second_source_is_not_a_repetition(case):
    add(case, "OTHER,Another page,none,,2001,synthetic example", file="sources.csv")
    add(case, MONTH, MONTH.replace("EXAMPLE_2001", "OTHER"), MONTH)
    (problem,) = errors(case)
    assert (problem.line, problem.what) == (15, "The row repeats line 13.")


YEAR = MONTH.replace("2000-05-01,2000-06-01", "1999-01-01,2000-01-01")


def month(number, value, status="reported", note=""):
    row = MONTH.replace("2000-05-01,2000-06-01", f"1999-{number:02}-01,1999-{number + 1:02}-01")
    return row.replace(",40,", f",{value},").replace("reported", status) + note


@pytest.mark.parametrize(
    ("rows", "line", "what"),
    [
        ([month(5, 40), month(5, 41)], 14, "has 41 (EXAMPLE_2001) but also 40"),
        ([YEAR, month(1, 25), month(2, 16)], 13, "add to 41"),
        ([month(2, 16), YEAR, month(1, 25)], 14, "add to 41"),
    ],
)
def test_figures_of_one_agency_that_cannot_all_be_right_are_errors(case, rows, line, what):
    add(case, *rows)
    (problem,) = errors(case)
    assert problem.line == line
    assert what in problem.what
    assert "contradicts" in problem.valid


@pytest.mark.parametrize(
    "rows",
    [
        [month(5, 40, note="contradicts 41"), month(5, 41)],
        [month(5, 40, status="preliminary"), month(5, 41)],
        [YEAR, month(1, 25, note="contradicts the year"), month(2, 16)],
    ],
)
def test_an_acknowledged_contradiction_is_a_warning(case, rows):
    before = len(record.check(case).warnings)
    add(case, *rows)
    report = record.check(case)
    assert report.errors == ()
    assert len(report.warnings) == before + 1


@pytest.mark.parametrize(
    "rows",
    [
        [YEAR, month(1, 25), month(2, 15)],  # parts equal to their total
        [YEAR, month(1, 25), month(1, 25).replace("Police", "Hospital"), month(2, 15)],
        [month(5, 40), month(5, 41, status="derived")],  # derived: arithmetic, not a statement
        [
            month(5, 40).replace("Police", "not stated"),
            month(5, 41).replace("Police", "not stated"),
        ],
        [YEAR, month(1, 41).replace("Exampleland", "Northtown (city)")],
        [YEAR, month(1, 90).replace("persons", "%")],
    ],
)
def test_what_does_not_contradict_is_left_alone(case, rows):
    before = record.check(case)
    add(case, *rows)
    assert record.check(case).problems == before.problems


def test_overlapping_parts_are_not_counted_twice(case):
    # 30 + 25 overlap in February; the largest disjoint sum is 30 + 9 = 39, below 40.
    quarter = month(1, 30).replace("1999-02-01", "1999-03-01")
    other = month(2, 25).replace("1999-03-01", "1999-04-01")
    add(case, YEAR, quarter, other, month(5, 9))
    assert errors(case) == ()
    add(case, month(6, 2))
    (problem,) = errors(case)
    assert "add to 41" in problem.what


def test_a_case_may_declare_units(case):
    add(case, MONTH.replace("persons", "kidnappings"))
    assert [p.column for p in errors(case)] == ["unit"]
    with (case / "case.toml").open("a", encoding="utf-8") as handle:
        handle.write('\n[units]\nkidnappings = "count"\n')
    assert errors(case) == ()
    add(case, MONTH.replace("persons", "kidnappings").replace(",40,", ",1.5,"))
    assert [p.column for p in errors(case) if "whole" in p.what] == ["value"]


REGISTERS = """
[registers]
families = { "Police press office" = "Police" }
reconciled = ["Police", "Morgue"]
source = "EXAMPLE_2001"
[[registers.spread]]
since = 1990-01-01
value = 0.03
[[registers.spread]]
since = 1995-01-01
value = 0.1
"""


def test_a_case_says_which_agencies_count_from_one_register(case):
    from tregua.infer.counts.agencies import agencies_of

    assert agencies_of(record.load(case).case).family("Police press office") != "Police"
    add(case, REGISTERS, file="case.toml")
    known = agencies_of(record.load(case).case)
    assert known.family("Police press office (early)") == "Police"
    assert [known.spread_at(date) for date in map(pd.Timestamp, ("1991", "1995", "2000"))] == [
        0.03,
        0.1,
        0.1,
    ]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("1995-01-01", "1980-01-01", "spreads between registers are not in order"),
        ("value = 0.1", "value = 0", "greater than 0"),
        ('source = "EXAMPLE_2001"', 'source = "EXAMPLE_2002"', "Unknown source 'EXAMPLE_2002'"),
        ("reconciled =", "reconcilled =", "reconcilled"),
    ],
)
def test_registers_that_cannot_be_right_are_refused(case, old, new, what):
    add(case, REGISTERS.replace(old, new, 1), file="case.toml")
    assert what in " ".join(str(problem) for problem in errors(case))


def test_all_problems_are_listed_at_once_in_the_order_of_the_files(case):
    add(case, MONTH.replace("2000-05-01", "May").replace(",40,", ",-4,"))
    add(case, MONTH.replace("reported", "told"))
    add(case, "2000-07-01,soon,election,,x,,EXAMPLE_2001,reported,yes", file="events.csv")
    text = (case / "case.toml").read_text(encoding="utf-8")
    (case / "case.toml").write_text(text.replace("last = ", "lats = "), encoding="utf-8")
    with pytest.raises(record.RecordError) as caught:
        record.load(case)
    found = [(p.file, p.line, p.column) for p in caught.value.problems]
    lats = text[: text.index("last = ")].count("\n") + 1
    assert found == [
        ("case.toml", 0, "last"),
        ("case.toml", lats, "lats"),
        ("events.csv", 4, "end"),
        ("observations.csv", 13, "start"),
        ("observations.csv", 13, "value"),
        ("observations.csv", 14, "status"),
    ]


@pytest.mark.parametrize("path", ["nowhere/at/all", __file__])
def test_what_is_no_folder_is_refused(path):
    with pytest.raises(record.RecordError, match=r"No case named|is a file"):
        record.check(path)


def test_a_new_case_overwrites_nothing(case):
    with pytest.raises(record.RecordError, match="not empty"):
        record.new_case(case)
