"""The compiled loop: worlds, weeks, and the sums of months.

Each world runs alone through its weeks with one scratch row for the week's ledger and one for what
actors see, and its months are summed on the way, so that a run needs no more memory than what it
returns. Chunks of worlds run in threads; a world's numbers depend on its seed and number only.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.model.actor import GangAction, Stance
from tregua.model.chance import Noise
from tregua.model.ledger import GangQuantity, Quantity
from tregua.model.observation import GangView, View, fill_view, in_view
from tregua.model.script import Cal
from tregua.model.state import GangSlot, Slot, of_gang
from tregua.model.strategy import GangStrategy, GovernmentStrategy
from tregua.model.transition import act, set_stance, take_office, week

__all__ = ["Failure", "Summary", "advance"]

Row = NDArray[np.float64]

_STANCES = len(Stance)
_ACTIONS = len(GangAction)
_VIEW_ROW = len(View)
_GANG_VIEW_ROW = len(GangView)
_LEDGER_ROW = len(Quantity)
_GANG_LEDGER_ROW = len(GangQuantity)
_GRID = 4  # points at which the mean reading averages a strategy that mixes


class Summary(IntEnum):
    """How the weeks of a month make one number."""

    SUM = 0
    LAST = 1
    MEAN = 2


class Failure(IntEnum):
    """Why a world stopped; the sentence is `Failure.sentence`."""

    NONE = 0
    BAD_STANCE = 1
    BAD_ACTION = 2
    NOT_A_NUMBER = 3

    @property
    def sentence(self) -> str:
        """What happened, in words."""
        return (
            "nothing",
            f"the government's strategy returned no stance (0 to {_STANCES - 1}), or raised",
            f"the gangs' strategy returned no action (0 to {_ACTIONS - 1}), or raised",
            "the state is no longer a number",
        )[self]


@compiled
def _show_stance(view: Row, x: Row, pact: float) -> None:
    """Let the gangs see the stance just taken."""
    view[View.STANCE] = x[Slot.STANCE]
    view[View.SINCE_CHANGE] = x[Slot.SINCE_CHANGE]
    view[View.SINCE_BREAK] = x[Slot.SINCE_BREAK]
    view[View.PACT] = pact


@compiled
def _reply(x: Row, view: Row, strategy: GangStrategy, gangs: int) -> int:
    """Let each gang act on what it sees."""
    _show_stance(view, x, x[Slot.PACT])
    for g in range(gangs):
        action = strategy(view, g)
        if action < 0 or action >= _ACTIONS:
            return Failure.BAD_ACTION
        x[of_gang(GangSlot.RESTRAINING, g)] = 1.0 if action == GangAction.RESTRAIN else 0.0
        x[of_gang(GangSlot.PRESSING, g)] = 1.0 if action == GangAction.PRESS else 0.0
    return Failure.NONE


@compiled
def _reply_in_mean(x: Row, view: Row, strategy: GangStrategy, gangs: int) -> int:
    """Average each gang's action over worlds with and without the pact, and over its own draw."""
    for g in range(gangs):
        restraining, pressing = 0.0, 0.0
        for branch in range(2):
            weight = x[Slot.PACT] if branch == 1 else 1.0 - x[Slot.PACT]
            if weight <= 0.0:
                continue
            _show_stance(view, x, float(branch))
            for point in range(_GRID):
                view[in_view(GangView.DRAW, g)] = (point + 0.5) / _GRID
                action = strategy(view, g)
                if action < 0 or action >= _ACTIONS:
                    return Failure.BAD_ACTION
                restraining += weight / _GRID if action == GangAction.RESTRAIN else 0.0
                pressing += weight / _GRID if action == GangAction.PRESS else 0.0
        x[of_gang(GangSlot.RESTRAINING, g)] = restraining
        x[of_gang(GangSlot.PRESSING, g)] = pressing
    return Failure.NONE


@compiled
def _decide(
    x: Row,
    q: Row,
    p: Row,
    c: Row,
    view: Row,
    month: Noise,
    government: GovernmentStrategy,
    strategy: GangStrategy,
    gangs: int,
) -> int:
    """Set the week's stance and actions, from the script or from the strategies."""
    if c[Cal.SCRIPTED] == 1.0:
        set_stance(x, q, p, c, int(c[Cal.STANCE]), gangs)
        act(x, c, month, gangs)
        return Failure.NONE
    fill_view(view, x, p, c, month, gangs)
    if month.mean == 1:
        view[View.PACT] = 1.0 if x[Slot.PACT] >= 0.5 else 0.0
    stance = government(view)
    if stance < 0 or stance >= _STANCES:
        return Failure.BAD_STANCE
    set_stance(x, q, p, c, stance, gangs)
    if month.mean == 1:
        return _reply_in_mean(x, view, strategy, gangs)
    return _reply(x, view, strategy, gangs)


@compiled
def _keep(
    out: Row, q: Row, columns: NDArray[np.int64], summaries: NDArray[np.int64], share: float
) -> None:
    """Add a week's row to its month."""
    for j in range(len(columns)):
        value = q[columns[j]]
        if summaries[j] == Summary.SUM:
            out[j] += value
        elif summaries[j] == Summary.LAST:
            out[j] = value
        else:
            out[j] += value * share


@compiled
def advance(
    states: NDArray[np.float64],
    parameters: NDArray[np.float64],
    worlds: NDArray[np.int64],
    calendar: NDArray[np.float64],
    first_step: int,
    weeks_per_month: int,
    seed: int,
    mean: int,
    rivalry_at_start: float,
    gangs: int,
    columns: NDArray[np.int64],
    summaries: NDArray[np.int64],
    government: GovernmentStrategy,
    strategy: GangStrategy,
    out: NDArray[np.float64],
    failures: NDArray[np.int64],
) -> None:
    """Run worlds through the weeks of a calendar, and sum their months.

    Parameters
    ----------
    states
        float64[n, slots]; changed in place.
    parameters
        float64[n, P].
    worlds
        int64[n], numbers of the worlds.
    calendar
        float64[weeks, columns] as `Cal`.
    first_step
        Number of the first week since January 1970.
    weeks_per_month
        Steps a month.
    seed, mean
        Seed (0 to 2**63 - 1); 1 for the mean reading, else 0.
    rivalry_at_start, gangs
        As in `tregua.model.transition.week`.
    columns, summaries
        Which entries of the ledger to keep, and how (`Summary`).
    government, strategy
        Strategies of the government and of the gangs; called where the calendar is not scripted.
    out
        float64[n, months, kept]; added to.
    failures
        int64[n, 2]: `Failure` and week, for worlds that stopped.
    """
    view = np.zeros(_VIEW_ROW + gangs * _GANG_VIEW_ROW)
    q = np.zeros(_LEDGER_ROW + gangs * _GANG_LEDGER_ROW)
    low, high = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
    for i in range(len(states)):
        x, p = states[i], parameters[i]
        world_low, world_high = worlds[i] & 0xFFFFFFFF, (worlds[i] >> 32) & 0xFFFF
        for t in range(len(calendar)):
            c = calendar[t]
            step = first_step + t
            noise = Noise(mean, low, high, world_low, world_high, step)
            month_step = step - step % weeks_per_month
            month = Noise(mean, low, high, world_low, world_high, month_step)
            q[:] = 0.0
            if c[Cal.INAUGURATION] == 1.0:
                take_office(x, q, p, c, noise, gangs)
            failure = _decide(x, q, p, c, view, month, government, strategy, gangs)
            if failure != Failure.NONE:
                failures[i, 0], failures[i, 1] = failure, t
                break
            week(x, q, p, c, noise, rivalry_at_start, gangs)
            _keep(out[i, t // weeks_per_month], q, columns, summaries, 1.0 / weeks_per_month)
        total = x.sum()
        if not np.isfinite(total) and failures[i, 0] == Failure.NONE:
            failures[i, 0], failures[i, 1] = Failure.NOT_A_NUMBER, len(calendar) - 1
