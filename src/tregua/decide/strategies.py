"""The catalogue of government strategies: small, named, cited functions.

Five strategies span what the source article puts side by side: leave things as they are, make a
secret pact, crack down, do both at once, and reform institutions. Each holds one stance for as
long as it drives; what becomes of it (leaks, breaches, breakdown, turnover) is the model's
business, and the gangs' reply is theirs. A pact that broke is offered again once the gangs accept
offers, which the model's cooling time decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tregua.model import Stance, government
from tregua.model.strategy import GovernmentStrategy

__all__ = [
    "STRATEGIES",
    "both",
    "mano_dura",
    "named",
    "reform",
    "secret_pact",
    "status_quo",
]

View = NDArray[np.float64]


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


STRATEGIES: MappingProxyType[str, GovernmentStrategy] = MappingProxyType(
    {strategy.name: strategy for strategy in (status_quo, secret_pact, mano_dura, both, reform)}
)
"""Strategies by name, in the order in which they are shown."""


def named(names: Iterable[str]) -> tuple[GovernmentStrategy, ...]:
    """Strategies of the catalogue by their names.

    Raises
    ------
    ValueError
        If a name is unknown; the message gives the nearest and all known ones.

    Examples
    --------
    >>> [strategy.name for strategy in named(["reform"])]
    ['reform']
    """
    chosen = []
    for name in names:
        if name not in STRATEGIES:
            near = get_close_matches(name, STRATEGIES, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ValueError(f"No strategy named '{name}'.{hint} Known: {', '.join(STRATEGIES)}.")
        chosen.append(STRATEGIES[name])
    return tuple(chosen)
