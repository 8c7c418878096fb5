"""Does the page say of a comparison what its tables say, and whence its worlds come?"""

import re

import numpy as np
import pytest
from tests.browser import synthetic

from tregua import decide, model, record, report
from tregua.decide import reported
from tregua.report.compared import compared
from tregua.report.text import Text

ORIGIN = "2012-01"


@pytest.fixture(scope="module")
def tables():
    """Made in worlds of the prior: what is tested is that nothing is changed on the way."""
    known = record.load("el-salvador")
    draws = model.prior_draws(24, seed=3, overrides=known.case.prior_ranges)
    return decide.comparison_tables(
        draws, model.History.of(known), origin=ORIGIN, seed=3, worlds_from="prior", years=1
    )


def test_the_tables_are_those_of_the_comparison():
    totals = np.array([[[1.0], [5.0], [2.0]], [[2.0], [3.0], [2.0]]])  # strategy, world, month
    zero = np.zeros_like(totals)
    names = dict.fromkeys((*decide.LEDGER, "killed"), zero) | {"killed": totals}
    comparison = decide.Comparison(
        ORIGIN, ("status_quo", "reform"), names, {}, np.array(["2012-01"], dtype="datetime64[M]"),
        np.full(3, 1 / 3), worlds_from="prior",
    )  # fmt: skip
    made = reported.tables_of_comparison(comparison)
    killed = made["best"][made["best"]["outcome"] == "killed"].set_index("strategy")
    assert killed["p_best"].to_dict() == pytest.approx({"status_quo": 0.5, "reform": 0.5})
    assert not killed["leads"].any()  # one world each, and one tie
    assert set(made["best"]["worlds"]) == {3} and set(made["best"]["worlds_from"]) == {"prior"}
    told = decide.sentences(comparison)
    assert made["printed"]["en"].tolist() == told["en"].tolist()
    assert made["printed"]["es"].tolist() == told["es"].tolist()


def test_who_leads_is_marked_and_nobody_else():
    share = np.array([[[1.0]] * 40, [[2.0]] * 40]).reshape(2, 40, 1)
    names = dict.fromkeys((*decide.LEDGER, "killed"), np.zeros_like(share)) | {"killed": share}
    comparison = decide.Comparison(
        ORIGIN, ("status_quo", "reform"), names, {}, np.array(["2012-01"], dtype="datetime64[M]"),
        np.full(40, 1 / 40),
    )  # fmt: skip
    best = reported.tables_of_comparison(comparison)["best"]
    leading = best[best["leads"]]
    assert leading[["outcome", "strategy"]].to_numpy().tolist() == [["killed", "status_quo"]]


def test_shares_of_each_harm_add_up_to_ten(tables):
    shown = compared(tables, Text("en"))[0]
    for row in shown["horizons"][0]["rows"]:
        # Five shares of one decimal each.
        assert sum(float(cell["share"]) for cell in row["cells"]) == pytest.approx(10, abs=0.26)
    assert next(row["outcome"] for row in shown["horizons"][0]["rows"]) == "All killings"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_sentences_stand_as_they_were_made(tables, lang):
    horizon = compared(tables, Text(lang))[0]["horizons"][0]
    said = tables["printed"]
    killed = said["outcome"] == "killed"
    assert horizon["first"] == said.loc[killed, lang].tolist()
    assert horizon["more"] == said.loc[~killed, lang].tolist()


def test_where_the_worlds_come_from_is_said(tables):
    prior = compared(tables, Text("en"))[0]["worlds"]
    assert "24 worlds of the prior" in prior and "assumptions alone" in prior
    other = tables | {"best": tables["best"].assign(worlds_from="posterior", worlds=512)}
    assert "512 calibrated ones" in compared(other, Text("en"))[0]["worlds"]
    assert "512 calibrados" in compared(other, Text("es"))[0]["worlds"]


def test_a_share_of_none_is_not_never(tables):
    best = tables["best"].assign(p_best=0.0, mc_error=0.0)
    cell = compared({"best": best, "printed": tables["printed"]}, Text("en"))[0]["horizons"][0]
    assert cell["rows"][0]["cells"][0] == {"share": "0.0", "error": "± 0.1", "leads": False}


def test_the_page_holds_every_sentence_in_both_languages_and_every_horizon():
    html = report.render(synthetic.findings()).replace("\xa0", " ")
    said = synthetic.printed()
    assert all(sentence in html for sentence in said["en"].unique())
    assert all(sentence in html for sentence in said["es"].unique())
    section = html[html.index('<div id="best">') :]
    for horizon in ("After 1 year", "After 3 years", "After 5 years", "After 10 years"):
        assert horizon in section
    one = synthetic.best().query("origin == '2012-01' and horizon == 10 and outcome == 'killed'")
    row = re.search(r'<th scope="row">All killings</th>(.*?)</tr>', section[section.index(
        "After 10 years") :]).group(1)  # fmt: skip
    shares = [float(each) for each in re.findall(r'class="num">(?:<b>)?([\d.]+)', row)]
    assert shares == pytest.approx((10 * one["p_best"]).round(1).tolist())


def test_a_page_without_a_comparison_has_no_such_section():
    assert compared({}, Text("en")) == []
    found = synthetic.findings()
    tables = {name: table for name, table in found.tables.items() if name != "best"}
    assert 'id="best"' not in report.render(
        synthetic.Findings(found.record, tables, found.verdicts)
    )


def test_worlds_beyond_the_most_are_taken_evenly(monkeypatch):
    seen = []
    monkeypatch.setattr(reported, "state_at", lambda *_, **__: None)

    def stop(strategies, draws, *_, **__):
        seen.append(draws.worlds)
        raise KeyboardInterrupt

    monkeypatch.setattr(reported, "compare", stop)
    monkeypatch.setattr(reported, "MOST_WORLDS", 4)
    with pytest.raises(KeyboardInterrupt):
        decide.comparison_tables(
            model.defaults(worlds=10), None, origin=ORIGIN, seed=1, worlds_from="prior"
        )
    assert seen[0].tolist() == [0, 3, 6, 9]
