"""What a searched strategy may look at: a few features, each in two or four classes.

A policy that may depend on everything cannot be found from hundreds of worlds, nor understood. The
class searched here maps 32 *cells* to actions. A government's cell is what it knows of a pact, of
the calendar, of fear and of its majority; a gang's what it knows of a pact, its trust, the stance
and the calendar. Thresholds are those that the shipped strategies use.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.model import GangAction, GangView, Stance, View, gangs, government, in_view
from tregua.model.strategy import GangStrategy, GovernmentStrategy

__all__ = [
    "CELLS",
    "cell_table",
    "cells_of_gang",
    "cells_of_government",
    "gang_policy",
    "government_policy",
]

Row = NDArray[np.float64]
Table = NDArray[np.float64]

CELLS = 32

_LAST_YEAR = 1.0
_FEARED = 0.35
_MAJORITY = 0.62
_HALF = 0.5

GOVERNMENT_FEATURES = {
    "pact": ("none, may be offered", "none, gangs accept no offer", "in force", "in force, known"),
    "election": ("far", "within a year"),
    "fear": ("below 0.35", "0.35 or more"),
    "majority": ("no", "yes"),
}
GANG_FEATURES = {
    "pact": (
        "none",
        "ended within a year",
        "in force, included",
        "in force, known to leave it out",
    ),
    "trust": ("less than needed", "enough"),
    "stance": ("soft", "hard"),
    "election": ("far", "within a year"),
}


@compiled
def _government_cell(view: Row) -> int:
    if view[View.PACT] > _HALF:
        pact = 3 if view[View.LEAKED] > _HALF else 2
    else:
        pact = 1 if view[View.COOLING] > _HALF else 0
    near = 1 if view[View.TO_ELECTION] < _LAST_YEAR else 0
    feared = 1 if view[View.FEAR] >= _FEARED else 0
    majority = 1 if view[View.APPROVAL] > _MAJORITY else 0
    return ((pact * 2 + near) * 2 + feared) * 2 + majority


@compiled
def _gang_cell(view: Row, gang: int) -> int:
    pact = 1 if view[View.SINCE_BREAK] < _LAST_YEAR else 0
    if view[View.PACT] > _HALF:
        if view[in_view(GangView.INCLUDED, gang)] > _HALF:
            pact = 2
        elif view[in_view(GangView.ENVIOUS, gang)] > _HALF:
            pact = 3
    trusts = 1 if view[in_view(GangView.TRUST, gang)] >= view[View.TRUST_NEEDED] else 0
    stance = int(view[View.STANCE])
    tough = stance == Stance.MANO_DURA or stance == Stance.BOTH or stance == Stance.EXCEPTION
    hard = 1 if tough else 0
    near = 1 if view[View.TO_ELECTION] < _LAST_YEAR else 0
    return ((pact * 2 + trusts) * 2 + hard) * 2 + near


@compiled
def cells_of_government(views: Table) -> NDArray[np.int64]:
    """Cell of each world's government: int64[n]."""
    out = np.empty(len(views), dtype=np.int64)
    for i in range(len(views)):
        out[i] = _government_cell(views[i])
    return out


@compiled
def cells_of_gang(views: Table, gang: int) -> NDArray[np.int64]:
    """Cell of a gang in each world: int64[n]."""
    out = np.empty(len(views), dtype=np.int64)
    for i in range(len(views)):
        out[i] = _gang_cell(views[i], gang)
    return out


def government_policy(actions: Sequence[int], name: str) -> GovernmentStrategy:
    """A government's strategy from its stance in each cell."""
    table = tuple(int(action) for action in actions)

    def policy(view: Row) -> int:
        return table[_government_cell(view)]

    return government(_own(policy, name))  # type: ignore[no-any-return, call-overload]


def gang_policy(actions: Sequence[int], name: str) -> GangStrategy:
    """A gangs' strategy from its action in each cell."""
    table = tuple(int(action) for action in actions)

    def policy(view: Row, gang: int) -> int:
        return table[_gang_cell(view, gang)]

    return gangs(_own(policy, name))  # type: ignore[no-any-return, call-overload]


def _own(function: object, name: str) -> object:
    """Name a found policy, and keep its machine code in memory only: each is of one search."""
    function.__name__ = name  # type: ignore[attr-defined]
    function.__module__ = "found"
    function.__doc__ = f"A table of {CELLS} cells, found by search."
    return function


def cell_table(actions: Sequence[int], share: Row, *, of_government: bool) -> pd.DataFrame:
    """A policy in words: its features, its action, and the share of weeks spent in each cell.

    Columns are the features, `action` and `share`; cells never met are left out, the most frequent
    come first.
    """
    features = GOVERNMENT_FEATURES if of_government else GANG_FEATURES
    kinds: type[Stance] | type[GangAction] = Stance if of_government else GangAction
    rows = [
        {**dict(zip(features, words, strict=True)), "action": kinds(int(action)).name.lower()}
        for words, action in zip(itertools.product(*features.values()), actions, strict=True)
    ]
    table = pd.DataFrame(rows).assign(share=np.asarray(share))
    met = table[table["share"] > 0.0]
    return met.sort_values("share", ascending=False, kind="stable", ignore_index=True)
