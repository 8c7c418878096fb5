"""What a month was worth to a government and to gangs, in many worlds at once.

The same accounts as `tregua.decide.realised_utilities`, which gives them step by step for agents
that learn; here for whole columns of worlds, because a search plays thousands of them. A test holds
the two against each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.decide.utilities import believed, toughness, worth_of_exception, worth_of_reform
from tregua.model import GangView, Parameter, Stance, View, in_view, own
from tregua.model.actor import is_pact, may_leak

__all__ = ["COLUMNS", "GANG_COLUMNS", "Month", "gangs_month", "government_month"]

Row = NDArray[np.float64]
Table = NDArray[np.float64]

COLUMNS = ("recorded", "stance", "pact", "leaks", "breaches", "prosecuted")
GANG_COLUMNS = ("included", "restraining", "pressing")
"""Variables of the ledger that payoffs read."""


@dataclass(frozen=True)
class Month:
    """One month of many worlds.

    Attributes
    ----------
    views
        float64[n, places]: what was seen at its opening.
    country
        float64[n, 6]: `COLUMNS` over the month; flows, the stance at its end, shares as means.
    gangs
        float64[n, 3, gangs]: `GANG_COLUMNS`.
    years
        Its length.
    """

    views: Table
    country: Table
    gangs: NDArray[np.float64]
    years: float


def government_month(month: Month, rate_before: Row) -> Row:
    """What the month was worth to each world's government: float64[n].

    `rate_before` float64[n] is the recorded killing of the year before the game, at least 1.
    """
    out = np.empty(len(month.views))
    inside = month.gangs[:, 0].sum(axis=1)
    delivered = month.gangs[:, 1].mean(axis=1)
    _government(month.views, month.country, inside, delivered, month.years, rate_before, out)
    return out


@compiled
def _government(
    views: Table,
    country: Table,
    inside: Row,
    delivered: Row,
    years: float,
    rate_before: Row,
    out: Row,
) -> None:
    for i in range(len(views)):
        view, stance = views[i], int(country[i, 1])
        rate = max(1.0, country[i, 0] / years)
        calm = view[own(Parameter.value_of_calm)] * math.log(rate_before[i] / rate)
        tough = view[own(Parameter.approval_toughness)] * toughness(stance)
        worth = 2.0 * view[View.FEAR] * (calm + tough) * years
        held, charged = inside[i] * country[i, 2], country[i, 5] * country[i, 2] * years
        worth += _holding(view, stance, held, delivered[i]) * years
        worth -= view[own(Parameter.leak_cost)] * believed(view) * country[i, 3]
        worth -= view[own(Parameter.breach_cost)] * country[i, 4]
        if may_leak(stance):
            worth -= view[own(Parameter.prosecution_cost)] * charged
        if stance != view[View.STANCE] and view[View.TURNOVER] < 0.5:
            worth -= view[own(Parameter.inertia)]
        out[i] = worth


@compiled
def _holding(view: Row, stance: int, held: float, delivered: float) -> float:
    """What holding a stance is worth a year beside calm and talk."""
    if stance == Stance.MANO_DURA:
        return float(-view[own(Parameter.crackdown_cost)])
    if stance == Stance.EXCEPTION:
        return worth_of_exception(view)
    if stance == Stance.REFORM:
        return worth_of_reform(view)
    if not is_pact(stance):
        return 0.0
    votes = view[own(Parameter.votes_delivered)] * math.exp(-view[View.TO_ELECTION])
    worth = votes * delivered - held * view[own(Parameter.concession_cost)]
    return float(worth if may_leak(stance) else worth - view[own(Parameter.openness_cost)])


def gangs_month(month: Month) -> Table:
    """What the month was worth to each gang's leaders: float64[n, gangs]."""
    views, gangs = month.views, month.gangs.shape[2]
    included, restraining, pressing = (month.gangs[:, k] for k in range(3))

    def weight(parameter: Parameter) -> Row:
        return np.asarray(views[:, own(parameter)])

    others = restraining.sum(axis=1, keepdims=True) - restraining
    rivals = others / (gangs - 1) if gangs > 1 else np.zeros_like(others)
    held = month.country[:, 2][:, None] * included
    obeying = np.stack([views[:, in_view(GangView.COMMAND, g)] for g in range(gangs)], axis=1)
    risk = weight(Parameter.capture_cost) * views[:, View.CAPTURE]
    pressed = risk[:, None] + weight(Parameter.pressing_cost)[:, None] * obeying
    worth = 1.0 + weight(Parameter.collusion_rent)[:, None] * restraining * rivals
    worth = worth + weight(Parameter.value_of_concession)[:, None] * held
    worth = worth - weight(Parameter.restraint_cost)[:, None] * obeying * restraining
    return np.asarray((worth - pressed * pressing) * month.years)
