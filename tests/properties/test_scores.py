"""What must hold of every measure, whatever was said and whatever came true."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tregua.infer.scores import measures

CHANCES = st.lists(st.integers(0, 100).map(lambda n: n / 100), min_size=4, max_size=30)
QUIET = settings(derandomize=True, max_examples=60, deadline=None)


@st.composite
def said_and_true(draw):
    said = np.array(draw(CHANCES))
    true = np.array(draw(st.lists(st.booleans(), min_size=said.size, max_size=said.size)))
    true[0], true[1] = True, False
    return said, true


@QUIET
@given(said_and_true())
def test_auc_knows_ranks_only_and_mirrors(pair):
    said, true = pair
    found = measures.auc(said, true)
    assert measures.auc(3 * said**3 + np.exp(said), true) == pytest.approx(found)
    assert measures.auc(-said, true) == pytest.approx(1 - found)
    assert 0 <= found <= 1


@QUIET
@given(said_and_true(), st.integers(0, 100))
def test_the_base_rate_is_the_best_constant(pair, other):
    _, true = pair
    rate = np.full(true.size, true.mean())
    constant = np.full(true.size, other / 100)
    assert measures.brier(rate, true) <= measures.brier(constant, true) + 1e-12
    assert measures.log_score(rate, true) <= measures.log_score(constant, true) + 1e-12
    assert measures.brier_skill(rate, true) == pytest.approx(0, abs=1e-12)


@QUIET
@given(said_and_true())
def test_reliability_keeps_every_month_and_every_truth(pair):
    said, true = pair
    table = measures.reliability(said, true)
    assert table["months"].sum() == said.size
    assert (table["observed"] * table["months"]).sum() == pytest.approx(true.sum())
    assert 0 <= measures.calibration_error(table) <= 1


@QUIET
@given(st.integers(0, 40), st.integers(1, 40))
def test_intervals_hold_the_share_and_narrow(hits, trials):
    hits = min(hits, trials)
    low, high = measures.wilson(hits, trials)
    assert 0 <= low <= hits / trials <= high <= 1
    more = measures.wilson(10 * hits, 10 * trials)
    assert more[1] - more[0] < high - low


@QUIET
@given(CHANCES, st.sampled_from([0.3, 0.5, 0.8]))
def test_a_crossing_comes_from_below(values, threshold):
    found = measures.crossings(values, threshold)
    array = np.array(values)
    assert (array[found] >= threshold).all()
    assert (array[found - 1] < threshold).all()
    assert (np.diff(found) >= 2).all()
