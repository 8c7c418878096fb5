"""Does the reference of the files name everything that the code accepts?"""

import re
from pathlib import Path

import pytest

from tregua import record
from tregua.record.read import FILES, columns_of
from tregua.record.schema import Case, Era

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "record.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))


@pytest.mark.parametrize("file", FILES)
def test_every_column_is_explained_in_its_section(file):
    section = PAGE.split(f"## {file}")[1].split("\n## ")[0]
    assert set(re.findall(r"`([^`\n]+)`", section)) >= set(columns_of(file))


def test_every_status_unit_and_type_of_event_is_explained():
    assert {*record.STATUSES, *record.UNITS, *record.LANES, *record.FORMATS} <= NAMED


def test_every_type_of_event_stands_in_its_lane():
    for kind, lane in record.LANES.items():
        row = re.search(rf"^\| {lane} \|(.*)\|$", PAGE, re.MULTILINE)
        assert f"`{kind}`" in row[1]


def test_every_key_of_a_case_is_explained():
    keys = {re.sub(r"[\[\]]", "", name).split(".")[0] for name in NAMED}
    assert keys >= set(Case.model_fields) | set(Era.model_fields)


def test_every_series_of_the_embedded_case_is_in_the_dictionary():
    table = PAGE.split("### Dictionary of series")[1].split("\n### ")[0]
    known = re.findall(r"`([^`\n]+)`", table)
    patterns = [
        re.escape(name)
        .replace(r"\*", r"[a-z0-9_.]+")
        .replace("GANG", "[a-z0-9_]+")
        .replace("TOPIC", "[a-z0-9_]+")
        .replace("QUESTION", "[a-z0-9_]+")
        for name in known
    ]
    series = set(record.load("el-salvador").observations.series)
    assert {s for s in series if not any(re.fullmatch(p, s) for p in patterns)} - {
        "gang_linked_persons.low",
        "gang_linked_persons.high",
    } == set()
