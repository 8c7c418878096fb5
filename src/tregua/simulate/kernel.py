"""The compiled loop: blocks of worlds, weeks, and the sums of periods.

Worlds run through their weeks in blocks of up to `LANES` (`tregua.model.block`); a period's ledger
is summed on the way, so that a run needs no more memory than what it returns. Chunks of worlds run
in threads; a world's numbers depend on its seed and number only, not on its neighbours.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.model.actor import GangAction, Stance
from tregua.model.block import (
    LANES,
    Block,
    Scratch,
    gang_ledger,
    gang_state,
    ledger,
    parameter,
    scratch,
    state,
)
from tregua.model.ledger import GangQuantity, Quantity
from tregua.model.observation import GangView, View, fill_parameters, fill_views, in_view
from tregua.model.parameters import Parameter
from tregua.model.script import Cal
from tregua.model.state import GangSlot, Slot, of_gang
from tregua.model.strategy import GangStrategy, GovernmentStrategy
from tregua.model.transition import act, draw_month, set_pace, set_stance, take_office, week

__all__ = [
    "UNORDERED",
    "Failure",
    "advance",
    "check_numbers",
    "close_period",
    "govern_by_strategy",
    "load",
    "open_period",
    "show_stance",
    "store",
]

Row = NDArray[np.float64]
Table = NDArray[np.float64]
Orders = NDArray[np.int64]

UNORDERED = -1
"""In orders: no order; the strategy decides."""

_STANCES = len(Stance)
_ACTIONS = len(GangAction)
_SLOTS = len(Slot)
_GANG_SLOTS = len(GangSlot)
_PARAMETERS = len(Parameter)
_QUANTITIES = len(Quantity)
_GANG_QUANTITIES = len(GangQuantity)
_GRID = 4  # points at which the mean reading averages a strategy that mixes over its monthly draw


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
def load(b: Block, states: Table, parameters: Table, first: int) -> None:
    """Copy worlds from tables (one row a world) into a block (one lane a world)."""
    for slot in range(_SLOTS):
        row = state(b, slot)
        for i in range(b.lanes):
            row[i] = states[first + i, slot]
    for g in range(b.gangs):
        for slot in range(_GANG_SLOTS):
            row, column = gang_state(b, slot, g), of_gang(slot, g)
            for i in range(b.lanes):
                row[i] = states[first + i, column]
    for which in range(_PARAMETERS):
        row = parameter(b, which)
        for i in range(b.lanes):
            row[i] = parameters[first + i, which]


@compiled
def store(b: Block, states: Table, first: int) -> None:
    """Copy the states of a block back into their table."""
    for slot in range(_SLOTS):
        row = state(b, slot)
        for i in range(b.lanes):
            states[first + i, slot] = row[i]
    for g in range(b.gangs):
        for slot in range(_GANG_SLOTS):
            row, column = gang_state(b, slot, g), of_gang(slot, g)
            for i in range(b.lanes):
                states[first + i, column] = row[i]


@compiled
def open_period(b: Block) -> None:
    """Empty the ledger."""
    for entry in range(_QUANTITIES):
        row = ledger(b, entry)
        for i in range(b.lanes):
            row[i] = 0.0
    for g in range(b.gangs):
        for entry in range(_GANG_QUANTITIES):
            row = gang_ledger(b, entry, g)
            for i in range(b.lanes):
                row[i] = 0.0


@compiled
def close_period(
    b: Block, columns: NDArray[np.int64], out: NDArray[np.float64], first: int, period: int
) -> None:
    """Keep the wanted entries of the ledger: entries of the country, then each gang's."""
    for j in range(len(columns)):
        column = columns[j]
        if column < _QUANTITIES:
            row = ledger(b, column)
        else:
            place = column - _QUANTITIES
            row = gang_ledger(b, place % _GANG_QUANTITIES, place // _GANG_QUANTITIES)
        for i in range(b.lanes):
            out[first + i, period, j] = row[i]


@compiled
def _fail(failures: NDArray[np.int64], world: int, why: int, t: int) -> None:
    """Note the first failure of a world."""
    if failures[world, 0] == Failure.NONE:
        failures[world, 0], failures[world, 1] = why, t


@compiled
def govern_by_strategy(
    b: Block,
    c: Row,
    views: Table,
    orders: Orders,
    government: GovernmentStrategy,
    failures: NDArray[np.int64],
    first: int,
    t: int,
) -> None:
    """Write each government's stance: ordered, given by a timeline, or its strategy's."""
    wanted, pact = scratch(b, Scratch.COUNT), state(b, Slot.PACT)
    for i in range(b.lanes):
        stance = orders[first + i, 0] if len(orders) > 0 else UNORDERED
        if stance == UNORDERED and c[Cal.GIVEN] == 1.0:
            stance = int(c[Cal.STANCE])
        if stance == UNORDERED:
            if b.mean == 1:
                views[i, View.PACT] = 1.0 if pact[i] >= 0.5 else 0.0
            stance = government(views[i])
        if stance < 0 or stance >= _STANCES:
            _fail(failures, first + i, Failure.BAD_STANCE, t)
            stance = 0
        wanted[i] = stance
    set_stance(b, c, wanted)


@compiled
def show_stance(b: Block, views: Table) -> None:
    """Let the gangs see the stance just taken, and what became of the pact."""
    stance, since_change = state(b, Slot.STANCE), state(b, Slot.SINCE_CHANGE)
    pact, since_break = state(b, Slot.PACT), state(b, Slot.SINCE_BREAK)
    for i in range(b.lanes):
        views[i, View.STANCE] = stance[i]
        views[i, View.SINCE_CHANGE] = since_change[i]
        views[i, View.SINCE_BREAK] = since_break[i]
        views[i, View.PACT] = pact[i]
    for g in range(b.gangs):
        included, envious = (
            gang_state(b, GangSlot.INCLUDED, g),
            gang_state(b, GangSlot.ENVIOUS, g),
        )
        for i in range(b.lanes):
            views[i, in_view(GangView.INCLUDED, g)] = included[i]
            views[i, in_view(GangView.ENVIOUS, g)] = envious[i]


@compiled
def _reply(
    b: Block,
    views: Table,
    orders: Orders,
    strategy: GangStrategy,
    failures: NDArray[np.int64],
    first: int,
    t: int,
) -> None:
    """Let each gang act on what it sees."""
    for g in range(b.gangs):
        restraining = gang_state(b, GangSlot.RESTRAINING, g)
        pressing = gang_state(b, GangSlot.PRESSING, g)
        for i in range(b.lanes):
            action = orders[first + i, 1 + g] if len(orders) > 0 else UNORDERED
            if action == UNORDERED:
                action = strategy(views[i], g)
            if action < 0 or action >= _ACTIONS:
                _fail(failures, first + i, Failure.BAD_ACTION, t)
            restraining[i] = 1.0 if action == GangAction.RESTRAIN else 0.0
            pressing[i] = 1.0 if action == GangAction.PRESS else 0.0


@compiled
def _reply_in_mean(
    b: Block,
    views: Table,
    orders: Orders,
    strategy: GangStrategy,
    failures: NDArray[np.int64],
    first: int,
    t: int,
) -> None:
    """Average each gang's action over worlds with and without the pact, and over its own draw."""
    pact = state(b, Slot.PACT)
    for g in range(b.gangs):
        for i in range(b.lanes):
            restraining, pressing = 0.0, 0.0
            for branch in range(2):
                weight = pact[i] if branch == 1 else 1.0 - pact[i]
                if weight <= 0.0:
                    continue
                views[i, View.PACT] = float(branch)
                for point in range(_GRID):
                    views[i, in_view(GangView.DRAW, g)] = (point + 0.5) / _GRID
                    action = orders[first + i, 1 + g] if len(orders) > 0 else UNORDERED
                    if action == UNORDERED:
                        action = strategy(views[i], g)
                    if action < 0 or action >= _ACTIONS:
                        _fail(failures, first + i, Failure.BAD_ACTION, t)
                    restraining += weight / _GRID if action == GangAction.RESTRAIN else 0.0
                    pressing += weight / _GRID if action == GangAction.PRESS else 0.0
            gang_state(b, GangSlot.RESTRAINING, g)[i] = restraining
            gang_state(b, GangSlot.PRESSING, g)[i] = pressing


@compiled
def _obey(b: Block, orders: Orders, first: int) -> None:
    """Put the actions ordered in place of those that the script's shares drew."""
    for g in range(b.gangs):
        restraining = gang_state(b, GangSlot.RESTRAINING, g)
        pressing = gang_state(b, GangSlot.PRESSING, g)
        for i in range(b.lanes):
            action = orders[first + i, 1 + g]
            if action != UNORDERED:
                restraining[i] = 1.0 if action == GangAction.RESTRAIN else 0.0
                pressing[i] = 1.0 if action == GangAction.PRESS else 0.0


@compiled
def _decide(
    b: Block,
    c: Row,
    views: Table,
    orders: Orders,
    government: GovernmentStrategy,
    strategy: GangStrategy,
    failures: NDArray[np.int64],
    first: int,
    t: int,
) -> None:
    """Set the week's stances and actions, from the script or from the strategies."""
    if c[Cal.SCRIPTED] == 1.0:
        wanted = scratch(b, Scratch.COUNT)
        for i in range(b.lanes):
            wanted[i] = c[Cal.STANCE]
        set_stance(b, c, wanted)
        act(b, c)
        if c[Cal.GIVEN] == 1.0:
            _obey(b, orders, first)
        return
    fill_views(b, c, views)
    govern_by_strategy(b, c, views, orders, government, failures, first, t)
    show_stance(b, views)
    if b.mean == 1:
        _reply_in_mean(b, views, orders, strategy, failures, first, t)
    else:
        _reply(b, views, orders, strategy, failures, first, t)


@compiled
def _check_state(b: Block, total: Row) -> None:
    """Add what is not 0 for a state with a number that is infinite or none."""
    for slot in range(_SLOTS):
        row = state(b, slot)
        for i in range(b.lanes):
            total[i] += row[i] - row[i]
    for g in range(b.gangs):
        for slot in range(_GANG_SLOTS):
            row = gang_state(b, slot, g)
            for i in range(b.lanes):
                total[i] += row[i] - row[i]


@compiled
def check_numbers(b: Block, c: Row, failures: NDArray[np.int64], first: int, t: int) -> None:
    """Note worlds with numbers that are none: every week in a few rows, every month in all.

    Samplers read a mean or a size that is no number as 0, so that it may stay where it arose.
    """
    total, street = scratch(b, Scratch.TOTAL), scratch(b, Scratch.STREET)
    killed, fear, approval = (
        ledger(b, Quantity.killed),
        state(b, Slot.FEAR),
        state(b, Slot.APPROVAL),
    )
    capture, ordinary = state(b, Slot.CAPTURE), state(b, Slot.ORDINARY)
    bad = 0
    for i in range(b.lanes):
        total[i] = killed[i] + street[i] + fear[i] + approval[i] + capture[i] + ordinary[i]
        total[i] = total[i] - total[i]  # 0, unless infinite or not a number
    if c[Cal.LAST] == 1.0:
        _check_state(b, total)
    for i in range(b.lanes):
        bad += 0 if total[i] == 0.0 else 1
    if bad > 0:
        for i in range(b.lanes):
            if total[i] != 0.0:
                _fail(failures, first + i, Failure.NOT_A_NUMBER, t)


@compiled
def advance(
    states: Table,
    parameters: Table,
    worlds: NDArray[np.int64],
    calendar: Table,
    first_step: int,
    weeks_per_month: int,
    seed: int,
    mean: int,
    rivalry_at_start: float,
    gangs: int,
    on: int,
    columns: NDArray[np.int64],
    orders: Orders,
    government: GovernmentStrategy,
    strategy: GangStrategy,
    rows: Row,
    views: Table,
    out: NDArray[np.float64],
    failures: NDArray[np.int64],
    width: int,
) -> None:
    """Run worlds through the weeks of a calendar, and sum their periods.

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
    rivalry_at_start, gangs, on
        As in `tregua.model.block.Block`.
    columns
        int64[kept]: which entries of the ledger to keep, the country's and then each gang's.
    orders
        int64[n, 1 + gangs]: stance and actions ordered for the whole calendar, `UNORDERED` where
        the strategy decides; int64[0, 0] for no orders. In a scripted week they reach nobody,
        unless `Cal.GIVEN` is set: then actions ordered stand for those that its shares draw.
    government, strategy
        Strategies of the government and of the gangs; called where the calendar is not scripted.
    rows, views
        Working space: float64[rows_of(gangs) * LANES] and float64[LANES, view_length(gangs)].
    out
        float64[n, periods, kept]; written.
    failures
        int64[n, 2]: `Failure` and week, for worlds that stopped; their numbers mean nothing.
    width
        Worlds in a block, 1 to `LANES`. Changes no bit of the result.
    """
    low, high = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
    world_low, world_high = np.zeros(LANES, dtype=np.int64), np.zeros(LANES, dtype=np.int64)
    place = np.zeros(LANES, dtype=np.int64)
    for first in range(0, len(states), width):
        lanes = min(width, len(states) - first)
        rows[:] = 0.0
        for i in range(lanes):
            world_low[i] = worlds[first + i] & 0xFFFFFFFF
            world_high[i] = (worlds[first + i] >> 32) & 0xFFFF
        start = Block(
            rows,
            world_low,
            world_high,
            place,
            lanes,
            gangs,
            on,
            rivalry_at_start,
            mean,
            low,
            high,
            0,
        )
        load(start, states, parameters, first)
        fill_parameters(start, views)
        period = 0
        for t in range(len(calendar)):
            c, step = calendar[t], first_step + t
            b = Block(
                rows,
                world_low,
                world_high,
                place,
                lanes,
                gangs,
                on,
                rivalry_at_start,
                mean,
                low,
                high,
                step,
            )
            if t == 0 or c[Cal.LENGTH] != calendar[t - 1, Cal.LENGTH]:
                set_pace(b, c)
            if c[Cal.OPENS] == 1.0:
                open_period(b)
            if step % weeks_per_month == 0:
                draw_month(b)
            if c[Cal.INAUGURATION] == 1.0:
                take_office(b, c)
            _decide(b, c, views, orders, government, strategy, failures, first, t)
            week(b, c)
            check_numbers(b, c, failures, first, t)
            if c[Cal.CLOSES] == 1.0:
                close_period(b, columns, out, first, period)
                period += 1
        store(start, states, first)
