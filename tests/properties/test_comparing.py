"""What must hold of any comparison, whatever the figures."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tregua import decide
from tregua.decide.comparison import LEDGER, Comparison

SETTINGS = settings(derandomize=True, deadline=None, max_examples=60)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """Two to four strategies over a year; few different totals, so that ties are common."""
    n, k = draw(st.integers(1, 40)), draw(st.integers(2, 4))
    totals = draw(arrays(np.float64, (k, n), elements=st.integers(0, 6).map(float)))
    weights = draw(arrays(np.float64, n, elements=st.floats(0.1, 3.0)))
    stacked = totals[:, :, None] * np.linspace(1 / 12, 1, 12)
    months = np.arange("2012-01", "2013-01", dtype="datetime64[M]").astype("datetime64[ns]")
    names = tuple("abcd"[:k])
    return Comparison(
        "2012-01",
        names,
        dict.fromkeys((*LEDGER, "killed"), stacked),
        {},
        months,
        weights / weights.sum(),
    )


@SETTINGS
@given(comparisons())
def test_probabilities_of_being_best_add_to_one(made: Comparison) -> None:
    table = made.best()
    sums = table.groupby(["horizon", "outcome"])["p_best"].sum()
    np.testing.assert_allclose(sums, 1.0)
    assert table["p_best"].between(0, 1).all()


@SETTINGS
@given(comparisons())
def test_the_order_of_strategies_changes_no_probability(made: Comparison) -> None:
    turned = Comparison(
        made.origin,
        made.strategies[::-1],
        {name: values[::-1] for name, values in made.cumulative.items()},
        {},
        made.months,
        made.weights,
    )
    there = made.best().set_index(["strategy", "outcome"])["p_best"].sort_index()
    back = turned.best().set_index(["strategy", "outcome"])["p_best"].sort_index()
    np.testing.assert_allclose(there, back)


@SETTINGS
@given(comparisons())
def test_of_two_strategies_the_better_in_more_worlds_is_the_best_for_most(
    made: Comparison,
) -> None:
    two = Comparison(
        made.origin,
        made.strategies[:2],
        {name: values[:2] for name, values in made.cumulative.items()},
        {},
        made.months,
        made.weights,
    )
    lower = two.difference("a", "b", 1, "killed").p_lower
    shares = dict(zip(two.strategies, two.shares_of_best("killed", 1) @ two.weights, strict=True))
    np.testing.assert_allclose(shares["a"], lower)


@SETTINGS
@given(comparisons())
def test_a_sentence_and_its_mirror_say_the_same(made: Comparison) -> None:
    there = decide.printable(made, "a", "b", "killed", 1)
    back = decide.printable(made, "b", "a", "killed", 1)
    lower = made.difference("a", "b", 1, "killed").p_lower
    if abs(lower - 0.5) > 1e-9 and abs(10 * lower % 1 - 0.5) > 1e-6:
        assert (there.tells, there.tenths, there.give_or_take) == (
            back.tells,
            back.tenths,
            back.give_or_take,
        )
        if there.tells:
            assert {there.direction, back.direction} == {"fewer", "more"}
    assert there.tells == (there.reason == "")
    for text in (there.en, there.es, back.en, back.es):
        assert "{" not in text
        assert text.endswith(("not forecasts.", "no pronósticos."))


@SETTINGS
@given(comparisons(), st.floats(0.01, 100))
def test_a_single_weight_orders_as_the_outcome_does(made: Comparison, weight: float) -> None:
    table = decide.weighed(made, {"killed": weight}).set_index("strategy")
    alone = made.best().query("outcome == 'killed'").set_index("strategy")["p_best"]
    # Scaling may break a tie by rounding, never an order.
    if np.log2(weight).is_integer():
        np.testing.assert_allclose(table["p_best"], alone)
    gap = made.difference("b", "a", 1, "killed").mean
    np.testing.assert_allclose(table.loc["b", "difference"], weight * gap, atol=1e-9)


@SETTINGS
@given(comparisons(), st.data())
def test_parts_joined_are_the_whole(made: Comparison, data: st.DataObject) -> None:
    n = len(made.weights)
    cut = data.draw(st.integers(0, n))
    if cut in (0, n):
        return
    parts = [
        Comparison(
            made.origin,
            made.strategies,
            {name: values[:, rows] for name, values in made.cumulative.items()},
            {},
            made.months,
            made.weights[rows] / made.weights[rows].sum(),
        )
        for rows in (slice(0, cut), slice(cut, n))
    ]
    joined = Comparison.joined(parts, made.weights)
    assert np.array_equal(joined.cumulative["killed"], made.cumulative["killed"])
    np.testing.assert_allclose(joined.weights, made.weights)
