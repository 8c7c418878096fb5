"""Timelines as people type them: `plan=2019-06:secret_pact,2022-03:exception`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tregua.model import Timeline

__all__ = ["timeline_option", "timelines_from"]

Command = TypeVar("Command", bound=Callable[..., Any])

_PARTS = (2, 3)  # month and stance; arrest effort where it is not the stance's own


def timeline_option(command: Command) -> Command:
    """Add `--timeline`, which may be repeated, to a command."""
    return click.option(
        "--timeline",
        "timelines",
        multiple=True,
        metavar="NAME=PLAN",
        help="One more strategy: stances fixed ahead, as "
        "plan=2019-06:secret_pact,2022-03:exception; a third part sets the arrest effort, ordinary "
        "policing being 1: 2019-06:mano_dura:3. Repeat for several.",
    )(command)


def timelines_from(texts: Iterable[str]) -> tuple[Timeline, ...]:
    """Timelines from what was typed, in their order.

    Parameters
    ----------
    texts
        Each `NAME=MONTH:STANCE,MONTH:STANCE:EFFORT,...`.

    Raises
    ------
    ValueError
        If one cannot be read, or its phases contradict each other; the message says how.
    """
    return tuple(_timeline(text) for text in texts)


def _timeline(text: str) -> Timeline:
    from tregua.model import Timeline

    name, sign, plan = text.partition("=")
    rows = [tuple(part.strip() for part in phase.split(":")) for phase in plan.split(",")]
    if not sign or not name.strip() or any(len(row) not in _PARTS for row in rows):
        raise ValueError(
            f"--timeline '{text}': give NAME=MONTH:STANCE,MONTH:STANCE, for example "
            "plan=2019-06:secret_pact,2022-03:exception."
        )
    return Timeline.of(rows, name=name.strip())
