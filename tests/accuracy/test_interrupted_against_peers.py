"""Does our regression of counts agree with statsmodels, and our answer with CausalPy?

statsmodels knows counts of single months only, so that is where both are compared; sums of months
are checked elsewhere by identities. CausalPy's answers to three synthetic series are kept in
`interrupted_references.json`. Nothing here is statistical: every figure is a fixed one.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from tregua.assess.designs.interrupted import Interruption, Law, interrupted, prepare
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


# -- CausalPy: `benchmarks/bench_interrupted.py --references` in an environment of its own ---------

REFERENCES = json.loads(
    Path(__file__).with_name("interrupted_references.json").read_text(encoding="utf-8")
)


def of_reference(name):
    """Our answer, with a step and a slope: the line before the event is then fitted alone."""
    given = REFERENCES["series"][name]
    edges = pd.date_range(REFERENCES["first"], periods=len(given["counts"]) + 1, freq="MS")
    table = pd.DataFrame({"start": edges[:-1], "end": edges[1:], "value": given["counts"]})
    found = interrupted(
        count_series(table),
        [Interruption(REFERENCES["event"], slope=True, name="event")],
        question="event",
        window=(REFERENCES["event"], "2014-12"),
        law=Law(season="none", lags=0),
        placebos=False,
    )
    after = found.path["month"] >= REFERENCES["event"]
    ratio = found.path["fitted"] / found.path["counterfactual"]
    return given, table, found, float(np.log(ratio[after]).mean())


@pytest.mark.parametrize("name", sorted(REFERENCES["series"]))
def test_causalpy_finds_the_same_mean_log_ratio(name):
    """It fits a Gaussian line to log rates, so agreement is within a quarter of our error."""
    given, table, found, mean_log_ratio = of_reference(name)
    error = found.settings["error"]
    assert abs(mean_log_ratio - given["least_squares"]) < 0.25 * error
    assert abs(mean_log_ratio - given["posterior"][1]) < 0.25 * error
    # What it was asked: the mean log rate after the event over the line through those before.
    log_rate = np.log(table["value"] / table["start"].dt.days_in_month).to_numpy()
    before = (table["start"] < REFERENCES["event"]).to_numpy()
    line = np.polynomial.Polynomial.fit(np.flatnonzero(before), log_rate[before], 1)
    impact = log_rate[~before] - line(np.flatnonzero(~before))
    assert impact.mean() == pytest.approx(given["least_squares"], abs=1e-9)


@pytest.mark.parametrize("name", sorted(REFERENCES["series"]))
def test_the_interval_of_causalpy_is_narrower_by_the_noise_after_the_event(name):
    """Its impact takes the counts after the event as certain; ours does not."""
    given, _, found, _ = of_reference(name)
    low, _, high = given["posterior"]
    width = np.log(found.high / found.low) / (high - low)
    assert 1.0 < width < 1.4
