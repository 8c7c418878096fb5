"""`tregua effect`: what an event did to monthly deaths, one design a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import click

from tregua.cli import LazyGroup

__all__ = ["effect_command"]


class _Designs(LazyGroup):
    """The designs, each loaded only when it is called."""

    modules: ClassVar[Mapping[str, tuple[str, str]]] = {
        "its": ("tregua.cli.effect_its", "Interrupted time series at dates that are given."),
        "breaks": ("tregua.cli.effect_breaks", "Dates at which the level broke, with intervals."),
        "did": ("tregua.cli.effect_did", "Differences in differences over a panel of places."),
        "synth": ("tregua.cli.effect_synth", "Synthetic control from a panel of other countries."),
    }


@click.group("effect", cls=_Designs)
def effect_command(**_: Any) -> None:
    """Ask a design what an event did to monthly deaths.

    Every design answers with the ratio of recorded deaths to what they would have been, its
    interval, its placebos, and what it assumes. None can tell an event from another in the same
    months.

    Example: tregua effect --help
    """
