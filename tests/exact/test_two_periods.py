"""Is the plainest design the ratio of two rates, with its doubts and its reputation said?"""

import numpy as np
import pandas as pd
import pytest

from tregua.assess.designs import (
    DESIGNS,
    DesignError,
    before_and_after,
    count_series,
    reputation,
)
from tregua.assess.grade import ASK, available, shipped_marks
from tregua.assess.rates import Period, rate_ratio

STARTS = pd.date_range("2010-01", periods=49, freq="MS")
RNG = np.random.default_rng(1)
COUNTS = pd.DataFrame(
    {
        "start": STARTS[:-1],
        "end": STARTS[1:],
        "value": np.r_[RNG.poisson(300, 24), RNG.poisson(150, 24)],
    }
)


def test_it_is_the_ratio_of_two_rates():
    found = before_and_after(COUNTS, "2012-01")
    plain = rate_ratio(
        COUNTS, Period("2011-01-01", "2012-01-01"), Period("2012-01-01", "2013-01-01")
    )
    assert (found.value, found.low, found.high) == pytest.approx(
        (plain.ratio, plain.low, plain.high)
    )
    assert found.settings["recorded"] == COUNTS["value"][24:36].sum()
    assert found.placebos == 1 and found.p_placebo == 0.0
    late = found.path["month"] >= "2012-01"
    assert found.path["counterfactual"][late].sum() == pytest.approx(plain.before / 30.44 * 366)


def test_totals_are_shared_out_and_deaths_of_the_window_then_unknown():
    year = COUNTS.iloc[[30]].assign(end=STARTS[40], value=COUNTS["value"][30:40].sum())
    table = pd.concat([COUNTS[:30], year, COUNTS[40:]], ignore_index=True)
    found = before_and_after(table, "2012-01")
    assert 0.45 < found.value < 0.55
    assert "recorded" not in found.settings
    assert np.isfinite(found.path["observed"]).all()


def test_what_cannot_be_answered_is_said():
    for date, words in (
        ("2010-06", "2009-06 to 2011-05 around 2010-06 reach beyond the data"),
        ("2014-03", "reach beyond the data, which cover 2010-01 to 2013-12"),
        ("soon", "'soon' is no date"),
    ):
        with pytest.raises(DesignError, match=words) as caught:
            before_and_after(COUNTS, date)
        assert caught.value.text["en"] != caught.value.text["es"]
    with pytest.raises(DesignError, match="at least one death"):
        before_and_after(COUNTS.assign(value=0.0), "2012-01")
    with pytest.raises(ValueError, match="At least 2 months"):
        before_and_after(COUNTS, "2012-01", months=1)


def test_a_trend_within_the_periods_and_other_events_are_cautions():
    slope = COUNTS.assign(value=np.linspace(400, 100, 48).round())
    events = pd.DataFrame({"date": pd.to_datetime(["2012-02-05"]), "type": ["crackdown"]})
    said = before_and_after(count_series(slope), "2012-01", events=events).cautions
    assert any("Neighbouring counts are alike" in text for text in said["en"])
    assert any("crackdown (2012-02-05)" in text for text in said["en"])
    assert len(said["en"]) == len(said["es"])


def test_every_design_is_graded_and_says_its_own_grade():
    """What is shipped of a design is what its summary says, word for word of the same numbers."""
    assert set(DESIGNS) <= set(ASK) and all(available(name) for name in DESIGNS)
    shipped = shipped_marks("reputations").set_index("design")
    for name in DESIGNS:
        known = reputation(name)
        assert (known is None) == (name not in shipped.index), name
        if known is not None:
            assert known.size == shipped.loc[name, "size"]
            assert known.exceeds() == bool(shipped.loc[name, "size_low"] > known.nominal)
    known = reputation("rate_ratio")
    summary = before_and_after(COUNTS, "2012-01").summary()
    assert known is not None and f"{known.size:.0%}" in summary
    assert ("more often than it says" in summary) == known.exceeds()
