"""Are contrasts of staggered treatment what one would work out by hand?

Panels are synthetic. Where counts follow the assumptions without chance, every contrast is exact;
where they are drawn, the interval must hold the truth about as often as its level says: of 60
panels 90 % intervals may miss in 1 to 15 (binomial, false alarm below 1 in 250; seeds are fixed).
"""

import numpy as np
import pandas as pd
import pytest

from tregua.assess.designs import DesignError
from tregua.assess.designs.differences import differences

MONTHS = pd.date_range("2010-01", periods=60, freq="MS")


def panel(counts, treated, exposure=None):
    """counts: (units, months); treated: position of the month of treatment or None."""
    rows = []
    for unit, (line, since) in enumerate(zip(counts, treated, strict=True)):
        for month, count in enumerate(line):
            row = {
                "unit": f"place {unit:02d}",
                "month": MONTHS[month],
                "count": count,
                "treated_from": pd.NaT if since is None else MONTHS[since],
            }
            if exposure is not None:
                row["exposure"] = exposure[unit]
            rows.append(row)
    return pd.DataFrame(rows)


STAGGERED = [20, 20, 20, 30, 30, 40, 40, None, None, None]


def planted(ratio=0.6, treated=STAGGERED, months=60, growth=0.01):
    """Deaths without chance: level of the place, common trend and season, and one ratio after."""
    level = np.linspace(20, 80, len(treated))
    common = np.exp(growth * np.arange(months) + 0.2 * np.sin(np.arange(months) / 2))
    counts = level[:, None] * common[None, :]
    for unit, since in enumerate(treated):
        if since is not None:
            counts[unit, since:] *= ratio
    return counts


@pytest.mark.parametrize("compare", ["never", "not_yet"])
def test_a_planted_ratio_is_found_in_every_cell(compare):
    found = differences(panel(planted(), STAGGERED), compare=compare)
    after = found.cells["k"] >= 0
    # A level of its own for each place is no obstacle: each is compared with itself.
    np.testing.assert_allclose(found.cells["value"][after], 0.6, rtol=1e-12)
    early = found.cells["k"] < 0
    base = found.cells[early].groupby("cohort")["value"].mean()
    assert base.between(0.97, 1.03).all()
    assert found.overall.value == pytest.approx(0.6)
    assert found.overall.low <= 0.6 <= found.overall.high


def test_a_base_of_one_month_leaves_every_month_before_at_one():
    found = differences(panel(planted(), STAGGERED), base=1)
    np.testing.assert_allclose(found.cells["value"][found.cells["k"] < 0], 1, rtol=1e-12)


def test_differences_by_hand():
    counts = np.array([[10, 10, 4], [20, 22, 18], [30, 40, 44]])
    found = differences(
        panel(counts, [2, None, None]), base=1, window=1, scale="difference", compare="never"
    )
    last = found.cells[found.cells["k"] == 0].iloc[0]
    assert last["value"] == (4 - 10) - ((18 + 44) / 2 - (22 + 40) / 2)
    ratio = differences(panel(counts, [2, None, None]), base=2, window=1)
    expected = 20 / 2 * (62 / (112 / 2))
    assert ratio.overall.value == pytest.approx(4 / expected)


def test_a_treated_place_never_serves_as_comparison():
    # An effect that grows: a place treated early would bend the comparison of those treated later.
    counts = planted(ratio=1.0)
    for unit, since in enumerate(STAGGERED):
        if since is not None:
            counts[unit, since:] *= np.exp(-0.05 * np.arange(60 - since))
    found = differences(panel(counts, STAGGERED), base=1)
    by_k = found.event_time.set_index("k")["value"]
    for k in range(12):
        assert by_k[k] == pytest.approx(np.exp(-0.05 * k))
    comparisons = found.cells[(found.cells["k"] == 0)].sort_values("cohort")["comparisons"]
    assert comparisons.tolist() == [7, 5, 3]


def test_exposure_makes_rates():
    counts = planted(growth=0.0)
    people = np.linspace(1e3, 5e3, 10)
    found = differences(panel(counts, STAGGERED, people), scale="ratio")
    assert found.overall.value == pytest.approx(0.6)
    again = differences(panel(counts, STAGGERED, 7 * people), scale="ratio")
    assert again.overall.low == pytest.approx(found.overall.low)


def drawn(seed, ratio=0.6, level=12.0, spread=0.15):
    """Places with shocks of their own in each year, and Poisson counts."""
    rng = np.random.default_rng(seed)
    treated = [20] * 4 + [28] * 4 + [36] * 4 + [None] * 8
    mean = np.exp(rng.normal(0, 0.5, (20, 1))) * level
    mean = mean * np.exp(np.repeat(rng.normal(0, spread, (20, 5)), 12, axis=1))
    mean = mean * np.exp(np.cumsum(rng.normal(0, 0.05, 60)))
    for unit, since in enumerate(treated):
        if since is not None:
            mean[unit, since:] *= ratio
    return panel(rng.poisson(mean), treated)


def test_intervals_hold_the_truth_as_often_as_they_say():
    missed = 0
    for seed in range(60):
        overall = differences(drawn(seed), resamples=199, placebos=0).overall
        missed += not overall.low <= 0.6 <= overall.high
    assert 1 <= missed <= 15


def test_a_trend_of_the_treated_before_is_noticed():
    quiet = differences(drawn(3, ratio=1.0))
    assert quiet.pretrend_p > 0.1
    table = drawn(3, ratio=1.0)
    # Those to be treated come down by 4 % a month until their treatment.
    left = (table["treated_from"] - table["month"]).dt.days / 30.44
    table["count"] = np.round(table["count"] * np.exp(0.04 * left.clip(lower=0).fillna(0)))
    moved = differences(table, compare="never")
    assert moved.pretrend_p < 0.05
    assert any("moved apart before treatment" in text for text in moved.overall.cautions["en"])


def test_one_treated_place_has_no_interval():
    found = differences(panel(planted(treated=[20, None, None]), [20, None, None]))
    assert found.overall.value == pytest.approx(0.6)
    assert np.isnan(found.overall.low)
    assert "synthetic control" in " ".join(found.overall.cautions["en"])
    assert found.event_time["low"].isna().all()


def test_places_that_move_alike_are_not_free_of_chance():
    found = differences(panel(np.round(planted(ratio=0.5)), STAGGERED))
    deaths = found.overall.settings["recorded"]
    assert found.overall.high / found.overall.low > np.exp(2 / np.sqrt(deaths))


def test_a_month_without_a_death_is_a_ratio_of_zero_and_no_obstacle():
    counts = planted()
    counts[:, 20:] = np.where(np.array([t == 20 for t in STAGGERED])[:, None], 0, counts[:, 20:])
    treated = [20, 20, 20, *[None] * 7]
    found = differences(panel(counts, treated))
    assert found.overall.value == 0
    assert np.isnan(found.overall.high)
    assert "No death was recorded after treatment" in " ".join(found.overall.cautions["en"])
    assert (found.event_time.query("k >= 0")["value"] == 0).all()


def test_cells_have_intervals_only_where_several_places_stand_behind_them():
    alone = [20, *[30] * 3, *[None] * 6]
    cells = differences(panel(np.round(planted(treated=alone)), alone)).cells
    single = cells["units"] == 1
    assert cells.loc[single, ["low", "high"]].isna().all(axis=None)
    several = cells[~single]
    assert ((several["low"] < several["value"]) & (several["value"] < several["high"])).all()
    # No narrower than Poisson counts, at 90 %.
    width = np.log(several["high"] / several["low"])
    assert (width > 2 * 1.645 / np.sqrt(several["observed"])).all()


def test_draws_are_keyed_by_the_seed():
    table = drawn(1)
    one, same = (differences(table, seed=4).overall for _ in range(2))
    assert (one.low, one.p_placebo) == (same.low, same.p_placebo)
    assert differences(table, seed=5).overall.low != one.low
    # Neither the order of rows nor names of places matter beyond the order of the names.
    shuffled = differences(table.sample(frac=1, random_state=1), seed=4).overall
    assert shuffled.low == pytest.approx(one.low)


def refused(table, text, **settings):
    with pytest.raises(DesignError, match=text) as caught:
        differences(table, **settings)
    assert caught.value.text["es"] != caught.value.text["en"]


def test_what_cannot_be_answered_says_what_is_missing():
    table = panel(planted(), STAGGERED)
    refused(table.drop(columns="treated_from"), "lacks treated_from")
    refused(pd.concat([table, table[:2]]), "occurs twice: place 00 2010-01, place 00 2010-02")
    refused(table.assign(count=-1), "number of at least 0")
    refused(table.assign(exposure=0), "exposure must be above 0")
    refused(table.assign(treated_from=MONTHS[0]), "in or before the first month, 2010-01")
    refused(table.assign(treated_from=pd.Timestamp("2030-01")), "No place is treated within")
    refused(table.assign(treated_from=MONTHS[30]), "no untreated place is left")
    refused(table.assign(treated_from=MONTHS[30]), "none is left that never is", compare="never")
    refused(panel(planted(), [5] * 3 + [None] * 7), "with 12 months before")
    mixed = table.copy()
    mixed.loc[0, "treated_from"] = MONTHS[22]
    refused(mixed, "these have several: place 00")
    refused(table.assign(month="spring"), "no month")
    with pytest.raises(ValueError, match="window and base must be at least 1"):
        differences(table, window=0)


def test_places_with_gaps_and_short_histories_are_left_out_and_named():
    treated = [5, *STAGGERED[1:]]
    table = panel(planted(treated=treated), treated)
    table = table.drop(table[(table["unit"] == "place 09")].index[3])
    found = differences(table)
    said = " ".join(found.overall.cautions["en"])
    assert "months without a count: place 09" in said
    assert "fewer than 12 months before treatment: place 00" in said
    assert found.overall.settings["treated"] == 6
