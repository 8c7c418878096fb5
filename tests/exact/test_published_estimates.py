"""Published estimates: what was seen and no more, beside ours by hand, or a reason why not."""

import importlib.util
import itertools
import math
from typing import Any

import pandas as pd
import pytest
from tests.docs._pages import ROOT

from tregua import assess, record
from tregua.assess.evidence import Evidence
from tregua.assess.published import _read, published
from tregua.shelf import Tables

KNOWN = record.load("el-salvador")
LEVERS = {"half_recruitment": (-0.3, -0.1), "double_arrest": (-0.2, -0.15)}


def truce(before: float, within: float, revoked: float, after: float) -> pd.DataFrame:
    """Synthetic months 2003 to 2015 at four daily rates, with a small ripple."""
    edges = pd.date_range("2003-01-01", "2016-01-01", freq="MS")
    rows = []
    for number, (start, end) in enumerate(itertools.pairwise(edges)):
        month = f"{start:%Y-%m}"
        rate = (
            before
            if month < "2012-03"
            else within
            if month < "2013-05"
            else revoked
            if month < "2015-02"
            else after
        )
        ripple = 1 + 0.02 * (1 if number % 2 else -1)
        rows.append({"start": start, "end": end, "value": rate * (end - start).days * ripple})
    return pd.DataFrame(rows)


def contrasts() -> pd.DataFrame:
    """A synthetic table of the one experiment that stands beside published figures."""
    return pd.DataFrame(
        {
            "name": "recruitment_or_arrest",
            "setting": setting,
            "outcome": outcome,
            "estimate": value,
            "q05": value - 0.1,
            "q95": value + 0.1,
        }
        for setting, values in LEVERS.items()
        for outcome, value in zip(
            ("street_ratio_less_one", "killed_ratio_less_one"), values, strict=True
        )
    )


def beside(tables: Tables, known: record.Record = KNOWN) -> dict[str, dict[str, Any]]:
    """Rows of the table by id."""
    rows = assess.beside_ours(Evidence(known, tables)).to_dict("records")
    return {str(row["id"]): {str(name): value for name, value in row.items()} for row in rows}


def test_the_ratio_of_the_truce_is_that_of_the_two_periods() -> None:
    row = beside({"tiles": truce(12.0, 6.0, 6.0, 20.0)})["katz-2016"]
    assert row["ours"] == pytest.approx(0.5, abs=0.005)
    assert row["ours_low"] < 0.5 < row["ours_high"]
    assert (row["level"], row["ours_level"]) == (0.95, 0.95)
    assert row["overlap"] == "yes"


def test_intervals_that_do_not_meet_are_said_not_to() -> None:
    assert beside({"tiles": truce(12.0, 12.0, 12.0, 12.0)})["katz-2016"]["overlap"] == "no"


def test_deaths_beyond_an_earlier_rate_by_hand() -> None:
    # At 12 a day before: 6 a day for 426 days is 2,556 fewer, 9 for 641 days 1,923 fewer, 20 for
    # 334 days 2,672 more; together 1,807 fewer.
    rows = beside({"tiles": truce(12.0, 6.0, 9.0, 20.0)})
    phases = [rows[f"jones-2025-{p}"] for p in ("implementation", "revocation", "after", "net")]
    # Without a trend in the data every choice of what would have gone on says nearly the same.
    assert [row["ours"] for row in phases] == pytest.approx([-2556, -1923, 2672, -1807], rel=0.1)
    for row in phases:
        assert row["ours_low"] <= row["ours"] <= row["ours_high"]
        assert math.isnan(row["ours_level"])  # the extremes of choices are no interval
        assert row["overlap"] == "unknown"


def test_a_published_sign_can_differ_from_ours() -> None:
    rows = beside({"tiles": truce(8.0, 6.0, 9.0, 20.0)})
    assert rows["jones-2025-net"]["ours"] > 0  # a lower rate before turns the sign


def test_a_trend_before_widens_the_extremes() -> None:
    flat = truce(12.0, 6.0, 9.0, 20.0)
    years = (flat["start"] - pd.Timestamp("2012-03-01")).dt.days / 365
    falls = flat.assign(value=flat["value"] * (1 - 0.05 * years.clip(upper=0)))

    def width(tiles: pd.DataFrame) -> float:
        row = beside({"tiles": tiles})["jones-2025-after"]
        return row["ours_high"] - row["ours_low"]

    assert width(falls) > 2 * width(flat)


def test_levers_come_from_the_worlds_of_the_study() -> None:
    rows = beside({"contrasts": contrasts()})
    assert rows["prieto-2023-recruitment-members"]["ours"] == -0.3
    assert rows["prieto-2023-arrests-deaths"]["ours"] == -0.15
    missing = beside({})["prieto-2023-arrests-deaths"]
    assert math.isnan(missing["ours"])
    assert "no table 'contrasts'" in missing["why_none_en"]


def test_where_ours_is_missing_a_reason_stands_in_both_languages() -> None:
    for row in beside({}).values():
        assert math.isnan(row["ours"])
        assert row["why_none_en"]
        assert row["why_none_es"]


def test_a_record_too_thin_says_so() -> None:
    rows = beside({"tiles": truce(12.0, 6.0, 9.0, 20.0).iloc[:10]})
    assert "2010-01" in rows["katz-2016"]["why_none_en"]
    assert "too thin" in rows["jones-2025-after"]["why_none_en"]


def test_another_case_is_not_set_beside_el_salvador() -> None:
    other = KNOWN.case.model_copy(update={"name": "elsewhere"})
    case = record.Record(other, KNOWN.observations, KNOWN.events, KNOWN.sources, KNOWN.digest)
    row = beside({"tiles": truce(12.0, 6.0, 6.0, 20.0)}, case)["katz-2016"]
    assert math.isnan(row["ours"])
    assert "another case" in row["why_none_en"]


# -- The entries -----------------------------------------------------------------------------------


def test_figures_are_those_that_were_seen() -> None:
    figures = {entry.id: (entry.estimate, entry.low, entry.high) for entry in published()}
    assert figures["katz-2016"] == (0.55, 0.49, 0.63)
    assert figures["katz-2016-controls"] == (0.61, 0.54, 0.69)
    phases = [figures[f"jones-2025-{p}"][0] for p in ("implementation", "revocation", "after")]
    assert phases == [-1130, -551, 2250]
    assert sum(phases) == figures["jones-2025-net"][0] == 569
    # Relative to no change, from figures relative to 2022.
    derived = (0.90 / 1.23, 0.74 / 1.36, 1.06 / 1.23, 1.02 / 1.36)
    named = ("recruitment-members", "recruitment-deaths", "arrests-members", "arrests-deaths")
    for name, ratio in zip(named, derived, strict=True):
        assert figures[f"prieto-2023-{name}"][0] == pytest.approx(ratio - 1, abs=0.005)


def test_entries_and_claims_know_each_other() -> None:
    for claim in assess.claims():
        naming = {entry.id for entry in published() if claim.number in entry.claims}
        assert set(claim.published) == naming, claim.number
    for entry in published():
        assert all(number.isdecimal() and 1 <= int(number) <= 60 for number in entry.claims)


ENTRY = """
[[published]]
id = "example"
claims = ["1"]
authors = "Example"
title = "Synthetic"
journal = "None"
first = ""
last = ""
{more}
quantity = {{ en = "a", es = "b" }}
design = {{ en = "a", es = "b" }}
unit = {{ en = "a", es = "b" }}
seen = {{ en = "a", es = "b" }}
differs = {{ en = "a", es = "b" }}
"""
WHY = 'why_none = { en = "a", es = "b" }'


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("", "give either `ours` or `why_none`"),
        ('ours = "truce_ratio"\n' + WHY, "give either `ours` or `why_none`"),
        ('ours = "truce_ration"', "not one of truce_ratio"),
        ("low = 1.0\n" + WHY, "low and high come together"),
        ("low = 2.0\nhigh = 1.0\n" + WHY, "low and high come together"),
    ],
)
def test_an_incomplete_entry_says_what_is_missing(more: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _read(ENTRY.format(more=more))


def test_an_id_given_twice_is_named() -> None:
    with pytest.raises(ValueError, match="'example' is given twice"):
        _read(2 * ENTRY.format(more=WHY))


def test_the_page_is_what_its_command_writes() -> None:
    path = ROOT / "docs" / "_ext" / "write_published.py"
    spec = importlib.util.spec_from_file_location("write_published", path)
    assert spec is not None
    assert spec.loader is not None
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    assert writer.PUBLISHED_PAGE.read_text(encoding="utf-8") == writer.published_page()


# -- Claims that nothing reaches -------------------------------------------------------------------

UNREACHED = ("8", "10", "16", "19", "21", "49", "52", "56", "57", "60")


@pytest.mark.parametrize("number", UNREACHED)
def test_a_claim_that_nothing_reaches_says_what_is_missing(number: str) -> None:
    claim = assess.claim(number)
    assert claim.reach == "none"
    with pytest.raises(assess.NotTestable) as missing:
        claim.check(Evidence(KNOWN, {"tiles": truce(12.0, 6.0, 6.0, 20.0)}))
    verdict = assess.Verdict.untested(claim, missing.value)
    assert (verdict.verdict, verdict.strength) == ("not tested", "none")
    assert verdict.found["en"] == claim.found["en"] != claim.found["es"]
