"""What a large run is: strategies, worlds, dates, and how it is cut into shards.

A sweep runs every strategy in every world. It is cut into shards: a block of worlds under a group
of strategies. A shard is a pure function of the sweep and the shard's number
(`tregua.scale.shards`), so it may be computed anywhere, at any time and again, and gives the same
bytes. How large shards are follows from the sweep alone, never from the machine.

The size weighs three things: a shard should take seconds, so that handing it out costs nothing
beside it; it must fit into memory; and a run should leave no more than some ten thousand shards,
because a file system with millions of small files is a slow one.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import inspect
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua.model import MECHANISMS, History, Profile, Timeline, answer_in_kind
from tregua.model.script import period_starts
from tregua.model.strategy import GangStrategy, GovernmentStrategy, Strategy
from tregua.provenance import code_digest, digest_of
from tregua.scale.harm import KNOWN, counted
from tregua.scale.sources import Source
from tregua.simulate import GANGS, PERIODS

__all__ = ["SWEEP_VARIABLES", "Shard", "Sweep", "SweepError", "installed"]

SWEEP_VARIABLES: tuple[str, ...] = (
    *("killed", "recorded", "hidden", "uncounted", "disappeared", "detained", "wrongly_detained"),
    *("custody_deaths", "police_killings", "democracy_lost", "democracy", "prisoners"),
)
"""Variables that a sweep keeps unless others are asked for: the harm ledger, and two more."""

_LIBRARIES = ("numba", "numcodecs", "numpy", "scipy")

_WEEKS_A_MONTH = 4
_WEEKS_A_SHARD = 4_000_000.0  # of all its worlds and strategies: some 4 seconds of one thread
_SHARDS_AT_MOST = 20_000
_BYTES_A_SHARD = 200e6
_BYTES_A_WORLD_FIXED = 4_000.0  # state, parameters, copies
_LANES = 64  # worlds that advance in step; a block is a multiple of it
_STRATEGIES_TOGETHER = 16
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_PROBLEMS_SHOWN = 20
_NAMES_SHOWN = 10
_MOST_SEED = 2**63 - 1


class SweepError(ValueError):
    """A sweep that was asked for wrongly, or that cannot go on; the message says what to do.

    Attributes
    ----------
    problems
        What is wrong, one sentence each; the message lists them all, or the first twenty.
    """

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        shown = problems[:_PROBLEMS_SHOWN]
        lines = [f"- {problem}" for problem in shown]
        if len(problems) > len(shown):
            lines.append(f"- and {len(problems) - len(shown):,} more of this kind")
        whole = "\n".join(["This sweep cannot be run:", *lines])
        super().__init__(problems[0] if len(problems) == 1 else whole)


@dataclass(frozen=True)
class Shard:
    """One piece of a sweep.

    Attributes
    ----------
    number
        From 0, in the order of blocks, then of groups.
    block, group
        Which block of worlds, which group of strategies.
    first, last
        The block holds worlds `first` to `last - 1`, counted from 0.
    strategies
        Places of the group's strategies in `Sweep.strategies`.
    """

    number: int
    block: int
    group: int
    first: int
    last: int
    strategies: tuple[int, ...]

    @property
    def name(self) -> str:
        """What a message calls it."""
        return f"shard {self.number} (worlds {self.first:,} to {self.last - 1:,})"


@dataclass(frozen=True, eq=False)
class Sweep:
    """Every strategy in every world, from one month on.

    Attributes
    ----------
    strategies
        Government strategies or timelines, each with a name of its own; the first is what the
        others are compared with.
    source
        Where the worlds come from: `FromPrior`, `FromDraws` or `FromCloud`.
    history
        What the case tells of its past.
    origin
        Month from which the strategies act, `YYYY-MM`, not before the worlds begin. Counting rules
        in force then hold for good.
    years
        Length of the runs, at least 1.
    seed
        Seed of the noise, 0 to 2**63 - 1.
    gangs
        The gangs' reply, the same to every strategy.
    variables
        Names of the variables to keep: those of `simulate.VARIABLES`, and "disappeared" and
        "democracy_lost", which the harm ledger derives from them.
    every
        Periods kept: "month", "quarter" or "year".
    mechanisms
        Optional mechanisms that are on from the origin; history runs without.
    worlds_a_shard
        Worlds in a block; None chooses it by the rule of this module.
    strategies_a_shard
        Strategies in a group; None takes up to 16. Those of one group share the run of history.
    """

    strategies: tuple[GovernmentStrategy | Timeline, ...]
    source: Source
    history: History
    origin: str
    years: int
    seed: int
    gangs: GangStrategy = answer_in_kind
    variables: tuple[str, ...] = SWEEP_VARIABLES
    every: str = "year"
    mechanisms: tuple[str, ...] = ()
    worlds_a_shard: int | None = None
    strategies_a_shard: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be run, before anything is."""
        for name in ("strategies", "variables", "mechanisms"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        found = [*_wrong_names(self.names), *_wrong_dates(self)]
        if not found:
            found += [text for each in self.strategies for text in _wrong_strategy(each, self)]
        found += [
            text
            for what, given, known in (
                ("period", (self.every,), PERIODS[1:]),
                ("variable", self.variables, KNOWN),
                ("mechanism", self.mechanisms, tuple(MECHANISMS)),
            )
            for each in given
            for text in _wrong_name(what, each, known)
        ]
        if len(set(self.variables)) != len(self.variables) or not self.variables:
            found.append(f"Variables must be named once each: {_listed(self.variables)}.")
        found += _wrong_counts(self)
        if found:
            raise SweepError(*found)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the strategies."""
        return tuple(strategy.name for strategy in self.strategies)

    @property
    def worlds(self) -> int:
        """Number of worlds."""
        return self.source.worlds

    @property
    def end(self) -> pd.Timestamp:
        """First day after the run."""
        return pd.Timestamp(f"{self.origin}-01") + pd.DateOffset(years=self.years)

    @property
    def gang_names(self) -> tuple[str, ...]:
        """Names of the gangs, for variables that have a dimension of them."""
        return self.history.setting.gangs

    @cached_property
    def periods(self) -> int:
        """Number of periods kept."""
        return len(self.period_starts)

    @cached_property
    def period_starts(self) -> pd.DatetimeIndex:
        """First days of the periods; the first of them may begin within its year or quarter."""
        first = pd.Timestamp(f"{self.origin}-01")
        starts = period_starts(first, self.end, self.every, _WEEKS_A_MONTH)  # type: ignore[arg-type]
        return pd.DatetimeIndex(starts)

    @property
    def columns(self) -> int:
        """Numbers kept of one world, strategy and period."""
        return sum(len(self.gang_names) if v in GANGS else 1 for v in self.variables)

    @property
    def needs_months(self) -> bool:
        """Whether shards keep months and gather periods: what democracy loses is told by months."""
        return self.every != "month" and "democracy_lost" in self.variables

    @cached_property
    def first_months(self) -> NDArray[np.intp]:
        """Place of each period's first month in the run, from 0."""
        months = self.period_starts.year * 12 + self.period_starts.month
        return np.asarray(months - months[0], dtype=np.intp)

    @property
    def months(self) -> NDArray[np.intp]:
        """Number of months in each period."""
        return np.diff(np.append(self.first_months, 12 * self.years))

    @property
    def weeks(self) -> tuple[int, int]:
        """Weeks of one world's history, and of one strategy after it."""
        past = pd.Period(self.origin, "M").ordinal - pd.Period(self.history.start, "M").ordinal
        return past * _WEEKS_A_MONTH, self.years * 12 * _WEEKS_A_MONTH

    # -- Shards ----------------------------------------------------------------------------------

    @cached_property
    def group_size(self) -> int:
        """Strategies in a full group."""
        wanted = self.strategies_a_shard or _STRATEGIES_TOGETHER
        return min(wanted, len(self.strategies))

    @cached_property
    def block_size(self) -> int:
        """Worlds in a full block."""
        if self.worlds_a_shard is not None:
            return min(self.worlds_a_shard, self.worlds)
        past, future = self.weeks
        by_time = _WEEKS_A_SHARD / (past + self.group_size * future)
        by_number = self.worlds * self.groups / _SHARDS_AT_MOST
        cells = self.periods * self.columns
        bytes_a_world = _BYTES_A_WORLD_FIXED + cells * (12 + 8 * self.group_size)
        if self.needs_months:
            bytes_a_world += 12 * self.years * len(counted(self.variables)) * 8
        by_memory = _BYTES_A_SHARD / bytes_a_world
        wanted = min(max(by_time, by_number), by_memory)
        return max(_LANES, int(wanted) // _LANES * _LANES)

    @cached_property
    def groups(self) -> int:
        """Number of groups of strategies."""
        return -(-len(self.strategies) // self.group_size)

    @cached_property
    def blocks(self) -> int:
        """Number of blocks of worlds."""
        return -(-self.worlds // self.block_size)

    def __len__(self) -> int:
        """Number of shards."""
        return self.blocks * self.groups

    def shard(self, number: int) -> Shard:
        """One shard by its number.

        Raises
        ------
        SweepError
            If there is no such shard.
        """
        if not 0 <= number < len(self):
            raise SweepError(f"There is no shard {number}: they run from 0 to {len(self) - 1}.")
        block, group = divmod(number, self.groups)
        first = block * self.block_size
        begin = group * self.group_size
        members = range(begin, min(begin + self.group_size, len(self.strategies)))
        last = min(first + self.block_size, self.worlds)
        return Shard(number, block, group, first, last, tuple(members))

    # -- What tells a sweep from another ---------------------------------------------------------

    def described(self) -> dict[str, Any]:
        """Everything on which the bytes of the result depend, in values that JSON knows."""
        return {
            "case": self.history.setting.name,
            "history": digest_of(repr(self.history)),
            "reading": self.history.script.name,
            "strategies": [_told(strategy) for strategy in self.strategies],
            "gangs": _told(self.gangs),
            "source": self.source.described(),
            "origin": self.origin,
            "years": self.years,
            "seed": self.seed,
            "variables": list(self.variables),
            "every": self.every,
            "mechanisms": list(self.mechanisms),
            "worlds_a_shard": self.block_size,
            "strategies_a_shard": self.group_size,
        }

    @cached_property
    def digest(self) -> str:
        """Digest of the description and of what is installed (16 hexadecimal digits)."""
        return digest_of(self.described(), installed())

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process: strategies by their address, the rest as it is."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        given["strategies"] = tuple(_Address.of(strategy) for strategy in self.strategies)
        given["gangs"] = _Address.of(self.gangs)
        return _arrived, (given,)


def installed() -> dict[str, str]:
    """Versions and digest of code on which the bytes of a result depend."""
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    return {"tregua code": code_digest()} | versions


# -- Strategies on their way to another process --------------------------------------------------


@dataclass(frozen=True)
class _Address:
    """Where a strategy is found again: machine code and decorated functions do not travel."""

    module: str
    name: str

    @classmethod
    def of(cls, strategy: Strategy | Timeline) -> _Address | Timeline:
        """The strategy's address; a timeline travels as it is."""
        if isinstance(strategy, Timeline):
            return strategy
        module, name = strategy.function.__module__, strategy.function.__name__
        if module == "__main__" or _at(module, name) is not strategy:
            raise SweepError(
                f"The strategy '{strategy.name}' cannot travel to another process: put it at the "
                f"top level of a module that every worker can import (it is {module}.{name}), "
                "or run in threads."
            )
        return cls(module, name)

    def found(self) -> Strategy:
        """The strategy, in the process that this is called in."""
        strategy = _at(self.module, self.name)
        if not isinstance(strategy, Strategy):
            raise SweepError(
                f"This worker finds no strategy {self.module}.{self.name}; install the module that "
                "holds it on every worker."
            )
        return strategy


def _at(module: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None


def _arrived(given: dict[str, Any]) -> Sweep:
    for name in ("strategies", "gangs"):
        value = given[name]
        many = value if isinstance(value, tuple) else (value,)
        found = tuple(each.found() if isinstance(each, _Address) else each for each in many)
        given[name] = found if isinstance(value, tuple) else found[0]
    return Sweep(**given)


def _told(strategy: Strategy | Timeline) -> dict[str, Any]:
    """A strategy in values that JSON knows, with what would change if it did."""
    if isinstance(strategy, Timeline):
        return {"name": strategy.name, "phases": [repr(phase) for phase in strategy.phases]}
    function = strategy.function
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        source = function.__code__.co_code.hex() + repr(function.__code__.co_consts)
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    return {"name": strategy.name, "module": function.__module__, "source": digest}


# -- Checks --------------------------------------------------------------------------------------


def _wrong_names(names: Sequence[str]) -> list[str]:
    if names and len(set(names)) == len(names):
        return []
    twice = [name for name, count in Counter(names).items() if count > 1]
    more = f", of which {_listed(twice)} more than once" if len(names) > _NAMES_SHOWN else ""
    return [f"Strategies need names of their own; given: {_listed(names)}{more}."]


def _wrong_dates(sweep: Sweep) -> list[str]:
    origin, years, start = sweep.origin, sweep.years, sweep.history.start
    found = []
    if not isinstance(origin, str) or not _MONTH.fullmatch(origin):
        found.append(f"The origin must be a month, as 2019-06, not {origin!r}.")
    elif origin < start:
        found.append(f"The origin, {origin}, is before the worlds begin, {start}.")
    if not _is_whole(years) or years < 1:
        found.append(f"A run lasts a whole number of years, at least 1, not {years!r}.")
    return found


def _wrong_strategy(strategy: GovernmentStrategy | Timeline, sweep: Sweep) -> list[str]:
    """What keeps a strategy from being played against these gangs in all months."""
    try:
        Profile(strategy, sweep.gangs)
    except ValueError as error:
        return [str(error)]
    if not isinstance(strategy, Timeline):
        return []
    months = pd.date_range(f"{sweep.origin}-01", periods=12 * sweep.years, freq="MS").to_numpy()
    open_months = months[strategy.stance_at(months) < 0].astype("datetime64[M]")
    if not len(open_months):
        return []
    first, last = (str(months[place].astype("datetime64[M]")) for place in (0, -1))
    return [
        f"The timeline '{strategy.name}' says nothing of {open_months[0]}; it must cover {first} "
        f"to {last}."
    ]


def _wrong_counts(sweep: Sweep) -> list[str]:
    found = [
        f"{name} must be at least 1, a whole number, not {given!r}."
        for name in ("worlds_a_shard", "strategies_a_shard")
        for given in (getattr(sweep, name),)
        if given is not None and (not _is_whole(given) or given < 1)
    ]
    if not _is_whole(sweep.seed) or not 0 <= sweep.seed <= _MOST_SEED:
        found.append(f"The seed must be a whole number from 0 to 2**63 - 1, not {sweep.seed!r}.")
    return found


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _wrong_name(what: str, given: str, known: Sequence[str]) -> list[str]:
    if given in known:
        return []
    near = difflib.get_close_matches(str(given), known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return [f"No {what} named '{given}'.{hint} Known: {', '.join(known)}."]


def _listed(names: Sequence[str]) -> str:
    """Names, the first ten of very many."""
    more = len(names) - _NAMES_SHOWN
    listed = ", ".join(str(name) for name in names[:_NAMES_SHOWN]) or "none"
    return f"{listed} and {more:,} more" if more > 0 else listed
