"""One set of worlds on which policies are tried, all with the same luck.

Every policy meets the same parameters and the same noise (common random numbers), so that two of
them differ by what they do and not by their worlds. A search holds two such sets that share no
world: one to choose on, and one to judge what was chosen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tregua import simulate
from tregua.decide.search.levers import Plan
from tregua.model import Draws, Profile, Setting, Slot, State, Timeline, answer_in_kind
from tregua.model.strategy import GangStrategy, GovernmentStrategy
from tregua.provenance import digest_of

__all__ = ["OBJECTIVES", "Policy", "Trial", "objectives_named"]

Array = NDArray[np.float64]
Policy = Plan | GovernmentStrategy | Timeline

OBJECTIVES: MappingProxyType[str, str] = MappingProxyType(
    {
        "killed": "persons killed, recorded or not",
        "recorded": "killings in the official tally",
        "hidden": "killings hidden",
        "uncounted": "killings that the counting rules leave out",
        "detained": "persons detained",
        "wrongly_detained": "persons detained who were no members",
        "custody_deaths": "deaths in custody",
        "police_killings": "persons killed by police",
        "democracy_lost": "years of the index of democracy lost",
    }
)
"""Outcomes of the harm ledger over which a search looks, all of them harms, and their units.

`disappeared` is left out because it moves with `hidden` alone.
"""

_ALIASES = {"democracy": "democracy_lost"}
_VARIABLES = {"democracy_lost": "democracy"}


def objectives_named(names: Sequence[str]) -> tuple[str, ...]:
    """Outcomes by name, `democracy` standing for `democracy_lost`.

    Parameters
    ----------
    names
        Two or more names in `OBJECTIVES`, in the order wanted.

    Raises
    ------
    ValueError
        If a name is unknown or given twice, or there are fewer than two.

    Examples
    --------
    >>> objectives_named(["killed", "democracy"])
    ('killed', 'democracy_lost')
    """
    found = tuple(_ALIASES.get(name, name) for name in names)
    for name in found:
        if name not in OBJECTIVES:
            near = get_close_matches(name, OBJECTIVES, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            if name == "disappeared":
                hint = " It moves with 'hidden' alone; ask for that."
            raise ValueError(f"No outcome named '{name}'.{hint} Known: {', '.join(OBJECTIVES)}.")
    if len(set(found)) != len(found) or len(found) < 2:
        raise ValueError(f"Give two or more different outcomes, not {', '.join(found) or 'none'}.")
    return found


@dataclass(frozen=True)
class Trial:
    """Worlds on which policies are tried.

    Attributes
    ----------
    draws
        Parameters of the worlds.
    initial
        Their state at the origin, from `state_at` with the same seed.
    setting
        The case, as `History.rules_of` gives it for the origin.
    origin
        Month from which policies act, `YYYY-MM`.
    years
        Length of the runs, 1 to 30.
    outcomes
        Names in `OBJECTIVES`.
    seed
        Seed of the noise.
    gangs
        The gangs' reply, the same to every policy.
    mechanisms
        Optional mechanisms that are on from the origin.
    threads
        Threads; None uses all processors. Changes no bit.
    """

    draws: Draws
    initial: State
    setting: Setting
    origin: str
    years: int
    outcomes: tuple[str, ...]
    seed: int
    gangs: GangStrategy = answer_in_kind
    mechanisms: tuple[str, ...] = ()
    threads: int | None = None

    def __post_init__(self) -> None:
        """Refuse outcomes that are none, and lengths that are not those of a run."""
        objectives_named(self.outcomes)
        if not 1 <= self.years <= 30:
            raise ValueError(f"A trial runs 1 to 30 years, not {self.years}.")

    def __len__(self) -> int:
        """Number of worlds."""
        return len(self.draws)

    @property
    def months(self) -> int:
        """Length of the runs in months."""
        return 12 * self.years

    @property
    def shares(self) -> Array:
        """Weight of each world, summing to 1."""
        return np.asarray(self.draws.weights / self.draws.weights.sum())

    def totals(self, policy: Policy) -> Array:
        """What a policy leaves in each world.

        Parameters
        ----------
        policy
            A plan, a strategy of a government, or a timeline.

        Returns
        -------
        numpy.ndarray
            float64[worlds, outcomes]: totals from the origin to the end of the run, as
            `Comparison.total` gives them.
        """
        strategy: GovernmentStrategy | Timeline
        if isinstance(policy, Plan):
            strategy, draws = policy.strategy(self.origin), policy.draws(self.draws)
            own = policy.mechanisms
        else:
            strategy, draws, own = policy, self.draws, ()
        first = pd.Timestamp(f"{self.origin}-01")
        variables = [_VARIABLES.get(name, name) for name in self.outcomes]
        kept = simulate.run(
            draws,
            profile=Profile(strategy, self.gangs),
            start=first,
            end=first + pd.DateOffset(years=self.years),
            seed=self.seed,
            initial=self.initial,
            setting=self.setting,
            variables=variables,
            mechanisms=(*self.mechanisms, *own),
            threads=self.threads,
        ).kept
        democracy = self.initial.values[:, Slot.DEMOCRACY]
        columns = []
        for outcome, variable in zip(self.outcomes, variables, strict=True):
            monthly = kept[variable].values
            if outcome == "democracy_lost":
                monthly = (democracy[:, None] - monthly) / 12
            columns.append(monthly.sum(axis=1))
        return np.stack(columns, axis=1)

    def means(self, totals: Array) -> tuple[Array, Array]:
        """Mean over worlds, and its Monte-Carlo standard error.

        Parameters
        ----------
        totals
            float64[worlds, outcomes].

        Returns
        -------
        tuple
            Two arrays float64[outcomes].
        """
        shares = self.shares
        mean = shares @ totals
        spread = shares @ (totals - mean) ** 2
        return np.asarray(mean), np.asarray(np.sqrt(spread * np.sum(shares**2)))

    @property
    def digest(self) -> str:
        """Digest of everything that shapes what `totals` returns, apart from the code."""
        worlds = hashlib.sha256()
        for array in (self.draws.values, self.draws.weights, self.draws.worlds):
            worlds.update(np.ascontiguousarray(array).tobytes())
        worlds.update(np.ascontiguousarray(self.initial.values).tobytes())
        return digest_of(
            worlds.hexdigest(),
            repr(self.setting),
            self.origin,
            self.years,
            self.outcomes,
            self.seed,
            self.gangs.name,
            self.mechanisms,
        )
