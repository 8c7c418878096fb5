"""What an actor sees.

A strategy is a function of a *view*: a short row of numbers, filled each week before anybody acts.
It holds what a government or a gang leader could know at that moment: published counts (never the
hidden killings), polls, its own past, its beliefs, and what the world's parameters say of the
actors' own aims and habits. A government should read the gangs' `RELIANCE`; a gang its own `TRUST`
and `COMMAND`. One row serves both actors, so that every strategy has the same signature and the
simulator compiles once.

    view[View.FEAR]                             the country
    view[own(P.leak)]                           a parameter of the world
    view[in_view(GangView.TRUST, gang)]         a gang
"""

from __future__ import annotations

from enum import auto

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.model.block import (
    Block,
    Scratch,
    gang_state,
    parameter,
    scratch,
    state,
)
from tregua.model.chance import Purpose, fill_uniforms
from tregua.model.elementary import logistic
from tregua.model.parameters import P, Parameter
from tregua.model.places import Places
from tregua.model.script import Cal
from tregua.model.state import LONG_AGO, GangSlot, Slot

__all__ = [
    "GangView",
    "View",
    "fill_parameters",
    "fill_views",
    "in_view",
    "logistic",
    "own",
    "view_length",
]

Views = NDArray[np.float64]


class View(Places):
    """Places in a view.

    TIME calendar year (2012.25 = April 2012). YEARS since the strategy took over. LENGTH of the
    week in years. STANCE now in force. SINCE_CHANGE weeks since the stance changed. PACT 1
    while a pact is in force. LEAKED 1 if it is public. SANCTIONED 1 if it was punished from
    abroad. STRUCK strikes in the last week. BREACHED breaches in the last week. SINCE_BREAK
    years since the last pact ended (99 = never). COOLING 1 while gangs accept no new offer.
    PROSECUTED 1 once negotiators of a past pact are being prosecuted. RECORDED_MONTH recorded
    killings per 100,000 a year in the last complete month; RECORDED_YEAR over the last twelve.
    POPULATION persons. AMBIENT_RATE expected ambient killings per year, after deterrence.
    STREET members in the streets, of all gangs. FEAR and APPROVAL shares. DEMOCRACY,
    INSTITUTIONS, PRECEDENT, PRESSURE (from abroad), FILTER (judicial), CONTROL (of the prisons)
    indices. ENFORCEMENT now, ordinary policing being 1. PLATFORM enforcement promised at the
    last election. TO_ELECTION years to the next presidential election. INAUGURATION 1 in the
    week in which a government takes office; TURNOVER 1 if it is a new one. CAPTURE net capture
    hazard of a street member per year. DRAW the government's own uniform number of the month,
    for strategies that mix. REVISION and CHOICE its two uniform numbers of the week.
    TRUST_NEEDED, BACKLASH_TIME and PRESSING_CRACKDOWN are parameters of the gangs' scripted
    replies. SWITCHES sum of the optional mechanisms that are on. GANGS number of gangs.
    """

    TIME = auto()
    YEARS = auto()
    LENGTH = auto()
    STANCE = auto()
    SINCE_CHANGE = auto()
    PACT = auto()
    LEAKED = auto()
    SANCTIONED = auto()
    STRUCK = auto()
    BREACHED = auto()
    SINCE_BREAK = auto()
    COOLING = auto()
    PROSECUTED = auto()
    RECORDED_MONTH = auto()
    RECORDED_YEAR = auto()
    POPULATION = auto()
    AMBIENT_RATE = auto()
    STREET = auto()
    FEAR = auto()
    APPROVAL = auto()
    DEMOCRACY = auto()
    INSTITUTIONS = auto()
    PRECEDENT = auto()
    PRESSURE = auto()
    FILTER = auto()
    CONTROL = auto()
    ENFORCEMENT = auto()
    PLATFORM = auto()
    TO_ELECTION = auto()
    INAUGURATION = auto()
    TURNOVER = auto()
    CAPTURE = auto()
    DRAW = auto()
    REVISION = auto()
    CHOICE = auto()
    TRUST_NEEDED = auto()
    BACKLASH_TIME = auto()
    PRESSING_CRACKDOWN = auto()
    SWITCHES = auto()
    GANGS = auto()


class GangView(Places):
    """Places of one gang in a view.

    TRUST its belief that the government keeps its word. RELIANCE the government's belief that
    it delivers. COMMAND share of cliques that obey. RESTRAINING and PRESSING its last action.
    INCLUDED 1 if it is in the pact in force, or in the next offer. ENVIOUS 1 if it is left out
    of a pact and knows it. READINESS for war, 1 = full. STREET its members in the streets;
    SHARE of all. BASE_RATE expected killings per year of its business, after deterrence. DRAW
    its own uniform number of the month; REVISION and CHOICE its two uniform numbers of the
    week.
    """

    TRUST = auto()
    RELIANCE = auto()
    COMMAND = auto()
    RESTRAINING = auto()
    PRESSING = auto()
    INCLUDED = auto()
    ENVIOUS = auto()
    READINESS = auto()
    STREET = auto()
    SHARE = auto()
    BASE_RATE = auto()
    DRAW = auto()
    REVISION = auto()
    CHOICE = auto()


_PARAMETERS = len(View)
_GANGS = _PARAMETERS + len(Parameter)
_GANG_VIEW = len(GangView)


@compiled
def own(which: int) -> int:
    """Place of a parameter in a view: `view[own(P.leak)]`.

    Parameters
    ----------
    which
        A member of `Parameter`.
    """
    return _PARAMETERS + which


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
    return _GANGS + gang * _GANG_VIEW + place


def view_length(gangs: int) -> int:
    """Numbers in a view with this many gangs."""
    return _GANGS + gangs * _GANG_VIEW


@compiled
def fill_parameters(b: Block, views: Views) -> None:
    """Write each world's parameters, which never change, into its view.

    `views` is float64[LANES, view_length].
    """
    for which in range(_GANGS - _PARAMETERS):
        values = parameter(b, which)
        for i in range(b.lanes):
            views[i, _PARAMETERS + which] = values[i]
    for i in range(b.lanes):
        views[i, View.GANGS] = b.gangs
        views[i, View.SWITCHES] = b.on
        views[i, View.TRUST_NEEDED] = views[i, own(P.trust_needed)]
        views[i, View.BACKLASH_TIME] = views[i, own(P.backlash_time)]
        views[i, View.PRESSING_CRACKDOWN] = views[i, own(P.pressing_crackdown)]


@compiled
def _show(b: Block, views: Views, place: int, slot: int) -> None:
    values = state(b, slot)
    for i in range(b.lanes):
        views[i, place] = values[i]


@compiled
def _show_gang(b: Block, views: Views, place: int, slot: int, gang: int) -> None:
    values, column = gang_state(b, slot, gang), in_view(place, gang)
    for i in range(b.lanes):
        views[i, column] = values[i]


@compiled
def fill_views(b: Block, c: NDArray[np.float64], views: Views) -> None:
    """Write what the actors of each world see at the start of a week.

    `c` is the week's row of the calendar; `views` float64[LANES, view_length], filled once with
    `fill_parameters`.
    """
    _show(b, views, View.STANCE, Slot.STANCE)
    _show(b, views, View.SINCE_CHANGE, Slot.SINCE_CHANGE)
    _show(b, views, View.PACT, Slot.PACT)
    _show(b, views, View.LEAKED, Slot.LEAKED)
    _show(b, views, View.SANCTIONED, Slot.SANCTIONED)
    _show(b, views, View.STRUCK, Slot.STRUCK)
    _show(b, views, View.BREACHED, Slot.BREACHED)
    _show(b, views, View.SINCE_BREAK, Slot.SINCE_BREAK)
    _show(b, views, View.PROSECUTED, Slot.PROSECUTED)
    _show(b, views, View.RECORDED_MONTH, Slot.RECORDED_MONTH)
    _show(b, views, View.AMBIENT_RATE, Slot.AMBIENT_RATE)
    _show(b, views, View.TURNOVER, Slot.TURNOVER)
    _show(b, views, View.FEAR, Slot.FEAR)
    _show(b, views, View.APPROVAL, Slot.APPROVAL)
    _show(b, views, View.DEMOCRACY, Slot.DEMOCRACY)
    _show(b, views, View.INSTITUTIONS, Slot.INSTITUTIONS)
    _show(b, views, View.PRECEDENT, Slot.PRECEDENT)
    _show(b, views, View.PRESSURE, Slot.PRESSURE)
    _show(b, views, View.FILTER, Slot.FILTER)
    _show(b, views, View.CONTROL, Slot.CONTROL)
    _show(b, views, View.ENFORCEMENT, Slot.ENFORCEMENT)
    _show(b, views, View.PLATFORM, Slot.PLATFORM)
    _show(b, views, View.CAPTURE, Slot.CAPTURE)
    _show(b, views, View.DRAW, Slot.DRAW)
    _show_year(b, c, views)
    _show_gangs(b, views)
    u, v = scratch(b, Scratch.U), scratch(b, Scratch.V)
    fill_uniforms(b, Purpose.GOVERNMENT_REVISION, 0, u, v)
    cooling = parameter(b, P.cooling)
    for i in range(b.lanes):
        views[i, View.TIME] = c[Cal.TIME]
        views[i, View.YEARS] = c[Cal.YEARS]
        views[i, View.LENGTH] = c[Cal.LENGTH]
        views[i, View.POPULATION] = c[Cal.POPULATION]
        views[i, View.TO_ELECTION] = c[Cal.TO_ELECTION]
        views[i, View.INAUGURATION] = c[Cal.INAUGURATION]
        rests = views[i, View.SINCE_BREAK] < min(cooling[i], LONG_AGO)
        views[i, View.COOLING] = 1.0 if rests else 0.0
        views[i, View.REVISION] = u[i]
        views[i, View.CHOICE] = v[i]


@compiled
def _show_year(b: Block, c: NDArray[np.float64], views: Views) -> None:
    """The recorded rate of the last twelve months; it changes once a month."""
    total = scratch(b, Scratch.TOTAL)
    for i in range(b.lanes):
        total[i] = 0.0
    for month in range(12):
        recorded = state(b, Slot.RECORDED_0 + month)
        for i in range(b.lanes):
            total[i] += recorded[i]
    for i in range(b.lanes):
        views[i, View.RECORDED_YEAR] = total[i] / c[Cal.POPULATION] * 1e5


@compiled
def _show_gangs(b: Block, views: Views) -> None:
    street, u, v = scratch(b, Scratch.STREET), scratch(b, Scratch.U), scratch(b, Scratch.V)
    for i in range(b.lanes):
        street[i] = 0.0
    for g in range(b.gangs):
        members = gang_state(b, GangSlot.STREET, g)
        for i in range(b.lanes):
            street[i] += members[i]
    for g in range(b.gangs):
        _show_gang(b, views, GangView.COMMAND, GangSlot.COMMAND, g)
        _show_gang(b, views, GangView.RESTRAINING, GangSlot.RESTRAINING, g)
        _show_gang(b, views, GangView.PRESSING, GangSlot.PRESSING, g)
        _show_gang(b, views, GangView.INCLUDED, GangSlot.INCLUDED, g)
        _show_gang(b, views, GangView.ENVIOUS, GangSlot.ENVIOUS, g)
        _show_gang(b, views, GangView.READINESS, GangSlot.READINESS, g)
        _show_gang(b, views, GangView.BASE_RATE, GangSlot.BASE_RATE, g)
        _show_gang(b, views, GangView.STREET, GangSlot.STREET, g)
        _show_gang(b, views, GangView.DRAW, GangSlot.DRAW, g)
        fill_uniforms(b, Purpose.REVISION, g, u, v)
        trust, reliance = gang_state(b, GangSlot.TRUST, g), gang_state(b, GangSlot.RELIANCE, g)
        members = gang_state(b, GangSlot.STREET, g)
        first = in_view(0, g)
        for i in range(b.lanes):
            views[i, first + GangView.TRUST] = logistic(trust[i])
            views[i, first + GangView.RELIANCE] = logistic(reliance[i])
            views[i, first + GangView.SHARE] = members[i] / street[i] if street[i] > 0.0 else 0.0
            views[i, first + GangView.REVISION] = u[i]
            views[i, first + GangView.CHOICE] = v[i]
            views[i, View.STREET] = street[i]
