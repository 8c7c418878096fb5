"""Does our regression of counts agree with statsmodels, and by Poisson with published figures?

statsmodels knows counts of single months only, so that is where both are compared; sums of months
are checked elsewhere by identities. Data are synthetic. Nothing here is statistical.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from tregua.assess.designs.interrupted import Interruption, Law, prepare
from tregua.assess.designs.regression import fit_counts
from tregua.assess.designs.series import count_series


def question(law, months=180):
    random = np.random.default_rng([5, 3])
    edges = pd.date_range("2000-01", periods=months + 1, freq="MS")
    days = edges[:-1].days_in_month.to_numpy(dtype=float)
    mean = 9 * days * np.exp(0.002 * np.arange(months)) * np.where(np.arange(months) > 99, 0.6, 1)
    value = random.negative_binomial(25.0, 25.0 / (25.0 + mean))
    table = pd.DataFrame({"start": edges[:-1], "end": edges[1:], "value": value})
    return prepare(
        count_series(table),
        [Interruption("2008-05", slope=True, name="event")],
        question="event",
        window=("2008-05", "2014-12"),
        law=law,
    )


LAWS = [
    Law(family, trend, season)
    for family in ("poisson", "negative_binomial")
    for trend, season in (("none", "none"), ("linear", "harmonics"), ("quadratic", "months"))
]


def theirs(asked, family):
    return sm.GLM(
        asked.series.value, asked.columns, family=family, offset=np.log(asked.series.days)
    )


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.family}-{law.trend}-{law.season}")
def test_coefficients_likelihood_and_newey_west_errors_are_those_of_statsmodels(law):
    asked = question(law)
    size = None if law.family == "poisson" else 20.0
    ours = fit_counts(asked.series, asked.columns, asked.names, family=law.family, size=size)
    family = sm.families.Poisson() if size is None else sm.families.NegativeBinomial(alpha=1 / size)
    for lags in (0, 4):
        fitted = theirs(asked, family).fit(
            tol=1e-13,
            maxiter=200,
            cov_type="HAC",
            cov_kwds={"maxlags": lags, "use_correction": True},
        )
        np.testing.assert_allclose(ours.coefficients, fitted.params, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(np.sqrt(np.diag(ours.covariance(lags))), fitted.bse, rtol=1e-6)
        assert ours.log_likelihood == pytest.approx(fitted.llf, rel=1e-9)


@pytest.mark.parametrize("law", LAWS[3:], ids=lambda law: f"{law.trend}-{law.season}")
def test_the_size_of_greatest_likelihood_is_that_of_statsmodels(law):
    asked = question(law)
    ours = fit_counts(asked.series, asked.columns, asked.names)
    model = sm.NegativeBinomial(asked.series.value, asked.columns, offset=np.log(asked.series.days))
    start = np.append(ours.coefficients * 1.01, 1.2 / ours.size)
    fitted = model.fit(start_params=start, method="newton", maxiter=200, tol=1e-12, disp=False)
    np.testing.assert_allclose(ours.coefficients, fitted.params[:-1], rtol=1e-6, atol=1e-6)
    assert ours.size == pytest.approx(1 / fitted.params[-1], rel=1e-5)
    assert ours.log_likelihood == pytest.approx(fitted.llf, rel=1e-10)
