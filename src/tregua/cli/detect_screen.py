"""The screen of `tregua detect`: breaks, a picture by year, second opinions, and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tregua.cli.output import screen

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console, RenderableType

    from tregua.cli.opinions import Opinions
    from tregua.infer import Detection

__all__ = ["show"]

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


def _pieces(pieces: list[dict[str, str]]) -> RenderableType:
    """Indicators of one fall: factor, interval, question and data."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column()
    for piece in pieces:
        told = Text(piece["question"] + " ").append(piece["data"], style="dim")
        table.add_row(f"[bold]{piece['factor']}[/bold]", piece["interval"], told)
    return Padding(table, (0, 0, 0, 2))


def _say(console: Console, title: pd.Timestamp, parts: list[Any]) -> None:
    """Sentences and tables under a month."""
    from rich.padding import Padding
    from rich.text import Text

    console.print(f"[bold]{title:%Y-%m}[/bold]")
    for part in parts:
        console.print(Padding(Text(part), (0, 0, 0, 2)) if isinstance(part, str) else part)
    console.print()


def _show_opinions(
    console: Console, opinions: Opinions, said: Mapping[str, Any], lang: str
) -> None:
    """Second opinions and sentences, below the picture."""
    from tregua.cli.opinions import indicators_table, segments_table, verdicts_table

    if opinions.segments:
        console.print(segments_table(opinions, lang))
        console.print()
    if opinions.indications is not None and len(opinions.indications.summary):
        console.print(verdicts_table(opinions, lang))
        console.print()
        if not said:
            console.print(indicators_table(opinions, lang))
            console.print()
    for fall in said.get("falls", ()):
        pieces = [_pieces(fall["indicators"])] if fall["indicators"] else []
        _say(console, fall["fall"], [*fall["lines"], *pieces, *fall["together"]])
    if "month" in said:
        _say(console, said["month"]["month"], said["month"]["lines"])


def show(found: Detection, opinions: Opinions, said: Mapping[str, Any], lang: str) -> None:
    """Print breaks, a picture by year, second opinions, and what these results cannot say.

    Parameters
    ----------
    found, opinions
        What was detected and gathered.
    said
        Sentences by "falls" and "month"; empty unless asked for.
    lang
        "en" or "es".
    """
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
    _show_opinions(console, opinions, said, lang)
    notices = list(found.notices)
    if opinions.indications is not None:
        notices += opinions.indications.notices
    text = "\n\n".join(getattr(notice, lang) for notice in notices)
    width = min(console.width, 100)
    console.print(Panel(text, title=words["title"], title_align="left", width=width))
