"""Strategies: small named functions from what an actor sees to what it does.

A government's strategy takes a view and returns a `Stance`; a gang's takes a view and the gang's
number and returns a `GangAction`. Decorate the function and it is compiled once, alone, to a plain
C function; the simulator receives its address. The simulator itself is typed by the signature only
and is never compiled again for another strategy (`docs/decisions/0004-*`).

    @government
    def tough(view):
        "Mano dura, whatever happens."
        return Stance.MANO_DURA

Strategies are called every week. They must not change the view. A strategy that draws by the week
(`REVISION`, `CHOICE`) says so: `@government(mixes=True)`. A number that is no stance or action, and
an exception, stop the run with the strategy's name, the world and the week; a function that cannot
be compiled, or returns no whole number, is refused before the run begins.
"""

from __future__ import annotations

import copy
import inspect
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any, TypeVar, overload

import numba
import numba.experimental.function_type  # registers first-class functions as arguments
import numpy as np
from numba import types
from numba.core.errors import NumbaError
from numba.core.types import WrapperAddressProtocol
from numpy.typing import NDArray

from tregua.compiled import kept
from tregua.model.actor import GangAction, Stance
from tregua.model.observation import GangView, View, in_view
from tregua.model.timeline import Timeline

__all__ = [
    "GangStrategy",
    "GovernmentStrategy",
    "Profile",
    "Strategy",
    "StrategyError",
    "answer_in_kind",
    "gangs",
    "government",
    "indifferent",
]

_VIEW = types.Array(types.float64, 1, "C")
_GOVERNMENT = types.int64(_VIEW)
_GANGS = types.int64(_VIEW, types.int64)
_RAISED = -1  # no stance and no action, so that the run stops
_PACKAGE = __name__.partition(".")[0]
_WORD_BITS = 63
_LONGEST_REASON = 200


class StrategyError(ValueError):
    """A function that cannot serve as a strategy; the message names it and says what is wrong."""


class Strategy(WrapperAddressProtocol):
    """A strategy: its function, its name, and (made when first needed) its machine code.

    Calling it runs the plain Python function. `name` is the function's name, `source` its
    docstring. `mixes` is true if it draws by the week, so that a deterministic run of means cannot
    average over it.
    """

    _signature: Any = None
    _takes: tuple[str, ...] = ()
    _returns = ""

    def __init__(
        self, function: Callable[..., int], name: str | None = None, *, mixes: bool = False
    ) -> None:
        _refuse_at_sight(function, self._takes)
        self.function = function
        self.name = name or function.__name__
        self.source = inspect.cleandoc(function.__doc__ or "")
        self.mixes = mixes

    @cached_property
    def _machine_code(self) -> Any:
        if (self.function.__module__ or "").partition(".")[0] == _PACKAGE:
            # The package's own are tested not to raise; their machine code is kept on disk.
            with kept(self.function):
                wrap = numba.cfunc(self._signature, cache=True, error_model="numpy")
                return wrap(self.function)
        # A stranger's may use what lies in other files, whose changes a kept copy would miss.
        return _guarded(self.function, self._signature, self.name, self._returns)

    def __wrapper_address__(self) -> int:
        """Address of the machine code; raises `StrategyError` if it cannot be made."""
        return int(self._machine_code.address)

    def signature(self) -> Any:
        """Signature by which the simulator calls it."""
        return self._signature

    def __call__(self, *arguments: Any) -> int:
        """Run the plain Python function."""
        chosen = self.function(*arguments)
        if isinstance(chosen, bool) or not isinstance(chosen, Integral):
            raise StrategyError(
                f"The strategy '{self.name}' must return {self._returns}, not {chosen!r}."
            )
        return int(chosen)

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self.name}')"


class GovernmentStrategy(Strategy):
    """A government's strategy: view -> Stance."""

    _signature = _GOVERNMENT
    _takes = ("view",)
    _returns = "a Stance"
    _shared: GovernmentStrategy | None = None
    numbers: tuple[float, ...] = ()

    @cached_property
    def _machine_code(self) -> Any:
        # Numbers stand in the view, so that one piece of machine code serves all of them.
        return super()._machine_code if self._shared is None else self._shared._machine_code

    def with_numbers(self, numbers: Sequence[float], name: str) -> GovernmentStrategy:
        """The same rule with numbers of its own, which it finds at the end of its view.

        A rule that is tried with thousands of numbers is compiled once. Within the rule,
        `view[len(view) - k]` is the k-th number from the end.

        Parameters
        ----------
        numbers
            Finite numbers; the rule knows how many, and what they mean.
        name
            Name by which this variant is shown.

        Raises
        ------
        StrategyError
            If a number is not finite.

        Examples
        --------
        >>> @government
        ... def at_last(view):
        ...     return int(view[len(view) - 1])
        >>> at_last.with_numbers([3.0], "both").numbers
        (3.0,)
        """
        given = tuple(float(number) for number in numbers)
        if not all(map(math.isfinite, given)):
            raise StrategyError(f"The numbers of the strategy '{name}' must be finite: {given}.")
        variant = copy.copy(self)
        variant.__dict__.pop("_machine_code", None)
        variant._shared = self if self._shared is None else self._shared
        variant.name, variant.numbers = name, given
        return variant


class GangStrategy(Strategy):
    """A gang's strategy: view, number of the gang -> GangAction."""

    _signature = _GANGS
    _takes = ("view", "gang")
    _returns = "a GangAction"


# -- What a stranger's function may do wrong ---------------------------------------------------


def _refuse_at_sight(function: Any, takes: tuple[str, ...]) -> None:
    """Refuse what can be seen to be no strategy without compiling it."""
    if not inspect.isfunction(function):
        raise StrategyError(f"A strategy is made from a function, not from {function!r}.")
    wanted = ", ".join(takes)
    try:
        inspect.signature(function).bind(*takes)
    except TypeError:
        raise StrategyError(
            f"The strategy '{function.__name__}' must take ({wanted}), "
            f"not {inspect.signature(function)}."
        ) from None
    for value in function.__code__.co_consts:
        if isinstance(value, int) and value.bit_length() > _WORD_BITS:
            raise StrategyError(
                f"The strategy '{function.__name__}' holds the whole number {value}, which has "
                "more than 64 bits; machine code cannot hold it."
            )


def _guarded(function: Callable[..., int], signature: Any, name: str, returns: str) -> Any:
    """Machine code of a function, in which an exception becomes a number that stops the run.

    Compiled code called by address cannot pass an exception on: it would be printed and 0
    returned, which is a stance.
    """
    try:
        inner = numba.njit(nogil=True)(function)
        inner.compile(signature.args)
        returned = inner.nopython_signatures[0].return_type
    except Exception as error:
        raise StrategyError(_not_compiled(name, error)) from error
    _refuse_return(returned, name, returns)
    alone = len(signature.args) == 1
    guard = _guard_of_one(inner) if alone else _guard_of_two(inner)
    return numba.cfunc(signature)(guard)


def _guard_of_one(inner: Any) -> Callable[[Any], int]:
    raised = _RAISED

    def guarded(view: Any) -> Any:
        try:
            return np.int64(inner(view))
        except Exception:
            return np.int64(raised)

    return guarded


def _guard_of_two(inner: Any) -> Callable[[Any, Any], int]:
    raised = _RAISED

    def guarded(view: Any, gang: Any) -> Any:
        try:
            return np.int64(inner(view, gang))
        except Exception:
            return np.int64(raised)

    return guarded


def _refuse_return(returned: Any, name: str, wanted: str) -> None:
    """Refuse a function that returns no whole number."""
    if isinstance(returned, (types.Integer, types.IntegerLiteral, types.IntEnumMember)):
        return
    if isinstance(returned, types.Optional):
        what = "returns nothing at the end of some path"
    elif isinstance(returned, types.NoneType):
        what = "returns nothing"
    elif isinstance(returned, (types.Boolean, types.BooleanLiteral)):
        what = "returns true or false"
    elif isinstance(returned, types.Float):
        what = "returns a number with a fraction"
    else:
        what = f"returns {returned}"
    raise StrategyError(f"The strategy '{name}' {what}; it must return {wanted}.")


_BOILERPLATE = ("Failed in nopython", "During", "File ")


def _not_compiled(name: str, error: Exception) -> str:
    """One sentence out of a compiler's report."""
    lines = [line.strip() for line in str(error).splitlines()]
    telling = [line for line in lines if line and not line.startswith(_BOILERPLATE)]
    reason = telling[0] if telling else (lines[0] if lines else type(error).__name__)
    if "IMPORT_NAME" in str(error):
        reason = "it imports inside the function"
    reason = reason.partition(" Raised from")[0].rstrip(".")[:_LONGEST_REASON]
    location = getattr(error, "loc", None) if isinstance(error, NumbaError) else None
    where = f" (line {location.line})" if location is not None else ""
    return (
        f"The strategy '{name}' cannot be compiled{where}: {reason}. A strategy keeps to numbers, "
        "comparisons and loops; a helper that it calls must be made with "
        "`tregua.compiled.compiled`."
    )


# -- How strategies are made ---------------------------------------------------------------------

_Rule = Callable[[NDArray[np.float64]], int]
_Reply = Callable[[NDArray[np.float64], int], int]
_Made = TypeVar("_Made", bound=Strategy)


def _made(
    kind: type[_Made], function: Callable[..., int] | None, mixes: bool
) -> _Made | Callable[[Callable[..., int]], _Made]:
    if function is not None:
        return kind(function, mixes=mixes)
    return lambda given: kind(given, mixes=mixes)


@overload
def government(function: _Rule) -> GovernmentStrategy: ...
@overload
def government(*, mixes: bool = False) -> Callable[[_Rule], GovernmentStrategy]: ...
def government(
    function: _Rule | None = None, *, mixes: bool = False
) -> GovernmentStrategy | Callable[[_Rule], GovernmentStrategy]:
    """Make a function a government's strategy; use it as a decorator.

    Parameters
    ----------
    function
        Takes a view (float64, places as in `View`) and returns a `Stance`.
    mixes
        Whether it draws by the week, from `View.REVISION` or `View.CHOICE`. A strategy that mixes
        by the month (`View.DRAW`) does not say so.

    Raises
    ------
    StrategyError
        If the function takes other arguments, or holds a whole number beyond 64 bits. What only
        the compiler sees is refused when the strategy is first run. Whole numbers computed beyond
        64 bits wrap around, as in any machine code.
    """
    return _made(GovernmentStrategy, function, mixes)


@overload
def gangs(function: _Reply) -> GangStrategy: ...
@overload
def gangs(*, mixes: bool = False) -> Callable[[_Reply], GangStrategy]: ...
def gangs(
    function: _Reply | None = None, *, mixes: bool = False
) -> GangStrategy | Callable[[_Reply], GangStrategy]:
    """Make a function the gangs' strategy; use it as a decorator.

    Parameters
    ----------
    function
        Takes a view (places as in `View`, and `in_view(GangView.X, gang)`) and the gang's number,
        and returns a `GangAction`.
    mixes
        Whether it draws by the week, from `GangView.REVISION` or `GangView.CHOICE`.

    Raises
    ------
    StrategyError
        As for `government`.
    """
    return _made(GangStrategy, function, mixes)


@gangs
def indifferent(view: NDArray[np.float64], gang: int) -> int:  # noqa: ARG001
    """Business always: the reply of gangs that no government can move. The null reply."""
    return GangAction.BUSINESS


@gangs
def answer_in_kind(view: NDArray[np.float64], gang: int) -> int:
    """Restrain while a pact holds, press for a while after it breaks, press some under crackdown.

    The order of a scripted history: the truce of 2012 (restraint while leaders' regime is relaxed),
    the 13 months of more than 15 killed a day after its end, and the clashes of 2015 and 2016.
    A gang restrains only while it believes the government (b above `trust_needed`); one that is
    left out of the pact, and knows it, presses.
    """
    if view[View.PACT] > 0.5:
        if view[in_view(GangView.INCLUDED, gang)] < 0.5:
            envious = view[in_view(GangView.ENVIOUS, gang)] > 0.5
            return GangAction.PRESS if envious else GangAction.BUSINESS
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
        The government's strategy, or a `Timeline` of stances fixed ahead.
    gangs
        The strategy that every gang follows.
    """

    government: GovernmentStrategy | Timeline
    gangs: GangStrategy = answer_in_kind

    def __post_init__(self) -> None:
        """Refuse functions that were not made strategies, and strategies of the other actor."""
        if not isinstance(self.government, (GovernmentStrategy, Timeline)):
            raise ValueError(
                "government must be a strategy made with @model.government or a model.Timeline, "
                f"not {self.government!r}."
            )
        if not isinstance(self.gangs, GangStrategy):
            raise ValueError(
                f"gangs must be a strategy made with @model.gangs, not {self.gangs!r}."
            )

    @property
    def called(self) -> GovernmentStrategy:
        """The government's strategy that the simulator calls; with a timeline, one it never does.

        A timeline's stances reach the simulator through its calendar.
        """
        return _status_quo if isinstance(self.government, Timeline) else self.government

    @property
    def mixing(self) -> tuple[str, ...]:
        """Names of the strategies that draw by the week."""
        return tuple(each.name for each in (self.called, self.gangs) if each.mixes)

    def compile(self) -> None:
        """Make the strategies' machine code, unless compilation is switched off.

        Raises
        ------
        StrategyError
            If a function cannot be compiled, or returns no whole number.
        """
        if not os.environ.get("NUMBA_DISABLE_JIT"):
            self.called.__wrapper_address__()
            self.gangs.__wrapper_address__()

    @property
    def name(self) -> str:
        """Both names: `government / gangs`."""
        return f"{self.government.name} / {self.gangs.name}"


IDLE = Profile(government=_status_quo, gangs=indifferent)
"""What a purely scripted run passes to the kernel; never called."""
