r"""Does the bargain in closed form agree with simulated pacts, where the two say the same thing?

**What corresponds.** With decisions frozen (the government always offers, gangs always the same),
a simulated pact ends by the events of which a bargain holds the monthly chances:

===========  ===================================  ============================================
bargain      in the simulator                     how it is set here
===========  ===================================  ============================================
leak h       1 - exp(-h_0 D / 12)                 D held at 1
zeta         a leak's sanction ends the pact      sanctions at once, ending with 1 (or with 0)
turnover     1 - logistic(6 (A - 1/2)) a month    offices change every month, A held
honour q     q_h                                  as it is
breach g     1 - exp(-n h_acc q_b / 12)           as it is
===========  ===================================  ============================================

and S is the product of what each leaves. **What does not.** A simulated sanction takes time, and
recurs until one ends the pact: between 0 and 1, zeta is the chance that it does so before anything
else, and the law of two stages is no longer exponential. Elections come every five years, and
breaches, leaks and turnover depend on approval, democracy and stance. Simulated choices look one
step ahead with beliefs, at logarithms of killing; a bargain compares values of repeated play, in
killing. The gang's side can be matched exactly, the government's to first order only.
"""

import numpy as np
import pandas as pd
import pytest
from tests._game import START, country, frozen, open_pact, run, secret_pact, weeks
from tests.views import view_of

from tregua import model
from tregua.decide import Bargain, gang_utilities, government_utilities, logit_probabilities
from tregua.model import GangAction, Stance

YEARS = 6
OFFICES = tuple(START + pd.DateOffset(months=k) for k in range(1, 12 * YEARS + 1))
LEVEL = 0.9
APPROVAL = 1.0 / (1.0 + np.exp(-LEVEL))
LOST = 1.0 - 1.0 / (1.0 + np.exp(-6.0 * (APPROVAL - 0.5)))


def parts(zeta, gangs):
    """A world and the bargain that says the same of a month."""
    held = {
        "approval_level": LEVEL,
        "approval_spread": 0.0,
        "approval_fear": 0.0,
        "approval_leak": 0.0,
        "approval_open": 0.0,
        "democracy_usual": 1.0,
        "pressure_usual": 1.0,
    }
    rates = {"leak": 0.5, "breach": 0.12, "breach_ends": 0.4, "honour": 0.3}
    draws = frozen(**held | rates, sanction=1e9, sanction_ends=zeta)
    bargain = Bargain(
        leak=1.0 - np.exp(-0.5 / 12.0),
        leak_kills=zeta,
        turnover=LOST,
        honour=0.3,
        breach=1.0 - np.exp(-gangs * 0.12 * 0.4 / 12.0),
        gangs=float(gangs),
        false_alarm=0.0,
    )
    return draws, bargain


def alive(draws, gangs, **options):
    return run(
        draws,
        YEARS,
        profile=model.Profile(secret_pact, model.indifferent),
        setting=country((1.0 / gangs,) * gangs, OFFICES),
        variables=("pact", "pact_ends"),
        every="week",
        **options,
    ).kept


@pytest.mark.parametrize("zeta", [0.0, 1.0])
@pytest.mark.parametrize("gangs", [1, 3])
def test_a_frozen_pact_survives_a_month_with_the_chance_of_the_bargain(zeta, gangs):
    # Mean reading. Months have 28 to 31 days, a bargain's is a twelfth of a year: the whole is
    # compared, and a breach takes 1 - (1 - exp(-h dt)) q_b a week, of which exp(-h q_b dt) is the
    # limit: relative error below h^2 q_b dt / 2.
    draws, bargain = parts(zeta, gangs)
    kept = alive(draws, gangs, reading="mean")
    left = kept["pact"].values[0, 3::4]
    # What a week reports is the pact in force before that week's events.
    length = weeks(YEARS) * 12.0
    total = length[:-1].sum()
    # Offices change on the first of every month; on the first day there is no pact to end yet.
    by_vote = -np.log(1.0 - LOST * 0.7)
    hazard = (-np.log(left[-1]) - by_vote * (12 * YEARS - 1)) / total + by_vote
    assert hazard == pytest.approx(bargain.outside_hazard, rel=5e-3)
    # The sum of hazards of the theory: h zeta + eps (1 - q) + g, each as a rate.
    rates = 0.5 / 12 * zeta + gangs * 0.12 * 0.4 / 12 + by_vote
    assert float(bargain.outside_hazard) == pytest.approx(rates, rel=1e-12)
    # Every month alike: exponential life.
    monthly = -np.diff(np.log(left))
    between = np.add.reduceat(length[3:-1], np.arange(0, len(length) - 4, 4))
    steady = (monthly - by_vote) / between
    np.testing.assert_allclose(steady, steady.mean(), rtol=5e-3, atol=1e-6)


def test_the_expected_duration_of_many_pacts_is_that_of_the_bargain():
    # Months until the end: 1 / (1 - S). An end within a month counts as half of it.
    # False alarms on a fresh seed: 6e-5, with 1.5 % for the lengths of months.
    worlds, gangs = 1_000, 3
    draws, bargain = parts(1.0, gangs)
    many = frozen(worlds).with_(**{name: draws.column(name)[0] for name in draws.names})
    kept = alive(many, gangs, seed=3)
    lived = kept["pact"].values.sum(1) / 4.0
    hazard = float(bargain.outside_hazard)
    reached = 1.0 - np.exp(-hazard * 12 * YEARS)  # expected life up to the end of the run
    expected = reached / hazard
    assert lived.mean() == pytest.approx(
        expected, abs=4 * lived.std() / np.sqrt(worlds) + 0.015 * expected + 0.25
    )
    assert float(bargain.duration) == pytest.approx(1.0 / -np.expm1(-hazard))


def test_between_none_and_all_a_sanction_is_a_second_stage_of_which_zeta_is_the_chance():
    # Leaks at a, then sanctions that end the pact at c beside the other ends u: of the pacts that
    # leak, c / (c + u) end by a sanction: that is zeta. The expected life is then not 1 / (a zeta +
    # u) but 1/(a+u) + a/((a+u)(c+u)), which is longer.
    a, c, u = 1.2, 0.6, 0.3
    zeta = c / (c + u)
    bargain_years = 1.0 / (a * zeta + u)
    years = 1.0 / (a + u) + a / ((a + u) * (c + u))
    assert years > 1.1 * bargain_years
    draws = frozen(
        1_000,
        leak=a,
        democracy_usual=1.0,
        sanction=c / 0.3,
        sanction_ends=0.3,
        pressure_usual=1.0,
        breach=u,
        breach_ends=1.0,
    )
    kept = run(
        draws,
        15,
        profile=model.Profile(secret_pact, model.indifferent),
        setting=country(),
        variables=("pact",),
        every="year",
        seed=6,
    ).kept
    lived = kept["pact"].values.sum(1)
    # False alarms: 6e-5, with a week's bias either way.
    assert lived.mean() == pytest.approx(years, abs=4 * lived.std() / np.sqrt(1_000) + 2 / 48)


# -- Choices ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("detection", [0.2, 0.6, 1.0])
@pytest.mark.parametrize("survival", [0.8, 0.97])
def test_precise_leaders_restrain_exactly_where_the_gangs_constraint_holds(detection, survival):
    # One gang, a pact in force. The share of the concession that a cheat keeps is what falls before
    # it is seen: f_B = (1 - dS) / (1 - dS (1 - beta)). With w = w_l, s = s_R, psi = k = 0 and the
    # trust b read as the share x of the regime, U(R) >= U(B) is equation (G).
    bargain = Bargain(
        regime_value=0.8,
        restraint_cost=0.3,
        command=0.9,
        gangs=1.0,
        surprise_gain=0.0,
        conditional_repression=0.0,
        power_shift=0.0,
        trust=1.0,
        false_alarm=0.0,
        detection=detection,
        leak=1.0 - survival,
        leak_kills=1.0,
        turnover=0.0,
        breach=0.0,
    )
    stays = float(bargain.survival) * np.exp(-float(bargain.gang_discount) / 12.0)
    undetected = (1.0 - stays) / (1.0 - stays * (1.0 - detection))
    needed = float(bargain.minimal_concession)
    parameters = {
        "value_of_concession": 0.8,
        "restraint_cost": 0.3,
        "undetected": undetected,
        "pressing_cost": 9.0,
        "collusion_rent": 0.0,
    }
    utilities, chances = np.empty(3), np.empty(3)
    for share, choice in (
        (needed - 0.02, GangAction.BUSINESS),
        (needed + 0.02, GangAction.RESTRAIN),
    ):
        gang = {"TRUST": share, "COMMAND": 0.9}
        view = view_of({"PACT": 1.0}, gang, parameters, gangs=1)
        gang_utilities(view, 0, utilities)
        best = []
        for precision in (1.0, 100.0, 1e4):
            logit_probabilities(utilities, precision, chances)
            best.append(chances[choice])
        assert best == sorted(best)
        assert best[-1] > 0.999
    assert needed > 0.02  # both sides of the constraint were tried


def test_precise_governments_offer_where_the_promise_is_worth_it_to_first_order():
    # Without politics, hazards or impatience (V) is x <= b kappa rho v / c. A simulated government
    # compares 2 w_V F ln(y / y_pact) with n c_l; for little restraint the logarithm is the share of
    # killing that ends, so that b = 2 w_V F / y. Beyond that the logarithm grows faster.
    fear, worth, cost, base = 0.4, 0.63, 0.02, 1_000.0
    parameters = {
        "value_of_calm": worth,
        "concession_cost": cost,
        "command_ceiling": 1.0,
        "hidden_usual": 0.0,
        "hidden_pact": 0.0,
        "pressing_effect": 0.0,
        "inertia": 0.0,
        "votes_delivered": 0.0,
        "openness_cost": 0.0,
        "approval_toughness": 0.0,
    }
    gang = {"RELIANCE": 1.0, "BASE_RATE": base, "COMMAND": 1.0}
    threshold = cost / (2.0 * worth * fear)  # share of killing that must end, for one gang
    utilities, chances = np.empty(7), np.empty(2)
    for restraint in (0.8 * threshold, 1.25 * threshold):
        view = view_of(
            {"FEAR": fear, "AMBIENT_RATE": 0.0, "STANCE": Stance.STATUS_QUO},
            gang,
            parameters | {"restraint": restraint},
            gangs=1,
        )
        government_utilities(view, utilities)
        pair = utilities[[Stance.OPEN_PACT, Stance.STATUS_QUO]]
        believed = Bargain(
            gangs=1.0,
            calm_value=2.0 * worth * fear / (base / 1200.0),
            restraint=restraint,
            command=1.0,
            violence=base / 1200.0,
            regime_cost=cost,
            exposure_cost=0.0,
            government_outside=0.0,
            tough_bonus=0.0,
            leak=0.0,
            turnover=0.0,
            breach=0.0,
            false_alarm=0.0,
            government_discount=0.0,
        ).maximal_concession
        offers = believed >= 1.0
        logit_probabilities(pair, 1e5, chances)
        assert chances[0] == pytest.approx(float(offers), abs=1e-6)


def test_the_open_pact_of_these_worlds_ends_by_nothing_that_is_off():
    kept = run(
        frozen(20),
        2,
        profile=model.Profile(open_pact, model.indifferent),
        setting=country((0.5, 0.5)),
    ).kept
    assert kept["pact_ends"].sum() == 0.0
