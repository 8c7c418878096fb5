"""Do the pages' replies hold what record, report and registry hold, and twins the same rows?"""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("fastapi")

import yaml
from tests.app_server import asking

from tregua import record
from tregua.app.routes.methods import citation, source_table
from tregua.app.routes.record import View, shown_rows
from tregua.assess import claims as registry
from tregua.assess.shipped import shipped_claims
from tregua.infer.scores.shipped import shipped, shipped_targets

ROOT = Path(__file__).parents[2]
KNOWN = record.load("el-salvador")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with asking(tmp_path_factory.mktemp("pages")) as given:
        yield given


def rows_of(client, path):
    return client.get(path).json()["rows"]


# --- the record -----------------------------------------------------------------------------


def test_the_record_holds_every_row_of_its_series_with_its_source(client):
    reply = client.get("/api/record").json()
    rows = KNOWN.select("homicides", usable=False)
    assert len(reply["rows"]) == len(rows) == 484
    assert sum(row["value"] for row in reply["rows"]) == rows["value"].sum()
    assert [row["usable"] for row in reply["rows"]].count(True) == len(KNOWN.select("homicides"))
    assert {row["source"] for row in reply["rows"]} <= set(reply["sources"])
    assert len(reply["events"]) == len(KNOWN.events)
    assert len(reply["series"]) == KNOWN.observations["series"].nunique()
    assert [rule["date"] for rule in reply["rules"]] == ["2019-07-01", "2022-04-01"]


def test_an_id_names_one_line_of_the_table(client):
    reply = client.get("/api/record?series=prison_population").json()
    for row in reply["rows"]:
        line = KNOWN.observations.iloc[int(row["id"][1:])]
        assert (line["value"], line["agency"]) == (row["value"], row["agency"])
        assert f"{line['start']:%Y-%m-%d}" == row["start"]
    event = reply["events"][20]
    assert KNOWN.events["description"].iloc[int(event["id"][1:])] == event["text"]


def test_counts_over_a_year_are_drawn_at_their_monthly_mean(client):
    rows = client.get("/api/record").json()["rows"]
    year = next(r for r in rows if r["frequency"] == "year")
    assert year["month"] == pytest.approx(year["value"] / 12)
    month = next(r for r in rows if r["frequency"] == "month")
    assert month["month"] == month["value"]


def test_a_rate_is_never_divided_by_its_months(client):
    reply = client.get("/api/record?series=homicide_rate").json()
    assert not reply["shown"]["counted"]
    assert all(row["month"] == row["year"] == row["value"] for row in reply["rows"])


@pytest.mark.parametrize("kind", ["json", "csv", "parquet"])
def test_a_twin_gives_the_rows_that_its_query_shows(client, kind):
    path = f"/record.{kind}?series=homicides&agencies=PNC;IML&from=2012-01&to=2013-12&pale=false"
    reply = client.get(path)
    read = {
        "json": lambda: pd.DataFrame(reply.json()["rows"]),
        "csv": lambda: pd.read_csv(io.BytesIO(reply.content)),
        "parquet": lambda: pd.read_parquet(io.BytesIO(reply.content)),
    }[kind]()
    view = View("homicides", None, "PNC;IML", "2012-01", "2013-12", False)
    expected = shown_rows(KNOWN, view)
    assert read["value"].tolist() == expected["value"].tolist()
    assert set(read["agency"]) == {"PNC", "IML"}
    assert read["start"].max() < "2014-01" and read["end"].min() > "2012-01"
    assert not read["status"].isin(["derived", "recalled"]).any()


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/record?series=homicide", 400, "homicides"),
        ("/api/record?place=Atlantis", 400, "Atlantis"),
        ("/record.csv?from=2012", 422, "from"),
        ("/record.xlsx", 404, "csv"),
        ("/api/figures/recrd", 404, "record"),
        ("/api/claims/99/code", 404, "60"),
        ("/api/scores/planted/none.csv", 404, "recall"),
    ],
)
def test_a_wrong_address_says_what_would_be_right(client, path, status, said):
    reply = client.get(path)
    assert reply.status_code == status
    assert said in str(reply.json()["problems"])


def test_events_and_titles_speak_the_language(client):
    spanish = client.get("/api/record?lang=es").json()
    assert spanish["events"][1]["text"].startswith("Se firman los Acuerdos de Paz")
    assert spanish["title"].startswith("Los homicidios registrados alcanzaron su máximo en agosto")
    assert {"homicides": "Homicidios"}.items() <= {
        one["name"]: one["label"] for one in spanish["series"]
    }.items()


# --- claims ---------------------------------------------------------------------------------


def test_claims_are_the_shipped_verdicts_in_full(client):
    reply = client.get("/api/claims").json()
    rows = {row["number"]: row for group in reply["groups"] for row in group["rows"]}
    held = shipped_claims()
    assert set(rows) == {claim.number for claim in registry()}
    for claim in registry():
        verdict = held.of(claim)
        if verdict is None:
            assert rows[claim.number]["verdict"] == "not_tested"
            continue
        assert rows[claim.number]["verdict"] == verdict.verdict.replace(" ", "_")
        assert rows[claim.number]["found"] == verdict.found["en"]
        assert rows[claim.number]["rivals"] == list(verdict.rivals["en"])
    assert sum(entry["n"] for entry in reply["tally"]) == len(rows) == reply["total"]


def test_claims_twin_filters_as_the_page_does(client):
    every = rows_of(client, "/claims.json")
    mixed = rows_of(client, "/claims.json?verdict=mixed")
    assert 0 < len(mixed) < len(every) == 60
    assert {row["verdict"] for row in mixed} == {"mixed"}
    assert [row["number"] for row in rows_of(client, "/claims.json?claim=44")] == ["44"]
    found = rows_of(client, "/claims.json?q=SECRET%20pact")
    assert 0 < len(found) < 60
    assert all("secret pact" in (r["sentence"] + r["found"]).casefold() for r in found)


def test_the_code_of_a_claim_is_the_function_that_tests_it(client):
    claim = next(claim for claim in registry() if claim.number == "44")
    found = client.get("/api/claims/44/code").json()
    assert found["name"] == f"{claim.check.__module__}.{claim.check.__qualname__}"
    assert f"def {claim.check.__name__}(" in found["source"]


# --- methods and figures --------------------------------------------------------------------


def test_methods_hold_targets_sources_and_parameters(client):
    reply = client.get("/api/methods").json()
    assert len(reply["targets"]) == len(shipped_targets())
    assert len(reply["sources"]) == len(KNOWN.sources) == reply["card"]["sources"]
    assert sum(reply["card"]["parameters"].values()) == len(reply["parameters"])
    assert "Poisson" in reply["equations"]


def test_sources_are_counted_by_what_rests_on_them():
    table = source_table(KNOWN).set_index("id")
    rows = KNOWN.observations["source"].str.split(r"[;,]\s*", regex=True).explode()
    known = rows[rows.isin(table.index)]
    assert table["observations"].sum() == len(known) >= len(KNOWN.observations)
    assert table.loc["MEMORY", "url"] == ""


def test_citation_is_the_projects_own():
    told = yaml.safe_load(citation())
    assert told == yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_scores_are_given_as_they_are_shipped(client):
    rows = rows_of(client, "/api/scores/planted/recall.json")
    assert [row["found"] for row in rows] == shipped("planted", "recall")["found"].tolist()


def test_a_figure_comes_with_its_words_tables_and_sources(client):
    listed = {one["name"] for one in client.get("/api/figures").json()["figures"]}
    assert {"record", "disagreements", "recall", "reliability"} <= listed
    figure = client.get("/api/figures/disagreements?lang=es").json()
    assert len(figure["data"]["disagreements"]) == 35
    assert len(figure["sources"]) > 5 and figure["title"] and figure["spec"]["usermeta"]
    svg = client.get("/api/figures/recall/picture.svg?theme=dark&width=500")
    assert svg.headers["content-type"] == "image/svg+xml"
    assert svg.text.startswith("<svg") and "var(--" not in svg.text


def test_the_script_that_both_share_is_the_reports_own(client):
    from tregua.report.page import _asset, _own_script

    text = client.get("/chart.js").text
    assert text == _asset("chart.js")
    assert "export " not in _own_script() and "function fit(" in _own_script()
