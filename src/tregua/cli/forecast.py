"""`tregua forecast`: counts of the months ahead, from counts so far and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tregua.cli.output import emit_json, fail, json_option, messages, plain, screen, written

if TYPE_CHECKING:
    import pandas as pd

    from tregua.infer import Forecast, Tiles

__all__ = ["forecast_command"]

_WIDTH = 44  # cells of the fan

_WORDS = {
    "en": {
        "title": "{name}: counts known to {origin}, months ahead",
        "month": "Month",
        "median": "Median",
        "half": "1 in 2 within",
        "most": "9 in 10 within",
        "total": "Together",
        "scale": "0 to {top:,} deaths; ░ 9 in 10, ▓ 1 in 2, │ median",
        "panel": "What this cannot say",
    },
    "es": {
        "title": "{name}: recuentos conocidos hasta {origin}, meses siguientes",
        "month": "Mes",
        "median": "Mediana",
        "half": "1 de cada 2 en",
        "most": "9 de cada 10 en",
        "total": "En total",
        "scale": "0 a {top:,} muertes; ░ 9 de cada 10, ▓ 1 de cada 2, │ mediana",
        "panel": "Lo que esto no puede decir",
    },
}


@click.command("forecast")
@click.argument("target", metavar="CASE|FILE.csv")
@click.option(
    "--horizon", type=click.IntRange(1, 60), default=12, show_default=True, help="Months ahead."
)
@click.option("--origin", metavar="YYYY-MM", help="Last month known; all counts by default.")
@click.option("--first", metavar="YYYY-MM", help="First month; all counts by default.")
@click.option("--world", type=int, help="Which world, if FILE.csv holds several.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True)
@click.option(
    "--lang",
    type=click.Choice(["en", "es"]),
    default="en",
    show_default=True,
    help="Language of the page.",
)
@click.option("--threads", type=click.IntRange(min=1), help="Worker threads; all by default.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write forecast.csv and forecast.json to.",
)
@json_option
def forecast_command(
    target: str,
    horizon: int,
    origin: str | None,
    first: str | None,
    world: int | None,
    seed: int,
    lang: str,
    threads: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Forecast monthly deaths from counts alone.

    CASE is the name or folder of a case. FILE.csv has columns date,count (one row a month) or
    start,end,value (half-open intervals of any length). The forecast is conditional on nothing that
    governments or gangs do; how it fares against simple rivals is shown by the scores in the
    documentation.

    Example: tregua forecast el-salvador --first 2006-01 --horizon 6
    """
    from tregua import infer

    try:
        found = _forecast(
            infer.forecast,
            _tiles(target, world),
            horizon=horizon,
            origins=None if origin is None else [origin],
            first=first,
            totals=True,
            seed=seed,
            threads=threads,
        )
    except (ValueError, OSError) as error:
        fail(error)
    if out is not None:
        _write(found, out)
    if as_json:
        emit_json(_document(found))
    else:
        _show(found, lang)


def _tiles(target: str, world: int | None) -> Tiles:
    """Tiles of a file or of a case."""
    from tregua import infer, record

    path = Path(target)
    if path.suffix.lower() in {".csv", ".txt"} or path.is_file():
        if not path.is_file():
            raise ValueError(f"There is no file {target}. Give a CSV file or the name of a case.")
        return infer.read_table(path, world=world)
    if world is not None:
        raise ValueError(f"--world is for a file of simulated worlds; '{target}' is a case.")
    return infer.tiles(record.load(target))


def _forecast(run: Any, tiles: Tiles, **options: Any) -> Forecast:
    """Run with a progress bar on standard error."""
    from rich.progress import Progress

    from tregua.compiled import is_warm

    console = messages()
    if not is_warm("forward", "infer"):
        console.print("Compiling the filter once; later runs start at once.")
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Forecasting", total=1)

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        result: Forecast = run(tiles, progress=report, **options)
        return result


def _document(found: Forecast) -> dict[str, Any]:
    return {
        "name": found.name,
        "origin": found.origins[-1],
        "notices": [plain(vars(notice)) for notice in found.notices],
        "forecast": plain(found.table()),
        "settings": plain(dict(found.settings)),
    }


def _write(found: Forecast, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    found.table().to_csv(out / "forecast.csv", index=False)
    written(out / "forecast.csv")
    text = json.dumps(plain(_document(found)), ensure_ascii=False, indent=2)
    (out / "forecast.json").write_text(text + "\n", encoding="utf-8")
    written(out / "forecast.json")


def _fan(row: dict[Any, Any], top: float) -> str:
    """Intervals and median of one month as shades between 0 and `top`."""
    place = {
        name: min(int(_WIDTH * float(row[name]) / top), _WIDTH - 1)
        for name in ("q05", "q25", "q50", "q75", "q95")
    }
    cells = []
    for cell in range(_WIDTH):
        if cell == place["q50"]:
            cells.append("│")
        elif place["q25"] <= cell <= place["q75"]:
            cells.append("▓")
        else:
            cells.append("░" if place["q05"] <= cell <= place["q95"] else " ")
    return "".join(cells)


def _interval(row: dict[Any, Any], low: str, high: str) -> str:
    return f"{row[low]:,.0f} - {row[high]:,.0f}"


def _show(found: Forecast, lang: str) -> None:
    """A fan, one line a month, the sum, and what it cannot say."""
    from rich.panel import Panel
    from rich.table import Table

    console, words, rows = screen(), _WORDS[lang], found.table()
    months: pd.DataFrame = rows[rows["target"] == "month"]
    top = max(float(months["q95"].max()) * 1.02, 1.0)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(words["month"])
    table.add_column("", no_wrap=True)
    for name in ("median", "half", "most"):
        table.add_column(words[name], justify="right", no_wrap=True)
    for row in months.to_dict("records"):
        table.add_row(f"{row['month']:%Y-%m}", f"[cyan]{_fan(row, top)}[/cyan]", *_cells(row))
    total = rows[(rows["target"] == "total") & (rows["horizon"] == found.horizons[-1])]
    table.add_row(words["total"], "", *_cells(total.to_dict("records")[0]))
    title = words["title"].format(name=found.name, origin=f"{found.origins[-1]:%Y-%m}")
    console.print(f"[bold]{title}[/bold]\n")
    console.print(table)
    console.print(f"\n[dim]{words['scale'].format(top=round(top))}[/dim]\n")
    text = "\n\n".join(getattr(notice, lang) for notice in found.notices)
    width = min(console.width, 100)
    console.print(Panel(text, title=words["panel"], title_align="left", width=width))


def _cells(row: dict[Any, Any]) -> tuple[str, str, str]:
    return f"{row['q50']:,.0f}", _interval(row, "q25", "q75"), _interval(row, "q05", "q95")
