"""Does any record survive writing and reading, and does any slip come to light?"""

import csv
import datetime as dt
import random
import shutil
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tregua import record
from tregua.record.read import columns_of
from tregua.record.schema import COUNTS, LANES

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1))
# Any text a cell may hold: commas, quotation marks, line ends, other scripts.
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30).map(
    str.strip
)
WORDS = TEXT.filter(bool)
SLUGS = st.from_regex(r"[a-z][a-z0-9_]{0,8}(\.[a-z0-9_]{1,5})?", fullmatch=True)
IDS = st.from_regex(r"[A-Z][A-Z0-9_]{0,6}", fullmatch=True)


@st.composite
def observation(draw, source):
    unit = draw(st.sampled_from([*sorted(COUNTS), "%", "per 100,000"]))
    whole = st.integers(0, 10**9).map(float)
    fraction = st.floats(-1e9, 1e9, allow_nan=False, allow_infinity=False)
    start = draw(DAYS)
    status = draw(st.sampled_from(record.STATUSES))
    return {
        "series": draw(SLUGS),
        "start": start,
        "end": start + dt.timedelta(draw(st.integers(0, 400))),
        "value": draw(whole if unit in COUNTS else fraction),
        "unit": unit,
        "place": draw(WORDS),
        "agency": draw(WORDS),
        "source": source,
        "status": status,
        "verified": status != "recalled" and draw(st.booleans()),
        # Contradictions are allowed once they are acknowledged.
        "note": "contradicts " + draw(WORDS),
    }


@st.composite
def event(draw, source):
    start = draw(DAYS)
    return {
        "date": start,
        "end": start + dt.timedelta(draw(st.integers(1, 400))),
        "type": draw(st.sampled_from(sorted(LANES))),
        "actors": draw(TEXT),
        "description": draw(WORDS),
        "description_es": draw(TEXT),
        "source": source,
        "status": "reported",
        "verified": draw(st.booleans()),
    }


@st.composite
def tables(draw):
    ids = draw(st.lists(IDS, min_size=1, max_size=3, unique=True))
    one = st.sampled_from(ids)
    rows = st.lists(one.flatmap(observation), min_size=1, max_size=6, unique_by=_identity)
    events = st.lists(one.flatmap(event), max_size=3, unique_by=lambda e: tuple(e.values())[:7])
    sources = [
        {
            "id": name,
            "title": draw(WORDS),
            "publisher": draw(WORDS),
            "url": draw(st.sampled_from(["", "https://example.org/page"])),
            "date": draw(TEXT),
            "seen_as": "page: " + draw(TEXT),
        }
        for name in ids
    ]
    sources = [{**source, "seen_as": source["seen_as"].strip()} for source in sources]
    return {"observations.csv": draw(rows), "events.csv": draw(events), "sources.csv": sources}


def _identity(row):
    return tuple(row[name] for name in row if name not in ("status", "verified", "note"))


def cell(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, float) else str(value)


def write(folder, drawn):
    record.new_case(folder)
    toml = (folder / "case.toml").read_text(encoding="utf-8")
    first = drawn["sources.csv"][0]["id"]
    toml = toml.replace('"EXAMPLE_2001"', f'"{first}"')
    (folder / "case.toml").write_text(toml, encoding="utf-8")
    for file, rows in drawn.items():
        with (folder / file).open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, quoting=csv.QUOTE_ALL)
            writer.writerow(columns_of(file))
            writer.writerows([cell(value) for value in row.values()] for row in rows)


@settings(max_examples=40, deadline=None)
@given(drawn=tables())
def test_any_valid_record_survives_writing_and_reading(drawn):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "case"
        write(folder, drawn)
        known = record.load(folder)
        for file, frame in zip(
            drawn, (known.observations, known.events, known.sources), strict=True
        ):
            for column in frame.columns:
                wanted = [row[column] for row in drawn[file]]
                if column in ("start", "end") or (file, column) == ("events.csv", "date"):
                    wanted = [pd.Timestamp(day) for day in wanted]
                assert frame[column].tolist() == wanted
        for form in ("csv", "datapackage"):
            again = record.load(record.export(known, Path(name) / form, form))
            assert again.digest == known.digest
            assert again.case == known.case


# Each slip: the column in which it is found, and how it spoils a row.
SLIPS = {
    "date": ("start", lambda row: {**row, "start": "1 May 2000"}),
    "calendar": ("end", lambda row: {**row, "end": "2001-02-29"}),
    "backwards": ("end", lambda row: {**row, "start": "2000-01-02", "end": "2000-01-01"}),
    "negative": ("value", lambda row: {**row, "value": "-3", "unit": "persons"}),
    "fraction": ("value", lambda row: {**row, "value": "0.5", "unit": "persons"}),
    "not a number": ("value", lambda row: {**row, "value": "many"}),
    "thousands": ("value", lambda row: {**row, "value": "1,000"}),
    "nan": ("value", lambda row: {**row, "value": "nan"}),
    "unit": ("unit", lambda row: {**row, "unit": "furlongs"}),
    "source": ("source", lambda row: {**row, "source": "NOBODY"}),
    "no source": ("source", lambda row: {**row, "source": ""}),
    "status": ("status", lambda row: {**row, "status": "certain"}),
    "verified": ("verified", lambda row: {**row, "verified": "perhaps"}),
    "series": ("series", lambda row: {**row, "series": "All Homicides"}),
    "place": ("place", lambda row: {**row, "place": ""}),
}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    known = record.load("el-salvador")
    folder = record.export(known, tmp_path_factory.mktemp("whole") / "case", "csv")
    # The first 120 rows: complaints and detentions, whose notes hold commas but no line ends.
    lines = (folder / "observations.csv").read_text(encoding="utf-8").splitlines()[:121]
    (folder / "observations.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert record.check(folder).errors == ()
    return folder


@settings(max_examples=40, deadline=None)
@given(slips=st.lists(st.sampled_from(sorted(SLIPS)), min_size=1, max_size=8), seed=st.integers(0))
def test_every_slip_is_found_on_its_line_and_all_at_once(embedded, slips, seed):
    with tempfile.TemporaryDirectory() as name:
        folder = shutil.copytree(embedded, Path(name) / "case")
        with (folder / "observations.csv").open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        places = random.Random(seed).sample(range(len(rows)), len(slips))
        wanted = set()
        for slip, place in zip(slips, places, strict=True):
            column, spoil = SLIPS[slip]
            rows[place] = spoil(rows[place])
            wanted.add((place + 2, column))  # the header is line 1
        with (folder / "observations.csv").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        report = record.check(folder)
        assert {(p.line, p.column) for p in report.errors} == wanted
        with pytest.raises(record.RecordError) as caught:
            record.load(folder)
        assert len(caught.value.problems) == len(wanted)


@settings(max_examples=40, deadline=None)
@given(months=st.lists(st.integers(0, 50), min_size=1, max_size=11), short=st.integers(-3, 3))
def test_a_year_is_refused_exactly_if_its_months_exceed_it(months, short):
    year = max(sum(months) - short, 0)
    row = "homicides,1999-{:02}-01,{}-{:02}-01,{},persons,Exampleland,Police,EXAMPLE_2001,reported"
    row += ",yes,"
    rows = [row.format(m, 1999, m + 1, value) for m, value in enumerate(months, start=1)]
    rows.append(row.format(1, 2000, 1, year))
    with tempfile.TemporaryDirectory() as name:
        folder = record.new_case(Path(name) / "case")
        with (folder / "observations.csv").open("a", encoding="utf-8") as handle:
            handle.write("\n".join(rows) + "\n")
        assert record.check(folder).ok is (sum(months) <= year)
