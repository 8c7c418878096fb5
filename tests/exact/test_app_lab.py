"""Does the Lab's API give what the stages compute: the same numbers, the same bytes?"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from fastapi.testclient import TestClient

from tregua import decide, infer, model, record
from tregua.app import Settings, create
from tregua.app.lab_form import MAIN, MORE
from tregua.app.links import pack
from tregua.app.routes import lab
from tregua.decide import Scenario, read_scenario
from tregua.report.text import catalogue

PLAN: dict[str, Any] = {
    "origin": "2012-03",
    "years": 1,
    "worlds": 30,
    "blocks": [{"lane": "pact", "start": "2012-03", "end": "2012-10"}],
    "assumptions": {"hidden_pact": 0.6},
    "name": "Tregua",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(folder=tmp_path_factory.mktemp("app"), most_worlds=3_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lab, "warm", lambda _: None)
        app = create(settings)
        address = ("127.0.0.1", 50_000)
        with TestClient(app, base_url="http://127.0.0.1", client=address) as client:
            yield client


def test_a_fan_is_that_of_a_comparison_bit_for_bit(client: TestClient) -> None:
    reply = client.post("/api/lab/fan", json=PLAN)
    assert reply.status_code == 200
    made, scenario = reply.json(), Scenario.of(PLAN)
    history = model.History.of(record.load("el-salvador"))
    draws = decide.worlds_of_posterior(infer.posterior().draws, 30)
    begin = decide.state_at("2012-03", draws, history, seed=1)
    held, state = decide.set_from_origin(draws, begin, hidden_pact=0.6)
    comparison = decide.compare(
        (scenario.timeline(), decide.STRATEGIES["status_quo"]),
        held,
        history,
        origin="2012-03",
        seed=1,
        years=1,
        initial=state,
        worlds_from="posterior",
    )
    fans = comparison.fans().query("strategy == 'Tregua' and variable == 'recorded'")
    for level in ("q05", "q10", "q25", "q50", "q75", "q90", "q95"):
        assert made["fan"]["recorded"][level] == fans[level].tolist()
    sentence = decide.printable(comparison, "Tregua", "status_quo", "killed", 1)
    assert made["headline"] == {"en": sentence.en, "es": sentence.es}
    paired = comparison.difference("Tregua", "status_quo", 1, "killed")
    assert (made["paired"]["share"], made["paired"]["q50"]) == (paired.p_lower, paired.q50)
    assert made["months"] == [f"2012-{m:02d}" for m in range(3, 13)] + ["2013-01", "2013-02"]
    assert [row["outcome"] for row in made["ledger"]] == list(decide.OUTCOMES)


def test_a_fan_that_must_not_wait_leaves_out_the_status_quo_until_it_is_known(
    client: TestClient,
) -> None:
    plan = PLAN | {"assumptions": {"hidden_pact": 0.31}}
    alone = client.post("/api/lab/fan?now=true", json=plan).json()
    assert (alone["paired"], alone["headline"]) == (None, None)
    assert set(alone["ledger"][0]) == {"label", "outcome", "unit", "q05", "q50", "q95"}
    whole = client.post("/api/lab/fan", json=plan).json()
    assert whole["headline"]["en"] and 0 <= whole["paired"]["share"] <= 1
    assert (alone["fan"], alone["key"]) == (whole["fan"], whole["key"])
    for short, row in zip(alone["ledger"], whole["ledger"], strict=True):
        assert short.items() <= row.items()
    # The status quo is known now, and stays known while a block is moved.
    blocks = [{"lane": "pact", "start": "2012-04", "end": "2012-11"}]
    moved = client.post("/api/lab/fan?now=true", json=plan | {"blocks": blocks}).json()
    assert moved["paired"]["q50"] != whole["paired"]["q50"]
    # Another name is another sentence.
    named = client.post("/api/lab/fan", json=plan | {"name": "Otra"}).json()
    assert "Otra" in named["headline"]["es"]


def test_the_same_scenario_gives_the_same_bytes(client: TestClient) -> None:
    found = []
    for _ in range(2):
        made = client.post("/api/lab/fan", json=PLAN).json()
        assert 0 < made.pop("seconds") < 600
        found.append(json.dumps(made))
    assert found[0] == found[1]
    first, again = (client.get("/lab.csv", params={"s": pack(PLAN)}) for _ in range(2))
    assert first.content == again.content
    tag = first.headers["etag"]
    kept = client.get("/lab.csv", params={"s": pack(PLAN)}, headers={"If-None-Match": tag})
    assert kept.status_code == 304


def test_a_run_sharpens_and_ends_where_the_fan_is(client: TestClient) -> None:
    many = PLAN | {"worlds": 1_100, "worlds_from": "prior"}
    begun = client.post("/api/lab/run", json=many)
    assert begun.status_code == 202
    name, key = begun.json()["id"], begun.json()["key"]
    with client.stream("GET", f"/api/runs/{name}/events") as events:
        lines = [line for line in events.iter_lines() if line.startswith("data:")]
    told = [json.loads(line.removeprefix("data:")) for line in lines]
    assert told[-1] == {"key": key}
    for _ in range(200):
        if client.get(f"/api/runs/{name}").json()["state"] == "done":
            break
        time.sleep(0.05)
    kept = client.get(f"/api/results/{key}").json()
    fan = client.post("/api/lab/fan", json=many).json()
    fan.pop("seconds")
    assert kept == fan
    for event in told[:-1]:
        if event["partial"] is not None:
            assert event["partial"]["worlds"] == event["done"] <= 1_100
    table = client.get(f"/api/results/{key}.csv").content
    assert table == client.get("/lab.csv", params={"s": pack(many)}).content


def test_twins_and_the_file_hold_the_scenario(client: TestClient) -> None:
    packed = {"s": pack(PLAN)}
    rows = client.get("/lab.json", params=packed).json()["rows"]
    frame = pd.read_parquet(io.BytesIO(client.get("/lab.parquet", params=packed).content))
    assert len(rows) == len(frame) == 12 * len(decide.FAN_UNITS)
    assert rows[0]["q50"] == frame["q50"].iloc[0]
    text = client.get("/api/scenario.toml", params=packed).text
    assert read_scenario(text) == Scenario.of(PLAN)


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        ({"worlds": 2_001}, "worlds", "2,001 worlds"),
        ({"case": "elsewhere"}, "case", "is not this case"),
        ({"origin": "2003-01", "blocks": []}, "origin", "outside the record"),
        ({"origin": "2199-01", "blocks": []}, "origin", "outside the record"),
        ({"yeers": 1}, "yeers", "Did you mean 'years'"),
        ({"blocks": [{"lane": "pact", "start": "2011-01"}]}, "blocks.0.start", "history"),
        ({"years": "NaN"}, "years", "no number"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_place(
    client: TestClient, change: dict[str, Any], where: str, what: str
) -> None:
    reply = client.post("/api/lab/fan", json=PLAN | change)
    assert reply.status_code == 422
    (problem,) = reply.json()["problems"]
    assert problem["where"] == where
    assert what in f"{problem['what']} {problem['valid']}"


def test_runs_are_bounded(client: TestClient) -> None:
    reply = client.post("/api/lab/run", json=PLAN | {"worlds": 3_001})
    assert reply.status_code == 422
    for text in ("", "%", "AAAA", pack([1]), pack({"origin": "2012-13"}), pack("x" * 200_000)):
        for address in ("/lab.json", "/lab.csv", "/lab.parquet", "/api/scenario.toml"):
            reply = client.get(address, params={"s": text})
            assert 400 <= reply.status_code < 500
            assert reply.json()["problems"]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_form_holds_evidence_presets_and_the_record(client: TestClient, lang: str) -> None:
    made = client.get("/api/lab/form", params={"lang": lang}).json()
    assert [a["name"] for a in made["assumptions"]] == [*MAIN, *MORE]
    assert [a["name"] for a in made["assumptions"] if a["main"]] == list(MAIN)
    draws = infer.posterior().draws
    for entry in made["assumptions"]:
        column = np.sort(draws.column(entry["name"]))
        assert entry["q50"] == column[255]
        assert entry["low"] <= entry["q05"] <= entry["q50"] <= entry["q95"] <= entry["high"]
        assert entry["low"] <= entry["prior"]["q05"] < entry["prior"]["q95"] <= entry["high"]
        assert 60 <= (entry["high"] - entry["low"]) / entry["step"] <= 160
        for end in ("low", "high"):
            Scenario.of({"origin": "2012-03", "assumptions": {entry["name"]: entry[end]}})
        assert entry["source"]
    assert [p["id"] for p in made["presets"]] == [
        "truce_2012",
        "plan_2019",
        "exception_2022",
        "reform_2019",
    ]
    for preset in made["presets"]:
        Scenario.of(preset["scenario"])
        assert set(preset["sources"]) <= set(made["sources"])
    truce, _, exception, _ = (preset["scenario"]["blocks"] for preset in made["presets"])
    assert [(b["lane"], b["start"], b["end"], b["effort"]) for b in truce] == [
        ("pact", "2012-03", "2014-06", None),
        ("crackdown", "2015-01", "2016-04", 1.6),
        ("crackdown", "2016-04", "2017-06", 2.0),
        ("crackdown", "2017-06", "2019-06", 1.8),
    ]
    assert [(b["lane"], b["start"], b["end"], b["effort"]) for b in exception] == [
        ("exception", "2022-04", "2023-01", 6.0),
        ("exception", "2023-01", None, 4.5),
    ]
    iml = [row for row in made["record"] if row["agency"] == "IML" and row["month"] == "2002-02"]
    assert iml[0]["value"] == 172.0
    assert {row["source"] for row in made["record"]} <= set(made["sources"])
    assert {o["name"] for o in made["outcomes"] if o["fan"]} == set(decide.FAN_UNITS)


def test_every_text_of_the_form_is_used_and_in_both_languages() -> None:
    keys = {k for k in catalogue("en") if k.startswith("app_lab_form.")}
    assert keys == {k for k in catalogue("es") if k.startswith("app_lab_form.")}
    source = Path(lab.__file__).parent.parent.joinpath("lab_form.py").read_text(encoding="utf-8")
    families = {key.split(".")[1] for key in keys}
    assert all(f"app_lab_form.{family}." in source for family in families)
    shown = {k.rpartition(".")[2] for k in keys if k.split(".")[1] == "assumption"}
    assert shown == {*MAIN, *MORE}
    units = {decide.scenario_run.FAN_UNITS[name] for name in decide.FAN_UNITS}
    units |= {model.Parameter[name].unit for name in (*MAIN, *MORE)} | {"index years"}
    assert {k.rpartition(".")[2] for k in keys if ".unit." in k} == {
        u.replace(" ", "_").replace(",", "_").replace("-", "_") for u in units
    }
