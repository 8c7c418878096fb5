"""Is a score proper? Nobody gains on average by stating what is not believed."""

from functools import partial

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exact.test_predictive import poisson

from tregua.infer.forecasts.predictive import Drawn, Tabulated, interval_score

laws = st.lists(st.floats(0.01, 1.0), min_size=3, max_size=9).map(
    lambda weights: np.array(weights) / np.sum(weights)
)


def expected(score, truth):
    return sum(share * score(float(count)) for count, share in enumerate(truth))


@settings(derandomize=True, deadline=None)
@given(laws, laws)
def test_the_true_law_has_the_least_expected_score(truth, other):
    size = max(truth.size, other.size)
    truth, other = (np.pad(law, (0, size - law.size)) for law in (truth, other))
    honest, stated = Tabulated(truth), Tabulated(other)
    for logs in (False, True):
        one, two = partial(honest.crps, logs=logs), partial(stated.crps, logs=logs)
        assert expected(one, truth) <= expected(two, truth) + 1e-12
    assert expected(honest.log_score, truth) <= expected(stated.log_score, truth) + 1e-9


@settings(derandomize=True, deadline=None)
@given(laws, st.integers(0, 8), st.integers(0, 8), st.sampled_from([0.5, 0.9]))
def test_true_quantiles_have_the_least_expected_interval_score(truth, one, two, level):
    law, low, high = Tabulated(truth), min(one, two), max(one, two)
    tail = (1 - level) / 2
    ends = law.quantile(tail), law.quantile(1 - tail)
    honest = expected(lambda y: interval_score(*ends, y, level), truth)
    assert honest <= expected(lambda y: interval_score(low, high, y, level), truth) + 1e-9


@settings(derandomize=True, deadline=None)
@given(laws, st.integers(0, 12), st.floats(0, 1))
def test_scores_and_places_stay_in_range(law, seen, luck):
    held = Tabulated(law)
    assert held.crps(float(seen)) >= 0
    assert held.crps(float(seen)) <= np.abs(np.arange(law.size) - seen).max() + 1e-12
    assert held.log_score(float(seen)) >= 0
    if seen < law.size:
        assert -1e-12 <= held.pit(float(seen), luck) <= 1 + 1e-12


@settings(derandomize=True, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=30), st.integers(0, 500))
def test_the_order_of_draws_is_nothing_and_a_copy_of_them_changes_no_crps(values, seen):
    drawn = Drawn.of(values)
    again = Drawn.of([*values[::-1], *values])
    assert abs(drawn.crps(float(seen)) - again.crps(float(seen))) < 1e-9


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.floats(0.5, 80.0), st.floats(1.05, 3.0))
def test_a_sharper_right_forecast_beats_a_shifted_one(mean, factor):
    truth = poisson(mean * factor)
    right, shifted = poisson(mean * factor), poisson(mean)
    assert expected(right.crps, truth.pmf) <= expected(shifted.crps, truth.pmf) + 1e-12
