r"""Choosing by what one wants: quantal and best responses.

An actor reconsiders at random times (a Poisson process), and at once after a breach, a strike, the
end of a pact or an inauguration. It then takes option $a$ with the probability of the logit rule

$$ P(a) = \frac{e^{\lambda U(a)}}{\sum_j e^{\lambda U(j)}} $$

(R. D. McKelvey and T. R. Palfrey 1995, "Quantal Response Equilibria for Normal Form Games", Games
and Economic Behavior 10, 6-38). The precision $\lambda$ is 0 for a choice at random and grows
towards the best reply. Data identify it only together with the scale of the utilities. Beliefs
about the other side are those in the view; no equilibrium is solved for.

Times and choices are drawn by the week from the actor's own two numbers in the view, so these
strategies are marked as mixing.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.decide.utilities import gang_utility, government_utility
from tregua.model import (
    GangAction,
    GangView,
    Parameter,
    Stance,
    View,
    gangs,
    government,
    in_view,
    own,
)
from tregua.model.actor import is_pact

__all__ = [
    "best_reply",
    "best_response",
    "logit_probabilities",
    "quantal_reply",
    "quantal_response",
]

Row = NDArray[np.float64]
_OUT = -math.inf


# -- The rule ------------------------------------------------------------------------------------


@compiled
def _pick(utilities: tuple[float, ...], precision: float, draw: float) -> int:
    """Option of the logit rule at a uniform number; -inf marks what is not available."""
    best = max(utilities)
    total = 0.0
    for utility in utilities:
        if utility > _OUT:
            total += math.exp(precision * (utility - best))
    reached, picked = 0.0, 0
    for option in range(len(utilities)):
        if utilities[option] > _OUT:
            picked = option
            reached += math.exp(precision * (utilities[option] - best))
            if draw * total < reached:
                break
    return picked


@compiled
def _best(utilities: tuple[float, ...], current: int) -> int:
    """Option of largest utility; the current one if it is among the best, else the first."""
    best, picked = max(utilities), -1
    for option in range(len(utilities)):
        if utilities[option] == best and (picked < 0 or option == current):
            picked = option
    return picked


@compiled
def logit_probabilities(utilities: Row, precision: float, out: Row) -> None:
    """Probabilities of the logit rule.

    Parameters
    ----------
    utilities
        float64[n], -inf for what is not available; at least one is finite.
    precision
        At least 0; 0 gives every available option the same probability.
    out
        float64[n]; written, and sums to 1.
    """
    best = utilities.max()
    total = 0.0
    for option in range(len(utilities)):
        available = utilities[option] > _OUT
        out[option] = math.exp(precision * (utilities[option] - best)) if available else 0.0
        total += out[option]
    for option in range(len(utilities)):
        out[option] /= total


@compiled
def _comes(rate: float, view: Row, draw: float) -> bool:
    """Whether a Poisson time of this rate falls into the week."""
    return draw < 1.0 - math.exp(-rate * view[View.LENGTH])


@compiled
def _shaken(view: Row) -> bool:
    """Whether something happened that nobody leaves unanswered for long."""
    happened = view[View.BREACHED] + view[View.STRUCK] + view[View.INAUGURATION]
    return bool(happened > 0.0)


# -- The government ------------------------------------------------------------------------------


@compiled
def _collapsed(view: Row) -> bool:
    """Whether the stance offers a pact that is gone and that gangs would not accept again yet."""
    lost = view[View.PACT] < 0.5 and view[View.COOLING] > 0.5
    return is_pact(int(view[View.STANCE])) and lost


@compiled
def _open_to(view: Row, stance: int) -> bool:
    """Whether a stance may be chosen now.

    A pact is offered only where it can be accepted. A new administration chooses between the
    ordinary and the tough (the race to the bottom); a pact that it has honoured it keeps.
    """
    if view[View.TURNOVER] > 0.5:
        if view[View.PACT] > 0.5:
            return bool(stance == view[View.STANCE])
        return stance == Stance.STATUS_QUO or stance == Stance.MANO_DURA
    return not is_pact(stance) or view[View.PACT] > 0.5 or view[View.COOLING] < 0.5


@compiled
def _value(view: Row, stance: int) -> float:
    return government_utility(view, stance) if _open_to(view, stance) else _OUT


@compiled
def _values(view: Row) -> tuple[float, float, float, float, float, float, float]:
    """Utilities of all stances, in the order of `Stance`; -inf for those that are not open."""
    return (
        _value(view, Stance.STATUS_QUO),
        _value(view, Stance.MANO_DURA),
        _value(view, Stance.SECRET_PACT),
        _value(view, Stance.BOTH),
        _value(view, Stance.OPEN_PACT),
        _value(view, Stance.EXCEPTION),
        _value(view, Stance.REFORM),
    )


@compiled
def _government_reconsiders(view: Row) -> bool:
    if _shaken(view) or _collapsed(view):
        return True
    return _comes(view[own(Parameter.government_revision)], view, view[View.REVISION])


@government(mixes=True)
def quantal_response(view: Row) -> int:
    """Take each stance with a probability that grows with what it is worth to the government.

    The logit rule of McKelvey and Palfrey 1995, at random times and after every shock. At the
    matched precision the secret pact is a best reply in few states; it comes about as a choice
    that is good but not best.
    """
    if not _government_reconsiders(view):
        return int(view[View.STANCE])
    precision = view[own(Parameter.government_precision)]
    return _pick(_values(view), precision, view[View.CHOICE])


@government(mixes=True)
def best_response(view: Row) -> int:
    """Take the stance that is worth most to the government, whenever it reconsiders.

    The limit of the quantal response for a government that never errs; ties keep the stance.
    """
    if not _government_reconsiders(view):
        return int(view[View.STANCE])
    return _best(_values(view), int(view[View.STANCE]))


# -- A gang's leaders ----------------------------------------------------------------------------


@compiled
def _action(view: Row, gang: int) -> int:
    """The gang's last action."""
    if view[in_view(GangView.RESTRAINING, gang)] > 0.5:
        return GangAction.RESTRAIN
    if view[in_view(GangView.PRESSING, gang)] > 0.5:
        return GangAction.PRESS
    return GangAction.BUSINESS


@compiled
def _gang_values(view: Row, gang: int) -> tuple[float, float, float]:
    """Utilities of all actions, in the order of `GangAction`."""
    return (
        gang_utility(view, gang, GangAction.BUSINESS),
        gang_utility(view, gang, GangAction.RESTRAIN),
        gang_utility(view, gang, GangAction.PRESS),
    )


@compiled
def _gang_reconsiders(view: Row, gang: int) -> bool:
    # A pact that ended this week has just been revoked, one that ended last week was broken.
    ended = view[View.SINCE_BREAK] < 1.5 * view[View.LENGTH]
    if ended or _shaken(view):
        return True
    draw = view[in_view(GangView.REVISION, gang)]
    return _comes(view[own(Parameter.gang_revision)], view, draw)


@gangs(mixes=True)
def quantal_reply(view: Row, gang: int) -> int:
    """Take each action with a probability that grows with what it is worth to the leaders.

    The logit rule of McKelvey and Palfrey 1995, at random times and after every shock.
    """
    if not _gang_reconsiders(view, gang):
        return _action(view, gang)
    precision = view[own(Parameter.gang_precision)]
    return _pick(_gang_values(view, gang), precision, view[in_view(GangView.CHOICE, gang)])


@gangs(mixes=True)
def best_reply(view: Row, gang: int) -> int:
    """Take the action that is worth most to the leaders, whenever they reconsider.

    The limit of the quantal reply for leaders who never err; ties keep the action.
    """
    if not _gang_reconsiders(view, gang):
        return _action(view, gang)
    return _best(_gang_values(view, gang), _action(view, gang))
