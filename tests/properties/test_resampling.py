"""What must hold of weights and of systematic resampling, whatever the weights are?"""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from tregua.infer.particles.resampling import lean_rows, systematic, weigh_rows

WEIGHTS = st.lists(
    st.lists(st.one_of(st.floats(-700.0, 700.0), st.just(-np.inf)), min_size=5, max_size=5),
    min_size=1,
    max_size=4,
)
LUCK = st.floats(0.0, 1.0, exclude_max=True)


def shares(row):
    row = np.asarray(row)
    return np.exp(row - logsumexp(row))


@settings(derandomize=True, deadline=None, max_examples=200)
@given(WEIGHTS)
def test_mean_and_effective_size_are_those_of_the_definition(rows):
    table = np.array(rows)
    log_mean, effective = weigh_rows(table)
    for i, row in enumerate(table):
        if np.isinf(row).all():
            assert log_mean[i] == -np.inf
            assert effective[i] == 0.0
        else:
            assert np.isclose(log_mean[i], logsumexp(row) - np.log(5), rtol=1e-12, atol=1e-12)
            assert np.isclose(effective[i], 1.0 / (shares(row) ** 2).sum(), rtol=1e-9)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(WEIGHTS, LUCK)
def test_a_particle_gets_the_whole_part_of_its_share_or_one_more(rows, luck):
    table = np.array(rows)
    ancestors = systematic(table, np.full(len(table), luck))
    for row, chosen in zip(table, ancestors, strict=True):
        assert (np.diff(chosen) >= 0).all()
        if np.isinf(row).all():
            assert chosen.tolist() == [0, 1, 2, 3, 4]
            continue
        copies, wanted = np.bincount(chosen, minlength=5), 5 * shares(row)
        assert (copies >= np.floor(wanted - 1e-9)).all()
        assert (copies <= np.ceil(wanted + 1e-9)).all()
        assert (copies[np.isinf(row)] == 0).all()


def test_each_particle_goes_on_in_proportion_to_its_weight():
    weights = np.log(np.array([[0.05, 0.15, 0.3, 0.5]]))
    luck = (np.arange(1000) + 0.5) / 1000
    chosen = systematic(np.repeat(weights, 1000, axis=0), luck)
    counts = np.bincount(chosen.ravel(), minlength=4) / 1000
    assert np.allclose(counts, 4 * np.exp(weights[0]), atol=2e-3)


def test_a_weight_that_is_no_number_counts_as_none():
    table = np.array([[np.nan, 0.0, 0.0, -np.inf]])
    log_mean, effective = weigh_rows(table)
    assert np.isclose(log_mean[0], np.log(2 / 4))
    assert effective[0] == 2.0
    assert set(systematic(table, np.array([0.3]))[0]) == {1, 2}


@settings(derandomize=True, deadline=None, max_examples=200)
@given(WEIGHTS, st.lists(st.floats(-600.0, 600.0), min_size=5, max_size=5))
def test_targets_go_by_weights_and_by_what_is_expected(rows, expected):
    table = np.array(rows)
    targets = lean_rows(table, np.tile(expected, (len(table), 1)))
    for row, target in zip(table, targets, strict=True):
        if np.isinf(row).all():
            assert np.isinf(target).all()
            continue
        leaning = shares(row + np.array(expected))
        assert np.allclose(np.exp(target), 0.9 * leaning + 0.1 * shares(row), atol=1e-12)
        # No weight is corrected by more than ten times.
        assert (shares(row) <= 10.0 * np.exp(target) * (1.0 + 1e-9) + 1e-290).all()


def test_targets_are_the_weights_where_nothing_can_be_expected():
    weights = np.log(np.array([[0.1, 0.2, 0.7]]))
    for nothing in (-np.inf, np.nan):
        targets = lean_rows(weights, np.full((1, 3), nothing))
        assert np.allclose(targets, weights, atol=1e-12)
    lost = lean_rows(weights, np.array([[0.0, np.nan, 0.0]]))
    assert np.allclose(np.exp(lost), [[0.9 / 8 + 0.01, 0.02, 0.9 * 7 / 8 + 0.07]], atol=1e-12)
