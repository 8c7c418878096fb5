"""Are utilities, the logit rule and platforms what their equations say?"""

import math

import numba
import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from tests.views import view_of

from tregua import decide
from tregua.decide.respond import (
    _best,
    _pick,
    best_reply,
    best_response,
    quantal_reply,
    quantal_response,
)
from tregua.model import GangAction, Parameter, Stance, View

STANCES = len(Stance)


def of_government(view):
    out = np.empty(STANCES)
    decide.government_utilities(view, out)
    return out


def of_gang(view, gang=1):
    out = np.empty(len(GangAction))
    decide.gang_utilities(view, gang, out)
    return out


def odds(utilities, precision):
    out = np.empty(len(utilities))
    decide.logit_probabilities(np.array(utilities, dtype=np.float64), precision, out)
    return out


# -- The government --------------------------------------------------------------------------------

# The state of tests/views.py, with the largest gang pressing. Numbers below are those of the
# parameters in that view, written out.
PRESSED = view_of({}, {"PRESSING": [1.0, 0.0, 0.0], "RELIANCE": [0.5, 0.63, 0.8]})
SEEN = 0.9  # 1 - eta_0
HELD = 0.95 * 0.96  # kappa_max rho
PHI_KAPPA = 1.5 * 0.6
OTHER = 900 + SEEN * (1800 * (1 + 0.8 * PHI_KAPPA) + (700 + 650) * (1 + 0.25 * PHI_KAPPA))
PACT = 900 + sum(
    base * (m * 0.7 * (1 - HELD) + (1 - m) * SEEN)
    for base, m in ((1800, 0.5), (700, 0.63), (650, 0.8))
)
EXCEPTION = 900 + SEEN * (1800 + 700 + 650) * math.exp(-0.5 * 2)
NOW = 60 * 6.2e6 / 1e5
BELIEVED = 1 - 0.7 * 0.3
LEAK = 0.44 * (1 - math.exp(-0.8 * 0.7 * 2)) * BELIEVED
VOTES = 0.25 * math.exp(-3) * (0.5 + 0.63 + 0.8) / 3


def calm(expected):
    return 2 * 0.63 * 0.4 * math.log(NOW / expected)


def tough(r):
    return 2 * 0.15 * 0.4 * r


BY_HAND = {
    Stance.STATUS_QUO: calm(OTHER),
    Stance.MANO_DURA: calm(OTHER) + tough(1) - 0.1 - 0.76,
    Stance.SECRET_PACT: calm(PACT) + VOTES - LEAK - 3 * 0.025 - 0.76,
    Stance.BOTH: calm(PACT) + tough(0.7) + VOTES - LEAK - 3 * 0.025 - 0.76,
    Stance.OPEN_PACT: calm(PACT) + VOTES - 0.8 - 3 * 0.025 - 0.76,
    Stance.EXCEPTION: calm(EXCEPTION) + tough(1.3) - 2.3 * 0.7 - 0.25 * 0.2 - 3 - 0.76,
    Stance.REFORM: calm(OTHER) + 0.43 * (1 - math.exp(-3 / 8)) - 0.25 - 0.76,
}


@pytest.mark.parametrize("stance", Stance)
def test_a_governments_utilities_at_a_point_worked_out_by_hand(stance):
    assert of_government(PRESSED)[stance] == pytest.approx(BY_HAND[stance], rel=1e-12)


def change(country=None, gang=None, *, of=None):
    """What a change of the view does to each stance's utility."""
    before = of_government(view_of(of, None))
    return of_government(view_of({**(of or {}), **(country or {})}, gang)) - before


def test_a_known_pact_costs_less_to_keep_than_the_first_leak_would():
    # Already leaked: 0.6 w_L kappa_d instead of w_L (1 - e^(-h_0 D min(H, 2))) kappa_d.
    gained = change({"LEAKED": 1.0}, of={"PACT": 1.0, "STANCE": Stance.SECRET_PACT})
    assert gained[Stance.SECRET_PACT] == pytest.approx(LEAK - 0.6 * 0.44 * BELIEVED)
    assert gained[Stance.OPEN_PACT] == gained[Stance.STATUS_QUO] == 0.0
    # A leak of a pact that is over is no leak of the next.
    assert change({"LEAKED": 1.0})[Stance.SECRET_PACT] == 0.0


def test_denial_works_where_the_press_is_not_free():
    unfree = view_of({"DEMOCRACY": 0.0, "PACT": 1.0, "LEAKED": 1.0, "STANCE": Stance.SECRET_PACT})
    free = unfree.copy()
    free[View.DEMOCRACY] = 1.0
    lost = of_government(free)[Stance.SECRET_PACT] - of_government(unfree)[Stance.SECRET_PACT]
    assert lost == pytest.approx(-0.6 * 0.44 * (1.0 - 0.3))
    # Nothing leaks where there is no press at all.
    hidden = of_government(view_of({"DEMOCRACY": 0.0}))
    assert hidden[Stance.SECRET_PACT] - hidden[Stance.OPEN_PACT] == pytest.approx(0.8)


def test_prosecutions_make_secret_concessions_dearer_and_no_other():
    changed = change({"PROSECUTED": 1.0})
    assert changed[Stance.SECRET_PACT] == pytest.approx(-3 * 0.1)
    assert changed[Stance.BOTH] == pytest.approx(-3 * 0.1)
    assert np.count_nonzero(changed) == 2


def test_a_breach_is_paid_for_by_pacts_only():
    changed = change({"BREACHED": 1.0})
    pacts = [Stance.SECRET_PACT, Stance.BOTH, Stance.OPEN_PACT]
    assert changed[pacts] == pytest.approx([-0.3] * 3)
    assert np.count_nonzero(changed) == 3


def test_an_exception_needs_a_majority_or_pays():
    changed = change({"APPROVAL": 0.63})
    assert changed[Stance.EXCEPTION] == pytest.approx(3.0 + 2.3 * 0.7 / 2)
    assert np.count_nonzero(changed) == 1


def test_only_a_new_administration_is_bound_to_no_stance():
    changed = change({"TURNOVER": 1.0})
    assert changed[Stance.STATUS_QUO] == 0.0
    assert np.delete(changed, Stance.STATUS_QUO) == pytest.approx([0.76] * 6)


def test_an_excluded_gang_is_expected_to_act_as_without_a_pact():
    some = view_of({}, {"INCLUDED": [1.0, 0.0, 0.0]})
    none = view_of({}, {"INCLUDED": 0.0})
    outside = decide.expected_record(some, Stance.STATUS_QUO)
    assert decide.expected_record(none, Stance.SECRET_PACT) == pytest.approx(outside)
    kept = 1800 * (0.63 * 0.7 * (1 - HELD) + 0.37 * SEEN)
    rest = SEEN * (700 + 650) * (1 + 0.25 * PHI_KAPPA)
    assert decide.expected_record(some, Stance.SECRET_PACT) == pytest.approx(900 + kept + rest)
    # One concession is paid for, not three.
    price = of_government(some)[Stance.OPEN_PACT] - of_government(none)[Stance.OPEN_PACT]
    calmer = 2 * 0.63 * 0.4 * math.log(outside / (900 + kept + rest))
    assert price == pytest.approx(calmer + 0.25 * math.exp(-3) * 0.63 - 0.025)


def test_at_no_killing_at_all_utilities_exist():
    empty = view_of({"RECORDED_MONTH": 0.0, "AMBIENT_RATE": 0.0}, {"BASE_RATE": 0.0})
    assert np.isfinite(of_government(empty)).all()
    assert decide.expected_record(empty, Stance.STATUS_QUO) == 1.0


# -- A gang's leaders ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "gang", "restrain", "business", "press"),
    [
        # No offer, no precedent, h_c = 0.06: chi = 0.065 (1 - 0.1).
        (
            {},
            {},
            1 - 0.22 * 0.6,
            1,
            1 - 0.25 * 0.6 - 1.1 * 0.06 + 0.8 * 0.065 * 0.9,
        ),
        # An offer believed with 0.6, both rivals restraining, precedent 0.5.
        (
            {"PACT": 1.0, "PRECEDENT": 0.5},
            {"RESTRAINING": 1.0},
            1 + 0.18 + 0.8 * 0.6 - 0.22 * 0.6,
            1 + 0.36 * 0.8 * 0.6,
            1 - 0.25 * 0.6 - 1.1 * 0.06 + 0.8 * (0.065 + 0.63 * 0.5) * 0.9 * (1 - 0.6),
        ),
        # One of two rivals restrains.
        (
            {},
            {"RESTRAINING": [1.0, 1.0, 0.0]},
            1 + 0.18 / 2 - 0.22 * 0.6,
            1,
            1 - 0.25 * 0.6 - 1.1 * 0.06 + 0.8 * 0.065 * 0.9,
        ),
        # Excluded from a pact: the offer is not its to have.
        (
            {"PACT": 1.0},
            {"INCLUDED": [1.0, 0.0, 1.0]},
            1 - 0.22 * 0.6,
            1,
            1 - 0.25 * 0.6 - 1.1 * 0.06 + 0.8 * 0.065 * 0.9,
        ),
        # Excluded and knowing it: a rival's concession counts beside its own missing one.
        (
            {"PACT": 1.0, "PRECEDENT": 1.0},
            {"INCLUDED": [1.0, 0.0, 1.0], "ENVIOUS": [0.0, 1.0, 0.0]},
            1 - 0.22 * 0.6,
            1,
            1 - 0.25 * 0.6 - 1.1 * 0.06 + 0.8 * (0.065 + 0.63) * 0.9 * (1 + 1),
        ),
        # A hard state gives nothing to those who press: h_c above 0.6.
        (
            {"CAPTURE": 0.9, "PRECEDENT": 1.0},
            {},
            1 - 0.22 * 0.6,
            1,
            1 - 0.25 * 0.6 - 1.1 * 0.9,
        ),
    ],
)
def test_a_gangs_utilities_at_points_worked_out_by_hand(country, gang, restrain, business, press):
    found = of_gang(view_of(country, gang))
    by_hand = np.empty(3)
    by_hand[[GangAction.RESTRAIN, GangAction.BUSINESS, GangAction.PRESS]] = (
        restrain,
        business,
        press,
    )
    assert found == pytest.approx(by_hand, rel=1e-12)


def test_a_gang_alone_has_no_rent_to_collude_for():
    assert of_gang(view_of({}, {"RESTRAINING": 1.0}, gangs=1), 0)[GangAction.RESTRAIN] == (
        pytest.approx(1 - 0.22 * 0.6)
    )


# -- The rule --------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", [0.0, 0.7, 2.6, 11.5])
@pytest.mark.parametrize("gap", [-3.0, -0.2, 0.0, 1.5])
def test_two_options_follow_the_logistic_curve(precision, gap):
    first = odds([gap, 0.0], precision)[0]
    assert first == pytest.approx(1 / (1 + math.exp(-precision * gap)), rel=1e-13)


def test_precision_runs_from_chance_to_the_best_reply():
    utilities = [0.3, -math.inf, 0.8, 0.7]
    assert odds(utilities, 0.0) == pytest.approx([1 / 3, 0.0, 1 / 3, 1 / 3])
    assert odds(utilities, 1e6).tolist() == [0.0, 0.0, 1.0, 0.0]
    # The scale of utilities and precision are one number; their level is none.
    shifted = [10 * utility + 7 for utility in utilities]
    assert odds(shifted, 0.26) == pytest.approx(odds(utilities, 2.6))


@pytest.mark.parametrize(
    "utilities", [(0.2, -0.4, 1.0), (0.0, -math.inf, 0.5), (-math.inf,) * 2 + (0.0,)]
)
def test_a_uniform_number_picks_with_the_probabilities_of_the_rule(utilities):
    points = 20_000
    picked = [_pick(utilities, 2.0, (point + 0.5) / points) for point in range(points)]
    shares = np.bincount(picked, minlength=3) / points
    # Each option owns one interval of numbers, so a grid errs by less than a step at either end.
    assert np.abs(shares - odds(utilities, 2.0)).max() < 1.5 / points
    assert (np.diff(picked) >= 0).all()


def test_the_largest_number_below_one_still_picks_what_is_available():
    assert _pick((0.0, 0.1, -math.inf), 1.0, np.nextafter(1.0, 0.0)) == 1


def test_ties_keep_what_is_done():
    assert _best((1.0, 2.0, 2.0), 2) == 2
    assert _best((1.0, 2.0, 2.0), 0) == 1
    assert _best((1.0, 2.0, 3.0), 1) == 2


# -- When, and among what --------------------------------------------------------------------------


def stances(country, gang=None, strategy=quantal_response, points=400, parameters=None):
    """Stances taken over all numbers of the choice."""
    view = view_of({"REVISION": 0.0, **country}, gang, parameters)
    taken = set()
    for point in range(points):
        view[View.CHOICE] = (point + 0.5) / points
        taken.add(Stance(strategy(view)))
    return taken


ERRATIC = {"government_precision": 1e-9}
PACTS = {Stance.SECRET_PACT, Stance.BOTH, Stance.OPEN_PACT}


@pytest.mark.parametrize("strategy", [quantal_response, best_response])
def test_between_its_times_a_government_keeps_its_stance(strategy):
    weekly = 1 - math.exp(-1.2 / 48)
    kept = view_of({"STANCE": Stance.EXCEPTION, "REVISION": weekly + 1e-9, "CHOICE": 0.0})
    assert strategy(kept) == Stance.EXCEPTION
    kept[View.REVISION] = weekly - 1e-9
    assert strategy(kept) != Stance.EXCEPTION


@pytest.mark.parametrize("shock", ["BREACHED", "STRUCK", "INAUGURATION"])
def test_a_shock_lets_everybody_reconsider_at_once(shock):
    view = view_of({shock: 1.0, "STANCE": Stance.EXCEPTION}, {"PRESSING": 1.0, "COMMAND": 1.0})
    assert best_response(view) != Stance.EXCEPTION
    assert best_reply(view, 0) == GangAction.BUSINESS
    view[View[shock]] = 0.0
    assert best_response(view) == Stance.EXCEPTION
    assert best_reply(view, 0) == GangAction.PRESS


def test_a_pact_is_offered_only_where_it_can_be_accepted():
    assert stances({}, parameters=ERRATIC) == set(Stance)
    assert stances({"COOLING": 1.0}, parameters=ERRATIC) == set(Stance) - PACTS
    in_force = {"COOLING": 1.0, "PACT": 1.0, "STANCE": Stance.SECRET_PACT}
    assert stances(in_force, parameters=ERRATIC) == set(Stance)


def test_a_pact_that_is_gone_is_not_kept_up():
    gone = {"REVISION": 0.999, "COOLING": 1.0, "STANCE": Stance.BOTH}
    assert stances(gone, parameters=ERRATIC) == set(Stance) - PACTS


def test_a_new_administration_is_ordinary_or_tough_unless_it_honours_a_pact():
    new = {"REVISION": 0.999, "INAUGURATION": 1.0, "TURNOVER": 1.0}
    choice = {Stance.STATUS_QUO, Stance.MANO_DURA}
    assert stances({**new, "STANCE": Stance.REFORM}, parameters=ERRATIC) == choice
    honoured = {**new, "STANCE": Stance.SECRET_PACT, "PACT": 1.0}
    assert stances(honoured, parameters=ERRATIC) == {Stance.SECRET_PACT}
    again = {"REVISION": 0.999, "INAUGURATION": 1.0, "STANCE": Stance.REFORM}
    assert stances(again, parameters=ERRATIC) == set(Stance)


def test_a_gang_answers_the_end_of_a_pact_within_the_week():
    over = view_of({"SINCE_BREAK": 0.0}, {"RESTRAINING": 1.0})
    assert best_reply(over, 0) == GangAction.RESTRAIN  # rivals still restrain: rent beats cost
    alone = view_of({"SINCE_BREAK": 0.0}, {"RESTRAINING": [1.0, 0.0, 0.0]})
    assert best_reply(alone, 0) == GangAction.BUSINESS
    alone[View.SINCE_BREAK] = 0.5
    assert best_reply(alone, 0) == GangAction.RESTRAIN


def test_replies_at_large_precision_are_best_replies():
    for precision, strategy in ((1e7, quantal_reply), (1.0, best_reply)):
        view = view_of({"PACT": 1.0}, {"REVISION": 0.0}, {"gang_precision": precision})
        assert strategy(view, 2) == GangAction.RESTRAIN
        view[View.PACT] = 0.0
        assert strategy(view, 2) == GangAction.BUSINESS
    for point in range(50):
        country = {"REVISION": 0.0, "CHOICE": point / 50, "FEAR": 0.02 * point, "APPROVAL": 0.7}
        view = view_of(country, None, {"government_precision": 1e7})
        assert quantal_response(view) == best_response(view) == of_government(view).argmax()


def test_at_the_defaults_a_secret_pact_is_a_choice_but_not_the_best():
    matched = {parameter.name: parameter.default for parameter in Parameter}
    view = view_of({"REVISION": 0.0}, {"PRESSING": [1.0, 0.0, 0.0]}, matched)
    utilities = of_government(view)
    assert best_response(view) != Stance.SECRET_PACT
    assert utilities.argmax() != Stance.SECRET_PACT
    precision = Parameter.government_precision.default
    assert 0.01 < odds(utilities, precision)[Stance.SECRET_PACT] < 0.5


@numba.njit
def call_government(strategy, view):
    return strategy(view)


@numba.njit
def call_gang(strategy, view, gang):
    return strategy(view, gang)


@pytest.mark.parametrize("name", list(decide.CATALOGUE))
def test_machine_code_of_a_government_plays_what_python_plays(name):
    rng = np.random.default_rng(4)
    strategy = decide.CATALOGUE[name]
    for _ in range(40):
        view = random_view(rng)
        assert call_government(strategy, view) == strategy(view)


@pytest.mark.parametrize("name", list(decide.GANG_STRATEGIES))
def test_machine_code_of_a_gang_plays_what_python_plays(name):
    rng = np.random.default_rng(5)
    strategy = decide.GANG_STRATEGIES[name]
    for _ in range(40):
        view = random_view(rng)
        assert call_gang(strategy, view, 1) == strategy(view, 1)


def random_view(rng):
    flags = ("PACT", "LEAKED", "BREACHED", "STRUCK", "COOLING", "TURNOVER")
    country = {name: float(rng.random() < 0.3) for name in flags}
    country |= {name: rng.random() for name in ("FEAR", "APPROVAL", "DEMOCRACY", "CHOICE")}
    country |= {"STANCE": rng.integers(STANCES), "REVISION": rng.random() ** 3}
    country |= {"SINCE_BREAK": rng.exponential(2.0), "TO_ELECTION": 5 * rng.random()}
    country |= {"RECORDED_MONTH": rng.exponential(50.0), "SINCE_CHANGE": rng.integers(90)}
    gang = {name: rng.random(3) for name in ("TRUST", "RELIANCE", "COMMAND", "CHOICE")}
    gang |= {name: rng.integers(0, 2, 3) for name in ("INCLUDED", "ENVIOUS", "PRESSING")}
    gang |= {"REVISION": rng.random(3) ** 3}
    return view_of(country, gang)


# -- Platforms -------------------------------------------------------------------------------------


@pytest.mark.parametrize("fear", [0.0, 0.1, 0.376, 0.9])
@pytest.mark.parametrize(("votes", "cost"), [(3.2, 1.0), (1.0, 0.5), (0.2, 2.0)])
def test_the_platform_is_where_votes_less_costs_are_largest(fear, votes, cost):
    def lost(effort):
        return -(votes * fear * (effort - 1) - cost * (effort - 1) ** 2 / 2)

    best = minimize_scalar(lost, bounds=(0.0, 20.0), method="bounded", options={"xatol": 1e-9})
    assert decide.platform(fear, votes / cost) == pytest.approx(best.x, abs=1e-6)


def test_platforms_at_the_fear_of_sixty_are_mano_dura():
    fear = 1 / (1 + math.exp(1.2 - math.log(2)))
    slope = Parameter.platform_slope.default
    assert decide.platform(fear, slope) == pytest.approx(2.2, abs=0.01)
    assert decide.platform([[0.0], [0.5]], [1.0, 2.0]).tolist() == [[1.0, 1.0], [1.5, 2.0]]


@pytest.mark.parametrize(
    ("fear", "slope"), [(1.1, 1.0), (-0.1, 1.0), (math.nan, 1.0), (0.5, -1.0), (0.5, math.inf)]
)
def test_a_platform_of_no_fear_or_slope_is_refused(fear, slope):
    with pytest.raises(ValueError, match=r"Fear|slope"):
        decide.platform(fear, slope)
