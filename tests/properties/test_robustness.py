"""What must hold for any table of regrets, any design and any box."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tregua.decide import robustness

TABLES = arrays(
    np.float64,
    st.tuples(st.integers(2, 12), st.integers(2, 4)),
    elements=st.floats(-1e6, 1e6, allow_nan=False, width=32),
)
FEW = settings(derandomize=True, max_examples=60, deadline=None)


@FEW
@given(TABLES)
def test_regret_is_never_negative_and_somebody_has_none(totals):
    regrets = robustness.absolute_regret(totals)
    assert regrets.min() >= 0.0
    assert (regrets.min(axis=1) == 0.0).all()


@FEW
@given(TABLES, st.integers(-1000, 1000))
def test_what_befalls_all_strategies_alike_is_no_regret(totals, shift):
    moved = np.round(totals) + shift
    assert np.array_equal(
        robustness.absolute_regret(np.round(totals)),
        robustness.absolute_regret(moved),
    )


@FEW
@given(TABLES, st.floats(0.0, 0.95), st.floats(0.0, 0.95))
def test_cvar_grows_from_the_mean_to_the_maximum(totals, one, other):
    regrets = robustness.absolute_regret(totals)[:, 0]
    low, high = (robustness.cvar(regrets, level)[0] for level in sorted((one, other)))
    slack = 1e-9 * (1.0 + regrets.max())
    assert regrets.mean() - slack <= low <= high + slack
    assert high <= regrets.max() + slack


@FEW
@given(TABLES)
def test_the_choice_has_the_least_greatest_regret(totals):
    names = [f"s{i}" for i in range(totals.shape[1])]
    name, share = robustness.minimax_regret(totals, names)
    greatest = robustness.absolute_regret(totals).max(axis=0)
    assert greatest[names.index(name)] == greatest.min()
    assert 0.0 <= share <= 1.0


@FEW
@given(st.integers(2, 200), st.integers(0, 2**40))
def test_a_latin_hypercube_tries_every_slice_once(points, seed):
    problem = robustness.Problem(
        (
            robustness.Uncertainty.parameter("return_share", 0.0, 1.0),
            robustness.Uncertainty.parameter("leak", 1.0, 3.0),
        ),
        robustness.Lever.named("reform", "both"),
        (robustness.Outcome("killed", 1),),
    )
    design = robustness.latin_hypercube(problem, points, seed=seed)
    for unit in (
        design.inputs["return_share"].to_numpy(),
        (design.inputs["leak"].to_numpy() - 1.0) / 2.0,
        design.place,
    ):
        assert np.array_equal(np.sort((unit * points).astype(int)), np.arange(points))


@FEW
@given(st.integers(0, 2**32), st.integers(40, 200), st.floats(0.1, 0.9))
def test_a_path_starts_at_everything_and_its_measures_add_up(seed, points, share):
    draw = np.random.Generator(np.random.Philox(key=[seed, 5]))
    inputs = pd.DataFrame(draw.random((points, 3)), columns=["x", "y", "z"])
    interest = draw.random(points) < share
    interest[:2] = True, False
    path = robustness.peel(inputs, interest)
    assert path[0].coverage == path[0].mass == 1.0
    for box in path:
        inside = box.contains(inputs)
        assert (inside.sum(), interest[inside].sum()) == (box.points, box.cases)
        assert box.density == pytest.approx(box.cases / box.points)
        assert box.coverage == pytest.approx(box.cases / interest.sum())
        assert box.mass >= 0.05 or box is path[0]
    peeled = [box.density for box in path]
    assert all(later > earlier for earlier, later in itertools.pairwise(peeled))
