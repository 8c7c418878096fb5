"""Replies: strategies of gangs, beside those of the model.

`model.indifferent` and `model.answer_in_kind` are the null reply and the reply of a scripted
history. Here are the textbook ones: what a comparison of governments finds should not hang on one
way of answering them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.model import GangAction, GangView, Stance, View, gangs, in_view

__all__ = ["always_press", "envious", "grim_gang", "tit_for_tat"]

Row = NDArray[np.float64]


@compiled
def _in_pact(view: Row, gang: int) -> bool:
    return bool(view[View.PACT] > 0.5 and view[in_view(GangView.INCLUDED, gang)] > 0.5)


@gangs
def always_press(view: Row, gang: int) -> int:
    """Press, whatever the government does: the reply that makes every offer vain."""
    return GangAction.PRESS


@gangs
def tit_for_tat(view: Row, gang: int) -> int:
    """Do to the government what it last did: restrain in a kept pact, press under a crackdown.

    Axelrod 1984, The Evolution of Cooperation. A breach counts as defection for the week in which
    it is seen; a crackdown beside a kept pact does not.
    """
    if view[View.BREACHED] > 0.0:
        return GangAction.PRESS
    if _in_pact(view, gang):
        return GangAction.RESTRAIN
    stance = view[View.STANCE]
    tough = stance == Stance.MANO_DURA or stance == Stance.BOTH or stance == Stance.EXCEPTION
    return GangAction.PRESS if tough else GangAction.BUSINESS


@gangs
def grim_gang(view: Row, gang: int) -> int:
    """Restrain in a pact until one ends, then press for good.

    The trigger strategy of Friedman 1971, Review of Economic Studies 38. A pact that ended before
    the strategies took over is forgiven.
    """
    if view[View.BREACHED] > 0.0 or view[View.SINCE_BREAK] < view[View.YEARS]:
        return GangAction.PRESS
    return GangAction.RESTRAIN if _in_pact(view, gang) else GangAction.BUSINESS


@gangs
def envious(view: Row, gang: int) -> int:
    """Press while a rival is known to have what it has not; restrain in a pact it trusts.

    A deal with one leads the others to want the same (the source article): an excluded gang kills
    for its admission.
    """
    if view[in_view(GangView.ENVIOUS, gang)] > 0.5:
        return GangAction.PRESS
    trusts = view[in_view(GangView.TRUST, gang)] >= view[View.TRUST_NEEDED]
    return GangAction.RESTRAIN if trusts and _in_pact(view, gang) else GangAction.BUSINESS
