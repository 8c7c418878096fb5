"""The study from a terminal: one command a file, each loaded only when it is called."""

from __future__ import annotations

import atexit
import gc
import importlib
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, ClassVar

import click

from tregua import __version__

__all__ = ["LazyGroup", "main", "start"]

_OBJECTS_BETWEEN_COLLECTIONS = 100_000  # instead of 700

# command: (module that holds it, one line for the overview)
_COMMANDS = {
    "assess": ("tregua.cli.assess", "Take a case through all stages and write its report."),
    "record": ("tregua.cli.record", "Show, check, compare and export what is known of a case."),
    "case": ("tregua.cli.case", "Start a case of your own."),
    "simulate": ("tregua.cli.simulate", "Simulate many worlds of a case under its script."),
    "detect": ("tregua.cli.detect", "Date breaks and suppressions in a series of deaths."),
    "forecast": ("tregua.cli.forecast", "Forecast monthly deaths from counts alone."),
    "calibrate": ("tregua.cli.calibrate", "Ask which parameters the record moved, and how far."),
    "compare": ("tregua.cli.compare", "Compare strategies over the same worlds."),
    "explore": ("tregua.cli.explore", "Ask what becomes of a conclusion if the model is wrong."),
    "finding": ("tregua.cli.finding", "Ask the main question: when does a pact lose, if at all."),
    "search": ("tregua.cli.search", "Search policy timelines over several harms at once."),
    "plan": ("tregua.cli.plan", "Estimate what a run of very many worlds will cost."),
    "sweep": ("tregua.cli.sweep", "Run strategies in very many worlds, on one machine or many."),
    "bargain": ("tregua.cli.bargain", "Ask whether a pact enforces itself, and why or why not."),
    "game": ("tregua.cli.game", "Solve the game of one month, or search the best reply."),
    "score": ("tregua.cli.score", "Score the detector where the truth is known, losses included."),
    "effect": ("tregua.cli.effect", "Ask a design what an event did to monthly deaths."),
    "grade": ("tregua.cli.grade", "Grade designs and detector where the truth is known."),
    "claims": ("tregua.cli.claims", "List the claims, their tests and their verdicts."),
    "serve": ("tregua.cli.serve", "Open the report live in a browser, with its HTTP API."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when called, so that `--help` answers at once.

    A command whose module is not installed is not listed.
    """

    modules: ClassVar[Mapping[str, tuple[str, str]]] = _COMMANDS

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands, in the order of the street."""
        return [name for name, (module, _) in self.modules.items() if find_spec(module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command; None (and a suggestion from click) if unknown."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _ = self.modules[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview without importing a single command."""
        rows = [(name, self.modules[name][1]) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tregua")
def main(**_: Any) -> None:
    """Bargaining between governments and criminal groups: what is known, what may be claimed.

    Example: tregua assess el-salvador
    """


def start() -> None:
    """Run `main` from a terminal, without tidying up what the process leaves behind anyway.

    Loading large libraries makes a million objects, none of them garbage; looking through them
    while they load and once more at the end costs a fifth of a short command.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    atexit.register(gc.freeze)
    main()
