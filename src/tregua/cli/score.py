"""`tregua score`: how often the detector is right, and where it is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, messages, plain, screen, written
from tregua.cli.scorecard import print_score

if TYPE_CHECKING:
    import pandas as pd

    from tregua.infer.scores import Options, Score
    from tregua.provenance import Provenance

__all__ = ["score_command"]

Tables = Mapping[str, "pd.DataFrame"]

_NOTES = {
    "en": (
        "Planted and drawn series are synthetic. A score on synthetic worlds says what the "
        "detector "
        "can do, not what it has done."
    ),
    "es": (
        "Las series plantadas y sorteadas son sintéticas. Un puntaje en mundos sintéticos dice lo "
        "que el detector puede hacer, no lo que ha hecho."
    ),
}
_SKIPPED = {
    "en": "Other places: skipped. Give a folder of series with --cases to score them.",
    "es": "Otros lugares: se omite. Indica una carpeta de series con --cases.",
}


@click.command("score")
@click.option("--only", multiple=True, metavar="NAME", help="Only this score; repeat for several.")
@click.option("--quick", is_flag=True, help="Fewer worlds: a first look within a minute or two.")
@click.option(
    "--worlds",
    type=click.IntRange(min=2),
    help="Synthetic worlds of each kind; as shipped if none.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**32 - 1),
    default=1,
    show_default=True,
    help="Seed of every random number.",
)
@click.option("--threads", type=click.IntRange(min=1), help="Series side by side; all by default.")
@click.option(
    "--cases",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of series of other places, files monthly_NAME.csv and events_NAME.csv.",
)
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
    help="Folder to write one CSV file a table and scores.json to.",
)
@json_option
def score_command(
    only: tuple[str, ...],
    quick: bool,
    worlds: int | None,
    seed: int,
    threads: int | None,
    cases: Path | None,
    lang: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Score the detector: planted worlds, its own assumptions, wrong ones, El Salvador, elsewhere.

    Each table holds the detector and its rivals side by side, also where it loses. Without options
    this takes some minutes; --quick takes one or two, with wider intervals.

    Example: tregua score --only planted --quick
    """
    from tregua.infer.scores import Options, chosen

    try:
        scores = chosen(only)
        if not cases and "elsewhere" not in only:
            scores = [score for score in scores if score.name != "elsewhere"]
        elif not cases:
            raise ValueError("The score 'elsewhere' needs series of other places: --cases FOLDER.")
        options = Options(seed=seed, quick=quick, worlds=worlds, threads=threads, cases=cases)
        found = {score.name: _run(score, options, lang) for score in scores}
    except (ValueError, OSError) as error:
        fail(error)
    made = _provenance(only, options)
    if out is not None:
        _write(found, made, out)
    if as_json:
        emit_json(_document(found, made))
        return
    for score in scores:
        print_score(score, found[score.name], lang)
    if not cases and not only:
        screen().print(f"\n[dim]{_SKIPPED[lang]}[/dim]")
    screen().print(f"\n[dim]{_NOTES[lang]}[/dim]")


def _run(score: Score, options: Options, lang: str) -> Tables:
    """Run one score with a progress bar on standard error."""
    from dataclasses import replace

    from rich.progress import Progress

    from tregua.compiled import is_warm

    console = messages()
    if not is_warm("backward", "infer"):
        console.print("Compiling the detector once; later runs start at once.")
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(score.title[lang], total=None)

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        return score.function(replace(options, progress=report))


def _provenance(only: Sequence[str], options: Options) -> Provenance:
    """How to make these tables again."""
    from tregua import record
    from tregua.provenance import Provenance

    words = ["tregua score", *(f"--only {name}" for name in only)]
    words += ["--quick"] if options.quick else []
    words += [f"--worlds {options.worlds}"] if options.worlds else []
    words += ["--cases FOLDER"] if options.cases else []
    words += [f"--seed {options.seed}"]
    return Provenance.of(
        " ".join(words),
        seed=options.seed,
        worlds=options.number(300, 60),
        record=record.load("el-salvador").digest,
    )


def _document(found: Mapping[str, Tables], made: Provenance) -> dict[str, Any]:
    """Everything as one document, in the shape of the shipped scores."""
    return {
        "provenance": json.loads(made.to_json()),
        "scores": {
            name: {table: plain(frame.astype(object)) for table, frame in tables.items()}
            for name, tables in found.items()
        },
    }


def _write(found: Mapping[str, Tables], made: Provenance, out: Path) -> None:
    """Write each table as CSV and all of them as one JSON document."""
    out.mkdir(parents=True, exist_ok=True)
    for name, tables in found.items():
        for table, frame in tables.items():
            file = out / f"{name}-{table}.csv"
            frame.to_csv(file, index=False)
            written(file)
    text = json.dumps(_document(found, made), ensure_ascii=False, indent=1, allow_nan=False)
    (out / "scores.json").write_text(text + "\n", encoding="utf-8")
    written(out / "scores.json")
