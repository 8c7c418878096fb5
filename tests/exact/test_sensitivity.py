"""Sobol indices and elementary effects of functions whose answers are known in closed form."""

import numpy as np
import pytest

from tregua.decide import robustness

pytest.importorskip("SALib")


def ishigami(unit):
    """Ishigami and Homma 1990, with a = 7 and b = 0.1, on the unit cube."""
    x = np.pi * (2 * unit - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def closed_form():
    a, b = 7.0, 0.1
    one = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    two = a**2 / 8
    both = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    total = one + two + both
    return np.array([one, two, 0.0]) / total, np.array([one + both, two, both]) / total


@pytest.fixture(scope="module")
def indices():
    return robustness.sobol_indices(ishigami, ("x", "y", "z"), points=4096, seed=5)


def test_ishigamis_indices(indices):
    first, total = closed_form()
    assert first == pytest.approx([0.3139, 0.4424, 0.0], abs=1e-4)
    # A scrambled sequence of 4,096 points errs by less than 0.01 here.
    assert indices["first"].to_numpy() == pytest.approx(first, abs=0.03)
    assert indices["total"].to_numpy() == pytest.approx(total, abs=0.03)


def test_the_intervals_hold_the_truth(indices):
    first, total = closed_form()
    # Six intervals at 99.99 % of a normal law, twice their width at 95 %.
    for name, truth in (("first", first), ("total", total)):
        half = (indices[f"{name}_high"] - indices[f"{name}_low"]) / 2
        assert (np.abs(indices[name] - truth) <= 2 * half).all()
    assert (indices["total_high"] > indices["total_low"]).all()


def test_the_same_seed_gives_the_same_numbers(indices):
    again = robustness.sobol_indices(ishigami, ("x", "y", "z"), points=4096, seed=5)
    other = robustness.sobol_indices(ishigami, ("x", "y", "z"), points=4096, seed=6)
    assert again.equals(indices)
    assert not other.equals(indices)


def test_elementary_effects_of_a_plane_are_its_slopes():
    slopes = np.array([3.0, -2.0, 0.0])
    found = robustness.morris_effects(lambda u: u @ slopes, ("x", "y", "z"), trajectories=8, seed=1)
    assert found["mu"].to_numpy() == pytest.approx(slopes, abs=1e-9)
    assert found["mu_star"].to_numpy() == pytest.approx(np.abs(slopes), abs=1e-9)
    assert found["sigma"].to_numpy() == pytest.approx(0.0, abs=1e-9)


def test_an_interaction_shows_as_spread():
    found = robustness.morris_effects(
        lambda u: u[:, 0] * u[:, 1], ("x", "y"), trajectories=50, seed=1
    )
    assert (found["sigma"] > 0.2).all()


def test_numpys_global_generator_is_left_alone():
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    robustness.sobol_indices(ishigami, ("x", "y", "z"), points=64, seed=5)
    robustness.morris_effects(ishigami, ("x", "y", "z"), trajectories=4, seed=5)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: robustness.sobol_indices(ishigami, ("x",) * 3, points=100, seed=1),
            "power of two",
        ),
        (
            lambda: robustness.sobol_indices(lambda u: 0 * u[:, 0], ("x",), points=8, seed=1),
            "variance",
        ),
        (
            lambda: robustness.morris_effects(ishigami, ("x",) * 3, trajectories=1, seed=1),
            "two walks",
        ),
    ],
)
def test_nonsense_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
