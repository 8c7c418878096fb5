"""`tregua record`: show, check, compare and export what is known of a case."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, screen, written

if TYPE_CHECKING:
    import pandas as pd

    from tregua.record import Problem, Record

__all__ = ["record_command"]

_EXAMPLES = """
\b
Examples:
  tregua record show
  tregua record show --series homicides --agency IML
  tregua record diff PNC IML --out difference.svg
  tregua record check my-case
"""


def _says_why(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn the errors of the record into one message, without a traceback."""

    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except (ValueError, OSError) as error:
            return fail(error)

    return wrapped


@click.group("record", epilog=_EXAMPLES)
def record_command() -> None:
    """Show, check, compare and export what is known of a case.

    CASE is the name of a case that comes with tregua (el-salvador) or the path of a case folder.
    """


@record_command.command("show", epilog="Example: tregua record show --series prison_population")
@click.argument("case", default="el-salvador")
@click.option("--series", help="Show the rows of this series instead of the overview.")
@click.option("--agency", help="Only what this agency counted; needs --series.")
@click.option("--place", help="Where; the whole country if left out; needs --series.")
@click.option("--all", "everything", is_flag=True, help="Also rows derived, recalled, unverified.")
@json_option
@_says_why
def show_command(
    case: str,
    series: str | None,
    agency: str | None,
    place: str | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Show what is known of CASE: its series, or with --series the rows of one."""
    from tregua import record

    if series is None and (agency or place):
        raise click.UsageError("--agency and --place need --series, such as --series homicides.")
    known = record.load(case)
    if series is None:
        _show_overview(known, as_json)
        return
    rows = known.select(series, agency=agency, place=place, usable=not everything)
    if as_json:
        emit_json({"case": known.case.name, "series": series, "rows": rows})
        return
    hidden = len(known.select(series, agency=agency, place=place, usable=False)) - len(rows)
    _show_rows(known, series, rows, hidden)


def _show_overview(known: Record, as_json: bool) -> None:
    overview = known.overview()
    if as_json:
        emit_json(
            {
                "case": known.case.name,
                "digest": known.digest,
                "observations": len(known.observations),
                "events": len(known.events),
                "sources": len(known.sources),
                "series": overview,
            }
        )
        return
    from rich.table import Table

    console = screen()
    console.print(
        f"{known.case.country}: {len(known.observations):,} observations of {len(overview)}"
        f" series, {len(known.events)} events, {len(known.sources)} sources\n",
        style="bold",
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("series", overflow="fold", ratio=1)
    for heading in ("rows", "first", "last", "agencies", "usable"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in overview.to_dict(orient="records"):
        table.add_row(
            row["series"],
            str(row["rows"]),
            f"{row['first']:%Y-%m}",
            f"{row['last']:%Y-%m}",
            str(row["agencies"]),
            f"{row['usable']:.0%}",
        )
    console.print(table)
    note = f"usable = verified, neither derived nor recalled; digest {known.digest}"
    console.print(f"\n{note}", style="dim")


def _show_rows(known: Record, series: str, rows: pd.DataFrame, hidden: int) -> None:
    from rich.table import Table

    console = screen()
    console.print(f"{known.case.country}: {series}, {len(rows)} rows\n", style="bold")
    table = Table(box=None, pad_edge=False)
    table.add_column("when", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    for heading in ("agency", "source", "status"):
        table.add_column(heading, overflow="fold")
    if console.width >= 120:
        table.add_column("note", overflow="fold", ratio=1)
    for row in rows.to_dict(orient="records"):
        cells = [
            _when(row["start"], row["end"]),
            f"{row['value']:,g}" if row["value"] < 1e5 else f"{row['value']:,.0f}",
            row["agency"],
            row["source"],
            row["status"],
        ]
        table.add_row(*cells, *([row["note"]] if console.width >= 120 else []))
    console.print(table)
    if len(rows):
        console.print(f"\nunit: {', '.join(sorted(set(rows['unit'])))}", style="dim")
    if hidden:
        click.echo(f"{hidden} derived, recalled or unverified left out: --all", err=True)


def _when(start: Any, end: Any) -> str:
    """Write an interval as people do: a year, a month, a day, or first and last day."""
    import pandas as pd

    last = end - pd.Timedelta(days=1)
    if end == start or last == start:
        return f"{start:%Y-%m-%d}"
    if (start.month, start.day, last.month, last.day) == (1, 1, 12, 31) and start.year == last.year:
        return f"{start:%Y}"
    if start.day == 1 and end == start + pd.offsets.MonthBegin(1):
        return f"{start:%Y-%m}"
    return f"{start:%Y-%m-%d} – {last:%Y-%m-%d}"


@record_command.command("check", epilog="Example: tregua record check my-case")
@click.argument("path", default="el-salvador")
@json_option
@_says_why
def check_command(path: str, as_json: bool) -> None:
    """Check the case folder PATH and list every problem at once.

    Errors keep a case from loading, and the command then ends with code 1. Warnings do not: they
    are contradictions that the record acknowledges.
    """
    from tregua import record

    report = record.check(path)
    if as_json:
        emit_json(
            {
                "ok": report.ok,
                "rows": report.rows,
                "problems": [problem.to_dict() for problem in report.problems],
            }
        )
    else:
        _show_problems("error", report.errors)
        _show_problems("warning", report.warnings)
        rows = ", ".join(f"{count:,} in {file}" for file, count in report.rows.items())
        click.echo(f"{len(report.errors)} errors, {len(report.warnings)} warnings. Rows: {rows}.")
    if not report.ok:
        raise click.exceptions.Exit(1)


def _show_problems(kind: str, problems: tuple[Problem, ...]) -> None:
    from rich.text import Text

    console = screen()
    style = {"error": "bold red", "warning": "yellow"}[kind]
    for problem in problems:
        console.print(Text(kind, style=style) + Text(f" {problem}", style="not bold"))


@record_command.command("diff", epilog="Example: tregua record diff PNC IML --out difference.svg")
@click.argument("agency_a")
@click.argument("agency_b")
@click.option("--case", default="el-salvador", show_default=True, help="Name or folder of a case.")
@click.option("--series", default="homicides", show_default=True, help="Series to compare.")
@click.option("--place", help="Where; the whole country if left out.")
@click.option("--all", "everything", is_flag=True, help="Also rows derived, recalled, unverified.")
@click.option("--out", type=click.Path(path_type=Path), help="Write a picture: .svg or .png.")
@json_option
@_says_why
def diff_command(
    agency_a: str,
    agency_b: str,
    case: str,
    series: str,
    place: str | None,
    everything: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Show month by month where AGENCY_A and AGENCY_B disagree."""
    from tregua import record
    from tregua.record.picture import difference_spec, write_difference

    known = record.load(case)
    table = record.diff(known, agency_a, agency_b, series, place=place, usable=not everything)
    if out is not None:
        if table.empty:
            fail(f"{agency_a} and {agency_b} share no month of {series}: there is nothing to draw.")
        spec = difference_spec(table, series=series, country=place or known.case.country)
        written(write_difference(spec, out))
    if as_json:
        emit_json({"case": known.case.name, "series": series, "months": table})
    else:
        _show_difference(table, agency_a, agency_b, series)
        wider = record.diff(known, agency_a, agency_b, series, place=place, usable=False)
        if len(wider) > len(table):
            more = len(wider) - len(table)
            click.echo(f"{more} more with derived or unverified figures: --all", err=True)


def _show_difference(table: pd.DataFrame, agency_a: str, agency_b: str, series: str) -> None:
    from rich.table import Table

    from tregua.record.picture import difference_bars

    if table.empty:
        click.echo(f"{agency_a} and {agency_b} share no month of {series}.")
        return
    console = screen()
    lines = difference_bars(table, width=min(console.width - 44, 61))
    unlike = int((table["value_a"] != table["value_b"]).sum())
    heading = f"{series}: {len(table)} months that both counted, {unlike} of them unlike\n"
    console.print(heading, style="bold")
    counted = f"{series}: {len(table)} months that both counted, {unlike} of them unlike\n"
    console.print(counted, style="bold")
    shown = Table(box=None, pad_edge=False)
    shown.add_column("month", no_wrap=True)
    for heading in (agency_a, agency_b, "diff."):
        shown.add_column(heading, justify="right", max_width=12, overflow="fold")
    shown.add_column(f"{agency_a} counts fewer │ more", justify="center", no_wrap=True)
    for row, line in zip(table.to_dict(orient="records"), lines, strict=True):
        ratio = "–" if row["ratio"] != row["ratio"] else f"{row['ratio'] - 1:+.1%}"
        ratio = "=" if row["value_a"] == row["value_b"] else ratio
        shown.add_row(
            f"{row['month']:%Y-%m}", f"{row['value_a']:,g}", f"{row['value_b']:,g}", ratio, line
        )
    console.print(shown)


@record_command.command(
    "sources", epilog="Example: tregua record sources --used-by extortion_complaints"
)
@click.argument("case", default="el-salvador")
@click.option("--used-by", "series", help="Only sources of this series, or of `events`.")
@json_option
@_says_why
def sources_command(case: str, series: str | None, as_json: bool) -> None:
    """List the sources of CASE: who published what, when, and what was seen of it."""
    from tregua import record

    known = record.load(case)
    sources = known.sources
    if series is not None:
        rows = known.events if series == "events" else _rows_of(known, series)
        sources = sources[sources["id"].isin(rows["source"])].reset_index(drop=True)
    if as_json:
        emit_json({"case": known.case.name, "sources": sources})
        return
    from rich.table import Table

    console = screen()
    console.print(f"{len(sources)} sources\n", style="bold")
    table = Table(box=None, pad_edge=False)
    table.add_column("id", overflow="fold")
    table.add_column("title", overflow="fold", ratio=2)
    table.add_column("publisher", overflow="fold", ratio=1)
    table.add_column("date", overflow="fold", max_width=12)
    for row in sources.to_dict(orient="records"):
        link = f"[link={row['url']}]{row['id']}[/link]" if row["url"] else row["id"]
        table.add_row(link, row["title"], row["publisher"], row["date"])
    console.print(table)
    click.echo("Addresses: tregua record sources --json", err=True)


def _rows_of(known: Record, series: str) -> pd.DataFrame:
    """Return every row of a series, wherever it was counted."""
    rows = known.observations[known.observations["series"] == series]
    if rows.empty:
        known.select(series)  # raises, and names the nearest series
    return rows


@record_command.command(
    "export", epilog="Example: tregua record export --format csv --out record.zip"
)
@click.argument("case", default="el-salvador")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet", "json", "datapackage"]),
    default="csv",
    show_default=True,
    help="CSV (a case folder, or a .zip), Parquet, JSON or a Frictionless data package.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder or file.")
@click.option("--force", is_flag=True, help="Write over what is there.")
@json_option
@_says_why
def export_command(case: str, form: str, out: Path, force: bool, as_json: bool) -> None:
    """Write the whole record of CASE in another format."""
    from tregua import record

    known = record.load(case)
    path = record.export(known, out, form, overwrite=force)
    if as_json:
        emit_json({"case": known.case.name, "digest": known.digest, "format": form, "path": path})
    else:
        written(path)
