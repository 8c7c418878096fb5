"""Rate ratios against what can be computed by hand."""

import numpy as np
import pandas as pd
import pytest

from tregua.assess.rates import Period, rate_ratio


def monthly(values: list[float], first: str = "2000-01-01") -> pd.DataFrame:
    edges = pd.date_range(first, periods=len(values) + 1, freq="MS")
    return pd.DataFrame({"start": edges[:-1], "end": edges[1:], "value": values})


def test_equal_exposures_give_the_ratio_of_totals() -> None:
    counts = monthly(
        [31.0, 29.0, 62.0, 60.0]
    )  # January and March have 31 days in 2000, February 29
    ratio = rate_ratio(
        counts, Period("2000-01-01", "2000-03-01"), Period("2000-03-01", "2000-05-01")
    )
    assert ratio.ratio == pytest.approx((122 / 61) / (60 / 60))
    assert ratio.dispersion == 1.0  # counts exactly at their rates are taken as Poisson, not less


def test_a_count_across_the_edge_is_shared_by_days() -> None:
    counts = pd.DataFrame(
        {
            "start": pd.to_datetime(["2001-01-01", "2001-01-11", "2001-01-31", "2001-02-10"]),
            "end": pd.to_datetime(["2001-01-11", "2001-01-31", "2001-02-10", "2001-02-20"]),
            "value": [10.0, 40.0, 30.0, 30.0],
        }
    )
    # The second interval (20 days, 40 deaths) is cut in halves by 21 January.
    ratio = rate_ratio(
        counts, Period("2001-01-01", "2001-01-21"), Period("2001-01-21", "2001-02-20")
    )
    assert ratio.ratio == pytest.approx(((20 + 60) / 30) / ((10 + 20) / 20))


def test_interval_is_symmetric_on_the_log_scale_and_holds_the_ratio() -> None:
    rng = np.random.default_rng(3)
    counts = monthly(list(rng.poisson(100, 48).astype(float)))
    ratio = rate_ratio(
        counts, Period("2000-01-01", "2002-01-01"), Period("2002-01-01", "2004-01-01")
    )
    assert ratio.low < ratio.ratio < ratio.high
    assert ratio.ratio**2 == pytest.approx(ratio.low * ratio.high)


@pytest.mark.parametrize("values", [[0.0, 0.0, 5.0, 6.0], [5.0, 6.0, 0.0, 0.0]])
def test_a_period_without_deaths_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="at least one death"):
        rate_ratio(
            monthly(values), Period("2000-01-01", "2000-03-01"), Period("2000-03-01", "2000-05-01")
        )
