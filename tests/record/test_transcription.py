"""Is every number of the raw record in the embedded one?

`manifest.csv` holds for each raw file its rows, and the count and exact sum of each number column.
`transcription.csv` says of each raw cell which observation it became. The raw files themselves are
compared with the manifest where they lie beside the repository.
"""

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from tregua import record

HERE = Path(__file__).parent
RAW = HERE.parents[2] / "shared" / "record" / "el_salvador"
KEY = ("series", "start", "end", "place", "agency", "source")


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


MANIFEST = read(HERE / "manifest.csv")
TRANSCRIPTION = read(HERE / "transcription.csv")
NUMERIC = [entry for entry in MANIFEST if entry["column"]]


@pytest.fixture(scope="module")
def known():
    return record.load("el-salvador")


@pytest.fixture(scope="module")
def by_key(known):
    rows = known.observations.assign(
        start=known.observations.start.dt.strftime("%Y-%m-%d"),
        end=known.observations.end.dt.strftime("%Y-%m-%d"),
    )
    found = defaultdict(list)
    for row in rows.to_dict(orient="records"):
        found[tuple(row[name] for name in KEY)].append(row)
    return found


@pytest.mark.parametrize("entry", NUMERIC, ids=[f"{e['file']}-{e['column']}" for e in NUMERIC])
def test_each_raw_column_is_transcribed_in_number_and_sum(entry):
    cells = [
        cell
        for cell in TRANSCRIPTION
        if (cell["file"], cell["column"]) == (entry["file"], entry["column"])
    ]
    assert len(cells) == int(entry["cells"])
    assert sum(Decimal(cell["value"]) for cell in cells) == Decimal(entry["sum"])
    assert len({cell["line"] for cell in cells}) == len(cells)


def test_each_raw_number_is_an_observation_of_that_value(by_key):
    for cell in TRANSCRIPTION:
        candidates = by_key[tuple(cell[name] for name in KEY)]
        if cell["column"] == "n":  # the size of a poll's sample is kept in its note
            held = [row for row in candidates if f"n = {cell['value']}" in row["note"]]
        else:
            held = [row for row in candidates if row["value"] == float(cell["value"])]
        assert len(held) == 1, cell


def test_each_observation_of_a_raw_source_comes_from_a_raw_number(known):
    cells = [cell for cell in TRANSCRIPTION if cell["column"] != "n"]
    traced = {(*(cell[name] for name in KEY), float(cell["value"])) for cell in cells}
    # One figure stands in two raw files: 71 homicides to 23 December 2025, by the prosecution.
    assert len(traced) == len(cells) - 1
    sources = {cell["source"] for cell in cells}
    found = 0
    for row in known.observations.to_dict(orient="records"):
        key = (row["series"], f"{row['start']:%Y-%m-%d}", f"{row['end']:%Y-%m-%d}")
        if row["source"] in sources:  # rows added since have sources of their own
            assert (*key, row["place"], row["agency"], row["source"], row["value"]) in traced
            found += 1
    assert found == len(traced) == 1067


def test_no_event_and_no_source_is_lost(known):
    rows = {entry["file"]: int(entry["rows"]) for entry in MANIFEST}
    assert len(known.events) >= rows["events.csv"] == 94
    assert len(known.sources) >= rows["sources.csv"] == 266


if RAW.is_dir():

    @pytest.mark.parametrize(
        "entry", MANIFEST, ids=[f"{e['file']}-{e['column']}" for e in MANIFEST]
    )
    def test_the_manifest_is_that_of_the_raw_files(entry):
        rows = read(RAW / entry["file"])
        cells = [Decimal(row[entry["column"]]) for row in rows if row.get(entry["column"])]
        assert len(rows) == int(entry["rows"])
        assert len(cells) == int(entry["cells"])
        assert sum(cells) == Decimal(entry["sum"])

    @pytest.mark.parametrize("file", sorted({entry["file"] for entry in NUMERIC}))
    def test_each_transcribed_cell_is_that_of_its_raw_line(file):
        with (RAW / file).open(encoding="utf-8", newline="") as handle:
            reader = csv.DictReader(handle)
            by_line = {str(reader.line_num): row for row in reader}
        for cell in TRANSCRIPTION:
            if cell["file"] == file:
                assert by_line[cell["line"]][cell["column"]] == cell["value"]

    def test_each_raw_source_and_event_is_there(known):
        sources = known.sources.set_index("id")
        for row in read(RAW / "sources.csv"):
            held = sources.loc[row["source_id"]]
            assert held.date == row["date"]
            assert held.url == (row["url"] if row["url"].startswith("http") else "")
        events = {(f"{e.date:%Y-%m-%d}", e.source, e.verified) for e in known.events.itertuples()}
        for row in read(RAW / "events.csv"):
            first = row["date"].split("/")[0]
            first = first[:4] if len(first) == 9 else first  # "1994-1995"
            first += "-01-01"[: 10 - len(first)] if len(first) == 4 else "-01"[: 10 - len(first)]
            assert (first, row["source_id"], row["verified"] == "yes") in events, row
