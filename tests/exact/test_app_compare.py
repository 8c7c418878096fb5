"""Does Compare give what `decide.compare` and the command give, and refuse what it cannot run?"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from click.testing import CliRunner
from fastapi.testclient import TestClient
from tests.app_server import asking

from tregua import decide
from tregua.app.comparing import Asked, Question, density
from tregua.app.links import pack
from tregua.app.material import Material
from tregua.cli import main
from tregua.decide import Scenario, write_scenario

PLAN: dict[str, Any] = {
    "origin": "2019-06",
    "years": 2,
    "worlds": 40,
    "seed": 3,
    "worlds_from": "prior",
    "blocks": [{"lane": "pact", "start": "2019-06", "end": "2020-06"}],
    "assumptions": {"return_share": 0.4},
    "name": "A year of pact",
}
OTHER = {**PLAN, "blocks": [{"lane": "exception", "start": "2020-01"}], "name": "Exception"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(tmp_path_factory.mktemp("app"), most_worlds=3_000) as client:
        yield client


@pytest.fixture(scope="module")
def made(client: TestClient) -> dict[str, Any]:
    asked = {"a": pack(PLAN), "b": pack(OTHER), "c": "status_quo", "w": "killed=1,detained=0.01"}
    reply = client.get("/api/compare", params=asked)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


@pytest.fixture(scope="module")
def direct() -> decide.Comparison:
    """The same question put to the stage itself."""
    plan, other, material = Scenario.of(PLAN), Scenario.of(OTHER), Material("el-salvador")
    history = material.history
    assert history is not None
    draws = material.draws("prior", 40, 3)
    begin = decide.state_at("2019-06", draws, history, seed=3)
    held, state = decide.set_from_origin(draws, begin, return_share=0.4)
    return decide.compare(
        (plan.timeline(), other.timeline(), decide.STRATEGIES["status_quo"]),
        held,
        history,
        origin="2019-06",
        seed=3,
        years=2,
        initial=state,
        worlds_from="prior",
    )


def test_every_number_is_that_of_the_comparison(
    made: dict[str, Any], direct: decide.Comparison
) -> None:
    names = dict(zip("abc", direct.strategies, strict=True))
    assert {row["outcome"] for row in made["rows"]} == {"killed", *direct.outcomes()}
    for row in made["rows"]:
        name, outcome = names[row["side"]], row["outcome"]
        gap = direct.difference(name, names["a"], 2, outcome)
        own = direct.paired(direct.total(outcome, name, 2))
        assert (row["q05"], row["q50"], row["q95"]) == (own.q05, own.q50, own.q95)
        # A sum over memory of another layout may differ in its last bit.
        assert [row["mean"], row["mc_error"]] == pytest.approx(
            [own.mean, own.mean_error], rel=1e-12
        )
        assert (row["difference_q05"], row["difference_q95"]) == (gap.q05, gap.q95)
        assert (row["p_lower"], row["p_lower_error"]) == (gap.p_lower, gap.mc_error)
    best = direct.best().query("horizon == 2").set_index(["strategy", "outcome"])["p_best"]
    for row in made["rows"]:
        assert row["p_best"] == best[names[row["side"]], row["outcome"]]
    said = decide.printable(direct, names["b"], names["a"], "killed", 2)
    first = next(s for s in made["sentences"] if (s["side"], s["outcome"]) == ("b", "killed"))
    assert (first["en"], first["es"]) == (said.en, said.es)


def test_fans_are_those_of_the_comparison_to_five_digits(
    made: dict[str, Any], direct: decide.Comparison
) -> None:
    fans = direct.fans().query("strategy == 'Exception' and variable == 'killed'")
    for level in ("q05", "q50", "q95"):
        assert made["fan"]["killed"]["b"][level] == pytest.approx(fans[level], rel=6e-5, abs=1e-9)
    assert made["months"][0] == "2019-06" and len(made["months"]) == 24


def test_weights_stand_beside_and_only_where_they_are_stated(
    client: TestClient, made: dict[str, Any], direct: decide.Comparison
) -> None:
    found = decide.weighed(direct, {"killed": 1.0, "detained": 0.01}).query("horizon == 2")
    for row, other in zip(made["weighed"], found.to_dict(orient="records"), strict=True):
        assert row["strategy"] == other["strategy"]
        assert row["mean"] == pytest.approx(other["mean"], rel=1e-12)
        assert row["p_best"] == other["p_best"]
    plain = client.get("/api/compare", params={"a": pack(PLAN), "b": "status_quo"}).json()
    assert plain["weighed"] == []


def test_the_command_says_the_same(
    made: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for name, raw in (("a", PLAN), ("b", OTHER), ("c", {**PLAN, "blocks": [], "name": "Nothing"})):
        files.append(tmp_path / f"{name}.toml")
        files[-1].write_text(write_scenario(Scenario.of(raw)), encoding="utf-8")
    options = [part for file in files for part in ("--scenario", str(file))]
    ran = CliRunner().invoke(main, ["compare", *options, "--json"])
    assert ran.exit_code == 0, ran.output
    rows = pd.DataFrame(json.loads(ran.stdout)["differences"])
    told = rows[(rows["strategy"] == "Exception") & (rows["reference"] == "A year of pact")]
    for row in made["rows"]:
        if row["side"] == "b":
            same = told[(told["outcome"] == row["outcome"]) & (told["horizon"] == 2)].iloc[0]
            assert (row["difference_q50"], row["p_lower"]) == (same["q50"], same["p_lower"])
            assert row["difference_mean"] == same["mean"]


def test_parts_put_together_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    from tregua.app import comparing

    material = Material("el-salvador")
    asked = Asked(a="secret_pact", b="reform", worlds=23, years=1, source="prior")
    whole = Question.of(asked, material).run(material).table()
    told = []
    monkeypatch.setattr(comparing, "_BATCH", 0)
    monkeypatch.setattr(comparing, "_LEAST", 7)
    parts = Question.of(asked, material).run(material, lambda *at: told.append(at)).table()
    pd.testing.assert_frame_equal(whole, parts)
    assert told == [(7, 23), (14, 23), (21, 23), (23, 23)]


def test_a_plan_of_another_origin_is_moved_and_its_own_worlds_are_set_aside() -> None:
    material = Material("el-salvador")
    late = {**PLAN, "origin": "2020-06", "assumptions": {}}
    late["blocks"] = [{"lane": "pact", "start": "2020-06", "end": "2021-06"}]
    question = Question.of(Asked(a=pack(PLAN), b=pack(late)), material)
    first, second = question.sides
    assert (first.moved, second.moved, second.set_aside) == (0, -12, ("assumptions",))
    assert first.scenario is not None and second.scenario is not None
    assert first.scenario.blocks == second.scenario.blocks
    assert (first.name, second.name) == ("A year of pact", "A year of pact (2)")
    table = question.run(material).table().query("side == 'b'")
    assert (table["difference_mean"] == 0).all()


def test_a_shipped_strategy_and_its_plan_have_the_same_worlds() -> None:
    """What the link into the Lab opens is what was compared."""
    material = Material("el-salvador")
    asked = Asked(a="mano_dura", worlds=20, years=1, source="prior", origin="2019-06")
    side = Question.of(asked, material).sides[0]
    assert side.scenario is not None
    both = Asked(a="mano_dura", b=pack(side.scenario.model_dump(mode="json")))
    both = both.model_copy(update={"worlds": 20, "years": 1.0, "source": "prior"})
    table = Question.of(both, material).run(material).table().query("side == 'b'")
    assert (table["difference_q05"] == 0).all() and (table["difference_q95"] == 0).all()


def test_the_twin_is_the_table_in_three_forms(client: TestClient, made: dict[str, Any]) -> None:
    asked = {"a": pack(PLAN), "b": pack(OTHER), "c": "status_quo"}
    rows = client.get("/compare.json", params=asked).json()["rows"]
    assert rows == made["rows"]
    csv = pd.read_csv(io.BytesIO(client.get("/compare.csv", params=asked).content))
    parquet = pd.read_parquet(io.BytesIO(client.get("/compare.parquet", params=asked).content))
    assert csv["q50"].tolist() == parquet["q50"].tolist() == [row["q50"] for row in rows]


def test_a_long_run_is_kept_and_found_again(client: TestClient) -> None:
    asked = {"a": "reform", "b": "status_quo", "worlds": 30, "years": 1, "source": "prior"}
    begun = client.post("/api/compare/run", json=asked)
    assert begun.status_code == 202
    for _ in range(600):
        state = client.get(f"/api/runs/{begun.json()['id']}").json()["state"]
        if state != "running" and state != "waiting":
            break
    assert state == "done"
    kept = client.get(f"/api/results/{begun.json()['key']}")
    quick = client.get("/api/compare", params=asked)
    assert kept.content == quick.content and quick.headers["etag"]
    again = client.get(
        "/api/compare", params=asked, headers={"if-none-match": quick.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("asked", "where", "says"),
    [
        ({}, "a", "Nothing is compared"),
        ({"a": "mano_dur"}, "a", ""),
        ({"a": "status_quo", "worlds": 2_500}, "worlds", "2,500 worlds"),
        ({"a": "status_quo", "origin": "1950-01"}, "origin", ""),
        ({"a": "status_quo", "reply": "nobody"}, "", "nobody"),
        ({"a": "status_quo", "w": "killed=-1"}, "", "at least 0"),
    ],
)
def test_what_cannot_be_run_is_told(
    client: TestClient, asked: dict[str, Any], where: str, says: str
) -> None:
    reply = client.get("/api/compare", params=asked)
    assert 400 <= reply.status_code < 500, reply.text
    first = reply.json()["problems"][0]
    assert where in first["where"] and says in first["what"]
    if asked.get("a") == "mano_dur":
        assert "Did you mean mano_dura?" in first["valid"]


def test_a_density_has_area_one_and_its_peak_where_the_worlds_are() -> None:
    generator = np.random.Generator(np.random.Philox(key=[1, 2]))
    totals = np.stack([generator.normal(100, 10, 4_000), np.full(4_000, 50.0)])
    grid, heights = density(totals, np.full(4_000, 1 / 4_000))
    areas = np.trapezoid(heights, grid, axis=1)
    assert areas[0] == pytest.approx(1, abs=0.01)
    assert abs(grid[heights[0].argmax()] - 100) < 3
    assert abs(grid[heights[1].argmax()] - 50) < 1.5
    # Silverman's kernel widens a normal density of spread 10 by about 2 % at 4,000 worlds.
    assert heights[0].max() == pytest.approx(0.0399, rel=0.06)


def test_densities_of_what_may_be_gained_and_of_what_cannot_be_below_zero() -> None:
    weights = np.full(200, 1 / 200)
    gained, _ = density(np.full((2, 200), -0.4), weights)
    assert gained[0] < -0.4 < gained[-1]
    some = np.linspace(0, 8, 200)[None, :]
    grid, heights = density(some, weights)
    assert grid[0] >= 0 and np.trapezoid(heights[0], grid) == pytest.approx(1, abs=0.02)
    # Nothing leaks below zero: the density there is about that of the middle.
    assert heights[0][0] == pytest.approx(heights[0][48], rel=0.15)


def test_a_shipped_strategy_may_stand_twice_and_under_another_name() -> None:
    material = Material("el-salvador")
    asked = Asked(a="both", b="both", c="both", nc="Reform", worlds=8, years=1, source="prior")
    question = Question.of(asked, material)
    assert [side.name for side in question.sides] == ["both", "both (2)", "Reform"]
    assert decide.CATALOGUE["both"].name == "both"
    table = question.run(material).table()
    assert (table["difference_q05"] == 0).all() and (table["difference_q95"] == 0).all()
    assert table["p_best"].to_numpy() == pytest.approx(1 / 3)
