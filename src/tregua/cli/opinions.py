"""Second opinions on a fall, shown: segments, the level's band, indicators."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tregua.cli.output import plain, written
from tregua.infer.opinions import Opinions, factor, gather, odds_of, percent

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType


__all__ = [
    "Opinions",
    "documents",
    "factor",
    "gather",
    "indicators_table",
    "odds_of",
    "percent",
    "segments_table",
    "verdicts_table",
    "write",
]

_WORDS = {
    "en": {
        "segments": "Segments, as a cross-check",
        "detector": "Detector",
        "other": "Segments",
        "apart": "Months apart",
        "masses": "Falls",
        "unused": "{unused} totals over several months are not used here.",
        "none": "no month has a count of its own here",
        "band": "Level in {month}: {now} a month, {ratio} ({low}-{high}) of that 12 to 36 months "
        "before. A description, without a cause.",
        "verdicts": "Pact against crackdown",
        "month": "Month",
        "capped": "Capped factor",
        "product": "Product",
        "pact": "P(pact)",
        "verdict": "What may be said",
        "indicators": "Factors pact : crackdown, by indicator",
        "indicator": "Indicator",
        "shared": "P(pact) is a band over prior odds {odds} and half to double strength.",
    },
    "es": {
        "segments": "Segmentos, como contraste",
        "detector": "Detector",
        "other": "Segmentos",
        "apart": "Meses entre ambos",
        "masses": "Caídas",
        "unused": "Aquí no se usan {unused} totales de varios meses.",
        "none": "ningún mes tiene aquí un recuento propio",
        "band": "Nivel en {month}: {now} al mes, {ratio} ({low}-{high}) del de hace 12 a 36 meses. "
        "Una descripción, sin causa.",
        "verdicts": "Pacto frente a ofensiva",
        "month": "Mes",
        "capped": "Factor acotado",
        "product": "Producto",
        "pact": "P(pacto)",
        "verdict": "Lo que puede decirse",
        "indicators": "Factores pacto : ofensiva, por indicador",
        "indicator": "Indicador",
        "shared": "P(pacto) es una banda sobre momios previos de {odds} y fuerzas de la mitad al "
        "doble.",
    },
}


def documents(opinions: Opinions) -> dict[str, Any]:
    """What was gathered, in types JSON knows."""
    result: dict[str, Any] = {}
    if opinions.cut is not None:
        result["segments"] = {
            "months": plain(opinions.cut.months),
            "breaks": plain(opinions.cut.breaks),
            "number_of_breaks": plain(opinions.cut.number),
            "settings": plain(dict(opinions.cut.settings)),
            "unused_totals": opinions.cut.unused,
            "cross_check": plain(opinions.check),
            "level_band": plain(opinions.band),
        }
    if opinions.indications is not None:
        found = opinions.indications
        result["indicators"] = {
            "table": plain(found.table),
            "summary": plain(found.summary),
            "odds": plain(found.odds),
            "catalogue": [
                {
                    "name": one.name,
                    "group": one.group,
                    "question": plain(vars(one.question)),
                    "model": one.model,
                    "strength": one.strength,
                    "reason": one.reason,
                    "temper": one.temper,
                }
                for one in found.indicators
            ],
            "verdicts": {key: plain(vars(notice)) for key, notice in found.verdicts.items()},
            "notices": [plain(vars(notice)) for notice in found.notices],
        }
    return result


def write(opinions: Opinions, out: Path) -> None:
    """Write what was gathered as CSV files."""
    frames: dict[str, pd.DataFrame | None] = {
        "segments": None if opinions.cut is None else opinions.cut.months,
        "segment_breaks": None if opinions.cut is None else opinions.cut.breaks,
        "cross_check": opinions.check,
        "level_band": opinions.band,
    }
    if opinions.indications is not None:
        table = opinions.indications.table
        frames["indicators"] = table.assign(sources=table["sources"].map(" ".join))
        frames["indicator_summary"] = opinions.indications.summary
        frames["indicator_odds"] = opinions.indications.odds
    for name, frame in frames.items():
        if frame is not None:
            frame.to_csv(out / f"{name}.csv", index=False)
            written(out / f"{name}.csv")


def _month(value: Any) -> str:
    return "-" if value != value else f"{value:%Y-%m}"


def segments_table(opinions: Opinions, lang: str) -> RenderableType:
    """Falls of both models side by side, and the level now against years before."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    words = _WORDS[lang]
    if opinions.cut is None or opinions.check is None or opinions.band is None:
        return Text(f"{words['segments']}: {words['none']}.")
    table = Table(title=words["segments"], title_justify="left", box=None, pad_edge=False)
    table.add_column(words["detector"])
    table.add_column(words["masses"], justify="right")
    table.add_column(words["other"])
    table.add_column(words["masses"], justify="right")
    table.add_column(words["apart"], justify="right")
    for row in opinions.check.to_dict("records"):
        masses = [
            "" if row[name] != row[name] else f"{row[name]:.2f}"
            for name in ("detector_mass", "segments_mass")
        ]
        apart = "" if row["months_apart"] != row["months_apart"] else f"{row['months_apart']:.0f}"
        dates = _month(row["detector"]), _month(row["segments"])
        table.add_row(dates[0], masses[0], dates[1], masses[1], apart)
    lines = [Text(words["unused"].format(unused=opinions.cut.unused), style="dim")]
    known = opinions.band.dropna(subset=["ratio"])
    if len(known):
        last = known.iloc[-1]
        shares = {name: f"{last[f'ratio_{name}']:.0%}" for name in ("low", "high")}
        said = words["band"].format(
            month=f"{last['month']:%Y-%m}",
            now=f"{last['now']:.0f}",
            ratio=f"{last['ratio']:.0%}",
            **shares,
        )
        lines.append(Text(said))
    return Group(table, *lines)


def verdicts_table(opinions: Opinions, lang: str) -> RenderableType:
    """One line a fall: combined factors, the band of P(pact), and what may be said."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    assert opinions.indications is not None
    found, words = opinions.indications, _WORDS[lang]
    table = Table(title=words["verdicts"], title_justify="left", box=None, pad_edge=False)
    table.add_column(words["month"], no_wrap=True)
    table.add_column(words["capped"], justify="right")
    table.add_column(words["product"], justify="right")
    table.add_column(words["pact"], justify="right", no_wrap=True)
    table.add_column(words["verdict"])
    for row in found.summary.to_dict("records"):
        band = f"{factor(row['capped_low'])} - {factor(row['capped_high'])}"
        table.add_row(
            f"[bold]{row['fall']:%Y-%m}[/bold]",
            f"{factor(row['capped'])} ({band})",
            factor(row["product"]),
            f"{percent(row['p_low'])} - {percent(row['p_high'])}",
            getattr(found.verdicts[row["verdict"]], lang),
        )
    odds = ", ".join(_odds(value) for value in opinions.odds)
    return Group(table, Text(words["shared"].format(odds=odds), style="dim"))


def _odds(value: float) -> str:
    return f"{value:g}:1" if value >= 1 else f"1:{1 / value:g}"


def indicators_table(opinions: Opinions, lang: str) -> RenderableType:
    """Indicators down, falls across; empty where the record holds no data."""
    from rich.table import Table

    assert opinions.indications is not None
    found, words = opinions.indications, _WORDS[lang]
    table = Table(title=words["indicators"], title_justify="left", box=None, pad_edge=False)
    table.add_column(words["indicator"], no_wrap=True)
    falls = list(found.summary["fall"])
    for fall in falls:
        table.add_column(f"{fall:%Y-%m}", justify="right")
    cells = {(row["indicator"], row["fall"]): row for row in found.table.to_dict("records")}
    for one in found.indicators:
        shown = []
        for fall in falls:
            row = cells[one.name, fall]
            told = row["factor"] >= 2 or row["factor"] <= 0.5
            text = factor(row["factor"]) if row["data"] else "[dim]·[/dim]"
            shown.append(f"[bold]{text}[/bold]" if told and row["data"] else text)
        table.add_row(one.name, *shown)
    return table
