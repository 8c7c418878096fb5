"""Are equilibria, thresholds of patience and the game of a month what hand work says they are?"""

import math

import numpy as np
import pytest
from scipy.special import expit
from tests.views import view_of

from tregua import decide
from tregua.decide import strategic
from tregua.decide.strategic.payoffs import Month, gangs_month, government_month
from tregua.model import GangView, Parameter, Stance, View, in_view, own

GANGS = ("ms13", "18s", "18r")
DILEMMA = strategic.NormalForm(
    ("row", "column"),
    (("keep", "cheat"), ("keep", "cheat")),
    [[[3, 0], [5, 1]], [[3, 5], [0, 1]]],
)
CHICKEN = strategic.NormalForm.of_matrices([[6, 2], [7, 0]], [[6, 7], [2, 0]])
PENNIES = strategic.NormalForm.of_matrices([[1, -1], [-1, 1]])
TIES = strategic.NormalForm.of_matrices([[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]])


def rows(equilibrium):
    return [row.tolist() for row in equilibrium.strategies]


# -- One month -------------------------------------------------------------------------------------


def test_a_dilemma_has_one_equilibrium_and_it_is_mutual_cheating():
    (pure,) = strategic.pure_equilibria(DILEMMA)
    assert pure.pure == ("cheat", "cheat") and pure.payoffs.tolist() == [1.0, 1.0]
    assert [found.pure for found in strategic.mixed_equilibria(DILEMMA)] == [("cheat", "cheat")]
    assert DILEMMA.regret(([1, 0], [1, 0])).tolist() == [2.0, 2.0]


def test_chicken_has_two_pure_equilibria_and_one_in_which_both_swerve_two_times_in_three():
    found = strategic.mixed_equilibria(CHICKEN)
    assert [each.pure for each in found] == [("0", "1"), ("1", "0"), None]
    for row in found[2].strategies:
        np.testing.assert_allclose(row, [2 / 3, 1 / 3], rtol=1e-12)


def test_matching_pennies_are_tossed():
    assert strategic.pure_equilibria(PENNIES) == ()
    (only,) = strategic.mixed_equilibria(PENNIES)
    assert rows(only) == [[0.5, 0.5], [0.5, 0.5]]


def test_a_game_with_ties_has_all_its_extreme_equilibria():
    # Avis, Rosenberg, Savani and von Stengel 2010, figure 1 and what follows it.
    found = {
        tuple(np.round(np.concatenate(e.strategies), 9)) for e in strategic.mixed_equilibria(TIES)
    }
    wanted = {
        (1, 0, 0, 1, 0),
        (1, 0, 0, 2 / 3, 1 / 3),
        (0, 1 / 3, 2 / 3, 1 / 3, 2 / 3),
    }
    assert found == {tuple(np.round(each, 9)) for each in wanted}


def test_three_players_who_each_want_to_differ_have_six_pure_equilibria():
    table = np.zeros((3, 2, 2, 2))
    for a, b, c in np.ndindex(2, 2, 2):
        for k, own_choice in enumerate((a, b, c)):
            table[k, a, b, c] = sum(own_choice != other for other in (a, b, c))
    game = strategic.NormalForm(("a", "b", "c"), (("0", "1"),) * 3, table)
    assert len(strategic.pure_equilibria(game)) == 6


def test_choices_without_precision_are_uniform_and_precise_ones_an_equilibrium():
    assert rows(strategic.logit_equilibrium(CHICKEN, 0.0)) == [[0.5, 0.5]] * 2
    assert strategic.logit_equilibrium(DILEMMA, 60.0).regret < 1e-20
    tossed = strategic.logit_equilibrium(strategic.NormalForm.of_matrices([[9, -1], [-1, 1]]), 1e4)
    np.testing.assert_allclose(tossed.strategies[0], [1 / 6, 5 / 6], atol=1e-4)


def test_a_dominated_action_is_taken_by_the_logistic_curve_of_what_it_costs():
    # Cheating gains 2 against one who keeps and 1 against one who cheats.
    played = strategic.logit_equilibrium(DILEMMA, 0.7)
    cheat = played.strategies[0][1]
    assert cheat == pytest.approx(expit(0.7 * (2 * (1 - cheat) + cheat)), abs=1e-12)


def test_players_of_unlike_precision_err_unlike():
    played = strategic.logit_equilibrium(DILEMMA, [0.0, 50.0])
    assert rows(played)[0] == [0.5, 0.5]
    assert played.strategies[1][1] == pytest.approx(1.0)


def test_a_path_passes_through_the_equilibria_of_each_precision():
    path = strategic.logit_path(CHICKEN, [0.0, 0.5, 1.0, 4.0])
    for precision, part in path.groupby("precision"):
        alone = strategic.logit_equilibrium(CHICKEN, precision).table()
        np.testing.assert_allclose(part["probability"], alone["probability"], atol=1e-8)


def test_a_mediator_in_chicken_pays_five_and_a_quarter():
    best = strategic.correlated_equilibrium(CHICKEN, favour={"row": 1, "column": 1})
    np.testing.assert_allclose(best.distribution, [[0.5, 0.25], [0.25, 0.0]], atol=1e-9)
    assert best.payoffs.tolist() == pytest.approx([5.25, 5.25])
    bounds = strategic.correlated_range(CHICKEN).set_index("player")
    assert bounds.loc["row", "most"] == pytest.approx(7.0)
    assert bounds.loc["row", "least"] == pytest.approx(2.0)
    assert best.to_xarray().sel(row="0", column="1").item() == pytest.approx(0.25)


def test_games_are_labelled():
    cell = DILEMMA.to_xarray().sel(player="row", row="cheat", column="keep")
    assert cell.item() == 5.0
    assert DILEMMA.table().query("row == 'keep' and column == 'cheat'")["payoff_row"].item() == 0.0


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: strategic.NormalForm(("a", "a"), (("x",), ("y",)), [[[1]], [[1]]]), "same name"),
        (lambda: strategic.NormalForm(("a",), (("x", "x"),), [[1, 2]]), "actions of a"),
        (lambda: strategic.NormalForm(("a",), (("x", "y"),), [[1, 2, 3]]), r"must be \(1, 2\)"),
        (lambda: strategic.NormalForm(("a",), (("x",),), [[np.nan]]), "not finite"),
        (lambda: strategic.NormalForm.of_matrices([[1, 2]], [[1], [2]]), "one shape"),
        (lambda: DILEMMA.regret(([1, 0], [0.5, 0.4])), "column is no distribution"),
        (lambda: DILEMMA.payoff(("keep", "lie")), "No action 'lie' of column. Known: keep, cheat"),
        (lambda: strategic.logit_equilibrium(DILEMMA, -1.0), "at least 0"),
        (lambda: strategic.logit_equilibrium(DILEMMA, [1.0, 2.0, 3.0]), "or 2"),
        (lambda: strategic.logit_path(DILEMMA, [2.0, 1.0]), "not falling"),
        (
            lambda: strategic.correlated_equilibrium(DILEMMA, favour={"who": 1}),
            "Known: row, column",
        ),
        (lambda: strategic.pure_equilibria(DILEMMA, tolerance=-1), "at least 0"),
        (
            lambda: strategic.mixed_equilibria(
                strategic.NormalForm(tuple("abc"), (("x",),) * 3, np.ones((3, 1, 1, 1)))
            ),
            "has 3",
        ),
        (
            lambda: strategic.mixed_equilibria(strategic.NormalForm.of_matrices(np.eye(14))),
            "pairs of supports",
        ),
    ],
)
def test_what_is_no_game_is_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make()


# -- Month after month -----------------------------------------------------------------------------

T, R, P, S = 5.0, 3.0, 1.0, 0.0
KEPT, BROKEN = ("keep", "keep"), ("cheat", "cheat")


def start_of(intervals):
    assert len(intervals) == 1 and intervals[0][1] == 1.0
    return intervals[0][0]


def test_a_grim_trigger_holds_from_the_share_of_temptation_in_what_is_lost():
    plan = strategic.grim_trigger(DILEMMA, KEPT, BROKEN)
    assert start_of(strategic.patience_needed(plan)) == pytest.approx((T - R) / (T - P), abs=1e-8)
    assert plan.proof(0.51) and not plan.proof(0.49)
    np.testing.assert_allclose(plan.values(0.5), [[6.0, 2.0]] * 2)


@pytest.mark.parametrize("months", [2, 3, 6])
def test_a_punishment_of_n_months_holds_from_the_root_of_its_polynomial(months):
    coefficients = [R - P] * months + [-(T - R)]
    root = max(r.real for r in np.roots(coefficients) if abs(r.imag) < 1e-12)
    plan = strategic.punishment(DILEMMA, KEPT, BROKEN, months=months)
    assert start_of(strategic.patience_needed(plan)) == pytest.approx(root, abs=1e-8)


def test_long_punishments_approach_the_grim_trigger():
    plan = strategic.punishment(DILEMMA, KEPT, BROKEN, months=40)
    assert start_of(strategic.patience_needed(plan, points=20)) == pytest.approx(0.5, abs=1e-6)


def test_tit_for_tat_is_an_equilibrium_from_its_threshold_but_proof_in_every_state_never():
    plan = strategic.repeat_last(DILEMMA)
    threshold = max((T - R) / (R - S), (T - R) / (T - P))
    nash = strategic.patience_needed(plan, everywhere=False, points=20)
    assert start_of(nash) == pytest.approx(threshold, abs=1e-5)
    assert strategic.patience_needed(plan) == ()


def test_tit_for_tat_is_proof_in_every_state_at_one_patience_where_gains_are_alike():
    # T - R = P - S = 1: every deviation costs the same, and is worth it unless delta is 1/2.
    even = strategic.NormalForm.of_matrices([[2, -1], [3, 0]], [[2, 3], [-1, 0]])
    plan = strategic.repeat_last(even)
    assert plan.proof(1 / 3) and not plan.proof(0.3) and not plan.proof(0.37)


def test_the_best_answer_by_value_iteration_is_worth_what_the_plan_is_only_if_it_is_proof():
    plan = strategic.grim_trigger(DILEMMA, KEPT, BROKEN)
    np.testing.assert_allclose(plan.best_values(0.6), plan.values(0.6), rtol=1e-10)
    # Impatient players cheat at once: 5 now, 1 a month for good.
    assert plan.best_values(0.4)[0, 0] == pytest.approx(5 + 0.4 / 0.6)
    assert plan.values(0.4)[0, 0] == pytest.approx(3 / 0.6)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"false_alarm": 0.08, "resumption": 0.05},
        {"trust": 0.7, "shared_alarm": 1.0, "gangs": 2},
        {"power_shift": 0.2, "tough_bonus": 3.0, "government_outside": 0.1},
    ],
)
def test_a_pact_as_a_plan_needs_the_patience_of_the_closed_form(changes):
    bargain = decide.Bargain(**changes)
    plan = strategic.pact_plan(bargain)
    gang, government = strategic.pact_patience(bargain)
    found = [
        start_of(strategic.patience_needed(plan, player=player, state="pact", points=20))
        for player in ("gang", "government")
    ]
    assert found == pytest.approx([float(gang), float(government)], abs=1e-7)


@pytest.mark.parametrize("edge", [-1e-6, 1e-6])
def test_a_pact_is_proof_just_above_the_least_concession_and_not_below(edge):
    bargain = decide.Bargain()
    offered = bargain.replace(concession=float(bargain.minimal_concession) + edge)
    factors = np.exp(-np.array([0.1, 0.1]) / 12)
    assert strategic.pact_plan(offered).proof(factors) is (edge > 0)
    assert bool(offered.holds) is (edge > 0)


def test_a_pact_is_proof_just_below_the_greatest_concession_and_not_above():
    bargain = decide.Bargain(regime_cost=0.3)
    most = float(bargain.maximal_concession)
    assert float(bargain.minimal_concession) < most < 1
    factors = np.exp(-np.array([0.1, 0.1]) / 12)
    for edge, proof in ((-1e-6, True), (1e-6, False)):
        plan = strategic.pact_plan(bargain.replace(concession=most + edge))
        assert plan.proof(factors) is proof


def test_erring_sides_recover_the_conditions_of_the_bargain_as_errors_vanish():
    limits = strategic.bargain_limits(decide.Bargain(), precisions=(30.0, 1e3, 3e4))
    misses = (limits["least"] - limits["closed_least"]).to_numpy()
    assert (np.diff(misses) < 0).all() and 0 < misses[-1] < 5e-5
    assert misses[1] / misses[-1] == pytest.approx(30, rel=0.3)  # as 1/precision, but for a log
    assert (limits["most"] == 1.0).all()


def test_without_noise_the_conditions_are_those_of_the_folk_theorem():
    b = decide.Bargain(tough_bonus=1.0)
    (limit,) = strategic.bargain_limits(b, precisions=(3e4,), noise=(0.0,)).to_dict("records")
    delta, d = math.exp(-0.1 / 12), 0.9 * (0.35 + 0.1 * 2)
    folk = (0.35 * 0.9 - 0.05 + d * (1 - delta) / delta) / 0.6
    assert limit["closed_least"] == pytest.approx(folk, rel=1e-12)
    assert limit["least"] == pytest.approx(folk, abs=5e-5)


def test_the_greatest_concession_is_recovered_where_it_binds():
    bargain = decide.Bargain(regime_cost=0.3)
    (limit,) = strategic.bargain_limits(bargain, precisions=(3e4,)).to_dict("records")
    assert limit["closed_most"] < 1
    assert limit["most"] == pytest.approx(limit["closed_most"], abs=1e-3)


def test_a_pact_that_one_side_breaks_is_held_by_neither():
    hopeless = decide.Bargain(concession=0.3)
    comply, keep = strategic.quantal_pact(hopeless, 1e4)
    assert comply < 0.5
    comply, keep = strategic.quantal_pact(decide.Bargain(concession=0.8), 1e4)
    assert comply == 1.0 and keep == 1.0


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: strategic.punishment(DILEMMA, KEPT, BROKEN, months=0), "at least 1 month"),
        (lambda: strategic.grim_trigger(DILEMMA, ("keep", "no"), BROKEN), "No action 'no'"),
        (lambda: strategic.repeat_last(TIES), "as many actions"),
        (lambda: strategic.grim_trigger(DILEMMA, KEPT, BROKEN).values(1.0), r"within \[0, 1\)"),
        (lambda: strategic.pact_plan(decide.Bargain(leak=[0.1, 0.2])), "one bargain"),
        (lambda: strategic.quantal_pact(decide.Bargain(), 0.0), "above 0"),
        (
            lambda: strategic.bargain_limits(decide.Bargain(), precisions=(1,), noise=(2,)),
            "from 0 to 1",
        ),
        (
            lambda: strategic.patience_needed(
                strategic.pact_plan(decide.Bargain()), player="gangs"
            ),
            "Known: government, gang",
        ),
    ],
)
def test_what_is_no_plan_is_refused(ask, says):
    with pytest.raises(ValueError, match=says):
        ask()


# -- The month of a state --------------------------------------------------------------------------

VIEW = view_of({}, {})


def test_the_game_of_a_month_has_an_entry_for_every_profile():
    game = strategic.stage_game(VIEW, GANGS)
    assert game.players == ("government", *GANGS)
    assert game.shape == (7, 3, 3, 3)
    assert game.actions[0][2] == "secret_pact" and game.actions[1] == (
        "business",
        "restrain",
        "press",
    )


@pytest.mark.parametrize("stance", ["secret_pact", "open_pact", "both"])
@pytest.mark.parametrize("delivered", [0.0, 1.0])
def test_where_beliefs_are_certain_the_government_is_paid_what_it_expected(stance, delivered):
    sure = view_of({}, {"RELIANCE": [delivered] * 3})
    game = strategic.stage_game(sure, GANGS)
    reply = "restrain" if delivered else "business"
    expected = decide.government_utility(sure, Stance[stance.upper()])
    assert game.payoff((stance, reply, reply, reply))[0] == pytest.approx(expected, rel=1e-12)


def test_a_pressing_gang_costs_the_government_the_log_of_its_killing():
    game = strategic.stage_game(VIEW, GANGS)
    quiet = game.payoff(("status_quo", "business", "business", "business"))[0]
    pressed = game.payoff(("status_quo", "press", "business", "business"))[0]
    base = [VIEW[in_view(GangView.BASE_RATE, g)] for g in range(3)]
    seen = 1 - VIEW[own(Parameter.hidden_usual)]
    effect = VIEW[own(Parameter.pressing_effect)] * VIEW[in_view(GangView.COMMAND, 0)]
    before = VIEW[View.AMBIENT_RATE] + seen * sum(base)
    after = before + seen * base[0] * effect
    weight = 2 * VIEW[View.FEAR] * VIEW[own(Parameter.value_of_calm)]
    assert quiet - pressed == pytest.approx(weight * math.log(after / before), rel=1e-12)


def test_gangs_are_paid_for_what_is_played():
    game = strategic.stage_game(VIEW, GANGS)
    worth = VIEW[own(Parameter.value_of_concession)] * VIEW[in_view(GangView.TRUST, 0)]
    kept = game.payoff(("secret_pact", "business", "press", "press"))[1]
    assert kept == pytest.approx(1 + VIEW[own(Parameter.undetected)] * worth)
    alone = game.payoff(("status_quo", "restrain", "press", "press"))[1]
    together = game.payoff(("status_quo", "restrain", "restrain", "restrain"))[1]
    assert together - alone == pytest.approx(VIEW[own(Parameter.collusion_rent)])


def test_a_hard_stance_lowers_what_pressing_pays():
    game = strategic.stage_game(VIEW, GANGS)
    soft = game.payoff(("status_quo", "press", "business", "business"))[1]
    hard = game.payoff(("exception", "press", "business", "business"))[1]
    assert hard < soft
    assert game.payoff(("status_quo", "business", "press", "press"))[1] == 1.0


def test_stances_that_are_not_open_are_left_out():
    cooling = view_of({"COOLING": 1.0}, {})
    names = strategic.stage_game(cooling, GANGS).actions[0]
    assert names == ("status_quo", "mano_dura", "exception", "reform")
    everything = strategic.stage_game(cooling, GANGS, all_stances=True)
    offered = everything.payoff(("secret_pact", "business", "business", "business"))
    assert offered[1] == 1.0  # an offer that cannot be accepted concedes nothing


def test_a_game_needs_the_gangs_of_its_view():
    with pytest.raises(ValueError, match="The view is of 3 gangs; 2 were named"):
        strategic.stage_game(VIEW, GANGS[:2])


# -- Payoffs of many worlds ------------------------------------------------------------------------


def month_and_steps(seed=0, worlds=40):
    """Random months, as columns for the search and as single steps for `realised_utilities`."""
    random = np.random.default_rng(seed)
    views = np.repeat(VIEW[None], worlds, axis=0)
    views[:, View.FEAR] = random.random(worlds)
    views[:, View.STANCE] = random.integers(0, 7, worlds)
    views[:, View.TURNOVER] = random.integers(0, 2, worlds)
    views[:, View.APPROVAL] = random.random(worlds)
    views[:, View.CAPTURE] = random.random(worlds)
    country = np.column_stack(
        [
            random.integers(0, 500, worlds),
            random.integers(0, 7, worlds),
            random.random(worlds),
            random.integers(0, 2, worlds),
            random.integers(0, 3, worlds),
            random.integers(0, 2, worlds),
        ]
    ).astype(float)
    gangs = random.random((worlds, 3, 3))
    gangs[:, 0] = np.round(gangs[:, 0])
    rate = random.uniform(1, 4000, worlds)
    steps = []
    for i in range(worlds):
        names = ("recorded", "stance", "pact", "leaks", "breaches", "prosecuted")
        ledger = dict(zip(names, country[i].tolist(), strict=True))
        for k, name in enumerate(("included", "restraining", "pressing")):
            ledger |= {f"{name}.{gang}": gangs[i, k, g] for g, gang in enumerate(GANGS)}
        steps.append(decide.PlayedStep(views[i], views[i], ledger, 1 / 12, GANGS, rate[i]))
    return Month(views, country, gangs, 1 / 12), rate, steps


def test_columns_of_worlds_are_paid_as_single_steps_are():
    month, rate, steps = month_and_steps()
    paid = [decide.realised_utilities(step) for step in steps]
    government = [sum(each["government"].values()) for each in paid]
    np.testing.assert_allclose(government_month(month, rate), government, rtol=1e-10, atol=1e-12)
    for g, gang in enumerate(GANGS):
        leaders = [sum(each[gang].values()) for each in paid]
        np.testing.assert_allclose(gangs_month(month)[:, g], leaders, rtol=1e-10)
