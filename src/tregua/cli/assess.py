"""The main job: a case through all stages, to a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, messages, screen

if TYPE_CHECKING:
    from tregua.assess import Findings

__all__ = ["assess_command"]

_GLYPHS = {
    "supported": "[green]●[/] supported",
    "contradicted": "[red]✕[/] contradicted",
    "mixed": "[yellow]◐[/] mixed",
    "not identified": "[blue]?[/] not identified",
    "not tested": "[dim]–[/] not tested",
}


@click.command("assess")
@click.argument("case", default="el-salvador")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for report and data.  [default: tregua-out/CASE]",
)
@click.option(
    "--worlds",
    type=click.IntRange(50, 100_000),
    default=1000,
    show_default=True,
    help="Simulated worlds for each strategy.",
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@click.option(
    "--lang",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language in which the report opens; it holds both.",
)
@json_option
def assess_command(
    case: str, out: Path | None, worlds: int, seed: int, lang: str, as_json: bool
) -> None:
    """Take a case through all stages and write its report.

    CASE is the name of a case that comes with tregua, or a folder with a case of your own.
    An interrupted run resumes where it stopped when called again.

    Example: tregua assess el-salvador --out results --worlds 1000 --seed 1
    """
    from tregua import compiled, study

    if not compiled.is_warm("advance"):
        messages().print("Compiling the kernels, once after an installation: about a minute.")
    folder = out if out is not None else Path("tregua-out") / Path(case).name
    try:
        with _Progress() as progress:
            findings = study.run(
                case, out=folder, worlds=worlds, seed=seed, lang=lang, watch=progress.watch
            )
    except (ValueError, OSError) as error:
        fail(error)
    except KeyboardInterrupt:
        messages().print("Interrupted. Finished stages are kept; the same command resumes.")
        raise SystemExit(130) from None
    if as_json:
        emit_json(_document(findings, folder))
    else:
        _print_summary(findings, folder)


class _Progress:
    """One bar a stage, on standard error."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._bars = Progress(
            TextColumn("{task.description:<20}"),
            BarColumn(bar_width=24),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            console=messages(),
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> _Progress:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def watch(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage has come."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)


def _document(findings: Findings, folder: Path) -> dict[str, Any]:
    from tregua.study import onepage_path

    return {
        "case": findings.record.case.name,
        "report": str(folder / "report.html"),
        "one_page": [str(onepage_path(folder, lang)) for lang in ("en", "es")],
        "data": sorted(str(path) for path in (folder / "data").glob("*.parquet")),
        "provenance": vars(findings.provenance),
        "claims": findings.tables["claims"],
        "breaks": findings.tables.get("detection_breaks"),
        "core_claim": findings.tables.get("core_claim"),
        "ledger": findings.tables.get("ledger"),
    }


def _print_summary(findings: Findings, folder: Path) -> None:
    from rich.table import Table

    from tregua.study import onepage_path

    console = screen()
    claims = Table(title="What may be claimed", title_justify="left", box=None, pad_edge=False)
    claims.add_column("Claim", justify="right")
    claims.add_column("Sentence", ratio=3)
    claims.add_column("Verdict", no_wrap=True)
    claims.add_column("Strength", no_wrap=True)
    claims.add_column("Estimate (low to high)", justify="right", no_wrap=True)
    for verdict in findings.verdicts:
        claims.add_row(
            verdict.number,
            verdict.sentence["en"],
            _GLYPHS[verdict.verdict],
            "" if verdict.strength == "none" else verdict.strength,
            _interval(verdict.estimate, verdict.low, verdict.high),
        )
    console.print(claims)
    _print_ledger(findings, console)
    console.print(f"\nReport  {folder / 'report.html'}")
    console.print(f"Summary {onepage_path(folder, 'en')}  (one sheet; also in Spanish)")
    console.print("Claims  tregua claims NUMBER --why --from " + str(folder))
    console.print(f"Data    {folder / 'data'}  (Parquet, with provenance.json)")


def _print_ledger(findings: Findings, console: Any) -> None:
    from rich.table import Table

    ledger = findings.tables.get("ledger")
    if ledger is None or ledger.empty:
        return
    longest = int(ledger["horizon"].max())
    for origin in ledger["origin"].unique():
        rows = ledger[(ledger["origin"] == origin) & (ledger["horizon"] == longest)]
        wide = rows.pivot_table(index="outcome", columns="strategy", values="q50", sort=False)
        table = Table(
            title=f"\nHarm ledger after {longest} years from {origin}, median of worlds",
            title_justify="left",
            box=None,
            pad_edge=False,
        )
        table.add_column("never summed", style="dim")
        for strategy in wide.columns:
            table.add_column(str(strategy).replace("_", " "), justify="right")
        for outcome, values in wide.iterrows():
            table.add_row(str(outcome).replace("_", " "), *[_number(value) for value in values])
        console.print(table)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 20 else f"{value:.2f}"


def _interval(estimate: float, low: float, high: float) -> str:
    if estimate != estimate:
        return ""
    if low != low:
        return _number(estimate)
    return f"{_number(estimate)} ({_number(low)} to {_number(high)})"
