"""What an actor sees.

A strategy is a function of a *view*: a short row of numbers, filled each week before anybody acts.
It holds what a government or a gang leader could know at that moment: published counts (never the
hidden killings), polls, its own past, and its beliefs. A government should read the gangs'
`RELIANCE`; a gang its own `TRUST` and `COMMAND`. One row serves both actors, so that every strategy
has the same signature and the simulator compiles once.
"""

from __future__ import annotations

import math
from enum import auto

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.model.chance import Noise, Purpose, uniform
from tregua.model.parameters import P
from tregua.model.places import Places
from tregua.model.script import Cal
from tregua.model.state import LONG_AGO, GangSlot, Slot, of_gang

__all__ = ["GangView", "View", "fill_view", "in_view", "logistic"]


class View(Places):
    """Places in a view.

    TIME calendar year (2012.25 = April 2012). YEARS since the strategy took over. STANCE now in
    force. SINCE_CHANGE weeks since the stance changed. PACT 1 while a pact is in force. LEAKED 1 if
    it is public. SANCTIONED 1 if it was punished from abroad. STRUCK strikes in the last week.
    BREACHED breaches in the last week. SINCE_BREAK years since the last pact ended (99 = never).
    COOLING 1 while gangs accept no new offer. RECORDED_MONTH recorded killings per 100,000 a year
    in the last complete month; RECORDED_YEAR over the last twelve. FEAR and APPROVAL shares.
    DEMOCRACY, INSTITUTIONS, PRECEDENT indices. TO_ELECTION years to the next presidential election.
    INAUGURATION 1 in the week in which a government takes office. CAPTURE net capture hazard of a
    street member per year. DRAW the government's own uniform number of the month, for strategies
    that mix. TRUST_NEEDED, BACKLASH_TIME and PRESSING_CRACKDOWN are parameters of the gangs'
    scripted replies. GANGS number of gangs.
    """

    TIME = auto()
    YEARS = auto()
    STANCE = auto()
    SINCE_CHANGE = auto()
    PACT = auto()
    LEAKED = auto()
    SANCTIONED = auto()
    STRUCK = auto()
    BREACHED = auto()
    SINCE_BREAK = auto()
    COOLING = auto()
    RECORDED_MONTH = auto()
    RECORDED_YEAR = auto()
    FEAR = auto()
    APPROVAL = auto()
    DEMOCRACY = auto()
    INSTITUTIONS = auto()
    PRECEDENT = auto()
    TO_ELECTION = auto()
    INAUGURATION = auto()
    CAPTURE = auto()
    DRAW = auto()
    TRUST_NEEDED = auto()
    BACKLASH_TIME = auto()
    PRESSING_CRACKDOWN = auto()
    GANGS = auto()


class GangView(Places):
    """Places of one gang in a view.

    TRUST its belief that the government keeps its word. RELIANCE the government's belief that it
    delivers. COMMAND share of cliques that obey. RESTRAINING and PRESSING its last action. DRAW its
    own uniform number of the month.
    """

    TRUST = auto()
    RELIANCE = auto()
    COMMAND = auto()
    RESTRAINING = auto()
    PRESSING = auto()
    DRAW = auto()


_VIEW = len(View)
_GANG_VIEW = len(GangView)


@compiled
def in_view(place: int, gang: int) -> int:
    """Place of a gang's entry in a view: `view[in_view(GangView.TRUST, gang)]`.

    Parameters
    ----------
    place
        A member of `GangView`.
    gang
        Number of the gang, from 0.
    """
    return _VIEW + gang * _GANG_VIEW + place


@compiled
def fill_view(
    view: NDArray[np.float64],
    x: NDArray[np.float64],
    p: NDArray[np.float64],
    c: NDArray[np.float64],
    month: Noise,
    gangs: int,
) -> None:
    """Write what actors see at the start of a week.

    `x` is the world's state, `p` its parameters, `c` the week's row of the calendar, `month` the
    noise of the month's first week.
    """
    view[View.TIME] = c[Cal.TIME]
    view[View.YEARS] = c[Cal.YEARS]
    view[View.STANCE] = x[Slot.STANCE]
    view[View.SINCE_CHANGE] = x[Slot.SINCE_CHANGE]
    view[View.PACT] = x[Slot.PACT]
    view[View.LEAKED] = x[Slot.LEAKED]
    view[View.SANCTIONED] = x[Slot.SANCTIONED]
    view[View.STRUCK] = x[Slot.STRUCK]
    view[View.BREACHED] = x[Slot.BREACHED]
    view[View.SINCE_BREAK] = x[Slot.SINCE_BREAK]
    view[View.COOLING] = 1.0 if x[Slot.SINCE_BREAK] < min(p[P.cooling], LONG_AGO) else 0.0
    view[View.RECORDED_MONTH] = x[Slot.RECORDED_MONTH]
    year = 0.0
    for month_of_year in range(12):
        year += x[Slot.RECORDED_0 + month_of_year]
    view[View.RECORDED_YEAR] = year / c[Cal.POPULATION] * 1e5
    view[View.FEAR] = x[Slot.FEAR]
    view[View.APPROVAL] = x[Slot.APPROVAL]
    view[View.DEMOCRACY] = x[Slot.DEMOCRACY]
    view[View.INSTITUTIONS] = x[Slot.INSTITUTIONS]
    view[View.PRECEDENT] = x[Slot.PRECEDENT]
    view[View.TO_ELECTION] = c[Cal.TO_ELECTION]
    view[View.INAUGURATION] = c[Cal.INAUGURATION]
    view[View.CAPTURE] = x[Slot.CAPTURE]
    view[View.DRAW] = uniform(month, Purpose.GOVERNMENT, 0)
    view[View.TRUST_NEEDED] = p[P.trust_needed]
    view[View.BACKLASH_TIME] = p[P.backlash_time]
    view[View.PRESSING_CRACKDOWN] = p[P.pressing_crackdown]
    view[View.GANGS] = gangs
    for g in range(gangs):
        view[in_view(GangView.TRUST, g)] = logistic(x[of_gang(GangSlot.TRUST, g)])
        view[in_view(GangView.RELIANCE, g)] = logistic(x[of_gang(GangSlot.RELIANCE, g)])
        view[in_view(GangView.COMMAND, g)] = x[of_gang(GangSlot.COMMAND, g)]
        view[in_view(GangView.RESTRAINING, g)] = x[of_gang(GangSlot.RESTRAINING, g)]
        view[in_view(GangView.PRESSING, g)] = x[of_gang(GangSlot.PRESSING, g)]
        view[in_view(GangView.DRAW, g)] = uniform(month, Purpose.ACTION, g)


@compiled
def logistic(z: float) -> float:
    """1 / (1 + exp(-z))."""
    return 1.0 / (1.0 + math.exp(-z))
