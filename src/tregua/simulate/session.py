"""A session: worlds that are advanced a few weeks at a time, by whoever sits at the table.

`run` takes worlds from a first day to a last. A session stops whenever it is told to, shows what
each actor sees, takes orders for the next weeks and goes on: what a person at a screen, a learning
program or a search over moves needs. It is the same kernel, so that a session and a run that do the
same leave the same bits. What can be prepared once (the calendar, the columns, the checks) is
prepared once; a step of a month costs some ten thousandths of a second, and hardly more for 64
worlds than for one.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from tregua.compiled import compiled
from tregua.model import Draws, Profile, Script, Setting, State, el_salvador
from tregua.model.block import LANES, Block, rows_of
from tregua.model.mechanisms import switches
from tregua.model.observation import fill_parameters, fill_views
from tregua.model.script import WEEKS_PER_MONTH, Cal, calendar, month_number, months_between
from tregua.model.strategy import IDLE, GovernmentStrategy
from tregua.model.transition import draw_month, take_office
from tregua.simulate.ensemble import GANGS, VARIABLES, layout
from tregua.simulate.kernel import UNORDERED, advance, govern_by_strategy, load, show_stance
from tregua.simulate.worlds import (
    SimulationError,
    _aligned,
    _check,
    _date,
    _first_state,
    _known_variables,
    _orders,
    _refuse_failures,
    _room_for_views,
    _timeline_of,
    _who_drives,
)

__all__ = ["Session"]

Row = NDArray[np.float64]
Table = NDArray[np.float64]


@compiled
def _look(
    states: Table,
    parameters: Table,
    worlds: NDArray[np.int64],
    c: Row,
    step: int,
    opens_month: bool,
    seed: int,
    rivalry_at_start: float,
    gangs: int,
    on: int,
    orders: NDArray[np.int64],
    government: GovernmentStrategy,
    has_moved: bool,
    rows: Row,
    views: Table,
    failures: NDArray[np.int64],
) -> None:
    """Write what actors see before they next act: the opening of a week, in a copy of the worlds.

    Arguments as those of `advance`; `views` is float64[n, view_length]. With `has_moved` the
    government has acted already, as gangs find it when their turn comes.
    """
    low, high = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
    world_low, world_high = np.zeros(LANES, dtype=np.int64), np.zeros(LANES, dtype=np.int64)
    place = np.zeros(LANES, dtype=np.int64)
    for first in range(0, len(states), LANES):
        lanes = min(LANES, len(states) - first)
        rows[:] = 0.0
        for i in range(lanes):
            world_low[i] = worlds[first + i] & 0xFFFFFFFF
            world_high[i] = (worlds[first + i] >> 32) & 0xFFFF
        b = Block(
            rows,
            world_low,
            world_high,
            place,
            lanes,
            gangs,
            on,
            rivalry_at_start,
            0,
            low,
            high,
            step,
        )
        seen = views[first : first + lanes]
        load(b, states, parameters, first)
        fill_parameters(b, seen)
        if opens_month:
            draw_month(b)
        if c[Cal.INAUGURATION] == 1.0:
            take_office(b, c)
        fill_views(b, c, seen)
        if has_moved:
            govern_by_strategy(b, c, seen, orders, government, failures, first, 0)
            show_stance(b, seen)


class Session:
    """Worlds between weeks.

    Parameters
    ----------
    draws
        Parameters, one row a world.
    start, end
        First days of months: the session covers [start, end).
    seed
        Seed of the noise, 0 to 2**63 - 1.
    profile
        Strategies of the actors that are given no orders; None stands for the status quo and for
        gangs that go about their business.
    script, since
        A script that drives before the day `since`; none unless given.
    initial
        State to begin from, as for `run`; None starts afresh.
    setting
        The case; None is the embedded El Salvador.
    mechanisms
        Names of optional mechanisms to switch on (`model.MECHANISMS`).
    variables
        Entries of the ledger to keep (`simulate.VARIABLES`); None keeps all.

    Raises
    ------
    SimulationError
        If what is asked for makes no sense; the message says what.

    Examples
    --------
    >>> from tregua import model, simulate
    >>> table = simulate.Session(model.defaults(), start="2003-01-01", end="2004-01-01", seed=1)
    >>> crackdown = [model.Stance.MANO_DURA] + 3 * [model.GangAction.BUSINESS]
    >>> killed = table.advance(weeks=4, orders=crackdown)[:, table.columns.index("killed")]
    >>> table.week, table.weeks, killed.shape
    (4, 48, (1,))
    """

    def __init__(
        self,
        draws: Draws,
        *,
        start: str | pd.Timestamp,
        end: str | pd.Timestamp,
        seed: int,
        profile: Profile | None = None,
        script: Script | None = None,
        since: str | pd.Timestamp | None = None,
        initial: State | None = None,
        setting: Setting | None = None,
        mechanisms: Sequence[str] = (),
        variables: Sequence[str] | None = None,
    ) -> None:
        self.setting = el_salvador() if setting is None else setting
        self.start, self.end = _date("start", start), _date("end", end)
        self.draws, self.seed, self._profile = draws, seed, profile or IDLE
        _check(draws, self.start, self.end, seed, "stochastic", WEEKS_PER_MONTH)
        takes_over = None if since is None else _date("since", since)
        scripted = script is not None and profile is None
        takes_over = _who_drives(
            script, None if scripted else self._profile, takes_over, self.start
        )
        given = _first_state(initial, draws, self.setting, self.start)
        self._values = given.values.copy()
        self._calendar = calendar(
            self.setting,
            self.start,
            self.end,
            script=script,
            since=takes_over,
            timeline=_timeline_of(self._profile),
        )
        gangs = len(self.setting.gangs)
        names = _known_variables(VARIABLES if variables is None else variables)
        self._columns, _ = layout(names, gangs)
        self.columns = tuple(flat for name in names for flat in self._flat(name))
        self._on = switches(mechanisms)
        self._first_step = month_number(self.start) * WEEKS_PER_MONTH
        self._rows = _aligned(rows_of(gangs) * LANES)
        self._scratch = _room_for_views(LANES, gangs, self._profile)
        self._nobody = np.zeros((0, 0), dtype=np.int64)
        self._failures = np.zeros((len(draws), 2), dtype=np.int64)
        lengths = self._calendar[:, Cal.LENGTH]
        self._elapsed = np.concatenate([np.zeros(1), np.cumsum(lengths)])
        self._week = 0
        self._profile.compile()

    def _flat(self, name: str) -> tuple[str, ...]:
        return tuple(f"{name}.{gang}" for gang in self.setting.gangs) if name in GANGS else (name,)

    def __len__(self) -> int:
        """Number of worlds."""
        return len(self._values)

    @property
    def week(self) -> int:
        """Weeks played so far; a week is a quarter of a month."""
        return self._week

    @property
    def weeks(self) -> int:
        """Weeks between `start` and `end`."""
        return len(self._calendar)

    @property
    def years(self) -> float:
        """Years played so far, by the days of the calendar."""
        return float(self._elapsed[self._week])

    @property
    def month(self) -> pd.Timestamp:
        """First day of the month to which the next week belongs; `end` when nothing is left."""
        return self.start + pd.DateOffset(months=self._week // WEEKS_PER_MONTH)

    def advance(self, weeks: int = 1, orders: ArrayLike | None = None) -> Table:
        """Play some weeks, and return what they left in the ledger.

        Parameters
        ----------
        weeks
            How many, at least 1 and no more than are left.
        orders
            int[1 + gangs] or int[n, 1 + gangs]: a stance and an action for each gang, which hold
            for all of these weeks; `simulate.UNORDERED` leaves one to its strategy, None all. While
            a script drives, the stance is the script's and must be left unordered; actions ordered
            stand for those that its shares would have drawn.

        Returns
        -------
        numpy.ndarray
            float64[n, columns], named by `columns` ("killed", "command.ms13"): flows summed over
            these weeks, stocks at their end, shares as means.

        Raises
        ------
        SimulationError
            If fewer weeks are left, orders are not whole numbers of actions, a stance is ordered
            while a script drives, or a strategy failed.
        """
        left = self.weeks - self._week
        if not 1 <= weeks <= left:
            raise SimulationError(f"weeks must lie between 1 and the {left} left, not {weeks}.")
        gangs = len(self.setting.gangs)
        given = self._nobody if orders is None else _orders(orders, len(self), gangs)
        part = self._calendar[self._week : self._week + weeks].copy()
        if len(given) and part[:, Cal.SCRIPTED].any() and (given[:, 0] != UNORDERED).any():
            raise SimulationError(
                "While the script drives, the government's stance is the script's; order actions "
                "of gangs only, with simulate.UNORDERED in the first place."
            )
        if len(given):
            part[part[:, Cal.SCRIPTED] == 1.0, Cal.GIVEN] = 1.0
        part[:, Cal.OPENS], part[:, Cal.CLOSES], part[:, Cal.SHARE] = 0.0, 0.0, 1.0 / weeks
        part[0, Cal.OPENS] = part[-1, Cal.CLOSES] = 1.0
        out = np.empty((len(self), 1, len(self._columns)))
        advance(
            self._values,
            self.draws.values,
            self.draws.worlds,
            part,
            self._first_step + self._week,
            WEEKS_PER_MONTH,
            self.seed,
            0,
            self.setting.rivalry_at_start,
            gangs,
            self._on,
            self._columns,
            given,
            self._profile.called,
            self._profile.gangs,
            self._rows,
            self._scratch,
            out,
            self._failures,
            LANES,
        )
        if self._failures.any():
            self._explain()
        self._week += weeks
        return out[:, 0]

    def _explain(self) -> None:
        at = self._failures[:, 0] != 0
        self._failures[at, 1] += self._week
        months = months_between(self.start, self.end)
        _refuse_failures(self._failures, self.draws, WEEKS_PER_MONTH, months, self._profile)

    def views(self, *, government_has_moved: bool = False) -> Table:
        """What the actors see at the opening of the next week, before anybody acts.

        An inauguration that falls into that week has taken place. Nothing is changed: the week
        itself, when it is played, opens in the same way.

        Parameters
        ----------
        government_has_moved
            True for what gangs see once the government has acted by its own strategy.

        Returns
        -------
        numpy.ndarray
            float64[n, places], one row a world, places as in `model.View`, `model.own` and
            `model.in_view`; the numbers of a strategy `with_numbers` stand at the end. After the
            last week, with the date of that week.
        """
        gangs = len(self.setting.gangs)
        views = _room_for_views(len(self), gangs, self._profile)
        c = self._calendar[min(self._week, self.weeks - 1)].copy()
        if self._week == self.weeks:
            c[Cal.INAUGURATION] = 0.0  # the last week's, and already played
        if government_has_moved and c[Cal.SCRIPTED] == 1.0:
            raise SimulationError("While the script drives, no strategy of the government moves.")
        _look(
            self._values,
            self.draws.values,
            self.draws.worlds,
            c,
            self._first_step + self._week,
            self._week % WEEKS_PER_MONTH == 0,
            self.seed,
            self.setting.rivalry_at_start,
            gangs,
            self._on,
            self._nobody,
            self._profile.called,
            government_has_moved,
            self._rows,
            views,
            self._failures,
        )
        return views

    def state(self) -> State:
        """The state of the worlds, for `run` to go on from. Raises SimulationError within a month.

        A run goes on from the first day of a month.
        """
        if self._week % WEEKS_PER_MONTH != 0:
            raise SimulationError(
                f"A state belongs to the first day of a month; week {self._week} is within one."
            )
        worlds, gangs = self.draws.worlds.copy(), self.setting.gangs
        return State(self._values.copy(), worlds, self.month, gangs, self.seed, "stochastic")

    def choose(self, places: ArrayLike) -> None:
        """Let each world go on from the state of another, with its own parameters and luck.

        This is the resampling step of a particle filter: copies of one state part at once, because
        luck is keyed by a world's own number.

        Parameters
        ----------
        places
            int[n]: for each world, the place (0 to n - 1) of the world whose state it takes.

        Raises
        ------
        SimulationError
            If there is not one place for each world, or one lies outside.
        """
        where = np.asarray(places)
        if where.shape != (len(self),) or where.dtype.kind not in "iu":
            raise SimulationError(
                f"places must be {len(self)} whole numbers, one a world, not {where.dtype} of "
                f"shape {where.shape}."
            )
        if where.min() < 0 or where.max() >= len(self):
            raise SimulationError(f"Places must lie between 0 and {len(self) - 1}.")
        self._values = self._values[where]

    def copy(self) -> Session:
        """A session that goes on from here by itself, with the same luck: what if instead ..."""
        other = copy.copy(self)
        other._values = self._values.copy()
        other._rows, other._scratch = _aligned(len(self._rows)), self._scratch.copy()
        other._failures = self._failures.copy()
        return other
