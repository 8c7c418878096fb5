"""The catalogue of strategies: small, named, cited functions.

Five strategies span what the source article puts side by side: leave things as they are, make a
secret pact, crack down, do both at once, and reform institutions. Each holds one stance for as
long as it drives; what becomes of it (leaks, breaches, breakdown, turnover) is the model's
business, and the gangs' reply is theirs. A pact that broke is offered again once the gangs accept
offers, which the model's cooling time decides.

Beside these stand the two stances left (an open pact, a state of exception), rules that answer what
they see (`tregua.decide.triggers`), and governments and gangs that choose by what they want
(`tregua.decide.respond`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tregua.decide.replies import always_press, envious, grim_gang, tit_for_tat
from tregua.decide.respond import best_reply, best_response, quantal_reply, quantal_response
from tregua.decide.triggers import (
    conditional_crackdown,
    exception_on_spike,
    follow_fear,
    grim,
    pact_for_votes,
    pact_until_election,
    pact_until_leak,
    reform_after_calm,
    territorial_then_exception,
    wind_down,
)
from tregua.model import Stance, answer_in_kind, government, indifferent
from tregua.model.strategy import GangStrategy, GovernmentStrategy, Strategy

__all__ = [
    "CATALOGUE",
    "GANG_STRATEGIES",
    "STRATEGIES",
    "both",
    "exception",
    "mano_dura",
    "named",
    "open_pact",
    "reform",
    "reply_named",
    "secret_pact",
    "status_quo",
]

View = NDArray[np.float64]
_Kind = TypeVar("_Kind", bound=Strategy)


@government
def status_quo(view: View) -> int:
    """Ordinary policing, no pact and no reform: what other strategies are measured against."""
    return Stance.STATUS_QUO


@government
def secret_pact(view: View) -> int:
    """Relax the leaders' prison regime for fewer killings, in secret (El Salvador, March 2012).

    Cruz & Duran-Martinez 2016, Journal of Peace Research 53(2), describe such pacts as hiding
    violence to deal with the state.
    """
    return Stance.SECRET_PACT


@government
def mano_dura(view: View) -> int:
    """Mass arrests under ordinary courts (El Salvador, 2003-04 and 2015).

    Holland 2013, Latin American Research Review 48(1), on why parties chose it.
    """
    return Stance.MANO_DURA


@government
def both(view: View) -> int:
    """A secret pact behind a public crackdown (as alleged for El Salvador, 2019-22).

    The source article calls it the combination and expects it to be doubled down.
    """
    return Stance.BOTH


@government
def reform(view: View) -> int:
    """Build police, courts and prisons that hold, with ordinary arrests meanwhile.

    The source article's recommendation.
    """
    return Stance.REFORM


@government
def open_pact(view: View) -> int:
    """The same exchange in public: nothing can leak, and opposition is paid for at once.

    What the source article asks for when it holds opacity to be the difficulty. Three of four
    opposed negotiating in 2014 and 2015.
    """
    return Stance.OPEN_PACT


@government
def exception(view: View) -> int:
    """A state of exception, extended without end (El Salvador, since 27 March 2022).

    The source article expects the gangs to be wounded by it, not gone.
    """
    return Stance.EXCEPTION


def _by_name(*strategies: _Kind) -> MappingProxyType[str, _Kind]:
    return MappingProxyType({strategy.name: strategy for strategy in strategies})


STRATEGIES: MappingProxyType[str, GovernmentStrategy] = _by_name(
    status_quo, secret_pact, mano_dura, both, reform
)
"""The strategies that a study compares, by name, in the order in which they are shown."""

CATALOGUE: MappingProxyType[str, GovernmentStrategy] = _by_name(
    *STRATEGIES.values(),
    open_pact,
    exception,
    pact_until_leak,
    pact_until_election,
    pact_for_votes,
    grim,
    territorial_then_exception,
    exception_on_spike,
    conditional_crackdown,
    follow_fear,
    reform_after_calm,
    wind_down,
    quantal_response,
    best_response,
)
"""All strategies of a government, by name: the compared ones, stances, triggers, choosers."""

GANG_STRATEGIES: MappingProxyType[str, GangStrategy] = _by_name(
    answer_in_kind,
    indifferent,
    tit_for_tat,
    grim_gang,
    envious,
    always_press,
    quantal_reply,
    best_reply,
)
"""All strategies of gangs, by name; the first is what gangs follow if nothing else is said."""


def named(names: Iterable[str]) -> tuple[GovernmentStrategy, ...]:
    """Strategies of a government by their names in `CATALOGUE`.

    Parameters
    ----------
    names
        Names, in the order wanted.

    Raises
    ------
    ValueError
        If a name is unknown; the message gives the nearest and all known ones.

    Examples
    --------
    >>> [strategy.name for strategy in named(["reform", "grim"])]
    ['reform', 'grim']
    """
    return tuple(
        _found(name, CATALOGUE, "strategy", GANG_STRATEGIES, "the gangs") for name in names
    )


def reply_named(name: str) -> GangStrategy:
    """A strategy of the gangs by its name in `GANG_STRATEGIES`.

    Parameters
    ----------
    name
        Name of the strategy.

    Raises
    ------
    ValueError
        If the name is unknown; the message gives the nearest and all known ones.

    Examples
    --------
    >>> reply_named("tit_for_tat")
    GangStrategy('tit_for_tat')
    """
    return _found(name, GANG_STRATEGIES, "reply of gangs", CATALOGUE, "a government")


def _found(
    name: str, known: Mapping[str, _Kind], what: str, others: Mapping[str, Strategy], whose: str
) -> _Kind:
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    if name in others:
        hint = f" That is a strategy of {whose}."
    raise ValueError(f"No {what} named '{name}'.{hint} Known: {', '.join(known)}.")
