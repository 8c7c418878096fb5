"""Are the Monte-Carlo errors of regret those that repetition shows?

Each error is held against the spread of 2,000 repetitions on synthetic worlds. That spread is known
to 1.6 % itself; the bounds leave six of these and the small bias of the delta method.
"""

import numpy as np
import pytest

from tregua.decide import robustness

REPETITIONS, WORLDS = 2000, 400


@pytest.fixture(scope="module")
def repeated():
    draw = np.random.Generator(np.random.Philox(key=[7, 7]))
    return draw.exponential(1000.0, (REPETITIONS, WORLDS))


@pytest.mark.parametrize("level", [0.0, 0.5, 0.9])
def test_the_error_of_cvar(repeated, level):
    found = np.array([robustness.cvar(sample, level) for sample in repeated])
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.12)
    # The mean beyond a quantile q of an exponential law is q plus its mean.
    assert found[:, 0].mean() == pytest.approx(1000.0 * (1 - np.log(1 - level)), rel=0.02)


def test_the_error_with_unequal_weights():
    draw = np.random.Generator(np.random.Philox(key=[7, 8]))
    weights = draw.gamma(2.0, size=WORLDS)
    samples = draw.exponential(1000.0, (REPETITIONS, WORLDS))
    found = np.array([robustness.cvar(sample, 0.5, weights) for sample in samples])
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.12)


def test_a_maximum_grows_by_what_the_last_doubling_says(repeated):
    half = np.mean([robustness.expected_maximum(sample, WORLDS // 2) for sample in repeated])
    # An exponential maximum of n worlds has the mean of the harmonic number of n.
    harmonic = 1000.0 * (1.0 / np.arange(1, WORLDS // 2 + 1)).sum()
    assert half == pytest.approx(harmonic, rel=0.02)
