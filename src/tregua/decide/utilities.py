r"""What a government and a gang's leaders want, as far as they can see.

Both weigh the few things that the literature on Salvadoran pacts names, and only with what is in
their view: published counts, polls, the calendar, their beliefs about the other side. Beliefs stand
for all strategic foresight: each side expects the other to do what it believes it to do, and no
further (level-1 reasoning).

A government values stance $s$ with $H$ years to the election, fear $F$, democracy $D$ by

$$ U_G(s) = 2 w_V F \ln\frac{y}{\hat y_s} + 2 w_P F r_s - \text{what the stance costs}, $$

where $\hat y_s$ is the *recorded* killing a year that it expects: hidden killing costs it nothing.
Leaders measure in the income of a normal year, with belief $b$ in an offer and command $\kappa$:

$$ U(R) = 1 + \xi\,\bar r + w_l b - s_R\kappa,\quad U(B) = 1 + f_B w_l b,\quad
   U(P) = 1 - c_P\kappa - w_k h_c + w_l\chi\,(1 - b), $$

the belief counting only where the gang is included in the offer. Both are written out in
`docs/explanation/decisions.md`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tregua.compiled import compiled
from tregua.model import GangAction, GangView, Parameter, Stance, View, in_view, own
from tregua.model.actor import is_pact, may_leak

__all__ = [
    "expected_record",
    "gang_utilities",
    "gang_utility",
    "government_utilities",
    "government_utility",
    "platform",
]

Row = NDArray[np.float64]

STANCES = len(Stance)
ACTIONS = len(GangAction)

# Structural constants; uncertain numbers are parameters.
_TOUGH_BOTH = 0.7  # tough talk by stance, mano dura being 1
_TOUGH_EXCEPTION = 1.3
_DENIAL = 0.7  # a leak is believed by 1 - 0.7 (1 - D)
_LEAKED_ALREADY = 0.6  # share of a leak's cost left once the pact is known
_FORESIGHT = 2.0  # years ahead that a government weighs
_EXCEPTION_WORKS = 0.5  # per year, fall of log gang killing that it expects of an exception
_PRESSES_ON = 0.8  # pressing it expects of a gang that presses, and of another
_PRESSES_ANEW = 0.25
_MAJORITY = 0.62  # approval that carries a legislative majority
_NO_MAJORITY = 3.0  # what an exception costs without one
_HARD = 0.6  # capture hazard per year at which pressing wins nothing
_LEAST_KILLING = 1.0  # per year, so that logarithms exist


# -- The government ------------------------------------------------------------------------------


@compiled
def _horizon(view: Row) -> float:
    return float(min(view[View.TO_ELECTION], _FORESIGHT))


@compiled
def _without_pact(view: Row, gang: int) -> float:
    """Recorded killings a year expected of a gang that is offered nothing."""
    pressing = view[in_view(GangView.PRESSING, gang)] > 0.5
    likely = _PRESSES_ON if pressing else _PRESSES_ANEW
    obeying = view[in_view(GangView.COMMAND, gang)]
    extra = likely * view[own(Parameter.pressing_effect)] * obeying
    seen = 1.0 - view[own(Parameter.hidden_usual)]
    return float(view[in_view(GangView.BASE_RATE, gang)] * seen * (1.0 + extra))


@compiled
def _within_pact(view: Row, gang: int) -> float:
    """The same of a gang that is offered a pact and delivers with the believed probability."""
    delivers = view[in_view(GangView.RELIANCE, gang)]
    # Leaders whose regime is relaxed command as many cliques as they ever will.
    held = view[own(Parameter.command_ceiling)] * view[own(Parameter.restraint)]
    kept = (1.0 - view[own(Parameter.hidden_pact)]) * (1.0 - held)
    broken = 1.0 - view[own(Parameter.hidden_usual)]
    return float(
        view[in_view(GangView.BASE_RATE, gang)] * (delivers * kept + (1.0 - delivers) * broken)
    )


@compiled
def expected_record(view: Row, stance: int) -> float:
    """Recorded killings a year that a government expects of a stance, at least 1.

    Parameters
    ----------
    view
        What it sees (`View`, `GangView`).
    stance
        A member of `Stance`.
    """
    expected = view[View.AMBIENT_RATE]
    for g in range(int(view[View.GANGS])):
        if stance == Stance.EXCEPTION:
            seen = 1.0 - view[own(Parameter.hidden_usual)]
            left = math.exp(-_EXCEPTION_WORKS * _horizon(view))
            expected += view[in_view(GangView.BASE_RATE, g)] * seen * left
        elif is_pact(stance) and view[in_view(GangView.INCLUDED, g)] > 0.5:
            expected += _within_pact(view, g)
        else:
            expected += _without_pact(view, g)
    return float(max(expected, _LEAST_KILLING))


@compiled
def toughness(stance: int) -> float:
    """Tough talk of a stance, mano dura being 1."""
    if stance == Stance.MANO_DURA:
        return 1.0
    if stance == Stance.BOTH:
        return _TOUGH_BOTH
    return _TOUGH_EXCEPTION if stance == Stance.EXCEPTION else 0.0


@compiled
def believed(view: Row) -> float:
    """Share of the public that believes a leak: where the press is not free, denial helps."""
    return float(1.0 - _DENIAL * (1.0 - view[View.DEMOCRACY]))


@compiled
def _leak_cost(view: Row) -> float:
    """What a government expects to lose by a secret pact's becoming known."""
    if view[View.LEAKED] > 0.5 and view[View.PACT] > 0.5:
        likely = _LEAKED_ALREADY
    else:
        hazard = view[own(Parameter.leak)] * view[View.DEMOCRACY]
        likely = 1.0 - math.exp(-hazard * _horizon(view))
    return float(view[own(Parameter.leak_cost)] * likely * believed(view))


@compiled
def _worth_of_pact(view: Row, stance: int) -> float:
    """Votes delivered, less concessions, less what is lost by a leak, by openness, by a breach."""
    included, delivering = 0.0, 0.0
    for g in range(int(view[View.GANGS])):
        inside = view[in_view(GangView.INCLUDED, g)]
        included += inside
        delivering += inside * view[in_view(GangView.RELIANCE, g)]
    delivering = delivering / included if included > 0.0 else 0.0
    price = view[own(Parameter.concession_cost)]
    worth = view[own(Parameter.votes_delivered)] * math.exp(-view[View.TO_ELECTION]) * delivering
    if may_leak(stance):
        price += view[own(Parameter.prosecution_cost)] * view[View.PROSECUTED]
        worth -= _leak_cost(view)
    else:
        worth -= view[own(Parameter.openness_cost)]
    if view[View.BREACHED] > 0.0:
        worth -= view[own(Parameter.breach_cost)]
    return float(worth - included * price)


@compiled
def worth_of_exception(view: Row) -> float:
    """What an exception costs: democracy, opprobrium abroad, and a majority where there is none."""
    majority = 1.0 if view[View.APPROVAL] > _MAJORITY else 0.0
    democracy = view[own(Parameter.democracy_cost)] * view[View.DEMOCRACY]
    abroad = view[own(Parameter.pressure_cost)] * view[View.PRESSURE]
    return float(-democracy * (1.0 - majority / 2.0) - abroad - _NO_MAJORITY * (1.0 - majority))


@compiled
def worth_of_reform(view: Row) -> float:
    """Returns of reform before the election, less what it costs."""
    seen = 1.0 - math.exp(-view[View.TO_ELECTION] / view[own(Parameter.reform_time)])
    return float(view[own(Parameter.value_of_reform)] * seen - view[own(Parameter.reform_cost)])


@compiled
def government_utility(view: Row, stance: int) -> float:
    """Utility of a stance to a government.

    An administration that has just taken power from another is bound to no stance, and pays nothing
    for a change.

    Parameters
    ----------
    view
        What it sees (`View`, `GangView`).
    stance
        A member of `Stance`.
    """
    rate = view[View.RECORDED_MONTH] * view[View.POPULATION] / 1e5
    calm = math.log(max(rate, _LEAST_KILLING) / expected_record(view, stance))
    tough = view[own(Parameter.approval_toughness)] * toughness(stance)
    utility = 2.0 * view[View.FEAR] * (view[own(Parameter.value_of_calm)] * calm + tough)
    if is_pact(stance):
        utility += _worth_of_pact(view, stance)
    elif stance == Stance.EXCEPTION:
        utility += worth_of_exception(view)
    elif stance == Stance.REFORM:
        utility += worth_of_reform(view)
    elif stance == Stance.MANO_DURA:
        utility -= view[own(Parameter.crackdown_cost)]
    if stance != view[View.STANCE] and view[View.TURNOVER] < 0.5:
        utility -= view[own(Parameter.inertia)]
    return float(utility)


@compiled
def government_utilities(view: Row, out: Row) -> None:
    """Utility of every stance to a government, available or not.

    Parameters
    ----------
    view
        What it sees (`View`, `GangView`).
    out
        float64[7], one number a `Stance`; written.
    """
    for stance in range(STANCES):
        out[stance] = government_utility(view, stance)


# -- A gang's leaders ------------------------------------------------------------------------------


@compiled
def _offered(view: Row, gang: int) -> float:
    """1 if the concession is the gang's to have."""
    inside = view[View.PACT] > 0.5 and view[in_view(GangView.INCLUDED, gang)] > 0.5
    return 1.0 if inside else 0.0


@compiled
def _rivals_restraining(view: Row, gang: int) -> float:
    """Share of the other gangs that restrained last."""
    gangs = int(view[View.GANGS])
    total = 0.0
    for g in range(gangs):
        if g != gang:
            total += view[in_view(GangView.RESTRAINING, g)]
    return total / (gangs - 1) if gangs > 1 else 0.0


@compiled
def _worth_of_pressing(view: Row, gang: int, offered: float) -> float:
    """What pressing wins: the concession not held yet, and what an envied rival has beyond it."""
    hard = min(1.0, view[View.CAPTURE] / _HARD)
    precedent = view[own(Parameter.extraction_precedent)] * view[View.PRECEDENT]
    wins = (view[own(Parameter.extraction)] + precedent) * (1.0 - hard)
    missing = 1.0 - view[in_view(GangView.TRUST, gang)] * offered
    if view[in_view(GangView.ENVIOUS, gang)] > 0.5:
        missing += 1.0 - offered
    return float(view[own(Parameter.value_of_concession)] * wins * missing)


@compiled
def gang_utility(view: Row, gang: int, action: int) -> float:
    """Utility of an action to a gang's leaders, the income of a normal year being 1.

    Parameters
    ----------
    view
        What they see (`View`, `GangView`).
    gang
        Number of the gang.
    action
        A member of `GangAction`.
    """
    offered = _offered(view, gang)
    obeying = view[in_view(GangView.COMMAND, gang)]
    trusted = view[in_view(GangView.TRUST, gang)] * offered
    concession = view[own(Parameter.value_of_concession)] * trusted
    if action == GangAction.RESTRAIN:
        rent = view[own(Parameter.collusion_rent)] * _rivals_restraining(view, gang)
        return float(1.0 + rent + concession - view[own(Parameter.restraint_cost)] * obeying)
    if action == GangAction.PRESS:
        cost = view[own(Parameter.pressing_cost)] * obeying
        cost += view[own(Parameter.capture_cost)] * view[View.CAPTURE]
        return float(1.0 - cost + _worth_of_pressing(view, gang, offered))
    return float(1.0 + view[own(Parameter.undetected)] * concession)


@compiled
def gang_utilities(view: Row, gang: int, out: Row) -> None:
    """Utility of every action to a gang's leaders.

    Parameters
    ----------
    view
        What they see (`View`, `GangView`).
    gang
        Number of the gang.
    out
        float64[3], one number a `GangAction`; written.
    """
    for action in range(ACTIONS):
        out[action] = gang_utility(view, gang, action)


# -- The race to the bottom ------------------------------------------------------------------------


def platform(fear: ArrayLike, slope: ArrayLike) -> NDArray[np.float64]:
    r"""Enforcement that every party promises, $e^*(F) = 1 + (b_F/c_e)\,F$.

    It maximises $b_F F (e-1) - c_e (e-1)^2/2$: votes won by toughness in proportion to fear, less a
    convex cost. What enforcement does to killing does not enter, so that the promise does not
    depend on whether it works. All parties solve the same problem.

    Parameters
    ----------
    fear
        Share of people in fear, 0 to 1; any shape.
    slope
        $b_F/c_e$, at least 0 (parameter `platform_slope`); broadcasts with `fear`.

    Returns
    -------
    numpy.ndarray
        float64, the shape of both; at least 1, ordinary policing being 1.

    Raises
    ------
    ValueError
        If a fear is no share, or a slope is negative or not finite.

    Examples
    --------
    >>> platform([0.0, 0.375], 3.2).tolist()
    [1.0, 2.2]
    """
    share, rise = np.asarray(fear, dtype=np.float64), np.asarray(slope, dtype=np.float64)
    if not np.all((share >= 0.0) & (share <= 1.0)):
        raise ValueError("Fear must be a share, from 0 to 1.")
    if not np.all((rise >= 0.0) & np.isfinite(rise)):
        raise ValueError("The slope of platforms must be finite and at least 0.")
    return np.asarray(1.0 + rise * share)
