"""Does a design read counts as they are, and does it say what is missing?"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tregua import infer, record
from tregua.assess import NotTestable
from tregua.assess.designs import (
    DESIGNS,
    DesignError,
    Estimate,
    Reputation,
    coinciding,
    count_series,
    estimate,
    reputation,
)
from tregua.infer.tables import plain


def table(rows: list[tuple[str, float]], **columns: list[object]) -> pd.DataFrame:
    """Synthetic counts in the form of the table `tiles`."""
    return pd.DataFrame(
        {"months": [months for months, _ in rows], "value": [value for _, value in rows], **columns}
    )


MIXED = table(
    [("2012-03;2012-05", 90.0), ("2012-01", 31.0), ("2012-04", 0.0), ("2012-08", 62.0)],
    sources=["a;b", "a", "c", ""],
)


def test_a_total_owns_its_months_and_nobody_those_between() -> None:
    series = count_series(MIXED, name="synthetic")
    assert series.value.tolist() == [31.0, 90.0, 0.0, 62.0]  # by first month
    assert list(series.months.strftime("%Y-%m")) == [f"2012-{month:02d}" for month in range(1, 9)]
    assert series.owner.tolist() == [0, -1, 1, 2, 1, -1, -1, 3]
    assert series.exposure().tolist() == [31.0, 62.0, 30.0, 31.0]
    assert series.single().tolist() == [True, False, True, True]
    assert series.days.sum() == 244
    assert (series.name, series.sources) == ("synthetic", ("a", "b", "c"))
    assert not series.cautions["en"] and not series.cautions["es"]


def test_every_form_of_the_same_counts_gives_the_same_series() -> None:
    edges = pd.date_range("2010-01-01", periods=31, freq="MS")
    value = np.arange(30) % 7 + 3
    by_date = pd.DataFrame({"date": edges[:-1].strftime("%Y-%m"), "count": value})
    spans = pd.DataFrame({"start": edges[:-1], "end": edges[1:], "value": value})
    as_text = spans.assign(start=spans["start"].astype(str), end=spans["end"].astype(str))
    listed = table([(f"{m:%Y-%m}", float(v)) for m, v in zip(edges[:-1], value, strict=True)])
    for counts in (by_date, spans, as_text, listed):
        series = count_series(counts)
        assert series.value.tolist() == value.tolist()
        assert series.owner.tolist() == list(range(30))


def test_a_year_over_its_first_months_is_what_is_left() -> None:
    rows = {"start": ["2010-01-01", "2010-01-01"], "end": ["2010-02-01", "2011-01-01"]}
    series = count_series(pd.DataFrame(rows | {"value": [10, 100]}).astype({"start": str}))
    assert series.value.tolist() == [10.0, 90.0]
    assert series.owner.tolist() == [0] + [1] * 11


def test_tiles_and_the_table_of_tiles_agree_on_the_record() -> None:
    cut = infer.tiles(record.load("el-salvador"))
    one, two = count_series(cut), count_series(plain(cut))
    assert np.array_equal(one.owner, two.owner) and np.array_equal(one.value, two.value)
    assert one.sources == two.sources and one.name == "el-salvador"
    assert one.value.sum() == pytest.approx(cut.frame["value"].sum())
    assert not one.single().all()


def test_bounds_and_totals_across_the_edge_are_left_out_and_counted() -> None:
    bounded = MIXED.assign(at_least=[False, False, True, False])
    series = count_series(bounded, first="2012-04", last="2012-08")
    assert series.value.tolist() == [62.0]
    assert series.owner.tolist() == [-1, -1, -1, -1, 0]
    assert series.cautions["en"][0].startswith("1 figures that are only bounds")
    assert series.cautions["en"][1].startswith("1 totals that reach beyond")
    assert len(series.cautions["es"]) == 2


@pytest.mark.parametrize(
    ("counts", "window", "said"),
    [
        (MIXED, ("2011-12", None), r"2011-12 to 2012-08 .* beyond the data.* 2012-01 to 2012-08"),
        (MIXED, (None, "2013-01"), r"2012-01 to 2013-01 .* beyond the data.* 2012-01 to 2012-08"),
        (MIXED, ("2012-05", "2012-04"), r"is empty: it ends before .* 2012-01 to 2012-08"),
        (MIXED, ("2012-06", "2012-07"), r"No count lies wholly between 2012-06 and 2012-07.*cover"),
        (MIXED, ("March", None), r"'March' is no month; write 2012-03"),
        (MIXED.iloc[:0], (None, None), "There are no counts"),
        (table([("2012-01;2012-02", 5.0), ("2012-02", 3.0)]), (None, None), "twice: 2012-02"),
        (table([("2012-01", -1.0)]), (None, None), r"at least 0; given: -1 in 2012-01"),
        (table([("2012-01", float("nan"))]), (None, None), r"at least 0; given: nan in 2012-01"),
        (table([("2012-01", 5.0)], at_least=[True]), (None, None), "only bounds"),
        (pd.DataFrame({"date": ["2012-01"], "rate": [3.0]}), (None, None), "It needs date,count"),
    ],
)
def test_what_is_missing_is_named_in_both_languages(counts, window, said) -> None:
    with pytest.raises(DesignError, match=said) as caught:
        count_series(counts, first=window[0], last=window[1])
    assert isinstance(caught.value, NotTestable)
    assert caught.value.text["es"] and caught.value.text["es"] != caught.value.text["en"]


def test_events_near_a_date() -> None:
    dates = pd.to_datetime(["2012-06-08", "2012-03-08", "2011-12-08", "2012-06-09"])
    events = pd.DataFrame({"date": dates, "type": list("dcba")})
    assert coinciding(events, "2012-03-08")["type"].tolist() == ["b", "c", "d"]
    assert coinciding(events, "2012-03", months=1)["type"].tolist() == ["c"]
    assert coinciding(events, "1999-01").empty


BOTH = {"en": "Synthetic", "es": "Sintético"}


def an_estimate(value=0.5, low=0.4, high=0.625, cautions=(), **changed) -> Estimate:
    known = {
        "design": "interrupted",
        "estimand": BOTH,
        "unit": {"en": "ratio", "es": "razón"},
        "level": 0.9,
        "p_placebo": 0.05,
        "placebos": 40,
        "assumptions": {"en": ("The trend goes on.",), "es": ("La tendencia sigue.",)},
        "settings": {"recorded": 1000},
        "path": pd.DataFrame(),
    }
    texts = {"en": cautions, "es": cautions}
    return Estimate(
        **{**known, "value": value, "low": low, "high": high, "cautions": texts} | changed
    )


def test_deaths_averted_follow_from_the_ratio() -> None:
    # 1000 recorded at a ratio of 0.5 would have been 2000.
    assert an_estimate().averted() == pytest.approx((1000.0, 600.0, 1500.0))
    assert an_estimate(2.0, 1.0, 4.0).averted() == pytest.approx((-500.0, -750.0, 0.0))
    assert np.isnan(an_estimate(settings={}).averted()).all()


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_summary_has_five_to_eight_lines(lang: str) -> None:
    text = an_estimate(design="not a design").summary(lang)
    for part in ("0.50", "0.40", "0.62", "1,000", "1,500", "40", "5%"):
        assert part in text
    assert 5 <= len(text.splitlines()) <= 8
    bare = an_estimate(*[np.nan] * 3, cautions=("Nothing died.",), placebos=0).summary(lang)
    assert "nan" not in bare and "Nothing died." in bare and 5 <= len(bare.splitlines()) <= 8


def test_an_estimate_cannot_hide_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="no caution that says why"):
        an_estimate(low=np.nan)
    with pytest.raises(ValueError, match="cautions of an estimate lacks es"):
        replace(an_estimate(), cautions={"en": ()})
    with pytest.raises(ValueError, match="low <= high"):
        an_estimate(low=0.7)
    with pytest.raises(ValueError, match="level between 0 and 1"):
        an_estimate(level=90)


GOOD = Reputation("breaks", 0.10, 0.10, 0.08, 0.13, 0.88, 300, 1)
LOOSE = Reputation("interrupted", 0.21, 0.10, 0.17, 0.25, 0.74, 300, 1)


def test_a_design_that_errs_too_often_says_so(tmp_path, monkeypatch) -> None:
    file = tmp_path / "grade.json"
    entries = [vars(GOOD) | {"note": "synthetic"}, vars(LOOSE)]
    file.write_text(json.dumps({"tables": {"reputations": entries}}), encoding="utf-8")
    monkeypatch.setattr(estimate, "_GRADES", file)
    assert reputation("breaks") == GOOD and not GOOD.exceeds()
    assert reputation("interrupted") == LOOSE and LOOSE.exceeds()
    assert reputation("differences") is None
    assert "more often than it says" in an_estimate().summary()
    assert "más a menudo de lo que dice" in an_estimate().summary("es")
    assert "more often than it says" not in an_estimate(design="breaks").summary()
    assert "21%" in an_estimate().summary() and "300" in an_estimate().summary()
    monkeypatch.setattr(estimate, "_GRADES", tmp_path / "none.json")
    assert reputation("breaks") is None
    assert "Not graded yet" in an_estimate().summary()


def test_designs_are_named_once() -> None:
    assert len(set(DESIGNS)) == len(DESIGNS)
