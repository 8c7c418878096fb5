"""What holds for decisions in every state: found by Hypothesis over the whole range of a view."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.views import view_of

from tregua import decide, model
from tregua.decide.respond import _best, _pick
from tregua.model import GangAction, GangView, Stance, View, in_view

FEW = settings(max_examples=80, deadline=None, derandomize=True)
SHARE = st.floats(0.0, 1.0)
FLAG = st.sampled_from([0.0, 1.0])
DRAWN = model.prior_draws(64, seed=12)
NAMES = DRAWN.names


@st.composite
def views(draw):
    """Any state that a government or a gang could see, in any world of the prior."""
    country = {
        name: draw(SHARE) for name in ("FEAR", "APPROVAL", "DEMOCRACY", "PRECEDENT", "PRESSURE")
    }
    flags = ("PACT", "LEAKED", "BREACHED", "STRUCK", "COOLING", "TURNOVER", "PROSECUTED")
    country |= {name: draw(FLAG) for name in flags}
    country |= {
        "STANCE": draw(st.integers(0, len(Stance) - 1)),
        "RECORDED_MONTH": draw(st.floats(0.0, 1e3)),
        "POPULATION": draw(st.floats(1e3, 1e9)),
        "AMBIENT_RATE": draw(st.floats(0.0, 1e6)),
        "TO_ELECTION": draw(st.floats(0.0, 99.0)),
        "CAPTURE": draw(st.floats(0.0, 20.0)),
        "SINCE_BREAK": draw(st.floats(0.0, 99.0)),
        "REVISION": draw(SHARE),
        "CHOICE": draw(st.floats(0.0, 1.0, exclude_max=True)),
    }
    gangs = draw(st.integers(1, 4))
    each = st.lists(SHARE, min_size=gangs, max_size=gangs)
    yes_or_no = st.lists(FLAG, min_size=gangs, max_size=gangs)
    gang = {name: draw(each) for name in ("TRUST", "RELIANCE", "COMMAND")}
    gang |= {name: draw(yes_or_no) for name in ("INCLUDED", "ENVIOUS", "PRESSING")}
    gang["BASE_RATE"] = [1e5 * share for share in draw(each)]
    row = DRAWN.values[draw(st.integers(0, len(DRAWN) - 1))]
    parameters = dict(zip(NAMES, row, strict=True))
    return view_of(country, gang, parameters, gangs=gangs)


def utilities_of(view):
    out = np.empty(len(Stance))
    decide.government_utilities(view, out)
    return out


@FEW
@given(views())
def test_utilities_are_finite_numbers_and_leave_the_view_alone(view):
    before = view.copy()
    assert np.isfinite(utilities_of(view)).all()
    out = np.empty(len(GangAction))
    for gang in range(int(view[View.GANGS])):
        decide.gang_utilities(view, gang, out)
        assert np.isfinite(out).all()
    for stance in Stance:
        assert decide.expected_record(view, stance) >= 1.0
    assert np.array_equal(view, before)


@FEW
@given(views())
def test_every_strategy_takes_a_stance_or_an_action_and_leaves_the_view_alone(view):
    before = view.copy()
    for strategy in decide.CATALOGUE.values():
        assert strategy(view) in list(Stance), strategy
    for strategy in decide.GANG_STRATEGIES.values():
        assert strategy(view, int(view[View.GANGS]) - 1) in list(GangAction), strategy
    assert np.array_equal(view, before)


@FEW
@given(views())
def test_what_a_government_does_not_want_changed_it_does_not_change(view):
    # A leak, a prosecution and a breach can only make a pact less wanted; a majority and a weaker
    # democracy can only make an exception more wanted.
    worse = view.copy()
    worse[[View.PROSECUTED, View.BREACHED]] = 1.0
    lost = utilities_of(worse) - utilities_of(view)
    assert (lost <= 1e-12).all()
    better = view.copy()
    better[View.APPROVAL] = 1.0
    better[View.PRESSURE] = 0.0
    assert utilities_of(better)[Stance.EXCEPTION] >= utilities_of(view)[Stance.EXCEPTION] - 1e-12


@FEW
@given(views(), st.floats(0.0, 1.0))
def test_trust_never_makes_a_gang_like_pressing_more_or_restraint_less(view, trust):
    gang = int(view[View.GANGS]) - 1
    lower, higher = view.copy(), view.copy()
    place = in_view(GangView.TRUST, gang)
    lower[place], higher[place] = sorted((trust, view[place]))
    for action, sign in (
        (GangAction.RESTRAIN, 1),
        (GangAction.BUSINESS, 1),
        (GangAction.PRESS, -1),
    ):
        gained = decide.gang_utility(higher, gang, action) - decide.gang_utility(
            lower, gang, action
        )
        assert sign * gained >= -1e-12


OPTIONS = st.lists(
    st.one_of(st.floats(-1e3, 1e3), st.just(-math.inf)), min_size=2, max_size=8
).filter(lambda values: max(values) > -math.inf)


@FEW
@given(OPTIONS, st.floats(0.0, 1e4), SHARE)
def test_probabilities_sum_to_one_and_follow_the_order_of_utilities(utilities, precision, draw):
    values, odds = np.array(utilities), np.empty(len(utilities))
    decide.logit_probabilities(values, precision, odds)
    assert odds.sum() == np.float64(1.0) or abs(odds.sum() - 1.0) < 1e-14
    assert (odds >= 0.0).all()
    assert (odds[values == -math.inf] == 0.0).all()
    order = np.argsort(values)
    assert (np.diff(odds[order]) >= -1e-15).all()
    picked = _pick(tuple(utilities), precision, min(draw, np.nextafter(1.0, 0.0)))
    assert values[picked] > -math.inf
    assert utilities[_best(tuple(utilities), 0)] == values.max()


@FEW
@given(SHARE, SHARE, st.floats(0.0, 100.0))
def test_platforms_rise_with_fear(one, other, slope):
    low, high = decide.platform(sorted((one, other)), slope)
    assert 1.0 <= low <= high <= 1.0 + slope
