"""What must hold of every set of outcomes and of every plan."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tregua.decide.search import LEVERS, nondominated, plan_of, representatives

TABLES = st.tuples(st.integers(1, 20), st.integers(2, 4)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(0, 5).map(float))
)
POINTS = arrays(np.float64, len(LEVERS), elements=st.floats(0.0, 1.0))
CHECKED = settings(derandomize=True, deadline=None, max_examples=150)


@CHECKED
@given(TABLES)
def test_whoever_is_out_is_dominated_by_somebody_who_is_in(values):
    stays = nondominated(values)
    assert stays.any()
    front = values[stays]
    for row in values[~stays]:
        assert np.any(np.all(front <= row, axis=1) & np.any(front < row, axis=1))
    for row in front:
        assert not np.any(np.all(values <= row, axis=1) & np.any(values < row, axis=1))


@CHECKED
@given(TABLES, st.floats(0.1, 10.0))
def test_units_and_order_do_not_matter(values, factor):
    order = np.random.default_rng(len(values)).permutation(len(values))
    assert np.array_equal(nondominated(values), nondominated(values * factor))
    assert np.array_equal(nondominated(values)[order], nondominated(values[order]))


@CHECKED
@given(TABLES)
def test_those_shown_come_within_a_box_of_everybody_on_the_front(values):
    sizes = np.full(values.shape[1], 1.5)
    kept = values[representatives(values, sizes)]
    for row in values[nondominated(values)]:
        assert np.any(np.all(kept < row + sizes, axis=1))


@CHECKED
@example(point=np.array([0.0, *[0.5] * 8, 0.125, 0.5]), years=1)  # a leak with nothing to leak
@given(point=POINTS, years=st.integers(1, 30))
def test_every_point_of_the_cube_is_a_plan_within_its_ranges(point, years):
    plan = plan_of(point, 12 * years)
    assert 0 <= plan.begin + plan.length <= 12 * years
    assert plan.reform is None or plan.reform < 12 * years
    assert 1.0 <= plan.effort <= 6.0
    assert plan.plain() == plan  # plain once, plain for good
    assert str(plan)
    assert len(plan.strategy("2019-06").numbers) == 7
