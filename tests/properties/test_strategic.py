"""Has an equilibrium no profitable deviation, whatever the game, and do names not matter?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import softmax

from tregua.decide import strategic

PAYOFF = st.integers(-9, 9).map(float)
SETTINGS = settings(derandomize=True, deadline=None, max_examples=40)


@st.composite
def games(draw, players=(1, 3), actions=(1, 3), elements=PAYOFF):
    count = draw(st.integers(*players))
    shape = tuple(draw(st.integers(*actions)) for _ in range(count))
    table = draw(arrays.arrays(np.float64, (count, *shape), elements=elements))
    names = tuple(f"player {k}" for k in range(count))
    return strategic.NormalForm(names, tuple(tuple(map(str, range(size))) for size in shape), table)


TWO = games(players=(2, 2))


@SETTINGS
@given(games())
def test_nobody_gains_by_leaving_a_pure_equilibrium(game):
    found = {each.pure for each in strategic.pure_equilibria(game)}
    for profile in game.profiles():
        gains = [
            game.payoffs[(k, *profile[:k], other, *profile[k + 1 :])] - game.payoffs[(k, *profile)]
            for k, size in enumerate(game.shape)
            for other in range(size)
        ]
        assert (max(gains) <= 0.0) == (game.named(profile) in found)


@SETTINGS
@given(TWO)
def test_every_game_of_two_has_an_equilibrium_and_nobody_gains_by_leaving_one(game):
    found = strategic.mixed_equilibria(game)
    assert found and max(each.regret for each in found) < 1e-7
    pure = {each.pure for each in found if each.pure}
    assert pure == {each.pure for each in strategic.pure_equilibria(game)}


@SETTINGS
@given(TWO, st.floats(0.1, 10), st.floats(-5, 5))
def test_units_and_names_of_players_do_not_matter(game, scale, shift):
    swapped = strategic.NormalForm(
        game.players[::-1],
        game.actions[::-1],
        np.stack([scale * game.payoffs[1].T + shift, game.payoffs[0].T]),
    )

    def in_order(found):
        return sorted(np.round(np.concatenate(each), 6).tolist() for each in found)

    ours = in_order(each.strategies for each in strategic.mixed_equilibria(game))
    theirs = in_order(each.strategies[::-1] for each in strategic.mixed_equilibria(swapped))
    np.testing.assert_allclose(ours, theirs, atol=2e-6)


@SETTINGS
@given(games(actions=(2, 3)), st.floats(0.0, 3.0))
def test_a_logit_equilibrium_answers_itself_by_the_logit_rule(game, precision):
    found = strategic.logit_equilibrium(game, precision)
    for row, paid in zip(found.strategies, game.against(found.strategies), strict=True):
        np.testing.assert_allclose(row, softmax(precision * paid), atol=1e-7)


@SETTINGS
@given(games(players=(2, 3)))
def test_mediators_are_obeyed_and_pay_at_least_what_equilibria_do(game):
    bounds = strategic.correlated_range(game).set_index("player")
    for player in game.players:
        best = strategic.correlated_equilibrium(game, favour={player: 1.0})
        assert best.regret < 1e-7 and best.distribution.sum() == pytest.approx(1.0)
    equilibria = strategic.pure_equilibria(game)
    if len(game.players) == 2:
        equilibria += strategic.mixed_equilibria(game)
    for found in equilibria:
        for player, paid in zip(game.players, found.payoffs, strict=True):
            assert bounds.loc[player, "least"] - 1e-6 <= paid <= bounds.loc[player, "most"] + 1e-6


@SETTINGS
@given(TWO, st.floats(0.05, 0.95))
def test_a_plan_is_proof_against_one_month_if_and_only_if_against_all_plans(game, discount):
    first = tuple(names[0] for names in game.actions)
    last = tuple(names[-1] for names in game.actions)
    plan = strategic.grim_trigger(game, first, last)
    gains = plan.best_values(discount) - plan.values(discount)
    assert (gains > -1e-7).all()
    if plan.proof(discount):
        np.testing.assert_allclose(gains, 0.0, atol=1e-7)
    else:
        assert gains.max() > 1e-11
