"""Are real panels of places read right, and answered without a hole?

Needs tables of places in Rio de Janeiro and of Mexican states beside the checkout; without them, it
is skipped. Expected deaths of one cohort are worked out by hand from the table. Nothing here is a
finding about Rio or Mexico: which places were pacified when was no accident.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tregua.assess.designs import break_dates, count_series, differences

CASES = Path(__file__).parents[3] / "shared" / "cases"
AREAS, DATES = CASES / "monthly_rio_upp_areas.csv", CASES / "rio_upp_dates.csv"
STATES = CASES / "monthly_mexico_states_sesnsp.csv"
needs_rio = pytest.mark.skipif(
    not (AREAS.exists() and DATES.exists()), reason="no table of places in Rio beside the checkout"
)
needs_mexico = pytest.mark.skipif(
    not STATES.exists(), reason="no table of Mexican states beside the checkout"
)


@pytest.fixture(scope="module")
def rio():
    counts, dates = pd.read_csv(AREAS, parse_dates=["date"]), pd.read_csv(DATES)
    since = dates.set_index("upp_code")["installation_date"]
    panel = pd.DataFrame(
        {
            "unit": counts["upp_code"].map("{:02d}".format),
            "month": counts["date"],
            "count": counts["homicides"],
            "treated_from": counts["upp_code"].map(since),
        }
    )
    return panel[panel["month"] < "2016-01"]


@needs_rio
def test_a_cohort_of_rio_is_what_the_table_gives_by_hand(rio):
    found = differences(rio, window=12, base=12, resamples=99, placebos=0)
    months = pd.to_datetime(rio["treated_from"]).dt.to_period("M").dt.to_timestamp()
    cohort = pd.Timestamp("2011-02-01")
    own = rio[months == cohort]
    year = own["month"].between("2010-02-01", "2011-01-31")
    month = pd.Timestamp("2011-06-01")
    later = rio[months > month]
    factor = (
        later.loc[later["month"] == month, "count"].sum()
        / later.loc[later["month"].between("2010-02-01", "2011-01-31"), "count"].sum()
    )
    cell = found.cells[(found.cells["cohort"] == cohort) & (found.cells["month"] == month)].iloc[0]
    assert cell["observed"] == own.loc[own["month"] == month, "count"].sum()
    assert cell["expected"] == pytest.approx(own.loc[year, "count"].sum() * factor)
    assert cell["comparisons"] == later["unit"].nunique()


@needs_rio
def test_rio_is_answered_with_its_doubts(rio):
    found = differences(rio, window=12, base=12, resamples=199, placebos=20)
    overall = found.overall
    assert 0 < overall.low < overall.value < overall.high < np.inf
    assert overall.settings["never_treated"] == 0
    assert 30 <= overall.settings["treated"] <= 38
    # Nobody is left to compare the last cohorts with, and the summary says so.
    assert "have no contrast" in overall.summary()
    assert np.isfinite(found.pretrend_p)


@needs_mexico
@pytest.mark.parametrize("rank", [0, -1])
def test_states_with_most_and_fewest_deaths_have_dates_without_holes(rank):
    table = pd.read_csv(STATES, parse_dates=["date"])
    by_deaths = table.groupby("state")["homicides"].sum().sort_values(ascending=False)
    one = table[table["state"] == by_deaths.index[rank]]
    series = count_series(one.rename(columns={"homicides": "count"})[["date", "count"]])
    found = break_dates(series, lengths=(36.0,))
    assert found.number["probability"].sum() == pytest.approx(1)
    assert np.isfinite(found.months[["level", "level_low", "level_high"]].to_numpy()).all()
    middle = f"{series.months[len(series.months) // 2]:%Y-%m}"
    estimate = found.estimate_at(middle)
    assert 0 < estimate.low < estimate.high < np.inf
    assert estimate.settings["recorded"] == one.set_index("date")["homicides"][middle:][:12].sum()
