"""Optional mechanisms: what the core of the game leaves out, each with a switch.

The core holds every mechanism of the source article. What follows are refinements that the
literature proposes and that no record of El Salvador can test alone. Each is off unless named in
`simulate.run(..., mechanisms=("fringe", ...))`; switched off it costs nothing and changes no bit.
Their parameters are declared with all others and say in their meaning which mechanism reads them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from numba import types
from numba.extending import lower_cast

__all__ = ["MECHANISMS", "Mechanism", "switches"]


class Mechanism(IntEnum):
    """An optional mechanism; its value is its bit in a sum of switches."""

    HETEROGENEOUS_COMMAND = 1
    WAR_READINESS = 2
    VECTOR_INSTITUTIONS = 4
    PRISON_AMPLIFICATION = 8
    SECOND_CONCESSION = 16
    EXCLUSIVE_OFFERS = 32
    FRINGE = 64
    FRAGMENTATION = 128
    RETALIATION = 256
    TERRITORY = 512


MECHANISMS: dict[str, str] = {
    "heterogeneous_command": "leaders of smaller gangs command a smaller share of their cliques "
    "(Katz, Hedberg and Amaya 2016 find the truce held better where MS-13 ruled)",
    "war_readiness": "gangs at peace lose the means of war: the effect of pressing decays in a "
    "pact and comes back after it (Meléndez-Sánchez and Vergara 2024)",
    "vector_institutions": "institutions are police, courts, integrity and prisons, which "
    "complement each other; corruption wastes all of them",
    "prison_amplification": "leaders command the better the more of their members are in prison, "
    "where every member one day arrives (Lessing 2017)",
    "second_concession": "a pact also trades early release and non-extradition, which buys power "
    "along with comfort",
    "exclusive_offers": "a pact is offered to the large gangs only; the others may learn of it, "
    "envy it, and press until they are admitted",
    "fringe": "smaller gangs and armed transport firms kill outside any pact and may spoil it",
    "fragmentation": "removing leaders splits a gang: less command, and rivals within",
    "retaliation": "killings call for killings: part of them follows those of the weeks before "
    "(Hawkes 1971)",
    "territory": "gangs recruit where they rule; growing past one's territory costs blood",
}
"""What each optional mechanism says, by name."""


@lower_cast(types.IntEnumMember, types.Integer)  # type: ignore[untyped-decorator, no-untyped-call]
def _integer_of_member(context: Any, builder: Any, given: Any, wanted: Any, value: Any) -> Any:
    """Let compiled code use a member of an enum as the integer that it is."""
    return context.cast(builder, value, given.dtype, wanted)


def switches(names: Iterable[str]) -> int:
    """Sum of the bits of some mechanisms.

    Parameters
    ----------
    names
        Names as in `MECHANISMS`; repeats count once.

    Raises
    ------
    ValueError
        For a name that is no mechanism; the message gives the nearest and all known ones.

    Examples
    --------
    >>> switches(["fringe", "territory"])
    576
    """
    bits = 0
    for name in [names] if isinstance(names, str) else names:
        if name not in MECHANISMS:
            near = difflib.get_close_matches(str(name), MECHANISMS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ValueError(f"No mechanism named '{name}'.{hint} Known: {', '.join(MECHANISMS)}.")
        bits |= Mechanism[name.upper()]
    return bits
