"""Is the mixture the nearest one, whatever the donors?"""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tregua.assess.designs.conformal import permutation_p
from tregua.assess.designs.simplex import simplex_weights

NUMBERS = st.floats(-1000, 1000).map(lambda number: round(number, 3))


@st.composite
def problems(draw):
    periods, donors = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    shape = (periods, donors)
    return draw(arrays(float, periods, elements=NUMBERS)), draw(
        arrays(float, shape, elements=NUMBERS)
    )


@settings(derandomize=True, deadline=None, max_examples=150)
@given(problems())
def test_the_shares_are_shares_and_the_gap_is_closed(problem):
    target, donors = problem
    fit = simplex_weights(target, donors)
    size = 1 + np.abs(donors - target[:, None]).max() ** 2
    assert fit.weights.min() >= 0
    assert abs(fit.weights.sum() - 1) < 1e-9
    assert abs(fit.loss - ((target - donors @ fit.weights) ** 2).sum()) < 1e-7 * size
    assert 0 <= fit.gap < 1e-7 * size * len(target)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(problems(), st.integers(0, 2**32 - 1))
def test_no_random_mixture_is_nearer(problem, seed):
    target, donors = problem
    fit = simplex_weights(target, donors)
    random = np.random.Generator(np.random.PCG64(seed))
    others = random.dirichlet(np.full(donors.shape[1], 0.3), size=50)
    losses = ((target[:, None] - donors @ others.T) ** 2).sum(axis=0)
    assert fit.loss <= losses.min() * (1 + 1e-9) + 1e-6


@settings(derandomize=True, deadline=None, max_examples=100)
@given(problems(), st.floats(0.1, 10), st.floats(-100, 100))
def test_unit_and_origin_do_not_matter(problem, factor, shift):
    target, donors = problem
    plain = simplex_weights(target, donors)
    moved = simplex_weights(factor * target + shift, factor * donors + shift)
    assert abs(moved.loss - factor**2 * plain.loss) <= 1e-5 * (1 + factor**2 * plain.loss)


@settings(derandomize=True, deadline=None)
@given(arrays(float, st.integers(3, 20), elements=NUMBERS), st.integers(1, 2))
def test_a_p_is_a_share_of_shifts(residuals, after):
    p = permutation_p(residuals, after)
    assert 1 / len(residuals) <= p <= 1
    assert abs(p * len(residuals) - round(p * len(residuals))) < 1e-9
