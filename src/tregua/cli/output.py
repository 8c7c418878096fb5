"""What every command prints: one JSON document on standard output, or a page for people.

Machines read standard output and nothing else, so progress, notes and errors go to standard
error. People read tables, written by `rich`, which is imported only when a table is printed.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "emit_json",
    "fail",
    "json_option",
    "messages",
    "plain",
    "refuse_picture",
    "screen",
    "written",
]

Command = TypeVar("Command", bound=Callable[..., Any])


def json_option(command: Command) -> Command:
    """Add `--json` to a command; its function receives the flag as `as_json`."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON document instead of tables."
    )(command)


def plain(value: Any) -> Any:
    """Return `value` in types JSON knows: dates as ISO text, no number for NaN and infinity.

    Parameters
    ----------
    value : any
        Nested dicts, lists, tuples, frames, arrays, numpy scalars, dates and paths.
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if isinstance(value, date):  # also datetime and pandas' Timestamp; NaT is one too
        if value != value:
            return None
        return value.isoformat().removesuffix("T00:00:00")
    if hasattr(value, "to_dict") and hasattr(value, "columns"):
        return plain(value.to_dict(orient="records"))
    if hasattr(value, "model_dump"):
        return plain(value.model_dump())
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist())
    return str(value)


def emit_json(document: Any) -> None:
    """Print `document` as one JSON document on standard output."""
    click.echo(json.dumps(plain(document), ensure_ascii=False, indent=2, allow_nan=False))


def fail(error: BaseException | str) -> NoReturn:
    """End the command with one message on standard error and exit code 1; no traceback."""
    raise click.ClickException(str(error))


def screen(*, width: int | None = None) -> Console:
    """Return a console on standard output; 100 columns where the output is a pipe or a file."""
    from rich.console import Console

    if width is None and not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        width = 100
    return Console(file=sys.stdout, width=width, highlight=False, soft_wrap=False)


def messages() -> Console:
    """Return a console on standard error, for progress and notes."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def written(path: Path) -> None:
    """Say on standard error where a file was written."""
    click.echo(f"Wrote {path}", err=True)


def refuse_picture(path: Path | None) -> None:
    """Refuse a picture's file whose ending says neither SVG nor PNG, before any work is done.

    Raises
    ------
    ValueError
        Naming the file and what would be valid.
    """
    if path is not None and path.suffix not in (".svg", ".png"):
        raise ValueError(f"--picture {path}: a picture's file ends in .svg or .png.")
