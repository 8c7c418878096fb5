"""Regret against tables made by hand, enumerated subsets and plain formulas."""

import itertools

import numpy as np
import pytest

from tregua.decide import robustness

TOTALS = np.array([[10.0, 12.0, 30.0], [0.0, 4.0, 2.0], [50.0, 20.0, 25.0], [7.0, 7.0, 9.0]])
NAMES = ("a", "b", "c")


def test_absolute_regret_is_the_distance_to_the_best_of_each_world():
    wanted = [[0, 2, 20], [0, 4, 2], [30, 0, 5], [0, 0, 2]]
    assert np.array_equal(robustness.absolute_regret(TOTALS), wanted)


def test_higher_may_be_better():
    assert np.array_equal(
        robustness.absolute_regret(-TOTALS, better="higher"),
        robustness.absolute_regret(TOTALS),
    )


def test_relative_regret_is_guarded_where_the_best_is_near_zero():
    found = robustness.relative_regret(TOTALS, guard=8.0)
    assert found[0] == pytest.approx([0, 0.2, 2.0])
    assert found[1] == pytest.approx([0, 0.5, 0.25])  # the best is 0: divided by 8
    assert found[3] == pytest.approx([0, 0, 0.25])  # the best is 7: divided by 8


def test_the_table_of_a_case_made_by_hand():
    outcome = robustness.Outcome("killed", 10, threshold=12.0, guard=8.0)
    table = robustness.regret_table(TOTALS, NAMES, outcome, level=0.75).set_index("strategy")
    assert table["expected"].tolist() == [7.5, 1.5, 7.25]
    assert table["maximal"].tolist() == [30, 4, 20]
    assert table["cvar"].tolist() == [30, 4, 20]  # the worst quarter of four worlds is one
    assert table["chosen"].tolist() == [False, True, False]
    assert table["best"].tolist() == [0.625, 0.375, 0.0]  # a tie is shared
    assert table["satisficing"].tolist() == [0.75, 0.75, 0.5]
    assert table["guarded"].tolist() == [0.5, 0.5, 0.5]
    spread = np.std([0, 0, 30, 0])
    assert table.loc["a", "expected_error"] == pytest.approx(spread / 2.0)
    assert table.loc["a", "satisficing_error"] == pytest.approx(np.sqrt(0.75 * 0.25 / 4))


def test_without_a_threshold_nothing_is_said_of_it():
    table = robustness.regret_table(TOTALS, NAMES, robustness.Outcome("killed", 1))
    assert table["satisficing"].isna().all()


def test_weights_count_worlds_as_often_as_they_weigh():
    outcome = robustness.Outcome("killed", 1, threshold=12.0)
    times = np.array([3, 1, 2, 4])
    weighed = robustness.regret_table(TOTALS, NAMES, outcome, weights=times, level=0.6)
    repeated = robustness.regret_table(np.repeat(TOTALS, times, axis=0), NAMES, outcome, level=0.6)
    for column in ("expected", "relative", "cvar", "best", "satisficing", "maximal"):
        assert weighed[column].to_numpy() == pytest.approx(repeated[column].to_numpy())


def test_a_world_without_weight_has_no_say():
    outcome = robustness.Outcome("killed", 1)
    table = robustness.regret_table(TOTALS, NAMES, outcome, weights=[1, 1, 0, 1])
    assert table["maximal"].tolist() == [0, 4, 20]


@pytest.mark.parametrize("level", [0.0, 0.35, 0.5, 0.9, 0.99])
def test_cvar_is_the_integral_of_the_upper_quantiles(level):
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0])
    points = level + (1.0 - level) * (np.arange(200_000) + 0.5) / 200_000
    quantiles = np.quantile(values, points, method="inverted_cdf")
    assert robustness.cvar(values, level)[0] == pytest.approx(quantiles.mean(), rel=1e-4)


def test_the_expected_maximum_is_that_of_all_subsets():
    values = [3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0]
    for size in range(1, 8):
        every = [max(chosen) for chosen in itertools.combinations(values, size)]
        assert robustness.expected_maximum(values, size) == pytest.approx(np.mean(every))


def test_the_last_doubling_is_what_a_second_half_adds():
    outcome = robustness.Outcome("killed", 1)
    table = robustness.regret_table(TOTALS, NAMES, outcome)
    halves = [max(pair) for pair in itertools.combinations([0.0, 0.0, 30.0, 0.0], 2)]
    assert table["last_doubling"][0] == pytest.approx(30.0 - np.mean(halves))


def test_the_choice_is_told_with_the_share_of_halves_that_agree():
    name, share = robustness.minimax_regret(TOTALS, NAMES, seed=3)
    assert name == "b"
    # Of the six halves of four worlds, b is chosen in those that hold world 3, but for ties.
    regrets = robustness.absolute_regret(TOTALS)
    exact = np.mean(
        [
            np.argmin(regrets[list(half)].max(axis=0)) == 1
            for half in itertools.combinations(range(4), 2)
        ]
    )
    # 200 halves: a fresh seed would be off by more than four errors in 1 run of 16,000.
    assert abs(share - exact) < 4 * np.sqrt(exact * (1 - exact) / 200)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: robustness.absolute_regret([1.0, 2.0]), "worlds x strategies"),
        (lambda: robustness.absolute_regret([[1.0, np.nan]]), "finite"),
        (lambda: robustness.absolute_regret(TOTALS, better="more"), "'lower' or 'higher'"),
        (lambda: robustness.relative_regret(TOTALS, guard=0.0), "above 0"),
        (lambda: robustness.cvar([1.0], 1.0), r"\[0, 1\)"),
        (lambda: robustness.cvar([1.0, 2.0], 0.5, [0.0, 0.0]), "Weights"),
        (lambda: robustness.expected_maximum([1.0], 2), "1 to 1"),
        (
            lambda: robustness.regret_table(TOTALS, ("a",), robustness.Outcome("killed", 1)),
            "as many columns",
        ),
    ],
)
def test_nonsense_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
