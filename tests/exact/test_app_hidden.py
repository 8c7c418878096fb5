"""Does the page's detection say what `tregua detect` says, and read tables as data only?"""

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
from click.testing import CliRunner

pytest.importorskip("fastapi")

from tests.app_server import asking

from tregua import infer
from tregua.app.detected import detected, tidy_name
from tregua.cli import main
from tregua.infer.counts.settings import Settings

FIRST = "2018-01"
CSV = {"content-type": "text/csv"}


def own_counts(months: int = 48) -> bytes:
    """Synthetic counts that fall to half in the middle."""
    chance = np.random.default_rng(3)
    dates = pd.period_range("2010-01", periods=months, freq="M")
    level = np.where(np.arange(months) < months // 2, 300, 140)
    rows = [f"{month},{chance.poisson(mean)}" for month, mean in zip(dates, level, strict=True)]
    return ("date,count\n" + "\n".join(rows) + "\n").encode()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with asking(tmp_path_factory.mktemp("hidden")) as found:
        yield found


def finished(client: Any, run: dict[str, Any]) -> dict[str, Any]:
    """The result of a run, once it is there."""
    end = time.monotonic() + 500
    while run["state"] not in ("done", "failed"):
        assert time.monotonic() < end
        time.sleep(0.2)
        run = client.get(f"/api/runs/{run['id']}").json()
    assert run["state"] == "done", run
    found: dict[str, Any] = client.get(f"/api/results/{run['key']}").json()
    return found


@pytest.fixture(scope="module")
def shown(client: Any) -> dict[str, Any]:
    before = client.get(f"/api/hidden?first={FIRST}").json()
    assert not before["ready"]
    reply = client.post(f"/api/hidden/detect?first={FIRST}")
    assert reply.status_code == 202
    assert reply.json()["key"] == before["key"]
    return finished(client, reply.json())


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    """What the command says, in English."""
    asked = ["detect", "el-salvador", "--first", FIRST, "--explain", "--json", "--threads", "1"]
    found: dict[str, Any] = json.loads(CliRunner().invoke(main, asked).stdout)
    return found


def test_months_and_falls_are_those_of_the_command(
    shown: dict[str, Any], said: dict[str, Any]
) -> None:
    months = pd.DataFrame(said["months"])
    assert shown["months"]["month"] == [month[:7] for month in months["month"]]
    for name in ("suppressed", "suppressed_filtered", "onset", "pact_low", "pact_high"):
        assert shown["months"][name] == pytest.approx(list(months[name]), abs=6e-6)
    for name in ("none", "reversible", "persistent", "decline", "escalation", "spike"):
        assert shown["months"]["p"][name] == pytest.approx(list(months[f"p_{name}"]), abs=6e-6)
        assert shown["months"]["f"][name] == pytest.approx(list(months[f"f_{name}"]), abs=6e-6)
    assert len(shown["falls"]) == len(said["breaks"]) > 1
    for mine, theirs in zip(shown["falls"], said["breaks"], strict=True):
        assert [mine[k] for k in ("median", "low", "high")] == [
            theirs[k][:7] for k in ("median", "low", "high")
        ]
        for name in ("mass", "before", "after", "ratio", "ratio_low", "ratio_high"):
            assert mine[name] == theirs[name]
    assert shown["notices"][0]["key"] == "counts-cannot-name-the-cause"


def test_evidence_and_words_are_those_of_the_command(
    shown: dict[str, Any], said: dict[str, Any]
) -> None:
    table = pd.DataFrame(said["indicators"]["table"]).set_index(["fall", "indicator"])
    for fall, words in zip(shown["falls"], said["explanation"]["falls"], strict=True):
        assert fall["lines"]["en"] == words["lines"]
        assert fall["together"]["en"] == words["together"]
        assert len(fall["together"]["es"]) == len(fall["together"]["en"])
        for row in fall["rows"]:
            theirs = table.loc[(words["fall"], row["indicator"])]
            ends = [theirs[name] for name in ("factor_half", "factor", "factor_double")]
            assert [10**log for log in row["logs"]] == pytest.approx(ends)
            assert row["data"] == theirs["data"]
            assert row["sources"] == list(theirs["sources"])
            assert set(row["sources"]) <= set(shown["sources"])
    for fall, theirs in zip(shown["falls"], said["indicators"]["summary"], strict=True):
        assert fall["summary"] == {k: v for k, v in theirs.items() if k != "fall"}


def test_the_twin_holds_the_months_and_asks_for_nothing_new(
    client: Any, shown: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("detected again")

    monkeypatch.setattr(infer, "detect", never)
    frame = pd.read_csv(io.StringIO(client.get(f"/hidden-pact.csv?first={FIRST}").text))
    assert list(frame["month"]) == shown["months"]["month"]
    assert list(frame["suppressed"]) == pytest.approx(shown["months"]["suppressed"], abs=6e-6)
    again = client.post(f"/api/hidden/detect?first={FIRST}").json()
    assert again["state"] == "done"
    form = client.get(f"/api/hidden?first={FIRST}").json()
    assert form["ready"]
    assert form["cap"] == 5 and len(form["indicators"]) == len(infer.INDICATORS)
    rows = {row["method"]: row for row in form["scorecard"]["methods"]}
    assert rows["This detector, online"]["delay"] == 1
    assert rows["This detector, with hindsight"]["brier"] == pytest.approx(0.0605, abs=1e-4)


KINDS = (("suppressed", "", 0.2), ("suppressed_filtered", "_filtered", 0.3))


def rescaled(months: dict[str, Any], prior: dict[str, float], end: str, rate: float) -> Any:
    """What the page draws for another rate, as its script computes it."""
    odds = 10.0 ** np.array(months[f"log_factor{end}"]) * prior[f"suppressed{end}"] * rate
    return np.array(months[f"in_force{end}"]) * odds / (1 + odds)


def test_a_factor_of_a_month_gives_its_probability_back(shown: dict[str, Any]) -> None:
    prior = shown["prior"]
    assert prior["hazard"] == Settings().fall_hazard
    for name, end, _ in KINDS:
        back = rescaled(shown["months"], prior, end, 1.0)
        assert back == pytest.approx(shown["months"][name], abs=2e-5)


@pytest.mark.parametrize("levels", [(300, 140), (300, 220), (200, 200), (300, 150, 300)])
def test_another_rate_is_close_to_a_new_detection(levels: tuple[int, ...]) -> None:
    """Rescaled by the page against detected anew, at a quarter and four times the rate."""
    chance = np.random.default_rng(sum(levels))
    mean = np.repeat(levels, 72 // len(levels))
    counts = chance.negative_binomial(60, 60 / (60 + mean))
    table = pd.DataFrame({"date": pd.date_range("2010-01", periods=72, freq="MS"), "count": counts})
    shown = detected(infer.detect(table, threads=1), None)
    for rate in (0.25, 4.0):
        settings = Settings().with_(fall_hazard=Settings().fall_hazard * rate)
        anew = infer.detect(table, threads=1, settings=settings).months
        for name, end, most in KINDS:
            drawn = rescaled(shown["months"], shown["prior"], end, rate)
            assert np.abs(drawn - anew[name].to_numpy()).max() < most


def test_a_table_of_ones_own_is_read_kept_and_found_again(client: Any, tmp_path: Path) -> None:
    body = own_counts()
    reply = client.post("/api/hidden/table?name=../My counts.csv", content=body, headers=CSV)
    assert reply.status_code == 202
    found = finished(client, reply.json())
    file = tmp_path / "My-counts.csv"
    file.write_bytes(body)
    direct = infer.detect(infer.read_table(file), threads=1)
    assert found["name"] == "My-counts.csv" and not found["case"]
    assert found["months"]["suppressed"] == pytest.approx(
        list(direct.months["suppressed"]), abs=6e-6
    )
    assert [fall["median"] for fall in found["falls"]] == [
        f"{month:%Y-%m}" for month in direct.breaks["median"]
    ]
    assert found["falls"][0]["rows"] == [] and found["falls"][0]["median"] == "2012-01"
    key = reply.json()["key"]
    again = client.post("/api/hidden/table?name=../My counts.csv", content=body, headers=CSV)
    assert again.json()["state"] == "done" and again.json()["key"] == key
    twin = client.get(f"/hidden-pact.json?table={key}").json()["rows"]
    assert len(twin) == 48
    assert client.get("/hidden-pact.csv?table=deadbeef").status_code == 404
    assert client.get("/hidden-pact.csv?table=../../x").status_code == 404


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"month;deaths\n2010-01;3\n", [("", "It needs date,count")]),
        (b"date,dead\n2010-01,3\n", [("", "columns date, dead")]),
        (
            b"date,count\n2010-01,-3\n2010-02,NaN\n2010-03,=1+1\n2010-04,2.5\n2010-04,7\n",
            [
                ("line 2", "negative (-3)"),
                ("line 3", "'NaN' is no number"),
                ("line 4", "'=1+1' is no number"),
                ("line 5", "whole number (2.5)"),
                ("line 6", "2010-04 appears twice"),
            ],
        ),
        (b"date,count\n2010-13,5\n", [("line 2", "'2010-13' is no date")]),
        (b"date,count\n2010-01,<script>alert(1)</script>\n", [("line 2", "<script>")]),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", [("", "zero bytes")]),
        (b"\xff\xfed\xe9\xe9\n1,2\n", [("", "is not UTF-8 text")]),
        (b'date,count\n"2010-01,5\n', [("", "no CSV table")]),
        (b"   \n", [("body", "empty")]),
        (b"date,count\n", [("", "no rows")]),
        (b"date,count\n0001-01,5\n9999-12,5\n", [("", "1,200 months")]),
        (b"date,count\n" + b"2010-01,1\n" * 20_001, [("", "rows are too many")]),
        (b"a," * 100 + b"\n", [("line 1", "101 columns")]),
    ],
)
def test_a_bad_table_is_refused_with_all_its_problems(
    client: Any, body: bytes, said: list[tuple[str, str]]
) -> None:
    reply = client.post("/api/hidden/table", content=body, headers=CSV)
    assert reply.status_code == 422, reply.text
    problems = reply.json()["problems"]
    for where, what in said:
        assert any(p["where"] == where and what in p["what"] for p in problems), problems
    assert len(problems) >= len(said)


def test_what_is_too_large_or_no_table_is_refused_before_it_is_read(client: Any) -> None:
    large = client.post("/api/hidden/table", content=b"x" * 10_000_000, headers=CSV)
    assert large.status_code == 413
    png = {"content-type": "image/png"}
    assert client.post("/api/hidden/table", content=b"\x89PNG", headers=png).status_code == 415
    few = client.post("/api/hidden/table", content=own_counts(12), headers=CSV)
    run = few.json()
    while run["state"] not in ("done", "failed"):
        time.sleep(0.1)
        run = client.get(f"/api/runs/{run['id']}").json()
    assert run["state"] == "failed" and "At least 24 are needed" in run["problems"][0]["what"]


def test_a_files_name_can_do_no_harm() -> None:
    assert tidy_name("../../etc/passwd") == "etc-passwd.csv"
    assert tidy_name("a\0b\n<x>.CSV") == "a-b-x.csv"
    assert tidy_name("") == tidy_name("...") == "table.csv"
    assert len(tidy_name("x" * 500)) == 64
    assert tidy_name("ñandú.csv") == "ñandú.csv"
