"""What is wrong with a command's options, gathered so that all of it is told at once."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tregua.model.strategy import GovernmentStrategy

__all__ = ["OptionsError", "Problems", "finite", "governments"]

Value = TypeVar("Value")
Other = TypeVar("Other")

_SHOWN = 20  # so that the first of very many can still be read
_KNOWN = " Known: "  # before the names among which to choose, at the end of a sentence


class Problems:
    """Errors of options that were tried one by one.

    Examples
    --------
    >>> problems = Problems()
    >>> problems.tried(lambda: int("3"), 0)
    3
    >>> problems.tried(lambda: int("three"), 0)
    0
    >>> problems.refuse()
    Traceback (most recent call last):
    ...
    tregua.cli.problems.OptionsError: invalid literal for int() with base 10: 'three'
    """

    def __init__(self) -> None:
        self._found: list[str] = []

    def __bool__(self) -> bool:
        """Whether anything is wrong so far."""
        return bool(self._found)

    def tried(self, work: Callable[[], Value], instead: Other) -> Value | Other:
        """What `work` returns, or `instead` where it raises ValueError, which is kept."""
        try:
            return work()
        except ValueError as error:
            listed = getattr(error, "problems", None) or (str(error),)
            self._found += [text for text in map(str, listed) if text not in self._found]
            return instead

    def refuse(self) -> None:
        """Raise `OptionsError` with everything that was kept; return if that is nothing."""
        if self._found:
            raise OptionsError(self._found)


class OptionsError(ValueError):
    """Options that make no sense; the message lists every reason, or the first twenty.

    Attributes
    ----------
    problems
        The reasons, one sentence each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        if len(problems) == 1:
            super().__init__(problems[0])
            return
        shown = [f"- {problem}" for problem in _once(problems[:_SHOWN])]
        more = len(problems) - len(shown)
        lines = "\n".join([*shown, *([f"- and {more:,} more"] if more else [])])
        super().__init__(f"{len(problems):,} things are wrong; nothing was run:\n{lines}")


def _once(problems: Sequence[str]) -> list[str]:
    """Problems of which only the first lists the names that are known."""
    told: set[str] = set()
    found = []
    for problem in problems:
        head, _, known = problem.partition(_KNOWN)
        found.append(head if known in told else problem)
        told.add(known)
    return found


def governments(names: str, problems: Problems) -> tuple[GovernmentStrategy, ...]:
    """Strategies of a government by their names, separated by commas.

    Parameters
    ----------
    names
        What was typed.
    problems
        Takes every name that is unknown.

    Returns
    -------
    tuple of GovernmentStrategy
        In the order typed; those that a study compares where a name is unknown, so that what is
        asked beside them can be checked as well.
    """
    from tregua import decide

    typed = [name.strip() for name in names.split(",")]
    found = {
        name: problems.tried(functools.partial(decide.named, [name]), None)
        for name in dict.fromkeys(typed)
    }
    known = {name: each[0] for name, each in found.items() if each is not None}
    if len(known) < len(found):
        return tuple(decide.STRATEGIES.values())
    return tuple(known[name] for name in typed)


def finite(_: click.Context, option: click.Parameter, value: Any) -> Any:
    """Refuse NaN and infinity, which pass every range; the callback of an option of numbers."""
    if isinstance(value, float) and not math.isfinite(value):
        raise click.BadParameter(f"{value} is no finite number.", param=option)
    return value
