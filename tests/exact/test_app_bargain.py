"""Does the page's bargain say what `tregua bargain` says, and refuse what it refuses?"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

pytest.importorskip("fastapi")

from tests.app_server import asking

from tregua import decide
from tregua.cli import main
from tregua.report.plane import plane_tables


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with asking(tmp_path_factory.mktemp("bargain")) as found:
        yield found


def number(value: Any) -> float:
    return float(value)  # "inf" and "-inf" too


@pytest.mark.parametrize(
    ("query", "bargain"),
    [
        ("", decide.Bargain()),
        ("set=false_alarm:0.2,tough_bonus:3", decide.Bargain(false_alarm=0.2, tough_bonus=3.0)),
        ("set=power_shift:0.6", decide.Bargain(power_shift=0.6)),
        ("start=simulator&set=gangs:5", decide.Bargain.of_world().replace(gangs=5)),
    ],
)
def test_a_verdict_is_that_of_the_stage(client: Any, query: str, bargain: decide.Bargain) -> None:
    found = client.get(f"/api/bargain?{query}").json()
    verdict = decide.bargain_verdict(bargain)
    for name in ("self_enforcing", "binding", "holds", "hiding_pays"):
        assert found[name] == getattr(verdict, name)
    for name in ("minimal_concession", "maximal_concession", "slack", "margin"):
        assert number(found[name]) == getattr(verdict, name)
    changes = {change["lever"]: change for change in found["changes"]}
    assert len(changes) == len(verdict.changes) == 27
    assert all(changes[one.lever]["needed"] == one.needed for one in verdict.changes)
    held = verdict.thresholds().set_index("name")
    assert [row["name"] for row in found["thresholds"]] == list(held.index)
    assert all(
        number(row["value"]) == held.loc[row["name"], "value"] for row in found["thresholds"]
    )
    quick = client.get(f"/api/bargain?quick=true&{query}").json()
    assert quick["changes"] == []
    assert {**quick, "changes": found["changes"]} == found


def test_the_changes_come_in_the_order_of_the_command(client: Any) -> None:
    found = client.get("/api/bargain?set=false_alarm:0.2").json()["changes"]
    reached = [row for row in found if row["needed"] is not None]
    effort = [abs(r["needed"] - r["now"]) / max(abs(r["needed"]), abs(r["now"])) for r in reached]
    assert effort == sorted(effort) and len(reached) > 5
    assert all(row["needed"] is None for row in found[len(reached) :])


def test_the_plane_is_the_region_of_the_stage(client: Any) -> None:
    found = client.get("/api/bargain?set=gangs:4&x=leak&y=gangs&width=700").json()
    region = decide.feasible_region(decide.Bargain(gangs=4), x="leak", y="gangs", points=61)
    tables = plane_tables(region, width=700)
    assert found["points"] == region["margin"].size <= 61 * 61
    for name in ("plane", "labels", "border"):
        assert found["plane"][name] == tables[name].to_dict("split")["data"]
    assert found["plane"]["now"]["share"] == float((region["binding"] == "none").mean())


def test_the_twin_is_the_file_that_the_command_writes(client: Any, tmp_path: Path) -> None:
    file = tmp_path / "region.csv"
    over = ["--over", "false_alarm", "honour", "--points", "61", "--out", str(file)]
    CliRunner().invoke(main, ["bargain", "--set", "leak=0.2", *over], catch_exceptions=False)
    given = client.get("/bargain.csv?set=leak:0.2&x=false_alarm&y=honour")
    mine, theirs = pd.read_csv(io.StringIO(given.text)), pd.read_csv(file)
    pd.testing.assert_frame_equal(mine[theirs.columns], theirs)
    rows = client.get("/bargain.json?set=leak:0.2&x=false_alarm&y=honour").json()["rows"]
    assert len(rows) == len(theirs)
    changes = client.get("/api/bargain/changes.csv?set=leak:0.2").text
    assert changes.startswith("lever,symbol,unit,now,needed,low,high\nregime_value,")


def test_the_form_has_every_number_once_with_its_text(client: Any) -> None:
    table = decide.bargain_terms().set_index("name")
    for lang in ("en", "es"):
        form = client.get(f"/api/bargain/form?lang={lang}").json()
        terms = {term["name"]: term for term in form["terms"]}
        assert list(terms) == list(table.index)
        groups = [group["name"] for group in form["groups"]]
        for name, term in terms.items():
            assert term["group"] in groups
            assert term["start"]["illustration"] == table.loc[name, "default"]
            assert term["low"] <= term["start"]["simulator"] <= term["high"]
            assert term["allowed"] == table.loc[name, "allowed"]
            assert 20 <= (term["high"] - term["low"]) / term["step"] <= 400
            assert term["about"].endswith(".") and not term["about"].startswith("app_")
            assert not term["unit"].startswith("app_")
        if lang == "en":
            assert all(table.loc[n, "meaning"][1:14] in t["about"] for n, t in terms.items())


def test_presets_are_bargains_of_their_own(client: Any) -> None:
    presets = client.get("/api/bargain/form").json()["presets"]
    found = set()
    for preset in presets:
        pairs = ",".join(f"{name}:{value}" for name, value in preset["set"].items())
        query = {"start": preset["start"], "set": pairs, "x": preset["x"], "y": preset["y"]}
        reply = client.get("/api/bargain", params=query)
        assert reply.status_code == 200, preset["id"]
        found.add((reply.json()["margin"], reply.json()["binding"]))
    assert len(found) == len(presets) == 6
    assert {binding for _, binding in found} >= {"none", "government", "gang"}


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        (
            "set=false_alarn:0.2,leak:x,quick",
            422,
            ("Did you mean 'false_alarm'", "leak:x", "quick"),
        ),
        ("set=leak:3,honour:-1", 400, ("leak = 3", "honour = -1", "within [0, 1]")),
        ("set=leak:nan", 400, ("leak = nan",)),
        ("set=gangs:1e400", 400, ("gangs = inf",)),
        ("set=gangs:2.5", 400, ("whole number",)),
        ("x=leak&y=leak", 400, ("two different numbers",)),
        ("x=lek", 400, ("Did you mean 'leak'",)),
        ("points=62", 422, ("61",)),
        ("points=1", 422, ("2",)),
        ("start=world", 422, ("illustration",)),
        ("set=" + "leak:0.1," * 400, 422, ("2000",)),
    ],
)
def test_every_mistake_is_told(client: Any, query: str, status: int, said: tuple[str, ...]) -> None:
    reply = client.get(f"/api/bargain?{query}")
    assert reply.status_code == status
    text = json.dumps(reply.json()["problems"], ensure_ascii=False)
    assert all(part in text for part in said), text


def test_a_number_without_end_is_a_word_and_no_gap(client: Any) -> None:
    found = client.get("/api/bargain?set=power_shift:0.6").json()
    assert found["minimal_concession"] == "inf" and found["margin"] == "-inf"
    assert np.isinf(decide.Bargain(power_shift=0.6).minimal_concession)
    assert client.get("/bargain.json?set=power_shift:0.6").status_code == 200
    assert client.get("/bargain.exe").status_code == 404
