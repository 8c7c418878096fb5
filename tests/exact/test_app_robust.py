"""Does Robust give what the stages compute, and only when it is asked?"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from fastapi.testclient import TestClient
from tests.app_server import asking

from tregua import decide
from tregua.app import exploring
from tregua.app.answers import canonical
from tregua.app.exploring import ExploreAsked, box_of, core_of_study, run_part
from tregua.app.material import Material
from tregua.app.problems import Problem
from tregua.decide import robustness

YEARS = 2


@pytest.fixture(scope="module")
def material() -> Material:
    return Material("el-salvador")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(tmp_path_factory.mktemp("app")) as client:
        yield client


@pytest.fixture(scope="module")
def results(material: Material) -> dict[str, dict[str, Any]]:
    """Each part in its least size, as the API gives it."""
    found = {}
    for part, sizes in exploring.SIZES.items():
        asked = ExploreAsked(part=part, size=sizes[0], years=YEARS)  # type: ignore[arg-type]
        whole = asked.whole(material)
        made = run_part(whole, material, lambda done, total: None, whole.key(material))
        assert made.table is not None and len(made.table) > 0
        found[part] = json.loads(canonical(made.payload))
    return found


def test_the_exploration_is_that_of_the_stage(
    material: Material, results: dict[str, dict[str, Any]]
) -> None:
    explored = results["explore"]
    history = material.history
    assert history is not None
    problem = robustness.Problem(
        tuple(robustness.Uncertainty.parameter(n) for n in robustness.CORE_UNCERTAINTIES),
        robustness.Lever.named(*decide.CATALOGUE),
        tuple(robustness.Outcome(name, YEARS) for name in decide.OUTCOMES),
    )
    runs = robustness.explore(
        robustness.latin_hypercube(problem, 60, seed=1),
        robustness.given(material.draws("posterior", 60, 1), history),
        origin=explored["origin"],
        seed=1,
    )
    regret = runs.regret(seed=1).set_index(["outcome", "strategy"])
    for row in explored["regret"]:
        same = regret.loc[(row["outcome"], row["strategy"])]
        assert (row["expected"], row["cvar"]) == (same["expected"], same["cvar"])
        assert (row["maximal"], row["chosen"]) == (same["maximal"], same["chosen"])
    totals = np.asarray(explored["totals"]["killed"])
    assert totals == pytest.approx(runs.totals[0], rel=1e-5)
    assert totals.shape == (60, len(decide.CATALOGUE))


def test_nobody_dominates_those_said_to_be_undominated(results: dict[str, dict[str, Any]]) -> None:
    table = pd.DataFrame(results["explore"]["means"]).pivot_table(
        index="strategy", columns="outcome", values="mean"
    )
    front = set(results["explore"]["undominated"])
    assert 0 < len(front) < len(table)
    for name, own in table.iterrows():
        others = table.drop(index=name)
        beaten = ((others <= own).all(axis=1) & (others < own).any(axis=1)).any()
        assert bool(beaten) == (name not in front)


def test_a_box_is_found_where_it_was_planted() -> None:
    generator = np.random.Generator(np.random.Philox(key=[3, 4]))
    inputs = generator.uniform(0, 1, (240, 3))
    wins = (inputs[:, 0] < 0.4) & (inputs[:, 1] > 0.5)
    payload = {
        "strategies": ["secret_pact", "reform"],
        "outcomes": ["killed"],
        "years": 10,
        "seed": 1,
        "totals": {"killed": np.where(wins, [[0], [2]], [[2], [0]]).T.tolist()},
        "inputs": dict(zip(("leak", "return_share", "breach"), inputs.T.tolist(), strict=True)),
    }
    found = box_of(payload, "secret_pact", "reform", "killed", 0.9)
    assert found["share"] == pytest.approx(wins.mean())
    limits = {limit["name"]: limit for limit in found["box"]["limits"]}
    assert set(limits) == {"leak", "return_share"}
    # Nine of ten points within must win: each end lies where it was planted, or a little beyond.
    assert limits["leak"]["high"] == pytest.approx(0.4, abs=0.06)
    assert limits["return_share"]["low"] == pytest.approx(0.5, abs=0.06)
    assert "the leak rate" in found["box"]["sentence_en"]
    assert "la tasa de filtración" in found["box"]["sentence_es"]
    with pytest.raises(Problem, match="does not beat itself"):
        box_of(payload, "reform", "reform", "killed", 0.9)


def test_rivals_are_the_main_model_each_mechanism_and_all(
    results: dict[str, dict[str, Any]],
) -> None:
    rivals = results["rivals"]
    names = [rival["name"] for rival in rivals["rivals"]]
    assert names == [rival.name for rival in robustness.rivals_of((), families=())]
    table = pd.DataFrame(rivals["regret"]).query("outcome == 'killed'")
    assert len(table) == len(names) * len(decide.STRATEGIES)
    # Every world has one best strategy at least, whose regret is 0.
    assert (table.groupby("rival")["best"].sum() - 1).abs().max() < 1e-9
    assert len(set(table["expected"].groupby(table["rival"]).min())) > 1


def test_the_map_of_signs_is_that_of_the_core_finding(
    material: Material, results: dict[str, dict[str, Any]]
) -> None:
    core = results["core"]
    history = material.history
    assert history is not None
    draws = material.draws("posterior", 120, 1)
    plan = robustness.CorePlan.of(
        draws, points=120, worlds=20, levels=3, horizons=[1], outcomes=("killed",), seed=1
    )
    finding = robustness.core_finding(
        draws, history, origin=core["origin"], seed=1, worlds_from="posterior", plan=plan
    )
    pair = (core["chief"][0], core["chief"][1])
    names = [factor["name"] for factor in core["factors"]]
    pair = tuple(sorted(pair, key=names.index))  # type: ignore[assignment]
    wanted = finding.sign_map(pair).query("reference == 'reform'")
    panel = next(
        p
        for p in core["panels"]
        if (p["x_factor"], p["y_factor"]) == pair
        and (p["reference"], p["horizon"]) == ("reform", 1)
    )
    assert [cell["share"] for cell in panel["cells"]] == wanted["share"].tolist()
    assert core["horizons"] == [1]
    assert len(core["panels"]) == 10 * 3  # pairs of five factors, three strategies held against


def test_the_tables_of_a_study_are_shown_without_a_run(
    material: Material, results: dict[str, dict[str, Any]]
) -> None:
    assert core_of_study({}) is None
    history = material.history
    assert history is not None
    tables = robustness.core_tables(
        {"prior": material.draws("prior", 48, 1), "posterior": material.draws("posterior", 48, 1)},
        history,
        origin="2019-01",
        seed=1,
        points=48,
        worlds=20,
        levels=2,
        horizons=(1,),
        resamples=20,
        halves=0,
    )
    shown = core_of_study(tables)
    assert shown is not None
    assert (shown["worlds_from"], shown["points"], shown["horizons"]) == ("posterior", 48, [1])
    last = tables["finding_map"].query("worlds_from == 'posterior' and reference == 'reform'")
    panel = next(p for p in shown["panels"] if p["reference"] == "reform")
    assert panel["cells"]["share"].tolist() == last["share"].tolist()
    assert set(shown) >= set(results["core"]) - {
        "key",
        "size",
        "seed",
        "years",
        "worlds",
        "influence",
    }


def test_nothing_is_computed_unasked_and_what_is_kept_is_found(client: TestClient) -> None:
    query = {"years": YEARS}
    first = client.get("/api/robust", params=query).json()
    assert first["kept"] == {} and first["study"] is None
    twin = {"part": "rivals", "size": 60, "years": YEARS}
    absent = client.get("/robust.csv", params=twin)
    assert absent.status_code == 404
    assert absent.json()["problems"][0]["valid"] == "POST /api/robust/run runs it"
    begun = client.post("/api/robust/run", json=twin)
    assert begun.status_code == 202
    end = time.monotonic() + 120
    while client.get(f"/api/runs/{begun.json()['id']}").json()["state"] not in ("done", "failed"):
        assert time.monotonic() < end
        time.sleep(0.05)
    kept = client.get("/api/robust", params=query).json()["kept"]
    assert kept == {"rivals": {"key": begun.json()["key"], "size": 60}}
    table = pd.read_csv(io.BytesIO(client.get("/robust.csv", params=twin).content))
    payload = client.get(f"/api/results/{begun.json()['key']}").json()
    assert table["expected"].tolist() == [row["expected"] for row in payload["regret"]]


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"part": "explore", "size": 61}, "size"),
        ({"part": "explore", "origin": "1900-01"}, "origin"),
        ({"part": "everything"}, "part"),
        ({"part": "core", "years": 99}, "years"),
    ],
)
def test_what_cannot_be_run_is_told(client: TestClient, asked: dict[str, Any], where: str) -> None:
    reply = client.post("/api/robust/run", json=asked)
    assert reply.status_code == 422
    assert where in reply.json()["problems"][0]["where"]


def test_a_box_needs_an_exploration_that_is_kept(client: TestClient) -> None:
    query = {"key": "robust-explore-0", "strategy": "reform", "reference": "status_quo"}
    assert client.get("/api/robust/box", params=query).status_code == 404
    assert client.get("/api/robust/box", params={**query, "key": "lab-1"}).status_code == 404
