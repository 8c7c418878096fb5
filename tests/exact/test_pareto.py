"""Are dominance, hypervolume and their like what they are by hand, and on fronts that are known?"""

import numpy as np
import pytest

from tregua.decide.search import (
    SearchLibraryError,
    evolve,
    hypervolume,
    membership,
    nondominated,
    pareto_ranks,
    representatives,
)

# Outcomes made by hand, less is better: c is dominated by b, d by everything, e repeats a.
ROWS = np.array([[1.0, 4.0], [2.0, 2.0], [3.0, 2.0], [5.0, 5.0], [1.0, 4.0]])


def test_the_front_made_by_hand():
    assert nondominated(ROWS).tolist() == [True, True, False, False, True]


def test_nobody_is_dominated_for_being_equal_or_alone():
    assert nondominated([[2.0, 2.0], [2.0, 2.0]]).all()
    assert nondominated([[7.0, 7.0]]).all()


def test_ranks_made_by_hand():
    pytest.importorskip("pymoo")
    assert pareto_ranks(ROWS).tolist() == [0, 0, 1, 2, 0]


def test_the_front_is_the_first_rank_of_the_library():
    pytest.importorskip("pymoo")
    for outcomes in (2, 3, 5):
        values = np.random.default_rng(outcomes).random((300, outcomes)).round(1)
        assert np.array_equal(nondominated(values), pareto_ranks(values) == 0)


def test_hypervolume_of_rectangles():
    pytest.importorskip("pymoo")
    # Up to (6, 6): 5 x 2 of (1, 4), and 4 x 2 more below it of (2, 2).
    assert hypervolume(ROWS, [6.0, 6.0]) == pytest.approx(5 * 2 + 4 * 2)
    # A member outside the reference adds nothing; none at all gives nothing.
    assert hypervolume([[1.0, 4.0], [0.0, 7.0]], [6.0, 6.0]) == pytest.approx(10.0)
    assert hypervolume([[6.0, 1.0]], [6.0, 6.0]) == 0.0


def test_hypervolume_of_two_boxes_in_three_dimensions():
    pytest.importorskip("pymoo")
    # Inclusion and exclusion: 8 + 4.5 less the common 1 x 1.5 x 2.
    two = [[1.0, 1.0, 1.0], [0.0, 1.5, 1.0]]
    assert hypervolume(two, [3.0, 3.0, 3.0]) == pytest.approx(8.0 + 9.0 - 6.0)


def test_a_reference_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="needs 2 finite numbers"):
        hypervolume(ROWS, [6.0])
    with pytest.raises(ValueError, match="must be numbers"):
        nondominated([[1.0, np.nan]])


def test_membership_is_certain_where_worlds_agree_and_a_share_where_they_do_not():
    # Policy 1 beats policy 0 in every world; 2 gives up one outcome for the other.
    worlds = np.zeros((3, 50, 2))
    worlds[0], worlds[1], worlds[2] = [2.0, 2.0], [1.0, 1.0], [0.0, 3.0]
    assert membership(worlds, weights=np.ones(50), draws=20, seed=1).tolist() == [0.0, 1.0, 1.0]
    # Policy 0 is better in half of the worlds by as much as it is worse in the others, in both
    # outcomes: the sum of 50 signs decides. Of 400 samples 0.5 +- 0.14 is missed by chance less
    # than once in a million.
    luck = np.zeros((2, 50, 2))
    luck[0] = np.where(np.arange(50) < 25, 1.0, -1.0)[:, None]
    stays = membership(luck, weights=np.ones(50), draws=400, seed=1)
    assert 0.36 < stays[0] < 0.64 + 0.12  # a tie leaves both undominated
    assert stays.sum() >= 1.0


def test_worlds_without_weight_do_not_count():
    worlds = np.array([[[1.0, 1.0], [9.0, 9.0]], [[2.0, 2.0], [0.0, 0.0]]])
    assert membership(worlds, weights=[1.0, 0.0], draws=10, seed=1).tolist() == [1.0, 0.0]


def test_one_stands_for_those_in_its_box():
    values = [[0.1, 2.2], [0.2, 2.1], [2.0, 0.3], [2.9, 0.9]]
    assert representatives(values, [1.0, 1.0]).tolist() == [1, 2]
    assert representatives(values, [0.05, 0.05]).tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="sizes above 0"):
        representatives(values, [1.0, 0.0])


def zdt1(points):
    """Zitzler, Deb and Thiele 2000: the front is f2 = 1 - sqrt(f1), where all but x1 are 0."""
    g = 1 + 9 * points[:, 1:].mean(axis=1)
    return np.stack([points[:, 0], g * (1 - np.sqrt(points[:, 0] / g))], axis=1)


def test_the_front_of_zdt1_is_found():
    pytest.importorskip("pymoo")
    found = evolve(zdt1, 6, 2, population=40, generations=60, seed=3)
    front = found.values[found.front]
    # Exact volume up to (1, 1): the integral of sqrt(x), 2/3. 2,400 random points reach less than
    # a third of it; a search that works misses little.
    assert 0.62 < hypervolume(front, [1.0, 1.0]) <= 2 / 3
    assert np.all(front[:, 1] >= 1 - np.sqrt(front[:, 0]) - 1e-12)
    at_random = zdt1(np.random.default_rng(3).random((2400, 6)))
    assert hypervolume(at_random, [1.0, 1.0]) < 0.3


def test_nsga3_finds_the_plane_of_dtlz1():
    pytest.importorskip("pymoo")

    def plane(points):
        """Three outcomes that sum to (1 + g) / 2; the front is where g is 0 (DTLZ1, simplified)."""
        g = np.sum((points[:, 2:] - 0.5) ** 2, axis=1)
        x, y = points[:, 0], points[:, 1]
        shape = np.stack([x * y, x * (1 - y), 1 - x], axis=1)
        return 0.5 * (1 + g)[:, None] * shape

    found = evolve(plane, 5, 3, population=36, generations=40, seed=1, algorithm="nsga3")
    sums = found.values[found.front].sum(axis=1)
    assert sums.min() >= 0.5
    assert np.median(sums) < 0.52


def test_a_search_is_a_function_of_its_seed_and_a_longer_one_begins_with_the_shorter():
    pytest.importorskip("pymoo")
    short, again, longer, other = (
        evolve(zdt1, 4, 2, population=8, generations=generations, seed=seed)
        for generations, seed in ((3, 1), (3, 1), (5, 1), (3, 2))
    )
    assert np.array_equal(short.points, again.points)
    assert np.array_equal(short.points, longer.points[: len(short)])
    assert not np.array_equal(short.points, other.points)
    assert longer.generation.max() == 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"population": 3}, "at least 4"),
        ({"generations": 0}, "at least one generation"),
        ({"algorithm": "nsga4"}, "Known: nsga2, nsga3"),
    ],
)
def test_bad_numbers_are_refused(changes, message):
    pytest.importorskip("pymoo")
    settings = {"population": 8, "generations": 2, "seed": 1, **changes}
    with pytest.raises(ValueError, match=message):
        evolve(zdt1, 4, 2, **settings)


def test_values_that_are_none_are_refused():
    pytest.importorskip("pymoo")
    with pytest.raises(ValueError, match="2 finite values each"):
        evolve(lambda points: points * np.nan, 2, 2, population=8, generations=1, seed=1)


def test_a_missing_library_is_named(monkeypatch):
    import sys

    for name in ("pymoo", "pymoo.algorithms.moo.nsga2", "pymoo.util.nds.non_dominated_sorting"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SearchLibraryError, match=r"pip install 'tregua\[search\]'"):
        evolve(zdt1, 4, 2, population=8, generations=1, seed=1)
    with pytest.raises(SearchLibraryError, match="pymoo, which is not installed"):
        pareto_ranks(ROWS)
