"""Strategies: small named functions from what an actor sees to what it does.

A government's strategy takes a view and returns a `Stance`; a gang's takes a view and the gang's
number and returns a `GangAction`. Decorate the function and it is compiled once, alone, to a plain
C function; the simulator receives its address. The simulator itself is typed by the signature only
and is never compiled again for another strategy (`docs/decisions/0004-*`).

    @government
    def tough(view):
        "Mano dura, whatever happens."
        return Stance.MANO_DURA

Strategies are called every week. They must not change the view. A number that is no stance or
action stops the run with the strategy's name, the world and the week.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numba
import numba.experimental.function_type  # registers first-class functions as arguments
import numpy as np
from numba import types
from numba.core.types import WrapperAddressProtocol
from numpy.typing import NDArray

# Importing this sets the folder in which machine code is kept.
from tregua import compiled as _compiled  # noqa: F401
from tregua.model.actor import GangAction, Stance
from tregua.model.observation import GangView, View, in_view

__all__ = [
    "GangStrategy",
    "GovernmentStrategy",
    "Profile",
    "Strategy",
    "answer_in_kind",
    "gangs",
    "government",
    "indifferent",
]

_VIEW = types.Array(types.float64, 1, "C")
_GOVERNMENT = types.int64(_VIEW)
_GANGS = types.int64(_VIEW, types.int64)


class Strategy(WrapperAddressProtocol):
    """A strategy: its function, its name, and (made when first needed) its machine code.

    Calling it runs the plain Python function. `name` is the function's name, `source` its
    docstring.
    """

    _signature: Any = None

    def __init__(self, function: Callable[..., int], name: str | None = None) -> None:
        self.function = function
        self.name = name or function.__name__
        self.source = (function.__doc__ or "").strip()

    @cached_property
    def _machine_code(self) -> Any:
        try:
            return numba.cfunc(self._signature, cache=True)(self.function)
        except RuntimeError:
            # Typed into a shell: there is no file next to which to keep machine code.
            return numba.cfunc(self._signature)(self.function)

    def __wrapper_address__(self) -> int:
        """Address of the machine code."""
        return int(self._machine_code.address)

    def signature(self) -> Any:
        """Signature by which the simulator calls it."""
        return self._signature

    def __call__(self, *arguments: Any) -> int:
        """Run the plain Python function."""
        return int(self.function(*arguments))

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self.name}')"


class GovernmentStrategy(Strategy):
    """A government's strategy: view -> Stance."""

    _signature = _GOVERNMENT


class GangStrategy(Strategy):
    """A gang's strategy: view, number of the gang -> GangAction."""

    _signature = _GANGS


def government(function: Callable[[NDArray[np.float64]], int]) -> GovernmentStrategy:
    """Make a function a government's strategy; use it as a decorator.

    Parameters
    ----------
    function
        Takes a view (float64, places as in `View`) and returns a `Stance`.
    """
    return GovernmentStrategy(function)


def gangs(function: Callable[[NDArray[np.float64], int], int]) -> GangStrategy:
    """Make a function the gangs' strategy; use it as a decorator.

    Parameters
    ----------
    function
        Takes a view (places as in `View`, and `in_view(GangView.X, gang)`) and the gang's number,
        and returns a `GangAction`.
    """
    return GangStrategy(function)


@gangs
def indifferent(view: NDArray[np.float64], gang: int) -> int:  # noqa: ARG001
    """Business always: the reply of gangs that no government can move. The null reply."""
    return GangAction.BUSINESS


@gangs
def answer_in_kind(view: NDArray[np.float64], gang: int) -> int:
    """Restrain while a pact holds, press for a while after it breaks, press some under crackdown.

    The order of a scripted history: the truce of 2012 (restraint while leaders' regime is relaxed),
    the 13 months of more than 15 killed a day after its end, and the clashes of 2015 and 2016.
    A gang restrains only while it believes the government (b above `trust_needed`).
    """
    if view[View.PACT] > 0.5:
        if view[in_view(GangView.TRUST, gang)] >= view[View.TRUST_NEEDED]:
            return GangAction.RESTRAIN
        return GangAction.BUSINESS
    if view[View.SINCE_BREAK] < view[View.BACKLASH_TIME]:
        return GangAction.PRESS
    crackdown = view[View.STANCE] == Stance.MANO_DURA or view[View.STANCE] == Stance.BOTH
    if crackdown and view[in_view(GangView.DRAW, gang)] < view[View.PRESSING_CRACKDOWN]:
        return GangAction.PRESS
    return GangAction.BUSINESS


@government
def _status_quo(view: NDArray[np.float64]) -> int:  # noqa: ARG001
    """Ordinary policing, no pact."""
    return Stance.STATUS_QUO


@dataclass(frozen=True)
class Profile:
    """One strategy for each actor.

    Attributes
    ----------
    government
        The government's strategy.
    gangs
        The strategy that every gang follows.
    """

    government: GovernmentStrategy
    gangs: GangStrategy = answer_in_kind

    def __post_init__(self) -> None:
        """Refuse functions that were not made strategies, and strategies of the other actor."""
        for role, kind in (("government", GovernmentStrategy), ("gangs", GangStrategy)):
            given = getattr(self, role)
            if not isinstance(given, kind):
                raise ValueError(
                    f"{role} must be a strategy made with @model.{role}, not {given!r}."
                )

    def compile(self) -> None:
        """Make the strategies' machine code, unless compilation is switched off."""
        if not os.environ.get("NUMBA_DISABLE_JIT"):
            self.government.__wrapper_address__()
            self.gangs.__wrapper_address__()

    @property
    def name(self) -> str:
        """Both names: `government / gangs`."""
        return f"{self.government.name} / {self.gangs.name}"


IDLE = Profile(government=_status_quo, gangs=indifferent)
"""What a purely scripted run passes to the kernel; never called."""
