"""The harm ledger and paired differences against enumerated cases."""

import numpy as np
import pytest

from tregua.decide.comparison import LEDGER, Comparison


def comparison(weights: list[float] | None = None) -> Comparison:
    """Two strategies, four worlds, twelve months; the second has one death fewer in three."""
    worlds = 4
    base = np.arange(1.0, 13.0)
    first = np.tile(base, (worlds, 1))
    second = first.copy()
    second[:3] -= np.linspace(1 / 12, 1, 12)
    second[3] += np.linspace(1 / 12, 1, 12)
    stacked = np.stack([first, second])
    cumulative = dict.fromkeys((*LEDGER, "killed"), stacked)
    w = np.full(worlds, 0.25) if weights is None else np.array(weights)
    months = np.arange("2012-01", "2013-01", dtype="datetime64[M]").astype("datetime64[ns]")
    return Comparison("2012-01", ("a", "b"), cumulative, {"recorded": stacked}, months, w)


def test_share_of_worlds_and_its_error() -> None:
    paired = comparison().difference("b", "a", 1, "recorded")
    assert paired.p_lower == 0.75
    assert paired.mc_error == pytest.approx(np.sqrt(0.75 * 0.25 / 4))
    assert paired.mean == pytest.approx(-0.5)
    assert (paired.q05, paired.q50, paired.q95) == (-1.0, -1.0, 1.0)


def test_swapping_strategies_mirrors_the_difference() -> None:
    there = comparison().difference("b", "a", 1, "killed")
    back = comparison().difference("a", "b", 1, "killed")
    assert there.p_lower + back.p_lower == 1.0
    assert there.mean == -back.mean


def test_a_strategy_against_its_equal_is_even() -> None:
    paired = comparison().difference("a", "a", 1, "hidden")
    assert paired.p_lower == 0.5
    assert paired.mean == 0.0


def test_a_share_of_all_worlds_is_one_without_error_whatever_the_rounding() -> None:
    worlds = 1000
    first = np.ones((worlds, 12))
    cumulative = {name: np.stack([first, 0 * first]) for name in (*LEDGER, "killed")}
    months = np.arange("2012-01", "2013-01", dtype="datetime64[M]").astype("datetime64[ns]")
    weights = np.full(worlds, 1 / worlds) * (1 + 1e-12)
    paired = Comparison("2012-01", ("a", "b"), cumulative, {}, months, weights).difference(
        "b", "a", 1, "killed"
    )
    assert (paired.p_lower, paired.mc_error) == (1.0, 0.0)


def test_weights_move_the_share() -> None:
    paired = comparison([0.1, 0.1, 0.1, 0.7]).difference("b", "a", 1, "recorded")
    assert paired.p_lower == pytest.approx(0.3)
    assert comparison([0.1, 0.1, 0.1, 0.7]).effective_worlds == pytest.approx(1 / 0.52)


def test_ledger_keeps_every_outcome_apart() -> None:
    ledger = comparison().ledger()
    assert len(ledger) == 2 * 1 * len(LEDGER)
    row = ledger[(ledger["strategy"] == "a") & (ledger["outcome"] == "detained")].iloc[0]
    assert row["q50"] == row["mean"] == 12.0
    assert row["mc_error"] == 0.0


def test_horizon_beyond_the_run_is_refused() -> None:
    with pytest.raises(ValueError, match="needs 36 months; the run has 12"):
        comparison().total("recorded", "a", 3)
