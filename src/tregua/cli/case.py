"""`tregua case`: start a case of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from tregua.cli.output import emit_json, fail, json_option

__all__ = ["case_command"]


@click.group("case", epilog="Example: tregua case new my-case")
def case_command() -> None:
    """Start a case of your own."""


@case_command.command("new", epilog="Example: tregua case new my-case")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
def new_command(path: Path, as_json: bool) -> None:
    """Write a small synthetic case into the folder PATH, to be replaced row by row."""
    from tregua import record

    try:
        folder = record.new_case(path)
        report = record.check(folder)
    except (ValueError, OSError) as error:
        fail(error)
    if as_json:
        emit_json({"path": folder, "ok": report.ok, "rows": report.rows})
        return
    click.echo(f"Wrote a synthetic case to {folder}. Replace its rows by a record of your own.")
    click.echo(f"Then: tregua record check {folder}")
