"""Rate ratios against statsmodels' quasi-Poisson regression, and their coverage on known truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from tregua.assess.rates import Period, rate_ratio

BEFORE, AFTER = Period("2000-01-01", "2002-01-01"), Period("2002-01-01", "2004-01-01")


def counts_of(values: np.ndarray) -> pd.DataFrame:
    edges = pd.date_range("2000-01-01", periods=len(values) + 1, freq="MS")
    return pd.DataFrame({"start": edges[:-1], "end": edges[1:], "value": values.astype(float)})


def test_ratio_and_error_equal_a_quasi_poisson_regression() -> None:
    rng = np.random.default_rng(11)
    values = np.concatenate(
        [rng.negative_binomial(20, 0.1, 24), rng.negative_binomial(20, 0.2, 24)]
    )
    counts = counts_of(values)
    days = (counts["end"] - counts["start"]).dt.days.to_numpy(float)
    design = sm.add_constant((np.arange(48) >= 24).astype(float))
    fit = sm.GLM(values, design, family=sm.families.Poisson(), offset=np.log(days)).fit(scale="X2")
    ours = rate_ratio(counts, BEFORE, AFTER)
    assert np.log(ours.ratio) == pytest.approx(fit.params[1], abs=1e-9)
    assert ours.dispersion == pytest.approx(fit.scale, rel=1e-9)
    # statsmodels does not inflate for serial correlation: take ours out before comparing.
    inflation = (1 + ours.correlation) / (1 - ours.correlation)
    from scipy import stats

    error = np.log(ours.high / ours.ratio) / stats.t.ppf(0.95, 46) / np.sqrt(inflation)
    assert error == pytest.approx(fit.bse[1], rel=1e-6)


def test_nominal_90_percent_interval_covers_known_truth() -> None:
    # 400 independent negative-binomial series with ratio 0.6. If true coverage were 0.90 the
    # number covered would fall below 335 with probability 0.0001 (binomial), which is the
    # false-alarm rate; the inflation for correlation may only raise coverage.
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(400):
        means = np.where(np.arange(48) < 24, 150.0, 90.0)
        values = rng.negative_binomial(30, 30 / (30 + means))
        ratio = rate_ratio(counts_of(values), BEFORE, AFTER)
        covered += ratio.low <= 0.6 * ratio_of_days() <= ratio.high
    assert covered >= 335


def ratio_of_days() -> float:
    """The periods differ by a day: equal means a month are not quite equal rates a day."""
    return 731 / 730


def test_a_wrong_truth_is_not_covered() -> None:
    rng = np.random.default_rng(6)
    values = np.concatenate([rng.poisson(150, 24), rng.poisson(90, 24)])
    ratio = rate_ratio(counts_of(values), BEFORE, AFTER)
    assert ratio.high < 1.0
