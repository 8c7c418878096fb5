"""Does what is exported hold the whole record, in the shape it promises?"""

import csv
import json
import re
import zipfile

import pandas as pd
import pytest

from tregua import record

TABLES = ("observations", "events", "sources")


@pytest.fixture(scope="module")
def known():
    return record.load("el-salvador")


def test_csv_loads_again_to_the_same_record(known, tmp_path):
    again = record.load(record.export(known, tmp_path / "case", "csv"))
    assert again.digest == known.digest
    assert again.case == known.case
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(again, table), getattr(known, table))


def test_a_zip_holds_the_same_files_and_is_the_same_every_time(known, tmp_path):
    record.export(known, tmp_path / "case", "csv")
    first = record.export(known, tmp_path / "one.zip", "csv")
    second = record.export(known, tmp_path / "two.zip", "csv")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert set(archive.namelist()) == {p.name for p in (tmp_path / "case").iterdir()}
        for name in archive.namelist():
            assert archive.read(name) == (tmp_path / "case" / name).read_bytes()


def test_parquet_keeps_values_and_types(known, tmp_path):
    folder = record.export(known, tmp_path / "parquet", "parquet")
    for table in TABLES:
        frame = pd.read_parquet(folder / f"{table}.parquet")
        pd.testing.assert_frame_equal(frame, getattr(known, table))


def test_json_is_one_document_with_everything(known, tmp_path):
    path = record.export(known, tmp_path / "record.json", "json")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["digest"] == known.digest
    for table in TABLES:
        assert len(document[table]) == len(getattr(known, table)) > 0
    assert document["case"]["actors"][1]["share"] == 0.65
    first = known.observations.iloc[0]
    assert document["observations"][0]["start"] == f"{first.start:%Y-%m-%d}"
    assert [row["value"] for row in document["observations"]] == known.observations.value.tolist()


def test_a_data_package_describes_every_column_of_its_files(known, tmp_path):
    folder = record.export(known, tmp_path / "package", "datapackage")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["profile"] == "tabular-data-package"
    assert re.fullmatch(r"[a-z0-9._-]+", package["name"])  # specification, "name"
    assert package["version"] == known.digest
    assert all("title" in source for source in package["sources"])
    assert [resource["name"] for resource in package["resources"]] == list(TABLES)
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource["profile"] == "tabular-data-resource"
        assert (resource["encoding"], resource["bytes"]) == ("utf-8", len(content))
        header = content.decode().splitlines()[0].split(",")
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == header
        assert {field["type"] for field in fields} <= {"string", "number", "date", "boolean"}


READERS = {
    "string": str,
    "number": float,
    "date": pd.Timestamp,
    "boolean": lambda text: {"yes": True, "no": False}[text],
}


def test_every_cell_of_a_data_package_obeys_its_schema(known, tmp_path):
    folder = record.export(known, tmp_path / "package", "datapackage")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    tables = {}
    for resource in package["resources"]:
        with (folder / resource["path"]).open(encoding="utf-8", newline="") as handle:
            tables[resource["name"]] = rows = list(csv.DictReader(handle))
        for field in resource["schema"]["fields"]:
            constraints = field.get("constraints", {})
            for row in rows:
                cell = row[field["name"]]
                assert cell or not constraints.get("required"), (resource["name"], row)
                if cell:
                    READERS[field["type"]](cell)
                assert cell in constraints.get("enum", [cell])
    ids = [row["id"] for row in tables["sources"]]
    assert len(set(ids)) == len(ids)  # the primary key
    for name in ("observations", "events"):
        assert {row["source"] for row in tables[name]} <= set(ids)  # the foreign key
    assert record.load(folder).digest == known.digest


@pytest.mark.parametrize("form", record.FORMATS)
def test_nothing_is_overwritten_unless_asked(known, tmp_path, form):
    path = tmp_path / ("out.json" if form == "json" else "out")
    written = record.export(known, path, form)
    with pytest.raises(record.RecordError, match="already there"):
        record.export(known, path, form)
    assert record.export(known, path, form, overwrite=True) == written


def test_an_unknown_format_is_answered_with_the_nearest(known, tmp_path):
    with pytest.raises(record.RecordError, match="Did you mean 'parquet'"):
        record.export(known, tmp_path / "x", "parket")


def test_every_key_of_a_case_survives(tmp_path):
    folder = record.new_case(tmp_path / "case")
    with (folder / "case.toml").open("a", encoding="utf-8") as handle:
        handle.write(WHOLE)
    text = (folder / "case.toml").read_text(encoding="utf-8")
    text = text.replace("population =", 'origins = ["2000-02", "2000-10"]\npopulation =', 1)
    (folder / "case.toml").write_text(text, encoding="utf-8")
    known = record.load(folder)
    assert [era.stance for era in known.case.script] == ["status_quo", "mano_dura"]
    assert known.case.readings["no_pact"][0].segregated == 0.25
    again = record.load(record.export(known, tmp_path / "again", "csv"))
    assert again.case == known.case
    assert again.digest == known.digest


WHOLE = """
[[counting_rules]]
date = 2000-07-01
series = "homicides"
change = { en = 'A "quoted" word, a \\ and a tab\t.', es = "Sí" }
leaves_out = "part"
source = "EXAMPLE_2001"

[[script]]
start = 2000-01-01
stance = "status_quo"
pressing = 0.1
source = "EXAMPLE_2001"

[[script]]
start = 2000-06-01
stance = "mano_dura"
enforcement = 2.2
note = "two\\nlines"
source = "EXAMPLE_2001"

[[readings.no_pact]]
start = 2000-01-01
stance = "status_quo"
segregated = 0.25
restraining = 1
source = "EXAMPLE_2001"

[priors.recruitment]
default = 0.39
low = 0.2
high = 6e-1
source = "EXAMPLE_2001"

[units]
kidnappings = "count"
"""
