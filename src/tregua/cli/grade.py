"""`tregua grade`: how often designs and detector err where the truth is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, messages, plain, screen, written
from tregua.cli.scorecard import figure

if TYPE_CHECKING:
    import pandas as pd

    from tregua.provenance import Provenance

__all__ = ["grade_command"]

Tables = Mapping[str, "pd.DataFrame"]

_COLUMNS = {
    "design": ("design", "diseño"),
    "answered": ("answers", "responde"),
    "bias": ("bias", "sesgo"),
    "coverage": ("holds", "contiene"),
    "width": ("width", "ancho"),
    "found": ("", ""),
}
_WORDS = {
    "en": {
        "size": "finds one",
        "power": "finds it",
        "truth": "true ratio {recorded:.2f} recorded, {killed:.2f} killed (median)",
        "exceeds": (
            "[bold]{design}[/bold] finds effects that are not there in {found:.0%} of worlds "
            "({low:.0%} to {high:.0%}) where nothing happens; its level means {nominal:.0%}."
        ),
        "kept": "No design finds more than its level means where nothing happens.",
        "absent": "Not part of this installation, and left out: {names}.",
        "legend": (
            "bias: mean log error; holds: share of 90 % intervals with the truth; width: median, "
            "in logs; answers: share of worlds in which a design answers. Worlds are synthetic, "
            "drawn from this project's own model."
        ),
    },
    "es": {
        "size": "halla uno",
        "power": "lo halla",
        "truth": "razón verdadera {recorded:.2f} registrada, {killed:.2f} de muertos (mediana)",
        "exceeds": (
            "[bold]{design}[/bold] halla efectos inexistentes en el {found:.0%} de los mundos "
            "({low:.0%} a {high:.0%}) donde no pasa nada; su nivel significa el {nominal:.0%}."
        ),
        "kept": "Ningún diseño halla más de lo que su nivel significa donde no pasa nada.",
        "absent": "No forma parte de esta instalación y se omite: {names}.",
        "legend": (
            "sesgo: error logarítmico medio; contiene: proporción de intervalos del 90 % con la "
            "verdad; ancho: mediana, en logaritmos; responde: proporción de mundos en que un "
            "diseño responde. Los mundos son sintéticos, sorteados del modelo de este proyecto."
        ),
    },
}


@click.command("grade")
@click.option("--only", multiple=True, metavar="DESIGN", help="Only this design; repeatable.")
@click.option("--scenario", multiple=True, metavar="NAME", help="Only these worlds; repeatable.")
@click.option("--quick", is_flag=True, help="Fewer worlds: a first look with wide intervals.")
@click.option(
    "--worlds", type=click.IntRange(min=2), help="Worlds of each kind; 300, or 40 with --quick."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**32 - 1),
    default=1,
    show_default=True,
    help="Seed of every random number.",
)
@click.option("--threads", type=click.IntRange(min=1), help="Questions side by side.")
@click.option(
    "--lang",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language of titles and notes.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write CSV files and grade.json to.",
)
@json_option
def grade_command(
    only: tuple[str, ...],
    scenario: tuple[str, ...],
    quick: bool,
    worlds: int | None,
    seed: int,
    threads: int | None,
    lang: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Grade causal designs and the detector: bias, coverage, size and power where truth is known.

    Each world is simulated twice, with and without an event, under the same luck. Designs are shown
    what the police would have printed, and are asked by which factor the event changed deaths.

    Example: tregua grade --quick --only rate_ratio --only detector
    """
    from tregua.assess.grade import GRADED, grade

    console = messages()
    from rich.progress import Progress

    try:
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("Grading", total=None)

            def report(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            tables = grade(
                only or GRADED,
                scenarios=scenario,
                worlds=worlds,
                quick=quick,
                seed=seed,
                threads=threads,
                progress=report,
            )
    except (ValueError, OSError) as error:
        fail(error)
    words = [f"--only {name}" for name in only] + [f"--scenario {name}" for name in scenario]
    words += (["--quick"] if quick else []) + ([f"--worlds {worlds}"] if worlds else [])
    made = _provenance(" ".join(["tregua grade", *words, f"--seed {seed}"]), tables, seed)
    if out is not None:
        _write(tables, made, out)
    if as_json:
        emit_json(_document(tables, made))
        return
    _print(tables, lang)


def _provenance(command: str, tables: Tables, seed: int) -> Provenance:
    """How to make these tables again."""
    from tregua import record
    from tregua.provenance import Provenance

    return Provenance.of(
        command,
        seed=seed,
        worlds=int(tables["scenarios"]["worlds"].max()),
        record=record.load("el-salvador").digest,
    )


def _document(tables: Tables, made: Provenance) -> dict[str, Any]:
    """Marks as one document, in the shape of the shipped ones; single answers are in CSV only."""
    return {
        "provenance": json.loads(made.to_json()),
        "tables": {
            name: plain(frame.astype(object)) for name, frame in tables.items() if name != "answers"
        },
    }


def _write(tables: Tables, made: Provenance, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_csv(out / f"{name}.csv", index=False)
        written(out / f"{name}.csv")
    found = _document(tables, made)
    text = json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False)
    (out / "grade.json").write_text(text + "\n", encoding="utf-8")
    written(out / "grade.json")


def _print(tables: Tables, lang: str) -> None:
    console, words = screen(), _WORDS[lang]
    for about in tables["scenarios"].to_dict("records"):
        marks = tables["marks"]
        marks = marks[marks["scenario"] == about["scenario"]]
        truth = words["truth"].format(
            recorded=about["recorded_middle"], killed=about["killed_middle"]
        )
        title = f"{about[lang]} ({about['scenario']})"
        console.print(f"\n[bold]{title}[/bold]\n[dim]{truth}[/dim]")
        if len(marks):
            console.print(_table(marks, lang))
    console.print()
    marks = tables["marks"]
    still = marks[(marks["scenario"] == "no_effect") & marks["exceeds"].astype(bool)]
    for row in still.to_dict("records"):
        told = {"low": row["found_low"], "high": row["found_high"], **row}
        console.print(words["exceeds"].format(**{str(key): value for key, value in told.items()}))
    if still.empty and (marks["scenario"] == "no_effect").any():
        console.print(words["kept"])
    absent = list(tables["left_out"]["design"])
    if absent:
        console.print(words["absent"].format(names=", ".join(absent)))
    console.print(f"\n[dim]{words['legend']}[/dim]")


def _table(marks: pd.DataFrame, lang: str) -> Any:
    """The designs in one scenario."""
    from rich.table import Table

    place = 0 if lang == "en" else 1
    page = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, headings in _COLUMNS.items():
        heading = _WORDS[lang][str(marks["asks"].iloc[0])] if name == "found" else headings[place]
        page.add_column(heading, justify="left" if name == "design" else "right", no_wrap=True)
    page.add_column("90 %", justify="right", no_wrap=True)
    for row in marks.to_dict("records"):
        cells = [figure(row[name], lang) for name in _COLUMNS]
        low, high = figure(row["found_low"], lang), figure(row["found_high"], lang)
        page.add_row(*cells, f"{low}-{high}" if low else "")
    return page
