"""The harm ledger and paired differences against enumerated cases."""

import numpy as np
import pytest

from tregua import decide
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


# -- Who is best ----------------------------------------------------------------------------------


def side_by_side(*totals: list[float], weights: list[float] | None = None) -> Comparison:
    """Strategies a, b, c ... over a year with the totals given, world by world."""
    ramp = np.linspace(1 / 12, 1, 12)
    stacked = np.asarray(totals, dtype=float)[:, :, None] * ramp
    n = stacked.shape[1]
    months = np.arange("2012-01", "2013-01", dtype="datetime64[M]").astype("datetime64[ns]")
    w = np.full(n, 1 / n) if weights is None else np.array(weights)
    names = tuple("abcdefgh"[: len(totals)])
    return Comparison("2012-01", names, dict.fromkeys((*LEDGER, "killed"), stacked), {}, months, w)


def best_in(comparison: Comparison) -> dict[str, float]:
    table = comparison.best()
    chosen = table[(table["outcome"] == "killed") & (table["horizon"] == 1)]
    return dict(zip(chosen["strategy"], chosen["p_best"], strict=True))


def test_being_best_by_hand_with_ties_shared() -> None:
    # Worlds: a alone; a and b; all three; c alone.
    hand = side_by_side([1, 2, 3, 9], [5, 2, 3, 9], [5, 5, 3, 1])
    assert best_in(hand) == pytest.approx(
        {"a": (1 + 1 / 2 + 1 / 3) / 4, "b": (1 / 2 + 1 / 3) / 4, "c": (1 / 3 + 1) / 4}
    )
    weighted = side_by_side([1, 2], [2, 1], weights=[0.9, 0.1])
    assert best_in(weighted) == pytest.approx({"a": 0.9, "b": 0.1})


def test_being_best_error_by_hand() -> None:
    hand = side_by_side([1, 1, 1, 2], [2, 2, 2, 1])
    row = hand.best().iloc[0]
    assert row["mc_error"] == pytest.approx(np.sqrt(0.75 * 0.25 / 4))


def test_a_race_of_exponentials_is_won_in_proportion_to_rates() -> None:
    # P(least of independent exponentials) = rate / sum of rates. False alarm: 5 errors, 3 checks.
    rates = np.array([1.0, 2.0, 5.0])
    generator = np.random.Generator(np.random.Philox(key=7))
    drawn = generator.exponential(1 / rates[:, None], (3, 20_000))
    table = side_by_side(*drawn).best()
    rows = table[table["outcome"] == "killed"]
    z = (rows["p_best"].to_numpy() - rates / rates.sum()) / rows["mc_error"].to_numpy()
    assert np.abs(z).max() < 5
    assert rows["mc_error"].to_numpy() == pytest.approx(
        np.sqrt(rates / 8 * (1 - rates / 8) / 20_000), rel=0.05
    )


def test_best_for_most_is_clear_only_beyond_its_paired_error() -> None:
    clear = side_by_side([1.0] * 90 + [2.0] * 10, [2.0] * 90 + [1.0] * 10).best_for_most().iloc[0]
    assert (clear["strategy"], clear["runner_up"], clear["clear"]) == ("a", "b", True)
    assert clear["margin"] == pytest.approx(0.8)
    assert clear["margin_error"] == pytest.approx(np.sqrt((1 - 0.8**2) / 100))
    close = side_by_side([1.0] * 55 + [2.0] * 45, [2.0] * 55 + [1.0] * 45).best_for_most().iloc[0]
    assert not close["clear"]
    tied = side_by_side([1.0] * 9, [1.0] * 9).best_for_most().iloc[0]
    assert (tied["margin"], tied["margin_error"], tied["clear"]) == (0.0, 0.0, False)
    alone = side_by_side([1.0] * 9).best_for_most().iloc[0]
    assert (alone["p_best"], alone["runner_up"]) == (1.0, "")


def test_the_end_of_a_run_is_a_horizon() -> None:
    assert comparison().horizons() == (1,)
    longer = np.arange("2012-01", "2013-07", dtype="datetime64[M]").astype("datetime64[ns]")
    stacked = np.ones((1, 3, 18)).cumsum(axis=2)
    run = Comparison("2012-01", ("a",), {"killed": stacked}, {}, longer, np.full(3, 1 / 3))
    assert run.horizons() == (1, 1.5)
    assert run.total("killed", "a", 1.5)[0] == 18
    with pytest.raises(ValueError, match="whole number of months"):
        run.total("killed", "a", 0.3)
    with pytest.raises(ValueError, match="Did you mean 'killed'"):
        run.total("kiled", "a", 1)
    with pytest.raises(ValueError, match="No strategy 'b' was compared"):
        run.total("killed", "b", 1)


# -- Weights that a reader states ------------------------------------------------------------------


def test_weights_by_hand() -> None:
    both = side_by_side([10, 20], [12, 10])
    both.cumulative["detained"] = both.cumulative["killed"] * 0 + np.arange(1, 3)[:, None, None]
    table = decide.weighed(both, {"killed": 1, "detained": 2.0})
    assert set(table["weights"]) == {"killed 1, detained 2"}
    assert list(table["mean"]) == [17.0, 15.0]
    assert list(table["difference"]) == [0.0, -2.0]
    assert list(table["p_lower"]) == [0.5, 0.5]
    assert list(table["p_best"]) == [0.5, 0.5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("killed", "given as killed=1"),
        ("killed=much", "given as killed=1"),
        ("killd=1", "Did you mean 'killed'"),
        ("killed=1,killed=2", "given twice"),
        ("killed=-1", "at least 0"),
        ("killed=inf", "finite"),
        ("killed=0", "above 0"),
    ],
)
def test_weights_that_make_no_sense_are_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        decide.stated_weights(text)


def test_weights_are_refused_with_all_that_is_wrong() -> None:
    with pytest.raises(ValueError, match="is not so") as caught:
        decide.stated_weights("killed,killd=1,detained=-1,hidden=1,hidden=2")
    told = caught.value.problems
    assert len(told) == 4
    for sentence, part in zip(
        told,
        ("'killed' is not so", "hidden is given twice", "'killd'", "detained has -1"),
        strict=True,
    ):
        assert part in sentence
    with pytest.raises(ValueError, match="State one weight at least"):
        decide.weighed(side_by_side([1.0], [0.0]), {})


def test_persons_weighed_twice_are_named() -> None:
    assert decide.counted_twice({"killed": 1, "detained": 1, "democracy_lost": 1}) == ()
    assert decide.counted_twice({"detained": 1, "wrongly_detained": 0}) == ()
    assert (
        "wrongly_detained and detained share"
        in decide.counted_twice({"detained": 1, "wrongly_detained": 5})[0]
    )


# -- Several replies -------------------------------------------------------------------------------


def test_agreement_over_replies_by_hand() -> None:
    def against(reply: str, lower: int) -> Comparison:
        made = side_by_side([1.0] * 10, [0.0] * lower + [2.0] * (10 - lower))
        return Comparison(**{**vars(made), "reply": reply})

    def holds(*shares: int) -> str:
        crossing = decide.Crossing(
            tuple(against(f"r{place}", share) for place, share in enumerate(shares))
        )
        table = crossing.agreement()
        return str(table[table["strategy"] == "b"]["holds"].iloc[0])

    assert holds(9, 8) == "fewer"
    assert holds(1, 2) == "more"
    assert holds(9, 1) == "turns"
    assert holds(9, 5) == "unclear"
    assert holds(1, 5) == holds(2, 3) == holds(4, 5) == "unclear"
    with pytest.raises(ValueError, match="names of their own"):
        decide.Crossing((against("r", 1), against("r", 2)))
    with pytest.raises(ValueError, match="Did you mean 'r1'"):
        decide.Crossing((against("r1", 1),)).against("r11")
