"""Are the elementary functions those of mathematics, to the last bits, in every reading?"""

import numpy as np
import pytest
from scipy.special import expit, logit, ndtri

from tregua.compiled import compiled
from tregua.model import elementary

RNG = np.random.default_rng(5)
N = 100_000


@compiled
def over(which, x, out):
    for i in range(len(x)):
        if which == 0:
            out[i] = elementary.exp(x[i])
        elif which == 1:
            out[i] = elementary.log(x[i])
        elif which == 2:
            out[i] = elementary.normal_quantile(x[i])
        elif which == 3:
            out[i] = elementary.log1p(x[i])
        else:
            out[i] = elementary.logistic(x[i])


def values(which, x):
    out = np.empty_like(x)
    over(which, x, out)
    return out


def test_exponentials_are_within_two_units_of_the_last_place():
    x = np.r_[RNG.uniform(-708, 709, N), RNG.uniform(-1, 1, N)]
    assert np.abs(values(0, x) / np.exp(x) - 1.0).max() < 4.5e-16
    assert values(0, np.array([0.0]))[0] == 1.0


def test_exponentials_beyond_doubles_stay_finite():
    assert values(0, np.array([-1e9]))[0] == pytest.approx(np.exp(-708.0))
    assert values(0, np.array([1e9]))[0] == pytest.approx(np.exp(709.0))


def test_logarithms_are_within_two_units_of_the_last_place():
    x = np.r_[np.exp(RNG.uniform(-700, 700, N)), RNG.uniform(0.5, 2.0, N)]
    exact = np.log(x)
    assert np.abs((values(1, x) - exact) / exact).max() < 4.5e-16
    assert values(1, np.array([1.0]))[0] == 0.0


def test_logarithms_near_one_keep_their_digits():
    x = RNG.choice([-1.0, 1.0], N) * 10 ** RNG.uniform(-18, -0.4, N)
    assert np.abs(values(3, x) / np.log1p(x) - 1.0).max() < 1e-15


def test_normal_quantiles_agree_with_another_library():
    tail = 10 ** RNG.uniform(-15.5, -1, N)
    u = np.r_[RNG.uniform(size=N), tail, 1.0 - tail]
    u = u[np.abs(u - 0.5) > 1e-9]
    assert np.abs(values(2, u) / ndtri(u) - 1.0).max() < 3e-9
    assert values(2, np.array([0.5]))[0] == 0.0


def test_log_odds_and_logistic_are_inverse():
    p = RNG.uniform(1e-5, 1 - 1e-5, 1000)
    odds = np.array([elementary.log_odds(x) for x in p])
    np.testing.assert_allclose(odds, logit(p), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(values(4, odds), expit(logit(p)), rtol=1e-12)
    assert elementary.log_odds(0.0) == pytest.approx(logit(1e-6))
    assert elementary.power(2.5, -1.5) == pytest.approx(2.5**-1.5, rel=1e-15)


@pytest.mark.parametrize("name", ["exp", "log", "log1p", "normal_quantile", "logistic", "log_odds"])
def test_plain_python_gives_the_same_bits(name):
    function = getattr(elementary, name)
    for x in RNG.uniform(1e-6, 1.0 - 1e-6, 200):
        assert function(x) == function.py_func(x) == function.py_func(float(x))
