"""Triggers: government strategies that change their stance when something is seen.

Each is a rule that the source article describes, that a record shows, or that the theory of
repeated games asks for. A strategy keeps no memory of its own: what it must remember it reads off
the view, as the stance in force, the years since it took over, or the years since a pact ended.
Thresholds stand at the top, so that a variant is a short function away.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tregua.model import GangView, Stance, View, government, in_view

__all__ = [
    "conditional_crackdown",
    "exception_on_spike",
    "follow_fear",
    "grim",
    "pact_for_votes",
    "pact_until_election",
    "pact_until_leak",
    "reform_after_calm",
    "territorial_then_exception",
    "wind_down",
]

Row = NDArray[np.float64]

_LAST_YEAR = 1.0  # years before an election in which a pact is a liability
_CAMPAIGN = 2.0  # years before an election in which votes are bought
_SPIKE = 1.5  # last month's rate over the year's
_WEEKS_OF_DECREE = 48.0  # a year of twelve months of four weeks
_CALM = 30.0  # recorded killings per 100,000 a year
_FEARED = 0.35  # about the fear of 54 killings per 100,000 a year
_HALF = 0.5
_YEARS_OF_EXCEPTION = 2.0
_YEARS_TO_REFORM = 3.0


@government
def pact_until_leak(view: Row) -> int:
    """Hold a secret pact until it is public; then deny it and drop it.

    The exposure of September 2020 is the case for which denial was chosen instead. Cruz 2019,
    Bulletin of Latin American Research 38(5), on how publics constrain such bargains.
    """
    return Stance.STATUS_QUO if view[View.LEAKED] > 0.5 else Stance.SECRET_PACT


@government
def pact_until_election(view: Row) -> int:
    """Hold a secret pact, but drop it in the last year before an election.

    A government that will soon lose what a pact earns reneges as the vote comes near; the horizons
    of officials decide (Snyder and Duran-Martinez 2009, Crime, Law and Social Change 52).
    """
    return Stance.STATUS_QUO if view[View.TO_ELECTION] < _LAST_YEAR else Stance.SECRET_PACT


@government
def pact_for_votes(view: Row) -> int:
    """Hold a secret pact only in the two years before an election.

    Armed groups are kept where they deliver votes (Acemoglu, Robinson and Santos 2013, Journal of
    the European Economic Association 11); prosecutors allege it of 2021.
    """
    return Stance.SECRET_PACT if view[View.TO_ELECTION] < _CAMPAIGN else Stance.STATUS_QUO


@government
def grim(view: Row) -> int:
    """Hold a secret pact until it is broken once, then mano dura for good.

    The trigger strategy of Friedman 1971, Review of Economic Studies 38. A break before the
    strategy took over is not its affair.
    """
    broken = view[View.BREACHED] > 0.0 or view[View.SINCE_BREAK] < view[View.YEARS]
    return Stance.MANO_DURA if broken else Stance.SECRET_PACT


@government
def territorial_then_exception(view: Row) -> int:
    """A crackdown with a pact behind it, and a state of exception for good from a strike on.

    El Salvador from 2019 on, as alleged: the territorial plan in public, the pact in secret, 87
    killed from 25 to 27 March 2022, the exception since. Without a pact there is nothing to strike
    for, so that the crackdown alone would never be left.
    """
    if view[View.STANCE] == Stance.EXCEPTION or view[View.STRUCK] > 0.0:
        return Stance.EXCEPTION
    return Stance.BOTH


@government
def exception_on_spike(view: Row) -> int:
    """Decree an exception for a year when a month is half as deadly again as its year.

    Short decrees that answer a spike, as opposed to one that is extended without end (the source
    article on March 2022).
    """
    if view[View.STANCE] == Stance.EXCEPTION and view[View.SINCE_CHANGE] < _WEEKS_OF_DECREE:
        return Stance.EXCEPTION
    if view[View.RECORDED_MONTH] > _SPIKE * view[View.RECORDED_YEAR]:
        return Stance.EXCEPTION
    return Stance.STATUS_QUO


@government
def conditional_crackdown(view: Row) -> int:
    """Crack down only while gangs that hold more than half of the members press.

    Repression that punishes violence, not existence (Lessing 2015, Journal of Conflict Resolution
    59: conditional repression deters, unconditional repression does not).
    """
    pressing = 0.0
    for gang in range(int(view[View.GANGS])):
        pressing += view[in_view(GangView.SHARE, gang)] * view[in_view(GangView.PRESSING, gang)]
    return Stance.MANO_DURA if pressing > _HALF else Stance.STATUS_QUO


@government
def follow_fear(view: Row) -> int:
    """Mano dura while crime is the main worry of more than a third, ordinary policing otherwise.

    The race to the bottom: toughness follows fear, not effect (the source article; Holland 2013,
    Latin American Research Review 48(1)).
    """
    return Stance.MANO_DURA if view[View.FEAR] > _FEARED else Stance.STATUS_QUO


@government
def reform_after_calm(view: Row) -> int:
    """Hold a secret pact until fewer than 30 per 100,000 are recorded in a year, then reform.

    A pact that buys time for institutions: negotiated exits need what comes after them (Cockayne,
    de Boer and Bosetti 2017, United Nations University). Reform once begun is kept.
    """
    if view[View.STANCE] == Stance.REFORM or view[View.RECORDED_YEAR] < _CALM:
        return Stance.REFORM
    return Stance.SECRET_PACT


@government
def wind_down(view: Row) -> int:
    """A state of exception for two years, mano dura for one, then reform.

    How long an exception lasts, and what its prisoners do after it, decides what it leaves.
    """
    if view[View.YEARS] < _YEARS_OF_EXCEPTION:
        return Stance.EXCEPTION
    return Stance.MANO_DURA if view[View.YEARS] < _YEARS_TO_REFORM else Stance.REFORM
