r"""What the harm ledger adds to what the simulator counts: the disappeared, and democracy lost.

Two outcomes are not counted week by week but follow from what is. Persons **reported missing** in a
month are those who are found alive, some 1,500 a year whatever happens, and half of the killings
that are hidden ($h$):

$$d = 1500 / 12 + h / 2 .$$

About 3,000 reports a year were made in 2016 to 2018, of whom about half were found alive; that half
of the hidden are ever reported is judged. **Democracy lost** adds up, month by month, how far the
index of democracy lies below where it stood at the origin, in years of the full index:

$$l = (D_0 - D) / 12 .$$

Both are flows of a month. A longer period adds its months, so that a run which keeps democracy lost
keeps months first (`gathered` makes periods of them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tregua.simulate import VARIABLES
from tregua.simulate.ensemble import entry_of as entry_of_simulator

__all__ = [
    "DERIVED",
    "KNOWN",
    "Derived",
    "Entry",
    "counted",
    "democracy_lost",
    "disappeared",
    "entry_of",
    "gathered",
]

Array = NDArray[np.float64]

_FOUND_ALIVE_A_YEAR = 1500.0
_SHARE_REPORTED = 0.5


class Entry(Protocol):
    """What an archive says of a variable."""

    @property
    def kind(self) -> str:
        """Flow, stock or share."""

    @property
    def unit(self) -> str:
        """Unit."""

    @property
    def meaning(self) -> str:
        """What it is, in words."""


@dataclass(frozen=True)
class Derived:
    """An outcome that follows from a variable of the simulator.

    Attributes
    ----------
    follows
        The variable.
    unit, meaning, kind
        As the simulator's own variables have them.
    """

    follows: str
    unit: str
    meaning: str
    kind: str = "flow"


DERIVED: dict[str, Derived] = {
    "disappeared": Derived("hidden", "persons", "persons reported missing, found alive or not"),
    "democracy_lost": Derived(
        "democracy", "years of the index", "democracy lost against the origin, added up over time"
    ),
}
"""Outcomes of the ledger that a sweep derives."""

KNOWN: tuple[str, ...] = (*VARIABLES, *DERIVED)
"""Every name that a sweep can keep."""


def disappeared(hidden: ArrayLike, months: ArrayLike = 1.0) -> Array:
    """Persons reported missing in a month, or in periods of several.

    Parameters
    ----------
    hidden
        Hidden killings of each period, of any shape; periods on the last axis.
    months
        Months in a period, for all or for each.

    Returns
    -------
    numpy.ndarray
        float64 of the same shape, persons.

    Examples
    --------
    >>> float(disappeared(10.0))
    130.0
    """
    alive = _FOUND_ALIVE_A_YEAR / 12 * np.asarray(months, np.float64)
    return np.asarray(alive + _SHARE_REPORTED * np.asarray(hidden, np.float64))


def democracy_lost(democracy: ArrayLike, at_origin: ArrayLike) -> Array:
    """Democracy lost in a month, in years of the full index; negative where it has grown.

    Parameters
    ----------
    democracy
        The index at the end of each month, [worlds, months], 0 to 1.
    at_origin
        The index at the origin, [worlds].

    Returns
    -------
    numpy.ndarray
        float64[worlds, months].

    Examples
    --------
    >>> democracy_lost([[0.9, 0.78]], [0.9]).round(3).tolist()
    [[0.0, 0.01]]
    """
    return np.asarray((np.asarray(at_origin, np.float64)[:, None] - np.asarray(democracy)) / 12)


def entry_of(name: str) -> Entry:
    """Unit, meaning and kind of a variable that a sweep can keep. Raises KeyError."""
    return DERIVED[name] if name in DERIVED else entry_of_simulator(name)


def counted(variables: Sequence[str]) -> tuple[str, ...]:
    """Variables that the simulator has to keep for these, each once."""
    needed = (DERIVED[name].follows if name in DERIVED else name for name in variables)
    return tuple(dict.fromkeys(needed))


def gathered(monthly: ArrayLike, firsts: NDArray[np.intp], kind: str) -> Array:
    """Periods made of months, as the simulator makes them: sums, last values, or means.

    Parameters
    ----------
    monthly
        [worlds, months] or [worlds, months, gangs].
    firsts
        Place of each period's first month, increasing from 0.
    kind
        "flow" (added up), "stock" (at the end) or "share" (mean over the months, which are of
        equally many weeks).

    Returns
    -------
    numpy.ndarray
        float64[worlds, periods], or [worlds, periods, gangs].

    Examples
    --------
    >>> gathered([[1.0, 2.0, 6.0]], np.array([0, 2]), "flow").tolist()
    [[3.0, 6.0]]
    """
    values = np.asarray(monthly, dtype=np.float64)
    after = np.append(firsts[1:], values.shape[1])
    if kind == "stock":
        return values[:, after - 1]
    total = np.add.reduceat(values, firsts, axis=1)
    if kind == "flow":
        return np.asarray(total)
    months = (after - firsts).reshape((-1,) + (1,) * (values.ndim - 2))
    return np.asarray(total / months)
