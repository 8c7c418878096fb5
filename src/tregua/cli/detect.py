"""`tregua detect`: date abrupt falls in a case's record or in a series of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, messages, plain, screen, written

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from tregua.infer import Detection, Tiles

__all__ = ["detect_command"]

_SHADES = " ·░▒▓█"
_BARS = "▁▂▃▄▅▆▇█"
_ONSET = 0.15  # expected falls in a month from which it is marked
_TWO_COLUMNS = 110


_WORDS = {
    "en": {
        "falls": "Abrupt falls",
        "month": "Month",
        "interval": "90 %",
        "expected": "Falls",
        "deaths": "A month",
        "left": "Left (90 %)",
        "factor": "Reversible/persistent",
        "the-data-cannot-tell": "cannot tell",
        "leans-reversible": "reversible",
        "leans-persistent": "persistent",
        "year": "Year",
        "suppression": "Suppression",
        "level": "Level (log)",
        "begins": "a fall begins",
        "scale": "Suppression, January to December:",
        "title": "What this cannot say",
        "range": "{first} to {last}, counts for {covered} of {months} months in {tiles} tiles",
    },
    "es": {
        "falls": "Caídas abruptas",
        "month": "Mes",
        "interval": "90 %",
        "expected": "Caídas",
        "deaths": "Al mes",
        "left": "Queda (90 %)",
        "factor": "Reversible/persistente",
        "the-data-cannot-tell": "no se sabe",
        "leans-reversible": "reversible",
        "leans-persistent": "persistente",
        "year": "Año",
        "suppression": "Supresión",
        "level": "Nivel (log)",
        "begins": "empieza una caída",
        "scale": "Supresión, de enero a diciembre:",
        "title": "Lo que esto no puede decir",
        "range": "{first} a {last}, recuentos de {covered} de {months} meses en {tiles} teselas",
    },
}


@click.command("detect")
@click.argument("target", metavar="CASE|FILE.csv")
@click.option("--world", type=int, help="Which world, if FILE.csv holds several.")
@click.option("--first", metavar="YYYY-MM", help="First month; all counts by default.")
@click.option("--last", metavar="YYYY-MM", help="Last month; all counts by default.")
@click.option(
    "--lang",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language of the notices.",
)
@click.option("--threads", type=click.IntRange(min=1), help="Worker threads; all by default.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write months.csv, breaks.csv, tiles.csv and detection.json to.",
)
@json_option
def detect_command(
    target: str,
    world: int | None,
    first: str | None,
    last: str | None,
    lang: str,
    threads: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Date abrupt falls and say, by month, how likely a suppression was in force.

    CASE is the name or folder of a case. FILE.csv has columns date,count (one row a month) or
    start,end,value (half-open intervals of any length); columns series, world and agency are
    understood. Counts alone date a fall; they cannot name its cause.

    Example: tregua detect el-salvador --first 2010-01
    """
    from tregua import infer

    try:
        tiles = _tiles(target, world)
        finish = last or _last_month(target, tiles)
        found = _detect(infer.detect, tiles, first=first, last=finish, threads=threads)
    except (ValueError, OSError) as error:
        fail(error)
    if out is not None:
        _write(found, out)
    if as_json:
        emit_json(_document(found))
    else:
        _show(found, lang)


def _is_file(target: str) -> bool:
    return Path(target).suffix.lower() in {".csv", ".txt"} or Path(target).is_file()


def _tiles(target: str, world: int | None) -> Tiles:
    """Tiles of a file or of a case."""
    from tregua import infer, record

    if _is_file(target):
        if not Path(target).is_file():
            raise ValueError(f"There is no file {target}. Give a CSV file or the name of a case.")
        return infer.read_table(Path(target), world=world)
    if world is not None:
        raise ValueError(f"--world is for a file of simulated worlds; '{target}' is a case.")
    return infer.tiles(record.load(target))


def _last_month(target: str, tiles: Tiles) -> str:
    """A case's record is read to the end of its last year, a file to its last count."""
    if _is_file(target):
        return f"{tiles.last:%Y-%m}"
    return f"{tiles.last:%Y}-12"


def _detect(run: Any, tiles: Tiles, **options: Any) -> Detection:
    """Run with a progress bar on standard error."""
    from rich.progress import Progress

    from tregua.compiled import is_warm

    console = messages()
    if not is_warm("backward", "infer"):
        console.print("Compiling the detector once; later runs start at once.")
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Detecting", total=1)

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        result: Detection = run(tiles, progress=report, **options)
        return result


def _document(found: Detection) -> dict[str, Any]:
    return {
        "name": found.tiles.name,
        "warning": plain(vars(found.warning)),
        "notices": [plain(vars(notice)) for notice in found.notices],
        "breaks": plain(found.breaks),
        "months": plain(found.months),
        "tiles": plain(found.tiles.frame),
        "refused": plain(found.tiles.refused),
        "settings": plain(dict(found.settings)),
    }


def _write(found: Detection, out: Path) -> None:
    """Write tables as CSV and everything as one JSON document."""
    out.mkdir(parents=True, exist_ok=True)
    tiles = found.tiles.frame.assign(
        months=[" ".join(f"{month:%Y-%m}" for month in row) for row in found.tiles.frame["months"]],
        families=found.tiles.frame["families"].map(", ".join),
        sources=found.tiles.frame["sources"].map(" ".join),
    )
    for name, frame in (("months", found.months), ("breaks", found.breaks), ("tiles", tiles)):
        frame.to_csv(out / f"{name}.csv", index=False)
        written(out / f"{name}.csv")
    text = json.dumps(_document(found), ensure_ascii=False, indent=2)
    (out / "detection.json").write_text(text + "\n", encoding="utf-8")
    written(out / "detection.json")


def _interval(low: Any, high: Any) -> str:
    """Two months, the year said once where it is the same."""
    if low == high:
        return f"{low:%Y-%m}"
    return f"{low:%Y-%m}..{high:%m}" if low.year == high.year else f"{low:%Y-%m}..{high:%Y-%m}"


def _breaks_table(found: Detection, lang: str) -> RenderableType:
    from rich.table import Table

    from tregua.infer import kind_of_fall

    words = _WORDS[lang]
    table = Table(title=words["falls"], title_justify="left", box=None, pad_edge=False)
    for name in ("month", "interval", "expected", "deaths", "left", "factor"):
        left = name in {"month", "interval", "factor"}
        table.add_column(words[name], justify="left" if left else "right")
    for row in found.breaks.to_dict("records"):
        factor = float(row["bayes_factor"])
        table.add_row(
            f"[bold]{row['median']:%Y-%m}[/bold]",
            _interval(row["low"], row["high"]),
            f"{row['mass']:.2f}",
            f"{row['before']:.0f} → {row['after']:.0f}",
            f"{row['ratio']:.0%} ({row['ratio_low']:.0%}-{row['ratio_high']:.0%})",
            f"{factor:.2f} [dim]{words[kind_of_fall(factor).key]}[/dim]",
        )
    return table


def _bars(levels: pd.Series, low: float, high: float) -> str:
    """Levels as bars of eight heights, on a log scale from `low` to `high`."""
    from math import log

    width = max(log(high / low), 1e-9)
    heights = [min(int(8 * log(level / low) / width), 7) for level in levels.astype(float)]
    return "".join(_BARS[max(height, 0)] for height in heights)


def _shades(year: pd.DataFrame) -> str:
    """Probability of suppression as shades; red marks where abrupt falls begin."""
    cells = [" "] * (int(year["month"].iloc[0].month) - 1)
    for suppressed, onset in zip(year["suppressed"], year["onset"], strict=True):
        shade = _SHADES[min(int(suppressed * 6), 5)]
        cells.append("[bold red]▼[/bold red]" if onset >= _ONSET else shade)
    return "".join(cells)


def _years(found: Detection, years: list[int], words: dict[str, str]) -> RenderableType:
    """One line a year: suppression by month, level by month, mean level."""
    from rich.table import Table

    months = found.months
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("year", "suppression", "level"):
        table.add_column(words[name], no_wrap=True)
    table.add_column(words["deaths"], justify="right")
    low, high = float(months["level"].min()), float(months["level"].max())
    for year in years:
        rows = months[months["month"].dt.year == year]
        pad = " " * (int(rows["month"].iloc[0].month) - 1)
        table.add_row(
            str(year),
            _shades(rows),
            f"[cyan]{pad}{_bars(rows['level'], low, high)}[/cyan]",
            f"{rows['level'].mean():.0f}",
        )
    return table


def _show(found: Detection, lang: str) -> None:
    """Breaks, a picture by year, and what these results cannot say."""
    from rich.columns import Columns
    from rich.padding import Padding
    from rich.panel import Panel

    console, words, months = screen(), _WORDS[lang], found.months
    covered = int(found.tiles.frame["months"].map(len).sum())
    span = words["range"].format(
        first=f"{months['month'].iloc[0]:%Y-%m}",
        last=f"{months['month'].iloc[-1]:%Y-%m}",
        covered=covered,
        months=len(months),
        tiles=len(found.tiles.frame),
    )
    console.print(f"[bold]{found.tiles.name}[/bold]: {span}\n")
    if len(found.breaks):
        console.print(_breaks_table(found, lang))
        console.print()
    years = sorted({int(year) for year in months["month"].dt.year})
    half = (len(years) + 1) // 2
    if console.width >= _TWO_COLUMNS and len(years) > 12:
        parts = [_years(found, years[:half], words), _years(found, years[half:], words)]
        console.print(Columns([Padding(part, (0, 4, 0, 0)) for part in parts]))
    else:
        console.print(_years(found, years, words))
    console.print(f"\n[dim]{words['scale']}  · 1/6  ░ 1/3  ▒ 1/2  ▓ 2/3  █ 5/6[/dim]")
    console.print(f"[bold red]▼[/bold red] [dim]{words['begins']}[/dim]\n")
    text = "\n\n".join(getattr(notice, lang) for notice in found.notices)
    width = min(console.width, 100)
    console.print(Panel(text, title=words["title"], title_align="left", width=width))
