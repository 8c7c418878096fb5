"""Are scores of a distribution what their formulas say, worked out by hand or in closed form?"""

import numpy as np
import pytest
from scipy import special, stats

from tregua.infer.forecasts.predictive import (
    LEAST_PROBABILITY,
    Drawn,
    Tabulated,
    fit_size,
    interval_score,
    negative_binomial,
)


def poisson(mean: float) -> Tabulated:
    return Tabulated(stats.poisson.pmf(np.arange(int(mean + 12 * mean**0.5 + 30)), mean))


def crps_of_poisson(mean: float, seen: float) -> float:
    """Closed form (Wei and Held 2014, Test 23:787-805, equation 4)."""
    bessel = special.ive(0, 2 * mean) + special.ive(1, 2 * mean)
    cdf, pmf = stats.poisson.cdf(seen, mean), stats.poisson.pmf(np.floor(seen), mean)
    return (seen - mean) * (2 * cdf - 1) + 2 * mean * pmf - mean * bessel


def crps_of_negative_binomial(mean: float, size: float, seen: float) -> float:
    """Closed form (Wei and Held 2014, equation 5); p is the chance of a success."""
    p = size / (size + mean)
    odd = special.hyp2f1(size + 1, 0.5, 2, -4 * (1 - p) / p**2)
    inner = p * (2 * stats.nbinom.cdf(seen - 1, size + 1, p) - 1) + odd
    return seen * (2 * stats.nbinom.cdf(seen, size, p) - 1) - size * (1 - p) / p**2 * inner


@pytest.mark.parametrize("mean", [0.4, 3.0, 40.0])
@pytest.mark.parametrize("seen", [0.0, 2.0, 5.0, 60.0])
def test_crps_of_a_poisson_equals_its_closed_form(mean, seen):
    assert poisson(mean).crps(seen) == pytest.approx(crps_of_poisson(mean, seen), abs=1e-9)


@pytest.mark.parametrize(("mean", "size"), [(3.0, 1.0), (40.0, 8.0), (300.0, 80.0)])
@pytest.mark.parametrize("seen", [1.0, 30.0, 400.0])
def test_crps_of_a_negative_binomial_equals_its_closed_form(mean, size, seen):
    expected = crps_of_negative_binomial(mean, size, seen)
    assert negative_binomial(mean, size).crps(seen) == pytest.approx(expected, rel=1e-6)


def test_a_sure_forecast_costs_its_distance_and_a_right_one_nothing():
    sure = Tabulated(np.array([0.0, 0.0, 0.0, 1.0, 0.0]))
    assert sure.crps(3.0) == 0.0
    assert sure.crps(1.0) == 2.0
    assert sure.crps(9.0) == 6.0  # beyond the grid as well
    assert sure.crps(1.0, logs=True) == pytest.approx(np.log(4 / 2))
    assert sure.crps(9.0, logs=True) == pytest.approx(np.log(10 / 4))


def test_crps_of_two_values_by_hand():
    # F is 1/2 from 2 to 6. Seen 3: (1/2)^2 over one unit below and over three above it: 1.
    half = Tabulated(np.array([0, 0, 0.5, 0, 0, 0, 0.5]))
    assert half.crps(3.0) == pytest.approx(1.0)
    assert Drawn.of([6.0, 2.0]).crps(3.0) == pytest.approx(1.0)


@pytest.mark.parametrize("logs", [False, True])
@pytest.mark.parametrize("seen", [0.0, 4.0, 11.0])
def test_draws_and_probabilities_of_the_same_law_score_alike(seen, logs):
    values = np.array([1, 1, 2, 4, 4, 4, 8, 9])
    law = Tabulated(np.bincount(values, minlength=12) / values.size)
    drawn = Drawn.of(values)
    assert drawn.crps(seen, logs=logs) == pytest.approx(law.crps(seen, logs=logs), abs=1e-12)
    assert drawn.mean == law.mean
    for level in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert drawn.quantile(level) == law.quantile(level)
    for luck in (0.0, 0.3, 1.0):
        assert drawn.pit(4.0, luck) == pytest.approx(law.pit(4.0, luck))


def test_the_log_score_is_minus_the_log_probability():
    law = negative_binomial(20.0, 5.0)
    expected = -stats.nbinom.logpmf(17, 5.0, 5.0 / 25.0)
    assert law.log_score(17.0) == pytest.approx(expected, rel=1e-9)
    assert Tabulated(np.array([1.0, 0.0])).log_score(1.0) == -np.log(LEAST_PROBABILITY)
    assert Tabulated(np.array([1.0, 0.0])).log_score(50.0) == -np.log(LEAST_PROBABILITY)


def test_draws_are_widened_for_the_log_score_and_leave_room_for_what_never_came():
    drawn = Drawn.of([3.0, 7.0], top=99.0)
    kernel = (stats.poisson.pmf(5, 3) + stats.poisson.pmf(5, 7)) / 2
    expected = 2 / 3 * kernel + 1 / 3 / 100
    assert drawn.log_score(5.0) == pytest.approx(-np.log(expected), rel=1e-5)
    assert drawn.log_score(80.0) == pytest.approx(np.log(300.0), rel=1e-5)
    means, sizes = np.array([3.0, 7.0]), np.array([2.0, 4.0])
    mixed = Drawn(np.array([2.0, 9.0]), means, sizes)
    expected = stats.nbinom.pmf(5, sizes, sizes / (sizes + means)).mean()
    assert mixed.log_score(5.0) == pytest.approx(-np.log(expected), rel=1e-9)


def test_the_interval_score_by_hand():
    # 90 %: a miss by 3 costs 3 * 2 / 0.1 = 60 on top of the width of 10.
    assert interval_score(10, 20, 15, 0.9) == 10
    assert interval_score(10, 20, 23, 0.9) == pytest.approx(70)
    assert interval_score(10, 20, 7, 0.5) == pytest.approx(10 + 3 * 4)


def test_a_negative_binomial_has_the_stated_mean_and_variance():
    law = negative_binomial(30.0, 6.0)
    counts = np.arange(law.pmf.size)
    assert law.pmf.sum() == pytest.approx(1.0, abs=1e-12)
    assert law.mean == pytest.approx(30.0, rel=1e-6)
    variance = law.pmf @ (counts - law.mean) ** 2
    assert variance == pytest.approx(30 + 30**2 / 6, rel=1e-5)


def test_the_most_likely_size_is_found():
    # 4,000 counts: the estimate's standard error is about 3 % of the size; a miss by 15 % would be
    # a false alarm in fewer than 1 in 100,000 runs.
    rng = np.random.default_rng(5)
    means = rng.uniform(20, 200, 4000)
    counts = rng.negative_binomial(8, 8 / (8 + means)).astype(float)
    assert fit_size(counts, means) == pytest.approx(8, rel=0.15)
    assert fit_size(counts[:2], means[:2]) == 5.0
    assert fit_size(means.round(), means) > 1000  # hardly any spread
