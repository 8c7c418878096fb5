r"""The best reply that a search finds, in the simulator itself, and what it says of a strategy.

How much could the other side gain by answering a strategy better than by the usual reply? That gain
is the strategy's *exploitability* (Johanson, Waugh, Bowling and Zinkevich 2011, "Accelerating best
response calculation in large extensive games", IJCAI 22),

$$ e(\sigma) = \max_{r} U(r, \sigma) - U(r_0, \sigma) \;\ge\; U(\hat r, \sigma) - U(r_0, \sigma), $$

and any reply $\hat r$ bounds it from below: a better one may exist outside what was searched.
Searched are tables from 32 cells to actions (`tregua.decide.strategic.cells`) and every shipped
strategy of that side. The search climbs: it tries every change of one cell at once, in the same
worlds with the same luck, then the running combinations of those that helped, until none does. A
reply that wins in the worlds in which it was found may owe that to luck, so the gain reported is
its mean over *other* worlds, paired world by world, with the standard error of that mean.

Payoffs are each actor's own (`realised_utilities`), per year, discounted. Gangs reply as one, for
the mean of their payoffs; or **one gang alone** does, for its own, while the others keep to the
usual reply. A profile that no gang alone can better may still be bettered by all of them together,
and the other way round: what is good for one may harm the rest. `deviations` asks everybody.

Nothing is said about the people harmed: what a reply does to them is read from `compare`, to which
the reply found can be passed.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.compiled import compiled
from tregua.decide.compare import state_at
from tregua.decide.environment import GOVERNMENT
from tregua.decide.strategic.cells import (
    CELLS,
    cell_table,
    cells_of_gang,
    cells_of_government,
    gang_policy,
    government_policy,
)
from tregua.decide.strategic.payoffs import (
    COLUMNS,
    GANG_COLUMNS,
    Month,
    gangs_month,
    government_month,
)
from tregua.decide.strategies import CATALOGUE, GANG_STRATEGIES
from tregua.model import (
    Draws,
    GangAction,
    History,
    Profile,
    Setting,
    Stance,
    State,
    Timeline,
    View,
)
from tregua.model.script import WEEKS_PER_MONTH
from tregua.model.strategy import IDLE, GangStrategy, GovernmentStrategy
from tregua.simulate import UNORDERED, Session, part_of

__all__ = ["BestReply", "best_reply_to", "deviations", "exploitability"]

Array = NDArray[np.float64]
Tables = NDArray[np.int64]
Opponent = GovernmentStrategy | GangStrategy | Timeline
Progress = Callable[[int, int], None]

_GOVERNS = (GovernmentStrategy, Timeline)
_ROWS_AT_ONCE = 4096
_LEAST_GAIN = 1e-9
_MOST_MERGED = 12
_LEAST_WORLDS = 4
_BEYOND_CHANCE = 1.96  # standard errors that 19 of 20 chance gains stay within


@dataclass(frozen=True)
class BestReply:
    """The best reply found to a strategy.

    Attributes
    ----------
    actor
        Who replies: "government" or "gangs".
    opponent
        Name of the strategy replied to.
    strategy
        The reply, for `compare` (`gangs=` or among the strategies) and `simulate.run`.
    reference
        Name of the usual reply with which it is compared.
    gain
        What it gains over that reply, utility a year, mean over worlds in which it was not found:
        a lower bound of the opponent's exploitability, up to `mc_error`.
    mc_error
        Standard error of `gain`, over these worlds.
    train_gain
        The same in the worlds in which it was found: flattered by luck.
    searched
        Whether a table found by search won; False: a shipped strategy did at least as well.
    table
        The table that the search ended with, in words (`cell_table`).
    rounds
        Rounds of the search that improved it.
    worlds
        Worlds in which it was found, and others in which it was tried.
    gang
        The gang that replies alone, by name; empty where gangs reply as one or a government does.
    gains
        float64[worlds tried]: the gain in each of the other worlds.
    """

    actor: str
    opponent: str
    strategy: GovernmentStrategy | GangStrategy
    reference: str
    gain: float
    mc_error: float
    train_gain: float
    searched: bool
    table: pd.DataFrame
    rounds: int
    worlds: tuple[int, int]
    gang: str = ""
    gains: Array = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)

    @property
    def reply(self) -> str:
        """Name of the reply."""
        return self.strategy.name


def best_reply_to(
    opponent: Opponent,
    draws: Draws,
    history: History,
    *,
    origin: str,
    seed: int,
    years: int = 5,
    reference: Opponent | None = None,
    train: float = 0.25,
    rounds: int = 6,
    discount: float = 0.1,
    mechanisms: Sequence[str] = (),
    initial: State | None = None,
    gang: str | None = None,
    progress: Progress | None = None,
) -> BestReply:
    """Search the best reply to a strategy, and try it in other worlds.

    Parameters
    ----------
    opponent
        A government's strategy or timeline, to which gangs reply; or a gangs' strategy, to which a
        government does.
    draws
        Parameters of the worlds, at least 8.
    history
        What the case tells of its past.
    origin
        Month from which both sides play, `YYYY-MM`.
    seed
        Seed of the noise.
    years
        Length of play, at least 1. What comes after is worth nothing.
    reference
        The usual reply; None is `answer_in_kind` of gangs, `status_quo` of a government. A
        government's may be a timeline.
    train
        Share of the worlds, the first ones, in which the reply is searched; within (0, 1).
    rounds
        Most rounds of the search, at least 0; 0 chooses among shipped strategies and constants.
    discount
        Rate a year at which payoffs are discounted, at least 0.
    mechanisms
        Optional mechanisms that are on (`model.MECHANISMS`).
    initial
        State of the worlds at the origin, from `state_at` with the same seed; None runs history.
    gang
        Name of the one gang that replies, for its own payoff, while the others keep to the usual
        reply; None lets all gangs reply as one. To a government's strategy only.
    progress
        Called with (rounds done, rounds at most).

    Returns
    -------
    BestReply
        The reply, its gain in other worlds, and the table in words.

    Raises
    ------
    ValueError
        If worlds are too few, a share or a length makes no sense, or the reference is a strategy of
        the wrong actor; if there is no such gang, or one is named where a government replies.
    """
    replier = _replier(opponent)
    usual = _reference(replier, reference)
    setting = history.rules_of(origin)
    alone = None if gang is None else _Alone.named(gang, setting.gangs, usual)
    trained = _trained(len(draws), train, years, rounds, discount)
    begin = state_at(origin, draws, history, seed=seed) if initial is None else initial
    table = _Table(draws, begin, setting, origin, years, seed, discount, tuple(mechanisms), alone)
    found_in, tried_in = table.select(slice(0, trained)), table.select(slice(trained, None))
    search = _Search(found_in, opponent, replier)
    done = search.climb(rounds, progress)
    name = f"best_reply_to_{opponent.name}"
    made = gang_policy if replier == "gangs" else government_policy
    best: GovernmentStrategy | GangStrategy = made(search.best.tolist(), name)
    own: GovernmentStrategy | GangStrategy = best
    value, searched = search.value, True
    for shipped in _shipped(replier):
        worth = found_in.mean(found_in.by_strategy(opponent, shipped))
        if worth > value + _LEAST_GAIN:
            own, value, searched = shipped, worth, False
    before = found_in.mean(found_in.by_strategy(opponent, usual))
    gains = tried_in.by_strategy(opponent, own) - tried_in.by_strategy(opponent, usual)
    gain, error = tried_in.mean(gains), tried_in.error(gains)
    words = cell_table(search.best.tolist(), search.share, of_government=replier != "gangs")
    sizes = (trained, len(draws) - trained)
    played = own if alone is None else alone.played(own)
    return BestReply(
        replier, opponent.name, played, usual.name, gain, error, value - before, searched, words,
        done, sizes, gang or "", gains,
    )  # fmt: skip


def exploitability(
    strategies: Iterable[Opponent],
    draws: Draws,
    history: History,
    *,
    origin: str,
    seed: int,
    alone: bool = False,
    progress: Progress | None = None,
    **options: float,
) -> pd.DataFrame:
    """A lower bound of the exploitability of each of several strategies.

    Parameters
    ----------
    strategies
        Strategies of governments or of gangs, such as `CATALOGUE.values()`.
    draws, history, origin, seed
        As for `best_reply_to`; history is run once.
    alone
        Whether each gang alone is asked as well, beside all gangs as one.
    progress
        Called with (strategies done, strategies), in parts of the search of each.
    **options
        `years`, `train`, `rounds` and `discount` of `best_reply_to`.

    Returns
    -------
    pandas.DataFrame
        Columns actor (who replies), gang (the one that does so alone; empty for a government, and
        for gangs as one), strategy, reply, reference, gain (utility a year, mean over worlds in
        which the reply was not found), mc_error, train_gain, searched, rounds, worlds_found and
        worlds_tried. A gain below 0 says that nothing better than the usual reply was found.
    """
    given = tuple(strategies)
    begin = state_at(origin, draws, history, seed=seed)
    each = history.rules_of(origin).gangs if alone else ()
    asked = [
        (strategy, gang)
        for strategy in given
        for gang in (None, *(each if _replier(strategy) == "gangs" else ()))
    ]
    return pd.DataFrame(
        [
            _row(
                best_reply_to(
                    strategy,
                    draws,
                    history,
                    origin=origin,
                    seed=seed,
                    initial=begin,
                    gang=gang,
                    progress=part_of(progress, index, len(asked)),
                    **options,  # type: ignore[arg-type]
                )
            )
            for index, (strategy, gang) in enumerate(asked)
        ]
    )


def deviations(
    profile: Profile,
    draws: Draws,
    history: History,
    *,
    origin: str,
    seed: int,
    initial: State | None = None,
    progress: Progress | None = None,
    **options: float,
) -> pd.DataFrame:
    """What everybody could gain by leaving a profile of strategies, others keeping to it.

    Parameters
    ----------
    profile
        What a government and gangs do.
    draws, history, origin, seed, initial
        As for `best_reply_to`.
    progress
        Called with (deviations searched, deviations), in parts of the search of each.
    **options
        `years`, `train`, `rounds` and `discount` of `best_reply_to`.

    Returns
    -------
    pandas.DataFrame
        A row for the government, for all gangs as one, and for each gang alone: columns as
        `exploitability` gives them, then gains (the gain exceeds 1.96 errors), most (the largest
        gain of its kind: of the government, of gangs as one, of one gang alone; several where they
        gain the same), and, for the gang
        that gains most, margin and margin_error (its gain less the next gang's, paired by world).
        A government's utility and a gang's have no common unit, so that no row compares them.

    Raises
    ------
    ValueError
        As `best_reply_to`.
    """
    begin = state_at(origin, draws, history, seed=seed) if initial is None else initial
    each = history.rules_of(origin).gangs
    asked: list[tuple[Opponent, Any, str | None]] = [
        (profile.gangs, profile.government, None),
        *((profile.government, profile.gangs, gang) for gang in (None, *each)),
    ]
    found = [
        best_reply_to(
            opponent,
            draws,
            history,
            origin=origin,
            seed=seed,
            reference=usual,
            initial=begin,
            gang=gang,
            progress=part_of(progress, index, len(asked)),
            **options,  # type: ignore[arg-type]
        )
        for index, (opponent, usual, gang) in enumerate(asked)
    ]
    table = pd.DataFrame([_row(reply) for reply in found])
    table["gains"] = table["gain"] > _BEYOND_CHANCE * table["mc_error"]
    table["most"] = table["gain"] == table.groupby([table["actor"], table["gang"] != ""])[
        "gain"
    ].transform("max")
    table[["margin", "margin_error"]] = np.nan
    if len(each) > 1:
        first, second = sorted(range(2, len(found)), key=lambda row: -found[row].gain)[:2]
        gap = found[first].gains - found[second].gains
        weights = draws.weights[found[first].worlds[0] :]
        table.loc[first, ["margin", "margin_error"]] = _mean_and_error(gap, weights)
    return table


def _row(found: BestReply) -> dict[str, object]:
    return {
        "actor": found.actor,
        "gang": found.gang,
        "strategy": found.opponent,
        "reply": found.reply,
        "reference": found.reference,
        "gain": found.gain,
        "mc_error": found.mc_error,
        "train_gain": found.train_gain,
        "searched": found.searched,
        "rounds": found.rounds,
        "worlds_found": found.worlds[0],
        "worlds_tried": found.worlds[1],
    }


# -- What is asked ---------------------------------------------------------------------------------


def _replier(opponent: Opponent) -> str:
    if isinstance(opponent, (GovernmentStrategy, Timeline)):
        return "gangs"
    if isinstance(opponent, GangStrategy):
        return GOVERNMENT
    raise ValueError(
        f"A reply is searched to a strategy or a timeline, not to {opponent!r}. Names: "
        "decide.named and decide.reply_named."
    )


def _reference(replier: str, reference: Opponent | None) -> Opponent:
    of_gangs = replier == "gangs"
    if reference is None:
        return GANG_STRATEGIES["answer_in_kind"] if of_gangs else CATALOGUE["status_quo"]
    if not isinstance(reference, GangStrategy if of_gangs else _GOVERNS):
        raise ValueError(f"The usual reply must be a strategy of the {replier}, not {reference!r}.")
    return reference


def _shipped(replier: str) -> Sequence[GovernmentStrategy | GangStrategy]:
    catalogue: Mapping[str, GovernmentStrategy | GangStrategy]
    catalogue = GANG_STRATEGIES if replier == "gangs" else CATALOGUE
    return tuple(catalogue.values())


def _trained(worlds: int, train: float, years: int, rounds: int, discount: float) -> int:
    """Worlds for the search, or an error that lists all that is wrong."""
    problems = []
    if years < 1 or years != int(years):
        problems.append(f"{years} years (a whole number, at least 1)")
    if rounds < 0:
        problems.append(f"{rounds} rounds (at least 0)")
    if not discount >= 0.0:
        problems.append(f"a discount of {discount} (at least 0)")
    if not 0.0 < train < 1.0:
        problems.append(f"a share of {train} for the search (above 0, below 1)")
    elif min(int(worlds * train), worlds - int(worlds * train)) < _LEAST_WORLDS:
        problems.append(
            f"{int(worlds * train)} worlds to search and {worlds - int(worlds * train)} to try "
            f"(at least {_LEAST_WORLDS} each)"
        )
    if problems:
        raise ValueError("A best reply cannot be searched with " + "; ".join(problems) + ".")
    return int(worlds * train)


# -- One gang alone --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Alone:
    """One gang that replies for itself, and what the others keep to."""

    name: str
    place: int
    others: GangStrategy

    @classmethod
    def named(cls, name: str, known: Sequence[str], usual: Opponent) -> _Alone:
        if not isinstance(usual, GangStrategy):
            raise ValueError(
                f"The gang '{name}' cannot reply to gangs: one gang alone replies to a "
                "government's strategy, while the others keep to the usual reply."
            )
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ValueError(f"No gang named '{name}'.{hint} Known: {', '.join(known)}.")
        return cls(name, list(known).index(name), usual)

    def played(self, own: GovernmentStrategy | GangStrategy) -> GangStrategy:
        """One strategy of all gangs in which this one follows its own and the others the usual."""
        # With one declared signature both return a number, be it a table's or a member's.
        made = numba.njit("int64(float64[::1], int64)", nogil=True)
        place, mine, others = self.place, made(own.function), made(self.others.function)

        def policy(view: Array, gang: int) -> Any:
            return mine(view, gang) if gang == place else others(view, gang)

        policy.__name__, policy.__module__ = f"{own.name}_of_{self.name}", "found"
        policy.__doc__ = f"{own.name} of {self.name}; {self.others.name} of the other gangs."
        return GangStrategy(policy, mixes=own.mixes or self.others.mixes)


@compiled
def _ask(views: Array, gang: int, strategy: GangStrategy, out: NDArray[np.int64]) -> None:
    """What a strategy has a gang do in each world."""
    for i in range(len(views)):
        out[i] = strategy(views[i], gang)


# -- Playing ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Table:
    """Worlds at the origin, and how payoffs in them are counted."""

    draws: Draws
    begin: State
    setting: Setting
    origin: str
    years: int
    seed: int
    discount: float
    mechanisms: tuple[str, ...]
    alone: _Alone | None = None

    def select(self, rows: slice) -> _Table:
        """Some of the worlds."""
        numbers = np.arange(len(self.draws))[rows]
        return replace(self, draws=self.draws.select(numbers), begin=self.begin.select(numbers))

    def mean(self, values: Array) -> float:
        """Mean over worlds by their weights."""
        return float(values @ self._weights)

    def error(self, values: Array) -> float:
        """Standard error of `mean`, by Kish's effective number of worlds."""
        return _mean_and_error(values, self.draws.weights)[1]

    @property
    def _weights(self) -> Array:
        return np.asarray(self.draws.weights / self.draws.weights.sum())

    def session(self, profile: Profile, copies: int) -> Session:
        """A session of several copies of the worlds, one after the other."""
        rows = np.tile(np.arange(len(self.draws)), copies)
        start = pd.Timestamp(f"{self.origin}-01")
        return Session(
            self.draws.select(rows),
            start=start,
            end=start + pd.DateOffset(years=self.years),
            seed=self.seed,
            profile=profile,
            initial=self.begin.select(rows),
            setting=self.setting,
            mechanisms=self.mechanisms,
            variables=(*COLUMNS, *GANG_COLUMNS),
        )

    def by_strategy(self, opponent: Opponent, reply: Opponent) -> Array:
        """Payoff of a reply in each world, per year: float64[worlds]."""
        if self.alone is not None and reply is not self.alone.others:
            assert isinstance(reply, GangStrategy)
            return self._by_one_gang(opponent, reply, self.alone)
        session = self.session(_profile(opponent, reply), 1)
        account = self._account(session, isinstance(reply, _GOVERNS))
        while session.week < session.weeks:
            account.opens(session)
            account.closes(session, [session.advance(WEEKS_PER_MONTH)])
        return account.a_year()

    def _by_one_gang(self, opponent: Opponent, reply: GangStrategy, alone: _Alone) -> Array:
        """The same for one gang that follows the reply while the others keep to the usual one."""
        session = self.session(_profile(opponent, alone.others), 1)
        account = self._account(session, of_government=False)
        orders = np.full((len(session), 1 + len(self.setting.gangs)), UNORDERED, dtype=np.int64)
        own = np.zeros(len(session), dtype=np.int64)
        while session.week < session.weeks:
            parts = []
            for week in range(WEEKS_PER_MONTH):
                views = session.views(government_has_moved=True)
                if week == 0:
                    account.opens(session, views)
                _ask(views, alone.place, reply, own)
                orders[:, 1 + alone.place] = own
                parts.append(session.advance(1, orders))
            account.closes(session, parts)
        return account.a_year()

    def _moving(self, governs: bool) -> Sequence[int]:
        """Columns of the orders that a table fills: the government's, all gangs' or one gang's."""
        if governs:
            return (0,)
        if self.alone is not None:
            return (1 + self.alone.place,)
        return range(1, 1 + len(self.setting.gangs))

    def _account(self, session: Session, of_government: bool) -> _Account:
        place = None if self.alone is None else self.alone.place
        return _Account(session, of_government, self.discount, place)

    def by_tables(self, opponent: Opponent, tables: Tables) -> tuple[Array, Array]:
        """Payoffs of tables in each world, float64[tables, worlds], and their use of cells."""
        at_once = max(1, _ROWS_AT_ONCE // len(self.draws))
        parts = [
            self._by_some(opponent, tables[first : first + at_once])
            for first in range(0, len(tables), at_once)
        ]
        paid, used = zip(*parts, strict=True)
        return np.concatenate(paid), np.concatenate(used)

    def _by_some(self, opponent: Opponent, tables: Tables) -> tuple[Array, Array]:
        governs = isinstance(opponent, GangStrategy)
        others = None if self.alone is None else self.alone.others
        session = self.session(_profile(opponent, others), len(tables))
        account = self._account(session, governs)
        which = np.repeat(np.arange(len(tables)), len(self.draws))
        moving = self._moving(governs)
        orders = np.full((len(which), 1 + len(self.setting.gangs)), UNORDERED, dtype=np.int64)
        used = np.zeros((len(tables), CELLS))
        kept: list[Array] = []
        while session.week < session.weeks:
            views = session.views(government_has_moved=not governs)
            if session.week % WEEKS_PER_MONTH == 0:
                account.opens(session, views)
                kept = []
            for place in moving:
                cells = cells_of_government(views) if governs else cells_of_gang(views, place - 1)
                orders[:, place] = tables[which, cells]
                np.add.at(used, (which, cells), 1.0)
            kept.append(session.advance(1, orders))
            if len(kept) == WEEKS_PER_MONTH:
                account.closes(session, kept)
        share = used / used.sum(axis=1, keepdims=True)
        return account.a_year().reshape(len(tables), len(self.draws)), share


def _profile(opponent: Opponent, reply: Opponent | None) -> Profile:
    if isinstance(opponent, GangStrategy):
        governs = reply if isinstance(reply, _GOVERNS) else IDLE.government
        return Profile(governs, opponent)
    return Profile(opponent, reply if isinstance(reply, GangStrategy) else IDLE.gangs)


def _mean_and_error(values: Array, given: Array) -> tuple[float, float]:
    """Weighted mean over worlds, and its standard error by Kish's effective number of worlds."""
    weights = given / given.sum()
    mean = float(values @ weights)
    spread = float(weights @ (values - mean) ** 2)
    effective = 1.0 / float(np.sum(weights**2))
    return mean, float(np.sqrt(spread / max(effective - 1.0, 1.0)))


class _Account:
    """Payoffs of one side, month by month."""

    def __init__(
        self, session: Session, of_government: bool, discount: float, gang: int | None = None
    ) -> None:
        self._of_government, self._discount, self._gang = of_government, discount, gang
        self._paid, self._years = np.zeros(len(session)), 0.0
        self._opened, self._views = 0.0, np.zeros((0, 0))
        self._before: Array | None = None
        names = session.columns
        gangs = session.setting.gangs
        self._country = [names.index(name) for name in COLUMNS]
        self._gangs = [[names.index(f"{name}.{g}") for g in gangs] for name in GANG_COLUMNS]

    def opens(self, session: Session, views: Array | None = None) -> None:
        """Note what is seen at the opening of a month."""
        self._opened = session.years
        self._views = session.views() if views is None else views
        if self._before is None:
            year = self._views[:, View.RECORDED_YEAR] * self._views[:, View.POPULATION] / 1e5
            self._before = np.maximum(1.0, year)

    def closes(self, session: Session, parts: Sequence[Array]) -> None:
        """Count the month from its parts: flows add up, shares are averaged, stocks are last."""
        total, last, mean = sum(parts), parts[-1], sum(parts) / len(parts)
        country = np.asarray(total)[:, self._country]
        for place, name in enumerate(COLUMNS):
            if name in ("stance", "prosecuted"):
                country[:, place] = last[:, self._country[place]]
            elif name == "pact":
                country[:, place] = np.asarray(mean)[:, self._country[place]]
        gangs = np.stack(
            [last[:, self._gangs[0]], *(np.asarray(mean)[:, row] for row in self._gangs[1:])],
            axis=1,
        )
        years = session.years - self._opened
        month = Month(self._views, country, gangs, years)
        weight = float(np.exp(-self._discount * self._opened))
        if self._of_government:
            assert self._before is not None
            worth = government_month(month, self._before)
        else:
            each = gangs_month(month)
            worth = each.mean(axis=1) if self._gang is None else each[:, self._gang]
        self._paid += weight * worth
        self._years += weight * years

    def a_year(self) -> Array:
        """Discounted payoff per discounted year, one number a row."""
        return self._paid / self._years


# -- Searching -------------------------------------------------------------------------------------


class _Search:
    """A climb over tables from cells to actions, in the worlds given."""

    def __init__(self, table: _Table, opponent: Opponent, replier: str) -> None:
        self._table, self._opponent = table, opponent
        self.best: Tables = np.zeros(CELLS, dtype=np.int64)
        self.value, self.share = -np.inf, np.zeros(CELLS)
        self._actions = len(GangAction) if replier == "gangs" else len(Stance)
        # Constants, and for gangs the usual order: restrain in a trusted pact, press after its end.
        starts = [np.full(CELLS, action) for action in range(self._actions)]
        if replier == "gangs":
            usual = np.full(CELLS, int(GangAction.BUSINESS))
            usual[8:16], usual[24:] = GangAction.PRESS, GangAction.PRESS
            usual[20:24] = GangAction.RESTRAIN
            starts.append(usual)
        self._take(np.array(starts, dtype=np.int64))

    def climb(self, rounds: int, progress: Progress | None) -> int:
        """Improve until nothing helps; the number of rounds that did."""
        for done in range(rounds):
            if progress is not None:
                progress(done, rounds)
            if not self._round():
                break
        else:
            done = rounds
        if progress is not None:
            progress(rounds, rounds)
        return done if rounds else 0

    def _round(self) -> bool:
        changes = [
            (cell, action)
            for cell in np.flatnonzero(self.share > 0.0).tolist()
            for action in range(self._actions)
            if action != self.best[cell]
        ]
        tables = np.repeat(self.best[None], len(changes), axis=0)
        for row, (cell, action) in enumerate(changes):
            tables[row, cell] = action
        worth = self._means(tables)[0]
        best_of_cell: dict[int, tuple[float, int]] = {}
        for (cell, action), value in zip(changes, worth, strict=True):
            if value > max(self.value, best_of_cell.get(cell, (-np.inf, 0))[0]) + _LEAST_GAIN:
                best_of_cell[cell] = (value, action)
        order = sorted(best_of_cell, key=lambda cell: -best_of_cell[cell][0])[:_MOST_MERGED]
        if not order:
            return False
        merged = []
        for count in range(1, len(order) + 1):
            row_of = self.best.copy()
            for cell in order[:count]:
                row_of[cell] = best_of_cell[cell][1]
            merged.append(row_of)
        return self._take(np.array(merged))

    def _means(self, tables: Tables) -> tuple[list[float], Array]:
        paid, used = self._table.by_tables(self._opponent, tables)
        return [self._table.mean(row) for row in paid], used

    def _take(self, tables: Tables) -> bool:
        """Take the best of some tables if it is better than what there is."""
        worth, used = self._means(tables)
        first = int(np.argmax(worth))
        if worth[first] <= self.value + _LEAST_GAIN:
            return False
        self.best, self.value, self.share = tables[first], worth[first], used[first]
        return True
